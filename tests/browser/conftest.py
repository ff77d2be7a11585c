"""Fixtures: a server for all tests of a process, visitors for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.harness import Server, Visitor, serve_faultless

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A dashboard, for whoever needs no other."""
    with serve_faultless() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Visitor]]:
    """`visit(path, server=…, size=…, dark=…)` opens a link with a browser of its own.

    No visitor's browser may have reported an error by the end of the test.
    """
    visitors: list[Visitor] = []

    def open_(path: str = "/", at: Server = server, **looks: object) -> Visitor:
        visitors.append(Visitor(browser, at.url, **looks))  # type: ignore[arg-type]
        return visitors[-1].open(path)

    yield open_
    errors = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        visitor.close()
    assert errors == []
