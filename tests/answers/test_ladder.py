"""The ladder and what it says of bigger models at fewer bits."""

from __future__ import annotations

import pytest

from lib.answers import bigger_or_smaller, ladder, memory_page
from lib.answers.ladder import MAIN_STEPS, NOT_MEASURED
from lib.answers.scores import ranked_scores
from lib.catalog import current
from lib.fit import FIT_WORDS
from lib.sizing.formats import FORMATS
from lib.sizing.weights import weights
from lib.view import View

FACTS = current()
LLAMA = View(n=2, model="llama-3.3-70b-instruct")


def test_every_format_is_a_step_with_its_own_size() -> None:
    steps = ladder(FACTS, LLAMA).steps.set_index("format")
    assert set(steps.index) == set(FORMATS)
    shape = FACTS.models["llama-3.3-70b-instruct"].architecture
    assert shape is not None
    for form in ("Q8_0", "Q4_K_M", "IQ2_XXS", "MLX-4bit", "AWQ-int4"):
        assert steps.loc[form, "file_gb"] * 1e9 == pytest.approx(weights(shape, form).file_bytes)
    assert steps.loc["Q4_K_M", "bits"] == pytest.approx(4.82, abs=0.01)


def test_a_step_takes_what_the_page_above_says() -> None:
    steps = ladder(FACTS, LLAMA).steps.set_index("format")
    sizes = memory_page(FACTS, LLAMA).sizes
    bar = sizes[(sizes["context"] == LLAMA.ctx) & (sizes["cache"] == "f16")].iloc[0]
    assert steps.loc["Q4_K_M", "memory_gb"] == pytest.approx(bar["total_gb"])
    assert steps.loc["Q4_K_M", "fit"] == bar["fit"] == FIT_WORDS["gpu"]


def test_a_loss_names_the_models_it_was_measured_on_or_says_there_is_none() -> None:
    steps = ladder(FACTS, LLAMA).steps
    for row in steps.itertuples():
        texts = {row.rise_text, row.kl_text, row.points_text}
        if texts == {NOT_MEASURED} or texts == {"the reference"}:
            assert not row.measured_on
        else:
            assert row.measured_on
    by = steps.set_index("format")
    assert by.loc["Q4_K_M", "rise_text"] == "+1.2 to +4.8 %" and "Llama 3 70B" in by.loc["Q4_K_M", "measured_on"]
    assert by.loc["BF16", "rise_text"] == "the reference" and by.loc["EXL3-4.0bpw", "rise_text"] == NOT_MEASURED


def test_models_differ_in_what_a_format_costs_them() -> None:
    told = {
        ladder(FACTS, View(model=m)).steps.set_index("format").loc["Q4_K_M", "rise_text"]
        for m in ("llama-3.3-70b-instruct", "llama-3-8b-instruct", "qwen3-30b-a3b", "gemma-3-270m-it")
    }
    assert len(told) == 4 and NOT_MEASURED in told


def test_the_sweet_spot_can_be_checked() -> None:
    answer = ladder(FACTS, View(model="llama-3-8b-instruct"))
    drawn = answer.drawn.set_index("format")
    assert list(drawn[drawn["main"]].index) == list(MAIN_STEPS)
    line = drawn.loc[list(MAIN_STEPS), "middle"]
    assert line.is_monotonic_increasing
    assert drawn["four_low_gb"].iloc[0] < drawn.loc["Q4_K_M", "memory_gb"] <= drawn["four_high_gb"].iloc[0]
    assert "From Q8_0 to Q4_K_M" in answer.sentence and "from Q4_K_M to Q2_K" in answer.sentence
    assert (answer.drawn["rise_low"] <= answer.drawn["middle"]).all() and (answer.drawn["rise_low"] > 0).all()


def test_every_loss_shown_can_be_followed_to_its_source() -> None:
    evidence = ladder(FACTS, LLAMA).evidence
    assert len(evidence) > 10 and evidence["url"].str.startswith("https://").all()


def test_only_the_engines_own_formats_have_a_predicted_speed() -> None:
    steps = ladder(FACTS, LLAMA).steps
    known = steps[steps["decode_text"] != ""]
    assert set(known["container"]) == {"GGUF"} and not (known["fit"] == FIT_WORDS["none"]).any()


def test_no_model_that_fits_has_a_better_score_than_the_one_named() -> None:
    for view in (View(), LLAMA, View(hw="rtx-3060-12gb")):
        found = bigger_or_smaller(FACTS, view)
        scores = ranked_scores(FACTS, view.rank)
        by_name = {m.name: key for key, m in FACTS.models.items()}
        assert found.rows["score"].is_monotonic_increasing, "fewer bits let more models in, never fewer"
        assert all(scores[by_name[r.model]].value == r.score for r in found.rows.itertuples())
        assert "unquantized" in found.sentence or "does not arise" in found.sentence
        assert any("nobody measured" in note for note in found.notes)


def test_a_machine_without_a_gpu_and_one_money_does_not_buy() -> None:
    assert len(bigger_or_smaller(FACTS, View(hw="cpu-ddr5-5600-dual")).rows) == len(MAIN_STEPS)
    nothing = View(by="budget", budget=50)
    assert ladder(FACTS, nothing).steps.empty and bigger_or_smaller(FACTS, nothing).rows.empty
