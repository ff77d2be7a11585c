"""A case's answer as plain data: speeds with their ranges, what they rest on, and why a number is missing."""

from __future__ import annotations

from math import isfinite, isnan
from typing import Any, NamedTuple

from lib.answers.case_devices import Candidate
from lib.answers.case_formats import runs_offloaded
from lib.answers.case_reading import Case
from lib.answers.near import nearest_measurement
from lib.answers.speed import calibration
from lib.answers.watts import watts_while_generating
from lib.catalog import Catalog
from lib.catalog.schema import Measurement
from lib.sizing.table import FITS
from lib.speed.power import joules_per_token

Answer = dict[str, Any]
NAN = float("nan")


class Row(NamedTuple):
    """What was worked out for one case; speeds are NaN where unknown."""

    fit: int
    """Index into `lib.sizing.table.FITS`."""
    file_bytes: float
    memory_bytes: float
    """Weights, KV cache and compute buffers."""
    read_bytes: float
    """Read for one token."""
    decode_low: float
    decode: float
    decode_high: float
    prefill_low: float
    prefill: float
    prefill_high: float
    first_low: float
    """Seconds until the first token."""
    first: float
    first_high: float
    kind: str
    """Class of the prediction, which says how wrong such predictions have been."""
    decode_unknown: str
    prefill_unknown: str
    decode_doubts: tuple[str, ...]
    prefill_doubts: tuple[str, ...]


def answer(catalog: Catalog, case: Case, candidate: Candidate, row: Row) -> Answer:
    """The answer to a case on a rig; `{"error": …}` where it does not fit there.

    What the speed feels like and how long loading takes is added where all answers are at hand: one call for many
    costs as much as for one.
    """
    rig, fit = candidate.rig, FITS[row.fit]
    named: Answer = {
        **({"id": case.label} if case.label is not None else {}),
        "model": case.model, "quantization": case.form, "devices": dict(case.wanted.devices), "runtime": case.runtime,
        "backend": case.backend, "build_date": case.build_date, "depth": case.depth, "context": case.context, "kv_type": case.kv_type,
    }  # fmt: skip
    if fit == "none" or (fit != "gpu" and rig.pools.gpus and not runs_offloaded(case.runtime)):
        return {"error": _too_large(case, candidate, row.memory_bytes), **named, "fit": "none"}
    why: dict[str, str] = {}
    if isnan(row.decode):
        why["decode_tok_per_s"] = row.decode_unknown or "nothing of it is read here"
    if isnan(row.prefill):
        why["prefill_tok_per_s"] = why.get("decode_tok_per_s") or row.prefill_unknown
    error = calibration().bands.get(row.kind)
    near = nearest_measurement(
        catalog, [d for d, _ in case.wanted.devices], case.wanted.devices[0][1], model_bytes=row.file_bytes,
        parameters=case.parameters, active_parameters=case.active_parameters, quantization=case.form, runtime=case.runtime, depth=case.depth,
    )  # fmt: skip
    if near is None:
        why["nearest_measurement"] = "no measurement in the catalog is of these devices and a model near this one"
    watts, watts_from = watts_while_generating(catalog, rig, fit)
    if not watts > 0:
        why["watts"] = watts_from
    joules = float(joules_per_token(watts, row.decode)) if watts > 0 and row.decode > 0 else NAN
    doubts = dict.fromkeys((*row.decode_doubts, *row.prefill_doubts))
    notes = [n for n in (*case.notes, candidate.note if fit != "gpu" or rig.pools.unified else "", *doubts) if n]
    return named | {
        "fit": fit, "model_bytes": round(row.file_bytes), "memory_bytes": round(row.memory_bytes), "read_bytes": round(row.read_bytes),
        "decode_tok_per_s": _short(row.decode), "decode_low": _short(row.decode_low), "decode_high": _short(row.decode_high),
        "prefill_tok_per_s": _short(row.prefill), "prefill_low": _short(row.prefill_low), "prefill_high": _short(row.prefill_high),
        "prompt": case.prompt,
        "time_to_first_token_s": _short(row.first), "time_to_first_token_low_s": _short(row.first_low),
        "time_to_first_token_high_s": _short(row.first_high),
        "feels_like": "n/a", "load_s": {},
        "watts": _short(watts), "watts_from": watts_from if watts > 0 else None, "joules_per_token": _short(joules),
        "watt_hours_per_million_tokens": _short(joules * 1e6 / 3600),
        "class": row.kind or None,
        "class_error": None if error is None else {"median": error.median_error, "p90": error.p90_error, "in_band": error.coverage, "measurements": error.rows, "sources": error.sources},
        "nearest_measurement": None if near is None else _measured(catalog, near),
        "why": why, "notes": notes,
    }  # fmt: skip


def _too_large(case: Case, candidate: Candidate, needed: float) -> str:
    rig = candidate.rig
    pools = (*rig.pools.gpus, *((rig.pools.ram,) if rig.pools.ram and not rig.pools.unified else ()))
    room = sum(p.usable_bytes for p in pools)
    where = f"{rig.name}" + (f" with {rig.ram_gib:g} GiB of RAM" if rig.pools.ram and not rig.pools.unified else "")
    more = "" if runs_offloaded(case.runtime) else f"; {case.runtime} keeps no part of a model in RAM"
    return f"does not fit: {case.model} at {case.form} takes {needed / 1e9:,.1f} GB, {where} gives {room / 1e9:,.1f} GB{more}"  # fmt: skip


def _short(value: float) -> float | None:
    """Four digits, which is more than any of these numbers has; `None` for unknown."""
    return float(f"{value:.4g}") if isfinite(value) else None


def _measured(catalog: Catalog, row: Measurement) -> Answer:
    """A measurement, and where it stands."""
    title, url = catalog.cited(row.source)
    return {
        "id": row.id, "decode_tok_per_s": row.decode_tok_per_s, "prefill_tok_per_s": row.prefill_tok_per_s, "model": row.model,
        "quantization": row.quantization, "devices": list(row.device_ids), "count": row.device_count, "runtime": row.runtime,
        "backend": row.backend, "build": row.build, "depth": row.depth, "measured_on": row.measured_on, "source": title, "url": url,
    }  # fmt: skip
