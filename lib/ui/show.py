"""Drawing what `lib.answers` returns: charts, tables, the closer look. No arithmetic on facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import answers, pictures
from lib.answers.essay import TableToday
from lib.answers.everywhere import Columns
from lib.answers.glossary import terms_in
from lib.answers.memory import Explanation
from lib.answers.relax import ONE_MODEL, relaxations
from lib.answers.text import plain
from lib.catalog import current
from lib.charts import Theme
from lib.pictures import Picture
from lib.view import View

NA = "n/a"
WIDE_NAME = 250
"""Width in pixels of a column of machines: the longest are three parts."""
SHOWN_NOTES = 2
"""Of the notes of an answer; the others are a click away."""
_SENTENCE = re.compile(r"(?:(?<=[^.\s]{2}[.?!])|(?<=\d\.)) (?=[A-Z0-9])")
"""Between one sentence and the next."""
MOST_ROWS = 1_000
"""A table sends a browser no more rows than this; a caption says so."""
ROW, HEAD = 35, 38
"""Heights in pixels of a row of a table and of its head."""
WRAPPED = 78
"""Row height in pixels at which long text wraps to three lines."""


def relax(view: View, page: str, *, enough: int = 1) -> None:
    """Where the page has nothing to show, or not `enough`: which single wish to give up, as buttons that do it."""
    found = relaxations(current(), view, page, enough=enough)
    if not found:
        return
    said = "What fits instead:" if page in ONE_MODEL else "What to ask less of, and what there is then:"
    st.info(said, icon=":material/filter_alt_off:")
    row = st.container(horizontal=True, key="relax")
    for number, one in enumerate(found):
        row.button(plain(f"{one.text}: {one.count}"), key=f"relax-{number}", on_click=_set, args=(one.changes,))


def _set(changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        st.session_state[name] = list(value) if isinstance(value, tuple) else value


def figures(
    label: str, values: pd.Series[Any] | np.ndarray[Any, Any], *, digits: int = 4, most: int = 3, **more: Any
) -> Any:
    """A column of numbers with one number of decimals, so that their points stand under each other.

    The largest has `digits` digits that count, and none has more than `most` decimals.
    """
    largest = float(np.nanmax(np.abs(np.asarray(values, float)), initial=0.0))
    before = len(f"{largest:.0f}") if largest >= 1 else 0  # also of NaN, where nothing is known
    return st.column_config.NumberColumn(label, format=f"%.{min(max(digits - before, 0), most)}f", **more)


def whole(rows: pd.DataFrame, *dollars: str) -> pd.DataFrame:
    """The rows with these columns in whole dollars, unknown left unknown."""
    return rows.assign(**{name: rows[name].round().astype("Int64") for name in dollars})


def theme() -> Theme:
    """Whether the visitor's page is light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def answer(at: DeltaGenerator, said: Any) -> None:
    """The sentence that answers the page's question, the notes that go with it, and what its words mean.

    Of several sentences the first is the answer and stands out. More than two notes are a click away, so that the
    picture stays near.
    """
    first, *more = _SENTENCE.split(said.sentence, maxsplit=1)
    at.title(" ".join([plain(first), *(f":small[{plain(rest)}]" for rest in more)]), anchor=False)
    if said.notes:
        at.caption("  \n".join(plain(note) for note in said.notes[:SHOWN_NOTES]))
    words = terms_in(" ".join((said.sentence, *said.notes)))
    hidden = said.notes[SHOWN_NOTES:]
    if hidden or words:
        box = at.expander(_folded(len(hidden), len(words)), icon=":material/info:", type="compact", key="notes")
        meant = (f"**{plain(word)}**: {plain(meaning)}" for word, meaning in words.items())
        box.markdown("\n".join(f"- {line}" for line in (*map(plain, hidden), *meant)))


def _folded(notes: int, words: int) -> str:
    more = [f"{notes} more note{'s' * (notes > 1)}"] if notes else []
    return " · ".join([*more, *(["What the words mean"] if words else [])])


def arrow(rows: pd.DataFrame | Columns) -> pa.Table | pd.DataFrame:
    """The same rows as an Arrow table, for which Streamlit would take a longer way; as a frame where that has to find their types."""
    try:
        return pa.table({name: pa.array(_values(column), from_pandas=True) for name, column in rows.items()})
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pd.DataFrame(rows)


def _values(column: pd.Series[Any] | np.ndarray[Any, Any]) -> Any:
    """What Arrow reads quickest of a column."""
    if isinstance(column, np.ndarray):
        return column
    return column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array


def chart(spec: dict[str, Any], data: pd.DataFrame | Columns, *, key: str, alt: str, pick: str | None = None) -> None:
    """A chart with its text alternative. With `pick`, clicking a mark sets that parameter to the mark's `model`."""
    rows = arrow(data)
    if pick is None:
        st.vega_lite_chart(rows, spec, key=key, alt=alt)
        return
    st.vega_lite_chart(
        rows, spec, key=key, alt=alt, on_select=_picked, selection_mode="pick"
    )  # the key is read in `_picked`


def picture(drawn: Picture | None, *, key: str, empty: str = "", pick: str | None = None, alone: bool = False) -> None:
    """A picture of `lib.pictures`, and what of it is not drawn; the sentence `empty` where there is nothing to draw.

    `alone` where no words beside it say what it shows.
    """
    if drawn is not None:
        chart(drawn.spec, drawn.rows, key=key, alt=drawn.alt if alone else drawn.name or drawn.alt, pick=pick)
        if drawn.thinned:
            st.caption(drawn.thinned)
    elif empty:
        st.info(plain(empty))


def _picked() -> None:
    chosen = st.session_state.frontier.selection.get("pick", [])
    if chosen and chosen[0].get("model") in answers.vocabulary(current()).models:
        st.session_state["model"] = chosen[0]["model"]


def machines_picture(rows: pd.DataFrame, view: View, said: Any) -> None:
    """Speed against price, power or bandwidth, of the machines both are known of."""
    drawn = pictures.machines(rows, view, said, theme())
    picture(drawn, key="machines", empty=said.empty)
    if drawn and (hidden := int((rows["decode_tok_per_s"].notna() & rows["x"].isna()).sum())):
        st.caption(f"{hidden} machines that run it are not drawn: their {view.x} is not known. They are in the table.")


def cut(count: int) -> None:
    """Says under a table that it has only the first of its `count` rows, where it does."""
    if count > MOST_ROWS:
        said = f"The first {MOST_ROWS:,} of {count:,} rows. All of them are in the files under Share; filters bring others up."
        st.caption(said)


def memory(explained: Explanation) -> None:
    """One model on this machine: its memory as a bar, its speed, and how each was computed."""
    st.header(plain(explained.title))
    picture(pictures.pools(explained, theme()), key="memory")
    st.markdown(explained.summary)
    row = st.container(horizontal=True)
    if explained.work is not None:
        box = row.popover("How was this computed?", icon=":material/calculate:", key="working", on_change="rerun")
        if box.open:  # worked out only for those who ask
            with box:
                _working(explained)
    if explained.command:
        # In a popover, because what colours a command is the largest script of all and loads only when it opens.
        row.popover("Run it", icon=":material/terminal:").code(explained.command, language="sh", wrap_lines=True)


def _working(explained: Explanation) -> None:
    """The sum of bytes, the sum of milliseconds, and where both come from."""
    working = explained.working
    column = st.column_config
    st.dataframe(
        working.formula,
        hide_index=True,
        key="formula",
        column_order=("term", "bytes", "how"),  # the numbers in sight where there is room for two columns
        column_config={"bytes": column.NumberColumn("bytes", format="localized")},
    )
    if not working.timing.empty:
        st.dataframe(
            working.timing,
            hide_index=True,
            key="timing",
            column_order=("term", "ms", "how"),
            column_config={"ms": column.NumberColumn("milliseconds", format="%.2f")},
        )
    for line in working.sources:
        st.caption(plain(line))


def machines_table(rows: pd.DataFrame, answer: Any) -> None:
    """The machines behind the picture: fit, speed, price in USD and power in W; a sentence where there are none."""
    if rows.empty:
        st.info(plain(answer.empty))
        return
    column = st.column_config
    st.dataframe(
        whole(rows.head(MOST_ROWS), "price")[answer.table_columns], hide_index=True, key="table", height=min(HEAD + ROW * len(rows), 900), placeholder=NA,
        column_config={
            "machine": column.TextColumn("machine", pinned=True, width=WIDE_NAME),
            "fit": column.TextColumn("fit"),
            "decode_tok_per_s": column.NumberColumn("tokens/s", format="%.1f", help="Predicted generation speed at the start of a conversation."),
            "band_text": column.TextColumn("80 % band", help="Where 80 % of measurements of such cases fell."),
            "measured_tok_per_s": column.NumberColumn("measured", format="%.1f", help="Median of the speeds people measured on this device, in this format, of models with as many parameters (within 3 %), active ones too. Many are of older builds; the prediction is for today's."),
            "format": column.TextColumn("quantization"),
            "spare_gb": column.NumberColumn("memory to spare, GB", format="%.1f"),
            "cards_needed": column.NumberColumn("cards needed", format="%d", help="How many of this device hold all of it; n/a for more than 16."),
            "bandwidth": column.NumberColumn("bandwidth, GB/s", format="%.0f", help="Of one device: cards holding different layers take turns, so their bandwidths do not add up."),
            "power": column.NumberColumn("rated power, W", format="%d"),
            "price": column.NumberColumn("price, USD", format="dollar"),
            "price_basis": column.TextColumn("price is"),
        },
    )  # fmt: skip
    cut(len(rows))


def essay_table(table: TableToday) -> None:
    """A table as printed, with what checking found, and the link to it as it stands today."""
    st.caption(plain(table.since))
    st.dataframe(
        table.rows,
        hide_index=True,
        key=f"essay-{table.id}",
        placeholder="",
        column_config={"link": st.column_config.LinkColumn("link", display_text="open")},
    )
    if not table.findings.empty:
        with st.expander(f"What checking found: {table.verdicts}", icon=":material/fact_check:"):
            st.dataframe(
                table.findings,
                hide_index=True,
                row_height=WRAPPED,
                key=f"findings-{table.id}",
                column_config={"url": st.column_config.LinkColumn("source link", display_text="open")},
            )
    # A link of its own: an in-app page link cannot set controls that are already on the page.
    st.link_button(table.label, table.link, icon=":material/open_in_new:")


def claims_table(claims: pd.DataFrame) -> None:
    """What the essay says and what checking it found, long texts wrapped."""
    st.dataframe(
        claims,
        hide_index=True,
        key="claims",
        row_height=WRAPPED,
        height=WRAPPED * len(claims) + HEAD,
        column_config={
            "url": st.column_config.LinkColumn("link", display_text="open"),
            "it says": st.column_config.TextColumn(width="large"),
            "checking found": st.column_config.TextColumn(width="large"),
        },
    )
