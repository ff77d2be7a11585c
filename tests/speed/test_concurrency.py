"""Several conversations at once: what they share, what each adds, and what was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib.speed.calibration import Calibration
from lib.speed.concurrency import concurrent, experts_touched, most_users
from lib.speed.decode import PoolRead, decode_tok_per_s
from lib.speed.device import DeviceFacts

CALIBRATION = Calibration.load(Path(__file__).resolve().parents[2] / "catalog" / "calibration" / "speed.toml")
H100 = DeviceFacts("NVIDIA", "gpu", 3350.0, "Hopper", "HBM3", boost_clock_mhz=1980.0, fp32_tflops=66.9, fp16_tflops=989.4, name="H100 SXM")  # fmt: skip
GB10 = DeviceFacts("NVIDIA", "apu", 273.0, "Blackwell 2.0", boost_clock_mhz=2418.0, fp32_tflops=29.7, fp16_tflops=237.7, name="GB10")  # fmt: skip
LLAMA_3_8B = {"weight_bytes": 15.0e9, "layers": 32.0, "kv_bytes": 131072.0 * 192, "attention_flops": 4.0 * 32 * 4096 * 192}  # fmt: skip


def test_one_conversation_is_as_quick_as_decoding_says() -> None:
    read = PoolRead(H100, **LLAMA_3_8B)
    alone = decode_tok_per_s([read], calibration=CALIBRATION, active_parameters=7.5e9, runtime="vllm")
    found = concurrent([read], 1, calibration=CALIBRATION, active_parameters=7.5e9, runtime="vllm")
    assert found.total_tok_per_s == pytest.approx(alone)
    assert found.per_user_tok_per_s == pytest.approx(alone)


def test_total_grows_and_each_gets_less() -> None:
    users = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256])
    found = concurrent([PoolRead(H100, **LLAMA_3_8B)], users, calibration=CALIBRATION, active_parameters=7.5e9, runtime="vllm")  # fmt: skip
    assert np.all(np.diff(found.total_tok_per_s) > 0)
    assert np.all(np.diff(found.per_user_tok_per_s) < 0)
    assert np.all(found.low < found.total_tok_per_s) and np.all(found.total_tok_per_s < found.high)
    assert found.total_tok_per_s[6] / found.total_tok_per_s[0] == pytest.approx(40, rel=0.5)
    assert found.bandwidth_bound[0] and not found.bandwidth_bound[-1]


@pytest.mark.parametrize(("users", "measured"), [(16, 1757.0), (64, 4852.0)])
def test_llama_3_8b_on_an_h100_with_vllm_lies_near_what_was_measured(users: int, measured: float) -> None:
    """LLM-Inference-Bench: prompts and answers of 128 tokens, both counted in the time."""
    found = concurrent([PoolRead(H100, **LLAMA_3_8B)], users, calibration=CALIBRATION, active_parameters=7.5e9, runtime="vllm")  # fmt: skip
    assert found.total_tok_per_s == pytest.approx(measured, rel=0.3)


def test_experts_touched_by_hand() -> None:
    # 8 experts, 2 used: one token touches 1/4, two touch 1 - (3/4)^2 = 7/16.
    assert experts_touched(1, 0.25) == pytest.approx(0.25)
    assert experts_touched(2, 0.25) == pytest.approx(7 / 16)
    assert experts_touched(1000, 0.25) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="at least one user"):
        experts_touched(0, 0.25)


def test_more_conversations_help_a_model_with_experts_less() -> None:
    dense = PoolRead(GB10, weight_bytes=3.3e9, layers=48.0)
    mixed = replace(dense, expert_layers=48.0, routed_bytes=2.4e9)

    def gain(read: PoolRead, share: float) -> float:
        at = concurrent([read], np.array([1, 8]), calibration=CALIBRATION, active_parameters=3.3e9, expert_share=share)
        return float(at.total_tok_per_s[1] / at.total_tok_per_s[0])

    assert 1.5 < gain(mixed, 8 / 128) < gain(dense, 1.0) < 8


def test_conversations_that_fit_are_counted_down() -> None:
    assert list(most_users(np.array([10e9, 0.9e9, -1.0]), 1e9)) == [10, 0, 0]
    with pytest.raises(ValueError, match="some memory"):
        most_users(1e9, 0)


def test_runtimes_nobody_measured_get_a_wider_range_and_a_reason() -> None:
    read = [PoolRead(H100, **LLAMA_3_8B)]
    known = concurrent(read, 8, calibration=CALIBRATION, active_parameters=7.5e9, runtime="vllm")
    other = concurrent(read, 8, calibration=CALIBRATION, active_parameters=7.5e9, runtime="exllama")
    assert not known.note and "exllama" in other.note
    assert other.low / other.total_tok_per_s < known.low / known.total_tok_per_s
    cpu = PoolRead(DeviceFacts("any", "cpu", 60.0), 4e9, 32.0)
    with pytest.raises(ValueError, match="processor"):
        concurrent([cpu], 2, calibration=CALIBRATION, active_parameters=7e9)


def test_cards_that_compute_together_give_more_in_total() -> None:
    half = PoolRead(H100, weight_bytes=7.5e9, layers=16.0)
    whole = PoolRead(H100, weight_bytes=15e9, layers=32.0)
    two = concurrent([half, half], 16, calibration=CALIBRATION, active_parameters=7.5e9, runtime="vllm", split="tensor")
    one = concurrent([whole], 16, calibration=CALIBRATION, active_parameters=7.5e9, runtime="vllm")
    assert one.total_tok_per_s < two.total_tok_per_s < 2 * one.total_tok_per_s
