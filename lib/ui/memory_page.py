"""Drawing the page “Memory”: what `lib.answers` returns, as charts and tables. No arithmetic on facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from lib import pictures
from lib.answers.bigger import Bigger
from lib.answers.ladder import Ladder
from lib.answers.memory_page import MemoryPage
from lib.answers.text import plain
from lib.ui import show
from lib.ui.show import HEAD, ROW

GB = "%.1f"


def _table(rows: pd.DataFrame, key: str, columns: dict[str, Any], *, most: int = 640, empty: str = show.NA) -> None:
    height = min(HEAD + ROW * len(rows), most)
    st.dataframe(rows, hide_index=True, key=key, height=height, placeholder=empty, column_config=columns)


def _notes(notes: tuple[str, ...]) -> None:
    if notes:
        st.caption("  \n".join(plain(note) for note in notes))


def contexts(page: MemoryPage) -> None:
    """The stacked bars, the rows behind them, and the longest contexts."""
    drawn = pictures.contexts(page, show.theme())
    show.picture(drawn, key="contexts")
    if drawn and len(drawn.data) < len(page.bars):
        st.caption("Longer contexts, which take several times what this machine has, are in the table.")
    column = st.column_config
    gb = {part: column.NumberColumn(f"{part}, GB", format="%.2f") for part in ("weights", "KV cache", "compute buffer", "kept by system")}  # fmt: skip
    _table(
        page.sizes[["context", "cache", "total_gb", "fit", "weights", "KV cache", "compute buffer", "kept by system"]],
        "sizes",
        {
            "context": column.NumberColumn("context, tokens", format="localized", pinned=True), "cache": "KV cache type",
            "total_gb": column.NumberColumn("model in all, GB", format="%.2f", help="Weights, KV cache and compute buffer together; 10⁹ bytes."),
            "fit": "on this machine", **gb,
        },
        most=360,
    )  # fmt: skip


def longest(page: MemoryPage) -> None:
    """The longest context that fits, by cache type and number of slots."""
    column = st.column_config
    tokens = {
        "gpu_tokens": column.NumberColumn("longest, all in GPU memory", format="localized", help="Tokens for each conversation, at most what the model was made for."),
        "any_tokens": column.NumberColumn("longest, with RAM", format="localized", help="Tokens for each conversation with part of the model in RAM, slower."),
    }  # fmt: skip
    rows = page.longest.drop(columns=["gpu_tokens"] if page.longest["gpu_tokens"].isna().all() else [])
    _table(
        rows, "longest",
        {"cache": column.TextColumn("KV cache type", pinned=True), "slots": column.NumberColumn("slots", format="%d", help="Conversations answered at the same time, each with its own context."), **tokens, "loss": column.TextColumn("what the cache type cost where it was measured", width="large")},
        empty="none fits",
    )  # fmt: skip


def ladder(steps: Ladder) -> None:
    """The formats as steps: the picture, the table, and what was measured."""
    st.markdown(plain(steps.sentence))
    show.picture(
        pictures.ladder(steps, show.theme()), key="ladder",
        empty="No model near this one in size was measured in any of these formats, so there is no loss to draw.",
    )  # fmt: skip
    _notes(steps.notes)
    column = st.column_config
    _table(
        steps.steps[["format", "container", "bits", "file_gb", "memory_gb", "fit", "decode_text", "rise_text", "kl_text", "points_text", "measured_on"]],
        "steps",
        {
            "format": column.TextColumn("format", pinned=True), "container": "kind of file",
            "bits": column.NumberColumn("bits a weight", format="%.2f", help="The file's tensors by this model's parameters: what the name says is rarely what the file has."),
            "file_gb": column.NumberColumn("file, GB", format=GB), "memory_gb": column.NumberColumn("memory, GB", format=GB, help="Weights, KV cache and compute buffer at the context above."),
            "fit": "fit", "decode_text": column.TextColumn("tokens/s (80 % band)", help="Predicted generation speed, for llama.cpp's own formats."),
            "rise_text": column.TextColumn("rise of perplexity", help="Rise over the same model unquantized, as measured on the models named."),
            "kl_text": column.TextColumn("KL divergence, nats", help="Mean distance of the next-token probabilities from the unquantized model's."),
            "points_text": column.TextColumn("points on tests", help="Points of per cent gained or lost against the unquantized model; differences of a point are noise."),
            "measured_on": column.TextColumn("measured on", width="large"),
        },
    )  # fmt: skip
    if not steps.evidence.empty:
        with st.expander(f"The {len(steps.evidence)} measurements behind these losses", icon=":material/science:"):
            _table(
                steps.evidence, "evidence",
                {"bits": column.NumberColumn("bits a weight", format="%.2f"), "quantized": column.NumberColumn(format="%.4g"), "unquantized": column.NumberColumn(format="%.4g"), "url": column.LinkColumn("link", display_text="open")},
                most=420,
            )  # fmt: skip


def bigger(found: Bigger) -> None:
    """The best model of each step, and what the evidence allows one to say."""
    st.markdown(plain(found.sentence))
    if not found.rows.empty:
        column = st.column_config
        _table(
            found.rows, "bigger",
            {
                "format": column.TextColumn("format", pinned=True), "bits": column.NumberColumn("bits a weight", format="%.2f"), "model": "best that fits",
                "parameters_b": column.NumberColumn("parameters, 10⁹", format="%.2f"), "score": show.figures(found.rank_title, found.rows["score"], help="Of the unquantized model."),
                "memory_gb": column.NumberColumn("memory, GB", format=GB), "decode_text": "tokens/s (80 % band)",
                "rise_text": column.TextColumn("rise of perplexity at this step (measured on)", width="large"),
            },
        )  # fmt: skip
    for note in found.notes:
        st.markdown(f"- {plain(note)}")


def layers(page: MemoryPage) -> None:
    """Where each layer lies: the pools as bars, the layers as bars, the pools as a table, the command."""
    explained = page.explained
    show.picture(pictures.pools(explained, show.theme()), key="pools")
    show.picture(pictures.layers(page, show.theme()), key="layers")
    column = st.column_config
    named = {"weights_gb": "weights, GB", "kv_gb": "KV cache, GB", "compute_gb": "compute buffer, GB", "kept_gb": "kept by system, GB", "spare_gb": "free, GB"}  # fmt: skip
    _table(
        page.pools, "pools-table",
        {"pool": column.TextColumn("memory", pinned=True), "layers": "layers", "experts": column.TextColumn("experts", help="Experts kept in RAM while the rest of their layers is on the GPU."), **{k: column.NumberColumn(v, format="%.2f") for k, v in named.items()}},
        empty="",
    )  # fmt: skip
    if explained.command:
        st.code(explained.command, language="sh", wrap_lines=True)


def formula(page: MemoryPage) -> None:
    """Every term of the sum with its numbers, and where the shapes come from."""
    if page.explained.working.formula.empty:
        return
    column = st.column_config
    _table(
        page.explained.working.formula, "formula",
        {"term": column.TextColumn(pinned=True), "how": column.TextColumn(width="large"), "bytes": column.NumberColumn(format="localized")},
    )  # fmt: skip
    _notes(page.explained.working.sources)


def errors(page: MemoryPage) -> None:
    """Our error against the engine's own figures, beside that of the rules of thumb."""
    if page.errors.empty:
        st.info("The error table is missing: python -m benchmarks.memory_error writes it.")
        return
    st.markdown(plain(page.errors_sentence))
    column = st.column_config
    per_cent = {"median_pct": "median error, %", "p95_pct": "95th percentile, %", "max_pct": "largest, %"}
    _table(
        page.errors.drop(columns=["engine", "inputs"]), "errors",
        {
            "part": column.TextColumn(pinned=True), "class": column.TextColumn("cases of", width="medium"), "method": column.TextColumn("whose figure", width="medium"),
            "cases": column.NumberColumn(format="localized"),
            "exact": column.NumberColumn("exact", format="localized", help="To the last byte or digit the engine prints; of a file, every tensor in type and bytes."),
            **{k: column.NumberColumn(v, format="%.3f") for k, v in per_cent.items()},
        },
        most=1000,
    )  # fmt: skip
