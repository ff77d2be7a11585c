"""Watts a machine takes while it generates: measured where somebody measured it, else a stated share of its limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from lib.answers.machine import Rig
from lib.catalog import Catalog
from lib.speed.power import BUSY_SHARE, IDLE_SHARE, generating_watts, measured_watts

FEWEST_MEASURED = 3
"""Power readings on a machine before their median counts."""


@lru_cache(maxsize=4)
def watts_measured(catalog: Catalog) -> Mapping[tuple[str, int], tuple[float, str, int]]:
    """What `measured_watts` says of each device and count whose power somebody read in one conversation.

    Readings below a limit set by hand and those with a verdict against them are left out.
    """
    found: dict[tuple[str, int], list[tuple[float, str]]] = defaultdict(list)
    for m in catalog.measurements.values():
        alone = len(m.device_ids) == 1 and (m.concurrency or 1) == 1
        if m.watts and alone and not m.verdict and "limited to" not in (m.note or ""):
            found[m.device_ids[0], m.device_count or 1].append((m.watts, m.power_kind or "not stated"))
    return {machine: measured_watts(readings) for machine, readings in found.items()}


def watts_while_generating(catalog: Catalog, rig: Rig, fit: str) -> tuple[float, str]:
    """Watts and where they are from; NaN with the reason where neither readings nor a limit are known.

    A board's limit says nothing of a processor that does part of the work, nor of cards of several kinds.
    """
    device = rig.device
    if fit != "gpu":
        return np.nan, "not known where the processor does the work or a part of it"
    if len({p.name for p in rig.facts if not p.is_processor}) > 1:
        return np.nan, "not known for cards of different kinds together"
    found = watts_measured(catalog).get((device.id, rig.count))
    if found is not None and found[2] >= FEWEST_MEASURED:
        return found[0], f"median of {found[2]} readings ({found[1]})"
    return boards_estimate(rig)


def boards_estimate(rig: Rig) -> tuple[float, str]:
    """Watts of a machine's boards by their limit, and how; NaN with the reason where the limit is not known."""
    device = rig.device
    if not device.power_w:
        return np.nan, f"the power limit of {device.name} is not known"
    each = f"{BUSY_SHARE:.0%} of the board's limit of {device.power_w:,.0f} W"
    waiting = f", {IDLE_SHARE:.0%} for each card that waits" if rig.count > 1 else ""
    return float(generating_watts(device.power_w, rig.count)), f"an estimate: {each}{waiting}"
