"""Hand-checkable money: wear, energy, mixes, break-even and payback."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.catalog import load
from lib.cost.electricity import HOME_PRICES
from lib.cost.money import (
    DAYS_PER_MONTH,
    Running,
    blended_usd_per_mtok,
    break_even_tokens_per_day,
    energy_usd,
    hours_per_mtok,
    payback_days,
    wear_usd_per_day,
)
from lib.cost.watts import BUSIEST, IDLE, busiest_watts, idle_watts

CARD = Running(wear_usd_per_day=1.0, idle_usd_per_day=0.04, generating_usd_per_mtok=0.10, hours_per_mtok=2.0, hours_per_day=8.0)  # fmt: skip


@pytest.fixture(scope="module")
def catalog():
    return load()


def test_wear_is_what_is_not_got_back_over_the_days_of_use():
    # (1461 - 0) / 4 years of 365.25 days
    assert wear_usd_per_day(1461, 0, 4) == pytest.approx(1.0)
    assert wear_usd_per_day(1461, 30, 4) == pytest.approx(0.7)
    assert wear_usd_per_day(1461, 100, 4) == 0
    with pytest.raises(ValueError, match="used for some time"):
        wear_usd_per_day(1000, 30, 0)


def test_a_kilowatt_for_an_hour_is_a_kilowatt_hour():
    assert energy_usd(1000, 1, 0.17) == pytest.approx(0.17)
    assert energy_usd(450, 8, 0.25) == pytest.approx(0.9)


def test_hours_of_a_million_tokens():
    # 800,000 read at 1,000 a second are 800 s, 200,000 written at 50 a second 4,000 s: 4,800 s
    assert hours_per_mtok(0.8, 1000, 50) == pytest.approx(4800 / 3600)
    assert hours_per_mtok(0.8, np.inf, 50) == pytest.approx(4000 / 3600)
    assert hours_per_mtok(1.0, 1000, 50) == pytest.approx(1000 / 3600)
    with pytest.raises(ValueError, match="positive"):
        hours_per_mtok(0.5, 0, 50)


def test_a_blended_price_lies_between_both():
    assert blended_usd_per_mtok(0.8, 0.1, 0.4) == pytest.approx(0.16)
    assert blended_usd_per_mtok([0, 1], 3, 15).tolist() == [15, 3]


def test_a_day_is_wear_and_waiting_and_tokens():
    assert CARD.usd_per_day(0) == pytest.approx(1.04)
    assert CARD.usd_per_day(2_000_000) == pytest.approx(1.24)
    assert CARD.energy_usd_per_day(2_000_000) == pytest.approx(0.24)
    assert CARD.most_tokens_per_day == pytest.approx(4_000_000)


def test_what_is_unknown_stays_unknown_and_the_rest_is_a_floor():
    unknown = Running(math.nan, 0.04, 0.10, 2.0, 8.0)
    assert math.isnan(unknown.usd_per_day(1_000_000))
    assert unknown.known_usd_per_day(1_000_000) == pytest.approx(0.14)
    assert math.isnan(break_even_tokens_per_day(unknown.fixed_usd_per_day, 0.1, 0.3))


def test_break_even_by_hand():
    # A dollar of fixed cost a day, and 25 cents saved on each million: four million.
    assert break_even_tokens_per_day(1.0, 0.05, 0.30) == pytest.approx(4_000_000)
    assert break_even_tokens_per_day(1.0, 0.30, 0.30) == math.inf
    assert break_even_tokens_per_day(1.0, 0.40, 0.30) == math.inf
    assert break_even_tokens_per_day(0.0, 0.05, 0.30) == 0


@given(st.floats(0.01, 1000), st.floats(0, 10), st.floats(0.001, 100))
def test_at_break_even_both_cost_the_same(fixed, home, more):
    hosted = home + more
    tokens = break_even_tokens_per_day(fixed, home, hosted)
    assert Running(fixed, 0, home, 1, 24).usd_per_day(tokens) == pytest.approx(float(tokens) * hosted / 1e6, rel=1e-6)


def test_payback_by_hand():
    assert payback_days(700, 0.5, 2.5) == pytest.approx(350)
    assert payback_days(700, 2.5, 2.5) == math.inf
    assert math.isnan(payback_days(math.nan, 0.5, 2.5))


@given(st.floats(100, 10_000), st.floats(0, 99), st.floats(0.5, 10), st.floats(0, 5), st.floats(0.01, 50))
def test_home_is_cheaper_exactly_where_it_pays_back_before_it_is_sold(price, resale, years, energy, saved):
    hosted = energy + saved
    days = payback_days(price * (1 - resale / 100), energy, hosted)
    cheaper = wear_usd_per_day(price, resale, years) + energy < hosted
    assert cheaper == (days < years * 365.25) or days == pytest.approx(years * 365.25)


def test_a_month_is_a_twelfth_of_a_year():
    assert pytest.approx(30.4375) == DAYS_PER_MONTH


def test_watts_are_known_of_classes_that_were_measured_and_of_no_others():
    assert idle_watts("gpu", "GeForce RTX 4090", "GDDR6X") == IDLE["card"]
    assert idle_watts("gpu", "H100 SXM", "HBM3") == IDLE["data-centre card"]
    assert idle_watts("apple-soc", "Apple M9 Ultra", None) == IDLE["mac"]
    assert idle_watts("apu", "NVIDIA DGX Spark (GB10)") == IDLE["dgx spark"]
    for kind, name in (("gpu", "GeForce RTX 4060 Mobile"), ("gpu", "RTX 9090 Laptop"), ("apu", "Radeon 780M"), ("phone", "Pixel 5"), ("cpu", "Ryzen")):  # fmt: skip
        assert idle_watts(kind, name) is None


def test_a_chip_is_not_taken_for_a_larger_one():
    assert busiest_watts("Apple M1 8-core GPU") == BUSIEST["Apple M1"]
    assert busiest_watts("Apple M2 Ultra 60-core GPU") == BUSIEST["Apple M2 Ultra"]
    assert busiest_watts("Apple M1 Pro 14-core GPU") is None
    assert busiest_watts("GeForce RTX 4090") is None


def test_watts_and_prices_rest_on_sources(catalog):
    refs = [w.source for w in (*IDLE.values(), *BUSIEST.values())] + [p.source for p in HOME_PRICES]
    named = [part.strip().partition("#")[0] for ref in refs for part in ref.split(";")]
    assert set(named) <= set(catalog.sources)
    assert all(w.low_w <= w.middle_w <= w.high_w for w in IDLE.values())
