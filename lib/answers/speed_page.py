"""How fast? A prediction for the visitor's model and machine, every measurement beside its own, and how wrong we are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.contexts import subject
from lib.answers.placed import speed_text
from lib.answers.speed import calibration
from lib.answers.speed_essay import essay_rows, essay_tables
from lib.answers.speed_measured import KINDS, error_sentence, filtered, measured_rows
from lib.answers.speed_mine import predict
from lib.catalog import Catalog
from lib.view import View

IMPOSSIBLE = "the essay's impossible row"


@dataclass(frozen=True, eq=False)
class SpeedPage:
    model: str
    sentence: str
    notes: tuple[str, ...]
    mine: pd.DataFrame
    """what, value, how: the parts of the prediction for the visitor's model and machine; empty where there is none."""
    depth: pd.DataFrame
    """depth, decode_tok_per_s, low, high, text: the same as the context fills; empty where unknown."""
    depth_text: str
    users: pd.DataFrame
    """users, total_tok_per_s, low, high, each_tok_per_s, fits: several conversations at once; empty where unknown."""
    users_sentence: str
    rows: pd.DataFrame
    """Measurements the filters leave, see `lib.answers.speed_measured.COLUMNS`, with `kind` in words."""
    error_sentence: str
    chart_text: str
    speed_ends: tuple[float, float]
    """Both ends of both axes, in tokens a second."""
    bandwidth_text: str
    bandwidth_ends: tuple[float, float]
    reached_ends: tuple[float, float]
    """The same of the other chart's axes, in GB/s."""
    hidden: str
    """What the charts leave out, and why."""
    essay: tuple[tuple[str, pd.DataFrame], ...]
    classes: pd.DataFrame
    """part, kind, rows, sources, median, p90, coverage, low, high: how wrong we are, by class."""
    classes_sentence: str


@lru_cache(maxsize=256)
def speed_page(catalog: Catalog, view: View) -> SpeedPage:
    """Everything the page “How fast?” draws for a view. Cached: treat its frames as read-only."""
    about = subject(catalog, view)
    found = predict(catalog, about, view)
    rows = _drawn(catalog, view)
    said = error_sentence(rows[~rows["seen"]])
    alone = rows[rows["reached_gb_per_s"].notna() & rows["bandwidth_gb_per_s"].notna()]
    return SpeedPage(
        about.id, found.sentence, found.notes, found.parts, found.depth,
        f"Line of predicted tokens a second of {about.model.name} against tokens in the context, with the 80 % range around it. {found.sentence}",
        found.users, found.users_sentence, rows, said,
        f"Measured against predicted tokens a second, both logarithmic, one mark a measurement; on the diagonal they agree. {said}",
        _ends(rows["measured"], rows["predicted"]),
        f"Bytes read a second against the stated bandwidth of the memory, for {len(alone)} measurements on one memory. Above the diagonal no single conversation can be; one row of the essay is.",
        _ends(alone["bandwidth_gb_per_s"]), _ends(alone["reached_gb_per_s"]),
        _hidden(catalog), essay_tables(catalog), class_errors(), classes_sentence(class_errors()),
    )  # fmt: skip


def _drawn(catalog: Catalog, view: View) -> pd.DataFrame:
    """The rows the filters leave, the essay's among them; `seen` marks those no fit was kept from."""
    every, own = measured_rows(catalog), essay_rows(catalog)
    # The essay names its machines in words; which of ours they are is known with its rows.
    given = every["measurement"].map(own.set_index("measurement")["bandwidth_gb_per_s"])
    every = every.assign(
        essay=every["measurement"].isin(own["measurement"]), seen=False, bandwidth_gb_per_s=every["bandwidth_gb_per_s"].fillna(given)
    )  # fmt: skip
    more = own[~own["measurement"].isin(every["measurement"])].assign(seen=True)
    rows = filtered(pd.concat([every, more], ignore_index=True), view.devices, view.runtimes, view.only)
    texts = [speed_text(p, a, b) for p, a, b in zip(rows["predicted"], rows["low"], rows["high"], strict=True)]
    wrong = {m.id for m in catalog.measurements.values() if m.verdict == "impossible"}
    labels = np.where(rows["measurement"].isin(wrong), IMPOSSIBLE, "")
    return rows.assign(kind=rows["kind"].map(KINDS), predicted_text=texts, label=labels).reset_index(drop=True)


def _ends(*values: pd.Series) -> tuple[float, float]:
    """Powers of two around all values, so that few different charts have to be remembered."""
    every = pd.concat(values).dropna()
    if every.empty:
        return 1.0, 128.0
    return float(2.0 ** np.floor(np.log2(every.min()) - 0.2)), float(2.0 ** np.ceil(np.log2(every.max()) + 0.2))


def _hidden(catalog: Catalog) -> str:
    told = sum(1 for m in catalog.measurements.values() if m.decode_tok_per_s)
    known, own = len(measured_rows(catalog)), len(essay_rows(catalog))
    return (
        f"{told} generation speeds are in the catalog; {known} can be predicted without their source. The others are of hosted services, of devices or models "
        f"whose facts are not known, or of a build, limit or setting their source says is unusual. Large marks are the essay's rows: {own} of {_essay_count(catalog)}, "
        "the others are hosted services without a machine to compute with."
    )


def _essay_count(catalog: Catalog) -> int:
    return sum(1 for t in (catalog.essay.tables.values() if catalog.essay else ()) for r in t.rows if r.measurement)


@lru_cache(maxsize=1)
def class_errors() -> pd.DataFrame:
    """How wrong predictions of each class were on measurements whose source their fit had not seen."""
    known = calibration()
    prompt = {"dense": "dense model", "experts": "mixture of experts", "offload": "part of it in RAM"}
    named = [("generating", KINDS.get(name, name), band) for name, band in known.bands.items()]
    named += [("reading the prompt", prompt.get(name, name), band) for name, band in known.prefill_bands.items()]
    if known.several and known.several.band:
        named.append(("several conversations at once", "model on GPUs or an Apple chip", known.several.band))
    rows = [(part, kind, b.rows, b.sources, b.median_error, b.p90_error, b.coverage, b.low, b.high) for part, kind, b in named]  # fmt: skip
    return pd.DataFrame(rows, columns=["part", "kind", "rows", "sources", "median", "p90", "coverage", "low", "high"])


def classes_sentence(errors: pd.DataFrame) -> str:
    """The table's best and worst class in a sentence."""
    own = errors[errors["part"] == "generating"]
    if own.empty:
        return ""
    best, worst = own.loc[own["median"].idxmin()], own.loc[own["median"].idxmax()]
    return (
        f"Best known: {best['kind']}, off by {best['median']:.1%} at the median. Worst: {worst['kind']}, {worst['median']:.1%}. "
        "Every figure is of measurements predicted by a fit that had not seen their source; the range is where eight of ten of them lay."
    )


def errors_markdown() -> str:
    """The table of errors by class, as the README prints it."""
    lines = [
        "| what | measurements | sources | median error | nine of ten within | in the 80 % band |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in class_errors().itertuples():
        title = (
            str(row.kind)
            if row.part == "generating"
            else row.part
            if row.part.startswith("several")
            else f"{row.part}, {row.kind}"
        )
        lines.append(f"| {title} | {row.rows} | {row.sources} | {row.median * 100:.1f} % | {row.p90 * 100:.1f} % | {row.coverage * 100:.0f} % |")  # fmt: skip
    return "\n".join(lines)
