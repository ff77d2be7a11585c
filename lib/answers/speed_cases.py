"""How fast a model runs on a machine, for thousands of cases at once: what `python -m lib.speed` answers.

A case is a JSON object; `KEYS` says which keys it may have. `answer_cases` never raises for a bad case: its answer
is `{"error": …}` in its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any

import numpy as np

from lib.answers.case_answer import Answer, Row, answer
from lib.answers.case_devices import Candidate, candidates
from lib.answers.case_formats import runs_offloaded
from lib.answers.case_reading import Case, read_case
from lib.answers.prompt import prefill_in
from lib.answers.reads import Work, work_of
from lib.answers.speed import Setting, decode_in
from lib.catalog import Catalog
from lib.sizing import table as sizing
from lib.sizing.compute import ComputeBytes
from lib.sizing.demand import Demand, demand, sizing_table
from lib.sizing.kv_cache import kv_layer_bytes_all
from lib.sizing.pools import Rooms
from lib.sizing.table import FITS, Placements, Request, SizingTable
from lib.sizing.weights import Weights
from lib.speed.load import DISKS, load_range_seconds
from lib.speed.prefill import first_token_seconds
from lib.speed.words import speed_word

Ints = np.ndarray[Any, np.dtype[np.int64]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]
GPU = FITS.index("gpu")
AT_ONCE = 4096
"""Cases computed together: more are no quicker and take more memory."""
_SCALED = (
    "layers_bytes",
    "experts_bytes",
    "tensor_bytes",
    "input_bytes",
    "tied_bytes",
    "largest_tensor_bytes",
    "row_bytes",
    "unread_bytes",
)


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
    left, answers = iter(given), list[Answer]()
    while block := list(islice(left, AT_ONCE)):
        answers += _block(catalog, block, context_tokens)
    return answers


def _block(catalog: Catalog, given: Sequence[object], context_tokens: int | None) -> list[Answer]:
    """The answers to as many cases as are computed together."""
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
        sums = {
            n: np.rint(getattr(table, n)[of] * scale[:, None]).astype(np.int64) for n in ("layer_sums", "expert_sums")
        }
        table = replace(table, **each, **sums, sums_of=np.arange(len(of)))
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
        cache = table.cache.take(table.cache_of[deep])
        # States of linear layers are read at any depth: they are part of such a layer's fixed cost.
        kept = kv_layer_bytes_all(cache, depths[deep], type_k=str(kind), type_v=str(kind)) - cache.state_bytes
        read[deep] = kept.sum(axis=1)

    def compute(name: str) -> ComputeBytes:
        made = [getattr(p, name) for p in parts]
        return ComputeBytes(*(np.concatenate([getattr(m, f.name) for m in made]) for f in fields(ComputeBytes)))

    of = np.empty(len(table), np.int64)
    of[order] = np.arange(len(table))
    before = np.cumsum([0, *(len(p.kv_sums) for p in parts)])
    kv_of = np.concatenate([p.kv_of + start for p, start in zip(parts, before, strict=False)])[of]
    sums, kv_bytes, refused = (
        np.concatenate([getattr(p, n) for p in parts]) for n in ("kv_sums", "kv_bytes", "refused")
    )
    return Demand(kv_of, sums, kv_bytes, refused, of, compute("on_cards"), compute("on_cpu")), read


def _answers(catalog: Catalog, batch: _Batch) -> list[Answer]:
    """Every case on the first of its candidates that holds it; the last one where none does."""
    on, placed = _placed(batch, [candidates(catalog, case.wanted) for case in batch.cases])
    settings = [Setting(c.rig.facts, x.runtime, x.backend, x.build_date) for x, c in zip(batch.cases, on, strict=True)]
    found: list[Answer] = [{} for _ in batch.cases]
    for rows, places in placed:
        alike: dict[object, list[int]] = defaultdict(list)
        for j, i in enumerate(rows.tolist()):
            alike[settings[i].kinds, batch.cases[i].split].append(j)
        for part in map(np.array, alike.values()):
            _timed(catalog, batch, rows[part], places.take(part), on, settings, found)
    return found


def _placed(
    batch: _Batch, every: Sequence[Sequence[Candidate]]
) -> tuple[list[Candidate], list[tuple[Ints, Placements]]]:
    """The candidate each case is computed on; and where the cases lie there, those with as many memories together."""
    on = [found[-1] for found in every]
    placed: dict[int, list[tuple[Ints, Placements]]] = defaultdict(list)
    left, wave = list(range(len(every))), 0
    while left:
        alike: dict[tuple[int, bool, bool], list[int]] = defaultdict(list)
        for i in left:
            pools = every[i][wave].rig.pools
            alike[len(pools.gpus), pools.unified, runs_offloaded(batch.cases[i].runtime)].append(i)
        left = []
        for (cards, unified, offloads), rows in alike.items():
            at = np.array(rows)
            machines = [every[i][wave].rig.pools for i in rows]
            if cards and not unified and not offloads:
                machines = [replace(m, ram=None) for m in machines]
            found = sizing.place_all(batch.table.take(at), Rooms.of(machines), Request(256), need=batch.need.take(at))
            held = found.fit == GPU if cards and (unified or not offloads) else found.fit > 0
            done = held | np.array([wave + 1 == len(every[i]) for i in rows])
            placed[found.items.shape[1]].append((at[done], found.take(done)))
            for i in at[done].tolist():
                on[i] = every[i][wave]
            left += at[~done].tolist()
        wave += 1
    return on, [(np.concatenate([at for at, _ in parts]), Placements.joined([p for _, p in parts])) for parts in placed.values()]  # fmt: skip


def _timed(
    catalog: Catalog, batch: _Batch, at: Ints, places: Placements, on: Sequence[Candidate], settings: Sequence[Setting], found: list[Answer]
) -> None:  # fmt: skip
    """Speeds and answers of the placed cases `at`, whose settings are of the same kinds."""
    own = [settings[i] for i in at.tolist()]
    table, split = batch.table.take(at), batch.cases[at[0]].split
    kv = places.kv_bytes.sum(axis=1)
    speeds = decode_in(
        own, table, batch.active[at], batch.moe[at], places, work=batch.work.take(at),
        kv_share=batch.kv_read[at] / np.where(kv > 0, kv, 1), split=split,
    )  # fmt: skip
    prompts = prefill_in(
        own, table, batch.parameters[at], batch.active[at], batch.moe[at], places, batch.prompts[at],
        tokens_before=batch.depths[at], split=split,
    )  # fmt: skip
    ends = ((prompts.high, speeds.high), (prompts.tok_per_s, speeds.decode_tok_per_s), (prompts.low, speeds.low))
    columns: tuple[Any, ...] = (
        places.fit, batch.file_bytes[at], (places.weights_bytes + places.kv_bytes + places.compute_bytes).sum(axis=1),
        places.bytes_read.sum(axis=1) + batch.kv_read[at], speeds.low, speeds.decode_tok_per_s, speeds.high,
        prompts.low, prompts.tok_per_s, prompts.high, *(first_token_seconds(batch.prompts[at], *end) for end in ends), speeds.kinds,
    )  # fmt: skip
    texts = speeds.unknown, prompts.unknown, speeds.doubts, prompts.doubts
    for i, *row in zip(at.tolist(), *(c.tolist() for c in columns), *texts, strict=True):
        found[i] = answer(catalog, batch.cases[i], on[i], Row(*row))
