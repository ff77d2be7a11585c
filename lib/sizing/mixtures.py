"""Which type each tensor gets in a GGUF quantization.

A mixture such as Q4_K_M gives most tensors one base type and some roles a better one. The rules are
those of llama.cpp b11434 (`src/llama-quant.cpp`, MIT), restated: per role, by the layer's place, the
ratio of query to key heads, and the number of experts. Every rule is exact, none is fitted.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lib.architecture import Architecture
from lib.sizing.families import family_of
from lib.sizing.formats import BLOCKS
from lib.sizing.tensors import Tensors, tensors

Codes = NDArray[np.int8]
Rules = Literal["b11434", "2024"]
"""Whose rules: those of llama.cpp b11434, or those before fused projections counted as values."""

TYPES = tuple(BLOCKS)
CODE = {name: code for code, name in enumerate(TYPES)}
BLOCK_ELEMENTS = np.array([BLOCKS[name].elements for name in TYPES], dtype=np.int64)
BLOCK_BYTES = np.array([BLOCKS[name].bytes for name in TYPES], dtype=np.int64)

# The type of most tensors, where it is not the one in the mixture's name.
_BASE = {
    "Q2_K_S": "Q2_K",
    "Q3_K_S": "Q3_K",
    "Q3_K_M": "Q3_K",
    "Q3_K_L": "Q3_K",
    "Q4_K_S": "Q4_K",
    "Q4_K_M": "Q4_K",
    "Q5_K_S": "Q5_K",
    "Q5_K_M": "Q5_K",
    "IQ2_S": "IQ2_XS",
    "IQ2_M": "IQ2_S",
    "IQ3_XS": "IQ3_S",
    "IQ3_M": "IQ3_S",
    "MXFP4_MOE": "MXFP4",
}
# What a type becomes where its block does not divide the row.
_FALLBACK = {
    "IQ1_S": "IQ4_NL",
    "IQ1_M": "IQ4_NL",
    "IQ2_XXS": "IQ4_NL",
    "IQ2_XS": "IQ4_NL",
    "IQ2_S": "IQ4_NL",
    "IQ3_XXS": "IQ4_NL",
    "IQ3_S": "IQ4_NL",
    "IQ4_XS": "IQ4_NL",
    "Q2_K": "Q4_0",
    "Q3_K": "Q4_0",
    "TQ1_0": "Q4_0",
    "TQ2_0": "Q4_0",
    "Q4_K": "Q5_0",
    "Q5_K": "Q5_1",
    "Q6_K": "Q8_0",
}
_FALLBACK_CODES = np.array([CODE[_FALLBACK.get(name, name)] for name in TYPES], dtype=np.int8)
_LOW_BITS = frozenset({"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M"})
_EIGHT_EXPERT_OUTPUT = frozenset(
    {"Q2_K", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M", "IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M", "IQ4_XS", "IQ4_NL"}
)
_OUTPUT_PROJECTION = {"Q2_K": "Q3_K", "IQ3_XXS": "IQ3_S", "Q3_K_M": "Q4_K", "Q3_K_L": "Q5_K", "IQ3_M": "Q4_K"}
_FUSED_2024 = {"Q3_K_M": "Q4_K", "Q3_K_L": "Q4_K", "IQ3_M": "Q4_K", "Q4_K_M": "Q5_K", "Q5_K_M": "Q6_K"}
_EMBEDDING = {
    **dict.fromkeys(("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS"), "Q2_K"),
    **dict.fromkeys(("IQ2_S", "IQ2_M", "IQ3_XXS"), "IQ3_S"),
    **dict.fromkeys(("TQ1_0", "TQ2_0"), "Q4_K"),
}


def base_type(format_id: str) -> str:
    """The type of most tensors of a GGUF mixture."""
    return _BASE.get(format_id, format_id)


def _more_bits(place: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """True for the first and last eighth of the layers and every third one between."""
    eighth = count // 8
    ends = (place < eighth) | (place >= 7 * count // 8)
    chosen: NDArray[np.bool_] = ends | ((place - eighth) % 3 == 2)
    return chosen


def _head(format_id: str, base: str, columns: NDArray[np.int64]) -> Codes:
    """Types of the output head, or of the token embedding where that is the head."""
    if format_id == "MXFP4_MOE" or base == "Q8_0":
        return np.full(columns.shape, CODE["Q8_0"], dtype=np.int8)
    better = "Q5_K" if format_id in _LOW_BITS or format_id == "IQ3_XXS" else "Q6_K"
    whole = columns % BLOCKS[base].elements == 0
    return np.where(whole, CODE[better], CODE["Q8_0"]).astype(np.int8)


def _value(format_id: str, count: int, a: Architecture, imatrix: bool, ratio: int, seventy: bool) -> Codes | None:
    """Types of the value projections in their order, or None for the base type."""
    grouped = ratio >= 4
    place = np.arange(count)
    codes = np.full(count, CODE[base_type(format_id)], dtype=np.int8)
    if format_id in _LOW_BITS:
        plain = "IQ3_S" if format_id in ("IQ2_S", "IQ2_M") else "Q2_K"
        codes[:] = CODE["Q4_K" if grouped or (a.experts or 0) >= 4 else plain]
        return codes
    match format_id:
        case "Q2_K":
            codes[:] = CODE["Q4_K" if grouped else "Q3_K"]
        case "IQ3_XXS":
            codes[:] = CODE["Q4_K" if grouped else "IQ3_XXS" if imatrix else "IQ3_S"]
        case "Q2_K_S" | "IQ3_XS" | "IQ3_S" if grouped:
            codes[:] = CODE["Q4_K"]
        case "IQ3_M":
            codes[:] = CODE["Q4_K"]
        case "Q3_K_M":
            codes[:] = np.where(place < 2, CODE["Q5_K"], CODE["Q4_K"])
        case "Q3_K_L":
            codes[:] = CODE["Q5_K"]
        case "IQ4_NL" | "IQ4_XS" if grouped:
            codes[:] = CODE["Q5_K"]
        case "Q4_K_M" | "Q5_K_M":
            codes[_more_bits(place, count)] = CODE["Q6_K"]
        case "Q4_K_S":
            codes[:4] = CODE["Q5_K"]
    if seventy:
        codes[(codes == CODE["Q3_K"]) | (codes == CODE["Q4_K"])] = CODE["Q5_K"]
    if a.experts == 8:
        codes[:] = CODE["Q8_0"]
    return codes


def _down(format_id: str, place: NDArray[np.int64], layers: int, a: Architecture, imatrix: bool) -> Codes:
    """Types of the feed-forward down projections; `place` is the layer's number or the running index."""
    codes = np.full(place.shape, CODE[base_type(format_id)], dtype=np.int8)
    first = place < layers // 8
    match format_id:
        case "IQ2_S" | "IQ2_M":
            codes[first] = CODE["IQ3_S"]
        case "IQ1_S" | "IQ1_M" | "IQ2_XXS" | "IQ2_XS":
            codes[first] = CODE["Q2_K"]
        case "Q2_K":
            codes[:] = CODE["Q3_K"]
        case "Q2_K_S":
            codes[first] = CODE["Q4_K"]
        case "IQ3_XXS" if not imatrix:
            codes[:] = np.where(first, CODE["Q4_K"], CODE["Q3_K"])
        case "Q3_K_M":
            codes[:] = np.where(place < layers // 16, CODE["Q5_K"], CODE["Q4_K"])
        case "IQ3_M":
            codes[first | ((a.experts == 8) & _more_bits(place, layers))] = CODE["Q4_K"]
        case "Q3_K_L":
            codes[:] = CODE["Q5_K"]
        case "Q4_K_M" | "Q5_K_M":
            codes[_more_bits(place, layers)] = CODE["Q6_K"]
        case "IQ4_NL" | "IQ4_XS" if not imatrix:
            codes[first] = CODE["Q5_K"]
        case "Q4_K_S":
            codes[first] = CODE["Q5_K"]
        case "Q4_0" | "Q5_0" if imatrix:
            codes[first] = CODE[format_id[:3] + "1"]
    return codes


def _by_role(codes: Codes, t: Tensors, a: Architecture, format_id: str, imatrix: bool) -> None:
    """Write the types a mixture's rules give each role over the base type, in place."""
    base = base_type(format_id)
    roles = t.roles
    ratio = family_of(a).query_ratio(a)
    eight, low = a.experts == 8, format_id in _LOW_BITS
    output, embedding = roles["output"], roles["embedding"]
    codes[output] = _head(format_id, base, t.columns[output])
    if t.tied:
        codes[embedding] = _head(format_id, base, t.columns[embedding])
    elif format_id in _EMBEDDING:
        codes[embedding] = CODE[_EMBEDDING[format_id]]
    if format_id == "MXFP4_MOE":
        rest = slice(embedding.stop if t.tied else embedding.start, None)
        codes[rest] = np.where(t.stacked[rest], CODE["MXFP4"], CODE["Q8_0"])
        return
    seventy = a.layers == 80 and (
        a.family in ("qwen2", "nemotron-nas") or (a.family in ("llama", "mistral") and ratio > 1)
    )
    values = _value(format_id, t.value_count, a, imatrix, ratio, seventy)
    if values is not None:
        codes[roles["value"]] = values
    if eight:
        codes[roles["key"]] = CODE["Q4_K" if low else "Q8_0"]
    elif format_id in ("IQ3_XS", "IQ3_XXS"):
        codes[roles["key"]] = CODE["IQ3_XXS" if format_id == "IQ3_XS" else "IQ2_S"]
    if format_id in ("IQ3_XS", "IQ3_XXS"):
        codes[roles["query"]] = CODE["IQ3_XXS" if format_id == "IQ3_XS" else "IQ2_S"]
    if low:
        better = "Q5_K" if eight else "IQ2_XXS" if format_id[:3] == "IQ1" else "IQ3_S" if format_id[4] in "SM" else base
        codes[roles["attention_output"]] = CODE[better]
    elif eight:
        if format_id in _EIGHT_EXPERT_OUTPUT:
            codes[roles["attention_output"]] = CODE["Q5_K"]
    elif format_id in _OUTPUT_PROJECTION:
        codes[roles["attention_output"]] = CODE[_OUTPUT_PROJECTION[format_id]]
    by_layer = a.experts is not None and a.experts > 1
    down = roles["down"]
    running = np.cumsum(t.quantized[down]) - 1
    place = t.layer[down] if by_layer and not low else running
    codes[down] = _down(format_id, place, t.layers, a, imatrix)
    if format_id == "IQ3_XS":
        for name in ("up", "gate"):
            part = roles[name]
            place = t.layer[part] if by_layer else np.cumsum(t.quantized[part]) - 1
            middle = (place >= t.layers // 8) & (place < 7 * t.layers // 8)
            codes[part] = np.where(middle, CODE["IQ3_XXS"], CODE["IQ3_S"])


def _fused_of_2024(codes: Codes, t: Tensors, format_id: str) -> None:
    """Types of fused query-key-value projections before they counted as value projections, in place."""
    if t.fused:
        values = t.roles["value"]
        codes[values] = CODE[_FUSED_2024.get(format_id, base_type(format_id))]


def tensor_types(
    t: Tensors,
    a: Architecture,
    format_id: str,
    *,
    importance_matrix: bool = False,
    rules: Rules = "b11434",
    native_experts: bool = False,
) -> Codes:
    """The type of every tensor (indices into `TYPES`) in a GGUF mixture; the arguments are those of `weights`."""
    base = base_type(format_id)
    codes = np.full(t.layer.shape, CODE[base], dtype=np.int8)
    if BLOCKS[base].elements > 1:
        _by_role(codes, t, a, format_id, importance_matrix)
        if rules == "2024":
            _fused_of_2024(codes, t, format_id)
        misfit = t.columns % BLOCK_ELEMENTS[codes] != 0
        if misfit.any():
            codes[misfit] = _FALLBACK_CODES[codes[misfit]]
            codes[t.columns % BLOCK_ELEMENTS[codes] != 0] = CODE["F16"]
    if native_experts:
        codes[t.routed] = CODE["MXFP4"]
    return np.where(t.quantized, codes, t.kept)


def types_by_name(
    architecture: Architecture, format_id: str, *, importance_matrix: bool = False
) -> dict[str, dict[str, int]]:
    """How many tensors of each name (without its layer) have each type in a GGUF mixture."""
    t = tensors(architecture)
    codes = tensor_types(t, architecture, format_id, importance_matrix=importance_matrix)
    found: dict[str, dict[str, int]] = {}
    for group, code in zip(t.group.tolist(), codes.tolist(), strict=True):
        counts = found.setdefault(t.groups[group].name, {})
        counts[TYPES[code]] = counts.get(TYPES[code], 0) + 1
    return found
