"""A link is honoured as far as it can be, and names the rest; the way through the pages keeps what was asked."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.changes import change_models
from tests.browser.harness import Server, Visitor

Visit = Callable[..., Visitor]


def test_a_link_to_a_model_explains_that_model(visit: Visit) -> None:
    visitor = visit("/?model=gemma-3-12b-it")
    assert visitor.main.get_by_role("heading", name="Gemma 3 12B").count() == 1


BAD = "hw=rtx-4091&n=0&ctx=lots&ram=64&ram=32&pmin=70&pmax=8&model=gpt-17&publsher=Google&licence=free&v=99"


def test_a_bad_link_is_honoured_as_far_as_it_goes_and_the_rest_is_named(visit: Visit, server: Server) -> None:
    visitor = visit(f"/?{BAD}&speed=7")
    [notice] = visitor.notices()
    for named in (
        "hw=rtx-4091",
        "n=0",
        "ctx=lots",
        "ram=64, 32",
        "pmin, pmax",
        "model=gpt-17",
        "publsher=Google",
        "licence=free",
        "v=99",
    ):
        assert named in notice, named
    assert "rtx-4090" in notice  # what is shown instead
    assert "publisher" in notice.split("publsher=Google")[1].split("\n")[0]  # what was meant
    assert parse_qs(urlsplit(visitor.path).query) == {"ram": ["32"], "pmin": ["8"], "pmax": ["70"], "speed": ["7"]}
    assert visitor.table()

    with visitor.rerun():
        visitor.page.get_by_role("button", name="Dismiss").click()
    assert visitor.notices() == []
    assert "speed=7" in visitor.path


@pytest.mark.parametrize(
    "query",
    ["&".join(f"k{i}=1" for i in range(1500)), "only=" + "x" * 15_000, "n=%00&ctx=%ff%fe&hw=%F0%9F%98%80", "n[]=1&__proto__=1&constructor=x",
     "model=%3Cscript%3Ealert(1)%3C/script%3E&q=%60*%5Bx%5D(javascript:alert(1))"],
    ids=["many", "long", "bytes", "names", "markup"],
)  # fmt: skip
def test_a_hostile_link_shows_the_plain_page(query: str, visit: Visit) -> None:
    visitor = visit(f"/?{query}")
    assert len(visitor.notices()) <= 1  # Streamlit itself throws away a query of more than 1000 parameters
    assert visitor.page.get_by_test_id("stException").count() == 0
    assert visitor.table()


def test_the_machine_and_context_come_along_to_every_page(visit: Visit) -> None:
    visitor = visit("/?hw=rtx-3090&n=2&ctx=16384&licence=open")
    for title in ("What does it take?", "Memory", "Compare", "The essay, live", "Sources", "Which can I run?"):
        visitor.go_to(title)
        query = parse_qs(urlsplit(visitor.path).query)
        assert {name: query.get(name) for name in ("hw", "n", "ctx")} == {
            "hw": ["rtx-3090"],
            "n": ["2"],
            "ctx": ["16384"],
        }, title
        assert visitor.control("n").locator("input").input_value() == "2"
        assert visitor.notices() == []


def test_back_and_forward_go_through_what_was_seen(visit: Visit) -> None:
    visitor = visit("/?n=2")
    models = visitor.shown()
    visitor.go_to("What does it take?")
    machines = visitor.shown()
    with visitor.rerun():
        visitor.page.go_back()
    assert visitor.path == "/?n=2"
    assert visitor.shown() == models
    with visitor.rerun():
        visitor.page.go_forward()
    assert visitor.path.startswith("/machines?")
    assert visitor.shown() == machines


def test_a_reload_keeps_the_view(visit: Visit) -> None:
    visitor = visit("/")
    change_models(visitor)
    before = visitor.shown()
    visitor.open(visitor.path)
    assert visitor.shown() == before
