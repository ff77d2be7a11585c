"""Pictures and previews: every chart of every page as a file, with its words; nothing in a link can break or fool them."""

from __future__ import annotations

import html
import re
import struct
from dataclasses import replace
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from lib.answers.citation import said
from lib.catalog import current
from lib.pictures import PICTURES, picture_of
from lib.view import PAGES, View
from lib.web.drawing import ARTIST, Artist, DrawingError
from lib.web.index import page_preview
from lib.web.pictures import Kept, picture_routes
from lib.web.render import MOST_ROWS, Words, svg
from tests.web.asgi import Answer, ask

APP = Starlette(routes=picture_routes())
NAMED = [(page, name) for page, names in PICTURES.items() for name in names]


def words_of(answer: Answer) -> str:
    """All text of an SVG, which must be well-formed."""
    assert answer.status == 200 and answer.headers["content-type"].startswith("image/svg+xml")
    return " ".join(" ".join(ElementTree.fromstring(answer.body).itertext()).split())


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", png[16:24])
    return wide, high


@pytest.mark.parametrize(("page", "name"), NAMED)
def test_every_chart_is_a_drawing_with_its_answer_its_sources_and_its_link(page: str, name: str) -> None:
    answer = ask(APP, f"/{page}.svg?chart={name}&hw=rtx-3060-12gb")
    text, path = words_of(answer), "" if page == "models" else page
    assert said(current(), page, View(hw="rtx-3060-12gb"))[:40] in text
    assert f"Catalog {current().version}; facts read " in text
    assert f"http://test/{path}?hw=rtx-3060-12gb" in text
    assert not re.search(rb"<script|<image|<foreignObject|<use|url\(http|href=", answer.body)


def test_a_picture_says_under_it_what_it_leaves_out() -> None:
    whole = picture_of(current(), "models", View())
    assert whole is not None and not whole.thinned
    thinned = replace(whole, thinned="1,000 points stand for 7,700 models.")
    words = Words("4,353 of 7,707 models fit.", "Catalog.", "http://test/")
    for card in ((), (1200, 630)):
        assert "1,000 points stand for 7,700 models." in svg(thinned, words, "light", *(card or (1000,)))


def test_the_picture_has_the_marks_of_the_page_at_the_same_query() -> None:
    few = "only=qwen3-32b&only=gpt-oss-20b"
    text = words_of(ask(APP, f"/models.svg?{few}"))
    assert "Qwen3 32B" in text and "Gemma 3 1B IT" not in text
    assert "Gemma 3 1B IT" in words_of(ask(APP, "/models.svg"))
    shown = picture_of(current(), "models", View(only=("qwen3-32b", "gpt-oss-20b")))
    assert shown is not None and set(shown.data["model"]) == {"qwen3-32b", "gpt-oss-20b"}


def test_a_card_has_the_size_chats_want_and_a_png_is_sharp() -> None:
    assert size(ask(APP, "/models.png?size=card").body) == (1200, 630)
    assert size(ask(APP, "/benchmarks.png?size=card&theme=dark").body) == (1200, 630)
    assert size(ask(APP, "/cost.png?width=400").body)[0] == 800


def test_the_dark_picture_stands_on_the_pages_dark_ground() -> None:
    assert b'fill="#12151c"' in ask(APP, "/compare.svg?theme=dark").body
    assert b'fill="#ffffff"' in ask(APP, "/compare.svg?theme=light").body


@pytest.mark.parametrize("page", [page for page in PAGES if page not in PICTURES])
def test_a_page_without_a_chart_is_a_picture_of_its_words(page: str) -> None:
    assert said(current(), page, View())[:30] in words_of(ask(APP, f"/{page}.svg"))


def test_a_view_with_nothing_to_draw_is_a_picture_that_says_so() -> None:
    text = words_of(ask(APP, "/models.svg?publisher=Meta&since=2035-01-01"))
    assert text.startswith(said(current(), "models", View(publisher=("Meta",), since="2035-01-01"))[:30])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("width=10", "width"),
        ("width=99999", "width"),
        ("width=%EF%BC%95%EF%BC%90%EF%BC%90", "width"),
        ("theme=pink", "theme"),
        ("size=huge", "size"),
        ("chart=ladder", "chart"),
        ("hw=rtx-9999", "hw"),
        ("nonsense=1", "nonsense"),
        ("x=power", "x"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(query: str, named: str) -> None:
    answer = ask(APP, f"/models.png?{query}")
    assert answer.status == 422 and answer.headers["content-type"] == "application/problem+json"
    assert f'"name":"{named}"'.encode() in answer.body


def test_who_has_the_picture_is_not_sent_it_again() -> None:
    for form in ("svg", "png"):
        first = ask(APP, f"/timeline.{form}")
        again = ask(APP, f"/timeline.{form}", headers=[("if-none-match", first.headers["etag"])])
        assert (first.status, again.status, again.body) == (200, 304, b"")
        assert first.headers["x-catalog-version"] == current().version


HOSTILE = "</text><script>alert(1)</script>&\"'\x00\x1b\u202e{{"


@pytest.mark.parametrize("page", ["models", "grid", "memory", "machines"])
def test_a_machine_may_be_called_anything_and_stays_text(page: str) -> None:
    answer = ask(APP, f"/{page}.svg?{urlencode({'called': HOSTILE[:40]})}")
    if answer.status == 422:  # the view may refuse such a name altogether
        return
    drawing = ElementTree.fromstring(answer.body)
    assert not [e for e in drawing.iter() if e.tag.rpartition("}")[2] in ("script", "a", "foreignObject")]
    assert ask(APP, f"/{page}.png?{urlencode({'called': HOSTILE[:40]})}").status == 200


def test_only_so_many_rows_are_drawn() -> None:
    shown = picture_of(current(), "models", View())
    assert shown is not None
    many = type(shown)(shown.spec, shown.data.sample(MOST_ROWS + 1, replace=True, random_state=0), shown.alt)
    with pytest.raises(ValueError, match="5,001 rows"):
        svg(many, Words("", "", ""), "light", 600)


def test_only_so_much_is_kept_and_the_longest_unused_goes_first() -> None:
    kept = Kept(most=3, most_bytes=100)
    for key in "abc":
        kept.put(key, b"x" * 30)
    assert kept.get("a") is not None
    kept.put("d", b"x" * 30)
    assert kept.get("b") is None and kept.get("a") is not None and kept.bytes == 90
    kept.put("huge", b"x" * 1000)
    assert kept.get("huge") is None and kept.bytes <= 100


def tags(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)" />', page)
    return {name: html.unescape(value) for name, value in found}


def test_a_pasted_link_shows_title_answer_and_picture_of_that_very_query() -> None:
    told = tags(page_preview(current(), "memory", {"hw": ["rtx-3060-12gb"], "model": ["qwen3-8b"]}, "https://x.org"))
    assert told["og:title"] == "Memory · A GPT of One's Own"
    assert told["og:description"] == said(current(), "memory", View(hw="rtx-3060-12gb", model="qwen3-8b"))
    assert "Qwen3 8B" in told["og:description"] and told["og:description"] == told["twitter:description"]
    assert told["og:image"] == "https://x.org/memory.png?hw=rtx-3060-12gb&model=qwen3-8b&size=card"
    picture = urlsplit(told["og:image"])
    assert size(ask(APP, f"{picture.path}?{picture.query}").body) == (1200, 630)


@given(st.dictionaries(st.sampled_from([*View.model_fields, "cat", "was", "x\x00"]), st.lists(st.text(max_size=30), max_size=3), max_size=4))  # fmt: skip
@settings(max_examples=25)
def test_any_query_has_a_preview_and_none_gets_out_of_its_tag(query: dict[str, list[str]]) -> None:
    page = page_preview(current(), "memory", query, 'http://"><script>')
    assert tags(page)["og:description"] and page.count("<script>") == page_preview(current(), "memory", {}, "http://x").count("<script>")  # fmt: skip


def test_a_drawing_that_fails_or_takes_too_long_ends_its_own_process_and_not_ours() -> None:
    text = {"data": {"values": [{"t": "a\x00b"}]}, "mark": "text", "encoding": {"text": {"field": "t"}}}
    artist = Artist()
    with pytest.raises(DrawingError, match="ended"):
        artist.svg(text)
    with pytest.raises(DrawingError):
        artist.svg({"mark": 3})
    assert artist.svg({"data": {"values": [{"t": "ab"}]}, "mark": "text"}).startswith("<svg")
    artist.close()
    hurried = Artist(seconds=0.001)
    with pytest.raises(TimeoutError, match=r"0\.001 s"):
        hurried.svg({"data": {"values": [{"t": "ab"}]}, "mark": "text"})
    hurried.close()


def test_who_asks_a_busy_machine_for_a_picture_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ARTIST, "seconds", 0.001)
    got = ask(APP, "/models.svg?hw=rtx-3060-12gb&ctx=5003")
    assert (got.status, got.headers["retry-after"]) == (503, "5")
    monkeypatch.undo()
    assert ask(APP, "/models.svg?hw=rtx-3060-12gb&ctx=5003").status == 200
