"""How long it takes to size and to rank everything: `python -m benchmarks.sizing_speed`.

Sizes 200 models × 20 formats × 5 contexts and ranks the catalog for one machine, each as a ratio
against adding up a table of a million numbers in the same run, since machines differ and are noisy.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.timing import milliseconds
from lib import answers
from lib.answers.machine import rig_of
from lib.answers.sized import request_of, sized_rows, weights_of
from lib.catalog import current
from lib.sizing.formats import FORMATS
from lib.sizing.table import place_all, size_all, sizing_table
from lib.view import View

MODELS, KINDS, CONTEXTS = 200, 20, (2048, 8192, 16384, 32768, 65536)


def main() -> None:
    facts = current()
    shapes = [m.architecture for m in facts.models.values() if m.architecture]
    shapes = (shapes * (MODELS // len(shapes) + 1))[:MODELS]
    formats = [f.id for f in FORMATS.values() if f.container == "gguf"][:KINDS]
    start = time.perf_counter()
    table = sizing_table([(a, weights_of(a, f)) for a in shapes for f in formats])
    built = (time.perf_counter() - start) * 1e3
    rig, view = rig_of(facts, View()), View()
    rows = sized_rows(facts, ("Q4_K_M",))
    numbers = np.random.default_rng(0).random((1000, 1000))
    unit = milliseconds(lambda _: np.sort(numbers, axis=1))
    answers.rank_models(facts, view)
    jobs = {
        f"size {MODELS} models × {len(formats)} formats × {len(CONTEXTS)} contexts": milliseconds(lambda _: [size_all(table, c) for c in CONTEXTS]),
        f"place the same on one card, {len(CONTEXTS)} contexts": milliseconds(
            lambda _: [place_all(table, rig.pools, request_of(view.model_copy(update={"ctx": c}))) for c in CONTEXTS]
        ),
        f"place {len(rows.models)} models in one format": milliseconds(lambda n: place_all(rows.table, rig.pools, request_of(view.model_copy(update={"ctx": 8192 + n})))),
        f"rank {len(facts.models)} models for one machine, a context never asked before": milliseconds(lambda n: answers.rank_models(facts, View(ctx=9000 + 256 * n))),
        "the same list with another filter": milliseconds(lambda n: answers.rank_models(facts, View(pmin=float(n + 1)))),
    }  # fmt: skip
    print(
        f"unit: sorting 1,000 rows of 1,000 numbers, {unit:.1f} ms; building the table of {len(table)} rows once: {built:.0f} ms"
    )
    for name, took in jobs.items():
        print(f"{name:78s} {took / unit:6.2f} × unit  ({took:.1f} ms)")


if __name__ == "__main__":
    main()
