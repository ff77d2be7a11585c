"""Drawing the page “What should I run?”: what `lib.answers.picks` returns, as cards, a chart and a table. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import pictures
from lib.answers.picks import Pick, Picks
from lib.answers.text import plain
from lib.catalog import Catalog
from lib.ui import show
from lib.ui.show import HEAD, ROW
from lib.view.view import Tool


def cards(page: Picks, catalog: Catalog, tool: Tool) -> None:
    """The picks side by side, the visitor's own model after them; a sentence where there are none."""
    if page.empty:
        st.info(plain(page.empty))
    if page.all:
        at = st.container(key="picks").columns(len(page.all))
        for column, pick in zip(at, page.all, strict=True):
            _card(column, pick, catalog.runtimes[tool].name if tool in catalog.runtimes else tool, tool)


def _card(at: DeltaGenerator, pick: Pick, name: str, tool: Tool) -> None:
    box = at.container(border=True, height="stretch", key=f"pick-{pick.role.replace(' ', '-')}")
    box.header(plain(f"{pick.role.capitalize()}: {pick.name}"), anchor=False)
    box.markdown(plain(pick.why))
    on = f" on {pick.machine}" if pick.elsewhere else ""
    facts = (
        ("Index", pick.index_text), ("Speed", pick.speed_text), ("Memory", f"{pick.format}{on}, {pick.memory_text}"),
        ("Quality", " ".join(pick.cost)), ("Licence", pick.licence),
    )  # fmt: skip
    box.markdown("\n".join(f"- **{word}** {plain(said)}" for word, said in facts))
    command = pick.command(tool)
    box.markdown(f"**Run it with {plain(name)}**")
    if command.text:
        box.code(command.text, language=None, wrap_lines=True)
    if command.note:
        box.caption(plain(command.note))
    if not command.text and pick.runs_with:
        box.caption(plain(f"Here it runs with {pick.runs_with}."))
    # Plain links: a page link inside the app cannot set controls that are already on the page.
    box.markdown(" · ".join(f"[{plain(label)}]({address})" for label, address in pick.links))


def picture(page: Picks) -> None:
    """Capability against speed, and the rules of the picks behind one click."""
    drawn = pictures.candidates(page, show.theme())
    show.picture(drawn, key="run")
    if drawn and (hidden := len(page.candidates) - len(drawn.data)):
        st.caption(f"{hidden} of {len(page.candidates)} models are not drawn: their speed here is not known. They are in the table.")  # fmt: skip


def rules(page: Picks) -> None:
    """How the picks are found."""
    with st.expander("How are these picked?", icon=":material/calculate:"):
        st.markdown("\n".join(f"- {plain(line)}" for line in page.rules))


def table(page: Picks) -> None:
    """Everything that suits, the most capable first."""
    if page.candidates.empty:
        return
    column = st.column_config
    rows = page.candidates.fillna({"role": ""})
    shown = [
        "name",
        "role",
        "format",
        *(["machine"] if page.many_machines else []),
        "score",
        "index_text",
        "rests_on",
        "tok_per_s",
    ]
    shown += [*(["total_tok_per_s"] if page.several else []), "band_text", "feels_like", *(["first_s"] if rows["first_s"].notna().any() else []), "memory_gb", "fit", "licence", "commercial"]  # fmt: skip
    columns: dict[str, Any] = {
        "name": column.TextColumn("model", pinned=True, width="medium"), "role": column.TextColumn("pick", width=110), "format": column.TextColumn("quantization", help="Format of the weights this row is computed for."),
        "score": column.NumberColumn("index", format="%.0f", help=page.rank_title), "index_text": column.TextColumn("with 90 % interval"),
        "rests_on": column.TextColumn("index of", help="Whether the index is of this task, or that of all tasks stands in."),
        "tok_per_s": column.NumberColumn("tokens/s each" if page.several else "tokens/s", format="%.1f", help="Predicted generation speed at the start of a conversation."),
        "total_tok_per_s": column.NumberColumn("tokens/s together", format="%.1f"), "band_text": column.TextColumn("80 % band", help="Where 80 % of measurements of such cases fell."),
        "feels_like": "feels like", "first_s": column.NumberColumn("first word, s", format="%.1f", help="Seconds until the first word of the prompt."),
        "memory_gb": column.NumberColumn("memory, GB", format="%.1f", help="Weights, KV cache and compute buffer together; 10⁹ bytes."),
        "commercial": column.TextColumn("commercial use", help="Whether a product made with it may be sold: yes · conditions · no · unknown"),
    }  # fmt: skip
    height = min(HEAD + ROW * len(rows), 900)
    st.dataframe(rows[shown].head(show.MOST_ROWS), hide_index=True, key="table", height=height, placeholder=show.NA, column_config=columns)  # fmt: skip
    show.cut(len(rows))
