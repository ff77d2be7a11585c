"""What every page costs on a large catalog, beside ours: python -m benchmarks.big_pages FOLDER [page …]

FOLDER is one that `benchmarks.big_catalog` wrote. Prints, for each page, seconds and kB of its first run on a server that is
up, CPU ms and kB of a change of context, and the ratio of that CPU to the same page's on our own catalog. Passes and fails
nothing.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass

import psutil

from benchmarks.session import Session
from lib.view import PAGES
from tests.browser.harness import Server, serve

CHANGES, WARM_UP = 5, 1


@dataclass(frozen=True)
class Cost:
    """Of one page."""

    first_s: float
    first_kb: float
    change_ms: float
    change_kb: float


async def cost(server: Server, page: str) -> Cost:
    """One visitor opens the page and changes the context a few times."""
    process = psutil.Process(server.process.pid)
    path = "" if page == next(iter(PAGES)) else page
    async with Session(server.port, path) as person:
        first_s = await person.run()
        first_kb = person.payload_bytes / 1e3
        spent = []
        for step in range(CHANGES + WARM_UP):
            before = process.cpu_times()
            await person.change("ctx", (4096 if step % 2 else 24576) + 97 * step)
            after = process.cpu_times()
            spent.append(after.user + after.system - before.user - before.system)
        return Cost(first_s, first_kb, statistics.median(spent[WARM_UP:]) * 1e3, person.payload_bytes / 1e3)


def costs(pages: list[str], folder: str | None) -> tuple[dict[str, Cost], float, float]:
    """Cost of each page with a catalog; seconds until the server answers, and MiB it then takes."""
    with serve(env={"DASHBOARD_CATALOG": folder} if folder else None, wait_s=600) as server:
        resident = psutil.Process(server.process.pid).memory_info().rss / 2**20
        return {page: asyncio.run(cost(server, page)) for page in pages}, server.seconds_to_health, resident


def main() -> None:
    folder, *pages = sys.argv[1:]
    pages = pages or list(PAGES)
    started = time.perf_counter()
    large, ready_s, resident = costs(pages, folder)
    ours, own_s, own_resident = costs(pages, None)
    print(
        f"start to health {ready_s:.1f} s, {ready_s / own_s:.0f} × ours; {resident:.0f} MiB then, ours {own_resident:.0f}\n"
    )
    print(f"{'page':12}{'first run, s':>14}{'kB':>8}{'a change, CPU ms':>18}{'kB':>8}{'× ours':>8}")
    for page in pages:
        one, own = large[page], ours[page]
        print(
            f"{page:12}{one.first_s:14.2f}{one.first_kb:8.0f}{one.change_ms:18.0f}{one.change_kb:8.0f}{one.change_ms / max(own.change_ms, 1):8.1f}"
        )
    print(f"\n{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()
