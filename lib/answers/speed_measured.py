"""Every measured speed beside what a fit that never saw its source predicted for it."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from lib.answers.machine import bandwidth_of
from lib.catalog import Catalog
from lib.catalog.load import FOLDER
from lib.catalog.schema import Measurement
from lib.speed.measured import runtime_id

CALIBRATION = FOLDER / "calibration"
KINDS = {
    "gpu": "dense model, one GPU",
    "apple": "dense model, Apple chip",
    "experts": "mixture of experts, one device",
    "cpu": "on the CPU",
    "several": "several cards, or offload to RAM",
}
"""Classes of predictions (`lib.speed.bands.CLASSES`) in words."""
COLUMNS = ("measurement", "model", "model_id", "format", "device", "devices", "runtime", "runtime_id", "depth", "measured", "predicted", "low", "high", "error",
           "inside", "kind", "bandwidth_gb_per_s", "reached_gb_per_s", "gb_a_token", "measured_on", "source_id", "source", "url", "essay")  # fmt: skip
TUNINGS = ("instruct", "it", "chat", "instruct2507", "instruct2512", "hf", "v01", "v03", "2507", "base")
"""Names that differ from another only in one of these are of models with the same shapes."""


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError:
        return []


@lru_cache(maxsize=4)
def read_bytes(path: Path = CALIBRATION / "reads.csv") -> Mapping[str, tuple[float, bool]]:
    """Bytes a token reads for each measurement, and whether they all come from one kind of memory."""
    found: dict[str, tuple[float, bool]] = {}
    for row in _rows(path):
        before, _ = found.get(row["measurement"], (0.0, True))
        found[row["measurement"]] = before + float(row["weight_bytes"]) + float(row["kv_bytes"]), before == 0
    return found


@lru_cache(maxsize=4)
def measured_rows(catalog: Catalog, path: Path = CALIBRATION / "speed_rows.csv") -> pd.DataFrame:
    """One row a measurement that can be predicted; see `COLUMNS`. Cached: read-only.

    Speeds in tokens a second, `error` is predicted / measured - 1, `inside` whether the measurement lies in the
    80 % range. `reached_gb_per_s` is measured speed x bytes a token reads, NaN where several memories are read.
    """
    reads, made = read_bytes(), []
    for row in _rows(path):
        m = catalog.measurements.get(row["measurement"])
        if m is None or row.get("kind", "decode") != "decode" or m.decode_tok_per_s is None:
            continue
        predicted, low, high = (float(row[c]) for c in ("predicted_unseen_tok_per_s", "low", "high"))
        size, one_memory = reads.get(m.id, (np.nan, False))
        alone = one_memory and (m.device_count or 1) == 1
        measured = m.decode_tok_per_s
        made.append(
            (m.id, m.model, model_of(catalog, m.model) or "", m.quantization or "", device_text(catalog, m), m.device_ids, m.runtime or "",
             runtime_id(m.runtime) or "", m.depth or 0, measured, predicted, low, high, predicted / measured - 1, low <= measured <= high,
             row["class"], bandwidth(catalog, m) if alone else np.nan, measured * size / 1e9 if alone else np.nan, size / 1e9, m.measured_on or "",
             m.source.partition("#")[0], *catalog.cited(m.source), False)
        )  # fmt: skip
    return pd.DataFrame(made, columns=list(COLUMNS))


def bandwidth(catalog: Catalog, m: Measurement) -> float:
    """Stated bandwidth of its first device in GB/s; NaN where it is not known."""
    device = catalog.devices.get(m.device_ids[0]) if m.device_ids else None
    return (bandwidth_of(device) if device else None) or np.nan


def device_text(catalog: Catalog, m: Measurement) -> str:
    """The devices of a measurement in words."""
    names = [catalog.devices[d].name if d in catalog.devices else d for d in m.device_ids]
    if not names:
        return m.device_text or "not stated"
    times = f"{m.device_count} × " if (m.device_count or 1) > 1 else ""
    return times + " + ".join(names)


def _words(name: str) -> tuple[str, ...]:
    """A model's name without format, size of file and separators: `Qwen3-4B-Q4_K_M.gguf` is `qwen3 4b`."""
    text = name.casefold().removesuffix(".gguf").rpartition("/")[2]
    text = re.sub(
        r"[-_. ]*(ud[-_])?\b(i1[-_.])?(i?q\d[_a-z0-9]*|mxfp4.*|fp8.*|awq.*|gptq.*|bf16|f16|fp16|nvfp4.*|\d+ ?bit.*)$",
        "",
        text,
    )
    text = re.sub(r"[ ](llama\.cpp|ollama|mlx-lm|vllm-mlx)\b.*$", "", text)
    text = re.sub(r"^meta[-_ ]", "", text).replace("llama2", "llama 2")
    return tuple(w for w in re.split(r"[^a-z0-9.]+", text) if w)


ALIKE = {
    "shisa-v2-llama3.1-8b": "llama-3.1-8b-instruct", "shisa-v2-llama3.3-70b": "llama-3.3-70b-instruct", "llama 7b": "llama-2-7b-chat",
    "llama 13b": "llama-2-13b-chat", "qwen3moe 30b.a3b": "qwen3-30b-a3b", "gemma3 4b": "gemma-3-4b-it", "gemma3-27b": "gemma-3-27b-it",
    "gemma4-e2b": "gemma-4-e2b-it", "gemma4-e4b": "gemma-4-e4b-it", "gemma4-26b-a4b": "gemma-4-26b-a4b-it", "gemma4-31b": "gemma-4-31b-it",
    "gemma-4-12b": "gemma-4-12b-it", "llama3.3-70b": "llama-3.3-70b-instruct", "qwen3.6-35b": "qwen3.6-35b-a3b", "qwen3.6-27b": "qwen3.6-27b",
    "glm-4.7-flash": "glm-4.7-flash", "qwen3.5-9b": "qwen3.5-9b", "qwen3.5-4b": "qwen3.5-4b", "qwen3.5-2b": "qwen3.5-2b",
    "nemotron 120b.a12b": "nemotron-3-super-120b-a12b", "qwen3-coder-next": "qwen3-coder-next", "gemma-3-270m": "gemma-3-270m-it",
    "mistral 7b": "mistral-7b-instruct-v0.3", "kimi-dev 72b": "qwen2.5-72b-instruct", "midnight miqu 70b": "llama-2-70b-chat",
    "qwen3.5-27b": "qwen3.5-27b", "deepseek2 30b.a3b": "glm-4.7-flash",
}  # fmt: skip
"""Names sources use, by their beginnings, and a catalog model of the same shapes."""
_PACKERS = re.compile(r"^(?:qwen_|google_|nvidia_|zai-org_|jackrong_|arliai_|ibm-granite_|quanttrio-)")
"""Who made a file, in front of the model's name."""


@lru_cache(maxsize=4)
def _known(catalog: Catalog) -> Mapping[tuple[str, ...], str]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, model in catalog.models.items():
        if model.architecture is None:
            continue
        for name in {model.name, key, model.hugging_face or key}:
            words = _words(name)
            found[words].append(key)
            found[tuple(w for w in words if w not in TUNINGS)].append(key)
    return {words: min(keys, key=lambda k: (len(k), k)) for words, keys in found.items()}


@lru_cache(maxsize=4096)
def model_of(catalog: Catalog, printed: str) -> str | None:
    """The catalog model a source means, or one with the same shapes; `None` where the name is not clear."""
    words, known = _words(printed), _known(catalog)
    if found := known.get(words) or known.get(tuple(w for w in words if w not in TUNINGS)):
        return found
    plain = _PACKERS.sub("", printed.casefold().rpartition("/")[2])
    alike = max((name for name in ALIKE if re.match(rf"{re.escape(name)}(?![\w.])", plain)), key=len, default="")
    return ALIKE[alike] if alike and ALIKE[alike] in catalog.models else None


def filtered(
    rows: pd.DataFrame, devices: tuple[str, ...], runtimes: tuple[str, ...], only: tuple[str, ...]
) -> pd.DataFrame:
    """The rows on any of these devices, with any of these runtimes, of any of these models; empty means all."""
    keep = np.ones(len(rows), bool)
    if devices:
        keep &= np.array([bool(set(devices) & set(d)) for d in rows["devices"]], bool)
    if runtimes:
        keep &= rows["runtime_id"].isin(runtimes).to_numpy()
    if only:
        keep &= rows["model_id"].isin(only).to_numpy()
    return rows[keep]


def error_sentence(rows: pd.DataFrame) -> str:
    """How wrong the predictions of these rows were."""
    if rows.empty:
        return "No measurement that can be predicted passes these filters."
    off = rows["error"].abs()
    sources = rows["source_id"].nunique()
    if len(rows) < 5:
        return f"{len(rows)} measurements of {sources} {'source' if sources == 1 else 'sources'}: too few to say how wrong we are; the largest error is {off.max():.0%}."
    return (
        f"{len(rows)} measurements of {sources} {'source' if sources == 1 else 'sources'}, each predicted by a fit that had not seen its source: off by {off.median():.0%} at the median "
        f"and by less than {off.quantile(0.9):.0%} in nine of ten; {rows['inside'].mean():.0%} lie in their 80 % range. "
        f"At the median the prediction is {_bias(rows['error'].median())}."
    )


def _bias(error: float) -> str:
    return f"{abs(error):.0%} too {'fast' if error > 0 else 'slow'}" if abs(error) >= 0.005 else "right"
