"""Drawing in a process of its own.

Behind vl-convert is a JavaScript engine in native code: what it cannot read may end the process it is in, and nothing can
stop it half-way. So it has one of its own, started at the first picture, ended when it takes too long or has been idle.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock, Timer
from typing import Any

WORKER = Path(__file__).with_name("draw.py")
LONGEST_SECONDS = 15.0
"""For one drawing; the first one of a process takes half a second, the next a tenth."""
IDLE_SECONDS = 300.0
MOST_DRAWINGS = 1000
"""By one process: then a new one, in case it holds on to memory."""


class DrawingError(RuntimeError):
    """A drawing that could not be made."""


class Artist:
    """A process that draws, one order at a time; started when needed."""

    def __init__(self, seconds: float = LONGEST_SECONDS) -> None:
        self.seconds = seconds
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: Timer | None = None
        self._left = 0

    def svg(self, spec: dict[str, Any]) -> str:
        """A Vega-Lite specification with its data as SVG. Raises DrawingError, or TimeoutError after `seconds`."""
        return self._ask(["svg", spec]).decode()

    def png(self, image: str, scale: float) -> bytes:
        """An SVG as PNG, `scale` pixels for each of its own. Raises DrawingError, or TimeoutError after `seconds`."""
        return self._ask(["png", image, scale])

    def close(self) -> None:
        """End the process; the next order starts another."""
        with self._lock:
            self._end()

    def _ask(self, order: list[object]) -> bytes:
        line = json.dumps(order, allow_nan=False).encode() + b"\n"
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            if self._process is None or self._process.poll() is not None or self._left <= 0:
                self._start()
            self._left -= 1
            process = self._process
            assert process is not None and process.stdin is not None and process.stdout is not None
            until = time.monotonic() + self.seconds
            late = Timer(self.seconds, process.kill)
            late.daemon = True
            late.start()
            try:
                process.stdin.write(line)
                process.stdin.flush()
                size = int(process.stdout.readline() or 0)
                body = process.stdout.read(abs(size))
            except (OSError, ValueError) as error:
                raise self._ended(until) from error
            finally:
                late.cancel()
            if size == 0 or len(body) < abs(size):
                raise self._ended(until)
            self._idle = Timer(IDLE_SECONDS, self.close)
            self._idle.daemon = True
            self._idle.start()
        if size < 0:
            raise DrawingError(body.decode(errors="replace"))
        return body

    def _ended(self, until: float) -> Exception:
        """Why there is no drawing: its time was over, which a busy machine can bring about, or the process is gone."""
        self._end()
        late = time.monotonic() >= until
        return (
            TimeoutError(f"no drawing in {self.seconds:g} s") if late else DrawingError("the process that draws ended")
        )

    def _start(self) -> None:
        self._end()
        # Isolated, so that neither its folder nor the environment changes what it imports.
        self._process = subprocess.Popen([sys.executable, "-I", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        self._left = MOST_DRAWINGS

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


ARTIST = Artist()
atexit.register(ARTIST.close)
