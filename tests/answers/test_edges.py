"""Machines, formats and catalogs at the edge: no answer claims more than is known."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib.answers import (
    compare_models,
    essay,
    explain_memory,
    machines_answer,
    memory_page,
    models_answer,
    rank_machines,
    rank_models,
    rig_of,
    search_facts,
)
from lib.catalog import current, load
from lib.catalog.load import FOLDER
from lib.fit import NOT_HERE, UNKNOWN_SPEED, UNPAID
from lib.view import View

FACTS = current()


def test_a_chip_has_only_the_memory_it_is_sold_with_and_comes_once() -> None:
    for device in (d for d in FACTS.devices.values() if d.unified and d.memory_gib):
        rig = rig_of(FACTS, View(hw=device.id, n=4, ram=64))
        assert rig.ram_gib in device.memory_gib and rig.count == 1
        assert rig.ram_gib <= 64 or rig.ram_gib == min(device.memory_gib)


def test_an_unknown_speed_is_never_quick_enough() -> None:
    device = next(d.id for d in FACTS.devices.values() if d.kind == "gpu")
    odd = FACTS.devices[device].model_copy(
        update={"memory_bandwidth_gb_per_s": None, "measured_bandwidth_gb_per_s": None}
    )
    facts = replace(FACTS, version="odd", devices={**FACTS.devices, device: odd})
    rows = rank_models(facts, View(hw=device, speed=5.0, quant="Q4_K_M"))
    assert not rows["runs"].any() and UNKNOWN_SPEED in set(rows["fit"])
    assert "0 of" in models_answer(facts, View(hw=device, speed=5.0, quant="Q4_K_M")).sentence


@pytest.mark.parametrize(
    ("form", "here", "elsewhere"),
    [
        ("MLX-4bit", "apple-m4-max-40c", "rtx-4090"),
        ("EXL3-4.0bpw", "rtx-4090", "apple-m4-max-40c"),
        ("AWQ-int4", "rx-7900-xtx", "cpu-ddr5-5600-dual"),
    ],
)
def test_a_format_runs_only_where_its_runtime_does(form: str, here: str, elsewhere: str) -> None:
    assert rank_models(FACTS, View(hw=here, quant=form))["runs"].any()
    rows = rank_models(FACTS, View(hw=elsewhere, quant=form))
    assert not rows["runs"].any() and NOT_HERE in set(rows["fit"])
    told = explain_memory(FACTS, View(hw=here, quant=form), "llama-3.1-8b-instruct")
    assert not told.command  # llama-server cannot run it


def test_fits_and_cards_needed_never_contradict_each_other() -> None:
    for device, most in (("rtx-3060-12gb", 5), ("rtx-4090", 4), ("rx-7900-xtx", 3)):
        for n in range(1, most):
            for reserve in (0.5, 4.0):
                rows = rank_models(FACTS, View(hw=device, n=n, quant="Q4_K_M", reserve=reserve, ram=256))
                assert (rows.loc[rows["fit_code"] == "gpu", "cards_needed"] <= n).all()


def test_money_that_buys_nothing_leaves_the_sizes_known() -> None:
    view = View(by="budget", budget=50)
    rows = rank_models(FACTS, view)
    sized = rows[rows["fit"] == UNPAID]
    assert len(sized) > 100 and sized["memory_gb"].notna().all() and not rows["runs"].any()
    assert models_answer(FACTS, view).sentence.startswith(
        "No device with a known price costs $50 or less; the cheapest is"
    )


def test_a_budget_leaves_out_the_machines_it_cannot_pay() -> None:
    view = View(by="budget", budget=900, model="qwen3-8b", paid=1.0)
    rows = rank_machines(FACTS, view)
    assert (
        len(rows)
        and (rows["price"] <= 900).all()
        and not rows["mine"].any()
        and "typed in" not in set(rows["price_basis"])
    )
    assert "within $900" in machines_answer(FACTS, view).sentence


def test_what_is_quick_enough_in_ram_may_lead_when_a_speed_is_asked_for() -> None:
    rows = rank_models(FACTS, View(hw="rtx-3060-12gb", ram=32, speed=20.0))
    running = rows[rows["runs"]]["score"].dropna()
    assert running.is_monotonic_decreasing and {"gpu", "offload"} <= set(rows[rows["runs"]]["fit_code"])


def test_lowest_is_best_where_less_is_better() -> None:
    view = View(rank="vectara-hallucination-rate.vectara")
    notes = " ".join(models_answer(FACTS, view).notes)
    assert "means lowest" in notes
    ranked = rank_models(FACTS, view)
    inside = ranked[(ranked["fit_code"] == "gpu") & ranked["runs"]]["score"].dropna()
    assert inside.is_monotonic_increasing


def test_the_longest_context_is_never_below_the_one_that_fits() -> None:
    rows = rank_models(FACTS, View(ctx=300))
    fits = rows[rows["runs"]]
    assert (fits["max_context_tokens"] >= 300).all()


def test_the_closer_look_and_the_list_name_one_size() -> None:
    for view in (
        View(),
        View(hw="pc-2x-rtx-4090", ctx=32768, kv="q8_0", slots=4),
        View(hw="rtx-3060-12gb", model="gpt-oss-120b"),
    ):
        rows = rank_models(FACTS, view)
        chosen = models_answer(FACTS, view).chosen
        assert chosen is not None
        size = float(rows.set_index("model").loc[chosen, "memory_gb"])
        assert f"{size:,.1f} GB" in explain_memory(FACTS, view, chosen).summary


def test_measured_speeds_of_mixtures_are_not_taken_for_dense_ones() -> None:
    dense = rank_machines(FACTS, View(model="seed-oss-36b", quant="Q4_K_M"))
    both = dense[dense["measured_tok_per_s"].notna() & dense["decode_tok_per_s"].notna()]
    assert (both["measured_tok_per_s"] < 3 * both["decode_tok_per_s"]).all()


PARTS = ["devices.csv", "machines.toml", "models", "scores", "benchmarks.toml", "protocols.toml", "licences.toml", "essay.toml", "measurements", "prices", "sources"]  # fmt: skip


@pytest.mark.parametrize("gone", PARTS)
def test_a_catalog_with_a_part_gone_still_answers(gone: str, tmp_path: Path) -> None:
    folder = tmp_path / "catalog"
    shutil.copytree(FOLDER, folder)
    target = folder / gone
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    facts = load(folder)
    if gone in ("devices.csv", "models"):
        with pytest.raises(LookupError) if gone == "devices.csv" else np.errstate():
            rank_models(facts, View())
        return  # the frame says so instead of asking
    for answer in (models_answer, machines_answer, compare_models, memory_page):
        answer(facts, View())
    essay(facts)
    search_facts(facts, "llama")


def test_a_catalog_without_the_usual_card_computes_for_another() -> None:
    facts = replace(FACTS, version="without", devices={k: d for k, d in FACTS.devices.items() if k != "rtx-4090"})
    assert rig_of(facts, View()).device.id in facts.devices and len(rank_models(facts, View()))
