"""Sharing in a real browser: the box, the files behind it, a view inside somebody else's page."""

from __future__ import annotations

import functools
import http.server
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.harness import PAGES, Server, Visitor, free_port

Visit = Callable[..., Visitor]
FILES = {"CSV": "text/csv", "JSON": "application/json", "PARQUET": "application/vnd.apache.parquet", "SVG": "image/svg+xml", "PNG": "image/png"}  # fmt: skip


@contextmanager
def elsewhere(folder: Path) -> Iterator[str]:
    """Somebody else's web site: the folder at an address of its own."""
    port = free_port()
    site = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}"
    site.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


def test_the_box_gives_links_files_and_a_code_of_the_view_shown(visit: Visit, server: Server) -> None:
    visitor = visit("/memory?hw=rtx-3060-12gb&model=qwen3-8b")
    with visitor.rerun():
        visitor.page.get_by_role("button", name="Share").click()
    box = visitor.page.get_by_test_id("stPopoverBody")
    short = box.locator("code").filter(visible=True).first.inner_text()
    assert short == visitor.page.url == f"{server.url}/memory?hw=rtx-3060-12gb&model=qwen3-8b"
    code = box.get_by_test_id("stImage").locator("img").first
    assert code.evaluate("e => e.complete && e.naturalWidth") > 100
    # A picture of this very process: any replica can serve the page, so nothing on it may need this one again.
    assert str(code.get_attribute("src")).startswith("data:image/svg+xml")
    for name, media in FILES.items():
        link = str(box.get_by_role("link", name=name, exact=True).get_attribute("href"))
        assert parse_qs(urlsplit(link).query) == {"hw": ["rtx-3060-12gb"], "model": ["qwen3-8b"]}
        with urllib.request.urlopen(link) as answer:
            assert answer.status == 200 and answer.headers["Content-Type"].startswith(media), link
    for tab, held in (("Keep", "&v=1"), ("Cite", "@misc"), ("Embed", "<iframe")):
        box.get_by_role("tab", name=tab).click()
        assert held in "".join(box.locator("code").filter(visible=True).all_inner_texts()), tab


def test_a_view_inside_another_site_is_its_chart_and_table_alone(
    browser: Browser, server: Server, visit: Visit, tmp_path: Path
) -> None:
    visitor = visit("/?hw=rtx-3090&licence=open")
    with visitor.rerun():
        visitor.page.get_by_role("button", name="Share").click()
    box = visitor.page.get_by_test_id("stPopoverBody")
    box.get_by_role("tab", name="Embed").click()
    snippet = box.locator("code").filter(visible=True).first.inner_text()
    (tmp_path / "post.html").write_text(f"<!doctype html><title>A post</title>{snippet}", encoding="utf-8")
    with elsewhere(tmp_path) as site:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.goto(f"{site}/post.html")
        frame = page.frame_locator("iframe")
        frame.locator("[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas").first.wait_for()
        frame.get_by_test_id("stDataFrame").wait_for()
        for gone in ("stTopNavLink", "stNumberInput", "stSelectbox", "stPopover", "stHeading"):
            assert frame.get_by_test_id(gone).count() == 0, gone
        assert page.locator("p a").get_attribute("href").startswith(f"{server.url}/?budget=")  # type: ignore[union-attr]
        page.close()
        assert not [text for text in said if "Content Security Policy" in text or "refused" in text.lower()]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_embedded(page: str, visit: Visit) -> None:
    visitor = visit(f"{page}?hw=rtx-3060-12gb&embed=true&embed_options=dark_theme")
    assert visitor.page.get_by_test_id("stTopNavLink").count() == 0
    assert visitor.charts() or visitor.main.inner_text().strip() or visitor.main.get_by_test_id("stDataFrame").count()
    assert visitor.page.get_by_test_id("stException").count() == 0
