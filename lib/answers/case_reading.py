"""One case as somebody writes it, checked and made into what the formulas take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from lib.answers.case_devices import Wanted, backend_of, candidates, counted, device_id, suggestion
from lib.answers.case_formats import GGUF_ENGINES, named_format
from lib.answers.placed import runtime_of
from lib.answers.speed import calibration
from lib.answers.speed_measured import model_of
from lib.architecture import Architecture
from lib.catalog import Catalog
from lib.importers.config_json import MAX_BYTES, architecture_from_config, architecture_from_json
from lib.sizing.formats import format_of
from lib.sizing.kv_cache import CACHE_BLOCKS
from lib.sizing.weights import Weights, parameters, weights
from lib.speed.measured import build_month, runtime_id
from lib.view import LONGEST_CONTEXT_TOKENS

KEYS = (
    "id", "model", "config", "quantization", "model_bytes", "devices", "machine", "count", "ram_gib", "cpu", "runtime", "backend",
    "build_date", "split", "context", "depth", "kv_type", "prompt",
)  # fmt: skip
"""What a case may say. `model` or `config`, and `devices` or `machine`, are needed; the rest has defaults."""
ALSO = {"quant": "quantization", "kv": "kv_type", "ctx": "context", "ram": "ram_gib", "hw": "machine", "n": "count", "device": "devices"}  # fmt: skip
"""The names the links use, and the singular."""
ROOM_TOKENS = 1024
"""Room after the tokens already there, where a case states no context."""
USUAL = "Q4_K_M"
USUAL_PROMPT_TOKENS = 512
"""Prompts of this length are what benchmarks of prompts measure."""
NEW_LLAMAFILE = "2026"
"""Until then llamafile came with an old build of llama.cpp, which is calibrated apart."""
TENSOR_SPLIT = ("vllm", "tensorrt-llm", "mlc")
"""Runtimes that let all cards compute every layer together."""
_CACHE = {
    "": "f16", "fp16": "f16", "auto": "f16", "default": "f16", "float16": "f16", "bfloat16": "bf16", "fp32": "f32", "fp8": "q8_0",
    "fp8_e4m3": "q8_0", "fp8_e5m2": "q8_0", "int8": "q8_0", "8bit": "q8_0", "q8": "q8_0", "int4": "q4_0", "4bit": "q4_0", "q4": "q4_0",
}  # fmt: skip
_NATIVE = {"mlx": "MLX-4bit", "mlc": "q4f16_1", "exllama": "EXL2-4.0bpw"}
"""What a runtime that reads no GGUF files usually runs, where a case names no format; others run 16 bits."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, eq=False)
class Case:
    """What is asked, ready to compute with. Parameters are counts, sizes bytes."""

    label: object
    model: str
    architecture: Architecture
    weights: Weights
    form: str
    scale: float
    """Weights as stated over those computed; 1 where nothing is stated."""
    parameters: float
    active_parameters: float
    wanted: Wanted
    runtime: str
    backend: str | None
    build_date: str | None
    split: Literal["layer", "tensor"]
    context: int
    depth: int
    kv_type: str
    prompt: int
    notes: tuple[str, ...]


def read_case(catalog: Catalog, given: object, context_tokens: int | None = None) -> Case:
    """The case a JSON object describes. `context_tokens` is for cases that state none.

    Raises ValueError, in one line, for what is unknown, missing or out of range, and OSError for a configuration
    that cannot be opened.
    """
    if not isinstance(given, Mapping):
        raise ValueError("a case is a JSON object")
    asked = {ALSO.get(str(k), str(k)): v for k, v in given.items() if v is not None and v != ""}
    if odd := next((k for k in asked if k not in KEYS), None):
        raise ValueError(f"unknown key {odd[:40]!r}{suggestion(odd, KEYS)}")
    depth = _whole(asked, "depth", 0, 0)
    context = _whole(asked, "context", context_tokens or depth + ROOM_TOKENS, 1)
    if depth > context:
        raise ValueError(f"depth {depth} lies beyond the context of {context} tokens")
    wanted, where = _machine(catalog, asked)
    candidates(catalog, wanted)
    given_runtime = _runtime(asked.get("runtime"))
    model, architecture, total, active = _model(catalog, asked)
    usual = USUAL if given_runtime in (None, *GGUF_ENGINES) else _NATIVE.get(str(given_runtime), "BF16")
    text = asked.get("quantization", usual)
    if not isinstance(text, str):
        raise ValueError("quantization: name a format, such as Q4_K_M or MLX-4bit")
    named = named_format(text, given_runtime)
    runtime = given_runtime or runtime_of(named.form)
    build = _build_date(asked.get("build_date"))
    if runtime == "llamafile" and (build is None or build >= NEW_LLAMAFILE):
        runtime = "llama.cpp"
    _runs_there(runtime, catalog, wanted)
    size = _weights(architecture, named.form, "mxfp4" in text.casefold())
    count = sum(n for name, n in wanted.devices if catalog.devices.get(name) is None or catalog.devices[name].kind != "cpu")  # fmt: skip
    return Case(
        asked.get("id"), model, architecture, size, named.form, _scale(asked, size, named.bits_per_weight, total),
        total, active, wanted, runtime, wanted.backend, build, _split(asked.get("split"), runtime, count),
        context, depth, _cache(asked.get("kv_type")), _whole(asked, "prompt", USUAL_PROMPT_TOKENS, 1),
        tuple(n for n in ("" if "quantization" in asked else f"no format named: {usual} assumed", named.note, where) if n),
    )  # fmt: skip


def _whole(asked: Mapping[str, object], name: str, usual: int, least: int) -> int:
    value = asked.get(name, usual)
    if isinstance(value, str) and (written := re.fullmatch(r"(\d{1,9})( ?k)?", value.strip().casefold(), re.ASCII)):
        value = int(written[1]) * (1024 if written[2] else 1)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or not least <= value <= LONGEST_CONTEXT_TOKENS or value != int(value):  # fmt: skip
        raise ValueError(f"{name}: {str(value)[:40]!r} is no whole number from {least} to {LONGEST_CONTEXT_TOKENS}")
    return int(value)


def _positive(asked: Mapping[str, object], name: str) -> float | None:
    value = asked.get(name)
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,16}(\.\d+)?(e\+?\d{1,2})?", value.casefold(), re.ASCII):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e16:
        raise ValueError(f"{name}: {str(value)[:40]!r} is no positive number")
    return float(value)


def _machine(catalog: Catalog, asked: Mapping[str, object]) -> tuple[Wanted, str]:
    """Devices, RAM and processor; a machine of the catalog brings its own."""
    ram, cpu, backend = _positive(asked, "ram_gib"), asked.get("cpu"), backend_of(asked.get("backend"))
    if cpu is not None and not isinstance(cpu, str):
        raise ValueError("cpu: name the id of a processor")
    name, times = asked.get("machine"), _whole(asked, "count", 1, 1)
    devices = asked.get("devices")
    if (name is None) == (devices is None):
        raise ValueError("name the machine: either devices or machine")
    if name is not None and not isinstance(name, str | list | Mapping):
        raise ValueError("machine: name the id of a machine or a device; several devices go under devices")
    if isinstance(name, str) and (known := catalog.machines.get(name.strip().casefold())):
        return Wanted(
            ((known.device, known.count * times),), ram or float(known.ram_gib), cpu or known.cpu, backend
        ), ""
    if isinstance(name, str) and device_id(catalog, name.strip().casefold()) not in catalog.devices:
        raise ValueError(f"unknown machine or device {name[:60]!r}{suggestion(name, (*catalog.machines, *catalog.devices))}")  # fmt: skip
    found = counted(devices if name is None else name)
    held: dict[str, int] = {}
    for d, n in found:
        known_id = device_id(catalog, d)
        held[known_id] = held.get(known_id, 0) + n * times
    return Wanted(tuple(held.items()), ram, None if cpu is None else device_id(catalog, cpu), backend), ""


def _runtime(given: object) -> str | None:
    if given is None:
        return None
    found = runtime_id(given) if isinstance(given, str) else None
    if found is None:
        known = ", ".join(("llama.cpp", "ollama", *sorted(calibration().runtimes)))
        raise ValueError(f"no speeds are calibrated for the runtime {str(given)[:40]!r}; known are {known}")
    return found


def _runs_there(runtime: str, catalog: Catalog, wanted: Wanted) -> None:
    for name, _ in wanted.devices:
        device = catalog.devices.get(name)
        if device is None or (device.kind == "cpu" and len(wanted.devices) > 1):
            continue
        apple = device.vendor == "Apple"
        if runtime == "mlx" and not apple:
            raise ValueError(f"MLX runs on Apple chips, not on {name}")
        if runtime not in ("mlx", *GGUF_ENGINES) and (
            apple or device.kind in ("cpu", "phone", "sbc") or wanted.backend == "CPU"
        ):
            raise ValueError(f"speeds of {runtime} are calibrated for cards, not for {name}")
        if runtime in ("exllama", "tensorrt-llm") and device.vendor not in (
            "NVIDIA",
            *(("AMD",) if runtime == "exllama" else ()),
        ):
            raise ValueError(f"{runtime} does not run on {name}")


def _build_date(given: object) -> str | None:
    if given is None:
        return None
    text = str(given).strip()
    if words := re.fullmatch(r"([a-z]{3})[a-z]* (20\d{2})", text.casefold(), re.ASCII):
        month = _MONTHS.index(words[1]) + 1 if words[1] in _MONTHS else 0
        parts: tuple[str, ...] = (words[2], f"{month:02d}")
    else:
        written = re.fullmatch(r"(20\d{2})(?:[-/.]?(\d{2}|(?<=[-/.])\d)(?:[-/.]?(\d{2})(?:[T ].*)?)?)?", text, re.ASCII)
        parts = tuple(p.zfill(2) for p in written.groups() if p) if written else ()
    if (
        not parts
        or (len(parts) > 1 and not 1 <= int(parts[1]) <= 12)
        or (len(parts) > 2 and not 1 <= int(parts[2]) <= 31)
    ):
        raise ValueError(f"build_date: {text[:40]!r} is no date like 2025-03 or 2025-03-31")
    return build_month("-".join(parts))


def _split(given: object, runtime: str, cards: int) -> Literal["layer", "tensor"]:
    if given is not None and given not in ("layer", "tensor"):
        raise ValueError(f"split: {str(given)[:40]!r} is neither layer nor tensor")
    if cards < 2:
        return "layer"
    return "tensor" if given == "tensor" or (given is None and runtime in TENSOR_SPLIT) else "layer"


def _cache(given: object) -> str:
    text = str(given or "").strip().casefold()
    keys, _, values = re.sub(r"\s*[/,:;]\s*", "/", text).partition("/")
    if values and _CACHE.get(keys, keys) != _CACHE.get(values, values):
        raise ValueError(f"kv_type: {text[:40]!r} names two types; only one for keys and values together is covered")
    found = _CACHE.get(keys, keys)
    if found not in CACHE_BLOCKS:
        raise ValueError(f"kv_type: {text[:40]!r} is not one of {', '.join(CACHE_BLOCKS)}")
    return found


@lru_cache(maxsize=2)
def _names(catalog: Catalog) -> dict[str, str]:
    """Catalog ids by themselves, by display name and by Hugging Face repository, in lower case."""
    found: dict[str, str] = {}
    for key, model in catalog.models.items():
        for name in (model.name, model.hugging_face, (model.hugging_face or "").rpartition("/")[2]):
            if name:
                found.setdefault(name.casefold(), key)
    return found | {key: key for key in catalog.models}


@lru_cache(maxsize=256)
def _opened(path: str, changed: float) -> Architecture:
    with Path(path).open("rb") as file:
        return architecture_from_json(file.read(MAX_BYTES + 1))


def _model(catalog: Catalog, asked: Mapping[str, object]) -> tuple[str, Architecture, float, float]:
    """Name, shapes, parameters and active parameters."""
    name, config = asked.get("model"), asked.get("config")
    if config is None and isinstance(name, str) and name.endswith(".json"):
        name, config = None, name
    if config is not None:
        if isinstance(config, Mapping):
            architecture, label = architecture_from_config(dict(config)), "config"
        elif isinstance(config, str):
            architecture, label = _opened(config, Path(config).stat().st_mtime), config
        else:
            raise ValueError("config: the path of a config.json")
        total, active = parameters(architecture)
        return str(name or label), architecture, float(total), float(active)
    if not isinstance(name, str):
        raise ValueError("name the model: a catalog id as model, or a config.json as config")
    key = _names(catalog).get(name.strip().casefold()) or model_of(catalog, name)
    if key is None:
        raise ValueError(f"the catalog has no model {name[:80]!r}{suggestion(name, catalog.models)}")
    model = catalog.models[key]
    if model.architecture is None:
        raise ValueError(f"the shapes of {key} are not known")
    total, active = parameters(model.architecture)
    return key, model.architecture, float(model.parameters or total), float(model.active_parameters or active)


def _weights(architecture: Architecture, form: str, native: bool) -> Weights:
    """Bytes of the weights; gpt-oss keeps its experts in MXFP4 in every file, as do others where the name says so."""
    kept = architecture.family == "gpt_oss" and (format_of(form).container == "gguf" or native)
    return weights(architecture, form, native_experts=kept)


def _scale(asked: Mapping[str, object], size: Weights, bits_per_weight: float | None, total: float) -> float:
    stated = _positive(asked, "model_bytes") or (bits_per_weight * total / 8 if bits_per_weight else None)
    if stated is None:
        return 1.0
    if not 0.3 <= 8 * stated / total <= 40:
        raise ValueError(f"model_bytes: {stated:,.0f} bytes are {8 * stated / total:.2f} bits for each of {total:,.0f} parameters")  # fmt: skip
    return stated / size.file_bytes
