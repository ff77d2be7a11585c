"""Sharing a view: its links, a code to photograph, its data and picture as files, and how to cite and embed it.

Drawn only while the box is open. Nothing is uploaded and nothing kept: every link carries the whole view.
"""

from __future__ import annotations

import datetime as dt
import io
from urllib.parse import urlsplit

import segno
import streamlit as st

from lib.answers import citation
from lib.answers.tables import PAGES_WITH_ROWS
from lib.answers.text import plain
from lib.catalog import Catalog
from lib.view import View, permalink

CODE_SIDE = 180
"""Pixels of the code to photograph."""


def base_of(address: str) -> str:
    """Scheme and host of a page's address, and the path it is served under; no slash at the end."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}" if parts.netloc else ""


def qr_code(link: str) -> str:
    """A link as a QR code: SVG text, black on white with the quiet border readers need."""
    made = segno.make(link, error="l", micro=False)
    out = io.BytesIO()
    made.save(out, kind="svg", scale=4, border=4, dark="#000000", light="#ffffff", xmldecl=False)
    return out.getvalue().decode()


def share_box(address: str, catalog: Catalog, view: View, page: str, sentence: str = "") -> None:
    """What the Share popover holds. `address` is the page's own, absolute; `sentence` its answer, looked up where empty."""
    base, today = base_of(address), dt.date.today()
    short = citation.short_link(base, view, page)
    st.caption(plain(sentence or citation.said(catalog, page, view)))
    link, keep, cite, embed = st.tabs(["Link", "Keep", "Cite", "Embed"])
    with link:
        st.caption("The short link: only what differs from the usual.")
        st.code(short, language=None, wrap_lines=True)
        st.image(qr_code(short), width=CODE_SIDE, caption="The same link, to photograph")
    with keep:
        st.caption("Every value spelled out: it keeps its meaning when what is usual changes.")
        st.code(permalink(base + citation.page_path(page), view, page), language=None, wrap_lines=True)
        st.caption("Dated: opened later, it says whether the catalog has moved on and what changed for this view.")
        st.code(citation.dated_link(base, catalog, view, page, today), language=None, wrap_lines=True)
    with cite:
        st.caption("Markdown")
        st.code(citation.markdown(base, catalog, view, page), language=None, wrap_lines=True)
        st.caption("BibTeX")
        st.code(citation.bibtex(base, catalog, view, page, today), language=None, wrap_lines=True)
    with embed:
        st.caption("HTML: the chart and the table alone, in a frame")
        st.code(citation.iframe(base, catalog, view, page), language=None, wrap_lines=True)
    files = st.container(horizontal=True)
    forms = ("png", "svg", *(("csv", "json", "parquet") if page in PAGES_WITH_ROWS else ()))
    for form in forms:
        # Plain links to the files of this very view; the server computes them from the link alone.
        files.link_button(form.upper(), citation.twin(base, view, page, form), help=_HELP[form])


_HELP = {
    "png": "The main chart as an image, with its title, sources and link",
    "svg": "The main chart as a drawing that can be enlarged",
    "csv": "The rows as a table",
    "json": "The rows with their sources and what each column means",
    "parquet": "The rows with their types",
}
