"""Measured speeds beside predicted ones: the row of the measurements most like a case."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

FARTHEST = 1.5
"""Rows less alike than this are no help; halving the file's size counts ln 2, another format 0.3."""
_RUNTIMES = {
    "ik_llama": "llama.cpp", "exllama": "exllama", "tabbyapi": "exllama", "llamafile": "llamafile", "localscore": "llamafile",
    "tensorrt": "tensorrt-llm", "trt-llm": "tensorrt-llm", "trtllm": "tensorrt-llm", "mlc": "mlc", "mlx": "mlx", "vllm": "vllm",
    "ktransformers": "ktransformers", "deepspeed": "deepspeed", "llama": "llama.cpp", "ggml": "llama.cpp", "lm-studio": "llama.cpp",
    "lmstudio": "llama.cpp", "docker": "llama.cpp", "unsloth": "llama.cpp", "kobold": "llama.cpp", "gpt4all": "llama.cpp",
    "ramalama": "llama.cpp", "lemonade": "llama.cpp",
}  # fmt: skip


def runtime_id(printed: str | None) -> str | None:
    """The runtime a source means: `ollama 0.23`, `llama-server b8920` and `llama.cpp` run the same engine."""
    text = "-".join((printed or "").casefold().split())
    return next((name for start, name in _RUNTIMES.items() if start in text), None)


def build_month(date: str | None) -> str | None:
    """When a build was made, to compare with: of a year alone its middle is taken (`2026` is `2026-07`)."""
    return f"{date}-07" if date and len(date) == 4 else date


def _joined(ids: object) -> str:
    """Device ids in a fixed order, from the text of a CSV cell or a tuple; nothing for a missing cell."""
    listed = ids.split() if isinstance(ids, str) else ids if isinstance(ids, list | tuple) else ()
    return " ".join(sorted(map(str, listed)))


def nearest(
    measurements: pd.DataFrame,
    device_ids: Sequence[str],
    count: int,
    *,
    model_bytes: float,
    parameters: float,
    active_parameters: float | None = None,
    quantization: str | None = None,
    runtime: str = "llama.cpp",
    depth: float = 0.0,
) -> pd.Series | None:
    """The measured row most like a case, or `None` where none is alike enough to compare with.

    `measurements` has the columns of `measurements.csv`. Rows on exactly these devices, with this count of the first,
    one conversation and no verdict against them are compared by size of the file, parameters, format, runtime,
    depth and age; `parameters` and `active_parameters` are counts. Missing cells count as somewhat different.
    """
    m = measurements
    wanted = _joined(list(device_ids))
    ids = m["device_ids"].map(_joined)
    usable = m["decode_tok_per_s"].notna() & (m["verdict"].fillna("") == "") & (m["concurrency"].fillna(1) == 1)
    m = m[(ids == wanted) & (m["device_count"].fillna(1) == count) & usable]
    if m.empty:
        return None
    params = pd.to_numeric(m["params_b"], errors="coerce") * 1e9
    active = pd.to_numeric(m["active_params_b"], errors="coerce") * 1e9
    bytes_ = pd.to_numeric(m["model_bytes"], errors="coerce")
    size = np.log(bytes_ / model_bytes).abs().fillna(np.log(params / parameters).abs() + 0.15)
    shape = np.log(params / parameters).abs().fillna(0.5)
    sparse = np.log(active.fillna(params) / (active_parameters or parameters)).abs().fillna(0.5)
    plain = m["quantization"].fillna("").str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    asked = "".join(c for c in (quantization or "").upper() if c.isalnum())
    other_format = 0.0 if not asked else np.where([asked in p for p in plain], 0.0, 0.3)
    other_runtime = np.where(m["runtime"].map(runtime_id) == runtime, 0.0, 0.4)
    deep = np.log2(pd.to_numeric(m["depth"], errors="coerce").fillna(0.0).clip(lower=512) / max(depth, 512.0)).abs()
    age = m["measured_on"].fillna("2023").astype(str).str[:4].astype(float).rsub(2026).clip(lower=0) * 0.05
    distance = size + shape + sparse + other_format + other_runtime + 0.1 * deep + age
    best = distance.astype(float).idxmin()
    return m.loc[best] if distance[best] <= FARTHEST else None
