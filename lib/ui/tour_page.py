"""Drawing the tour: what `lib.answers.tour` returns, one word after the other. No arithmetic on facts."""

from __future__ import annotations

import streamlit as st

from lib.answers.text import plain
from lib.answers.tour import Stop, Tour
from lib.charts.tour import tour_bars, tour_lines
from lib.ui import show
from lib.ui.show import HEAD


def stop(one: Stop) -> None:
    """A word: what it means, its picture, and what to try."""
    st.header(plain(one.title))
    st.markdown(plain(" ".join(one.words)))
    _picture(one)
    row = st.container(horizontal=True, vertical_alignment="center")
    # Plain links: a page link inside the app cannot set controls that are already on the page.
    row.link_button(plain(one.label), one.link, icon=":material/open_in_new:")
    said = "; ".join(f"[{plain(title)}]({url})" if url else plain(title) for title, url in one.sources)
    row.caption(f"Source: {said}")


def _picture(one: Stop) -> None:
    if one.picture.empty:
        st.info("Nothing can be drawn for this machine: what it needs is not known, or nothing fits.")
        return
    kinds = tuple(dict.fromkeys(one.picture["kind"]))
    if one.lines:
        spec = tour_lines(kinds, show.theme(), x_title=one.x_title, limit_title=one.limit_title)
    else:
        labels = tuple(dict.fromkeys(one.picture["label"]))
        spec = tour_bars(labels, kinds, show.theme(), longest=one.longest, x_title=one.x_title, limit_title=one.limit_title)  # fmt: skip
    show.chart(spec, one.picture, key=f"tour-{one.id}", alt=one.alt)


def glossary(page: Tour) -> None:
    """Every word with a sentence and its source."""
    column = st.column_config
    st.dataframe(
        page.glossary, hide_index=True, key="glossary", height=HEAD + show.WRAPPED * len(page.glossary), row_height=show.WRAPPED,
        column_config={"term": column.TextColumn("word", pinned=True), "meaning": column.TextColumn(width="large"), "url": column.LinkColumn("link", display_text="open")},
    )  # fmt: skip
