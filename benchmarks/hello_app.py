"""The least a page can be, tuned like the dashboard: one number, one line. What a crowd's figures are compared with."""

from __future__ import annotations

import streamlit as st

app = st.App("hello_page.py")
