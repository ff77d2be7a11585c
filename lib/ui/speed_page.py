"""Drawing the page “How fast?”: what `lib.answers.speed_page` returns, as charts and tables. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lib import pictures
from lib.answers.speed_page import SpeedPage
from lib.answers.text import plain
from lib.ui import show
from lib.ui.show import HEAD, ROW


def _table(rows: pd.DataFrame, key: str, columns: dict[str, Any], *, most: int = 640, row: int = ROW) -> None:
    st.dataframe(
        rows, hide_index=True, key=key, height=min(HEAD + row * len(rows), most), row_height=row, placeholder=show.NA, column_config=columns
    )  # fmt: skip


def mine(page: SpeedPage) -> None:
    """The parts of the prediction, and how the speed falls as the context fills; nothing where there is none."""
    if page.mine.empty:
        return
    column = st.column_config
    left, right = st.columns((3, 2))
    with left:
        _table(page.mine, "mine", {"what": column.TextColumn("", pinned=True), "value": column.TextColumn("predicted", width="medium"), "how": column.TextColumn("how, or why not", width="large")})  # fmt: skip
    with right:
        show.picture(pictures.by_depth(page, show.theme()), key="by-depth")


def users(page: SpeedPage) -> None:
    """Several conversations at once: what each gets, what all get, and whether they fit."""
    if page.users_sentence:
        st.markdown(plain(page.users_sentence))
    if page.users.empty:
        return
    column = st.column_config
    _table(
        page.users[["users", "each_tok_per_s", "total_tok_per_s", "low", "high", "fits"]], "users",
        {
            "users": column.NumberColumn("conversations at once", format="localized", pinned=True), "each_tok_per_s": column.NumberColumn("tokens/s for each", format="%.1f"),
            "total_tok_per_s": column.NumberColumn("tokens/s together", format="%.0f"), "low": column.NumberColumn("together, from", format="%.0f", help="80 % range."),
            "high": column.NumberColumn("to", format="%.0f"), "fits": column.CheckboxColumn("all in GPU memory", help="With the context above for each of them."),
        },
    )  # fmt: skip


def measured(page: SpeedPage) -> None:
    """Predicted against measured, with the error of what the filters leave."""
    st.markdown(plain(page.error_sentence))
    if page.rows.empty:
        return
    show.picture(pictures.measured(page, show.theme()), key="measured")
    st.caption(plain(page.hidden))
    with st.expander(f"The {len(page.rows)} rows behind the marks", icon=":material/table_rows:"):
        column = st.column_config
        _table(
            page.rows[["model", "format", "device", "runtime", "depth", "measured", "predicted_text", "error", "inside", "kind", "measured_on", "source", "url"]],
            "measured-rows",
            {
                "model": column.TextColumn("model, as its source names it", pinned=True), "format": "quantization",
                "depth": column.NumberColumn("tokens in the context", format="localized"),
                "measured": column.NumberColumn("measured, tokens/s", format="%.1f"), "predicted_text": "predicted (80 % range)",
                "error": column.NumberColumn("error", format="percent", help="Predicted / measured - 1."), "inside": column.CheckboxColumn("in the range"),
                "kind": "class", "measured_on": "measured on", "url": column.LinkColumn("link", display_text="open"),
            },
            most=520,
        )  # fmt: skip


def bandwidth(page: SpeedPage) -> None:
    """Bytes read a second against the memory's bandwidth, with the line no single conversation can cross."""
    drawn = pictures.bandwidth(page, show.theme())
    show.picture(drawn, key="bandwidth", empty="None of these measurements is of one memory with a known bandwidth.")
    if drawn:
        st.caption("A token reads the weights it passes through once, so tokens/s × GB a token is a bandwidth. Small models on quick cards stay far below the line: there each layer's fixed cost decides.")  # fmt: skip


def essay(page: SpeedPage) -> None:
    """The essay's tables as printed, our prediction beside each row, and what is wrong with the impossible one."""
    column = st.column_config
    for number, (title, rows) in enumerate(page.essay):
        st.subheader(plain(title))
        _table(
            rows, f"essay-{number}",
            {
                "model": column.TextColumn("model", pinned=True), "machine": "CPU / GPU, as printed", "bandwidth": "bandwidth, as printed", "printed": "speed, as printed",
                "predicted": column.TextColumn("predicted, tokens/s (80 % range)", help="For the machine, runtime and month of the row."),
                "limit": column.NumberColumn("limit, tokens/s", format="%.1f", help="Bandwidth of the device / bytes a token reads: no single conversation is faster."),
                "ratio": column.NumberColumn("predicted / printed", format="%.2f"), "verdict": column.TextColumn("so the row is", width="medium"),
                "note": column.TextColumn("what checking found", width="large"), "url": column.LinkColumn("link", display_text="open"),
            },
            row=show.WRAPPED, most=900,
        )  # fmt: skip


def errors(page: SpeedPage) -> None:
    """How wrong we are, by class of prediction."""
    st.markdown(plain(page.classes_sentence))
    column = st.column_config
    share = {"median": "median error", "p90": "nine of ten within", "coverage": "in their 80 % range"}
    _table(
        page.classes, "classes",
        {
            "part": column.TextColumn("", pinned=True), "kind": "of a", "rows": column.NumberColumn("measurements", format="localized"), "sources": "sources",
            **{k: column.NumberColumn(v, format="percent") for k, v in share.items()},
            "low": column.NumberColumn("range from ×", format="%.2f"), "high": column.NumberColumn("to ×", format="%.2f", help="Measured / predicted."),
        },
    )  # fmt: skip
