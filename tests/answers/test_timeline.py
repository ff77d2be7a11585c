"""The timeline: who was best when, and how many months home is behind, checked by hand and for every benchmark."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from lib.answers import tiers
from lib.answers import timeline as answers
from lib.answers.records import DAYS_A_MONTH, caught_up, running_best
from lib.answers.scores import ranked_scores, ranks
from lib.answers.timeline_marks import LABEL_PX, label_heights, nudged
from lib.catalog import current
from lib.view import View

FACTS = current()
ARENA = "chatbot-arena-elo.lmarena-2025-12"


def line(*rows: tuple[str, str, float, float], name: str = "cloud") -> pd.DataFrame:
    """A line of (model, released, worth, half of its interval)."""
    return pd.DataFrame(
        [
            (name, m, m.upper(), d, dt.date.fromisoformat(d).toordinal(), w, w - half, w + half)
            for m, d, w, half in rows
        ],
        columns=["line", "model", "name", "released", "day", "worth", "worth_low", "worth_high"],
    )


CLOUD = line(("a", "2024-01-01", 100, 3), ("b", "2024-07-01", 110, 3), ("c", "2025-01-01", 120, 3), ("d", "2025-07-01", 130, 3))  # fmt: skip


def test_the_cloud_was_there_first_on_the_day_its_record_reached_homes_best() -> None:
    home = line(("h", "2025-06-01", 112, 4), ("i", "2025-08-01", 130, 4), ("j", "2025-09-01", 131, 4))
    found = caught_up(home, CLOUD)
    assert found["hosted_name"].tolist()[:2] == ["C", "D"] and pd.isna(found["hosted_name"][2])
    days = [dt.date(2025, 1, 1).toordinal(), dt.date(2025, 7, 1).toordinal()]
    assert found["hosted_day"].tolist()[:2] == days and np.isnan(found["hosted_day"][2])


def test_the_range_follows_from_both_intervals() -> None:
    # √(4² + 3²) = 5 decides: 110 is not clearly worse than 112, 120 is clearly better; 100 is out of reach.
    home = line(("h", "2025-06-01", 112, 4))
    found = caught_up(home, CLOUD).iloc[0]
    assert dt.date.fromordinal(int(found["earliest_day"])) == dt.date(2024, 7, 1)
    assert dt.date.fromordinal(int(found["latest_day"])) == dt.date(2025, 1, 1)
    # 120 is not clearly better than 117, so the latest day would be that of 130, after home's own release.
    found = caught_up(line(("h", "2025-06-01", 117, 4)), CLOUD).iloc[0]
    assert dt.date.fromordinal(int(found["earliest_day"])) == dt.date(2025, 1, 1)
    assert dt.date.fromordinal(int(found["latest_day"])) == dt.date(2025, 6, 1)


def test_without_an_interval_there_is_no_range() -> None:
    home = line(("h", "2025-06-01", 112, np.nan))
    found = caught_up(home, CLOUD)
    assert found["hosted_name"].tolist() == ["C"]
    assert found[["earliest_day", "latest_day"]].isna().all(axis=None)
    holed = CLOUD.assign(worth_low=CLOUD["worth_low"].where(CLOUD["model"] != "b"))
    assert caught_up(line(("h", "2025-06-01", 112, 4)), holed)["earliest_day"].isna().all()


def test_records_are_only_what_was_better_than_everything_before() -> None:
    rows = line(("late", "2025-01-01", 105, 1), ("first", "2024-01-01", 100, 1), ("worse", "2024-06-01", 90, 1), ("twin", "2024-01-01", 99, 1), ("equal", "2025-02-01", 105, 1))  # fmt: skip
    other = line(("solo", "2023-01-01", 50, 1), name="8 GB")
    found = running_best(pd.concat([rows, other]))
    assert found["model"].tolist() == ["first", "late", "solo"]
    assert running_best(rows.head(0)).empty


@pytest.mark.parametrize(
    ("given", "day"),
    [("2024-02", (2024, 2, 29)), ("2023", (2023, 12, 31)), ("2025-03-14", (2025, 3, 14)), ("2025-12", (2025, 12, 31))],
)
def test_a_release_known_by_month_or_year_counts_from_its_end(given: str, day: tuple[int, int, int]) -> None:
    assert answers.released_day(given) == dt.date(*day)


def at_every_date(found: pd.DataFrame, name: str, days: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """The height of one line on each day, -inf before it begins."""
    own = found[found["line"] == name]
    heights = np.r_[-np.inf, own["worth"].to_numpy(float)]
    return heights[np.searchsorted(own["day"].to_numpy(), days, side="right")]


@pytest.mark.parametrize("rank", ranks(FACTS))
def test_every_benchmark_is_answered_and_more_memory_is_never_worse(rank: str) -> None:
    view = View(rank=rank)
    page = answers.timeline(FACTS, view)
    assert page.sentence.endswith(".")
    found = answers.holders(FACTS, view)
    days = np.sort(found["day"].unique())
    names = [*map(tiers.label_of, tiers.TIERS), answers.HOSTED]
    heights = [at_every_date(found, name, days) for name in names]
    for smaller, larger in pairwise(heights):
        assert (larger >= smaller).all()
    for height in heights:
        assert (height[1:] >= height[:-1]).all()
    home = found[found["line"] != answers.HOSTED]
    # What runs at home can be hosted, so the cloud was there by then at the latest.
    assert (home["hosted_day"] <= home["day"]).all()
    sure = home.dropna(subset=["earliest_day", "latest_day"])
    assert (sure["earliest_day"] <= sure["hosted_day"]).all() and (sure["hosted_day"] <= sure["latest_day"]).all()


def test_the_sentence_says_what_the_table_and_the_calendar_say() -> None:
    page = answers.timeline(FACTS, View(rank=ARENA))
    row = page.tiers.set_index("line").loc["24 GB"]
    began, until = dt.date.fromisoformat(row["hosted_released"]), dt.date.fromisoformat(page.until)
    assert row["months"] == pytest.approx((until - began).days / DAYS_A_MONTH)
    assert f"about {row['months']:.0f} months behind" in page.sentence and row["name"] in page.sentence
    assert f"{began:%B %Y}" in page.sentence and page.mine == "24 GB"
    arrived = dt.date.fromisoformat(row["released"])
    assert row["months_at_release"] == pytest.approx((arrived - began).days / DAYS_A_MONTH)
    assert arrived <= until <= answers.catalog_day(FACTS)


def test_what_fits_is_held_by_a_card_of_that_size_less_driver_and_desktop() -> None:
    fits = tiers.fitting(FACTS, View())
    # 24 GiB less 450 MiB of driver and half a GiB of desktop
    room = (24 * 2**30 - 450 * 2**20 - 2**29) / 1e9
    assert max(gb for _, gb in fits[24].values()) <= room
    assert "llama-3.3-70b-instruct" in fits[48] and "llama-3.3-70b-instruct" not in fits[24]
    assert fits[96]["llama-3.3-70b-instruct"][0] == "Q8_0" and fits[48]["llama-3.3-70b-instruct"][0] == "Q4_K_M"
    assert not any(FACTS.models[m].open_weights is False for m in fits[192])
    tight = tiers.fitting(FACTS, View(quant="Q8_0"))
    assert set(tight[24]) < set(fits[24]) and "llama-3.3-70b-instruct" not in tight[48]


def test_a_longer_context_and_several_conversations_leave_fewer_models() -> None:
    usual = tiers.fitting(FACTS, View())
    for harder in (View(ctx=32768), View(ctx=8192, slots=4)):
        assert all(set(tiers.fitting(FACTS, harder)[t]) < set(usual[t]) for t in (8, 24))


def test_the_sentence_speaks_of_the_visitors_machine() -> None:
    assert tiers.tier_of(FACTS, View(hw="rtx-4090", n=2)) == 48
    assert tiers.tier_of(FACTS, View(hw="rtx-3060-12gb")) == 8
    assert tiers.tier_of(FACTS, View(hw="macbook-air-m4-16gb")) == 8  # of a shared memory the system keeps a part
    page = answers.timeline(FACTS, View(rank=ARENA, hw="rtx-3060-12gb"))
    assert page.sentence.startswith("With 8 GB at home") and any("12 GiB" in note for note in page.notes)
    assert tiers.tier_of(FACTS, View(by="budget")) == tiers.USUAL_TIER


def test_a_licence_filters_home_and_leaves_the_cloud() -> None:
    every, free = (answers.holders(FACTS, View(rank=ARENA, licence=wish)) for wish in ("any", "open"))
    clouds = [found.loc[found["line"] == answers.HOSTED, "model"].tolist() for found in (every, free)]
    assert clouds[0] == clouds[1]
    home = free[free["line"] != answers.HOSTED]
    assert {FACTS.licences[FACTS.models[m].licence].openness for m in home["model"]} == {"open-source"}


def test_models_without_a_date_are_left_out_and_counted() -> None:
    models = dict(FACTS.models)
    best = answers.timeline(FACTS, View(rank=ARENA)).tiers.set_index("line").loc["24 GB", "name"]
    key = next(k for k, m in models.items() if m.name == best)
    undated = models | {key: models[key].model_copy(update={"released": None})}
    other = type(FACTS)(
        **{**{f: getattr(FACTS, f) for f in FACTS.__dataclass_fields__}, "models": undated, "version": "undated"}
    )
    rated = {score.model for score in FACTS.scores if f"{score.benchmark}.{score.protocol}" == ARENA}
    before = sum(models[k].released is None for k in rated)
    page = answers.timeline(other, View(rank=ARENA))
    assert best not in page.records["name"].tolist()
    assert any(f"{before + 1} without a known release" in note for note in page.notes), page.notes


def test_only_the_start_of_the_picture_moves_with_since() -> None:
    whole = answers.timeline(FACTS, View(rank=ARENA))
    part = answers.timeline(FACTS, View(rank=ARENA, since=dt.date(2025, 1, 1)))
    assert part.sentence == whole.sentence and len(part.records) == len(whole.records)
    assert part.best["date"].min() == "2025-01-01" and part.behind["date"].min() == "2025-01-01"
    start = part.best[part.best["date"] == "2025-01-01"].set_index("line")["y"]
    then = whole.best[whole.best["date"] <= "2025-01-01"].groupby("line")["y"].max()
    assert start.to_dict() == then.to_dict()
    assert answers.timeline(FACTS, View(rank=ARENA, since=dt.date(2035, 1, 1))).best["end"].any()


def test_a_smaller_number_stands_higher_where_smaller_is_better() -> None:
    page = answers.timeline(FACTS, View(rank="vectara-hallucination-rate.vectara"))
    cloud = page.best[page.best["line"] == answers.HOSTED]["y"].to_numpy(float)
    assert page.lower and (np.diff(cloud) <= 0).all()


@pytest.mark.parametrize("ends", [[1.0, 1.0, 1.0], [5.0, 1.0, 1.01, 9.0], [0.0]])
def test_labels_keep_apart_and_in_order(ends: list[float]) -> None:
    at = label_heights(ends, [0.0, 10.0])
    gaps = np.diff(np.sort(at))
    assert len(at) == len(ends) and (gaps >= 10 * LABEL_PX / 460 * 0.99).all()
    assert all((a < b) == (x < y) for a, x in zip(ends, at, strict=True) for b, y in zip(ends, at, strict=True) if a != b)  # fmt: skip


def test_labels_move_no_further_than_they_must() -> None:
    assert nudged([1, 2, 5], 1) == [1, 2, 5]
    assert nudged([1, 1, 5], 1) == [0.5, 1.5, 5]


def test_the_count_ends_where_scores_end_and_says_what_the_catalogs_day_would_add() -> None:
    page = answers.timeline(FACTS, View(rank=ARENA))
    newest = max(FACTS.models[m].released or "" for m in ranked_scores(FACTS, ARENA))
    assert page.until == newest
    lag, read = page.tiers.set_index("line").loc["24 GB", "months"], answers.catalog_day(FACTS)
    later = lag + (read - dt.date.fromisoformat(newest)).days / DAYS_A_MONTH
    assert f"it would be {later:.0f} months" in page.notes[0]
