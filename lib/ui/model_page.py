"""Drawing the page of one model: what `lib.answers.model_page` returns, as charts and tables. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lib import pictures
from lib.answers.compare_verdicts import VERDICTS
from lib.answers.model_page import ModelPage
from lib.answers.text import plain
from lib.ui import compare_page, show
from lib.ui.show import HEAD, ROW

column = st.column_config
_LINK = column.LinkColumn("link", display_text="open")


def _table(rows: pd.DataFrame, key: str, columns: dict[str, Any], *, most: int = 420, empty: str = show.NA) -> None:
    st.dataframe(rows, hide_index=True, key=key, height=min(HEAD + ROW * len(rows), most), placeholder=empty, column_config=columns)  # fmt: skip


def elsewhere(page: ModelPage) -> None:
    """Links to the other pages about this model, and to where it is to be had."""
    row = st.container(horizontal=True)
    for label, address in page.elsewhere:
        # Plain links: a page link inside the app cannot set controls that are already on the page.
        row.link_button(label, address)
    for given in page.links.drop_duplicates("what").to_dict("records"):
        row.link_button(f"{given['what']}: {plain(given['id'])}", given["url"], icon=":material/open_in_new:")


def facts(page: ModelPage) -> None:
    """Every fact with its source; other values given for them; the licence; the shapes in words."""
    _table(
        page.facts, "facts",
        {"fact": column.TextColumn("", pinned=True), "value": column.TextColumn(width="medium"), "source": column.TextColumn(width="medium"), "url": _LINK},
        most=560,
    )  # fmt: skip


def disputes(page: ModelPage) -> None:
    """Other values sources give for its facts; nothing where all agree."""
    if page.disputes.empty:
        st.caption("No other source in the catalog gives a different value for any of its facts.")
        return
    _table(page.disputes, "disputes", {"fact": column.TextColumn(pinned=True), "note": column.TextColumn(width="large"), "url": _LINK})  # fmt: skip


def licence(page: ModelPage) -> None:
    """What one may do with it, question by question."""
    if page.licence.empty:
        st.info("Its licence is not in the catalog, so what one may do with it is not known.")
        return
    _table(
        page.licence, "licence",
        {"question": column.TextColumn(pinned=True), "answer": column.TextColumn(width="small"), "words": column.TextColumn("in words, not legal advice", width="large"), "url": _LINK},
    )  # fmt: skip


def shapes(page: ModelPage) -> None:
    """The architecture in words; why it is unknown where it is."""
    if page.shapes.empty:
        st.info(plain(page.shapes_unknown))
        return
    _table(page.shapes, "shapes", {"part": column.TextColumn("", pinned=True), "words": column.TextColumn("is", width="large"), "url": _LINK})  # fmt: skip


def memory(page: ModelPage) -> None:
    """Memory and speed on the visitor's machine."""
    show.memory(page.explained)
    if page.loss != show.NA:
        st.caption(plain(f"That quantization costs: {page.loss}."))


def capability(page: ModelPage) -> None:
    """Its place on the index by domain; why there is none where there is none."""
    _table(
        page.places, "places",
        {
            "index": column.TextColumn("", pinned=True), "value": show.figures("value", page.places["value"]), "interval": column.TextColumn("interval"),
            "place": column.TextColumn("place", width=120, help="From where no model is surely ahead of it to where none is surely behind: intervals overlap."),
            "benchmarks": column.NumberColumn("benchmarks", format="%d", help="How many it rests on."), "scores": column.NumberColumn("scores", format="%d"),
            "why": column.TextColumn("why not known", width="large"),
        },
    )  # fmt: skip


def dots(page: ModelPage) -> None:
    """Its scores with intervals, between the worst and the best model known."""
    empty = "No score of it under a comparable protocol is in the catalog, so nothing is drawn."
    compare_page.placed(pictures.scored(page, show.theme()), empty)


def scores(page: ModelPage) -> None:
    """Every score with its conditions, and where they disagree."""
    compare_page.scores(page.scores.drop(columns="model"))
    with st.expander(
        f"Where its scores disagree: {len(page.spreads)} benchmark{'s' * (len(page.spreads) != 1)}",
        icon=":material/difference:",
    ):
        compare_page.spreads(page.spreads, page.spread_sentence)


def similar(page: ModelPage) -> None:
    """Open models that reach about as much and are smaller or run here."""
    st.markdown(plain(page.similar_sentence))
    if page.similar.empty:
        return
    _table(
        page.similar, "similar",
        {
            "name": column.TextColumn("model", pinned=True), "score": show.figures("score", page.similar["score"]), "interval": "interval, 95 % (index 90 %)",
            "verdict": compare_page.chips("against this one", options=list(VERDICTS), color=compare_page.VERDICT_COLOURS),
            "smaller": column.CheckboxColumn("smaller"), "parameters_b": column.NumberColumn("parameters, 10⁹", format="%.2f"),
            "memory_gb": column.NumberColumn("memory, GB", format="%.1f"), "decode_text": "tokens/s (80 % band)",
            "url": column.LinkColumn("its page", display_text="open"),
        },
    )  # fmt: skip


def machines(page: ModelPage) -> None:
    """Machines people have, the smallest that holds all of it first."""
    st.markdown(plain(page.machines_sentence))
    if page.machines.empty:
        return
    _table(
        show.whole(page.machines, "price").drop(columns="held"), "machines",
        {
            "machine": column.TextColumn(pinned=True, width=show.WIDE_NAME), "decode_text": "tokens/s (80 % band)",
            "usable_gb": column.NumberColumn("usable memory, GB", format="%.1f", help="What an engine may use of the GPUs' memory, or of RAM where there is no GPU."),
            "spare_gb": column.NumberColumn("to spare, GB", format="%.1f"), "price": column.NumberColumn("price, USD", format="dollar"),
            "url": column.LinkColumn("what it runs", display_text="open"),
        },
    )  # fmt: skip


def prices(page: ModelPage) -> None:
    """What providers ask for a million tokens, cheapest first, with the day of the price."""
    st.markdown(plain(page.prices_sentence))
    if page.prices.empty:
        return
    usd = {name: column.NumberColumn(f"{name}, USD per 10⁶ tokens", format="%.3f") for name in ("input", "output", "cache read")}  # fmt: skip
    _table(
        page.prices, "prices",
        {"provider": column.TextColumn(pinned=True), **usd, "context": column.NumberColumn("context, tokens", format="localized"), "url": _LINK},
    )  # fmt: skip


def measured(page: ModelPage) -> None:
    """Speeds somebody measured of it."""
    if page.measured.empty:
        st.info("Nobody's measurement of its speed is in the catalog.")
        return
    _table(
        page.measured, "measured",
        {
            "device": column.TextColumn(pinned=True, width="medium"), "count": column.NumberColumn("how many", format="%d"),
            "decode_tok_per_s": column.NumberColumn("tokens/s", format="%.1f"), "prefill_tok_per_s": column.NumberColumn("prompt, tokens/s", format="%.0f"),
            "depth": column.NumberColumn("context filled, tokens", format="localized"), "concurrency": column.NumberColumn("conversations", format="%d"), "url": _LINK,
        },
    )  # fmt: skip


def links(page: ModelPage) -> None:
    """Every place it is to be had."""
    if page.links.empty:
        st.info("No place to get its weights is in the catalog.")
        return
    _table(page.links, "links", {"what": column.TextColumn(pinned=True), "url": column.LinkColumn("address", width="large")})  # fmt: skip
