"""What does it take? Every machine that could run one model, how fast, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

import numpy as np
import pandas as pd

from lib.answers.frontier import frontier
from lib.answers.machine import Rig, bandwidth_of, build, price_of, rig_of
from lib.answers.measured import measured_speeds
from lib.answers.placed import band_text, cards_needed, runs_on, speed_text, timed
from lib.answers.sized import USUAL_FORMAT, request_of, sized_rows
from lib.answers.vocabulary import usable
from lib.catalog import Catalog
from lib.catalog.schema import Device
from lib.fit import FIT_WORDS, NOT_HERE, TOO_SLOW, UNKNOWN_SPEED, Fit
from lib.sizing import table as sizing
from lib.sizing.demand import demand
from lib.sizing.formats import format_of
from lib.view import View

WANTED_MODEL = "llama-3.3-70b-instruct"
"""The model the page asks about when the link names none."""

COLUMNS = ("machine", "device", "count", "ram_gib", "fit", "fit_code", "format", "decode_tok_per_s", "decode_low", "decode_high", "band_text", "decode_text",
           "measured_tok_per_s", "spare_gb", "cards_needed", "bandwidth", "power", "price", "price_basis", "x", "on_frontier", "mine", "runs")  # fmt: skip


@lru_cache(maxsize=4)
def sizable(catalog: Catalog) -> tuple[str, ...]:
    """Models with known shapes, by id."""
    return tuple(sorted(sized_rows(catalog, (USUAL_FORMAT,)).models))


def wanted_model(catalog: Catalog, view: View) -> str:
    """The model asked about: the view's, where its shapes are known."""
    known = sizable(catalog)
    return view.model if view.model in known else WANTED_MODEL if WANTED_MODEL in known or not known else known[0]


def wanted_format(view: View) -> str:
    """The one format machines are compared in."""
    return USUAL_FORMAT if view.quant == "best" else view.quant


def _rigs(catalog: Catalog, view: View, needed: Callable[[Rig], int]) -> list[Rig]:
    """One of each device; of cards also as many as hold the model; unified memory in each size it is sold with.

    More cards than hold the model would add room but no speed, so they are not listed, except the
    visitor's own count.
    """
    found = []
    mine = rig_of(catalog, view)
    for device in catalog.devices.values():
        if (
            not usable(device)
            or (not bandwidth_of(device) and device.id != mine.device.id)
            or (view.devices and device.id not in view.devices)
        ):
            continue
        own = device.id == mine.device.id
        if device.kind in ("gpu", "accelerator"):
            one = build(catalog, device.id, 1, float(view.ram), view.cpu, view.reserve)
            counts = {
                1,
                *((mine.count,) if own else ()),
                *((cards,) if 1 < (cards := needed(one)) <= view.most else ()),
            }
            found += [build(catalog, device.id, n, float(view.ram), view.cpu, view.reserve) for n in sorted(counts)]
        elif device.unified:
            sizes = {*device.memory_gib, *((mine.ram_gib,) if own else ())}
            found += [build(catalog, device.id, 1, size, view.cpu, view.reserve) for size in sorted(sizes)]
        else:
            found.append(build(catalog, device.id, 1, float(view.ram), view.cpu, view.reserve))
    return found


def _mine(rig: Rig, mine: Rig) -> bool:
    cards = rig.device.kind in ("gpu", "accelerator")
    return rig.device.id == mine.device.id and (rig.count == mine.count if cards else rig.ram_gib == mine.ram_gib)


def _price(device: Device, rig: Rig, mine: Rig, view: View) -> tuple[float, str]:
    if view.paid is not None and view.by == "machine" and device.id == mine.device.id:
        return view.paid * rig.count, "typed in"
    price = price_of(device, rig.ram_gib if device.unified else None)
    return (price.usd * rig.count, price.basis) if price else (np.nan, "")


def _shape(rig: Rig) -> tuple[object, ...]:
    """What decides where a model lies on a machine: rooms, not names or speeds."""
    ram = rig.pools.ram
    return tuple(p.usable_bytes for p in rig.pools.gpus), ram.usable_bytes if ram else None, rig.pools.unified


@lru_cache(maxsize=8)
def _speed_memo(
    catalog: Catalog, model: str, form: str, cpu: str, reserve: float
) -> dict[tuple[object, ...], tuple[float, float, float]]:
    """Speeds found so far with nothing in the context, by machine and where the model lies there: a longer context that
    leaves it where it was changes none of them."""
    return {}


def _layers_of(places: sizing.Placements) -> bytes:
    """Where the layers lie, and what is read of them: all that an empty conversation's speed depends on."""
    return b"".join(a.tobytes() for a in (places.items, places.cpu_expert_layers, places.bytes_read))


@lru_cache(maxsize=256)
def rank_machines(catalog: Catalog, view: View) -> pd.DataFrame:
    """The rows of “What does it take?”, quickest of those that hold the model first; see `COLUMNS`.

    Speeds in tokens a second, memory in GB of 10^9, power the rated limit of all devices in watts,
    price of all devices in US dollars. Bandwidth is one device's. Unknown is NaN. Cached: read-only.
    """
    model, form = wanted_model(catalog, view), wanted_format(view)
    rows = sized_rows(catalog, (form,), (model,))
    if not rows.models:
        return pd.DataFrame(columns=list(COLUMNS))
    request = request_of(view)
    about = catalog.models[model]
    size = np.array([(about.parameters or 0) / 1e9])
    active = np.array([(about.active_parameters or about.parameters or 0) / 1e9])
    need = demand(rows.table, request)

    counted: dict[tuple[int, int], int] = {}
    laid: dict[tuple[object, ...], tuple[sizing.Placements, bytes]] = {}
    memo = _speed_memo(catalog, model, form, view.cpu, view.reserve)

    def placed(rig: Rig) -> tuple[sizing.Placements, tuple[float, float, float]]:
        """Where the model lies, and its speed with the ends of the band. Machines with the same rooms share the former."""
        shape = _shape(rig)
        if shape not in laid:
            places = sizing.place_all(rows.table, rig.pools, request, need=need)
            laid[shape] = places, _layers_of(places)
        places, layers = laid[shape]
        key = (rig.device.id, rig.count, rig.ram_gib, layers)
        if view.depth or key not in memo:
            speed = timed(rows, rig, places, view).speed
            found = float(speed.decode_tok_per_s[0]), float(speed.low[0]), float(speed.high[0])
            if view.depth:
                return places, found
            memo[key] = found
        return places, memo[key]

    def needed(rig: Rig) -> int:
        if not rig.pools.gpus or rig.pools.unified:
            return 0
        # Cards of one size need the same count, whatever they are called.
        card = rig.pools.gpus[0]
        size = (card.total_bytes, card.usable_bytes)
        if size not in counted:
            counted[size] = int(cards_needed(rows.table, rig, request)[0])
        return counted[size]

    found, mine = [], rig_of(catalog, view)
    for rig in _rigs(catalog, view, needed):
        device = rig.device
        places, (speed, low, high) = placed(rig)
        code = cast(Fit, sizing.FITS[places.fit[0]])
        runs = code != "none"
        if format_of(form).container != "gguf" and (code != "gpu" or not runs_on(form, rig)):
            code, runs = "none", False
        speed, low, high = (speed, low, high) if runs else (np.nan, np.nan, np.nan)
        gpus = len(rig.pools.gpus)
        spare = (
            places.spare_bytes[0, :gpus].sum()
            if gpus and code == "gpu"
            else places.spare_bytes[0, -1]
            if code == "cpu"
            else np.nan
        )
        usd, basis = _price(device, rig, mine, view)
        slow = runs and view.speed > 0 and not speed >= view.speed
        found.append(
            (rig.name, device.id, rig.count, rig.ram_gib, (UNKNOWN_SPEED if np.isnan(speed) else TOO_SLOW) if slow else FIT_WORDS[code] if format_of(form).container == "gguf" or runs_on(form, rig) else NOT_HERE, code, form, speed, low,
             high, band_text(low, high), "", float(measured_speeds(catalog, device.id, rig.count, size, active, (form,))[0]) if runs else np.nan, spare / 1e9, needed(build(catalog, device.id, 1, float(view.ram), view.cpu, view.reserve)) or np.nan,
             bandwidth_of(device) or np.nan, device.power_w * rig.count if device.power_w else np.nan, usd, basis, np.nan, False, view.by == "machine" and _mine(rig, mine), runs and not slow)
        )  # fmt: skip
    frame = pd.DataFrame(found, columns=list(COLUMNS))
    if view.by == "budget":
        frame = frame[frame["price"] <= view.budget].copy()
    frame["x"] = frame[view.x]
    frame["on_frontier"] = frontier(frame["x"].where(frame["runs"]), frame["decode_tok_per_s"])
    frame["decode_text"] = [
        speed_text(*t) for t in zip(frame["decode_tok_per_s"], frame["decode_low"], frame["decode_high"], strict=True)
    ]
    order = (
        frame["fit_code"]
        .map({"gpu": 0, "cpu": 1, "offload": 1, "none": 3})
        .where(~frame["fit"].isin([TOO_SLOW, UNKNOWN_SPEED]), 2)
    )
    frame = frame.assign(order=order).sort_values(
        ["order", "decode_tok_per_s", "machine"], ascending=[True, False, True], na_position="last", kind="stable"
    )
    return frame[list(COLUMNS)].reset_index(drop=True)
