"""What a token makes each layer of an architecture do, and the same added up for the layers in one memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lib.architecture import Architecture
from lib.speed.decode import PoolRead
from lib.speed.device import DeviceFacts


@dataclass(frozen=True, eq=False)
class LayerWork:
    """One entry for each layer."""

    experts: NDArray[np.bool_]
    linear: NDArray[np.bool_]
    """Layers with a state space."""
    delta: NDArray[np.bool_]
    """Layers of linear attention (the gated delta rule)."""
    attention_flops: NDArray[np.float64]
    """Operations of attending to the tokens before."""
    extra_norms: bool
    """Whether layers have norms before and after each block, as in Gemma 2 and later."""


def layer_work(architecture: Architecture, tokens_before: float) -> LayerWork:
    """What the layers do for one token after `tokens_before` others. Raises ValueError for a negative number of tokens."""
    a = architecture
    kinds = a.kinds()
    apart = "none" in kinds  # Nemotron counts a mixer and a feed-forward as two layers: experts are in the latter
    routed = a.expert_layers()
    return LayerWork(
        experts=np.array([i in routed and (kind == "none" or not apart) for i, kind in enumerate(kinds)]),
        linear=np.array([kind == "mamba" for kind in kinds]),
        delta=np.array([kind == "linear" for kind in kinds]),
        attention_flops=attention_flops(a, tokens_before),
        extra_norms=a.family.startswith(("gemma2", "gemma3", "gemma4")),
    )


def attention_flops(a: Architecture, tokens_before: float) -> NDArray[np.float64]:
    """Operations of each layer attending to `tokens_before` tokens.

    2 for each query element and key element, and as many for the values: 4 x heads x head size x tokens in a plain
    layer. Latent attention works on the compressed row, windows stop at their length. Raises ValueError for a negative
    number of tokens.
    """
    if tokens_before < 0:
        raise ValueError(f"tokens_before is {tokens_before}, not a number of tokens")
    width = 2 * a.head_dim if a.kv_latent_size is None else 2 * a.kv_latent_size + (a.rope_head_dim or 0)
    near = min(tokens_before, a.sliding_window_tokens or tokens_before)
    seen = {"full": tokens_before, "sliding": near, "chunked": near}
    each = {kind: 2.0 * a.attention_heads * width * tokens for kind, tokens in seen.items()}
    return np.array([each.get(kind, 0.0) for kind in a.kinds()])


def pool_read(
    device: DeviceFacts,
    work: LayerWork,
    here: NDArray[np.bool_],
    *,
    weight_bytes: ArrayLike,
    kv_bytes: ArrayLike = 0.0,
    experts_here: NDArray[np.bool_] | None = None,
) -> PoolRead:
    """The read of a memory that holds the layers marked in `here` (one mark a layer).

    `weight_bytes` are the active bytes read there, with the output head where it lies. `experts_here` marks the layers
    whose experts lie there, if they are others (`--n-cpu-moe`).
    """
    experts = (here if experts_here is None else experts_here) & work.experts
    return PoolRead(
        device=device,
        weight_bytes=weight_bytes,
        kv_bytes=kv_bytes,
        layers=float(here.sum()),
        expert_layers=float(experts.sum()),
        linear_layers=float((here & work.linear).sum()),
        delta_layers=float((here & work.delta).sum()),
        attention_flops=float(work.attention_flops[here].sum()),
    )
