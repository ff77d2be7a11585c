"""How fast? Predicted against measured, what limits it, the essay's tables again, and how wrong we are."""

import streamlit as st

from lib import answers
from lib.answers.speed_page import speed_page
from lib.ui import controls, show
from lib.ui import speed_page as draw
from lib.ui.frame import catalog, view

facts = catalog()
ids = answers.vocabulary(facts)
title, instead = st.container(), st.container()
model = controls.choose(
    st.container(), "model", "Model", answers.sizable(facts), placeholder=answers.WANTED_MODEL, width=300
)
mine, several = st.container(), st.container()

st.header("Predicted against measured")
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
devices = controls.several(row, "devices", "Devices", ids.devices, placeholder="all", width=300)
runtimes = controls.several(row, "runtimes", "Runtimes", ids.runtimes, placeholder="all", width=240)
only = controls.several(row, "only", "Models", ids.models, placeholder="all", width=300)

v = view(model=model, devices=devices, runtimes=runtimes, only=only)
page = speed_page(facts, v)
show.answer(title, page)
with instead:
    show.relax(v, "speed")
with mine:
    draw.mine(page)
with several:
    st.header("Several conversations at once")
    draw.users(page)
draw.measured(page)

st.header("Speed against bandwidth, and the limit")
draw.bandwidth(page)

st.header("The essay's speed tables, with our prediction beside each row")
draw.essay(page)

st.header("How wrong are we?")
draw.errors(page)
