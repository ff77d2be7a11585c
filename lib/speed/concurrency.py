"""Several conversations at once: what all get together and each gets alone, and where more stop helping.

One step gives every conversation a token. The weights are read once for all of them, each conversation's keys and
values for itself, and the operations add up. A model with experts reads more of them the more conversations there
are, since each picks its own:

    step(N) = weights(N) / bandwidth + layers x fixed cost + N x keys and values / bandwidth
              + (N - 1) x (2 x active parameters / (share x rate) + fixed cost)
    weights(N) = shared + routed x (1 + spread x (touched(N) / touched(1) - 1)),  touched(N) = 1 - (1 - used/experts)^N

Engines of the llama.cpp kind compute few conversations one vector at a time and many as a matrix that is padded;
the cheaper of the two counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.speed.calibration import Calibration, Engine
from lib.speed.decode import LOW_BITS_PER_WEIGHT, Numbers, PoolRead, decode_seconds
from lib.speed.device import DeviceFacts, compute_tflops, matrix_tflops

MEASURED_ENGINES = ("llama.cpp", "vllm", "tensorrt-llm")
UNMEASURED_WIDENING = 2.0
"""The logarithm of the range is this much wider for runtimes whose concurrent speeds nobody published."""


@dataclass(frozen=True, eq=False)
class Concurrent:
    """Speeds of N conversations at once; arrays of the shape the inputs make together."""

    total_tok_per_s: Numbers
    low: Numbers
    high: Numbers
    """80 % range of the total."""
    per_user_tok_per_s: Numbers
    step_seconds: Numbers
    once_seconds: Numbers
    """Of the step, what is done once for all: reading weights, fixed costs."""
    bandwidth_bound: NDArray[np.bool_]
    """Whether what is done once still takes longer than what each conversation adds. Where it is not, half of the
    most this machine can ever give in total is reached."""
    note: str = ""
    """Why the range is wider than usual, if it is."""


def experts_touched(users: ArrayLike, expert_share: ArrayLike) -> Numbers:
    """Share of the routed experts that N tokens pass through between them, each picking its own evenly.

    1 - (1 - used / experts)^N. Raises ValueError for fewer than one user or a share outside 0 to 1.
    """
    n, share = np.asarray(users, dtype=np.float64), np.asarray(expert_share, dtype=np.float64)
    if np.any(n < 1) or np.any(share <= 0) or np.any(share > 1):
        raise ValueError("at least one user, and some of the experts are used")
    return np.asarray(1.0 - (1.0 - share) ** n)


def most_users(free_bytes: ArrayLike, kv_bytes_per_user: ArrayLike) -> NDArray[np.int64]:
    """How many conversations' keys and values fit into the memory that is left beside the weights.

    Raises ValueError for conversations that take no memory.
    """
    each = np.asarray(kv_bytes_per_user, dtype=np.float64)
    if np.any(each <= 0):
        raise ValueError("a conversation takes some memory")
    return np.asarray(np.maximum(np.floor(np.asarray(free_bytes, dtype=np.float64) / each), 0)).astype(np.int64)


def engine_of(device: DeviceFacts, runtime: str) -> tuple[str, str]:
    """Which measured engine a device and runtime are taken as, and why that is an assumption (or nothing).

    Raises ValueError for a processor.
    """
    if device.is_processor:
        raise ValueError("several conversations at once on a processor are not calibrated")
    apple = device.vendor == "Apple"
    name = "apple" if apple else runtime if runtime in ("vllm", "tensorrt-llm") else "llama.cpp"
    if runtime not in MEASURED_ENGINES:
        return name, f"conversations at once were not measured with {runtime}: taken as with llama.cpp"
    if device.vendor not in ("Apple", "NVIDIA"):
        return name, f"conversations at once were not measured on {device.vendor}: taken as on NVIDIA"
    return name, ""


def rate_flops(device: DeviceFacts) -> float:
    """Operations a second the shares of an engine refer to: the matrix units', or single precision where unknown."""
    try:
        return matrix_tflops(device) * 1e12
    except ValueError:
        return compute_tflops(device) * 1e12


def added_seconds(e: Engine, users: ArrayLike, flops: ArrayLike, rate: ArrayLike) -> Numbers:
    """Seconds of computing that the conversations after the first add to a step.

    `flops` are the operations of one token, 2 x active parameters. Numbers or arrays of one shape.
    """
    n = np.asarray(users, dtype=np.float64)
    unit = np.asarray(flops, dtype=np.float64) / np.asarray(rate, dtype=np.float64)
    few, many = (n - 1.0) / e.few, np.maximum(n - 1.0, e.matrix_from) / e.many
    return np.asarray(np.where(n > 1.0, unit * np.minimum(few, many), 0.0))


def concurrent(
    reads: Sequence[PoolRead],
    users: ArrayLike,
    *,
    calibration: Calibration,
    active_parameters: ArrayLike,
    expert_share: ArrayLike = 1.0,
    extra_norms: ArrayLike = False,
    runtime: str = "llama.cpp",
    backend: str | None = None,
    build_date: str | None = None,
    split: Literal["layer", "tensor"] = "layer",
) -> Concurrent:
    """Total and single speed of `users` conversations at once.

    `reads` are those of one conversation (`lib.speed.work.pool_read`), with `kv_bytes` and `attention_flops` of one
    and, for a model with experts, `routed_bytes`; `expert_share` is experts used / experts. Raises ValueError as
    `decode_seconds` does, for fewer than one user, and for processors.
    """
    n = np.asarray(users, dtype=np.float64)
    if np.any(n < 1):
        raise ValueError("at least one conversation")
    if calibration.several is None:
        raise ValueError("several conversations at once are not calibrated")
    used = [r for r in reads if np.any(np.asarray(r.weight_bytes, dtype=np.float64) > 0)]
    engines = [engine_of(r.device, runtime) for r in used]
    more = experts_touched(n, expert_share) / np.asarray(expert_share, dtype=np.float64) - 1.0
    times = 1.0 + calibration.several.spread * more
    parameters = np.asarray(active_parameters, dtype=np.float64)
    total = np.asarray(np.sum([np.asarray(r.weight_bytes, dtype=np.float64) for r in used], axis=0))
    low_bits = total * 8.0 / parameters < LOW_BITS_PER_WEIGHT

    def seconds(count: Numbers, weights: Numbers) -> Numbers:
        scaled = [
            replace(
                r,
                weight_bytes=np.asarray(r.weight_bytes) + np.asarray(r.routed_bytes) * (weights - 1.0),
                kv_bytes=np.asarray(r.kv_bytes) * count,
                attention_flops=np.asarray(r.attention_flops) * count,
                layers=np.asarray(r.layers) * np.ones_like(count),
            )
            for r in used
        ]
        return decode_seconds(
            scaled, calibration=calibration, active_parameters=parameters, extra_norms=extra_norms, runtime=runtime,
            backend=backend, build_date=build_date, split=split, low_bits=low_bits,
        )  # fmt: skip

    once = seconds(np.zeros_like(n), times)
    step = seconds(n, times)
    added = [
        added_seconds(
            calibration.several.engines[engine], n,
            2.0 * parameters * np.asarray(r.weight_bytes, dtype=np.float64) / total, rate_flops(r.device),
        )
        for r, (engine, _) in zip(used, engines, strict=True)
    ]  # fmt: skip
    step = step + (np.max(added, axis=0) if split == "tensor" else np.sum(added, axis=0))
    first = calibration.several.engines[engines[0][0]]
    step = step + (n - 1.0) * first.user_us * 1e-6
    note = next((why for _, why in engines if why), "")
    band = first.band or calibration.several.band
    low, high = (band.low, band.high) if band else (0.5, 2.0)
    if note:
        low, high = low**UNMEASURED_WIDENING, high**UNMEASURED_WIDENING
    whole = n / step
    return Concurrent(
        total_tok_per_s=np.asarray(whole),
        low=np.asarray(whole * low),
        high=np.asarray(whole * high),
        per_user_tok_per_s=np.asarray(1.0 / step),
        step_seconds=np.asarray(step),
        once_seconds=np.asarray(once + 0.0 * step),
        bandwidth_bound=np.asarray(once >= step - once),
        note=note,
    )
