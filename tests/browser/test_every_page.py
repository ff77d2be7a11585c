"""What holds for every page: it is opened once by somebody who looks at it in each way, and then shares it changed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.accessibility import small_targets, violations
from tests.browser.changes import CHANGES, SAME_FOR_EVERY_MACHINE, change_machine
from tests.browser.harness import PAGES, PHONE, WIDE, Server, Visitor, serve_faultless

Visit = Callable[..., Visitor]
WIDTHS = (WIDE, (768, 1024), PHONE)
"""Screens as a window that is made smaller goes through them."""


class Reader(Visitor):
    """Somebody with a page open, and every address their browser asked since it opened it."""

    def __init__(self, browser: Browser, server: Server, page: str) -> None:
        super().__init__(browser, server.url)
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url.replace("ws://", "http://")))
        # Streamlit's reader of messages tries WebAssembly for long numbers, and does without.
        self.page.add_init_script(
            """addEventListener('securitypolicyviolation', e => {
              if (e.blockedURI !== 'wasm-eval') console.error('policy', e.violatedDirective, e.blockedURI) })"""
        )
        self.open(page)


@pytest.fixture(scope="module", params=PAGES)
def reader(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Reader]:
    """One page in the light on a wide screen, for all tests here: only the last changes what it shows."""
    visitor = Reader(browser, server, request.param)
    yield visitor
    visitor.close()
    assert visitor.errors == []


def test_a_page_asks_nobody_else_and_breaks_no_rule_of_its_own(reader: Reader, server: Server) -> None:
    """Every script, style, picture and connection comes from here, also once everything that opens is open."""
    for name in ("Assumptions", "Share", "How was this computed?", "Run it"):
        button = reader.main.get_by_role("button", name=name, exact=True)
        if button.count():
            button.first.click()
            reader.settle()
            reader.page.keyboard.press("Escape")
            reader.settle()
    others = [url for url in reader.asked if not re.match(rf"{re.escape(server.url)}/|data:|blob:", url)]
    assert len(reader.asked) > 20 and others == []
    assert reader.errors == []


def test_a_page_can_be_used_by_everyone(reader: Reader) -> None:
    assert violations(reader) == []
    assert small_targets(reader) == []
    assert_everything_has_words(reader)

    told = [str(chart.get_attribute("aria-label") or "") for chart in reader.charts()]
    assert all(len(text) > 40 for text in told) and len(set(told)) == len(told), told
    if told:
        assert reader.main.get_by_test_id("stDataFrame").count() > 0
    sliders = reader.main.get_by_role("slider").count()
    assert sliders <= reader.main.get_by_role("spinbutton").count(), "a slider without a number box"


def test_a_page_says_the_same_in_the_dark_on_a_phone(reader: Reader, visit: Visit) -> None:
    dark = visit(reader.path, size=PHONE, dark=True)
    assert brightness(reader, "backgroundColor") > 200 > 100 > brightness(reader, "color")
    assert brightness(dark, "backgroundColor") < 60 < 150 < brightness(dark, "color")
    assert reader.heading() == dark.heading()
    assert_fits(dark, PHONE[0])


def test_nothing_lies_beside_the_screen_and_no_word_of_a_chart_is_cut_off_at_any_width(reader: Reader) -> None:
    for width, height in WIDTHS:
        reader.page.set_viewport_size({"width": width, "height": height})
        reader.settle()
        assert_fits(reader, width)
        for chart in reader.charts():
            chart.scroll_into_view_if_needed()
            cut = chart.locator("svg.marks").evaluate(
                """svg => { const frame = svg.getBoundingClientRect()
                  return [...svg.querySelectorAll('text')]
                    .filter(t => t.textContent.trim() && t.getAttribute('opacity') !== '0' && !t.closest('[opacity="0"]'))
                    .map(t => [t.textContent, t.getBoundingClientRect()])
                    .filter(([, b]) => b.left < frame.left - 2 || b.right > frame.right + 2 || b.top < frame.top - 3 || b.bottom > frame.bottom + 3)
                    .map(([words]) => words) }"""
            )
            assert cut == [], width


ALONE = ("/", "/memory", "/compare", "/run", "/buy", "/essay")
"""Pages of every kind, whose link is the very first thing a server serves; that of another page is the first of that page."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Server]:
    """A second server, which serves nothing but shared links."""
    with serve_faultless() as running:
        yield running


@pytest.fixture
def cold(reader: Reader, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that has never served this page."""
    if urlsplit(reader.path).path not in ALONE:
        yield request.getfixturevalue("elsewhere")
        return
    with serve_faultless() as running:
        yield running


def test_a_shared_link_shows_the_same_on_a_server_that_never_served_its_page(
    reader: Reader, visit: Visit, cold: Server
) -> None:
    page = reader.path
    reader.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    reader.settle()
    untouched = reader.shown(tables=False)
    CHANGES.get(page, change_machine)(reader)
    address, devices, seen = reader.path, reader.control("n").locator("input").input_value(), reader.shown()
    assert page in SAME_FOR_EVERY_MACHINE or any(seen[part] != content for part, content in untouched.items())
    shared = reader.share_link()

    friend = visit(shared, cold)
    assert friend.page.get_by_test_id("stTopNavLink").first.is_visible()
    assert friend.page.get_by_role("dialog").count() == 0
    assert friend.heading() and friend.control("n").locator("input").input_value() == devices
    for part, content in friend.shown().items():
        assert content == seen[part], part
    assert not [text for text in friend.notices() if "could not be used" in text]
    # The address bar holds the same view, in its short form.
    assert friend.path == address


def assert_fits(visitor: Visitor, width: int) -> None:
    """Nothing makes the page scroll sideways, and no words or controls lie outside the screen."""
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visitor.main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    outside = visitor.main.evaluate(
        """(main, width) => [...main.querySelectorAll('h1, h2, h3, p, label, button, input')]
          .filter(e => e.checkVisibility() && !e.closest('[data-testid="stDataFrame"]'))
          .filter(e => { const box = e.getBoundingClientRect(); return box.width > 1 && box.right > width + 1 })
          .map(e => e.innerText || e.outerHTML.slice(0, 80))""",
        width,
    )
    assert outside == []


def brightness(visitor: Visitor, css: str) -> float:
    """Mean of red, green and blue, 0 to 255, of a colour of the page."""
    colour = visitor.page.get_by_test_id("stApp").evaluate(f"e => getComputedStyle(e).{css}")
    red, green, blue = (float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])
    return (red + green + blue) / 3


def assert_everything_has_words(visitor: Visitor) -> None:
    """Controls and pictures have names, and headings go down one level at a time."""
    nameless = visitor.main.evaluate(
        """main => [...main.querySelectorAll('button, input, [role="img"], a')].filter(e => e.checkVisibility() && !e.closest('[aria-hidden="true"]'))
          .filter(e => !(e.innerText || e.getAttribute('aria-label') || e.labels?.length || e.title || e.alt))
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    levels = [int(level) for level in visitor.main.evaluate(
        "main => [...main.querySelectorAll('h1, h2, h3, h4')].filter(e => e.checkVisibility()).map(e => e.tagName[1])"
    )]  # fmt: skip
    assert levels[0] == 1
    assert all(next_ - level <= 1 for level, next_ in itertools.pairwise(levels)), levels
