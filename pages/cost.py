"""Home or hosted? Tokens at home against every provider, from when on home is cheaper, and where models already run."""

import streamlit as st

from lib import answers
from lib.answers.cost import cost_page
from lib.ui import controls, show
from lib.ui import cost_page as draw
from lib.ui.frame import catalog, view

facts = catalog()
ids = answers.vocabulary(facts)
title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
model = controls.choose(row, "model", "Model", ids.models, placeholder="the most capable that runs", width=240)
tin = controls.number(row, "tin", "Tokens in, a day", 0, 10_000_000_000, 50_000, width=150)
tout = controls.number(row, "tout", "Tokens out, a day", 0, 10_000_000_000, 10_000, width=150)
hours = controls.number(row, "hours", "Hours on, a day", 0.0, 24.0, 1.0, width=135)
kwh = controls.number(row, "kwh", "USD a kWh", 0.0, 10.0, 0.01, width=110)
years = controls.number(row, "years", "Years of use", 0.1, 30.0, 0.5, width=110)
resale = controls.number(row, "resale", "Resale, %", 0.0, 100.0, 5.0, width=110)
paid = controls.number(row, "paid", "Device price, USD", 0.0, 1_000_000.0, 50.0, placeholder="listed price", width=150)

chosen = {"tin": tin, "tout": tout, "hours": hours, "kwh": kwh, "years": years, "resale": resale, "paid": paid}
page = cost_page(facts, view(model=model, **chosen))
show.answer(title, page)

st.header("A month against tokens a day")
draw.lines(page)

st.header("Money, speed and privacy beside each other")
draw.beside(page)

st.header("What home costs")
draw.working(page)

st.header("Every price")
draw.prices(page)

st.header("Where models already run")
draw.directory(page)
