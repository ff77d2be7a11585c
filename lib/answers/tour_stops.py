"""The stops of the tour: each word in a few sentences, with the rows of its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.glossary import GLOSSARY
from lib.answers.grid import SIZE_STEPS_B
from lib.answers.ladder import MAIN_STEPS, NOT_MEASURED, ladder
from lib.answers.machine import Rig, bandwidth_of
from lib.answers.models import rank_models
from lib.answers.sized import USUAL_FORMAT, request_of, sized_rows
from lib.catalog import Catalog
from lib.sizing.kv_cache import kv_cache_bytes
from lib.view import View, link

WORDS_PER_TOKEN, WORDS_PER_PAGE = 0.75, 500
"""Rules of thumb for English: `openai-what-are-tokens`, and single-spaced pages in 12 points, `words-per-page`."""
PAGE_RULE = ("page", f"{WORDS_PER_PAGE} words, single-spaced in 12 points", "words-per-page")
"""What it is about, the rule of thumb, its source."""
READING_TOK_PER_S = 5.0
"""Silent reading; see `lib.speed.words`."""
CONTEXTS = (2_048, 8_192, 32_768, 131_072)
CACHES = ("f16", "q8_0", "q4_0")
DRAWN_UP_TO = 4.0
"""Models that take more than this many times what the machine has are not drawn: the bars of interest would vanish."""
COLUMNS = ("label", "kind", "value", "text", "limit")
FORMATS_SHOWN = ("F16", *MAIN_STEPS)


@dataclass(frozen=True, eq=False)
class Stop:
    """One word of the tour."""

    id: str
    title: str
    words: tuple[str, ...]
    """Two to four sentences."""
    picture: pd.DataFrame
    """See `COLUMNS`: a bar a row, or a point of a line with x; empty where there is nothing to draw."""
    x_title: str
    limit_title: str
    """What the line across the bars marks; empty without one."""
    alt: str
    link: str
    label: str
    """What to try, and the address of the view that shows it."""
    sources: tuple[tuple[str, str | None], ...]
    lines: bool = False

    @property
    def longest(self) -> float:
        """The largest value of the picture, or of the line across it."""
        limit = self.picture["limit"].max()
        return float(max(self.picture["value"].max(), limit if np.isfinite(limit) else 0.0))


@dataclass(frozen=True)
class Here:
    """The visitor's machine, what runs on it, and the model the tour speaks of."""

    catalog: Catalog
    view: View
    rig: Rig
    rows: pd.DataFrame
    model: str

    @property
    def name(self) -> str:
        return f"your {self.rig.name}"

    @property
    def limit_gb(self) -> float:
        return self.rig.limit_bytes / 1e9

    def title(self, key: str) -> str:
        return self.catalog.models[key].name


def _cited(here: Here, *ids: str) -> tuple[tuple[str, str | None], ...]:
    return tuple(here.catalog.cited(i) for i in ids)


def _frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _spread(here: Here) -> pd.DataFrame:
    """The best scored model of each class of sizes, smallest first, in the usual format."""
    rows = rank_models(here.catalog, here.view.model_copy(update={"quant": USUAL_FORMAT}))
    rows = rows[rows["score"].notna() & rows["memory_gb"].notna() & rows["parameters_b"].notna()].sort_values("score", ascending=False, kind="stable")  # fmt: skip
    classes = np.searchsorted(SIZE_STEPS_B, rows["parameters_b"].to_numpy(float), side="right")
    return rows.assign(size=classes).drop_duplicates("size").sort_values("parameters_b")


def tokens(here: Here) -> Stop:
    rows = _spread(here)
    rows = rows[rows["runs"] & rows["decode_tok_per_s"].notna()]
    drawn = _frame([(r.name, "tokens a second", r.decode_tok_per_s, r.decode_text, READING_TOK_PER_S) for r in rows.itertuples(index=False)])  # fmt: skip
    return Stop(
        "tokens", "Tokens",
        (
            "A model reads and writes tokens: pieces of words, in English about three quarters of one.",
            "It writes one token after the other, so its speed is told in tokens a second.",
            f"Reading along takes about five a second; below that you wait for every word. The models here are counted at {USUAL_FORMAT}, which the third step explains.",
        ),
        drawn, "tokens a second", "as fast as you read",
        f"Bars of predicted tokens a second of {len(drawn)} models on {here.name}, with the speed of reading.",
        link(here.view, "models", speed=20.0), "Only models that write 20 tokens a second or more",
        _cited(here, GLOSSARY["token"].source),
    )  # fmt: skip


def parameters(here: Here) -> Stop:
    rows = _spread(here)
    rows = rows[rows["memory_gb"] <= DRAWN_UP_TO * here.limit_gb]
    drawn = _frame([(r.name, "fits" if r.fit_code in ("gpu", "cpu") else "too large", r.memory_gb, f"{r.parameters_b:.3g} × 10⁹: {r.memory_gb:,.1f} GB", here.limit_gb) for r in rows.itertuples(index=False)])  # fmt: skip
    return Stop(
        "parameters", "Parameters",
        (
            "Parameters are the numbers a model learned; “8B” in a name is 8 × 10⁹ of them.",
            f"All of them have to lie in memory: at {USUAL_FORMAT}, a little under five bits each, 10⁹ parameters take about 0.6 GB.",
            f"{here.name[:1].upper()}{here.name[1:]} has {here.limit_gb:,.1f} GB for them.",
        ),
        drawn, "GB (10⁹ bytes)", here.rig.limit_title,
        f"Bars of the memory the best model of each class of sizes takes at {USUAL_FORMAT}, with what {here.name} has.",
        link(here.view, "models", quant=USUAL_FORMAT), f"All models at {USUAL_FORMAT}",
        _cited(here, GLOSSARY["parameters"].source),
    )  # fmt: skip


def quantization(here: Here) -> Stop:
    view = here.view.model_copy(update={"model": here.model})
    steps = ladder(here.catalog, view).steps
    steps = steps[steps["format"].isin(FORMATS_SHOWN)] if len(steps) else steps
    drawn = _frame([(r.format, "fits" if r.memory_gb <= here.limit_gb else "too large", r.memory_gb, f"{r.bits:.1f} bits, {r.memory_gb:,.1f} GB; {_loss(r.rise_text)}", here.limit_gb) for r in steps.itertuples(index=False)])  # fmt: skip
    return Stop(
        "quantization", "Quantization",
        (
            "Models are published with 16 bits a parameter; quantization stores each in fewer.",
            "That saves memory and, since fewer bytes are read for a token, time.",
            "The price is quality: beside each bar stands how much perplexity rose where it was measured, a little down to four bits and fast below.",
        ),
        drawn, "GB (10⁹ bytes)", here.rig.limit_title,
        f"Bars of the memory {here.title(here.model)} takes in each main format, with its bits a weight and the measured rise of perplexity.",
        link(view, "memory", quant="Q4_K_M"), f"The whole ladder of {here.title(here.model)}",
        _cited(here, GLOSSARY["quantization"].source, GLOSSARY["perplexity"].source),
    )  # fmt: skip


def _loss(text: str) -> str:
    return text if text in ("the reference", NOT_MEASURED) else f"perplexity {text}"


def active(here: Here) -> Stop:
    rows = here.rows[here.rows["runs"] & here.rows["decode_tok_per_s"].notna()]
    experts = rows["model"].map(lambda m: has_experts(here.catalog, m)).astype(bool)
    sparse, dense = rows[experts], rows[~experts & ~(rows["active_b"] < rows["parameters_b"])]
    pair = []
    if len(sparse):
        pair.append(sparse.iloc[0])
        size = float(sparse.iloc[0]["parameters_b"])
        if len(dense):
            pair.append(dense.loc[(dense["parameters_b"] / size).map(np.log).abs().idxmin()])
    drawn = _frame([
        (row["name"], kind, value, f"{value:.3g} × 10⁹{told}", np.nan)
        for row in pair
        for kind, value, told in (("all", row["parameters_b"], ""), ("active", row["active_b"] if np.isfinite(row["active_b"]) else row["parameters_b"], f"; {row['decode_text']} tokens/s"))
    ])  # fmt: skip
    changes = {"model": str(pair[0]["model"])} if pair else {}
    return Stop(
        "active", "Active parameters and mixtures of experts",
        (
            "In a mixture of experts most layers hold many experts, and a token passes through a few of them.",
            "Memory has to hold all parameters; time goes by the active ones, those a token passes through.",
            "So a mixture is quick for its size, and loses least when a part of it has to lie in RAM.",
        ),
        drawn, "parameters, 10⁹", "",
        "Bars of all and of active parameters of a mixture of experts and a dense model of near size that run here, with their speeds.",
        link(here.view, "memory", **changes), f"Where the experts of {pair[0]['name']} lie" if pair else "Where a model's layers lie",
        _cited(here, GLOSSARY["mixture of experts"].source),
    )  # fmt: skip


def has_experts(catalog: Catalog, key: str) -> bool:
    """Whether a model is known to be a mixture of experts."""
    a = catalog.models[key].architecture
    return a is not None and a.experts is not None


def cache(here: Here) -> Stop:
    model = here.catalog.models[here.model]
    longest = model.context_tokens or CONTEXTS[-1]
    row = here.rows[here.rows["model"] == here.model].iloc[0]
    left = max(here.limit_gb - float(row["memory_gb"]), 0.0) if row["fit_code"] in ("gpu", "cpu") else 0.0
    a, points = model.architecture, sorted({*(c for c in CONTEXTS if c <= longest), min(here.view.ctx, longest), longest})  # fmt: skip
    now = request_of(here.view)
    made = []
    if a is not None:
        kept = kv_cache_bytes(a, here.view.ctx * here.view.slots, type_k=now.type_k, type_v=now.type_v, slots=here.view.slots) / 1e9  # fmt: skip
        for cache in CACHES:
            for tokens in points:
                gb = kv_cache_bytes(a, tokens, type_k=cache, type_v=cache) / 1e9
                made.append((tokens, cache, gb, f"{gb:,.2f} GB", (left + kept) / here.view.slots))
    return Stop(
        "cache", "KV cache",
        (
            "For every token it has read a model keeps keys and values, so that it need not read the whole text again for the next one.",
            "This cache grows with the context, beside weights that do not; how fast depends on the model's attention.",
            f"Stored in fewer bits (q8_0, q4_0) it takes about a half or a quarter. The dashed line is what {here.name} has left for it beside {here.title(here.model)} at {row['format']}.",
        ),
        _frame(made), "context, tokens", "left for the cache" if left else "",
        f"Lines of the KV cache of {here.title(here.model)} in GB against the context, one a cache type.",
        link(here.view, "memory", model=here.model, kv="q8_0"), "The same model with a q8_0 cache",
        _cited(here, GLOSSARY["KV cache"].source), lines=True,
    )  # fmt: skip


def context(here: Here) -> Stop:
    row = here.rows[here.rows["model"] == here.model].iloc[0]
    longest = int(row["max_context_tokens"]) if np.isfinite(row["max_context_tokens"]) else 0
    marks = sorted({*CONTEXTS, here.view.ctx, *((longest,) if longest else ())})
    drawn = _frame([(f"{tokens:,}", _which(tokens, here.view.ctx, longest), pages(tokens), f"{pages(tokens):,.0f} pages", np.nan) for tokens in marks])  # fmt: skip
    reach = f" {here.title(here.model)} reaches {longest:,} tokens here, about {pages(longest):,.0f} pages." if longest else ""  # fmt: skip
    return Stop(
        "context", "Context",
        (
            "The context is all a model has before it at once: the conversation, your documents, its own answer.",
            f"At three quarters of a word a token and {WORDS_PER_PAGE} words a page, {here.view.ctx:,} tokens are about {pages(here.view.ctx):,.0f} pages of English; code and other languages take more tokens for as much.{reach}",
            "What goes beyond it is forgotten, and a longer one takes more memory and makes every token slower.",
        ),
        drawn, "pages of English", "",
        "Bars of how many pages contexts of several lengths hold.",
        link(here.view, "memory", model=here.model, ctx=32_768), "The same model with 32,768 tokens",
        _cited(here, GLOSSARY["context"].source, "words-per-page"),
    )  # fmt: skip


def _which(tokens: int, asked: int, longest: int) -> str:
    return "yours" if tokens == asked else "longest here" if tokens == longest else "others"


def pages(tokens: float) -> float:
    """Pages of English a number of tokens is, by the two rules of thumb."""
    return tokens * WORDS_PER_TOKEN / WORDS_PER_PAGE


def bandwidth(here: Here) -> Stop:
    reads = bandwidth_of(here.rig.device)
    rows = rank_models(here.catalog, here.view.model_copy(update={"quant": USUAL_FORMAT}))
    alone = rows[rows["fit_code"].isin(["gpu", "cpu"]) & rows["runs"] & ~(rows["active_b"] < rows["parameters_b"]) & rows["decode_tok_per_s"].notna()]  # fmt: skip
    measured = alone[alone["measured_tok_per_s"].notna()]
    some = pd.concat([measured, alone]).drop_duplicates("model").head(3)
    made = []
    for row in some.to_dict("records"):
        sized = sized_rows(here.catalog, (row["format"],), (row["model"],))
        most = limit_tok_per_s(reads, float(sized.table.layers_bytes[0])) if reads else np.nan
        told = (("bandwidth / bytes", most, f"{most:,.{0 if most >= 20 else 1}f}"), ("predicted", row["decode_tok_per_s"], row["decode_text"]), ("measured", row["measured_tok_per_s"], f"{row['measured_tok_per_s']:,.3g}"))  # fmt: skip
        made += [(f"{row['name']} {row['format']}", kind, value, text, np.nan) for kind, value, text in told if np.isfinite(value)]  # fmt: skip
    of = f"{here.name} reads {reads:,.0f} GB/s" if reads else f"how fast the memory of {here.name} is, is not known"  # fmt: skip
    return Stop(
        "bandwidth", "Bandwidth",
        (
            "For every token the whole of a dense model is read from memory once.",
            f"So tokens a second are at most bandwidth divided by bytes: {of}.",
            "Real machines reach a part of that; how large a part is what our prediction is fitted to, and measurements show how well.",
        ),
        _frame(made), "tokens a second", "",
        f"Bars of the limit, our prediction and what was measured, for dense models on {here.name}.",
        link(here.view, "speed", model=str(some["model"].iloc[0]) if len(some) else here.model), "How fast, and how wrong we are",
        _cited(here, GLOSSARY["bandwidth"].source),
    )  # fmt: skip


def limit_tok_per_s(bandwidth_gb_per_s: float, read_bytes: float) -> float:
    """Most tokens a second of one conversation: bandwidth / bytes read for a token (`finbarr-llama-cpp`)."""
    return bandwidth_gb_per_s * 1e9 / read_bytes


STOPS = (tokens, parameters, quantization, active, cache, context, bandwidth)
"""In the order of the tour."""
