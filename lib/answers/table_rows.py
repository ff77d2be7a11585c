"""Rows of pages that take more than naming a frame: columns named by rank ids, sources of each row, texts as rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from lib.answers.benchmarks import benchmarks_page
from lib.answers.budget import affordable
from lib.answers.compare import compare_models
from lib.answers.essay import essay
from lib.answers.freshness import machine_sources, rank_sources, record_sources
from lib.answers.grid import columns_of
from lib.answers.ladder import ladder
from lib.answers.machines import wanted_model
from lib.answers.memory_page import memory_page
from lib.answers.models import rank_models
from lib.answers.picks import picks
from lib.answers.provenance import search_facts, sources
from lib.answers.questions import questions
from lib.answers.scores import ranked_scores
from lib.answers.table_shapes import As, Spec
from lib.answers.table_words import LADDER, MEMORY, MODELS, PRINTED  # fmt: skip
from lib.answers.table_words_more import CELLS, DOTS, FINDINGS, SEARCHED, SOURCES, TEXTS  # fmt: skip
from lib.answers.table_words_run import CANDIDATES, PICKED
from lib.answers.tour import tour
from lib.catalog import Catalog
from lib.view import View

Page = Callable[[Catalog, View], Any]


def frame_of(page: Page, field: str, spec: Spec) -> Callable[[Catalog, View], tuple[pd.DataFrame, Spec]]:
    """A frame of a page's answer, by its field."""
    return lambda catalog, view: (getattr(page(catalog, view), field), spec)


def said_by(page: Page) -> Callable[[Catalog, View], str]:
    return lambda catalog, view: str(page(catalog, view).sentence)


def essay_today(catalog: Catalog, _: View) -> Any:
    return essay(catalog)


def listed_models(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    """The list, its scores under the rank ids they are of."""
    scores: dict[str, str | As] = {
        "score": As(view.rank, f"Score on {view.rank}, which orders the list."),
        "score_low": As(f"{view.rank}.low", "Lower end of that score's interval: 90 % for our index, 95 % for a benchmark."),
        "score_high": As(f"{view.rank}.high", "Upper end of that score's interval."),
        **{rank: f"Score on {rank}." for rank in view.columns if rank != view.rank},
    }  # fmt: skip
    rows = rank_models(catalog, view)
    return rows.loc[:, ~rows.columns.duplicated()], {**MODELS, **scores}


def models_sources(catalog: Catalog, view: View, rows: pd.DataFrame) -> list[frozenset[str]]:
    known = record_sources(catalog)
    ranks = (view.rank, *view.columns)
    if view.by == "budget":
        bought = {rig.name: known.devices.get(rig.device.id, frozenset()) for rig in affordable(catalog, view)}
        machines = [bought.get(name, frozenset()) for name in rows["machine"]]
    else:
        machines = [machine_sources(catalog, view)] * len(rows)
    return [
        machine.union(known.models[model], *(_of_score(catalog, rank, model) for rank in ranks))
        for model, machine in zip(rows["model"], machines, strict=True)
    ]


def _of_score(catalog: Catalog, rank: str, model: str) -> frozenset[str]:
    """Sources of a model's place under a rank id; none where it has no place there."""
    if model not in ranked_scores(catalog, rank):
        return frozenset()
    # A place on the index that rests on no comparable score rests on those that were collected.
    return rank_sources(catalog, rank, (model,)) or record_sources(catalog).every.get(model, frozenset())


def named_sources(catalog: Catalog, view: View, rows: pd.DataFrame) -> list[frozenset[str]]:
    """Of rows that give a model by its name and its score."""
    ids = {model.name: key for key, model in catalog.models.items()}
    known = record_sources(catalog).models
    return [
        known[ids[name]] | _of_score(catalog, view.rank, ids[name]) if name in ids else frozenset()
        for name in rows.get("name", ())
    ]


def machines_sources(catalog: Catalog, view: View, rows: pd.DataFrame) -> list[frozenset[str]]:
    known = record_sources(catalog)
    model = known.models.get(wanted_model(catalog, view), frozenset()) | known.formats
    behind = known.devices.get(view.cpu, frozenset())
    return [model | behind | known.devices.get(device, frozenset()) for device in rows["device"]]


def memory_sizes(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    """A row a context and cache type; each part of the memory under its own name in GB."""
    sizes = memory_page(catalog, view).sizes
    parts = [c for c in sizes.columns if c not in MEMORY]
    return sizes, {**MEMORY, **{p: As(p.lower().replace(" ", "_") + "_gb", f"Of it: {p}.") for p in parts}}


def cited_sources(field: str = "source") -> Callable[[Catalog, View, pd.DataFrame], list[frozenset[str]]]:
    """Source ids from a column that gives a source's title, beside its address in `url`; or its reference."""

    def found(catalog: Catalog, _: View, rows: pd.DataFrame) -> list[frozenset[str]]:
        ids = {(s.title, s.url): key for key, s in catalog.sources.items()}
        refs = [str(r).partition("#")[0] for r in rows.get(field, ())]
        return [
            frozenset((ids.get((title, url), ref),))
            for ref, title, url in zip(refs, rows.get("source", ()), rows.get("url", ()), strict=True)
        ]

    return found


def drawn_scores(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    """The scores of the benchmark shown, under its rank id."""
    page = benchmarks_page(catalog, view)
    scores = {
        "value": As(page.chosen, f"Score on {page.title}."),
        "low": As(f"{page.chosen}.low", "Lower end of its interval."),
        "high": As(f"{page.chosen}.high", "Upper end of its interval."),
    }
    return page.dots, {"model": "Id of the model.", "name": "Its name.", **scores, **DOTS}


def drawn_sources(catalog: Catalog, view: View, rows: pd.DataFrame) -> list[frozenset[str]]:
    rank = benchmarks_page(catalog, view).chosen
    return [_of_score(catalog, rank, model) for model in rows.get("model", ())]


def drawn_pairs(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    page = benchmarks_page(catalog, view)
    return page.scatter, {
        "model": "Id of the model.",
        "name": "Its name.",
        "x": As(page.chosen, f"Score on {page.title}."),
        "y": As(page.against or "against", f"Score on {page.against_title}."),
        "apart": As("places_higher", "By how many places it stands higher on the second than on the first, among models with both."),
        "kind": "Whether its weights can be downloaded.",
        "conditions": "Conditions of the first score, then of the second.",
    }  # fmt: skip


def ladder_steps(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    return ladder(catalog, view).steps, LADDER


def by_model(frame: str, first: str) -> Callable[[Catalog, View], tuple[pd.DataFrame, Spec]]:
    """A frame of the page Compare that has a column a model."""

    def shape(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
        rows: pd.DataFrame = getattr(compare_models(catalog, view), frame)
        return rows, {c: PRINTED.get(c, f"{first} {c}.") for c in rows.columns}

    return shape


def printed_cells(catalog: Catalog, _: View) -> tuple[pd.DataFrame, Spec]:
    """Every cell of the essay's tables, to the letter, a row each, with what checking its row found."""
    rows = [
        (table.id, table.title, number, column, cells[column], cells["checking found"])
        for table in essay(catalog).tables
        for number, cells in enumerate(table.rows.to_dict("records"), 1)
        for column in table.rows.columns
        if column != "checking found"
    ]
    return pd.DataFrame(rows, columns=["table", "title", "row", "column", "printed", "checking_found"]), CELLS["essay"]


def findings(catalog: Catalog, _: View) -> tuple[pd.DataFrame, Spec]:
    found = [table.findings.assign(table=table.id) for table in essay(catalog).tables if len(table.findings)]
    return (pd.concat(found, ignore_index=True) if found else pd.DataFrame()), FINDINGS


def grid_sources(catalog: Catalog, view: View, rows: pd.DataFrame) -> list[frozenset[str]]:
    known = record_sources(catalog)
    machines = {c.title: machine_sources(catalog, c.view) for c in columns_of(catalog, view)[0] if c.rig is not None}
    return [
        known.models[model] | machines.get(title, frozenset())
        for model, title in zip(rows["model_id"], rows["machine"], strict=True)
    ]


def found_facts(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    return search_facts(catalog, view.q).rows, SEARCHED


def all_sources(catalog: Catalog, _: View) -> tuple[pd.DataFrame, Spec]:
    # The columns that count days to today are left out: the same address gives the same rows on any day.
    return sources(catalog), SOURCES


def question_rows(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    """Every question with its answer for the view's machine."""
    told = [
        (group, q.id, q.text, q.answer, q.page, q.link, q.asked_title, q.asked_url)
        for group, asked in questions(catalog, view).groups.items() for q in asked
    ]  # fmt: skip
    columns = ["group", "id", "question", "answer", "page", "link", "source", "url"]
    return pd.DataFrame(told, columns=columns), TEXTS["questions"]


def tour_stops(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    """Every stop of the tour: the word, and what it means on the view's machine."""
    told = [(stop.id, stop.title, " ".join(stop.words), stop.link) for stop in tour(catalog, view).stops]
    return pd.DataFrame(told, columns=["id", "title", "words", "link"]), TEXTS["tour"]


def candidate_rows(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    return picks(catalog, view).candidates, CANDIDATES


def picked_rows(catalog: Catalog, view: View) -> tuple[pd.DataFrame, Spec]:
    """Every pick with every program's command, a row each."""
    told = [
        (p.role, p.model, p.name, p.format, p.machine, p.why, p.index_text, p.speed_text, p.memory_text, " ".join(p.cost), p.licence, c.tool, c.text, c.note)
        for p in picks(catalog, view).all for c in p.commands
    ]  # fmt: skip
    return pd.DataFrame(told, columns=list(PICKED)), PICKED


def picked_sources(catalog: Catalog, view: View, rows: pd.DataFrame) -> list[frozenset[str]]:
    """Of rows about a model on the view's machine or one its money buys, with the index it is picked by."""
    known = record_sources(catalog)
    rank = picks(catalog, view).rank
    bought = {rig.name: known.devices.get(rig.device.id, frozenset()) for rig in affordable(catalog, view)} if view.by == "budget" else {}  # fmt: skip
    own = frozenset() if view.by == "budget" else machine_sources(catalog, view)
    of_rank = {model: _of_score(catalog, rank, model) for model in set(rows.get("model", ()))}
    return [
        bought.get(machine, own) | known.models[model] | of_rank[model]
        for model, machine in zip(rows.get("model", ()), rows.get("machine", ()), strict=True)
    ]
