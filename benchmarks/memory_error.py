"""How wrong our sizes are against the engine, and how wrong the rules of thumb people use are on the same cases.

    python -m benchmarks.memory_error

Writes `catalog/calibration/memory_error.csv`, which the page Memory shows: for each part of memory and class of
cases the median, 95th percentile and largest error in per cent of the engine's figure. Deterministic: the same
engine tables give the same file. Inputs are `catalog/engine/*`; see `accuracy_buffers` and `accuracy_weights`.

The total of a case is the tensors of a file (Q4_K_M and Q8_0) with the KV cache and the compute buffers of one
run on one card, ours against the engine's.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from pathlib import Path

import numpy as np

from benchmarks.accuracy_buffers import ENGINE_DATA, Case, architectures, cases, compute_mib, kv_bytes
from benchmarks.accuracy_weights import File, engine_files, published_files
from lib.architecture import Architecture
from lib.sizing.formats import FORMATS
from lib.sizing.kv_cache import ENGINE
from lib.sizing.pools import MIB
from lib.sizing.weights import parameters, weights

TABLE = ENGINE_DATA.parent / "calibration" / "memory_error.csv"
COLUMNS = ("part", "class", "method", "cases", "exact", "median_pct", "p95_pct", "max_pct", "engine", "inputs")
OURS = "this site"
RULES = ("parameters × bits / 8", "parameters × bits / 8 × 1.2", "0.6 bytes a parameter")
TOTAL_FORMATS = ("Q4_K_M", "Q8_0")
Pair = tuple[float, float]
"""Somebody's figure and the engine's."""


def named_bits(form: str) -> int:
    """The bits in a format's name, which is what the rules are used with: 4 for Q4_K_M, 16 for BF16."""
    return 16 if form in ("F16", "BF16") else int(next(c for c in form if c.isdigit()))


def rules_of_thumb(a: Architecture, form: str) -> dict[str, float]:
    """Bytes three rules in common use give for a model in a format; the last only speaks of four bits."""
    total = parameters(a)[0]
    plain = total * named_bits(form) / 8
    found = dict(zip(RULES, (plain, plain * 1.2), strict=False))
    return found | ({RULES[2]: 0.6 * total} if named_bits(form) == 4 else {})


def _line(part: str, group: str, method: str, pairs: list[Pair], exact: int | None = None) -> dict[str, object]:
    """`exact` counts cases; by default those within what the engine prints, a hundredth of a MiB."""
    ours, engine = np.array(pairs).T
    error = 100 * np.abs(ours / engine - 1)
    close = int((np.abs(ours - engine) < 0.01 * MIB).sum())
    return {
        "part": part, "class": group, "method": method, "cases": len(pairs), "exact": close if exact is None else exact,
        "median_pct": f"{np.median(error):.4f}", "p95_pct": f"{np.percentile(error, 95):.4f}", "max_pct": f"{error.max():.4f}", "engine": ENGINE,
    }  # fmt: skip


def weight_lines(shapes: dict[str, Architecture]) -> Iterator[dict[str, object]]:
    """Files, the engine's own and published ones; and the rules on the same cases.

    Exact is a file of the engine whose tensors all have our types and bytes: the rest of it is metadata,
    of which the tokenizer is estimated.
    """
    engine, published = engine_files(), published_files()
    kinds: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("all formats", lambda f: True),
        ("K mixtures", lambda f: f.startswith("Q") and "_K" in f),
        ("I mixtures", lambda f: f.startswith("IQ")),
        ("the older types", lambda f: f in ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")),
        ("16 bits", lambda f: f in ("F16", "BF16")),
    )
    for title, belongs in kinds:
        files = [f for f in engine if belongs(f.format)]
        exact = sum(f.is_exact(shapes[f.model]) for f in files)
        yield _line("weights", f"files of the engine, {title}", OURS, [_file(f, shapes) for f in files], exact)
    for title, to_the_byte in (("to the byte", True), ("rounded by the publisher", False)):
        files = [f for f in published if (f.rounded_to_bytes == 1) == to_the_byte]
        yield _line("weights", f"published files, {title}", OURS, [_file(f, shapes) for f in files])
    for rule in RULES:
        told = [
            (rules_of_thumb(shapes[f.model], f.format).get(rule), f.file_bytes)
            for f in engine
            if _has_bits(f.format) and not f.native_experts
        ]
        yield _line("weights", "files of the engine, all formats", rule, [(v, e) for v, e in told if v is not None])


def _has_bits(form: str) -> bool:
    return form in FORMATS and any(c.isdigit() for c in form)


def _file(file: File, shapes: dict[str, Architecture]) -> Pair:
    return file.ours(shapes[file.model]).file_bytes, file.file_bytes


def buffer_lines(shapes: dict[str, Architecture], runs: list[Case]) -> Iterator[dict[str, object]]:
    """KV cache and compute buffers."""
    caches: tuple[tuple[str, Callable[[Case], bool]], ...] = (
        ("all", lambda r: True),
        ("f16", lambda r: r.type_k == r.type_v == "f16"),
        ("quantized", lambda r: r.type_k[0] == "q"),
        ("several slots", lambda r: r.slots > 1),
    )
    for title, belongs in caches:
        yield _line("KV cache", title, OURS, [(kv_bytes(shapes[r.model], r), r.kv_bytes) for r in runs if belongs(r)])
    ours = [(r, found) for r in runs if (found := compute_mib(shapes[r.model], r)) is not None]
    places: tuple[tuple[str, Callable[[Case], bool]], ...] = (
        ("on the CPU", lambda r: r.cards == 0),
        ("on one card", lambda r: r.cards == 1),
        ("on each of several cards", lambda r: r.cards > 1),
    )
    for title, there in places:
        for kind, attention in (("flash attention", True), ("no flash attention", False)):
            pairs = [
                (mine * MIB, theirs * MIB)
                for r, (host, cards) in ours
                if there(r) and r.flash_attention == attention
                for mine, theirs in (zip(cards, r.gpu_mib, strict=True) if r.cards else ((host, r.host_mib),))
            ]
            yield _line("compute buffer", f"{title}, {kind}", OURS, pairs)


def total_lines(shapes: dict[str, Architecture], runs: list[Case]) -> Iterator[dict[str, object]]:
    """Weights, KV cache and compute buffers together; and the rules, which speak of nothing else."""
    files = {(f.model, f.format): f for f in engine_files() if not f.importance_matrix and not f.native_experts}
    pairs: dict[str, list[Pair]] = {OURS: []} | {rule: [] for rule in RULES}
    for run in runs:
        found = compute_mib(shapes[run.model], run)
        if run.cards != 1 or found is None or not run.kv_on_device:
            continue
        for form in TOTAL_FORMATS:
            file = files.get((run.model, form))
            if file is None or file.tensor_bytes is None:
                continue
            a = shapes[run.model]
            engine = file.tensor_bytes + run.kv_bytes + (run.host_mib + sum(run.gpu_mib)) * MIB
            mine = weights(a, form).tensor_bytes + kv_bytes(a, run) + (found[0] + sum(found[1])) * MIB
            pairs[OURS].append((mine, engine))
            for rule, told in rules_of_thumb(a, form).items():
                pairs[rule].append((told, engine))
    for method, given in pairs.items():
        yield _line("total", f"{' and '.join(TOTAL_FORMATS)}, one card", method, given)


def inputs(folder: Path = ENGINE_DATA) -> str:
    """First 12 digits of the SHA-256 of the engine's tables."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def table() -> str:
    """The file's content."""
    shapes, runs = architectures(), cases()
    lines: Iterable[dict[str, object]] = (
        *total_lines(shapes, runs), *weight_lines(shapes), *buffer_lines(shapes, runs),
    )  # fmt: skip
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    given = inputs()
    for line in lines:
        writer.writerow(line | {"inputs": given})
    return text.getvalue()


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    print(TABLE.read_text(encoding="utf-8"), end="")
