"""Dated links: what changed for one view since, told from a few ids and numbers; nothing else from a link is repeated."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.answers.citation import said
from lib.answers.since import FIELDS, LONGEST, changed, digest, read
from lib.catalog import Catalog, current
from lib.view import PAGES, View

OLD = "0123456789ab"
VIEWS = [View(), View(hw="macbook-air-m2-8gb", ctx=131072), View(by="budget", budget=300), View(hw="cpu-ddr5-5600-dual", speed=20), View(only=("qwen3-32b",), model="qwen3-32b", since="2035-01-01", licence="training")]  # type: ignore[arg-type]  # fmt: skip


def dated(was: str, on: str = "2026-10-01", cat: str = OLD) -> dict[str, list[str]]:
    return {"cat": [cat], "on": [on], "was": [was]}


@pytest.mark.parametrize("page", FIELDS)
def test_an_answer_in_short_is_short_and_can_be_read_back(page: str) -> None:
    for view in VIEWS:
        short = digest(current(), page, view)
        assert read(page, short) == short.split(",") and len(short) <= LONGEST and len(short.split(",")) == len(FIELDS[page])  # fmt: skip


def test_it_is_what_the_page_says() -> None:
    share, model, form, _ = digest(current(), "models", View()).split(",")
    sentence = said(current(), "models", View())
    assert sentence.startswith(share.replace("/", " of ")) and f"{current().models[model].name} at {form}" in sentence


def test_nothing_is_said_while_the_catalog_is_the_same_or_the_link_has_no_date() -> None:
    short = digest(current(), "models", View())
    assert changed(current(), "models", View(), dated(short, cat=current().version)) is None
    assert changed(current(), "models", View(), {}) is None
    assert changed(current(), "models", View(), {"cat": [], "on": ["2026-01-01"]}) is None


def without_best(catalog: Catalog) -> tuple[Catalog, str]:
    best = digest(catalog, "models", View()).split(",")[1]
    models = {key: model for key, model in catalog.models.items() if key != best}
    scores = tuple(score for score in catalog.scores if score.model != best)
    return replace(catalog, version=OLD, models=models, scores=scores), best


def test_a_moved_catalog_tells_then_and_now() -> None:
    before, best = without_best(current())
    then = digest(before, "models", View())
    text = changed(current(), "models", View(), dated(then))
    assert text is not None
    old = before.models[then.split(",")[1]].name
    assert text.startswith("The catalog has moved on since 1 October 2026: then ")
    assert f"the most capable was {old}" in text and f"the most capable is {current().models[best].name}" in text
    assert f"then {then.split(',')[0].replace('/', ' of ')} models fit" in text


@pytest.mark.parametrize("page", FIELDS)
def test_where_nothing_changed_for_a_view_it_says_so(page: str) -> None:
    text = changed(current(), page, View(), dated(digest(current(), page, View())))
    assert text is not None and "nothing changed for this view" in text


def test_an_older_link_with_fewer_parts_is_still_understood() -> None:
    share, model, *_ = digest(current(), "models", View()).split(",")
    assert "nothing changed" in str(changed(current(), "models", View(), dated(f"{share},{model}")))


@pytest.mark.parametrize(
    "was", ["", "<b>hi</b>", "1/2,you have won", "138/227,x,Q6_K,9,9", "a" * 500, "１/２", "1/2,\x00"]
)
def test_what_does_not_look_like_an_answer_is_not_repeated(was: str) -> None:
    text = changed(current(), "models", View(), dated(was, on="soon"))
    assert text is not None and "cannot be read from the link" in text and "since this link was made" in text
    assert not was or was not in text


def test_a_version_that_is_none_is_said_to_be_unreadable() -> None:
    assert "cannot be read" in str(changed(current(), "models", View(), dated("1/2", cat="<script>")))


@given(st.sampled_from(sorted(PAGES)), st.dictionaries(st.sampled_from(["cat", "on", "was"]), st.lists(st.text(max_size=200), max_size=2)))  # fmt: skip
@settings(max_examples=60)
def test_whatever_a_link_holds_the_answer_is_plain_words(page: str, query: dict[str, list[str]]) -> None:
    text = changed(current(), page, View(), {"cat": [OLD], **query})
    assert text is None or (len(text) < 700 and not re.search(r"[<>\[\]`\x00]", text))
