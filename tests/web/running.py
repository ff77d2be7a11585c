"""A dashboard of its own folder, to be broken: files changed while it runs, killed, started again at the same port."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.session import Session
from tests.browser.harness import ROOT, free_port

PARTS = ("app.py", "lib", "pages", "catalog", ".streamlit")
NOBODY = 65534
_DROP_CAPABILITY = 24  # of Linux: what is dropped, no process started from here has, root's neither
LOOKS_AGAIN_SECONDS = 2.2
"""After this a running dashboard has noticed a changed file at its next run."""


def copied(to: Path) -> Path:
    """A copy of everything the dashboard runs on."""
    to.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        given = ROOT / part
        (shutil.copytree if given.is_dir() else shutil.copy2)(given, to / part)
    return to


class Running:
    """One dashboard process: started when made; `kill` ends it as a power cut does, `start` starts it again."""

    def __init__(
        self, folder: Path = ROOT, *options: str, env: Mapping[str, str] | None = None, confined: bool = False
    ) -> None:
        self.folder, self.options, self.env, self.confined = folder, options, dict(env or {}), confined
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said = b""
        self.log_file = Path(tempfile.gettempdir(), f"server-{self.port}.log")
        self.log_file.unlink(missing_ok=True)
        self.start()

    def start(self) -> None:
        """Raises RuntimeError with what the server said when it does not come up in a minute."""
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port),
                   "--server.address", "127.0.0.1", "--logger.enableRich", "false", *self.options]  # fmt: skip
        confinement: dict[str, Any] = {"preexec_fn": _no_more_bytes} if self.confined else {}
        if self.confined and as_nobody():
            confinement |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        with self.log_file.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **self.env}, start_new_session=True,
                stdout=subprocess.DEVNULL if self.confined else out,
                stderr=subprocess.DEVNULL if self.confined else subprocess.STDOUT, **confinement)  # fmt: skip
        until = time.monotonic() + 60
        while not self.healthy():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start: {self.log()[-3000:]}")
            time.sleep(0.05)

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/_stcore/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def kill(self, how: int = signal.SIGKILL) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        self.process.wait(15)


@cache
def as_nobody() -> bool:
    """Whether a process can be started here as the user nobody: by root, and with a Python that others may read."""
    try:
        return os.geteuid() == 0 and subprocess.run([sys.executable, "-c", ""], user=NOBODY).returncode == 0
    except OSError:
        return False


def _no_more_bytes() -> None:
    """From here on no file can grow, as on a full disk, and root writes nothing that is read-only either."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in range(64):
            libc.prctl(_DROP_CAPABILITY, capability, 0, 0, 0)


@contextmanager
def running(*arguments: Any, **more: Any) -> Iterator[Running]:
    server = Running(*arguments, **more)
    try:
        yield server
    finally:
        server.kill()
        server.log_file.unlink()


class Reader(Session):
    """A visitor that reads what stands on the page, alerts included."""

    def __init__(self, port: int, **query: str) -> None:
        super().__init__(port)
        self._query = query
        self.lines: list[tuple[str, str]] = []

    async def run(self) -> float:
        self.lines = []
        return await super().run()

    def _note(self, element: Any) -> None:
        super()._note(element)
        kind = element.WhichOneof("type")
        body = getattr(element, kind)
        for name in ("body", "code_text"):
            if text := getattr(body, name, ""):
                self.lines.append((kind, str(text)))

    def title(self) -> str:
        return next(text for kind, text in self.lines if kind == "heading")

    def text(self) -> str:
        return "\n".join(text for _, text in self.lines)
