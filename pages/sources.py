"""Sources: where every fact comes from, what rests on it, how old it is; any fact by its words."""

import streamlit as st

from lib import answers
from lib.ui import controls, show
from lib.ui.frame import catalog, view

facts = catalog()
title = st.container()
q = controls.words(
    st.container(),
    "q",
    "Search any fact",
    placeholder="a model, a device, a benchmark, a source …",
    icon=":material/search:",
)
v = view(q=q)
found = answers.search_facts(facts, v.q)
show.answer(title, found)
if v.q:
    show.found_table(found.rows)
st.header("Every source and what rests on it")
show.sources_table(answers.sources(facts))
