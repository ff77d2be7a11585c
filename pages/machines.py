"""What does it take? Machines that run one model, how fast, with how much to spare."""

import streamlit as st

from lib import answers
from lib.ui import controls, show
from lib.ui.frame import catalog, view

facts = catalog()
ids = answers.vocabulary(facts)

title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
model = controls.choose(row, "model", "Model", answers.sizable(facts), placeholder=answers.WANTED_MODEL, width=300)
speed = controls.number(row, "speed", "At least, tokens/s", 0.0, 1000.0, 5.0, width=150)
most = controls.number(row, "most", "Most cards of a kind", 1, 16, 1, width=160)
x = controls.switch(row, "x", "Draw against", ("price", "power", "bandwidth"))
filtered = {}
if more := controls.drawer(row, "more", "More filters", ":material/filter_alt:", ("devices", "paid")):
    filtered["devices"] = controls.several(more, "devices", "Only these devices", ids.devices, placeholder="all")
    filtered["paid"] = controls.number(
        more, "paid", "My device costs me, USD each", 0.0, 1_000_000.0, 50.0, placeholder="listed price"
    )

v = view(model=model, speed=speed, most=most, x=x, **filtered)
with st.spinner("Placing it on every machine …"):
    rows = answers.rank_machines(facts, v)
    answer = answers.machines_answer(facts, v)
show.answer(title, answer)
with title:
    show.relax(v, "machines")

show.machines_picture(rows, v, answer)
show.machines_table(rows, answer)
