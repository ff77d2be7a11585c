"""Whether the essay's conclusion about money still holds: its claims, computed with today's models and prices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.buy_candidates import BOXES, CARDS, MACS, PROCESSORS, Candidate, kind_of
from lib.answers.buy_choice import INDEX, Choice, best_for, choose, with_bands
from lib.answers.buy_speeds import runs
from lib.answers.machine import build
from lib.answers.scores import ranked_scores
from lib.catalog import Catalog
from lib.speed.words import STEPS
from lib.view import View, link

HIGH_END = "llama-3-70b-instruct"
"""What the essay calls a high-end model."""
MIXTURE = "gpt-oss-120b"
"""A mixture of experts of about the same capability class for a card that is too small."""
LITTLE_USD, MUCH_USD = 2000.0, 6000.0
PAINFUL, REASONABLE = STEPS[1][0], STEPS[2][0]
"""Slower than people read is painful; twice that, where people can chat, is reasonable."""
HOLDS, PARTLY, NO_LONGER, UNKNOWN = "still holds", "holds in part", "no longer holds", "cannot be told"
_PLURAL = {HOLDS: "still hold", PARTLY: "hold in part", NO_LONGER: "no longer hold", UNKNOWN: UNKNOWN}
COLUMNS = ("essay", "verdict", "then", "now")


@dataclass(frozen=True, eq=False)
class EssayToday:
    sentence: str
    claims: pd.DataFrame
    """`COLUMNS`: what the essay says in our words, whether it holds, its own model today, and models as capable."""
    link: str
    label: str
    rule: str


@lru_cache(maxsize=4)
def conclusion(catalog: Catalog) -> EssayToday:
    """The essay's conclusion at its own sums and context, by its own model and by any model surely as capable."""
    view = View(by="budget")
    high = ranked_scores(catalog, INDEX).get(HIGH_END)
    known = HIGH_END in catalog.models and high is not None
    rule = f"Painful is slower than people read, {PAINFUL:g} tokens/s; reasonable is {REASONABLE:g} or more. Context {view.ctx:,} tokens, prices as above."
    if not known or high is None:
        return EssayToday("The essay's model is not in the catalog.", pd.DataFrame(columns=list(COLUMNS)), "", "", rule)
    own = choose(catalog, view.model_copy(update={"model": HIGH_END}), "speed")
    any_ = choose(catalog, view.model_copy(update={"able": high.value}), "speed", surely=True)
    claims = [
        _speed_claim(catalog, view, own, any_, LITTLE_USD, painful=True),
        _speed_claim(catalog, view, own, any_, MUCH_USD, painful=False),
        _mac_claim(catalog, view, own, choose(catalog, view, "capability")),
        _short_of_memory(catalog, view),
    ]
    frame = pd.DataFrame(claims, columns=list(COLUMNS))
    counted = frame["verdict"].value_counts()
    said = ", ".join(f"{n} {v if n == 1 else _PLURAL[v]}" for v in _PLURAL if (n := int(counted.get(v, 0))))
    asked = view.model_copy(update={"able": high.value, "aim": "speed", "budget": int(LITTLE_USD)})
    return EssayToday(
        f"Of the {len(frame)} claims of May 2024 about money, {said}.", frame, "." + link(asked, "buy"),
        f"This wish as a view: index {high.value:g} or more, ${LITTLE_USD:,.0f}", rule,
    )  # fmt: skip


def _told(catalog: Catalog, view: View, choice: Choice, usd: float, kinds: tuple[str, ...] = ()) -> tuple[float, str]:
    """The best for this sum: what it is worth, and the words for it."""
    row = best_for(choice, usd, kinds)
    if row is None:
        return float("nan"), "no machine with a known price runs it"
    told = with_bands(catalog, view, choice, pd.DataFrame([row])).iloc[0]
    name = f"{row['name']} (index {row['score']:.0f})" if choice.wish.model is None else str(row["name"])
    return float(row[choice.worth]), f"{name}: {told['speed_text']} tokens/s on {row['machine']}, ${row['usd']:,.0f}"


def _both(then: str, now: str) -> str:
    """One verdict of two: of the essay's own model, and of any as capable."""
    return then if then == now else UNKNOWN if UNKNOWN in (then, now) else PARTLY


def _speed_claim(
    catalog: Catalog, view: View, own: Choice, any_: Choice, usd: float, *, painful: bool
) -> tuple[str, str, str, str]:
    (then, then_text), (now, now_text) = (_told(catalog, view, c, usd) for c in (own, any_))
    judge = _painful if painful else _reasonable
    says = "is doable but painfully slow" if painful else "is reasonable"
    return f"For ${usd:,.0f} a high-end model at home {says}", _both(judge(then), judge(now)), then_text, now_text


def _painful(speed: float) -> str:
    if np.isnan(speed):
        return UNKNOWN
    return HOLDS if speed < PAINFUL else PARTLY if speed < REASONABLE else NO_LONGER


def _reasonable(speed: float) -> str:
    if np.isnan(speed):
        return UNKNOWN
    return HOLDS if speed >= REASONABLE else PARTLY if speed >= PAINFUL else NO_LONGER


def _mac_claim(catalog: Catalog, view: View, own: Choice, capable: Choice) -> tuple[str, str, str, str]:
    """A Mac is competitive where nothing else as cheap is quicker with the essay's model, or runs a more capable one.

    In part: it has at least half the speed, or comes within the interval of the other's place on the index.
    """
    verdicts, texts = [], []
    for choice in (own, capable):
        mac = best_for(choice, MUCH_USD, (MACS,))
        if mac is None:
            verdicts.append(UNKNOWN)
            texts.append(f"no Mac with a known price up to ${MUCH_USD:,.0f} runs it")
            continue
        worth, told = _told(catalog, view, choice, MUCH_USD, (MACS,))
        other = best_for(choice, float(mac["usd"]), (CARDS, BOXES, PROCESSORS))
        beside, words = _told(catalog, view, choice, float(mac["usd"]), (CARDS, BOXES, PROCESSORS))
        near = beside / 2 if choice is own else float(other["score_low"]) if other is not None else np.nan
        verdicts.append(UNKNOWN if np.isnan(beside) else HOLDS if worth >= beside else PARTLY if worth >= near else NO_LONGER)  # fmt: skip
        texts.append(f"{told}; for that money {words}")
    return "A high-end Mac is extremely competitive", _both(verdicts[0], verdicts[1]), texts[0], texts[1]


def _short_of_memory(catalog: Catalog, view: View) -> tuple[str, str, str, str]:
    """The essay's own computer with and without its card of 8 GB: what the card gives a model it cannot hold."""
    says = "Cards without the memory for a model do not buy much"
    machines = [catalog.machines.get(k) for k in ("essay-pc", "essay-pc-gtx-1080")]
    rigs = [build(catalog, m.device, m.count, float(m.ram_gib), m.cpu or view.cpu, view.reserve) for m in machines if m]
    if len(rigs) < 2:
        return says, UNKNOWN, "the essay's computer is not in the catalog", ""
    found = tuple(Candidate(r, ("essay", r.name), kind_of(r.device), 0.0, "") for r in rigs)
    table = runs(catalog, view, found)
    gains, texts = [], []
    for model in (HIGH_END, MIXTURE):
        at = table.models.index(model) if model in table.models else None
        without, with_card = table.tok_per_s[:, at] if at is not None else (np.nan, np.nan)
        gains.append(float(with_card / without))
        name = catalog.models[model].name if model in catalog.models else model
        texts.append(
            f"{name}: {without:,.2g} tokens/s without the card, {with_card:,.2g} with {rigs[1].device.name} (8 GB)"
            if np.isfinite(gains[-1])
            else f"{name}: not known on this computer"
        )
    verdicts = [UNKNOWN if np.isnan(g) else HOLDS if g < 1.5 else PARTLY if g < 2 else NO_LONGER for g in gains]
    return says, _both(verdicts[0], verdicts[1]), texts[0], texts[1]
