"""What a quantization costs: hand-checked against the rows as their sources print them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from lib.catalog import Catalog, current
from lib.catalog.check import cross_check
from lib.catalog.schema import QuantizationLoss
from lib.quality.loss import Metric, cache_loss, container_of, cost, family_of, loss, stand_in_ratios

ROWS = tuple(current().quantization_loss.values())


def of(format_id: str, bits: float, name: str, size: float, *, metric: Metric = "perplexity", experts: bool = False, rows: Sequence[QuantizationLoss] = ROWS) -> Any:  # fmt: skip
    return loss(rows, format_id, bits, name=name, parameters_b=size, experts=experts, metric=metric)


def row(**change: Any) -> QuantizationLoss:
    given = {
        "id": "made-up", "model": "Owl 8B", "parameters_b": 8.0, "part": "weights", "format": "Q4_K_M", "bits_per_weight": 4.8, "metric": "perplexity",
        "dataset": "a text", "value": 6.6, "baseline_format": "F16", "baseline_value": 6.0, "confidence": "high", "source": "somewhere",
    }  # fmt: skip
    return QuantizationLoss.model_validate(given | change)


def test_llama_3_8b_as_the_engines_readme_prints_it() -> None:
    # 6.382937 with an importance matrix and 6.407115 without, over 6.2316 unquantized; KL 0.028152 and 0.031273.
    rise, kl = (of("Q4_K_M", 4.89, "Llama 3 8B Instruct", 8.03, metric=m) for m in ("perplexity", "kl-divergence"))
    assert (rise.low, rise.high) == pytest.approx((6.382937 / 6.231634 - 1, 6.407115 / 6.231633 - 1), abs=1e-6)
    assert (kl.low, kl.high) == (0.028152, 0.031273)
    assert rise.measured_on == kl.measured_on == ("Llama 3 8B",) and not rise.between


def test_a_model_not_measured_takes_the_nearest_and_says_which() -> None:
    found = of("Q4_K_M", 4.82, "Llama 3.3 70B Instruct", 70.6)
    assert found.measured_on == ("Llama 3 70B", "Llama 2 70B")
    assert (found.low, found.high) == pytest.approx((3.4725 / 3.4313 - 1, 2.9674 / 2.8308 - 1), abs=1e-6)


def test_fewer_bits_never_cost_less_on_one_model() -> None:
    steps = [of(f, 0, "Llama 3 8B", 8.03) for f in ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K")]
    assert all(a.high < b.low for a, b in pairwise(steps))


@pytest.mark.parametrize(
    ("format_id", "name", "size", "experts"),
    [
        ("EXL3-4.0bpw", "Llama 3 8B", 8.03, False),
        ("TQ1_0", "Llama 3 8B", 8.03, False),
        ("Q4_K_M", "Gemma 3 270M", 0.27, False),
        ("Q4_K_M", "DeepSeek V3", 671.0, True),
        ("Q5_K_M", "A mixture of 80B", 80.0, True),
    ],
)
def test_what_nobody_measured_on_a_model_like_it_is_not_known(
    format_id: str, name: str, size: float, experts: bool
) -> None:
    assert of(format_id, 4.0, name, size, experts=experts) is None


def test_rows_only_count_against_their_own_baseline() -> None:
    rows = [row(), row(id="b", value=9.0, baseline_value=8.0, source="elsewhere")]
    assert [cost(r) for r in rows] == pytest.approx([0.1, 0.125])
    found = of("Q4_K_M", 4.8, "Owl 8B", 8, rows=rows)
    assert (found.low, found.high) == pytest.approx((0.1, 0.125))


def test_a_baseline_that_is_quantized_itself_does_not_count() -> None:
    assert of("Q4_K_M", 4.8, "Owl 8B", 8, rows=[row(baseline_format="Q8_0")]) is None


def test_between_two_measured_formats_the_loss_is_on_the_line_of_its_logarithm() -> None:
    rows = [row(format="Q5_K_M", bits_per_weight=5.5, value=6.06), row(id="b", format="Q3_K_M", bits_per_weight=3.5, value=6.96)]  # fmt: skip
    found = of("Q4_K_M", 4.5, "Owl 8B", 8, rows=rows)
    assert found.low == pytest.approx(math.sqrt(0.01 * 0.16)) and found.between
    assert of("Q2_K", 3.0, "Owl 8B", 8, rows=rows) is None, "nothing is continued beyond what was measured"
    assert of("IQ4_XS", 4.5, "Owl 8B", 8, rows=rows) is None, "another kind of format follows another curve"
    apart = [rows[0], row(id="b", format="Q3_K_M", bits_per_weight=3.5, value=6.96, source="elsewhere")]
    assert of("Q4_K_M", 4.5, "Owl 8B", 8, rows=apart) is None, "two sources are not one curve"


def test_size_limits_what_is_near() -> None:
    for size, known in ((32.0, True), (2.0, True), (33.0, False), (1.9, False)):
        assert (of("Q4_K_M", 4.8, "Fox", size, rows=[row()]) is not None) == known


def test_the_same_family_comes_before_the_same_size() -> None:
    rows = [row(), row(id="b", model="Fox 2 4B", parameters_b=4), row(id="c", model="Fox 1 10B", parameters_b=10), row(id="d", model="Hare 9B", parameters_b=9)]  # fmt: skip
    assert of("Q4_K_M", 4.8, "Fox 2.5 9B", 9, rows=rows).measured_on == ("Fox 2 4B", "Fox 1 10B")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("llama-3.3-70b-instruct", "llama-3"),
        ("Llama 3 8B", "llama-3"),
        ("Qwen3 30B-A3B", "qwen-3"),
        ("qwen2.5-coder-32b", "qwen-2"),
        ("mixtral-8x7b-instruct", "mixtral"),
        ("gpt-oss-20b", "gpt-oss"),
        ("phi-4", "phi-4"),
    ],
)
def test_families(name: str, family: str) -> None:
    assert family_of(name) == family


def test_kinds_of_file_are_kept_apart() -> None:
    assert len({container_of(f) for f in ("Q4_K_M", "Q4_0", "IQ4_XS", "MLX-4bit", "AWQ-int4", "NVFP4", "TQ1_0")}) == 7
    assert container_of("Q4_K pure") == container_of("UD-Q4_K_M") == container_of("Q4_K_XL") == "gguf-k"


def test_the_cache_costs_what_was_measured_of_caches() -> None:
    eight, four = (cache_loss(ROWS, t, "perplexity") for t in ("q8_0", "q4_0"))
    assert eight is not None and four is not None
    assert eight.high < 0.001 < four.high and four.high == pytest.approx(11.7625 / 10.5681 - 1)
    assert cache_loss(ROWS, "f16", "perplexity") is None


def test_how_far_a_stand_in_is_off() -> None:
    rows = [row(), row(id="b", model="Fox 9B", parameters_b=9, value=6.3)]
    assert stand_in_ratios(rows) == pytest.approx([2.0])
    assert stand_in_ratios([rows[0], row(id="b", model="Fox 80B", parameters_b=80, value=6.3)]) == []
    assert len(stand_in_ratios(ROWS)) >= 15


def test_nothing_of_low_trust_or_without_a_baseline_is_in_the_catalog() -> None:
    assert len(ROWS) > 200 and all(r.source.partition("#")[0] in current().sources for r in ROWS)
    for bad in ({"confidence": "low"}, {"baseline_value": None}, {"metric": "kl-divergence"}, {"value": -0.1}):
        with pytest.raises(ValidationError):
            row(**bad)


def test_two_baselines_of_one_model_in_one_source_are_reported() -> None:
    rows = {"a": row(id="a"), "b": row(id="b", format="Q2_K", baseline_value=5.2)}
    said = [str(p) for p in cross_check(Catalog("x", quantization_loss=rows), ()).problems]
    assert any("quantization_loss.csv b baseline_value: 5.2" in line for line in said)
    assert not any("quantization_loss.csv a " in line for line in said)
