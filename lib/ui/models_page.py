"""Drawing the page “Which can I run?”: the rows of `lib.answers.ranked_columns` as a chart and a table. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lib import pictures
from lib.answers.everywhere import Columns
from lib.answers.text import plain
from lib.ui import show


def picture(rows: Columns, said: Any) -> None:
    """Score against memory needed, of the rows both are known of."""
    drawn = pictures.frontier(rows, said, show.theme())
    show.picture(drawn, key="frontier", pick="model")
    every = len(rows["model"])
    if hidden := every - int(pictures.drawable(rows).sum()):
        st.caption(
            f"{hidden:,} of {every:,} rows are not drawn: their score on this benchmark or their size is not known."
        )


def _told(**columns: Any) -> dict[str, Any]:
    """What is told of each column, without what is not: Streamlit copies every part of it for each table."""
    return {name: {part: said for part, said in one.items() if said is not None} for name, one in columns.items()}


_column = st.column_config
MODEL_COLUMNS = _told(
    name=_column.TextColumn("model", pinned=True, width="medium"),
    format=_column.TextColumn("quantization", help="Format of the weights this row is computed for."),
    memory_gb=_column.NumberColumn("memory, GB", format="%.1f", help="Weights, KV cache and compute buffer together; 10⁹ bytes."),
    decode_tok_per_s=_column.NumberColumn("tokens/s", format="%.1f", help="Predicted generation speed at the start of a conversation."),
    band_text=_column.TextColumn("80 % band", help="Where 80 % of measurements of such cases fell."),
    max_context_tokens=_column.NumberColumn("longest context", format="localized", help="Tokens that still fit where the model fits now."),
    cards_needed=_column.NumberColumn("cards needed", format="%d", help="How many of this device hold all of it; n/a for more than 16."),
    commercial=_column.TextColumn("commercial use", help="Whether a product made with it may be sold: yes · conditions · no · unknown"),
    parameters_b=_column.NumberColumn("parameters, 10⁹", format="%.2f"),
    active_b=_column.NumberColumn("active, 10⁹", format="%.2f", help="Parameters one token passes through."),
)  # fmt: skip
"""The columns of the list of models that need more than their name."""


def table(rows: Columns, answer: Any) -> None:
    """The rows behind the picture; selecting one explains it."""
    models = rows["model"][: show.MOST_ROWS]
    if not len(models):
        st.info(plain(answer.empty))
        return
    shown = {name: rows[name][: show.MOST_ROWS] for name in answer.table_columns}
    st.dataframe(
        show.arrow(shown), hide_index=True, key="table", height=min(show.HEAD + show.ROW * len(models), 900), on_select=_row_chosen, selection_mode="single-row",
        placeholder=show.NA,
        column_config={
            **MODEL_COLUMNS, "score": show.figures(answer.rank_title.partition(" (")[0], shown["score"], help=answer.rank_title),
            **{c: show.figures(answer.column_titles[c].partition(" (")[0], shown[c], help=answer.column_titles[c]) for c in answer.column_titles},
        },
    )  # fmt: skip
    show.cut(len(rows["model"]))
    st.session_state["table_models"] = models


def _row_chosen() -> None:
    # A selection is a position in the table as it was drawn, so it is turned into an id at once.
    chosen = st.session_state.table.selection.rows
    drawn = st.session_state.get("table_models", ())
    if chosen and chosen[0] < len(drawn):
        st.session_state["model"] = drawn[chosen[0]]
