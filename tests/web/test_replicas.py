"""Replicas behind nginx, as `sh deploy/try` starts them: who stays where, what the proxy keeps, and what a visitor sees of a dying one."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser
from websockets.exceptions import WebSocketException

from tests.browser.harness import ROOT, Visitor, free_port
from tests.web.running import Reader
from tests.web.waiting import waited

pytestmark = pytest.mark.browser
REPLICAS = 2
VISITORS = 12
MACHINE = "mac-mini-m4-16gb"
CONTEXT = 16384


class House:
    """nginx and its replicas, started by the script people run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_row()
        self.url = f"http://127.0.0.1:{self.port}"
        self.said = folder / "said.txt"
        with self.said.open("wb") as out:
            self.script = subprocess.Popen(
                ["sh", "deploy/try", str(REPLICAS), str(self.port)],
                cwd=ROOT, env={**os.environ, "FOLDER": str(folder)}, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + 120
        while not all(map(self.lives, self.ports())) or status(self.url + "/_stcore/health") != 200:
            if self.script.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"deploy/try did not come up: {self.said.read_text()[-3000:]}")
            time.sleep(0.1)

    def ports(self) -> list[int]:
        return [self.port + number for number in range(1, REPLICAS + 1)]

    def lives(self, port: int) -> bool:
        return status(f"http://127.0.0.1:{port}/_stcore/health") == 200

    def pid(self, port: int) -> int:
        return int((self.folder / f"{port}.pid").read_text())

    def pages_at(self, port: int) -> int:
        """Open pages a replica serves: the connections to its port that nginx holds for long."""
        return sum(c.status == psutil.CONN_ESTABLISHED for c in psutil.Process(self.pid(port)).net_connections("tcp"))

    def kill(self, port: int) -> None:
        os.kill(self.pid(port), signal.SIGKILL)

    def start(self, port: int) -> None:
        """Start a killed replica again, as whatever looks after containers does."""
        command = [".venv/bin/python", "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.address", "127.0.0.1"]  # fmt: skip
        again = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        (self.folder / f"{port}.pid").write_text(str(again.pid))
        until = time.monotonic() + 60
        while not self.lives(port) and time.monotonic() < until:
            time.sleep(0.1)

    def end(self) -> None:
        for port in self.ports():  # also those that were started again
            if psutil.pid_exists(self.pid(port)):
                os.kill(self.pid(port), signal.SIGTERM)
        os.killpg(self.script.pid, signal.SIGTERM)
        try:
            self.script.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.script.pid, signal.SIGKILL)


def _free_row() -> int:
    """A port with as many free ones behind it as there are replicas."""
    while True:
        first = free_port()
        with socket.socket() as probe:
            if all(probe.connect_ex(("127.0.0.1", first + number)) for number in range(1, REPLICAS + 1)):
                return first


def status(url: str) -> int:
    try:
        return int(asked(url)[0])
    except OSError:
        return 0


def asked(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of one request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=dict(headers or {})), timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    # Not in pytest's own folder: nginx started by root works as another user, who may not enter that one.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        made = House(Path(folder))
        try:
            yield made
        finally:
            made.end()


def cookie(house: House) -> str:
    """What the proxy gives a browser that has not been here."""
    return asked(house.url + "/")[1]["Set-Cookie"].partition(";")[0]


async def opened(house: House) -> list[Reader]:
    """Visitors with a browser each, all at the same view."""
    people = [Reader(house.port, hw=MACHINE) for _ in range(VISITORS)]
    for person in people:
        person.headers["Cookie"] = cookie(house)
        await person.__aenter__()
        await person.run()
        await person.change("ctx", CONTEXT)
    return people


def test_a_visitor_stays_with_one_replica_and_visitors_are_spread(house: House) -> None:
    async def come() -> tuple[list[str], Counter[int]]:
        people = await opened(house)
        spread = Counter({port: house.pages_at(port) for port in house.ports()})
        titles = [person.title() for person in people]
        for person in people:
            await person.__aexit__(None, None, None)
        return titles, spread

    titles, spread = waited(come())
    assert len(set(titles)) == 1
    assert all(spread.values()), spread
    mine = cookie(house)
    assert asked(house.url + "/", {"Cookie": mine})[1].get("Set-Cookie") is None


def test_what_is_for_the_operator_is_not_for_visitors(house: House) -> None:
    for path in ("/metrics", "/ready", "/_stcore/metrics", "/compare/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent"):  # fmt: skip
        assert asked(house.url + path)[0] == 404, path
    assert asked(house.url + "/proxy-health")[2] == b"ok\n"


def test_scripts_arrive_compressed(house: House) -> None:
    page = asked(house.url + "/")[2].decode()
    script = page.partition('src="./')[2].partition('"')[0]
    _, headers, body = asked(f"{house.url}/{script}", {"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert len(body) < len(asked(f"{house.url}/{script}")[2]) / 2


def test_a_script_of_a_page_of_another_version_is_asked_of_every_replica_and_never_answered_with_a_page(
    house: House,
) -> None:
    """While a new version is rolled out, a page in another site's frame, which has no cookie, gets files from any replica."""
    missing = f"{house.url}/static/js/index.of-another-version.js"
    before = [requests_of(port) for port in house.ports()]
    got, headers, _ = asked(missing)
    assert got == 404 and headers["Content-Type"] == "application/problem+json"
    assert all(after == count + 1 for after, count in zip(map(requests_of, house.ports()), before, strict=True))
    script = asked(house.url + "/")[2].decode().partition('src="./')[2].partition('"')[0]
    for _ in range(2):
        got, headers, _ = asked(f"{house.url}/{script}")
        assert got == 200 and "javascript" in headers["Content-Type"]


def requests_of(port: int) -> int:
    """How often a replica was asked for a file it has not."""
    told = asked(f"http://127.0.0.1:{port}/metrics")[2].decode()
    found = re.search(r'^dashboard_requests_total\{kind="file",status="404"\} (\d+)', told, re.MULTILINE)
    return int(found[1]) if found else 0


def test_a_database_is_kept_by_the_proxy_too_and_nobody_is_given_a_cookie_with_it(house: House) -> None:
    for path in ("/catalog/catalog.sqlite", "/catalog/every-eval-ever.jsonl", "/api"):
        asked(house.url + path)
        again = asked(house.url + path)
        assert again[1]["X-Cache"] == "HIT" and "Set-Cookie" not in again[1], path


def test_rows_are_kept_by_the_proxy_and_asked_after_by_their_tag(house: House) -> None:
    link = f"{house.url}/models.csv?hw=rtx-4090&ctx={10_000 + house.port % 1000}"
    first, again, packed = asked(link), asked(link), asked(link, {"Accept-Encoding": "gzip"})
    assert (first[1]["X-Cache"], again[1]["X-Cache"]) == ("MISS", "HIT")
    assert first[2] == again[2]
    assert packed[1]["Content-Encoding"] == "gzip" and packed[2][:2] == b"\x1f\x8b"
    assert asked(link, {"If-None-Match": first[1]["ETag"]})[0] == 304
    assert "Set-Cookie" not in first[1]
    assert asked(f"{house.url}/models.csv?hw=nonsense")[1]["X-Cache"] != "HIT"
    assert asked(f"{house.url}/models.csv?hw=nonsense")[0] == 422


def test_a_replica_killed_under_load_takes_no_view_with_it(house: House) -> None:
    async def go() -> None:
        people = await opened(house)
        expected = people[0].title()
        victim = max(house.ports(), key=house.pages_at)
        running = [asyncio.create_task(stays(person)) for person in people]
        await asyncio.sleep(0.5)
        house.kill(victim)
        came_back = await asyncio.gather(*running)
        assert any(came_back), "nobody was at the replica that was killed"
        assert {person.title() for person in people} == {expected}
        for person in people:
            await person.__aexit__(None, None, None)
        house.start(victim)

    async def stays(person: Reader) -> bool:
        """Go on using the page as a browser does; whether the connection broke and was made again."""
        lost, until, context = False, time.monotonic() + 4, 4096
        while time.monotonic() < until or context == CONTEXT:  # the last one set is what everybody began with
            try:
                await person.change("ctx", context)
            except (OSError, WebSocketException):
                lost = True
                await person.__aenter__()
                await person.run()
            context = CONTEXT if context == 4096 else 4096
            await asyncio.sleep(0.05)
        return lost

    waited(go())
    assert all(house.lives(port) for port in house.ports())


def test_a_browser_whose_replica_is_killed_goes_on_with_the_same_view(house: House, browser: Browser) -> None:
    visitor = Visitor(browser, house.url).open(f"/?hw={MACHINE}&licence=open")
    before = {port: house.pages_at(port) for port in house.ports()}
    visitor.type_number("ctx", 16384)
    heading, path = visitor.heading(), visitor.path
    victim = max(before, key=lambda port: before[port])
    house.kill(victim)
    visitor.page.wait_for_timeout(1500)
    with visitor.rerun():
        visitor.control("ctx").locator("input").fill("4096")
        visitor.control("ctx").locator("input").press("Enter")
    assert visitor.heading() != heading
    visitor.type_number("ctx", 16384)
    assert (visitor.heading(), visitor.path) == (heading, path)
    assert "licence=open" in visitor.path and f"hw={MACHINE}" in visitor.path
    visitor.close()
    house.start(victim)
