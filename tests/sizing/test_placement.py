"""Where a model lies: cases a reader can add up, the essay's cards, the engine's own split."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from benchmarks.accuracy_buffers import architectures
from lib.architecture import Architecture
from lib.sizing.compute import compute_buffer_bytes
from lib.sizing.kv_cache import kv_cache_bytes
from lib.sizing.placement import Request, cards_needed, max_context, place
from lib.sizing.pools import (
    CUDA_CONTEXT,
    DESKTOP_BYTES,
    GIB,
    INTEGRATED_SHARE,
    STRIX_HALO_SHARE,
    Pool,
    PoolSet,
    card_pool,
    integrated_pool,
    metal_pool,
    metal_working_set_bytes,
    ram_pool,
)
from lib.sizing.weights import Weights, weights

SHAPES = architectures()
RTX_4090 = card_pool("RTX 4090", 24 * GIB, 1008e9)
RAM = ram_pool("RAM", 64 * GIB, 90e9)
AT_8K = Request(8192)


def flag(flags: tuple[str, ...], name: str) -> str:
    return flags[flags.index(name) + 1]


def plain(layers: int = 10, layer_mib: int = 100, **shapes: Any) -> tuple[Architecture, Weights]:
    """A model of round numbers: `layers` × `layer_mib`, a head of 200 MiB, an input embedding of 200 MiB."""
    architecture = Architecture.model_validate(
        {
            "family": "llama",
            "layers": layers,
            "hidden_size": 1024,
            "vocabulary_size": 32000,
            "attention_heads": 8,
            "kv_heads": 8,
            "head_dim": 128,
            "feed_forward_size": 4096,
            "context_tokens": 32768,
        }
        | shapes
    )
    each = np.full(layers, layer_mib << 20, np.int64)
    experts = each * 9 // 10 if architecture.experts else each * 0
    total = int(each.sum()) + (400 << 20)
    return architecture, Weights(
        file_bytes=total,
        metadata_bytes=0,
        tensor_bytes=total,
        input_bytes=200 << 20,
        output_bytes=200 << 20,
        layer_bytes=each,
        expert_bytes=experts,
        expert_share_used=0.25 if architecture.experts else 1.0,
        tensors_by_type={},
    )


EXPERTS = {"experts": 8, "experts_used": 2, "expert_feed_forward_size": 4096, "feed_forward_size": None}


def card(usable_mib: int) -> Pool:
    return Pool("gpu", "card", usable_mib << 20, usable_mib << 20, 1e12)


def ram(usable_mib: int) -> Pool:
    return Pool("ram", "RAM", usable_mib << 20, usable_mib << 20, 1e11)


@pytest.mark.parametrize(
    ("name", "cards"),
    [
        ("llama-3-70b", 2),
        ("mixtral-8x22b", 4),
        ("phi-3-mini-4k", 1),
        ("llama-3-8b", 1),
        ("mistral-7b-v0.3", 1),
        ("gemma-7b", 1),
    ],
)
def test_the_essays_count_of_rtx_4090(name: str, cards: int) -> None:
    assert cards_needed(SHAPES[name], weights(SHAPES[name], "Q4_K_M"), RTX_4090, AT_8K) == cards


def test_command_r_plus_needs_three() -> None:
    command_r_plus = Architecture(
        family="cohere",
        layers=64,
        hidden_size=12288,
        vocabulary_size=256000,
        attention_heads=96,
        kv_heads=8,
        head_dim=128,
        feed_forward_size=33792,
        tied_embeddings=True,
        context_tokens=131072,
    )
    assert cards_needed(command_r_plus, weights(command_r_plus, "Q4_K_M"), RTX_4090, AT_8K) == 3


def test_as_many_cards_as_needed_fit_and_one_less_does_not() -> None:
    for name in ("llama-3-70b", "mixtral-8x22b", "command-r-35b", "deepseek-v3"):
        architecture, files = SHAPES[name], weights(SHAPES[name], "Q4_K_M")
        needed = cards_needed(architecture, files, RTX_4090, AT_8K)
        assert place(architecture, files, PoolSet((RTX_4090,) * needed, RAM), AT_8K).fit == "gpu"
        assert place(architecture, files, PoolSet((RTX_4090,) * (needed - 1), RAM), AT_8K).fit != "gpu"
    assert cards_needed(architecture, files, RTX_4090, AT_8K, limit=3) == 0


def test_one_card_adds_up() -> None:
    architecture, files = SHAPES["llama-3.1-8b"], weights(SHAPES["llama-3.1-8b"], "Q4_K_M")
    found = place(architecture, files, PoolSet((RTX_4090,), RAM), AT_8K)
    on_card, on_host = found.pools
    assert found.fit == "gpu"
    assert on_card.weights_bytes == files.tensor_bytes - files.input_bytes
    assert on_card.kv_bytes == kv_cache_bytes(architecture, 8192)
    assert (on_card.compute_bytes, on_host.compute_bytes) == compute_buffer_bytes(architecture, 8192)
    assert on_host.weights_bytes == files.input_bytes
    assert on_card.overhead_bytes == CUDA_CONTEXT.default_bytes
    for use in found.pools:
        parts = use.weights_bytes + use.kv_bytes + use.compute_bytes + use.overhead_bytes + use.spare_bytes
        assert parts == use.pool.total_bytes
    # One token reads everything on the card, and one row of the input embedding.
    assert on_card.bytes_read_per_token == on_card.weights_bytes
    assert on_host.bytes_read_per_token == files.input_bytes // architecture.vocabulary_size
    assert found.flags == ("-ngl", "999", "-c", "8192", "-np", "1", "-fa", "on")


def test_tied_embeddings_lie_twice_beside_a_card_and_once_in_unified_memory() -> None:
    architecture, files = SHAPES["gemma-3-27b"], weights(SHAPES["gemma-3-27b"], "Q4_K_M")
    twice = place(architecture, files, PoolSet((RTX_4090,), RAM), AT_8K)
    assert sum(use.weights_bytes for use in twice.pools) == files.tensor_bytes + files.input_bytes
    mac = PoolSet((metal_pool("M3 Max", 64 * GIB, 400e9),), ram_pool("RAM", 64 * GIB, 400e9), unified=True)
    once = place(architecture, files, mac, AT_8K)
    assert once.fit == "gpu"
    assert sum(use.weights_bytes for use in once.pools) == files.tensor_bytes


def test_dense_layers_that_do_not_fit_run_in_ram() -> None:
    architecture, files = plain()
    # Head 200 and compute buffer (28 and a fetched tensor of about 35 MiB) leave room for six layers of 100 + 4 MiB.
    found = place(architecture, files, PoolSet((card(900),), ram(2000)), Request(1024))
    assert (found.fit, found.gpu_layers) == ("offload", 7)
    assert found.pools[0].layers == 7
    assert found.pools[0].weights_bytes == (200 + 6 * 100) << 20
    assert found.pools[1].weights_bytes == (200 + 4 * 100) << 20
    assert found.pools[1].bytes_read_per_token == (400 << 20) + (200 << 20) // 32000
    assert flag(found.flags, "-ngl") == "7"
    assert "--n-cpu-moe" not in found.flags


def test_experts_go_to_ram_before_attention_does() -> None:
    architecture, files = plain(**EXPERTS)
    found = place(architecture, files, PoolSet((card(900),), ram(2000)), Request(1024))
    assert found.fit == "offload"
    assert found.gpu_layers == 11
    assert found.pools[0].kv_bytes == kv_cache_bytes(architecture, 1024)
    assert flag(found.flags, "--n-cpu-moe") == str(found.cpu_expert_layers)
    # 90 MiB a layer that the card is spared; one layer fewer in RAM would not fit.
    assert found.pools[1].weights_bytes == (200 + 90 * found.cpu_expert_layers) << 20
    assert found.pools[0].spare_bytes < 90 << 20
    # Two of eight experts are read: a quarter of 90 MiB a layer, and 10 MiB of attention.
    assert found.pools[1].bytes_read_per_token == found.cpu_expert_layers * (90 << 18) + (200 << 20) // 32000


def test_the_cpu_alone() -> None:
    architecture, files = plain()
    found = place(architecture, files, PoolSet((), ram(2000)), Request(1024, slots=2))
    assert (found.fit, found.gpu_layers) == ("cpu", 0)
    assert found.pools[0].weights_bytes == files.tensor_bytes
    assert found.pools[0].compute_bytes == compute_buffer_bytes(architecture, 1024, slots=2, device="cpu")[1]
    assert flag(found.flags, "-ngl") == "0"
    assert flag(found.flags, "-np") == "2"
    too_small = place(architecture, files, PoolSet((), ram(1000)), Request(1024))
    assert too_small.fit == "none"
    assert too_small.flags == ()
    assert too_small.pools[0].spare_bytes < 0


def test_what_fits_nowhere_says_so() -> None:
    architecture, files = plain()
    assert place(architecture, files, PoolSet((card(900),)), Request(1024)).fit == "none"
    assert place(architecture, files, PoolSet((card(900),), ram(300)), Request(1024)).fit == "none"


def test_layers_are_split_in_proportion_to_the_cards_as_the_engine_does() -> None:
    # The engine puts 17 of the 33 items of Llama 3.1 8B on the first of two equal cards, 9/8/8/8 on four.
    architecture, files = SHAPES["llama-3.1-8b"], weights(SHAPES["llama-3.1-8b"], "F16")
    two = place(architecture, files, PoolSet((RTX_4090,) * 2, RAM), AT_8K)
    assert [use.layers for use in two.pools] == [17, 16, 0]
    assert [use.kv_bytes >> 20 for use in two.pools] == [544, 480, 0]
    four = place(architecture, files, PoolSet((RTX_4090,) * 4, RAM), AT_8K)
    assert [use.layers for use in four.pools] == [9, 8, 8, 8, 0]
    assert "-ts" not in four.flags


def test_mixed_cards_are_not_one_pool() -> None:
    architecture, files = plain(layers=10, layer_mib=1000)
    # 10.4 GB on cards of 9 and 1.8 GB: 10.8 GB together, but no layer boundary lets it fit.
    small = place(architecture, files, PoolSet((card(9000), card(1800)), ram(20000)), Request(1024))
    assert small.fit == "offload"
    # In proportion the larger of 6.4 and 4.7 GB would get seven layers; six and the rest fit.
    found = place(architecture, files, PoolSet((card(6400), card(4700)), ram(20000)), Request(1024))
    assert found.fit == "gpu"
    assert flag(found.flags, "-ts") == "6,5"
    assert all(use.spare_bytes >= 0 for use in found.pools)


def test_unified_memory_is_shared_not_added() -> None:
    architecture, files = plain()
    gpu = Pool("unified", "GPU", 2000 << 20, 1300 << 20, 1e11)
    fits = place(architecture, files, PoolSet((gpu,), ram(1600), unified=True), Request(1024))
    assert fits.fit == "gpu"
    assert fits.pools[1].spare_bytes == (1600 << 20) - fits.total_bytes
    crowded = place(architecture, files, PoolSet((gpu,), ram(1400), unified=True), Request(1024))
    assert crowded.fit == "none"
    with pytest.raises(ValueError, match="one GPU pool"):
        PoolSet((gpu, gpu), None, unified=True)


def test_flags_say_how_the_cache_is_kept() -> None:
    architecture, files = plain()
    request = Request(4096, "q8_0", "q4_0", slots=4, micro_batch=1024, unified=True)
    flags = place(architecture, files, PoolSet((card(4000),), ram(2000)), request).flags
    assert (flag(flags, "-ctk"), flag(flags, "-ctv"), flag(flags, "-ub")) == ("q8_0", "q4_0", "1024")
    assert "--kv-unified" in flags
    off = place(architecture, files, PoolSet((card(4000),)), Request(4096, flash_attention=False)).flags
    assert flag(off, "-fa") == "off"


def test_the_longest_context_fits_and_the_next_does_not() -> None:
    architecture, files = SHAPES["llama-3.1-8b"], weights(SHAPES["llama-3.1-8b"], "Q4_K_M")
    pools = PoolSet((card_pool("8 GB card", 8 * GIB, 3e11),), RAM)
    longest = max_context(architecture, files, pools, AT_8K)
    assert longest % 256 == 0
    assert place(architecture, files, pools, dataclasses.replace(AT_8K, context_tokens=longest)).fit == "gpu"
    assert place(architecture, files, pools, dataclasses.replace(AT_8K, context_tokens=longest + 256)).fit != "gpu"
    assert max_context(architecture, files, pools, Request(8192, "q8_0", "q8_0")) > 1.7 * longest
    roomy = PoolSet((card_pool("80 GB card", 80 * GIB, 2e12),), RAM)
    assert max_context(architecture, files, roomy, AT_8K) == 131072
    assert max_context(architecture, files, PoolSet((card(100),)), AT_8K) == 0


def test_requests_are_checked() -> None:
    with pytest.raises(ValueError, match="context_tokens"):
        Request(0)
    with pytest.raises(ValueError, match="needs flash attention"):
        Request(4096, type_v="q8_0", flash_attention=False)


def test_a_cache_type_the_rows_do_not_divide_into_does_not_fit() -> None:
    architecture, files = plain(kv_heads=1, head_dim=80)
    assert place(architecture, files, PoolSet((card(4000),), ram(4000)), Request(1024, "q8_0", "q8_0")).fit == "none"


@pytest.mark.parametrize(
    ("memory_gib", "seen_gib"),
    [(16, 11.84), (18, 13.32), (24, 17.76), (32, 24.96), (36, 28.08), (48, 37.44), (64, 51.84), (128, 107.52)],
)
def test_metal_working_sets_as_seen(memory_gib: int, seen_gib: float) -> None:
    assert metal_working_set_bytes(memory_gib * GIB) / GIB == pytest.approx(seen_gib, abs=0.01)


def test_what_an_engine_may_use() -> None:
    assert RTX_4090.usable_bytes == 24 * GIB - CUDA_CONTEXT.default_bytes
    assert card_pool("desk", 8 * GIB, None, desktop_bytes=DESKTOP_BYTES).usable_bytes < 7 * GIB
    assert card_pool("tiny", 1 << 20, None).usable_bytes == 0
    assert ram_pool("RAM", 64 * GIB, None).usable_bytes == 60 * GIB
    assert ram_pool("RAM", 8 * GIB, None).usable_bytes == 6 * GIB
    assert integrated_pool("iGPU", 32 * GIB, None).usable_bytes == 32 * GIB * INTEGRATED_SHARE
    assert integrated_pool("Strix Halo", 128 * GIB, None, share=STRIX_HALO_SHARE).usable_bytes == 96 * GIB
    assert metal_pool("M4", 16 * GIB, None, working_set_bytes=14 * GIB).usable_bytes == 14 * GIB
