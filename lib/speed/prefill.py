"""Tokens per second while reading the prompt, and the wait for the first answer. Coarse: always shown as a range.

    seconds a token = 2 x parameters / (share x rate)  +  2 x routed parameters / (share x rate x filling)
                      + (weights / bandwidth  +  layers x fixed cost  +  weights in RAM / host rate) / micro-batch
                      + attention operations / (attention share x rate)

A micro-batch of tokens reads all weights once. Its tokens spread over the experts, so that each expert computes few at
a time: filling = m / (m + half), m = micro-batch x experts used / experts. Constants are fitted by
`benchmarks/fit_speed.py`; their error is in the calibration file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lib.architecture import Architecture
from lib.speed.bands import WIDENING
from lib.speed.calibration import Calibration, Prompt
from lib.speed.decode import Numbers
from lib.speed.device import DeviceFacts, assumptions, bandwidth_gb_per_s, group_of, matrix_tflops, on_vulkan, vendor_of
from lib.speed.work import layer_work

MICRO_BATCH = 512
"""Tokens llama.cpp computes at once (`--ubatch-size`)."""
USUAL_ROUTED, USUAL_EXPERT_SHARE = 0.6, 1 / 16
"""Of the active parameters of a model with experts, and experts used of all: taken where the shapes are not given."""


@dataclass(frozen=True, eq=False)
class PromptWork:
    """What reading a prompt takes: `prompt_work` makes it from an architecture. Numbers or arrays of one shape."""

    shared_parameters: ArrayLike
    """Parameters every token passes through, without embedding and output head (only the last token needs that)."""
    routed_parameters: ArrayLike = 0.0
    """Parameters of the experts one token is routed to."""
    expert_share: ArrayLike = 1.0
    """Experts used / experts; 1 without experts."""
    weight_bytes: ArrayLike = 0.0
    """All weights, every expert included: read once for each micro-batch."""
    layers: ArrayLike = 0.0
    expert_layers: ArrayLike = 0.0
    attention_flops: ArrayLike = 0.0
    """Operations of one token of the prompt attending to those before it, on average."""
    host_bytes: ArrayLike = 0.0
    """Weights of those that lie in system RAM beside a card, which has to fetch them for each micro-batch."""


def prompt_work(
    architecture: Architecture,
    *,
    total_parameters: float,
    active_parameters: float,
    weight_bytes: float,
    prompt_tokens: float = 512.0,
    tokens_before: float = 0.0,
    host_bytes: float = 0.0,
) -> PromptWork:
    """What reading `prompt_tokens` after `tokens_before` others takes in one architecture.

    Routed parameters follow from total and active ones (`shared_and_routed`). Raises ValueError for parameters that are
    not positive.
    """
    if total_parameters <= 0 or active_parameters <= 0 or prompt_tokens < 1:
        raise ValueError("parameters are positive and a prompt has at least one token")
    a = architecture
    share, outside = prompt_shape(a)
    shared, routed = shared_and_routed(total_parameters, active_parameters, share, outside)
    work = layer_work(a, tokens_before + prompt_tokens / 2.0)
    return PromptWork(
        shared_parameters=float(shared),
        routed_parameters=float(routed),
        expert_share=share,
        weight_bytes=weight_bytes,
        layers=float(a.layers),
        expert_layers=float(work.experts.sum()),
        attention_flops=float(work.attention_flops.sum()),
        host_bytes=host_bytes,
    )


def prompt_shape(a: Architecture) -> tuple[float, float]:
    """Experts used / experts (1 without), and parameters of embedding and output head, of an architecture."""
    share = a.experts_used / a.experts if a.experts and a.experts_used else 1.0
    return share, float(a.vocabulary_size * a.hidden_size * (1 if a.tied_embeddings else 2))


def shared_and_routed(
    total_parameters: ArrayLike, active_parameters: ArrayLike, expert_share: ArrayLike, outside: ArrayLike
) -> tuple[Numbers, Numbers]:
    """Parameters every token passes through, without those `outside` the layers, and those of the experts it is routed to.

    Total - active = all experts - those used. Numbers or arrays of one shape.
    """
    total, active = np.asarray(total_parameters, dtype=np.float64), np.asarray(active_parameters, dtype=np.float64)
    share, apart = np.asarray(expert_share, dtype=np.float64), np.asarray(outside, dtype=np.float64)
    unused = np.where(share < 1.0, 1.0 / share - 1.0, np.inf)
    routed = np.maximum(total - active, 0.0) / unused
    return np.maximum(active - routed - apart, 0.05 * active), np.minimum(routed, active)


def prompt_works(works: Sequence[PromptWork]) -> PromptWork:
    """The work of several models as arrays, one entry each."""
    return PromptWork(
        **{f.name: np.array([getattr(w, f.name) for w in works], dtype=np.float64) for f in fields(PromptWork)}
    )


def usual_work(active_parameters: ArrayLike, experts: ArrayLike) -> PromptWork:
    """The work where only the active parameters are known: what is usual for a model with or without experts."""
    active, mixed = np.asarray(active_parameters, dtype=np.float64), np.asarray(experts, dtype=bool)
    routed = np.where(mixed, USUAL_ROUTED * active, 0.0)
    return PromptWork(active - routed, routed, np.where(mixed, USUAL_EXPERT_SHARE, 1.0))


@dataclass(frozen=True, eq=False)
class PromptCosts:
    """What the prompt costs on a device: rates in operations a second, bytes a second, seconds. Numbers or arrays."""

    rate: float | Numbers
    half_precision_rate: float | Numbers
    attention_rate: float | Numbers
    half_batch: float | Numbers
    byte: float | Numbers
    host_byte: float | Numbers
    layer: float | Numbers


def prompt_costs(
    device: DeviceFacts,
    prompt: Prompt,
    *,
    runtime: str = "llama.cpp",
    backend: str | None = None,
    build_date: str | None = None,
) -> PromptCosts:
    """What a parameter, a byte and a layer cost while reading. `build_date` as `2024-05`; `None` is a current build.

    Raises ValueError for a processor, whose compute rate is not in the catalog, for a group nothing was measured on
    and where the device's rate is unknown.
    """
    if device.is_processor:
        raise ValueError("how fast a processor reads a prompt is not calibrated")
    group = group_of(device)
    vendor = prompt.vendors[vendor_of(group)]
    if group not in prompt.groups:
        raise ValueError(f"how fast {device.name or 'this device'} reads a prompt was not measured")
    rate = matrix_tflops(device) * 1e12
    if device.vendor == "NVIDIA":
        rate *= (rate / 1e14) ** prompt.size
    share = prompt.groups[group].share * prompt.runtimes.get(runtime, 1.0)
    half = vendor.half_precision
    if on_vulkan(backend):
        share *= prompt.groups[group].vulkan
        half *= vendor.vulkan_half
    half_batch, attention = vendor.half_batch, vendor.attention
    if build_date is not None and build_date < vendor.old_before:
        share *= vendor.old_build
        half_batch *= vendor.old_half_batch
        attention *= vendor.old_attention
    return PromptCosts(
        rate=share * rate,
        half_precision_rate=share * rate * half,
        attention_rate=attention * rate,
        half_batch=half_batch,
        byte=prompt.reading * 1e-9 / bandwidth_gb_per_s(device),
        host_byte=1e-9 / prompt.host_gb_per_s,
        layer=vendor.layer_us * 1e-6,
    )


def prompt_seconds(
    c: PromptCosts, work: PromptWork, *, prompt_tokens: ArrayLike, micro_batch: ArrayLike, half_precision: ArrayLike
) -> Numbers:
    """Seconds for each token of the prompt, by the formula above. Numbers or arrays of one shape."""
    batch = np.minimum(np.asarray(prompt_tokens, dtype=np.float64), np.asarray(micro_batch, dtype=np.float64))
    rate = np.where(half_precision, c.half_precision_rate, c.rate)
    each = batch * np.asarray(work.expert_share, dtype=np.float64)
    filling = each / (each + c.half_batch)
    shared, routed = (np.asarray(p, dtype=np.float64) for p in (work.shared_parameters, work.routed_parameters))
    layers = np.asarray(work.layers, dtype=np.float64) + np.asarray(work.expert_layers, dtype=np.float64)
    once = np.asarray(work.weight_bytes, dtype=np.float64) * c.byte + layers * c.layer
    once = once + np.asarray(work.host_bytes, dtype=np.float64) * c.host_byte
    attention = np.asarray(work.attention_flops, dtype=np.float64) / c.attention_rate
    return np.asarray(2.0 * (shared + routed / filling) / rate + once / batch + attention)


def pipeline_gain(
    prompt: Prompt, cards: ArrayLike, prompt_tokens: ArrayLike, micro_batch: ArrayLike = MICRO_BATCH
) -> Numbers:
    """How much quicker a prompt is read by cards that hold layers one after the other.

    With b micro-batches n cards could be n x b / (b + n - 1) times as quick; a fitted share of that is gained.
    """
    n = np.asarray(cards, dtype=np.float64)
    batches = np.ceil(np.asarray(prompt_tokens, dtype=np.float64) / np.asarray(micro_batch, dtype=np.float64))
    return np.asarray(1.0 + prompt.pipeline * (n * batches / (batches + n - 1.0) - 1.0))


def prefill_tok_per_s(
    device: DeviceFacts,
    active_parameters: ArrayLike,
    experts: ArrayLike,
    calibration: Calibration,
    *,
    work: PromptWork | None = None,
    prompt_tokens: ArrayLike = 512,
    runtime: str = "llama.cpp",
    backend: str | None = None,
    build_date: str | None = None,
    micro_batch: ArrayLike = MICRO_BATCH,
    half_precision: ArrayLike = False,
    split: Literal["layer", "tensor"] = "layer",
    cards: int = 1,
) -> tuple[Numbers, Numbers, Numbers]:
    """Low end, middle and high end of the 80 % range of prompt tokens per second.

    `work` says what the prompt takes; without it the usual is assumed from `active_parameters` and `experts`, and the
    range is wider, as it is for a runtime or a device that was hardly measured. `half_precision` marks weights of 16
    bits. `cards` alike share the work: all of it with `split="tensor"`, otherwise as `pipeline_gain` says.
    Raises ValueError for a device without calibration or without a known rate.
    """
    if calibration.prompt is None:
        raise ValueError("prompts are not calibrated")
    done = usual_work(active_parameters, experts) if work is None else work
    c = prompt_costs(device, calibration.prompt, runtime=runtime, backend=backend, build_date=build_date)
    return prompt_range(
        c, done, experts, calibration, prompt_tokens=prompt_tokens, micro_batch=micro_batch, half_precision=half_precision,
        split=split, cards=cards, doubted=len(prompt_doubts(device, calibration, runtime=runtime)) + (work is None),
    )  # fmt: skip


def prompt_range(
    c: PromptCosts,
    work: PromptWork,
    experts: ArrayLike,
    calibration: Calibration,
    *,
    prompt_tokens: ArrayLike,
    micro_batch: ArrayLike = MICRO_BATCH,
    half_precision: ArrayLike = False,
    split: Literal["layer", "tensor"] = "layer",
    cards: ArrayLike = 1,
    doubted: ArrayLike = 0,
) -> tuple[Numbers, Numbers, Numbers]:
    """What `prefill_tok_per_s` gives, from what the prompt takes and what that costs; numbers or arrays of one shape.

    `doubted` says how many reasons there are for a wider range. Raises ValueError where prompts are not calibrated.
    """
    if calibration.prompt is None:
        raise ValueError("prompts are not calibrated")
    seconds = prompt_seconds(
        c, work, prompt_tokens=prompt_tokens, micro_batch=micro_batch, half_precision=half_precision
    )
    number = np.asarray(cards, dtype=np.float64)
    gain = number if split == "tensor" else pipeline_gain(calibration.prompt, number, prompt_tokens, micro_batch)
    middle = np.asarray(gain / seconds)
    mixed = np.asarray(experts, dtype=bool)
    dense, sparse = calibration.prefill_bands["dense"], calibration.prefill_bands["experts"]
    low, high = np.where(mixed, sparse.low, dense.low), np.where(mixed, sparse.high, dense.high)
    away = np.asarray(work.host_bytes, dtype=np.float64) > 0
    if "offload" in calibration.prefill_bands:
        band = calibration.prefill_bands["offload"]
        low, high = np.where(away, band.low, low), np.where(away, band.high, high)
    several = (split == "tensor") & (number > 1)
    widening = WIDENING ** np.minimum(np.asarray(doubted) + several, 2)
    return middle * low**widening, middle, middle * high**widening


def prompt_doubts(device: DeviceFacts, calibration: Calibration, *, runtime: str = "llama.cpp") -> tuple[str, ...]:
    """Why the range of a prompt's speed is wider than usual, in words."""
    found = list(assumptions(device))
    if calibration.prompt is not None:
        if runtime != "llama.cpp" and runtime not in calibration.prompt.runtimes:
            found.append(f"prompts were not measured with {runtime}: taken as quick as llama.cpp")
        group = calibration.prompt.groups.get(group_of(device))
        if group is not None and group.rows == 0:
            found.append("prompts were not measured on such devices: taken as on others of their maker")
    return tuple(found)


def first_token_seconds(prompt_tokens: ArrayLike, prefill: ArrayLike, decode: ArrayLike) -> Numbers:
    """Seconds until the first token: the prompt read at `prefill`, then one token at `decode` tokens per second."""
    prompt = np.asarray(prompt_tokens, dtype=np.float64)
    return np.asarray(prompt / np.asarray(prefill, dtype=np.float64) + 1.0 / np.asarray(decode, dtype=np.float64))
