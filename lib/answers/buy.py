"""What should I buy? Price against capability and speed, what the next dollars buy, and what to add to what one has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.buy_candidates import FRESH_YEARS, KINDS, Offers
from lib.answers.buy_choice import (
    Aim,
    Choice,
    Row,
    Wish,
    best_for,
    cheapest,
    choose,
    next_step,
    with_bands,
)
from lib.answers.buy_essay import EssayToday, conclusion
from lib.answers.buy_own import second_card
from lib.catalog import Catalog
from lib.fit import FIT_WORDS
from lib.view import PAGES, View

NOTHING = "nothing better"
NOTICED = 0.1
"""A gain in speed below this share is within what predictions are off by, and is not told."""
STEPS_USD = (0, 500, 1000, 2000)
"""Sums above the budget that are looked at."""
TABLE = ("machine", "kind", "usd", "basis", "name", "score", "interval", "speed_text", "feels", "fit", "within")
DRAWN = ("machine", "kind", "usd", "worth", "low", "high", "name", "speed_text", "basis", "on_frontier", "within", "label", "chosen", "budget", "own")  # fmt: skip
WORTH = {"score": "capability index of the best model it runs", "tok_per_s": "predicted tokens/s of the quickest model capable enough"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class BuyPage:
    """Everything the page shows. Prices in US dollars, speeds in tokens a second; unknown is NaN or empty."""

    sentence: str
    notes: tuple[str, ...]
    drawn: pd.DataFrame
    """`DRAWN`: one row a machine that runs what is wished and costs something."""
    worth_title: str
    log_worth: bool
    kinds: tuple[str, ...]
    chart_text: str
    steps: pd.DataFrame
    steps_sentence: str
    capability: pd.DataFrame
    """`TABLE`: the frontier of price against capability, cheapest first."""
    capability_wish: str
    speed: pd.DataFrame
    """`TABLE`: the frontier of price against speed, cheapest first."""
    speed_wish: str
    own: str
    essay: EssayToday
    empty: str


def buy_page(catalog: Catalog, view: View) -> BuyPage:
    """The answer to “What should I buy?” for a view of the page `buy`."""
    return _page(catalog, View(**{name: getattr(view, name) for name in PAGES["buy"]}))


@lru_cache(maxsize=128)
def _page(catalog: Catalog, view: View) -> BuyPage:
    both: dict[Aim, Choice] = {"capability": choose(catalog, view, "capability"), "speed": choose(catalog, view, "speed")}  # fmt: skip
    choice = both[view.aim]
    drawn = _drawn(catalog, view, choice)
    sentence = _sentence(catalog, view, choice)
    steps = _steps(catalog, view, choice)
    return BuyPage(
        sentence, _notes(catalog, view, choice), drawn, _worth_title(catalog, choice), choice.worth == "tok_per_s",
        tuple(k for k in KINDS if (drawn["kind"] == k).any()),
        f"Scatter plot of {_worth_title(catalog, choice)} against price. {sentence} Machines that nothing cheaper beats are in the tables below.",
        steps, _steps_sentence(view, choice),
        _frontier(catalog, view, both["capability"]), _wish_text(catalog, view, both["capability"].wish),
        _frontier(catalog, view, both["speed"]), _wish_text(catalog, view, both["speed"].wish),
        second_card(catalog, view), conclusion(catalog), _empty(catalog, view, choice) if drawn.empty else "",
    )  # fmt: skip


def _worth_title(catalog: Catalog, choice: Choice) -> str:
    if choice.wish.model is not None:
        return f"predicted tokens/s of {catalog.models[choice.wish.model].name}"
    return WORTH[choice.worth]


def _drawn(catalog: Catalog, view: View, choice: Choice) -> pd.DataFrame:
    """Marks of the chart. Bands are told for the frontier only; what one keeps costs nothing and is a line, not a point."""
    rows = choice.rows
    own = rows[rows["owned"] & rows["runs"]]
    told = rows[rows["runs"] & (rows["usd"] > 0)]
    front = with_bands(catalog, view, choice, told[told["on_frontier"]])
    told = told.assign(worth=told[choice.worth], speed_text=[f"about {s:,.3g}" for s in told["tok_per_s"]], low=np.nan, high=np.nan)  # fmt: skip
    ends = ("low", "high") if choice.worth == "tok_per_s" else ("score_low", "score_high")
    for column, end in zip(("low", "high"), ends, strict=True):
        told.loc[front.index, column] = front[end]
    told.loc[front.index, "speed_text"] = front["speed_text"]
    best = best_for(choice, view.budget)
    chosen = told.index == (best.name if best is not None else -1)
    value = float(own[choice.worth].iloc[0]) if len(own) else np.nan
    found = told.assign(label=told["machine"], chosen=chosen, budget=float(view.budget), own=value)
    return found[list(DRAWN)].reset_index(drop=True)


def _frontier(catalog: Catalog, view: View, choice: Choice) -> pd.DataFrame:
    rows = choice.rows[choice.rows["on_frontier"]].sort_values("usd", kind="stable")
    told = with_bands(catalog, view, choice, rows)
    interval = [f"{a:.0f}–{b:.0f}" if np.isfinite(a + b) else "" for a, b in zip(told["score_low"], told["score_high"], strict=True)]  # fmt: skip
    fit = [FIT_WORDS[f] for f in told["fit"]]
    return told.assign(interval=interval, fit=fit)[list(TABLE)].reset_index(drop=True)


def _steps(catalog: Catalog, view: View, choice: Choice) -> pd.DataFrame:
    """What the budget and more than it buys: up_to, more, machine, usd, name, score, speed_text and gain."""
    found = []
    first = best_for(choice, view.budget)
    for more in STEPS_USD:
        row = best_for(choice, view.budget + more)
        found.append((float(view.budget + more), more, row, _gain(choice, first, row) if more else ""))
    kept = [row for _, _, row, _ in found if row is not None]
    bands = with_bands(catalog, view, choice, pd.DataFrame(kept)) if kept else pd.DataFrame()
    texts = iter(bands["speed_text"] if kept else ())
    return pd.DataFrame(
        [
            (up_to, more, row["machine"], row["usd"], row["name"], row["score"], next(texts), gain)
            if row is not None
            else (up_to, more, "nothing with a known price", np.nan, None, np.nan, None, "")
            for up_to, more, row, gain in found
        ],
        columns=["up_to", "more", "machine", "usd", "name", "score", "speed_text", "gain"],
    )


def _gain(choice: Choice, first: Row | None, row: Row | None) -> str:
    if row is None:
        return "nothing"
    if first is None:
        return "a machine that does it at all"
    quicker = float(row["tok_per_s"]) / float(first["tok_per_s"]) - 1
    faster = f"{row['tok_per_s'] - first['tok_per_s']:,.3g} tokens/s, {quicker:.0%} more"
    if choice.worth == "score" and row["score"] > (first["score_high"] if np.isfinite(first["score_high"]) else first["score"]):  # fmt: skip
        return f"{row['score'] - first['score']:,.1f} points of the index"
    if quicker < NOTICED:
        return NOTHING
    return f"no more capability, but {faster}" if choice.worth == "score" else faster


def _steps_sentence(view: View, choice: Choice) -> str:
    first, then = best_for(choice, view.budget), best_for(choice, view.budget + 500)
    gain = _gain(choice, first, then)
    text = "The next $500 buys "
    if then is None or gain == NOTHING:
        text += "nothing surely more capable and nothing quicker" if choice.worth == "score" else "nothing quicker"
    elif first is None:
        text += f"{then['machine']}, which runs {then['name']}"
    else:
        text += f"{gain}: {then['machine']} for ${then['usd']:,.0f} with {then['name']}"
    step = next_step(choice, then, view.budget + 500)
    if step is None:
        return f"{text}. Nothing dearer with a known price does better."
    return f"{text}. The step after that is {step['machine']} at ${step['usd']:,.0f}, with {step['name']}."


def _money(view: View) -> str:
    return f"an extra ${view.budget:,}" if view.keep and view.by == "machine" else f"${view.budget:,}"


def _sentence(catalog: Catalog, view: View, choice: Choice) -> str:
    row = best_for(choice, view.budget)
    if row is None:
        return _empty(catalog, view, choice)
    told = with_bands(catalog, view, choice, pd.DataFrame([row])).iloc[0]
    speed = f"about {told['speed_text']} tokens/s"
    runs = f"{_named(row)}, {speed}"
    if row["owned"]:
        return f"Keep {row['machine']}: nothing for {_money(view)} does better than its {runs}."
    if choice.wish.model is not None:
        return f"The quickest machine {_money(view)} buys for {row['name']} is {row['machine']} for ${row['usd']:,.0f}: {speed}."
    money, on = _money(view), f"{row['machine']} for ${row['usd']:,.0f}"
    if choice.worth == "score":
        return f"{money[:1].upper()}{money[1:]} buys {row['machine']} (${row['usd']:,.0f}), which runs {runs}. Nothing for the money is surely more capable, and nothing as capable is quicker."
    return f"The quickest model capable enough that {money} buys is {runs}, on {on}."


def _highest(catalog: Catalog, view: View, choice: Choice) -> tuple[str, ...]:
    """Which machine's model has the highest index itself, where that is another one."""
    best, rows = best_for(choice, view.budget), choice.rows
    affordable = rows[rows["within"]]
    if best is None or choice.worth != "score" or affordable.empty:
        return ()
    top = affordable.loc[affordable["score"].idxmax()]
    if top["score"] <= best["score"]:
        return ()
    told = with_bands(catalog, view, choice, pd.DataFrame([top])).iloc[0]
    return (f"The highest index itself is that of {_named(top)} on {top['machine']}, at about {told['speed_text']} tokens/s; the intervals do not tell the two apart.",)  # fmt: skip


def _named(row: Row) -> str:
    return f"{row['name']} (index {row['score']:.0f})" if np.isfinite(row["score"]) else str(row["name"])


def _empty(catalog: Catalog, view: View, choice: Choice) -> str:
    wish, least = _wish_text(catalog, view, choice.wish), cheapest(choice)
    if least is None:
        return f"No machine with a known price runs {wish}. Ask for less, or type in what your device costs."
    return f"Nothing for {_money(view)} runs {wish}. The cheapest that does is {least['machine']} at ${least['usd']:,.0f}, with {least['name']}."


def _wish_text(catalog: Catalog, view: View, wish: Wish) -> str:
    """The wish as the end of a sentence."""
    parts = [
        catalog.models[wish.model].name if wish.model else "a model of our index" if wish.able is None else "a model"
    ]
    if wish.able is not None and wish.assumed_able:
        parts.append(f"surely as capable as GPT-4 Turbo, the best one could rent in May 2024 (the low end of its interval at {wish.able:g} or more)")  # fmt: skip
    elif wish.able is not None:
        parts.append(f"with an index of {wish.able:g} or more")
    if wish.speed:
        parts.append(
            f"at {wish.speed:g} tokens/s or more" + (" (as fast as people read)" if wish.assumed_speed else "")
        )
    parts.append(f"with {view.ctx:,} tokens of context" + (f" for each of {view.slots} users" if view.slots > 1 else ""))  # fmt: skip
    if view.licence != "any":
        parts.append({"commercial": "that may be used commercially", "training": "whose outputs may train others", "open": "under an open-source licence"}[view.licence])  # fmt: skip
    return " ".join(parts)


def _notes(catalog: Catalog, view: View, choice: Choice) -> tuple[str, ...]:
    given, least = choice.offers, cheapest(choice)
    notes = [
        *_highest(catalog, view, choice),
        f"Wished for: {_wish_text(catalog, view, choice.wish)}, in {choice.form}.",
    ]
    if least is not None:
        notes[-1] += " What you have does it." if least["owned"] else f" The cheapest that does it is {least['machine']} at ${least['usd']:,.0f}."  # fmt: skip
    notes.append(_prices(given))
    notes.append(
        f"Left out, because no price of today is known: {given.unpriced} devices, {given.stale} of them with only a price at launch more than {FRESH_YEARS} years old, "
        f"and {_unpriced_computers(catalog)} computers and servers without cards. Type in what your own device costs under More."
    )
    if view.slots > 1:
        notes.append(f"Memory is for {view.slots} users at once; speeds are for one of them alone.")
    if view.model and view.model != choice.wish.model:
        notes.append(f"{view.model} cannot be sized (its shapes are not public), so it is not asked for.")
    if view.keep and view.by == "budget":
        notes.append("“I own it” needs a machine: start from your machine instead of an amount.")
    elif given.mine is not None and not given.takes_cards:
        notes.append(f"No card can be put into {given.mine.rig.name}, so only whole machines are added.")
    return tuple(notes)


def _unpriced_computers(catalog: Catalog) -> int:
    return sum(m.price_usd is None and catalog.devices[m.device].kind == "cpu" for m in catalog.machines.values())


def _prices(given: Offers) -> str:
    inside = "Prices: Macs and boxes with unified memory are whole computers"
    if given.computer is not None:
        inside += f"; cards include {given.computer.name} for ${given.computer.usd:,.0f} ({given.computer.basis.rstrip('.')})"  # fmt: skip
    elif given.mine is not None and given.takes_cards:
        inside += "; cards are put into the computer you have"
    else:
        inside += "; cards are without the computer around them, whose price is not known"
    return f"{inside}. Street prices count from their low end. More than two cards want a board and power supply for them, which no price here includes."
