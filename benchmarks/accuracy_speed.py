"""How far predicted speeds lie from measured ones, every source predicted by a fit that has not seen it.

    python -m benchmarks.accuracy_speed

Prints the median and the 90th percentile of |predicted / measured - 1|, and how often the 80 % range holds; then the
same with each device left out instead of each source.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.fit_speed import Found, decode_left_out, everything, expected, rows_csv, toml
from benchmarks.speed_data import CATALOG, Data, Vector
from benchmarks.speed_fitting import Words
from benchmarks.speed_prompts import ALL, fit_prompts, prompts_left_out
from lib.speed.calibration import Band

TARGETS = {
    "generating: dense, one GPU or Apple chip": (0.08, 0.30),
    "generating: everything": (0.12, 0.45),
    "prompts": (0.20, 1.0),
}
DEEP_TOKENS = 4096


def line(name: str, error: Vector, rows: NDArray[np.bool_] | None = None, note: str = "") -> str:
    """One row of the report; nothing but the name where no row is left."""
    e = error[np.isfinite(error) & (np.ones(len(error), dtype=bool) if rows is None else rows)]
    if not len(e):
        return f"{name:42}"
    middle, far, bias = np.median(np.abs(e)), np.quantile(np.abs(e), 0.9), np.median(e)
    return f"{name:42} {len(e):4d} {middle:7.1%} {far:7.1%} {bias:+7.1%}  {note}"


def by(names: Words, error: Vector) -> list[str]:
    """A row for each name that has errors."""
    return [line(f"  {n}", error, names == n) for n in np.unique(names[np.isfinite(error)])]


def plain_division(data: Data) -> Vector:
    """What bandwidth / bytes alone would say."""
    bandwidth = np.array([d.bandwidth_gb_per_s or np.nan for d, *_ in data.settings])[data.setting] * 1e9
    return np.asarray(1.0 / np.bincount(data.row, weights=np.asarray(data.reads.weight_bytes) / bandwidth))


def band_note(band: Band) -> str:
    """Ends and coverage of an 80 % range."""
    return f"range x{band.low:.2f} to x{band.high:.2f}, holds for {band.coverage:.0%}"


def generating(found: Found) -> list[str]:
    """Rows about generating in one conversation."""
    data, c = found.data, found.calibration
    error, dense = found.decode / data.measured - 1, np.isin(data.kind, ["gpu", "apple"])
    seen = np.where(data.fitted, expected(data, found.theta) / data.measured - 1, np.nan)
    lines = [f"{'generating, own source left out':42} rows  median     90%    bias"]
    lines += [line("dense, one GPU or Apple chip", error, dense), line("everything", error)]
    lines += [line(f"  {kind}", error, data.kind == kind, band_note(band)) for kind, band in c.bands.items()]
    lines += [line(f"  more than {DEEP_TOKENS} tokens in the context", error, data.depth > DEEP_TOKENS)]
    lines += ["", "for comparison", line("fit has seen every source", seen)]
    lines += [line("bandwidth / bytes alone", plain_division(data) / data.measured - 1, data.fitted)]
    device = decode_left_out(data, found.theta, data.device) / data.measured - 1
    lines += ["", "generating, own device left out", line("dense, one GPU or Apple chip", device, dense)]
    lines += [line("everything", device), *by(data.kind, device)]
    lines += ["", "by source", *by(data.source, error), "", "by group of devices", *by(data.group, error)]
    return [*lines, "", "by runtime", *by(data.runtime, error)]


def reading(found: Found) -> list[str]:
    """Rows about reading prompts."""
    prompts, c = found.prompts, found.calibration
    error = found.prompt / prompts.measured - 1
    lines = ["", "reading the prompt, own source left out", line("everything", error)]
    lines += [line(f"  {k}", error, prompts.kind == k, band_note(band)) for k, band in c.prefill_bands.items()]
    theta = fit_prompts(prompts, ALL.start)
    device = prompts_left_out(prompts, theta, prompts.device) / prompts.measured - 1
    lines += ["", "reading the prompt, own device left out", line("everything", device), *by(prompts.kind, device)]
    return [*lines, "", "by source", *by(prompts.source, error), "", "by group of devices", *by(prompts.group, error)]


def several(found: Found) -> list[str]:
    """Rows about several conversations at once."""
    b, c = found.batches, found.calibration.several
    error = found.several / b.measured - 1
    note = band_note(c.band) if c is not None and c.band is not None else ""
    lines = ["", "several conversations at once, own model and device left out", line("everything", error, None, note)]
    counts = [line(f"  {n:.0f} conversations", error, b.users == n) for n in np.unique(b.users)]
    return [*lines, *by(b.engine, error), *counts]


def report() -> str:
    """The whole report as text."""
    found = everything()
    lines = [*generating(found), *reading(found), *several(found), ""]
    lines += [f"target for {n}: median {m:.0%}, 90 % of rows {p:.0%}" for n, (m, p) in TARGETS.items()]
    folder = CATALOG / "calibration"
    for name, made in (("speed.toml", toml(found.calibration)), ("speed_rows.csv", rows_csv(found))):
        same = (folder / name).read_text(encoding="utf-8") == made
        lines.append(f"{name} is {'what a new fit writes' if same else 'NOT what a new fit writes'}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
