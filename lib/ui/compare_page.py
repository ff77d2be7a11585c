"""Drawing the page “Compare”: what `lib.answers.compare` returns, as chips, charts and tables. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lib import pictures
from lib.answers.compare import Comparison
from lib.answers.compare_scores import MEASURED
from lib.answers.compare_verdicts import VERDICTS
from lib.answers.text import plain
from lib.charts.style import BLUE, GREEN, ORANGE, RED, SLATE
from lib.pictures import Picture
from lib.ui import show
from lib.ui.show import HEAD, ROW

VERDICT_COLOURS = [GREEN, SLATE, RED, ORANGE, SLATE]
_MEASURED_COLOURS = [GREEN, ORANGE, RED, BLUE, SLATE]
chips = st.column_config.MultiselectColumn
column = st.column_config


def _height(rows: pd.DataFrame, most: int = 640) -> int:
    return min(HEAD + ROW * len(rows), most)


def _by_whom(label: str = "measured by") -> Any:
    return chips(label, options=list(MEASURED.values()), color=_MEASURED_COLOURS)


def _wrapped(label: str, **more: Any) -> Any:
    return column.ListColumn(label, width="large", **more)


def links(page: Comparison) -> None:
    """A link to each model's own page."""
    row = st.container(horizontal=True)
    for name, address in page.links:
        # Plain links: a page link inside the app cannot set controls that are already on the page.
        row.link_button(plain(name), address, icon=":material/deployed_code:", help="Everything known of this model")


def facts(page: Comparison) -> None:
    """What is known of the models: a row a fact, a column a model, all of it visible at once."""
    st.dataframe(
        page.facts, hide_index=True, key="facts", height=HEAD + ROW * len(page.facts),
        column_config={"fact": column.TextColumn("", pinned=True), **{name: column.TextColumn(name, width="medium") for name in page.names}},
    )  # fmt: skip


def verdicts(page: Comparison) -> None:
    """Every benchmark two of them share: who is ahead, each score with its interval, and the first against each other."""
    if page.verdicts.empty:
        st.info("No benchmark has scores of two of these models.")
        return
    if len(page.names) > 2:
        st.markdown("How often the model of the row beats, ties and trails that of the column:")
        st.dataframe(page.pairs, hide_index=True, key="pairs", height=_height(page.pairs), column_config={"model": column.TextColumn("", pinned=True)})  # fmt: skip
    st.markdown(
        f"{plain(page.names[0])} against each of the others, one benchmark under one protocol a row. Ahead is whom none of the others beats."
    )
    against = {name: chips(name, options=list(VERDICTS), color=VERDICT_COLOURS, help=f"{page.names[0]} {name}.") for name in page.verdicts.columns if name.startswith("against ")}  # fmt: skip
    st.dataframe(
        page.verdicts, hide_index=True, key="verdicts", height=_height(page.verdicts), placeholder=show.NA,
        column_config={
            "benchmark": column.TextColumn("benchmark", pinned=True, width="medium"),
            "ahead": column.TextColumn("ahead", help="“none”: their intervals overlap. “cannot tell”: an interval is missing, or checking speaks against a score."),
            **{name: column.TextColumn(name, help="Score, its 95 % interval, and the setting where it is not the plain one.") for name in page.names},
            **against,
        },
    )  # fmt: skip


def dots(page: Comparison) -> None:
    """The scores with their intervals, on a scale from the worst to the best model of the catalog."""
    empty = "No benchmark has scores of two of these models under one protocol, so nothing can be drawn side by side."
    placed(pictures.compared(page, show.theme()), empty)


def placed(drawn: Picture | None, empty: str) -> None:
    """Dots between the worst and the best model known, and how to read them; the sentence `empty` where there are none."""
    show.picture(drawn, key="dots", empty=empty)
    if drawn:
        st.caption("Left is the worst model of the catalog on that benchmark, right the best. A bar is the 95 % interval, of our index the 90 %; a dot without one has none known.")  # fmt: skip


def spreads(rows: pd.DataFrame, sentence: str) -> None:
    """Where one model has several scores on a benchmark: all of them, their spread, and the one preferred."""
    st.markdown(plain(sentence))
    if rows.empty:
        return
    st.dataframe(
        rows[["benchmark", "model", "preferred", "measured by", "spread", "differ in", "values"]], hide_index=True, key="spreads", height=_height(rows, 420),
        column_config={
            "benchmark": column.TextColumn(pinned=True, width="medium"),
            "preferred": column.NumberColumn(format="%.4g", help="The one the rule above takes."),
            "measured by": _by_whom("preferred measured by"),
            "differ in": column.ListColumn("they differ in", help="Besides the value: what may explain it."),
            "values": _wrapped("all of them", help="The preferred one first, each with its protocol, who measured it and the setting."),
        },
    )  # fmt: skip


def scores(rows: pd.DataFrame) -> None:
    """Every score with its conditions as chips and the link to its source; a sentence where there are none."""
    if rows.empty:
        st.info("No public score is in the catalog.")
        return
    st.dataframe(
        rows, hide_index=True, key="scores", height=_height(rows, 520), placeholder="",
        column_config={
            "benchmark": column.TextColumn(pinned=True, width="medium"),
            "score": column.NumberColumn("score", format="%.4g"),
            "interval": column.TextColumn("95 % interval", help="Empty where neither the source nor the number of questions gives one."),
            "measured by": _by_whom(),
            "conditions": _wrapped("conditions"),
            "shown": column.CheckboxColumn("shown first", help="Which of several scores under one protocol the rule shows: not refuted, plain setting, third party before maker, newest."),
            "url": column.LinkColumn("link", display_text="open"),
        },
    )  # fmt: skip
