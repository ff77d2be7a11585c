"""Two to six models side by side: facts, verdicts where intervals allow them, every score, and where sources disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import pandas as pd

from lib.answers.compare_facts import facts_of
from lib.answers.compare_scores import MEASURED, RULE, chips, interval_text, score_rows, spreads
from lib.answers.compare_verdicts import TURNED, Line, Standing, lines
from lib.answers.scores import index_domain
from lib.catalog import Catalog
from lib.view import View, link

MOST_DRAWN = 14
"""Lines of a picture that can be taken in."""
ROOM = 0.08
"""How far beyond the worst and the best value an interval is still drawn, as a share of the width."""
DRAWN = ["benchmark", "model", "place", "place_low", "place_high", "score", "text", "interval", "conditions", "source", "side"]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Comparison:
    sentence: str
    notes: tuple[str, ...]
    names: tuple[str, ...]
    """Display names in the order asked for; colours follow it."""
    facts: pd.DataFrame
    """One row a fact, one column a model; unknown is "n/a"."""
    verdicts: pd.DataFrame
    """benchmark, protocol, ahead, a column a model with its score and interval; `against <name>` for all but the first, a list of one verdict."""
    pairs: pd.DataFrame
    """model, and a column a model: how often the row's beats, ties and trails the column's."""
    shared: pd.DataFrame
    """What the picture draws; see `DRAWN`."""
    scores: pd.DataFrame
    """Every score; see `compare_scores.SCORES`."""
    spreads: pd.DataFrame
    """Benchmarks with several scores of one model; see `compare_scores.SPREADS`."""
    spread_sentence: str
    links: tuple[tuple[str, str], ...]
    """Name and address of each model's own page."""
    chart_text: str


@lru_cache(maxsize=256)
def compare_models(catalog: Catalog, view: View) -> Comparison:
    """Everything known of the view's `models`, next to each other. Cached: treat its frames as read-only."""
    keys = tuple(m for m in view.models if m in catalog.models)
    names = tuple(catalog.models[m].name for m in keys)
    found = lines(catalog, keys)
    told = [line for line in found if line.comparable]
    drawn = drawn_rows(catalog, told[:MOST_DRAWN])
    apart = spreads(catalog, keys)
    sentence = _sentence(catalog, keys, told) if len(keys) > 1 else "Pick two or more models to compare."
    return Comparison(
        sentence, _notes(told, len(found) - len(told)), names,
        facts_of(catalog, view, keys) if keys else pd.DataFrame(),
        _verdicts(catalog, keys, found), _pairs(catalog, keys, told), drawn,
        score_rows(catalog, keys), apart, spread_sentence(apart),
        tuple((catalog.models[m].name, link(view, "model", model=m)) for m in keys),
        f"Dot plot with intervals of {min(len(told), MOST_DRAWN)} benchmarks, one line each, for {_and(names)}. The same numbers are in the table below.",
    )  # fmt: skip


def count_verdicts(found: Sequence[Line], one: str, other: str) -> Counter[str]:
    """How many benchmarks have each verdict of `one` against `other`.

    A benchmark counts once, in the newest edition both took; the index is a summary of them and not counted.
    """
    newest: dict[str, tuple[str, str]] = {}
    for line in found:
        told = line.verdict(one, other)
        if told is None or index_domain(line.rank) is not None:
            continue
        benchmark = line.rank.partition(".")[0]
        date = max(s.score.date or "" for m in (one, other) if (s := line.standings[m]).score)
        if benchmark not in newest or date > newest[benchmark][0]:
            newest[benchmark] = date, told
    return Counter(told for _, told in newest.values())


def _sentence(catalog: Catalog, keys: Sequence[str], told: Sequence[Line]) -> str:
    names = {m: catalog.models[m].name for m in keys}
    said = []
    index = next((line for line in told if index_domain(line.rank) == "general"), None)
    if index is not None:
        said.append(_on_index(index, names))
    won: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for one, other in combinations(keys, 2):
        counts = count_verdicts(told, one, other)
        every += counts
        won[one] += counts["beats"]
        won[other] += counts["trails"]
    pairs = sum(every.values())
    if not pairs:
        said.append("No two of them were given a benchmark under one protocol.")
    elif len(keys) == 2:
        parts = [f"{v} on {every[v]}" for v in ("beats", "ties", "trails") if every[v]]
        if every["cannot tell"]:
            parts.append(f"cannot be told from it on {every['cannot tell']}")
        said.append(
            f"{names[keys[0]]} against {names[keys[1]]}, {pairs} benchmark{'s' if pairs > 1 else ''} under one protocol: {_and(parts)}."
        )
    else:
        apart = every["beats"] + every["trails"]
        best = max(won.values())
        most = f", most often {_and([names[m] for m in keys if won[m] == best])}" if best else ""
        said.append(
            f"Of {pairs} comparisons of two models on one benchmark, {apart} have a winner{most}; {every['ties']} tie and {every['cannot tell']} cannot be told."
        )
    return " ".join(said)


def _on_index(index: Line, names: dict[str, str]) -> str:
    ahead = [names[m] for m in index.ahead()]
    missing = [n for m, n in names.items() if m not in index.standings]
    without = f" ({_and(missing)} not on it)" if missing else ""
    if not ahead:
        return f"The capability index{without} cannot tell them apart."
    if len(ahead) == 1:
        return f"On the capability index{without} {ahead[0]} is ahead."
    return f"On the capability index{without} {_and(ahead)} cannot be told apart{'' if len(ahead) == len(index.standings) else ', ahead of the rest'}."


def _notes(told: Sequence[Line], mixed: int) -> tuple[str, ...]:
    notes = [
        "“Beats” and “trails” are said only where the 95 % intervals do not overlap, “ties” where they do. Where a source gives none, ours follows from the number of questions; where that is not known either, nothing is said. Benchmarks of several editions count once, in the newest both took."
    ]
    if mixed:
        notes.append(f"{mixed} more rows are numbers collected from different protocols: listed, never compared.")
    if len(told) > MOST_DRAWN:
        notes.append(f"The picture shows the {MOST_DRAWN} rows most of them share; the tables have all.")
    return tuple(notes)


def _verdicts(catalog: Catalog, keys: Sequence[str], found: Sequence[Line]) -> pd.DataFrame:
    names = {m: catalog.models[m].name for m in keys}
    rows = []
    for line in found:
        row: dict[str, object] = {
            "benchmark": line.title + (", lower is better" if line.lower else ""),
            "protocol": line.protocol,
            "ahead": _ahead(line, names),
        }
        for m in keys:
            row[names[m]] = standing_text(line.standings[m]) if m in line.standings else None
            row[f"against {names[m]}"] = [v] if (v := line.verdict(keys[0], m)) else []
        rows.append(row)
    beside = [column for m in keys[1:] for column in (f"against {names[m]}", names[m])]
    columns = ["benchmark", "protocol", "ahead", *(names[m] for m in keys[:1]), *beside]
    return pd.DataFrame(rows, columns=columns)


def _ahead(line: Line, names: dict[str, str]) -> str:
    if not line.comparable:
        return "not comparable"
    ahead = line.ahead()
    if not ahead:
        return "cannot tell"
    return "none" if len(ahead) == len(line.standings) else ", ".join(names[m] for m in ahead)


def standing_text(standing: Standing) -> str:
    """A score with its interval and setting, in words."""
    interval = interval_text(standing.interval.low, standing.interval.high)
    said = f"{standing.value:,.4g}" + (f" ({interval})" if interval else "")
    return said + (f", {standing.score.variant}" if standing.score and standing.score.variant else "")


def _pairs(catalog: Catalog, keys: Sequence[str], told: Sequence[Line]) -> pd.DataFrame:
    names = [catalog.models[m].name for m in keys]
    cells = {(m, m): "" for m in keys}
    for one, other in combinations(keys, 2):
        counts = count_verdicts(told, one, other)
        turned = Counter({TURNED.get(v, v): n for v, n in counts.items()})  # type: ignore[call-overload]
        for pair, by in (((one, other), counts), ((other, one), turned)):
            cells[pair] = f"beats {by['beats']} · ties {by['ties']} · trails {by['trails']}" if by else "nothing shared"
    rows = [(name, *(cells[one, other] for other in keys)) for one, name in zip(keys, names, strict=True)]
    return pd.DataFrame(rows, columns=["model", *names])


def _place(line: Line, value: float) -> float:
    """Where a value stands between the worst (0) and the best (1) of all models."""
    return (value - line.worst) / (line.best - line.worst) if line.best != line.worst else 0.5


def drawn_rows(catalog: Catalog, found: Sequence[Line]) -> pd.DataFrame:
    """The dots of a picture; see `DRAWN`. Places are shares of the way from the worst to the best model of the catalog.

    `place_low` and `place_high` are the interval's ends, cut off a little beyond the picture, NaN where unknown.
    """
    rows = []
    for i, line in enumerate(found):
        title = line.title if index_domain(line.rank) else f"{line.title} ({line.protocol})"
        for m, standing in line.standings.items():
            place, interval, score = _place(line, standing.value), standing.interval, standing.score
            ends = [
                min(max(_place(line, end), -ROOM), 1 + ROOM) if end is not None else float("nan")
                for end in ((interval.high, interval.low) if line.lower else (interval.low, interval.high))
            ]
            name = catalog.models[m].name
            text = f"{standing.value:,.4g}"
            said = "; ".join([*chips(score), f"measured by {MEASURED[score.measured_by]}"]) if score else interval.basis
            rows.append(
                (title + (", lower is better" if line.lower else ""), name, place, *ends, standing.value,
                 f"{text}  {name}" if i == 0 else text, interval_text(interval.low, interval.high) or interval.basis, said,
                 catalog.cited(score.source)[0] if score else "our index", "left" if place > 0.6 else "right")
            )  # fmt: skip
    return pd.DataFrame(rows, columns=DRAWN)


def spread_sentence(apart: pd.DataFrame) -> str:
    """How often scores of one model differ, and the rule for which is preferred."""
    if apart.empty:
        return "No benchmark has more than one score of one model here."
    differ = int((apart["high"] > apart["low"]).sum())
    first = apart.iloc[0]
    most = (
        f" Furthest apart in one setting: {first['model']} on {first['benchmark']}, {first['spread']}{_why(first['differ in'])}."
        if first["alike"]
        else ""
    )
    return f"{len(apart)} benchmarks have several scores of one model, {differ} of them different ones.{most} {RULE}"


def _why(differ: Sequence[str]) -> str:
    return f" (they differ in {_and(differ)})" if differ else ""


def _and(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
