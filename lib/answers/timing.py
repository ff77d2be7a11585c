"""How long each part of one token takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lib.answers.machine import Rig
from lib.answers.reads import computed_parameters, is_used, reads_of, work_of
from lib.answers.speed import calibration, decode
from lib.sizing.table import Placements, SizingTable
from lib.speed.bands import classes
from lib.speed.decode import LOW_BITS_PER_WEIGHT, costs, fixed_seconds, reading_seconds

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


def timing(
    table: SizingTable,
    active_parameters: Numbers,
    moe: Bools,
    rig: Rig,
    places: Placements,
    *,
    runtime: str = "llama.cpp",
) -> tuple[pd.DataFrame, str]:
    """How long each part of one token takes for the table's first row, and how wrong such predictions were.

    term, how (with the numbers), ms. Empty where the speed is not known.
    """
    known, rows = calibration(), []
    try:
        reads = [r for r in reads_of(table, rig.facts, places, work_of(table), 0.0) if is_used(r)]
        total = sum(float(np.asarray(r.weight_bytes)[0]) for r in reads)
        active = float(computed_parameters(table, active_parameters)[0])
        low_bits = total * 8 / active < LOW_BITS_PER_WEIGHT
        norms = work_of(table).extra_norms[table.of]
        for read in reads:
            cost = costs(read.device, known, runtime=runtime)
            weight, layers = float(np.asarray(read.weight_bytes)[0]), float(np.asarray(read.layers)[0])
            if weight:
                share = active * weight / total
                seconds = float(np.ravel(reading_seconds(cost, read, share, low_bits))[0])
                how = f"{weight / 1e9:,.2f} GB read for each token; {read.device.bandwidth_gb_per_s:,.4g} GB/s by its data sheet, reached in part"
                rows.append((f"reading weights, {read.device.name or 'RAM'}", how, seconds * 1e3))
                fixed = float(np.ravel(fixed_seconds(cost, read, norms))[0])
                rows.append(
                    (
                        f"fixed cost, {read.device.name or 'RAM'}",
                        f"{layers:,.0f} layers at {cost.layer * 1e6:,.0f} µs or more",
                        fixed * 1e3,
                    )
                )
        whole = 1e3 / float(decode(table, active_parameters, moe, rig, places, runtime=runtime).decode_tok_per_s[0])
        if (rest := whole - sum(r[2] for r in rows)) > 0.005:
            rows.append(("handing over", "between cards, and to RAM and back", rest))
        rows.append(("one token", f"1,000 / {whole:,.1f} ms = {1e3 / whole:,.1f} tokens a second", whole))
        error = known.bands[str(classes(reads, moe)[0])]
    except (ValueError, ZeroDivisionError):
        return pd.DataFrame(columns=["term", "how", "ms"]), ""
    said = (
        f"Predictions of this kind were off by {error.median_error:.0%} at the median and by less than {error.p90_error:.0%} in nine of ten cases: "
        f"{error.rows} measurements of {error.sources} sources, each predicted by a fit that had not seen its source. "
        f"The band is where 80 % of them should lie; {error.coverage:.0%} did."
    )
    return pd.DataFrame(rows, columns=["term", "how", "ms"]), said
