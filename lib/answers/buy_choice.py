"""The best model for each machine, and the best machine for each amount of money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from lib.answers.buy_candidates import Offers, RigKey, offers
from lib.answers.buy_speeds import ASKED as REQUEST
from lib.answers.buy_speeds import Runs, runs
from lib.answers.frontier import frontier
from lib.answers.licences import allowed
from lib.answers.machines import wanted_format
from lib.answers.placed import band_text, placed, speed_text
from lib.answers.scores import Ranked, ranked_scores
from lib.answers.sized import sized_rows
from lib.catalog import Catalog
from lib.sizing.table import FITS
from lib.speed.words import STEPS, speed_word
from lib.view import View

INDEX = "capability.general"
READING_TOK_PER_S = STEPS[1][0]
"""Least speed that counts where none was asked for: as fast as people read."""
RENTED = "gpt-4-turbo-2024-04-09"
"""The best one could rent when the essay was written: where speed is bought and no capability asked for, a model
counts that is surely as capable."""
AS_QUICK = 1.02
"""Speeds less than so many times apart are one speed: models of the same shapes differ by less, and by nothing one notices."""
Numbers = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.intp]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Aim = Literal["capability", "speed"]
COLUMNS = ("machine", "kind", "usd", "basis", "model", "name", "score", "score_low", "score_high", "tok_per_s", "fit", "runs", "owned", "on_frontier", "within", "at")  # fmt: skip
Row: TypeAlias = "pd.Series[Any]"


@dataclass(frozen=True)
class Wish:
    """What a model must be for a machine to count."""

    able: float | None
    speed: float
    model: str | None
    surely: bool = False
    """Whether the low end of a model's 90 % interval has to reach `able`, not only its place."""
    assumed_able: bool = False
    assumed_speed: bool = False


def wish_of(catalog: Catalog, view: View, aim: Aim, models: tuple[str, ...], surely: bool = False) -> Wish:
    """What the view asks for, and what is taken where it asks for nothing: reading speed, or what one could once rent."""
    model = view.model if view.model in models else None
    able = view.able
    if aim == "speed" and able is None and model is None:
        rented = ranked_scores(catalog, INDEX).get(RENTED)
        if rented is not None:
            return Wish(rented.value, view.speed, None, surely=True, assumed_able=True)
    if aim == "capability" and model is None and not view.speed:
        return Wish(able, READING_TOK_PER_S, model, surely, assumed_speed=True)
    return Wish(able, view.speed, model, surely)


@dataclass(frozen=True, eq=False)
class Choice:
    """One row a machine: the best model it runs as wished, and whether nothing cheaper is as good."""

    aim: Aim
    wish: Wish
    form: str
    rows: pd.DataFrame
    """`COLUMNS`; model and speed are empty where it runs none as wished. Read-only."""
    offers: Offers

    @property
    def worth(self) -> str:
        """The column that counts."""
        return "score" if self.aim == "capability" and self.wish.model is None else "tok_per_s"


ASKED = ("by", "hw", "n", "ram", "cpu", "reserve", "most", "paid", "keep", "called", "ctx", "quant", "kv", "slots", "fa", "depth", "budget", "able", "model", "speed", "licence")  # fmt: skip


def choose(catalog: Catalog, view: View, aim: Aim, *, surely: bool = False) -> Choice:
    """The machines of a view with the best model each runs: the most capable quick enough, or the quickest capable enough.

    With `surely` the low end of a model's interval has to reach the view's least capability.
    """
    return _choose(catalog, View(**{name: getattr(view, name) for name in ASKED}), aim, surely)


@lru_cache(maxsize=128)
def _choose(catalog: Catalog, asked: View, aim: Aim, surely: bool) -> Choice:
    given = offers(catalog, asked)
    scores = ranked_scores(catalog, INDEX)
    models = sized_rows(catalog, (wanted_format(asked),)).models
    wish = wish_of(catalog, asked, aim, models, surely)
    table = runs(catalog, asked, given.found, _counted(catalog, asked, wish, scores, models))
    index = _numbers(scores[m].value if m in scores else None for m in table.models)
    sure = _numbers(scores[m].low if m in scores else None for m in table.models)
    wanted = _wanted(catalog, asked, wish, table, sure if wish.surely else index)
    by_speed = aim == "speed" or wish.model is not None
    at = _best(table, wish.speed, wanted, index, np.where(np.isnan(sure), index, sure), by_speed)
    some = at >= 0
    rows = np.arange(len(at))
    chosen = [table.models[i] if s else None for i, s in zip(at, some, strict=True)]
    seen = [scores.get(m) if m else None for m in chosen]
    frame = pd.DataFrame(
        {
            "machine": [c.rig.name for c in given.found], "kind": [c.kind for c in given.found],
            "usd": np.array([c.usd for c in given.found], float), "basis": [c.basis for c in given.found],
            "model": np.array(chosen, object), "name": np.array([catalog.models[m].name if m else None for m in chosen], object),
            "score": _numbers(s.value if s else None for s in seen), "score_low": _numbers(s.low if s else None for s in seen),
            "score_high": _numbers(s.high if s else None for s in seen),
            "tok_per_s": np.where(some, table.tok_per_s[rows, at], np.nan) if table.models else np.full(len(at), np.nan),
            "fit": np.array([FITS[table.fit[r, i]] if s else "none" for r, i, s in zip(rows, at, some, strict=True)], object),
            "runs": some, "owned": np.array([c.owned for c in given.found], bool),
        }
    )  # fmt: skip
    value = frame["tok_per_s" if by_speed else "score"]
    frame["on_frontier"] = frontier(frame["usd"].where(frame["runs"]), value)
    frame["within"] = frame["runs"] & (frame["usd"] <= asked.budget)
    frame["at"] = rows
    return Choice(aim, wish, table.form, frame[list(COLUMNS)], given)


def _counted(
    catalog: Catalog, asked: View, wish: Wish, scores: Mapping[str, Ranked], models: tuple[str, ...]
) -> tuple[str, ...]:
    """The models that may count whatever else is wished: the one asked for, or those of the index made for the context."""
    if wish.model is not None:
        return (wish.model,)
    longest = ((m, catalog.models[m].context_tokens) for m in models if m in scores)
    return tuple(m for m, tokens in longest if tokens is None or tokens >= asked.ctx)


def _best(table: Runs, speed: float, wanted: Bools, index: Numbers, sure: Numbers, by_speed: bool) -> Ints:
    """Which of the wanted models each machine runs best, at `speed` or more; -1 where it runs none so.

    The quickest; or of those the index cannot tell from the most capable the quickest, and of equally quick ones the
    most capable. Of equals the first.
    """
    columns = np.flatnonzero(wanted)
    if not by_speed:
        columns = columns[np.argsort(-index[columns], kind="stable")]
    if not len(columns):
        return np.full(len(table.tok_per_s), -1)
    pace = table.tok_per_s[:, columns]
    ok = pace >= speed
    if by_speed:
        at = np.where(ok, pace, -np.inf).argmax(axis=1)
    else:
        # From the most capable model downwards: those after `end` are surely less capable than the first that runs.
        end = np.searchsorted(-index[columns], -sure[columns[ok.argmax(axis=1)]], side="right")
        most = int(end[ok.any(axis=1)].max(initial=1))
        tied = ok[:, :most] & (np.arange(most) < end[:, None])
        pace = np.where(tied, pace[:, :most], -np.inf)
        at = (tied & (pace >= pace.max(axis=1, keepdims=True) / AS_QUICK)).argmax(axis=1)
    return np.where(ok.any(axis=1), columns[at], -1)


def _wanted(catalog: Catalog, asked: View, wish: Wish, table: Runs, index: Numbers) -> Bools:
    """Which models count at all: open, allowed, made for the context, capable enough; or the one asked for."""
    found = []
    for key, value in zip(table.models, index, strict=True):
        model = catalog.models[key]
        licence = catalog.licences.get(model.licence)
        found.append(
            model.open_weights
            and (wish.model is None or key == wish.model)
            and (model.context_tokens is None or model.context_tokens >= asked.ctx)
            and (asked.licence == "any" or (licence is not None and allowed(licence, asked.licence)))
            and (wish.model is not None or not np.isnan(value))
            and (wish.able is None or value >= wish.able)
        )
    return np.array(found, bool)


def _numbers(values: Any) -> Numbers:
    return np.array([np.nan if v is None else v for v in values], float)


def best_for(choice: Choice, usd: float, kinds: tuple[str, ...] = ()) -> Row | None:
    """The best machine that costs at most `usd`, the cheapest of equally good ones; `None` where none runs anything.

    Where capability counts, machines whose models the index cannot tell from the best are equally good, and the
    quickest of them is best.
    """
    rows = choice.rows
    good = rows["runs"] & (rows["usd"] <= usd)
    if kinds:
        good &= rows["kind"].isin(kinds)
    found = rows[good]
    if found.empty:
        return None
    worth = found[choice.worth]
    if choice.worth == "score":
        low = found["score_low"].iloc[int(worth.to_numpy().argmax())]
        found = found[worth >= (worth.max() if np.isnan(low) else low)]
        worth = found["tok_per_s"]
    order = np.lexsort((found["machine"].to_numpy(str), found["usd"].to_numpy(float), -worth.to_numpy(float)))
    return found.iloc[order[0]]


def cheapest(choice: Choice) -> Row | None:
    """The cheapest machine that runs anything as wished, the better of equally cheap ones."""
    found = choice.rows[choice.rows["runs"]]
    if found.empty:
        return None
    order = np.lexsort((found["machine"].to_numpy(str), -found[choice.worth].to_numpy(float), found["usd"].to_numpy(float)))  # fmt: skip
    return found.iloc[order[0]]


def next_step(choice: Choice, row: Row | None, usd: float) -> Row | None:
    """The cheapest machine above `usd` that is better than `row`: surely more capable, where capability counts."""
    rows = choice.rows
    worth = -np.inf if row is None else float(row[choice.worth])
    if row is not None and choice.worth == "score" and np.isfinite(row["score_high"]):
        worth = float(row["score_high"])
    found = rows[rows["runs"] & (rows["usd"] > usd) & (rows[choice.worth] > worth)]
    if found.empty:
        return None
    order = np.lexsort((-found[choice.worth].to_numpy(float), found["usd"].to_numpy(float)))
    return found.iloc[order[0]]


def with_bands(catalog: Catalog, view: View, choice: Choice, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the 80 % band of each speed, as text and numbers: `low`, `high`, `band_text`, `speed_text`, `feels`."""
    low, high = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for i, (model, at) in enumerate(zip(rows["model"], rows["at"], strict=True)):
        if isinstance(model, str):
            low[i], high[i] = _band(catalog, view, choice, model, int(at))
    speed = rows["tok_per_s"].to_numpy(float)
    return rows.assign(
        low=low, high=high, band_text=[band_text(a, b) for a, b in zip(low, high, strict=True)],
        speed_text=[speed_text(s, a, b) for s, a, b in zip(speed, low, high, strict=True)], feels=speed_word(speed),
    )  # fmt: skip


@lru_cache(maxsize=16)
def _bands(catalog: Catalog, asked: View) -> dict[tuple[RigKey, str], tuple[float, float]]:
    return {}


def _band(catalog: Catalog, view: View, choice: Choice, model: str, at: int) -> tuple[float, float]:
    asked = View(**{name: getattr(view, name) for name in REQUEST})
    found, one = _bands(catalog, asked), choice.offers.found[at]
    if (one.key, model) not in found:
        on = placed(sized_rows(catalog, (choice.form,), (model,)), one.rig, asked)
        found[one.key, model] = float(on.speed.low[0]), float(on.speed.high[0])
    return found[one.key, model]
