"""Two to six models side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from lib.answers.models import rank_models
from lib.answers.scores import grouped, lower_is_better, rank_id, rank_title, ranks, shown
from lib.catalog import Catalog
from lib.catalog.schema import Score
from lib.view import View


@dataclass(frozen=True, eq=False)
class Comparison:
    sentence: str
    notes: tuple[str, ...]
    names: tuple[str, ...]
    """Display names in the order asked for; colours follow it."""
    facts: pd.DataFrame
    """One row a fact, one column a model; unknown is "n/a"."""
    shared: pd.DataFrame
    """benchmark, model, place, score, text, conditions, source: what two or more were given alike."""
    scores: pd.DataFrame
    """Every score: benchmark, protocol, model, score, variant, conditions, measured by, date, source, url, remark."""
    chart_text: str


_MEASURED = {
    "third-party": "a third party",
    "maker": "its maker",
    "competitor": "another maker",
    "essay": "the essay",
    "unknown": "not stated",
}
_VERDICTS = {
    "wrong": "found wrong",
    "unconfirmed": "neither confirmed nor refuted",
    "superseded": "superseded by its source",
    "mixed": "mixes checkpoints",
}


def conditions(score: Score) -> str:
    """How a score was obtained, in a line."""
    said = [score.variant or "", score.conditions or "", f"measured by {_MEASURED[score.measured_by]}"]
    if score.verdict:
        said.append(_VERDICTS[score.verdict])
    return " · ".join(part for part in said if part)


def _na(value: object, text: str) -> str:
    return text if value is not None else "n/a"


def _fact_rows(catalog: Catalog, view: View) -> pd.DataFrame:
    ranked = rank_models(catalog, view.model_copy(update={"only": view.models, "hosted": True})).set_index("model")
    columns: dict[str, dict[str, str]] = {}
    for key in view.models:
        model = catalog.models[key]
        licence = catalog.licences.get(model.licence)
        here = ranked.loc[key] if key in ranked.index else None
        sized = here is not None and pd.notna(here["memory_gb"])
        columns[model.name] = {
            "publisher": model.publisher,
            "released": model.released or "n/a",
            "parameters": _na(model.parameters, f"{(model.parameters or 0) / 1e9:,.1f} × 10⁹"),
            "active parameters": _na(model.active_parameters, f"{(model.active_parameters or 0) / 1e9:,.1f} × 10⁹"),
            "longest context": _na(model.context_tokens, f"{model.context_tokens or 0:,} tokens"),
            "takes": ", ".join(model.input),
            "licence": licence.name if licence else model.licence,
            "commercial use": licence.commercial if licence else "unknown",
            "on my machine": str(here["fit"]) if here is not None else "n/a",
            "quantization": str(here["format"]) if sized and here is not None else "n/a",
            "memory needed": f"{here['memory_gb']:,.1f} GB" if sized and here is not None else "n/a",
            "predicted tokens/s": str(here["decode_text"]) if here is not None and here["decode_text"] else "n/a",
            "weights": f"https://huggingface.co/{model.hugging_face}" if model.hugging_face else "n/a",
        }
    table = pd.DataFrame(columns)
    table.index.name = "fact"
    return table.reset_index()


def _place(value: float, low: float, high: float, lower: bool) -> float:
    """Where a score stands between the worst (0) and the best (1) of all models."""
    share = (value - low) / (high - low) if high > low else 0.5
    return 1 - share if lower else share


CLOSE = 0.06
"""Share of the width below which two numbers over their dots would touch."""


def _above(both: pd.DataFrame) -> pd.Series[bool]:
    """Whether a dot's number stands above it: neighbours that are close take turns."""
    above = pd.Series(True, index=both.index)
    for _, line in both.groupby("benchmark", sort=False):
        last, high = -1.0, False
        for i in line.sort_values("place").index:
            at = float(both.at[i, "place"])
            high = not high if at - last < CLOSE else True
            above[i], last = high, at
    return above


@lru_cache(maxsize=256)
def compare_models(catalog: Catalog, view: View) -> Comparison:
    """Everything known of the view's `models`, next to each other.

    In `shared` a benchmark appears once a protocol, where at least two of the models have a score;
    `place` is the score's position between the worst (0) and the best (1) of all models there.
    """
    view = view.model_copy(update={"models": tuple(m for m in view.models if m in catalog.models)})
    picked = [catalog.models[m] for m in view.models]
    names = tuple(m.name for m in picked)
    order = {rank: i for i, rank in enumerate(ranks(catalog))}
    every, shared = [], []
    for (benchmark, protocol), by_model in grouped(catalog).items():
        mine = {m: by_model[m] for m in view.models if m in by_model}
        rank = rank_id(benchmark, protocol)
        title = catalog.benchmarks[benchmark].name
        how = catalog.protocols[protocol].name
        for m, given in mine.items():
            first = shown(given)
            for score in given:
                every.append(
                    {
                        "benchmark": title, "protocol": how, "model": catalog.models[m].name, "score": score.value,
                        "shown": score is first, "variant": score.variant or "", "conditions": score.conditions or "",
                        "measured by": _MEASURED[score.measured_by], "date": score.date or "",
                        **dict(zip(("source", "url"), catalog.cited(score.source), strict=True)),
                        "remark": "; ".join(filter(None, (_VERDICTS.get(score.verdict, ""), score.note or ""))),
                    }
                )  # fmt: skip
        firsts = {m: s for m, given in mine.items() if (s := shown(given)) is not None}
        if len(firsts) < 2 or not catalog.protocols[protocol].comparable:
            continue
        field = [s.value for given in by_model.values() if (s := shown(given)) is not None]
        low, high = min(field), max(field)
        for m, score in firsts.items():
            shared.append(
                {
                    "benchmark": rank_title(catalog, rank) + (", lower is better" if lower_is_better(catalog, rank) else ""), "model": catalog.models[m].name,
                    "place": _place(score.value, low, high, lower_is_better(catalog, rank)), "score": score.value,
                    "text": f"{score.value:,.4g}", "conditions": conditions(score),
                    "source": catalog.cited(score.source)[0],
                    "rank": order.get(rank, len(order)), "models": len(firsts),
                }
            )  # fmt: skip
    scores = pd.DataFrame(
        every,
        columns=[
            "benchmark",
            "protocol",
            "model",
            "score",
            "shown",
            "variant",
            "conditions",
            "measured by",
            "date",
            "source",
            "url",
            "remark",
        ],
    )
    both = pd.DataFrame(
        shared, columns=["benchmark", "model", "place", "score", "text", "conditions", "source", "rank", "models"]
    )
    both = both.sort_values(["models", "rank", "benchmark"], ascending=[False, True, True], kind="stable")
    keep = list(dict.fromkeys(both["benchmark"]))[:14]
    drawn = both[both["benchmark"].isin(keep)].reset_index(drop=True)
    drawn = drawn.assign(above=_above(drawn))
    count = both["benchmark"].nunique()
    sentence = (
        f"{_and(names)}: {count} benchmarks under one protocol, {len(scores)} scores in all."
        if names
        else "Pick models to compare."
    )
    notes = [
        "Scores are compared only inside one protocol; numbers makers report of their own models are in the table below the picture, not in it."
    ]
    if count > len(keep):
        notes.append(f"The picture shows the {len(keep)} benchmarks most of them share; the table has all.")
    return Comparison(
        sentence, tuple(notes), names, _fact_rows(catalog, view) if len(names) > 1 else pd.DataFrame(), drawn,
        scores.sort_values(["benchmark", "protocol", "model", "shown"], ascending=[True, True, True, False], kind="stable"),
        f"Dot plot of {len(keep)} benchmarks, one line each, for {_and(names)}. The same numbers are in the table below.",
    )  # fmt: skip


def _and(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
