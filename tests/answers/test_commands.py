"""Every command we print is made of documented options only, and its numbers are those of our placement."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import get_args

import pytest

from lib.answers import explain_memory
from lib.answers.commands import commands_for
from lib.answers.commands_shapes import Command
from lib.answers.machine import rig_of
from lib.answers.sized import request_of, weights_of
from lib.catalog import current
from lib.sizing.placement import Placement, place
from lib.view import View
from lib.view.view import Tool

FACTS = current()
VIEWS = {
    "card": View(),
    "two cards, four people": View(hw="pc-2x-rtx-3090", slots=4, kv="q8_0"),
    "eight cards": View(hw="server-8x-h100", slots=8, ctx=32768),
    "uneven cards": View(hw="rtx-3060-12gb", n=3, ctx=16384),
    "mac": View(hw="mac-studio-m4-max-128gb", slots=2),
    "processor": View(hw="pc-ddr5-64gb"),
    "no flash attention": View(hw="pc-rtx-4090", fa="off", ctx=4096),
    "odd cache": View(hw="pc-rtx-4090", kv="q5_1"),
}
MODELS = ("qwen3-8b", "qwen3-30b-a3b", "gpt-oss-20b", "llama-3.3-70b-instruct", "gpt-oss-120b")
FORMATS = ("Q8_0", "Q4_K_M", "IQ4_XS", "F16", "MLX-4bit", "AWQ-int4")


def placed(view: View, model: str, form: str) -> Placement:
    architecture = FACTS.models[model].architecture
    assert architecture is not None
    return place(architecture, weights_of(architecture, form), rig_of(FACTS, view).pools, request_of(view))


def made(view: View, model: str, form: str) -> dict[str, Command]:
    found = commands_for(FACTS, view, model, form, placed(view, model, form), rig=rig_of(FACTS, view))
    return {c.tool: c for c in found}


def every() -> Iterator[tuple[View, str, str, Command]]:
    for view in VIEWS.values():
        for model in MODELS:
            for form in FORMATS:
                for command in made(view, model, form).values():
                    yield view, model, form, command


def used(tool: str, text: str) -> Iterator[str]:
    """The commands, options and settings a text is made of, as `catalog/runtimes.toml` spells them."""
    commands = [o for o in FACTS.runtimes[tool].options if re.match(r"[a-z]", o)]
    for line in text.splitlines():
        if line.startswith(("FROM ", "PARAMETER ")):
            words = line.split()
            yield words[0] if words[0] == "FROM" else " ".join(words[:2])
            continue
        if line in ("cat > Modelfile <<'END'", "END"):
            continue
        words = shlex.split(line.removesuffix(" &"))
        while "=" in words[0]:
            yield words.pop(0).partition("=")[0]
        start = next((c for c in commands if words[: len(c.split())] == c.split()), None)
        assert start, f"{tool}: no documented command begins {line!r}"
        yield start
        yield from (w for w in words[len(start.split()) :] if w.startswith("-"))


def option(text: str, name: str) -> str | None:
    words = shlex.split(text)
    return words[words.index(name) + 1] if name in words else None


def test_every_tool_answers_with_a_command_or_one_reason() -> None:
    with_text = set()
    for view in VIEWS.values():
        for model in MODELS:
            found = made(view, model, "Q4_K_M")
            assert tuple(found) == get_args(Tool)
            for command in found.values():
                with_text |= {command.tool} if command.text else set()
                assert command.text or re.fullmatch(r"(?:(?!\. ).){20,}\.", command.note), command
    assert with_text == set(get_args(Tool))


def test_everything_a_command_is_made_of_is_in_the_documents_of_its_tool() -> None:
    seen: dict[str, set[str]] = {tool: set() for tool in get_args(Tool)}
    for _, _, _, command in every():
        parts = set(used(command.tool, command.text))
        assert parts <= set(FACTS.runtimes[command.tool].options), (command.tool, parts)
        seen[command.tool] |= parts
    for tool in get_args(Tool):
        runtime = FACTS.runtimes[tool]
        assert seen[tool] and runtime.options_source
        assert FACTS.source_of(runtime.options_source) is not None


def test_the_numbers_are_those_of_the_placement() -> None:
    splits = set()
    for view, model, form, command in every():
        if command.tool not in ("llama.cpp", "llamafile") or not command.text:
            continue
        found = placed(view, model, form)
        text = command.text
        assert option(text, "-c") == str(view.ctx * view.slots) and option(text, "-np") == str(view.slots)
        assert option(text, "-ngl") == ("999" if found.fit == "gpu" else str(found.gpu_layers))
        assert option(text, "--n-cpu-moe") == (str(found.cpu_expert_layers) if found.cpu_expert_layers and found.gpu_layers else None)  # fmt: skip
        assert option(text, "-fa") == ("off" if view.fa == "off" else "on")
        assert option(text, "-ctk") == option(text, "-ctv") == (None if view.kv == "f16" else view.kv)
        splits.add((found.fit, bool(found.cpu_expert_layers)))
    assert splits >= {("gpu", False), ("offload", False), ("offload", True), ("cpu", False)}


def test_ollama_and_lm_studio_get_the_context_the_slots_and_the_cache_they_have_words_for() -> None:
    shared = made(VIEWS["two cards, four people"], "qwen3-30b-a3b", "Q8_0")
    first, *rest = shared["ollama"].text.splitlines()
    assert first == "OLLAMA_NUM_PARALLEL=4 OLLAMA_FLASH_ATTENTION=1 OLLAMA_KV_CACHE_TYPE=q8_0 ollama serve &"
    assert "PARAMETER num_ctx 8192" in rest and any(line.startswith("FROM hf.co/") and line.endswith(":Q8_0") for line in rest)  # fmt: skip
    assert "--context-length 32768 --parallel 4" in shared["lm-studio"].text
    plain = made(View(), "qwen3-8b", "Q4_K_M")["ollama"]
    assert "ollama serve" not in plain.text and f"FROM {FACTS.models['qwen3-8b'].ollama}\n" in plain.text
    odd = made(VIEWS["odd cache"], "qwen3-8b", "Q4_K_M")["ollama"]
    assert "OLLAMA_KV_CACHE_TYPE" not in odd.text and "q5_1" in odd.note
    half = made(View(), "qwen3-30b-a3b", "F16")["lm-studio"].text
    share = float(option(half.splitlines()[1], "--gpu") or "nan")
    architecture, found = FACTS.models["qwen3-30b-a3b"].architecture, placed(View(), "qwen3-30b-a3b", "F16")
    assert architecture is not None
    assert found.fit == "offload" and share == pytest.approx(found.gpu_layers / (architecture.layers + 1), abs=0.01)


def test_mlx_runs_on_apple_chips_at_the_bits_of_the_format_and_only_where_it_fits() -> None:
    assert not made(View(), "qwen3-8b", "Q4_K_M")["mlx"].text
    mac = View(hw="macbook-air-m4-16gb")
    assert made(mac, "qwen3-8b", "Q6_K")["mlx"].text.splitlines() == [
        "mlx_lm.convert --model Qwen/Qwen3-8B -q --q-bits 6 --mlx-path qwen3-8b-6bit",
        "mlx_lm.server --model qwen3-8b-6bit",
    ]
    assert made(mac, "qwen3-30b-a3b", "Q4_K_M")["mlx"].text == ""
    assert "published" not in made(mac, "qwen3-8b", "MLX-4bit")["llama.cpp"].note
    assert "GGUF" in made(mac, "qwen3-8b", "MLX-4bit")["llama.cpp"].note


def test_vllm_runs_the_published_weights_where_the_cards_hold_them_and_splits_them_evenly() -> None:
    two = made(VIEWS["two cards, four people"], "qwen3-8b", "Q4_K_M")["vllm"].text
    assert two == "vllm serve Qwen/Qwen3-8B --max-model-len 8192 --max-num-seqs 4 --gpu-memory-utilization 0.9 --tensor-parallel-size 2"  # fmt: skip
    assert "--tensor-parallel-size" not in made(View(), "qwen3-8b", "Q4_K_M")["vllm"].text
    assert "--pipeline-parallel-size 3" in made(VIEWS["uneven cards"], "qwen3-8b", "Q4_K_M")["vllm"].text
    assert not made(View(), "llama-3.3-70b-instruct", "Q4_K_M")["vllm"].text


def test_the_closer_look_prints_the_same_command() -> None:
    view = View(hw="pc-rtx-4090", quant="Q4_K_M")
    for model in MODELS:
        found = made(view, model, "Q4_K_M")["llama.cpp"]
        assert explain_memory(FACTS, view, model).command == found.text


def test_a_model_without_a_repository_gets_a_place_for_a_file_and_says_so() -> None:
    bare = next(k for k, m in FACTS.models.items() if m.architecture and not m.gguf and not m.ollama)
    found = made(View(hw="server-epyc-768gb"), bare, "IQ4_XS")
    assert "'<file>.gguf'" in found["llama.cpp"].text and "No repository" in found["llama.cpp"].note
    assert "FROM ./<file>.gguf" in found["ollama"].text
