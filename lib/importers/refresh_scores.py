"""Ratings and scores from LMArena, LiveBench, and a CSV with our own columns: each reader is a pure function of bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, get_args

from lib.importers.refresh_offers import Measurer, Row, ScoreOffer, ScoreRows, collect, refused
from lib.importers.refresh_reading import (
    LONGEST_TEXT,
    RowError,
    Torn,
    csv_of,
    day,
    json_of,
    list_of,
    maybe,
    number,
    objects_of,
    word,
)

LOWEST_RATING, HIGHEST_RATING = 0.0, 4000.0
ARENA = "chatbot-arena-elo"
ARENA_CATEGORIES = {
    "full": ARENA,
    "overall": ARENA,
    "coding": f"{ARENA}-coding",
    "creative_writing": f"{ARENA}-creative-writing",
    "hard_6": f"{ARENA}-hard-prompts",
    "hard_prompts": f"{ARENA}-hard-prompts",
    "if": f"{ARENA}-instruction-following",
    "instruction_following": f"{ARENA}-instruction-following",
    "math": f"{ARENA}-math",
}
"""LMArena's names of the categories we keep, older and newer ones, to our benchmarks."""


def _rating(
    name: Any, benchmark: str, value: Any, low: Any, high: Any, conditions: str | None = None, date: str | None = None
) -> ScoreOffer:
    """A rating with its 95 % interval. Raises RowError where they contradict each other or are out of range."""
    shown = word(name, "model", 200)
    rating = round(number(value, "rating"), 4)
    below, above = maybe(low, "lower bound"), maybe(high, "upper bound")
    if not LOWEST_RATING <= rating <= HIGHEST_RATING:
        raise RowError(f"rating of {rating:g} is out of range {LOWEST_RATING:g} to {HIGHEST_RATING:g}")
    if (below is not None and below > rating) or (above is not None and above < rating):
        raise RowError("the rating lies outside its own interval")
    return ScoreOffer(
        shown,
        benchmark,
        rating,
        None if below is None else round(below, 1),
        None if above is None else round(above, 1),
        conditions=conditions,
        date=date,
    )


def parse_arena(content: bytes) -> ScoreRows:
    """LMArena's ratings: its JSON by category, the rows of its data set as JSON or CSV, or the CSV of its old page.

    Raises ValueError for a file of none of these shapes. Categories we do not keep are passed over.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return collect(_arena_json(json_of(content)))
    return collect(_arena_csv(content))


def _arena_json(data: Any) -> Iterator[Row]:
    if isinstance(data, dict) and "rows" not in data:
        categories = {key: objects_of(data[key], key) for key in ARENA_CATEGORIES if key in data}
        if not categories:
            raise ValueError("the file has none of LMArena's categories")
        for category, models in categories.items():
            benchmark = ARENA_CATEGORIES[category]
            for name, given in models.items():
                yield name, benchmark, partial(_by_category, name, benchmark, given)
        return
    for place, entry in enumerate(list_of(data["rows"] if isinstance(data, dict) else data, "rows"), start=1):
        row = entry.get("row", entry) if isinstance(entry, dict) else None
        if not isinstance(row, dict):
            yield refused({}, place, "the row is no object")
            continue
        yield from _arena_row(row)


def _by_category(name: str, benchmark: str, given: Any) -> ScoreOffer:
    if not isinstance(given, dict):
        raise RowError("the rating is no object")
    return _rating(name, benchmark, given.get("rating"), given.get("rating_q025"), given.get("rating_q975"))


def _arena_row(row: Mapping[str, Any]) -> Iterator[Row]:
    """A row of LMArena's data set: model_name, rating, rating_lower, rating_upper, category, leaderboard_publish_date."""
    benchmark = ARENA_CATEGORIES.get(str(row.get("category") or "overall"))
    if benchmark is not None:
        yield str(row.get("model_name") or ""), benchmark, lambda: _rating(
            row.get("model_name"), benchmark, row.get("rating"), row.get("rating_lower"), row.get("rating_upper"),
            date=day(str(row.get("leaderboard_publish_date") or "")[:10]),
        )  # fmt: skip


def _arena_csv(content: bytes) -> Iterator[Row]:
    rows = csv_of(content)
    for line, row in rows:
        if isinstance(row, Torn):
            yield refused(row, line)
        elif "model_name" in row and "rating" in row:
            yield from _arena_row(row)
        elif "model" in row and "arena_score" in row:
            yield row["model"], ARENA, partial(_old_page, row)
        else:
            raise ValueError("the file has neither the columns 'model_name', 'rating' nor 'model', 'arena_score'")


def _old_page(row: Mapping[str, str]) -> ScoreOffer:
    """A row of the old page: the interval as `+5/-4`, beside how many votes it rests on."""
    value = number(row["arena_score"], "rating")
    low = high = None
    if given := row.get("95_pct_ci"):
        match = re.fullmatch(r"\+(\d{1,4}(?:\.\d+)?)/-(\d{1,4}(?:\.\d+)?)", given, re.ASCII)
        if match is None:
            raise RowError(f"the interval is not like +5/-4: {given[:40]!r}")
        low, high = value - float(match[2]), value + float(match[1])
    votes = number(row["votes"], "votes") if row.get("votes") else None
    said = None if votes is None else f"{votes:.0f} votes"
    return _rating(row["model"], ARENA, value, low, high, conditions=said)


def parse_livebench_categories(content: bytes) -> dict[str, tuple[str, ...]]:
    """LiveBench's `categories_<release>.json`: category to its tasks. Raises ValueError for another shape."""
    found = {}
    for name, tasks in objects_of(json_of(content), "the categories").items():
        given = list_of(tasks, name)
        if not given or not all(isinstance(task, str) for task in given):
            raise ValueError(f"the category {name!r:.60} is no list of tasks")
        found[name] = tuple(given)
    return found


def _slug(text: str) -> str:
    """Lower case, with hyphens for whatever an id may not hold."""
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:80].strip("-.")


def _livebench_id(category: str) -> str:
    return "livebench-" + {"if": "instruction-following"}.get(category.lower(), _slug(category))


def _mean(row: Mapping[str, str], tasks: tuple[str, ...]) -> float:
    found = [number(row[task], task) for task in tasks]
    if wrong := [task for task, value in zip(tasks, found, strict=True) if not 0 <= value <= 100]:
        raise RowError(f"{wrong[0]} is out of range 0 to 100")
    return sum(found) / len(found)


def _category(row: Mapping[str, str], category: str, tasks: tuple[str, ...]) -> ScoreOffer:
    value = round(_mean(row, tasks), 4)
    name = word(row["model"], "model", 200)
    return ScoreOffer(name, _livebench_id(category), value, conditions=f"mean of {', '.join(tasks)}"[:LONGEST_TEXT])


def _overall(row: Mapping[str, str], categories: Mapping[str, tuple[str, ...]]) -> ScoreOffer:
    value = sum(_mean(row, tasks) for tasks in categories.values()) / len(categories)
    name = word(row["model"], "model", 200)
    return ScoreOffer(name, "livebench", round(value, 4), conditions=f"mean of {len(categories)} categories")


def parse_livebench(content: bytes, categories: Mapping[str, tuple[str, ...]]) -> ScoreRows:
    """LiveBench's `table_<release>.csv`, in per cent, with the release's categories.

    A category is the mean of its tasks, the whole the mean of the categories, as LiveBench's site forms them. A model
    without one of the tasks has neither that category nor the whole. Raises ValueError for a table without the tasks.
    """
    if not categories:
        raise ValueError("a LiveBench table says nothing without its categories file: give --categories")
    tasks = tuple(dict.fromkeys(task for given in categories.values() for task in given))

    def rows() -> Iterator[Row]:
        for line, row in csv_of(content, "model", *tasks):
            if isinstance(row, Torn):
                yield refused(row, line)
                continue
            name = row["model"]
            for category, given in categories.items():
                yield name, _livebench_id(category), partial(_category, row, category, given)
            yield name, "livebench", partial(_overall, row, categories)

    return collect(rows())


MEASURED_BY: Mapping[str, Measurer] = {measurer: measurer for measurer in get_args(Measurer)}


def parse_scores_csv(content: bytes) -> ScoreRows:
    """A CSV with our own columns: model, benchmark, value, measured_by, date, and if known the others.

    `model` is an id or a name of ours, `value` in the benchmark's unit. Raises ValueError for a file without those.
    """

    def rows() -> Iterator[Row]:
        for line, row in csv_of(content, "model", "benchmark", "value", "measured_by", "date"):
            if isinstance(row, Torn):
                yield refused(row, line)
            else:
                yield row["model"], row["benchmark"], partial(_own, row)

    return collect(rows())


def _own(row: Mapping[str, str]) -> ScoreOffer:
    measured = MEASURED_BY.get(row["measured_by"])
    if measured is None:
        raise RowError(f"measured_by is none of {', '.join(MEASURED_BY)}: {row['measured_by'][:40]!r}")
    low, high, value = maybe(row.get("low"), "low"), maybe(row.get("high"), "high"), number(row["value"], "value")
    if (low is not None and low > value) or (high is not None and high < value):
        raise RowError("the value lies outside its own interval")
    texts = {name: word(row[name], name) if row.get(name) else None for name in ("variant", "conditions", "protocol")}
    return ScoreOffer(
        word(row["model"], "model", 200), word(row["benchmark"], "benchmark", 80), value, low, high,
        date=day(row["date"]), measured_by=measured, **texts,
    )  # fmt: skip
