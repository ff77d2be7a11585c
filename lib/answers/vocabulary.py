"""The ids links may use and controls offer, in the order they are offered."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from lib.answers.scores import ranks
from lib.catalog import Catalog
from lib.catalog.schema import Device
from lib.sizing.formats import FORMATS
from lib.speed.measured import runtime_id
from lib.view import Vocabulary

_KINDS = ("gpu", "apple-soc", "apu", "cpu", "phone", "sbc", "accelerator")


def usable(device: Device) -> bool:
    """Whether a device can be computed with: its memory is known, and llama.cpp or its like runs on it."""
    if device.kind == "accelerator" and device.vendor != "NVIDIA":
        return False
    return bool(device.memory_gib) or device.kind == "cpu"


@lru_cache(maxsize=4)
def vocabulary(catalog: Catalog) -> Vocabulary:
    """Every id of this catalog a link may name."""
    devices = sorted(catalog.devices.values(), key=lambda d: (_KINDS.index(d.kind), d.id))
    return Vocabulary(
        machines=tuple(sorted(catalog.machines, key=lambda m: catalog.machines[m].source.startswith("essay"))),
        devices=tuple(d.id for d in devices if usable(d)),
        sizes={
            d.id: d.memory_gib if d.unified else ()
            for d in devices
            if usable(d) and d.kind not in ("gpu", "accelerator")
        },
        hosts=tuple(d.id for d in devices if d.kind == "cpu" and d.memory_bandwidth_gb_per_s),
        models=tuple(sorted(catalog.models)),
        publishers=tuple(sorted({m.publisher for m in catalog.models.values()})),
        ranks=ranks(catalog),
        runtimes=tuple(sorted({name for m in catalog.measurements.values() if (name := runtime_id(m.runtime))})),
        formats=tuple(FORMATS),
    )


@lru_cache(maxsize=4)
def freshness(catalog: Catalog) -> str:
    """How old the facts are, in words."""
    read = sorted(s.accessed for s in catalog.sources.values())
    return f"facts last read {read[0]} to {read[-1]}" if read else "no sources"


def days_since(date: str, today: dt.date | None = None) -> int:
    """Whole days from a date of the catalog (a missing day or month is taken as the first) to today."""
    parts = [int(p) for p in date.split("-")]
    start = dt.date(*[*parts, 1, 1][:3])
    return ((today or dt.date.today()) - start).days
