"""Records of models from the gathered `models.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from lib.catalog.schema import Model
from lib.importers.gathered_completions import completed
from lib.importers.gathered_shapes import shapes
from lib.importers.gathered_sources import Sources, slug

FILE = "models"
ESSAY = "essay#model table"

LICENCES = {
    "apache-2.0": "apache-2.0", "mit": "mit", "cc-by-nc-4.0": "cc-by-nc-4.0", "gemma": "gemma", "proprietary": "proprietary",
    "llama2": "llama-2", "llama3": "llama-3", "llama3.1": "llama-3.1", "llama3.2": "llama-3.2", "llama3.3": "llama-3.3", "llama4": "llama-4",
    "mrl": "mrl", "mnpl": "mnpl", "modified-mit": "modified-mit", "exaone": "exaone", "k-exaone": "k-exaone", "deepseek": "deepseek",
    "qwen": "qwen", "qwen-research": "qwen-research", "tongyi-qianwen": "tongyi-qianwen", "qwen-community-1.0": "qwen-community",
    "qwen3.8-max": "qwen3.8-max", "falcon-llm-license": "falcon", "nvidia-open-model-license": "nvidia-open-model",
    "nvidia-nemotron-open-model-license": "nvidia-nemotron-open-model", "openmdw-1.1": "openmdw-1.1", "lfm1.0": "lfm-1.0",
    "minimax-community": "minimax-community", "tencent-hunyuan-a13b": "tencent-hunyuan", "kimi-k3": "kimi-k3", "glm-5.3": "glm-5.3",
}  # fmt: skip
OWN_LICENCE = {"minimax-m2.7": "minimax-m2.7"}
"""Models whose licence the gathered file calls "other"."""

# A checkpoint's count may differ this much from the maker's figure and still be the same thing, more precise.
SAME_COUNT = 0.02

EXTRA: dict[str, list[dict[str, Any]]] = {
    "mixtral-8x22b-instruct": [
        {
            "field": "parameters", "value": 176_000_000_000, "source": ESSAY, "verdict": "wrong",
            "note": "8 times 22 billion counts the shared parts eight times; its shapes and its maker say 141 billion.",
        }
    ]
}  # fmt: skip
"""Values of the essay that its models' own facts refute."""

STORED_TWICE = "stores the tied embedding twice"


@dataclass
class Report:
    """What was left out and why, a line each."""

    rejected: list[str] = field(default_factory=list)

    def reject(self, what: str, why: str) -> None:
        self.rejected.append(f"{what}: {why}")


def licence_of(record: Mapping[str, Any]) -> str:
    """The licence's id. Raises ValueError for one without a known id."""
    given = str(record.get("licence") or "").lower()
    found = LICENCES.get(given) or OWN_LICENCE.get(record["id"])
    if found is None:
        raise ValueError(f"licence {record.get('licence')!r} has no id")
    return found


def tuning_of(record: Mapping[str, Any]) -> str:
    """What the checkpoint was trained to do, from its kind and its name."""
    name = f"{record['id']} {record.get('display_name', '')}".lower()
    family = str((record.get("architecture") or {}).get("model_type") or "")
    if record["kind"] == "base":
        return "base"
    if re.search(r"cod(er?|estral)\b|devstral", name):
        return "code"
    if family == "mllama" or "_vl" in family:
        return "vision"
    return "reasoning" if record["kind"] in ("reasoning", "hybrid") else "instruct"


def _last_digit(stated: int) -> float:
    """How coarse a rounded figure is: its last digit as a share of it, two digits at least."""
    digits = max(2, len(str(int(stated)).rstrip("0")))
    return float(10 ** (len(str(int(stated))) - digits)) / stated


def counts_of(record: Mapping[str, Any]) -> tuple[int | None, int | None, str]:
    """Parameters of the model and of one token, and why the checkpoint's own count is not used (`` where it is).

    The exact count of the checkpoint is taken where it is the maker's figure, more precisely.
    """
    stated, counted = record.get("params_total"), record.get("params_checkpoint")
    notes = " ".join(record.get("notes") or ())
    why = ""
    total = counted or stated
    if STORED_TWICE in notes and (about := re.search(r"about ([\d.]+)B", notes)):
        total, why = round(float(about[1]) * 1e9), "it stores the embedding, which is also the output head, twice"
    elif stated and counted and abs(counted / stated - 1) > max(SAME_COUNT, _last_digit(stated)):
        total, why = (
            stated,
            "it holds parts that generating text does not use, such as an image encoder or a layer that predicts more tokens",
        )
    active = record.get("params_active")
    if record.get("params_active_estimated"):
        active = None
    if not record.get("is_moe") and active == stated:
        active = total
    return total, active, why


def _places(record: Mapping[str, Any], sources: Sources, added: tuple[str, ...], counted_used: bool) -> dict[str, Any]:
    """Field name to the reference of where its value comes from."""
    given, about = record.get("sources") or {}, record.get("hf_repo") or ""

    def ref(name: str) -> str | None:
        return sources.ref(FILE, given.get(name), also=about)

    found: dict[str, Any] = {
        "released": ref("released"), "licence": ref("licence"), "context_tokens": ref("context_tokens"),
        "parameters": (ref("params_checkpoint") if counted_used else None) or ref("params_total"), "active_parameters": ref("params_active"), "ollama": ref("ollama_tag"),
        "gguf": ref("gguf_repos"),
    }  # fmt: skip
    shapes_from = [sources.ref(FILE, entry["source"], also=about) for entry in given.get("architecture") or ()]
    shapes_from += [sources.ref(FILE, text) for text in added]
    found["architecture"] = tuple(dict.fromkeys(r for r in shapes_from if r))
    return found


def _remark(source: str) -> tuple[str, str]:
    """Verdict and note on a value that differs, from what is said of its source."""
    if "multiplied by rope factor" in source:
        return "unconfirmed", "this list multiplies the length by a scaling factor"
    if "creation date" in source:
        return "differs", "the day its repository was made, which may be before the announcement"
    if "max_position_embeddings" in source:
        return "differs", "the longest position of its configuration"
    return "differs", "as this source has it"


def _disputes(record: Mapping[str, Any], sources: Sources, total: int | None, why: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in ("released", "context_tokens"):
        for other in (record.get("alternatives") or {}).get(name, ()):
            ref = sources.ref(FILE, other["source"])
            if ref is None or other["value"] in (None, record.get(name)):
                continue
            verdict, note = _remark(str(other["source"]))
            found.append({"field": name, "value": other["value"], "source": ref, "verdict": verdict, "note": note})
    counted = record.get("params_checkpoint")
    if why and counted and counted != total and (ref := sources.ref(FILE, record["sources"].get("params_checkpoint"))):
        note = f"Count of the published file: {why}."
        found.append({"field": "parameters", "value": counted, "source": ref, "verdict": "differs", "note": note})
    return found + EXTRA.get(record["id"], [])


def _note(record: Mapping[str, Any], unknown: str, windowed: bool) -> str | None:
    said = []
    if record["id"] == "llama-3-8b":
        said.append("The essay's row of this model mixes scores of the base and the instruct model.")
    for note in record.get("notes") or ():
        if "YaRN" in note and (native := re.search(r"(\d{5,6})", note)):
            said.append(f"More than {int(native[1]):,} tokens need YaRN scaling switched on.")
        elif "effective" in note:
            said.append(
                "2.3 billion parameters pass through the accelerator for a token; the per-layer embeddings are looked up."
            )
    if windowed:
        said.append("Every layer was trained with a sliding window; llama.cpp keeps the whole context instead.")
    if unknown:
        said.append(f"Its memory cannot be computed: {unknown}.")
    return " ".join(said) or None


def model(record: Mapping[str, Any], sources: Sources, report: Report) -> Model | None:
    """One model, or None (and a line in the report) where a required fact is missing."""
    facts, added = completed(record["id"], record.get("architecture") or {})
    total, active, why = counts_of(record)
    unknown, architecture = "", None
    if record["open_weights"]:
        check = record.get("arithmetic_check") or {}
        fits = check.get("tied_embeddings_fit_best") if check.get("verdict") in ("exact", "within 0.5%") else None
        try:
            architecture = shapes(facts, record.get("context_tokens"), tied_fits=fits)
        except (ValueError, ValidationError) as error:
            unknown = str(error) if not isinstance(error, ValidationError) else error.errors()[0]["msg"]
            report.reject(f"models {record['id']} architecture", unknown)
    windowed = bool(facts.get("sliding_layers") and not facts.get("global_layers"))
    places = _places(record, sources, added if architecture else (), counted_used=not why)
    values: dict[str, Any] = {
        "name": record["display_name"], "publisher": record["publisher"], "tuning": tuning_of(record),
        "released": record.get("released") or record.get("released_month"), "open_weights": record["open_weights"],
        "context_tokens": record.get("context_tokens"), "parameters": total, "active_parameters": active,
        "input": tuple(record["modalities"]["input"]), "output": tuple(record["modalities"]["output"]),
        "hugging_face": record.get("hf_repo"), "gguf": tuple(record.get("gguf_repos") or ()),
        "ollama": record.get("ollama_tag") if record["kind"] != "base" else None, "architecture": architecture,
        "note": _note(record, unknown, windowed), "disputes": tuple(_disputes(record, sources, total, why)),
    }  # fmt: skip
    try:
        values["licence"] = licence_of(record)
        kept = {name: ref for name, ref in places.items() if ref and values.get(name) not in (None, ())}
        first = next((ref for ref in places.values() if isinstance(ref, str)), None) or next(
            iter(places["architecture"]), None
        )
        if first is None:
            raise ValueError("no source that can be cited")
        bare = [
            n
            for n in ("released", "context_tokens", "parameters", "active_parameters", "architecture", "licence")
            if values.get(n) is not None and n not in kept
        ]
        if "active_parameters" in bare and "parameters" in kept and active == total:
            kept["active_parameters"] = kept["parameters"]
            bare.remove("active_parameters")
        kept |= {"default": first} if bare else {}
        return Model.model_validate({**values, "sources": dict(sorted(kept.items()))})
    except (ValueError, ValidationError) as error:
        said = (
            "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}" for e in error.errors())
            if isinstance(error, ValidationError)
            else str(error)
        )
        report.reject(f"models {record['id']}", said)
        return None


def folder(found: Model) -> str:
    """The folder of a model's file."""
    return slug(found.publisher)
