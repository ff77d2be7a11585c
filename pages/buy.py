"""What should I buy? Price against capability and speed, what the next dollars buy, and whether the essay still holds."""

import streamlit as st

from lib import answers
from lib.answers.buy import buy_page
from lib.ui import buy_page as draw
from lib.ui import controls, show
from lib.ui.frame import catalog, view

facts = catalog()
title = st.container()
row = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
amount = draw.budget(row)
aim = controls.switch(row, "aim", "Buy", ("capability", "speed"))
able = controls.number(row, "able", "Index at least", 0.0, 400.0, 5.0, placeholder="any", width=140)
speed = controls.number(row, "speed", "At least, tokens/s", 0.0, 1000.0, 5.0, width=150)
chosen = {}
if more := controls.drawer(row, "more", "More", ":material/filter_alt:", ("keep", "model", "licence", "most", "paid")):
    chosen["keep"] = controls.toggle(more, "keep", "I own the machine above")
    chosen["model"] = controls.choose(more, "model", "A certain model", answers.sizable(facts), placeholder="the best")
    chosen["licence"] = controls.switch(more, "licence", "Licence", ("any", "commercial", "training", "open"))
    chosen["most"] = controls.number(more, "most", "Most cards of a kind", 1, 16, 1)
    chosen["paid"] = controls.number(more, "paid", "My device costs me, USD each", 0.0, 1_000_000.0, 50.0, placeholder="listed price")  # fmt: skip

v = view(aim=aim, able=able, speed=speed, **chosen, **amount)
with st.spinner("Pricing every machine …"):
    page = buy_page(facts, v)
show.answer(title, page)
with title:
    show.relax(v, "buy")
draw.picture(page)

st.header("What the next dollars buy")
draw.steps(page)

st.header("Price against capability")
draw.frontier(page.capability, page.capability_wish, "capable")

st.header("Price against speed")
draw.frontier(page.speed, page.speed_wish, "quick")

st.header("Does the essay's conclusion still hold?")
draw.essay(page)
