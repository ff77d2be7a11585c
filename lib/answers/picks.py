"""What should I run? For a task and a machine: the most capable, the best balance and the quickest model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.commands import commands_for
from lib.answers.commands_shapes import Command
from lib.answers.frontier import frontier
from lib.answers.machine import Rig
from lib.answers.picks_candidates import pool, rig_named
from lib.answers.picks_choice import Chosen, choose
from lib.answers.picks_index import TaskIndex, task_index
from lib.answers.picks_rules import AGENT, WIDER, Counted, counted, near_points, rule_lines
from lib.answers.picks_words import (
    cost_lines,
    index_texts,
    licence_line,
    memory_line,
    row_index_text,
    speed_line,
    why_balance,
    why_capable,
    why_quickest,
)
from lib.answers.placed import band_text
from lib.answers.scores import rank_id
from lib.answers.sized import request_of, weights_of
from lib.catalog import Catalog
from lib.sizing.placement import place
from lib.speed.words import speed_word
from lib.view import View, default, link
from lib.view.view import Tool

ROLES = ("most capable", "best balance", "quickest")
OWN = "your choice"


@dataclass(frozen=True, eq=False)
class Pick:
    """One model to run, with everything said of it. Memory in GB of 10^9 bytes, speeds in tokens a second."""

    role: str
    model: str
    name: str
    format: str
    machine: str
    why: str
    score: float
    score_low: float
    score_high: float
    index_text: str
    pace_tok_per_s: float
    """Of one conversation, of as many as are counted; NaN where unknown."""
    speed_text: str
    memory_gb: float
    memory_text: str
    cost: tuple[str, ...]
    """Against the best model there is; and of its format."""
    licence: str
    links: tuple[tuple[str, str], ...]
    """Label and address of the closer looks."""
    commands: tuple[Command, ...]
    """One a tool, in the order of `lib.view`'s tools."""
    elsewhere: bool = False
    """Whether the machine is one the money buys, not the visitor's."""

    @property
    def runs_with(self) -> str:
        """The tools that run it here, in words."""
        return ", ".join(c.tool for c in self.commands if c.text)

    def command(self, tool: Tool) -> Command:
        """How to run it with a tool. Raises KeyError for a tool there is not."""
        return {c.tool: c for c in self.commands}[tool]


@dataclass(frozen=True, eq=False)
class Picks:
    """The answer. Frames are cached: treat them as read-only."""

    sentence: str
    notes: tuple[str, ...]
    rules: tuple[str, ...]
    picks: tuple[Pick, ...]
    own: Pick | None
    """The model the visitor named, where it runs here."""
    empty: str
    candidates: pd.DataFrame
    """role, model, name, format, machine, fit, score, score_low, score_high, index_text, rests_on, tok_per_s, total_tok_per_s,
    band_text, feels_like, first_s, memory_gb, licence, commercial, on_frontier: everything that suits, by index."""
    many_machines: bool
    """Whether the machines are those an amount of money buys."""
    several: bool
    """Whether more than one conversation at once is counted."""
    rank: str
    """Id of the index the models are picked by."""
    rank_title: str
    chart_text: str

    @property
    def all(self) -> tuple[Pick, ...]:
        """The picks, and the visitor's own model."""
        return (*self.picks, *((self.own,) if self.own else ()))


def picks(catalog: Catalog, view: View) -> Picks:
    """Three models for the view's task on its machine, each with why, what it costs and how to run it; see `rule_lines` for how."""
    # Commands are made for every tool, so which one is looked at changes nothing.
    return _picks(catalog, view.model_copy(update={"tool": default("tool")}))


@lru_cache(maxsize=256)
def _picks(catalog: Catalog, view: View) -> Picks:
    made = counted(view)
    index = task_index(catalog, made.rule.domain)
    rows = pool(catalog, made, index, made.view.speed)
    fast = max(made.rule.balance_tok_per_s * made.view.slots, made.view.speed)
    balanced = pool(catalog, made, index, fast)
    quick = balanced if fast >= AGENT else pool(catalog, made, index, AGENT)
    chosen = choose(rows, balanced, quick, balance_tok_per_s=max(made.rule.balance_tok_per_s, made.view.speed))
    count = int(rows["suits"].sum())
    whys = [_why(i, c, chosen[0].row, count) for i, c in enumerate(chosen)]
    if len(chosen) == len(ROLES):
        whys[2] += _only_at_fewer_bits(chosen[2].row, chosen[1].row, balanced)
    found = tuple(
        _pick(catalog, made, index, c.row, role, why) for c, role, why in zip(chosen, ROLES, whys, strict=False)
    )
    own, own_note = _own(catalog, made, index, rows, view)
    candidates = _candidates(rows, chosen)
    sentence = _sentence(catalog, made, found)
    title = "capability index" + (f", {index.domain}" if index.domain != "general" else "")
    return Picks(
        sentence, _notes(made, rows, found, own_note), rule_lines(made, index), found, own,
        "" if found else _empty(made, rows), candidates, view.by == "budget", made.view.slots > 1, rank_id("capability", index.domain), title, f"Scatter plot of {title} against tokens a second, of {len(candidates)} models. {sentence} The same rows are in the table below.",
    )  # fmt: skip


def _why(place: int, chosen: Chosen, top: pd.Series[Any], count: int) -> str:
    if place == 0:
        return why_capable(chosen.row, count)
    if place == 1:
        return why_balance(chosen.row, top, chosen.limit, chosen.before)
    return why_quickest(chosen.row, top, chosen.limit, chosen.before)


def _only_at_fewer_bits(quickest: pd.Series[Any], balance: pd.Series[Any], balanced: pd.DataFrame) -> str:
    """Why a quickest pick that beats the best balance in both is not that itself: in the balance's own pool it is slower."""
    same = balanced.loc[balanced["model"] == quickest["model"], "pace"]
    beats = quickest["score"] >= balance["score"] and quickest["pace"] >= balance["pace"]
    if not beats or same.empty or not float(same.iloc[0]) < balance["pace"]:
        return ""
    return f" Only at fewer bits, {quickest['format']}, is it quicker than the best balance."


def _pick(catalog: Catalog, made: Counted, index: TaskIndex, row: pd.Series[Any], role: str, why: str) -> Pick:
    model, form = str(row["model"]), str(row["format"])
    rig = rig_named(catalog, made.view, str(row["machine"]))
    return Pick(
        role, model, str(row["name"]), form, str(row["machine"]), why, float(row["score"]), float(row["score_low"]), float(row["score_high"]),
        row_index_text(row), float(row["pace"]), speed_line(row, made), float(row["memory_gb"]),
        memory_line(row, rig), cost_lines(catalog, row, index), licence_line(catalog, model), _links(made, model, form),
        run_it(catalog, made.view, model, form, rig), made.view.by == "budget",
    )  # fmt: skip


def run_it(catalog: Catalog, view: View, model_id: str, form: str, rig: Rig) -> tuple[Command, ...]:
    """How to run a model in a format on a machine with every tool. Raises ValueError for a model or format that cannot be sized."""
    architecture = catalog.models[model_id].architecture
    if architecture is None:
        raise ValueError(f"{model_id} has no published shapes")
    placement = place(architecture, weights_of(architecture, form), rig.pools, request_of(view))
    return commands_for(catalog, view, model_id, form, placement, rig=rig)


def _links(made: Counted, model: str, form: str) -> tuple[tuple[str, str], ...]:
    view = made.view
    return (
        ("Its memory", link(view, "memory", model=model, quant=form)),
        ("All about it", link(view, "model", model=model, quant=form)),
        ("What it costs", link(view, "cost", model=model, quant=form)),
    )


def _own(catalog: Catalog, made: Counted, index: TaskIndex, rows: pd.DataFrame, view: View) -> tuple[Pick | None, str]:
    if view.model is None or view.model not in catalog.models:
        return None, ""
    mine = rows[rows["model"] == view.model]
    name = catalog.models[view.model].name
    if mine.empty:
        base = catalog.models[view.model].tuning == "base"
        lacks = (
            "it is a base model, which continues texts and does not answer"
            if base
            else "its memory page says what it lacks"
        )
        return None, f"{name} is not among those that run here under these wishes: {lacks}."
    row = mine.iloc[0]
    why = (
        "It suits this task here."
        if row["suits"]
        else "It runs here, but is not counted: it has no index or is too slow for the task."
    )
    return _pick(catalog, made, index, row, OWN, why), ""


def _sentence(catalog: Catalog, made: Counted, found: tuple[Pick, ...]) -> str:
    view, task = made.view, made.rule.words
    where = f"with ${view.budget:,}" if view.by == "budget" else f"on your {rig_named(catalog, view, '').name}"
    if not found:
        return f"For {task} {where}: nothing in the catalog suits."

    def told(pick: Pick) -> str:
        on = f" on {pick.machine}" if view.by == "budget" else ""
        return f"{pick.name} at {pick.format}{on} (index {pick.index_text}, {_about(pick, view.slots)})"

    first, *others = found
    said = f"For {task} {where}: {told(first)}."
    more = "; ".join(f"{p.role}: {p.name} at {p.format} ({_about(p, view.slots)})" for p in others)
    return f"{said} {more[:1].upper()}{more[1:]}." if more else said


def _about(pick: Pick, slots: int) -> str:
    """Its speed inside a sentence, of one conversation where several are counted."""
    if not np.isfinite(pick.pace_tok_per_s):
        return "speed not known"
    pace = pick.pace_tok_per_s
    return f"about {pace:,.{0 if pace >= 9.5 else 1}f} tokens/s{' each' if slots > 1 else ''}"


def _notes(made: Counted, rows: pd.DataFrame, found: tuple[Pick, ...], own_note: str) -> tuple[str, ...]:
    unscored = int(rows["score"].isna().sum())
    unknown = int((rows["pace"].isna() & rows["score"].notna()).sum())
    turns = made.view.slots > 1 and (rows["fit_code"] != "gpu").any()
    count = int(rows["suits"].sum())
    return tuple(
        note
        for note in (
            f"{made.rule.words[:1].upper()}{made.rule.words[1:]}: {'; '.join(made.changed)}." if made.changed else "",
            f"{count} models suit. {unscored} more run here but have no index, so they are never picked." if found and unscored else "",
            f"The speed of {unknown} that run here is not known." if unknown else "",
            f"Speeds are of {made.view.slots} conversations; where how they run together was not calibrated (part of the model in RAM, processors) they are counted as taking turns." if turns else "",
            f"There is no {'second' if len(found) == 1 else 'third'} pick: nothing within {WIDER[-1] * near_points():.0f} index points of the best is quicker than {'it' if len(found) == 1 else 'these'}." if 0 < len(found) < len(ROLES) else "",
            "≈: tested too little at this task, so the index of all tasks stands in." if any(p.index_text.startswith("≈") for p in found) else "",
            "Prices are of the devices alone." if made.view.by == "budget" else "",
            own_note,
        )
        if note
    )  # fmt: skip


def _empty(made: Counted, rows: pd.DataFrame) -> str:
    scored = rows[rows["score"].notna()]
    if rows.empty:
        return "No model fits under these wishes."
    if scored.empty:
        return f"{len(rows)} models run here, but none of them has an index to pick by."
    return f"{len(scored)} models with an index run here, but none at {made.view.speed:g} tokens/s or more{' and so soon with the first word' if made.rule.longest_prompt_s else ''}."


def _candidates(rows: pd.DataFrame, chosen: tuple[Chosen, ...]) -> pd.DataFrame:
    """Everything that suits, a row a model; a pick stands in the format it was picked in."""
    roles = {str(c.row["model"]): role for c, role in zip(chosen, ROLES, strict=False)}
    picked = pd.DataFrame([c.row for c in chosen], columns=rows.columns).infer_objects()
    others = rows[rows["suits"].to_numpy(bool) & ~rows["model"].isin(list(roles)).to_numpy()]
    every = pd.concat([picked, others], ignore_index=True) if len(picked) else others
    every = every.sort_values("score", ascending=False, kind="stable", ignore_index=True)
    pace = every["pace"].astype(float)
    shown = every.assign(
        role=[roles.get(m) for m in every["model"]], tok_per_s=pace, feels_like=speed_word(pace.to_numpy()),
        index_text=index_texts(every),
        rests_on=np.where(every["stands_in"].to_numpy(bool), "all tasks", "this task"),
        band_text=[band_text(low, high) for low, high in zip(every["total_low"].astype(float), every["total_high"].astype(float), strict=True)],
        on_frontier=frontier(-pace, every["score"].astype(float)),
    )  # fmt: skip
    columns = ["role", "model", "name", "format", "machine", "fit", "score", "score_low", "score_high", "index_text", "rests_on", "tok_per_s", "total_tok_per_s", "band_text", "feels_like", "first_s", "memory_gb", "licence", "commercial", "on_frontier"]  # fmt: skip
    return shown[columns]
