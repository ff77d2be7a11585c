"""How far predicted speeds lie from measured ones, every source predicted by a fit that has not seen it.

    python -m benchmarks.accuracy_speed

Prints the median and the 90th percentile of |predicted / measured - 1|, and how often the 80 % range holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.fit_speed import everything, expected, fit, toml
from benchmarks.speed_data import CATALOG, Data, Vector, load

TARGETS = {"dense, one GPU or Apple chip": (0.08, 0.30), "everything": (0.12, 0.45)}


def line(name: str, error: Vector, rows: NDArray[np.bool_], note: str = "") -> str:
    """One row of the report; nothing but the name where no row is left."""
    e = error[rows & np.isfinite(error)]
    if not len(e):
        return f"{name:42}"
    middle, far, bias = np.median(np.abs(e)), np.quantile(np.abs(e), 0.9), np.median(e)
    return f"{name:42} {len(e):4d} {middle:7.1%} {far:7.1%} {bias:+7.1%}  {note}"


def plain_division(data: Data) -> Vector:
    """What bandwidth / bytes alone would say."""
    bandwidth = np.array([d.bandwidth_gb_per_s or np.nan for d, *_ in data.settings])[data.setting] * 1e9
    return np.asarray(1.0 / np.bincount(data.row, weights=np.asarray(data.reads.weight_bytes) / bandwidth))


def report() -> str:
    """The whole report as text."""
    data = load()
    complete, decode, prompt = everything(data)
    error, known = decode / data.measured - 1, np.isfinite(decode)
    dense = np.isin(data.kind, ["gpu", "apple"])
    seen = expected(data, fit(data, data.fitted)) / data.measured - 1
    title = f"{'generating, own source left out':42} rows  median     90%    bias"
    lines = [title, line("dense, one GPU or Apple chip", error, dense), line("everything", error, known)]
    lines += [line(f"  {kind}", error, data.kind == kind, band_note(complete.bands[kind])) for kind in complete.bands]
    lines += ["", "for comparison", line("fit has seen every source", seen, data.fitted)]
    lines += [line("bandwidth / bytes alone", plain_division(data) / data.measured - 1, data.fitted)]
    lines += ["", "by source", *(line(f"  {s}", error, data.source == s) for s in np.unique(data.source[known]))]
    lines += [
        "",
        "by group of devices",
        *(line(f"  {g}", error, data.group == g) for g in np.unique(data.group[known])),
    ]
    prompt_error = prompt / data.prefill - 1
    lines += ["", "reading the prompt, own source left out"]
    for name, rows in (("dense", ~data.experts), ("experts", data.experts)):
        lines.append(line(f"  {name}", prompt_error, rows, band_note(complete.prefill_bands[name])))
    lines += ["", *(f"target for {n}: median {m:.0%}, 90 % of rows {p:.0%}" for n, (m, p) in TARGETS.items())]
    same = (CATALOG / "calibration" / "speed.toml").read_text(encoding="utf-8") == toml(complete)
    lines.append("speed.toml is what a new fit writes" if same else "speed.toml is NOT what a new fit writes")
    return "\n".join(lines)


def band_note(band: object) -> str:
    """Ends and coverage of an 80 % range."""
    low, high, coverage = (getattr(band, k) for k in ("low", "high", "coverage"))
    return f"range x{low:.2f} to x{high:.2f}, holds for {coverage:.0%}"


if __name__ == "__main__":
    print(report())
