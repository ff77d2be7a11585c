"""The page of `hello_app.py`."""

import streamlit as st

number = st.number_input("Number", 256, 10_000_000, 8192, key="number", bind="query-params")
st.write(f"Hello, {number}.")
