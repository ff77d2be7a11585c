"""How a view is cited: its answer, its sources in a line, its links, and the same as Markdown, BibTeX and an HTML frame.

Everything is text for people to copy. Links are absolute where the address given is.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from lib.answers.freshness import freshness_of
from lib.answers.since import digest
from lib.answers.tables import sentence_of
from lib.catalog import Catalog
from lib.view import PAGES, View, encode, permalink

NAME = "A GPT of One's Own"
FRONT = next(iter(PAGES))
TITLES: Mapping[str, str] = {
    "models": "Which can I run?", "run": "What should I run?", "buy": "What should I buy?", "machines": "What does it take?",
    "grid": "Machines × models", "memory": "Memory", "speed": "How fast?", "cost": "Home or hosted?", "compare": "Compare",
    "model": "One model", "timeline": "Timeline", "benchmarks": "Benchmarks", "questions": "Questions people ask",
    "tour": "A tour for newcomers", "essay": "The essay, live", "sources": "Sources",
}  # fmt: skip
"""What each page is called."""
FRAME_HEIGHT = 900
"""Pixels of an embedded view: a chart and some rows of its table."""
# BibTeX counts braces, those behind a backslash too: a single one of a visitor's would end or swallow the entry.
_TEX = {"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", **{c: "\\" + c for c in "&%$#_"}}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+")


def one_line(text: str) -> str:
    """The text without line breaks and characters that cannot be printed."""
    return _CONTROL.sub(" ", text).strip()


def said(catalog: Catalog, page: str, view: View) -> str:
    """The answer of a view in one line; what the page is called where it has no answer of its own."""
    return one_line(sentence_of(catalog, page, view)) or f"{NAME}: {TITLES[page]}"


def source_line(catalog: Catalog, page: str, view: View) -> str:
    """The catalog's version, and when the sources of this view's facts were read; the same on every day."""
    fresh = freshness_of(catalog, page, view)
    if not fresh.oldest:
        return f"Catalog {catalog.version}."
    when = fresh.oldest if fresh.oldest == fresh.newest else f"{fresh.oldest} to {fresh.newest}"
    return (
        f"Catalog {catalog.version}; facts read {when} in {fresh.sources:,} source{'' if fresh.sources == 1 else 's'}."
    )


def page_path(page: str) -> str:
    """The path of a page: `/` of the front page, else `/` and its name."""
    return "/" if page == FRONT else f"/{page}"


def short_link(base: str, view: View, page: str) -> str:
    """The shortest link to a view: only what differs from the defaults, in alphabetical order. `base` ends without a slash."""
    query = urlencode(encode(view, page), doseq=True)
    return base + page_path(page) + (f"?{query}" if query else "")


def twin(base: str, view: View, page: str, form: str, **more: str) -> str:
    """The same view as a file: `form` is `csv`, `json`, `parquet`, `svg` or `png`; `more` are parameters of pictures."""
    query = urlencode({**encode(view, page), **more}, doseq=True)
    return f"{base}/{page}.{form}" + (f"?{query}" if query else "")


def embed_link(base: str, view: View, page: str) -> str:
    """The view as a frame shows it: chart and table alone, every value spelled out."""
    return f"{permalink(base + page_path(page), view, page)}&embed=true"


def dated_link(base: str, catalog: Catalog, view: View, page: str, on: dt.date) -> str:
    """The permalink with the catalog's version, the day and the answer in short: opened later it tells what changed."""
    dated = {"cat": catalog.version, "on": on.isoformat(), "was": digest(catalog, page, view)}
    return f"{permalink(base + page_path(page), view, page)}&{urlencode({k: v for k, v in dated.items() if v})}"


def markdown(base: str, catalog: Catalog, view: View, page: str) -> str:
    """The picture as a link to the view, the answer under it, and its sources."""
    link = permalink(base + page_path(page), view, page)
    answer, title = _markdown(said(catalog, page, view)), f"{NAME}: {_markdown(TITLES[page])}"
    picture = f"[![{title}]({twin(base, view, page, 'png')})]({link})"
    return f"{picture}\n\n{answer} — [{title}]({link}). {_markdown(source_line(catalog, page, view))}\n"


def bibtex(base: str, catalog: Catalog, view: View, page: str, on: dt.date) -> str:
    """A BibTeX entry of the view as it stands on the day given; the link in it is the dated one."""
    fields = {
        "title": f"{{{_tex(NAME)}: {_tex(TITLES[page])}}}",
        "year": str(on.year),
        "note": f"{_tex(said(catalog, page, view))} {_tex(source_line(catalog, page, view))}",
        "version": catalog.version,
        "url": dated_link(base, catalog, view, page, on),
        "urldate": on.isoformat(),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{gpt-of-ones-own-{page}-{catalog.version},\n{lines}\n}}\n"


def iframe(base: str, catalog: Catalog, view: View, page: str) -> str:
    """HTML that shows the view in another page, and names it with a link below."""
    title, answer = html.escape(f"{NAME}: {TITLES[page]}"), html.escape(said(catalog, page, view))
    source = html.escape(embed_link(base, view, page))
    link = html.escape(permalink(base + page_path(page), view, page))
    return (
        f'<iframe src="{source}" title="{answer}" width="100%" height="{FRAME_HEIGHT}" loading="lazy" style="border:0"></iframe>\n'
        f'<p>{answer} <a href="{link}">{title}</a></p>\n'
    )


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", text)


def _tex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in text)
