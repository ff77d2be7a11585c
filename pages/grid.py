"""Machines × models: the machines one has side by side, for the same models."""

import streamlit as st

from lib import answers
from lib.answers.grid import grid
from lib.ui import controls, grid_page, show
from lib.ui.frame import catalog, view
from lib.view import MOST_MACHINES

facts = catalog()
ids = answers.vocabulary(facts)
title = st.container()
machines = controls.several(
    st.container(), "machines", "Beside my machine", (*ids.machines, *ids.devices), max_selections=MOST_MACHINES
)
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
rank = controls.choose(row, "rank", "Rank by", ids.ranks, width=330)
licence = controls.switch(row, "licence", "Licence", ("any", "commercial", "training", "open"))
only = controls.several(row, "only", "Only these models", ids.models, placeholder="the best of each size", width=330)

v = view(machines=machines, rank=rank, licence=licence, only=only)
page = grid(facts, v)
show.answer(title, page)
st.caption("The first column is your machine: build it from parts in the row above, and name it under Assumptions.")
if page.cells.empty:
    st.info(page.empty)
    show.relax(v, "grid")
    st.stop()

grid_page.heat_map(page)

st.header("The same as a table")
grid_page.cells(page)

st.header("The machines against each other")
grid_page.each(page)
