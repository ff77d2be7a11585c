"""Drawing the page “Benchmarks”: what `lib.answers` returns, as charts and tables. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lib import pictures
from lib.answers.benchmarks import BenchmarksPage
from lib.answers.text import plain
from lib.ui import show
from lib.ui.show import HEAD, ROW


def _table(rows: pd.DataFrame, key: str, columns: dict[str, Any], *, most: int, row_height: int | None = None) -> None:
    height = min(HEAD + (row_height or ROW) * len(rows), most)
    st.dataframe(
        rows.head(show.MOST_ROWS),
        hide_index=True,
        key=key,
        height=height,
        row_height=row_height,
        placeholder=show.NA,
        column_config=columns,
    )
    show.cut(len(rows))


def facts(page: BenchmarksPage) -> None:
    """The benchmark in a few figures."""
    if page.figures:
        row = st.container(horizontal=True, gap="large")
        for figure in page.figures:
            row.metric(figure.name, plain(figure.value), help=figure.why, width="content")


def words(page: BenchmarksPage) -> None:
    """The benchmark in words, and behind a fold every fact with its source."""
    for name, text in page.words:
        st.markdown(f"**{plain(name)}**: {plain(text)}")
    column = st.column_config
    with st.expander("Every fact with its source", icon=":material/fact_check:"):
        _table(
            page.facts, "about",
            {"fact": column.TextColumn("", pinned=True), "value": column.TextColumn("", width="large"), "source": column.TextColumn("from", width="medium"), "url": column.LinkColumn("link", display_text="open")},
            most=1000, row_height=show.WRAPPED,
        )  # fmt: skip


def dots(page: BenchmarksPage) -> None:
    """The benchmark's own picture, a dot a model, and the rows behind it."""
    if page.dots.empty:
        st.info("No model with a score is left to draw: widen the licence, or show hosted models.")
        return
    show.picture(pictures.benchmark(page, show.theme()), key="dots")
    column = st.column_config
    _table(
        page.dots[["name", "value", "low", "high", "interval", "kind", "measured_by", "conditions", "remark", "date", "url"]], "scores",
        {
            "name": column.TextColumn("model", pinned=True, width="medium"), "value": show.figures("score", page.dots["value"]),
            "low": show.figures("from", page.dots["value"], help="Lower end of the interval."), "high": show.figures("to", page.dots["value"], help="Upper end of the interval."),
            "interval": column.TextColumn("interval rests on", help="95 % where the source states it, gives a standard error, or the number of questions is known; of the index 90 %."),
            "kind": "weights", "measured_by": "measured by", "conditions": column.TextColumn(width="large"), "url": column.LinkColumn("source", display_text="open"),
        },
        most=460,
    )  # fmt: skip


def scatter(page: BenchmarksPage) -> None:
    """Two benchmarks against each other, and the rows behind it."""
    pairs = page.scatter
    if pairs.empty:
        st.info("No drawn model has a score on both benchmarks.")
        return
    show.picture(pictures.scatter(page, show.theme()), key="scatter")
    column = st.column_config
    _table(
        pairs[["name", "x", "y", "apart", "kind", "conditions"]], "pairs",
        {
            "name": column.TextColumn("model", pinned=True, width="medium"), "x": show.figures(page.title, pairs["x"]), "y": show.figures(page.against_title, pairs["y"]),
            "apart": column.NumberColumn("places higher on the second", format="%+.1f", help="Among the models with both scores; below zero is lower."),
            "kind": "weights", "conditions": column.TextColumn("conditions of the first | of the second", width="large"),
        },
        most=460,
    )  # fmt: skip


def every(page: BenchmarksPage) -> None:
    """All benchmarks, a row each way one was run; selecting a row shows it above."""
    column = st.column_config
    number = {"guessing": "guessing gives", "people": "people reach"}
    _table(
        page.table.drop(columns=["rank"]), "benchmarks",
        {
            "benchmark": column.TextColumn(pinned=True, width="medium"), "protocol": column.TextColumn("run by", width="medium"),
            "measures": column.TextColumn("what it measures", width="medium"), "models": column.NumberColumn("models with a score", format="%d"),
            "comparable": column.TextColumn(help="Whether all models were run in one way; mixed: numbers obtained in different ways."),
            "lowest": column.NumberColumn("lowest score", format="%.4g"), "highest": column.NumberColumn("highest score", format="%.4g"),
            **{k: column.NumberColumn(v, format="%.4g") for k, v in number.items()},
            "questions": column.NumberColumn(format="localized"),
            "saturated": column.TextColumn(help="Computed: the best third of the models lies within one standard error of the best score, nearer the top than guessing."),
            "best_open": column.TextColumn("best to download"), "best_open_score": column.NumberColumn("its score", format="%.4g"),
            "best_hosted": column.TextColumn("best to rent"), "best_hosted_score": column.NumberColumn("its score", format="%.4g"),
            "contamination": column.TextColumn("seen in training?", width="medium"), "said": column.TextColumn("what is said of saturation", width="medium"),
            "url": column.LinkColumn("link", display_text="open"),
        },
        most=620,
    )  # fmt: skip


def sources(page: BenchmarksPage) -> None:
    """What the page's facts and scores rest on."""
    if page.sources.empty:
        return
    with st.expander(plain(f"The {len(page.sources)} sources behind this page"), icon=":material/menu_book:"):
        _table(
            page.sources, "page-sources",
            {"source": st.column_config.TextColumn(pinned=True, width="large"), "url": st.column_config.LinkColumn("link", display_text="open"), "read_on": "read on"},
            most=420,
        )  # fmt: skip
