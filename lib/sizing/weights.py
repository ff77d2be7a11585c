"""Bytes of a model's weights in a format: the whole, each layer, what experts hold, what lies outside the layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lib.architecture import Architecture
from lib.sizing.formats import BLOCKS, format_of
from lib.sizing.layouts import HEADER_BYTES_A_TENSOR, stored_bytes
from lib.sizing.metadata import metadata_bytes
from lib.sizing.mixtures import BLOCK_BYTES, BLOCK_ELEMENTS, TYPES, Rules, tensor_types
from lib.sizing.tensors import Tensors, tensors

ALIGNMENT_BYTES = 32
"""GGUF pads each tensor to this (`general.alignment`)."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Bytes of one model in one format.

    `metadata_bytes` (tokenizer mostly) is an estimate; everything else follows from the shapes.
    `input_bytes` stays on the host when llama.cpp offloads all layers. `output_bytes` is the final norm and the
    head as the device needs them: for tied embeddings that head is a second copy, not part of `tensor_bytes`.
    Outside GGUF the embedding goes to the device with the rest: `input_bytes` is 0 and `output_bytes` holds it.
    `layer_bytes` and `expert_bytes` have one entry a layer. `tensors_by_type` counts tensors.
    """

    file_bytes: int
    metadata_bytes: int
    tensor_bytes: int
    input_bytes: int
    output_bytes: int
    layer_bytes: NDArray[np.int64]
    expert_bytes: NDArray[np.int64]
    expert_share_used: float
    tensors_by_type: Mapping[str, int]


@lru_cache(maxsize=1024)
def parameters(architecture: Architecture) -> tuple[int, int]:
    """Parameters of the model: all of them, and those one token passes through.

    Text part only, without layers that predict further tokens ahead and without rotary factors.
    Raises ValueError for a family whose tensors are not known.
    """
    t = tensors(architecture)
    learned = np.array(["rope_f" not in group.name for group in t.groups])[t.group]
    total = int(t.elements[learned].sum())
    routed = int(t.elements[t.routed].sum())
    return total, total - routed + round(routed * _share_used(architecture))


def _share_used(architecture: Architecture) -> float:
    if architecture.experts is None or architecture.experts_used is None:
        return 1.0
    return architecture.experts_used / architecture.experts


@lru_cache(maxsize=16384)
def weights(
    architecture: Architecture,
    format_id: str,
    *,
    importance_matrix: bool = False,
    rules: Rules = "b11434",
    native_experts: bool = False,
) -> Weights:
    """Bytes of the architecture's weights in a format.

    `importance_matrix` says whether a GGUF was made with one (a few mixtures then differ); `rules="2024"` gives
    fused query-key-value projections the types files of 2024 and early 2025 have (Phi-3, Phi-4);
    `native_experts` keeps routed experts in MXFP4, as gpt-oss was published.
    Raises ValueError for a family or a format it cannot place.
    """
    chosen = format_of(format_id)
    t = tensors(architecture)
    if chosen.container != "gguf":
        experts_bits = 8 * BLOCKS["MXFP4"].bytes / BLOCKS["MXFP4"].elements if native_experts else None
        size, copy = stored_bytes(t, chosen, experts_bits)
        return _outside_gguf(architecture, t, size, copy, format_id)
    codes = tensor_types(
        t, architecture, format_id, importance_matrix=importance_matrix, rules=rules, native_experts=native_experts
    )
    size = t.elements // BLOCK_ELEMENTS[codes] * BLOCK_BYTES[codes]
    size = (size + (ALIGNMENT_BYTES - 1)) & -ALIGNMENT_BYTES
    layers, experts = _by_layer(t, size)
    tensor_bytes, metadata = int(size.sum()), metadata_bytes(architecture, t.info_bytes)
    input_bytes = int(size[t.roles["embedding"]].sum())
    head_copy = int(size[t.embedding]) if t.tied else 0
    counts = np.bincount(codes, minlength=len(TYPES)).tolist()
    return Weights(
        file_bytes=tensor_bytes + metadata,
        metadata_bytes=metadata,
        tensor_bytes=tensor_bytes,
        input_bytes=input_bytes,
        output_bytes=int(layers[0]) - input_bytes + head_copy,
        layer_bytes=layers[1:],
        expert_bytes=experts[1:],
        expert_share_used=_share_used(architecture),
        tensors_by_type=MappingProxyType({TYPES[code]: count for code, count in enumerate(counts) if count}),
    )


def _by_layer(t: Tensors, size: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bytes of what lies outside the layers, then of each layer: all tensors, and routed experts alone."""
    whole = np.bincount(t.layer + 1, weights=size, minlength=t.layers + 1).astype(np.int64)
    if not t.routed.any():
        return whole, np.zeros_like(whole)
    return whole, np.bincount(t.layer + 1, weights=size * t.routed, minlength=t.layers + 1).astype(np.int64)


def _outside_gguf(a: Architecture, t: Tensors, size: NDArray[np.int64], copy: int, format_id: str) -> Weights:
    layers, experts = _by_layer(t, size)
    tensor_bytes, metadata = int(size.sum()) + copy, HEADER_BYTES_A_TENSOR * len(size)
    return Weights(
        file_bytes=tensor_bytes + metadata,
        metadata_bytes=metadata,
        tensor_bytes=tensor_bytes,
        input_bytes=0,
        output_bytes=int(layers[0]) + copy,
        layer_bytes=layers[1:],
        expert_bytes=experts[1:],
        expert_share_used=_share_used(a),
        tensors_by_type=MappingProxyType({format_id: int(t.quantized.sum()), "16 bit": int((~t.quantized).sum())}),
    )
