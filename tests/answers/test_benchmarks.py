"""What the page Benchmarks says, against the catalog's own rows and figures worked out by hand."""

from __future__ import annotations

import math
from collections import Counter

import pandas as pd
import pytest

from lib.answers.benchmark_pairs import agreement_text, pairs_of, spearman
from lib.answers.benchmark_scores import HOSTED, OPEN, is_index, saturation, scores_of
from lib.answers.benchmark_table import all_benchmarks
from lib.answers.benchmarks import benchmarks_page
from lib.answers.intervals import wilson
from lib.answers.scores import rank_id, ranked_scores, ranks, shown
from lib.catalog import current
from lib.catalog.schema import Benchmark
from lib.view import View

FACTS = current()
QUIZ = Benchmark(name="Quiz", measures="quizzing", category="knowledge", unit="percent", minimum=0, maximum=100, items=100, url="https://example.org/", source="essay")  # fmt: skip
GPQA, ARENA = "gpqa-diamond.epoch", "chatbot-arena-elo.lmarena-2025-12-style"


def test_the_sentence_has_the_catalogs_own_numbers() -> None:
    rows = [s for s in FACTS.scores if (s.benchmark, s.protocol) == ("gpqa-diamond", "epoch")]
    values = {m: shown([s for s in rows if s.model == m]) for m in {s.model for s in rows}}
    page = benchmarks_page(FACTS, View(rank=GPQA))
    assert f"{len(values)} models from " in page.sentence and "as run by Epoch AI" in page.sentence
    # four options; the experts OpenAI recruited
    assert "guessing gives 25 %, people reach 69.7 %" in page.sentence
    best = page.dots.iloc[0]
    assert page.sentence.endswith(f"is {best['name']} with {best['value']:.1f} %.")
    own = {m: s for m, s in ranked_scores(FACTS, GPQA).items() if FACTS.models[m].open_weights}
    assert best["value"] == max(s.value for s in own.values()) and len(page.dots) == len(own)


def test_a_human_level_nobody_measured_is_not_drawn_and_says_why() -> None:
    page = benchmarks_page(FACTS, View(rank="ifeval.open-llm-leaderboard-v2"))
    assert FACTS.benchmarks["ifeval"].human is None
    assert page.human is None and page.human_title == "" and "people" not in page.sentence
    [people] = [f for f in page.figures if f.name == "people reach"]
    assert people.value == "n/a" and people.why
    assert page.facts.set_index("fact").loc["people reach", "value"] == "n/a"


def test_guessing_is_drawn_only_where_it_gives_something() -> None:
    free = benchmarks_page(FACTS, View(rank="math-lvl5.epoch"))
    assert FACTS.benchmarks["math-lvl5"].chance == 0 and free.chance is None and "guessing" not in free.sentence
    assert benchmarks_page(FACTS, View(rank="winogrande.open-llm-leaderboard-v1")).chance == 50


def test_the_most_used_benchmarks_have_their_facts() -> None:
    models = Counter(b for b, _ in {(s.benchmark, s.model) for s in FACTS.scores})
    most = [b for b, _ in models.most_common() if FACTS.benchmarks[b].unit == "percent" and not b.startswith("livebench-")][:25]  # fmt: skip
    # Windows of dates differ in how many problems they hold, so there is no one number.
    lacking = [b for b in most if FACTS.benchmarks[b].items is None]
    assert set(lacking) <= {"livecodebench"}
    for key in most:
        test = FACTS.benchmarks[key]
        assert (test.minimum, test.maximum) == (0, 100)
        assert test.chance is not None or test.caveats or test.category in ("preference", "other"), key
    # HumanEval has 164 tasks, GSM8K 1,319 problems, MuSR 250 + 256 + 250 stories
    known = {k: FACTS.benchmarks[k].items for k in ("humaneval", "gsm8k", "musr", "swe-bench-verified", "mmlu-pro")}
    assert known == {"humaneval": 164, "gsm8k": 1319, "musr": 756, "swe-bench-verified": 500, "mmlu-pro": 12032}
    # guessing among 2, 5 and 3 options in proportion to their stories
    assert FACTS.benchmarks["musr"].chance == pytest.approx(100 * (250 / 2 + 256 / 5 + 250 / 3) / 756, abs=0.5)


def test_what_is_said_of_saturation_contamination_and_people_has_a_source() -> None:
    for key, test in FACTS.benchmarks.items():
        for field in ("human", "saturated", "contamination"):
            assert getattr(test, field) is None or field in test.sources, f"{key}: {field}"


def test_no_score_lies_outside_its_benchmarks_range_by_more_than_a_slip() -> None:
    for score in FACTS.scores:
        test = FACTS.benchmarks[score.benchmark]
        if test.unit == "percent":
            assert 0 <= score.value <= 100, score


def test_hosted_models_are_drawn_only_when_asked_for() -> None:
    without, with_them = (benchmarks_page(FACTS, View(rank=GPQA, hosted=h)).dots for h in (False, True))
    assert set(without["kind"]) == {OPEN} and set(with_them["kind"]) == {OPEN, HOSTED}
    assert len(with_them) == len(ranked_scores(FACTS, GPQA))


def test_a_licence_narrows_what_is_drawn_and_the_note_counts_the_rest() -> None:
    page = benchmarks_page(FACTS, View(rank=GPQA, licence="open"))
    licences = {FACTS.models[m].licence for m in page.dots["model"]}
    assert {FACTS.licences[key].openness for key in licences} == {"open-source"}
    whole = len(ranked_scores(FACTS, GPQA))
    assert any(note.startswith(f"{len(page.dots)} of {whole} models are drawn") for note in page.notes)


def test_a_rate_of_errors_is_best_at_the_bottom_of_its_scale() -> None:
    page = benchmarks_page(FACTS, View(rank="vectara-hallucination-rate.vectara", hosted=True))
    assert page.lower and "lower is better" in page.sentence
    assert page.dots["value"].is_monotonic_increasing
    assert page.sentence.endswith(f"{page.dots[page.dots['kind'] == OPEN]['value'].min():.1f} %.")
    row = page.table.set_index("rank").loc["vectara-hallucination-rate.vectara"]
    assert row["best_open_score"] == page.dots[page.dots["kind"] == OPEN]["value"].min()
    pairs = pairs_of(FACTS, "vectara-hallucination-rate.vectara", ARENA)
    assert pairs.loc[pairs["x"].idxmin(), "standing"] <= len(pairs) + 1


def test_pairs_are_the_models_with_both_scores_and_no_others() -> None:
    one, other = ranked_scores(FACTS, GPQA), ranked_scores(FACTS, ARENA)
    page = benchmarks_page(FACTS, View(rank=GPQA, against=ARENA, hosted=True))
    assert set(page.scatter["model"]) == set(one) & set(other)
    for _, row in page.scatter.iterrows():
        assert (row["x"], row["y"]) == (one[row["model"]].value, other[row["model"]].value)
    assert f"{len(page.scatter)} models have both" in page.sentence
    assert (page.scatter["chance_x"] == 25).all() and page.scatter["chance_y"].isna().all()


def test_agreement_is_spearmans_and_needs_enough_pairs() -> None:
    up = pd.Series([1.0, 2, 3, 4, 5, 6])
    # d = 0 0 0 0 1 1: 1 - 6·2 / (6·35)
    assert spearman(up, pd.Series([1.0, 2, 3, 4, 6, 5])).rho == pytest.approx(1 - 12 / 210)
    assert spearman(up, -up).rho == pytest.approx(-1)
    found = spearman(up, pd.Series([2.0, 1, 4, 3, 6, 5]))
    assert found.rho is not None and found.low is not None and found.high is not None
    assert found.low < found.rho < found.high
    few = spearman(up[:4], up[:4])
    assert few.rho is None and "too few" in agreement_text(few)


def test_agreement_turns_round_where_lower_is_better() -> None:
    """The sign follows what is better, not the number."""
    rates, general = "vectara-hallucination-rate.vectara", ARENA
    plain = pairs_of(FACTS, rates, general)
    raw = spearman(plain["x"], plain["y"]).rho
    assert raw is not None
    said = benchmarks_page(FACTS, View(rank=rates, against=general)).sentence
    assert f"agrees to {-raw:.2f}" in said


def test_an_interval_is_the_sources_own_or_follows_from_the_questions() -> None:
    # 80 of 100: (0.8 + 1.92/100 ± 1.96 √(0.16/100 + 0.96/10⁴)) / 1.0384
    low, high = wilson(0.8, 100)
    assert (low, high) == (pytest.approx(0.711, abs=1e-3), pytest.approx(0.867, abs=1e-3))
    assert wilson(1.0, 30)[1] == 1 and wilson(0.0, 30)[0] == 0
    epoch = scores_of(FACTS, GPQA)
    first = epoch.iloc[0]
    error = float(first["conditions"].partition("standard error ")[2].split()[0])
    # a printed standard error was rounded, by half a step of its last digit at most
    assert 1.95 * error < first["high"] - first["value"] < 1.97 * (error + 0.5)
    assert set(scores_of(FACTS, ARENA)["interval"]) == {"95 %, the source's own"}
    counted = scores_of(FACTS, "mmlu-pro.open-llm-leaderboard-v2")
    assert set(counted["interval"]) == {"95 %, ours from 12,032 questions (Wilson)"}
    assert ((counted["low"] < counted["value"]) & (counted["value"] < counted["high"])).all()


def test_a_test_is_saturated_when_its_best_third_is_one_clump_near_the_top() -> None:
    # at 95 of 100 questions one standard error is √(0.95 · 0.05 / 100) = 2.2 points
    clump = [97.0, 96, 95, 80, 70, 60, 50, 40, 30]
    assert saturation(clump, QUIZ) is True
    assert saturation([97.5, *clump[1:]], QUIZ) is False
    assert saturation([v - 60 if v > 90 else v / 4 for v in clump], QUIZ) is False
    assert saturation([100 - v for v in clump], QUIZ.model_copy(update={"higher_is_better": False})) is True
    assert saturation(clump, QUIZ.model_copy(update={"items": None})) is None
    assert saturation(clump[:8], QUIZ) is None


def test_the_table_has_every_way_every_benchmark_was_run() -> None:
    table = all_benchmarks(FACTS)
    usable = {(s.benchmark, s.protocol) for s in FACTS.scores if s.verdict != "superseded"}
    assert set(table["rank"]) == {rank_id(*pair) for pair in usable}
    mixed = [not FACTS.protocols[rank.partition(".")[2]].comparable for rank in table["rank"]]
    assert mixed == sorted(mixed)
    row = table.set_index("rank").loc[GPQA]
    scores = scores_of(FACTS, GPQA)
    assert (row["models"], row["lowest"], row["highest"]) == (len(scores), scores["value"].min(), scores["value"].max())
    assert (row["guessing"], row["people"], row["questions"], row["comparable"]) == (25, 69.7, 198, "yes")
    unknown = table.set_index("rank").loc["ifeval.open-llm-leaderboard-v2"]
    assert math.isnan(unknown["people"])


def test_mixed_numbers_are_told_to_be_mixed() -> None:
    page = benchmarks_page(FACTS, View(rank="mmlu.maker-reports"))
    assert "differing ways" in page.sentence and any("different ways" in note for note in page.notes)


def test_the_index_says_what_it_is_and_how_good() -> None:
    page = benchmarks_page(FACTS, View(rank="capability.general", hosted=True))
    if not is_index(page.chosen):
        pytest.skip("the index is not fitted")
    assert page.sentence.startswith(f"Our capability index places {len(page.dots)} models")
    assert any("item response theory" in text for _, text in page.words)
    assert {f.name for f in page.figures} >= {"scores", "error on hidden scores", "agreement with votes"}
    against = benchmarks_page(FACTS, View(rank="capability.general", against=GPQA))
    assert any("built in" in note for note in against.notes)
    assert not any(
        "built in" in n for n in benchmarks_page(FACTS, View(rank="capability.general", against=ARENA)).notes
    )


def test_a_rank_without_scores_is_replaced_and_said_so() -> None:
    page = benchmarks_page(FACTS, View(rank="no-such.thing", against="no-such.thing"))
    assert page.chosen == ranks(FACTS)[0] and page.against is None
    assert page.notes[0].startswith("no-such.thing has no scores")
    assert benchmarks_page(FACTS, View(rank=GPQA, against=GPQA)).against is None


def test_every_rank_answers() -> None:
    for rank in ranks(FACTS):
        page = benchmarks_page(FACTS, View(rank=rank, hosted=True))
        assert page.chosen == rank and len(page.dots) == len(ranked_scores(FACTS, rank))
        assert page.dots["offset"].is_monotonic_increasing and page.height > page.dots["offset"].iloc[-1]
        assert page.facts["fact"].is_unique and not page.facts["value"].eq("").any()
