"""Boxes of controls that are drawn only while somebody looks, or while one of them says something."""

from collections.abc import Callable

import pytest

from tests.browser.harness import Visitor

pytestmark = pytest.mark.browser
Open = Callable[..., Visitor]


def opened(visitor: Visitor, label: str) -> None:
    with visitor.rerun():
        visitor.page.get_by_role("button", name=label).first.click()


def test_what_is_set_in_a_box_stays_in_the_link_when_it_is_shut(visit: Open) -> None:
    visitor = visit("/?hw=rtx-4090")
    assert visitor.control("slots").count() == 0
    opened(visitor, "Assumptions")
    visitor.type_number("slots", 4)
    with visitor.rerun():
        visitor.page.keyboard.press("Escape")
    assert "slots=4" in visitor.path
    visitor.type_number("ctx", 16384)
    assert "slots=4" in visitor.path and "4 conversations" in visitor.text()


def test_a_link_that_says_something_of_a_shut_box_is_honoured(visit: Open) -> None:
    visitor = visit("/?hw=rtx-4090&kv=q8_0&pmin=8&pmax=70")
    path, heading = visitor.path, visitor.heading()
    visitor.type_number("ctx", 16384)
    visitor.type_number("ctx", 8192)
    assert (visitor.path, visitor.heading()) == (path, heading)


def test_a_value_set_back_to_the_usual_leaves_the_link_and_stays_so(visit: Open) -> None:
    visitor = visit("/?hw=rtx-4090&slots=4")
    opened(visitor, "Assumptions")
    visitor.type_number("slots", 1)
    with visitor.rerun():
        visitor.page.keyboard.press("Escape")
    assert "slots" not in visitor.path
    visitor.type_number("ctx", 16384)
    assert "slots" not in visitor.path and "conversations" not in visitor.heading()
