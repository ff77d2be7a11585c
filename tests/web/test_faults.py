"""What goes wrong around a running dashboard, done to a real one: files, disk, power, clock and versions."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.web.running import LOOKS_AGAIN_SECONDS, Reader, Running, as_nobody, copied, running
from tests.web.waiting import waited

pytestmark = pytest.mark.browser
QUERY = {"hw": "mac-mini-m4-16gb", "ctx": "16384"}
HELD = "this is still catalog"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("faults") / "house")


@pytest.fixture(scope="module")
def server(house: Path) -> Iterator[Running]:
    with running(house) as started:
        yield started


@pytest.fixture
def catalog(house: Path) -> Iterator[Path]:
    """The folder the server reads, put back as it was afterwards."""
    folder, kept = house / "catalog", house.parent / "kept"
    shutil.copytree(folder, kept)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
    kept.rename(folder)
    time.sleep(LOOKS_AGAIN_SECONDS)


def seen(server: Running, **query: str) -> Reader:
    """A new visitor, having opened the front page."""

    async def visit() -> Reader:
        async with Reader(server.port, **query) as person:
            await person.run()
            return person

    return waited(visit())


def ready(server: Running) -> dict[str, object]:
    with urllib.request.urlopen(server.url + "/ready", timeout=10) as answer:
        return dict(json.loads(answer.read()))


def halve(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 - 7])


BREAKS: dict[str, Callable[[Path], object]] = {
    "half of the devices": lambda folder: halve(folder / "devices.csv"),
    "no devices": lambda folder: (folder / "devices.csv").unlink(),
    "empty devices": lambda folder: (folder / "devices.csv").write_text(""),
    "noise for licences": lambda folder: (folder / "licences.toml").write_bytes(os.urandom(4096)),
    "half of a model": lambda folder: halve(next(folder.glob("models/*/qwen3-8b.toml"))),
    "no runtimes": lambda folder: (folder / "runtimes.toml").unlink(),
    "a folder for a file": lambda folder: ((folder / "machines.toml").unlink(), (folder / "machines.toml").mkdir()),
    "nothing at all": lambda folder: shutil.rmtree(folder),
    "a gigabyte of nothing": lambda folder: os.truncate(folder / "quantizations.csv", 1 << 30),
}


@pytest.mark.parametrize("broken", list(BREAKS))
def test_a_catalog_broken_while_running_leaves_the_last_good_one_with_a_notice(
    server: Running, catalog: Path, broken: str
) -> None:
    before, version = seen(server, **QUERY), ready(server)["catalog_version"]
    assert HELD not in before.text()
    BREAKS[broken](catalog)
    time.sleep(LOOKS_AGAIN_SECONDS)
    during = seen(server, **QUERY)
    assert during.title() == before.title()
    assert HELD in during.text() and str(version) in during.text()
    assert ready(server)["catalog_version"] == version


def test_a_mended_catalog_is_picked_up_by_itself(server: Running, catalog: Path) -> None:
    devices = catalog / "devices.csv"
    whole = devices.read_text()
    halve(devices)
    time.sleep(LOOKS_AGAIN_SECONDS)
    assert HELD in seen(server, **QUERY).text()
    version = ready(server)["catalog_version"]
    devices.write_text(whole + "\n")
    time.sleep(LOOKS_AGAIN_SECONDS)
    assert HELD not in seen(server, **QUERY).text()
    assert ready(server)["catalog_version"] != version


def test_a_catalog_replaced_as_a_whole_is_the_new_answer(server: Running, catalog: Path) -> None:
    new = catalog.with_name("new")
    shutil.copytree(catalog, new)
    for path in new.glob("models/*/qwen3.5-9b.toml"):
        path.write_text(path.read_text().replace('name = "', 'name = "Renamed ', 1))
    old = catalog.with_name("old")
    catalog.rename(old)
    new.rename(catalog)
    time.sleep(LOOKS_AGAIN_SECONDS)
    assert "Renamed" in seen(server, hw=QUERY["hw"], model="qwen3.5-9b").text()
    shutil.rmtree(old)


def test_a_change_under_way_never_shows_half_a_catalog(server: Running, catalog: Path) -> None:
    expected, devices = seen(server, **QUERY).title(), catalog / "devices.csv"
    content = devices.read_bytes()

    async def rewrite_slowly() -> None:
        with devices.open("wb", buffering=0) as out:
            for start in range(0, len(content), len(content) // 6 + 1):
                out.write(content[start : start + len(content) // 6 + 1])
                await asyncio.sleep(0.7)

    async def watch() -> set[str]:
        titles = set()
        async with Reader(server.port, **QUERY) as person:
            for _ in range(14):
                await person.run()
                titles.add(person.title())
                await asyncio.sleep(0.4)
        return titles

    async def both() -> set[str]:
        return (await asyncio.gather(watch(), rewrite_slowly()))[0]

    assert waited(both()) == {expected}
    time.sleep(LOOKS_AGAIN_SECONDS)
    assert HELD not in seen(server, **QUERY).text()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_killed_and_started_again_it_shows_a_visitor_the_same(server: Running, how: int) -> None:
    async def go() -> tuple[str, str, str]:
        async with Reader(server.port, hw=QUERY["hw"]) as person:
            await person.run()
            first = person.title()
            await person.change("ctx", 16384)
            before = person.title()
        server.kill(how)
        server.start()
        async with person:  # the browser connects again and sends what its controls hold
            await person.run()
        return first, before, person.title()

    first, before, after = waited(go())
    assert first != before == after


def test_a_page_that_fails_tells_the_log_and_not_the_visitor(tmp_path_factory: pytest.TempPathFactory) -> None:
    broken = copied(tmp_path_factory.mktemp("fault") / "house")
    page = broken / "pages" / "models.py"
    page.write_text(page.read_text() + '\nraise RuntimeError("secret of the inside")\n')
    with running(broken) as server:
        with pytest.raises(RuntimeError) as shown:
            seen(server, **QUERY)
        said = str(shown.value)
        assert said and not re.search(r"secret|Traceback|RuntimeError|\.py", said)
        assert "secret of the inside" in server.log()


def test_it_runs_as_nobody_on_a_file_system_that_takes_no_byte(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = copied(tmp_path_factory.mktemp("full") / "house")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    for above in folder.parents:
        if above.stat().st_uid == os.geteuid() and above != Path("/") and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    nowhere = {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        with running(folder, env=nowhere, confined=True) as server:
            if as_nobody():
                status = Path(f"/proc/{server.process.pid}/status")
                assert not status.exists() or "Uid:\t65534" in status.read_text()
            assert "fit" in seen(server, **QUERY).title()
            assert ready(server)["ready"] is True
            with urllib.request.urlopen(f"{server.url}/models.csv?hw=rtx-4090") as rows:
                assert rows.read().count(b"\n") > 40
    finally:
        for path in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
            path.chmod(0o755)


CLOCK = """
import datetime, sys, time, types
_real = time.time
time.time = lambda: _real() + {days} * 86400
class _Days(type(datetime.date)):
    def __instancecheck__(self, other): return isinstance(other, datetime.date)
class _Date(datetime.date, metaclass=_Days):
    @classmethod
    def today(cls): return datetime.date.fromtimestamp(time.time())
_skewed = types.ModuleType("datetime")
_skewed.__dict__.update(datetime.__dict__, date=_Date)
for _name, _module in list(sys.modules.items()):
    if _name.startswith("lib.") and getattr(_module, "dt", None) is datetime:
        _module.dt = _skewed
"""


@pytest.mark.parametrize("days", [-20_000, -1000, -1, 4000])
def test_a_wrong_clock_takes_nothing_away(server: Running, tmp_path_factory: pytest.TempPathFactory, days: int) -> None:
    elsewhere = copied(tmp_path_factory.mktemp("clock") / "house")
    app = elsewhere / "app.py"
    app.write_text(app.read_text() + CLOCK.format(days=days))
    expected = seen(server, **QUERY)
    with running(elsewhere) as skewed:
        shown = seen(skewed, **QUERY)
        assert shown.title() == expected.title()
        assert "could not be read" not in shown.text()
        assert ready(skewed) == ready(server)


def test_two_versions_behind_one_address_answer_each_for_itself(
    server: Running, house: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    newer = copied(tmp_path_factory.mktemp("newer") / "house")
    devices = newer / "catalog" / "devices.csv"
    devices.write_text(devices.read_text() + "\n")
    page = newer / "pages" / "models.py"
    page.write_text(
        page.read_text() + '\nimport streamlit as st\nst.checkbox("a control of the new version", key="novel")\n'
    )

    async def moved(person: Reader, to: Running) -> str:
        person.address = f"ws://127.0.0.1:{to.port}/_stcore/stream"
        person._origin = to.url
        async with person:
            await person.run()
        return person.title()

    async def go(new: Running) -> tuple[str, str, str]:
        person = Reader(server.port, **QUERY)
        async with person:
            await person.run()
            old_title = person.title()
        there = await moved(person, new)  # with what the old version's controls hold
        assert "novel" in person._widgets
        back = await moved(person, server)  # with a control the old version does not know
        return old_title, there, back

    with running(newer) as new:
        old_title, there, back = waited(go(new))
        assert old_title == there == back
        tags = []
        for one in (server, new):
            with urllib.request.urlopen(f"{one.url}/models.csv?hw=rtx-4090") as rows:
                tags.append(rows.headers["ETag"])
        assert tags[0] != tags[1], "a cache could mix the rows of two versions"
