"""Who is cheaper, and by how much, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.answers.cost_home import Band, Home, Speed
from lib.cost.money import DAYS_PER_MONTH, DAYS_PER_YEAR, MTOK, break_even_tokens_per_day, payback_days
from lib.view import View


def usd_text(amount: float) -> str:
    """Dollars with two digits that count, more from 100 on: `$0.0021`, `$2.3`, `$31`, `$1,240`; `n/a` where unknown."""
    if np.isnan(amount):
        return "n/a"
    return f"${_digits(amount)}"


def _digits(amount: float) -> str:
    if amount == 0 or amount >= 9.95:
        return f"{amount:,.0f}"
    digits = max(1 - int(np.floor(np.log10(amount))), 0)
    return f"{amount:.{digits}f}"


def usd_band(low: float, middle: float, high: float) -> str:
    """Dollars with their range: `$31 (27–36)`; without it where both ends read the same."""
    if np.isnan(middle):
        return "n/a"
    ends = (_digits(low), _digits(high))
    return usd_text(middle) if ends[0] == ends[1] else f"{usd_text(middle)} ({ends[0]}–{ends[1]})"


def tokens_text(tokens: float) -> str:
    """A number of tokens as people say it: `250,000`, `4.1 million`, `1.2 billion`."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if tokens >= 0.9995 * size:
            amount = tokens / size
            return f"{amount:,.{0 if amount >= 99.5 or amount == round(amount) else 1}f} {word}"
    if tokens == round(tokens) and tokens % 1000 == 0:
        return f"{tokens:,.0f}"
    step = 10.0 ** max(np.floor(np.log10(max(tokens, 1.0))) - 1, 0)
    return f"{round(tokens / step) * step:,.0f}"


def days_text(days: float) -> str:
    """A time as people say it: `40 days`, `7 months`, `12 years`, `never`, `n/a`."""
    if np.isnan(days):
        return "n/a"
    if np.isinf(days) or days > 1000 * DAYS_PER_YEAR:
        return "never"
    for size, word in ((DAYS_PER_YEAR, "years"), (DAYS_PER_MONTH, "months")):
        if days >= 2 * size:
            return f"{days / size:,.{1 if days < 9.95 * size else 0}f} {word}"
    return f"{days:,.0f} day{'' if round(days) == 1 else 's'}"


@dataclass(frozen=True)
class Against:
    """Home against one offer, at the visitor's tokens."""

    offer: pd.Series
    tokens: float
    home: Home | None

    @property
    def month(self) -> float:
        return float(self.offer["usd_per_month"])

    @property
    def break_even(self) -> Band:
        """Fewest, likely and most tokens a day from which home is cheaper; infinite for never, NaN for unknown."""
        if self.home is None:
            return np.nan, np.nan, np.nan
        hosted = float(self.offer["usd_per_mtok"])
        found = [
            float(break_even_tokens_per_day(r.fixed_usd_per_day, r.generating_usd_per_mtok, hosted))
            for r in (self.home.cheap, self.home.likely, self.home.dear)
        ]
        return found[0], found[1], found[2]

    def payback(self, resale_percent: float) -> float:
        """Days until the machine has come back, at the visitor's tokens; infinite for never, NaN for unknown."""
        if self.home is None or self.home.price is None or self.tokens > self.home.likely.most_tokens_per_day:
            return np.nan
        spent = self.home.price.usd * (1 - resale_percent / 100)
        day = self.month / DAYS_PER_MONTH
        return float(payback_days(spent, self.home.likely.energy_usd_per_day(self.tokens), day))

    @property
    def name(self) -> str:
        return f"{self.offer['name']} from {self.offer['provider']}"


def monthly(home: Home, tokens: float) -> Band:
    """Least, likely and most dollars a month at home; NaN where a part is unknown."""
    low, middle, high = home.usd_per_day(tokens)
    return low * DAYS_PER_MONTH, middle * DAYS_PER_MONTH, high * DAYS_PER_MONTH


def verdict(cost: Band, at_least: float, hosted: float) -> str:
    """`hosting`, `home`, `open` (the hosted price lies in home's range) or `unknown`; all in dollars a month."""
    low, _, high = cost
    if not np.isnan(low):
        return "hosting" if hosted < low else "home" if hosted > high else "open"
    return "hosting" if at_least > hosted else "unknown"


def sentence(speed: Speed, home: Home | None, same: Against | None, capable: Against | None, tokens: float, name: str, view: View) -> str:  # fmt: skip
    """The page's answer. Says who is cheaper, or what is not known."""
    told = tokens_text(tokens)
    if tokens <= 0:
        wait = "" if home is None else f"; at home {_waits(home)}"
        return f"With no tokens a day, renting {name} costs nothing{wait}."
    best = same or capable
    if home is None:
        where = f"{_hosts(best, told)}" if best else "and no provider's price of it is in the catalog"
        lead = f"What {name} costs at home is not known" if speed.unknown else f"{name} does not run at home here"
        return f"{lead}: {speed.why_not}; {where}."
    least, _, most = home.most_tokens()
    if tokens > most:
        return _too_slow(home, best, tokens, name, speed, view)
    cost = monthly(home, tokens)
    at_least = home.at_least_usd_per_day(tokens) * DAYS_PER_MONTH
    who = "" if same else f"No provider's price of {name} is in the catalog. "
    maybe = f" Whether this machine can do that much in {view.hours:g} hours is within the error of our speed." if tokens > least else ""  # fmt: skip
    if best is None:
        return f"{who}At {told} tokens a day home costs {_home_text(home, cost, at_least)} a month; there is nothing to compare it with.{maybe}"  # fmt: skip
    if home.price is None and np.isnan(home.likely.generating_usd_per_mtok):
        return f"{who}At {told} tokens a day renting {best.name} costs {usd_text(best.month)} a month; what home costs is not known: neither the machine's price nor its watts are.{maybe}"
    lead, more = _verdict(home, best, cost, at_least, view)
    rent = f"Renting {best.name} costs {usd_text(best.month)} a month; at home {name if not same else 'it costs'} "
    return f"{who}At {told} tokens a day {lead}. {rent}{_home_text(home, cost, at_least)}.{more}{maybe}"


def _hosts(best: Against | None, told: str) -> str:
    return "" if best is None else f"renting {best.name} costs {usd_text(best.month)} a month at {told} tokens a day"


def _waits(home: Home) -> str:
    month = home.at_least_usd_per_day(0) * DAYS_PER_MONTH
    if home.price is None:
        return f"waiting alone costs {usd_text(month)} a month in electricity, and the machine's price is not known"
    return f"the machine's wear and its waiting cost {usd_text(month)} a month"


def _home_text(home: Home, cost: Band, at_least: float) -> str:
    if not np.isnan(cost[1]):
        wear = home.likely.wear_usd_per_day * DAYS_PER_MONTH
        most = ", most of it the machine's wear" if wear > 0.5 * cost[1] else ", most of it electricity"
        return f"{usd_band(*cost)}{most if cost[1] > 0 else ''}"
    if home.price is not None:
        return f"at least {usd_text(at_least)} for the machine's wear, and its electricity is not known"
    return f"at least {usd_text(at_least)} in electricity, and the machine's price is not known"


def _verdict(home: Home, best: Against, cost: Band, at_least: float, view: View) -> tuple[str, str]:
    """Who is cheaper, as the second half of a sentence, and what follows from it, as a sentence of its own or nothing."""
    who = verdict(cost, at_least, best.month)
    if who == "unknown":
        return "which is cheaper is not known", ""
    if who == "open":
        return "it is too close to tell: the price lies in the range of ours", ""
    if who == "home":
        back = f" The machine has paid for itself after {days_text(best.payback(view.resale))}." if home.likely.wear_usd_per_day > 0 else ""  # fmt: skip
        return f"home is cheaper, by {usd_text(best.month - cost[1])} a month", back
    by = "" if np.isnan(cost[1]) else f", by {usd_text(cost[1] - best.month)} a month"
    return f"hosting is cheaper{by}", _from(home, best)


def _from(home: Home, best: Against) -> str:
    """From how many tokens on home would be cheaper."""
    tokens = best.break_even[1]
    if np.isnan(tokens):
        return " From how many tokens on home would be cheaper is not known."
    if np.isinf(tokens):
        a, b = home.likely.generating_usd_per_mtok, float(best.offer["usd_per_mtok"])
        return f" Home never is: the electricity of a million tokens alone costs {usd_text(a)}, renting them {usd_text(b)}."  # fmt: skip
    most = home.likely.most_tokens_per_day
    limit = "" if tokens <= most else f", more than the {tokens_text(most)} it can do in the {home.likely.hours_per_day:g} hours it is on"  # fmt: skip
    return f" Home would be cheaper from {tokens_text(tokens)} tokens a day on{limit}."


def _too_slow(home: Home, best: Against | None, tokens: float, name: str, speed: Speed, view: View) -> str:
    where = f"your {speed.rig.name}" if speed.rig else "your machine"
    low, middle, high = home.most_tokens()
    rent = f" {_first_capital(_hosts(best, tokens_text(tokens)))}." if best else ""
    if middle <= 0:
        return f"A machine that is on for {view.hours:g} hours a day does no tokens.{rent}"
    hours = home.likely.hours_per_mtok * tokens / MTOK
    text = f"{tokens_text(tokens)} tokens a day are more than {where} can do with {name} at {speed.form}: they take {hours:,.0f} hours, and it is on for {view.hours:g}"  # fmt: skip
    span = "" if tokens_text(low) == tokens_text(high) else f" ({tokens_text(low)} to {tokens_text(high)})"
    each = home.usd_per_day(middle)[1] / middle * MTOK
    text += f". It can do {tokens_text(middle)}{span} at most"
    if best is None or np.isnan(each):
        return f"{text}.{rent}"
    price = float(best.offer["usd_per_mtok"])
    who = "hosting" if price < each else "home"
    return f"{text}, at {usd_text(each)} a million; renting {best.name} costs {usd_text(price)} a million, {usd_text(best.month)} a month: {who} is cheaper a token, and only hosting does it all."  # fmt: skip


def _first_capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
