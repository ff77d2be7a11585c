"""The page of `bare_app.py`. BARE_ROWS and BARE_COLUMNS say how much of a table it shows."""

import os

import numpy as np
import pandas as pd
import streamlit as st

ROWS, COLUMNS = int(os.environ.get("BARE_ROWS", "120")), int(os.environ.get("BARE_COLUMNS", "14"))
SPEC = {
    "height": 420,
    "mark": {"type": "point", "filled": True},
    "encoding": {
        "x": {"field": "size", "type": "quantitative", "scale": {"type": "log"}},
        "y": {"field": "score", "type": "quantitative", "scale": {"zero": False}},
        "color": {"field": "family", "type": "nominal"},
        "tooltip": [{"field": "model", "type": "nominal"}],
    },
}


@st.cache_resource
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "model": [f"model {i:03d}" for i in range(ROWS)],
            "family": random.choice(["llama", "qwen", "gemma", "mistral"], ROWS),
            "size": random.uniform(1, 400, ROWS),
            "score": random.uniform(1000, 1500, ROWS),
        }
    )
    words = pd.DataFrame(
        {
            f"words {i}": random.choice(["fits", "does not", "Apache-2.0", "MIT"], ROWS)
            for i in range((COLUMNS - 4) // 2)
        }
    )
    numbers = pd.DataFrame(
        {f"number {i}": random.uniform(0, 100, ROWS) for i in range(COLUMNS - 4 - len(words.columns))}
    )
    return pd.concat([frame, words, numbers], axis=1)


st.set_page_config(page_title="Bare", layout="wide")
ctx = st.number_input("Number", 256, 10_000_000, 8192, key="ctx", bind="query-params")
# As on the front page, every row changes with the control.
shown = table().assign(score=lambda rows: rows["score"] + ctx % 100_003, size=lambda rows: rows["size"] + ctx / 10_000)
shown = shown.sort_values("score", ascending=False)
st.header(f"{len(shown)} rows at {ctx}")
st.vega_lite_chart(shown[["model", "family", "size", "score"]], SPEC, key="frontier")
st.dataframe(
    shown,
    hide_index=True,
    key="table",
    height=min(38 + 35 * len(shown), 900),
    on_select="rerun",
    selection_mode="single-row",
)
