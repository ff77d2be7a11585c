"""One-sentence answers for the visitor's machine, put together from what the other pages compute."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.answers.contexts import rise_text, subject
from lib.answers.grid import grid
from lib.answers.ladder import about_text, losses
from lib.answers.machine import Rig, bandwidth_of, build, rig_of
from lib.answers.machines import sizable, wanted_model
from lib.answers.models import rank_models
from lib.answers.pace import PHRASES
from lib.answers.picks import picks
from lib.answers.placed import placed, speed_text
from lib.answers.scores import rank_title
from lib.answers.sentences import models_answer
from lib.answers.sized import USUAL_FORMAT, sized_rows
from lib.answers.speed_mine import predict
from lib.answers.vocabulary import vocabulary
from lib.catalog import Catalog
from lib.sizing.formats import FORMATS
from lib.sizing.kv_cache import kv_cache_bytes
from lib.sizing.weights import parameters
from lib.speed.power import generating_watts
from lib.speed.words import STEPS
from lib.view import View

SMALL_MODEL = "llama-3.1-8b-instruct"
"""A model most people know, for questions that are not about one."""
COMFORTABLE_TOK_PER_S = next(speed for speed, word in STEPS if word == "comfortable")
LONG_CONTEXT_TOKENS = 32_768
MAC, CARD = "mac-mini-m4-pro-48gb", "pc-rtx-4090"
SHARED_MEMORY = "macbook-air-m4-16gb"
TOOL_BENCHMARKS = ("bfcl", "tau")


def where(catalog: Catalog, view: View) -> str:
    """The machine as a sentence names it."""
    return f"what ${view.budget:,} buys" if view.by == "budget" else f"your {rig_of(catalog, view).name}"


def chosen(catalog: Catalog, view: View) -> str:
    """The most capable model that fits the visitor's machine, if it can be sized; else the usual one."""
    top = models_answer(catalog, view).chosen
    return wanted_model(catalog, view.model_copy(update={"model": top}))


def small(catalog: Catalog) -> str:
    """A small model everybody has heard of, or the first that can be sized."""
    return SMALL_MODEL if SMALL_MODEL in sizable(catalog) else sizable(catalog)[0]


def held(catalog: Catalog, view: View) -> pd.DataFrame:
    """The rows of the front page that run where they are meant to: in GPU memory, without GPU in RAM."""
    rows = rank_models(catalog, view)
    no_gpu = view.by == "machine" and not rig_of(catalog, view).pools.gpus
    return rows[rows["runs"] & (rows["fit_code"] == ("cpu" if no_gpu else "gpu"))]


def counts_by_fit(catalog: Catalog, view: View) -> str:
    """How many models fit how."""
    rows = rank_models(catalog, view)
    told = "; ".join(f"{fit}: {count}" for fit, count in rows["fit"].value_counts().items())
    return f"{len(rows)} models on {where(catalog, view)}, by how they fit: {told}."


def tool_rank(catalog: Catalog) -> str:
    """The benchmark of tool calls most models have a score on, else the index of agents."""
    ranks = vocabulary(catalog).ranks
    found = next((r for r in ranks if r.startswith(TOOL_BENCHMARKS)), "capability.agents")
    return found if found in ranks else ranks[0]


def best_on(catalog: Catalog, view: View, rank: str) -> str:
    """The best that fits on one benchmark."""
    rows = held(catalog, view.model_copy(update={"rank": rank}))
    title, scored = rank_title(catalog, rank), rows[rows["score"].notna()]
    if scored.empty:
        return f"Of the models that fit {where(catalog, view)} none has a score on {title}."
    top = scored.iloc[0]
    many = len(scored) > 1
    return f"{len(scored)} of the models that fit {where(catalog, view)} {'have' if many else 'has'} a score on {title}{'; first is ' if many else ': '}{top['name']} with {top['score']:,.4g}."


def smallest_good_enough(catalog: Catalog, view: View) -> str:
    """The smallest model that lies within the interval of the best that fits, on the index."""
    rows = held(catalog, view)
    known = rows[rows["score_low"].notna() & rows["parameters_b"].notna()]
    if known.empty:
        return f"No model that fits {where(catalog, view)} has a place on the index, so none can be called good enough."
    best = known.iloc[0]
    near = known[known["score"] >= best["score_low"]]
    least = near.loc[near["parameters_b"].idxmin()]
    size = f"{best['name']} ({best['parameters_b']:.3g} × 10⁹ parameters)"
    if least["parameters_b"] >= best["parameters_b"]:
        return f"{size} is the best that fits {where(catalog, view)}, and no smaller one comes within its interval on the index."
    return f"{least['name']} ({least['parameters_b']:.3g} × 10⁹ parameters) is the smallest within the interval of the best that fits, {size}, on the index."


def budget_view(view: View, usd: int) -> View:
    """The same wishes, with money instead of a machine."""
    usual = View()
    return view.model_copy(update={"by": "budget", "budget": usd, "hw": usual.hw, "n": 1, "called": ""})


def mac_or_card(catalog: Catalog, view: View) -> str:
    """Capacity against speed, in the figures of one of each."""
    pair = [(catalog.machines[k].name, rig_of(catalog, View(hw=k))) for k in (MAC, CARD) if k in catalog.machines]
    if len(pair) < 2:
        return "A chip with unified memory holds more, a card reads faster: compare two in the grid."
    said = [f"{name} has {rig.limit_bytes / 1e9:,.1f} GB for models and reads {bandwidth_of(rig.device) or 0:,.0f} GB/s" for name, rig in pair]  # fmt: skip
    return f"{'; '.join(said)}: more room on one side, more speed on the other."


def no_winner(catalog: Catalog, view: View) -> str:
    """How often each machine of the grid is the quickest."""
    cells = grid(catalog, view).cells
    known = cells[cells["tok_per_s"].notna()] if len(cells) else cells
    if known.empty:
        return "None of these machines runs any of the models."
    first = known.loc[known.groupby("model_id")["tok_per_s"].idxmax(), "machine"].value_counts()
    told = ", ".join(f"{name} on {count}" for name, count in first.items())
    return f"Quickest of the machines in the grid, for {int(first.sum())} models: {told}."


def unified(catalog: Catalog, view: View) -> str:
    """How much of a unified memory an engine may use."""
    own = rig_of(catalog, view)
    if not (own.pools.unified and view.by == "machine"):
        if SHARED_MEMORY not in catalog.machines:
            return "Less than all of it: the system keeps a part, which the Memory page names."
        own = rig_of(catalog, View(hw=SHARED_MEMORY))
    total = own.ram_gib * 2**30 / 1e9
    return f"Of the {total:,.1f} GB ({own.ram_gib:g} GiB) of {own.name} an engine may use {own.limit_bytes / 1e9:,.1f} GB on the GPU; the system keeps the rest."


def _cards(catalog: Catalog, view: View) -> tuple[Rig, Rig] | None:
    """One and two of the visitor's card; `None` where it is no card."""
    own = rig_of(catalog, view)
    if view.by == "budget" or own.device.kind not in ("gpu", "accelerator"):
        return None
    one, two = (build(catalog, own.device.id, n, own.ram_gib, view.cpu, view.reserve) for n in (1, 2))
    return one, two


def second_card(catalog: Catalog, view: View) -> str:
    """Speed on one and on two of the visitor's card, of a model one of them holds."""
    pair, key = _cards(catalog, view), small(catalog)
    if pair is None:
        return "Cards that hold different layers take turns: a second one gives room, not speed."
    rows = sized_rows(catalog, (USUAL_FORMAT,), (key,))
    speeds = [placed(rows, rig, view).speed for rig in pair]
    told = [speed_text(s.decode_tok_per_s[0], s.low[0], s.high[0]) for s in speeds]
    if not all(told):
        return f"How fast two {pair[0].device.name} are is not known here."
    return f"{catalog.models[key].name} {USUAL_FORMAT} on one {pair[0].device.name}: {told[0]} tokens/s; on two that take turns: {told[1]}. A second card gives room, not speed."


def sum_of_cards(catalog: Catalog, view: View) -> str:
    """What two cards offer together, and what is not modelled."""
    pair = _cards(catalog, view)
    said = "Each card keeps a part for its driver, and a layer lies on one card whole, so sizes do not simply add up; cards of different kinds together are not modelled here."
    if pair is None:
        return said
    two = pair[1]
    total = sum(p.total_bytes for p in two.pools.gpus) / 1e9
    return f"Two {pair[0].device.name} have {total:,.1f} GB, of which an engine may use {two.limit_bytes / 1e9:,.1f} GB. {said}"


def same_file(catalog: Catalog, view: View) -> str:
    """How far files of one format differ in bits a weight."""
    rows = sized_rows(catalog, (USUAL_FORMAT,))
    if not rows.models:
        return "No model here can be sized."
    bits = 8 * np.asarray(rows.table.tensor_bytes, float) / (rows.parameters_b * 1e9)
    low, middle, high = np.percentile(bits, [5, 50, 95])
    return f"No: {USUAL_FORMAT} is {FORMATS[USUAL_FORMAT].nominal_bits:g} bits in name, and {middle:.2f} a weight at the median of {len(bits)} models here ({low:.2f}–{high:.2f} in nine of ten); a faulty conversion does not show in the size at all."


def fits(catalog: Catalog, view: View) -> str:
    """What the usual model takes on the visitor's machine, and how it fits."""
    key = wanted_model(catalog, view)
    row = _row(catalog, view, key)
    if row is None:
        return f"{key} is not known here."
    if row["fit_code"] not in ("gpu", "offload", "cpu"):
        return f"{row['name']} at {row['format']} takes {row['memory_gb']:,.1f} GB at {view.ctx:,} tokens; {where(catalog, view)}: {row['fit']}."
    speed = f", about {row['decode_text']} tokens/s" if row["decode_text"] else ", its speed is not known"
    return f"{row['name']} at {row['format']} takes {row['memory_gb']:,.1f} GB at {view.ctx:,} tokens; on {where(catalog, view)} it {row['fit']}{speed}."


def _row(catalog: Catalog, view: View, key: str) -> pd.Series | None:
    """A model's row of the front page."""
    rows = rank_models(catalog, view)
    at = np.flatnonzero(rows["model"].to_numpy() == key)
    return rows.iloc[at[0]] if len(at) else None


def longest_context(catalog: Catalog, view: View) -> str:
    """The longest context of the best model that fits, where it lies now."""
    row = _row(catalog, view, chosen(catalog, view))
    if row is None or not np.isfinite(row["max_context_tokens"]):
        return f"No context of any model fits {where(catalog, view)}."
    place = {"gpu": "in the GPU memory of", "offload": "with a part in RAM on"}.get(str(row["fit_code"]), "on")
    return f"{row['name']} at {row['format']} keeps up to {row['max_context_tokens']:,.0f} tokens {place} {where(catalog, view)}, its cache in {view.kv}."


def quantization_loss(catalog: Catalog, view: View) -> str:
    """What the usual format was measured to cost models like the best that fits."""
    key = chosen(catalog, view)
    model, rows = catalog.models[key], sized_rows(catalog, (USUAL_FORMAT,), (key,))
    if not rows.models or model.architecture is None:
        return f"{model.name} cannot be sized, so its loss is not known."
    bits = 8 * int(rows.table.tensor_bytes[0]) / parameters(model.architecture)[0]
    found = losses(catalog, model, USUAL_FORMAT, bits)["perplexity"]
    if found is None:
        return f"Nothing near {model.name} was measured at {USUAL_FORMAT}."
    return f"{model.name} at {USUAL_FORMAT}: perplexity {about_text(found, rise_text(found))} over the unquantized model, as measured on {', '.join(found.measured_on)}."


def cache_types(catalog: Catalog, view: View) -> str:
    """The cache of one model at a long context in three types."""
    key = small(catalog)
    model = catalog.models[key]
    assert model.architecture is not None  # `small` names only models with shapes
    told = ", ".join(f"{kv_cache_bytes(model.architecture, LONG_CONTEXT_TOKENS, type_k=kind, type_v=kind) / 1e9:.2f} GB in {kind}" for kind in ("f16", "q8_0", "q4_0"))  # fmt: skip
    return f"The cache of {model.name} at {LONG_CONTEXT_TOKENS:,} tokens takes {told}."


def _mixtures(catalog: Catalog, view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mixtures of experts that run on the machine, and those of them with a part in RAM."""
    rows = rank_models(catalog, view)
    sparse = {m for m, known in catalog.models.items() if known.architecture and known.architecture.experts}
    runs = rows[rows["runs"] & rows["model"].isin(sparse)]
    return runs, runs[runs["fit_code"] == "offload"]


def mixtures(catalog: Catalog, view: View) -> str:
    """Mixtures of experts that run with part of them in RAM."""
    runs, beside = _mixtures(catalog, view)
    if beside.empty:
        return f"{len(runs)} mixtures of experts run on {where(catalog, view)}, none of them with a part in RAM."
    top = beside.iloc[0]
    return f"{len(beside)} mixtures of experts run on {where(catalog, view)} with a part in RAM; first {top['name']} at {top['format']}: {top['decode_text'] or 'unknown'} tokens/s with {top['active_b']:.3g} × 10⁹ active parameters."


def mixture(catalog: Catalog, view: View) -> str:
    """The model `mixtures` names, else the usual one."""
    _, beside = _mixtures(catalog, view)
    return str(beside["model"].iloc[0]) if len(beside) else chosen(catalog, view)


def fast_enough(catalog: Catalog, view: View) -> str:
    """What speeds feel like, and how many models reach a comfortable one."""
    rows = rank_models(catalog, view)
    runs = rows[rows["runs"]]
    reach = int((runs["decode_tok_per_s"] >= COMFORTABLE_TOK_PER_S).sum())
    steps = "; ".join(f"from {speed:g} tokens/s on it is {PHRASES.get(word, word)}" for speed, word in STEPS[1:])
    return f"{steps[:1].upper()}{steps[1:]}. Of {len(runs)} models that run on {where(catalog, view)}, {reach} {'reaches' if reach == 1 else 'reach'} {COMFORTABLE_TOK_PER_S:g}."


def power(catalog: Catalog, view: View) -> str:
    """What the machine draws while it generates."""
    rig = rig_of(catalog, view)
    if view.by == "budget" or not rig.device.power_w or not rig.pools.gpus:
        return f"The power limit of {where(catalog, view)} is not known, so neither is what a lower one would cost."
    watts = float(generating_watts(rig.device.power_w, rig.count))
    return f"{where(catalog, view)[:1].upper()}{where(catalog, view)[1:]} draws about {watts:,.0f} W while it generates, of a limit of {rig.device.power_w * rig.count:,.0f} W: generating waits for memory, so a somewhat lower limit costs little there, but reading a prompt slows with it."


def commercial(catalog: Catalog, view: View) -> str:
    """How many of the models that fit may be used commercially."""
    counted = held(catalog, view)["commercial"].value_counts()
    parts = {"yes": "may be used commercially", "conditions": "under conditions", "no": "may not", "unknown": "are not known"}  # fmt: skip
    told = ", ".join(f"{counted[key]} {words}" for key, words in parts.items() if key in counted.index)
    return f"Of the models that fit {where(catalog, view)}: {told or 'none is left to ask about'}."


def several(catalog: Catalog, view: View) -> str:
    """Several conversations at once with the best model that fits."""
    asked = view.model_copy(update={"model": chosen(catalog, view), "slots": 1})
    about = subject(catalog, asked)
    found = predict(catalog, about, asked)
    return f"{about.model.name}: {found.users_sentence}" if found.users_sentence else found.sentence


def command(catalog: Catalog, view: View) -> str:
    """The command for the most capable pick, as the page of what to run prints it."""
    found = picks(catalog, view)
    if not found.picks:
        return f"{found.sentence} So there is no command."
    first = found.picks[0].command("llama.cpp")
    return first.text or first.note
