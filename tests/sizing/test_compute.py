"""Compute buffers against what the engine reserved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.accuracy_buffers import architectures, cases, compute, compute_mib, errors
from lib.architecture import Architecture
from lib.sizing.compute import compute_buffer_bytes
from lib.sizing.pools import MIB

SHAPES = architectures()
ENGINE_MODELS: dict[str, Any] = json.loads((Path(__file__).parent / "engine_models.json").read_text())


def card_mib(name: str, context_tokens: int, **options: Any) -> float:
    return compute_buffer_bytes(SHAPES[name], context_tokens, **options)[0] / MIB


def test_what_people_run_and_what_benchmarks_reserve() -> None:
    assert card_mib("llama-3.1-8b", 8192) == pytest.approx(124, abs=0.1)
    assert card_mib("llama-3.1-8b", 8192, outputs=512) == pytest.approx(290.5, abs=0.1)
    assert card_mib("llama-3.1-8b", 131072) == pytest.approx(244, abs=0.1)
    assert card_mib("llama-3-70b", 8192) == pytest.approx(240, abs=0.1)


def test_llama_31_8b_by_hand() -> None:
    # u = 4 bytes × 512 tokens; 4 hidden rows, three of the feed-forward width, a mask of 8192 cells × 2 bytes × 512
    unit = 4 * 512
    by_hand = 4 * 4096 * unit + 3 * 14336 * unit + 8192 * 2 * 512
    assert compute_buffer_bytes(SHAPES["llama-3.1-8b"], 8192)[0] == pytest.approx(by_hand, abs=32 * 512)


@pytest.mark.parametrize("flash_attention", [True, False])
@pytest.mark.parametrize("cards", [0, 1])
def test_runs_on_the_cpu_and_on_one_card(cards: int, flash_attention: bool) -> None:
    ours = [
        ((host, case.host_mib), *zip(gpus, case.gpu_mib, strict=True))
        for case in cases()
        if case.cards == cards and case.flash_attention == flash_attention
        for host, gpus in [compute_mib(SHAPES[case.model], case) or (0.0, ())]
        if host
    ]
    for place in zip(*ours, strict=True):
        found = errors(place)
        assert np.median(found) <= 0.01
        assert np.percentile(found, 95) <= 2.5


def test_several_cards_with_everything_on_them() -> None:
    pairs = []
    for case in cases():
        found = compute_mib(SHAPES[case.model], case)
        if case.cards > 1 and found is not None:
            pairs += [(found[0], case.host_mib), *zip(found[1], case.gpu_mib, strict=True)]
    assert len(pairs) == 160
    assert errors(pairs).max() <= 3


def test_experts_in_ram_are_fetched_one_tensor_at_a_time() -> None:
    # Qwen3 30B-A3B in F16, all experts in RAM: the engine reserves 452.01 MiB on the card, 384 of them for one tensor
    case = next(c for c in cases() if c.model == "qwen3-30b-a3b" and c.cards == 1 and c.context_tokens == 8192)
    found = compute(SHAPES["qwen3-30b-a3b"], case)
    assert found.staging_card(np.array([384 * MIB]))[0] / MIB == pytest.approx(452.01, abs=0.1)


def test_other_models() -> None:
    """Fifty-odd models of other families; the engine's figures for the CPU, one card and the host beside it."""
    pairs = []
    for entry in ENGINE_MODELS.values():
        architecture = Architecture.model_validate(entry["shapes"])
        for cards, context, cache_type, flash_attention, _, host_mib, *gpu_mib in entry["runs"]:
            on_card, on_host = compute_buffer_bytes(
                architecture,
                context,
                type_k=cache_type,
                type_v=cache_type,
                flash_attention=flash_attention,
                device="cuda" if cards else "cpu",
            )
            pairs += [(on_host / MIB, host_mib), *((on_card / MIB, mib) for mib in gpu_mib)]
    found = errors(pairs)
    assert np.median(found) <= 0.01
    assert np.percentile(found, 95) <= 5


def test_more_of_anything_never_needs_less() -> None:
    for name, shapes in SHAPES.items():
        sizes = [compute_buffer_bytes(shapes, context)[0] for context in (512, 4096, 65536, 131072)]
        assert sizes == sorted(sizes), name
        batches = [compute_buffer_bytes(shapes, 8192, micro_batch=batch)[0] for batch in (64, 512, 2048)]
        assert batches == sorted(batches), name
