"""How quick the front page is beside a bare Streamlit page of as many rows: python -m benchmarks.interaction

Both run in the same minute on the same machine, so the ratios mean more than the milliseconds. Prints a table;
passes and fails nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks.session import Session
from lib import answers
from lib.catalog import current
from lib.view import View
from tests.browser.harness import Server, Visitor, launch, serve

LOADS, CHANGES, WARM_UP = 5, 25, 3
RERUNS, USERS, BUSY_SECONDS, VISITORS = 40, 10, 8.0, 50
TALL = (1440, 2600)  # the whole page in sight: what is outside is not drawn

# Remembers when the table's canvas drew the first text that it did not show before the Enter key was pressed.
_WATCH = """
window.shown = new Set();
let before = new Set();
window.news = Infinity;
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...where) {
  window.shown.add(text);
  if (!before.has(text)) window.news = Math.min(window.news, performance.now());
  return draw.call(this, text, ...where);
};
addEventListener("keydown", e => {
  if (e.key !== "Enter") return;
  before = window.shown;
  window.shown = new Set();
  window.news = Infinity;
  window.asked_at = performance.now();
}, true);
"""
_USABLE = "() => window.shown.size > 20 && !!document.querySelector('svg.marks') && performance.now()"


@dataclass
class Figures:
    """What was measured of one page; times in the unit the name says."""

    start_s: float
    load_ms: list[float] = field(default_factory=list)
    change_ms: list[float] = field(default_factory=list)
    cpu_ms_per_rerun: float = 0.0
    reruns_per_s: float = 0.0
    busy_p95_ms: float = 0.0
    mib_per_visitor: float = 0.0
    first_run_wire_bytes: int = 0
    first_run_payload_bytes: int = 0
    rerun_payload_bytes: int = 0


def contexts() -> Iterator[int]:
    """Context lengths nobody has asked for before, far enough apart that every row changes."""
    for step in itertools.count():
        yield (4096 if step % 2 else 24576) + 256 * step


def visitor(browser: Browser, server: Server) -> Visitor:
    coming = Visitor(browser, server.url, size=TALL)
    coming.context.add_init_script(_WATCH)
    return coming


def first_load_ms(browser: Browser, server: Server) -> float:
    """Navigation to a usable page, with an empty browser cache: rows and chart drawn."""
    coming = visitor(browser, server)
    coming.page.goto(server.url)
    usable = float(coming.page.wait_for_function(_USABLE).json_value())
    coming.close()
    return usable


def change_ms(coming: Visitor, context: int) -> float:
    """From the Enter key in the context control to the first new text drawn in the table."""
    box = coming.control("ctx").locator("input")
    box.fill(str(context))
    box.press("Enter")
    coming.page.wait_for_function("() => window.news < Infinity")
    taken = float(coming.page.evaluate("window.news - window.asked_at"))
    coming.settle()
    return taken


def drive_browser(browser: Browser, servers: dict[Server, Figures]) -> None:
    """First loads and changes, the pages taking turns so that a busy moment hits both."""
    for turn in range(LOADS + 1):
        for server, figures in servers.items():
            taken = first_load_ms(browser, server)
            if turn:  # the very first load also fills the server's caches
                figures.load_ms.append(taken)
    people = {server: visitor(browser, server).open("/") for server in servers}
    for turn, context in zip(range(CHANGES + WARM_UP), contexts(), strict=False):
        for server, figures in servers.items():
            taken = change_ms(people[server], context)
            if turn >= WARM_UP:
                figures.change_ms.append(taken)
    for person in people.values():
        person.close()


async def counted(port: int, visit: Callable[[int], Awaitable[None]]) -> int:
    """Bytes a server sends over the wire while `visit(port of a relay to it)` runs."""
    sent = 0

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: bool) -> None:
        nonlocal sent
        while data := await reader.read(65536):
            sent += len(data) * count
            writer.write(data)
            await writer.drain()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, forth, False), pump(back, writer, True), return_exceptions=True)

    listening = await asyncio.start_server(relay, "127.0.0.1", 0)
    await visit(listening.sockets[0].getsockname()[1])
    listening.close()
    return sent


def cpu_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


async def drive_sessions(server: Server, figures: Figures) -> None:
    """CPU, throughput, memory and bytes of one process, with visitors that need no browser."""
    process = psutil.Process(server.process.pid)
    fresh = contexts()

    async def first_run(port: int) -> None:
        async with Session(port) as person:
            await person.run()
            figures.first_run_payload_bytes = person.payload_bytes

    figures.first_run_wire_bytes = await counted(server.port, first_run)

    async with Session(server.port) as person:
        await person.run()
        for _ in range(WARM_UP):
            await person.change("ctx", next(fresh))
        before = cpu_seconds(process)
        for _ in range(RERUNS):
            await person.change("ctx", next(fresh))
        figures.cpu_ms_per_rerun = (cpu_seconds(process) - before) / RERUNS * 1000
        figures.rerun_payload_bytes = person.payload_bytes

    people = [Session(server.port) for _ in range(VISITORS)]
    await asyncio.sleep(1)
    before_mib = process.memory_info().rss / 2**20
    for person in people:
        await person.__aenter__()
        await person.run()
    await asyncio.sleep(2)
    figures.mib_per_visitor = (process.memory_info().rss / 2**20 - before_mib) / VISITORS

    taken: list[float] = []
    started = time.perf_counter()

    async def busy(person: Session) -> None:
        while time.perf_counter() - started < BUSY_SECONDS:
            taken.append(await person.change("ctx", next(fresh)))

    await asyncio.gather(*(busy(person) for person in people[:USERS]))
    figures.reruns_per_s = len(taken) / (time.perf_counter() - started)
    figures.busy_p95_ms = sorted(taken)[int(0.95 * len(taken))] * 1000
    for person in people:
        await person.__aexit__(None, None, None)


def ranking_ms() -> float:
    """Ranking the whole catalog for one machine, for a context length not asked for before; median."""
    facts, taken = current(), []
    for context, _ in zip(contexts(), range(25), strict=False):
        started = time.perf_counter()
        answers.rank_models(facts, View(ctx=context + 7))
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[WARM_UP:])


def measure() -> tuple[str, Figures, Figures]:
    """The front page and the bare page with as many rows and columns, in turns."""
    with serve() as dashboard:
        with sync_playwright() as playwright:
            rows = Visitor(launch(playwright), dashboard.url).open("/").table()
        size = {"BARE_ROWS": str(len(rows)), "BARE_COLUMNS": str(len(rows[0]))}
        with serve("benchmarks/bare_app.py", env=size) as yardstick:
            servers = {server: Figures(server.seconds_to_health) for server in (dashboard, yardstick)}
            with sync_playwright() as playwright:
                drive_browser(launch(playwright), servers)
            for server, figures in servers.items():
                asyncio.run(drive_sessions(server, figures))
            return f"{len(rows)} rows of {len(rows[0])} columns", servers[dashboard], servers[yardstick]


def main() -> None:
    size, ours, bare = measure()
    print(f"{size}; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print(f"{'':44}{'dashboard':>12}{'bare page':>12}{'ratio':>8}  aim")
    median = statistics.median

    def line(what: str, a: float, b: float, aim: str, form: str = ".0f") -> None:
        print(f"{what:44}{a:12{form}}{b:12{form}}{a / b if b else float('nan'):8.2f}  {aim}")

    line("first load until usable, ms", median(ours.load_ms), median(bare.load_ms), "ratio at most 1.2")
    line(
        "change to new rows on screen, ms, median", median(ours.change_ms), median(bare.change_ms), "ratio at most 1.5"
    )
    line("the same, slowest", max(ours.change_ms), max(bare.change_ms), "")
    line("server CPU a rerun, ms", ours.cpu_ms_per_rerun, bare.cpu_ms_per_rerun, "at most 25", ".1f")
    line(f"reruns a second, {USERS} busy visitors", ours.reruns_per_s, bare.reruns_per_s, "at least 40", ".1f")
    line("their wait, ms, 95th percentile", ours.busy_p95_ms, bare.busy_p95_ms, "")
    line("memory a further visitor, MiB", ours.mib_per_visitor, bare.mib_per_visitor, "at most 0.35", ".2f")
    line(
        "first run over the wire, kB",
        ours.first_run_wire_bytes / 1e3,
        bare.first_run_wire_bytes / 1e3,
        "at most 100",
        ".1f",
    )
    line(
        "the same before compression, kB",
        ours.first_run_payload_bytes / 1e3,
        bare.first_run_payload_bytes / 1e3,
        "",
        ".1f",
    )
    line("a rerun before compression, kB", ours.rerun_payload_bytes / 1e3, bare.rerun_payload_bytes / 1e3, "", ".1f")
    line("start to health, s", ours.start_s, bare.start_s, "", ".2f")
    print(f"{'ranking the whole catalog, ms':44}{ranking_ms():12.1f}{'':20}  under 20")


if __name__ == "__main__":
    main()
