"""Tokens a second of every row of a table on one machine, with the band around each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal

import numpy as np

from lib.answers.machine import Rig
from lib.answers.reads import Work, computed_parameters, is_used, reads_of, together, where_used, work_of
from lib.catalog.load import FOLDER
from lib.sizing.table import Placements, SizingTable
from lib.speed.bands import band, classes, device_doubts
from lib.speed.calibration import Calibration
from lib.speed.concurrency import Concurrent, concurrent
from lib.speed.decode import Costs, PoolRead, costs, decode_seconds
from lib.speed.device import DeviceFacts

LOG = logging.getLogger(__name__)
Numbers = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
_each = attrgetter(*(f.name for f in fields(Costs)))
FREE: tuple[float, ...] = (0.0,) * len(fields(Costs))
"""What reading nothing costs."""


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The fitted constants the repo ships. Raises ValueError, in words for a visitor, where they cannot be read."""
    try:
        return Calibration.load(FOLDER / "calibration" / "speed.toml")
    except (OSError, ValueError) as error:
        _log_once(str(error))
        raise ValueError("the constants of the prediction could not be read") from error


@lru_cache(maxsize=8)
def _log_once(reason: str) -> None:
    """A view asks for the constants hundreds of times, and again until they can be read."""
    LOG.error("catalog/calibration/speed.toml: %s", reason)


@dataclass(frozen=True)
class Setting:
    """A machine and the program that runs on it, as far as speed depends on them."""

    facts: tuple[DeviceFacts, ...]
    """Of the cards in their order, then of what is behind RAM."""
    runtime: str = "llama.cpp"
    backend: str | None = None
    build_date: str | None = None

    @property
    def kinds(self) -> tuple[tuple[bool, bool], ...]:
        """What rows have to have in common to be computed at once: which devices are processors, and which Apple's."""
        return tuple((f.is_processor, f.vendor == "Apple") for f in self.facts)


_SOME = {
    (processor, apple): DeviceFacts("Apple" if apple else "", "cpu" if processor else "gpu", None)
    for processor in (False, True) for apple in (False, True)
}  # fmt: skip
"""A device that stands for all of a kind, where what things cost on each is known apart."""


@dataclass(frozen=True, eq=False)
class Speeds:
    """Tokens a second, NaN where unknown; `[rows]`."""

    decode_tok_per_s: Numbers
    low: Numbers
    high: Numbers
    kinds: np.ndarray[Any, np.dtype[np.object_]]
    """Class of each prediction (`lib.speed.bands.CLASSES`), which says how wrong such predictions have been."""
    unknown: tuple[str, ...]
    """Why the speeds are unknown, empty where they are not; one for each setting."""
    doubts: tuple[tuple[str, ...], ...]
    """Why the bands are wider than usual; one for each setting."""

    def take(self, rows: Ints) -> Speeds:
        """The speeds of these rows, by index; all of one setting."""
        part = (self.decode_tok_per_s[rows], self.low[rows], self.high[rows], self.kinds[rows])
        return Speeds(*part, self.unknown, self.doubts)


def decode(
    table: SizingTable,
    active_parameters: Numbers,
    moe: Bools,
    rig: Rig,
    places: Placements,
    *,
    runtime: str = "llama.cpp",
    tokens_before: int | Ints = 0,
    kv_share: Numbers | float = 0.0,
) -> Speeds:
    """Generation speed on one machine with `tokens_before` tokens in the context, which fill `kv_share` of the cache."""
    return decode_in(
        [Setting(rig.facts, runtime)], table, active_parameters, moe, places, work=work_of(table, tokens_before), kv_share=kv_share
    )  # fmt: skip


def decode_in(
    settings: Sequence[Setting],
    table: SizingTable,
    active_parameters: Numbers,
    moe: Bools,
    places: Placements,
    *,
    work: Work,
    kv_share: Numbers | float = 0.0,
    split: Literal["layer", "tensor"] = "layer",
) -> Speeds:
    """Generation speed in one setting, or of each row in its own; those have the same `kinds` of devices.

    `work` is what the layers do after the tokens in the context, which fill `kv_share` of the cache. NaN, with the reason
    in `unknown`, where a fact of the machine is missing that speed depends on. The band is the one 80 % of measurements
    fell in whose source was left out of the fit.
    """
    blank = np.full(len(table), np.nan)
    none = np.full(len(table), "", object)
    try:
        known = calibration()
        reads = reads_of(table, [_SOME[kind] for kind in settings[0].kinds], places, work, kv_share)
        every = together(reads) if split == "tensor" else reads
        runs = np.sum([np.asarray(r.weight_bytes) for r in every], axis=0) > 0
        used = {pool: where_used(r, runs) for pool, r in enumerate(every) if is_used(r)}
        if not used:
            raise ValueError("a token reads at least one memory")
        safe = list(used.values())
        each, unknown, doubts = _costs(settings, used, known)
        seconds = decode_seconds(
            safe,
            calibration=known,
            active_parameters=computed_parameters(table, active_parameters),
            extra_norms=work.extra_norms[work.of],
            split=split,
            each=each,
        )
    except ValueError as error:
        return Speeds(blank, blank, blank, none, (str(error),) * len(settings), ((),) * len(settings))
    told = runs & np.array([not why for why in unknown])
    speed = 1.0 / np.where(told, seconds, np.nan)
    low, high = band(speed, safe, moe, known, doubted=[len(d) for d in doubts])
    return Speeds(speed, low, high, np.where(told, classes(safe, moe), "").astype(object), unknown, doubts)


def _costs(
    settings: Sequence[Setting], used: Mapping[int, PoolRead], known: Calibration
) -> tuple[list[Costs], tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """What things cost at each read, `[settings]`; why that is unknown in a setting; and why its ranges are wider.

    Only devices count that read something for the setting's row, or for any row where all have one setting.
    """
    unknown, doubts = [""] * len(settings), list[tuple[str, ...]]()
    remembered: dict[object, tuple[float, ...]] = {}
    tables = {pool: [FREE] * len(settings) for pool in used}
    reading = np.array([np.asarray(r.weight_bytes) > 0 for r in used.values()]).T
    marks = reading if len(settings) > 1 else np.asarray(reading.any(axis=0, keepdims=True))
    for i, (setting, marked) in enumerate(zip(settings, marks.tolist(), strict=True)):
        engine = setting.runtime, setting.backend, setting.build_date
        here = {pool: setting.facts[pool] for pool, reads in zip(used, marked, strict=True) if reads}
        try:
            for pool, device in here.items():
                if (device, engine) not in remembered:
                    remembered[device, engine] = _each(costs(device, known, runtime=engine[0], backend=engine[1], build_date=engine[2]))  # fmt: skip
                tables[pool][i] = remembered[device, engine]
            doubts.append(device_doubts(here.values(), known, runtime=engine[0]))
        except ValueError as error:
            unknown[i] = str(error)
            doubts.append(())
    return [Costs(*np.array(t).T) for t in tables.values()], tuple(unknown), tuple(doubts)


def at_once(
    table: SizingTable,
    active_parameters: Numbers,
    rig: Rig,
    places: Placements,
    users: Ints,
    *,
    runtime: str = "llama.cpp",
    tokens_before: int = 0,
    kv_share: Numbers | float = 0.0,
) -> Concurrent:
    """Speeds of `users` conversations at once with the table's one row, which is placed for one of them.

    Raises ValueError for processors and where a fact of the machine is missing that speed depends on.
    """
    work = work_of(table, tokens_before)
    reads = [r for r in reads_of(table, rig.facts, places, work, kv_share) if is_used(r)]
    return concurrent(
        reads, users, calibration=calibration(), active_parameters=computed_parameters(table, active_parameters),
        expert_share=table.expert_share_used, extra_norms=work.extra_norms[work.of], runtime=runtime,
    )  # fmt: skip
