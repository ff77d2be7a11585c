"""A browser that loses its server comes back to the same view, by itself and with what was chosen."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.harness import Visitor
from tests.web.running import ROOT, running


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_visitor_keeps_the_view_when_the_server_is_killed_and_started_again(
    browser: Browser, tmp_path: Path, how: int
) -> None:
    with running(ROOT, "--browser.gatherUsageStats", "false") as server:
        visitor = Visitor(browser, server.url).open("/?hw=rtx-3090&licence=open")
        visitor.type_number("ctx", 16384)
        heading, path = visitor.heading(), visitor.path
        server.kill(how)
        visitor.page.wait_for_timeout(1500)
        assert visitor.heading() == heading  # what was on screen stays there meanwhile
        server.start()
        with visitor.page.expect_websocket(timeout=60_000):
            pass
        visitor.settle()
        assert (visitor.heading(), visitor.path) == (heading, path)
        assert visitor.page.get_by_role("dialog").count() == 0
        visitor.type_number("n", 2)
        assert "2 ×" in visitor.heading() and "16,384" in visitor.heading()
        assert visitor.path == "/?ctx=16384&hw=rtx-3090&licence=open&n=2"
        visitor.close()
