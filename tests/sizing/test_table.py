"""Many rows at once say what each row alone says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.accuracy_buffers import architectures
from lib.architecture import Architecture
from lib.sizing.compute import compute_buffer_bytes
from lib.sizing.kv_cache import kv_cache_bytes
from lib.sizing.placement import cards_needed, max_context, place
from lib.sizing.pools import GIB, PoolSet, Rooms, card_pool, metal_pool, ram_pool
from lib.sizing.table import (
    FITS,
    Request,
    cards_needed_all,
    max_context_all,
    place_all,
    size_all,
    sizing_table,
)
from lib.sizing.weights import Weights, weights

ROWS: list[tuple[Architecture, Weights]] = [
    (shapes, weights(shapes, form)) for shapes in architectures().values() for form in ("Q8_0", "Q4_K_M", "IQ2_XXS")
]
TABLE = sizing_table(ROWS)
RAM = ram_pool("RAM", 96 * GIB, 9e10)
BIG, SMALL = card_pool("24 GB", 24 * GIB, 1e12), card_pool("10 GB", 10 * GIB, 6e11)
MACHINES = {
    "cpu": PoolSet((), RAM),
    "one card": PoolSet((BIG,), RAM),
    "card without RAM": PoolSet((BIG,)),
    "mixed cards": PoolSet((SMALL, BIG, SMALL), RAM),
    "four cards": PoolSet((BIG,) * 4, RAM),
    "unified": PoolSet((metal_pool("M", 64 * GIB, 4e11),), ram_pool("RAM", 64 * GIB, 4e11), unified=True),
}


def random_request(random: np.random.Generator) -> Request:
    flash_attention = bool(random.random() < 0.8)
    return Request(
        context_tokens=int(random.integers(100, 60000)),
        type_k=str(random.choice(["f16", "q8_0", "q4_0"])) if flash_attention else "f16",
        type_v=str(random.choice(["f16", "q8_0"])) if flash_attention else "f16",
        slots=int(random.integers(1, 5)),
        flash_attention=flash_attention,
        micro_batch=int(random.choice([128, 512, 1024])),
        unified=bool(random.random() < 0.5),
    )


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_row_and_all_rows_agree(machine: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    request, pools = random_request(random), MACHINES[machine]
    all_rows = place_all(TABLE, pools, request)
    for row in random.choice(len(ROWS), 12, replace=False):
        alone = place(*ROWS[row], pools, request)
        assert alone.fit == FITS[all_rows.fit[row]]
        assert alone.cpu_expert_layers == all_rows.cpu_expert_layers[row]
        assert alone.gpu_layers == all_rows.gpu_layers[row]
        assert alone.total_bytes == all_rows.total_bytes[row]
        for i, use in enumerate(alone.pools):
            column = i if i < len(pools.gpus) else -1
            assert use.spare_bytes == all_rows.spare_bytes[row, column]
            assert use.bytes_read_per_token == all_rows.bytes_read[row, column]


def test_sizes_are_those_of_the_formulas() -> None:
    found = size_all(TABLE, 5000, type_k="q8_0", type_v="q8_0", slots=2)
    for row, (shapes, files) in enumerate(ROWS):
        assert found.kv_bytes[row] == kv_cache_bytes(shapes, 5000, type_k="q8_0", type_v="q8_0", slots=2)
        assert found.compute_bytes[row] == compute_buffer_bytes(shapes, 5000, type_k="q8_0", type_v="q8_0", slots=2)[0]
        assert found.weights_bytes[row] == files.layer_bytes.sum() + files.output_bytes


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_is_lost_and_nothing_overflows(machine: str) -> None:
    pools = MACHINES[machine]
    found = place_all(TABLE, pools, Request(8192))
    fits = found.fit > 0
    assert fits.any()
    assert (found.spare_bytes[fits] >= 0).all()
    assert (found.weights_bytes >= 0).all()
    assert (found.kv_bytes.sum(axis=1) == size_all(TABLE, 8192).kv_bytes).all()
    twice = TABLE.tied_bytes * (found.gpu_layers > 0) * (not pools.unified)
    assert (found.weights_bytes.sum(axis=1) == TABLE.tensor_bytes + twice).all()
    assert (found.items.sum(axis=1) == TABLE.layers + 1).all()
    # A token reads the same weights wherever they lie.
    everywhere = place_all(TABLE, MACHINES["cpu"], Request(8192)).ram_bytes_read
    np.testing.assert_allclose(found.bytes_read.sum(axis=1), everywhere, atol=8 * found.items.shape[1])


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("context", [512, 8192, 131072])
def test_leaving_out_hopeless_attempts_changes_nothing_that_fits(machine: str, context: int) -> None:
    whole = place_all(TABLE, MACHINES[machine], Request(context))
    spared = place_all(TABLE, MACHINES[machine], Request(context), attempt=False)
    assert (spared.fit == whole.fit).all()
    fits = np.flatnonzero(whole.fit > 0)
    for name in (
        "items",
        "cpu_expert_layers",
        "weights_bytes",
        "kv_bytes",
        "compute_bytes",
        "spare_bytes",
        "bytes_read",
    ):
        assert (getattr(spared, name)[fits] == getattr(whole, name)[fits]).all()


def test_the_longest_context_is_the_last_that_fits() -> None:
    request = Request(1024)
    for pools in MACHINES.values():
        now = place_all(TABLE, pools, request).fit
        longest = max_context_all(TABLE, pools, request)
        assert (max_context_all(TABLE, pools, request, now) == longest).all()
        assert (place_all(TABLE, pools, request, np.maximum(longest, 256)).fit >= now)[longest > 0].all()
        more = (longest > 0) & (longest + 256 <= TABLE.context_tokens)
        assert (place_all(TABLE, pools, request, longest + 256).fit < now)[more].all()


def test_more_memory_never_fits_worse() -> None:
    before = np.zeros(len(ROWS), np.int8)
    for gib in (6, 12, 24, 48, 96, 192):
        found = place_all(TABLE, PoolSet((card_pool("card", gib * GIB, 1e12),), RAM), Request(8192)).fit
        assert (found >= before).all()
        before = found


def test_cards_and_contexts_agree_with_one_row() -> None:
    request = Request(8192)
    cards = cards_needed_all(TABLE, BIG, request)
    longest = max_context_all(TABLE, MACHINES["mixed cards"], request)
    for row in (0, 7, 20, 34, 50):
        assert cards[row] == cards_needed(*ROWS[row], BIG, request)
        assert longest[row] == max_context(*ROWS[row], MACHINES["mixed cards"], request)
    stated = np.array([shapes.context_tokens for shapes, _ in ROWS])
    assert (longest <= stated).all()
    fits = place_all(TABLE, MACHINES["mixed cards"], request).fit > 0
    assert (longest[fits & (stated >= 8192)] >= 8192).all()
    assert (longest % 256 == 0).all()


def test_every_row_may_have_a_context_of_its_own() -> None:
    contexts = np.arange(len(ROWS)) * 512 + 256
    together = place_all(TABLE, MACHINES["one card"], Request(1), contexts)
    for row in (0, 9, 33, 56):
        alone = place(
            *ROWS[row], MACHINES["one card"], dataclasses.replace(Request(1), context_tokens=int(contexts[row]))
        )
        assert alone.total_bytes == together.total_bytes[row]


@pytest.mark.parametrize("cards", [(), (24,), (10, 24, 16)])
def test_every_row_may_lie_on_a_machine_of_its_own(cards: tuple[int, ...]) -> None:
    machines = [
        PoolSet(tuple(card_pool("card", (gib + row % 7) * GIB, 1e12) for gib in cards), ram_pool("RAM", (32 + row) * GIB, 9e10))
        for row in range(len(ROWS))
    ]  # fmt: skip
    together = place_all(TABLE, Rooms.of(machines), Request(8192))
    for row in range(0, len(ROWS), 5):
        alone = place_all(TABLE.take(np.array([row])), machines[row], Request(8192))
        for field in dataclasses.fields(alone):
            assert (getattr(alone, field.name)[0] == getattr(together, field.name)[row]).all(), field.name
    with pytest.raises(ValueError, match="alike"):
        Rooms.of([MACHINES["one card"], MACHINES["four cards"]])


def test_an_empty_table_is_a_table() -> None:
    empty = sizing_table([])
    assert len(place_all(empty, MACHINES["one card"], Request(8192)).fit) == 0


def test_weights_must_be_those_of_the_model() -> None:
    shapes, files = ROWS[0]
    with pytest.raises(ValueError, match="layers"):
        sizing_table([(shapes.model_copy(update={"layers": 5}), files)])
