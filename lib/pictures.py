"""Where an answer meets a chart: the picture of any view, one function for the page, the file, the preview and the frame.

Each picture is a pure function of (catalog, view, theme), named as a link names it; a page's first one is its main one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from lib import answers
from lib.answers.benchmarks import BenchmarksPage, benchmarks_page
from lib.answers.buy import DRAWN as BUY_MARKS
from lib.answers.buy import BuyPage, buy_page
from lib.answers.compare import Comparison
from lib.answers.cost import CostPage, cost_page
from lib.answers.everywhere import Columns
from lib.answers.framed import framed
from lib.answers.grid import COLUMNS as CELL_MARKS
from lib.answers.grid import Grid, grid
from lib.answers.ladder import Ladder
from lib.answers.memory import Explanation
from lib.answers.memory_page import MemoryPage
from lib.answers.model_page import ModelPage, model_page
from lib.answers.picks import Picks, picks
from lib.answers.sentences import MachinesAnswer, ModelsAnswer
from lib.answers.speed_page import SpeedPage, speed_page
from lib.answers.timeline import Timeline, timeline
from lib.catalog import Catalog
from lib.charts import (
    LOOKS,
    Theme,
    context_bars,
    label_apart,
    label_sides,
    ladder_steps,
    layer_bars,
    machine_scatter,
    memory_bar,
    pareto,
    score_dots,
)
from lib.charts.benchmarks import KINDS, benchmark_dots, benchmark_scatter, scatter_labels
from lib.charts.buy import price_steps
from lib.charts.cost import cost_lines
from lib.charts.grid import machine_grid
from lib.charts.run import capability_speed
from lib.charts.speed import KIND_LOOKS, bandwidth_reached, predicted_measured, speed_by_depth
from lib.charts.thin import MOST_MARKS, shares, standing_for_all
from lib.charts.timeline import behind_lines, best_lines
from lib.view import View

SAID_ABOVE = "What it shows is said at the top of the page, and the same rows are in the table below."


@dataclass(frozen=True, eq=False)
class Picture:
    """A Vega-Lite specification without its data, the rows it draws, and the picture in words."""

    spec: dict[str, Any]
    rows: pd.DataFrame | Columns
    alt: str
    listed: bool = False
    """Its height counts rows: made lower, its labels would lie on each other."""
    thinned: str = ""
    """What is not drawn because too much would lie on itself, in a sentence; empty where all is drawn."""
    name: str = ""
    """What it draws whatever the data, for a page that says in words what `alt` says: a browser makes a chart whose text
    alternative has changed anew, which takes longer than all else there is to draw. Empty where `alt` seldom changes."""

    @cached_property
    def data(self) -> pd.DataFrame:
        """The rows as a frame, made when it is asked for: a page sends plain arrays."""
        return self.rows if isinstance(self.rows, pd.DataFrame) else framed(self.rows)


MACHINE_MARKS = ["machine", "x", "decode_tok_per_s", "decode_low", "decode_high", "decode_text", "spare_gb", "fit", "on_frontier", "label", "side", "chosen", "mine", "measured_tok_per_s"]  # fmt: skip
CONTEXT_MARKS = ["at", "cache", "part", "gb", "order", "end_gb", "text", "fit", "limit_gb"]
LADDER_MARKS = ["format", "bits", "memory_gb", "rise_low", "rise_high", "middle", "rise_text", "measured_on", "decode_text", "fit", "label", "main", "limit_gb", "four_low_gb", "four_high_gb"]  # fmt: skip
DOT_MARKS = ["name", "value", "low", "high", "kind", "text", "interval", "conditions", "measured_by", "offset", "label", "inward", "chance", "human"]  # fmt: skip
PAIR_MARKS = ["name", "kind", "x", "y", "x_text", "y_text", "conditions", "label", "side", "chosen", "chance_x", "chance_y"]  # fmt: skip
SPEED_MARKS = ["model", "format", "device", "runtime", "depth", "measured", "predicted_text", "error", "measured_on", "source", "kind", "essay", "label"]  # fmt: skip
RUN_MARKS = ["name", "format", "role_text", "score", "low", "high", "tok_per_s", "speed_text", "fit", "on_frontier", "chosen", "label", "side"]  # fmt: skip
"""The columns a chart needs: what is sent to the browser."""


def _present(rows: pd.DataFrame | Columns, column: str, known: Sequence[str] | Mapping[str, Any]) -> tuple[str, ...]:
    """What a legend must name, in its order."""
    present = set(rows[column])
    return tuple(word for word in known if word in present)


def _in_order(rows: pd.DataFrame, column: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rows[column]))


def thinner(
    rows: pd.DataFrame, x: str, y: str, kind: str, always: pd.Series[bool], noun: str, *, log_x: bool = True, log_y: bool = False
) -> tuple[pd.DataFrame, str]:  # fmt: skip
    """The rows a crowded chart draws, and the sentence that says so; all of them and nothing where there are few.

    `always` are those never left out: the frontier and what has a name beside it.
    """
    across, up = rows[x].to_numpy(float), rows[y].to_numpy(float)
    kept = standing_for_all(
        across if log_x else np.exp(shares(across)),
        np.log(up) if log_y and (up > 0).all() else up,
        rows[kind].tolist(),
        always.to_numpy(bool),
    )
    return (rows, "") if kept.all() else (rows[kept], thinned_text(int(kept.sum()), len(rows), noun))


def thinned_text(drawn: int, known: int, noun: str) -> str:
    """What a crowded chart leaves out, in words."""
    return f"{drawn:,} points stand for {known:,} {noun}: of those that would lie on each other the first of the list is drawn. Nothing of the frontier is left out."


def frontier(rows: Columns, said: ModelsAnswer, theme: Theme) -> Picture:
    """Score against memory needed, of the rows of `ranked_columns` both are known of."""
    at = np.flatnonzero(drawable(rows))
    known = {c: rows[c][at] for c in answers.DRAWN}
    always = known["on_frontier"].astype(bool) | (known["model"] == said.chosen)
    kept = standing_for_all(
        known["memory_gb"].astype(float), known["score"].astype(float), known["fit"].tolist(), always
    )
    drawn = {c: values[kept] for c, values in known.items()}
    count = len(drawn["name"])
    thinned = thinned_text(count, len(at), "models") if count < len(at) else ""
    side = label_sides(*(drawn[c].astype(kind) for c, kind in (("memory_gb", float), ("score", float), ("on_frontier", bool))))  # fmt: skip
    banded = bool((~np.isnan(drawn["score_low"])).any())
    return Picture(
        pareto(said.rank_title, _present(drawn, "fit", LOOKS), theme, interval=banded, limit_title=said.limit_title, rented_title=said.rented_title),
        {
            **drawn, "label": np.where(side == "", "", drawn["name"]), "side": side,
            "limit_gb": np.full(count, said.limit_gb), "rented": np.full(count, said.rented), "chosen": drawn["model"] == said.chosen,
        },
        f"{said.chart_text} {thinned}".rstrip(), thinned=thinned, name=f"Scatter plot of {said.rank_title} against memory needed. {SAID_ABOVE}",
    )  # fmt: skip


def drawable(rows: Columns) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows of `ranked_columns` have both a size and a score."""
    known: np.ndarray[Any, np.dtype[np.bool_]] = ~np.isnan(rows["memory_gb"].astype(float)) & ~np.isnan(rows["score"])
    return known


def machines(rows: pd.DataFrame, view: View, said: MachinesAnswer, theme: Theme) -> Picture | None:
    """Speed against price, power or bandwidth, of the rows of `rank_machines` both are known of; None where there are none."""
    drawn = rows[rows["x"].notna() & rows["decode_tok_per_s"].notna()]
    if drawn.empty:
        return None
    drawn, thinned = thinner(drawn, "x", "decode_tok_per_s", "fit", drawn["on_frontier"] | drawn["mine"], "machines", log_y=True)  # fmt: skip
    side = label_apart(drawn["x"], drawn["decode_tok_per_s"], drawn["on_frontier"] | drawn["mine"], log_y=True)
    return Picture(
        machine_scatter(view.x, _present(drawn, "fit", LOOKS), theme, least=view.speed),
        drawn.assign(label=drawn["machine"], side=side, chosen=drawn["mine"])[MACHINE_MARKS],
        f"{said.chart_text} {thinned}".rstrip(), thinned=thinned, name=f"Scatter plot of predicted generation speed against {view.x}. {SAID_ABOVE}",
    )  # fmt: skip


def pools(explained: Explanation, theme: Theme) -> Picture | None:
    """The parts of memory in each pool of the machine."""
    marks = explained.marks
    if not marks or not len(marks["pool"]):
        return None
    name = f"Stacked bar of the memory {explained.title} takes in each place. How much is said in words beside it."
    return Picture(memory_bar(theme, len(set(marks["pool"]))), marks, explained.chart_text, name=name)


def contexts(page: MemoryPage, theme: Theme) -> Picture | None:
    """Memory by context and type of KV cache."""
    drawn = page.bars[page.bars["drawn"]] if len(page.bars) else page.bars
    if drawn.empty:
        return None
    spec = context_bars(_in_order(drawn, "at"), _in_order(drawn, "cache"), theme, limit_title=page.limit_title)
    name = f"Stacked bars of memory by context and type of KV cache. {SAID_ABOVE}"
    return Picture(spec, drawn[CONTEXT_MARKS], page.chart_text, listed=True, name=name)


def ladder(steps: Ladder, theme: Theme) -> Picture | None:
    """What each format costs in quality against its size; None where nothing was measured."""
    if steps.drawn.empty:
        return None
    spec = ladder_steps(_present(steps.drawn, "fit", LOOKS), theme, limit_title=steps.limit_title)
    return Picture(spec, steps.drawn[LADDER_MARKS], steps.chart_text)


def layers(page: MemoryPage, theme: Theme) -> Picture | None:
    """What each layer takes and where it lies."""
    if page.layers.empty:
        return None
    pool = _present(page.layers, "pool", tuple(page.pools["pool"]))  # graphics cards first, as where the parts lie
    return Picture(layer_bars(pool, _in_order(page.layers, "part"), theme), page.layers, page.layers_text)


def dots_of(rows: pd.DataFrame, names: tuple[str, ...], text: str, theme: Theme) -> Picture | None:
    """Dots with intervals of any rows that have the columns of `compare.drawn_rows`."""
    if rows.empty:
        return None
    return Picture(score_dots(names, _in_order(rows, "benchmark"), theme), rows, text, listed=True)


def compared(page: Comparison, theme: Theme) -> Picture | None:
    """The scores two or more of the models share."""
    return dots_of(page.shared, page.names, page.chart_text, theme)


def scored(page: ModelPage, theme: Theme) -> Picture | None:
    """One model's scores between the worst and the best model known."""
    return dots_of(page.drawn, _in_order(page.drawn, "model"), page.drawn_text, theme) if len(page.drawn) else None


def best(page: Timeline, theme: Theme) -> Picture | None:
    """The best score so far by release date, a line a size of memory."""
    if page.best.empty:
        return None
    return Picture(best_lines(page.rank_title, theme, until=page.until, lower=page.lower), page.best, page.best_text)


def behind(page: Timeline, theme: Theme) -> Picture | None:
    """How far each size of memory was behind the best hosted model, by date."""
    if page.behind.empty:
        return None
    return Picture(behind_lines(theme, until=page.until), page.behind, page.behind_text)


def benchmark(page: BenchmarksPage, theme: Theme) -> Picture | None:
    """One benchmark, a dot a model."""
    if page.dots.empty:
        return None
    drawn = page.dots.head(MOST_MARKS).assign(chance=page.chance, human=page.human).astype({"chance": float, "human": float})  # fmt: skip
    thinned, height = "", page.height
    if len(drawn) < len(page.dots):
        thinned = f"The best {len(drawn):,} of {len(page.dots):,} models are drawn."
        height = int(drawn["offset"].iloc[-1] + drawn["offset"].iloc[0])
    spec = benchmark_dots(
        page.title, _present(drawn, "kind", KINDS), height, theme, lower=page.lower, interval=bool(drawn["low"].notna().any()),
        chance_title=page.chance_title, human_title=page.human_title,
    )  # fmt: skip
    return Picture(spec, drawn[DOT_MARKS], f"{page.chart_text} {thinned}".rstrip(), listed=True, thinned=thinned)


def scatter(page: BenchmarksPage, theme: Theme) -> Picture | None:
    """Two benchmarks against each other."""
    pairs = page.scatter
    if pairs.empty:
        return None
    pairs, thinned = thinner(pairs, "x", "y", "kind", pairs["notable"], "models", log_x=False)
    drawn = pairs.assign(side=scatter_labels(pairs["x"], pairs["y"], pairs["notable"]), label=pairs["name"], chosen=False)  # fmt: skip
    spec = benchmark_scatter(
        page.title, page.against_title, _present(pairs, "kind", KINDS), theme, x_lower=page.lower, y_lower=page.against_lower,
        chance=bool(pairs[["chance_x", "chance_y"]].notna().any(axis=None)),
    )  # fmt: skip
    return Picture(spec, drawn[PAIR_MARKS], f"{page.scatter_text} {thinned}".rstrip(), thinned=thinned)


def measured(page: SpeedPage, theme: Theme) -> Picture | None:
    """Predicted against measured speeds."""
    if page.rows.empty:
        return None
    spec = predicted_measured(_present(page.rows, "kind", KIND_LOOKS), theme, page.speed_ends)
    return Picture(spec, page.rows[[*SPEED_MARKS, "predicted"]], page.chart_text)


def bandwidth(page: SpeedPage, theme: Theme) -> Picture | None:
    """Bytes read a second against the memory's bandwidth."""
    drawn = page.rows[page.rows["reached_gb_per_s"].notna() & page.rows["bandwidth_gb_per_s"].notna()]
    if drawn.empty:
        return None
    spec = bandwidth_reached(_present(drawn, "kind", KIND_LOOKS), theme, page.bandwidth_ends, page.reached_ends)
    return Picture(spec, drawn[[*SPEED_MARKS, "bandwidth_gb_per_s", "reached_gb_per_s"]], page.bandwidth_text)


def by_depth(page: SpeedPage, theme: Theme) -> Picture | None:
    """How the speed falls as the context fills."""
    return None if page.depth.empty else Picture(speed_by_depth(theme), page.depth, page.depth_text)


def costs(page: CostPage, theme: Theme) -> Picture | None:
    """What a month costs against tokens a day."""
    return None if page.lines.empty else Picture(cost_lines(theme, page.token_ends, page.usd_ends), page.lines, page.chart_text)  # fmt: skip


def heat_map(page: Grid, theme: Theme) -> Picture | None:
    """One cell a machine and model."""
    if page.cells.empty:
        return None
    cells = page.cells[[c for c in CELL_MARKS if c != "model_id"]]
    return Picture(machine_grid(page.machines, page.models, theme), cells, page.chart_text, listed=True)


def prices(page: BuyPage, theme: Theme) -> Picture | None:
    """What is the worth of each machine against its price."""
    rows = page.drawn
    if rows.empty:
        return None
    rows, thinned = thinner(rows, "usd", "worth", "kind", rows["on_frontier"] | rows["chosen"], "machines", log_y=page.log_worth)  # fmt: skip
    side = label_apart(rows["usd"], rows["worth"], rows["on_frontier"], log_y=page.log_worth)
    spec = price_steps(page.worth_title, page.kinds, theme, log_worth=page.log_worth, own=bool(rows["own"].notna().any()))  # fmt: skip
    return Picture(
        spec, rows.assign(side=side)[[*BUY_MARKS, "side"]], f"{page.chart_text} {thinned}".rstrip(), thinned=thinned,
        name=f"Scatter plot of {page.worth_title} against price. What it shows is said at the top of the page; machines that nothing cheaper beats are in the tables below.",
    )  # fmt: skip


def candidates(page: Picks, theme: Theme) -> Picture | None:
    """Capability against speed of everything that suits a task, of those whose speed is known; the picks by name."""
    rows = page.candidates
    drawn = rows[rows["tok_per_s"].notna()] if len(rows) else rows
    if drawn.empty:
        return None
    chosen = drawn["role"].notna() | (drawn["model"] == page.own.model if page.own else False)
    drawn, thinned = thinner(drawn, "tok_per_s", "score", "fit", chosen | drawn["on_frontier"].astype(bool), "models")
    chosen = chosen[drawn.index]
    # This frontier falls: labels have room to the upper right, where those of the others have it to the upper left.
    side = label_apart(1 / drawn["tok_per_s"], drawn["score"], chosen).map({"left": "right", "right": "left", "": ""})
    # Two picks of one speed: the second carries its name on the other side.
    side = side.where(~chosen | (side != ""), "left")
    shown = drawn.assign(
        label=drawn["name"], side=side, chosen=chosen, role_text=drawn["role"].fillna("–"), speed_text=drawn["band_text"].fillna("not known"),
        low=drawn["score_low"].where(chosen), high=drawn["score_high"].where(chosen),
    )  # fmt: skip
    spec = capability_speed(page.rank_title, _present(shown, "fit", LOOKS), theme, each=page.several)
    name = f"Scatter plot of {page.rank_title} against tokens a second. {SAID_ABOVE}"
    return Picture(spec, shown[RUN_MARKS], f"{page.chart_text} {thinned}".rstrip(), thinned=thinned, name=name)


Drawer = Callable[[Catalog, View, Theme], Picture | None]


def _models(catalog: Catalog, view: View, theme: Theme) -> Picture | None:
    rows = answers.ranked_columns(catalog, view)
    return frontier(rows, answers.models_answer(catalog, view), theme) if drawable(rows).any() else None


def _chosen(catalog: Catalog, view: View, theme: Theme) -> Picture | None:
    chosen = answers.models_answer(catalog, view).chosen
    return pools(answers.explain_memory(catalog, view, chosen), theme) if chosen else None


PICTURES: Mapping[str, Mapping[str, Drawer]] = {
    "models": {"frontier": _models, "memory": _chosen},
    "machines": {"machines": lambda c, v, t: machines(answers.rank_machines(c, v), v, answers.machines_answer(c, v), t)},
    "memory": {
        "contexts": lambda c, v, t: contexts(answers.memory_page(c, v), t),
        "ladder": lambda c, v, t: ladder(answers.ladder(c, v), t),
        "pools": lambda c, v, t: pools(answers.memory_page(c, v).explained, t),
        "layers": lambda c, v, t: layers(answers.memory_page(c, v), t),
    },
    "compare": {"dots": lambda c, v, t: compared(answers.compare_models(c, v), t)},
    "model": {
        "dots": lambda c, v, t: scored(model_page(c, v), t),
        "memory": lambda c, v, t: pools(model_page(c, v).explained, t),
    },
    "timeline": {
        "best": lambda c, v, t: best(timeline(c, v), t),
        "behind": lambda c, v, t: behind(timeline(c, v), t),
    },
    "benchmarks": {
        "dots": lambda c, v, t: benchmark(benchmarks_page(c, v), t),
        "scatter": lambda c, v, t: scatter(benchmarks_page(c, v), t),
    },
    "speed": {
        "measured": lambda c, v, t: measured(speed_page(c, v), t),
        "bandwidth": lambda c, v, t: bandwidth(speed_page(c, v), t),
        "by-depth": lambda c, v, t: by_depth(speed_page(c, v), t),
    },
    "grid": {"grid": lambda c, v, t: heat_map(grid(c, v), t)},
    "run": {"run": lambda c, v, t: candidates(picks(c, v), t)},
    "buy": {"buy": lambda c, v, t: prices(buy_page(c, v), t)},
    "cost": {"costs": lambda c, v, t: costs(cost_page(c, v), t)},
}  # fmt: skip
"""The pictures of each page by their name in links, the main one first. Pages that are not named draw nothing."""


def picture_of(
    catalog: Catalog, page: str, view: View, theme: Theme = "light", name: str | None = None
) -> Picture | None:
    """A picture of a page under a view, the main one where no `name` is given; None where there is nothing to draw.

    Raises KeyError for a name the page does not have.
    """
    found = PICTURES.get(page, {})
    if name is not None:
        return found[name](catalog, view, theme)
    return next(iter(found.values()))(catalog, view, theme) if found else None
