"""The one sentence at the top of a page, and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.budget import affordable, cheapest
from lib.answers.buy_candidates import FRESH_YEARS
from lib.answers.machine import price_of, rig_of
from lib.answers.machines import rank_machines, wanted_format, wanted_model
from lib.answers.models import Columns, ranked_columns
from lib.answers.scores import lower_is_better, rank_title, ranked_scores
from lib.answers.sized import formats_for, sized_rows
from lib.catalog import Catalog
from lib.sizing.formats import format_of
from lib.view import View


@dataclass(frozen=True)
class ModelsAnswer:
    sentence: str
    notes: tuple[str, ...]
    empty: str
    rank_title: str
    chosen: str | None
    """The model shown closely."""
    limit_gb: float
    limit_title: str
    rented: float
    """Best score of a model that can only be rented, whatever the filters; NaN where none has one."""
    rented_title: str
    chart_text: str
    table_columns: list[str]
    column_titles: Mapping[str, str]


@dataclass(frozen=True)
class MachinesAnswer:
    sentence: str
    notes: tuple[str, ...]
    empty: str
    chart_text: str
    table_columns: list[str]


def _runs(rows: Columns, *codes: str) -> Positions:
    """Positions of the rows that run with one of these fits."""
    return np.flatnonzero(np.isin(rows["fit_code"], codes) & rows["runs"])


Positions = np.ndarray[Any, np.dtype[np.intp]]
TOLD = ("model", "name", "format", "machine", "memory_gb", "decode_text", "score")


def _top(rows: Columns, at: Positions) -> dict[str, Any] | None:
    """What is told of the best of the rows at these positions: the first with a score, else the first."""
    if not len(at):
        return None
    scored = at[~np.isnan(rows["score"][at])]
    first = scored[0] if len(scored) else at[0]
    return {column: rows[column][first] for column in TOLD}


def _paid(catalog: Catalog, view: View, machine: str) -> str:
    """What the devices of one of the affordable machines cost together."""
    for rig in affordable(catalog, view):
        if rig.name == machine and (price := price_of(rig.device, rig.ram_gib if rig.device.unified else None)):
            return f"${price.usd * rig.count:,.0f}, {price.basis}"
    return "price not known"


def _unknown_speed(rows: Columns) -> str:
    """That no speed can be told on this machine, where none can."""
    placed = np.isin(rows["fit_code"], ("gpu", "offload", "cpu"))
    if placed.any() and np.isnan(rows["decode_tok_per_s"][placed].astype(float)).all():
        return "No speed can be predicted on this machine: a fact it depends on is not known; the closer look names it."
    return ""


def _best_rented(catalog: Catalog, rank: str) -> tuple[float, str]:
    scores = {m: s.value for m, s in ranked_scores(catalog, rank).items() if not catalog.models[m].open_weights}
    if not scores:
        return float("nan"), ""
    best = (min if lower_is_better(catalog, rank) else max)(scores, key=lambda m: scores[m])
    return scores[best], f"best to rent: {catalog.models[best].name}"


@lru_cache(maxsize=512)
def models_answer(catalog: Catalog, view: View) -> ModelsAnswer:
    """What the list of models says, in words."""
    rows = ranked_columns(catalog, view)
    own = np.flatnonzero(rows["fit_code"] != "hosted")
    inside, beside = _runs(rows, "gpu"), _runs(rows, "offload", "cpu")
    title = rank_title(catalog, view.rank)
    money = view.by == "budget"
    limit, limit_title = float("nan"), ""
    cpu_only = False
    if money:
        where = f"one or another of the machines ${view.budget:,} buys"
    else:
        rig = rig_of(catalog, view)
        where, limit, limit_title = f"your {rig.name}", rig.limit_bytes / 1e9, rig.limit_title
        cpu_only = not rig.pools.gpus
    # With a speed asked for, what reaches it counts, wherever it lies.
    main = np.union1d(inside, beside) if view.speed else beside if cpu_only else inside
    top = _top(rows, main)
    what = "run on" if view.speed else "run from the RAM of" if cpu_only else "fit"
    asked = f" at {view.speed:g} tokens/s or more" if view.speed else ""
    sentence = f"{len(main)} of {len(own)} models {what} {where} at {view.ctx:,} tokens of context{asked}."
    if top is not None:
        speed = f", about {top['decode_text']} tokens/s" if top["decode_text"] else ""
        scored = int((~np.isnan(rows["score"][main])).sum())
        best = (
            "The most capable"
            if scored == len(main)
            else f"Of the {scored} with a score the most capable"
            if scored
            else "The largest"
        )
        on = f" on {top['machine']} ({_paid(catalog, view, str(top['machine']))})" if money else ""
        sentence += f" {best} is {top['name']} at {top['format']}{on}: {top['memory_gb']:,.1f} GB{speed}."
    elif money and not len(main) and (least := cheapest(catalog)) and least[1] > view.budget:
        sentence = f"No device with a known price costs ${view.budget:,} or less; the cheapest is {least[0]} at ${least[1]:,.0f}. The sizes below do not depend on a machine."
    notes = []
    if not cpu_only and not view.speed and (better := _top(rows, beside)) is not None:
        notes.append(
            f"{len(beside)}{' more' if len(main) else ''} {'run' if len(beside) > 1 else 'runs'} with a part in RAM: {'first ' if len(beside) > 1 else ''}{better['name']}, {_about(better)}."
        )
    if top is not None and pd.notna(top["score"]):
        notes.append(
            f"“Most capable” means {'lowest' if lower_is_better(catalog, view.rank) else 'highest'} on {title}; pick another benchmark under Rank by."
        )
    if money:
        notes.append(
            f"Prices are of the devices alone, street price where one is dated, else at launch if that is no more than {FRESH_YEARS} years ago; the computer around a card is not in them."
        )
    if view.slots > 1:
        notes.append(
            f"Memory is for {view.slots} conversations at once, each with its own context; speeds are for one of them alone."
        )
    if view.by == "machine" and (rig_speed := _unknown_speed(rows)):
        notes.append(rig_speed)
    container = format_of(view.quant).container if view.quant != "best" else "gguf"
    if container != "gguf":
        notes.append(
            f"{view.quant} is not run by llama.cpp: weights follow its own layout, cache and buffers llama.cpp's rules."
        )
    refused = set(sized_rows(catalog, formats_for(view)).refused) & set(rows["model"])
    if refused:
        notes.append(
            f"{len(refused)} models show no memory: they cannot be sized{'' if view.quant == 'best' else f' at {view.quant}'}."
        )
    chosen = (
        view.model
        if view.model in catalog.models
        else (str(top["model"]) if top is not None else (str(rows["model"][own[0]]) if len(own) else None))
    )
    columns = ["name", "score", *view.columns, "fit", "format", "memory_gb", "decode_tok_per_s", "band_text", "max_context_tokens", "cards_needed", "commercial", "licence", "released", "parameters_b", "active_b", "publisher"]  # fmt: skip
    if money:
        columns.insert(columns.index("format"), "machine")
    if np.isnan(rows["cards_needed"]).all():
        columns.remove("cards_needed")
    return ModelsAnswer(
        sentence, tuple(n for n in notes if n), "" if len(rows["model"]) else "No model is left under these filters.", title, chosen, limit, limit_title, *_best_rented(catalog, view.rank),
        f"Scatter plot of {title} against memory needed. {sentence} The same rows are in the table below.",
        columns, {r: rank_title(catalog, r) for r in view.columns},
    )  # fmt: skip


def _about(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    return f"about {row['decode_text']} tokens/s" if row["decode_text"] else "its speed is not known"


@lru_cache(maxsize=256)
def machines_answer(catalog: Catalog, view: View) -> MachinesAnswer:
    """What the list of machines says, in words."""
    rows = rank_machines(catalog, view)
    if rows.empty and wanted_model(catalog, view) not in catalog.models:
        return MachinesAnswer(
            "The catalog has no model that can be sized.",
            (),
            "See what could not be read at the foot of the page.",
            "",
            [],
        )
    model = catalog.models[wanted_model(catalog, view)]
    form = wanted_format(view)
    told = {name: rows[name].to_numpy() for name in ("fit_code", "runs")}
    inside, beside = rows.iloc[_runs(told, "gpu")], _runs(told, "offload", "cpu")
    asked = f" at {view.speed:g} tokens/s or more" if view.speed else ""
    sentence = f"{model.name} at {form} and {view.ctx:,} tokens of context: {len(inside)} of {len(rows)} machines {f'within ${view.budget:,} ' if view.by == 'budget' else ''}hold all of it in GPU memory{asked}."
    priced = inside[inside["price"].notna()]
    notes = []
    if len(priced):
        cheap = priced.sort_values(["price", "decode_tok_per_s"], ascending=[True, False]).iloc[0]
        sentence += f" The cheapest with a known price is {cheap['machine']}: ${cheap['price']:,.0f} ({cheap['price_basis']}), {_about(cheap)}."
    elif len(inside):
        quick = inside.iloc[0]
        sentence += f" The quickest is {quick['machine']}, {_about(quick)}."
    if model.context_tokens and model.context_tokens < view.ctx:
        notes.append(
            f"{model.name} was made for {model.context_tokens:,} tokens, fewer than asked for: sizes and speeds are for a context it does not have."
        )
    unpriced = int(rows["price"].isna().sum())
    if unpriced:
        notes.append(f"{unpriced} of these machines have no price in the catalog; type one in under More filters.")
    if len(beside):
        notes.append(f"{len(beside)} more run it from RAM or with offload to it.")
    if view.quant == "best":
        notes.append(f"Compared in one format, {form}; choose another under Assumptions.")
    if view.model and view.model != wanted_model(catalog, view):
        notes.append(f"{view.model} cannot be sized (its shapes are not public), so {model.name} is shown.")
    notes.append(
        "Prices are of the devices alone: the computer around a card is not in them. Several cards hold different layers and take turns, so more of them give room, not speed."
    )
    columns = [
        "machine",
        "fit",
        "decode_tok_per_s",
        "band_text",
        "measured_tok_per_s",
        "spare_gb",
        "cards_needed",
        "bandwidth",
        "power",
        "price",
        "price_basis",
    ]
    return MachinesAnswer(
        sentence, tuple(notes), "No machine is left. Take devices out of “Only these devices”, ask for less speed or a shorter context.",
        f"Scatter plot of predicted generation speed against {view.x}. {sentence} The same rows are in the table below.", columns,
    )  # fmt: skip
