"""Drawing the page “Timeline”: what `lib.answers.timeline` returns, as charts and tables. No arithmetic on facts."""

from __future__ import annotations

import streamlit as st

from lib import pictures
from lib.answers.text import plain
from lib.answers.timeline import Timeline
from lib.ui import show
from lib.ui.show import HEAD, ROW


def best(page: Timeline) -> None:
    """The best score so far by release date, a line a size of memory."""
    show.picture(pictures.best(page, show.theme()), key="best")


def behind(page: Timeline) -> None:
    """How far each size of memory was behind the best hosted model, by date."""
    show.picture(
        pictures.behind(page, show.theme()),
        key="behind",
        empty="No model with a score fits any of these sizes of memory.",
    )


def tiers(page: Timeline) -> None:
    """One row a size of memory: what is best, and how long after the cloud."""
    column = st.column_config
    st.dataframe(
        page.tiers, hide_index=True, key="tiers", height=HEAD + ROW * len(page.tiers), placeholder=show.NA,
        column_order=["line", "name", "months", "months_text", "hosted_name", "hosted_released", "score", "interval", "released", "months_at_release", "format", "memory_gb", "newer_unscored"],
        column_config={
            "line": column.TextColumn("memory", pinned=True, help="As sold; 24 GB is 24 GiB."),
            "name": column.TextColumn("best model that fits"),
            "months": column.NumberColumn("months behind", format="%.0f", help="From the first hosted model at least as good to the date counted to."),
            "months_text": column.TextColumn("from–to", help="What the intervals of the scores allow (90 % for our index, 95 % for others); n/a where they are not known."),
            "hosted_name": column.TextColumn("as good as, hosted", help="The first model of any size with at least this score."),
            "hosted_released": column.TextColumn("hosted since"),
            "score": show.figures("score", page.tiers["score"], help=page.rank_title),
            "interval": column.TextColumn("interval", help="90 % for our index; 95 %, as the source gives it, for a benchmark."),
            "released": column.TextColumn("released"),
            "months_at_release": column.NumberColumn("when new", format="%.0f", help="Months behind on the day it came out."),
            "format": column.TextColumn("quantization"),
            "memory_gb": column.NumberColumn("takes, GB", format="%.1f", help="Weights, KV cache and compute buffer, in 10⁹ bytes; 24 GB as sold is 25.8 of them."),
            "newer_unscored": column.NumberColumn("newer unscored", format="%d", help="Models that fit and came out later, but have no score here: one of them may be better."),
        },
    )  # fmt: skip


def records(page: Timeline) -> None:
    """Every model that raised a line, newest first."""
    column = st.column_config
    st.dataframe(
        page.records, hide_index=True, key="records", height=420, placeholder=show.NA,
        column_config={
            "line": column.TextColumn("best for", pinned=True), "released": column.TextColumn("released"),
            "name": column.TextColumn("model", width="medium"), "score": show.figures("score", page.records["score"], help=page.rank_title),
            "interval": column.TextColumn("interval", help="90 % for our index, 95 % for a benchmark."), "format": column.TextColumn("quantization"),
            "memory_gb": column.NumberColumn("takes, GB", format="%.1f"),
            "months_at_release": column.NumberColumn("months behind when new", format="%.1f"),
        },
    )  # fmt: skip


def method(page: Timeline) -> None:
    """How the lines and the months are computed."""
    for line in page.method:
        st.markdown(f"- {plain(line)}")
