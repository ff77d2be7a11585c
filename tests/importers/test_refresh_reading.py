"""Readers of other people's files take what they understand, name what they do not, and never do anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.catalog.schema import Score
from lib.importers import refresh_reading as reading
from lib.importers.refresh_boards import flat_yaml, parse_aider, parse_epoch, parse_open_llm
from lib.importers.refresh_diff import diff, lines
from lib.importers.refresh_prices import parse_litellm, parse_models_dev, parse_openrouter, parse_prices_csv
from lib.importers.refresh_reading import RowError, csv_of, json_of, number, word
from lib.importers.refresh_scores import (
    parse_arena,
    parse_livebench,
    parse_livebench_categories,
    parse_scores_csv,
)

DATA = Path(__file__).with_name("data")
TASKS = {"Reasoning": ("spatial", "zebra_puzzle"), "IF": ("summarize",)}
READERS: dict[str, Callable[[bytes], Any]] = {
    "models_dev.json": parse_models_dev,
    "openrouter.json": parse_openrouter,
    "litellm.json": parse_litellm,
    "arena.json": parse_arena,
    "arena_rows.json": parse_arena,
    "lmarena_text.csv": parse_arena,
    "livebench_table.csv": lambda content: parse_livebench(content, TASKS),
    "livebench_categories.json": parse_livebench_categories,
    "epoch_runs.csv": parse_epoch,
    "epoch_gpqa.csv": lambda content: parse_epoch(content, "gpqa-diamond"),
    "aider.yml": parse_aider,
    "open_llm.csv": parse_open_llm,
    "prices.csv": parse_prices_csv,
    "scores.csv": parse_scores_csv,
}


def content_of(name: str) -> bytes:
    own = {
        "prices.csv": b"model,provider,input_usd_per_mtok,output_usd_per_mtok\nphi-4,azure,0.1,0.4\n",
        "scores.csv": b"model,benchmark,value,measured_by,date\nphi-4,musr,40,third-party,2026-01-01\n",
    }
    return own.get(name) or (DATA / name).read_bytes()


def test_openrouters_prices_are_for_a_million_tokens_and_routers_have_none() -> None:
    offers, rejected = parse_openrouter(content_of("openrouter.json"))
    [first] = [o for o in offers if o.name == "qwen/qwen3-32b"]
    assert (first.input_usd_per_mtok, first.output_usd_per_mtok, first.context_tokens) == (0.08, 0.28, 40960)
    assert {bad.row: bad.reason for bad in rejected} == {
        "openrouter openai/gpt-oss-20b:free": "a special offer of another row (free)",
        "openrouter openrouter/auto": "input price is negative: the list has no fixed price",
    }


def test_litellms_example_and_embeddings_are_no_prices() -> None:
    offers, rejected = parse_litellm(content_of("litellm.json"))
    assert {bad.name for bad in rejected} == {"sample_spec", "text-embedding-3-small"}
    [row] = [o for o in offers if o.name == "vertex_ai/claude-3-opus"]
    assert (row.input_usd_per_mtok, row.output_usd_per_mtok) == (15, 75)


def test_arena_keeps_the_interval_and_the_categories_the_catalog_has() -> None:
    offers, rejected = parse_arena(content_of("arena_rows.json"))
    assert [(o.name, o.benchmark, o.value, o.low, o.high, o.date) for o in offers] == [
        ("gpt-oss-20b", "chatbot-arena-elo", 1318.25, 1312.7, 1323.8, "2026-09-13"),
        ("gpt-oss-20b", "chatbot-arena-elo-coding", 1340.5, 1333.0, 1348.0, "2026-09-13"),
    ]
    assert {bad.name: bad.reason for bad in rejected} == {
        "gemma-3-27b-it": "the rating lies outside its own interval",
        "phi-4": "no date",
    }
    offers, _ = parse_arena(content_of("lmarena_text.csv"))
    [row] = [o for o in offers if o.name == "Qwen3-32B"]
    assert (row.value, row.low, row.high, row.conditions) == (1341, 1332, 1350, "4074 votes")


def test_livebench_forms_means_of_tasks_then_of_categories() -> None:
    table = b"model,spatial,zebra_puzzle,summarize\na,60,80,50\nb,60,,50\n"
    offers, rejected = parse_livebench(table, TASKS)
    assert {(o.name, o.benchmark): o.value for o in offers} == {
        ("a", "livebench-reasoning"): 70, ("a", "livebench-instruction-following"): 50, ("a", "livebench"): 60,
        ("b", "livebench-instruction-following"): 50,
    }  # fmt: skip
    assert {bad.row: bad.reason for bad in rejected} == {
        "b livebench-reasoning": "zebra_puzzle is missing",
        "b livebench": "zebra_puzzle is missing",
    }


def test_epochs_proportions_become_per_cent_and_percentages_are_refused() -> None:
    offers, rejected = parse_epoch(content_of("epoch_runs.csv"))
    [row] = [o for o in offers if o.name == "gpt-5.1_medium"]
    assert (row.benchmark, row.value, row.date) == ("gpqa-diamond", 85, "2025-11-17")
    assert row.conditions == "standard error 2 points; task version 1.0.1"
    assert [bad.reason for bad in rejected] == ["no date"]
    _, rejected = parse_epoch(content_of("epoch_gpqa.csv"), "gpqa-diamond")
    assert [bad.reason for bad in rejected] == ["score of 56.1 is no proportion between 0 and 1"]


def test_aiders_list_is_read_and_other_yaml_is_not() -> None:
    offers, rejected = parse_aider(content_of("aider.yml"))
    assert [(o.name, o.value) for o in offers] == [
        ("Qwen2.5-Coder-32B-Instruct", 16.4), ("claude-3-7-sonnet-20250219 (32k thinking tokens)", 64.9),
    ]  # fmt: skip
    assert [bad.reason for bad in rejected] == ["no date"]
    for bad in (
        b"- a: &x 1\n",
        b"- a: !!python/object:os.system x\n",
        b"- a: [1, 2]\n",
        b"  a: 1\n",
        b"- a: 1\n  a: 2\n",
    ):
        with pytest.raises(ValueError, match="line"):
            flat_yaml(bad)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"), (b"\xff\xfe", "not UTF-8"), (b"{", "not JSON"), (b"[" * 40 + b"]" * 40, "nested more than"),
        (b'{"a": NaN}', "NaN"), (b'{"a": 1, "a": 2}', "twice"), (b'{"a": ' + b"9" * 30 + b"}", "more than 20 digits"),
    ],
)  # fmt: skip
def test_json_that_could_do_harm_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        json_of(content)


def test_a_file_too_large_or_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST_BYTES", 10)
    with pytest.raises(ValueError, match="more than"):
        json_of(b'{"a": "0123456789"}')
    monkeypatch.undo()
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    with pytest.raises(ValueError, match="more than 3 lines"):
        list(csv_of(b"a\n1\n2\n3\n4\n"))
    with pytest.raises(ValueError, match="more than 3"):
        parse_openrouter(json.dumps({"data": [{}] * 4}).encode())


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-cmd", "@SUM(A1)", "a\x1b[31m", "a\u202eb", "a\nb", "x" * 301, "  ", 3, None]
)
def test_texts_a_spreadsheet_or_terminal_would_act_on_are_refused(text: object) -> None:
    with pytest.raises(RowError, match="model"):
        word(text, "model")


@pytest.mark.parametrize("text", ["1_000", "0x10", "１", "nan", "inf", "1e999", "1,5", "", None, True, [1]])
def test_only_numbers_are_numbers(text: object) -> None:
    with pytest.raises(RowError, match="price"):
        number(text, "price")


def outcome(name: str, content: bytes) -> Any:
    """What a reader makes of some bytes; a refusal has to say why, and nothing else may be raised."""
    try:
        return READERS[name](content)
    except ValueError as error:
        said = str(error)
    assert said.strip()
    return said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", sorted(READERS))
@settings(max_examples=60)
@given(data=st.data())
def test_any_bytes_are_read_or_refused_with_a_reason(name: str, data: st.DataObject) -> None:
    good = content_of(name)
    at, width = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, 40))
    noise = data.draw(st.binary(max_size=40) | JSON.map(lambda v: json.dumps(v).encode()))
    for content in (noise, good[:at] + noise + good[at + width :]):
        made = outcome(name, content)
        if isinstance(made, tuple):
            assert all(bad.reason and "\n" not in bad.row + bad.reason for bad in made[1])


@pytest.mark.parametrize("name", sorted(name for name in READERS if name.endswith(".json")))
@settings(max_examples=60)
@given(value=JSON, place=st.lists(st.integers(0, 9), min_size=1, max_size=6))
def test_any_value_anywhere_in_a_list_is_read_or_refused(name: str, value: Any, place: list[int]) -> None:
    whole = json.loads(content_of(name))
    at = whole
    for step in place:
        keys = list(at) if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else []
        if not keys:
            break
        key = keys[step % len(keys)]
        if not isinstance(at[key], dict | list) or step == place[-1]:
            at[key] = value
            break
        at = at[key]
    outcome(name, json.dumps(whole).encode())


def score(value: float, conditions: str | None = None, variant: str | None = None) -> Score:
    return Score(model="phi-4", benchmark="musr", protocol="p", value=value, conditions=conditions, variant=variant,
                 measured_by="third-party", source="s")  # fmt: skip


def test_several_rows_of_one_key_are_paired_equal_ones_first() -> None:
    old = [score(40), score(41), score(50, "5-shot")]
    assert not diff(old, list(reversed(old))) and diff(old, reversed(old)).same == 3
    found = diff(old, [score(41), score(52, "5-shot"), score(40), score(60, variant="high")])
    assert found.changed == ((score(50, "5-shot"), score(52, "5-shot")),) and found.same == 2
    assert found.added == (score(60, variant="high"),) and found.gone == ()
    assert lines(found) == ["~ phi-4 musr p: value 50 → 52 (+4 %)", "+ phi-4 musr p high: value 60"]


def test_the_day_a_row_was_read_is_no_change() -> None:
    later = score(40).model_copy(update={"date": "2026-11-24", "source": "s#elsewhere"})
    assert not diff([score(40)], [later])
