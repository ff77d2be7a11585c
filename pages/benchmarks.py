"""Benchmarks: what each one measures, how every model does on it, and two of them against each other."""

import streamlit as st

from lib.answers.benchmarks import benchmarks_page
from lib.answers.text import plain
from lib.answers.vocabulary import vocabulary
from lib.ui import benchmarks_page as draw
from lib.ui import controls, show
from lib.ui.frame import catalog, view

facts = catalog()
ids = vocabulary(facts)

title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
rank = controls.choose(row, "rank", "Benchmark", ids.ranks, width=280)
against = controls.choose(row, "against", "Against", ids.ranks, placeholder="none", width=280)
licence = controls.switch(row, "licence", "Licence", ("any", "commercial", "training", "open"))
hosted = controls.toggle(row, "hosted", "Also models that can only be rented")

v = view(rank=rank, against=against, licence=licence, hosted=hosted)
page = benchmarks_page(facts, v)
show.answer(title, page)
with title:
    show.relax(v, "benchmarks")

if page.against:
    st.header("One against the other")
    draw.scatter(page)
st.header(plain(page.title))
draw.facts(page)
draw.dots(page)
st.subheader("What it measures, and how far to trust it")
draw.words(page)
st.header("All benchmarks")
draw.every(page)
draw.sources(page)
