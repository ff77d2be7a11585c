"""Where facts come from, what rests on each source, what is to be checked again, and any fact by its words."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial

import pandas as pd

from lib.answers.freshness import DUE_DAYS, STALE_DAYS, counted, days_since
from lib.answers.provenance_facts import every_fact
from lib.catalog import Catalog
from lib.catalog.schema import Source

MOST_FOUND = 500
MOST_WORDS = 12
_ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)+")
_PLURALS = {
    "benchmark": "benchmarks",
    "essay": "facts of the essay",
    "quantization loss": "quantization losses",
    "rule of thumb": "rules of thumb",
    "electricity": "prices of electricity",
}


@dataclass(frozen=True, eq=False)
class Found:
    sentence: str
    notes: tuple[str, ...]
    rows: pd.DataFrame
    """kind, about, fact, value, source, url, read on."""


@dataclass(frozen=True, eq=False)
class Checks:
    """Sources to read again: those not read for 180 days, and those that will not have been within 30."""

    sentence: str
    rows: pd.DataFrame
    """source, rests on it, facts, read on, days ago, state, check by, url; the longest unread first."""


def _cited(catalog: Catalog, ref: str) -> list[tuple[str, str | None, str, str]]:
    """The sources a reference names, each with its words, address, the day it was read, and its id.

    Its own with the place inside it, and others that place speaks of by id. Ids that are a single word are not looked
    for there: `essay` may be only a word.
    """
    own, _, place = ref.partition("#")
    named: dict[str, Source] = {own: catalog.sources[own]} if own in catalog.sources else {}
    for word in _ID.findall(place):
        if word != own and word in catalog.sources:
            named[word] = catalog.sources[word]
            place = place.replace(word, named[word].title)
    title = (named[own].title if own in named else f"unknown source {own}") + (f", {place}" if place else "")
    if not named:
        return [(title, None, "", own)]
    return [(title if key == own else source.title, source.url, source.accessed, key) for key, source in named.items()]


@lru_cache(maxsize=2)
def facts(catalog: Catalog) -> pd.DataFrame:
    """All facts: kind, about, fact, value, source (title), url, read on, source id.

    A fact that rests on several sources has a row for each.
    """
    cited = cache(partial(_cited, catalog))
    rows = [(*told, *source) for *told, ref in every_fact(catalog) for source in cited(ref)]
    columns = ["kind", "about", "fact", "value", "source", "url", "read on", "source id"]
    return pd.DataFrame(rows, columns=columns)


@lru_cache(maxsize=2)
def _haystacks(catalog: Catalog) -> pd.Series[str]:
    """What a search looks in for each fact, in lower case."""
    table = facts(catalog)
    parts = (table[c].tolist() for c in ("kind", "about", "fact", "value", "source", "source id"))
    return pd.Series([" ".join(words).lower() for words in zip(*parts, strict=True)], table.index, str)


@lru_cache(maxsize=256)
def search_facts(catalog: Catalog, words: str) -> Found:
    """Facts that contain every one of the blank-separated words, in any of their columns; all for none.

    Only the first 12 words are looked for, and only the first 500 facts are given: the notes say so where it matters.
    """
    table = facts(catalog)
    given = words.lower().split()
    wanted = given[:MOST_WORDS]
    mask = pd.Series(True, index=table.index)
    for word in wanted:
        mask &= _haystacks(catalog).str.contains(word, regex=False)
    rows = table[mask].drop(columns="source id")
    notes = []
    if wanted:
        sentence = f"{len(rows):,} of {len(table):,} facts contain “{' '.join(wanted)}”."
        if left := given[MOST_WORDS:]:
            notes.append(f"Only the first {MOST_WORDS} words are looked for; left out: {' '.join(left)}.")
        if len(rows) > MOST_FOUND:
            notes.append(f"The first {MOST_FOUND} are shown; add a word to narrow it down.")
    else:
        sentence = f"{len(table):,} facts from {len(catalog.sources)} sources; none without one."
        notes.append("A computed number is never a fact here: pages show its formula and error instead.")
        notes.append("A model's field without a source of its own is shown with the record that names the model.")
    return Found(sentence, tuple(notes), rows.head(MOST_FOUND))


@lru_cache(maxsize=2)
def dependents(catalog: Catalog) -> Mapping[str, str]:
    """Source id to what rests on it, by kind, most first: `412 prices, 3 models`. Nothing resting on it: absent."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    table = facts(catalog)
    for key, kind in zip(table["source id"], table["kind"], strict=True):
        kinds[key][kind] += 1
    return {
        key: ", ".join(_of_kind(kind, count) for kind, count in sorted(found.items(), key=lambda p: (-p[1], p[0])))
        for key, found in kinds.items()
    }


def _of_kind(kind: str, count: int) -> str:
    """`1 score`, `12 scores`; facts about models are counted, not models."""
    noun = {
        "model": "model fact",
        "device": "device fact",
        "essay": "fact of the essay",
        "electricity": "price of electricity",
    }.get(kind, kind)
    return f"{count:,} {_PLURALS.get(kind, noun + 's')}" if count != 1 else f"1 {noun}"


def sources(catalog: Catalog, today: dt.date | None = None) -> pd.DataFrame:
    """Every source: title, producer, facts resting on it and of what kinds, published, read on, days ago, licence, url.

    `today` is the day that "days ago" and "stale" are counted to; without it, this one.
    """
    return _sources(catalog, today or dt.date.today())


@lru_cache(maxsize=2)
def _sources(catalog: Catalog, today: dt.date) -> pd.DataFrame:
    resting, kinds = Counter(facts(catalog)["source id"]), dependents(catalog)
    age = {key: days_since(s.accessed, today) for key, s in catalog.sources.items()}
    rows = [
        (
            s.title, s.producer, resting[key], kinds.get(key, ""), s.published or "", s.accessed, age[key],
            age[key] > STALE_DAYS, s.licence, s.url, s.note or "",
        )
        for key, s in catalog.sources.items()
    ]  # fmt: skip
    table = pd.DataFrame(
        rows,
        columns=[
            "source", "producer", "facts", "rests on it", "published", "read on", "days ago", "stale", "licence", "url",
            "note",
        ],
    )  # fmt: skip
    return table.sort_values(["facts", "source"], ascending=[False, True], ignore_index=True)


def to_check(catalog: Catalog, today: dt.date | None = None) -> Checks:
    """What has not been checked for 180 days on `today` (this day where none is given), and what is due within 30."""
    return _to_check(catalog, today or dt.date.today())


@lru_cache(maxsize=4)
def _to_check(catalog: Catalog, today: dt.date) -> Checks:
    table = sources(catalog, today)
    table = table.assign(left=STALE_DAYS - table["days ago"])
    wanted = table[table["left"] <= DUE_DAYS]
    state = [
        f"not checked for {STALE_DAYS} days"
        if days < 0
        else "due today"
        if days == 0
        else f"due in {counted(days, 'day')}"
        for days in wanted["left"]
    ]
    by = [(today + dt.timedelta(days=int(days))).isoformat() for days in wanted["left"]]
    rows = wanted.assign(state=state, **{"check by": by}).sort_values(
        ["days ago", "facts", "source"], ascending=[False, False, True], ignore_index=True
    )
    stale = int((rows["left"] < 0).sum())
    due = len(rows) - stale
    if stale:
        facts_left = int(rows.loc[rows["left"] < 0, "facts"].sum())
        said = (
            f"{stale:,} of {counted(len(table), 'source')} "
            f"{'has' if stale == 1 else 'have'} not been checked for {STALE_DAYS} days; {counted(facts_left, 'fact')} "
            f"{'rests' if facts_left == 1 else 'rest'} on {'it' if stale == 1 else 'them'}"
        )
    elif len(table):
        every = "The only source" if len(table) == 1 else f"Every one of {counted(len(table), 'source')}"
        said = f"{every} has been checked within the last {STALE_DAYS} days"
    else:
        said = "There are no sources"
    if due:
        said += f"; {due:,} {'more ' if stale else ''}{'is' if due == 1 else 'are'} due within {DUE_DAYS} days"
    elif not stale and len(table):
        first = (today + dt.timedelta(days=int(table["left"].min()))).isoformat()
        said += f"; the next is due on {first}"
    columns = ["source", "rests on it", "facts", "read on", "days ago", "state", "check by", "url"]
    return Checks(said + ".", rows[columns])
