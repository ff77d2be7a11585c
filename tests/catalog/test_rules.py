"""What the check finds when one figure of the real catalog is wrong, and only then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from lib.catalog import Catalog, load
from lib.catalog.rules import examine
from lib.catalog.rules.models import active_range
from lib.catalog.schema import Accepted, Alias, Price, Record, Score
from lib.sizing.weights import parameters


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def found(catalog: Catalog, **changed: Any) -> list[str]:
    """Problems of the catalog with some of its tables replaced."""
    return [str(problem) for problem in examine(replace(catalog, **changed), parameters)[0]]


def with_one(records: Mapping[str, Record], key: str, **update: object) -> dict[str, Record]:
    return dict(records) | {key: records[key].model_copy(update=update)}


def score(**given: object) -> Score:
    return Score.model_validate({"measured_by": "third-party", "source": "epoch-research-benchmark-stitching", **given})


def test_the_catalog_as_it_is_has_no_problem_that_is_not_accepted_with_a_reason(catalog: Catalog) -> None:
    problems, notes = examine(catalog, parameters)
    # Tables the app does not load name sources too; the command reads them.
    assert not [p for p in problems if p.rule != "unused"], list(map(str, problems))
    assert notes and all(len(note.reason) > 20 for note in notes)


@pytest.mark.parametrize(
    ("device", "wrong", "said"),
    [
        ("rtx-4090", 1100.0, "1008 GB/s within 2 % (384 bits at 21 Gbit/s a pin)"),
        ("mi300x", 10300.0, "twice the real one?"),  # as one list of cards has it
        ("b200", 4100.0, "one die's?"),  # as another has it
        ("h100-sxm", 6720.0, "twice the real one?"),
        ("apple-m1-max-32c", 819.2, "409.6 GB/s within 2 %"),  # a rounded 400 is accepted, another figure is not
        ("cpu-ddr5-6000-dual", 48.0, "one die's?"),
    ],
)
def test_a_bandwidth_its_bus_cannot_have_is_a_problem(catalog: Catalog, device: str, wrong: float, said: str) -> None:
    devices = with_one(catalog.devices, device, memory_bandwidth_gb_per_s=wrong)
    said_of_it = [p for p in found(catalog, devices=devices) if p.startswith(f"devices.csv {device} ")]
    assert said_of_it and said in said_of_it[0]


def test_most_devices_have_a_bus_to_check_them_by(catalog: Catalog) -> None:
    known = [key for key, device in catalog.devices.items() if device.memory_bandwidth_gb_per_s]
    assert len(set(known) & set(catalog.device_buses)) >= 0.95 * len(known)
    # 4090: 384 bits x 21 Gbit/s / 8; A100 80 GB SXM: 5120 x 3.2 / 8; M4: 128 x 7.5 / 8
    assert catalog.device_buses["rtx-4090"].bandwidth_gb_per_s == pytest.approx(1008)
    assert catalog.device_buses["apple-m4-10c"].bandwidth_gb_per_s == pytest.approx(120)


def test_parameters_are_compared_with_what_the_shapes_make(catalog: Catalog) -> None:
    llama = catalog.models["llama-3.1-8b-instruct"]
    assert not [p for p in found(catalog) if "llama-3.1-8b-instruct" in p]
    wrong = with_one(catalog.models, "llama-3.1-8b-instruct", parameters=round(llama.parameters * 1.04))  # type: ignore[operator]
    assert any(
        "models llama-3.1-8b-instruct parameters" in p and "8030261248" in p for p in found(catalog, models=wrong)
    )


def test_active_parameters_may_leave_out_embeddings_but_not_experts(catalog: Catalog) -> None:
    model = catalog.models["qwen3-30b-a3b"]  # "3B active" of 3.35e9 with embeddings, 3.04e9 without the input's
    assert model.architecture is not None
    least, most = active_range(model, parameters(model.architecture)[1])
    assert least < 3.0e9 < 3.35e9 < most < 4.0e9
    wrong = with_one(catalog.models, "qwen3-30b-a3b", active_parameters=30_000_000_000)
    assert any("qwen3-30b-a3b active_parameters" in p for p in found(catalog, models=wrong))


ARC = {"model": "llama-3-70b-instruct", "benchmark": "arc-challenge"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        # Llama 3 70B: 71.4 by the answer's likelihood, 94.4 by choosing a letter
        ({**ARC, "protocol": "open-llm-leaderboard-v1", "value": 94.4}, "values of one protocol within 15"),
        ({**ARC, "protocol": "open-llm-leaderboard-v1", "value": 71.0, "conditions": "0-shot"}, "25-shot, as the protocol's"),
        ({"model": "qwen3-32b", "benchmark": "gpqa", "protocol": "collections", "value": 66.0, "conditions": "Diamond"}, "gpqa-diamond"),
        ({"model": "qwen3-32b", "benchmark": "mmlu", "protocol": "collections", "value": 83.6, "variant": "base"}, "not of its base"),
        # LLM Stats' GPQA of Claude Sonnet 4.5 is Anthropic's figure of the Diamond subset
        ({"model": "claude-sonnet-4.5", "benchmark": "gpqa", "protocol": "collections", "value": 83.4}, "gpqa-diamond?"),
        ({"model": "qwen3-32b", "benchmark": "gpqa", "protocol": "epoch", "value": 60.1}, "gpqa-diamond, as the other rows"),
        ({"model": "qwen2-7b-instruct", "benchmark": "arc-challenge", "protocol": "open-llm-leaderboard-v1", "value": 85.3}, "asked in another way?"),
        ({"model": "llama-3-8b", "benchmark": "humaneval", "protocol": "collections", "value": 62.2, "variant": "instruct"}, "not of its instruct sibling"),
        ({"model": "qwen3-32b", "benchmark": "chatbot-arena-elo", "protocol": "lmarena-2025-08", "value": 1340.0, "low": 1350.0, "high": 1360.0}, "inside its own interval"),
        ({"model": "qwen3-32b", "benchmark": "chatbot-arena-elo", "protocol": "lmarena-2025-12", "value": 134.7}, "a rating near"),
        ({"model": "qwen3-32b", "benchmark": "mmlu-pro", "protocol": "collections", "value": 65.0, "date": "2024-01-05"}, "no earlier than the model"),
    ],
)  # fmt: skip
def test_a_score_of_another_test_or_protocol_is_a_problem(catalog: Catalog, row: dict[str, Any], said: str) -> None:
    new = score(**row)
    told = [
        p
        for p in found(catalog, scores=(*catalog.scores, new))
        if p.startswith(f"scores/{new.protocol}.csv {new.model}")
    ]
    assert any(said in p for p in told), told


def test_one_row_twice_and_one_price_twice_are_problems(catalog: Catalog) -> None:
    assert any(p.endswith("the row once") for p in found(catalog, scores=(*catalog.scores, catalog.scores[0])))
    assert any(p.endswith("one row") for p in found(catalog, prices=(*catalog.prices, catalog.prices[0])))


@pytest.mark.parametrize(
    ("asked", "told", "said"),
    [
        (3.0, 15000.0, "below 1000 USD"),
        (0.0, 0.0, "above 0"),
        (15.0, 0.3, "swapped?"),
        (1.0, 900.0, "near the other providers'"),
        (0.0000006, 0.0000006, "USD for a million tokens; for a thousand, or for one?"),
        (0.0006, 0.7, "input near the other providers'"),
    ],
)
def test_a_slip_in_a_price_is_a_problem(catalog: Catalog, asked: float, told: float, said: str) -> None:
    new = Price(
        model="llama-3.3-70b-instruct", provider="slip", provider_model="slip", input_usd_per_mtok=asked,
        output_usd_per_mtok=told, as_of="2026-11", source=catalog.prices[0].source,
    )  # fmt: skip
    assert any("llama-3.3-70b-instruct slip" in p and said in p for p in found(catalog, prices=(*catalog.prices, new)))


def test_a_later_version_is_not_older_than_an_earlier_one(catalog: Catalog) -> None:
    wrong = with_one(catalog.models, "llama-3.3-70b-instruct", released="2023-12-06")
    assert any(
        "llama-3.3-70b-instruct released: 2023-12-06: no earlier than" in p for p in found(catalog, models=wrong)
    )


def test_a_model_under_the_wrong_kind_of_licence_is_a_problem(catalog: Catalog) -> None:
    wrong = with_one(catalog.models, "llama-3.3-70b-instruct", licence="proprietary")
    assert any("models llama-3.3-70b-instruct licence: proprietary" in p for p in found(catalog, models=wrong))


@pytest.mark.parametrize(
    ("device", "wrong", "said"),
    [
        ("rtx-4090", {"memory_gib": (240.0,)}, "at most 72 GiB on 384 bits"),
        ("rtx-4090", {"fp32_tflops": 82580.0}, "0.05 to 300"),
        ("rtx-4090", {"power_w": 4500.0}, "1 to 1500"),
        ("rtx-4090", {"vendor": "Nvdia"}, "NVIDIA?"),
        ("mi300x", {"memory_gib": (1920.0,)}, "at most 384 GiB on 8192 bits of HBM3"),
    ],
)
def test_a_figure_in_another_unit_is_a_problem(catalog: Catalog, device: str, wrong: dict[str, Any], said: str) -> None:
    devices = with_one(catalog.devices, device, **wrong)
    assert any(
        p.startswith(f"devices.csv {device} {next(iter(wrong))}") and said in p for p in found(catalog, devices=devices)
    )


def test_a_bandwidth_nobody_can_check_is_a_problem(catalog: Catalog) -> None:
    new = catalog.devices["mi300x"].model_copy(update={"id": "mi999x", "memory_bandwidth_gb_per_s": 10600.0})
    assert any(
        "mi999x" in p and "to check it by" in p for p in found(catalog, devices=dict(catalog.devices) | {"mi999x": new})
    )


@pytest.mark.parametrize(
    ("licence", "said"), [("llama-3", "llama-3.1, as its name says"), ("apache-2.0", "llama-3.1, as its name says")]
)
def test_each_version_of_a_family_has_its_own_licence(catalog: Catalog, licence: str, said: str) -> None:
    wrong = with_one(catalog.models, "llama-3.1-8b-instruct", licence=licence)
    assert any("llama-3.1-8b-instruct licence" in p and said in p for p in found(catalog, models=wrong))


def test_a_licence_without_answers_or_with_an_id_nobody_knows_is_a_problem(catalog: Catalog) -> None:
    wrong = with_one(catalog.licences, "mit", spdx="MIT-License", train_others=None)
    told = [p for p in found(catalog, licences=wrong) if p.startswith("licences.toml [mit]")]
    assert len(told) == 2 and "train_others" in told[0] and "MIT-License" in told[1]


def test_a_name_that_means_two_models_and_a_price_before_its_model_are_problems(catalog: Catalog) -> None:
    alias = catalog.aliases[0]
    other = Alias(list=alias.list, name=alias.name, model="qwen3-32b")
    assert any(p.startswith("aliases.csv") for p in found(catalog, aliases=(*catalog.aliases, other)))
    early = catalog.prices[0].model_copy(update={"as_of": "2023-01", "provider": "nobody"})
    assert any(
        "nobody" in p and "no earlier than the model" in p for p in found(catalog, prices=(*catalog.prices, early))
    )


def test_an_accepted_finding_that_is_gone_asks_to_be_deleted(catalog: Catalog) -> None:
    gone = Accepted(rule="rounding", places=("devices.csv rtx-4090 *",), reason="It was rounded once.")
    told = found(catalog, accepted={**catalog.accepted, "gone": gone})
    assert "accepted.toml [gone]: devices.csv rtx-4090 *: nothing is found there any more; delete it" in told
