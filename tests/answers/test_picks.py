"""What should I run: three models for a task, why each, what it costs, and what to ask less of where nothing suits."""

from __future__ import annotations

import pytest

from lib.answers.budget import affordable
from lib.answers.picks import OWN, ROLES, picks
from lib.answers.picks_index import best_there_is, task_index
from lib.answers.picks_rules import TASKS, WIDER, counted, near_points
from lib.answers.relax import relaxations
from lib.answers.tables import table_of
from lib.catalog import current
from lib.fit import FIT_WORDS
from lib.pictures import picture_of
from lib.view import View

FACTS = current()
VIEWS = {
    "laptop": View(hw="laptop-8gb"),
    "mac": View(hw="macbook-air-m4-16gb"),
    "card": View(),
    "two cards": View(hw="pc-2x-rtx-3090", task="code"),
    "processor": View(hw="pc-ddr4-32gb"),
    "money": View(by="budget", budget=1500),
    "eight people": View(slots=8),
    "agents": View(task="agents"),
    "documents": View(task="documents"),
    "several": View(task="several"),
    "mathematics": View(task="mathematics", licence="open"),
}
NOTHING = View(hw="rpi400-lpddr4-3200", ram=4, task="agents")


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_three_different_models_the_first_most_capable_the_last_no_slower(view: View) -> None:
    page = picks(FACTS, view)
    assert tuple(p.role for p in page.picks) == ROLES and len({p.model for p in page.picks}) == 3
    able, balance, quickest = page.picks
    assert able.score == page.candidates["score"].max()
    assert balance.score <= able.score and quickest.score >= able.score - WIDER[-1] * near_points() - 1e-9
    assert quickest.pace_tok_per_s * 1.1 >= max(able.pace_tok_per_s, balance.pace_tok_per_s)
    assert balance.pace_tok_per_s >= able.pace_tok_per_s * 0.9


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_every_pick_says_why_how_good_how_fast_how_large_what_it_costs_and_what_is_allowed(view: View) -> None:
    page = picks(FACTS, view)
    for pick in page.picks:
        assert pick.why.endswith(".") and len(pick.why) > 20
        assert "tokens/s" in pick.speed_text and "–" in pick.speed_text and "GB" in pick.memory_text
        assert pick.score_low < pick.score < pick.score_high and f"{pick.score:.0f}" in pick.index_text
        behind, of_format = pick.cost
        assert "below the best model there is" in behind and pick.format in of_format
        assert "commercial use: " in pick.licence
        assert FACTS.models[pick.model].tuning != "base"
        assert not any(w in f"{pick.why}{pick.cost}{pick.speed_text}" for w in ("nan", "None"))
    assert page.picks[0].name in page.sentence and not page.empty and page.rules


def test_how_far_behind_the_best_there_is_can_be_checked_by_subtraction() -> None:
    best = best_there_is(FACTS, "general")
    assert best is not None
    key, top = best
    [said, _] = picks(FACTS, View()).picks[0].cost
    assert said.startswith(f"{top.value - picks(FACTS, View()).picks[0].score:.0f} points below")
    assert FACTS.models[key].name in said


def test_the_task_raises_only_what_was_left_as_it_is() -> None:
    assert counted(View(task="agents")).view.ctx == 65_536
    assert counted(View(task="agents", ctx=16_384)).view.ctx == 16_384
    assert counted(View(task="several")).view.slots == 4
    assert counted(View(task="several", slots=2)).view.slots == 2
    assert "-c 65536 " in picks(FACTS, View(task="agents")).picks[0].command("llama.cpp").text
    assert "-c 32768 -np 4 " in picks(FACTS, View(task="several")).picks[0].command("llama.cpp").text


def test_wishes_hold_for_everything_that_is_listed() -> None:
    quick = picks(FACTS, View(speed=60))
    assert quick.candidates["tok_per_s"].min() >= 60 and all(p.pace_tok_per_s >= 60 for p in quick.picks)
    sold = picks(FACTS, View(licence="commercial"))
    assert set(sold.candidates["commercial"]) <= {"yes", "conditions"}
    fixed = picks(FACTS, View(quant="Q4_K_M"))
    assert {p.format for p in fixed.picks} == {"Q4_K_M"}
    slow = picks(FACTS, VIEWS["agents"]).candidates["first_s"]
    assert not (slow > 10).any()


def test_with_money_each_pick_names_the_machine_it_buys() -> None:
    view = VIEWS["money"]
    names = {rig.name for rig in affordable(FACTS, view)}
    page = picks(FACTS, view)
    assert page.many_machines and {p.machine for p in page.picks} <= names
    assert page.picks[0].machine in page.sentence and all(p.elsewhere for p in page.picks)


def test_several_people_share_the_speed_and_each_is_told_theirs() -> None:
    alone, eight = (picks(FACTS, v).candidates.set_index("model") for v in (View(), VIEWS["eight people"]))
    both = alone.index.intersection(eight.index)
    assert (eight.loc[both, "tok_per_s"] <= alone.loc[both, "tok_per_s"] * 1.35).all()
    assert (eight["total_tok_per_s"] >= eight["tok_per_s"] * 0.999).all()
    assert "for each of 8" in picks(FACTS, VIEWS["eight people"]).picks[0].speed_text


def test_a_stand_in_is_marked_and_its_interval_is_wider() -> None:
    index, general = task_index(FACTS, "code"), task_index(FACTS, "general")
    standing = [m for m, j in index.models.items() if j.stands_in]
    assert standing and not any(j.stands_in for j in general.models.values())
    for m in standing:
        assert index.models[m].high - index.models[m].low > general.models[m].high - general.models[m].low
    page = picks(FACTS, VIEWS["two cards"])
    for pick in page.picks:
        assert pick.index_text.startswith("≈") == index.models[pick.model].stands_in


def test_a_model_of_ones_own_stands_beside_the_picks_and_one_that_does_not_run_is_told_of() -> None:
    page = picks(FACTS, View(model="qwen3-8b"))
    assert page.own is not None and (page.own.role, page.own.model) == (OWN, "qwen3-8b")
    assert page.own.command("llama.cpp").text and page.all[-1] is page.own
    large = picks(FACTS, View(hw="laptop-8gb", model="llama-3.3-70b-instruct"))
    assert large.own is None and any("Llama 3.3 70B" in note for note in large.notes)
    base = next(k for k, m in FACTS.models.items() if m.tuning == "base" and m.architecture and (m.parameters or 0) < 9e9)  # fmt: skip
    assert any("base model" in note for note in picks(FACTS, View(model=base)).notes)


def test_where_nothing_suits_each_wish_given_up_lets_as_many_suit_as_it_says() -> None:
    page, found = picks(FACTS, NOTHING), relaxations(FACTS, NOTHING, "run", enough=3)
    assert not page.picks and page.empty and found and "nothing" in page.sentence
    for less in found:
        asked = NOTHING.model_copy(update=dict(less.changes))
        suit = len(picks(FACTS, asked).candidates)
        assert less.count.startswith(f"{suit} ") and suit > 0


@pytest.mark.parametrize("task", TASKS)
def test_the_tool_chosen_changes_no_pick_and_every_tool_has_an_answer(task: str) -> None:
    view = View(task=task)
    assert picks(FACTS, view.model_copy(update={"tool": "vllm"})) is picks(FACTS, view)
    for pick in picks(FACTS, view).picks:
        assert all(c.text or c.note for c in pick.commands) and pick.command("llama.cpp").text
        assert "llama.cpp" in pick.runs_with


def test_rows_and_picture_are_those_of_the_page() -> None:
    page = picks(FACTS, View())
    served = table_of(FACTS, "run", View())
    assert list(served.rows["model"]) == list(page.candidates["model"])
    assert list(served.rows["pick"].dropna()) == [p.role for p in sorted(page.picks, key=lambda p: -p.score)]
    commands = table_of(FACTS, "run", View(), "picks")
    assert len(commands.rows) == 3 * 6 and set(commands.rows["tool"]) == {c.tool for c in page.picks[0].commands}
    assert served.sources and all(s in FACTS.sources for s in served.sources)
    drawn = picture_of(FACTS, "run", View())
    assert drawn is not None and set(drawn.data.loc[drawn.data["chosen"], "label"]) == {p.name for p in page.picks}
    assert picture_of(FACTS, "run", NOTHING) is None


@pytest.mark.parametrize("view", [VIEWS["mac"], VIEWS["processor"], VIEWS["two cards"]])
def test_what_suits_a_task_is_never_called_too_slow(view: View) -> None:
    assert set(picks(FACTS, view).candidates["fit"]) <= set(FIT_WORDS.values())


def test_a_quickest_that_beats_the_best_balance_in_both_says_why_it_is_not_that() -> None:
    _, balance, quickest = picks(FACTS, VIEWS["mac"]).picks
    beaten = quickest.score >= balance.score and quickest.pace_tok_per_s >= balance.pace_tok_per_s
    assert ("Only at fewer bits" in quickest.why) == beaten
