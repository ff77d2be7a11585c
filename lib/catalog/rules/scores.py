"""Scores that contradict each other, or are not what their benchmark's name says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from lib.catalog.catalog import Catalog, Problem
from lib.catalog.schema import Score

FAR_POINTS = 15.0
"""Two runs of one model on one test differ by a few points; more is another way of asking."""
FAR_ELO = 60.0
FAR_ABOVE_POINTS = 12.0
FEWEST_BESIDE = 8
ELO_FACTOR = 3.0
"""No rating is a third, or three times, of what others have."""
_PREVIEW = re.compile(r"preview|\bexp\b|experimental")
EARLY_DAYS = 31
"""Makers announce, and arenas test, some weeks ahead of the weights."""
_BASE = re.compile(r"\b(?:base|pre-?trained) (?:model|checkpoint|weights)\b|^base$|\bpre-?trained\b")
_TUNED = re.compile(r"^(?:instruct|chat|it)$|\b(?:instruct|chat|instruction[- ]tuned) (?:model|checkpoint|variant)\b")
_SHOTS = re.compile(r"\b(\d+)-shot\b")


def place(score: Score) -> str:
    """Where a score stands: its protocol's file, and what identifies the row."""
    setting = f" ({score.variant})" if score.variant else ""
    return f"scores/{score.protocol}.csv {score.model} {score.benchmark}{setting}"


def _doubted(score: Score) -> bool:
    return score.verdict in ("wrong", "mixed", "superseded")


def spread(catalog: Catalog) -> Iterator[Problem]:
    """One model, test, protocol and setting, and values far apart: two protocols under one name."""
    same: dict[tuple[str | None, ...], list[Score]] = defaultdict(list)
    for score in catalog.scores:
        if not _doubted(score):
            # Where nobody promises one way of asking, only rows that state the same conditions can contradict.
            stated = None if catalog.protocols[score.protocol].comparable else score.conditions
            same[score.model, score.benchmark, score.protocol, score.variant, stated].append(score)
    for rows in same.values():
        low, high = min(rows, key=lambda s: s.value), max(rows, key=lambda s: s.value)
        unit = catalog.benchmarks[low.benchmark].unit
        far = FAR_ELO if unit == "elo" else FAR_POINTS
        if high.value - low.value > far:
            given = " and ".join(f"{s.value:g} ({s.conditions or 'no conditions'})" for s in (low, high))
            yield Problem(
                place(low), given, f"values of one protocol within {far:g}; name the protocols apart", "spread"
            )


def shots(catalog: Catalog) -> Iterator[Problem]:
    """A comparable protocol asks every model with the same number of examples."""
    asked: dict[tuple[str, str], dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for score in catalog.scores:
        if catalog.protocols[score.protocol].comparable and (match := _SHOTS.search(score.conditions or "")):
            asked[score.benchmark, score.protocol][match[1]].append(score)
    for by_count in asked.values():
        usual = max(by_count, key=lambda n: len(by_count[n]))
        for count, rows in by_count.items():
            if count != usual:
                for score in rows:
                    yield Problem(place(score), f"{count}-shot", f"{usual}-shot, as the protocol's other rows", "shots")


def gpqa(catalog: Catalog) -> Iterator[Problem]:
    """GPQA (448 questions) and its Diamond subset (198) are both called GPQA.

    A table asks the one or the other; and no model scores to the digit alike on both.
    """
    diamond = {(s.model, s.value) for s in catalog.scores if s.benchmark == "gpqa-diamond"}
    tables: dict[tuple[str, str], dict[str, list[Score]]] = defaultdict(lambda: {"gpqa": [], "gpqa-diamond": []})
    for score in catalog.scores:
        if score.benchmark in ("gpqa", "gpqa-diamond"):
            tables[score.protocol, score.source][score.benchmark].append(score)
            if catalog.protocols[score.protocol].comparable:
                tables[score.protocol, ""][score.benchmark].append(score)
        said = f"{score.variant or ''} {score.conditions or ''}".lower()
        if score.benchmark == "gpqa":
            if "diamond" in said:
                yield Problem(place(score), said.strip(), "a score of gpqa-diamond", "gpqa")
            elif (score.model, score.value) in diamond:
                expected = "another value than the model's on the Diamond subset; a score of gpqa-diamond?"
                yield Problem(place(score), f"{score.value:g}", expected, "gpqa")
        elif score.benchmark == "gpqa-diamond" and re.search(r"\b(?:main|extended) set\b", said):
            yield Problem(place(score), said.strip(), "a score of gpqa, not of the Diamond subset", "gpqa")
    for sets in tables.values():
        usual, odd = sorted(sets, key=lambda name: -len(sets[name]))
        for score in sets[odd]:
            yield Problem(place(score), odd, f"{usual}, as the other rows of its table", "gpqa")


def tuning(catalog: Catalog) -> Iterator[Problem]:
    """A base checkpoint's score under its instruction-tuned sibling, or one value under both."""
    values = {(s.model, s.benchmark, s.protocol, s.value, s.source) for s in catalog.scores if s.value}
    for score in catalog.scores:
        kind = catalog.models[score.model].tuning
        said = [text for text in (score.variant, score.conditions) if text and _BASE.search(text.lower())]
        if kind != "base" and said:
            yield Problem(place(score), said[0], f"a score of the {kind} model, not of its base", "tuning")
        if kind == "base":
            if any(_TUNED.search(text.lower()) for text in (score.variant, score.conditions) if text):
                given = score.variant or score.conditions or ""
                yield Problem(place(score), given, "a score of the base model, not of its instruct sibling", "tuning")
            for ending in ("-instruct", "-it", "-chat"):
                key = (score.model + ending, score.benchmark, score.protocol, score.value, score.source)
                if key in values:
                    yield Problem(
                        place(score), f"{score.value:g}", f"another value than {score.model}{ending}'s", "tuning"
                    )


def outliers(catalog: Catalog) -> Iterator[Problem]:
    """A proportion among per cents, a rating nobody near has, or a run that failed."""
    by_test: dict[tuple[str, str], list[float]] = defaultdict(list)
    of_model: dict[tuple[str, str, str | None], list[Score]] = defaultdict(list)
    for score in catalog.scores:
        by_test[score.benchmark, score.protocol].append(score.value)
        if not _doubted(score):
            of_model[score.model, score.benchmark, score.variant].append(score)
    for score in catalog.scores:
        benchmark = catalog.benchmarks[score.benchmark]
        others = by_test[score.benchmark, score.protocol]
        if benchmark.unit == "elo" and len(others) >= 5:
            middle = median(others)
            if not middle / ELO_FACTOR <= score.value <= middle * ELO_FACTOR:
                yield Problem(place(score), f"{score.value:g}", f"a rating near the others' {middle:g}", "outlier")
    for rows in of_model.values():
        if catalog.benchmarks[rows[0].benchmark].unit != "percent" or len(rows) < 3:
            continue
        for score in rows:
            rest = [s.value for s in rows if s.protocol != score.protocol]
            if len(rest) >= 2 and min(rest) > 30 and score.value < min(rest) / 2:
                expected = f"no less than half of every other protocol's ({min(rest):g} and more); a run that failed?"
                yield Problem(place(score), f"{score.value:g}", expected, "outlier")


def alone(catalog: Catalog) -> Iterator[Problem]:
    """In one protocol nobody is far above everybody else: the same name for an easier way of asking."""
    best: dict[tuple[str, str], dict[str, Score]] = defaultdict(dict)
    for score in catalog.scores:
        if catalog.benchmarks[score.benchmark].unit == "percent" and catalog.protocols[score.protocol].comparable:
            of_test = best[score.benchmark, score.protocol]
            of_test[score.model] = max(score, of_test.get(score.model, score), key=lambda s: s.value)
    for of_test in best.values():
        if len(of_test) >= FEWEST_BESIDE:
            next_best, top = sorted(of_test.values(), key=lambda s: s.value)[-2:]
            if top.value - next_best.value > FAR_ABOVE_POINTS:
                expected = f"near the next best, {next_best.value:g} ({next_best.model}); asked in another way?"
                yield Problem(f"{place(top)} value", f"{top.value:g}", expected, "alone")


def intervals(catalog: Catalog) -> Iterator[Problem]:
    """A score lies inside its own interval."""
    for score in catalog.scores:
        low, high = score.low, score.high
        if (low is not None and score.value < low) or (high is not None and score.value > high):
            yield Problem(
                f"{place(score)} value", f"{score.value:g}", f"inside its own interval, {low} to {high}", "interval"
            )


def dates(catalog: Catalog) -> Iterator[Problem]:
    """A score dated long before its model was there, previews aside."""
    for score in catalog.scores:
        released = None if _PREVIEW.search(score.variant or "") else catalog.models[score.model].released
        if released and score.date and _days(released) - _days(score.date, last=True) > EARLY_DAYS:
            yield Problem(f"{place(score)} date", score.date, f"no earlier than the model, {released}", "early")


def _days(date: str, *, last: bool = False) -> int:
    """A date as a rough count of days; a month or a year as its first day, or its last."""
    parts = [int(part) for part in date.split("-")]
    year, month, day = parts + ([12, 31] if last else [1, 1])[len(parts) - 1 :]
    return year * 372 + month * 31 + day


def twice(catalog: Catalog) -> Iterator[Problem]:
    """The same row, entered twice."""
    seen = set()
    for score in catalog.scores:
        if score in seen:
            yield Problem(place(score), f"{score.value:g}", "the row once", "twice")
        seen.add(score)


RULES = (spread, shots, gpqa, tuning, outliers, alone, intervals, dates, twice)
