"""The tensors of a model's GGUF file: names, shapes, and what decides the type of each.

Shapes follow llama.cpp b11434 (`src/models/*`) as restated in `lib.sizing.families`. One object holds
all tensors as flat arrays, sorted by role, so that types and bytes are a handful of numpy operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from lib.architecture import Architecture
from lib.sizing.families import FAMILIES, family_of
from lib.sizing.formats import BLOCKS
from lib.sizing.groups import Group

IntArray = NDArray[np.int64]

MOST_PARAMETERS = 10**14
"""Forty times the largest model of 2026; sums of bytes stay exact below it."""

# The engine tells roles apart by parts of names, so `ffn_gate_up_exps.weight` counts as a gate here too.
ROLES = ("output", "embedding", "value", "key", "query", "attention_output", "up", "gate", "down", "other")
_PATTERNS = (
    ("attn_qkv.weight", "value"),
    ("attn_kv_b.weight", "value"),
    ("attn_v.weight", "value"),
    ("attn_k.weight", "key"),
    ("attn_q.weight", "query"),
    ("attn_output.weight", "attention_output"),
    ("ffn_up", "up"),
    ("ffn_gate", "gate"),
    ("ffn_down", "down"),
)
_TYPE_CODES = {name: code for code, name in enumerate(BLOCKS)}
# Two-dimensional weights the engine never quantizes.
_KEPT = (
    "_norm.weight",
    "ffn_gate_inp.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
)


@dataclass(frozen=True, eq=False)
class Tensors:
    """Every tensor of a model. Arrays have one entry a tensor, sorted by role, layer, name.

    `layer` is -1 for tensors outside the repeating layers. `columns` is the row length a block
    must divide. `value_count` is how many value-like projections the file has.
    """

    groups: tuple[Group, ...]
    group: IntArray
    layer: IntArray
    columns: IntArray
    elements: IntArray
    quantized: NDArray[np.bool_]
    kept: NDArray[np.int8]
    fused: bool
    stacked: NDArray[np.bool_]
    routed: NDArray[np.bool_]
    roles: dict[str, slice]
    value_count: int
    info_bytes: int
    embedding: int
    layers: int
    tied: bool


@lru_cache(maxsize=4096)
def _role_code(name: str) -> int:
    if name == "output.weight":
        return ROLES.index("output")
    if name in ("token_embd.weight", "per_layer_token_embd.weight"):
        return ROLES.index("embedding")
    return ROLES.index(next((role for pattern, role in _PATTERNS if pattern in name), "other"))


@lru_cache(maxsize=4096)
def _weight(name: str) -> bool:
    return name.endswith("weight") and not any(part in name for part in _KEPT)


def _quantizable(group: Group) -> bool:
    return group.dimensions > 1 and _weight(group.name)


def _info_bytes(group: Group) -> int:
    """Bytes of the entries of a group's tensors in the file's index: name, dimensions, type, offset."""
    fixed = 8 + 4 + 8 * group.dimensions + 4 + 8
    if not group.layers:
        return fixed + len(group.name)
    return len(group.layers) * (fixed + len(f"blk..{group.name}")) + _digits(group.layers)


@lru_cache(maxsize=4096)
def _digits(layers: tuple[int, ...]) -> int:
    """Digits of the numbers of some layers together."""
    return sum(len(str(layer)) for layer in layers)


def _facts(group: Group, place: int) -> tuple[int, ...]:
    """What all tensors of a group have in common, `place` being its place in the order of names."""
    elements = group.columns * group.rows * group.matrices
    marks = _quantizable(group), group.matrices > 1, "_exps." in group.name
    return _role_code(group.name), place, group.columns, elements, _TYPE_CODES[group.kept], *marks


def _flatten(groups: Sequence[Group], layers: int) -> Tensors:
    ordered = sorted(groups, key=lambda group: _role_code(group.name))
    names = [group.name for group in ordered]
    places = np.argsort(sorted(range(len(names)), key=names.__getitem__)).tolist()
    facts = np.array([_facts(group, place) for group, place in zip(ordered, places, strict=True)], dtype=np.int64)
    counts = [len(group.layers) or 1 for group in ordered]
    index = np.repeat(np.arange(len(ordered)), counts)
    layer = np.fromiter(chain.from_iterable(g.layers or (-1,) for g in ordered), np.int64, len(index))
    order = np.argsort((facts[index, 0] * (layers + 1) + layer + 1) * len(ordered) + facts[index, 1], kind="stable")
    index, layer = index[order], layer[order]
    role, _, columns, elements, kept, quantized, stacked, routed = np.ascontiguousarray(facts[index].T)
    bounds = np.searchsorted(role, np.arange(len(ROLES) + 1)).tolist()
    roles = {name: slice(bounds[i], bounds[i + 1]) for i, name in enumerate(ROLES)}
    return Tensors(
        groups=tuple(ordered),
        group=index,
        layer=layer,
        columns=columns,
        elements=elements,
        quantized=quantized.astype(bool),
        kept=kept.astype(np.int8),
        fused="attn_qkv.weight" in names,
        stacked=stacked.astype(bool),
        routed=routed.astype(bool),
        roles=roles,
        value_count=roles["value"].stop - roles["value"].start,
        info_bytes=sum(_info_bytes(group) for group in ordered),
        embedding=int(np.flatnonzero(index == names.index("token_embd.weight"))[0]),
        layers=layers,
        tied=not any(group.name == "output.weight" for group in ordered),
    )


@lru_cache(maxsize=1024)
def tensors(architecture: Architecture) -> Tensors:
    """All tensors of the architecture's GGUF file.

    Raises ValueError for a family whose tensors are not known, or where a shape it needs is missing.
    """
    groups = family_of(architecture).build(architecture)
    elements = sum(group.columns * group.rows * group.matrices * (len(group.layers) or 1) for group in groups)
    if elements > MOST_PARAMETERS:
        raise ValueError(f"{architecture.family}: {elements:.1e} parameters are more than any model has")
    return _flatten(groups, architecture.layers)


def known_families() -> tuple[str, ...]:
    """Families (`model_type`) whose tensors are known."""
    return tuple(sorted(FAMILIES))
