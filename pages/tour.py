"""A tour for newcomers: what the words mean, each with a picture of the visitor's own machine."""

import streamlit as st

from lib.answers.tour import tour
from lib.ui import show, tour_page
from lib.ui.frame import catalog, view

page = tour(catalog(), view())
show.answer(st.container(), page)
for stop in page.stops:
    tour_page.stop(stop)

st.header("All words")
tour_page.glossary(page)
