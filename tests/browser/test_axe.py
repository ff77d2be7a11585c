"""Everyone can use the pages: axe-core, names for pictures, targets that can be hit, the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.harness import PAGES, Server, Visitor

Visit = Callable[..., Visitor]

NOT_OURS = [
    # Vega gives the group of a layer a role also when no row is drawn in it: https://github.com/vega/vega/pull/2548
    ("svg-img-alt", re.compile(r"<g [^>]*></g>")),
]
"""A rule of axe-core and the whole markup of what it may say of: other people's, named upstream."""

LEAST_PX = 24  # WCAG 2.2, 2.5.8
TABBED = 24
"""Presses of Tab from the top of the front page in which the whole machine row is passed."""


@pytest.fixture(scope="module")
def reader(browser: Browser, server: Server) -> Iterator[Visitor]:
    """One visitor who opens page after page."""
    visitor = Visitor(browser, server.url)
    yield visitor
    visitor.close()
    assert visitor.errors == []


def violations(visitor: Visitor) -> list[str]:
    """What axe-core calls serious or critical and is not in `NOT_OURS`, one line an element."""
    found: list[dict[str, Any]] = Axe().run(visitor.page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]} {node.get('failureSummary', '')}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(rule["id"] == name and whole.fullmatch(node["html"]) for name, whole in NOT_OURS)
    ]


def small_targets(visitor: Visitor) -> list[str]:
    """What can be pressed, can be seen and is smaller than it should be; links inside a sentence may be."""
    return list(
        visitor.page.evaluate(
            """least => [...document.querySelectorAll('button, a, input, textarea, summary, [role=button], [role=radio]')]
              .filter(e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
              .filter(e => !e.closest('p, li, [data-testid="stSkipToContent"]'))
              .map(e => [e, (e.matches('input') && e.closest('label') || e).getBoundingClientRect()])
              .filter(([e, box]) => box.width > 0 && (Math.round(box.width) < least || Math.round(box.height) < least))
              .map(([e, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${e.outerHTML.slice(0, 150)}`)""",
            LEAST_PX,
        )
    )


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_used_by_everyone(page: str, reader: Visitor) -> None:
    reader.open(page)
    assert violations(reader) == []
    assert small_targets(reader) == []

    told = [str(chart.get_attribute("aria-label") or "") for chart in reader.charts()]
    assert all(len(text) > 40 for text in told) and len(set(told)) == len(told), told
    if told:
        assert reader.main.get_by_test_id("stDataFrame").count() > 0
    sliders = reader.main.get_by_role("slider").count()
    assert sliders <= reader.main.get_by_role("spinbutton").count(), "a slider without a number box"


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
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_be_hidden()
        assert opened in page.evaluate("document.activeElement.innerText")  # and one is back where one was


def focused(visitor: Visitor) -> str:
    """The control the keyboard is at, as its parameter and kind of element."""
    return str(
        visitor.page.evaluate(
            """() => { const e = document.activeElement;
              return (e.closest('[class*="st-key-"]')?.className.match(/st-key-([\\w-]+)/)?.[1] ?? '') + ' ' + e.tagName.toLowerCase() }"""
        )
    )
