"""Fit and check several conversations at once against measurements of such."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from benchmarks.speed_data import Case, Vector, cases
from benchmarks.speed_fitting import Priors, Words, fit, make_band, shared_weights
from lib.speed.calibration import Calibration, Engine, Several
from lib.speed.concurrency import added_seconds, engine_of, experts_touched, rate_flops
from lib.speed.decode import LOW_BITS_PER_WEIGHT, Costs, PoolRead, costs, fixed_seconds, reading_seconds

ENGINES = {
    "llama.cpp": (0.5, 0.3, 32.0), "apple": (0.2, 0.5, 32.0), "vllm": (0.6, 0.6, 1.0), "tensorrt-llm": (0.6, 0.6, 1.0),
}  # fmt: skip
"""Prior shares of few and of many conversations, and from how many on a matrix is full: llama.cpp's kernels take 32."""
PRIORS: dict[str, tuple[float, float, str | None]] = {"spread": (0.8, 0.3, None)}
for _engine, (_few, _many, _full) in ENGINES.items():
    _spread = 0.8 if _full > 1 else 0.1  # of server engines only the sum with the fixed cost is known
    PRIORS |= {
        f"{_engine} few": (_few, 0.8, None), f"{_engine} many": (_many, _spread, None), f"{_engine} user_us": (30.0, 0.8, None),
    }  # fmt: skip
ALL = Priors(PRIORS)
SOFT = 0.15


@dataclass(frozen=True)
class Batches:
    """One entry for each measurement of several conversations, all on devices alike."""

    ids: Words
    source: Words
    device: Words
    model: Words
    engine: Words
    measured: Vector
    users: Vector
    cards: Vector
    tokens: Vector
    """Length of prompt and answer where the rate divides by the whole time; 0 where only generating was timed."""
    once: Vector
    """Seconds of a step that do not grow with conversations, for one: without the routed experts."""
    routed: Vector
    """Seconds for the routed experts of one conversation."""
    own: Vector
    """Seconds each conversation's keys and values take."""
    flops: Vector
    rate: Vector
    share: Vector


def load_batches(calibration: Calibration) -> Batches:
    """The measurements, with what decoding costs according to the calibration."""
    one: dict[str, list[object]] = {f.name: [] for f in fields(Batches)}
    for case in cases():
        if case.number("concurrency") > 1 and case.row["decode_tok_per_s"] and len(case.pools) == 1:
            for name, value in _entry(case, calibration).items():
                one[name].append(value)
    return Batches(**{k: np.array(v) for k, v in one.items()})


def _entry(case: Case, calibration: Calibration) -> dict[str, object]:
    p, m = case.pools[0], case.row
    device, runtime, backend, date = case.setting
    c: Costs = costs(device, calibration, runtime=runtime, backend=backend, build_date=date)
    cards = float(case.cards) if case.tensor else 1.0
    active, weight, routed = (float(p[k]) for k in ("active_parameters", "weight_bytes", "routed_bytes"))
    low_bits = weight * 8 / active < LOW_BITS_PER_WEIGHT

    def read(weight_bytes: float, kv: float, flops: float, parameters: float) -> float:
        pool = PoolRead(device, weight_bytes, 0.0, kv_bytes=kv, attention_flops=flops)
        return float(reading_seconds(c, pool, parameters, low_bits)) / cards

    layers = {k: float(p[k]) for k in ("layers", "expert_layers", "linear_layers", "delta_layers")}
    fixed = float(fixed_seconds(c, PoolRead(device, weight, **layers), p["extra_norms"] == "1"))
    fixed += layers["layers"] * calibration.tensor_parallel_layer_us * 1e-6 if case.tensor else 0.0
    whole = m["note"].startswith("output tokens over total latency")
    return {
        "ids": m["id"], "source": case.source, "device": p["device"], "model": m["model"],
        "engine": engine_of(device, runtime)[0], "measured": case.number("decode_tok_per_s"),
        "users": case.number("concurrency"), "cards": cards, "tokens": case.number("n_prompt") if whole else 0.0,
        "once": read(weight - routed, 0.0, 0.0, active) + fixed, "routed": read(routed, 0.0, 0.0, 0.0),
        "own": read(0.0, float(p["kv_bytes"]), float(p["attention_flops"]), 0.0),
        "flops": 2.0 * active / cards, "rate": rate_flops(device), "share": float(p["expert_share"] or 1.0),
    }  # fmt: skip


def several_constants(theta: Vector, data: Batches | None = None) -> Several:
    """The constants as `lib.speed.concurrency` wants them; counts where the data is given."""
    v = ALL.constants(theta)
    engines = {}
    for name, (*_, full) in ENGINES.items():
        own = data.engine == name if data is not None else np.zeros(0, dtype=bool)
        devices = len(np.unique(data.device[own])) if data is not None else 0
        engines[name] = Engine(
            few=v[f"{name} few"] if full > 1 else v[f"{name} many"], many=v[f"{name} many"], user_us=v[f"{name} user_us"], matrix_from=full,
            rows=int(own.sum()), devices=devices,
        )  # fmt: skip
    return Several(spread=v["spread"], engines=engines)


def batch_speeds(data: Batches, theta: Vector) -> Vector:
    """Tokens per second of all conversations together: `lib.speed.concurrency.concurrent` for all entries at once."""
    several = several_constants(theta)
    more = experts_touched(data.users, data.share) / data.share - 1.0
    step = data.once + data.routed * (1.0 + several.spread * more) + data.users * data.own
    for name, engine in several.engines.items():
        mine = data.engine == name
        added = added_seconds(engine, data.users[mine], data.flops[mine], data.rate[mine])
        step[mine] += added + (data.users[mine] - 1.0) * engine.user_us * 1e-6
        # A server reads prompts as it computes many conversations: prompts as long as answers take as many operations.
        prompts = data.users[mine] * data.flops[mine] / data.rate[mine] / engine.many
        step[mine] += np.where(data.tokens[mine] > 0, prompts, 0.0)
    return np.asarray(data.users / step)


def _fit(data: Batches, used: np.ndarray[tuple[int], np.dtype[np.bool_]], start: Vector) -> Vector:
    part = Batches(**{f.name: getattr(data, f.name)[used] for f in fields(Batches)})
    weight = 3.0 * shared_weights(part.engine, part.device)
    return fit(ALL, lambda theta: batch_speeds(part, theta), part.measured, weight, SOFT, start)


def fit_several(calibration: Calibration) -> tuple[Several, Batches, Vector]:
    """The constants, the data, and each entry predicted by a fit that has not seen its model and device together.

    Engines were published by one source each, so what can be left out is a model on a device.
    """
    data = load_batches(calibration)
    everything = np.ones(len(data.ids), dtype=bool)
    theta = _fit(data, everything, ALL.start)
    unseen = np.full(len(data.ids), np.nan)
    parts = np.char.add(np.char.add(data.device, " "), data.model)
    for name in np.unique(parts):
        own = parts == name
        unseen[own] = batch_speeds(data, _fit(data, ~own, theta))[own]
    found, ratio = several_constants(theta, data), data.measured / unseen
    engines = {
        name: engine.model_copy(update={"band": make_band(ratio[data.engine == name], parts[data.engine == name])})
        for name, engine in found.engines.items()
    }
    return found.model_copy(update={"band": make_band(ratio, parts), "engines": engines}), data, unseen
