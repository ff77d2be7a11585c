"""One model on this machine, explained: what memory holds, where it lies, how fast, with which command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from lib.answers.commands import command_for
from lib.answers.everywhere import Columns, listed
from lib.answers.framed import framed
from lib.answers.machine import Rig, rig_of
from lib.answers.pace import pace_lines
from lib.answers.placed import Placed, placed, runs_on, runtime_of
from lib.answers.sized import Rows, request_of, sized_rows, weights_of
from lib.answers.text import plain
from lib.answers.timing import timing
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS
from lib.sizing import placement
from lib.sizing.kv_cache import kv_cache_bytes
from lib.sizing.pools import GIB
from lib.view import View


@dataclass(frozen=True, eq=False)
class Working:
    """How the numbers of an explanation come about."""

    formula: pd.DataFrame
    """term, how, bytes: every term of the sum with its numbers."""
    timing: pd.DataFrame
    """term, how, ms: what one token's time is made of."""
    sources: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Explanation:
    """One model on one machine. The working is only done when somebody asks for it."""

    title: str
    summary: str
    """A few lines of markdown; every word ours."""
    marks: Columns
    """pool, part, gb, order, middle, text, total_gb: the stacked bar; nothing where there is none."""
    command: str
    chart_text: str
    work: Callable[[], Working] | None = None

    @cached_property
    def parts(self) -> pd.DataFrame:
        """The marks as a frame, made when it is asked for."""
        return framed(self.marks) if self.marks else EMPTY

    @cached_property
    def working(self) -> Working:
        return self.work() if self.work else Working(EMPTY, EMPTY, ())


EMPTY = pd.DataFrame()


@lru_cache(maxsize=512)
def explain_memory(catalog: Catalog, view: View, model_id: str) -> Explanation:
    """Why a model takes what it takes on the view's machine, in the format the list shows it in."""
    model = catalog.models[model_id]
    if model.architecture is None:
        why = (
            "can only be rented; its size is not public."
            if not model.open_weights
            else f"cannot be sized: {model.note or 'its shapes are not known'}."
        )
        return Explanation(model.name, f"{plain(model.name)} {plain(why)}", {}, "", "")
    form, machine, longest = listed(catalog, view, model_id)
    if not form:
        reason = sized_rows(catalog, ("Q4_K_M",) if view.quant == "best" else (view.quant,), (model_id,)).refused.get(
            model_id, "its size is not known"
        )
        return Explanation(model.name, plain(f"{model.name} cannot be sized here: {reason}."), {}, "", "")
    if not machine:
        return Explanation(
            model.name,
            plain(f"No machine for this money; {model.name} at {form} takes the memory the list shows."),
            {},
            "",
            "",
        )
    rig = _rig(catalog, view, machine)
    if not runs_on(form, rig):
        return Explanation(f"{model.name} at {form}", plain(f"{form} does not run on {rig.name}."), {}, "", "")
    rows = sized_rows(catalog, (form,), (model_id,))
    request = request_of(view)
    on = placed(rows, rig, view)
    found = placement.placement_of(on.places, rig.pools, request)
    return Explanation(
        f"{model.name} at {form}",
        _summary(catalog, model, on, rows, found, view, longest) + _licence(catalog, model),
        _parts(found),
        command_for(catalog, view, model_id, form, found, rig=rig).text,
        f"Stacked bar of the memory {model.name} takes at {form}: "
        + "; ".join(f"{u.pool.name} {_gb(u.weights_bytes + u.kv_bytes + u.compute_bytes)}" for u in found.pools),
        lambda: _working(catalog, model, form, on, rows, found, view),
    )


def _working(
    catalog: Catalog, model: Model, form: str, on: Placed, rows: Rows, found: placement.Placement, view: View
) -> Working:
    table, sources = _timing(catalog, model, rows, on, found.fit != "none")
    return Working(_formula(model, form, found, view), table, sources)


def _rig(catalog: Catalog, view: View, name: str) -> Rig:
    """The machine the list shows the model on: with a budget, one of those it buys."""
    if view.by == "budget":
        from lib.answers.budget import affordable

        for rig in affordable(catalog, view):
            if rig.name == name:
                return rig
    return rig_of(catalog, view)


def _gb(number: float) -> str:
    return f"{number / 1e9:,.1f} GB"


def _summary(
    catalog: Catalog, model: Model, on: Placed, rows: Rows, found: placement.Placement, view: View, longest: int
) -> str:
    inside = [u for u in found.pools if found.fit != "gpu" or u.pool.kind != "ram"]
    total = sum(u.weights_bytes + u.kv_bytes + u.compute_bytes for u in inside)
    words = f"**{FIT_WORDS[found.fit][0].upper()}{FIT_WORDS[found.fit][1:]}**"
    where = {"gpu": " of", "none": ""}.get(found.fit, " on")
    would = "laid out there it would take " if found.fit == "none" else ""
    lines = [
        f"{words}{where} {plain(on.rig.name)}: {would}{_gb(total)} at {view.ctx:,} tokens of context"
        + (f" for each of {view.slots} conversations." if view.slots > 1 else ".")
    ]
    if found.fit == "none":
        short = -sum(min(u.spare_bytes, 0) for u in found.pools)
        lines.append(f"It is {_gb(short)} short.")
        return "  \n".join(lines)
    lines += pace_lines(catalog, rows, on, view)
    if longest:
        lines.append(
            f"Fits up to **{longest:,} tokens** of context there"
            + (" (all the model was made for)." if model.context_tokens and longest >= model.context_tokens else ".")
        )
    if found.fit == "offload":
        experts = f", the experts of {found.cpu_expert_layers} layers in RAM" if found.cpu_expert_layers else ""
        lines.append(
            f"{found.gpu_layers} of {(model.architecture.layers if model.architecture else 0) + 1} layers on the GPU{experts}."
        )
    return "  \n".join(lines)


def _licence(catalog: Catalog, model: Model) -> str:
    """What one may do with it, in a line that says where to read more."""
    licence = catalog.licences.get(model.licence)
    if licence is None:
        return ""
    terms = " ".join(plain(c if c.endswith(".") else c + ".") for c in licence.conditions)
    return f"  \n[{plain(licence.name)}]({licence.url}) — commercial use: {licence.commercial}. {terms}".rstrip()


PARTS = ("pool", "part", "gb", "order", "middle", "text", "total_gb")


def _parts(found: placement.Placement) -> Columns:
    rows = []
    for use in found.pools:
        parts = (
            ("weights", use.weights_bytes),
            ("KV cache", use.kv_bytes),
            ("compute buffer", use.compute_bytes),
            ("kept by system", use.overhead_bytes),
            ("free", max(use.spare_bytes, 0)),
        )
        # With all layers on the GPU, RAM holds only the input embedding: a bar of it would say nothing.
        if not use.weights_bytes + use.kv_bytes + use.compute_bytes or (found.fit == "gpu" and use.pool.kind == "ram"):
            continue
        at, scale = 0.0, max(use.pool.total_bytes, sum(n for _, n in parts))
        for order, (part, number) in enumerate(parts):
            text = _gb(number) if number > 0.14 * scale and part != "free" else ""
            rows.append(
                (use.pool.name, part, number / 1e9, order, (at + number / 2) / 1e9, text, use.pool.total_bytes / 1e9)
            )
            at += number
    columns = (*zip(*rows, strict=True),) if rows else ((),) * len(PARTS)
    kinds = (object, object, float, int, float, object, float)
    return {c: np.array(v, kind) for c, v, kind in zip(PARTS, columns, kinds, strict=True)}


def _formula(model: Model, form: str, found: placement.Placement, view: View) -> pd.DataFrame:
    a = model.architecture
    assert a is not None  # the caller has refused models without shapes
    size = weights_of(a, form)
    request = request_of(view)
    types = ", ".join(f"{n} × {t}" for t, n in sorted(size.tensors_by_type.items(), key=lambda kv: -kv[1]))
    kv = kv_cache_bytes(a, request.context_tokens, type_k=request.type_k, type_v=request.type_v, slots=request.slots)
    heads = a.kv_heads if isinstance(a.kv_heads, int) else f"{min(a.kv_heads)}–{max(a.kv_heads)}"
    if a.kv_latent_size:
        cached = f"{a.layers} layers × {a.kv_latent_size + (a.rope_head_dim or 0)} latent elements × {request.context_tokens:,} tokens"
    else:
        cached = f"{a.layers} layers × 2 × {heads} KV heads × {a.head_dim} × {request.context_tokens:,} tokens"
    if a.sliding_window_tokens:
        cached += f"; sliding layers keep {a.sliding_window_tokens:,} tokens and a micro-batch"
    rows = [
        (
            "weights file",
            f"{sum(size.tensors_by_type.values())} tensors in their blocks ({types}) + metadata",
            size.file_bytes,
        ),
        ("KV cache", f"{cached}, {view.kv}", kv),
    ]
    for use in found.pools:
        rows += [
            (
                f"weights in {use.pool.name}",
                f"{use.layers} of {a.layers + 1} layers, the output counted as one",
                use.weights_bytes,
            ),
            (f"KV cache in {use.pool.name}", "of the layers there", use.kv_bytes),
            (
                f"compute buffer in {use.pool.name}",
                f"micro-batch of {request.micro_batch} tokens, flash attention {'on' if request.flash_attention else 'off'}",
                use.compute_bytes,
            ),
            (
                f"kept by driver, desktop or system in {use.pool.name}",
                "stated apart, not part of the model",
                use.overhead_bytes,
            ),
            (f"free in {use.pool.name}", f"of {use.pool.total_bytes / GIB:,.1f} GiB", use.spare_bytes),
        ]
    return pd.DataFrame(rows, columns=["term", "how", "bytes"])


def _timing(catalog: Catalog, model: Model, rows: Rows, on: Placed, runs: bool) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if not runs:
        return EMPTY, _sources(catalog, model)
    table, error = timing(
        rows.table, rows.active_parameters, rows.moe, on.rig, on.places, runtime=runtime_of(rows.formats[0])
    )
    return table, (*filter(None, (error,)), *_sources(catalog, model))


def _sources(catalog: Catalog, model: Model) -> tuple[str, ...]:
    refs = model.sources.get("architecture", model.sources.get("default", ()))
    lines = []
    for ref in (refs,) if isinstance(refs, str) else refs:
        source = catalog.source_of(ref)
        if source:
            lines.append(f"Shapes: {source.title}, read {source.accessed}.")
    return (
        *dict.fromkeys(lines),
        "Rules: what llama.cpp itself allocates, see Sources. Bytes are exact; GB are 10⁹ bytes, GiB 2³⁰.",
    )
