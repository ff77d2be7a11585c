"""A browser whose server is gone goes on at one that is another to it: of another folder, as in a container of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.harness import Visitor
from tests.web.running import copied, running

pytestmark = pytest.mark.browser
VIEWS = {
    "/?columns=mmlu-pro.open-llm-leaderboard-v2&hosted=true&hw=mac-mini-m4-16gb&licence=open&since=2024-06-01": ("ctx", 16384, 4096),
    "/compare?models=qwen3-32b&models=gpt-oss-20b&models=qwen3-8b": ("n", 2, 4),
    "/cost?hours=4.5&hw=rtx-4090&kwh=0.3&model=qwen3-32b&tin=500000": ("tout", 90000, 70000),
}  # fmt: skip
"""Links with all kinds of controls, a number to change and two values for it."""


def test_every_control_still_says_what_the_link_says(browser: Browser, tmp_path: Path) -> None:
    with running(copied(tmp_path / "here")) as server:
        people = {path: Visitor(browser, server.url).open(path) for path in VIEWS}
        before = {}
        for path, (name, value, _) in VIEWS.items():
            people[path].type_number(name, value)
            before[path] = people[path].words(), people[path].path
        server.kill()
        server.folder = copied(tmp_path / "elsewhere")
        server.start()
        for path, (name, value, other) in VIEWS.items():
            person = people[path]
            person.page.wait_for_timeout(1500)  # until the browser has connected again
            person.type_number(name, other)
            person.type_number(name, value)
            assert (person.words(), person.path) == before[path]
            person.close()
