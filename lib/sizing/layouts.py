"""Bytes of tensors outside GGUF: what MLX, GPTQ, AWQ, FP8, NVFP4, bitsandbytes and ExLlama keep in how many bits.

They share one plan: the matrices of the layers take few bits with scales a group, embedding and head a fixed
number, everything else 16. From the formats' definitions: MLX keeps a 16-bit scale and offset for 64 weights and
quantizes embedding and head too; AWQ and GPTQ a 16-bit scale and a zero point for 128, GPTQ also the order of
columns; NVFP4 an 8-bit scale for 16; bitsandbytes an 8-bit maximum for 64 and a 32-bit one for 256 of those;
ExLlama reaches the average asked for in the layers and keeps the head in 6 bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.sizing.formats import Format
from lib.sizing.tensors import Tensors

HEADER_BYTES_A_TENSOR = 130
"""A safetensors file names each tensor, its type, shape and place in JSON: about this much each."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Bits a weight of the layers' matrices, the embedding and the head.

    `group` must divide a row, else the row stays in 16 bits. `column_bits` are bits for each column of a
    matrix (GPTQ's order of columns). `head_apart` means a tied head is stored as a second copy.
    """

    matrix_bits: float
    embedding_bits: float = 16
    head_bits: float = 16
    group: int = 1
    column_bits: int = 0
    head_apart: bool = False


def layout_of(chosen: Format) -> Layout:
    """The layout of a format that is not GGUF."""
    bits = chosen.nominal_bits
    match chosen.container:
        case "mlx" if bits < 16:
            return Layout(bits, embedding_bits=bits, head_bits=bits, group=64)
        case "gptq":
            return Layout(bits, group=128, column_bits=32)
        case "awq":
            return Layout(bits, group=128)
        case "nvfp4":
            return Layout(bits, group=16)
        case "bnb":
            return Layout(bits, group=64)
        case "exl2" | "exl3":
            return Layout(bits, head_bits=6, group=128, head_apart=True)
        case _:
            return Layout(bits)


def stored_bytes(t: Tensors, chosen: Format, experts_bits: float | None) -> tuple[NDArray[np.int64], int]:
    """Bytes of every tensor, and of the copy of a tied head where the format stores one.

    `experts_bits` overrides the bits of routed experts (models published with experts in MXFP4).
    """
    layout = layout_of(chosen)
    bits = np.full(t.elements.shape, 16.0)
    bits[t.quantized & (t.columns % layout.group == 0)] = layout.matrix_bits
    bits[t.roles["embedding"]] = layout.embedding_bits
    bits[t.roles["output"]] = layout.head_bits
    size = t.elements * bits
    if layout.column_bits:
        size[bits == layout.matrix_bits] += layout.column_bits * t.columns[bits == layout.matrix_bits]
    if experts_bits is not None:
        matrices = t.routed & t.quantized
        size[matrices] = t.elements[matrices] * experts_bits
    copy = t.elements[t.embedding] * layout.head_bits / 8 if t.tied and layout.head_apart else 0
    return np.ceil(size / 8).astype(np.int64), round(copy)
