"""Every page as a visitor meets it, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib.catalog import current
from lib.view import PAGES, View, encode

FRAME = str(Path(__file__).parents[2] / "pages" / "frame.py")


def opened(page: str = "models", **query: str | list[str]) -> AppTest:
    at = AppTest.from_file(FRAME, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    if page != "models":
        at.switch_page(str(Path(FRAME).parent / f"{page}.py"))
    at.run()
    assert not at.exception, at.exception[0].message
    return at


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_an_answer_and_nothing_to_complain_about(page: str) -> None:
    at = opened(page)
    assert at.title[0].value and not at.warning and not at.error


def test_the_front_page_answers_for_the_machine_in_the_link() -> None:
    at = opened(hw="rtx-4090", n="2", ctx="32768")
    assert "2 × GeForce RTX 4090" in at.title[0].value and "32,768" in at.title[0].value
    assert max(len(table.value) for table in at.dataframe) > 50


def test_a_bad_link_gives_one_notice_and_a_usable_page() -> None:
    at = opened(hw="rtx-4091", n="99", licence="open", zzz="1")
    [notice] = at.warning
    assert all(word in notice.value for word in ("hw=rtx-4091", "did you mean", "n=99", "zzz=1"))
    assert dict(at.query_params) == {"licence": "open"}
    next(b for b in at.button if b.label == "Dismiss").click().run()
    assert not at.warning


def test_choosing_a_control_changes_the_answer() -> None:
    at = opened()
    before = at.title[0].value
    at.number_input(key="ctx").set_value(131072).run()
    assert at.title[0].value != before and "131,072" in at.title[0].value
    at.selectbox(key="model").set_value("gpt-oss-20b").run()
    assert any("gpt-oss-20b" in s.value for s in at.header)


def test_a_machine_people_have_is_one_choice() -> None:
    at = opened()
    machines = [m for m in current().machines if m in at.selectbox(key="hw").options]
    assert len(machines) >= 20 and at.number_input(key="n")
    at.selectbox(key="hw").set_value(machines[0]).run()
    assert not at.exception and not any(n.key == "n" for n in at.number_input)


def test_the_permalink_spells_the_view_out() -> None:
    at = opened("compare", models=["qwen3-8b", "gemma-3-12b-it"])
    assert not at.code  # the box computes nothing while it is closed
    at.session_state["share"] = True
    at.run()
    assert not at.exception
    link = next(code.value for code in at.code if "v=1" in code.value)
    assert "models=qwen3-8b&models=gemma-3-12b-it" in link and "v=1" in link
    assert set(encode(View(), "compare", defaults=True)) <= {p.split("=")[0] for p in link.partition("?")[2].split("&")}


def test_search_finds_a_fact_and_says_when_there_is_none() -> None:
    at = opened("sources", q="rtx-4090 bandwidth")
    said = re.fullmatch(r"(\d+) of [\d,]+ facts contain “rtx-4090 bandwidth”\.", at.title[0].value.replace("\\", ""))
    assert said and 0 < int(said[1]) == len(at.dataframe[0].value)
    at = opened("sources", q="qqqqzzzz")
    assert at.title[0].value.startswith("0 of") and at.info


def test_what_to_run_shows_each_pick_with_the_command_of_the_tool_chosen() -> None:
    at = opened("run", hw="macbook-air-m4-16gb", tool="mlx")
    heads = [h.value.replace("\\", "") for h in at.header]
    assert [h.partition(":")[0] for h in heads[:3]] == ["Most capable", "Best balance", "Quickest"]
    assert any(code.value.endswith("-8bit") and "mlx_lm.server" in code.value for code in at.code)
    said = " ".join(m.value for m in at.markdown).replace("\\", "")
    assert "tokens/s" in said and "below the best model there is" in said and "commercial use: " in said
    assert any(e.label == "How are these picked?" for e in at.expander) and len(at.dataframe[0].value) > 20


def test_what_to_run_shows_ones_own_model_too_and_says_what_to_ask_less_of_where_nothing_suits() -> None:
    at = opened("run", model="gpt-oss-120b", ctx="4096")
    assert any(h.value.replace("\\", "").startswith("Your choice: gpt-oss-120b") for h in at.header)
    at = opened("run", hw="rpi400-lpddr4-3200", ram="4", task="agents")
    assert not at.dataframe and any("What to ask less of" in i.value for i in at.info)


def test_an_empty_list_has_the_button_that_fills_it() -> None:
    at = opened(ctx="10000000")
    assert at.title[0].value.startswith("0 of")
    offered = [b for b in at.button if str(b.key).startswith("relax-")]
    assert offered and "4,096 tokens of context" in offered[0].label
    offered[0].click().run()
    assert not at.exception and not at.title[0].value.startswith("0 of")
    assert at.query_params["ctx"] == "4096" and not [b for b in at.button if str(b.key).startswith("relax-")]


def test_a_list_too_long_for_a_browser_keeps_what_is_chosen_and_finds_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [box for box in opened().text_input if box.key.startswith("find-")]
    monkeypatch.setattr("lib.ui.controls.MOST_OFFERED", 50)
    last = max(current().models)
    at = opened(model=last)
    assert at.selectbox(key="model").value == last and len(at.selectbox(key="model").options) <= 52
    assert at.text_input(key="find-model").label == f"Listed: 50 of {len(current().models):,}"
    at.text_input(key="find-model").set_value("OSS gpt").run()
    assert [m for m in at.selectbox(key="model").options if "gpt-oss" not in m] == [last]
    assert at.selectbox(key="model").value == last
    at.selectbox(key="model").set_value("gpt-oss-20b").run()
    at.text_input(key="find-model").set_value("nothing is called that").run()
    assert at.selectbox(key="model").value == "gpt-oss-20b" and any("gpt-oss-20b" in s.value for s in at.header)
