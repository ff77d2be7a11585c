"""Links, citations and frames: each opens as the view it was made from, and can be pasted where it belongs."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from lib import answers
from lib.answers import citation
from lib.catalog import current
from lib.view import DATED, PAGES, View, decode

BASE, DAY = "https://own.example", dt.date(2026, 11, 24)
MINE = View(hw="rtx-3060-12gb", ctx=16384, called="50 % off & more_of {it}")


def opened(link: str, page: str) -> tuple[View, list[object]]:
    query = parse_qs(urlsplit(link).query, keep_blank_values=True)
    view, notices = decode(query, answers.vocabulary(current()), page)
    return view, list(notices)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_view_opens_as_that_view(page: str) -> None:
    links = (
        citation.short_link(BASE, MINE, page),
        citation.dated_link(BASE, current(), MINE, page, DAY),
        citation.embed_link(BASE, MINE, page),
        citation.twin(BASE, MINE, page, "csv"),
    )
    assert [opened(link, page) for link in links] == [(MINE, [])] * 4
    path = "/" if page == "models" else f"/{page}"
    assert [urlsplit(link).path for link in links] == [path, path, path, f"/{page}.csv"]


def test_a_short_link_has_only_what_differs_in_alphabetical_order() -> None:
    assert citation.short_link(BASE, View(), "models") == "https://own.example/"
    assert citation.short_link(BASE, View(n=2, ctx=4096), "memory") == "https://own.example/memory?ctx=4096&n=2"


def test_a_dated_link_carries_version_day_and_answer() -> None:
    query = parse_qs(urlsplit(citation.dated_link(BASE, current(), View(), "models", DAY)).query)
    assert [query[name] for name in DATED[:2]] == [[current().version], ["2026-11-24"]]
    assert re.fullmatch(r"\d+/\d+,[a-z0-9.-]+,[A-Z0-9_]+,[\d.]+", query["was"][0])


def test_bibtex_has_balanced_braces_and_nothing_tex_would_act_on() -> None:
    entry = citation.bibtex(BASE, current(), MINE, "models", DAY)
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", entry, re.MULTILINE))
    assert fields["year"] == "2026" and fields["urldate"] == "2026-11-24" and fields["version"] == current().version
    assert r"50 \% off \& more\_of \{it\}" in fields["note"]
    plain = re.sub(r"\\[{}]", "", entry)
    assert plain.count("{") == plain.count("}")
    assert opened(fields["url"], "models") == (MINE, [])


def test_markdown_is_a_picture_that_leads_to_the_view() -> None:
    text = citation.markdown(BASE, current(), MINE, "memory")
    picture = re.match(r"\[!\[.*\]\((\S+)\)\]\((\S+)\)\n", text)
    assert picture is not None
    assert urlsplit(picture[1]).path == "/memory.png" and opened(picture[2], "memory") == (MINE, [])


class Frame(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_frame_is_html_that_shows_the_view_and_names_it() -> None:
    view = View(called='"><script>alert(1)</script>')
    frame = Frame(citation.iframe(BASE, current(), view, "models"))
    assert [tag for tag, _ in frame.tags] == ["iframe", "p", "a"]
    source = str(frame.tags[0][1]["src"])
    assert parse_qs(urlsplit(source).query)["embed"] == ["true"] and opened(source, "models") == (view, [])


@pytest.mark.parametrize("page", PAGES)
def test_what_is_said_of_a_view_is_one_line_with_its_sources(page: str) -> None:
    text = citation.said(current(), page, View())
    assert text and "\n" not in text
    assert re.fullmatch(
        r"Catalog [0-9a-f]{12}; facts read \d{4}-[\d-]+( to \d{4}-[\d-]+)? in [\d,]+ sources?\.",
        citation.source_line(current(), page, View()),
    )
