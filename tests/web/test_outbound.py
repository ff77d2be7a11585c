"""The server asks nobody: while every page, row, picture and file is asked for, no connection leaves this machine.

Python tells of every address it looks up or connects to. The process that draws is native code, which Python cannot
watch: it is asked to fetch things, and does not.
"""

from __future__ import annotations

import http.server
import io
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from lib.answers.citation import said
from lib.catalog import current
from lib.view import PAGES, View
from lib.web.drawing import Artist, DrawingError
from lib.web.routes import endpoints
from tests.web.running import Reader, Running, running
from tests.web.waiting import waited

pytestmark = pytest.mark.browser
WATCH = """
import os, sys
_asked = open(os.environ["ASKED"], "a", buffering=1)
def _note(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        host = str(address[0] if isinstance(address, tuple) else address)
        if host not in ("127.0.0.1", "::1", "localhost", "None"):
            _asked.write(f"{event} {host}\\n")
sys.addaudithook(_note)
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    folder = tmp_path_factory.mktemp("watch")
    (folder / "sitecustomize.py").write_text(WATCH)
    asked = folder / "asked"
    asked.touch()
    with running(env={"PYTHONPATH": str(folder), "ASKED": str(asked)}) as server:
        yield server, asked


def get(server: Running, path: str) -> bytes:
    with urllib.request.urlopen(server.url + path, timeout=120) as answer:
        return bytes(answer.read())


def test_the_watch_sees_what_it_is_to_see(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    look = "import socket\ntry: socket.create_connection(('192.0.2.1', 9), 0.01)\nexcept OSError: pass"
    subprocess.run([sys.executable, "-c", look], env={**os.environ, "PYTHONPATH": str(tmp_path), "ASKED": str(tmp_path / "asked")}, check=True)  # fmt: skip
    assert "192.0.2.1" in (tmp_path / "asked").read_text()


def test_no_page_row_picture_or_file_makes_the_server_ask_anyone(watched: tuple[Running, Path]) -> None:
    server, asked = watched

    async def visit() -> None:
        for page in PAGES:
            async with Reader(server.port, hw="rtx-3060-12gb") as person:
                await person.run()
                assert person.text(), page

    waited(visit())
    for endpoint in endpoints():
        if endpoint.tag != "pictures":
            get(server, endpoint.path)
    assert get(server, "/models.png?size=card") and get(server, "/memory.svg")
    assert asked.read_text() == ""


def test_the_process_that_draws_fetches_nothing_it_is_told_to() -> None:
    asked: list[str] = []

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    there, artist = f"http://127.0.0.1:{site.server_port}", Artist()
    specs: list[dict[str, object]] = [
        {"data": {"url": f"{there}/rows.csv"}, "mark": "point"},
        {"data": {"values": [{"u": f"{there}/a.png"}]}, "mark": "image", "encoding": {"url": {"field": "u"}}},
    ]
    for spec in specs:
        with suppress(DrawingError):
            artist.svg(spec)
    with suppress(DrawingError):
        artist.png(f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{there}/b.png" width="9" height="9"/></svg>', 1)  # fmt: skip
    artist.close()
    site.shutdown()
    assert asked == []


def test_a_pasted_link_has_the_answer_and_the_picture_of_that_very_query(watched: tuple[Running, Path]) -> None:
    """As a chat does it: reads the page's HTML for the link, then fetches the picture it names."""
    server, _ = watched
    page = get(server, "/memory?hw=mac-mini-m4-16gb&model=qwen3-8b&ctx=16384").decode()
    tags = {name: unescape(value) for name, value in re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)" />', page)}  # fmt: skip
    assert tags["og:description"] == said(current(), "memory", View(hw="mac-mini-m4-16gb", model="qwen3-8b", ctx=16384))
    assert tags["og:url"] == f"{server.url}/memory?ctx=16384&hw=mac-mini-m4-16gb&model=qwen3-8b"
    assert tags["og:image"].startswith(f"{server.url}/memory.png?") and tags["twitter:card"] == "summary_large_image"
    drawn = Image.open(io.BytesIO(get(server, tags["og:image"].removeprefix(server.url))))
    assert (drawn.format, drawn.size) == ("PNG", (1200, 630))
    assert len(drawn.convert("RGB").getcolors(1 << 20) or ()) > 50  # a chart, not an empty card
