"""The measurements the speed model is fitted and checked with, as arrays."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib.speed.bands import classes
from lib.speed.calibration import Calibration
from lib.speed.decode import LOW_BITS_PER_WEIGHT, Costs, PoolRead, costs, fixed_seconds, reading_seconds
from lib.speed.device import DeviceFacts, bandwidth_gb_per_s, group_of
from lib.speed.measured import runtime_id
from lib.speed.prefill import peak_tflops, prefill_group

CATALOG = Path(__file__).resolve().parents[1] / "catalog"
INPUTS = ("measurements/speed.csv", "measurements/essay.csv", "devices.csv", "calibration/reads.csv")
WHOLE_ANSWER = ("speed over the whole answer", "output tokens over total latency")
"""Notes of rates that divide by the whole time, prompt included; one factor of theirs is fitted and left behind."""
NOT_FITTED = ("superseded", "limited to", "older commit", "slow path", "listed as BF16")
"""Notes that say a measurement is not what the machine does today."""
Vector = NDArray[np.float64]
READ_COLUMNS = ("weight_bytes", "layers", "kv_bytes", "expert_layers", "linear_layers", "attention_flops")


@dataclass(frozen=True)
class Data:
    """One entry for each measurement; below `row`, one for each memory it reads."""

    ids: NDArray[np.str_]
    source: NDArray[np.str_]
    device: NDArray[np.str_]
    kind: NDArray[np.str_]
    """Class of the prediction (`lib.speed.bands.CLASSES`)."""
    group: NDArray[np.str_]
    measured: Vector
    whole: NDArray[np.bool_]
    fitted: NDArray[np.bool_]
    tensor: NDArray[np.bool_]
    cards: Vector
    experts: NDArray[np.bool_]
    prefill: Vector
    """Prompt tokens per second of llama.cpp on one device, with a usual backend and a build since June 2024."""
    active: Vector
    peak_tflops: Vector
    prefill_group: NDArray[np.str_]
    row: NDArray[np.intp]
    setting: NDArray[np.intp]
    settings: tuple[tuple[DeviceFacts, str, str | None, str | None], ...]
    reads: PoolRead
    parameters: Vector
    low_bits: NDArray[np.bool_]
    extra_norms: NDArray[np.bool_]
    offloaded: Vector


def table(name: str) -> list[dict[str, str]]:
    """A CSV file of the catalog."""
    with (CATALOG / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def input_sha256() -> str:
    """Of the input files, one after the other."""
    return hashlib.sha256(b"".join((CATALOG / name).read_bytes() for name in INPUTS)).hexdigest()


def facts(row: dict[str, str]) -> DeviceFacts:
    """A row of `devices.csv`."""

    def number(name: str) -> float | None:
        return float(row[name]) if row.get(name) else None

    cores = number("gpu_cores")
    return DeviceFacts(
        vendor=row["vendor"],
        kind=row["kind"],
        name=row["name"],
        architecture=row["architecture"] or None,
        memory_type=row["memory_type"] or None,
        bandwidth_gb_per_s=number("memory_bandwidth_gb_per_s"),
        measured_bandwidth_gb_per_s=number("measured_bandwidth_gb_per_s"),
        boost_clock_mhz=number("boost_clock_mhz"),
        fp32_tflops=number("fp32_tflops"),
        fp16_tflops=number("fp16_tflops"),
        gpu_cores=int(cores) if cores else None,
    )


def load() -> Data:
    """Every measurement whose reads are known and whose device the model covers."""
    devices = {r["id"]: facts(r) for r in table("devices.csv")}
    pools: dict[str, list[dict[str, str]]] = {}
    for r in table("calibration/reads.csv"):
        pools.setdefault(r["measurement"], []).append(r)
    one: dict[str, list[object]] = {f.name: [] for f in fields(Data)}
    settings: dict[tuple[DeviceFacts, str, str | None, str | None], int] = {}
    columns: dict[str, list[float]] = {c: [] for c in READ_COLUMNS}
    for m in table("measurements/speed.csv") + table("measurements/essay.csv"):
        mine = pools.get(m["id"], [])
        try:
            for p in mine:
                group_of(devices[p["device"]]), bandwidth_gb_per_s(devices[p["device"]])
        except ValueError:
            continue
        if not mine or m["verdict"] or runtime_id(m["runtime"]) is None:
            continue
        n = len(one["ids"])
        cards, main = int(mine[0]["cards"]), devices[mine[0]["device"]]
        runtime = str(runtime_id(m["runtime"]))
        tensor = cards > 1 and (runtime in ("vllm", "tensorrt-llm", "mlc") or "tensor parallel" in m["note"])
        experts = any(float(p["expert_layers"]) > 0 for p in mine)
        active = float(mine[0]["active_parameters"])
        total = sum(float(p["weight_bytes"]) for p in mine)
        reads = [PoolRead(devices[p["device"]], float(p["weight_bytes"]), float(p["layers"])) for p in mine]
        reads += [reads[0]] * (cards - 1)
        for p in mine:
            on_cpu = devices[p["device"]].is_processor
            setting = (devices[p["device"]], runtime, m["backend"] or None, m["build_date"] or m["measured_on"] or None)
            one["row"].append(n)
            one["setting"].append(settings.setdefault(setting, len(settings)))
            one["parameters"].append(active * float(p["weight_bytes"]) / total)
            one["low_bits"].append(total * 8 / active < LOW_BITS_PER_WEIGHT)
            one["extra_norms"].append(p["extra_norms"] == "1")
            beyond = float(p["expert_layers"]) - float(p["layers"])
            one["offloaded"].append(max(beyond, 0.0) if on_cpu and len(mine) > 1 else 0.0)
            for c in READ_COLUMNS:
                columns[c].append(float(p[c]))
        try:
            peak, prompt_group = peak_tflops(main), prefill_group(main)
        except ValueError:
            peak, prompt_group = np.nan, ""
        usual = runtime == "llama.cpp" and len(mine) == 1 and cards == 1
        if main.vendor == "NVIDIA":
            usual &= m["backend"] != "Vulkan" and (m["build_date"] or m["measured_on"]) >= "2024-06"
        prompt = float(m["prefill_tok_per_s"] or "nan") if usual else np.nan
        for name, value in (
            ("ids", m["id"]), ("source", m["source"].partition("#")[0]), ("device", mine[0]["device"]),
            ("kind", str(classes(reads, experts))), ("group", group_of(main)),
            ("measured", float(m["decode_tok_per_s"] or "nan")), ("whole", m["note"].startswith(WHOLE_ANSWER)),
            ("fitted", bool(m["decode_tok_per_s"]) and not any(w in m["note"] for w in NOT_FITTED)),
            ("tensor", tensor), ("cards", float(cards)), ("experts", experts),
            ("prefill", prompt if float(m["n_prompt"] or 0) >= 256 and float(m["depth"] or 0) < 4096 else np.nan),
            ("active", active), ("peak_tflops", peak), ("prefill_group", prompt_group),
        ):  # fmt: skip
            one[name].append(value)
    arrays = {f.name: np.array(one[f.name]) for f in fields(Data) if f.name not in ("settings", "reads")}
    some = next(iter(settings))[0]
    read = PoolRead(device=some, **{c: np.array(v) for c, v in columns.items()})
    return Data(settings=tuple(settings), reads=read, **arrays)


def predict(data: Data, calibration: Calibration) -> Vector:
    """Tokens per second of each measurement: `lib.speed.decode.decode_tok_per_s` for all of them at once."""
    each = [costs(d, calibration, runtime=r, backend=b, build_date=t) for d, r, b, t in data.settings]
    c = Costs(**{f.name: np.array([getattr(e, f.name) for e in each])[data.setting] for f in fields(Costs)})
    cards, tensor = data.cards[data.row], data.tensor[data.row]
    reading = reading_seconds(c, data.reads, data.parameters, data.low_bits) / np.where(tensor, cards, 1.0)
    fixed = fixed_seconds(c, data.reads, data.extra_norms)
    layers = np.asarray(data.reads.layers)
    together = np.where(tensor, layers * calibration.tensor_parallel_layer_us * 1e-6, 0.0)
    away = data.offloaded * calibration.offload_layer_us * 1e-6
    seconds = np.bincount(data.row, weights=reading + fixed + together + away)
    return np.asarray(1.0 / (seconds + np.where(data.tensor, 0.0, (data.cards - 1) * calibration.card_ms * 1e-3)))
