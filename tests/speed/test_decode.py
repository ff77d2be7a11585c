"""Generation speeds a visitor can look up, and the rules every prediction keeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib.speed.bands import band, classes, doubts
from lib.speed.calibration import Calibration
from lib.speed.decode import PoolRead, decode_tok_per_s
from lib.speed.device import DeviceFacts

CALIBRATION = Calibration.load(Path(__file__).resolve().parents[2] / "catalog" / "calibration" / "speed.toml")
RTX_4090 = DeviceFacts("NVIDIA", "gpu", 1008.0, "Ada Lovelace", "GDDR6X", boost_clock_mhz=2520.0, fp32_tflops=82.58, name="RTX 4090")  # fmt: skip
RTX_3090 = DeviceFacts("NVIDIA", "gpu", 936.2, "Ampere", "GDDR6X", boost_clock_mhz=1695.0, fp32_tflops=35.58, name="RTX 3090")  # fmt: skip
GTX_1080 = DeviceFacts("NVIDIA", "gpu", 320.3, "Pascal", "GDDR5X", boost_clock_mhz=1733.0, fp32_tflops=8.87, name="GTX 1080")  # fmt: skip
M1_PRO = DeviceFacts("Apple", "apple-soc", 200.0, gpu_cores=16, name="Apple M1 Pro 16-core GPU")
M2_ULTRA = DeviceFacts("Apple", "apple-soc", 800.0, gpu_cores=76, name="Apple M2 Ultra 76-core GPU")
RX_7900_XTX = DeviceFacts("AMD", "gpu", 960.0, "RDNA 3.0", "GDDR6", boost_clock_mhz=2498.0, fp32_tflops=61.39, name="RX 7900 XTX")  # fmt: skip
DDR4 = DeviceFacts("any", "cpu", 51.2, name="DDR4-3200, two channels")

LLAMA_2_7B = {"weight_bytes": 3.75e9, "layers": 32.0}
LLAMA_2_7B_PARAMETERS = 6.6e9


def llama_2_7b(device: DeviceFacts, *, runtime: str = "llama.cpp", build_date: str | None = None) -> float:
    reads = [PoolRead(device, **LLAMA_2_7B)]
    return float(
        decode_tok_per_s(
            reads,
            calibration=CALIBRATION,
            active_parameters=LLAMA_2_7B_PARAMETERS,
            runtime=runtime,
            build_date=build_date,
        )
    )


@pytest.mark.parametrize(
    ("device", "build_date", "measured"),
    [
        (RTX_4090, None, 186.2),  # llama.cpp discussion 15013
        (RTX_3090, None, 158.2),
        (RX_7900_XTX, "2025-06", 168.6),  # 15021
        (M1_PRO, "2023-11", 36.4),  # 4167, as in the essay
        (M2_ULTRA, "2023-11", 94.3),
    ],
)
def test_llama_2_7b_q4_0_runs_as_fast_as_people_measured(
    device: DeviceFacts, build_date: str | None, measured: float
) -> None:
    assert llama_2_7b(device, build_date=build_date) == pytest.approx(measured, rel=0.2)


def test_a_build_of_2023_is_slower_than_one_of_today() -> None:
    assert llama_2_7b(RTX_4090, build_date="2023-12") < 0.9 * llama_2_7b(RTX_4090)


def test_a_layer_split_over_more_cards_is_never_faster() -> None:
    def tok_per_s(cards: int) -> float:
        reads = [PoolRead(RTX_3090, weight_bytes=40e9 / cards, layers=80 / cards) for _ in range(cards)]
        return float(decode_tok_per_s(reads, calibration=CALIBRATION, active_parameters=70e9))

    speeds = [tok_per_s(n) for n in (1, 2, 4, 8)]
    assert speeds == sorted(speeds, reverse=True)
    # The essay's pair of 3090: one card's bandwidth decides, not the 2,016 GB/s of both.
    assert speeds[1] == pytest.approx(20, rel=0.2)


def test_tensor_parallel_cards_read_together() -> None:
    reads = [PoolRead(RTX_3090, weight_bytes=20e9, layers=40.0)] * 2
    split = decode_tok_per_s(reads, calibration=CALIBRATION, active_parameters=70e9)
    together = decode_tok_per_s(reads, calibration=CALIBRATION, active_parameters=70e9, split="tensor")
    assert split * 1.2 < together < split * 2


def test_eight_layers_on_a_card_hardly_help_a_model_in_ram() -> None:
    """The essay: 0.96 token/s from RAM alone, 0.99 with 8 of 80 layers on a GTX 1080."""
    ram = [PoolRead(DDR4, weight_bytes=49.2e9, layers=80.0)]
    both = [PoolRead(GTX_1080, 49.2e9 / 10, 8.0), PoolRead(DDR4, 49.2e9 * 9 / 10, 72.0)]
    alone = decode_tok_per_s(ram, calibration=CALIBRATION, active_parameters=69.5e9)
    helped = decode_tok_per_s(both, calibration=CALIBRATION, active_parameters=69.5e9)
    assert alone < helped < alone * 1.15
    low, high = band(alone, ram, False, CALIBRATION)
    assert low < 0.96 < high
    assert classes(both, False) == "several"


def test_experts_in_ram_cost_more_than_experts_on_the_card() -> None:
    """Qwen3 30B-A3B at about 4 bits on an RTX 4080 class card, with 14 of 48 layers' experts in DDR5: 69 to 77 tokens/s
    in April 2025."""
    card = replace(RTX_4090, bandwidth_gb_per_s=716.8, fp32_tflops=48.74, name="RTX 4080")
    ddr5 = DeviceFacts("AMD", "cpu", 64.0, measured_bandwidth_gb_per_s=60.0, name="Ryzen 7950X")
    experts, rest = 0.95e9, 0.7e9
    on_card = [PoolRead(card, experts + rest, 48.0, expert_layers=48.0)]
    away = experts * 14 / 48
    offloaded = [
        PoolRead(card, experts + rest - away, 48.0, expert_layers=34.0),
        PoolRead(ddr5, away, 0.0, expert_layers=14.0),
    ]
    fast = decode_tok_per_s(on_card, calibration=CALIBRATION, active_parameters=3.3e9)
    slow = decode_tok_per_s(offloaded, calibration=CALIBRATION, active_parameters=3.3e9, build_date="2025-04")
    assert slow == pytest.approx(72, rel=0.2)
    assert fast > 1.5 * slow


def test_arrays_give_what_single_numbers_give() -> None:
    bytes_, layers, parameters = np.array([3.75e9, 40e9]), np.array([32.0, 80.0]), np.array([6.6e9, 70e9])
    together = decode_tok_per_s(
        [PoolRead(RTX_4090, bytes_, layers)], calibration=CALIBRATION, active_parameters=parameters
    )
    for i in range(2):
        one = [PoolRead(RTX_4090, bytes_[i], layers[i])]
        assert together[i] == decode_tok_per_s(one, calibration=CALIBRATION, active_parameters=parameters[i])


def test_a_longer_conversation_is_slower() -> None:
    def at(kv_bytes: float) -> float:
        reads = [PoolRead(RTX_4090, 4.6e9, 32.0, kv_bytes=kv_bytes, attention_flops=kv_bytes * 4)]
        return float(decode_tok_per_s(reads, calibration=CALIBRATION, active_parameters=8e9))

    assert at(0) > at(1e9) > at(4e9)


@pytest.mark.parametrize(
    ("device", "complaint"),
    [
        (DeviceFacts("Groq", "accelerator", 80_000.0, name="Groq LPU"), "Groq"),
        (DeviceFacts("NVIDIA", "gpu", None, "Ampere", fp32_tflops=10.0, name="X"), "bandwidth of X"),
        (DeviceFacts("Huawei", "gpu", 1200.0, "Da Vinci", name="Z"), "calibrated for Z"),
    ],
)
def test_what_is_not_known_is_said_not_guessed(device: DeviceFacts, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        llama_2_7b(device)


def test_nothing_to_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one memory"):
        decode_tok_per_s([], calibration=CALIBRATION, active_parameters=1e9)
    with pytest.raises(ValueError, match="positive"):
        decode_tok_per_s([PoolRead(RTX_4090, 0.0, 32.0)], calibration=CALIBRATION, active_parameters=1e9)


def test_classes_and_ranges() -> None:
    assert classes([PoolRead(RTX_4090, 1e9, 1.0)], False) == "gpu"
    assert classes([PoolRead(M1_PRO, 1e9, 1.0)], False) == "apple"
    assert classes([PoolRead(M1_PRO, 1e9, 1.0)], True) == "experts"
    assert classes([PoolRead(DDR4, 1e9, 1.0)], True) == "cpu"
    # One table of models over a card and RAM: the first fits on the card, the second needs both.
    mixed = [PoolRead(RTX_4090, np.array([1e9, 1e9]), 1.0), PoolRead(DDR4, np.array([0.0, 1e9]), 1.0)]
    assert list(classes(mixed, False)) == ["gpu", "several"]
    low, high = band(np.array([10.0, 10.0]), mixed, False, CALIBRATION)
    assert np.all(low < 10.0) and np.all(high > 10.0)


def test_a_group_hardly_anybody_measured_gets_a_wider_range() -> None:
    mi100 = DeviceFacts("AMD", "gpu", 1228.8, "CDNA 1.0", fp32_tflops=23.07, name="Instinct MI100")
    known = band(10.0, [PoolRead(RX_7900_XTX, 1e9, 1.0)], False, CALIBRATION)
    rare = band(10.0, [PoolRead(mi100, 1e9, 1.0)], False, CALIBRATION)
    assert rare[0] < known[0] and rare[1] > known[1]


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        (DeviceFacts("NVIDIA", "gpu", 1008.0, "Rubin", boost_clock_mhz=2520.0, fp32_tflops=82.58, name="RTX 6090"), "Rubin"),
        (replace(RTX_4090, fp32_tflops=None), "compute rate"),
        (DeviceFacts("NVIDIA", "accelerator", 4000.0, fp16_tflops=989.4, name="GH200"), "architecture"),
    ],
)  # fmt: skip
def test_a_missing_fact_is_named_and_widens_the_range(device: DeviceFacts, reason: str) -> None:
    reads = [PoolRead(device, **LLAMA_2_7B)]
    why = doubts(reads, CALIBRATION)
    assert any(reason in w for w in why)
    assert llama_2_7b(device) > 50
    low, high = band(1.0, reads, False, CALIBRATION)
    usual = band(1.0, [PoolRead(RTX_4090, **LLAMA_2_7B)], False, CALIBRATION)
    assert low < usual[0] and high > usual[1]


def test_without_its_compute_rate_a_card_is_hardly_mistaken() -> None:
    """Reading decides the speed of one conversation, computing adds little."""
    assert llama_2_7b(replace(RTX_4090, fp32_tflops=None)) == pytest.approx(llama_2_7b(RTX_4090), rel=0.05)


def test_a_runtime_nobody_calibrated_is_said_to_be_taken_as_another() -> None:
    reads = [PoolRead(RTX_4090, **LLAMA_2_7B)]
    assert not doubts(reads, CALIBRATION) and not doubts(reads, CALIBRATION, runtime="vllm")
    assert "ktransformers is not calibrated" in doubts(reads, CALIBRATION, runtime="ktransformers")[0]
    known = band(1.0, reads, False, CALIBRATION)
    other = band(1.0, reads, False, CALIBRATION, runtime="ktransformers")
    assert other[0] < known[0] and other[1] > known[1]
