"""How far our KV cache and compute buffers are from what the engine itself reserved.

    python -m benchmarks.accuracy_buffers

`catalog/engine/buffers.csv` holds what `lib.sizing.kv_cache.ENGINE` allocates for 19 models, on the CPU, on one
card and on several ("cards" are a stand-in device with CUDA's sizes, so without the driver's own memory).
Prints, by class of rows: rows, exact rows (to a hundredth of a MiB), median, 95th percentile and largest
error in per cent of the engine's figure. Columns: MiB on the CPU or host, and on each card.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.architecture import Architecture
from lib.sizing.compute import ComputeBytes, compute_bytes_all
from lib.sizing.compute_shapes import compute_shapes
from lib.sizing.kv_cache import ENGINE, Device, kv_layer_bytes
from lib.sizing.pools import MIB

ENGINE_DATA = Path(__file__).parents[1] / "catalog" / "engine"


@dataclass(frozen=True)
class Case:
    """One run of the engine."""

    model: str
    cards: int
    gpu_layers: int | None
    """`None`: all."""
    context_tokens: int
    type_k: str
    type_v: str
    flash_attention: bool
    micro_batch: int
    slots: int
    unified: bool
    outputs: int
    swa_full: bool
    kv_on_device: bool
    kv_bytes: int
    host_mib: float
    gpu_mib: tuple[float, ...]


def cases(path: Path = ENGINE_DATA / "buffers.csv") -> list[Case]:
    """The engine's runs."""
    with path.open(newline="") as file:
        return [_case(row) for row in csv.DictReader(file)]


def _case(row: Mapping[str, str]) -> Case:
    micro_batch = int(row["micro_batch"])
    return Case(
        model=row["model"],
        cards=int(row["cards"]),
        gpu_layers=int(row["gpu_layers"]) if row["gpu_layers"] else None,
        context_tokens=int(row["context_tokens"]),
        type_k=row["type_k"],
        type_v=row["type_v"],
        flash_attention=row["flash_attention"] == "1",
        micro_batch=micro_batch,
        slots=int(row["slots"]),
        unified=row["unified"] == "1",
        outputs=int(row["outputs"]) if row["outputs"] else micro_batch,
        swa_full=row["swa_full"] == "1",
        kv_on_device=row["kv_on_device"] == "1",
        kv_bytes=int(row["kv_bytes"]),
        host_mib=float(row["host_mib"]),
        gpu_mib=tuple(float(row[f"gpu{i}_mib"]) for i in range(4) if row[f"gpu{i}_mib"]),
    )


def architectures(path: Path = ENGINE_DATA / "models.json") -> dict[str, Architecture]:
    """Shapes of the models the engine was run with, by id."""
    return {name: Architecture.model_validate(shapes) for name, shapes in json.loads(path.read_text()).items()}


def kv_bytes(architecture: Architecture, case: Case) -> int:
    """Our KV cache for a run; layers left on the host are not padded as a card pads them."""

    def layers(device: Device) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return kv_layer_bytes(
            architecture,
            case.context_tokens,
            type_k=case.type_k,
            type_v=case.type_v,
            slots=case.slots,
            unified=case.unified,
            micro_batch=case.micro_batch,
            flash_attention=case.flash_attention,
            swa_full=case.swa_full,
            device=device,
        )

    if case.cards == 0 or not case.kv_on_device:
        return int(layers("cpu").sum())
    first = 0 if case.gpu_layers is None else max(architecture.layers + 1 - case.gpu_layers, 0)
    return int(layers("cpu")[:first].sum() + layers("cuda")[first:].sum())


def compute(architecture: Architecture, case: Case) -> ComputeBytes:
    """Our compute buffers for a run."""
    return compute_bytes_all(
        compute_shapes([architecture]),
        case.context_tokens,
        type_k=case.type_k,
        type_v=case.type_v,
        slots=case.slots,
        unified=case.unified,
        flash_attention=case.flash_attention,
        micro_batch=case.micro_batch,
        outputs=case.outputs,
        swa_full=case.swa_full,
        kv_on_device=case.kv_on_device,
        device="cpu" if case.cards == 0 else "cuda",
    )


def compute_mib(architecture: Architecture, case: Case) -> tuple[float, tuple[float, ...]] | None:
    """Our compute buffers in MiB: host (or CPU) and each card; `None` for partial offload, which depends on weights."""
    if case.gpu_layers is not None and case.cards:
        return None
    found = compute(architecture, case)
    if case.cards == 0:
        return float(found.cpu[0]) / MIB, ()
    if case.cards == 1:
        return float(found.host[0]) / MIB, (float(found.card[0]) / MIB,)
    first, following = float(found.pipelined_card[0]) / MIB, float(found.next_pipelined_card[0]) / MIB
    last = float(found.last_pipelined_card[0]) / MIB
    return float(found.pipelined_host[0]) / MIB, (first, *(following,) * (case.cards - 2), last)


def errors(pairs: Iterable[tuple[float, float]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Relative errors of (ours, engine's) in per cent."""
    ours, engine = np.array(list(pairs)).T
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = 100 * np.abs(ours / engine - 1)
    return found


def _line(title: str, pairs: list[tuple[float, float]]) -> None:
    if pairs:
        e = errors(pairs)
        exact = sum(abs(ours - engine) < 0.01 for ours, engine in pairs)
        median, most = np.median(e), e.max()
        print(f"{title:44}{len(e):6}{exact:7}{median:9.3f}{np.percentile(e, 95):9.2f}{most:9.2f}")


def main() -> None:
    """Print the tables."""
    shapes, runs = architectures(), cases()
    exact = sum(kv_bytes(shapes[run.model], run) == run.kv_bytes for run in runs)
    print(f"{ENGINE}: KV cache exact to the byte on {exact} of {len(runs)} rows\n")
    print(f"{'compute buffer':44}{'rows':>6}{'exact':>7}{'median %':>9}{'95th %':>9}{'most %':>9}")
    ours = [(run, found) for run in runs if (found := compute_mib(shapes[run.model], run)) is not None]
    classes: list[tuple[str, Callable[[Case], bool]]] = [
        ("all", lambda r: True),
        ("flash attention", lambda r: r.flash_attention),
        ("no flash attention", lambda r: not r.flash_attention),
        ("f16 cache", lambda r: r.type_k == r.type_v == "f16"),
        ("quantized cache", lambda r: r.type_k[0] == "q"),
        ("bf16 or f32 cache", lambda r: r.type_k in ("bf16", "f32")),
        ("as llama-server reserves (one output a slot)", lambda r: r.outputs == r.slots),
        ("as llama-bench reserves (all outputs)", lambda r: r.outputs == r.micro_batch),
        ("micro-batch other than 512", lambda r: r.micro_batch != 512),
        ("several slots", lambda r: r.slots > 1),
        *((name, lambda r, name=name: r.model == name) for name in shapes),
    ]
    places: list[
        tuple[str, Callable[[Case], bool], Callable[[Case, tuple[float, tuple[float, ...]]], list[tuple[float, float]]]]
    ] = [
        ("CPU", lambda r: r.cards == 0, lambda r, f: [(f[0], r.host_mib)]),
        ("one card", lambda r: r.cards == 1, lambda r, f: list(zip(f[1], r.gpu_mib, strict=True))),
        ("host beside one card", lambda r: r.cards == 1, lambda r, f: [(f[0], r.host_mib)]),
        ("several cards, each", lambda r: r.cards > 1, lambda r, f: list(zip(f[1], r.gpu_mib, strict=True))),
        ("host beside several cards", lambda r: r.cards > 1, lambda r, f: [(f[0], r.host_mib)]),
    ]
    for place, there, pairs in places:
        for title, belongs in classes:
            rows = [pair for run, found in ours if there(run) and belongs(run) for pair in pairs(run, found)]
            _line(place if title == "all" else f"  {title}", rows)


if __name__ == "__main__":
    main()
