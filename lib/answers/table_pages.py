"""The tables of every page: which rows of its answer, and what their columns say. See `lib.answers.table_shapes`."""

from __future__ import annotations

from collections.abc import Mapping

from lib.answers.benchmarks import benchmarks_page
from lib.answers.buy import buy_page
from lib.answers.compare import compare_models
from lib.answers.cost import cost_page
from lib.answers.grid import grid
from lib.answers.machines import rank_machines
from lib.answers.memory_page import memory_page
from lib.answers.model_page import model_page
from lib.answers.picks import picks
from lib.answers.provenance import search_facts
from lib.answers.questions import questions
from lib.answers.sentences import machines_answer, models_answer
from lib.answers.speed_page import speed_page
from lib.answers.table_rows import (
    all_sources,
    by_model,
    candidate_rows,
    cited_sources,
    drawn_pairs,
    drawn_scores,
    drawn_sources,
    essay_today,
    findings,
    found_facts,
    frame_of,
    grid_sources,
    ladder_steps,
    listed_models,
    machines_sources,
    memory_sizes,
    models_sources,
    named_sources,
    picked_rows,
    picked_sources,
    printed_cells,
    question_rows,
    said_by,
    tour_stops,
)  # fmt: skip
from lib.answers.table_shapes import PageTables, Table
from lib.answers.table_words import (  # fmt: skip
    CAPABILITY,
    DISPUTES,
    FACTS,
    LICENCE,
    LINKS,
    LONGEST,
    MACHINES,
    MACHINES_HOLDING,
    MEASURED_HERE,
    MODEL_PRICES,
    SCORES,
    SIMILAR,
    SPREADS,
)
from lib.answers.table_words_more import (  # fmt: skip
    ALL_BENCHMARKS,
    BESIDE,
    BOUGHT,
    CELLS,
    CLAIMS,
    CLASSES,
    DEPTH,
    EVEN,
    FRONTIER,
    GLOSSARY,
    HOME_PARTS,
    HOSTED_PRICES,
    LINES,
    MACHINES_BESIDE,
    MINE,
    PROVIDERS,
    RECORDS,
    SERVICES,
    SPEEDS,
    STEPS,
    TIERS,
    USERS,
)
from lib.answers.timeline import timeline
from lib.answers.tour import tour

PAGES_WITH_ROWS: Mapping[str, PageTables] = {
    "models": PageTables(said_by(models_answer), (Table("", "a model in the format that suits the machine", listed_models, models_sources),)),
    "machines": PageTables(said_by(machines_answer), (Table("", "a machine that could run the model", lambda c, v: (rank_machines(c, v), MACHINES), machines_sources),)),
    "memory": PageTables(said_by(memory_page), (
        Table("", "a context and a type of KV cache", memory_sizes),
        Table("longest", "a type of KV cache and a number of conversations", frame_of(memory_page, "longest", LONGEST)),
        Table("formats", "a format of the weights", ladder_steps),
    )),
    "buy": PageTables(said_by(buy_page), (
        Table("", "a machine that runs what is wished and costs something", frame_of(buy_page, "drawn", BOUGHT)),
        Table("capability", "a machine nothing cheaper beats in capability", frame_of(buy_page, "capability", FRONTIER)),
        Table("speed", "a machine nothing cheaper beats in speed", frame_of(buy_page, "speed", FRONTIER)),
        Table("steps", "a sum of money", frame_of(buy_page, "steps", STEPS)),
    )),
    "run": PageTables(said_by(picks), (
        Table("", "a model that suits the task", candidate_rows, picked_sources),
        Table("picks", "a pick and a program to run it with", picked_rows, picked_sources),
    )),
    "questions": PageTables(said_by(questions), (Table("", "a question", question_rows, cited_sources()),)),
    "tour": PageTables(said_by(tour), (
        Table("", "a word", tour_stops),
        Table("glossary", "a word", frame_of(tour, "glossary", GLOSSARY), cited_sources()),
    )),
    "compare": PageTables(said_by(compare_models), (
        Table("", "a score of one of the models", frame_of(compare_models, "scores", SCORES), cited_sources()),
        Table("facts", "a fact", by_model("facts", "The fact about")),
        Table("verdicts", "a benchmark under one protocol", by_model("verdicts", "Score, interval or verdict:")),
        Table("spreads", "a benchmark with several scores of one model", frame_of(compare_models, "spreads", SPREADS)),
    )),
    "model": PageTables(said_by(model_page), (
        Table("", "a fact about the model", frame_of(model_page, "facts", FACTS)),
        Table("scores", "a score", frame_of(model_page, "scores", SCORES), cited_sources()),
        Table("capability", "a domain of the capability index", frame_of(model_page, "places", CAPABILITY)),
        Table("licence", "a question to the licence", frame_of(model_page, "licence", LICENCE), cited_sources()),
        Table("machines", "a machine people have", frame_of(model_page, "machines", MACHINES_HOLDING)),
        Table("similar", "a model that reaches about as much", frame_of(model_page, "similar", SIMILAR)),
        Table("prices", "an offer", frame_of(model_page, "prices", MODEL_PRICES), cited_sources()),
        Table("measured", "a measurement", frame_of(model_page, "measured", MEASURED_HERE), cited_sources()),
        Table("disputes", "another value given for a fact", frame_of(model_page, "disputes", DISPUTES), cited_sources()),
        Table("links", "a place to get it", frame_of(model_page, "links", LINKS)),
    )),
    "speed": PageTables(said_by(speed_page), (
        Table("", "a measurement beside our prediction of it", frame_of(speed_page, "rows", SPEEDS), cited_sources("source_id")),
        Table("mine", "a part of the prediction for this machine", frame_of(speed_page, "mine", MINE)),
        Table("depth", "a number of tokens in the context", frame_of(speed_page, "depth", DEPTH)),
        Table("users", "a number of conversations at once", frame_of(speed_page, "users", USERS)),
        Table("errors", "a class of predictions", frame_of(speed_page, "classes", CLASSES)),
    )),
    "benchmarks": PageTables(said_by(benchmarks_page), (
        Table("", "a model with a score", drawn_scores, drawn_sources),
        Table("pairs", "a model with a score on both benchmarks", drawn_pairs),
        Table("all", "a benchmark under one protocol", frame_of(benchmarks_page, "table", ALL_BENCHMARKS)),
    )),
    "timeline": PageTables(said_by(timeline), (
        Table("", "a size of memory", frame_of(timeline, "tiers", TIERS), named_sources),
        Table("records", "a model that raised its line", frame_of(timeline, "records", RECORDS), named_sources),
    )),
    "cost": PageTables(said_by(cost_page), (
        Table("", "tokens a day, at home or rented", frame_of(cost_page, "lines", LINES)),
        Table("beside", "a question, with the answer for each way", frame_of(cost_page, "beside", BESIDE)),
        Table("home", "a part of the cost at home", frame_of(cost_page, "parts", HOME_PARTS)),
        Table("breakeven", "an offer home is compared with", frame_of(cost_page, "even", EVEN)),
        Table("offers", "an offer of the model", frame_of(cost_page, "same", HOSTED_PRICES), cited_sources()),
        Table("capable", "the cheapest offer of a model as capable", frame_of(cost_page, "capable", HOSTED_PRICES), cited_sources()),
        Table("services", "a service models already run at", frame_of(cost_page, "services", SERVICES)),
        Table("providers", "a provider with a known price", frame_of(cost_page, "providers", PROVIDERS), cited_sources()),
    )),
    "grid": PageTables(said_by(grid), (
        Table("", "a model on a machine", frame_of(grid, "cells", CELLS["grid"]), grid_sources),
        Table("machines", "a machine", frame_of(grid, "each", MACHINES_BESIDE)),
    )),
    "essay": PageTables(said_by(essay_today), (
        Table("", "a cell of a table as printed", printed_cells),
        Table("findings", "what checking found", findings, cited_sources()),
        Table("claims", "a sentence that can be checked", frame_of(essay_today, "claims", CLAIMS)),
    )),
    "sources": PageTables(lambda c, v: search_facts(c, v.q).sentence, (
        Table("", "a fact that contains the words", found_facts, cited_sources()),
        Table("all", "a source", all_sources),
    )),
}  # fmt: skip
"""Page of `lib.view.PAGES` to its tables, the main one first. A page that is not named has no rows."""
