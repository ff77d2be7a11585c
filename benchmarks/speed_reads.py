"""What each measured token read, worked out by the product's own sizing: writes `catalog/calibration/reads.csv`.

    python -m benchmarks.speed_reads

Where a model lay (`device`, `cards`, `layers`, `expert_layers` of each memory) is a fact of the measurement and is kept
from the file; bytes, parameters and operations are computed from the catalog's shapes, as they are for a visitor.
Measurements of models the catalog has no shapes of keep the numbers that were worked out when they were gathered.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.speed_data import CATALOG, MEASUREMENTS, Row, table
from lib.answers.case_reading import Case, read_case
from lib.answers.reads import computed_parameters
from lib.answers.speed_measured import model_of
from lib.catalog import Catalog, current
from lib.sizing.demand import SizingTable, sizing_table
from lib.sizing.kv_cache import CELL_STEP, kv_layer_bytes_all
from lib.speed.device import PROCESSOR_KINDS
from lib.speed.prefill import prompt_work
from lib.speed.work import layer_work

READS = CATALOG / "calibration" / "reads.csv"
COLUMNS = (
    "measurement", "device", "cards", "weight_bytes", "kv_bytes", "layers", "expert_layers", "linear_layers", "delta_layers", "extra_norms",
    "active_parameters", "attention_flops", "expert_share", "shared_parameters", "routed_parameters", "prompt_attention_flops",
    "routed_bytes",
)  # fmt: skip
_FORMAT = re.compile(
    r"(?:ud[-_])?(i?q\d(?:_[a-z0-9]+)*|mxfp4|bf16|f16|fp16|mlx-\d ?bit|\d ?bit|awq|fp8)", re.IGNORECASE
)


def case_of(catalog: Catalog, row: Row, pools: Sequence[Row]) -> Case | None:
    """A measurement as a case, or `None` where its model or format is not known well enough to size it."""
    model = model_of(catalog, row["model"])
    named = row["quantization"] or next(iter(_FORMAT.findall(row["model"])[::-1]), "")
    if model is None or not named:
        return None
    cache = re.search(r"KV cache (q8_0|q4_0)", row["note"])
    asked: dict[str, object] = {
        "model": model, "quantization": named, "devices": {pools[0]["device"]: int(pools[0]["cards"])}, "runtime": row["runtime"],
        "kv_type": cache[1] if cache else None, "model_bytes": float(row["model_bytes"]) if row["model_bytes"] else None,
    }  # fmt: skip
    try:
        return read_case(catalog, asked)
    except ValueError:
        return None


def prompt_came_first(row: Row) -> bool:
    """Whether what filled the context was the prompt itself, so that it was read into an empty one."""
    return row["depth"] == row["n_prompt"] and not row["source"].startswith("llama-bench-dashboard")


def _sized(case: Case) -> tuple[SizingTable, Mapping[str, np.ndarray]]:
    sized = sizing_table([(case.architecture, case.weights)])
    return sized, {"layer": sized.layer_sums[0] * case.scale, "expert": sized.expert_sums[0] * case.scale}


def reads(catalog: Catalog, case: Case, row: Row, pools: Sequence[Row]) -> list[Row]:
    """The rows of a measurement: what one token, halfway through the answer, read from each memory.

    Raises ValueError where the memories do not hold all layers of the model together.
    """
    a = case.architecture
    sized, sums = _sized(case)
    depth = float(row["depth"] or 0) + float(row["n_gen"] or 0) / 2
    prompt = float(row["n_prompt"] or 512)
    work = layer_work(a, depth)
    cache = sized.cache.take(np.zeros(1, np.int64))
    kept = kv_layer_bytes_all(cache, np.array([max(int(depth), 1)]), type_k=case.kv_type, type_v=case.kv_type)
    # The engine's cells come 256 at a time; what is read of them grows with the tokens.
    each = (kept - cache.state_bytes)[0][: a.layers] * (
        depth / (np.ceil(depth / CELL_STEP) * CELL_STEP) if depth else 0.0
    )
    kv = np.cumsum(np.concatenate([[0.0], each]))
    asked = prompt_work(
        a, total_parameters=case.parameters, active_parameters=case.active_parameters, weight_bytes=0.0, prompt_tokens=prompt,
        tokens_before=0.0 if prompt_came_first(row) else float(row["depth"] or 0),
    )  # fmt: skip
    active = float(computed_parameters(sized, np.array([case.active_parameters]))[0])
    order = sorted(range(len(pools)), key=lambda i: catalog.devices[pools[i]["device"]].kind not in PROCESSOR_KINDS)
    found: dict[int, Row] = {}
    layer = first_expert = 0
    for at in order:
        p = pools[at]
        end = a.layers if len(pools) == 1 else layer + round(float(p["layers"]))
        held = int(work.experts.sum()) if len(pools) == 1 else int(float(p["expert_layers"]))
        # Experts may lie apart from their layers; those of each layer are alike, so counting from the first will do.
        marks = np.flatnonzero(work.experts)[first_expert : first_expert + held]
        of_experts = float((sums["expert"][marks + 1] - sums["expert"][marks]).sum()) if len(marks) else 0.0
        inside = float(sums["layer"][end] - sums["layer"][layer]) - float(sums["expert"][end] - sums["expert"][layer])
        if end == a.layers and end > layer:
            inside += (
                float(sums["layer"][a.layers + 1] - sums["layer"][a.layers]) - float(sized.unread_bytes[0]) * case.scale
            )
        routed = of_experts * float(sized.expert_share_used[0])
        found[at] = dict(p) | {
            "weight_bytes": str(round(inside + routed)), "kv_bytes": str(round(float(kv[end] - kv[layer]))), "layers": str(end - layer),
            "expert_layers": str(len(marks)), "linear_layers": str(int(work.linear[layer:end].sum())), "delta_layers": str(int(work.delta[layer:end].sum())),
            "extra_norms": str(int(work.extra_norms)), "active_parameters": str(round(active)),
            "attention_flops": str(round(float(work.attention_flops[layer:end].sum()))),
            "expert_share": f"{float(np.asarray(asked.expert_share)):.8g}", "shared_parameters": str(round(float(np.asarray(asked.shared_parameters)))),
            "routed_parameters": str(round(float(np.asarray(asked.routed_parameters)))),
            "prompt_attention_flops": str(round(float(np.asarray(asked.attention_flops)))), "routed_bytes": str(round(routed)),
        }  # fmt: skip
        layer, first_expert = end, first_expert + held
    if layer != a.layers:
        raise ValueError(f"{row['id']}: {layer} layers in its memories, the model has {a.layers}")
    return [found[i] for i in range(len(pools))]


def everything() -> str:
    """The file as it should be."""
    catalog = current()
    pools: dict[str, list[Row]] = {}
    for r in table("calibration/reads.csv"):
        pools.setdefault(r["measurement"], []).append(r)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in (m for name in MEASUREMENTS for m in table(name)):
        mine = pools.get(row["id"])
        if mine:
            case = case_of(catalog, row, mine)
            writer.writerows(mine if case is None else reads(catalog, case, row, mine))
    return out.getvalue()


if __name__ == "__main__":
    READS.write_text(everything(), encoding="utf-8")
    print("wrote reads.csv; python -m benchmarks.fit_speed fits the constants to it")
