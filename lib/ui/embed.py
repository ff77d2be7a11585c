"""A view inside another page: its chart and its table alone, drawn from the link without any control."""

from __future__ import annotations

import streamlit as st

from lib import answers
from lib.answers.citation import said
from lib.answers.tables import PAGES_WITH_ROWS, table_of
from lib.answers.text import plain
from lib.catalog import current
from lib.pictures import picture_of
from lib.ui import models_page, show
from lib.view import View, decode

MOST_ROWS = 500


def embedded(page: str) -> None:
    """Draw the view the link asks for. What cannot be honoured in it is left out."""
    facts = current()
    if not facts.devices or not facts.models:
        st.info("The catalog cannot be read, so there is nothing to show.")
        return
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    view, _ = decode(query, answers.vocabulary(facts), page)
    drawn = picture_of(facts, page, view, show.theme())
    show.picture(drawn, key="embedded", alone=True)
    if not _table(page, view) and drawn is None:
        st.info(plain(said(facts, page, view)))


def _table(page: str, view: View) -> bool:
    """Draw the page's table; false where it has none."""
    facts = current()
    if page == "models":
        models_page.table(answers.ranked_columns(facts, view), answers.models_answer(facts, view))
    elif page == "machines":
        show.machines_table(answers.rank_machines(facts, view), answers.machines_answer(facts, view))
    elif page in PAGES_WITH_ROWS:
        table = table_of(facts, page, view)
        told = {c.name: st.column_config.Column(c.name.replace("_", " "), help=plain(c.words)) for c in table.columns}
        rows = table.rows.drop(columns="sources", errors="ignore").head(MOST_ROWS)
        st.dataframe(rows, hide_index=True, key="embedded-rows", placeholder=show.NA, column_config=told)
    else:
        return False
    return True
