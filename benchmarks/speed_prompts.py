"""Fit and check how fast prompts are read."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed_data import NOT_FITTED, Case, Setting, Vector, cases
from benchmarks.speed_fitting import Priors, Words, fit, powers, shared_weights
from lib.speed.calibration import Prompt, PromptGroup, PromptVendor
from lib.speed.device import group_of, matrix_tflops
from lib.speed.prefill import PromptCosts, PromptWork, pipeline_gain, prompt_costs, prompt_seconds

VENDORS = {"nvidia": 0.45, "amd": 0.5, "intel": 0.2, "apple": 0.7}
ATTENTION = {"nvidia": 0.2, "amd": 0.08, "intel": 0.2, "apple": 0.2}
"""AMD's usual builds attend without matrix units, which have two to four times the rate of the others."""
OLD_BEFORE = {"nvidia": "2024-06", "amd": "2026-01", "intel": "2024-06", "apple": "2024-06"}
"""From when on a build counts as new. AMD's date is read off the measurements, of three tried the one that predicts sources
left out best: from then on attention and experts are computed quicker there, the rest hardly."""
GROUPS = {
    "nvidia-pascal": 1.0, "nvidia-p100": 1.0, "nvidia-volta": 1.0, "nvidia-turing": 1.0, "nvidia-ampere": 1.3, "nvidia-hbm": 0.7,
    "nvidia-unified": 1.0, "amd-gcn": 0.7, "amd-cdna": 0.4, "amd-rdna": 1.0, "amd-rdna4": 1.0, "amd-unified": 1.0,
    "intel-xe": 1.0, "intel-xe2": 1.0, "apple": 1.0, "apple-ultra": 1.0,
}  # fmt: skip
"""Prior share relative to the vendor's: server chips reach less of their large rates."""
RUNTIMES = {"mlx": 1.2, "llamafile": 0.8, "vllm": 1.5}
PRIORS: dict[str, tuple[float, float, str | None]] = {}
for _vendor, _share in VENDORS.items():
    PRIORS |= {
        f"{_vendor} share": (_share, 0.5, None), f"{_vendor} half_batch": (40.0, 0.7, None),
        f"{_vendor} layer_us": (200.0, 0.7, None), f"{_vendor} attention": (ATTENTION[_vendor], 0.8, None),
        f"{_vendor} half_precision": (1.0, 0.15, None), f"{_vendor} vulkan_half": (0.5, 0.5, None),
        f"{_vendor} old_build": (0.8, 0.2, None), f"{_vendor} old_half_batch": (1.5, 0.4, None),
        f"{_vendor} old_attention": (0.8, 0.3, None),
    }  # fmt: skip
PRIORS |= {f"{g} group": (p, 0.3, f"{g.partition('-')[0]} share") for g, p in GROUPS.items()}
PRIORS |= {"nvidia vulkan": (0.8, 0.3, None), "amd vulkan": (0.8, 0.3, None), "intel vulkan": (0.8, 0.3, None)}
PRIORS |= {f"{g} group vulkan": (1.0, 0.3, f"{v} vulkan") for g in GROUPS if (v := g.partition("-")[0]) != "apple"}
PRIORS |= {f"{r} runtime": (p, 0.2, None) for r, p in RUNTIMES.items()}
PRIORS["unified"] = (0.7, 0.4, None)
# Chips that share their memory and their power with a CPU reach less of their rate, whoever makes them.
PRIORS |= {
    "reading": (1.1, 0.1, None),
    "size": (0.95, 0.1, None),
    "host_gb_per_s": (12.0, 0.4, None),
    "pipeline": (0.5, 0.3, None),
}
ALL = Priors(PRIORS)
SOFT = 0.12
FEWEST_TOKENS = 256


@dataclass(frozen=True)
class Prompts:
    """One entry for each measured prompt."""

    ids: Words
    source: Words
    device: Words
    group: Words
    kind: Words
    """`dense`, `experts` or, with weights in system RAM, `offload`."""
    measured: Vector
    cards: Vector
    tokens: Vector
    micro_batch: Vector
    half_precision: NDArray[np.bool_]
    setting: NDArray[np.intp]
    settings: tuple[Setting, ...]
    work: PromptWork

    def only(self, rows: NDArray[np.bool_]) -> Prompts:
        """The entries marked."""
        work = PromptWork(**{f.name: np.asarray(getattr(self.work, f.name))[rows] for f in fields(PromptWork)})
        kept = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in ("settings", "work")}
        return Prompts(settings=self.settings, work=work, **kept)


def usable(case: Case) -> bool:
    """Whether a prompt was read in a way the model covers: layers one after the other, a known runtime, a path that is not known slow."""
    m = case.row
    if case.tensor or case.devices[0].is_processor or case.runtime not in ("llama.cpp", *RUNTIMES):
        return False
    if not m["prefill_tok_per_s"] or case.number("n_prompt") < FEWEST_TOKENS or not case.pools[0]["shared_parameters"]:
        return False
    slow = "slow path" in m["note"] or any(w in m["note"] for w in NOT_FITTED)
    return not slow and not m["runtime"].startswith("ik_") and (m["concurrency"] or "1") == "1"


def load_prompts() -> Prompts:
    """Every usable prompt whose device's rate is known."""
    one: dict[str, list[object]] = {f.name: [] for f in fields(Prompts)}
    work: dict[str, list[float]] = {f.name: [] for f in fields(PromptWork)}
    settings: dict[Setting, int] = {}
    for case in filter(usable, cases()):
        try:
            matrix_tflops(case.devices[0])
        except ValueError:
            continue
        share = float(case.pools[0]["expert_share"])
        whole = [float(p["weight_bytes"]) + float(p["routed_bytes"] or 0) * (1 / share - 1) for p in case.pools]
        away = sum(w for w, d in zip(whole, case.devices, strict=True) if d.is_processor)
        first = case.pools[0]
        values = {
            "shared_parameters": float(first["shared_parameters"]), "routed_parameters": float(first["routed_parameters"]),
            "expert_share": share, "weight_bytes": sum(whole), "layers": sum(float(p["layers"]) for p in case.pools),
            "expert_layers": sum(float(p["expert_layers"]) for p in case.pools),
            "attention_flops": float(first["prompt_attention_flops"]), "host_bytes": away,
        }  # fmt: skip
        for name, number in values.items():
            work[name].append(number)
        for name, value in (
            ("ids", case.row["id"]), ("source", case.source), ("device", first["device"]),
            ("group", group_of(case.devices[0])), ("kind", "offload" if away else "experts" if share < 1 else "dense"),
            ("measured", case.number("prefill_tok_per_s")), ("cards", float(case.cards)), ("tokens", case.number("n_prompt")),
            ("micro_batch", case.micro_batch()),
            ("half_precision", case.row["quantization"].upper() in ("F16", "BF16", "FP16")),
            ("setting", settings.setdefault(case.setting, len(settings))),
        ):  # fmt: skip
            one[name].append(value)
    arrays = {f.name: np.array(one[f.name]) for f in fields(Prompts) if f.name not in ("settings", "work")}
    return Prompts(settings=tuple(settings), work=PromptWork(**{k: np.array(v) for k, v in work.items()}), **arrays)


def prompt_constants(theta: Vector) -> Prompt:
    """The constants as `lib.speed.prefill` wants them, without counts."""
    v = ALL.constants(theta)
    unified = {g: v["unified"] if g.endswith("unified") else 1.0 for g in GROUPS}
    keys = (
        "half_batch",
        "layer_us",
        "attention",
        "half_precision",
        "vulkan_half",
        "old_build",
        "old_half_batch",
        "old_attention",
    )
    return Prompt(
        reading=v["reading"],
        size=float(np.log(v["size"])),
        host_gb_per_s=v["host_gb_per_s"],
        pipeline=v["pipeline"],
        groups={
            g: PromptGroup(share=v[f"{g} group"] * unified[g], vulkan=v.get(f"{g} group vulkan", 1.0), rows=0)
            for g in GROUPS
        },
        vendors={n: PromptVendor(old_before=OLD_BEFORE[n], **{k: v[f"{n} {k}"] for k in keys}) for n in VENDORS},
        runtimes={r: v[f"{r} runtime"] for r in RUNTIMES},
    )


def cost_table(data: Prompts, prompt: Prompt) -> Vector:
    """Every cost in every setting; `[costs, settings]`."""
    each = [prompt_costs(d, prompt, runtime=r, backend=b, build_date=t) for d, r, b, t in data.settings]
    return np.array([[getattr(e, f.name) for e in each] for f in fields(PromptCosts)])


def added_up(data: Prompts, table: Vector, prompt: Prompt) -> Vector:
    """Tokens per second of each entry, from the costs of its setting."""
    c = PromptCosts(**{f.name: table[i][data.setting] for i, f in enumerate(fields(PromptCosts))})
    gain = pipeline_gain(prompt, data.cards, data.tokens, data.micro_batch)
    seconds = prompt_seconds(
        c, data.work, prompt_tokens=data.tokens, micro_batch=data.micro_batch, half_precision=data.half_precision
    )
    return np.asarray(gain / seconds)


def prompt_speeds(data: Prompts, theta: Vector) -> Vector:
    """Tokens per second predicted for each entry."""
    prompt = prompt_constants(theta)
    return added_up(data, cost_table(data, prompt), prompt)


def fit_prompts(data: Prompts, start: Vector) -> Vector:
    """Logarithms of the constants that suit these prompts best."""
    weight = shared_weights(data.source, data.device)
    table = powers(lambda theta: cost_table(data, prompt_constants(theta)), ALL.start)
    return fit(
        ALL, lambda theta: prompt_speeds(data, theta), data.measured, weight, SOFT, start,
        quick=lambda theta: added_up(data, table(theta), prompt_constants(theta)),
    )  # fmt: skip


def prompts_left_out(data: Prompts, theta: Vector, by: Words) -> Vector:
    """Each prompt predicted by a fit that has not seen its source (or whatever `by` names)."""
    found = np.full(len(data.ids), np.nan)
    for name in np.unique(by):
        own = by == name
        found[own] = prompt_speeds(data.only(own), fit_prompts(data.only(~own), theta))
    return found
