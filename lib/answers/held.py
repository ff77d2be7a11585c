"""Which format a model is run in on a machine, and on which of several machines, laying out no more than that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from lib.answers.machine import Rig
from lib.answers.placed import runs_on, timed
from lib.answers.sized import Rows, request_of
from lib.sizing import table as sizing
from lib.sizing.demand import Demand
from lib.sizing.formats import format_of
from lib.sizing.packing import may_fit
from lib.sizing.pools import Rooms
from lib.view import View

Ints = np.ndarray[Any, np.dtype[np.intp]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]
RUNNING = ("gpu", "offload", "cpu")
NONE, GPU = sizing.FITS.index("none"), sizing.FITS.index("gpu")
GROUPS = {"gpu": 0, "cpu": 1, "offload": 1, "none": 2, "elsewhere": 3}
ABSENT = len(GROUPS)


@dataclass(frozen=True, eq=False)
class Held:
    """Models on one machine, a row each in the format that suits it there; arrays `[models]`."""

    rig: Rig
    models: Ints
    """Index of each among all models, in their order."""
    rows: Ints
    """Index of each among all rows."""
    codes: np.ndarray[Any, Any]
    """How each fits, in a word: a fit of `lib.sizing`, or `elsewhere` where no runtime of its format runs here."""
    taken_bytes: Ints
    """Of the GPUs where all of it is there, of all memory where RAM helps; 0 where it does not run, as below."""
    tok_per_s: Numbers
    low: Numbers
    high: Numbers
    """NaN where unknown, as the speed."""

    def take(self, at: Ints) -> Held:
        """These models, by index."""
        arrays = (getattr(self, f.name)[at] for f in fields(self) if f.name != "rig")
        return Held(self.rig, *arrays)


def held(rows: Rows, need: Demand, rigs: Sequence[Rig], view: View) -> list[Held]:
    """The models shared out among the machines: each on the one it runs best on, all in GPU memory first, then the quickest.

    Of equals the first machine is taken. Where one holds a model whole and quickly enough, no other way to run it counts.
    """
    trials = [_Trial(rows, need, rig, view) for rig in rigs]
    inside = [trial.inside() for trial in trials]
    beside = ~np.any(inside, axis=0)
    for trial in trials:
        trial.beside(beside)
    found = [trial.held(held | beside) for trial, held in zip(trials, inside, strict=True)]
    return found if len(found) == 1 else _best_machine(found, len(rows.starts))


class _Trial:
    """The rows on one machine, tried where it matters which of a model's is taken."""

    def __init__(self, rows: Rows, need: Demand, rig: Rig, view: View) -> None:
        self.rows, self.need, self.rig, self.view = rows, need, rig, view
        self.gguf = not rows.formats or format_of(rows.formats[0]).container == "gguf"
        self.here = self.gguf or runs_on(rows.formats[0], rig)
        self.whole, self.anywhere = may_fit(rows.table, Rooms.of([rig.pools]), need)
        self.fit = np.full(len(rows.models), NONE, np.int8)
        self.quick = np.zeros(len(rows.models), bool)
        self.laid: list[sizing.Placements] = []
        self.at = np.full(len(rows.models), -1)
        """Where each row stands in `laid`; -1 for those not tried."""

    def _try(self, at: Ints, offloads: bool = True) -> None:
        """Lay these rows out. Without `offloads` those not all in GPU memory stay as if they had not been tried."""
        if not len(at):
            return
        table, need = self.rows.table.take(at), self.need.take(at)
        places = sizing.place_all(
            table, self.rig.pools, request_of(self.view), need=need, attempt=False, offloads=offloads
        )
        if not offloads:
            inside = np.flatnonzero(places.fit == GPU)
            at, places = at[inside], places.take(inside)
        self.at[at] = np.arange(len(at)) + sum(len(p.fit) for p in self.laid)
        self.laid.append(places)
        self.fit[at], self.quick[at] = places.fit, True
        if self.view.speed:
            self.quick[at] = (
                timed(self.rows.take(at), self.rig, places, self.view).speed.decode_tok_per_s >= self.view.speed
            )

    def inside(self) -> Bools:
        """The models that lie all in GPU memory and are quick enough, trying the most exact format of each first."""
        found = np.zeros(len(self.rows.starts), bool)
        left = self.whole & self.here
        while len(at := self.rows.firsts(left)):
            self._try(at, offloads=False)
            found[self.rows.of_model[at]] |= (self.fit[at] == GPU) & self.quick[at]
            left[at] = False
            left &= ~found[self.rows.of_model]
        return found

    def beside(self, models: Bools) -> None:
        """Try what is left of these models: the usual format first, which is taken if it runs and is quick enough."""
        if not self.gguf:  # only llama.cpp leaves layers in RAM: other runtimes want all of it on the cards
            return
        left = self.anywhere & models[self.rows.of_model]
        usual = np.flatnonzero(left & self.rows.usual & (self.at < 0))
        self._try(usual)
        left &= ~np.isin(self.rows.of_model, self.rows.of_model[self.rows.usual & (self.fit > NONE) & self.quick])
        self._try(np.flatnonzero(left & (self.at < 0)))

    def _chosen(self) -> Ints:
        """One row a model: the most exact format all in GPU memory and quick enough; else the usual one with offload."""
        rows, quick, usual = self.rows, self.quick, self.rows.usual
        gpu, runs = self.fit == GPU, self.fit > NONE
        # Rows of a model stand together, most exact first, so among equals the first is taken.
        worth = np.select(
            [gpu & quick, runs & quick & usual, runs & quick, runs & usual, runs, usual], [6, 5, 4, 3, 2, 1], 0
        )
        return rows.firsts(worth == np.maximum.reduceat(worth, rows.starts)[rows.of_model])

    def held(self, models: Bools) -> Held:
        """These models in the format taken."""
        of = np.flatnonzero(models)
        rows = self._chosen()[of]
        codes: np.ndarray[Any, Any] = np.array(sizing.FITS, object)[self.fit[rows]]
        if not self.gguf:
            codes[codes != "gpu"] = "none"
        if not self.here:
            codes[:] = "elsewhere"
        runs = np.flatnonzero(np.isin(codes, RUNNING))
        taken, speeds = np.zeros(len(of), np.int64), np.full((3, len(of)), np.nan)
        if len(runs):
            places = sizing.Placements.joined(self.laid).take(self.at[rows[runs]])
            parts = places.weights_bytes + places.kv_bytes + places.compute_bytes
            taken[runs] = np.where(codes[runs] == "gpu", parts[:, :-1].sum(axis=1), parts.sum(axis=1))
            speed = timed(self.rows.take(rows[runs]), self.rig, places, self.view).speed
            speeds[:, runs] = speed.decode_tok_per_s, speed.low, speed.high
        return Held(self.rig, of, rows, codes, taken, *speeds)


def _best_machine(found: Sequence[Held], models: int) -> list[Held]:
    group = np.full((len(found), models), ABSENT)
    slow = np.full((len(found), models), np.inf)
    for i, one in enumerate(found):
        group[i, one.models] = [GROUPS[code] for code in one.codes]
        slow[i, one.models] = -np.nan_to_num(one.tok_per_s, nan=-np.inf)
    best = np.lexsort((slow, group), axis=0)[0]
    return [one.take(at) for i, one in enumerate(found) if len(at := np.flatnonzero(best[one.models] == i))]
