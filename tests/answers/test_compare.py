"""What a visitor is told when models are compared: a winner only where the intervals allow one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lib.answers import compare_models
from lib.answers.compare import count_verdicts
from lib.answers.compare_scores import RULE, chips, spreads
from lib.answers.compare_verdicts import Standing, lines, verdict
from lib.answers.intervals import Interval, interval_of, wilson
from lib.catalog import Catalog, current
from lib.catalog.schema import Score
from lib.view import View

FACTS = current()
ONE, OTHER, THIRD = "llama-3.1-8b-instruct", "qwen2.5-7b-instruct", "gemma-2-9b-it"
NAMES = {m: FACTS.models[m].name for m in (ONE, OTHER, THIRD)}


def score(model: str, value: float, **more: object) -> Score:
    given = {"benchmark": "gpqa-diamond", "protocol": "epoch", "measured_by": "third-party", "source": "s", **more}
    return Score(model=model, value=value, **given)  # type: ignore[arg-type]


def catalog_with(*scores: Score, items: int | None = None) -> Catalog:
    benchmarks = {k: b.model_copy(update={"items": items}) for k, b in FACTS.benchmarks.items()}
    return replace(FACTS, version=f"{items}{scores}", scores=scores, benchmarks=benchmarks)


def told(*scores: Score, items: int | None = None, rank: str = "gpqa-diamond.epoch") -> str | None:
    [line] = [line for line in lines(catalog_with(*scores, items=items), (ONE, OTHER)) if line.rank == rank]
    return line.verdict(ONE, OTHER)


def test_wilson_gives_the_interval_of_the_textbook() -> None:
    # 10 of 10 right: from n / (n + z²) = 10 / 13.8415 to 1.
    assert wilson(1.0, 10) == pytest.approx((0.72247, 1.0), abs=1e-5)
    # One half of 100: 0.5 ± 1.96 × √(0.25/100 + 1.96²/40000) / (1 + 0.038415).
    assert wilson(0.5, 100) == pytest.approx((0.40383, 0.59617), abs=1e-5)
    low, high = wilson(0.0, 30)
    assert low == 0 and high == pytest.approx(3.8415 / 33.8415, abs=1e-5)
    for share, items in ((1.2, 10), (-0.1, 10), (0.5, 0)):
        with pytest.raises(ValueError, match="no share"):
            wilson(share, items)


def test_the_interval_is_the_sources_own_before_any_of_ours() -> None:
    about = FACTS.benchmarks["gpqa-diamond"].model_copy(update={"items": 198})
    own = interval_of(score(ONE, 50, low=45.0, high=55.0, conditions="standard error 3 points"), about)
    assert (own.low, own.high) == (45, 55) and "own" in own.basis
    # A standard error printed as 3 may be 3.5: 1.96 × 3.5 = 6.86.
    error = interval_of(score(ONE, 50, conditions="standard error 3 points; task version 1.0.0"), about)
    assert error.low == pytest.approx(43.14, abs=0.01) and error.high == pytest.approx(56.86, abs=0.01)
    assert interval_of(score(ONE, 1, conditions="standard error 1 points"), about).low == 0
    stated = interval_of(score(ONE, 50, conditions="2 tries; 100 exercises"), about)
    assert stated.low == pytest.approx(40.38, abs=0.01) and "100 questions" in stated.basis
    assert "198 questions" in interval_of(score(ONE, 50), about).basis
    unknown = interval_of(score(ONE, 50), about.model_copy(update={"items": None}))
    assert unknown.low is None and "neither" in unknown.basis
    elo = FACTS.benchmarks["chatbot-arena-elo"].model_copy(update={"items": 198})
    assert interval_of(score(ONE, 50), elo).low is None


def test_overlapping_intervals_tie_and_others_do_not() -> None:
    assert told(score(ONE, 60, low=55, high=65), score(OTHER, 64, low=60, high=68)) == "ties"
    assert told(score(ONE, 60, low=55, high=65), score(OTHER, 70, low=65, high=75)) == "ties"
    assert told(score(ONE, 60, low=55, high=65), score(OTHER, 71, low=66, high=76)) == "trails"
    # 40 against 60 of 198 questions: 33.4–47.0 against 53.0–66.6; 45 against 55 overlap.
    assert told(score(ONE, 60), score(OTHER, 40), items=198) == "beats"
    assert told(score(ONE, 55), score(OTHER, 45), items=198) == "ties"
    assert told(score(ONE, 55), score(OTHER, 45), items=2000) == "beats"


def test_without_both_intervals_nothing_is_told() -> None:
    assert told(score(ONE, 99), score(OTHER, 1)) == "cannot tell"
    assert told(score(ONE, 99, low=98, high=100), score(OTHER, 1)) == "cannot tell"
    answer = compare_models(catalog_with(score(ONE, 99), score(OTHER, 1)), View(models=(ONE, OTHER)))
    mine = answer.verdicts[answer.verdicts["benchmark"] == FACTS.benchmarks["gpqa-diamond"].name].iloc[0]
    assert mine["ahead"] == "cannot tell" and mine[f"against {NAMES[OTHER]}"] == ["cannot tell"]


def test_numbers_collected_from_different_protocols_never_decide() -> None:
    for protocol in ("maker-reports", "collections", "competitor-reports", "essay"):
        given = [
            score(m, v, low=v - 1, high=v + 1, protocol=protocol, measured_by="maker")
            for m, v in ((ONE, 90), (OTHER, 10))
        ]
        assert told(*given, rank=f"gpqa-diamond.{protocol}") == "not comparable"
        answer = compare_models(catalog_with(*given), View(models=(ONE, OTHER)))
        assert (
            answer.pairs.iloc[0][NAMES[OTHER]] == "nothing shared"
            and answer.scores["conditions"].str[0].eq("mixed protocol").all()
        )
        assert not answer.shared["benchmark"].str.contains("GPQA").any()


def test_a_score_found_wrong_decides_nothing_and_says_so() -> None:
    assert told(score(ONE, 60, low=59, high=61, verdict="mixed"), score(OTHER, 20, low=19, high=21)) == "cannot tell"
    assert "mixes checkpoints" in chips(score(ONE, 60, verdict="mixed"))


def test_lower_is_better_where_the_benchmark_counts_mistakes() -> None:
    few, many = (Standing(v, Interval(v - 1, v + 1, "")) for v in (4.0, 9.0))
    assert verdict(few, many, lower=True) == "beats" and verdict(few, many, lower=False) == "trails"
    rank = "vectara-hallucination-rate.vectara"
    given = [score(m, v, low=v - 1, high=v + 1, benchmark="vectara-hallucination-rate", protocol="vectara") for m, v in ((ONE, 4), (OTHER, 9))]  # fmt: skip
    assert told(*given, rank=rank) == "beats"
    drawn = compare_models(catalog_with(*given), View(models=(ONE, OTHER))).shared
    mine = drawn[drawn["benchmark"].str.contains("hallucination")]
    assert mine["place"].tolist() == [1, 0] and (mine["place_low"] <= mine["place"]).all() and (mine["place"] <= mine["place_high"]).all()  # fmt: skip


def test_every_winner_in_the_catalog_has_an_interval_clear_of_the_loser() -> None:
    keys = ("llama-3.3-70b-instruct", "qwen3-32b", "gpt-oss-20b", "gemma-3-27b-it", "phi-4", "gpt-4o")
    found = lines(FACTS, keys)
    seen = set()
    for line in found:
        for one in line.standings:
            for other in line.standings:
                if one == other:
                    continue
                said = line.verdict(one, other)
                seen.add(said)
                a, b = line.standings[one].interval, line.standings[other].interval
                if said in ("beats", "trails"):
                    assert line.comparable and a.low is not None and b.low is not None
                    assert a.high is not None and b.high is not None and (a.low > b.high or b.low > a.high)
                    assert line.verdict(other, one) == {"beats": "trails", "trails": "beats"}[said]
                else:
                    assert line.verdict(other, one) == said
    assert seen == {"beats", "ties", "trails", "cannot tell", "not comparable"}


def test_editions_of_one_benchmark_count_once_the_newest() -> None:
    old, new = (
        {"protocol": "lmarena-2025-08", "date": "2025-08-01"},
        {"protocol": "lmarena-2025-12", "date": "2025-12-01"},
    )
    given = [
        score(m, v, low=v - 5, high=v + 5, benchmark="chatbot-arena-elo", **edition)
        for m, edition, v in ((ONE, old, 1300), (OTHER, old, 1200), (ONE, new, 1250), (OTHER, new, 1252))
    ]
    counts = count_verdicts(lines(catalog_with(*given), (ONE, OTHER)), ONE, OTHER)
    assert dict(counts) == {"ties": 1}


def test_several_scores_stand_side_by_side_with_their_spread() -> None:
    facts = catalog_with(
        score(ONE, 71.2, date="2024-08-01", source="epoch-ai#x"),
        score(ONE, 78.4, protocol="maker-reports", measured_by="maker", date="2025-01-01", source="card"),
        score(ONE, 75.0, protocol="collections", measured_by="unknown", source="list"),
        score(ONE, 99.0, protocol="essay", measured_by="essay", source="essay", verdict="wrong"),
    )
    [row] = spreads(facts, (ONE,)).to_dict("records")
    assert row["spread"] == "3 scores, 3 sources, 71.2–78.4" and row["preferred"] == 71.2
    assert len(row["values"]) == 4 and row["values"][0].startswith("71.2") and "found wrong" in row["values"][-1]
    assert {"protocol", "source", "who measured"} <= set(row["differ in"])
    page = compare_models(facts, View(models=(ONE, OTHER)))
    assert row["spread"] in page.spread_sentence and RULE in page.spread_sentence


def test_conditions_are_chips_and_who_measured_is_one_of_them() -> None:
    page = compare_models(FACTS, View(models=("qwen3-32b", "gpt-oss-20b")))
    assert page.scores["conditions"].map(lambda c: isinstance(c, list)).all()
    assert (
        page.scores["measured by"]
        .str[0]
        .isin(["third party", "its maker", "another maker", "the essay", "not stated"])
        .all()
    )
    assert chips(score(ONE, 1, variant="thinking", conditions="0-shot; pass@1")) == ["thinking", "0-shot", "pass@1"]
    assert len(page.scores) == sum(s.model in ("qwen3-32b", "gpt-oss-20b") for s in FACTS.scores)


def test_the_facts_name_other_values_prices_with_their_day_and_why_memory_is_unknown() -> None:
    closed = next(k for k, m in FACTS.models.items() if not m.open_weights and any(p.model == k for p in FACTS.prices))
    page = compare_models(FACTS, View(models=("qwen3-32b", closed)))
    facts = page.facts.set_index("fact")
    assert "elsewhere 40,960" in facts.loc["longest context", "Qwen3 32B"]
    assert "GB" in facts.loc["memory needed", "Qwen3 32B"] and "tokens/s" in facts.loc["speed (80 % band)", "Qwen3 32B"]
    mine = facts[FACTS.models[closed].name]
    assert mine["memory needed"] == "n/a: its size is not public" and mine["cheapest to rent"].startswith("$") and "20" in mine["cheapest to rent"]  # fmt: skip
    assert not page.facts.astype(str).isin(["nan", "None"]).any().any()


def test_the_title_counts_what_the_table_says() -> None:
    page = compare_models(FACTS, View(models=("llama-3.3-70b-instruct", "qwen3-32b", "gpt-oss-20b")))
    cells = [c for name in page.names for c in page.pairs[name] if c]
    beats = sum(int(c.split()[1]) for c in cells)
    assert f"{beats} have a winner" in page.sentence
    assert page.shared.groupby("benchmark")["model"].nunique().ge(2).all() and page.shared["place"].between(0, 1).all()
    assert [address for _, address in page.links][1] == "/model?model=qwen3-32b"
    assert compare_models(FACTS, View(models=())).names == ()
