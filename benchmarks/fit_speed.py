"""Fit the constants of `lib.speed` to the catalog's measurements and write `catalog/calibration/speed.toml`.

    python -m benchmarks.fit_speed

Every constant has a prior: groups of devices lean towards their vendor, vendors towards each other, so that a group
with few measurements is not bent by one of them. Residuals are logarithms of predicted over measured under a soft
loss; the many rows of one source on one device share their weight. Deterministic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from benchmarks.speed_data import CATALOG, INPUTS, Data, Vector, input_sha256, load, predict
from lib.speed.bands import CLASSES
from lib.speed.calibration import Band, Calibration, Group, Prefill, Processor, Runtime, Vendor

# name: (prior, spread of its logarithm, parent it multiplies)
PRIORS: dict[str, tuple[float, float, str | None]] = {"layer": (60.0, 0.5, None)}
VENDORS = {"nvidia": (0.9, 1.0), "amd": (0.87, 1.0), "intel": (0.7, 1.0), "apple": (0.93, 0.8)}
for _vendor, (_efficiency, _compute) in VENDORS.items():
    PRIORS[f"{_vendor} efficiency"] = (_efficiency, 0.06, None)
    PRIORS[f"{_vendor} layer"] = (1.0, 0.35, "layer")
    PRIORS[f"{_vendor} compute"] = (_compute, 0.7, None)
    PRIORS[f"{_vendor} attention"] = (4.0, 0.7, None)
    PRIORS[f"{_vendor} expert_layer"] = (1.9, 0.3, None)
    PRIORS[f"{_vendor} extra_norms"] = (1.5, 0.25, None)
    PRIORS[f"{_vendor} old_build"] = (1.6, 0.3, None)
GROUPS = (
    "nvidia-pascal", "nvidia-volta", "nvidia-turing", "nvidia-ampere", "nvidia-hbm", "nvidia-unified",
    "amd-gcn", "amd-cdna", "amd-rdna", "amd-rdna4", "amd-unified", "intel-xe", "intel-xe2", "apple", "apple-ultra",
)  # fmt: skip
OWN_COMPUTE = ("nvidia-pascal", "nvidia-turing", "nvidia-volta", "amd-rdna4")
for _group in GROUPS:
    PRIORS[f"{_group} group efficiency"] = (1.0, 0.07, f"{_group.partition('-')[0]} efficiency")
    PRIORS[f"{_group} group layer"] = (1.0, 0.3, f"{_group.partition('-')[0]} layer")
    if _group in OWN_COMPUTE:
        PRIORS[f"{_group} group compute"] = (1.0, 0.9, f"{_group.partition('-')[0]} compute")
RUNTIMES = {
    "mlx": (0.7, 0.8), "exllama": (0.5, 0.8), "vllm": (0.6, 0.8), "tensorrt-llm": (0.5, 0.8), "mlc": (0.5, 0.8),
    "llamafile": (1.3, 1.2),
}  # fmt: skip
for _runtime, (_plain, _experts) in RUNTIMES.items():
    PRIORS[f"{_runtime} runtime layer"] = (_plain, 0.3, None)
    PRIORS[f"{_runtime} runtime expert_layer"] = (_experts, 0.3, None)
SINGLE = {
    "kv_factor": (1.1, 0.1), "linear_layer": (1.2, 0.2), "low_bits_compute": (2.5, 0.5), "vulkan_layer": (0.85, 0.2),
    "card_ms": (0.35, 0.5), "offload_layer_us": (40.0, 0.7), "tensor_parallel_layer_us": (40.0, 0.7),
}  # fmt: skip
PROCESSOR = {
    "reach_at_100_gb_per_s": (0.68, 0.15), "reach_fall": (0.35, 0.12), "reach_of_measured": (0.85, 0.15),
    "small_reach": (0.25, 0.4), "layer_us": (30.0, 0.5), "low_bits": (0.55, 0.3),
}  # fmt: skip
# reach_fall: memory benchmarks of 8 to 12 channels reach 0.5 to 0.77 of the stated bandwidth, of two channels 0.94.
PRIORS |= {k: (*v, None) for k, v in SINGLE.items()} | {f"processor {k}": (*v, None) for k, v in PROCESSOR.items()}
PRIORS["whole answer"] = (1.05, 0.04, None)
NAMES = tuple(PRIORS)
START = np.log([PRIORS[n][0] for n in NAMES])
SPREAD = np.array([PRIORS[n][1] for n in NAMES])
PRIOR_WEIGHT, SOFT = 0.1, 0.07
OLD_BEFORE = {"nvidia": "2024-06", "amd": "2025-12", "intel": "2024-06", "apple": "2025-09"}
"""CUDA graphs came in May 2024; kernel fusion and concurrent Metal encoding in September 2025."""
DIGITS = 4


def constants(theta: Vector) -> dict[str, float]:
    """Every constant by name, parents multiplied in."""
    found: dict[str, float] = {}
    for name, log_value in zip(NAMES, theta, strict=True):
        parent = PRIORS[name][2]
        found[name] = float(np.exp(log_value)) * (found[parent] if parent else 1.0)
    return found


def calibration(theta: Vector) -> Calibration:
    """The constants as `lib.speed` wants them, without bands."""
    v = constants(theta)
    processor = {k: v[f"processor {k}"] for k in PROCESSOR}
    processor["reach_exponent"] = -processor.pop("reach_fall")
    groups = {}
    for g in GROUPS:
        compute = v.get(f"{g} group compute", v[f"{g.partition('-')[0]} compute"])
        efficiency = min(v[f"{g} group efficiency"], 1.0)
        groups[g] = Group(efficiency=efficiency, layer_us=v[f"{g} group layer"], compute=compute, rows=0)
    keys = ("expert_layer", "extra_norms", "attention", "old_build")
    return Calibration(
        input_sha256="",
        inputs=INPUTS,
        rows=0,
        prefill_size=0.0,
        prefill_size_experts=0.0,
        groups=groups,
        vendors={n: Vendor(old_before=OLD_BEFORE[n], **{k: v[f"{n} {k}"] for k in keys}) for n in VENDORS},
        runtimes={
            r: Runtime(layer=v[f"{r} runtime layer"], expert_layer=v[f"{r} runtime expert_layer"]) for r in RUNTIMES
        },
        processor=Processor(**processor),
        **{k: v[k] for k in SINGLE},
    )


def expected(data: Data, theta: Vector) -> Vector:
    """What each source should have printed: the prediction, less what dividing by the whole time costs."""
    return predict(data, calibration(theta)) / np.where(data.whole, constants(theta)["whole answer"], 1.0)


def shared_weights(data: Data, used: NDArray[np.bool_]) -> Vector:
    """Less for each of the many rows of one source on one device."""
    keys = np.char.add(np.char.add(data.source, " "), data.device)
    _, inverse, count = np.unique(keys[used], return_inverse=True, return_counts=True)
    return np.asarray(count[inverse] ** -0.5)


def fit(data: Data, used: NDArray[np.bool_], start: Vector = START) -> Vector:
    """The logarithms of the constants that suit the rows `used` best."""
    weight, target = shared_weights(data, used), np.log(data.measured[used])

    def residuals(theta: Vector) -> Vector:
        rows = (np.log(expected(data, theta)[used]) - target) * weight
        return np.concatenate([rows, PRIOR_WEIGHT * (theta - START) / SPREAD])

    return np.asarray(least_squares(residuals, start, loss="soft_l1", f_scale=SOFT, xtol=1e-6, ftol=1e-6).x)


def without_own_source(data: Data, theta: Vector) -> Vector:
    """Each fitted row predicted by a fit that has not seen its source; NaN for the others."""
    found = np.full(len(data.ids), np.nan)
    for source in np.unique(data.source[data.fitted]):
        own = data.source == source
        found[own] = expected(data, fit(data, data.fitted & ~own, theta))[own]
    return np.where(data.fitted, found, np.nan)


def make_band(ratio: Vector, source: NDArray[np.str_]) -> Band:
    """80 % range of measured / predicted, each source counted by the square root of its rows."""

    def ends(rows: NDArray[np.bool_]) -> tuple[float, float]:
        _, inverse, count = np.unique(source[rows], return_inverse=True, return_counts=True)
        order = np.argsort(ratio[rows])
        weight = (count[inverse] ** -0.5)[order]
        at = (np.cumsum(weight) - weight / 2) / weight.sum()
        low, high = np.interp([0.1, 0.9], at, np.log(ratio[rows])[order])
        return float(np.exp(low)), float(np.exp(high))

    inside = []
    for name in np.unique(source):
        low, high = ends(source != name) if np.any(source != name) else (0.0, np.inf)
        inside += list((ratio[source == name] >= low) & (ratio[source == name] <= high))
    low, high = ends(np.ones(len(ratio), dtype=bool))
    error = np.abs(1 / ratio - 1)
    return Band(
        low=round(low, DIGITS), high=round(high, DIGITS), rows=len(ratio), sources=len(np.unique(source)),
        median_error=round(float(np.median(error)), DIGITS), p90_error=round(float(np.quantile(error, 0.9)), DIGITS),
        coverage=round(float(np.mean(inside)), DIGITS),
    )  # fmt: skip


def prefill_units(data: Data, size: tuple[float, float]) -> Vector:
    """`lib.speed.prefill.prefill_unit_tok_per_s` for all rows."""
    power = np.where(data.experts, size[1], size[0])
    crowd = np.where(np.char.startswith(data.group, "nvidia"), (data.peak_tflops / 100.0) ** power, 1.0)
    return np.asarray(data.peak_tflops * 1e12 * crowd / (2.0 * data.active))


def prefill_size(data: Data, used: NDArray[np.bool_]) -> tuple[float, float]:
    """Exponents by which large NVIDIA cards are used worse: slopes inside each source and group."""
    found = []
    for experts in (False, True):
        rows = used & np.isfinite(data.prefill * data.peak_tflops) & (data.experts == experts)
        rows &= np.char.startswith(data.group, "nvidia")
        _, part = np.unique(np.char.add(data.source[rows], data.prefill_group[rows]), return_inverse=True)
        x = np.log(data.peak_tflops[rows])
        y = np.log(data.prefill[rows] * data.active[rows] / data.peak_tflops[rows])
        each = np.maximum(np.bincount(part), 1)
        x, y = (v - (np.bincount(part, weights=v) / each)[part] for v in (x, y))
        found.append(float(x @ y / (x @ x + 1.0)))
    return found[0], found[1]


def fit_prefill(data: Data, used: NDArray[np.bool_], size: tuple[float, float]) -> dict[str, Prefill]:
    """Share of the peak rate for each group, dense and with experts; the vendor's gap of the two where one is missing."""
    share = np.log(data.prefill / prefill_units(data, size))
    usable = used & np.isfinite(share) & (data.prefill_group != "")

    def middle(rows: NDArray[np.bool_]) -> float:
        sources = np.unique(data.source[rows & usable])
        each = [np.median(share[rows & usable & (data.source == s)]) for s in sources]
        return float(np.mean(each)) if each else np.nan

    groups = np.unique(data.prefill_group[usable])
    dense = {g: middle((data.prefill_group == g) & ~data.experts) for g in groups}
    mixed = {g: middle((data.prefill_group == g) & data.experts) for g in groups}
    gaps = {str(g): mixed[g] - dense[g] for g in groups if np.isfinite(mixed[g] - dense[g])}
    found = {}
    for g in groups:
        kin = [v for k, v in gaps.items() if k.partition("-")[0] == g.partition("-")[0]]
        gap = float(np.median(kin or [*gaps.values(), 0.0]))
        d = dense[g] if np.isfinite(dense[g]) else mixed[g] - gap
        e = mixed[g] if np.isfinite(mixed[g]) else dense[g] + gap
        found[str(g)] = Prefill(dense=float(np.exp(d)), experts=float(np.exp(e)))
    return found


def prefill_without_own_source(data: Data) -> Vector:
    """Each prompt speed predicted by shares that have not seen its source; NaN where nothing is left."""
    usable = np.isfinite(data.prefill * data.peak_tflops) & data.fitted
    found = np.full(len(data.ids), np.nan)
    for source in np.unique(data.source[usable]):
        own = data.source == source
        size = prefill_size(data, data.fitted & ~own)
        shares, units = fit_prefill(data, data.fitted & ~own, size), prefill_units(data, size)
        for i in np.flatnonzero(own & usable):
            if share := shares.get(str(data.prefill_group[i])):
                found[i] = (share.experts if data.experts[i] else share.dense) * units[i]
    return found


def everything(data: Data) -> tuple[Calibration, Vector, Vector]:
    """The calibration, and decode and prompt speeds predicted without their own source."""
    theta = fit(data, data.fitted)
    decode, prompt = without_own_source(data, theta), prefill_without_own_source(data)
    fitted = calibration(theta)
    bands = {
        k: make_band((data.measured / decode)[rows], data.source[rows])
        for k in CLASSES
        if np.any(rows := (data.kind == k) & np.isfinite(decode))
    }
    known = np.isfinite(prompt)
    prefill_bands = {
        name: make_band((data.prefill / prompt)[rows], data.source[rows])
        for name, rows in (("dense", known & ~data.experts), ("experts", known & data.experts))
    }
    size = prefill_size(data, data.fitted)
    counts = {g: int(np.sum(data.fitted & (data.group == g))) for g in GROUPS}
    complete = fitted.model_copy(
        update={
            "input_sha256": input_sha256(), "rows": int(data.fitted.sum()), "bands": bands,
            "prefill_bands": prefill_bands, "prefill": fit_prefill(data, data.fitted, size), "prefill_size": size[0], "prefill_size_experts": size[1],
            "groups": {g: v.model_copy(update={"rows": counts[g]}) for g, v in fitted.groups.items()},
        }
    )  # fmt: skip
    return complete, decode, prompt


def toml(c: Calibration) -> str:
    """The calibration as a TOML file, four significant digits each."""
    lines = ["# Written by `python -m benchmarks.fit_speed`; do not edit.", ""]
    tables: list[tuple[str, dict[str, object]]] = []

    def shown(value: object) -> str:
        if isinstance(value, float):
            return repr(float(f"{value:.{DIGITS}g}"))
        if isinstance(value, list | tuple):
            return "[" + ", ".join(shown(v) for v in value) + "]"
        return str(value) if isinstance(value, int) else f'"{value}"'

    def walk(name: str, content: dict[str, object]) -> None:
        plain = {k: v for k, v in content.items() if not isinstance(v, dict)}
        if plain and name:
            tables.append((name, plain))
        elif plain:
            lines.extend(f"{k} = {shown(v)}" for k, v in plain.items())
        for k, v in content.items():
            if isinstance(v, dict):
                walk(f"{name}.{k}" if name else k, v)

    walk("", c.model_dump())
    for name, content in tables:
        lines += ["", f"[{name}]", *(f"{k} = {shown(v)}" for k, v in content.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    path = CATALOG / "calibration" / "speed.toml"
    path.write_text(toml(everything(load())[0]), encoding="utf-8")
    print(f"wrote {path.name}; python -m benchmarks.accuracy_speed shows how good it is")
