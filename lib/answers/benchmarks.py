"""The page “Benchmarks”: what one test measures, how every model does on it, and what a second test makes of the same models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.benchmark_about import Figure, facts_of, figures_of, sources_of, words_of
from lib.answers.benchmark_index import index_facts, index_figures, index_sentence, index_words, report
from lib.answers.benchmark_pairs import agreement, agreement_text, notable, pairs_of
from lib.answers.benchmark_scores import HOSTED, OPEN, is_index, level_text, scores_of, unit_of, worth_text
from lib.answers.benchmark_table import all_benchmarks
from lib.answers.licences import allowed
from lib.answers.scores import index_domain, lower_is_better, rank_title, ranked_scores, ranks
from lib.catalog import Catalog
from lib.view import View

ALL_NAMED, NAMED = 40, 15
"""Up to so many models every dot has its name; of more only the best so many."""
ROW, NARROW, NARROWEST = 17, 7, 4
"""Height in pixels of a dot with a name, of one without, and of one without among more than `MANY`."""
MANY = 100


WISHES = {
    "commercial": ", and used commercially,",
    "training": ", and may train others,",
    "open": " under an open-source licence",
}


@dataclass(frozen=True, eq=False)
class BenchmarksPage:
    sentence: str
    notes: tuple[str, ...]
    chosen: str
    """The rank id shown: the view's, or the first there is where that one has no scores."""
    title: str
    facts: pd.DataFrame
    """fact, value, source, url: what is known of the benchmark and its protocol, or of the index; unknown as "n/a"."""
    figures: tuple[Figure, ...]
    """Range, guessing, people, questions, saturated, or the index in figures: what fits in a word each."""
    words: tuple[tuple[str, str], ...]
    """What is said of it in sentences: a heading and the text."""
    dots: pd.DataFrame
    """One row a drawn model, the best first: the columns of `scores_of`, and offset (pixels from the top), label, inward, best, url."""
    height: int
    """Pixels the dot plot needs."""
    chance: float | None
    human: float | None
    """Levels drawn as rules; `None` where not known, or where guessing gives the worst possible score."""
    chance_title: str
    human_title: str
    lower: bool
    """Whether a smaller number is the better one."""
    chart_text: str
    against: str | None
    """The second rank id, where the view names one that has scores."""
    against_title: str
    against_lower: bool
    scatter: pd.DataFrame
    """model, name, kind, x, y, x_text, y_text, apart, notable, chance_x, chance_y: drawn models with both scores."""
    scatter_text: str
    sources: pd.DataFrame
    """source, producer, url, read on: what the page's facts and scores rest on."""
    table: pd.DataFrame
    """All benchmarks, a row each benchmark and protocol: see `all_benchmarks`."""


def _level(catalog: Catalog, rank: str, name: str) -> float | None:
    benchmark = catalog.benchmarks.get(rank.partition(".")[0])
    return None if benchmark is None else getattr(benchmark, name)


def chance_level(catalog: Catalog, rank: str) -> float | None:
    """What guessing gives, where that is known and more than the worst possible score."""
    chance, least = _level(catalog, rank, "chance"), _level(catalog, rank, "minimum")
    return None if chance is None or (least is not None and chance <= least + 0.5) else chance


def _kept(catalog: Catalog, scores: pd.DataFrame, view: View) -> pd.DataFrame:
    """The rows to draw: models that can be downloaded under a licence asked for, and with `hosted` all that cannot."""
    licences = {key for key, licence in catalog.licences.items() if allowed(licence, view.licence)}
    own = (scores["kind"] == OPEN) & (scores["licence"].isin(licences) | (view.licence == "any"))
    return scores[own | ((scores["kind"] == HOSTED) & view.hosted)].reset_index(drop=True)


def _dots(catalog: Catalog, drawn: pd.DataFrame) -> pd.DataFrame:
    """The drawn scores with the place of each row, and names on those that have room for one."""
    few = len(drawn) <= ALL_NAMED
    first_own = drawn.index[drawn["kind"] == OPEN][:1]
    named = np.full(len(drawn), few) | (np.arange(len(drawn)) < NAMED) | drawn.index.isin(first_own)
    heights = np.where(named, ROW, NARROWEST if len(drawn) > MANY else NARROW)
    middle = (drawn["value"].min() + drawn["value"].max()) / 2
    return drawn.assign(
        offset=np.cumsum(heights) - heights / 2,
        label=np.where(named, drawn["name"].astype(object), ""),
        inward=drawn["value"] > middle,
        best=drawn.index.isin(first_own),
        url=[_link(catalog, ref) for ref in drawn["source"]],
    )


def _link(catalog: Catalog, ref: str) -> str | None:
    source = catalog.sources.get(ref.partition("#")[0])
    return source.url if source else None


def _levels_said(catalog: Catalog, rank: str) -> str:
    unit = unit_of(catalog, rank)
    chance, human = _level(catalog, rank, "chance"), _level(catalog, rank, "human")
    said = []
    if chance is not None and chance_level(catalog, rank) is not None:
        said.append(f"guessing gives {level_text(chance, unit)}")
    if human is not None:
        said.append(f"people reach {level_text(human, unit)}")
    return ", ".join(said)


def _sentence(catalog: Catalog, rank: str, scores: pd.DataFrame, kept: pd.DataFrame, view: View) -> str:
    if scores.empty:
        return f"No model has a score under {rank}."
    benchmark_id, _, protocol_id = rank.partition(".")
    if is_index(rank):
        opening = index_sentence(rank, scores)
    else:
        benchmark, protocol = catalog.benchmarks[benchmark_id], catalog.protocols[protocol_id]
        values, unit = scores["value"], benchmark.unit
        ends = f"{worth_text(values.min(), unit).removesuffix(' %')} to {worth_text(values.max(), unit)}"
        counted = (
            f"{len(scores)} models from {ends}" if len(scores) > 1 else f"one model, {worth_text(values.iloc[0], unit)}"
        )
        opening = f"{benchmark.name}, {_run_by(protocol.name, protocol.comparable)}: {counted}" + (", lower is better" if not benchmark.higher_is_better else "")  # fmt: skip
        if levels := _levels_said(catalog, rank):
            opening += f"; {levels}"
    own = kept[kept["kind"] == OPEN]
    wish = WISHES.get(view.licence, "")
    if own.empty:
        return f"{opening}; none of them can be downloaded{wish}."
    best = own.iloc[0]
    return f"{opening}; the best that can be downloaded{wish} is {best['name']} with {best['text']}."


def _run_by(protocol: str, comparable: bool) -> str:
    return f"as run by {protocol}" if comparable else f"from “{protocol}”, run in differing ways"


def _notes(catalog: Catalog, view: View, rank: str, scores: pd.DataFrame, kept: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    if rank != view.rank:
        notes.append(f"{rank_title(catalog, view.rank)} has no scores in this catalog, so {rank_title(catalog, rank)} is shown.")  # fmt: skip
    protocol = catalog.protocols.get(rank.partition(".")[2])
    if protocol is not None and not protocol.comparable:
        notes.append("These numbers were obtained in different ways: differences of some points between two models say nothing.")  # fmt: skip
    if hidden := len(scores) - len(kept):
        rented = int((scores["kind"] == HOSTED).sum()) if not view.hosted else 0
        why = [f"{rented} can only be rented"] * bool(rented) + [f"{hidden - rented} have another licence"] * bool(hidden - rented)  # fmt: skip
        notes.append(f"{len(kept)} of {len(scores)} models are drawn: {' and '.join(why)}.")
    return tuple(notes)


def _about(catalog: Catalog, rank: str) -> tuple[pd.DataFrame, tuple[Figure, ...], tuple[tuple[str, str], ...]]:
    if is_index(rank):
        words = index_words(catalog, report())
        return index_facts(words), index_figures(report()), words
    facts = facts_of(catalog, rank)
    return facts, figures_of(facts), words_of(facts)


def _built_in(catalog: Catalog, rank: str, against: str) -> bool:
    """Whether one of two is our index and the other another index, or a benchmark it may rest on."""
    if is_index(rank) == is_index(against):
        return is_index(rank)
    index, other = (rank, against) if is_index(rank) else (against, rank)
    domain, category = index_domain(index), catalog.benchmarks[other.partition(".")[0]].category
    return category != "preference" if domain == "general" else category == domain


def _scatter(catalog: Catalog, rank: str, against: str, view: View) -> pd.DataFrame:
    drawn = _kept(catalog, pairs_of(catalog, rank, against), view)
    return drawn.assign(
        notable=notable(drawn, OPEN),
        chance_x=np.nan if (x := chance_level(catalog, rank)) is None else x,
        chance_y=np.nan if (y := chance_level(catalog, against)) is None else y,
    )


@lru_cache(maxsize=128)
def _page(catalog: Catalog, rank: str, against: str | None, wish: View) -> BenchmarksPage:
    scores = scores_of(catalog, rank)
    kept = _kept(catalog, scores, wish)
    dots = _dots(catalog, kept)
    alone = sentence = _sentence(catalog, rank, scores, kept, wish)
    notes = _notes(catalog, wish, rank, scores, kept)
    scatter, scatter_text, against_title = pd.DataFrame(), "", ""
    if against is not None:
        against_title = rank_title(catalog, against)
        scatter = _scatter(catalog, rank, against, wish)
        every = pairs_of(catalog, rank, against)
        said = agreement_text(agreement(catalog, rank, against, every))
        sentence = f"{rank_title(catalog, rank)} against {against_title}: {said}."
        notes = _notes(catalog, wish, rank, every, scatter)
        if _built_in(catalog, rank, against):
            notes += ("The index was fitted to scores like these, so a part of the agreement is built in.",)
        scatter_text = f"Scatter plot of {len(scatter)} models, {rank_title(catalog, rank)} across and {against_title} up. {sentence} The same rows are in the table below."  # fmt: skip
    facts, figures, words = _about(catalog, rank)
    chance, human = chance_level(catalog, rank), _level(catalog, rank, "human")
    unit, title = unit_of(catalog, rank), rank_title(catalog, rank)
    return BenchmarksPage(
        sentence=sentence, notes=notes, chosen=rank, title=title, facts=facts, figures=figures, words=words, dots=dots,
        height=int(dots["offset"].iloc[-1] + ROW) if len(dots) else 0, chance=chance, human=human,
        chance_title="" if chance is None else f"guessing {level_text(chance, unit)}", human_title="" if human is None else f"people {level_text(human, unit)}",
        lower=lower_is_better(catalog, rank),
        chart_text=f"Dot plot of {len(dots)} models by {title}, the best at the top. {alone} The same rows are in the table below.",
        against=against, against_title=against_title, against_lower=against is not None and lower_is_better(catalog, against), scatter=scatter, scatter_text=scatter_text,
        sources=sources_of(catalog, rank, against), table=all_benchmarks(catalog),
    )  # fmt: skip


def benchmarks_page(catalog: Catalog, view: View) -> BenchmarksPage:
    """Everything the page “Benchmarks” draws for a view's `rank`, `against`, `licence` and `hosted`.

    A rank without scores is replaced by the first there is, and a note says so; an `against` without scores, or the
    same as `rank`, is left out. Cached by what it depends on: treat the frames as read-only.
    """
    known = ranks(catalog)
    rank = view.rank if ranked_scores(catalog, view.rank) or not known else known[0]
    against = view.against if view.against and view.against != rank and ranked_scores(catalog, view.against) else None
    wish = View(rank=view.rank, against=view.against, licence=view.licence, hosted=view.hosted)
    return _page(catalog, rank, against, wish)
