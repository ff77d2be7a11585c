"""The frame script: page list and what surrounds every page."""

from pathlib import Path

import streamlit as st

from lib import ui
from lib.ui.frame import FRONT, frame

st.set_page_config(page_title="A GPT of One's Own", page_icon=Path(ui.__file__).with_name("icon.svg"), layout="wide")

page = st.navigation(
    [
        st.Page("models.py", title="Which can I run?", icon=":material/memory:", default=True),
        st.Page("machines.py", title="What does it take?", icon=":material/dns:"),
        st.Page("memory.py", title="Memory", icon=":material/stacked_bar_chart:"),
        st.Page("compare.py", title="Compare", icon=":material/compare_arrows:"),
        st.Page("essay.py", title="The essay, live", icon=":material/article:"),
        st.Page("sources.py", title="Sources", icon=":material/menu_book:"),
    ],
    position="top",
)
name = page.url_path or FRONT
with frame(name):
    page.run()
