"""Machines × models: the same models on several machines side by side, how each fits and how fast it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.everywhere import asked_of, everywhere
from lib.answers.machine import Rig, rig_of
from lib.answers.models import rank_models
from lib.answers.scores import lower_is_better, rank_title, ranked_scores
from lib.answers.sized import USUAL_FORMAT
from lib.catalog import Catalog
from lib.view import View

MOST_MODELS = 20
OF_EACH_SIZE = 2
SIZE_STEPS_B = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0)
"""Where one class of sizes ends and the next begins, in 10⁹ parameters."""
INSIDE, BESIDE, PROCESSOR, NOWHERE = "all in GPU memory", "part of it in RAM", "from RAM, on the processor", "does not run, or not known"  # fmt: skip
KINDS = {"gpu": INSIDE, "offload": BESIDE, "cpu": PROCESSOR}
SYMBOLS = {INSIDE: "●", BESIDE: "▲", PROCESSOR: "◆", NOWHERE: "–"}
AFTER = {INSIDE: "", BESIDE: " offload", PROCESSOR: " RAM", NOWHERE: ""}
COLUMNS = ("machine", "model_id", "model", "kind", "text", "short", "tok_per_s", "fit", "speed", "format", "memory_gb", "longest", "on")  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One machine of the grid: the view of it alone, and what it is called."""

    title: str
    view: View
    rig: Rig | None
    """`None` for an amount of money, which buys one machine or another."""


@dataclass(frozen=True, eq=False)
class Grid:
    sentence: str
    notes: tuple[str, ...]
    empty: str
    machines: tuple[str, ...]
    """Titles of the columns, the visitor's own first."""
    models: tuple[str, ...]
    """Names of the rows, best first."""
    cells: pd.DataFrame
    """See `COLUMNS`: one row a model and machine; unknown numbers are NaN."""
    table: pd.DataFrame
    """model, score, and a column a machine with the cell in words: the same cells."""
    each: pd.DataFrame
    """machine, runs, inside, of, all_run, all_inside, all_models, best, memory_gb, bandwidth (GB/s), faster, both,
    faster_text: one row a machine."""
    rank_title: str
    chart_text: str


def columns_of(catalog: Catalog, view: View) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The visitor's machine and those of `view.machines`, each as a view of its own; and those left out as the same machine.

    A device alone is one of it with the view's RAM behind it.
    """
    own = asked_of(view)
    if view.by == "budget":
        found = [Column(f"what ${view.budget:,} buys", own, None)]
    else:
        found = [Column(view.called or _title(catalog, view, rig_of(catalog, view)), own, rig_of(catalog, view))]
    same = []
    for key in view.machines:
        if key not in catalog.machines and key not in catalog.devices:
            continue
        asked = own.model_copy(update={"by": "machine", "hw": key, "n": 1, "called": "", "budget": View().budget})
        rig = rig_of(catalog, asked)
        title = _title(catalog, asked, rig)
        if any(c.rig is not None and _parts(c.rig) == _parts(rig) for c in found):
            same.append(title)
            continue
        taken = {c.title for c in found}
        found.append(Column(title if title not in taken else f"{title} ({key})", asked, rig))
    return tuple(found), tuple(same)


def _title(catalog: Catalog, asked: View, rig: Rig) -> str:
    machine = catalog.machines.get(asked.hw)
    return machine.name if machine else rig.name


def _parts(rig: Rig) -> Rig:
    """The machine without its name: what decides every number."""
    return replace(rig, name="")


def rows_of(catalog: Catalog, view: View, columns: Sequence[Column]) -> tuple[str, ...]:
    """Ids of the models shown, best first: those asked for, else at most `MOST_MODELS`.

    The best all in GPU memory of each machine, the best two of each class of sizes that run on one of them, and then
    the best that run on any. “Best” is the score, without one the size.
    """
    if view.only:
        return _ordered(catalog, view, _asked_for(catalog, view))
    runs: dict[str, set[str]] = {}
    for column in columns:
        frame = rank_models(catalog, _listing(view, column))
        for model, code in zip(frame.loc[frame["runs"], "model"], frame.loc[frame["runs"], "fit_code"], strict=True):
            runs.setdefault(model, set()).add(f"{column.title}/{code}")
    order = _ordered(catalog, view, list(runs))
    wanted: list[str] = []
    for column in columns:
        code = "gpu" if column.rig is None or column.rig.pools.gpus else "cpu"
        wanted += [m for m in order if f"{column.title}/{code}" in runs[m]][:1]
    classes = np.searchsorted(SIZE_STEPS_B, [(catalog.models[m].parameters or 0) / 1e9 for m in order], side="right")
    wanted += [order[i] for c in np.unique(classes) for i in np.flatnonzero(classes == c)[:OF_EACH_SIZE]]
    kept = list(dict.fromkeys([*wanted, *order]))[:MOST_MODELS]
    return _ordered(catalog, view, kept)


def _asked_for(catalog: Catalog, view: View) -> list[str]:
    """The models a link names, of those the licence filter leaves."""
    may = set(rank_models(catalog, view.model_copy(update={"hosted": True, "machines": (), "fit": "any"}))["model"])
    return [m for m in view.only if m in may]


def _ordered(catalog: Catalog, view: View, models: Sequence[str]) -> tuple[str, ...]:
    scores, sign = ranked_scores(catalog, view.rank), 1 if lower_is_better(catalog, view.rank) else -1
    worth = {m: sign * scores[m].value if m in scores else np.inf for m in models}
    return tuple(sorted(dict.fromkeys(models), key=lambda m: (worth[m], -(catalog.models[m].parameters or 0), m)))


def _listing(view: View, column: Column, only: tuple[str, ...] = ()) -> View:
    """The view in which the front page would list this machine's models."""
    return column.view.model_copy(update={"rank": view.rank, "licence": view.licence, "only": only})


@lru_cache(maxsize=128)
def grid(catalog: Catalog, view: View) -> Grid:
    """Everything the page “Machines × models” draws for a view. Cached: treat its frames as read-only."""
    columns, same = columns_of(catalog, view)
    models = rows_of(catalog, view, columns)
    title = rank_title(catalog, view.rank)
    machines = tuple(c.title for c in columns)
    if not models:
        why = "None of these machines runs a model this licence and context leave."
        return Grid(why, (), "Pick more machines, a shorter context or another licence.", machines, (), pd.DataFrame(columns=list(COLUMNS)), pd.DataFrame(), pd.DataFrame(), title, "")  # fmt: skip
    cells = pd.concat([_cells(catalog, view, c, models) for c in columns], ignore_index=True)
    each = _each(catalog, view, columns, cells)
    said = _sentence(each, len(models))
    names = tuple(dict.fromkeys(cells["model"]))
    return Grid(
        said, _notes(view, title, "lowest" if lower_is_better(catalog, view.rank) else "highest", columns, same), "", machines, names, cells,
        _table(catalog, view, models, cells), each, title,
        f"Heat map of {len(names)} models and {len(machines)} machines: colour and sign tell how a model fits, the number its tokens a second. {said} The same cells are in the table below.",
    )  # fmt: skip


def _cells(catalog: Catalog, view: View, column: Column, models: tuple[str, ...]) -> pd.DataFrame:
    # Only models a link names may be ones that cannot run anywhere.
    wanted = _listing(view, column, models).model_copy(update={"hosted": True}) if view.only else _listing(view, column)
    found = rank_models(catalog, wanted).set_index("model")
    found = found.loc[[m for m in models if m in found.index]]
    kinds = [KINDS.get(str(code), NOWHERE) if runs else NOWHERE for code, runs in zip(found["fit_code"], found["runs"], strict=True)]  # fmt: skip
    speed = found["decode_tok_per_s"].to_numpy(float)
    rows = [
        (column.title, key, row.name, kind, *_words(kind, row.fit, tok, row.decode_high), tok if kind != NOWHERE else np.nan, row.fit,
         row.decode_text or "n/a", row.format if isinstance(row.format, str) else "n/a", row.memory_gb, row.max_context_tokens,
         row.machine if column.rig is None and kind != NOWHERE else column.title)
        for key, row, kind, tok in zip(found.index, found.itertuples(), kinds, speed, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


NO = {"does not fit": "no", "only to be rented": "rent only", "size not known": "n/a", "made for a shorter context": "short", "its format does not run here": "no", "no machine for this money": "no"}  # fmt: skip


def _words(kind: str, fit: str, tok_per_s: float, high: float) -> tuple[str, str]:
    """The cell in words, and in as few signs as a phone has room for."""
    if kind == NOWHERE:
        return NO.get(fit, "n/a"), "–" if NO.get(fit) == "no" else "?"
    number = "?" if np.isnan(tok_per_s) else f"{tok_per_s:,.{0 if high >= 20 else 1}f}"
    return f"{number}{AFTER[kind]}", number


def _table(catalog: Catalog, view: View, models: Sequence[str], cells: pd.DataFrame) -> pd.DataFrame:
    scores = ranked_scores(catalog, view.rank)
    signed = cells.assign(cell=[f"{SYMBOLS[k]} {t}" for k, t in zip(cells["kind"], cells["text"], strict=True)])
    wide = signed.pivot(index="model_id", columns="machine", values="cell")
    shown = [m for m in models if m in wide.index]
    wide = wide.loc[shown, list(dict.fromkeys(cells["machine"]))].reset_index(drop=True)
    wide.insert(0, "model", [catalog.models[m].name for m in shown])
    wide.insert(1, "score", [scores[m].value if m in scores else np.nan for m in shown])
    wide.columns.name = None
    return wide


def _each(catalog: Catalog, view: View, columns: Sequence[Column], cells: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for column in columns:
        own = cells[cells["machine"] == column.title]
        every = rank_models(catalog, _listing(view, column))
        held = every[every["runs"] & every["fit_code"].isin(["gpu"] if column.rig is None or column.rig.pools.gpus else ["cpu"])]  # fmt: skip
        scored = held[held["score"].notna()]
        bandwidth = None if column.rig is None else column.rig.facts[0].bandwidth_gb_per_s
        rows.append(
            (column.title, int((own["kind"] != NOWHERE).sum()), int((own["kind"] == INSIDE).sum()), len(own), int(every["runs"].sum()), len(held), len(every),
             scored["name"].iloc[0] if len(scored) else None, np.nan if column.rig is None else column.rig.limit_bytes / 1e9,
             bandwidth or np.nan, *_faster(catalog, columns[0], column))
        )  # fmt: skip
    names = ["machine", "runs", "inside", "of", "all_run", "all_inside", "all_models", "best", "memory_gb", "bandwidth", "faster", "both", "faster_text"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _faster(catalog: Catalog, own: Column, other: Column) -> tuple[float, int, str]:
    """How many times as fast as the visitor's a machine is where both run a model in one format: the median, of how many, and where nine in ten lie."""
    if own is other:
        return np.nan, 0, "–"
    first, second = (_one_format(catalog, c) for c in (own, other))
    both = first.index.intersection(second.index)
    if both.empty:
        return np.nan, 0, "n/a"
    times = (second[both] / first[both]).to_numpy(float)
    middle, low, high = np.median(times), np.percentile(times, 5), np.percentile(times, 95)
    return float(middle), len(both), f"{times_text(middle)} ({times_text(low)}–{times_text(high)})"


def _one_format(catalog: Catalog, column: Column) -> pd.Series[float]:
    """Predicted tokens a second by model, of those that run, in the format asked for or the usual one."""
    form = USUAL_FORMAT if column.view.quant == "best" else column.view.quant
    found = everywhere(catalog, column.view.model_copy(update={"quant": form, "called": ""}))
    runs = found[found["fit_code"].isin(list(KINDS))]
    return runs.set_index("model")["decode_tok_per_s"].dropna() if len(runs) else pd.Series(dtype=float)


def times_text(times: float) -> str:
    """A ratio with the digits a prediction supports."""
    return f"{times:,.0f}" if times >= 20 else f"{times:.1f}" if times >= 0.095 else f"{times:.2f}"


MOST_NAMED = 3


def _sentence(each: pd.DataFrame, count: int) -> str:
    own, others = each.iloc[0], each.iloc[1:]
    named = "; ".join(f"{row.machine}: {row.runs}" for row in others.head(MOST_NAMED).itertuples())
    more = f" (and {len(others) - MOST_NAMED} more below)" if len(others) > MOST_NAMED else ""
    mine = "your " if not str(own["machine"]).startswith("what $") else ""
    said = f"Of {count} model{'s' if count != 1 else ''} {mine}{own['machine']} runs {own['runs']}"
    said += f"; {named}{more}." if len(others) else "."
    told = others[others["faster"].notna()]
    if len(told):
        row = told.iloc[0]
        quick, slow, times = row["machine"], own["machine"], row["faster"]
        if times < 1:
            quick, slow, times = slow, quick, 1 / times
        said += f" Where both run, {quick} is about {times_text(times)} times as fast as {slow}."
    return said


def _notes(view: View, title: str, worth: str, columns: Sequence[Column], same: Sequence[str]) -> tuple[str, ...]:
    form = USUAL_FORMAT if view.quant == "best" else view.quant
    rule = (
        "The models are those asked for."
        if view.only
        else f"Shown are the best that each machine holds, the best {OF_EACH_SIZE} of each class of sizes (up to {', '.join(f'{s:g}' for s in SIZE_STEPS_B)} × 10⁹ parameters, and above) that run on one of the machines, then the next best, {MOST_MODELS} in all. Best is the {worth} score on {title}."
    )
    how = "Each machine runs a model in the most exact format it holds, so formats differ between columns; " if view.quant == "best" else ""  # fmt: skip
    notes = [rule, f"{how[:1].upper()}{how[1:]}how many times as fast is told of one format, {form}, at {view.ctx:,} tokens, as the median over every model both run."]  # fmt: skip
    alone = [c for c in columns[1:] if c.rig is not None and c.view.hw == c.rig.device.id]
    if any(not c.rig.device.unified and c.rig.device.kind != "cpu" for c in alone if c.rig is not None):
        notes.append(f"A card named alone is one of it with {view.ram} GiB of RAM behind it.")
    if same:
        notes.append(f"Left out as the same parts as another column: {', '.join(same)}.")
    return tuple(notes)
