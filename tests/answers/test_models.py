"""The ranked list, against the essay's own numbers and what a visitor would notice."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from lib.answers import explain_memory, models_answer, rank_models, rig_of, vocabulary
from lib.catalog import current
from lib.fit import FIT_WORDS
from lib.sizing.weights import weights
from lib.view import View

FACTS = current()
ESSAY_CARDS = {  # the essay's column "# 4090s", at its four bits a weight
    "llama-3-70b-instruct": 2, "command-r-plus": 3, "phi-3-mini-128k": 1, "mixtral-8x22b-instruct": 4, "llama-3-8b": 1, "gemma-7b-it": 1,
}  # fmt: skip


def test_the_essays_number_of_4090s() -> None:
    rows = rank_models(FACTS, View(quant="Q4_0", only=tuple(ESSAY_CARDS), reserve=0)).set_index("model")
    assert rows["cards_needed"].astype(int).to_dict() == ESSAY_CARDS


@pytest.mark.parametrize(("model", "least_gb", "most_gb"), [("llama-3-70b-instruct", 35, 41), ("llama-3-8b", 4, 5)])
def test_the_essays_least_memory_at_four_bits(model: str, least_gb: float, most_gb: float) -> None:
    shape = FACTS.models[model].architecture
    assert shape is not None
    assert least_gb * 1e9 <= weights(shape, "Q4_0").file_bytes <= most_gb * 1e9


def test_what_fits_comes_first_and_the_better_score_before_the_worse() -> None:
    rows = rank_models(FACTS, View())
    order = rows["fit"].drop_duplicates().tolist()
    assert order[0] == FIT_WORDS["gpu"] and order.index(FIT_WORDS["gpu"]) < order.index(FIT_WORDS["none"])
    first = rows[(rows["fit_code"] == "gpu") & rows["runs"]]["score"]
    known = first.dropna()
    assert known.is_monotonic_decreasing and first.iloc[: len(known)].notna().all()


def test_what_fits_needs_no_more_than_the_machine_has() -> None:
    view = View(hw="rtx-3060-12gb")
    rows = rank_models(FACTS, view)
    fits = rows[(rows["fit_code"] == "gpu") & rows["runs"]]
    assert len(fits) > 10
    assert (fits["memory_gb"] * 1e9 <= rig_of(FACTS, view).limit_bytes).all()
    assert (fits["max_context_tokens"] >= view.ctx).all()


def test_more_of_everything_never_hurts() -> None:
    def fits(**change: object) -> set[str]:
        rows = rank_models(FACTS, View().model_copy(update={"quant": "Q4_K_M", **change}))
        return set(rows[rows["fit_code"] == "gpu"]["model"])

    assert fits() <= fits(n=2) <= fits(n=4)
    assert fits(ctx=65536) <= fits(ctx=8192)
    assert fits(ctx=65536) <= fits(ctx=65536, kv="q8_0")
    assert fits(slots=8) <= fits()


def test_a_second_card_gives_room_not_speed() -> None:
    one = rank_models(FACTS, View(quant="Q4_K_M", only=("qwen3-8b",))).iloc[0]
    two = rank_models(FACTS, View(quant="Q4_K_M", only=("qwen3-8b",), n=2)).iloc[0]
    assert two["decode_tok_per_s"] <= one["decode_tok_per_s"] * 1.001


def test_unknown_is_unknown() -> None:
    rows = rank_models(FACTS, View(hosted=True))
    rented = rows[rows["fit_code"] == "hosted"]
    assert len(rented) >= 20
    assert rented[["memory_gb", "decode_tok_per_s", "max_context_tokens"]].isna().all(axis=None)
    numbers = rows[["memory_gb", "decode_tok_per_s", "max_context_tokens", "parameters_b"]].to_numpy(float)
    assert not (numbers[np.isfinite(numbers)] <= 0).any()


def test_filters_keep_what_they_say() -> None:
    view = View(licence="open", pmin=5, pmax=40, since=dt.date(2025, 1, 1), publisher=("Alibaba Qwen", "Google"))
    rows = rank_models(FACTS, view)
    assert len(rows) and (rows["openness"] == "open-source").all() and rows["parameters_b"].between(5, 40).all()
    assert set(rows["publisher"]) <= set(view.publisher) and (rows["released"] >= "2025").all()
    sold = rank_models(FACTS, View(licence="commercial"))
    assert "command-r-plus" not in set(sold["model"]) and set(sold["commercial"]) <= {"yes", "conditions"}


def test_a_least_speed_counts_only_what_reaches_it() -> None:
    rows = rank_models(FACTS, View(speed=30, fit="runs"))
    assert len(rows) and (rows["decode_tok_per_s"] >= 30).all()


def test_a_budget_buys_what_it_can_pay() -> None:
    poor, rich = (rank_models(FACTS, View(by="budget", budget=b)) for b in (300, 3000))
    fits = [set(r[r["fit_code"] == "gpu"]["model"]) for r in (poor, rich)]
    assert fits[0] < fits[1]
    assert rich["machine"].notna().any()
    answer = models_answer(FACTS, View(by="budget", budget=3000))
    assert "$3,000" in answer.sentence


def test_every_model_can_be_explained_on_any_kind_of_machine() -> None:
    kinds = {d.kind: d.id for d in FACTS.devices.values() if d.id in vocabulary(FACTS).devices}
    for device in kinds.values():
        for model in ("llama-3.1-8b-instruct", "gpt-oss-20b", "deepseek-v3", "claude-3-opus"):
            told = explain_memory(FACTS, View(hw=device), model)
            assert told.title and told.summary and "nan" not in told.summary


def test_the_explained_parts_add_up_to_the_pool() -> None:
    parts = explain_memory(FACTS, View(n=2), "llama-3.3-70b-instruct").parts
    for _, pool in parts.groupby("pool"):
        assert pool["gb"].sum() == pytest.approx(pool["total_gb"].iloc[0], rel=1e-6)


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (View(hw="macbook-air-m4-16gb"), "your MacBook Air M4, 16 GB at"),
        (View(hw="essay-rtx-4090"), "your RTX 4090 at"),
        (View(hw="pc-rtx-3060-12gb", called="Tower"), "your Tower at"),
        (View(hw="rtx-3090", n=2), "your 2 × GeForce RTX 3090 at"),
    ],
)
def test_a_machine_goes_by_the_name_it_was_chosen_under(view: View, name: str) -> None:
    assert name in models_answer(FACTS, view).sentence


def test_money_buys_nothing_at_a_price_of_many_years_ago() -> None:
    from lib.answers.budget import affordable
    from lib.answers.buy_candidates import fresh

    rigs = affordable(FACTS, View(by="budget", budget=2000))
    assert rigs and all(fresh(FACTS, rig.device) for rig in rigs)


def test_where_nothing_fits_what_runs_beside_it_is_not_called_more() -> None:
    notes = " ".join(models_answer(FACTS, View(ctx=1_048_576)).notes)
    assert "run with a part in RAM" in notes and "more run" not in notes
