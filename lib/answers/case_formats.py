"""What people call a quantization, as one of our formats: `q4_k_m`, `Q4_K - Medium`, `4bit` on MLX, `AWQ` …"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lib.sizing.formats import FORMATS, format_of, mlx_like

GGUF_ENGINES = ("llama.cpp", "llamafile", "ktransformers")
_BY_FOLD = {name.casefold(): name for name in FORMATS}
_SIZES = {"small": "s", "medium": "m", "large": "l"}
_NAMED_BY_TYPE = {"q3_k": "Q3_K_M", "q4_k": "Q4_K_M", "q5_k": "Q5_K_M", "q8_k": "Q8_0", "q6_k_m": "Q6_K", "q6_k_s": "Q6_K", "q2_k_m": "Q2_K", "q2_k_l": "Q2_K", "q1_0": "IQ1_S"}  # fmt: skip
"""Names of one block type that stand for the usual mixture around it."""
_BY_BITS = {"2": "Q2_K", "3": "Q3_K_M", "4": "Q4_K_M", "5": "Q5_K_M", "6": "Q6_K", "8": "Q8_0"}
"""GGUF files that are only named by their bits."""
_IK = {"iq2_ks": "IQ2_XS", "iq2_k": "IQ2_S", "iq2_kl": "IQ2_M", "iq3_ks": "IQ3_XXS", "iq3_k": "IQ3_S", "iq4_kss": "IQ4_XS", "iq4_ks": "IQ4_XS", "iq4_k": "IQ4_NL", "iq5_ks": "Q5_K_S", "iq5_k": "Q5_K_M", "iq6_k": "Q6_K"}  # fmt: skip
"""Formats of ik_llama.cpp, and those of llama.cpp with about as many bits."""
_MLX_BITS = ("3", "4", "5", "6", "8")


@dataclass(frozen=True)
class Named:
    """A format of ours, and what had to be assumed to read it as that."""

    form: str
    bits_per_weight: float | None = None
    """Bits the name itself states, where they differ from the format's own: the weights are scaled to them."""
    note: str = ""


@lru_cache(maxsize=4096)
def named_format(text: str, runtime: str | None) -> Named:
    """The format that `text` means to somebody who runs `runtime` (an id of `lib.speed.measured.runtime_id`, or none).

    Case and separators do not matter. Raises ValueError for a name that is none of a format, and for one the runtime
    cannot read.
    """
    plain = " ".join(text.split()).casefold()
    found = _found(plain, runtime)
    if found is None:
        raise ValueError(
            f"unknown quantization {text[:60]!r}; known are Q4_K_M, Q8_0, IQ4_XS, MLX-4bit, AWQ, FP8, EXL3-4.0bpw …"
        )
    container = format_of(found.form).container
    if runtime in GGUF_ENGINES and container not in ("gguf", "nvfp4"):
        raise ValueError(f"{runtime} runs GGUF files, not {found.form}")
    if runtime == "mlx" and container not in ("mlx", "safetensors", "nvfp4"):
        raise ValueError(f"MLX does not run {found.form}")
    if runtime == "exllama" and container not in ("exl2", "exl3", "gptq", "safetensors"):
        raise ValueError(f"ExLlama does not run {found.form}")
    if runtime in ("vllm", "tensorrt-llm", "mlc") and container in ("exl2", "exl3"):
        raise ValueError(f"{runtime} does not run {found.form}")
    return found


def _found(plain: str, runtime: str | None) -> Named | None:
    if sixteen := re.fullmatch(
        r"(?:mlx[ _-]?)?(bf16|fp16|f16|float16|bfloat16|half|16[ -]?bit)(?:[ _-]?safetensors)?", plain
    ):
        return Named(_sixteen_bits("bf16" if sixteen[1].startswith("b") else "f16", plain, runtime))
    if exact := _BY_FOLD.get(plain):
        as_mlx = _as_mlx(exact) if runtime == "mlx" and format_of(exact).container == "gguf" else None
        return as_mlx or Named(exact)
    return _others(plain, runtime) or _gguf(plain, runtime)


def _sixteen_bits(kind: str, plain: str, runtime: str | None) -> str:
    if runtime == "mlx" or "mlx" in plain:
        return "MLX-bf16"
    if runtime in ("vllm", "tensorrt-llm", "exllama", "mlc", "deepspeed") or "safetensors" in plain:
        return "BF16-safetensors" if kind == "bf16" else "F16-safetensors"
    return kind.upper()


def _as_mlx(gguf: str) -> Named | None:
    found = mlx_like(gguf)
    return Named(found, note=f"MLX runs no GGUF files: {gguf} is taken as {found}") if found else None


def _others(plain: str, runtime: str | None) -> Named | None:
    """Everything that is no GGUF mixture."""
    if exl := re.fullmatch(
        r"(?:exl ?([23])?[ _-]?)?(\d(?:\.\d{1,2})?) ?bpw(?:[ _-]?(?:h\d|mcg|mul1))*|exl ?([23])[ _-]?(\d(?:[._]\d{1,2})?)",
        plain,
    ):
        version, bits = exl[1] or exl[3] or "2", float((exl[2] or exl[4]).replace("_", "."))
        return Named(format_of(f"EXL{version}-{bits}bpw").id)
    if "nvfp4" in plain:
        return Named("NVFP4")
    if "mxfp4" in plain:
        if runtime in ("vllm", "tensorrt-llm"):
            return Named("BF16-safetensors", note="experts in MXFP4, the rest in 16 bits")
        return Named("MLX-4bit" if runtime == "mlx" else "MXFP4_MOE")
    if re.search(r"\bfp8|\bw8a8[ _-]?fp8|\be4m3", plain):
        return Named("FP8")
    if re.search(r"\bawq", plain):
        return Named("AWQ-int4")
    if re.search(r"\bgptq|\bw4a16|\bw8a16|\bw8a8|compressed-tensors|autoround", plain):
        return Named("GPTQ-int8" if re.search(r"8[ -]?bit|int8|w8", plain) else "GPTQ-int4")
    if re.search(r"\bnf4|\bbnb|bitsandbytes", plain):
        return (
            Named("GPTQ-int8", note="eight bits a weight, as in GPTQ-int8")
            if re.search(r"8[ -]?bit|int8", plain)
            else Named("BNB-nf4")
        )
    counted = re.search(r"(?:^|[^\d.])([2-8])[ _-]?bits?\b|\bint([48])\b|^q?([2-8])$|\bq([348])f16", plain)
    if counted is None:
        return None
    return _by_bits(next(b for b in counted.groups() if b), plain, runtime)


def _by_bits(bits: str, plain: str, runtime: str | None) -> Named | None:
    """A format that is only named by its bits: what that is, depends on the runtime."""
    if runtime == "mlx" or "mlx" in plain:
        if bits not in _MLX_BITS:
            return None
        group = re.search(r"\bg(?:s|roup)?[ _-]?(32|64|128)\b", plain)
        stated = float(bits) + 32 / int(group[1]) if group and group[1] != "64" else None
        return Named(f"MLX-{bits}bit", stated)
    if runtime == "mlc":
        return Named(f"MLX-{bits}bit", note=f"MLC's own {bits}-bit format is sized as MLX's, which has as many bits") if bits in _MLX_BITS else None  # fmt: skip
    if runtime in (*GGUF_ENGINES, None):
        form = _BY_BITS.get(bits)
        return Named(form, note=f"{bits} bits are taken as {form}") if form else None
    if runtime in ("vllm", "tensorrt-llm"):
        return {"4": Named("AWQ-int4"), "8": Named("GPTQ-int8")}.get(bits)
    return None


def _gguf(plain: str, runtime: str | None) -> Named | None:
    """A GGUF mixture inside longer names: `llama 8B Q4_K - Medium`, `UD-Q4_K_XL`, `IQ3_S-3.48bpw`."""
    words = re.sub(r"\s+-\s+(small|medium|large)\b", lambda m: f"_{_SIZES[m[1]]}", plain)
    words = re.sub(r"\b(i?q\d)k([sml])\b", r"\1_k_\2", words)
    found = re.search(r"(?:^|[\s_.:/-])(i?q\d(?:_[a-z0-9]+)*|tq[12]_0|b?f16|fp?32)(?=$|[\s.:,+()\[-])", words)
    if found is None:
        return None
    if found[1] == "fp32":
        return Named("F32")
    name = re.sub(r"_k([sml])$", r"_k_\1", found[1])
    if name in ("q4_0_4_4", "q4_0_4_8", "q4_0_8_8"):
        return Named("Q4_0", note="Q4_0, laid out anew for the processor")
    stated = re.search(r"(\d\.\d+) ?bpw", words)
    bits = float(stated[1]) if stated and "mix" not in words else None
    larger = re.fullmatch(r"(.+?)_x+l", name)
    name = re.sub(r"_r[48](_[48])?$", "", name)
    base = name if name in _BY_FOLD else larger[1] if larger else re.sub(r"_[lp]$", "", name)
    form = (
        _BY_FOLD.get(base)
        or _NAMED_BY_TYPE.get(base)
        or _BY_FOLD.get(f"{base}_m")
        or _IK.get(re.sub(r"_k_([sl])$", r"_k\1", base))
    )
    if form is None:
        return None
    if runtime == "mlx":
        return _as_mlx(form)
    return Named(
        form, bits, "" if name in _BY_FOLD or name in _NAMED_BY_TYPE else f"{found[1].upper()} is read as {form}"
    )


def runs_offloaded(runtime: str) -> bool:
    """Whether a runtime can keep part of a model in system RAM as GGUF engines do."""
    return runtime in GGUF_ENGINES
