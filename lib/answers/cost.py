"""Home or hosted? What a model costs on the visitor's machine against every provider, and from when on home is cheaper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.cost_directory import providers, services
from lib.answers.cost_home import WHOLE, Home, Speed, at_home, chosen_model, home_speed
from lib.answers.cost_hosts import Offers, as_capable, offers
from lib.answers.cost_words import Against, days_text, monthly, sentence, tokens_text, usd_band, usd_text, verdict
from lib.answers.cost_working import beside, even_text, hosted_speeds, parts, working
from lib.catalog import Catalog
from lib.cost.money import DAYS_PER_MONTH, MTOK
from lib.view import View

HOME, SAME, CAPABLE = "home", "same model", "as capable"
POINTS = 49
"""Points of a line of the chart."""
NAMED_AT = 0.4
"""Where along the axis the lower of two lines is named: below it, to its right, where nothing else is drawn."""
LEAST_TOKENS, MOST_TOKENS = 1e2, 1e13
"""Ends the chart's axis never goes beyond."""


@dataclass(frozen=True, eq=False)
class CostPage:
    model: str
    sentence: str
    notes: tuple[str, ...]
    beside: pd.DataFrame
    """what, home, same, capable."""
    parts: pd.DataFrame
    """part, a day, a month, a million tokens, how; empty where the machine does not run the model."""
    even: pd.DataFrame
    """against, offer, a month, break-even, most, pays back, who: one row an offer home is compared with."""
    lines: pd.DataFrame
    """line, tokens, usd, low, high, text, kind, label: what the chart draws; empty where there is nothing to draw."""
    token_ends: tuple[float, float]
    usd_ends: tuple[float, float]
    chart_text: str
    same: pd.DataFrame
    capable: pd.DataFrame
    """Prices, see `lib.answers.cost_hosts.Offers`."""
    same_title: str
    capable_title: str
    working: pd.DataFrame
    """term, value, how."""
    services: pd.DataFrame
    providers: pd.DataFrame


@lru_cache(maxsize=256)
def cost_page(catalog: Catalog, view: View) -> CostPage:
    """Everything the page “Home or hosted?” draws for a view. Cached: treat its frames as read-only."""
    key = chosen_model(catalog, view)
    tokens = float(view.tin + view.tout)
    # Without tokens there is no mix; what a million would cost is then shown for the usual one.
    share = view.tin / tokens if tokens else usual_share()
    speed = home_speed(catalog, view, key)
    home = at_home(catalog, view, speed, share)
    found = offers(catalog, key, share, tokens, view.ctx)
    same = None if found.cheapest_same is None else Against(found.cheapest_same, tokens, home)
    capable = None if found.cheapest_capable is None else Against(found.cheapest_capable, tokens, home)
    said = sentence(speed, home, same, capable, tokens, catalog.models[key].name, view)
    lines, token_ends, usd_ends = _lines(home, same, capable, tokens)
    model = catalog.models[key].name
    return CostPage(
        key, said, _notes(catalog, speed, home, same, capable, found, tokens, view),
        beside(catalog, speed, home, same, capable, view),
        parts(speed, home, tokens, view) if home is not None else pd.DataFrame(),
        _even_rows(speed, home, same, capable, tokens, view),
        lines, token_ends, usd_ends, f"US dollars a month against tokens a day, both logarithmic, at home and rented. {said}",
        found.same, found.capable, f"{len(found.same)} offers of {model}",
        _capable_title(catalog, key, found),
        working(catalog, speed, home, same or capable, view), services(catalog), providers(catalog),
    )  # fmt: skip


def usual_share() -> float:
    """Share of prompt tokens where a view asks for none: that of the view's defaults."""
    usual = View()
    return usual.tin / (usual.tin + usual.tout)


def _capable_title(catalog: Catalog, key: str, found: Offers) -> str:
    if found.why_not:
        return f"{found.why_not[:1].upper()}{found.why_not[1:]}."
    mine = as_capable(catalog, key).mine
    assert mine is not None  # without a place on the index there is a reason
    return (
        f"{len(found.capable)} other models are not clearly below {catalog.models[key].name} on the capability index "
        f"({mine.value:.0f}, {mine.low:.0f}–{mine.high:.0f}) and have a price; the cheapest offer of each"
    )


def _even_rows(speed: Speed, home: Home | None, same: Against | None, capable: Against | None, tokens: float, view: View) -> pd.DataFrame:  # fmt: skip
    rows = []
    words = {
        "hosting": "hosting is cheaper",
        "home": "home is cheaper",
        "open": "too close to tell",
        "unknown": "not known",
    }
    for kind, a in (("the same model", same), ("as capable", capable)):
        if a is None:
            continue
        if home is None:
            rows.append(
                (
                    kind,
                    a.name,
                    usd_text(a.month),
                    "n/a",
                    "n/a",
                    "n/a",
                    "not known" if speed.unknown else "only hosting does it",
                )
            )
            continue
        most = home.most_tokens()[1]
        who = "only hosting does it all" if tokens > home.most_tokens()[2] else words[_verdict(home, a, tokens)]
        rows.append((kind, a.name, usd_text(a.month), even_text(a), tokens_text(most), days_text(a.payback(view.resale)), who))  # fmt: skip
    return pd.DataFrame(rows, columns=["against", "offer", "a month", "break-even", "most", "pays back", "who"])


def _ends(low: float, high: float) -> tuple[float, float]:
    """Powers of ten around a range, so that few different charts have to be remembered."""
    return float(10.0 ** np.floor(np.log10(low) + 1e-9)), float(10.0 ** np.ceil(np.log10(high) - 1e-9))


def _lines(home: Home | None, same: Against | None, capable: Against | None, tokens: float) -> tuple[pd.DataFrame, tuple[float, float], tuple[float, float]]:  # fmt: skip
    """The lines' points, the crossings, the visitor's own tokens, and the ends of both axes."""
    columns = ["line", "tokens", "usd", "low", "high", "text", "kind", "label"]
    given = [(n, a) for n, a in ((SAME, same), (CAPABLE, capable)) if a is not None]
    known = home is not None and not np.isnan(home.likely.usd_per_day(1.0))
    if not tokens or not (given or known):
        return pd.DataFrame(columns=columns), (1e3, 1e9), (0.01, 1000.0)
    most = home.likely.most_tokens_per_day if home is not None else np.nan
    crossings = [v for _, a in given if np.isfinite(v := a.break_even[1]) and 0 < v <= MOST_TOKENS]
    inside = [v for v in (tokens, most, *crossings) if np.isfinite(v) and v > 0]
    start, end = _ends(max(min(inside) / 30, LEAST_TOKENS), min(max(inside) * 3, MOST_TOKENS * 10))
    rows: list[tuple[object, ...]] = []
    if home is not None and known and most > start:
        x = np.geomspace(start, min(most, end), POINTS)
        low, middle, high = (r.usd_per_day(x) * DAYS_PER_MONTH for r in (home.cheap, home.likely, home.dear))
        for t, a, m, b in zip(x, low, middle, high, strict=True):
            rows.append((HOME, t, m, a, b, usd_band(a, m, b), "line", ""))
        rows.append((HOME, x[0], middle[0], np.nan, np.nan, "", "start", "at home"))
        if most < end:
            rows.append((HOME, x[-1], middle[-1], np.nan, np.nan, usd_text(middle[-1]), "limit", f"most it can do: {tokens_text(most)}"))  # fmt: skip
    for line, offer in given:
        each = float(offer.offer["usd_per_mtok"]) / MTOK * DAYS_PER_MONTH
        for t in np.geomspace(start, end, POINTS):
            rows.append((line, t, t * each, np.nan, np.nan, usd_text(t * each), "line", ""))
        other = [float(a.offer["usd_per_mtok"]) for _, a in given if a is not offer]
        above = not other or float(offer.offer["usd_per_mtok"]) >= other[0]
        at = end if above else start * (end / start) ** NAMED_AT
        rows.append((line, at, at * each, np.nan, np.nan, "", "above" if above else "below", offer.name))
        rows.append((line, tokens, tokens * each, np.nan, np.nan, usd_text(tokens * each), "mine", ""))
        even = offer.break_even[1]
        if known and start < even <= most:
            kind = "crossing-above" if above else "crossing-below"
            rows.append((line, even, even * each, np.nan, np.nan, usd_text(even * each), kind, f"home is cheaper from {tokens_text(even)}"))  # fmt: skip
    if home is not None and known and tokens <= most:
        a, m, b = monthly(home, tokens)
        rows.append((HOME, tokens, m, a, b, usd_band(a, m, b), "mine", ""))
    rows.append(("", tokens, np.nan, np.nan, np.nan, "", "you", f"you: {tokens_text(tokens)} a day"))
    frame = pd.DataFrame(rows, columns=columns)
    money = pd.concat([frame["usd"], frame["low"], frame["high"]]).dropna()
    money = money[money > 0]
    ends = _ends(max(float(money.min()), 1e-4), max(float(money.max()), 1e-3)) if len(money) else (0.01, 1000.0)
    return frame, (start, end), ends


def _notes(catalog: Catalog, speed: Speed, home: Home | None, same: Against | None, capable: Against | None, found: Offers, tokens: float, view: View) -> tuple[str, ...]:  # fmt: skip
    notes = []
    mine = as_capable(catalog, speed.model).mine
    if found.why_not:
        notes.append(f"{found.why_not[:1].upper()}{found.why_not[1:]}.")
    elif same is not None and capable is not None and mine is not None and tokens:
        less = "cheaper still" if capable.month < same.month else "no cheaper"
        notes.append(f"As capable, not clearly below {mine.value:.0f} ({mine.low:.0f}–{mine.high:.0f}) on the index, and {less}: {capable.name}, {usd_text(capable.month)} a month.")  # fmt: skip
    if home is not None:
        notes += _home_notes(speed, home, view)
    best = same or capable
    if best is None or not tokens:
        return tuple(notes)
    notes.append("Prices of tokens are list prices without discounts for cached prompts or batches, as of the date beside each; the other model's tokens are counted as if they were this one's.")  # fmt: skip
    if home is not None and _verdict(home, best, tokens) == "hosting":
        known = hosted_speeds(catalog)
        groq = known[known["provider"].str.startswith("groq")]
        then = f": {groq['model'].iloc[0]} at {groq['tok_per_s'].iloc[0]:g} tokens/s there" if len(groq) else ""
        notes.append(f"The essay said so of Groq in May 2024{then}. Home keeps your text on the machine; hosting sends it to the provider.")  # fmt: skip
    return tuple(notes)


def _verdict(home: Home, a: Against, tokens: float) -> str:
    return verdict(monthly(home, tokens), home.at_least_usd_per_day(tokens) * DAYS_PER_MONTH, a.month)


def _home_notes(speed: Speed, home: Home, view: View) -> list[str]:
    """What the cost at home leaves out, and what is not known of it."""
    assert speed.rig is not None  # what costs something at home runs there
    device = speed.rig.device
    if home.price is None:
        notes = [f"The price of {speed.rig.name} is not known: type in what one device cost you."]
    else:
        notes = [f"The machine's price is ${home.price.usd:,.0f} ({home.price.basis})."]
        if not device.unified and home.price.basis != WHOLE:
            notes = [f"{notes[0]} It is of the devices alone, as is the electricity: the computer around them is in neither."]  # fmt: skip
    if np.isnan(speed.busy.watts):
        notes.append(f"Electricity is not known: {speed.busy.how}.")
    elif speed.busy.at_most:
        notes.append(f"The watts while generating are the most it takes ({speed.busy.how}); the low end counts waiting only.")  # fmt: skip
    if speed.idle is None:
        notes.append("How much it takes while it waits is not known, so waiting is counted as nothing.")
    if speed.prefill_why:
        notes.append(f"How fast the prompt is read is not known ({speed.prefill_why}): the likely figure takes it to be as slow as writing, the low end as instant.")  # fmt: skip
    if view.slots > 1:
        notes.append("Tokens are written one conversation at a time; several at once would do more in the same hours.")
    return notes
