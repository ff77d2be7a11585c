"""Timeline: how many months is home behind the cloud?"""

import streamlit as st

from lib import answers
from lib.answers.timeline import timeline
from lib.ui import controls, show, timeline_page
from lib.ui.frame import catalog, view

facts = catalog()
title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
rank = controls.choose(row, "rank", "Measured by", answers.vocabulary(facts).ranks, width=330)
licence = controls.switch(row, "licence", "Licence at home", ("any", "commercial", "training", "open"))
since = controls.day(row, "since", "Draw from", width=170)

page = timeline(facts, view(rank=rank, licence=licence, since=since))
show.answer(title, page)
if page.best.empty:
    st.stop()

timeline_page.best(page)
timeline_page.tiers(page)

st.header("Is home catching up? Months behind, by date")
timeline_page.behind(page)

st.header("Who was best when")
timeline_page.records(page)

st.header("How is this computed?")
timeline_page.method(page)
