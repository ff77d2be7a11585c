"""Watts a machine takes while it generates: measured where somebody measured it, else a stated share of its limit."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.machine import Rig
from lib.catalog import Catalog
from lib.speed.power import BUSY_SHARE, IDLE_SHARE, generating_watts, measured_watts

FEWEST_MEASURED = 3
COLUMNS = ("device_count", "watts", "power_kind", "note", "verdict")


@lru_cache(maxsize=4)
def _readings(catalog: Catalog) -> pd.DataFrame:
    """Every reading of one kind of device in one conversation, with the columns `measured_watts` reads."""
    rows = [
        m for m in catalog.measurements.values() if m.watts and len(m.device_ids) == 1 and (m.concurrency or 1) == 1
    ]
    found = {c: [getattr(m, c) for m in rows] for c in COLUMNS} | {"device_ids": [m.device_ids[0] for m in rows]}
    return pd.DataFrame(found).astype({"note": object, "verdict": object, "power_kind": object})


@lru_cache(maxsize=1024)
def _measured(catalog: Catalog, device: str, count: int) -> tuple[float, str, int] | None:
    return measured_watts(_readings(catalog), device, count)


def watts_while_generating(catalog: Catalog, rig: Rig, fit: str) -> tuple[float, str]:
    """Watts and where they are from; NaN with the reason where neither readings nor a limit are known.

    A board's limit says nothing of a processor that does part of the work, nor of cards of several kinds.
    """
    device = rig.device
    if fit != "gpu":
        return np.nan, "not known where the processor does part of the work"
    if len({p.name for p in rig.facts if not p.is_processor}) > 1:
        return np.nan, "not known for cards of different kinds together"
    found = _measured(catalog, device.id, rig.count)
    if found is not None and found[2] >= FEWEST_MEASURED:
        return found[0], f"median of {found[2]} readings ({found[1]})"
    if not device.power_w:
        return np.nan, f"the power limit of {device.name} is not known"
    each = f"{BUSY_SHARE:.0%} of the board's limit of {device.power_w:,.0f} W"
    waiting = f", {IDLE_SHARE:.0%} for each card that waits" if rig.count > 1 else ""
    return float(generating_watts(device.power_w, rig.count)), f"an estimate: {each}{waiting}"
