"""How fast a model runs on a machine, for thousands of cases at once: what `python -m lib.speed` answers.

A case is a JSON object; `KEYS` says which keys it may have. `answer_cases` never raises for a bad case: its answer
is `{"error": …}` in its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from lib.answers.case_answer import Answer, Sizes, answer
from lib.answers.case_devices import Candidate, candidates
from lib.answers.case_formats import runs_offloaded
from lib.answers.case_reading import Case, read_case
from lib.answers.machine import Rig
from lib.answers.prompt import prefill
from lib.answers.speed import Work, calibration, decode, work_of
from lib.catalog import Catalog
from lib.sizing import table as sizing
from lib.sizing.compute import ComputeBytes
from lib.sizing.demand import Demand, demand, sizing_table
from lib.sizing.kv_cache import kv_layer_bytes_all
from lib.sizing.table import FITS, Placements, Request, SizingTable
from lib.sizing.weights import Weights
from lib.speed.load import DISKS, load_range_seconds
from lib.speed.words import speed_word

Ints = np.ndarray[Any, np.dtype[np.int64]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
GPU = FITS.index("gpu")
_SCALED = ("tensor_bytes", "input_bytes", "tied_bytes", "largest_tensor_bytes", "row_bytes", "unread_bytes")


@dataclass(frozen=True, eq=False)
class _Batch:
    """Cases as rows of one table."""

    cases: tuple[Case, ...]
    table: SizingTable
    file_bytes: Numbers
    parameters: Numbers
    active: Numbers
    moe: np.ndarray[Any, np.dtype[np.bool_]]
    depths: Ints
    prompts: Ints
    work: Work
    need: Demand
    kv_read: Numbers
    """Bytes of keys and values read for a token at the case's depth."""


def answer_cases(catalog: Catalog, given: Iterable[object], *, context_tokens: int | None = None) -> list[Answer]:
    """One answer a case, in their order; `{"error": …}` for a case that cannot be read or does not fit."""
    answers: list[Answer] = []
    cases: list[Case] = []
    places: list[int] = []
    for i, asked in enumerate(given):
        answers.append({})
        try:
            cases.append(read_case(catalog, asked, context_tokens))
            places.append(i)
        except (ValueError, OSError) as error:
            answers[i] = {"error": " ".join(str(error).split())[:400], **_echo(asked)}
    if cases:
        for i, found in zip(places, _answers(catalog, _batch(cases)), strict=True):
            answers[i] = found
    _in_words([a for a in answers if "decode_tok_per_s" in a])
    return answers


def _in_words(told: Sequence[Answer]) -> None:
    """Adds what every answer's speed feels like and how long its file takes to load, for all of them in a few calls."""
    words = speed_word([np.nan if a["decode_tok_per_s"] is None else a["decode_tok_per_s"] for a in told]).tolist()
    sizes = np.array([a["model_bytes"] for a in told], float)
    ranges = {disk: np.round(np.stack(load_range_seconds(sizes, disk), axis=-1), 2).tolist() for disk in DISKS}
    for i, one in enumerate(told):
        one["feels_like"] = words[i]
        one["load_s"] = {disk: found[i] for disk, found in ranges.items()}


def _echo(given: object) -> Answer:
    return {"id": given["id"]} if isinstance(given, Mapping) and "id" in given else {}


def _batch(cases: Sequence[Case]) -> _Batch:
    distinct: dict[tuple[int, int], int] = {}
    pairs: list[tuple[Any, Weights]] = []
    of = np.empty(len(cases), np.int64)
    for i, case in enumerate(cases):
        key = id(case.architecture), id(case.weights)
        if key not in distinct:
            distinct[key] = len(pairs)
            pairs.append((case.architecture, case.weights))
        of[i] = distinct[key]
    table = sizing_table(pairs).take(of)
    scale = np.array([c.scale for c in cases])
    if np.any(scale != 1.0):
        each = {n: np.rint(getattr(table, n) * scale).astype(np.int64) for n in _SCALED}
        sums = {n: np.rint(getattr(table, n) * scale[:, None]).astype(np.int64) for n in ("layer_sums", "expert_sums")}
        table = replace(table, **each, **sums)
    contexts = np.array([c.context for c in cases], np.int64)
    depths = np.array([c.depth for c in cases], np.int64)
    kinds = np.array([c.kv_type for c in cases])
    need, read = _needs(table, contexts, depths, kinds)
    return _Batch(
        tuple(cases), table, table.file_bytes * scale, np.array([c.parameters for c in cases]), np.array([c.active_parameters for c in cases]),
        np.array([c.architecture.experts is not None for c in cases]), depths, np.array([c.prompt for c in cases], np.int64), work_of(table, depths), need, read,
    )  # fmt: skip


def _needs(table: SizingTable, contexts: Ints, depths: Ints, kinds: Any) -> tuple[Demand, Numbers]:
    """What each row needs besides its weights, and the bytes of keys and values it reads for a token at its depth."""
    parts, read = [], np.zeros(len(table))
    order = np.argsort(kinds, kind="stable")
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        parts.append(demand(table.take(rows), Request(256, type_k=str(kind), type_v=str(kind)), contexts[rows]))
        deep = rows[depths[rows] > 0]
        cache = table.cache.take(table.of[deep])
        # States of linear layers are read at any depth: they are part of such a layer's fixed cost.
        kept = kv_layer_bytes_all(cache, depths[deep], type_k=str(kind), type_v=str(kind)) - cache.state_bytes
        read[deep] = kept.sum(axis=1)

    def compute(name: str) -> ComputeBytes:
        made = [getattr(p, name) for p in parts]
        return ComputeBytes(*(np.concatenate([getattr(m, f.name) for m in made]) for f in fields(ComputeBytes)))

    of = np.empty(len(table), np.int64)
    of[order] = np.arange(len(table))
    sums, refused = (np.concatenate([getattr(p, n) for p in parts]) for n in ("kv_sums", "refused"))
    return Demand(of, sums, compute("on_cards"), compute("on_cpu"), refused), read


def _answers(catalog: Catalog, batch: _Batch) -> list[Answer]:
    """Every case on the first of its candidates that holds it; the last one where none does."""
    found: list[Answer] = [{} for _ in batch.cases]
    every = [candidates(catalog, case.wanted) for case in batch.cases]
    left, wave = list(range(len(every))), 0
    while left:
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for i in left:
            groups[_room(batch.cases[i], every[i][wave].rig)].append(i)
        left = []
        for rows in groups.values():
            last = np.array([wave + 1 == len(every[i]) for i in rows])
            on, held = _placed(batch, np.array(rows), every[rows[0]][wave].rig)
            left += [i for i, done in zip(rows, held | last, strict=True) if not done]
            _timed(catalog, batch, [(j, i, every[i][wave]) for j, i in enumerate(rows) if (held | last)[j]], on, found)
        wave += 1
    return found


def _room(case: Case, rig: Rig) -> tuple[object, ...]:
    """What decides where a model lies, whatever the devices are called."""
    pools = tuple(
        (p.total_bytes, p.usable_bytes) for p in (*rig.pools.gpus, *((rig.pools.ram,) if rig.pools.ram else ()))
    )
    return pools, rig.pools.unified, runs_offloaded(case.runtime)


def _placed(batch: _Batch, rows: Ints, rig: Rig) -> tuple[Placements, Bools]:
    """Where the rows lie on a rig, and which of them need look no further."""
    pools, offloads = rig.pools, runs_offloaded(batch.cases[rows[0]].runtime)
    if pools.gpus and not pools.unified and not offloads:
        pools = replace(pools, ram=None)
    need = replace(batch.need, of=batch.need.of[rows])
    on = sizing.place_all(batch.table.take(rows), pools, Request(256), need=need)
    return on, on.fit == GPU if pools.gpus and (pools.unified or not offloads) else on.fit > 0


def _timed(
    catalog: Catalog, batch: _Batch, chosen: list[tuple[int, int, Candidate]], on: Placements, found: list[Answer]
) -> None:
    """Speeds and answers of placed rows: (row of `on`, row of the batch, rig), those on one rig together."""
    groups: dict[tuple[object, ...], list[tuple[int, int, Candidate]]] = defaultdict(list)
    for j, i, candidate in chosen:
        case = batch.cases[i]
        age = _age(case.build_date, candidate.rig.facts[0].vendor)
        groups[candidate.rig.facts, case.runtime, case.backend, age, case.split].append((j, i, candidate))
    for rows in groups.values():
        at = np.array([i for _, i, _ in rows])
        part = _take(on, np.array([j for j, _, _ in rows]))
        case, rig = batch.cases[rows[0][1]], rows[0][2].rig
        kv = part.kv_bytes.sum(axis=1)
        table = batch.table.take(at)
        speeds = decode(
            table, batch.active[at], batch.moe[at], rig, part, runtime=case.runtime, work=batch.work.take(at),
            kv_share=batch.kv_read[at] / np.where(kv > 0, kv, 1), backend=case.backend, build_date=case.build_date, split=case.split,
        )  # fmt: skip
        prompts = prefill(
            table, batch.parameters[at], batch.active[at], batch.moe[at], rig, part, batch.prompts[at],
            tokens_before=batch.depths[at], runtime=case.runtime, backend=case.backend, build_date=case.build_date, split=case.split,
        )  # fmt: skip
        sizes = Sizes(
            batch.file_bytes[at], (part.weights_bytes + part.kv_bytes + part.compute_bytes).sum(axis=1),
            part.bytes_read.sum(axis=1) + batch.kv_read[at], part.fit,
        )  # fmt: skip
        for row, (_, i, candidate) in enumerate(rows):
            found[i] = answer(catalog, batch.cases[i], row, candidate, sizes, speeds, prompts)


def _age(build_date: str | None, vendor: str) -> tuple[bool, ...]:
    """All that a build's date decides: whether it lies before each change the calibration knows of for a vendor."""
    known, name = calibration(), vendor.casefold()
    vendors = (known.vendors.get(name), known.prompt.vendors.get(name) if known.prompt else None)
    return tuple(build_date is not None and build_date < v.old_before for v in vendors if v is not None)


def _take(places: Placements, rows: Ints) -> Placements:
    return Placements(**{name: getattr(places, name)[rows] for name in places.__dataclass_fields__})
