import pytest

from benchmarks.accuracy_weights import architectures
from lib.architecture import Architecture
from lib.sizing.formats import FORMATS
from lib.sizing.mixtures import types_by_name
from lib.sizing.weights import parameters, weights

ENGINE = architectures()
LLAMA_3_8B = ENGINE["llama-3-8b"]
GPT_OSS_20B = ENGINE["gpt-oss-20b"]
TINY = Architecture(
    family="llama",
    layers=1,
    hidden_size=256,
    vocabulary_size=512,
    attention_heads=2,
    kv_heads=1,
    head_dim=128,
    feed_forward_size=512,
)


def test_a_model_small_enough_for_a_pocket_calculator() -> None:
    """q 256x256, k and v 128x256, o 256x256; gate, up, down 512x256; embedding and head 512x256; three norms."""
    assert parameters(TINY) == (852_736, 852_736)
    matrices = (2 * 256 + 2 * 128 + 3 * 512) * 256  # 589,824 weights of the layer
    found = weights(TINY, "Q4_0")
    layer = matrices // 32 * 18 + 2 * 256 * 4
    embedding, head = 512 * 256 // 32 * 18, 512 * 256 // 256 * 210
    assert found.layer_bytes.tolist() == [layer]
    assert found.input_bytes == embedding
    assert found.output_bytes == head + 256 * 4
    assert found.tensor_bytes == layer + embedding + head + 256 * 4
    assert dict(found.tensors_by_type) == {"F32": 3, "Q4_0": 8, "Q6_K": 1}


def test_llama_3_8b_in_q4_0() -> None:
    """The file gpt4all offers has 4,661,724,384 bytes."""
    found = weights(LLAMA_3_8B, "Q4_0")
    assert found.tensor_bytes == 4_653_375_488
    assert found.file_bytes == pytest.approx(4_661_724_384, rel=2e-4)
    assert found.layer_bytes[0] == (2 * 4096 + 2 * 1024 + 3 * 14336) * 4096 // 32 * 18 + 2 * 4096 * 4


def test_the_parts_add_up_to_the_tensors() -> None:
    for name in ("llama-3-8b", "deepseek-v3", "gpt-oss-20b"):
        found = weights(ENGINE[name], "Q4_K_M")
        assert found.input_bytes + found.output_bytes + found.layer_bytes.sum() == found.tensor_bytes
        assert found.file_bytes == found.tensor_bytes + found.metadata_bytes
        assert (found.expert_bytes <= found.layer_bytes).all()


def test_a_tied_head_is_a_second_copy_on_the_card() -> None:
    """Gemma 3 27B in Q4_K_M: the embedding of 1,156 million bytes lies on the host and on the card."""
    found = weights(ENGINE["gemma-3-27b"], "Q4_K_M")
    assert found.input_bytes == 262144 * 5376 // 256 * 210
    copies = found.input_bytes + found.output_bytes + found.layer_bytes.sum() - found.tensor_bytes
    assert copies == found.input_bytes


@pytest.mark.parametrize("bits", ["Q4_0", "Q4_K_S", "Q4_K_M", "IQ4_XS", "MLX-4bit", "AWQ-int4", "EXL3-4.0bpw"])
def test_the_essay_is_right_about_four_bits(bits: str) -> None:
    """'A 70B model quantized to 4-bits will take at least 35 GB of VRAM', an 8B model at least 4 GB."""
    assert weights(ENGINE["llama-3-70b"], bits).file_bytes >= 35e9
    assert weights(LLAMA_3_8B, bits).file_bytes >= 4e9


def test_only_experts_can_be_left_in_ram() -> None:
    """Mixtral: 3 x 6144 x 16384 weights, 8 times, in each of 56 layers; two of eight are used."""
    found = weights(ENGINE["mixtral-8x22b"], "Q8_0")
    assert found.expert_bytes.tolist() == [8 * 3 * 6144 * 16384 // 32 * 34] * 56
    assert found.expert_share_used == 0.25
    deepseek = weights(ENGINE["deepseek-v3"], "Q4_K_M").expert_bytes
    assert (deepseek[:3] == 0).all()
    assert (deepseek[3:] > 0).all()
    assert weights(LLAMA_3_8B, "Q4_K_M").expert_share_used == 1.0


def test_gpt_oss_keeps_its_experts_as_published() -> None:
    """OpenAI's repository holds 13.76 GB of weights; converted to GGUF as they are, 13.79 GB."""
    assert weights(GPT_OSS_20B, "F16", native_experts=True).file_bytes == pytest.approx(13.79e9, rel=1e-3)
    assert weights(GPT_OSS_20B, "BF16-safetensors", native_experts=True).file_bytes == pytest.approx(13.76e9, rel=3e-3)
    assert parameters(GPT_OSS_20B)[0] == 20_914_757_184


def test_small_models_are_larger_than_the_name_of_the_format() -> None:
    """Qwen2.5 0.5B has rows of 896, which 256 does not divide: its Q4_K_M has over six bits a weight.

    bartowski's file has 397,808,192 bytes.
    """
    a = Architecture(
        family="qwen2",
        layers=24,
        hidden_size=896,
        vocabulary_size=151936,
        attention_heads=14,
        kv_heads=2,
        head_dim=64,
        feed_forward_size=4864,
        tied_embeddings=True,
    )
    found = weights(a, "Q4_K_M")
    assert parameters(a)[0] == 494_032_768
    assert found.file_bytes == pytest.approx(397_808_192, rel=1e-3)
    assert "Q4_K" in found.tensors_by_type
    assert types_by_name(a, "Q4_K_M")["attn_q.weight"] == {"Q5_0": 24}


def test_other_containers_against_published_files() -> None:
    """Sizes on disk in GB of Llama 3 (70B) and Qwen2.5 14B repositories (oobabooga's benchmark)."""
    llama = ENGINE["llama-3-70b"]
    assert weights(llama, "AWQ-int4").file_bytes == pytest.approx(39.77e9, rel=1e-3)
    assert weights(llama, "BNB-nf4").file_bytes == pytest.approx(39.52e9, rel=1e-3)
    assert weights(llama, "EXL2-4.5bpw").file_bytes == pytest.approx(41.41e9, rel=1e-3)
    for bits, size in {"3.0": 28.57, "4.0": 37.13, "6.0": 54.24, "8.0": 71.37}.items():
        assert weights(llama, f"EXL3-{bits}bpw").file_bytes == pytest.approx(size * 1e9, rel=2e-3)
    mistral = ENGINE["mistral-7b-v0.3"]
    assert weights(mistral, "BF16-safetensors").file_bytes == pytest.approx(14.50e9, rel=1e-3)
    assert weights(mistral, "GPTQ-int4").file_bytes == pytest.approx(4.16e9, rel=5e-3)


def test_mlx_quantizes_the_embedding_too() -> None:
    """mlx-community's Llama 3 8B in 4 bits: 4.5 bits for every matrix, 4.52 GB."""
    found = weights(LLAMA_3_8B, "MLX-4bit")
    assert found.file_bytes == pytest.approx(4.5 / 8 * 8.03e9, rel=2e-3)
    assert found.input_bytes == 0


def test_latent_and_hybrid_models_have_all_their_parameters() -> None:
    total, active = parameters(ENGINE["deepseek-v3"])
    assert total == pytest.approx(671e9, rel=1e-3)
    assert active == pytest.approx(37e9, rel=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "mllama"}, "'mllama' family are not known"),
        ({"family": "qwen3_next"}, "qwen3_next: layer_kinds is missing"),
        ({"family": "deepseek_v3"}, "deepseek_v3: rope_head_dim is missing"),
        ({"layer_kinds": ("mamba",)}, "llama: mamba layers are not known"),
        ({"family": "nemotron_h", "layer_kinds": ("mamba", "none")}, "nemotron_h: state_inner_size is missing"),
        ({"family": "gemma3n"}, "gemma3n: per_layer_input_size is missing"),
        ({"kv_latent_size": 512}, "latent attention .* is not known"),
        ({"vocabulary_size": 1 << 24, "hidden_size": 1 << 24, "layers": 1000}, "more than any model has"),
    ],
)
def test_refuses_what_it_cannot_place_naming_what_is_missing(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        weights(Architecture.model_validate(TINY.model_dump() | change), "Q4_K_M")


def test_every_format_sizes_every_model_and_more_bits_are_never_smaller() -> None:
    for name, a in ENGINE.items():
        sizes = {chosen: weights(a, chosen).file_bytes for chosen in FORMATS}
        assert sizes["Q8_0"] > sizes["Q6_K"] * 0.99, name
        assert sizes["Q6_K"] > sizes["Q4_0"] > sizes["Q2_K"] * 0.99, name
        assert sizes["F16"] == sizes["BF16"] < sizes["F32"]
        assert all(size > 0 for size in sizes.values())
