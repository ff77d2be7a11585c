"""What money buys: cards in a computer, Macs, boxes with unified memory, servers, and what is added to what one has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from lib.answers.machine import Price, Rig, build, price_of, rig_of
from lib.answers.vocabulary import usable
from lib.catalog import Catalog
from lib.catalog.schema import Device, Machine
from lib.sizing.pools import PoolSet
from lib.view import View

CARDS, MACS, BOXES, PROCESSORS = "graphics cards", "Macs", "unified memory", "processor alone"
KINDS = (CARDS, MACS, BOXES, PROCESSORS)
FRESH_YEARS = 4
"""A price at launch says what a device costs today for so many years; older ones are no longer sold new."""
PC_CARD_W = 600.0
"""Most one power connector of a PCIe card gives; what takes more is a module for servers, as is what is named SXM."""
MOST_BESIDE = 2
"""Cards of another kind put beside those one has, at most."""
RigKey = tuple[str, ...]


@dataclass(frozen=True)
class Computer:
    """What cards are put into."""

    name: str
    ram_gib: float
    cpu: str
    usd: float
    basis: str


@dataclass(frozen=True)
class Candidate:
    """A machine that can be had, and what is to be paid for it."""

    rig: Rig
    key: RigKey
    """Equal where rigs are: what speeds are remembered by."""
    kind: str
    usd: float
    """All of it; with something kept, what is added to it. 0 only for what one has."""
    basis: str
    owned: bool = False


@dataclass(frozen=True)
class Offers:
    """Everything with a price, and how many have none."""

    found: tuple[Candidate, ...]
    computer: Computer | None
    """What the cards' prices include; `None` where no computer has a price or the visitor's own is used."""
    mine: Candidate | None
    """What one keeps."""
    unpriced: int
    """Devices that could be bought and have no known price."""
    stale: int
    """Those of them whose only price is one at launch, too old to be asked today."""
    takes_cards: bool
    """Whether a card can be put into what one has."""


ASKED = ("by", "hw", "n", "ram", "cpu", "reserve", "most", "paid", "keep", "called")


def offers(catalog: Catalog, view: View) -> Offers:
    """Every machine with a known or typed-in price, as the view's computer, cards and kept machine allow."""
    return _offers(catalog, View(**{name: getattr(view, name) for name in ASKED}))


@lru_cache(maxsize=64)
def _offers(catalog: Catalog, asked: View) -> Offers:
    mine = rig_of(catalog, asked) if asked.by == "machine" else None
    kept = mine if asked.keep else None
    fits = mine is not None and takes_cards(catalog, asked, mine)
    computer = None if kept and fits else computer_for(catalog, asked.ram)
    found, unpriced, stale = _whole(catalog, asked), 0, 0
    if asked.paid is not None and mine is not None and not for_sale(mine.device):
        found.append(_typed(catalog, asked, mine, asked.paid))
    for device in catalog.devices.values():
        if not for_sale(device):
            continue
        price = paid_price(catalog, asked, mine, device)
        if price is None:
            unpriced += 1
            stale += price_of(device, min(device.memory_gib)) is not None
        elif device.unified:
            found.append(_unified(catalog, asked, mine, device, price))
        elif kept and fits:
            found += _added(catalog, asked, kept, device, price)
        else:
            found += _in_computer(catalog, asked, computer, device, price)
    own = None
    if kept is not None:
        key = _key(kept, asked, cpu=host_of(catalog, asked, kept))
        own = Candidate(kept, key, kind_of(kept.device), 0.0, "yours", owned=True)
        found.append(own)
    # The same machine may have a price as a whole and as parts: the lower one is asked.
    lowest: dict[RigKey, Candidate] = {}
    for one in found:
        if one.key not in lowest or one.usd < lowest[one.key].usd:
            lowest[one.key] = one
    return Offers(tuple(lowest.values()), computer, own, unpriced, stale, fits)


def for_sale(device: Device) -> bool:
    """Whether a person may buy the device: no part of a laptop or phone, no module for servers, no bare processor."""
    portable = device.id.endswith("-laptop") or device.name.endswith(("Laptop", "Mobile", "Laptop GPU"))
    module = "SXM" in device.name or (device.kind == "gpu" and (device.power_w or 0) > PC_CARD_W)
    return usable(device) and device.kind in ("gpu", "apple-soc", "apu") and bool(device.memory_gib) and not portable and not module  # fmt: skip


def kind_of(device: Device) -> str:
    """Which of `KINDS` a machine built on the device is."""
    if device.kind in ("gpu", "accelerator"):
        return CARDS
    return MACS if device.vendor == "Apple" else BOXES if device.unified else PROCESSORS


def fresh(catalog: Catalog, device: Device) -> bool:
    """Whether the device's price may be asked today: a street price, or one at launch of the last `FRESH_YEARS`."""
    if device.street_price_low_usd is not None:
        return True
    return device.launched is not None and _month(device.launched) > _newest(catalog) - 12 * FRESH_YEARS


def _month(day: str) -> int:
    """Months since the year 0; a bare year counts as its first month."""
    return int(day[:4]) * 12 + (int(day[5:7]) - 1 if len(day) > 5 else 0)


@lru_cache(maxsize=4)
def _newest(catalog: Catalog) -> int:
    """The newest month a device was launched or priced in: today, as far as the catalog knows."""
    days = [day for d in catalog.devices.values() for day in (d.launched, d.street_price_as_of) if day]
    return max(map(_month, days), default=0)


def paid_price(catalog: Catalog, asked: View, mine: Rig | None, device: Device) -> Price | None:
    """What one such device costs: typed in for the visitor's own, else what the catalog knows and may be asked today."""
    if asked.paid is not None and mine is not None and device.id == mine.device.id:
        return Price(asked.paid, "typed in")
    price = price_of(device, min(device.memory_gib))
    return price if price is not None and fresh(catalog, device) else None


def computer_for(catalog: Catalog, ram_gib: float) -> Computer | None:
    """The cheapest computer without a card and with a known price that has so much RAM, else the one with most."""
    found = [
        Computer(m.name, float(m.ram_gib), m.device, m.price_usd, _basis(m))
        for key, m in catalog.machines.items()
        if m.price_usd is not None and catalog.devices[m.device].kind == "cpu" and not _portable(key, m)
    ]
    enough = [c for c in found if c.ram_gib >= ram_gib]
    return min(enough, key=lambda c: (c.usd, c.name)) if enough else max(found, key=lambda c: (c.ram_gib, -c.usd), default=None)  # fmt: skip


def takes_cards(catalog: Catalog, asked: View, rig: Rig) -> bool:
    """Whether another card can be put into the visitor's machine: a computer with slots, no laptop, Mac or mini PC."""
    machine = catalog.machines.get(asked.hw)
    portable = _portable(asked.hw, machine) if machine else False
    device = rig.device
    return not portable and not device.unified and device.kind in ("gpu", "cpu") and not device.id.endswith("-laptop")


def _portable(key: str, machine: Machine) -> bool:
    return any(word in f"{key} {machine.name}".casefold() for word in ("laptop", "mini pc", "macbook"))


def _basis(machine: Machine) -> str:
    return machine.note or "not dated"


def _key(rig: Rig, asked: View, beside: str = "", cpu: str = "") -> RigKey:
    """A Mac is the same whatever the desktop keeps or reads RAM through; cards in a computer are not."""
    if rig.device.kind in ("gpu", "accelerator"):
        return (rig.device.id, str(rig.count), f"{rig.ram_gib:g}", cpu or asked.cpu, f"{asked.reserve:g}", beside)
    return (rig.device.id, f"{rig.ram_gib:g}")


def _whole(catalog: Catalog, asked: View) -> list[Candidate]:
    """Whole machines whose price is known."""
    found = []
    for machine in catalog.machines.values():
        if machine.price_usd is None:
            continue
        cpu = machine.cpu or asked.cpu
        rig = build(catalog, machine.device, machine.count, float(machine.ram_gib), cpu, asked.reserve)
        key = _key(rig, asked, cpu=cpu)
        found.append(Candidate(replace(rig, name=machine.name), key, kind_of(rig.device), machine.price_usd, _basis(machine)))  # fmt: skip
    return found


def _typed(catalog: Catalog, asked: View, mine: Rig, each_usd: float) -> Candidate:
    """The visitor's own machine at the price typed in, where its device is none that is sold alone."""
    key = _key(mine, asked, cpu=host_of(catalog, asked, mine))
    return Candidate(mine, key, kind_of(mine.device), each_usd * mine.count, "typed in")


def _unified(catalog: Catalog, asked: View, mine: Rig | None, device: Device, price: Price) -> Candidate:
    """A chip with the memory its price is for: the smallest sold, or what was typed in for the visitor's own."""
    typed = price.basis == "typed in" and mine is not None
    ram = mine.ram_gib if typed and mine is not None else min(device.memory_gib)
    rig = build(catalog, device.id, 1, ram, asked.cpu, asked.reserve)
    return Candidate(rig, _key(rig, asked), kind_of(device), price.usd, price.basis)


def _in_computer(
    catalog: Catalog, asked: View, computer: Computer | None, device: Device, price: Price
) -> list[Candidate]:
    """One card up to as many as asked for, in the computer; without one with a price, the cards alone."""
    ram, cpu = (computer.ram_gib, computer.cpu) if computer else (float(asked.ram), asked.cpu)
    found = []
    for n in range(1, asked.most + 1):
        rig = build(catalog, device.id, n, ram, cpu, asked.reserve)
        usd = price.usd * n + (computer.usd if computer else 0.0)
        with_it = f" + ${computer.usd:,.0f} computer" if computer else ", the card alone"
        basis = f"{f'{n} × ' if n > 1 else ''}${price.usd:,.0f} ({price.basis}){with_it}"
        found.append(Candidate(rig, _key(rig, asked, cpu=cpu), CARDS, usd, basis))
    return found


def _added(catalog: Catalog, asked: View, kept: Rig, device: Device, price: Price) -> list[Candidate]:
    """Cards put into the computer one has: in place of the cards there, and beside them."""
    cpu = host_of(catalog, asked, kept)
    found = []
    own = kept.count if kept.device.kind == "gpu" else 0
    same = own > 0 and device.id == kept.device.id
    for n in range(1, asked.most + 1):
        basis = f"{f'{n} × ' if n > 1 else ''}${price.usd:,.0f} ({price.basis})"
        if same:
            if own + n > asked.most:
                break
            rig = build(catalog, device.id, own + n, kept.ram_gib, cpu, asked.reserve)
            found.append(Candidate(rig, _key(rig, asked, cpu=cpu), CARDS, price.usd * n, basis))
            continue
        rig = build(catalog, device.id, n, kept.ram_gib, cpu, asked.reserve)
        name = f"{rig.name} in place of yours" if own else rig.name
        found.append(Candidate(replace(rig, name=name), _key(rig, asked, cpu=cpu), CARDS, price.usd * n, basis))
        if own and n <= MOST_BESIDE and own + n <= asked.most:
            both = _beside(kept, build(catalog, device.id, n, kept.ram_gib, cpu, 0.0))
            key = _key(kept, asked, f"{n} {device.id}", cpu)
            found.append(Candidate(both, key, CARDS, price.usd * n, basis))
    return found


def host_of(catalog: Catalog, asked: View, kept: Rig) -> str:
    """The processor of the computer one has."""
    machine = catalog.machines.get(asked.hw)
    return kept.device.id if kept.device.kind == "cpu" else (machine.cpu if machine and machine.cpu else asked.cpu)


def _beside(kept: Rig, new: Rig) -> Rig:
    """Both kinds of card in one computer, its own first."""
    pools = PoolSet((*kept.pools.gpus, *new.pools.gpus), kept.pools.ram)
    facts = (*kept.facts[: kept.count], *new.facts[: new.count], *kept.facts[kept.count :])
    usable = kept.limit_bytes + new.limit_bytes
    return Rig(f"{kept.name} + {new.name}", kept.device, kept.count + new.count, kept.ram_gib, pools, facts, usable, "")
