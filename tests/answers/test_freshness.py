"""Every view says how old its facts are, counted to the day asked about."""

from __future__ import annotations

import datetime as dt

import pytest

from lib.answers.freshness import STALE_DAYS, days_since, freshness_of, references, view_freshness
from lib.answers.provenance import sources, to_check
from lib.catalog import Catalog, current
from lib.catalog.schema import Source
from lib.view import PAGES, View

FACTS = current()
TODAY = dt.date(2026, 12, 1)


def made(**accessed: str) -> Catalog:
    """A catalog of nothing but sources, last read on the days given."""
    source = {"producer": "P", "url": "https://example.org/", "licence": "MIT"}
    return Catalog(
        version=repr(accessed),
        sources={
            key: Source.model_validate({"title": key, "accessed": date, **source}) for key, date in accessed.items()
        },
    )


def test_the_sentence_names_oldest_newest_and_how_many_are_due() -> None:
    catalog = made(a="2026-05-02", b="2026-11-20", c="2026-06-01", d="2020-01-01")
    found = view_freshness(catalog, ["a#table 1", "a", "b", "c#x", "unknown"], TODAY)
    # 2 May to 1 December is 213 days, 1 June 183, 20 November 11.
    assert (found.oldest, found.newest, found.sources, found.stale_count) == ("2026-05-02", "2026-11-20", 3, 2)
    assert found.text == (
        "The facts on this page were read between 2026-05-02 and 2026-11-20, in 3 sources; "
        "2 of them have not been checked for 180 days."
    )
    assert view_freshness(catalog, ["b"], TODAY).text == "The facts on this page were read on 2026-11-20, in 1 source."
    assert view_freshness(catalog, ["unknown"], TODAY).oldest is None


@pytest.mark.parametrize(("date", "days"), [("2026-06-04", 180), ("2026-06-03", 181), ("2026-06", 183), ("2026", 334)])
def test_a_source_is_stale_the_day_after_the_180th(date: str, days: int) -> None:
    assert days_since(date, TODAY) == days
    assert view_freshness(made(a=date), ["a"], TODAY).stale_count == int(days > STALE_DAYS)


@pytest.mark.parametrize("page", [p for p in PAGES if p not in ("benchmarks", "timeline")])
def test_every_page_says_how_old_its_facts_are(page: str) -> None:
    found = freshness_of(FACTS, page, View(), TODAY)
    read = [s.accessed for s in FACTS.sources.values()]
    assert (
        found.sources > 3 and found.oldest and found.newest and min(read) <= found.oldest <= found.newest <= max(read)
    )
    late = freshness_of(FACTS, page, View(), dt.date(2030, 1, 1))
    assert late.stale_count == late.sources == found.sources and str(late.stale_count) in late.text


@pytest.mark.parametrize("page", ["benchmarks", "timeline"])
def test_a_page_about_one_benchmark_counts_its_scores(page: str) -> None:
    score = next(s for s in FACTS.scores if s.protocol == "livebench-2026-01" and s.benchmark == "livebench")
    found = freshness_of(FACTS, page, View(rank="livebench.livebench-2026-01"), TODAY)
    alone = view_freshness(FACTS, [score.source], TODAY)
    assert found.sources > alone.sources == 1


def test_what_is_not_on_the_page_does_not_count() -> None:
    one = freshness_of(FACTS, "models", View(only=("gpt-oss-20b",)), TODAY)
    every = freshness_of(FACTS, "models", View(), TODAY)
    assert 0 < one.sources < every.sources
    here = freshness_of(FACTS, "compare", View(models=("phi-4", "gpt-oss-20b")), TODAY)
    wanted = {
        ref.partition("#")[0]
        for m in ("phi-4", "gpt-oss-20b")
        for row in (
            FACTS.models[m],
            *(s for s in FACTS.scores if s.model == m),
            *(p for p in FACTS.prices if p.model == m),
        )
        for ref in references(row)
    }
    assert len(wanted) <= here.sources < len(FACTS.sources)


def test_what_is_to_be_checked_again_stands_first_longest_unread_first() -> None:
    catalog = made(new="2026-11-30", soon="2026-06-10", old="2026-05-02", older="2025-11-20", edge="2026-06-04")
    found = to_check(catalog, TODAY)
    assert found.rows["source"].tolist() == ["older", "old", "edge", "soon"]
    assert found.rows["state"].tolist() == ["not checked for 180 days"] * 2 + ["due today", "due in 6 days"]
    assert found.rows["check by"].tolist() == ["2026-05-19", "2026-10-29", "2026-12-01", "2026-12-07"]
    assert found.sentence == (
        "2 of 5 sources have not been checked for 180 days; 0 facts rest on them; 2 more are due within 30 days."
    )
    fresh = to_check(made(new="2026-11-30"), TODAY)
    assert fresh.rows.empty
    assert fresh.sentence == "The only source has been checked within the last 180 days; the next is due on 2027-05-29."
    assert to_check(made(), TODAY).sentence == "There are no sources."


def test_what_rests_on_a_source_is_counted_by_kind() -> None:
    table = sources(FACTS, TODAY).set_index("source")
    title = FACTS.sources["aider-ai-aider"].title
    scores = sum(s.source.startswith("aider-ai-aider") for s in FACTS.scores)
    assert f"{scores:,} scores" in table.loc[title, "rests on it"]
    counts = [int(part.split()[0].replace(",", "")) for part in table.loc[title, "rests on it"].split(", ")]
    assert sum(counts) == table.loc[title, "facts"]
