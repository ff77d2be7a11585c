"""What money buys: the machines within a budget that nothing cheaper outdoes."""

from __future__ import annotations

from functools import lru_cache

from lib.answers.buy_candidates import fresh
from lib.answers.machine import Rig, build, price_of
from lib.catalog import Catalog
from lib.view import View

MOST_BOUGHT = 4
"""Cards of a kind a budget is spent on, at most: more do not fit a computer at home."""


def cheapest(catalog: Catalog) -> tuple[str, float] | None:
    """Name and price of the cheapest device with a known price that a model runs on."""
    priced = [
        (price.usd, d.name)
        for d in catalog.devices.values()
        if d.kind in ("gpu", "apple-soc", "apu")
        and d.memory_gib
        and fresh(catalog, d)
        and (price := price_of(d, min(d.memory_gib))) is not None
    ]
    return (min(priced)[1], min(priced)[0]) if priced else None


ASKED = ("budget", "ram", "cpu", "reserve")


def affordable(catalog: Catalog, view: View) -> tuple[Rig, ...]:
    """Machines whose devices cost at most `view.budget`, without those another outdoes in memory and bandwidth.

    One device of each kind and, of cards, as many as the money buys. Only devices with a price that may
    be asked today; the computer around a card is not in the price. The memory of a chip with unified memory is what
    its price was for.
    """
    return _affordable(catalog, View(**{name: getattr(view, name) for name in ASKED}))


@lru_cache(maxsize=128)
def _affordable(catalog: Catalog, view: View) -> tuple[Rig, ...]:
    found: list[tuple[float, float, Rig]] = []
    for device in catalog.devices.values():
        if (
            device.kind not in ("gpu", "apple-soc", "apu")
            or not device.memory_gib
            or not device.memory_bandwidth_gb_per_s
        ):
            continue
        memory = min(device.memory_gib)
        price = price_of(device, memory)
        if price is None or price.usd > view.budget or not fresh(catalog, device):
            continue
        count = min(int(view.budget // price.usd), MOST_BOUGHT) if device.kind == "gpu" else 1
        ram = memory if device.unified else float(view.ram)
        for n in range(1, count + 1):
            rig = build(catalog, device.id, n, ram, view.cpu, view.reserve)
            found.append((rig.limit_bytes, device.memory_bandwidth_gb_per_s, rig))
    found.sort(key=lambda f: (-f[0], -f[1]))
    kept, best = [], 0.0
    for _, bandwidth, rig in found:
        if bandwidth > best:
            kept.append(rig)
            best = bandwidth
    return tuple(kept)
