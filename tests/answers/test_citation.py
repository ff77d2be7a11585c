"""Links, citations and frames: each opens as the view it was made from, and can be pasted where it belongs."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest

from lib import answers
from lib.answers import citation
from lib.catalog import current
from lib.ui.share import qr_code
from lib.view import DATED, LONGEST_LINK, MOST_COLUMNS, MOST_COMPARED, MOST_LISTED, MOST_MACHINES, PAGES, View, decode

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


MOST = {"models": MOST_COMPARED, "columns": MOST_COLUMNS, "machines": MOST_MACHINES}
WORST = {"called": "語" * 26 + "xxxxxx", "q": "語" * 66 + "xxxxxx", "since": "2025-01-01", "until": "2035-12-31", "hosted": False, "keep": False}  # fmt: skip


def worst(page: str) -> View:
    """The view of a page whose links are the longest there can be."""
    ids, values = answers.vocabulary(current()), {}
    for name in PAGES[page]:
        shape = View.model_fields[name]
        if known := ids.of(name):
            longest = sorted(known, key=lambda id_: len(quote_plus(id_)), reverse=True)
            values[name] = longest[: MOST.get(name, MOST_LISTED)] if isinstance(shape.default, tuple) else longest[0]
        elif name in WORST:
            values[name] = WORST[name]
        elif bounds := [bound.le for bound in shape.metadata if hasattr(bound, "le")]:
            whole = "int" in str(shape.annotation)
            values[name] = str(bounds[0] if whole else bounds[0] - 0.123456789)
        else:
            words = str(shape.annotation)
            values[name] = max(re.findall(r"'([^']+)'", words), key=len) if "Literal" in words else values.get(name)
    return View.model_validate({name: value for name, value in values.items() if value is not None})


@pytest.mark.parametrize("page", PAGES)
def test_the_longest_link_there_can_be_is_under_two_thousand_characters(page: str) -> None:
    base, view = "https://dashboard.a-company-with-a-long-name.example", worst(page)
    links = (
        citation.short_link(base, view, page), citation.dated_link(base, current(), view, page, DAY),
        citation.embed_link(base, view, page), citation.twin(base, view, page, "png", size="card"),
    )  # fmt: skip
    assert max(map(len, links)) < LONGEST_LINK
    given = parse_qs(urlsplit(links[1]).query, keep_blank_values=True)
    assert set(PAGES[page]) <= set(given) and len(max(links, key=len)) > 400
    assert "<path" in qr_code(links[0])


def test_what_would_make_a_link_longer_is_refused_by_name() -> None:
    known = answers.vocabulary(current())
    for page, query in (
        ("sources", {"q": ["語" * 80]}),
        ("models", {"called": ["語" * 40]}),
        ("models", {"only": list(known.models[: MOST_LISTED + 1])}),
        ("models", {"columns": list(known.ranks[: MOST_COLUMNS + 1])}),
    ):
        _, [notice] = decode(query, known, page)
        assert notice.name in query and ("more than" in notice.reason), notice


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
    assert r"50 \% off \& more\_of \textbraceleft{}it\textbraceright{}" in fields["note"]
    assert entry.count("{") == entry.count("}")
    assert opened(fields["url"], "models") == (MINE, [])


@pytest.mark.parametrize("called", ["}", "{{", "} {", "\\}"])
def test_a_visitors_single_brace_does_not_end_the_entry(called: str) -> None:
    """BibTeX counts braces and knows no backslash: the entry is over at the one that closes its first."""
    entry, depth = citation.bibtex(BASE, current(), View(called=called), "models", DAY).rstrip(), 0
    for place, letter in enumerate(entry):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth or place < entry.index("{") or place == len(entry) - 1
    assert depth == 0


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
