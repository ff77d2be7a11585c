"""Reading the prompt, speeds in words, watts and the nearest measurement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lib.answers.near import nearest_measurement
from lib.answers.watts import watts_measured
from lib.architecture import Architecture
from lib.catalog import current
from lib.catalog.schema import Measurement
from lib.speed.calibration import Calibration
from lib.speed.device import DeviceFacts
from lib.speed.measured import runtime_id
from lib.speed.power import generating_watts, joules_per_token, measured_watts, watt_hours_per_million_tokens
from lib.speed.prefill import (
    PromptWork,
    first_token_seconds,
    prefill_tok_per_s,
    prompt_doubts,
    prompt_work,
    prompt_works,
)
from lib.speed.words import speed_word
from lib.speed.work import layer_work, pool_read

ROOT = Path(__file__).resolve().parents[2] / "catalog"
CALIBRATION = Calibration.load(ROOT / "calibration" / "speed.toml")
RTX_3090 = DeviceFacts("NVIDIA", "gpu", 936.2, "Ampere", "GDDR6X", fp32_tflops=35.58, fp16_tflops=142.3, name="RTX 3090")  # fmt: skip
M2_ULTRA = DeviceFacts("Apple", "apple-soc", 800.0, gpu_cores=76, name="Apple M2 Ultra 76-core GPU")


@pytest.mark.parametrize(("device", "measured"), [(RTX_3090, 5175.0), (M2_ULTRA, 1238.0)])
def test_prompt_speed_of_llama_2_7b_lies_in_its_range(device: DeviceFacts, measured: float) -> None:
    low, middle, high = prefill_tok_per_s(device, 6.6e9, False, CALIBRATION)
    assert low < middle < high
    assert low < measured < high


def test_prompt_speed_of_a_processor_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="not calibrated"):
        prefill_tok_per_s(DeviceFacts("any", "cpu", 50.0), 8e9, False, CALIBRATION)


GPT_OSS = Architecture(
    family="gpt_oss", layers=24, hidden_size=2880, vocabulary_size=201088, attention_heads=64, kv_heads=8, head_dim=64,
    experts=32, experts_used=4, expert_feed_forward_size=2880, layer_kinds=("sliding", "full"), sliding_window_tokens=128,
)  # fmt: skip


def gpt_oss(prompt_tokens: float = 2048.0, host_bytes: float = 0.0) -> PromptWork:
    return prompt_work(
        GPT_OSS, total_parameters=20.9e9, active_parameters=3.6e9, weight_bytes=12.1e9, prompt_tokens=prompt_tokens,
        host_bytes=host_bytes,
    )  # fmt: skip


def test_parameters_of_experts_follow_from_total_and_active() -> None:
    work = gpt_oss()
    # All experts less those used are 20.9 - 3.6 = 17.3 thousand million; with 1/8 of them used, 17.3 / 7 are routed to.
    assert work.routed_parameters == pytest.approx(17.3e9 / 7)
    assert work.expert_share == 1 / 8
    with pytest.raises(ValueError, match="at least one token"):
        gpt_oss(prompt_tokens=0)


def test_a_prompt_of_gpt_oss_on_a_3090_lies_in_its_range() -> None:
    low, middle, high = prefill_tok_per_s(RTX_3090, 3.6e9, True, CALIBRATION, work=gpt_oss(), prompt_tokens=2048)
    assert low < 5170 < high  # llama.cpp discussion 15396
    vague = prefill_tok_per_s(RTX_3090, 3.6e9, True, CALIBRATION)
    assert vague[0] / vague[1] < low / middle  # less is known, the range is wider


def test_what_makes_a_prompt_slower() -> None:
    def speed(work: PromptWork, **options: object) -> float:
        return float(prefill_tok_per_s(RTX_3090, 3.6e9, True, CALIBRATION, work=work, prompt_tokens=4096, **options)[1])  # type: ignore[arg-type]

    usual = speed(gpt_oss(4096))
    assert speed(gpt_oss(4096), micro_batch=128) < usual < speed(gpt_oss(4096), micro_batch=2048)
    assert speed(gpt_oss(4096, host_bytes=8e9)) < 0.7 * usual
    assert speed(gpt_oss(32768)) < usual
    assert speed(gpt_oss(4096), build_date="2023-11") < usual
    assert speed(gpt_oss(4096), backend="Vulkan") < usual
    both = prefill_tok_per_s(RTX_3090, [3.6e9] * 2, [True] * 2, CALIBRATION, work=prompt_works([gpt_oss(4096)] * 2), prompt_tokens=4096)  # fmt: skip
    assert list(both[1]) == pytest.approx([usual] * 2)


def test_prompts_of_a_runtime_nobody_measured_are_said_to_be_taken_as_another() -> None:
    assert not prompt_doubts(RTX_3090, CALIBRATION)
    assert "exllama" in prompt_doubts(RTX_3090, CALIBRATION, runtime="exllama")[0]


def test_first_token_waits_for_the_prompt() -> None:
    assert first_token_seconds(1000, 500.0, 50.0) == pytest.approx(2.02)


@pytest.mark.parametrize(
    ("speed", "word"),
    [(0.9, "slower than reading"), (5, "reading"), (12, "chat"), (20, "comfortable"), (94, "agent"), (np.nan, "n/a")],
)
def test_speed_in_words(speed: float, word: str) -> None:
    assert speed_word(speed) == word


def test_four_cards_one_at_a_time_draw_less_than_four_times_one() -> None:
    assert generating_watts(350.0) == pytest.approx(262.5)
    assert generating_watts(350.0, 4) == pytest.approx(577.5)
    assert joules_per_token(90.0, 14.0) == pytest.approx(6.43, abs=0.01)
    # 360 W at 100 tokens/s are 3.6 J each: a kilowatt-hour for a million.
    assert watt_hours_per_million_tokens(360.0, 100.0) == pytest.approx(1000.0)


def test_runtimes_are_recognised_by_how_sources_print_them() -> None:
    printed = [
        "ollama 0.23.1",
        "llama-server b8920",
        "ExLlamaV2",
        "llamafile (LocalScore)",
        "vllm-mlx 0.1",
        "vLLM",
        None,
    ]
    wanted = ["llama.cpp", "llama.cpp", "exllama", "llamafile", "mlx", "vllm", None]
    assert [runtime_id(p) for p in printed] == wanted


def near(device: str, **asked: float) -> Measurement | None:
    return nearest_measurement(
        current(), [device], 1, active_parameters=asked["parameters"], quantization="Q4_0", runtime="llama.cpp", **asked
    )


def test_nearest_measurement_is_the_same_model_on_the_same_card() -> None:
    row = near("rtx-4090", model_bytes=3.8e9, parameters=6.74e9)
    assert row is not None
    assert row.device_ids == ("rtx-4090",) and row.model == "Llama 2 7B"


def test_no_measurement_is_near_a_model_hundred_times_larger() -> None:
    assert near("rtx-4090", model_bytes=400e9, parameters=671e9) is None
    assert near("groq-lpu", model_bytes=4e9, parameters=7e9) is None


def test_measured_watts_are_of_one_kind() -> None:
    assert measured_watts([(90.0, "wall"), (70.0, "board"), (80.0, "board")]) == (75.0, "board", 2)
    watts, kind, count = watts_measured(current())["strix-halo-395", 1]
    assert 60 < watts < 140 and count > 10 and kind
    assert ("groq-lpu", 1) not in watts_measured(current())


def test_work_of_layers_is_counted_by_hand() -> None:
    gemma = Architecture(
        family="gemma3", layers=6, hidden_size=2560, vocabulary_size=262208, attention_heads=8, kv_heads=4, head_dim=256,
        feed_forward_size=10240, layer_kinds=("sliding", "sliding", "sliding", "sliding", "sliding", "full"),
        sliding_window_tokens=1024, tied_embeddings=True,
    )  # fmt: skip
    work = layer_work(gemma, 4096)
    assert work.extra_norms
    assert list(work.attention_flops[[0, 5]]) == [4 * 8 * 256 * 1024, 4 * 8 * 256 * 4096]
    here = np.array([True, True, False, False, False, True])
    read = pool_read(RTX_3090, work, here, weight_bytes=1e9)
    assert (read.layers, read.expert_layers, read.linear_layers) == (3.0, 0.0, 0.0)
    assert read.attention_flops == 4 * 8 * 256 * (1024 + 1024 + 4096)
    with pytest.raises(ValueError, match="not a number of tokens"):
        layer_work(gemma, -1)
