"""What one model costs on the visitor's machine: its speed, watts and price, and what they come to, with a range."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lib.answers.budget import affordable
from lib.answers.everywhere import asked_of, listed
from lib.answers.machine import Price, Rig, price_of, rig_of
from lib.answers.models import rank_models
from lib.answers.placed import placed, runs_on, runtime_of
from lib.answers.prompt import prefill
from lib.answers.sized import sized_rows
from lib.answers.watts import boards_estimate, watts_while_generating
from lib.catalog import Catalog
from lib.cost.money import Running, energy_usd, hours_per_mtok, wear_usd_per_day
from lib.cost.watts import Watts, busiest_watts, idle_watts
from lib.sizing.table import FITS
from lib.view import View

NAN = float("nan")
WHOLE = "of the whole machine"
"""Basis of a price that covers more than the devices."""
Band = tuple[float, float, float]
"""Low end, middle and high end of an 80 % range."""


@dataclass(frozen=True)
class Busy:
    """Watts of a machine while it works; NaN where unknown."""

    watts: float
    how: str
    at_most: bool = False


@dataclass(frozen=True)
class Speed:
    """A model on a machine, whatever tokens and money are asked for."""

    model: str
    form: str
    rig: Rig | None
    fit: str
    why_not: str = ""
    """Why there is no speed, as the second half of a sentence; empty where there is one."""
    decode: Band = (NAN, NAN, NAN)
    prefill: Band = (NAN, NAN, NAN)
    prefill_why: str = ""
    """Why the prompt's speed is unknown; empty where it is known."""
    busy: Busy = Busy(NAN, "")
    idle: Watts | None = None

    @property
    def runs(self) -> bool:
        return not self.why_not

    @property
    def unknown(self) -> bool:
        """Whether it fits, and only its speed is not known."""
        return bool(self.why_not) and self.fit in ("gpu", "offload", "cpu")


def chosen_model(catalog: Catalog, view: View) -> str:
    """The model the view names, else the most capable that runs on the machine, as the front page orders them."""
    if view.model in catalog.models:
        return str(view.model)
    rows = rank_models(catalog, asked_of(view))
    first = rows[rows["runs"].astype(bool)] if len(rows) else rows
    scored = first[first["score"].notna()]
    best = scored if len(scored) else first if len(first) else rows
    return str(best["model"].iloc[0]) if len(best) else next(iter(catalog.models))


def home_speed(catalog: Catalog, view: View, key: str) -> Speed:
    """How fast and with how many watts the machine of a view runs a model, or why it does not."""
    return _home_speed(catalog, asked_of(view), key)


@lru_cache(maxsize=512)
def _home_speed(catalog: Catalog, asked: View, key: str) -> Speed:
    model = catalog.models[key]
    form, machine, _ = listed(catalog, asked, key)
    if not model.open_weights:
        return Speed(key, "", None, "hosted", "its weights are not published, so it can only be rented")
    if not form:
        return Speed(key, "", None, "unknown", "it cannot be sized, since its shapes are not known")
    rig = _rig(catalog, asked, machine)
    if rig is None:
        return Speed(key, form, None, "unpaid", f"no machine with a known price costs ${asked.budget:,} or less")
    where = f"your {rig.name}"
    if not runs_on(form, rig):
        return Speed(key, form, rig, "none", f"no program reads {form} on {where}")
    if model.context_tokens and model.context_tokens < asked.ctx:
        return Speed(key, form, rig, "none", f"it was made for {model.context_tokens:,} tokens of context at most")
    rows = sized_rows(catalog, (form,), (key,))
    on = placed(rows, rig, asked)
    fit = str(FITS[on.places.fit[0]])
    if fit == "none":
        return Speed(key, form, rig, fit, f"it does not fit {where} at {asked.ctx:,} tokens of context")
    low, middle, high = (float(v[0]) for v in (on.speed.low, on.speed.decode_tok_per_s, on.speed.high))
    if np.isnan(middle):
        return Speed(key, form, rig, fit, f"its speed on {where} is not known: {on.speed.unknown[0]}")
    prompts = prefill(
        rows.table, rows.parameters_b * 1e9, rows.active_parameters, rows.moe, rig, on.places, np.array([asked.prompt]),
        tokens_before=asked.depth, runtime=runtime_of(form),
    )  # fmt: skip
    read = (float(prompts.low[0]), float(prompts.tok_per_s[0]), float(prompts.high[0]))
    why = (prompts.unknown[0] or "it was not measured") if np.isnan(read[1]) else ""
    device = rig.device
    idle = idle_watts(device.kind, device.name, device.memory_type)
    return Speed(key, form, rig, fit, "", (low, middle, high), read, why, _busy(catalog, rig, fit), idle)


def _rig(catalog: Catalog, asked: View, machine: str) -> Rig | None:
    if asked.by == "machine":
        return rig_of(catalog, asked)
    return next((r for r in affordable(catalog, asked) if r.name == machine), None)


def _busy(catalog: Catalog, rig: Rig, fit: str) -> Busy:
    """Watts while the machine reads or writes: of its cards or its chip alone, of the whole computer for Macs."""
    device = rig.device
    if device.kind == "cpu" and device.power_w:
        return Busy(device.power_w, "the chip's rated limit, so at most", at_most=True)
    if not device.power_w and (most := busiest_watts(device.name)) is not None:
        what = f"{most.what}, {catalog.cited(most.source)[0]}: of the whole computer, so at most"
        return Busy(most.high_w, what, at_most=True)
    if fit == "offload" and device.power_w:
        watts, how = boards_estimate(rig)
        return Busy(watts, f"{how}; the processor, which does part of the work, is not in it")
    return Busy(*watts_while_generating(catalog, rig, fit))


def machine_price(catalog: Catalog, view: View, rig: Rig) -> Price | None:
    """What the machine costs: typed in, of the whole machine where the catalog has that, else of its devices alone."""
    if view.paid is not None:
        each = f", {rig.count} × ${view.paid:,.0f}" if rig.count > 1 else ""
        return Price(view.paid * rig.count, f"typed in{each}")
    whole = catalog.machines.get(view.hw) if view.by == "machine" else None
    if whole is not None and whole.price_usd is not None:
        return Price(whole.price_usd, WHOLE)
    found = price_of(rig.device, rig.ram_gib if rig.device.unified else None)
    if found is None:
        return None
    each = f"{rig.count} × ${found.usd:,.0f}, " if rig.count > 1 else ""
    return Price(found.usd * rig.count, f"{each}{found.basis}")


@dataclass(frozen=True)
class Home:
    """The money of one model on the visitor's machine; the three ends belong to the ends of its speed and watts."""

    price: Price | None
    cheap: Running
    likely: Running
    dear: Running

    def usd_per_day(self, tokens: float) -> Band:
        """Least, likely and most dollars a day; NaN where a part is unknown."""
        low, middle, high = (float(r.usd_per_day(tokens)) for r in (self.cheap, self.likely, self.dear))
        return low, middle, high

    def at_least_usd_per_day(self, tokens: float) -> float:
        """What is known of it, at its least."""
        return self.cheap.known_usd_per_day(tokens)

    def most_tokens(self) -> Band:
        """Fewest, likely and most tokens a day the machine can do in the hours it is on."""
        return self.dear.most_tokens_per_day, self.likely.most_tokens_per_day, self.cheap.most_tokens_per_day


def at_home(catalog: Catalog, view: View, speed: Speed, share_in: float) -> Home | None:
    """What the machine costs with this mix of tokens; `None` where it does not run the model.

    Where nothing is known of how fast a prompt is read, it takes from no time to as long as writing it would: one
    step of the model reads a token at least as fast as it writes one. The likely end is then the slow one. Where it is
    not known what waiting takes, waiting counts as nothing and working in full.
    """
    if not speed.runs or speed.rig is None:
        return None
    price = machine_price(catalog, view, speed.rig)
    wear = float(wear_usd_per_day(price.usd, view.resale, view.years)) if price else NAN
    idle = speed.idle
    waits = (NAN, NAN, NAN) if idle is None else (idle.low_w, idle.middle_w, idle.high_w)
    read = (speed.decode[0], speed.decode[1], np.inf) if speed.prefill_why else speed.prefill
    watts = speed.busy.watts
    # Of watts that are the most a machine takes, the least is that it takes hardly more than waiting.
    works = (watts, watts, 0.0 if speed.busy.at_most else watts)
    ends = []
    for write_speed, read_speed, each, busy in zip(speed.decode, read, reversed(waits), works, strict=True):
        waiting = 0.0 if idle is None else each * speed.rig.count
        hours = float(hours_per_mtok(share_in, read_speed, write_speed))
        above = NAN if np.isnan(busy) else max(busy - waiting, 0.0)
        energy = float(energy_usd(above, hours, view.kwh))
        ends.append(Running(wear, float(energy_usd(waiting, view.hours, view.kwh)), energy, hours, view.hours))
    dear, likely, cheap = ends
    return Home(price, cheap, likely, dear)
