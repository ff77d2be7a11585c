"""Sharing as a visitor meets it: the box, dated links that tell what changed, a catalog that is held back."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from lib.answers import citation
from lib.answers.since import digest
from lib.catalog import Problem, current
from lib.ui import frame
from lib.view import PAGES, View
from tests.pages.test_pages import opened

OLD = "0123456789ab"


def opened_box(page: str, **query: str | list[str]) -> AppTest:
    at = opened(page, **query)
    at.session_state["share"] = True
    at.run()
    assert not at.exception, at.exception[0].message
    return at


@pytest.mark.parametrize("page", PAGES)
def test_the_box_has_links_citation_and_frame_of_this_very_view(page: str) -> None:
    at, view = opened_box(page, hw="rtx-3060-12gb", ctx="16384"), View(hw="rtx-3060-12gb", ctx=16384)
    codes = [code.value for code in at.code]
    assert citation.short_link("", view, page) in codes
    assert citation.markdown("", current(), view, page).strip() in codes
    assert citation.bibtex("", current(), view, page, dt.date.today()).strip() in codes
    assert citation.iframe("", current(), view, page).strip() in codes
    dated = [parse_qs(urlsplit(code).query) for code in codes if code.startswith(citation.page_path(page)) and "cat=" in code]  # fmt: skip
    assert [link["cat"] for link in dated] == [[current().version]]


@pytest.mark.parametrize("page", PAGES)
def test_a_closed_box_has_computed_nothing(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the share box was drawn while closed")

    monkeypatch.setattr(frame, "share_box", never)
    assert opened(page).title


def test_a_dated_link_says_what_changed_and_the_address_goes_on_without_the_date() -> None:
    short = digest(current(), "models", View(n=2))
    was = ",".join(["3/9", *short.split(",")[1:]])
    at = opened(n="2", v="1", cat=OLD, on="2026-10-01", was=was)
    [said] = at.info
    assert said.value.startswith("The catalog has moved on since 1 October 2026") and "3 of 9 models fit" in said.value
    assert dict(at.query_params) == {"n": "2"} and not at.warning
    assert not opened(n="2", v="1", cat=current().version, on="2026-10-01", was=short).info


def test_a_catalog_that_is_held_back_is_said_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    against = (Problem("devices.csv line 7", "<b>$x$ [y](z)", "has not as many cells"), Problem("scores", "", "gone"))
    monkeypatch.setattr(frame, "held_back", lambda: against)
    [said] = opened().warning
    assert f"this is still catalog {current().version}" in said.value and "and 1 more" in said.value
    assert "\\<b\\>\\$x\\$ \\[y\\](z)" in said.value
