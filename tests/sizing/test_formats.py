import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.accuracy_weights import architectures
from lib.sizing.formats import BLOCKS, FORMATS, format_of, row_bytes
from lib.sizing.weights import parameters, weights


def test_blocks_have_the_bits_people_quote() -> None:
    bits = {name: 8 * block.bytes / block.elements for name, block in BLOCKS.items()}
    quoted = {
        "F16": 16,
        "Q8_0": 8.5,
        "Q6_K": 6.5625,
        "Q5_K": 5.5,
        "Q4_K": 4.5,
        "Q4_0": 4.5,
        "Q3_K": 3.4375,
        "Q2_K": 2.625,
    }
    quoted |= {"IQ4_XS": 4.25, "IQ3_XXS": 3.0625, "IQ2_XXS": 2.0625, "IQ1_S": 1.5625, "MXFP4": 4.25, "TQ1_0": 1.6875}
    assert {name: bits[name] for name in quoted} == quoted


def test_a_row_of_4096_weights() -> None:
    assert row_bytes("Q4_0", 4096) == 2304
    assert row_bytes("Q4_K", 4096) == 2304
    assert row_bytes("Q6_K", 4096) == 3360
    assert row_bytes("Q8_0", 4096) == 4352
    assert row_bytes("F32", 4096) == 16384


@pytest.mark.parametrize(("tensor_type", "elements"), [("Q4_K", 896), ("Q4_0", 33), ("Q4_K", -256), ("Q9_K", 256)])
def test_refuses_rows_that_are_not_whole_blocks(tensor_type: str, elements: int) -> None:
    with pytest.raises(ValueError, match=r"blocks of|unknown tensor type"):
        row_bytes(tensor_type, elements)


def test_nominal_bits_are_those_of_llama_3_1_8b() -> None:
    a = architectures()["llama-3.1-8b"]
    total = parameters(a)[0]
    for name, chosen in FORMATS.items():
        if chosen.container == "gguf" and name != "MXFP4_MOE":
            assert 8 * weights(a, name).tensor_bytes / total == pytest.approx(chosen.nominal_bits, abs=0.006), name


def test_llama_cpp_documents_the_same_averages() -> None:
    """Bits a weight of Llama 3.1 8B in llama.cpp's tools/quantize/README.md."""
    documented = {"Q8_0": 8.5008, "Q6_K": 6.5633, "Q5_K_M": 5.7036, "Q4_K_M": 4.8944, "Q3_K_S": 3.6429, "IQ2_M": 2.9294}
    assert {name: FORMATS[name].nominal_bits for name in documented} == pytest.approx(documented, abs=0.006)


def test_exllama_takes_any_target() -> None:
    assert format_of("EXL3-3.75bpw").nominal_bits == 3.75
    assert format_of("EXL2-4.0bpw").container == "exl2"


@pytest.mark.parametrize("name", ["", "Q4_K_XXL", "q4_k_m", "EXL3-9bpw", "EXL3-0.5bpw", "EXL3-4.0bpw ", "UD-Q4_K_XL"])
def test_refuses_formats_nobody_can_size(name: str) -> None:
    with pytest.raises(ValueError, match="unknown quantization"):
        format_of(name)


@given(st.text(max_size=20))
def test_any_text_is_a_format_or_refused(name: str) -> None:
    try:
        found = format_of(name)
    except ValueError:
        return
    assert found.id == name
