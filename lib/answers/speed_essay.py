"""The essay's two speed tables, with our prediction beside every row and what is wrong with the impossible one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.case_answer import Answer
from lib.answers.placed import speed_text
from lib.answers.speed_cases import answer_cases
from lib.answers.speed_measured import COLUMNS, model_of
from lib.catalog import Catalog
from lib.catalog.schema import EssayRow, Measurement
from lib.speed.measured import runtime_id

MACHINES = {
    "essay-1": "essay-pixel-5", "essay-2": "essay-pc", "essay-3": "essay-macbook-m1", "essay-4": "essay-pc-gtx-1080", "essay-5": "essay-m1-pro",
    "essay-6": "essay-m2-ultra", "essay-7": "essay-rx-7900-xtx", "essay-8": "essay-rtx-4090", "essay-9": "essay-pc", "essay-10": "essay-pc-gtx-1080",
    "essay-11": "essay-threadripper", "essay-12": "essay-m2-ultra", "essay-13": "essay-2x-rtx-3090",
}  # fmt: skip
"""Which of our machines each measurement was made on; the hosted services are none."""
VERDICTS = {"impossible": "impossible for one conversation", "misleading": "misleading", "not-comparable": "not comparable: a hosted service"}  # fmt: skip
TABLE_COLUMNS = ("model", "machine", "bandwidth", "printed", "predicted", "limit", "ratio", "verdict", "note", "url")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


@lru_cache(maxsize=2)
def essay_answers(catalog: Catalog) -> Mapping[str, Answer]:
    """Our answer for each measurement of the essay that was made on a machine of ours, in the essay's own month."""
    asked: dict[str, dict[str, Any]] = {}
    for table in catalog.essay.tables.values() if catalog.essay else ():
        usual = table.query.get("model")
        for row in table.rows:
            m = catalog.measurements.get(row.measurement or "")
            if m is None or MACHINES.get(m.id) not in catalog.machines:
                continue
            model = row.model if row.model and catalog.models[row.model].architecture else model_of(catalog, m.model) or usual  # fmt: skip
            asked[m.id] = {"model": model, "machine": MACHINES[m.id], "quantization": m.quantization, "runtime": m.runtime, "build_date": m.measured_on}  # fmt: skip
    return dict(zip(asked, answer_cases(catalog, asked.values()), strict=True))


def essay_tables(catalog: Catalog) -> tuple[tuple[str, pd.DataFrame], ...]:
    """Title and rows (`TABLE_COLUMNS`) of each of the essay's tables of speeds. Printed cells stand as printed."""
    found = []
    for table in catalog.essay.tables.values() if catalog.essay else ():
        rows = [_row(catalog, row, m) for row in table.rows if (m := catalog.measurements.get(row.measurement or ""))]
        if rows:
            found.append((f"{table.title} ({table.section})", pd.DataFrame(rows, columns=list(TABLE_COLUMNS))))
    return tuple(found)


def _row(catalog: Catalog, row: EssayRow, m: Measurement) -> tuple[object, ...]:
    answer = essay_answers(catalog).get(m.id, {})
    middle, low, high = (_number(answer.get(k)) for k in ("decode_tok_per_s", "decode_low", "decode_high"))
    limit = _limit(catalog, answer)
    why = (
        ""
        if answer.get("decode_tok_per_s")
        else answer.get("error") or "no machine of one owner: nothing to compute with"
    )
    seen = m.decode_tok_per_s or np.nan
    verdict = VERDICTS.get(m.verdict, m.verdict) or _place(seen, low, high)
    if m.verdict == "impossible" and np.isfinite(limit):
        verdict += f": this memory allows {limit:,.1f} tokens/s at most"
    return (
        row.cells.get("Model", m.model), row.cells.get("CPU / GPU", m.device_text), row.cells.get("Memory Bandwidth", ""),
        row.cells.get("generation speed", ""), speed_text(middle, low, high) or why, limit, middle / seen, verdict, m.note or "", row.cells.get("link") or catalog.cited(m.source)[1],
    )  # fmt: skip


def _place(seen: float, low: float, high: float) -> str:
    if not np.isfinite(low):
        return ""
    return (
        "within our range"
        if low <= seen <= high
        else "slower than our range"
        if seen < low
        else "faster than our range"
    )


def _limit(catalog: Catalog, answer: Answer) -> float:
    """Tokens a second that bandwidth / bytes read a token allows at most; NaN with several memories."""
    device = catalog.devices.get(next(iter(answer.get("devices") or {}), ""))
    if device is None or answer.get("fit") == "offload" or not device.memory_bandwidth_gb_per_s:
        return np.nan
    return device.memory_bandwidth_gb_per_s * 1e9 / _number(answer.get("read_bytes"))


def essay_rows(catalog: Catalog) -> pd.DataFrame:
    """The essay's measurements that can be predicted, with the columns of `measured_rows` and `essay` true."""
    made = []
    for key, answer in essay_answers(catalog).items():
        m, middle = catalog.measurements[key], answer.get("decode_tok_per_s")
        if not middle or not m.decode_tok_per_s:
            continue
        seen, size = m.decode_tok_per_s, answer["read_bytes"]
        device = catalog.devices[next(iter(answer["devices"]))]
        alone = answer["fit"] != "offload" and sum(answer["devices"].values()) == 1
        reached = seen * size / 1e9 if alone else np.nan
        made.append(
            (m.id, m.model, answer["model"], m.quantization or "", catalog.machines[MACHINES[key]].name, tuple(answer["devices"]), m.runtime or "",
             runtime_id(m.runtime) or "", 0, seen, middle, answer["decode_low"], answer["decode_high"], middle / seen - 1,
             answer["decode_low"] <= seen <= answer["decode_high"], answer["class"], device.memory_bandwidth_gb_per_s if alone else np.nan,
             reached, size / 1e9, m.measured_on or "", m.source.partition("#")[0], *catalog.cited(m.source), True)
        )  # fmt: skip
    return pd.DataFrame(made, columns=list(COLUMNS))
