"""Drawing the page “Sources”: what `lib.answers.provenance` returns, as tables. No arithmetic on facts."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from lib.answers.freshness import STALE_DAYS
from lib.answers.provenance import Checks
from lib.answers.text import plain
from lib.ui.show import HEAD, ROW

MOST = 560
"""Height in pixels of the tallest table."""


def _height(rows: pd.DataFrame) -> int:
    return min(HEAD + ROW * max(len(rows), 1), MOST)


def found(rows: pd.DataFrame) -> None:
    """Facts that contain the words looked for, each with its source; what to try where there are none."""
    if rows.empty:
        st.info("Nothing contains all of these words. Try fewer of them, or an id such as rtx-4090.")
        return
    column = st.column_config
    st.dataframe(
        rows, hide_index=True, key="found", height=_height(rows),
        column_config={
            "url": column.LinkColumn("link", display_text="open"), "about": column.TextColumn(pinned=True),
            "value": column.TextColumn(width="large"), "source": column.TextColumn(width="large"),
        },
    )  # fmt: skip


def checks(said: Checks) -> None:
    """What was read too long ago, and what soon will have been; nothing but the sentence where there is none."""
    st.markdown(plain(said.sentence))
    if said.rows.empty:
        return
    column = st.column_config
    st.dataframe(
        said.rows, hide_index=True, key="checks", height=_height(said.rows),
        column_config={
            "source": column.TextColumn(pinned=True, width="large"), "rests on it": column.TextColumn(width="large"),
            "facts": column.NumberColumn(format="localized"), "days ago": column.NumberColumn("days since it was read"),
            "check by": column.TextColumn(help=f"{STALE_DAYS} days after it was last read."),
            "url": column.LinkColumn("link", display_text="open"),
        },
    )  # fmt: skip


def every(rows: pd.DataFrame) -> None:
    """Every source, what rests on it by kind, and whether it was read too long ago."""
    column = st.column_config
    st.dataframe(
        rows, hide_index=True, key="sources", height=MOST,
        column_config={
            "url": column.LinkColumn("link", display_text="open"),
            "source": column.TextColumn(pinned=True, width="large"), "rests on it": column.TextColumn(width="large"),
            "facts": column.NumberColumn(format="localized"),
            "stale": column.CheckboxColumn(f"not checked for {STALE_DAYS} days"),
        },
    )  # fmt: skip
