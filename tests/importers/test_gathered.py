"""What a reader of the catalog relies on when gathered fact files are imported."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lib.importers.gathered import run
from lib.importers.gathered_conditions import conditions
from lib.importers.gathered_models import Report, counts_of, licence_of, model, tuning_of
from lib.importers.gathered_prices import price_rows
from lib.importers.gathered_scores import protocol_id, score_rows
from lib.importers.gathered_sources import Sources, commits
from lib.importers.gathered_write import fields, toml

DAY = "2026-11-23"
HUB = "pypi:llmfit==1.1.17 (embedded llmfit-core/data/hf_models.json, HF Hub metadata; repo AlexsJones/llmfit, MIT) record "


LLAMA_3_8B = {
    "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 128256,
    "model_type": "llama", "intermediate_size": 14336, "tie_word_embeddings": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "counted", "expected"),
    [
        (671_000_000_000, 684_531_386_000, 671_000_000_000),  # DeepSeek-V3: its file holds a prediction layer
        (1_000_000_000_000, 1_026_408_235_864, 1_026_408_235_864),  # Kimi K2: "1T" is rounded
        (106_000_000_000, 110_468_824_832, 106_000_000_000),  # GLM-4.5-Air
        (21_000_000_000, 20_914_757_184, 20_914_757_184),  # gpt-oss-20b
        (123_000_000_000, None, 123_000_000_000),
    ],
)
def test_the_exact_count_is_taken_where_it_is_the_same_thing(stated: int, counted: int | None, expected: int) -> None:
    record = {"params_total": stated, "params_checkpoint": counted, "params_active": 1, "is_moe": True}
    assert counts_of(record)[0] == expected


def test_an_embedding_stored_twice_is_counted_once() -> None:
    note = "the safetensors file stores the tied embedding twice; without the copy about 0.596B parameters (arithmetic)"
    record = {
        "params_total": 751_632_384,
        "params_checkpoint": 751_632_384,
        "params_active": 751_632_384,
        "notes": [note],
    }
    assert counts_of(record)[:2] == (596_000_000, 596_000_000)


def test_a_licence_without_an_id_is_refused() -> None:
    assert licence_of({"id": "x", "licence": "llama3.1"}) == "llama-3.1"
    with pytest.raises(ValueError, match="'house rules' has no id"):
        licence_of({"id": "x", "licence": "house rules"})


def test_tuning_comes_from_kind_and_name() -> None:
    assert tuning_of({"id": "qwen2.5-coder-7b-instruct", "kind": "instruct"}) == "code"
    assert tuning_of({"id": "llama-3-8b", "kind": "base"}) == "base"
    assert tuning_of({"id": "qwen3-8b", "kind": "hybrid"}) == "reasoning"
    assert tuning_of({"id": "qwen3-vl-8b", "kind": "instruct", "architecture": {"model_type": "qwen3_vl"}}) == "vision"


CARD = {
    "id": "rtx-4090", "name": "GeForce RTX 4090", "vendor": "NVIDIA", "kind": "gpu", "memory_gb": [24.0], "memory_bandwidth_gbs": 1008,
    "source": {"memory_bandwidth_gbs": "https://www.techpowerup.com/gpu-specs/geforce-rtx-4090.c3889"},
}  # fmt: skip


def record(**more: Any) -> dict[str, Any]:
    return {
        "id": "llama-3-8b", "display_name": "Llama 3 8B (base)", "publisher": "Meta", "kind": "base", "released": "2024-04-18",
        "licence": "llama3", "open_weights": True, "modalities": {"input": ["text"], "output": ["text"]}, "context_tokens": 8192,
        "params_total": 8_030_261_248, "params_checkpoint": 8_030_261_248, "params_active": 8_030_261_248, "is_moe": False,
        "architecture": LLAMA_3_8B, "hf_repo": "meta-llama/Meta-Llama-3-8B", "ollama_tag": "llama3:8b",
        "sources": {
            "params_checkpoint": HUB + "meta-llama/Meta-Llama-3-8B", "params_active": "dense model: equals params_total",
            "released": "github:meta-llama/llama-models@a9c89c471f79:models/llama3/MODEL_CARD.md",
            "licence": "github:meta-llama/llama-models@a9c89c471f79:models/llama3/MODEL_CARD.md",
            "context_tokens": "github:meta-llama/llama-models@a9c89c471f79:models/llama3/MODEL_CARD.md",
            "architecture": [{"source": HUB + "meta-llama/Meta-Llama-3-8B", "fields": []}],
        },
        **more,
    }  # fmt: skip


def test_a_model_says_where_each_fact_comes_from() -> None:
    sources = Sources(DAY)
    made = model(record(), sources, Report())
    assert made is not None
    assert made.sources["released"] == "meta-llama-llama-models#models/llama3/MODEL_CARD.md"
    assert (
        made.sources["active_parameters"]
        == made.sources["parameters"]
        == "llmfit-1.1.17#record meta-llama/Meta-Llama-3-8B"
    )
    assert (
        sources.by_file["models"]["meta-llama-llama-models"].url
        == "https://github.com/meta-llama/llama-models/tree/a9c89c471f79"
    )
    assert made.ollama is None  # the tag is the instruct model's
    assert "mixes scores of the base and the instruct model" in (made.note or "")


def test_a_model_file_reads_back_as_written() -> None:
    made = model(record(), Sources(DAY), Report())
    assert made is not None
    written = toml(fields(made))
    assert written.index("name =") < written.index("[architecture]") < written.index("[sources]")
    assert type(made).model_validate(tomllib.loads(written)) == made


def test_a_source_names_the_commit_only_where_there_are_several() -> None:
    text = "github:o/one@1111111aaaaa:a.csv github:o/two@2222222aaaaa:a github:o/two@3333333aaaaa:b"
    sources = Sources(DAY, commits(text))
    assert sources.ref("scores", "github:o/one@1111111aaaaa:a.csv (row 3)") == "o-one#a.csv (row 3)"
    assert sources.ref("scores", "github:o/two@3333333aaaaa:b") == "o-two-3333333#b"
    page = "https://huggingface.co/datasets/cais/hle/embed/leaderboard (excerpt read through the docs/pages search, 2026-11-23)"
    assert sources.ref("scores", page) == "hf-datasets-cais-hle#embed/leaderboard"
    assert sources.ref("scores", "API only") is None


def score(**more: Any) -> dict[str, Any]:
    return {
        "model_id": "llama-3-8b", "benchmark": "mmlu", "value": 66.49, "scale": "percent 0-100", "conditions": "5-shot acc; no chat template",
        "measured_by": "Hugging Face", "variant": "base", "source_url": "https://huggingface.co", "date": "2024-04-18", "kind": "independent",
        "retrieved_from": "github:fboulnois/llm-leaderboard-csv@528598214f8f:csv/huggingface_v1.csv", "protocol": "open-llm-leaderboard-v1",
        **more,
    }  # fmt: skip


def test_rows_of_the_base_model_and_of_the_instruct_model_do_not_mix() -> None:
    base = model(record(), Sources(DAY), Report())
    assert base is not None
    tuned = base.model_copy(update={"tuning": "instruct"})
    rows, report = [score(), score(variant="instruct", value=68.4)], Report()
    assert [
        s.value for s in score_rows(rows, {"llama-3-8b": base}, Sources(DAY), report)["open-llm-leaderboard-v1"]
    ] == [66.49]
    assert [
        s.value for s in score_rows(rows, {"llama-3-8b": tuned}, Sources(DAY), report)["open-llm-leaderboard-v1"]
    ] == [68.4]
    assert len(report.rejected) == 2


def test_ifeval_without_a_working_chat_template_is_left_out_and_said() -> None:
    base = model(record(), Sources(DAY), Report())
    assert base is not None
    tuned, report = base.model_copy(update={"tuning": "instruct"}), Report()
    failed = score(
        benchmark="ifeval", variant=None, value=4.9, protocol="open-llm-leaderboard-v2", conditions="chat template true"
    )
    other = score(benchmark="ifeval", variant=None, value=63.0, protocol="table-in:x", kind="vendor")
    found = score_rows([failed, other], {"llama-3-8b": tuned}, Sources(DAY), report)
    assert {name: [s.value for s in part] for name, part in found.items()} == {"maker-reports": [63.0]}
    assert report.rejected == [
        "scores llama-3-8b ifeval open-llm-leaderboard-v2 4.9: chat template failed: far below every other reading"
    ]


def test_the_voters_interval_is_read_from_the_remark() -> None:
    base = model(record(), Sources(DAY), Report())
    assert base is not None
    row = score(
        benchmark="chatbot_arena_elo",
        value=1333.0,
        scale="Elo",
        conditions="overall text; 95% CI +4/-5; 22841 votes",
        protocol="lmarena-2025-08-04",
    )
    (found,) = score_rows([row], {"llama-3-8b": base}, Sources(DAY), Report())["lmarena-2025-08"]
    assert (found.low, found.high, found.conditions) == (1328.0, 1337.0, "22841 votes")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"protocol": "livebench-release-2026-01-08", "kind": "independent"}, "livebench-2026-01"),
        ({"protocol": "table-in:x/y:README.md", "kind": "vendor"}, "maker-reports"),
        ({"protocol": "table-in:x/y:README.md", "kind": "vendor-of-a-competitor"}, "competitor-reports"),
        ({"protocol": "mixed: collected by LLM-Stats", "kind": "vendor"}, "collections"),
        ({"protocol": "page:https://example.org", "kind": "something new"}, "collections"),
        (
            {
                "protocol": "openai-simple-evals (x)",
                "kind": "vendor",
                "measured_by": "vendor report as cited by OpenAI simple-evals",
            },
            "maker-reports",
        ),
    ],
)
def test_a_protocol_is_who_measured_and_how(row: dict[str, Any], expected: str) -> None:
    assert protocol_id({"measured_by": "", "conditions": None, **row}) == expected


def test_conditions_keep_settings_and_drop_sentences() -> None:
    said = "GPT-5 mini with thinking mode (no tools) - Full set of expert-level questions across subjects."
    assert conditions(said) == "thinking, no tools"
    assert conditions("5-shot, chat template") == "5-shot, chat template"
    assert (
        conditions("Challenging dataset of questions written by domain experts in biology, physics, and chemistry")
        is None
    )


def price(provider_model: str, dollars: float, source: str, date: str, **more: Any) -> dict[str, Any]:
    return {
        "model_id": "llama-3-8b", "provider": "p", "provider_model_id": provider_model, "usd_per_mtok_in": dollars, "usd_per_mtok_out": dollars,
        "usd_per_mtok_cache_read": None, "context": 8192, "source": source, "file_date": date, **more,
    }  # fmt: skip


def test_the_newest_price_of_the_most_trusted_list_is_shown() -> None:
    base = model(record(), Sources(DAY), Report())
    assert base is not None
    rows = [
        price("m", 9, "github:anomalyco/models.dev@f3fc69229967:p/m.toml", "2026-07-02"),
        price("m", 2, "pypi:litellm==1.109.1 prices.json", "2026-11"),
        price("m", 1, "pypi:genai-prices==0.2.3 data.py", "2026-11"),
        price("m:free", 0, "pypi:genai-prices==0.2.3 data.py", "2026-11"),
        price(
            "m",
            5,
            "pypi:genai-prices==0.2.3 data.py",
            "2026-11",
            constraint="StartDateConstraint(start_date=datetime.date(2027, 1, 1))",
        ),
    ]
    (found,) = price_rows(rows, {"llama-3-8b": base}, Sources(DAY), report := Report())
    assert (found.input_usd_per_mtok, found.as_of, found.source) == (1, "2026-11", "genai-prices-0.2.3#data.py")
    assert len(report.rejected) == 2


def test_additions_by_hand_survive_an_import_and_unwanted_models_go(tmp_path: Path) -> None:
    given, catalog = tmp_path / "given", tmp_path / "catalog"
    files: dict[str, Any] = {
        "models": [record(), record(id="llama-3-8b-again")], "scores": [score(retrieved_on=DAY)], "benchmarks": [], "prices": [],
        "hardware": {"hardware": [CARD]}, "hardware_conflicts": [],
    }  # fmt: skip
    given.mkdir()
    for name, content in files.items():
        (given / f"{name}.json").write_text(json.dumps(content))
    made = model(record(), Sources(DAY), Report())
    assert made is not None
    (catalog / "models" / "me").mkdir(parents=True)
    for name in ("my-own", "llama-3-8b-again"):
        (catalog / "models" / "me" / f"{name}.toml").write_text(toml(fields(made)))
    (catalog / "devices.csv").write_text("id,name,vendor,kind,source\nmy-card,Mine,NVIDIA,gpu,me\n")
    (tmp_path / "ids").write_text("llama-3-8b  # the essay's\n\n")
    run(given, catalog, wanted_models=str(tmp_path / "ids"), wanted_devices="all")
    assert {p.stem for p in catalog.rglob("models/*/*.toml")} == {"my-own", "llama-3-8b"}
    assert [line.split(",")[0] for line in (catalog / "devices.csv").read_text().splitlines()] == [
        "id",
        "rtx-4090",
        "my-card",
    ]
    assert "mmlu,open-llm-leaderboard-v1,66.49" in (catalog / "scores" / "open-llm-leaderboard-v1.csv").read_text()
