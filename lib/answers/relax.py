"""What to ask less of where a page has nothing to show: one wish at a time, and how much there is without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lib.answers.benchmarks import benchmarks_page
from lib.answers.budget import cheapest
from lib.answers.buy_choice import choose
from lib.answers.grid import columns_of, rows_of
from lib.answers.machines import rank_machines, wanted_model
from lib.answers.models import rank_models, ranked_columns
from lib.answers.picks_candidates import pool
from lib.answers.picks_index import task_index
from lib.answers.picks_rules import READING, counted
from lib.catalog import Catalog
from lib.view import PAGES, SHARED, View, default

SHORT_CONTEXT = 4096
MOST = 4
SMALLER = "Q3_K_M"
"""A format of fewer bits than we choose unasked."""


ONE_MODEL = ("memory", "speed")
"""Pages about one model: where it does not fit, another is offered."""


@dataclass(frozen=True)
class Relaxed:
    """A wish to give up, what there is without it, and the parameters that do it."""

    text: str
    count: str
    changes: Mapping[str, Any]


def _models(catalog: Catalog, view: View) -> int:
    return int(ranked_columns(catalog, view)["runs"].sum())


def _machines(catalog: Catalog, view: View) -> int:
    return int(rank_machines(catalog, view)["runs"].sum())


def _suited(catalog: Catalog, view: View) -> int:
    made = counted(view)
    return int(pool(catalog, made, task_index(catalog, made.rule.domain), made.view.speed)["suits"].sum())


COUNTS: Mapping[str, tuple[Callable[[Catalog, View], int], str, str]] = {
    "models": (_models, "model runs", "models run"),
    "run": (_suited, "model suits", "models suit"),
    "machines": (_machines, "machine runs it", "machines run it"),
    "grid": (lambda c, v: len(rows_of(c, v, columns_of(c, v)[0])), "model runs", "models run"),
    "buy": (
        lambda c, v: int(choose(c, v, v.aim).rows["within"].sum()),
        "machine does it",
        "machines do it",
    ),
    "benchmarks": (lambda c, v: len(benchmarks_page(c, v).dots), "model is drawn", "models are drawn"),
}
"""What a page has to show under a view, and the words for one and for several of them."""


def relaxations(catalog: Catalog, view: View, page: str, *, enough: int = 1) -> tuple[Relaxed, ...]:
    """Wishes that leave more to show on the page where they are given up, the most helpful first, at most four.

    None where the page shows `enough` already. Raises KeyError for a page that is neither in `COUNTS` nor of `ONE_MODEL`.
    """
    if page in ONE_MODEL:
        return _another_model(catalog, view)
    count, one, several = COUNTS[page]
    now = count(catalog, view)
    if now >= enough:
        return ()
    found: list[tuple[int, Relaxed]] = []
    for text, changes in _tries(catalog, view, page):
        if not set(changes) <= set(PAGES[page]) or any(set(changes) == {"budget"} == set(r.changes) for _, r in found):
            continue  # not of this page, or more money than is enough
        if (left := count(catalog, view.model_copy(update=dict(changes)))) > now:
            found.append((left, Relaxed(text, f"{left:,} {one if left == 1 else several}", changes)))
    return tuple(r for _, r in sorted(found, key=lambda f: -f[0])[:MOST]) or _all_at_once(catalog, view, page, now)


def _another_model(catalog: Catalog, view: View) -> tuple[Relaxed, ...]:
    """The most capable model that fits, where the one a page is about does not."""
    rows = rank_models(catalog, View(**{name: getattr(view, name) for name in SHARED}))
    asked = rows[rows["model"] == wanted_model(catalog, view)]
    if (
        asked.empty
        or asked["fit_code"].iloc[0] != "none"
        or not len(fits := rows[rows["runs"] & rows["score"].notna()])
    ):
        return ()
    return (
        Relaxed("The most capable model that fits", str(fits["name"].iloc[0]), {"model": str(fits["model"].iloc[0])}),
    )


def _all_at_once(catalog: Catalog, view: View, page: str, now: int) -> tuple[Relaxed, ...]:
    """All filters of the page given up together, where no single one is enough and that helps."""
    count, one, several = COUNTS[page]
    changes = {name: default(name) for name in FILTERS if name in PAGES[page]}
    left = count(catalog, view.model_copy(update=changes)) if changes else 0
    return (Relaxed("Without any filter", f"{left:,} {one if left == 1 else several}", changes),) if left > now else ()


def _tries(catalog: Catalog, view: View, page: str) -> list[tuple[str, Mapping[str, Any]]]:
    # A task asks for more than the link says: a long context, a speed, several conversations.
    asked, task = (counted(view).view, view.task) if page == "run" else (view, "chat")
    slow = 1.0 if asked.speed <= READING else READING
    tries: list[tuple[bool, str, Mapping[str, Any]]] = [
        (view.kv in ("f16", "bf16", "f32"), "With the KV cache in q8_0", {"kv": "q8_0"}),
        (asked.ctx > SHORT_CONTEXT, f"With {SHORT_CONTEXT:,} tokens of context", {"ctx": SHORT_CONTEXT}),
        (asked.slots > 1, "With one conversation at a time", {"slots": 1} if task != "several" else {"slots": 1, "task": "chat"}),
        (asked.slots > 2, "With two conversations at once", {"slots": 2}),
        (task != "chat", "For chat", {"task": "chat"}),
        (page == "run" and asked.speed > slow, f"At {slow:g} tokens/s or more", {"speed": slow}),
        (view.quant == "best", f"In {SMALLER}, fewer bits than we choose unasked", {"quant": SMALLER}),
        (view.quant != "best", "In the format that suits each", {"quant": "best"}),
        (view.fit == "gpu", "With part of the model in RAM", {"fit": "runs"}),
        (view.most < 16, "With up to 16 cards of a kind", {"most": 16}),
        (view.hosted is False, "With models that can only be rented", {"hosted": True}),
        (view.model is not None, "With the model left open", {"model": None}),
        (view.able is not None, "Without a least index", {"able": None}),
        *((getattr(view, name) != default(name), text, {name: default(name)}) for name, text in FILTERS.items()),
        *((least < money <= 1_000_000, f"For ${money:,}", {"budget": money}) for money, least in _money(catalog, view)),
    ]  # fmt: skip
    return [(text, changes) for applies, text, changes in tries if applies]


FILTERS = {
    "licence": "Under any licence",
    "speed": "At any speed",
    "publisher": "Of any publisher",
    "only": "Of all models",
    "pmin": "Without a least size",
    "pmax": "Without a greatest size",
    "since": "However old",
    "until": "However new",
    "devices": "On any device",
}
"""Filters that are off by default, and the words for leaving one off."""


def _money(catalog: Catalog, view: View) -> list[tuple[int, int]]:
    """More money to try, each with what there is now: twice as much, and what the cheapest device costs."""
    least = cheapest(catalog)
    dear = [-(-int(least[1]) // 50) * 50] if least else []
    return [(money, view.budget) for money in sorted({*dear, 2 * view.budget, 5 * view.budget})]
