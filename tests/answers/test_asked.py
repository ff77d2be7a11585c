"""The questions people ask: every answer stands, every link opens a page that answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from lib.answers import models_answer, rank_models, vocabulary
from lib.answers.questions import QUESTIONS, Answered, questions
from lib.catalog import current
from lib.view import View, decode
from tests.pages.test_pages import opened

FACTS = current()
MAC = View(hw="macbook-air-m4-16gb")


def answers(view: View) -> Mapping[str, Answered]:
    return {one.id: one for found in questions(FACTS, view).groups.values() for one in found}


def query(link: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(link).query, keep_blank_values=True)


def test_there_are_at_least_25_each_with_a_source_and_an_answer() -> None:
    found = answers(View())
    assert len(found) == len(QUESTIONS) >= 25
    assert all(one.asked_url.startswith("https://") and len(one.answer) > 30 and one.text.endswith("?") for one in found.values())  # fmt: skip


@pytest.mark.parametrize(
    "view",
    [View(), MAC, View(hw="pc-ddr5-64gb", called="Study"), View(by="budget", budget=60), View(hw="pixel-5"), View(n=4, ctx=32768, kv="q8_0")],
    ids=["card", "mac", "no card", "no money", "phone", "four cards"],
)  # fmt: skip
def test_every_link_keeps_the_machine_and_nothing_has_to_be_left_out(view: View) -> None:
    for one in answers(view).values():
        shown, notices = decode(query(one.link), vocabulary(FACTS), one.page)
        assert not notices, (one.id, notices)
        if one.id != "unified":
            assert (shown.hw, shown.n, shown.called) == (view.hw, view.n, view.called), one.id
        assert "nan" not in one.answer.split() and "None" not in one.answer


@pytest.mark.parametrize("asked", [question.id for question in QUESTIONS])
def test_every_link_opens_a_page_that_answers(asked: str) -> None:
    one = answers(View())[asked]
    at = opened(one.page, **query(one.link))
    title = at.title[0].value
    assert not at.warning and len(title) > 40 and re.search(r"\d", title)


def test_answers_are_those_of_the_pages_behind_them() -> None:
    found = answers(MAC)
    assert found["card"].answer == models_answer(FACTS, MAC).sentence
    asked = decode(query(found["usable"].link), vocabulary(FACTS))[0]
    assert asked.speed == 20 and found["usable"].answer == models_answer(FACTS, asked).sentence
    rows = rank_models(FACTS, MAC)
    fast = int((rows["runs"] & (rows["decode_tok_per_s"] >= 20)).sum())
    assert f", {fast} reach 20." in found["enough"].answer
    # 16 GiB are 17.2 GB, of which Metal gives the GPU three quarters.
    assert "17.2 GB" in found["unified"].answer and "12.7 GB" in found["unified"].answer


def test_figures_one_can_check_by_hand() -> None:
    found = answers(View())
    # 32 layers × 8 heads × 128 × 2 (keys and values) × 32,768 tokens: 2 bytes, 34 / 32 and 18 / 32 of one.
    assert "4.29 GB in f16, 2.28 GB in q8_0, 1.21 GB in q4_0" in found["cache"].answer
    assert "51.5 GB" in found["sum"].answer  # 2 × 24 GiB
    assert "338 W" in found["power"].answer and "450 W" in found["power"].answer
    assert found["command"].answer.startswith("llama-server -hf ")
    assert "on one GeForce RTX 4090" in found["second"].answer
    assert "take turns" in answers(MAC)["second"].answer
