"""One model: everything the catalog knows of it, what it takes here, and where every fact comes from."""

import streamlit as st

from lib import answers
from lib.answers.model_page import model_page
from lib.ui import controls, show
from lib.ui import model_page as drawn
from lib.ui.frame import catalog, view

facts = catalog()
ids = answers.vocabulary(facts)
title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom")
model = controls.choose(row, "model", "Model", ids.models, placeholder="the most capable that fits", width=320)
rank = controls.choose(row, "rank", "Similar by", ids.ranks, width=330)
page = model_page(facts, view(model=model, rank=rank))
show.answer(title, page)
drawn.elsewhere(page)

left, right = st.columns([3, 2], gap="medium")
with left:
    st.header("How capable is it?")
    drawn.capability(page)
with right:
    drawn.memory(page)
st.subheader("On single benchmarks, between the worst and the best model known")
drawn.dots(page)

st.header("What it may be used for")
drawn.licence(page)
st.header("What it is, and who says so")
drawn.facts(page)
st.subheader("Other values given for these facts")
drawn.disputes(page)
st.subheader("Its architecture")
drawn.shapes(page)
st.header("Every score, with its conditions and source")
drawn.scores(page)
st.header("Machines that hold it")
drawn.machines(page)
st.header("Similar models")
drawn.similar(page)
st.header("What it costs to rent")
drawn.prices(page)
st.header("Speeds people measured of it")
drawn.measured(page)
st.header("Where to get it")
drawn.links(page)
