"""What a quantization costs a model in quality, from what was measured on models like it.

Nothing here extrapolates: where no model near enough was measured in a format, or in two formats
around it, the loss is not known. A perplexity is only ever compared with that of the same model
without quantization, on the same text and by the same source.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lib.catalog.schema import QuantizationLoss

Metric = Literal["perplexity", "kl-divergence", "accuracy"]
Row = QuantizationLoss

LARGEST_SIZE_RATIO = 4.0
"""A model counts as near when it has at most this many times the parameters, or at least that share of them."""
NEAREST_MODELS = 2
"""Of how many near models the band is made. More would mix in ever less similar ones."""
MOST_BITS_BETWEEN = 2.0
"""A format is placed between two measured ones only where they lie this close, in bits a weight."""
ACCURACY = ("mmlu-pro", "mmlu", "openllm-v1")
_SIXTEEN_BIT = ("F16", "BF16", "FP16", "bf16", "f16")
_VARIANT = re.compile(r" pure$|^UD-|_XL$")


@dataclass(frozen=True)
class Loss:
    """The band of what was measured on the models named.

    Perplexity: the rise as a share (0.03 is 3 %); KL divergence: nats a token; accuracy: points of
    per cent given up. A negative value is a gain, which is noise.
    """

    low: float
    high: float
    metric: Metric
    measured_on: tuple[str, ...]
    """Models, nearest first."""
    rows: tuple[Row, ...]
    """What was measured, in the order of the models."""
    between: bool
    """Whether no such format was measured, so that the value lies between its neighbours in bits."""


def family_of(name: str) -> str:
    """Line and generation of a model from its name or id: `llama-3.3-70b-instruct` and "Llama 3 8B" are "llama-3".

    A number is a generation unless it counts parameters (70b, 8x7b).
    """
    words = re.findall(r"[a-z]+|\d+(?:\.\d+)?(?:x\d+)?[bm]?(?![a-z0-9.])|\d+", name.lower())
    line: list[str] = []
    for word in words:
        if not word[0].isdigit():
            line.append(word)
            continue
        generation = "" if word[-1] in "bm" or "x" in word else f"-{int(float(word))}"
        return "-".join(line) + generation
    return "-".join(line)


def _line(family: str) -> str:
    return family.rstrip("-0123456789")


def cost(row: Row) -> float:
    """What the format cost in this row, in the unit of its metric; see `Loss`."""
    if row.baseline_value is None:
        return row.value
    return row.value / row.baseline_value - 1 if row.metric == "perplexity" else row.baseline_value - row.value


def metric_of(row: Row) -> Metric:
    return row.metric if row.metric in ("perplexity", "kl-divergence") else "accuracy"


def container_of(format_id: str) -> str:
    """The kind of file, within which formats follow one curve: GGUF's legacy, K and I types, and each other container."""
    name = _VARIANT.sub("", format_id)
    if re.fullmatch(r"Q\d_K(_[SML])?", name):
        return "gguf-k"
    if re.fullmatch(r"Q\d_[01]", name):
        return "gguf-legacy"
    if re.fullmatch(r"IQ\d_(XXS|XS|S|M|NL)", name):
        return "gguf-i"
    return name.partition("-")[0]


def loss(
    rows: Iterable[Row],
    format_id: str,
    bits_per_weight: float,
    *,
    name: str,
    parameters_b: float,
    experts: bool,
    metric: Metric,
) -> Loss | None:
    """What `format_id` costs a model, as the band over the nearest models it was measured on; `None` where none is near.

    `bits_per_weight` is the file's bits by the model's parameters, `parameters_b` those in billions. Near is
    a model of a size within `LARGEST_SIZE_RATIO`, mixture of experts like with like; nearer is one of the
    same family, then of the same line, then of the more similar size. Where the very model was measured it
    stands alone. A format not measured on a model takes the value between its neighbours of the same
    container, on a straight line of log loss against bits (the loss falls about 3.5-fold a bit).
    """
    found: dict[tuple[tuple[int, float], str], list[tuple[float, Row, bool]]] = defaultdict(list)
    for model, given in _studies(rows, metric).items():
        size = abs(math.log(given[0].parameters_b / parameters_b))
        if given[0].experts == experts and size <= math.log(LARGEST_SIZE_RATIO) + 1e-9:
            far = _far(name, model, size)
            found[far, model] += [(v, r, between) for v, r, between in _values(given, format_id, bits_per_weight)]
    near = [key for key in sorted(found) if found[key]]
    near = near[:1] if near and near[0][0][0] == 0 else near[:NEAREST_MODELS]
    picked = [item for key in near for item in found[key]]
    if not picked:
        return None
    values = [value for value, _, _ in picked]
    return Loss(
        min(values), max(values), metric, tuple(model for _, model in near),
        tuple(dict.fromkeys(row for _, row, _ in picked)), any(between for _, _, between in picked),
    )  # fmt: skip


def _studies(rows: Iterable[Row], metric: Metric) -> Mapping[str, Sequence[Row]]:
    """Rows of weights against 16 bits in one metric, by model."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.part == "weights" and metric_of(row) == metric and row.baseline_format in _SIXTEEN_BIT:
            found[row.model].append(row)
    return found


def _far(name: str, measured: str, size: float) -> tuple[int, float]:
    """How unlike two models are: 0 the very model, 1 same family, 2 same line, 3 another; then by size."""
    ours, theirs = family_of(name), family_of(measured)
    if _plain(name) == _plain(measured):
        return 0, size
    return 1 if ours == theirs else 2 if _line(ours) == _line(theirs) else 3, size


def _plain(name: str) -> str:
    words = re.findall(r"[a-z]+|[\d.]+b?", name.lower())
    return " ".join(w for w in words if w not in ("instruct", "it", "chat"))


def _values(given: Sequence[Row], format_id: str, bits: float) -> list[tuple[float, Row, bool]]:
    """Cost of the format on one model: every row of it, else between its neighbours in bits of one source and container."""
    exact = [(cost(row), row, False) for row in given if row.format == format_id]
    if exact:
        return exact
    kin: dict[tuple[str, str | None, str], list[tuple[float, float, Row]]] = defaultdict(list)
    for row in given:
        if row.bits_per_weight is not None and container_of(row.format) == container_of(format_id):
            place = row.source, row.dataset, row.metric
            kin[place].append((row.bits_per_weight, cost(row), row))
    found: list[tuple[float, Row, bool]] = []
    for points in kin.values():
        below = [p for p in points if p[0] <= bits]
        above = [p for p in points if p[0] >= bits]
        if not below or not above:
            continue
        under, over = max(p[0] for p in below), min(p[0] for p in above)
        if over - under > MOST_BITS_BETWEEN:
            continue
        for pick in (min, max):
            low = pick((p for p in below if p[0] == under), key=lambda p: p[1])
            high = pick((p for p in above if p[0] == over), key=lambda p: p[1])
            value = _on_line(low, high, bits)
            found += [(value, low[2], True), (value, high[2], True)]
    return found


def _on_line(low: tuple[float, float, Row], high: tuple[float, float, Row], bits: float) -> float:
    share = (bits - low[0]) / (high[0] - low[0]) if high[0] > low[0] else 0.0
    if low[1] > 0 and high[1] > 0:
        return math.exp(math.log(low[1]) * (1 - share) + math.log(high[1]) * share)
    return low[1] * (1 - share) + high[1] * share


def cache_loss(rows: Iterable[Row], cache_type: str, metric: Metric) -> Loss | None:
    """What a type of the KV cache cost, over every model measured: too few were for a choice by size."""
    given = [r for r in rows if r.part == "kv-cache" and r.format == cache_type and metric_of(r) == metric]
    if not given:
        return None
    values = [cost(r) for r in given]
    return Loss(min(values), max(values), metric, tuple(dict.fromkeys(r.model for r in given)), tuple(given), False)


def stand_in_ratios(rows: Iterable[Row], metric: Metric = "perplexity") -> list[float]:
    """How far the loss of one model was from that of another standing in for it, as ratios of at least 1.

    Every pair of near models measured in the same format of weights: this is how wrong a band by a
    neighbour is. Values within noise of zero (a rise below 0.1 %) are left out.
    """
    studies = list(_studies(rows, metric).items())
    ratios = []
    for i, (_, first) in enumerate(studies):
        for _, second in studies[i + 1 :]:
            if first[0].experts != second[0].experts:
                continue
            if abs(math.log(first[0].parameters_b / second[0].parameters_b)) > math.log(LARGEST_SIZE_RATIO):
                continue
            a, b = _mean_by_format(first), _mean_by_format(second)
            ratios += [max(a[f] / b[f], b[f] / a[f]) for f in a if f in b and min(a[f], b[f]) > 1e-3]
    return sorted(ratios)


def _mean_by_format(given: Sequence[Row]) -> dict[str, float]:
    by: dict[str, list[float]] = defaultdict(list)
    for row in given:
        by[row.format].append(cost(row))
    return {name: sum(values) / len(values) for name, values in by.items()}
