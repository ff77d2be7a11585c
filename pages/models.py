"""Which can I run? Models ranked for the visitor's machine or money."""

import streamlit as st

from lib import answers
from lib.ui import controls, show
from lib.ui import models_page as draw
from lib.ui.frame import catalog, view
from lib.view import MOST_COLUMNS

facts = catalog()
ids = answers.vocabulary(facts)

title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
rank = controls.choose(row, "rank", "Rank by", ids.ranks, width=330)
speed = controls.number(row, "speed", "At least, tokens/s", 0.0, 1000.0, 5.0, width=150)
licence = controls.switch(row, "licence", "Licence", ("any", "commercial", "training", "open"))
fit = controls.switch(row, "fit", "Show what", ("any", "runs", "gpu"))
filters = ("publisher", "pmin", "pmax", "since", "until", "only", "columns", "hosted")
filtered = {}
if more := controls.drawer(row, "more", "More filters", ":material/filter_alt:", filters):
    filtered["publisher"] = controls.several(more, "publisher", "Publisher", ids.publishers, placeholder="all")
    sizes = more.container(horizontal=True)
    filtered["pmin"] = controls.number(sizes, "pmin", "Parameters from, 10⁹", 0.0, 10_000.0, 1.0, placeholder="any")
    filtered["pmax"] = controls.number(sizes, "pmax", "to, 10⁹", 0.0, 10_000.0, 1.0, placeholder="any")
    dates = more.container(horizontal=True)
    filtered["since"] = controls.day(dates, "since", "Released since")
    filtered["until"] = controls.day(dates, "until", "until")
    filtered["only"] = controls.several(more, "only", "Only these models", ids.models, placeholder="all")
    filtered["columns"] = controls.several(
        more, "columns", "More benchmark columns", ids.ranks, placeholder="none", max_selections=MOST_COLUMNS
    )
    filtered["hosted"] = controls.toggle(more, "hosted", "Also models that can only be rented")
left, right = st.columns([3, 2], gap="medium")
model = controls.choose(right, "model", "A closer look at", ids.models, placeholder="the most capable that fits")

v = view(rank=rank, speed=speed, licence=licence, fit=fit, model=model, **filtered)
rows = answers.ranked_columns(facts, v)
answer = answers.models_answer(facts, v)
show.answer(title, answer)
with title:
    show.relax(v, "models")

# In the order in which they are known: the closer look is worked out while the browser draws the others.
with left:
    draw.picture(rows, answer)
draw.table(rows, answer)
with right:
    if answer.chosen:
        show.memory(answers.explain_memory(facts, v, answer.chosen))
