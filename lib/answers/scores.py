"""Which scores may be compared, and which of several is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Protocol

from lib.catalog import Catalog
from lib.catalog.schema import Score
from lib.quality.capability import DOMAINS, capability

FEWEST_MODELS = 5
"""A benchmark under a protocol orders the list only if at least this many models have a score."""

PLAIN_VARIANTS = ("", "instruct", "base")
_MEASURED_BY = {"third-party": 0, "essay": 1, "maker": 2, "competitor": 3, "unknown": 4}

INDEX = "capability"
"""Rank ids of the index are `capability.<domain>`, beside `<benchmark>.<protocol>` for single benchmarks."""
INDEX_TITLES = {
    "general": "capability index",
    "code": "capability index, code",
    "mathematics": "capability index, mathematics",
    "instructions": "capability index, following instructions",
    "long-context": "capability index, long context",
    "agents": "capability index, agents and tools",
}


class Ranked(Protocol):
    """What a list can be ordered by: a score, or a place on the index; with its interval where one is known."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def interval_level(rank: str) -> str:
    """How wide the intervals under a rank id are: our index states 90 %, sources state 95 %."""
    return "90 %" if index_domain(rank) else "95 %"


def index_domain(rank: str) -> str | None:
    """The domain of the index a rank id names; `None` for a benchmark."""
    name, _, domain = rank.partition(".")
    return domain if name == INDEX and domain in DOMAINS else None


def rank_id(benchmark: str, protocol: str) -> str:
    """The id of one benchmark under one protocol, the only thing scores can be ranked by."""
    return f"{benchmark}.{protocol}"


@cache
def _newest(date: str) -> str:
    """A text that sorts before that of an earlier date; no date last."""
    return "".join(chr(255 - ord(c)) for c in date) or "\xff"


def preference(score: Score) -> tuple[bool, bool, int, str, str, str]:
    """Smaller is shown first, of several scores of one model, benchmark and protocol.

    The stated rule: not refuted or superseded; the checkpoint in its plain setting rather than a
    special one; measured by a third party rather than the maker; newest; then by name, so that the
    choice never depends on the order of a file. Never the highest.
    """
    measured = _MEASURED_BY[score.measured_by]
    return (
        score.verdict in ("wrong", "superseded"),
        (score.variant or "") not in PLAIN_VARIANTS,
        measured,
        _newest(score.date or ""),
        score.variant or "",
        score.source,
    )


@lru_cache(maxsize=4)
def grouped(catalog: Catalog) -> Mapping[tuple[str, str], Mapping[str, Sequence[Score]]]:
    """All scores by (benchmark, protocol), then model; the one to show first."""
    found: dict[tuple[str, str], dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for score in catalog.scores:
        found[score.benchmark, score.protocol][score.model].append(score)
    for models in found.values():
        for given in models.values():
            if len(given) > 1:
                given.sort(key=preference)
    return {key: dict(models) for key, models in found.items()}


@lru_cache(maxsize=4)
def ranks(catalog: Catalog) -> tuple[str, ...]:
    """Ids the list can be ranked by: our index first, then comparable protocols, then by how many models have a score."""
    counted = []
    for (benchmark, protocol), models in grouped(catalog).items():
        usable = sum(shown(given) is not None for given in models.values())
        if usable >= FEWEST_MODELS:
            counted.append((not catalog.protocols[protocol].comparable, -usable, rank_id(benchmark, protocol)))
    indexes = [f"{INDEX}.{domain}" for domain in DOMAINS if len(capability(domain)) >= FEWEST_MODELS]
    return (*indexes, *(name for _, _, name in sorted(counted)))


def shown(given: Iterable[Score]) -> Score | None:
    """The score to show, `None` where every one was superseded."""
    return next((s for s in given if s.verdict != "superseded"), None)


@lru_cache(maxsize=256)
def ranked_scores(catalog: Catalog, rank: str) -> Mapping[str, Ranked]:
    """Each model's place under one rank id: on the index, or its shown score; empty for an unknown id."""
    if (domain := index_domain(rank)) is not None:
        return {m: found for m, found in capability(domain).items() if m in catalog.models}
    benchmark, _, protocol = rank.partition(".")
    models = grouped(catalog).get((benchmark, protocol), {})
    return {m: score for m, given in models.items() if (score := shown(given)) is not None}


def rank_title(catalog: Catalog, rank: str) -> str:
    """The benchmark's name with the protocol's, for people."""
    if (domain := index_domain(rank)) is not None:
        return INDEX_TITLES[domain]
    benchmark, _, protocol = rank.partition(".")
    if benchmark not in catalog.benchmarks or protocol not in catalog.protocols:
        return rank
    return f"{catalog.benchmarks[benchmark].name} ({catalog.protocols[protocol].name})"


def lower_is_better(catalog: Catalog, rank: str) -> bool:
    """Whether a smaller number is the better one (hallucination rates); false for an unknown id."""
    benchmark = catalog.benchmarks.get(rank.partition(".")[0])
    return benchmark is not None and not benchmark.higher_is_better
