"""What should I run? Three models for a task on the visitor's machine, why each, and the commands that run it."""

import streamlit as st

from lib import answers
from lib.answers.picks import picks
from lib.ui import controls, show
from lib.ui import run_page as draw
from lib.ui.frame import catalog, view
from lib.view import TASKS, TOOLS

facts = catalog()
title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
task = controls.switch(row, "task", "For", TASKS, wrap=True)
tool = controls.switch(row, "tool", "Run it with", TOOLS, wrap=True)
with row.popover("More", icon=":material/filter_alt:"):
    more = st.container()
    licence = controls.switch(more, "licence", "Licence", ("any", "commercial", "training", "open"))
    speed = controls.number(more, "speed", "At least, tokens/s", 0.0, 1000.0, 5.0)
    model = controls.choose(more, "model", "A model of mine", answers.sizable(facts), placeholder="none")

v = view(task=task, tool=tool, licence=licence, speed=speed, model=model)
with st.spinner("Trying every model …"):
    page = picks(facts, v)
show.answer(title, page)
draw.cards(page, facts, v.tool)
show.relax(v, "run", enough=3)
draw.rules(page)

if len(page.candidates):
    st.header("Capability against speed")
    draw.picture(page)
    draw.table(page)
