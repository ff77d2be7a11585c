"""Everyone can use the pages, in the dark, with what opens over them, and with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.accessibility import small_targets, violations
from tests.browser.harness import Visitor

Visit = Callable[..., Visitor]

TABBED = 24
"""Presses of Tab from the top of the front page in which the whole machine row is passed."""


def test_the_dark_page_and_what_opens_over_it(visit: Visit) -> None:
    visitor = visit("/grid", dark=True)  # with chosen machines, each a chip
    assert violations(visitor) == []
    visitor.open("/")
    assert violations(visitor) == []
    visitor.page.get_by_role("button", name="Assumptions").click()
    expect(visitor.page.get_by_test_id("stPopoverBody")).to_be_visible()
    assert violations(visitor) == []
    assert small_targets(visitor) == []
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.get_by_test_id("stPopoverBody")).to_be_hidden()


def test_the_keyboard_alone_asks_and_shares(visit: Visit) -> None:
    visitor = visit("/?hw=rtx-3090")
    before, page = visitor.heading(), visitor.page

    stops = []
    for _ in range(TABBED):
        page.keyboard.press("Tab")
        stops.append(focused(visitor))
        if stops[-1] == "ctx input":
            break
    assert "hw input" in stops and stops[-1] == "ctx input", stops
    page.wait_for_function(
        """() => { const edge = e => getComputedStyle(e.closest('[data-testid="stNumberInputContainer"]')).borderColor
          return edge(document.activeElement) !== edge(document.querySelector('.st-key-n input')) }"""
    )  # where one is can be seen

    with visitor.rerun():
        page.keyboard.press("Control+a")
        page.keyboard.type("65536")
        page.keyboard.press("Enter")
    assert visitor.heading() != before and "65,536" in visitor.heading()

    for opened in ("Assumptions", "Share"):
        page.keyboard.press("Tab")
        assert opened in page.evaluate("document.activeElement.innerText")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        visitor.settle()  # what is in the box is asked for when it is opened
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_be_hidden()
        visitor.settle()
        assert opened in page.evaluate("document.activeElement.innerText")  # and one is back where one was


def focused(visitor: Visitor) -> str:
    """The control the keyboard is at, as its parameter and kind of element."""
    return str(
        visitor.page.evaluate(
            """() => { const e = document.activeElement;
              return (e.closest('[class*="st-key-"]')?.className.match(/st-key-([\\w-]+)/)?.[1] ?? '') + ' ' + e.tagName.toLowerCase() }"""
        )
    )
