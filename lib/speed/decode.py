"""Tokens per second while generating: the time one token takes, added up over the memories it reads.

    time = sum over memories of  (weights + kv_factor x keys and values) / (efficiency x bandwidth)
                               + layers x fixed cost
                               + compute x 2 x active parameters / rate  +  attention x operations / rate
           + handing over between cards and to system RAM

Each constant is fitted to measurements (`benchmarks/fit_speed.py`); its error is in the calibration file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.speed.calibration import Calibration, Runtime
from lib.speed.device import DeviceFacts, bandwidth_gb_per_s, compute_tflops, group_of, on_vulkan, vendor_of

Numbers = NDArray[np.float64]
REFERENCE_CLOCK_MHZ = 1800.0
LOW_BITS_PER_WEIGHT = 3.75
"""Below this, unpacking the weights costs more than reading them (Q3_K_S has 3.5, Q4_0 and IQ4_XS more than 4)."""
_LLAMA = Runtime(layer=1.0, expert_layer=1.0)


@dataclass(frozen=True)
class PoolRead:
    """What one token reads from one memory, and how many layers are computed beside it.

    `weight_bytes` are active bytes: of a layer with experts only those a token passes through. The other numbers
    are counts of layers and operations; `lib.speed.work.pool_read` makes all of them from an architecture.
    Numbers or arrays of one shape.
    """

    device: DeviceFacts
    weight_bytes: ArrayLike
    layers: ArrayLike
    """Layers whose attention is computed here."""
    kv_bytes: ArrayLike = 0.0
    expert_layers: ArrayLike = 0.0
    """Layers whose experts lie here."""
    linear_layers: ArrayLike = 0.0
    """Layers with a state space."""
    delta_layers: ArrayLike = 0.0
    """Layers of linear attention (the gated delta rule)."""
    attention_flops: ArrayLike = 0.0
    routed_bytes: ArrayLike = 0.0
    """Of `weight_bytes`, those of experts the token was routed to; only several conversations at once need them."""


@dataclass(frozen=True)
class Costs:
    """What things cost on a device, in seconds per byte, per layer and per operation. Numbers or arrays."""

    byte: float | Numbers
    low_bits_byte: float | Numbers
    kv_byte: float | Numbers
    layer: float | Numbers
    expert_layer: float | Numbers
    """Fixed cost of a layer with experts."""
    linear: float | Numbers
    delta: float | Numbers
    extra_norms: float | Numbers
    flop: float | Numbers
    low_bits_flop: float | Numbers
    attention_flop: float | Numbers


def costs(
    device: DeviceFacts,
    calibration: Calibration,
    *,
    runtime: str = "llama.cpp",
    backend: str | None = None,
    build_date: str | None = None,
) -> Costs:
    """What a byte, a layer and an operation cost on a device. `build_date` as `2024-05`; `None` is a current build.

    A runtime that is not calibrated costs what llama.cpp costs; `lib.speed.bands` widens the range then. Raises
    ValueError where the device's bandwidth is unknown and for vendors nothing is calibrated for.
    """
    group = group_of(device)
    if device.is_processor:
        p = calibration.processor
        stated = bandwidth_gb_per_s(device)
        if device.kind in ("phone", "sbc"):
            reached = (p.phone_reach if device.kind == "phone" else p.board_reach) * stated
        elif device.measured_bandwidth_gb_per_s:
            reached = p.reach_of_measured * device.measured_bandwidth_gb_per_s
        else:
            reached = stated * min(1.0, p.reach_at_100_gb_per_s * (stated / 100.0) ** p.reach_exponent)
        byte, layer = 1e-9 / reached, p.layer_us * 1e-6
        return Costs(byte, byte / p.low_bits, p.kv_factor * byte, layer, layer, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    g, v = calibration.groups[group], calibration.vendors[vendor_of(group)]
    r = calibration.runtimes.get(runtime, _LLAMA)
    layer, attention = g.layer_us * 1e-6, v.attention
    if device.vendor == "NVIDIA" and device.boost_clock_mhz:
        layer *= REFERENCE_CLOCK_MHZ / device.boost_clock_mhz
    if on_vulkan(backend):
        layer *= g.vulkan_layer
        attention *= v.vulkan_attention
    if r is _LLAMA and build_date is not None and build_date < v.old_before:
        layer *= v.old_build
    delta = v.delta_layer
    if r is _LLAMA and build_date is not None and build_date < calibration.delta_old_before:
        delta *= calibration.delta_old_build
    experts = v.expert_layer * r.expert_layer
    if r is _LLAMA and build_date is not None and build_date < calibration.expert_old_before:
        experts *= calibration.expert_old_build
    byte = 1e-9 / (g.efficiency * bandwidth_gb_per_s(device))
    operation = 1e-12 / compute_tflops(device)
    return Costs(
        byte=byte,
        low_bits_byte=byte,
        kv_byte=calibration.kv_factor * byte,
        layer=layer * r.layer,
        expert_layer=layer * experts,
        linear=calibration.linear_layer,
        delta=delta,
        extra_norms=v.extra_norms,
        flop=g.compute * operation,
        low_bits_flop=g.compute * calibration.low_bits_compute * operation,
        attention_flop=attention * operation,
    )


def reading_seconds(c: Costs, read: PoolRead, parameters: ArrayLike, low_bits: ArrayLike) -> Numbers:
    """Seconds of one token that grow with bytes and operations. `parameters` are the active ones of this memory."""
    kv, attended = (np.asarray(n, dtype=np.float64) for n in (read.kv_bytes, read.attention_flops))
    seconds = np.asarray(read.weight_bytes, dtype=np.float64) * np.where(low_bits, c.low_bits_byte, c.byte)
    if kv.any():  # an empty conversation reads none
        seconds = seconds + kv * c.kv_byte
    seconds = seconds + 2.0 * np.asarray(parameters, dtype=np.float64) * np.where(low_bits, c.low_bits_flop, c.flop)
    return np.asarray(seconds + attended * c.attention_flop if attended.any() else seconds)


def fixed_seconds(c: Costs, read: PoolRead, extra_norms: ArrayLike) -> Numbers:
    """Seconds of one token that every layer costs whatever its size."""
    layers = np.asarray(read.layers, dtype=np.float64)
    experts = np.minimum(np.asarray(read.expert_layers, dtype=np.float64), layers)
    linear, delta = (np.asarray(n, dtype=np.float64) for n in (read.linear_layers, read.delta_layers))
    # Each peculiarity of a layer is work of its own, which costs the same whatever else the layer does.
    plain = layers * np.where(extra_norms, c.extra_norms, 1.0)
    for special, cost in ((linear, c.linear), (delta, c.delta)):
        plain = plain + special * (cost - 1.0) if special.any() else plain
    return np.asarray(plain * c.layer + experts * (c.expert_layer - c.layer))


def decode_seconds(
    reads: Sequence[PoolRead],
    *,
    calibration: Calibration,
    active_parameters: ArrayLike,
    extra_norms: ArrayLike = False,
    runtime: str = "llama.cpp",
    backend: str | None = None,
    build_date: str | None = None,
    split: Literal["layer", "tensor"] = "layer",
    low_bits: ArrayLike | None = None,
    each: Sequence[Costs] | None = None,
) -> Numbers:
    """Seconds one generated token takes in one conversation.

    `reads` has one entry for each card, chip or RAM that holds part of the model. With `split="layer"` the memories
    are read one after the other; with `"tensor"` the GPUs read together and add up after every layer. `low_bits` says
    whether weights have fewer than `LOW_BITS_PER_WEIGHT`, where that is known better than from the bytes. `each` has what
    things cost at each read, as arrays where that differs between rows: then of the reads' devices only `is_processor` counts.
    Raises ValueError without reads, without bytes to read, or for a device whose facts or calibration are missing.
    """
    if not reads:
        raise ValueError("a token reads at least one memory")
    total = np.sum([np.broadcast_arrays(np.asarray(r.weight_bytes, dtype=np.float64), 0.0)[0] for r in reads], axis=0)
    parameters = np.asarray(active_parameters, dtype=np.float64)
    if np.any(total <= 0) or np.any(parameters <= 0):
        raise ValueError("weight bytes and active parameters are positive")
    if low_bits is None:
        low_bits = total * 8.0 / parameters < LOW_BITS_PER_WEIGHT
    if each is None:
        each = [costs(r.device, calibration, runtime=runtime, backend=backend, build_date=build_date) for r in reads]
    together, after, fixed = np.zeros_like(total), np.zeros_like(total), np.zeros_like(total)
    gpus = [r for r in reads if not r.device.is_processor]
    for read, c in zip(reads, each, strict=True):
        share = np.asarray(read.weight_bytes, dtype=np.float64) / total
        seconds = reading_seconds(c, read, parameters * share, low_bits)
        if split == "tensor" and not read.device.is_processor:
            together = np.maximum(together, seconds)
        else:
            after = after + seconds
        fixed = fixed + fixed_seconds(c, read, extra_norms)
        if read.device.is_processor and gpus:
            elsewhere = np.asarray(read.expert_layers, dtype=np.float64) - np.asarray(read.layers, dtype=np.float64)
            fixed = fixed + np.maximum(elsewhere, 0.0) * calibration.offload_layer_us * 1e-6
    used = np.sum([np.asarray(r.weight_bytes, dtype=np.float64) > 0 for r in gpus], axis=0) if gpus else 0
    if split == "tensor" and len(gpus) > 1:
        layers = np.sum([np.asarray(r.layers, dtype=np.float64) for r in gpus], axis=0)
        fixed = fixed + layers * calibration.tensor_parallel_layer_us * 1e-6
    else:
        fixed = fixed + np.maximum(np.asarray(used) - 1.0, 0.0) * calibration.card_ms * 1e-3
    return np.asarray(together + after + fixed)


def decode_tok_per_s(
    reads: Sequence[PoolRead],
    *,
    calibration: Calibration,
    active_parameters: ArrayLike,
    extra_norms: ArrayLike = False,
    runtime: str = "llama.cpp",
    backend: str | None = None,
    build_date: str | None = None,
    split: Literal["layer", "tensor"] = "layer",
) -> Numbers:
    """Tokens per second of one conversation: 1 / `decode_seconds`, which see."""
    return np.asarray(
        1.0
        / decode_seconds(
            reads,
            calibration=calibration,
            active_parameters=active_parameters,
            extra_norms=extra_norms,
            runtime=runtime,
            backend=backend,
            build_date=build_date,
            split=split,
        )
    )
