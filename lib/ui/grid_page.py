"""Drawing the page “Machines × models”: what `lib.answers.grid` returns, as a heat map and tables. No arithmetic on facts."""

from __future__ import annotations

import streamlit as st

from lib import pictures
from lib.answers.grid import SYMBOLS, Grid
from lib.ui import show
from lib.ui.show import HEAD, ROW


def heat_map(page: Grid) -> None:
    """One cell a machine and model."""
    show.picture(pictures.heat_map(page, show.theme()), key="grid")


def cells(page: Grid) -> None:
    """The same cells as a table."""
    column = st.column_config
    key = ", ".join(f"{sign} {kind}" for kind, sign in SYMBOLS.items())
    st.caption(f"Tokens a second; {key}.")
    st.dataframe(
        page.table, hide_index=True, key="cells", height=HEAD + ROW * len(page.table), placeholder=show.NA,
        column_config={
            "model": column.TextColumn("model", pinned=True, width="medium"),
            "score": show.figures("score", page.table["score"], width="small", help=page.rank_title),
        },
    )  # fmt: skip


def each(page: Grid) -> None:
    """The machines against each other."""
    column = st.column_config
    st.dataframe(
        page.each, hide_index=True, key="each", height=HEAD + ROW * len(page.each), placeholder=show.NA,
        column_order=["machine", "memory_gb", "bandwidth", "runs", "inside", "all_inside", "all_run", "best", "faster_text", "both"],
        column_config={
            "machine": column.TextColumn("machine", pinned=True, width=show.WIDE_NAME),
            "memory_gb": column.NumberColumn("for models, GB", format="%.1f", help="What an engine may use of the GPUs' memory; of RAM where there is no GPU; 10⁹ bytes."),
            "bandwidth": column.NumberColumn("bandwidth, GB/s", format="%.0f", help="Of the memory of one device."),
            "runs": column.NumberColumn("runs of those shown", format="%d"),
            "inside": column.NumberColumn("of these in GPU memory", format="%d"),
            "all_inside": column.NumberColumn("holds of all", format="%d", help="All in GPU memory; on a machine without GPU, in RAM."),
            "all_run": column.NumberColumn("runs of all", format="%d"),
            "best": column.TextColumn("best it holds", help=page.rank_title),
            "faster_text": column.TextColumn("times as fast as yours", help="Median over the models both run in one format, and the range of nine in ten. Predicted: both ends carry the error of the speeds."),
            "both": column.NumberColumn("models compared", format="%d"),
        },
    )  # fmt: skip
