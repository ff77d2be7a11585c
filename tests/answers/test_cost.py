"""Home or hosted: what a visitor reads, checked against the terms it is made of."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from lib.answers.cost import cost_page
from lib.answers.cost_home import Speed, at_home, chosen_model, home_speed, machine_price
from lib.answers.cost_hosts import as_capable, offers
from lib.answers.cost_words import Against, days_text, monthly, tokens_text, usd_text, verdict
from lib.answers.machine import rig_of
from lib.answers.models import rank_models
from lib.catalog import load
from lib.cost.watts import idle_watts
from lib.view import View

WEAR = 1800 * 0.7 / (3 * 365.25)


@pytest.fixture(scope="module")
def catalog():
    return load()


def _home(catalog, **chosen):
    view = View(**chosen)
    speed = home_speed(catalog, view, chosen_model(catalog, view))
    return view, speed, at_home(catalog, view, speed, view.tin / (view.tin + view.tout))


def test_the_model_is_the_one_the_front_page_names_first(catalog):
    assert chosen_model(catalog, View()) == rank_models(catalog, View())["model"].iloc[0]
    assert chosen_model(catalog, View(model="qwen3-32b")) == "qwen3-32b"


def test_the_cost_at_home_is_the_sum_of_its_terms(catalog):
    _, speed, home = _home(catalog, model="qwen3-32b")
    write, read = speed.decode[1], speed.prefill[1]
    hours = (200_000 / read + 50_000 / write) / 3600
    idle = idle_watts("gpu", "GeForce RTX 4090", "GDDR6X").middle_w
    energy = (idle * (8 - hours) + 0.75 * 450 * hours) / 1000 * 0.17
    assert home.usd_per_day(250_000)[1] == pytest.approx(WEAR + energy)
    assert home.likely.most_tokens_per_day == pytest.approx(250_000 * 8 / hours)
    low, middle, high = home.usd_per_day(250_000)
    assert low < middle < high


def test_the_sentence_says_who_is_cheaper_and_from_when_on(catalog):
    page = cost_page(catalog, View(model="qwen3-32b"))
    assert "Renting Qwen3 32B from" in page.sentence
    assert "hosting is cheaper, by $" in page.sentence
    assert "most of it the machine's wear" in page.sentence
    assert any("Groq" in note for note in page.notes)


def test_home_is_said_to_be_cheaper_where_it_is(catalog):
    page = cost_page(catalog, View(model="qwen3-32b", paid=0, kwh=0))
    assert "home is cheaper, by $" in page.sentence
    assert page.even["who"].iloc[0] == "home is cheaper"


def test_break_even_is_where_the_page_changes_its_mind(catalog):
    _, _, home = _home(catalog, model="qwen3.6-27b", hours=24, paid=300, kwh=0.02)
    a = Against(offers(catalog, "qwen3.6-27b", 0.8, 250_000.0, 8192).cheapest_same, 250_000.0, home)
    even = a.break_even[1]
    hosted = float(a.offer["usd_per_mtok"]) / 1e6 * 30.4375
    assert np.isfinite(even)
    assert monthly(home, even)[1] == pytest.approx(even * hosted)
    assert monthly(home, even * 1.1)[1] < even * 1.1 * hosted
    assert monthly(home, even * 0.9)[1] > even * 0.9 * hosted


def test_without_tokens_renting_costs_nothing_and_a_million_has_no_price(catalog):
    page = cost_page(catalog, View(tin=0, tout=0))
    assert "renting" in page.sentence and "costs nothing" in page.sentence
    assert page.lines.empty
    assert set(page.parts["a million tokens"]) == {"n/a"}


def test_only_prompts_and_only_answers_have_a_mix(catalog):
    for chosen in ({"tin": 0}, {"tout": 0}):
        page = cost_page(catalog, View(model="qwen3-32b", **chosen))
        assert "tokens a day hosting is cheaper" in page.sentence and "Renting Qwen3 32B from" in page.sentence


def test_a_machine_without_a_price_is_not_given_one(catalog):
    view = View(hw="apple-m1-8c", ram=16, model="qwen3-4b")
    assert machine_price(catalog, view, rig_of(catalog, view)) is None
    page = cost_page(catalog, view)
    assert "price is not known" in page.sentence
    assert page.parts.set_index("part").loc["together", "a month"] == "n/a"
    assert page.parts.set_index("part").loc["electricity together", "a month"] != "n/a"
    assert page.even["break-even"].tolist() == ["n/a"] * len(page.even)


def test_what_was_paid_counts_for_each_card(catalog):
    view = View(hw="rtx-3090", n=2, paid=600)
    assert machine_price(catalog, view, rig_of(catalog, view)).usd == 1200
    assert machine_price(catalog, View(hw="rtx-3090", n=2), rig_of(catalog, View(hw="rtx-3090", n=2))).usd == 1400


def test_a_machine_too_slow_says_so_and_how_much_it_can_do(catalog):
    view, _, home = _home(catalog, model="qwen3-32b", tin=40_000_000, tout=10_000_000)
    page = cost_page(catalog, view)
    assert "are more than your" in page.sentence
    assert tokens_text(home.most_tokens()[1]) in page.sentence
    assert "only hosting does it all" in page.sentence
    assert page.lines[page.lines["line"] == "home"]["tokens"].max() <= home.likely.most_tokens_per_day * 1.001


def test_a_machine_that_is_never_on_does_nothing(catalog):
    assert "does no tokens" in cost_page(catalog, View(model="qwen3-32b", hours=0)).sentence


def test_a_model_only_to_be_rented_has_no_cost_at_home(catalog):
    page = cost_page(catalog, View(model="gpt-5"))
    assert "can only be rented" in page.sentence and "renting GPT-5 from" in page.sentence
    assert page.parts.empty
    assert page.even["break-even"].unique().tolist() == ["n/a"]


def test_a_model_nobody_rents_out_is_compared_with_one_as_capable_or_with_nothing(catalog):
    priced = {p.model for p in catalog.prices}
    runs = rank_models(catalog, View())
    free = [m for m in runs[runs["runs"].astype(bool)]["model"] if m not in priced]
    assert free
    for model in free[:3]:
        page = cost_page(catalog, View(model=model))
        assert page.same.empty
        assert "No provider's price of" in page.sentence


def test_a_model_too_large_is_only_rented(catalog):
    page = cost_page(catalog, View(model="deepseek-v3", hw="rtx-4090", ram=16))
    assert "does not run at home here: it does not fit your GeForce RTX 4090" in page.sentence
    assert "renting DeepSeek" in page.sentence


def test_the_cheapest_holds_the_context_and_is_no_slip(catalog):
    found = offers(catalog, "qwen3-32b", 0.8, 250_000.0, 100_000)
    assert found.cheapest_same["context_tokens"] >= 100_000 or math.isnan(found.cheapest_same["context_tokens"])
    assert (found.same[found.same["context_tokens"] < 100_000]["remark"] != "").all()
    assert found.same["usd_per_mtok"].is_monotonic_increasing
    best = found.cheapest_same
    assert best["usd_per_mtok"] == pytest.approx(0.8 * best["input_usd_per_mtok"] + 0.2 * best["output_usd_per_mtok"])
    assert best["usd_per_month"] == pytest.approx(best["usd_per_mtok"] * 0.25 * 30.4375)


def test_as_capable_is_never_clearly_below(catalog):
    from lib.quality.capability import capability

    index, found = capability("general"), as_capable(catalog, "qwen3-32b")
    assert found.models and "qwen3-32b" not in found.models
    assert all(index[m].high >= index["qwen3-32b"].value for m in found.models)
    assert all(index[m].value >= index["qwen3-32b"].low for m in found.models)
    unknown = next(m for m in catalog.models if m not in index)
    assert as_capable(catalog, unknown).why_not


def test_watts_that_are_a_maximum_are_no_floor(catalog):
    _, speed, home = _home(catalog, hw="apple-m1-8c", ram=16, model="qwen3-4b", paid=700)
    assert speed.busy.at_most
    assert home.cheap.generating_usd_per_mtok == 0 < home.likely.generating_usd_per_mtok


def test_unknown_prompt_speed_widens_the_range_and_is_named(catalog):
    view, speed, home = _home(catalog, hw="cpu-ryzen-7950x-64gbs", ram=64, model="qwen3-4b", paid=500)
    assert speed.prefill_why
    assert home.cheap.hours_per_mtok == pytest.approx(0.2e6 / speed.decode[2] / 3600)
    assert home.likely.hours_per_mtok == pytest.approx(1e6 / speed.decode[1] / 3600)
    assert any("prompt is read is not known" in n for n in cost_page(catalog, view).notes)


def test_who_is_cheaper_is_only_said_outside_the_range():
    assert verdict((27, 31, 36), 27, 2) == "hosting"
    assert verdict((27, 31, 36), 27, 30) == "open"
    assert verdict((27, 31, 36), 27, 40) == "home"
    assert verdict((math.nan,) * 3, 5, 2) == "hosting"
    assert verdict((math.nan,) * 3, 5, 20) == "unknown"


def test_numbers_read_as_people_say_them():
    assert [usd_text(v) for v in (0.0021, 2.34, 30.6, 1239.6, 0, math.nan)] == ["$0.0021", "$2.3", "$31", "$1,240", "$0", "n/a"]  # fmt: skip
    assert [tokens_text(v) for v in (250_000, 4_123_456, 1e9, 8_513)] == ["250,000", "4.1 million", "1 billion", "8,500"]  # fmt: skip
    assert [days_text(v) for v in (1, 40, 200, 3653, math.inf, math.nan)] == ["1 day", "40 days", "6.6 months", "10 years", "never", "n/a"]  # fmt: skip


def test_the_directory_has_the_essays_services_with_links_and_every_provider(catalog):
    page = cost_page(catalog, View())
    assert {"Groq", "HuggingChat"} <= set(page.services["service"])
    assert page.services["url"].str.startswith("http").all()
    assert set(page.providers["provider"]) == {p.provider for p in catalog.prices}


def test_every_model_answers_on_three_machines(catalog):
    for model in catalog.models:
        for hw in ("pc-rtx-4090", "macbook-air-m1-8gb", "raspberry-pi-5-8gb"):
            page = cost_page(catalog, View(hw=hw, model=model))
            assert page.model == model
            assert page.sentence.endswith(".")
            assert not re.search(r"\b(nan|inf|None)\b", page.sentence)
            assert (page.lines[["tokens", "usd"]].dropna() > 0).all().all()


def test_a_machine_that_does_not_run_it_costs_nothing_known(catalog):
    speed = Speed("qwen3-32b", "Q4_K_M", None, "none", "there is no machine")
    assert at_home(catalog, View(), speed, 0.8) is None
    assert not replace(speed).runs


def test_a_machine_whose_speed_is_unknown_is_not_said_to_be_unable(catalog):
    blind = catalog.devices["rtx-4090"].model_copy(update={"memory_bandwidth_gb_per_s": None, "measured_bandwidth_gb_per_s": None})  # fmt: skip
    other = replace(catalog, version="blind", devices={**catalog.devices, "rtx-4090": blind})
    page = cost_page(other, View(model="qwen3-4b"))
    assert page.sentence.startswith("What Qwen3 4B costs at home is not known: its speed on your ")
    assert set(page.even["who"]) == {"not known"}
