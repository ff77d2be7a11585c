"""What should I buy?"""

import streamlit as st

from lib.ui.frame import view

view()
st.title("What should I buy?")
