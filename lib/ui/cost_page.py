"""Drawing the page “Home or hosted?”: what `lib.answers.cost` returns, as charts and tables. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lib import pictures
from lib.answers.cost import CostPage
from lib.answers.text import plain
from lib.ui import show
from lib.ui.show import HEAD, ROW

LINK: Any = st.column_config.LinkColumn("link", display_text="open")


def _table(rows: pd.DataFrame, key: str, columns: dict[str, Any], *, most: int = 520, row: int = ROW, empty: str = show.NA) -> None:  # fmt: skip
    st.dataframe(rows, hide_index=True, key=key, height=min(HEAD + row * len(rows), most), row_height=row, placeholder=empty, column_config=columns)  # fmt: skip


def beside(page: CostPage) -> None:
    """Home, the cheapest host of the same model and of one as capable, side by side."""
    column = st.column_config
    _table(
        page.beside, "beside",
        {"what": column.TextColumn("", pinned=True), "home": column.TextColumn("at home", width="medium"), "same": column.TextColumn("same model, cheapest host", width="medium"), "capable": column.TextColumn("as capable, cheapest host", width="medium")},
    )  # fmt: skip


def lines(page: CostPage) -> None:
    """What a month costs against tokens a day, and where the lines cross."""
    show.picture(pictures.costs(page, show.theme()), key="costs", empty="There is nothing to draw: no tokens a day, or no cost is known.")  # fmt: skip
    if not page.even.empty:
        column = st.column_config
        _table(
            page.even, "even",
            {
                "against": column.TextColumn("against", pinned=True), "break-even": column.TextColumn("home is cheaper from, tokens a day", width="medium", help="Tokens a day of this mix, with the range of the speed."), "most": column.TextColumn("it does at most, tokens a day", help="In the hours it is on, one conversation at a time."),
                "pays back": column.TextColumn("machine paid back after", help="Price less resale / (rent - electricity) at your tokens a day."), "who": "at your tokens",
            },
        )  # fmt: skip


def working(page: CostPage) -> None:
    """The parts of the cost at home, and every term with its numbers."""
    if not page.parts.empty:
        _table(page.parts, "parts", {"part": st.column_config.TextColumn("at home", pinned=True), "how": st.column_config.TextColumn(width="large")})  # fmt: skip
    with st.popover("How was this computed?", icon=":material/calculate:"):
        st.dataframe(page.working, hide_index=True, key="working", column_config={"how": st.column_config.TextColumn(width="large")})  # fmt: skip


def _prices(rows: pd.DataFrame, key: str) -> None:
    column = st.column_config
    dollars = {"usd_per_mtok": "your mix, $/10⁶ tokens", "usd_per_month": "a month, $", "input_usd_per_mtok": "in, $/10⁶", "output_usd_per_mtok": "out, $/10⁶", "cache_read_usd_per_mtok": "cached, $/10⁶"}  # fmt: skip
    shown = rows[["name", "provider", *dollars, "context_tokens", "as_of", "remark", "source", "url"]]
    _table(
        shown, key,
        {
            "name": column.TextColumn("model", pinned=True), **{k: column.NumberColumn(v, format="%.2f" if k == "usd_per_month" else "%.3f") for k, v in dollars.items()},
            "context_tokens": column.NumberColumn("context, tokens", format="localized"), "as_of": "price of",
            "remark": column.TextColumn("not taken for the cheapest", width="medium"), "source": column.TextColumn(width="medium"), "url": LINK,
        },
        most=420,
    )  # fmt: skip


def prices(page: CostPage) -> None:
    """Every price of the model, and the cheapest of each model as capable."""
    st.subheader(plain(page.same_title))
    if page.same.empty:
        st.info("No provider's price of this model is in the catalog.")
    else:
        _prices(page.same, "same")
    st.subheader(plain(page.capable_title))
    if not page.capable.empty:
        _prices(page.capable, "capable")


def directory(page: CostPage) -> None:
    """Services models already run at, and every provider with a known price."""
    column = st.column_config
    _table(
        page.services, "services",
        {"service": column.TextColumn(pinned=True), "offers": column.TextColumn("what it offers", width="medium"), "note": column.TextColumn("since then", width="medium"), "url": LINK},
        most=560,
    )  # fmt: skip
    st.caption(f"{len(page.providers)} providers ask a price for models of the catalog; the link is where the newest of them was read.")  # fmt: skip
    _table(
        page.providers, "providers",
        {"provider": column.TextColumn(pinned=True), "models": column.NumberColumn("models with a price"), "open": column.NumberColumn("of them with open weights"), "as of": "newest price of", "url": LINK},
        most=420,
    )  # fmt: skip
