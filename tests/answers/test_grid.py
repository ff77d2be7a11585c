"""The grid of machines and models, against the front page of each machine and figures one can check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lib.answers import rank_models
from lib.answers.grid import MOST_MODELS, NOWHERE, SIZE_STEPS_B, SYMBOLS, grid
from lib.catalog import current
from lib.view import View

FACTS = current()
MACHINES = ("macbook-air-m4-16gb", "pc-ddr5-64gb", "pc-2x-rtx-3090")
SOME = ("llama-3.3-70b-instruct", "gpt-oss-20b", "qwen3-8b")


def words(view: View, model: str) -> list[str]:
    table = grid(FACTS, view).table
    return [str(cell) for cell in table[table["model"] == FACTS.models[model].name].iloc[0, 2:]]


def test_a_model_of_46_gb_is_split_on_a_card_refused_by_a_laptop_and_read_from_ram() -> None:
    own, laptop, no_card, two_cards = words(View(machines=MACHINES, only=SOME), "llama-3.3-70b-instruct")
    assert own.startswith("▲") and own.endswith("offload") and laptop == "– no"
    assert no_card.startswith("◆") and no_card.endswith("RAM")
    assert two_cards.startswith("●")  # 42.5 GB of weights and 2.7 of cache in 2 × 24 GiB
    assert all(cell[0] in "●◆" for cell in words(View(machines=MACHINES, only=SOME), "gpt-oss-20b")[::2])


@pytest.mark.parametrize("place", range(4))
def test_every_cell_is_the_front_page_of_its_machine(place: int) -> None:
    found = grid(FACTS, View(machines=MACHINES))
    cells = found.cells[found.cells["machine"] == found.machines[place]].set_index("model_id")
    front = rank_models(FACTS, View(hw=("rtx-4090", *MACHINES)[place])).set_index("model").loc[cells.index]
    runs = front["runs"].to_numpy(bool)
    assert ((cells["kind"] != NOWHERE).to_numpy() == runs).all()
    assert cells.loc[runs, "tok_per_s"].to_numpy() == pytest.approx(front.loc[runs, "decode_tok_per_s"].to_numpy())
    assert (cells["fit"] == front["fit"]).all() and (cells["memory_gb"].dropna() == front["memory_gb"].dropna()).all()


def test_the_sentence_counts_what_the_table_shows() -> None:
    found = grid(FACTS, View(machines=MACHINES))
    for row, title in zip(found.each.itertuples(), found.machines, strict=True):
        assert row.machine == title and row.of == len(found.table)
        assert (~found.table[title].str.startswith(SYMBOLS[NOWHERE])).sum() == row.runs
    own, laptop = found.each.iloc[0], found.each.iloc[1]
    assert f"Of {len(found.table)} models your GeForce RTX 4090 runs {own['runs']}" in found.sentence
    assert f"{laptop['machine']}: {laptop['runs']}" in found.sentence


def test_how_many_times_as_fast_is_the_median_in_one_format() -> None:
    found = grid(FACTS, View(machines=MACHINES))
    own, other = (rank_models(FACTS, View(hw=hw, quant="Q4_K_M")).set_index("model")["decode_tok_per_s"].dropna() for hw in ("rtx-4090", MACHINES[0]))  # fmt: skip
    both = own.index.intersection(other.index)
    times = float(np.median(other[both] / own[both]))
    # 120 GB/s against 1008 GB/s: an eighth, a little more for small models.
    assert found.each["faster"].iloc[1] == pytest.approx(times, rel=0.02) and 0.11 < times < 0.2
    assert f"GeForce RTX 4090 is about {1 / times:.1f} times as fast as MacBook Air M4, 16 GB" in found.sentence


def test_the_rows_show_each_machines_best_and_every_size_that_runs() -> None:
    found = grid(FACTS, View(machines=MACHINES))
    assert len(found.table) == MOST_MODELS and found.table["score"].is_monotonic_decreasing
    assert set(found.each["best"].dropna()) <= set(found.models)
    sizes = [(FACTS.models[m].parameters or 0) / 1e9 for m in found.cells["model_id"].unique()]
    assert set(np.searchsorted(SIZE_STEPS_B, sizes, side="right")) >= set(range(6))


def test_my_machine_comes_first_under_its_own_name_and_nothing_comes_twice() -> None:
    found = grid(FACTS, View(called="Study", machines=("pc-rtx-4090", "rtx-3090", "no-such")))
    assert found.machines == ("Study", "GeForce RTX 3090")
    assert any("pc-rtx-4090" in note or "RTX 4090" in note for note in found.notes)
    assert any("64 GiB of RAM" in note for note in found.notes)
    assert grid(FACTS, View(n=2, machines=("rtx-4090",))).machines == ("2 × GeForce RTX 4090", "GeForce RTX 4090")


def test_filters_and_what_cannot_run() -> None:
    open_only = grid(FACTS, View(machines=MACHINES, licence="open"))
    assert {FACTS.licences[FACTS.models[m].licence].openness for m in open_only.cells["model_id"]} == {"open-source"}
    rented = next(m for m, known in FACTS.models.items() if not known.open_weights)
    assert words(View(machines=MACHINES, only=(rented, "qwen3-8b")), rented) == ["– rent only"] * 4
    money = grid(FACTS, View(by="budget", budget=60, machines=MACHINES))
    assert money.each["runs"].iloc[0] == 0 and "what $60 buys" in money.sentence
    long = grid(FACTS, View(hw="laptop-8gb", machines=(), ctx=4_000_000))
    assert long.cells.empty and long.empty
