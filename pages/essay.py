"""The essay, live: its tables as printed, what checking found, and the same as it stands today."""

import streamlit as st

from lib import answers
from lib.answers.text import plain
from lib.ui import show
from lib.ui.frame import catalog, view

facts = catalog()
view()
essay = answers.essay(facts)
show.answer(st.container(), essay)
for table in essay.tables:
    st.header(plain(table.title))
    show.essay_table(table)
st.header("What it says in words")
show.claims_table(essay.claims)
