"""Tokens per second while reading the prompt, and the wait for the first answer. Coarse: always shown as a range."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike

from lib.speed.calibration import Calibration
from lib.speed.decode import Numbers
from lib.speed.device import DeviceFacts, compute_tflops, group_of


def prefill_group(device: DeviceFacts) -> str:
    """Calibration group for the prompt: that of decoding, but matrix units make groups of their own.

    Apple has them in the GPU from the M5 on; NVIDIA devices without a half-precision rate are measured against single
    precision. Raises ValueError as `group_of` does, and for a processor: its compute rate is not in the catalog.
    """
    if device.is_processor:
        raise ValueError("how fast a processor reads a prompt is not calibrated")
    group = group_of(device)
    if device.vendor == "NVIDIA" and not device.fp16_tflops and group != "nvidia-pascal":
        return f"{group}-shader"
    generation = re.search(r"\bM(\d+)\b", device.name) if device.vendor == "Apple" else None
    return "apple-m5" if generation and int(generation[1]) >= 5 else group


def peak_tflops(device: DeviceFacts) -> float:
    """The rate a prompt is measured against: half precision of the matrix units, single precision without them."""
    return device.fp16_tflops if device.vendor == "NVIDIA" and device.fp16_tflops else compute_tflops(device)


def prefill_unit_tok_per_s(
    device: DeviceFacts, active_parameters: ArrayLike, experts: ArrayLike, calibration: Calibration
) -> Numbers:
    """Prompt tokens per second at a share of 1: peak rate / (2 x active parameters).

    Large NVIDIA cards are used worse, by (rate / 100 TFLOPS) to a fitted power.
    """
    peak = peak_tflops(device)
    power = np.where(np.asarray(experts, dtype=bool), calibration.prefill_size_experts, calibration.prefill_size)
    crowd = (peak / 100.0) ** power if device.vendor == "NVIDIA" else 1.0
    return np.asarray(peak * 1e12 * crowd / (2.0 * np.asarray(active_parameters, dtype=np.float64)))


def prefill_tok_per_s(
    device: DeviceFacts, active_parameters: ArrayLike, experts: ArrayLike, calibration: Calibration
) -> tuple[Numbers, Numbers, Numbers]:
    """Low end, middle and high end of the 80 % range of prompt tokens per second.

    Middle: share x peak rate / (2 x active parameters), see `prefill_unit_tok_per_s`. The model lies in this device's memory as a whole, or in
    several alike. Raises ValueError for a device without calibration or without a known rate.
    """
    group = prefill_group(device)
    if group not in calibration.prefill:
        raise ValueError(f"how fast {device.name or 'this device'} reads a prompt was not measured")
    share = calibration.prefill[group]
    mixed = np.asarray(experts, dtype=bool)
    eta = np.where(mixed, share.experts, share.dense)
    middle = eta * prefill_unit_tok_per_s(device, active_parameters, experts, calibration)
    dense, sparse = calibration.prefill_bands["dense"], calibration.prefill_bands["experts"]
    low, high = np.where(mixed, sparse.low, dense.low), np.where(mixed, sparse.high, dense.high)
    return middle * low, middle, middle * high


def first_token_seconds(prompt_tokens: ArrayLike, prefill: ArrayLike, decode: ArrayLike) -> Numbers:
    """Seconds until the first token: the prompt read at `prefill`, then one token at `decode` tokens per second."""
    prompt = np.asarray(prompt_tokens, dtype=np.float64)
    return np.asarray(prompt / np.asarray(prefill, dtype=np.float64) + 1.0 / np.asarray(decode, dtype=np.float64))
