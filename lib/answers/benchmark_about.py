"""What is known of one benchmark, and where from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from lib.answers.benchmark_scores import saturation, scores_of
from lib.answers.benchmark_table import NA, printed, scale_text
from lib.answers.scores import index_domain, ranked_scores
from lib.catalog import Catalog
from lib.catalog.schema import Benchmark, Protocol, Score
from lib.quality.capability_cells import usable

SATURATION_RULE = "by our rule (the best third within one standard error of the best score)"


def _source(catalog: Catalog, ref: str) -> tuple[str, str]:
    source = catalog.sources.get(ref.partition("#")[0])
    return (source.title, source.url) if source else (ref, "")


def _row(catalog: Catalog, fact: str, value: str, ref: str | None) -> dict[str, str | None]:
    title, url = _source(catalog, ref) if ref and value != NA else ("", None)
    return {"fact": fact, "value": value, "source": title, "url": url or None}


def facts_of(catalog: Catalog, rank: str) -> pd.DataFrame:
    """fact, value, source, url: what is known of a rank id's benchmark and protocol; "n/a" where nothing is."""
    benchmark_id, _, protocol_id = rank.partition(".")
    benchmark, protocol = catalog.benchmarks.get(benchmark_id), catalog.protocols.get(protocol_id)
    if benchmark is None or protocol is None:
        return pd.DataFrame(columns=["fact", "value", "source", "url"])
    return pd.DataFrame(_benchmark_rows(catalog, rank, benchmark, protocol))


def _benchmark_rows(
    catalog: Catalog, rank: str, benchmark: Benchmark, protocol: Protocol
) -> list[dict[str, str | None]]:
    def of(name: str, value: str) -> dict[str, str | None]:
        return _row(catalog, NAMES[name], value, benchmark.sources.get(name, benchmark.source))

    computed = saturation(list(scores_of(catalog, rank)["value"]), benchmark)
    why = "the number of questions is not known or too few models have a score"
    found = f"{NA}: {why}" if computed is None else f"{'yes' if computed else 'no'}, {SATURATION_RULE}"
    return [
        of("measures", benchmark.measures),
        _row(catalog, HOW_RUN, protocol.described, protocol.source),
        of("range", scale_text(benchmark)),
        of("chance", printed(benchmark.chance, benchmark.unit)),
        of("human", printed(benchmark.human, benchmark.unit)),
        of("items", NA if benchmark.items is None else f"{benchmark.items:,}"),
        _row(catalog, SATURATED, found, None),
        of("saturated", benchmark.saturated or NA),
        of("contamination", benchmark.contamination or NA),
        of("caveats", benchmark.caveats or NA),
        {"fact": "home page", "value": benchmark.url, "source": "", "url": benchmark.url},
    ]


HOW_RUN = "how it was run"
UNKNOWN = {
    "chance": "Nobody states it, and it does not follow from the kind of answers.",
    "human": "No measurement of people on this test was found.",
    "items": "Not stated, or different from run to run.",
}
NAMES = {
    "measures": "what it measures",
    "range": "range",
    "chance": "guessing gives",
    "human": "people reach",
    "items": "questions",
    "saturated": "saturated, as somebody says",
    "contamination": "seen in training?",
    "caveats": "mind",
}


@dataclass(frozen=True)
class Figure:
    """One fact short enough to stand alone."""

    name: str
    value: str
    why: str | None
    """What the word does not say: how it was found, or why it is not known."""


SATURATED = "saturated"
_FIGURES = ("range", "chance", "human", "items")
_WORDS = ("measures", "saturated", "contamination", "caveats")


def figures_of(facts: pd.DataFrame) -> tuple[Figure, ...]:
    """The short facts of a benchmark's table as `facts_of` gives it."""
    known = dict(zip(facts["fact"], facts["value"], strict=True))
    if SATURATED not in known:
        return ()
    found, _, why = known[SATURATED].replace(",", ":", 1).partition(":")
    short = (Figure(NAMES[n], known[NAMES[n]], UNKNOWN.get(n) if known[NAMES[n]] == NA else None) for n in _FIGURES)
    return (*short, Figure(f"{SATURATED}?", found, why.strip()))


def words_of(facts: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """The facts of a benchmark's table that need a sentence, with their headings; unknown ones are left to the table."""
    wanted = {NAMES[name] for name in _WORDS} | {HOW_RUN}
    rows = zip(facts["fact"], facts["value"], strict=True)
    return tuple((str(f), str(v)) for f, v in rows if f in wanted and v != NA)


def sources_of(catalog: Catalog, rank: str, against: str | None) -> pd.DataFrame:
    """source, producer, url, read_on: what the shown facts and scores rest on, by title."""
    refs: set[str] = set()
    for name in filter(None, (rank, against)):
        benchmark_id, _, protocol_id = name.partition(".")
        if (benchmark := catalog.benchmarks.get(benchmark_id)) is not None:
            refs |= {benchmark.source, *benchmark.sources.values()}
        if (protocol := catalog.protocols.get(protocol_id)) is not None:
            refs.add(protocol.source)
        refs |= {found.source for found in ranked_scores(catalog, name).values() if isinstance(found, Score)}
        if index_domain(name) is not None:
            refs |= _heard(catalog)
    named = {key: catalog.sources[key] for ref in refs if (key := ref.partition("#")[0]) in catalog.sources}
    rows = [(s.title, s.producer, s.url, s.accessed) for s in named.values()]
    return pd.DataFrame(sorted(set(rows)), columns=["source", "producer", "url", "read_on"])


@lru_cache(maxsize=2)
def _heard(catalog: Catalog) -> frozenset[str]:
    """Sources of every score the capability index hears."""
    return frozenset(s.source for s in catalog.scores if usable(s, catalog.benchmarks[s.benchmark]))
