"""A catalog and a link by somebody who means harm: all of it stands on the pages as text, and nothing else happens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Dialog

from lib.view import PAGES
from tests.browser.harness import Visitor
from tests.web.running import Running, copied, running

MARKUP = "<img src=x onerror=alert(1)>"
NASTY = MARKUP + " [x](javascript:alert(2)) $\\\\href{javascript:alert(3)}{y}$ :material/close: `</code><script>alert(4)</script>` {{7*7}} **b**"  # fmt: skip
MODEL, DEVICE, SOURCE, BENCHMARK = "qwen3-8b", "rtx-3060-12gb", "mmlu-pro-dataset", "mmlu-pro"


def renamed(path: Path, id_: str, to: str, *, table: bool = True) -> None:
    """Another name in a TOML file, in the record of that id or at the top."""
    head, mark, rest = path.read_text().partition(f"[{id_}]\n") if table else ("", "", path.read_text())
    key = "title" if "\ntitle = " in "\n" + rest.partition("\n\n")[0] else "name"
    lines = [f'{key} = "{to}"' if line.startswith(f"{key} = ") else line for line in rest.split("\n[")[0].splitlines()]
    path.write_text(head + mark + "\n".join(lines) + "\n[" + "\n[".join(rest.split("\n[")[1:]))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    house = copied(tmp_path_factory.mktemp("hostile") / "house")
    catalog, toml = house / "catalog", NASTY.replace('"', '\\"')
    renamed(next(catalog.glob(f"models/*/{MODEL}.toml")), MODEL, toml, table=False)
    renamed(next(p for p in catalog.glob("sources/*.toml") if f"[{SOURCE}]\n" in p.read_text()), SOURCE, toml)
    renamed(catalog / "benchmarks.toml", BENCHMARK, toml)
    devices = catalog / "devices.csv"
    name = '"' + NASTY.replace("\\\\", "\\") + '"'
    devices.write_text("".join(f"{DEVICE},{name},{line.split(',', 2)[2]}" if line.startswith(f"{DEVICE},") else line for line in devices.read_text().splitlines(True)))  # fmt: skip
    with running(house) as started:
        yield started
    shutil.rmtree(house)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_a_catalog_or_a_link_says_becomes_more_than_text(page: str, browser: Browser, server: Running) -> None:
    visitor = Visitor(browser, server.url)
    opened: list[str] = []

    def note(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    visitor.page.on("dialog", note)
    query = {"hw": DEVICE, "called": NASTY[:40], NASTY: NASTY, "quant": NASTY}
    query |= {"model": MODEL} if "model" in PAGES[page] else {}
    query |= {"models": MODEL} if "models" in PAGES[page] else {}
    query |= {"q": MARKUP} if "q" in PAGES[page] else {}
    visitor.open(("/" if page == "models" else f"/{page}") + "?" + urlencode(query))
    assert [notice for notice in visitor.notices() if "could not be used" in notice and MARKUP in notice]
    assert "could not be read" not in visitor.text()
    made = visitor.page.evaluate(
        """() => [...document.querySelectorAll('[onerror], img[src="x"], a[href^="javascript" i], iframe, .katex a, main script')]
          .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert made == [] and opened == []
    assert [error for error in visitor.errors if "/x " not in error] == []
    visitor.close()


def test_the_names_are_there_as_they_stand_in_the_catalog(browser: Browser, server: Running) -> None:
    visitor = Visitor(browser, server.url).open(f"/?hw={DEVICE}&model={MODEL}")
    assert MARKUP in visitor.heading() and MARKUP in visitor.text()
    assert any(MARKUP in row["name"] for row in visitor.table())
    visitor.close()


def test_an_address_in_a_link_is_no_link_on_the_page(browser: Browser, server: Running) -> None:
    addresses = "www.a.example http://b.example c@d.test"
    visitor = Visitor(browser, server.url).open("/?" + urlencode({"hw": "rtx-4090", "called": addresses}))
    assert "b.example" in visitor.heading()
    assert visitor.page.locator('a[href*=".example"], a[href*="d.test"]').count() == 0
    visitor.close()
