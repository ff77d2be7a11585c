"""How the costs come about, every term with its numbers; and home and hosting beside each other."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.cost_home import Band, Home, Speed
from lib.answers.cost_words import Against, monthly, tokens_text, usd_band, usd_text
from lib.answers.placed import speed_text
from lib.catalog import Catalog
from lib.cost.electricity import HOME_PRICES
from lib.cost.money import DAYS_PER_MONTH, DAYS_PER_YEAR, MTOK
from lib.view import View

NA = "n/a"
PARTS = ("part", "a day", "a month", "a million tokens", "how")


def _row(part: str, day: float, tokens: float, how: str) -> tuple[str, str, str, str, str]:
    each = day / tokens * MTOK if tokens else np.nan
    return part, usd_text(day), usd_text(day * DAYS_PER_MONTH), usd_text(each), how


def parts(speed: Speed, home: Home, tokens: float, view: View) -> pd.DataFrame:
    """part, a day, a month, a million tokens, how: what home costs, fixed parts and energy apart."""
    r = home.likely
    busy = r.hours_per_mtok * tokens / MTOK
    if home.price is None:
        wear = "the machine's price is not known; type in what it cost you"
    else:
        wear = f"(${home.price.usd:,.0f} - {view.resale:g} %) / ({view.years:g} years × {DAYS_PER_YEAR} days); price {home.price.basis}"
    idle = speed.idle
    count = speed.rig.count if speed.rig else 1
    times = f"{count} × " if count > 1 else ""
    waits = "how much it takes while it waits is not known, so nothing is counted; all it takes while generating is below" if idle is None else f"{times}{idle.middle_w:g} W ({idle.low_w:g}–{idle.high_w:g}) × {view.hours:g} h × ${view.kwh:g}; {idle.what}"  # fmt: skip
    above = "" if idle is None else f" - {times}{idle.middle_w:g} W waiting"
    works = speed.busy.how if np.isnan(speed.busy.watts) else f"({speed.busy.watts:,.0f} W{above}) × {busy:,.2f} h × ${view.kwh:g}; {speed.busy.how}"  # fmt: skip
    day = home.usd_per_day(tokens)
    each = tuple(v / tokens * MTOK for v in day) if tokens else (np.nan,) * 3
    rows = [
        _row("wear of the machine", r.wear_usd_per_day, tokens, wear),
        _row("electricity, waiting", np.nan if idle is None else r.idle_usd_per_day, tokens, waits),
        _row("electricity, generating", r.generating_usd_per_mtok * tokens / MTOK, tokens, works),
        _row("electricity together", float(r.energy_usd_per_day(tokens)), tokens, "waiting and generating; without the machine's wear"),
        ("together", usd_band(*day), usd_band(*monthly(home, tokens)), usd_band(each[0], each[1], each[2]), "the range is that of the speed and of the watts while waiting"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(PARTS))


def working(catalog: Catalog, speed: Speed, home: Home | None, against: Against | None, view: View) -> pd.DataFrame:
    """term, value, how: everything the sentence rests on, with its numbers."""
    tokens = float(view.tin + view.tout)
    share = view.tin / tokens if tokens else np.nan
    rows: list[tuple[str, str, str]] = [
        ("mix", f"{share:.0%} prompt" if tokens else NA, f"{view.tin:,} tokens in, {view.tout:,} out a day")
    ]
    if home is not None:
        r = home.likely
        rows += [
            ("writing", f"{_speed(speed.decode)} tokens/s", f"{speed.form} after {view.depth:,} tokens, one conversation; 80 % range"),
            ("reading the prompt", f"{_speed(speed.prefill)} tokens/s" if not speed.prefill_why else NA, f"prompts of {view.prompt:,} tokens; 80 % range" if not speed.prefill_why else f"{speed.prefill_why}; counted from no time to as slow as writing"),
            ("busy", f"{r.hours_per_mtok * tokens / MTOK:,.2f} h a day", f"{view.tin:,} / prompt speed + {view.tout:,} / writing speed; {r.hours_per_mtok:,.2f} h a million tokens of this mix"),
            ("most it can do", f"{tokens_text(r.most_tokens_per_day)} tokens a day", f"10⁶ × {view.hours:g} h / {r.hours_per_mtok:,.2f} h"),
        ]  # fmt: skip
        for row in parts(speed, home, tokens, view).to_dict("records"):
            rows.append((row["part"], f"{row['a day']} a day", row["how"]))
    paid = "; ".join(f"${p.usd_per_kwh:.3f} in {p.where}" for p in HOME_PRICES)
    rows.append(("price of a kWh", f"${view.kwh:g}", f"as typed in; homes pay on average {paid} ({HOME_PRICES[0].year}, {catalog.cited(HOME_PRICES[0].source)[0]})"))  # fmt: skip
    if against is not None:
        o = against.offer
        rows.append((f"renting {o['name']}", f"{usd_text(float(o['usd_per_mtok']))} a million", f"{share:.0%} × ${o['input_usd_per_mtok']:g} + {1 - share:.0%} × ${o['output_usd_per_mtok']:g}; {o['provider']}, {o['as_of']}"))  # fmt: skip
        if home is not None:
            low, middle, high = against.break_even
            r = home.likely
            rows.append(("break-even, tokens a day", _even((low, middle, high)), f"{usd_text(r.fixed_usd_per_day)} fixed a day / ({usd_text(float(o['usd_per_mtok']))} - {usd_text(r.generating_usd_per_mtok)} a million)"))  # fmt: skip
    return pd.DataFrame(rows, columns=["term", "value", "how"])


def _even(band: Band) -> str:
    if np.isnan(band[1]):
        return NA
    if np.isinf(band[1]):
        return "never"
    ends = ("never" if np.isinf(v) else tokens_text(v) for v in (band[0], band[2]))
    low, high = ends
    span = "" if low == high else f" ({low} to {high})"
    return f"{tokens_text(band[1])}{span}"


def even_text(against: Against) -> str:
    """From how many tokens a day on home is cheaper, with its range."""
    return _even(against.break_even)


def _speed(band: Band) -> str:
    return speed_text(band[1], band[0], band[2]) or NA


@lru_cache(maxsize=2)
def hosted_speeds(catalog: Catalog) -> pd.DataFrame:
    """provider, model, tok_per_s, on, source: speeds of hosted services in the catalog, which are few. Cached: read-only."""
    rows = [
        ((m.device_text or "").rpartition("@")[2].strip(), m.model, m.decode_tok_per_s, m.measured_on or "undated", catalog.cited(m.source)[0])
        for m in catalog.measurements.values()
        if m.decode_tok_per_s and "@" in (m.device_text or "")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["provider", "model", "tok_per_s", "on", "source"])


def beside(catalog: Catalog, speed: Speed, home: Home | None, same: Against | None, capable: Against | None, view: View) -> pd.DataFrame:  # fmt: skip
    """what, home, same, capable: money, speed and privacy of the three choices."""
    tokens = float(view.tin + view.tout)
    offers = (same, capable)
    here = speed.why_not or ""
    known = hosted_speeds(catalog)

    def hosted_speed(a: Against) -> str:
        of = known[known["provider"].str.startswith(str(a.offer["provider"]))]
        return f"not known of this model; {of['model'].iloc[0]} {of['tok_per_s'].iloc[0]:g} in {of['on'].iloc[0]}" if len(of) else f"{NA}: not in the catalog"  # fmt: skip

    def context(a: Against) -> str:
        length = float(a.offer["context_tokens"])
        return NA if np.isnan(length) else f"{length:,.0f} tokens"

    def each(text: object) -> list[str]:
        return [text(a) if a is not None else NA for a in offers]  # type: ignore[operator]

    money = (NA, NA)
    if home is not None:
        day = home.usd_per_day(tokens)
        per = usd_band(*(v / tokens * MTOK for v in day)) if tokens else NA
        money = (usd_band(*monthly(home, tokens)), per)
    rows = [
        ("a month, at your tokens", money[0] if home else f"{NA}: {here}", *each(lambda a: usd_text(a.month))),
        ("a million tokens of your mix", money[1], *each(lambda a: usd_text(float(a.offer["usd_per_mtok"])))),
        ("writing, tokens/s", _speed(speed.decode) if home else NA, *each(hosted_speed)),
        ("reading the prompt, tokens/s", _speed(speed.prefill) if home and not speed.prefill_why else f"{NA}: {speed.prefill_why}" if home else NA, *each(lambda _: f"{NA}: not in the catalog")),
        ("longest context offered", f"{view.ctx:,} tokens asked for", *each(context)),
        ("weights", speed.form or NA, *each(lambda _: f"{NA}: providers rarely say")),
        ("your text", "stays on the machine", *each(lambda a: f"goes to {a.offer['provider']}; what is kept there is not in the catalog")),
        ("price as of", home.price.basis if home and home.price else NA, *each(lambda a: str(a.offer["as_of"]))),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "home", "same", "capable"])
