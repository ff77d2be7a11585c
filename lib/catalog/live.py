"""The catalog of a running server: as it is on disk, or the last good one while the files are broken or being replaced."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sized
from dataclasses import dataclass, fields
from pathlib import Path

from lib.catalog.catalog import Catalog, Problem
from lib.catalog.load import FOLDER, load, stamps

LOOK_EVERY_SECONDS = 2.0
SETTLED_SECONDS = 0.5
"""A file younger than this may still be written to."""
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class _Held:
    """What is in use, and what is on disk."""

    folder: Path
    catalog: Catalog
    seen: Stamp
    """Of the files last read, whether they were taken or not."""
    against: tuple[Problem, ...] = ()
    """Why what is on disk is not what is in use; empty where it is."""


_held: _Held | None = None
_looked_at = float("-inf")
_lock = threading.Lock()


def current(folder: Path = FOLDER) -> Catalog:
    """The catalog as it is on disk now, loaded again when a file has changed.

    Looks at most every two seconds. Files that read worse than before (see `worse`) leave the last good catalog in use,
    and `held_back` says why; once they are mended they are taken by themselves. The first load takes what there is.
    """
    global _held, _looked_at
    # While one visitor's run reads the files again, the others go on with what there was.
    if not _lock.acquire(blocking=_held is None or _held.folder != folder):
        assert _held is not None
        return _held.catalog
    try:
        now = time.monotonic()
        before = _held if _held and _held.folder == folder else None
        if before and now - _looked_at < LOOK_EVERY_SECONDS:
            return before.catalog
        _looked_at = now
        stamp = stamps(folder)
        if before is None:
            _held = _Held(folder, load(folder), stamp)
        elif stamp != before.seen and not _being_written(set(stamp) - set(before.seen)):
            _held = _taken(before, load(folder), stamp)
        assert _held is not None  # it was, or was read just now
        return _held.catalog
    finally:
        _lock.release()


def held_back() -> tuple[Problem, ...]:
    """What is wrong with the files on disk where they are not the catalog in use; empty where they are."""
    return _held.against if _held else ()


def worse(new: Catalog, old: Catalog) -> tuple[Problem, ...]:
    """Why a catalog is not to replace a good one: faults the old one did not have, or more than half of its records gone.

    Single records may go: that is what editing is.
    """
    known = set(old.problems)
    faults = [problem for problem in new.problems if problem not in known]
    for field in fields(Catalog):
        held, left = getattr(old, field.name), getattr(new, field.name)
        if field.name in ("version", "problems") or not isinstance(held, Sized):
            continue
        if 2 * len(left) < len(held):
            faults.append(Problem(field.name, f"{len(left):,} of {len(held):,}", "over half of the records are gone"))
    if old.essay and not new.essay:
        faults.append(Problem("essay.toml", "", "is gone"))
    return tuple(faults)


def _taken(before: _Held, new: Catalog, stamp: Stamp) -> _Held:
    if new.version == before.catalog.version:
        return _Held(before.folder, before.catalog, stamp)
    if against := worse(new, before.catalog):
        return _Held(before.folder, before.catalog, stamp, against)
    if stamps(before.folder) != stamp:  # written to while it was read: look again
        return before
    return _Held(before.folder, new, stamp)


def _being_written(changed: Iterable[tuple[str, int, int]]) -> bool:
    """Whether one of the files that changed did so in the last half second; a clock that runs ahead or behind never says so for long."""
    now = time.time()
    return any(0 <= now - at / 1e9 < SETTLED_SECONDS for _, at, _ in changed)
