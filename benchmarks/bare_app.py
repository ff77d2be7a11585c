"""The yardstick: a Streamlit page with one control, one table of as many rows as the front page and one chart.

Tuned like the dashboard: same configuration, warm imports, a chart specification built once, data frozen.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[None]:
    import pandas as pd

    pd.DataFrame({"a": [1.0]})
    gc.collect()
    gc.freeze()
    yield


app = st.App("bare_page.py", lifespan=warm)
