"""The measurements the speed model is fitted and checked with, as arrays."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lib.speed.bands import classes
from lib.speed.calibration import Calibration
from lib.speed.decode import LOW_BITS_PER_WEIGHT, Costs, PoolRead, costs, fixed_seconds, reading_seconds
from lib.speed.device import DeviceFacts, bandwidth_gb_per_s, group_of
from lib.speed.measured import build_month, runtime_id

CATALOG = Path(__file__).resolve().parents[1] / "catalog"
MEASUREMENTS = ("measurements/speed.csv", "measurements/concurrent.csv", "measurements/essay.csv")
INPUTS = (*MEASUREMENTS, "devices.csv", "calibration/reads.csv")
WHOLE_ANSWER = ("speed over the whole answer", "output tokens over total latency")
"""Notes of rates that divide by the whole time, prompt included; one factor of theirs is fitted and left behind."""
NOT_FITTED = ("superseded", "limited to", "older commit", "slow path;", "listed as BF16")
"""Notes that say a measurement is not what the machine does today."""
USED = (
    "id", "model_bytes", "quantization", "runtime", "backend", "build_date", "measured_on", "n_prompt", "n_gen", "depth",
    "concurrency", "decode_tok_per_s", "prefill_tok_per_s", "source", "verdict", "note",
)  # fmt: skip
"""Columns of the measurements the fit reads."""
FACTS = (
    "id", "vendor", "kind", "name", "architecture", "memory_type", "memory_bandwidth_gb_per_s",
    "measured_bandwidth_gb_per_s", "boost_clock_mhz", "fp32_tflops", "fp16_tflops", "gpu_cores",
)  # fmt: skip
"""Columns of the devices the fit reads."""
Vector = NDArray[np.float64]
Row = dict[str, str]
READ_COLUMNS = (
    "weight_bytes", "layers", "kv_bytes", "expert_layers", "linear_layers", "delta_layers", "attention_flops", "routed_bytes",
)  # fmt: skip
Setting = tuple[DeviceFacts, str, str | None, str | None]
"""Device, runtime, backend, and the month of the build."""


@dataclass(frozen=True)
class Case:
    """One measurement with what it reads from each memory."""

    row: Row
    pools: tuple[Row, ...]
    devices: tuple[DeviceFacts, ...]
    runtime: str

    @property
    def source(self) -> str:
        return self.row["source"].partition("#")[0]

    @property
    def setting(self) -> Setting:
        date = build_month(self.row["build_date"] or self.row["measured_on"] or None)
        return self.devices[0], self.runtime, self.row["backend"] or None, date

    @property
    def cards(self) -> int:
        return int(self.pools[0]["cards"])

    @property
    def tensor(self) -> bool:
        together = self.runtime in ("vllm", "tensorrt-llm", "mlc") or "tensor parallel" in self.row["note"]
        return self.cards > 1 and together

    def number(self, name: str) -> float:
        """A column of the measurement; NaN where it is empty."""
        return float(self.row[name] or "nan")

    def micro_batch(self) -> float:
        """Tokens computed at once while reading the prompt."""
        found = re.search(r"ubatch (\d+)", self.row["note"])
        return float(found[1]) if found else 512.0


@dataclass(frozen=True)
class Data:
    """One entry for each measurement of one conversation; below `row`, one for each memory it reads."""

    ids: NDArray[np.str_]
    source: NDArray[np.str_]
    device: NDArray[np.str_]
    kind: NDArray[np.str_]
    """Class of the prediction (`lib.speed.bands.CLASSES`)."""
    group: NDArray[np.str_]
    runtime: NDArray[np.str_]
    measured: Vector
    whole: NDArray[np.bool_]
    fitted: NDArray[np.bool_]
    tensor: NDArray[np.bool_]
    cards: Vector
    depth: Vector
    row: NDArray[np.intp]
    setting: NDArray[np.intp]
    settings: tuple[Setting, ...]
    reads: PoolRead
    parameters: Vector
    low_bits: NDArray[np.bool_]
    extra_norms: NDArray[np.bool_]
    offloaded: Vector


def table(name: str) -> list[Row]:
    """A CSV file of the catalog."""
    with (CATALOG / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def input_sha256() -> str:
    """Of what the fit reads: other columns and devices nobody measured may change without a new fit."""
    measured = {m["id"]: m for name in MEASUREMENTS for m in table(name)}
    reads = [r for r in table("calibration/reads.csv") if r["measurement"] in measured]
    used = {r["device"] for r in reads}
    lines = [",".join(m[c] for c in USED) for m in measured.values()]
    lines += [",".join(d[c] for c in FACTS) for d in table("devices.csv") if d["id"] in used]
    lines += [",".join(r.values()) for r in reads]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def facts(row: Row) -> DeviceFacts:
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


def cases() -> list[Case]:
    """Every measurement whose reads are known, whose device the model covers and nothing speaks against."""
    devices = {r["id"]: facts(r) for r in table("devices.csv")}
    pools: dict[str, list[Row]] = {}
    for r in table("calibration/reads.csv"):
        pools.setdefault(r["measurement"], []).append(r)
    found = []
    for m in [m for name in MEASUREMENTS for m in table(name)]:
        mine = pools.get(m["id"], [])
        runtime = runtime_id(m["runtime"])
        if not mine or m["verdict"] or runtime is None:
            continue
        try:
            for p in mine:
                group_of(devices[p["device"]]), bandwidth_gb_per_s(devices[p["device"]])
        except ValueError:
            continue
        found.append(Case(m, tuple(mine), tuple(devices[p["device"]] for p in mine), runtime))
    return found


def load() -> Data:
    """The measurements of one conversation."""
    one: dict[str, list[object]] = {f.name: [] for f in fields(Data)}
    settings: dict[Setting, int] = {}
    columns: dict[str, list[float]] = {c: [] for c in READ_COLUMNS}
    for case in [c for c in cases() if (c.row["concurrency"] or "1") == "1"]:
        m, mine, n = case.row, case.pools, len(one["ids"])
        active = float(mine[0]["active_parameters"])
        total = sum(float(p["weight_bytes"]) for p in mine)
        reads = [
            PoolRead(d, float(p["weight_bytes"]), float(p["layers"])) for p, d in zip(mine, case.devices, strict=True)
        ]
        reads += [reads[0]] * (case.cards - 1)
        experts = any(float(p["expert_layers"]) > 0 for p in mine)
        for p, device in zip(mine, case.devices, strict=True):
            setting = (device, *case.setting[1:])
            one["row"].append(n)
            one["setting"].append(settings.setdefault(setting, len(settings)))
            one["parameters"].append(active * float(p["weight_bytes"]) / total)
            one["low_bits"].append(total * 8 / active < LOW_BITS_PER_WEIGHT)
            one["extra_norms"].append(p["extra_norms"] == "1")
            beyond = float(p["expert_layers"]) - float(p["layers"])
            one["offloaded"].append(max(beyond, 0.0) if device.is_processor and len(mine) > 1 else 0.0)
            for c in READ_COLUMNS:
                columns[c].append(float(p[c] or 0.0))
        for name, value in (
            ("ids", m["id"]), ("source", case.source), ("device", mine[0]["device"]),
            ("kind", str(classes(reads, experts))), ("group", group_of(case.devices[0])), ("runtime", case.runtime),
            ("measured", case.number("decode_tok_per_s")), ("whole", m["note"].startswith(WHOLE_ANSWER)),
            ("fitted", bool(m["decode_tok_per_s"]) and not any(w in m["note"] for w in NOT_FITTED)),
            ("tensor", case.tensor), ("cards", float(case.cards)), ("depth", float(m["depth"] or 0)),
        ):  # fmt: skip
            one[name].append(value)
    arrays = {f.name: np.array(one[f.name]) for f in fields(Data) if f.name not in ("settings", "reads")}
    some = next(iter(settings))[0]
    read = PoolRead(device=some, **{c: np.array(v) for c, v in columns.items()})
    return Data(settings=tuple(settings), reads=read, **arrays)


def cost_table(data: Data, calibration: Calibration) -> Vector:
    """Every cost in every setting; `[costs, settings]`."""
    each = [costs(d, calibration, runtime=r, backend=b, build_date=t) for d, r, b, t in data.settings]
    return np.array([[getattr(e, f.name) for e in each] for f in fields(Costs)])


def added_up(data: Data, table: Vector, *, together_us: float, offload_us: float, card_ms: float) -> Vector:
    """Tokens per second of each measurement, from the costs of its setting and of handing over."""
    c = Costs(**{f.name: table[i][data.setting] for i, f in enumerate(fields(Costs))})
    cards, tensor = data.cards[data.row], data.tensor[data.row]
    reading = reading_seconds(c, data.reads, data.parameters, data.low_bits) / np.where(tensor, cards, 1.0)
    fixed = fixed_seconds(c, data.reads, data.extra_norms)
    together = np.where(tensor, np.asarray(data.reads.layers) * together_us * 1e-6, 0.0)
    seconds = np.bincount(data.row, weights=reading + fixed + together + data.offloaded * offload_us * 1e-6)
    return np.asarray(1.0 / (seconds + np.where(data.tensor, 0.0, (data.cards - 1) * card_ms * 1e-3)))


def predict(data: Data, calibration: Calibration) -> Vector:
    """Tokens per second of each measurement: `lib.speed.decode.decode_tok_per_s` for all of them at once."""
    return added_up(
        data, cost_table(data, calibration), together_us=calibration.tensor_parallel_layer_us,
        offload_us=calibration.offload_layer_us, card_ms=calibration.card_ms,
    )  # fmt: skip
