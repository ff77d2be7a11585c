"""Questions people ask: each answered in a sentence for the visitor's machine, with the page behind the answer."""

import streamlit as st

from lib.answers.questions import questions
from lib.ui import questions_page, show
from lib.ui.frame import catalog, view

page = questions(catalog(), view())
show.answer(st.container(), page)
questions_page.groups(page)
