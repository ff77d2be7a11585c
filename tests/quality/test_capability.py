"""Which scores count, and what the app reads of the index."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lib.catalog import current
from lib.catalog.schema import Benchmark, Score
from lib.quality.capability import DOMAINS, capability, capability_report, unknown_why
from lib.quality.capability_cells import cells_of, chosen, effort, repeats, share_of, spread_of, usable, version
from lib.quality.capability_index import domains_of


def score(**change: Any) -> Score:
    given = {"model": "owl-8b", "benchmark": "gpqa", "protocol": "maker-reports", "value": 50.0, "measured_by": "maker", "source": "somewhere"}  # fmt: skip
    return Score.model_validate(given | change)


def benchmark(**change: Any) -> Benchmark:
    given = {
        "name": "Test", "measures": "questions", "category": "knowledge", "unit": "percent", "minimum": 0.0, "maximum": 100.0,
        "url": "https://example.org/", "source": "somewhere",
    }  # fmt: skip
    return Benchmark.model_validate(given | change)


def test_a_third_party_is_heard_before_the_maker_and_the_newest_before_the_highest() -> None:
    maker = score(value=90, date="2026-01-01")
    old = score(value=80, measured_by="third-party", date="2025-01-01")
    new = score(value=60, measured_by="third-party", date="2025-06-01")
    assert chosen([maker, old, new]) is new
    assert chosen([new, maker, old]) is new


def test_of_scores_nothing_tells_apart_the_median_counts() -> None:
    assert chosen([score(value=v) for v in (84.1, 5.7, 30.0)]).value == 30.0
    assert chosen([score(value=v) for v in (10.0, 30.0)]).value == 10.0


def test_the_setting_that_thinks_longest_stands_for_a_model_whatever_it_scores() -> None:
    scores = [
        score(value=70, variant="medium"),
        score(value=60, variant="high"),
        score(value=90),
        score(value=95, variant="low"),
    ]
    assert chosen(scores).value == 60
    assert effort(scores[3]) is None
    assert chosen([score(value=1, variant="thinking-64k"), score(value=2, variant="thinking-16k")]).value == 1


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "wrong"},
        {"verdict": "superseded"},
        {"verdict": "mixed"},
        {"variant": "q4_K_M"},
        {"variant": "MLX q4"},
        {"variant": "qlora"},
        {"variant": "with tools (marked *)"},
        {"variant": "base"},
        {"conditions": "cons@64"},
        {"conditions": "Pass@64"},
        {"conditions": "Maj@32 5-shot CoT"},
        {"conditions": "w/ tools; copied from elsewhere"},
        {"conditions": "25-shot acc_norm; no chat template; precision 4bit"},
        {"value": 101.0},
    ],
)
def test_scores_that_are_not_the_plain_models_are_left_out(change: dict[str, Any]) -> None:
    assert usable(score(), benchmark())
    assert not usable(score(**change), benchmark())


@pytest.mark.parametrize(
    "conditions", ["no tools", "8-shot; em_maj1@1; CoT", "0-shot; pass@1; base", "w/o tools", "Pass@1"]
)
def test_ordinary_conditions_are_not_mistaken_for_help(conditions: str) -> None:
    assert usable(score(conditions=conditions), benchmark())


def test_only_bounded_benchmarks_that_are_no_preference_count() -> None:
    assert not usable(score(), benchmark(category="preference"))
    assert not usable(score(), benchmark(unit="elo"))
    assert not usable(score(), benchmark(maximum=None))
    assert usable(score(value=40), benchmark(unit="index", maximum=70.0))


def test_lower_is_better_is_turned_round() -> None:
    assert share_of(9.8, benchmark(higher_is_better=False)) == pytest.approx(0.902)
    assert share_of(15, benchmark(minimum=10.0, maximum=20.0)) == 0.5


def test_a_score_out_of_few_or_from_the_maker_weighs_less() -> None:
    """30 questions at a half: √(0.25/34) = 8.6 points of sampling beside the floor of 5."""
    third = score(measured_by="third-party")
    assert spread_of(0.5, third, True, 30) == pytest.approx((0.25 / 34 + 0.05**2) ** 0.5)
    assert spread_of(0.5, third, True, 30) > spread_of(0.5, third, True, 12000)
    assert spread_of(0.5, score(), False, 500) > spread_of(0.5, third, False, 500) > spread_of(0.5, third, True, 500)


def test_windows_of_questions_are_told_apart() -> None:
    assert version(score(conditions="v6; thinking")) == "6"
    assert version(score(conditions="25.02-25.05")) == version(score(conditions="2502-2505")) == "2502-2505"
    assert version(score(conditions="0-shot")) == ""


def test_one_cell_a_model_setting_and_item_and_averages_only_without_their_parts() -> None:
    cells = cells_of(current())
    assert len({(c.model, c.kind, c.item) for c in cells}) == len(cells)
    parts = {c.model for c in cells if c.score.benchmark.startswith("livebench-")}
    whole = {c.model for c in cells if c.score.benchmark == "livebench"}
    assert parts and whole and not parts & whole
    assert not any(c.score.benchmark.startswith("chatbot-arena") for c in cells)


def test_an_index_whose_parts_cannot_be_told_is_not_heard() -> None:
    index = benchmark(unit="index")
    assert repeats(score(benchmark="some-index"), index, [])
    assert not repeats(score(benchmark="aa-intelligence-index"), index, [score()])
    part = score(conditions="Artificial Analysis methodology")
    assert repeats(score(benchmark="aa-intelligence-index"), index, [part])


def test_domains_follow_the_benchmarks_own_category() -> None:
    assert domains_of(benchmark(category="code")) == {"general", "code"}
    assert domains_of(benchmark(category="reasoning", measures="synthetic long-context tasks")) == {"general", "long-context"}  # fmt: skip
    assert domains_of(benchmark()) == {"general"}


def test_every_index_lies_in_its_interval_and_few_benchmarks_make_it_wide() -> None:
    for domain in DOMAINS:
        assert all(c.low < c.value < c.high for c in capability(domain).values())
    width = {k: [c.high - c.low for c in capability().values() if k(c.benchmarks)] for k in (lambda n: n <= 6, lambda n: n > 15)}  # fmt: skip
    few, many = (sorted(w)[len(w) // 2] for w in width.values())
    assert few > 1.5 * many
    assert min(min(w) for w in width.values()) > 3


def test_makers_word_alone_makes_an_interval_wide() -> None:
    alone = [c for c in capability().values() if c.makers_only]
    assert alone and len(alone) < 30
    assert min(c.high - c.low for c in alone) > 2 * 1.6 * capability_report().makers["added_spread"] > 0


def test_what_is_not_known_says_why() -> None:
    assert unknown_why("llama-3.1-8b-instruct") == ""
    assert unknown_why("no-such-model") == "no benchmarks with usable scores; 4 needed"
    for domain in DOMAINS:
        for model in current().models:
            told = unknown_why(model, domain)
            assert (told == "") == (model in capability(domain))
            assert told == "" or re.fullmatch(r"(no benchmarks|1 benchmark|[23] benchmarks) with usable scores; 4 needed", told)  # fmt: skip
    with pytest.raises(ValueError, match="domain 'chess' is none of general"):
        capability("chess")


def test_well_known_models_stand_in_their_order() -> None:
    places = [capability()[m].value for m in ("llama-2-7b-chat", "llama-3.1-8b-instruct", "llama-3.1-70b-instruct", "deepseek-r1", "gpt-5")]  # fmt: skip
    assert places == sorted(places)
    assert capability()["llama-3.1-70b-instruct"].low > capability()["llama-3.1-8b-instruct"].high


def test_a_model_that_always_thinks_is_not_placed_by_tests_that_give_it_no_room_to() -> None:
    # The leaderboard reads answers off likelihoods, and cut this one off: 17 % in mathematics, its 14B sibling 57 %.
    rows = {
        (cell.kind, cell.score.protocol.startswith("open-llm-leaderboard"))
        for cell in cells_of(current())
        if cell.model == "deepseek-r1-distill-qwen-32b"
    }
    assert ("quick", True) in rows and ("main", False) in rows and ("main", True) not in rows
