"""Machines, comparison, the essay, sources: each answer against the catalog and against itself."""

from __future__ import annotations

import math
import re
from statistics import median

import pandas as pd
import pytest

from lib.answers import (
    compare_models,
    essay,
    explain_memory,
    machines_answer,
    models_answer,
    rank_machines,
    rank_models,
    search_facts,
    sources,
    vocabulary,
)
from lib.answers.machine import build, price_of
from lib.answers.scores import grouped, index_domain, preference, ranked_scores, ranks, shown
from lib.answers.speed_cases import answer_cases
from lib.answers.text import plain
from lib.catalog import current
from lib.catalog.schema import Score
from lib.view import View, decode

FACTS = current()


def test_the_machines_that_hold_it_hold_it_and_their_price_is_that_of_all_cards() -> None:
    rows = rank_machines(FACTS, View(model="llama-3.3-70b-instruct"))
    held = rows[rows["fit_code"] == "gpu"]
    assert len(held) > 20 and (held["spare_gb"] >= 0).all()
    pair = rows[(rows["device"] == "rtx-3090") & (rows["count"] == 2)].iloc[0]
    price = price_of(FACTS.devices["rtx-3090"])
    assert pair["fit_code"] == "gpu" and pair["cards_needed"] == 2
    assert price is not None and pair["price"] == 2 * price.usd


def test_a_price_typed_in_replaces_the_listed_one_for_my_device_only() -> None:
    rows = rank_machines(FACTS, View(model="qwen3-32b", hw="rtx-3090", paid=650))
    mine = rows[rows["device"] == "rtx-3090"]
    assert (mine["price"] == 650 * mine["count"]).all() and set(mine["price_basis"]) == {"typed in"}
    assert "typed in" not in set(rows[rows["device"] != "rtx-3090"]["price_basis"])


def test_more_memory_of_a_unified_chip_than_its_price_was_for_has_no_price() -> None:
    device = next(d for d in FACTS.devices.values() if d.unified and len(d.memory_gib) > 1 and d.launch_price_usd)
    assert price_of(device, min(device.memory_gib)) is not None and price_of(device, max(device.memory_gib)) is None


def test_a_speed_measured_on_a_build_of_its_day_lies_near_what_such_a_build_is_predicted_to_reach() -> None:
    rows = rank_machines(FACTS, View(model="llama-3.1-8b-instruct", quant="Q4_K_M"))
    shown = set(rows[rows["measured_tok_per_s"].notna() & (rows["fit_code"] == "gpu")]["device"])
    alike = [
        m for m in FACTS.measurements.values()
        if m.quantization == "Q4_K_M" and m.params_b and abs(m.params_b - 8.03) < 0.2 and set(m.device_ids) <= shown and len(m.device_ids) == 1 and m.decode_tok_per_s and (m.depth or 0) <= 4096 and (m.concurrency or 1) == 1
    ]  # fmt: skip
    told = answer_cases(
        FACTS,
        [{"model": "llama-3.1-8b-instruct", "quantization": "Q4_K_M", "devices": list(m.device_ids), "build_date": m.build_date or m.measured_on, "depth": m.depth or 0} for m in alike],
    )  # fmt: skip
    off = [abs(math.log(case["decode_tok_per_s"] / m.decode_tok_per_s)) for case, m in zip(told, alike, strict=True)]
    assert len(shown) >= 8 and len(off) >= 12 and median(off) < math.log(1.25)


@pytest.mark.parametrize("axis", ["price", "power", "bandwidth"])
def test_no_machine_on_the_frontier_is_beaten(axis: str) -> None:
    rows = rank_machines(FACTS, View.model_validate({"model": "qwen3-32b", "x": axis}))
    best = rows[rows["on_frontier"]]
    running = rows[rows["runs"]]
    for _, row in best.iterrows():
        cheaper = running[running["x"] <= row["x"]]
        assert not (cheaper["decode_tok_per_s"] > row["decode_tok_per_s"]).any()


def test_sentences_never_speak_of_nothing() -> None:
    views = [
        View(),
        View(by="budget", budget=50),
        View(hw="raspberry-pi-5-8gb"),
        View(hw="pc-ddr5-64gb", ctx=131072),
        View(only=("claude-3-opus",)),
        View(ctx=10_485_760),
    ]
    for view in views:
        for said in (models_answer(FACTS, view), machines_answer(FACTS, view)):
            text = " ".join((said.sentence, *said.notes))
            assert not re.search(r"\bnan\b", text, re.IGNORECASE) and "None" not in text and text.count("  ") == 0


def test_the_count_in_the_sentence_is_the_count_in_the_table() -> None:
    for view in (View(), View(hw="macbook-air-m4-16gb"), View(licence="open", ctx=32768)):
        rows = rank_models(FACTS, view)
        inside = rows[(rows["fit_code"] == "gpu") & rows["runs"]]
        assert models_answer(FACTS, view).sentence.startswith(f"{len(inside)} of {len(rows)} models fit")
    quick = View(licence="open", speed=20.0)
    rows = rank_models(FACTS, quick)
    assert models_answer(FACTS, quick).sentence.startswith(f"{rows['runs'].sum()} of {len(rows)} models run on")


def test_scores_are_drawn_side_by_side_only_inside_one_protocol() -> None:
    answer = compare_models(FACTS, View(models=("llama-3.1-8b-instruct", "qwen2.5-7b-instruct", "gemma-2-9b-it")))
    assert answer.shared["benchmark"].nunique() >= 5
    assert (answer.shared.groupby("benchmark")["model"].nunique() >= 2).all() and answer.shared["place"].between(
        0, 1
    ).all()
    assert not answer.shared["benchmark"].str.contains("maker", case=False).any()
    assert answer.scores["source"].ne("").all() and answer.scores["url"].notna().all()


def test_the_score_shown_is_never_simply_the_highest() -> None:
    given = {"model": "m", "benchmark": "b", "protocol": "p", "source": "s"}
    maker = Score(**given, value=90, measured_by="maker", date="2025-01-01")
    third = Score(**given, value=80, measured_by="third-party", date="2024-01-01")
    gone = Score(**given, value=99, measured_by="third-party", date="2025-05-05", verdict="superseded")
    newer = Score(**given, value=79, measured_by="third-party", date="2024-06-01")
    order = sorted([maker, third, gone, newer], key=preference)
    assert [s.value for s in order] == [79, 80, 90, 99] and shown([gone]) is None


def test_every_rank_orders_enough_models_and_comparable_ones_come_first() -> None:
    found = [r for r in ranks(FACTS) if index_domain(r) is None]
    assert ranks(FACTS)[0] == View().rank == "capability.general" and len(found) > 60
    assert all(len(ranked_scores(FACTS, r)) >= 5 for r in ranks(FACTS))
    comparable = [FACTS.protocols[r.partition(".")[2]].comparable for r in found]
    assert comparable == sorted(comparable, reverse=True)
    assert all(len(grouped(FACTS)[r.partition(".")[0], r.partition(".")[2]]) >= 5 for r in found)


def test_each_essay_table_opens_as_a_view_that_shows_what_it_is_about() -> None:
    assert FACTS.essay is not None
    for key, table in FACTS.essay.tables.items():
        query = {name: [value] if isinstance(value, str) else list(value) for name, value in table.query.items()}
        view, notices = decode(query, vocabulary(FACTS), table.page)
        assert not notices, key
        if table.page == "models":
            named = {row.model for row in table.rows if row.model}
            assert named <= set(rank_models(FACTS, view)["model"]), key
        if table.page == "machines":
            devices = set(rank_machines(FACTS, view)["device"])
            measured = {
                d for row in table.rows if row.measurement for d in FACTS.measurements[row.measurement].device_ids
            }
            assert len(devices & measured) >= 4, key


def test_the_essay_is_shown_as_printed_with_what_was_found_beside_it() -> None:
    today = essay(FACTS)
    table = next(t for t in today.tables if t.id == "models")
    row = table.rows.set_index("Model").loc["mistralai/Mixtral-8x22B-Instruct-v0.1"]
    assert row["Params (B)"] == "176" and "Params (B): wrong" in row["checking found"]
    assert {"wrong", "not confirmed"} <= set(table.findings["verdict"])


def test_every_fact_has_a_source_that_can_be_opened() -> None:
    everything = search_facts(FACTS, "")
    assert f"{len(FACTS.sources)} sources" in everything.sentence
    assert everything.rows["url"].notna().all()
    listed = sources(FACTS)
    assert len(listed) == len(FACTS.sources) and listed["facts"].sum() > 10_000


def test_a_search_finds_only_what_has_every_word() -> None:
    rows = search_facts(FACTS, "4090 Bandwidth").rows
    assert (
        len(rows)
        and rows.apply(
            lambda r: "4090" in " ".join(map(str, r)) and "bandwidth" in " ".join(map(str, r)).lower(), axis=1
        ).all()
    )


@pytest.mark.parametrize("words", ["[unclosed", ".*", "max+", "(", "\\"])
def test_a_search_takes_every_sign_as_itself(words: str) -> None:
    found = search_facts(FACTS, words)
    shown = found.rows.astype(str).agg(" ".join, axis=1).str.lower() if len(found.rows) else pd.Series(dtype=str)
    assert shown.str.contains(words, regex=False).all()
    assert bool(len(found.rows)) == (words in ("max+", "("))


def test_a_tokens_time_is_the_sum_of_its_parts_and_says_how_wrong_it_was() -> None:
    told = explain_memory(FACTS, View(hw="pc-2x-rtx-4090"), "llama-3.3-70b-instruct")
    parts, whole = told.working.timing.iloc[:-1]["ms"].sum(), told.working.timing.iloc[-1]["ms"]
    assert parts == pytest.approx(whole, rel=1e-3)
    assert "median" in told.working.sources[0] and "measurements of" in told.working.sources[0]


def test_what_one_machine_offers_is_less_than_it_holds() -> None:
    for device in vocabulary(FACTS).devices:
        rig = build(FACTS, device, 2, 32.0, "cpu-ddr5-5600-dual", 0.5)
        for pool in (*rig.pools.gpus, *((rig.pools.ram,) if rig.pools.ram else ())):
            assert 0 <= pool.usable_bytes <= pool.total_bytes


def test_markdown_from_facts_is_only_text() -> None:
    assert (
        plain("$5 [x](javascript:1) **b** :material/home: <img> `c` _d_")
        == r"\$5 \[x\](javascript\:1) \*\*b\*\* \:material/home\: \<img\> \`c\` \_d\_"
    )
