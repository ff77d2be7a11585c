"""What should I run?"""

import streamlit as st

from lib.ui.frame import view

view()
st.title("What should I run?")
