"""Drawing the page “What should I buy?”: what `lib.answers.buy` returns, as charts and tables. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import pictures
from lib.answers.buy import BuyPage
from lib.answers.text import plain
from lib.ui import controls, show
from lib.ui.show import HEAD, ROW


def budget(at: DeltaGenerator) -> dict[str, Any]:
    """The amount of money, where the row of the machine has no control for it."""
    if st.session_state.get("by") == "budget":
        return {}
    return {"budget": controls.number(at, "budget", "At most, USD", 50, 1_000_000, 100, width=150)}


def _table(rows: pd.DataFrame, key: str, columns: dict[str, Any], *, most: int = 640, row: int = ROW) -> None:
    height = min(HEAD + row * len(rows), most)
    st.dataframe(rows.head(show.MOST_ROWS), hide_index=True, key=key, height=height, row_height=row, placeholder=show.NA, column_config=columns)  # fmt: skip
    show.cut(len(rows))


def picture(page: BuyPage) -> None:
    """Price against what is aimed at."""
    show.picture(pictures.prices(page, show.theme()), key="buy", empty=page.empty)


def steps(page: BuyPage) -> None:
    """What the budget buys, and what more buys."""
    column = st.column_config
    st.markdown(plain(page.steps_sentence))
    _table(
        show.whole(page.steps, "up_to", "more", "usd"), "next",
        {
            "up_to": column.NumberColumn("up to, USD", format="dollar", pinned=True), "more": column.NumberColumn("more, USD", format="dollar"),
            "machine": column.TextColumn("machine", width=show.WIDE_NAME), "usd": column.NumberColumn("price, USD", format="dollar"),
            "name": "runs", "score": column.NumberColumn("index", format="%.0f"), "speed_text": column.TextColumn("tokens/s", help="Predicted, with the band 80 % of measurements of such cases fell in."),
            "gain": column.TextColumn("buys more than the budget", width="large"),
        },
    )  # fmt: skip
    if page.own:
        st.markdown(plain(page.own))


def frontier(rows: pd.DataFrame, wish: str, key: str) -> None:
    """Machines nothing cheaper beats, cheapest first."""
    column = st.column_config
    st.caption(plain(f"For {wish}: every machine with a known price that nothing as cheap beats."))
    if rows.empty:
        st.info("No machine with a known price does that.")
        return
    _table(
        show.whole(rows, "usd"), key,
        {
            "machine": column.TextColumn("machine", pinned=True, width=show.WIDE_NAME), "kind": "kind", "usd": column.NumberColumn("price, USD", format="dollar"),
            "basis": column.TextColumn("price is", width="large", help="What kind of price, and of when."), "name": column.TextColumn("runs"),
            "score": column.NumberColumn("index", format="%.0f", help="Our index of capability."), "interval": column.TextColumn("90 % interval"),
            "speed_text": column.TextColumn("tokens/s", help="Predicted, with the band 80 % of measurements of such cases fell in."),
            "feels": "feels like", "fit": "fit", "within": column.CheckboxColumn("in budget"),
        },
    )  # fmt: skip


def essay(page: BuyPage) -> None:
    """The essay's conclusion, claim by claim, with the link to its wish as a view."""
    column = st.column_config
    st.markdown(plain(page.essay.sentence))
    _table(
        page.essay.claims, "conclusion",
        {
            "essay": column.TextColumn("the essay says", pinned=True, width="medium"), "verdict": column.TextColumn("today"),
            "then": column.TextColumn("its own model", width="large"), "now": column.TextColumn("what is as capable, or more", width="large"),
        },
        row=show.WRAPPED,
    )  # fmt: skip
    st.caption(plain(page.essay.rule))
    if page.essay.link:
        # A link of its own: an in-app page link cannot set controls that are already on the page.
        st.link_button(plain(page.essay.label), page.essay.link, icon=":material/open_in_new:")
