"""Fit the constants of `lib.speed` to the catalog's measurements and write `catalog/calibration/speed.toml`.

    python -m benchmarks.fit_speed

Every constant has a prior: groups of devices lean towards their vendor, vendors towards each other, so that a group
with few measurements is not bent by one of them. Residuals are logarithms of predicted over measured under a soft
loss; the many rows of one source on one device share their weight. Deterministic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed_data import (
    CATALOG,
    INPUTS,
    Data,
    Vector,
    added_up,
    cost_table,
    input_sha256,
    load,
    predict,
)
from benchmarks.speed_fitting import (
    DIGITS,
    Priors,
    Words,
    fit,
    honest_scale,
    make_band,
    powers,
    shared_weights,
    unseen_ends,
)
from benchmarks.speed_prompts import ALL as PROMPT_PRIORS
from benchmarks.speed_prompts import Prompts, fit_prompts, load_prompts, prompt_constants, prompts_left_out
from benchmarks.speed_several import Batches, fit_several
from lib.speed.bands import CLASSES
from lib.speed.calibration import Band, Calibration, Group, Processor, Runtime, Vendor

# name: (prior, spread of its logarithm, parent it multiplies)
PRIORS: dict[str, tuple[float, float, str | None]] = {"layer": (60.0, 0.5, None), "delta_layer": (1.3, 0.3, None)}
VENDORS = {"nvidia": (0.9, 1.0), "amd": (0.87, 1.0), "intel": (0.7, 1.0), "apple": (0.93, 0.8)}
for _vendor, (_efficiency, _compute) in VENDORS.items():
    PRIORS[f"{_vendor} efficiency"] = (_efficiency, 0.06, None)
    PRIORS[f"{_vendor} layer"] = (1.0, 0.35, "layer")
    PRIORS[f"{_vendor} compute"] = (_compute, 0.7, None)
    PRIORS[f"{_vendor} attention"] = (4.0, 0.7, None)
    PRIORS[f"{_vendor} delta_layer"] = (1.0, 0.25, "delta_layer")
    PRIORS[f"{_vendor} expert_layer"] = (1.9, 0.3, None)
    PRIORS[f"{_vendor} extra_norms"] = (1.5, 0.25, None)
    PRIORS[f"{_vendor} old_build"] = (1.6, 0.3, None)
PRIORS |= {
    "amd vulkan_layer": (0.85, 0.2, None), "intel vulkan_layer": (1.0, 0.3, None), "amd vulkan_attention": (1.2, 0.3, None),
}  # fmt: skip
GROUPS = (
    "nvidia-pascal", "nvidia-p100", "nvidia-volta", "nvidia-turing", "nvidia-ampere", "nvidia-hbm", "nvidia-unified",
    "amd-gcn", "amd-cdna", "amd-rdna", "amd-rdna4", "amd-unified", "intel-xe", "intel-xe2", "apple", "apple-ultra",
)  # fmt: skip
OWN_COMPUTE = (
    "nvidia-pascal", "nvidia-p100", "nvidia-turing", "nvidia-volta", "amd-gcn", "amd-rdna4", "intel-xe",
    "intel-xe2",
)  # fmt: skip
for _group in GROUPS:
    PRIORS[f"{_group} group efficiency"] = (1.0, 0.07, f"{_group.partition('-')[0]} efficiency")
    PRIORS[f"{_group} group layer"] = (1.0, 0.3, f"{_group.partition('-')[0]} layer")
    if _group.startswith(("amd", "intel")):
        PRIORS[f"{_group} group vulkan_layer"] = (1.0, 0.25, f"{_group.partition('-')[0]} vulkan_layer")
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
    "kv_factor": (1.1, 0.1), "linear_layer": (1.2, 0.2), "delta_old_build": (1.5, 0.4), "expert_old_build": (1.2, 0.3), "low_bits_compute": (2.5, 0.5),
    "card_ms": (0.35, 0.5), "offload_layer_us": (40.0, 0.7), "tensor_parallel_layer_us": (40.0, 0.7),
}  # fmt: skip
PROCESSOR = {
    "reach_at_100_gb_per_s": (0.68, 0.15), "reach_fall": (0.35, 0.12), "reach_of_measured": (0.85, 0.15),
    "phone_reach": (0.25, 0.4), "board_reach": (0.4, 0.4), "layer_us": (30.0, 0.5), "low_bits": (0.55, 0.3), "kv_factor": (1.5, 0.4),
}  # fmt: skip
# reach_fall: memory benchmarks of 8 to 12 channels reach 0.5 to 0.77 of the stated bandwidth, of two channels 0.94.
PRIORS |= {k: (*v, None) for k, v in SINGLE.items()} | {f"processor {k}": (*v, None) for k, v in PROCESSOR.items()}
PRIORS["whole answer"] = (1.05, 0.04, None)
ALL = Priors(PRIORS)
SOFT = 0.07
Predicted = Callable[[Vector], Vector]
OLD_BEFORE = {"nvidia": "2024-06", "amd": "2025-12", "intel": "2024-06", "apple": "2025-09"}
"""CUDA graphs came in May 2024; kernel fusion and concurrent Metal encoding in September 2025."""

DELTA_OLD_BEFORE = "2026-03"
"""Linear attention came to llama.cpp in November 2025 and got a kernel of its own in March 2026."""

EXPERT_OLD_BEFORE = "2025-11"
"""llama.cpp chooses experts in one kernel since pull requests 16130 (CUDA, September 2025) and 16641 (Vulkan, October)."""


def calibration(theta: Vector) -> Calibration:
    """The constants as `lib.speed` wants them, without bands."""
    v = ALL.constants(theta)
    processor = {k: v[f"processor {k}"] for k in PROCESSOR}
    processor["reach_exponent"] = -processor.pop("reach_fall")
    groups = {}
    for g in GROUPS:
        compute = v.get(f"{g} group compute", v[f"{g.partition('-')[0]} compute"])
        efficiency = min(v[f"{g} group efficiency"], 1.0)
        vulkan = v.get(f"{g} group vulkan_layer", 1.0)
        groups[g] = Group(
            efficiency=efficiency, layer_us=v[f"{g} group layer"], compute=compute, vulkan_layer=vulkan, rows=0
        )
    keys = ("expert_layer", "delta_layer", "extra_norms", "attention", "old_build")
    return Calibration(
        input_sha256="",
        inputs=INPUTS,
        rows=0,
        groups=groups,
        vendors={
            n: Vendor(
                old_before=OLD_BEFORE[n],
                vulkan_attention=v.get(f"{n} vulkan_attention", 1.0),
                **{k: v[f"{n} {k}"] for k in keys},
            )
            for n in VENDORS
        },
        runtimes={
            r: Runtime(layer=v[f"{r} runtime layer"], expert_layer=v[f"{r} runtime expert_layer"]) for r in RUNTIMES
        },
        delta_old_before=DELTA_OLD_BEFORE,
        expert_old_before=EXPERT_OLD_BEFORE,
        processor=Processor(**processor),
        **{k: v[k] for k in SINGLE},
    )


def expected(data: Data, theta: Vector) -> Vector:
    """What each source should have printed: the prediction, less what dividing by the whole time costs."""
    return predict(data, calibration(theta)) / np.where(data.whole, ALL.constants(theta)["whole answer"], 1.0)


def quick(data: Data) -> Predicted:
    """`expected`, with each cost a product of powers of the constants; the share of a CPU's bandwidth is not quite that."""
    table = powers(lambda theta: cost_table(data, calibration(theta)), ALL.start)

    def predicted(theta: Vector) -> Vector:
        v = ALL.constants(theta)
        speed = added_up(
            data, table(theta), together_us=v["tensor_parallel_layer_us"], offload_us=v["offload_layer_us"],
            card_ms=v["card_ms"],
        )  # fmt: skip
        return speed / np.where(data.whole, v["whole answer"], 1.0)

    return predicted


def fit_decode(
    data: Data,
    used: NDArray[np.bool_],
    start: Vector,
    sooner: Predicted | None = None,
) -> Vector:
    """Logarithms of the constants that suit the rows `used` best. `sooner` is `quick(data)`, where that is at hand."""
    weight = shared_weights(data.source[used], data.device[used])
    about = sooner or quick(data)
    return fit(
        ALL, lambda theta: expected(data, theta)[used], data.measured[used], weight, SOFT, start,
        quick=lambda theta: about(theta)[used],
    )  # fmt: skip


def decode_left_out(data: Data, theta: Vector, by: Words) -> Vector:
    """Each fitted row predicted by a fit that has not seen its source (or whatever `by` names); NaN for the others."""
    found, about = np.full(len(data.ids), np.nan), quick(data)
    for name in np.unique(by[data.fitted]):
        own = by == name
        found[own] = expected(data, fit_decode(data, data.fitted & ~own, theta, about))[own]
    return np.where(data.fitted, found, np.nan)


FEWEST_SOURCES = 3
PROMPT_CLASSES = ("dense", "experts", "offload")


def bands_of(ratio: Vector, kind: Words, source: Words, names: tuple[str, ...]) -> dict[str, Band]:
    """A band for each class. One with fewer than `FEWEST_SOURCES` sources gets the ends of all classes together."""
    known = np.isfinite(ratio)
    whole = make_band(ratio[known], source[known])
    found = {}
    for name in names:
        rows = known & (kind == name)
        if not np.any(rows):
            continue
        own = make_band(ratio[rows], source[rows])
        if own.sources < FEWEST_SOURCES:
            inside = float(np.mean((ratio[rows] >= whole.low) & (ratio[rows] <= whole.high)))
            own = own.model_copy(update={"low": whole.low, "high": whole.high, "coverage": round(inside, DIGITS)})
        found[name] = own
    return found


@dataclass(frozen=True)
class Found:
    """A whole fit: the calibration, the data, and every row predicted without its own source."""

    calibration: Calibration
    data: Data
    prompts: Prompts
    batches: Batches
    theta: Vector
    decode: Vector
    prompt: Vector
    several: Vector


def everything() -> Found:
    """Fit all constants and predict every measurement by fits that have not seen its source."""
    data = load()
    theta = fit_decode(data, data.fitted, ALL.start)
    decode = decode_left_out(data, theta, data.source)
    prompts = load_prompts()
    prompt_theta = fit_prompts(prompts, PROMPT_PRIORS.start)
    prompt = prompts_left_out(prompts, prompt_theta, prompts.source)
    fitted, read = calibration(theta), prompt_constants(prompt_theta)
    groups = {g: v.model_copy(update={"rows": int(np.sum(prompts.group == g))}) for g, v in read.groups.items()}
    fitted = fitted.model_copy(update={"prompt": read.model_copy(update={"groups": groups})})
    several, batches, unseen = fit_several(fitted)
    seen = data.fitted

    def counted(of: Words, name: str) -> dict[str, int]:
        return {"rows": int(np.sum(seen & (of == name)))}

    complete = fitted.model_copy(
        update={
            "input_sha256": input_sha256(), "rows": int(seen.sum()), "several": several,
            "bands": bands_of(data.measured / decode, data.kind, data.source, CLASSES),
            "prefill_bands": bands_of(prompts.measured / prompt, prompts.kind, prompts.source, PROMPT_CLASSES),
            "groups": {g: v.model_copy(update=counted(data.group, g)) for g, v in fitted.groups.items()},
            "runtimes": {r: v.model_copy(update=counted(data.runtime, r)) for r, v in fitted.runtimes.items()},
        }
    )  # fmt: skip
    return Found(complete, data, prompts, batches, theta, decode, prompt, unseen)


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
                key = f'"{k}"' if "." in k else k
                walk(f"{name}.{key}" if name else key, v)

    walk("", c.model_dump(exclude_none=True))
    for name, content in tables:
        lines += ["", f"[{name}]", *(f"{k} = {shown(v)}" for k, v in content.items())]
    return "\n".join(lines) + "\n"


def rows_csv(found: Found) -> str:
    """Every measurement beside what a fit that has not seen its source says, with that fit's range."""
    lines = []
    d, p, b = found.data, found.prompts, found.batches
    parts = np.char.add(np.char.add(b.device, " "), b.model)
    for kind, ids, predicted, measured, names, source, by in (
        ("decode", d.ids, found.decode, d.measured, d.kind, d.source, d.source),
        ("prefill", p.ids, found.prompt, p.measured, p.kind, p.source, p.source),
        ("several", b.ids, found.several, b.measured, b.engine, b.source, parts),
    ):
        known = np.isfinite(predicted * measured)
        for name in np.unique(names[known]):
            at = np.flatnonzero((names == name) & known)
            few = len(np.unique(by[at])) < FEWEST_SOURCES
            pool = np.flatnonzero(known) if few else at
            ratio = measured[pool] / predicted[pool]
            low, high = unseen_ends(ratio, by[pool], honest_scale(ratio, by[pool]))
            for i, first, last in zip(pool, predicted[pool] * low, predicted[pool] * high, strict=True):
                if names[i] == name:
                    numbers = ",".join(f"{v:.5g}" for v in (measured[i], predicted[i], first, last))
                    lines.append(f"{ids[i]},{kind},{name},{source[i]},{numbers}")
    return (
        "\n".join(["measurement,kind,class,source,measured,predicted_unseen_tok_per_s,low,high", *sorted(lines)]) + "\n"
    )


if __name__ == "__main__":
    whole = everything()
    folder = CATALOG / "calibration"
    (folder / "speed.toml").write_text(toml(whole.calibration), encoding="utf-8")
    (folder / "speed_rows.csv").write_text(rows_csv(whole), encoding="utf-8")
    print("wrote speed.toml and speed_rows.csv; python -m benchmarks.accuracy_speed shows how good they are")
