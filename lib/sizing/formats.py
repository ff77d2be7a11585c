"""Formats a model's weights are published in, and the storage blocks they are made of.

A block is the smallest unit a type is stored in: `elements` weights in `bytes` bytes, scales
included. Sizes: the `gguf` Python package 0.19.0 (MIT), `GGML_QUANT_SIZES`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

Container = Literal["gguf", "mlx", "awq", "gptq", "fp8", "nvfp4", "bnb", "exl2", "exl3", "safetensors"]


class Block(NamedTuple):
    """The storage unit of a tensor type: how many weights it holds and how many bytes it takes."""

    elements: int
    bytes: int


BLOCKS: Mapping[str, Block] = MappingProxyType(
    {
        "F32": Block(1, 4),
        "F16": Block(1, 2),
        "BF16": Block(1, 2),
        "Q8_0": Block(32, 34),
        "Q4_0": Block(32, 18),
        "Q4_1": Block(32, 20),
        "Q5_0": Block(32, 22),
        "Q5_1": Block(32, 24),
        "Q2_K": Block(256, 84),
        "Q3_K": Block(256, 110),
        "Q4_K": Block(256, 144),
        "Q5_K": Block(256, 176),
        "Q6_K": Block(256, 210),
        "IQ1_S": Block(256, 50),
        "IQ1_M": Block(256, 56),
        "IQ2_XXS": Block(256, 66),
        "IQ2_XS": Block(256, 74),
        "IQ2_S": Block(256, 82),
        "IQ3_XXS": Block(256, 98),
        "IQ3_S": Block(256, 110),
        "IQ4_NL": Block(32, 18),
        "IQ4_XS": Block(256, 136),
        "TQ1_0": Block(256, 54),
        "TQ2_0": Block(256, 66),
        "MXFP4": Block(32, 17),
        "NVFP4": Block(64, 36),
    }
)
"""Tensor types of a GGUF file."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way a model's weights can be had; `nominal_bits` are bits a weight, for ordering and labels.

    For GGUF mixtures that is the average over all weights of Llama 3.1 8B by `lib.sizing.weights`
    (other models differ, small ones by a lot); for the others, and for MXFP4_MOE, the bits of the matrices
    the format is about, scales included.
    """

    id: str
    container: Container
    nominal_bits: float


_GGUF = {
    "F32": 32.0,
    "F16": 16.0,
    "BF16": 16.0,
    "Q8_0": 8.5,
    "Q6_K": 6.56,
    "Q5_K_M": 5.7,
    "Q5_K_S": 5.57,
    "Q5_1": 6.04,
    "Q5_0": 5.57,
    "Q4_K_M": 4.89,
    "Q4_K_S": 4.67,
    "Q4_1": 5.1,
    "Q4_0": 4.64,
    "IQ4_NL": 4.68,
    "IQ4_XS": 4.46,
    "Q3_K_L": 4.3,
    "Q3_K_M": 4.0,
    "Q3_K_S": 3.64,
    "IQ3_M": 3.76,
    "IQ3_S": 3.66,
    "IQ3_XS": 3.5,
    "IQ3_XXS": 3.37,
    "Q2_K": 3.16,
    "Q2_K_S": 2.97,
    "IQ2_M": 2.93,
    "IQ2_S": 2.74,
    "IQ2_XS": 2.59,
    "IQ2_XXS": 2.38,
    "IQ1_M": 2.15,
    "IQ1_S": 2.0,
    "TQ2_0": 2.52,
    "TQ1_0": 2.19,
    "MXFP4_MOE": 4.25,
}
_OTHERS: tuple[tuple[str, Container, float], ...] = (
    ("BF16-safetensors", "safetensors", 16.0),
    ("F16-safetensors", "safetensors", 16.0),
    ("MLX-bf16", "mlx", 16.0),
    ("MLX-8bit", "mlx", 8.5),
    ("MLX-6bit", "mlx", 6.5),
    ("MLX-5bit", "mlx", 5.5),
    ("MLX-4bit", "mlx", 4.5),
    ("MLX-3bit", "mlx", 3.5),
    ("AWQ-int4", "awq", 4 + (16 + 4) / 128),
    ("GPTQ-int4", "gptq", 4 + (16 + 4) / 128),
    ("GPTQ-int8", "gptq", 8 + (16 + 8) / 128),
    ("FP8", "fp8", 8.0),
    ("NVFP4", "nvfp4", 4.5),
    ("BNB-nf4", "bnb", 4 + 8 / 64 + 32 / (64 * 256)),
)
_EXL_BITS = (2.0, 2.25, 2.5, 3.0, 3.5, 4.0, 4.25, 5.0, 6.0, 8.0)

FORMATS: Mapping[str, Format] = MappingProxyType(
    {name: Format(name, "gguf", bits) for name, bits in _GGUF.items()}
    | {name: Format(name, container, bits) for name, container, bits in _OTHERS}
    | {f"EXL3-{bits}bpw": Format(f"EXL3-{bits}bpw", "exl3", bits) for bits in _EXL_BITS}
    | {f"EXL2-{bits}bpw": Format(f"EXL2-{bits}bpw", "exl2", bits) for bits in _EXL_BITS}
)
"""Everything a visitor can choose, by id."""


def format_of(format_id: str) -> Format:
    """The format with this id; `EXL2-` and `EXL3-` take any target from 1.5 to 8 bits (`EXL3-3.75bpw`).

    Raises ValueError for an id nobody publishes.
    """
    if known := FORMATS.get(format_id):
        return known
    if target := re.fullmatch(r"EXL([23])-([1-8](?:\.\d{1,2})?)bpw", format_id):
        bits = float(target[2])
        if 1.5 <= bits <= 8:
            return Format(format_id, "exl2" if target[1] == "2" else "exl3", bits)
    raise ValueError(f"unknown quantization {format_id!r}")


def row_bytes(tensor_type: str, elements: int) -> int:
    """Bytes of a row of `elements` weights stored as `tensor_type`.

    Raises ValueError for an unknown type and for a row that is not a whole number of blocks.
    """
    block = BLOCKS.get(tensor_type)
    if block is None:
        raise ValueError(f"unknown tensor type {tensor_type!r}")
    if elements < 0 or elements % block.elements:
        raise ValueError(f"a row of {elements} is not a whole number of {tensor_type} blocks of {block.elements}")
    return elements // block.elements * block.bytes


def mlx_like(format_id: str) -> str | None:
    """The MLX format nearest a GGUF mixture: as many bits as its name says; None where MLX has none, or for another kind of file."""
    kind = format_of(format_id)
    if kind.container != "gguf":
        return None
    if kind.nominal_bits >= 16:
        return "MLX-bf16"
    bits = re.match(r"(?:I?Q|MXFP)(\d)", format_id)
    found = f"MLX-{bits[1]}bit" if bits else ""
    return found if found in FORMATS else None
