"""Machines × models"""

import streamlit as st

from lib.ui.frame import view

view()
st.title("Machines × models")
