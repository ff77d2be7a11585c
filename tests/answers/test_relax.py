"""A page with nothing to show says which single wish to give up, and giving it up shows as much as was said."""

from __future__ import annotations

import pytest

from lib.answers.relax import COUNTS, relaxations
from lib.answers.sentences import models_answer
from lib.catalog import current
from lib.view import View

FACTS = current()
BARREN = {
    "a context no memory holds": ("models", View(hw="rtx-4090", ctx=10_000_000)),
    "many conversations on a small card": (
        "models",
        View(hw="gtx-1080", ram=8, ctx=131_072, slots=64, fit="gpu"),
    ),
    "too little money": ("models", View(by="budget", budget=60)),
    "too quick and too free": ("models", View(speed=1000, licence="open")),
    "columns without a model": ("grid", View(ctx=5_000_000)),
    "more capable than there is": ("buy", View(able=250.0)),
}


@pytest.mark.parametrize("case", BARREN)
def test_giving_up_one_wish_shows_what_was_promised(case: str) -> None:
    page, view = BARREN[case]
    count = COUNTS[page][0]
    assert count(FACTS, view) == 0
    found = relaxations(FACTS, view, page)
    assert found and len(found) <= 4
    for one in found:
        shown = count(FACTS, view.model_copy(update=dict(one.changes)))
        assert one.count.split()[0] == f"{shown:,}" and shown > 0


def test_where_no_single_filter_is_enough_all_of_them_are() -> None:
    [all_at_once] = relaxations(FACTS, View(publisher=("mistral-ai",), pmin=5000.0), "models")
    assert {"publisher", "pmin"} <= set(all_at_once.changes) and "Without any filter" in all_at_once.text


def test_a_page_that_shows_something_asks_for_nothing_to_be_given_up() -> None:
    assert all(relaxations(FACTS, View(), page) == () for page in ("models", "grid", "benchmarks"))


def test_of_more_money_only_the_least_that_helps_is_offered() -> None:
    found = relaxations(FACTS, View(by="budget", budget=60), "models")
    assert sum("budget" in one.changes for one in found) == 1


@pytest.mark.parametrize("page", ["memory", "speed"])
def test_a_model_that_does_not_fit_names_one_that_does(page: str) -> None:
    mac = View(hw="macbook-air-m4-16gb")
    [other] = relaxations(FACTS, mac, page)
    assert models_answer(FACTS, mac).chosen == other.changes["model"]
    assert other.text == "The most capable model that fits" and other.count == FACTS.models[other.changes["model"]].name
    assert relaxations(FACTS, mac.model_copy(update=dict(other.changes)), page) == ()
