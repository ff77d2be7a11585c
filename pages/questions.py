"""Questions people ask"""

import streamlit as st

from lib.ui.frame import view

view()
st.title("Questions people ask")
