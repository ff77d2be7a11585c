"""Memory: what one model takes, in every context, cache type and format, and how wrong we are."""

import streamlit as st

from lib import answers
from lib.answers.text import plain
from lib.ui import controls, memory_page, show
from lib.ui.frame import catalog, view

facts = catalog()
title, instead = st.container(), st.container()
model = controls.choose(
    st.container(), "model", "Model", answers.sizable(facts), placeholder=answers.WANTED_MODEL, width=300
)

v = view(model=model)
page = answers.memory_page(facts, v)
show.answer(title, page)
with instead:
    show.relax(v, "memory")
if page.bars.empty:
    st.stop()

st.header("By context and type of KV cache")
memory_page.contexts(page)
st.subheader("The longest context that fits")
memory_page.longest(page)

st.header("The ladder: every format, its size and what it costs in quality")
memory_page.ladder(answers.ladder(facts, v))

st.header("A bigger model at fewer bits, or a smaller one at more?")
memory_page.bigger(answers.bigger_or_smaller(facts, v))

st.header("Where each layer lies on this machine")
memory_page.layers(page)

st.header("The formula, with its numbers")
memory_page.formula(page)

st.header(plain(f"How wrong are we? Against {answers.ENGINE}"))
memory_page.errors(page)
