"""All rules together, and which of their findings are known and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from lib.catalog.catalog import Catalog, Problem
from lib.catalog.rules import hardware, licences, models, prices, scores, sources

Rule = Callable[[Catalog], Iterable[Problem]]
RULES: tuple[Rule, ...] = (
    *scores.RULES,
    *hardware.RULES,
    *models.RULES,
    *licences.RULES,
    *prices.RULES,
    *sources.RULES,
)


@dataclass(frozen=True)
class Note:
    """Findings that are known, and why they are kept."""

    entry: str
    """Its name in `accepted.toml`."""
    problems: tuple[Problem, ...]
    reason: str

    def __str__(self) -> str:
        found = (
            str(self.problems[0])
            if len(self.problems) == 1
            else f"{len(self.problems)} findings of `{self.problems[0].rule}`"
        )
        return f"accepted.toml [{self.entry}]: {found}: {self.reason}"


@cache
def _pattern(place: str) -> re.Pattern[str]:
    """`*` stands for anything; places hold brackets and the like, which stand for themselves."""
    return re.compile(".*".join(map(re.escape, place.split("*"))))


def examine(
    catalog: Catalog, count: models.Count | None = None, elsewhere: str = ""
) -> tuple[tuple[Problem, ...], tuple[Note, ...]]:
    """Every problem of a catalog, those found while loading first, and the notes.

    `count` gives the parameters of an architecture (all, active), raising ValueError where it cannot; without it
    they are not compared. `elsewhere` is text that may name sources too: tables the app does not load.
    """
    found = [problem for rule in RULES for problem in rule(catalog)]
    found += sources.unused(catalog, elsewhere)
    if count is not None:
        found += models.parameters(catalog, count)
    problems, kept = list(catalog.problems), {name: list[Problem]() for name in catalog.accepted}
    unmet = {(name, place) for name, entry in catalog.accepted.items() for place in entry.places}
    for problem in found:
        met = [
            (name, place)
            for name, entry in catalog.accepted.items()
            if entry.rule == problem.rule
            for place in entry.places
            if _pattern(place).fullmatch(problem.place)
        ]
        unmet.difference_update(met)
        (kept[met[0][0]] if met else problems).append(problem)
    for name, place in sorted(unmet):
        if count is not None or catalog.accepted[name].rule not in (models.COUNT, models.NEAR):
            problems.append(Problem(f"accepted.toml [{name}]", place, "nothing is found there any more; delete it"))
    notes = (Note(name, tuple(rows), catalog.accepted[name].reason) for name, rows in kept.items() if rows)
    return tuple(problems), tuple(notes)
