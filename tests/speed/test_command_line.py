"""What `python -m lib.speed` says: one case, and files of cases as people write them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.cases_speed import mixed
from lib.answers.case_formats import named_format
from lib.answers.speed_cases import answer_cases
from lib.catalog import current
from lib.speed.__main__ import main
from lib.speed.measured import runtime_id
from tests.importers.configurations import PUBLISHED

FACTS = current()
CASE: dict[str, Any] = {"model": "llama-3.1-8b-instruct", "quantization": "Q4_K_M", "devices": {"rtx-4090": 1}}


def one(**changed: Any) -> dict[str, Any]:
    [answer] = answer_cases(FACTS, [{k: v for k, v in (CASE | changed).items() if v is not None}])
    return answer


def test_one_case_is_printed_as_json_with_its_range_and_the_nearest_measurement(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = [
        "--model",
        "llama-3.1-8b-instruct",
        "--machine",
        "rtx-4090",
        "--quantization",
        "Q4_K_M",
        "--context",
        "8192",
        "--json",
    ]
    assert main(options) == 0
    found = json.loads(capsys.readouterr().out)
    for part in ("decode", "prefill"):
        assert 0 < found[f"{part}_low"] < found[f"{part}_tok_per_s"] < found[f"{part}_high"]
    # 4.62 GB a token (the embedding is not read) of 1,008 GB/s: at most 218 tokens a second.
    assert found["read_bytes"] == pytest.approx(4.62e9, rel=0.01)
    assert 100 < found["decode_tok_per_s"] < 1008e9 / found["read_bytes"]
    near = found["nearest_measurement"]
    assert (
        near["devices"] == ["rtx-4090"] and near["decode_tok_per_s"] == FACTS.measurements[near["id"]].decode_tok_per_s
    )
    assert near["url"].startswith("https://")


def test_it_prints_for_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            ["--model", "qwen3-30b-a3b", "--machine", "apple-m4-max-40c", "--runtime", "mlx", "--quantization", "4bit"]
        )
        == 0
    )
    printed = capsys.readouterr().out
    assert "decode tok per s" in printed and "MLX-4bit" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "llama-9", "--machine", "rtx-4090"], "has no model 'llama-9'"),
        (["--model", "qwen3-8b", "--machine", "rtx-4091"], "did you mean rtx-4090"),
        (["--model", "qwen3-8b"], "either devices or machine"),
        (["--model", "qwen3-8b", "--machine", "rtx-4090", "--quantization", "Q9_K"], "unknown quantization 'Q9_K'"),
        (["--model", "qwen3-8b", "--machine", "rtx-4090", "--backend", "metal"], "Metal does not run on rtx-4090"),
        (["--model", "qwen3-8b", "--machine", "rtx-4090", "--depth", "9000"], "beyond the context of 8192"),
        (["--cases", "no-such-file.jsonl"], "no-such-file.jsonl"),
    ],
)
def test_refuses_in_one_line(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(options) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.err.count("\n") == 1 and printed.out == ""


def test_a_file_of_cases_gets_an_answer_a_line_in_its_order(tmp_path: Path) -> None:
    lines = [
        json.dumps(CASE | {"id": "first"}), "not json", json.dumps(CASE | {"devices": ["rtx-4090", "rtx-9999"], "id": 2}),
        json.dumps(CASE | {"speed": 3}), "[]", "", json.dumps(CASE | {"quantization": "q8_0", "id": "last"}),
    ]  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "lib.speed", "--cases", str(path)], capture_output=True, text=True, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a.get("id") for a in answers] == ["first", None, 2, None, None, "last"]
    assert ["error" in a for a in answers] == [False, True, True, True, True, False]
    assert "rtx-9999" in answers[2]["error"] and "'speed'" in answers[3]["error"]
    assert answers[0]["decode_tok_per_s"] > answers[5]["decode_tok_per_s"]


def test_cases_come_from_standard_input_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(CASE) + "\n"))
    assert main(["--cases", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["decode_tok_per_s"] == one()["decode_tok_per_s"]


def test_devices_are_read_in_every_way_people_write_them() -> None:
    ways = [
        {"rtx-3090": 2},
        [{"id": "rtx-3090", "count": 2}],
        ["rtx-3090", "rtx-3090"],
        "rtx-3090",
        {"id": "RTX-3090", "count": 2},
        [["rtx-3090", 2]], "2x rtx-3090", "rtx-3090 x2", {"device": "rtx-3090", "count": "2"}, {"rtx-3090": "2"}, ["2 x rtx-3090"],
        "rtx-3090 + rtx-3090", "rtx-3090, rtx-3090", {"id": "rtx-3090", "n": 2}, [{"name": "GeForce RTX 3090", "count": 2}], "2x RTX 3090", "NVIDIA GeForce RTX 3090 x2",
    ]  # fmt: skip
    speeds = [one(devices=way, quantization="Q8_0", **({"count": 2} if way == "rtx-3090" else {})) for way in ways]
    assert len({json.dumps(s) for s in speeds}) == 1 and speeds[0]["devices"] == {"rtx-3090": 2}


@pytest.mark.parametrize(
    ("changed", "same_as"),
    [
        ({"backend": "cuBLAS"}, {"backend": "cuda"}), ({"backend": "gpu"}, {}), ({"backend": "CUDA 12.4"}, {"backend": "cuda"}),
        ({"kv_type": "default", "depth": 8192}, {"kv_type": "f16", "depth": 8192}), ({"kv_type": "q8_0/q8_0"}, {"kv_type": "q8_0"}),
        ({"depth": "32k"}, {"depth": 32768}), ({"quantization": "unsloth/Llama-3.1-8B-Instruct-GGUF:Q4_K_M"}, {}), ({"model_bytes": "4.92e9"}, {"model_bytes": 4.92e9}), ({"runtime": "LM Studio"}, {"runtime": "ollama"}),
        ({"build_date": "2023-11-05T10:00:00Z"}, {"build_date": "2023-11-05"}), ({"build_date": "20231105"}, {"build_date": "2023-11-05"}),
        ({"build_date": "2023/11"}, {"build_date": "2023-11"}), ({"build_date": "November 2023"}, {"build_date": "2023-11"}),
        ({"quantization": None, "runtime": "mlx", "devices": "apple-m3-max-40c"}, {"quantization": "4bit", "runtime": "mlx", "devices": "apple-m3-max-40c"}),
        ({"quantization": None, "runtime": "vllm"}, {"quantization": "BF16", "runtime": "vllm"}),
    ],
)  # fmt: skip
def test_other_spellings_give_the_same_answer(changed: dict[str, Any], same_as: dict[str, Any]) -> None:
    written, usual = one(**changed), one(**same_as)
    assert "error" not in written
    numbers = (
        "decode_tok_per_s",
        "decode_low",
        "prefill_tok_per_s",
        "quantization",
        "backend",
        "build_date",
        "kv_type",
        "depth",
    )
    assert [written[n] for n in numbers] == [usual[n] for n in numbers]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kv_type": "q8_0/q4_0"}, "names two types"), ({"kv_type": "turbo3"}, "not one of f32"), ({"backend": "TPU"}, "unknown backend"),
        ({"build_date": "2025-13"}, "no date"), ({"build_date": "b6915"}, "no date"), ({"depth": -1}, "no whole number"),
        ({"runtime": "abacus"}, "no speeds are calibrated"), ({"devices": {"rtx-4090": 0}}, "count from 1"), ({"config": "/no/such.json"}, "No such file"),
        ({"devices": None, "machine": 5}, "the id of a machine"), ({"quantization": "HQQ"}, "known are Q4_K_M"), ({"devices": "rtx-4090 + rtx-9999"}, "unknown device 'rtx-9999'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words(changed: dict[str, Any], message: str) -> None:
    assert message in one(**changed)["error"]


def test_a_machine_of_the_catalog_brings_its_cards_ram_and_processor() -> None:
    asked = {"model": "gpt-oss-120b", "quantization": "MXFP4"}
    machine = FACTS.machines["essay-pc-gtx-1080"]
    by_name = one(devices=None, machine="essay-pc-gtx-1080", **asked)
    by_parts = one(devices={machine.device: 1}, cpu=machine.cpu, ram_gib=machine.ram_gib, **asked)
    assert by_name.get("error") == by_parts.get("error") and by_name.get("decode_tok_per_s") == by_parts.get(
        "decode_tok_per_s"
    )


@pytest.mark.parametrize(
    ("text", "runtime", "form"),
    [
        ("q4_k_m", None, "Q4_K_M"), ("Q4_K - Medium", "llama.cpp", "Q4_K_M"), ("llama 8B Q3_K - Small", "llama.cpp", "Q3_K_S"),
        ("UD-Q4_K_XL", "llama.cpp", "Q4_K_M"), ("GGUF-Q6_K", "llama.cpp", "Q6_K"), ("IQ4_XS - 4.25 bpw", "llama.cpp", "IQ4_XS"),
        ("FP16", "llama.cpp", "F16"), ("fp16", "vllm", "F16-safetensors"), ("bf16", "mlx", "MLX-bf16"), ("4bit", "mlx", "MLX-4bit"),
        ("MLX 8bit g64", "mlx", "MLX-8bit"), ("AWQ", "vllm", "AWQ-int4"), ("awq-4bit", None, "AWQ-int4"), ("GPTQ 4bit g128 act", "exllama", "GPTQ-int4"),
        ("FP8-dynamic", "vllm", "FP8"), ("4.0bpw", "exllama", "EXL2-4.0bpw"), ("exl3-6.0bpw-mcg", "exllama", "EXL3-6.0bpw"), ("MXFP4 MoE", "llama.cpp", "MXFP4_MOE"),
        ("Q4KM", None, "Q4_K_M"), ("fp32", "llama.cpp", "F32"), ("4-bit", "llama.cpp", "Q4_K_M"), ("Q8", None, "Q8_0"), ("Q4_K_M+", None, "Q4_K_M"),
        ("IQ4_KS", "llama.cpp", "IQ4_XS"), ("IQ4_K_R4", "llama.cpp", "IQ4_NL"), ("Q4_K_P", None, "Q4_K_M"), ("W8A8", "vllm", "GPTQ-int8"),
        ("bitsandbytes 8bit", "vllm", "GPTQ-int8"), ("exl2-6_5", "exllama", "EXL2-6.5bpw"), ("q4f16_1", "mlc", "MLX-4bit"),
    ],
)  # fmt: skip
def test_quantizations_go_by_many_names(text: str, runtime: str | None, form: str) -> None:
    assert named_format(text, runtime).form == form


@pytest.mark.parametrize(
    ("text", "runtime"),
    [("7bit", "llama.cpp"), ("AWQ", "llama.cpp"), ("best", None), ("7.2", None), ("EXL2-4.0bpw", "vllm")],
)
def test_a_quantization_that_is_not_clear_is_refused(text: str, runtime: str | None) -> None:
    with pytest.raises(ValueError, match=r"quantization|runs|run"):
        named_format(text, runtime)


def test_bits_named_by_hand_and_bytes_stated_scale_the_weights() -> None:
    half = one(model_bytes=one()["model_bytes"] / 2)
    assert half["read_bytes"] == pytest.approx(one()["read_bytes"] / 2, rel=1e-6)
    assert half["decode_tok_per_s"] > 1.2 * one()["decode_tok_per_s"]
    stated = one(quantization="IQ4_XS - 4.00 bpw")
    assert stated["model_bytes"] == pytest.approx(8.03e9 * 4 / 8, rel=0.01)
    assert "bits for each" in one(model_bytes=1000)["error"]


def test_ollama_and_todays_llamafile_are_llama_cpp() -> None:
    names = ("llama.cpp", "ollama", "Ollama 0.23", "llama-server b8920", "llamafile", "LM Studio")
    speeds = {one(runtime=name)["decode_tok_per_s"] for name in names if runtime_id(name)}
    assert len(speeds) == 1


def test_a_config_gives_what_the_catalog_model_gives(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(PUBLISHED["llama-3.1-8b"][0]), encoding="utf-8")
    assert one(model=None, config=str(path))["decode_tok_per_s"] == pytest.approx(one()["decode_tok_per_s"], rel=1e-3)


def test_a_full_context_is_slower_and_a_smaller_cache_less_so() -> None:
    empty, full, small = one(), one(depth=32768), one(depth=32768, kv_type="q8_0")
    assert full["decode_tok_per_s"] < small["decode_tok_per_s"] < empty["decode_tok_per_s"]
    # 32 layers x 2 x 8 heads x 128 x 2 bytes a token.
    assert full["read_bytes"] - empty["read_bytes"] == pytest.approx(32768 * 131072, rel=0.01)


def test_what_does_not_fit_the_card_goes_to_ram_where_the_runtime_can() -> None:
    large = one(model="llama-3.1-70b-instruct")
    assert large["fit"] == "offload" and large["class"] == "several" and "64 GiB of RAM" in large["notes"][0]
    assert "does not fit" in one(model="llama-3.1-70b-instruct", quantization="AWQ", runtime="vllm")["error"]
    assert one(model="llama-3.1-70b-instruct", ram_gib=8)["fit"] == "none"
    assert one(backend="cpu")["fit"] == "cpu" and one(backend="cpu")["decode_tok_per_s"] < one()["decode_tok_per_s"]


def test_a_mac_is_taken_with_the_memory_that_holds_the_model() -> None:
    assert one(devices="apple-m2-ultra-76c", model="llama-3.1-70b-instruct", quantization="Q8_0")["fit"] == "gpu"
    assert one(devices="apple-m1-8c", model="llama-3.1-70b-instruct", quantization="Q8_0")["fit"] == "none"


def test_loading_and_the_first_word_are_told_with_their_range() -> None:
    found = one(prompt=1000)
    # 4.92 GB at 0.55 GB/s, and at half of that.
    assert found["load_s"]["sata-ssd"] == pytest.approx([8.95, 17.9], rel=0.01)
    likely = 1000 / found["prefill_tok_per_s"] + 1 / found["decode_tok_per_s"]
    assert found["time_to_first_token_s"] == pytest.approx(likely, rel=0.01)
    assert found["time_to_first_token_low_s"] < likely < found["time_to_first_token_high_s"]
    assert found["feels_like"] == "agent" and one(model="llama-3.1-70b-instruct")["feels_like"] == "slower than reading"


def test_what_is_unknown_is_null_with_the_reason() -> None:
    found = one(devices="cpu-ddr5-5600-dual")
    assert found["decode_tok_per_s"] > 0
    for key in ("prefill_tok_per_s", "watts"):
        assert found[key] is None and found["why"][key]


def test_no_prediction_beats_the_memory_it_reads_from() -> None:
    """Tokens a second x bytes a token is a bandwidth: no mixed case may exceed that of its devices together."""
    told = 0
    for answer in answer_cases(FACTS, mixed(FACTS, 600, 1)):
        if answer.get("decode_tok_per_s") is None or answer["fit"] == "offload":
            continue
        together = sum(
            n * (FACTS.devices[d].memory_bandwidth_gb_per_s or FACTS.devices[d].measured_bandwidth_gb_per_s or 0)
            for d, n in answer["devices"].items()
        )
        assert answer["decode_tok_per_s"] * answer["read_bytes"] <= together * 1e9, answer
        assert answer["decode_low"] < answer["decode_tok_per_s"] < answer["decode_high"]
        told += 1
    assert told > 300


def test_many_cases_together_say_what_each_says_alone() -> None:
    old_and_new = [CASE | {"model": "qwen3-next-80b-a3b-instruct", "build_date": date} for date in (None, "2026-02", "2025-06")]  # fmt: skip
    apart = [CASE | {"devices": {"rtx-4090": 2, "rtx-3060-12gb": n}, "split": split} for n in (1, 2) for split in ("layer", "tensor")]  # fmt: skip
    cases = [*mixed(FACTS, 60, 2), *old_and_new, *apart]
    together = answer_cases(FACTS, cases)
    assert together == [answer_cases(FACTS, [case])[0] for case in cases]
    assert together[60]["decode_tok_per_s"] != together[61]["decode_tok_per_s"]


def test_cards_that_read_together_still_wait_for_what_lies_in_ram() -> None:
    asked = {"model": "llama-3.3-70b-instruct", "quantization": "Q8_0", "devices": {"rtx-3090": 2}}
    by_layer, together = one(**asked, split="layer"), one(**asked, split="tensor")
    assert together["fit"] == "offload" and by_layer["decode_tok_per_s"] <= together["decode_tok_per_s"]
    # Some 30 GB of 75 lie in RAM, which gives at most 90 GB/s.
    assert together["decode_tok_per_s"] < 3.5


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["rtx-4090", "Q4_K_M", "qwen3-8b", "vllm"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "count", "rtx-4090", "x"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["model", "config", "quantization", "devices", "runtime", "depth", "kv_type", "model_bytes", "count", "backend", "cpu", "build_date", "split", "ram_gib"]), ANYTHING, max_size=6), max_size=3))  # fmt: skip
def test_no_line_is_ever_lost_whatever_it_holds(lines: list[dict[str, object]]) -> None:
    answers = answer_cases(FACTS, [CASE | line for line in lines])
    assert len(answers) == len(lines)
    assert all("error" in a or "decode_tok_per_s" in a for a in answers)
