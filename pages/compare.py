"""Compare: two to six models side by side, verdicts only where intervals allow them, every score with its conditions."""

import streamlit as st

from lib import answers
from lib.ui import compare_page, controls, show
from lib.ui.frame import catalog, view
from lib.view import MOST_COMPARED

facts = catalog()
title = st.container()
models = controls.several(
    st.container(), "models", "Models, two to six", answers.vocabulary(facts).models, max_selections=MOST_COMPARED
)
v = view(models=models)
page = answers.compare_models(facts, v)
show.answer(title, page)

if len(page.names) < 2:
    st.info("Pick at least two models above.")
    st.stop()
compare_page.links(page)
compare_page.facts(page)

st.header("Who is ahead, where the intervals allow it")
compare_page.dots(page)
compare_page.verdicts(page)

st.header("Where scores of one model disagree")
compare_page.spreads(page.spreads, page.spread_sentence)

st.header("Every score, with its conditions and source")
compare_page.scores(page.scores)
