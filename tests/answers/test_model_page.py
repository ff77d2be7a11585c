"""A model's own page: everything known of it, and why the rest is not."""

from __future__ import annotations

import pytest

from lib.answers.compare_facts import prices_of
from lib.answers.model_page import chosen_model, model_page
from lib.answers.model_page_facts import attention_words, feed_forward_words, kept_words, link_rows
from lib.answers.model_page_names import same_model
from lib.architecture import Architecture
from lib.catalog import current
from lib.view import View

FACTS = current()


def test_every_model_has_a_page_that_says_something_and_nothing_of_nothing() -> None:
    for key, model in FACTS.models.items():
        page = model_page(FACTS, View(model=key))
        assert page.model == key and model.name in page.sentence and len(page.facts) >= 4, key
        said = " ".join((page.sentence, *page.notes, page.machines_sentence, page.prices_sentence, page.similar_sentence))  # fmt: skip
        assert "None" not in said and "nan" not in said.lower().split(), key
        assert page.facts["url"].notna().all() and (page.shapes.empty == (model.architecture is None)), key
        assert len(page.scores) == len([s for s in FACTS.scores if s.model == key]), key
        assert page.links["url"].str.match(r"https://(huggingface\.co|ollama\.com)/[\w./:-]+$").all(), key
        assert not page.places["value"].isna().any() or page.places.loc[page.places["value"].isna(), "why"].ne("").all()


def test_a_model_that_can_only_be_rented_has_prices_and_no_memory() -> None:
    page = model_page(FACTS, View(model="claude-opus-4.5"))
    assert page.explained.parts.empty and page.machines.empty and "can only be rented" in page.sentence
    assert "not publish its shapes" in page.shapes_unknown
    paid = page.prices["input"] + page.prices["output"]
    assert len(page.prices) and paid.is_monotonic_increasing and page.prices["as of"].str.startswith("20").all()
    assert not any(address.startswith("/memory") for _, address in page.elsewhere)


def test_a_model_without_shapes_says_why_its_memory_is_unknown() -> None:
    bare = [k for k, m in FACTS.models.items() if m.open_weights and m.architecture is None]
    assert bare
    for key in bare:
        page = model_page(FACTS, View(model=key))
        assert "cannot be computed" in page.shapes_unknown and page.explained.parts.empty
        assert "not known" in page.sentence and "cannot be sized" in page.explained.summary


def test_a_disputed_fact_is_shown_with_the_other_value_and_who_gives_it() -> None:
    rows = model_page(FACTS, View(model="qwen3-32b")).disputes
    context = rows[rows["fact"] == "context tokens"].iloc[0]
    assert (context["ours"], context["elsewhere"]) == ("131,072", "40,960") and context["url"].startswith("https://")
    for key, model in FACTS.models.items():
        assert len(model_page(FACTS, View(model=key)).disputes) == len(model.disputes)


def test_memory_and_machines_are_those_of_the_other_pages() -> None:
    view = View(model="qwen3-32b", hw="rtx-4090", ctx=8192)
    page = model_page(FACTS, view)
    assert "GeForce RTX 4090" in page.sentence and page.explained.parts["gb"].sum() > 20
    held = page.machines[page.machines["held"]]
    assert held["usable_gb"].is_monotonic_increasing and held["spare_gb"].ge(0).all()
    assert held.iloc[0]["machine"] in page.machines_sentence and held.iloc[0]["usable_gb"] > 20
    assert "Nearest measured there" in page.explained.summary
    assert "perplexity" in page.loss and "measured on" in page.loss


def test_without_a_choice_the_most_capable_that_runs_is_shown() -> None:
    small = chosen_model(FACTS, View(hw="raspberry-pi-5-8gb"))
    assert small in FACTS.models and (FACTS.models[small].parameters or 0) < 20e9
    assert chosen_model(FACTS, View(model="phi-4")) == "phi-4"


def test_measurements_are_found_by_the_names_sources_use() -> None:
    assert same_model(FACTS, "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf") == ("llama-3.1-8b-instruct",)
    assert same_model(FACTS, "hf.co/unsloth/Mistral-Small-3.2-24B-Instruct-2506-GGUF:Q4_K_M") == ("mistral-small-3.2",)
    assert same_model(FACTS, "Qwen3-30B-A3B-UD-Q4_K_XL") == ("qwen3-30b-a3b",)
    assert same_model(FACTS, "Llama 7B") == same_model(FACTS, "shisa-v2-llama3.3-70b.i1-Q4_K_M") == ()
    assert "qwen3-4b" not in same_model(FACTS, "Qwen3 4B Instruct 2507")
    rows = model_page(FACTS, View(model="qwen3-32b")).measured
    assert len(rows) and rows["source"].ne("").all()


def test_links_are_made_of_checked_ids_on_fixed_hosts() -> None:
    model = FACTS.models["qwen3-32b"].model_copy(
        update={"hugging_face": "Qwen/Qwen3-32B", "gguf": (), "ollama": "someone/../../x"}
    )
    urls = link_rows(model)["url"].tolist()
    assert urls == ["https://huggingface.co/Qwen/Qwen3-32B", "https://ollama.com/someone/x"]


BASE = {"family": "test", "layers": 4, "hidden_size": 64, "vocabulary_size": 100, "attention_heads": 8, "kv_heads": 8, "head_dim": 8, "feed_forward_size": 256}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "multi-head"),
        ({"kv_heads": 1}, "multi-query"),
        ({"kv_heads": 2}, "8 query heads share 2 heads"),
        ({"kv_heads": (2, 4, 2, 4)}, "2 to 4, by layer"),
        ({"kv_latent_size": 512, "rope_head_dim": 64}, "512 + 64 elements"),
    ],
)
def test_attention_is_told_in_words(more: dict[str, object], words: str) -> None:
    assert words in attention_words(Architecture.model_validate({**BASE, **more}))


def test_windows_and_experts_are_told_in_words() -> None:
    a = Architecture.model_validate({**BASE, "layer_kinds": ("sliding", "sliding", "sliding", "full"), "sliding_window_tokens": 1024})  # fmt: skip
    assert kept_words(a) == "3 of 4 layers: of a sliding window (1,024 tokens); 1 of 4 layers: of every token"
    experts = {"experts": 64, "experts_used": 6, "expert_feed_forward_size": 128, "shared_expert_feed_forward_size": 256, "dense_layers": 1}  # fmt: skip
    said = feed_forward_words(Architecture.model_validate({**BASE, **experts}))
    assert said == "6 of 64 experts a token, each 128 wide, and a shared one of 256 every token passes through; 1 of 4 layers are dense, 256 wide"  # fmt: skip


def test_similar_models_are_smaller_or_run_here_and_a_winner_is_clear_of_this_one() -> None:
    rank = "mmlu-pro.open-llm-leaderboard-v2"
    page = model_page(FACTS, View(model="qwen2.5-32b-instruct", rank=rank))
    assert 0 < len(page.similar) <= 8
    assert (page.similar["smaller"].astype(bool) | page.similar["fit"].str.startswith(("fits", "runs"))).all()
    assert page.similar["verdict"].str[0].isin(["beats", "ties", "trails", "cannot tell"]).all()
    assert page.similar["url"].str.startswith("/model?model=").all()


def test_offers_that_ask_nothing_are_not_called_cheapest() -> None:
    for key in {p.model for p in FACTS.prices}:
        given = prices_of(FACTS, key)
        free = [p.input_usd_per_mtok + p.output_usd_per_mtok == 0 for p in given]
        assert free == sorted(free)
