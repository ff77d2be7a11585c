"""Sources: where every fact comes from, what rests on it, what is to be checked again; any fact by its words."""

import streamlit as st

from lib import answers
from lib.answers.provenance import to_check
from lib.ui import controls, show, sources_page
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
    sources_page.found(found.rows)
st.header("To be checked again")
sources_page.checks(to_check(facts))
st.header("Every source and what rests on it")
sources_page.every(answers.sources(facts))
