"""“You already own …, so …”: what one more of the same card gives, and what it does not."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lib.answers.buy_candidates import CARDS, Candidate, host_of, kind_of, paid_price, takes_cards
from lib.answers.buy_choice import INDEX, READING_TOK_PER_S
from lib.answers.buy_speeds import ASKED, Runs, runs
from lib.answers.machine import build, rig_of
from lib.answers.scores import ranked_scores
from lib.catalog import Catalog
from lib.view import View

MACHINE = ("by", "hw", "n", "ram", "cpu", "reserve", "paid", "called")


def second_card(catalog: Catalog, view: View) -> str:
    """The sentence about the visitor's own machine; empty where the view starts from money."""
    if view.by != "machine":
        return ""
    return _second_card(catalog, View(**{name: getattr(view, name) for name in (*MACHINE, *ASKED, "speed")}))


@lru_cache(maxsize=128)
def _second_card(catalog: Catalog, asked: View) -> str:
    rig = rig_of(catalog, asked)
    if not takes_cards(catalog, asked, rig):
        return f"You already own {rig.name}: it takes no further card and its memory cannot grow, so more capability means another machine."
    if kind_of(rig.device) != CARDS:
        return f"You already own {rig.name}: with “I own it” on, the prices below are of cards added to it."
    cpu = host_of(catalog, asked, rig)
    more = build(catalog, rig.device.id, rig.count + 1, rig.ram_gib, cpu, asked.reserve)
    found = tuple(
        Candidate(r, ("own", r.device.id, str(r.count), f"{r.ram_gib:g}", cpu, f"{asked.reserve:g}"), CARDS, 0.0, "")
        for r in (rig, more)
    )
    table = runs(catalog, asked, found)
    floor = asked.speed or READING_TOK_PER_S
    now, then = (_most_capable(catalog, asked, table, i, floor) for i in (0, 1))
    price = paid_price(catalog, asked, rig, rig.device)
    cost = f"for ${price.usd:,.0f} ({price.basis})" if price else "whose price is not known"
    nth = "a second" if rig.count == 1 else "one more"
    start = f"You already own {rig.name}, so {nth} {rig.device.name} {cost}"
    scores = ranked_scores(catalog, INDEX)
    if then is None:
        return f"{start} still runs no model of our index at {floor:g} tokens/s or more."
    if now is None:
        what = f"lets you run {catalog.models[then].name} (index {scores[then].value:,.0f})"
        return f"{start} {what}; without it no model of our index runs at {floor:g} tokens/s or more."
    if then == now:
        what = f"lets you run nothing more capable than {catalog.models[now].name} (index {scores[now].value:,.0f})"
    else:
        what = f"lets you run {catalog.models[then].name} (index {scores[then].value:,.0f}) instead of {catalog.models[now].name} ({scores[now].value:,.0f})"
    speeds = table.tok_per_s[:, table.models.index(now)]
    return f"{start} {what}. {_no_faster(catalog.models[now].name, float(speeds[0]), float(speeds[1]), table.fit[:, table.models.index(now)])}"


def _most_capable(catalog: Catalog, asked: View, table: Runs, at: int, floor: float) -> str | None:
    scores = ranked_scores(catalog, INDEX)
    found = [
        (scores[m].value, float(s), m)
        for m, s in zip(table.models, table.tok_per_s[at], strict=True)
        if s >= floor and m in scores and catalog.models[m].open_weights
        and (catalog.models[m].context_tokens or asked.ctx) >= asked.ctx
    ]  # fmt: skip
    return max(found)[2] if found else None


def _no_faster(name: str, now: float, then: float, fit: np.ndarray[tuple[int], np.dtype[np.int8]]) -> str:
    """What the second card does to the speed of the model that runs now."""
    moved = f"{name} itself goes from about {now:,.3g} to {then:,.3g} tokens/s"
    if fit[0] == fit[1]:
        return f"{moved}, no faster: cards that hold different layers take turns, so more of them give room, not speed."
    return f"{moved}, because more of it leaves the RAM; once all of it is on the cards, more of them give room, not speed: they take turns."
