"""The frame script: page list and what surrounds every page."""

from pathlib import Path

import streamlit as st

from lib import ui
from lib.ui import look
from lib.ui.embed import embedded
from lib.ui.frame import FRONT, frame, navigation

st.set_page_config(page_title="A GPT of One's Own", page_icon=Path(ui.__file__).with_name("icon.svg"), layout="wide")
look.apply()

page = navigation(
    {
        "": [
            ("models.py", "Which can I run?", ":material/memory:"),
            ("run.py", "What should I run?", ":material/recommend:"),
            ("buy.py", "What should I buy?", ":material/shopping_cart:"),
        ],
        "Machines": [
            ("machines.py", "What does it take?", ":material/dns:"),
            ("grid.py", "Machines × models", ":material/grid_on:"),
            ("memory.py", "Memory", ":material/stacked_bar_chart:"),
            ("speed.py", "How fast?", ":material/speed:"),
            ("cost.py", "Home or hosted?", ":material/savings:"),
        ],
        "Models": [
            ("compare.py", "Compare", ":material/compare_arrows:"),
            ("model.py", "One model", ":material/deployed_code:"),
            ("timeline.py", "Timeline", ":material/timeline:"),
            ("benchmarks.py", "Benchmarks", ":material/leaderboard:"),
        ],
        "Learn": [
            ("questions.py", "Questions people ask", ":material/help:"),
            ("tour.py", "A tour for newcomers", ":material/explore:"),
            ("essay.py", "The essay, live", ":material/article:"),
            ("sources.py", "Sources", ":material/menu_book:"),
        ],
    }
)
name = page.url_path or FRONT
if st.context.is_embedded:
    embedded(name)
else:
    with frame(name):
        page.run()
