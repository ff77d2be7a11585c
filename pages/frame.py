"""The frame script: page list and what surrounds every page."""

from copy import copy
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lib import ui
from lib.ui import look
from lib.ui.embed import embedded
from lib.ui.frame import FRONT, frame

st.set_page_config(page_title="A GPT of One's Own", page_icon=Path(ui.__file__).with_name("icon.svg"), layout="wide")
look.apply()


@st.cache_resource(show_spinner=False)
def pages() -> dict[str, list[StreamlitPage]]:
    """Every page by its section in the navigation. Made once: each looks for its file, several times a page."""
    return {
        "": [
            st.Page("models.py", title="Which can I run?", icon=":material/memory:", default=True),
            st.Page("run.py", title="What should I run?", icon=":material/recommend:"),
            st.Page("buy.py", title="What should I buy?", icon=":material/shopping_cart:"),
        ],
        "Machines": [
            st.Page("machines.py", title="What does it take?", icon=":material/dns:"),
            st.Page("grid.py", title="Machines × models", icon=":material/grid_on:"),
            st.Page("memory.py", title="Memory", icon=":material/stacked_bar_chart:"),
            st.Page("speed.py", title="How fast?", icon=":material/speed:"),
            st.Page("cost.py", title="Home or hosted?", icon=":material/savings:"),
        ],
        "Models": [
            st.Page("compare.py", title="Compare", icon=":material/compare_arrows:"),
            st.Page("model.py", title="One model", icon=":material/deployed_code:"),
            st.Page("timeline.py", title="Timeline", icon=":material/timeline:"),
            st.Page("benchmarks.py", title="Benchmarks", icon=":material/leaderboard:"),
        ],
        "Learn": [
            st.Page("questions.py", title="Questions people ask", icon=":material/help:"),
            st.Page("tour.py", title="A tour for newcomers", icon=":material/explore:"),
            st.Page("essay.py", title="The essay, live", icon=":material/article:"),
            st.Page("sources.py", title="Sources", icon=":material/menu_book:"),
        ],
    }


# Copies, because Streamlit notes on a page that it is the one to run.
page = st.navigation(
    {section: [copy(one) for one in held] for section, held in pages().items()},
    position="hidden" if st.context.is_embedded else "top",
)
name = page.url_path or FRONT
if st.context.is_embedded:
    embedded(name)
else:
    with frame(name):
        page.run()
