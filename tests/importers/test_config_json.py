import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.architecture import Architecture
from lib.importers.config_json import MAX_BYTES, architecture_from_config, architecture_from_json
from lib.sizing.weights import parameters, weights
from tests.importers.configurations import PUBLISHED

LLAMA = PUBLISHED["llama-3.1-8b"][0]


@pytest.mark.parametrize("model", PUBLISHED)
def test_reproduces_the_parameters_of_the_published_checkpoint(model: str) -> None:
    config, published = PUBLISHED[model]
    assert parameters(architecture_from_config(config))[0] == published


def test_reads_a_multimodal_model_as_its_language_part() -> None:
    """Gemma 3 4B's file leaves heads and vocabulary to the library's defaults."""
    a = architecture_from_config(
        {
            "model_type": "gemma3",
            "text_config": {
                "model_type": "gemma3_text",
                "hidden_size": 2560,
                "intermediate_size": 10240,
                "num_hidden_layers": 34,
                "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
                "sliding_window": 1024,
            },
            "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 1152},
        }
    )
    assert (a.attention_heads, a.kv_heads, a.head_dim, a.tied_embeddings) == (8, 4, 256, True)
    assert a.kinds().count("sliding") == 29
    assert parameters(a)[0] == 3_880_099_328


def test_layer_kinds_follow_the_family() -> None:
    assert architecture_from_config(PUBLISHED["gemma-2-9b"][0]).layer_kinds == ("sliding", "full")
    assert architecture_from_config(PUBLISHED["command-r7b"][0]).layer_kinds == ("sliding",) * 3 + ("full",)
    assert architecture_from_config(PUBLISHED["qwen3-coder-next"][0]).layer_kinds == ("linear",) * 3 + ("full",)
    assert architecture_from_config(PUBLISHED["qwen2.5-0.5b"][0]).layer_kinds == ("full",)
    assert architecture_from_config(PUBLISHED["nemotron-nano-9b-v2"][0]).kinds().count("mamba") == 27


def test_llama_4_has_chunked_layers_and_dense_ones_between() -> None:
    a = architecture_from_config(
        {
            "model_type": "llama4",
            "text_config": {
                "model_type": "llama4_text",
                "attention_chunk_size": 8192,
                "head_dim": 128,
                "hidden_size": 5120,
                "intermediate_size": 8192,
                "intermediate_size_mlp": 16384,
                "interleave_moe_layer_step": 2,
                "num_attention_heads": 40,
                "num_experts_per_tok": 1,
                "num_hidden_layers": 48,
                "num_key_value_heads": 8,
                "num_local_experts": 128,
                "vocab_size": 202048,
            },
        }
    )
    assert a.layer_kinds == ("chunked",) * 3 + ("full",)
    assert [a.has_experts(layer) for layer in range(4)] == [False, True, False, True]
    total, active = parameters(a)
    assert total == pytest.approx(400e9, rel=0.01)  # "400B", as published
    assert active == pytest.approx(17e9, rel=0.02)


def test_the_file_on_disk_of_llama_3_1_8b_is_what_people_download() -> None:
    """bartowski's Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf has 4,920,739,232 bytes."""
    assert weights(architecture_from_config(LLAMA), "Q4_K_M").file_bytes == pytest.approx(4_920_739_232, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model_type": None}, "model_type: missing"),
        ({"model_type": "llama9"}, "model_type: 'llama9' is not a family"),
        ({"model_type": ["llama"]}, "model_type: expected a text, got a list of 1"),
        ({"num_hidden_layers": None}, "num_hidden_layers: missing"),
        ({"num_hidden_layers": "32"}, "num_hidden_layers: expected a whole number from 1 to 1000, got '32'"),
        ({"num_hidden_layers": 10**30}, "got an integer of more than 20 digits"),
        ({"num_hidden_layers": True}, "num_hidden_layers: expected a whole number"),
        ({"hidden_size": -1}, "hidden_size: expected a whole number from 1"),
        ({"hidden_size": 4096.5}, "hidden_size: expected a whole number"),
        ({"vocab_size": float("nan")}, "vocab_size: expected a whole number"),
        ({"num_key_value_heads": [8] * 31}, "num_key_value_heads: expected a list of 32"),
        ({"intermediate_size": None}, "intermediate_size: missing"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings: expected true or false"),
        ({"rope_scaling": "llama3"}, "rope_scaling: expected an object"),
        ({"layer_types": ["full_attention"]}, "layer_types: expected one entry for each of 32 layers"),
        ({"layer_types": ["telepathy"] * 32}, "layer_types: expected one of full_attention"),
        ({"text_config": "none"}, "text_config: expected an object"),
        ({"num_local_experts": 8}, "num_experts_per_tok: missing"),
        ({"kv_lora_rank": 512}, "qk_nope_head_dim: missing"),
    ],
)
def test_refuses_in_one_line_that_names_the_field(change: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the message is what is tested
        architecture_from_config(LLAMA | change)
    assert named in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, "\x00", " " * (MAX_BYTES + 1), b"\xff\xfe\xff"])
def test_refuses_files_that_are_no_configuration(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"^config\.json: "):
        architecture_from_json(text)


def test_refuses_more_parameters_than_any_model_has() -> None:
    """Sixteen million of everything must not overflow into a small number."""
    huge = {"hidden_size": 1 << 24, "vocab_size": 1 << 24, "intermediate_size": 1 << 24, "num_hidden_layers": 1000}
    with pytest.raises(ValueError, match="more than any model"):
        weights(architecture_from_config(LLAMA | huge), "Q4_K_M")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({field for config, _ in PUBLISHED.values() for field in config} | {"text_config", "block_configs"})


def _read(text: str) -> Architecture | None:
    try:
        return architecture_from_json(text)
    except ValueError as refusal:
        message = str(refusal)
    assert "\n" not in message
    return None


def _size(architecture: Architecture) -> None:
    try:
        found = weights(architecture, "Q4_K_M")
    except ValueError as refusal:
        message = str(refusal)
        assert "\n" not in message
        return
    assert found.file_bytes > 0


@settings(max_examples=200, deadline=None)
@given(
    start=st.sampled_from(sorted(PUBLISHED)),
    changes=st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.integers(0, 300), max_size=4),
    dropped=st.lists(st.sampled_from(FIELDS), max_size=2),
)
def test_any_configuration_gives_an_architecture_or_a_value_error(
    start: str, changes: dict[str, object], dropped: list[str]
) -> None:
    config = PUBLISHED[start][0] | changes
    for field in dropped:
        config.pop(field, None)
    found = _read(json.dumps(config))
    if found is not None:
        _size(found)


@settings(max_examples=100, deadline=None)
@given(ANYTHING)
def test_any_json_at_all_is_refused_or_read(value: object) -> None:
    _read(json.dumps(value))
