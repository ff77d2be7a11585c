"""A case's answer as plain data: speeds with their ranges, what they rest on, and why a number is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.answers.case_devices import Candidate
from lib.answers.case_formats import runs_offloaded
from lib.answers.case_reading import Case
from lib.answers.near import nearest_measurement
from lib.answers.prompt import Prompts
from lib.answers.speed import Speeds, calibration
from lib.answers.watts import watts_while_generating
from lib.catalog import Catalog
from lib.catalog.schema import Measurement
from lib.sizing.table import FITS
from lib.speed.power import joules_per_token
from lib.speed.prefill import first_token_seconds

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Answer = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Bytes of the rows on one rig, and where they lie."""

    file: Numbers
    memory: Numbers
    """Weights, KV cache and compute buffers."""
    read: Numbers
    """Read for one token."""
    fit: np.ndarray[Any, np.dtype[np.int8]]
    """Index into `lib.sizing.table.FITS`."""


def answer(
    catalog: Catalog, case: Case, j: int, candidate: Candidate, sizes: Sizes, speeds: Speeds, prompts: Prompts
) -> Answer:
    """The answer to a case, which is row `j` of its rig; `{"error": …}` where it does not fit there.

    What the speed feels like and how long loading takes is added where all answers are at hand: one call for many
    costs as much as for one.
    """
    rig, fit, needed = candidate.rig, FITS[sizes.fit[j]], float(sizes.memory[j])
    named: Answer = {
        **({"id": case.label} if case.label is not None else {}),
        "model": case.model, "quantization": case.form, "devices": dict(case.wanted.devices), "runtime": case.runtime,
        "backend": case.backend, "build_date": case.build_date, "depth": case.depth, "context": case.context, "kv_type": case.kv_type,
    }  # fmt: skip
    if fit == "none" or (fit != "gpu" and rig.pools.gpus and not runs_offloaded(case.runtime)):
        return {"error": _too_large(case, candidate, needed), **named, "fit": "none"}
    why: dict[str, str] = {}
    middle, low, high = (float(v[j]) for v in (speeds.decode_tok_per_s, speeds.low, speeds.high))
    if np.isnan(middle):
        why["decode_tok_per_s"] = speeds.unknown[j] or "nothing of it is read here"
    prompt_low, prompt, prompt_high = (float(v[j]) for v in (prompts.low, prompts.tok_per_s, prompts.high))
    if np.isnan(prompt):
        why["prefill_tok_per_s"] = why.get("decode_tok_per_s") or prompts.unknown[j]
    kind = str(speeds.kinds[j])
    error = calibration().bands.get(kind)
    row = nearest_measurement(
        catalog, [d for d, _ in case.wanted.devices], case.wanted.devices[0][1], model_bytes=float(sizes.file[j]),
        parameters=case.parameters, active_parameters=case.active_parameters, quantization=case.form, runtime=case.runtime, depth=case.depth,
    )  # fmt: skip
    if row is None:
        why["nearest_measurement"] = "no measurement in the catalog is of these devices and a model near this one"
    watts, watts_from = watts_while_generating(catalog, rig, fit)
    if not watts > 0:
        why["watts"] = watts_from
    joules = float(joules_per_token(watts, middle)) if watts > 0 and middle > 0 else np.nan
    doubts = dict.fromkeys((*speeds.doubts[j], *prompts.doubts[j]))
    notes = [n for n in (*case.notes, candidate.note if fit != "gpu" or rig.pools.unified else "", *doubts) if n]
    return named | {
        "fit": fit, "model_bytes": round(sizes.file[j]), "memory_bytes": round(needed), "read_bytes": round(sizes.read[j]),
        "decode_tok_per_s": _short(middle), "decode_low": _short(low), "decode_high": _short(high),
        "prefill_tok_per_s": _short(prompt), "prefill_low": _short(prompt_low), "prefill_high": _short(prompt_high),
        "prompt": case.prompt,
        "time_to_first_token_s": _first(case.prompt, prompt, middle),
        "time_to_first_token_low_s": _first(case.prompt, prompt_high, high),
        "time_to_first_token_high_s": _first(case.prompt, prompt_low, low),
        "feels_like": "n/a", "load_s": {},
        "watts": _short(watts), "watts_from": watts_from if watts > 0 else None, "joules_per_token": _short(joules),
        "watt_hours_per_million_tokens": _short(joules * 1e6 / 3600),
        "class": kind or None,
        "class_error": None if error is None else {"median": error.median_error, "p90": error.p90_error, "in_band": error.coverage, "measurements": error.rows, "sources": error.sources},
        "nearest_measurement": None if row is None else _measured(catalog, row),
        "why": why, "notes": notes,
    }  # fmt: skip


def _too_large(case: Case, candidate: Candidate, needed: float) -> str:
    rig = candidate.rig
    pools = (*rig.pools.gpus, *((rig.pools.ram,) if rig.pools.ram and not rig.pools.unified else ()))
    room = sum(p.usable_bytes for p in pools)
    where = f"{rig.name}" + (f" with {rig.ram_gib:g} GiB of RAM" if rig.pools.ram and not rig.pools.unified else "")
    more = "" if runs_offloaded(case.runtime) else f"; {case.runtime} keeps no part of a model in RAM"
    return f"does not fit: {case.model} at {case.form} takes {needed / 1e9:,.1f} GB, {where} gives {room / 1e9:,.1f} GB{more}"  # fmt: skip


def _first(prompt: int, prefill: float, decode_tok_per_s: float) -> float | None:
    if not prefill > 0 or not decode_tok_per_s > 0:
        return None
    return _short(float(first_token_seconds(prompt, prefill, decode_tok_per_s)))


def _short(value: float) -> float | None:
    """Four digits, which is more than any of these numbers has; `None` for unknown."""
    return float(f"{value:.4g}") if np.isfinite(value) else None


def _measured(catalog: Catalog, row: Measurement) -> Answer:
    """A measurement, and where it stands."""
    title, url = catalog.cited(row.source)
    return {
        "id": row.id, "decode_tok_per_s": row.decode_tok_per_s, "prefill_tok_per_s": row.prefill_tok_per_s, "model": row.model,
        "quantization": row.quantization, "devices": list(row.device_ids), "count": row.device_count, "runtime": row.runtime,
        "backend": row.backend, "build": row.build, "depth": row.depth, "measured_on": row.measured_on, "source": title, "url": url,
    }  # fmt: skip
