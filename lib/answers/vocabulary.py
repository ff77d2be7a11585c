"""The ids links may use and controls offer, in the order they are offered."""

from __future__ import annotations

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
