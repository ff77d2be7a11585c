"""What the page Memory says, against the engine's own figures and what a visitor would notice."""

from __future__ import annotations

import csv

import pytest

from benchmarks import memory_error
from lib.answers import memory_page, rank_models, rig_of
from lib.answers.contexts import contexts_of
from lib.catalog import current
from lib.fit import FIT_WORDS
from lib.sizing.weights import weights
from lib.view import View

FACTS = current()
LLAMA = View(n=2, model="llama-3.3-70b-instruct", quant="Q4_K_M")


def test_the_sentence_adds_up_from_the_engines_own_parts() -> None:
    page = memory_page(FACTS, LLAMA)
    bar = page.sizes[(page.sizes["context"] == 8192) & (page.sizes["cache"] == "f16")].iloc[0]
    # 80 layers × 2 × 8 KV heads × 128 × 8,192 tokens × 2 bytes
    assert bar["KV cache"] == pytest.approx(80 * 2 * 8 * 128 * 8192 * 2 / 1e9)
    assert bar["weights"] + bar["KV cache"] + bar["compute buffer"] == pytest.approx(bar["total_gb"])
    assert f"{bar['total_gb']:,.1f} GB" in page.sentence and "2 × GeForce RTX 4090" in page.sentence
    assert f"weights are {100 * bar['weights'] / bar['total_gb']:.0f} %" in page.sentence


def test_bars_end_at_the_machines_limit_exactly_where_it_stops_fitting_one_card() -> None:
    for model in ("qwen3-8b", "llama-3.1-8b-instruct", "gemma-3-12b-it"):
        page = memory_page(FACTS, View(hw="rtx-3060-12gb", model=model, quant="Q4_K_M"))
        ends = page.bars.drop_duplicates(["context", "cache"])
        inside = ends["fit"] == FIT_WORDS["gpu"]
        assert (inside == (ends["end_gb"] <= ends["limit_gb"])).all()
        assert inside.any() and not inside.all()


def test_contexts_double_up_to_the_models_longest_with_the_one_asked_for() -> None:
    assert contexts_of(40960, 8192) == [2048, 4096, 8192, 16384, 32768, 40960]
    assert contexts_of(8192, 5000) == [2048, 4096, 5000, 8192]
    assert contexts_of(512, 8192) == [512]
    assert contexts_of(None, 4096) == [2048, 4096]


def test_longer_contexts_and_finer_caches_never_take_less() -> None:
    sizes = memory_page(FACTS, LLAMA).sizes.pivot(index="context", columns="cache", values="total_gb")
    assert (sizes["f16"] > sizes["q8_0"]).all() and (sizes["q8_0"] > sizes["q4_0"]).all()
    assert (sizes.diff().dropna() > 0).all(axis=None)


def test_the_longest_context_fits_and_the_next_step_does_not() -> None:
    page = memory_page(FACTS, LLAMA)
    longest = page.longest.set_index(["cache", "slots"])["gpu_tokens"]
    most = int(longest["f16", 1])
    for context, fits in ((most, True), (most + 256, False)):
        here = memory_page(FACTS, LLAMA.model_copy(update={"ctx": context})).sizes
        row = here[(here["context"] == context) & (here["cache"] == "f16")].iloc[0]
        assert (row["fit"] == FIT_WORDS["gpu"]) == fits
    assert longest["f16", 1] > longest["f16", 4] > longest["f16", 16]
    assert longest["q4_0", 1] > longest["q8_0", 1] > longest["f16", 1]


def test_several_slots_may_each_use_the_whole_context_of_the_model() -> None:
    page = memory_page(FACTS, View(hw="rtx-4090", model="smollm2-135m", quant="Q4_K_M"))
    longest = FACTS.models["smollm2-135m"].context_tokens
    assert set(page.longest[page.longest["slots"] == 4]["gpu_tokens"]) == {longest}


def test_every_layer_lies_somewhere_and_their_bytes_are_the_files() -> None:
    for view in (LLAMA, View(model="qwen3-30b-a3b", quant="Q8_0"), View(hw="cpu-ddr5-5600-dual", model="qwen3-8b")):
        page = memory_page(FACTS, view)
        assert view.model is not None
        model = FACTS.models[view.model]
        assert model.architecture is not None
        form = page.explained.title.rpartition(" at ")[2]
        size = weights(model.architecture, form)
        stored = page.layers[page.layers["part"] != "KV cache"].groupby("layer")["gb"].sum() * 1e9
        assert len(stored) == model.architecture.layers + 1
        assert stored.iloc[:-1].to_numpy() == pytest.approx(size.layer_bytes)
        assert set(page.layers["pool"]) <= set(page.pools["pool"])


def test_experts_in_ram_are_shown_where_the_command_puts_them() -> None:
    page = memory_page(FACTS, View(model="gpt-oss-120b", ram=128))
    experts = page.layers[page.layers["part"] == "experts"]
    kept = int((experts["pool"] == "RAM").sum())
    assert 0 < kept < len(experts) and experts["pool"].eq("RAM").iloc[:kept].all()
    assert f"of layers 0–{kept - 1}" in page.pools["experts"].tolist()
    assert f"--n-cpu-moe {kept} " in page.explained.command or not page.explained.command
    assert "GB of RAM" in page.sentence


def test_what_cannot_be_is_said_in_a_sentence() -> None:
    huge = memory_page(FACTS, View(hw="rtx-3060-12gb", ram=8, model="llama-3.1-70b-instruct", quant="Q8_0"))
    assert "does not fit" in huge.sentence and "short" in huge.sentence
    poor = memory_page(FACTS, View(by="budget", budget=50))
    assert poor.bars.empty and "no machine" in poor.sentence
    far = memory_page(FACTS, View(model="llama-3-8b-instruct", ctx=65536))
    assert any("made for 8,192 tokens" in note for note in far.notes)


def test_the_error_table_is_what_its_script_writes() -> None:
    assert memory_error.TABLE.read_text(encoding="utf-8") == memory_error.table()


def test_our_error_keeps_the_promise_and_beats_the_rules_of_thumb() -> None:
    with memory_error.TABLE.open(newline="", encoding="utf-8") as file:
        rows = [{**r, **{k: float(r[k]) for k in ("median_pct", "p95_pct", "max_pct")}} for r in csv.DictReader(file)]
    total = {r["method"]: r for r in rows if r["part"] == "total"}
    ours = total.pop(memory_error.OURS)
    assert ours["max_pct"] < 1 and len(total) == 3
    assert all(rule["median_pct"] > 5 for rule in total.values())
    assert all(r["max_pct"] < 0.1 for r in rows if r["class"].startswith("files of the engine") and r["method"] == memory_error.OURS)  # fmt: skip
    assert all(r["max_pct"] == 0 for r in rows if r["part"] == "KV cache")


def test_rules_of_thumb_are_used_with_the_bits_in_the_name() -> None:
    shape = FACTS.models["llama-3.1-8b-instruct"].architecture
    assert shape is not None
    rules = memory_error.rules_of_thumb(shape, "Q4_K_M")
    assert rules["parameters × bits / 8"] == pytest.approx(8.03e9 / 2, rel=1e-3)
    assert rules["0.6 bytes a parameter"] == pytest.approx(0.6 * 8.03e9, rel=1e-3)
    assert memory_error.named_bits("BF16") == 16 and memory_error.named_bits("IQ2_XXS") == 2


def test_the_limit_drawn_is_the_memory_the_machine_has() -> None:
    page = memory_page(FACTS, LLAMA)
    kept = page.sizes["kept by system"].iloc[0]
    assert page.bars["limit_gb"].iloc[0] == pytest.approx(2 * 24 * 1.073741824)
    assert page.bars["limit_gb"].iloc[0] - kept == pytest.approx(rig_of(FACTS, LLAMA).limit_bytes / 1e9)


def test_what_does_not_fit_takes_as_much_in_the_sentence_as_in_its_bar_and_in_the_list() -> None:
    view = View(hw="macbook-air-m4-16gb", model="llama-3.3-70b-instruct")
    page = memory_page(FACTS, view)
    bar = page.sizes[(page.sizes["context"] == view.ctx) & (page.sizes["cache"] == view.kv)].iloc[0]
    row = rank_models(FACTS, view).set_index("model").loc[view.model]
    assert f"takes {bar['total_gb']:,.1f} GB" in page.sentence and f"{row['memory_gb']:,.1f}" in page.sentence
    assert "Does not fit** MacBook Air M4, 16 GB" in page.explained.summary
