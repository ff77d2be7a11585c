"""Compare: two to six models side by side, every score with its conditions and source."""

import streamlit as st

from lib import answers
from lib.charts import score_dots
from lib.ui import controls, show
from lib.ui.frame import catalog, view
from lib.view import MOST_COMPARED

facts = catalog()
title = st.container()
models = controls.several(
    st.container(), "models", "Models, two to six", answers.vocabulary(facts).models, max_selections=MOST_COMPARED
)
v = view(models=models)
answer = answers.compare_models(facts, v)
show.answer(title, answer)

if len(v.models) < 2:
    st.info("Pick at least two models above.")
    st.stop()
show.facts_table(answer.facts)
if answer.shared.empty:
    st.info("No benchmark has scores of two of these models under one protocol, so nothing can be drawn side by side.")
else:
    st.header("Scores given under one protocol")
    show.chart(
        score_dots(answer.names, tuple(dict.fromkeys(answer.shared["benchmark"])), show.theme()),
        answer.shared, key="dots", alt=answer.chart_text,
    )  # fmt: skip
st.header("Every score, with its conditions and source")
show.scores_table(answer.scores)
