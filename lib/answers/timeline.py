"""The essay's question, live: the best model that fits each size of memory, by release, against the best hosted one."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.licences import allowed
from lib.answers.machine import rig_of
from lib.answers.records import DAYS_A_MONTH, caught_up, running_best
from lib.answers.scores import interval_level, lower_is_better, rank_title, ranked_scores
from lib.answers.sized import BEST_FORMATS, formats_for, sized_rows
from lib.answers.tiers import TIERS, USUAL_TIER, fitting, label_of, long_enough, memory_bytes, tier_of, tier_pool
from lib.answers.timeline_marks import behind_marks, best_marks
from lib.catalog import Catalog
from lib.sizing.pools import GIB
from lib.view import View

HOSTED = "cloud"
"""What the line of the best hosted model is called where the others are called “24 GB”."""


@dataclass(frozen=True, eq=False)
class Timeline:
    sentence: str
    notes: tuple[str, ...]
    method: tuple[str, ...]
    """How it is computed, a line a step."""
    rank_title: str
    lower: bool
    """Whether a smaller score is the better one."""
    until: str
    """The day months are counted to, ISO."""
    mine: str
    """The tier the sentence speaks of, as the charts label it."""
    tiers: pd.DataFrame
    """line, name, released, format, memory_gb, usable_gb, score, interval, hosted_name, hosted_released, months_at_release,
    months, months_text, newer_unscored: one row a size of memory; unknown is NaN or None."""
    records: pd.DataFrame
    """line, released, name, score, interval, format, memory_gb, months_at_release: every model that raised its line."""
    best: pd.DataFrame
    """Marks of the chart of scores; see `timeline_marks.best_marks`."""
    behind: pd.DataFrame
    """Marks of the chart of months behind; see `timeline_marks.behind_marks`."""
    best_text: str
    behind_text: str


def released_day(date: str) -> dt.date:
    """The day of a release. Where only a month or a year is known its last day, so that nobody is early by not telling."""
    parts = [int(part) for part in date.split("-")]
    if len(parts) == 3:
        return dt.date(*parts)
    year, month = (*parts, 12)[:2]
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def catalog_day(catalog: Catalog) -> dt.date:
    """The day a source was last read: what the catalog calls today. Raises ValueError without sources."""
    return max(released_day(source.accessed) for source in catalog.sources.values())


@lru_cache(maxsize=64)
def scored_models(catalog: Catalog, rank: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Every model with a score and a known release, and the ids of those with a score but no date.

    Columns: model, name, open_weights, released (as the catalog prints it), day (ordinal), score, score_low,
    score_high, and the same as worth, worth_low, worth_high, where more is always better. Cached: read-only.
    """
    sign, today = -1.0 if lower_is_better(catalog, rank) else 1.0, catalog_day(catalog).toordinal()
    rows, undated = [], []
    for key, found in ranked_scores(catalog, rank).items():
        model = catalog.models[key]
        if model.released is None:
            undated.append(key)
            continue
        low, high = (np.nan if v is None else v for v in (found.low, found.high))
        worths = sorted((sign * low, sign * high)) if np.isfinite(low + high) else (np.nan, np.nan)
        day = min(released_day(model.released).toordinal(), today)
        rows.append((key, model.name, model.open_weights, model.released, day, found.value, low, high, sign * found.value, *worths))  # fmt: skip
    columns = ["model", "name", "open_weights", "released", "day", "score", "score_low", "score_high", "worth", "worth_low", "worth_high"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns), tuple(undated)


def _may(catalog: Catalog, key: str, wish: str) -> bool:
    licence = catalog.licences.get(catalog.models[key].licence)
    return wish == "any" or (licence is not None and allowed(licence, wish))


def holders(catalog: Catalog, view: View) -> pd.DataFrame:
    """Every model that raised a line: the columns of `scored_models`, line, format, memory_gb, and when the cloud got there.

    `hosted_…` names the first hosted record at least as good, `earliest_day` and `latest_day` bound that day (see
    `caught_up`); the rows of the cloud itself have none. Tiers from the largest down, then the cloud; by release.
    """
    scored, _ = scored_models(catalog, view.rank)
    where = {model: i for i, model in enumerate(scored["model"])}
    fits = fitting(catalog, view)
    held = [
        (label_of(tier), where[model], *taken)
        for tier in reversed(TIERS)
        for model, taken in fits[tier].items()
        if model in where and _may(catalog, model, view.licence)
    ]
    home = pd.DataFrame(held, columns=["line", "at", "format", "memory_gb"])
    home = running_best(pd.concat([home, scored.take(home.pop("at")).reset_index(drop=True)], axis=1))
    cloud = running_best(scored.assign(line=HOSTED))
    return pd.concat([pd.concat([home, caught_up(home, cloud)], axis=1), cloud], ignore_index=True)


def interval_text(low: float, high: float) -> str | None:
    """The interval of a score, both ends to the same decimal; `None` where unknown."""
    if not np.isfinite(low + high):
        return None
    digits = 0 if abs(high) >= 1000 else 1 if abs(high) >= 10 else 2
    return f"{low:,.{digits}f}–{high:,.{digits}f}"


def months_text(low: float, high: float) -> str | None:
    """A range of months, whole; `None` where unknown."""
    if not np.isfinite(low + high):
        return None
    return f"{low:.0f}–{high:.0f}" if round(low) != round(high) else f"{low:.0f}"


@lru_cache(maxsize=256)
def timeline(catalog: Catalog, view: View) -> Timeline:
    """Everything the page “Timeline” draws. Months are counted to the newest release with a score. Cached: read-only."""
    title, lower, tier = rank_title(catalog, view.rank), lower_is_better(catalog, view.rank), tier_of(catalog, view)
    mine = label_of(tier)
    scored, undated = scored_models(catalog, view.rank)
    if scored.empty:
        empty = pd.DataFrame()
        said = f"No model with a known release has a score for {title}, so there is nothing to draw."
        return Timeline(said, (), (), title, lower, "", mine, empty, empty, empty, empty, "", "")
    as_of, since = int(scored["day"].max()), view.since.toordinal() if view.since else int(scored["day"].min())
    since = min(since, as_of - 30)
    found = holders(catalog, view)
    found = found.assign(
        interval=[interval_text(*pair) for pair in zip(found["score_low"], found["score_high"], strict=True)],
        months_at_release=(found["day"] - found["hosted_day"]) / DAYS_A_MONTH,
    )
    home = found[found["line"] != HOSTED]
    tiers = _tiers(catalog, view, found, as_of)
    sentence = _sentence(view, tiers.set_index("line").loc[mine], title, bool((~scored["open_weights"]).any()))
    trend = _trend(home[home["line"] == mine], mine, as_of)
    day = dt.date.fromordinal(as_of)
    bracket = (
        f" In brackets: what the {interval_level(view.rank)} intervals of the scores allow."
        if "(" in sentence.partition(":")[0]
        else ""
    )
    counted = f"By {title}, of {len(scored)} models, counted to {day.day} {day:%B %Y}, the newest release with a score.{_until_read(catalog, tiers, mine, day)}{bracket} {trend}"
    shown = found[["line", "released", "name", "score", "interval", "format", "memory_gb", "months_at_release"]]
    return Timeline(
        sentence, (counted.strip(), *_notes(catalog, view, scored, undated, tiers), *_which(catalog, view, tier)), _method(view),
        title, lower, day.isoformat(), mine, tiers,
        shown.iloc[np.argsort(-found["day"].to_numpy(), kind="stable")].reset_index(drop=True),
        best_marks(found, since, as_of, mine),
        behind_marks(home, since, as_of, mine) if len(home) else pd.DataFrame(),
        f"Step lines of the best {title} by release date, one a size of memory and one of the best hosted model. {sentence} The same rows are in the tables below.",
        f"Lines of how many months the best model for each size of memory was behind the best hosted one, by date. {trend}",
    )  # fmt: skip


def _tiers(catalog: Catalog, view: View, found: pd.DataFrame, as_of: int) -> pd.DataFrame:
    scores, fits = ranked_scores(catalog, view.rank), fitting(catalog, view)
    last = found[found["line"].ne(found["line"].shift(-1))].set_index("line")
    rows = last.reindex([label_of(tier) for tier in TIERS]).reset_index()
    lag = {c: (as_of - rows[c].to_numpy(float)) / DAYS_A_MONTH for c in ("hosted_day", "latest_day", "earliest_day")}
    unscored = [
        (tier, released_day(released).toordinal())
        for tier in TIERS
        for m in fits[tier]
        if m not in scores and (released := catalog.models[m].released) and _may(catalog, m, view.licence)
    ]
    return pd.DataFrame(
        {
            **{c: rows[c] for c in ("line", "name", "released", "format", "memory_gb")},
            "usable_gb": [tier_pool(tier, view.reserve).usable_bytes / 1e9 for tier in TIERS],
            **{c: rows[c] for c in ("score", "interval", "hosted_name", "hosted_released", "months_at_release")},
            "months": lag["hosted_day"],
            "months_text": [months_text(*pair) for pair in zip(lag["latest_day"], lag["earliest_day"], strict=True)],
            "newer_unscored": [
                sum(t == tier and not released <= day for t, released in unscored)
                for tier, day in zip(TIERS, rows["day"], strict=True)
            ],
        }
    )


def _sentence(view: View, row: pd.Series, title: str, closed: bool) -> str:
    size = row.name
    if not isinstance(row["name"], str):
        return f"No model with a score for {title} fits {size} at {view.ctx:,} tokens of context."
    cloud = "hosted model" if closed else "open model of any size"
    if row["months"] < 0.5:
        return f"With {size} at home you are level with the cloud: {row['name']} is the best {cloud} too."
    whole = f"{row['months']:.0f}"
    sure = f" ({row['months_text']})" if row["months_text"] not in (None, whole) else ""
    return (
        f"With {size} at home you are about {whole} month{'' if whole == '1' else 's'} behind the cloud{sure}: "
        f"{row['name']}, the best that fits, does what the best {cloud} did in {released_day(row['hosted_released']):%B %Y}."
    )


def _trend(own: pd.DataFrame, size: str, as_of: int) -> str:
    """How far behind the tier was one and two years before, where it had a model then."""
    said = []
    for years, words in ((1, "a year"), (2, "two years")):
        then = as_of - round(12 * years * DAYS_A_MONTH)
        before = own.loc[own["day"] <= then, "hosted_day"]
        if len(before):
            said.append(f"{(then - before.iloc[-1]) / DAYS_A_MONTH:.0f} {words} before")
    return f"Months {size} was behind: {', '.join(said)}." if said else ""


def _which(catalog: Catalog, view: View, tier: int) -> tuple[str, ...]:
    """How the size the sentence speaks of differs from the machine, where it does."""
    if view.by == "budget" or not catalog.devices:
        return (f"{label_of(tier)} is one size of six; start from a machine to read of yours.",)
    rig, have, notes = rig_of(catalog, view), memory_bytes(catalog, view), []
    if have != tier * GIB:
        less = (
            "the largest of the six sizes within" if have > tier * GIB else "the smallest of the six sizes, more than"
        )
        part = "an engine may use" if rig.pools.unified or not rig.pools.gpus else ""
        notes.append(f"{label_of(tier)} is {less} the {have / GIB:.3g} GiB {f'{part} ' if part else ''}of {rig.name}.")
    if len(rig.pools.gpus) > 1:
        notes.append(f"A size is counted as one card; {rig.name} holds a little less. “Which can I run?” is exact.")
    return tuple(notes)


def _until_read(catalog: Catalog, tiers: pd.DataFrame, mine: str, until: dt.date) -> str:
    """How the count would differ at the day the facts were read, where that is months later."""
    read, lag = catalog_day(catalog), float(tiers.set_index("line").loc[mine, "months"])
    more = (read - until).days / DAYS_A_MONTH
    if more < 1 or not np.isfinite(lag):
        return ""
    return f" To {read.day} {read:%B %Y}, when the facts were read, it would be {lag + more:.0f} months, had nothing better come out since."


def _notes(
    catalog: Catalog, view: View, scored: pd.DataFrame, undated: tuple[str, ...], tiers: pd.DataFrame
) -> list[str]:
    notes = []
    if tiers["months"].notna().any() and tiers["months_text"].isna().all():
        notes.append("These scores come without intervals, so how sure the months are cannot be said.")
    known, own = set(sized_rows(catalog, formats_for(view)).models), scored.loc[scored["open_weights"], "model"]
    unsized = sum(m not in known for m in own)
    short = sum(m in known and not long_enough(catalog, m, view.ctx) for m in own)
    left = [
        f"{len(undated)} without a known release" if undated else "",
        f"{unsized} open, of a memory that cannot be computed" if unsized else "",
        f"{short} made for less than {view.ctx:,} tokens of context" if short else "",
    ]
    if any(left):
        notes.append(f"Scored, but not counted as fitting: {'; '.join(filter(None, left))}.")
    return notes


def _method(view: View) -> tuple[str, ...]:
    usable = tier_pool(USUAL_TIER, view.reserve).usable_bytes / 1e9
    form = f"the most exact of {', '.join(BEST_FORMATS)} that fits" if view.quant == "best" else view.quant
    each = f" for each of {view.slots} conversations" if view.slots > 1 else ""
    return (
        f"GB here is memory as it is sold: 24 GB is 24 GiB, {24 * GIB / 1e9:.1f} × 10⁹ bytes. As on one card, its driver keeps 0.44 GiB and the desktop {view.reserve:g} GiB, so {usable:.1f} × 10⁹ bytes can be used. Two cards of half the size hold a little less, unified memory of a Mac some 20 % less.",
        f"A model fits when weights, KV cache ({view.kv}) and compute buffer lie wholly in that memory at {view.ctx:,} tokens{each}; format of the weights: {form}. Scores are of the model as published; fewer bits a weight take a little of that away, so home is drawn slightly too well.",
        "A line is the best score of all releases so far. A release known by month or year only counts from the last day of it; one without a date is left out.",
        "The cloud is the best model of any size: open models too large for home can be rented as well. The licence filter leaves it as it is.",
        "Months behind: from the first hosted record at least as good as home's best, to the date counted to. The range runs from the first hosted record not clearly worse to the first clearly better (or home's own release, if sooner); “clearly” is by more than both half-intervals, added as squares.",
    )
