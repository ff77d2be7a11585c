"""How many visitors one machine stands: python -m benchmarks.crowd [--visitors 10 50 100 200] [--replicas 1 2 4] [--seconds 20]

Visitors are real websocket sessions behind nginx (`deploy/try`), each with a cookie of its own, who ask something nobody has
asked before, read the answer for a while and ask again. A hello-world page is driven in the same minutes on the same
machine, so the ratios mean more than the milliseconds. The load generator shares the machine's cores, and says how much it
took. Prints tables; passes and fails nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.interaction import contexts
from benchmarks.session import Session
from tests.browser.harness import ROOT, free_port, serve

THINK_S = (5.0, 10.0)
"""A visitor looks at an answer for so long, evenly spread."""
BUSY_VISITORS = 10
LEAVING_S = 150
"""Streamlit keeps what a page was made of for two minutes after its connection broke."""


@dataclass(frozen=True)
class House:
    """Something that serves pages: where to connect, and its processes."""

    port: int
    processes: tuple[psutil.Process, ...]
    control: str
    """The number control its visitors change."""
    sticky: bool = False

    def cpu_s(self) -> float:
        return sum(t.user + t.system for p in self.processes for t in [p.cpu_times()])

    def resident_mib(self) -> float:
        return sum(p.memory_info().rss for p in self.processes) / 2**20

    def visitor(self) -> Session:
        """Somebody new, with the cookie the proxy gives."""
        person = Session(self.port)
        if self.sticky:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=60) as answer:
                person.headers["Cookie"] = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        return person


@dataclass(frozen=True)
class Load:
    """What a number of visitors met. Times in ms."""

    visitors: int
    reruns: int
    seconds: float
    waits_ms: tuple[float, ...]
    server_cpu_s: float
    own_cpu_s: float

    @property
    def reruns_per_core_s(self) -> float:
        """Reruns for each second of CPU the servers took: what one whole core gives."""
        return self.reruns / self.server_cpu_s if self.server_cpu_s else float("nan")

    def percentile(self, share: float) -> float:
        ordered = sorted(self.waits_ms)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


@contextmanager
def replicas(count: int) -> Iterator[House]:
    """The dashboard's replicas behind nginx, as `sh deploy/try` starts them."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        script = subprocess.Popen(
            ["sh", "deploy/try", str(count), str(port)], cwd=ROOT, env={**os.environ, "FOLDER": folder},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            ports = range(port + 1, port + 1 + count)
            # nginx last: asked before them, it would think the replicas dead for a while, each of its processes by itself.
            while not all(_lives(at) for at in (*ports, port)):
                if script.poll() is not None:
                    raise RuntimeError("deploy/try did not come up")
                time.sleep(0.2)
            pids = [int(Path(folder, f"{at}.pid").read_text()) for at in ports]
            yield House(port, tuple(map(psutil.Process, pids)), "ctx", sticky=True)
        finally:
            script.terminate()
            script.wait(30)


def _lives(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def arrive(house: House, count: int) -> list[Session]:
    """So many visitors, each with the page open; a few at a time, as people come."""
    people = [house.visitor() for _ in range(count)]
    gate = asyncio.Semaphore(4)

    async def come(person: Session) -> None:
        async with gate:
            await person.__aenter__()
            await person.run()

    await asyncio.gather(*map(come, people))
    return people


async def leave(people: Sequence[Session]) -> None:
    for person in people:
        await person.__aexit__(None, None, None)


async def use(
    house: House, people: Sequence[Session], seconds: float, think_s: tuple[float, float], fresh: Iterator[int]
) -> Load:
    """All of them use the page for a while, thinking between one question and the next."""
    waits: list[float] = []
    own, before, started = time.process_time(), house.cpu_s(), time.perf_counter()
    rng = random.Random(0)

    async def visit(person: Session) -> None:
        if think_s[1]:
            await asyncio.sleep(rng.uniform(0, think_s[1]))
        while time.perf_counter() - started < seconds:
            waits.append(await person.change(house.control, next(fresh)) * 1e3)
            if think_s[1]:
                await asyncio.sleep(rng.uniform(*think_s))

    await asyncio.gather(*map(visit, people))
    return Load(
        len(people), len(waits), time.perf_counter() - started, tuple(waits), house.cpu_s() - before, time.process_time() - own
    )  # fmt: skip


async def busy(house: House, seconds: float, fresh: Iterator[int]) -> Load:
    """Visitors who never think: as many reruns as the processes give."""
    people = await arrive(house, BUSY_VISITORS)
    try:
        await use(house, people, min(seconds, 3), (0, 0), fresh)
        return await use(house, people, seconds, (0, 0), fresh)
    finally:
        await leave(people)


async def memory(house: House, count: int) -> tuple[float, float]:
    """MiB a further visitor takes, and MiB for each of them that are still taken two and a half minutes after they left."""
    await leave(await arrive(house, BUSY_VISITORS))
    await asyncio.sleep(1)
    before = house.resident_mib()
    people = await arrive(house, count)
    await asyncio.sleep(2)
    during = house.resident_mib()
    await leave(people)
    await asyncio.sleep(LEAVING_S)
    await leave(await arrive(house, 1))  # whoever comes next lets the server tidy up
    return (during - before) / count, (house.resident_mib() - before) / count


def growth(counts: Sequence[int], seconds: float) -> None:
    """Reruns a second with more replicas, beside a hello-world page in the same minutes.

    Each starts with the same contexts, which none of its processes has been asked: those of a quick page would lead the
    others far beyond what people ask for.
    """
    print(f"{'':22}{'reruns/s':>10}{'a CPU second':>14}{'ms, median':>12}{'p95':>8}{'× one':>8}{'load generator':>16}")

    def line(name: str, load: Load, first: float) -> None:
        rate = load.reruns / load.seconds
        print(
            f"{name:22}{rate:10.1f}{load.reruns_per_core_s:14.1f}{load.percentile(0.5):12.0f}{load.percentile(0.95):8.0f}"
            f"{rate / first:8.2f}{load.own_cpu_s / load.seconds:14.2f} CPU"
        )

    with serve("benchmarks/hello_app.py") as hello:
        house = House(hello.port, (psutil.Process(hello.process.pid),), "number")
        load = asyncio.run(busy(house, seconds, contexts()))
        line("hello world, one", load, load.reruns / load.seconds)
        bare = load.reruns_per_core_s
    first = float("nan")
    for count in counts:
        with replicas(count) as house:
            load = asyncio.run(busy(house, seconds, contexts()))
            rate = load.reruns / load.seconds
            first = rate if first != first else first
            line(f"dashboard, {count}", load, first)
    print(f"a CPU second of the last gives {load.reruns_per_core_s / bare:.2f} of the hello-world's reruns\n")


def visitors(counts: Sequence[int], count: int, seconds: float) -> None:
    """What visitors with time to think wait, by how many there are."""
    fresh = contexts()
    print(
        f"{count} replicas; visitors think {THINK_S[0]:g} to {THINK_S[1]:g} s between questions, each new to the server"
    )
    print(
        f"{'visitors':>8}{'reruns':>8}{'ms, median':>12}{'p95':>8}{'worst':>8}{'server CPU':>12}{'load generator':>16}"
    )
    with replicas(count) as house:
        asyncio.run(busy(house, 2, fresh))
        for number in counts:
            load = asyncio.run(_thinking(house, number, seconds, fresh))
            print(
                f"{number:8}{load.reruns:8}{load.percentile(0.5):12.0f}{load.percentile(0.95):8.0f}{max(load.waits_ms):8.0f}"
                f"{load.server_cpu_s / load.seconds:8.2f} CPU{load.own_cpu_s / load.seconds:12.2f} CPU"
            )
    print()


async def _thinking(house: House, number: int, seconds: float, fresh: Iterator[int]) -> Load:
    people = await arrive(house, number)
    try:
        return await use(house, people, seconds, THINK_S, fresh)
    finally:
        await leave(people)


def memories(count: int) -> None:
    with replicas(1) as house:
        idle = house.resident_mib()
        each, left = asyncio.run(memory(house, count))
    print(
        f"one replica {idle:.0f} MiB; {each:.2f} MiB a visitor ({count} of them), {left:.2f} MiB {LEAVING_S} s after they left"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, nargs="*", default=[10, 50, 100, 200])
    parser.add_argument("--replicas", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--behind", type=int, default=4, help="replicas that the visitors with time to think meet")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--memory", type=int, default=100, help="visitors to measure memory with; 0 leaves it out")
    asked = parser.parse_args()
    print(f"load average before {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    if asked.replicas:
        growth(asked.replicas, asked.seconds)
    if asked.visitors:
        visitors(asked.visitors, asked.behind, asked.seconds)
    if asked.memory:
        memories(asked.memory)
    print(f"load average after {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
