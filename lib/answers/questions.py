"""The questions people ask before they run a model at home, each answered in a sentence for the visitor's machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lib.answers import asked
from lib.answers.bigger import bigger_or_smaller
from lib.answers.buy import buy_page
from lib.answers.compare import compare_models
from lib.answers.cost import cost_page
from lib.answers.machine import rig_of
from lib.answers.picks import picks
from lib.answers.sentences import models_answer
from lib.answers.timeline import timeline
from lib.catalog import Catalog
from lib.view import View, link

Said = Callable[[Catalog, View], str]
Changes = Callable[[Catalog, View], Mapping[str, Any]]
BUDGET_USD, GAP_USD = 2000, 10_000
ESSAY_PAIR = ("llama-3-8b-instruct", "llama-3-70b-instruct")


def _none(catalog: Catalog, view: View) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Question:
    """One question: the words, who asked it, what answers it, and the view that shows more."""

    id: str
    group: str
    text: str
    asked_at: str
    """The source where people asked it."""
    answer: Said
    page: str
    """The page that answers it, a name of `lib.view.PAGES`."""
    changes: Changes = _none
    """What its view changes in the visitor's."""


@dataclass(frozen=True)
class Answered:
    id: str
    text: str
    answer: str
    link: str
    page: str
    asked_title: str
    asked_url: str


@dataclass(frozen=True, eq=False)
class Questions:
    sentence: str
    notes: tuple[str, ...]
    groups: Mapping[str, tuple[Answered, ...]] = field(default_factory=dict)


def _with(**changes: Any) -> Changes:
    return lambda catalog, view: changes


def _model(which: Callable[[Catalog, View], str], **changes: Any) -> Changes:
    return lambda catalog, view: {"model": which(catalog, view), **changes}


def _own(view: View, **changes: Any) -> View:
    return view.model_copy(update=changes)


def _buys(usd: int) -> Said:
    return lambda catalog, view: buy_page(catalog, asked.budget_view(view, usd)).sentence


def _unified(catalog: Catalog, view: View) -> Mapping[str, Any]:
    known = asked.SHARED_MEMORY in catalog.machines
    shared = view.by == "machine" and rig_of(catalog, view).pools.unified
    return {} if shared or not known else {"by": "machine", "hw": asked.SHARED_MEMORY, "n": 1, "ram": View().ram}


def _pair(catalog: Catalog, view: View) -> Mapping[str, Any]:
    return {"machines": tuple(m for m in (asked.MAC, asked.CARD) if m in catalog.machines)}


def _essay_pair(catalog: Catalog, view: View) -> Mapping[str, Any]:
    known = tuple(m for m in ESSAY_PAIR if m in catalog.models)
    return {"models": known if len(known) == 2 else View().models}


RUN, TASK, BUY = "What can my machine run?", "Which model for what?", "What to buy?"
CARDS, BITS, CONTEXT = "Several cards", "Fewer bits", "Long contexts"
SPEED, MONEY, RULES, TEAM = "Speed", "Money and power", "Rules", "A team, and the command"
CHANGE = "Home against the cloud, small against large"
QUESTIONS: tuple[Question, ...] = (
    Question("fits", RUN, "Does this model fit my computer, before I download it?", "ask-model-requirements", asked.fits, "memory"),
    Question("card", RUN, "What can I run on the card I have?", "ask-what-runs-on-my-card", lambda c, v: models_answer(c, v).sentence, "models"),
    Question("usable", RUN, "What is the best that also stays fast?", "ask-fast-sharp-usable", lambda c, v: models_answer(c, _own(v, speed=asked.COMFORTABLE_TOK_PER_S)).sentence, "models", _with(speed=asked.COMFORTABLE_TOK_PER_S)),
    Question("catalog", RUN, "Can I see every model there is, by how it fits my memory?", "ask-filter-by-memory", asked.counts_by_fit, "models"),
    Question("agents", TASK, "Which model drives a coding agent?", "ask-coding-agent", lambda c, v: picks(c, _own(v, task="agents")).sentence, "run", _with(task="agents")),
    Question("tools", TASK, "Which model calls tools reliably?", "ask-tool-calls", lambda c, v: asked.best_on(c, v, asked.tool_rank(c)), "benchmarks", lambda c, v: {"rank": asked.tool_rank(c)}),
    Question("smallest", TASK, "What is the smallest model that is good enough?", "ask-fit-to-the-job", asked.smallest_good_enough, "models", _with(fit="gpu")),
    Question("budget", BUY, f"What do I get for ${BUDGET_USD:,}?", "ask-what-to-buy", _buys(BUDGET_USD), "buy", _with(by="budget", budget=BUDGET_USD)),
    Question("mac", BUY, "A Mac or a graphics card?", "ask-mac-or-gpu", asked.mac_or_card, "grid", _pair),
    Question("winner", BUY, "Which machine is best for every model?", "ask-mac-or-gpu", asked.no_winner, "grid"),
    Question("gap", BUY, f"And with ${GAP_USD:,}, between a computer at home and a server?", "ask-rig-under-4k", _buys(GAP_USD), "buy", _with(by="budget", budget=GAP_USD)),
    Question("unified", BUY, "How much of a unified memory can the GPU use?", "ask-unified-memory", asked.unified, "memory", _unified),
    Question("second", CARDS, "Does a second card make it faster?", "ask-second-card", asked.second_card, "machines", lambda c, v: {"model": asked.small(c)}),
    Question("sum", CARDS, "Do the memories of two cards add up?", "ask-sum-of-cards", asked.sum_of_cards, "memory"),
    Question("bigger", BITS, "A bigger model at fewer bits, or a smaller one at more?", "ask-bigger-or-smaller", lambda c, v: bigger_or_smaller(c, v).sentence, "memory"),
    Question("loss", BITS, "How much does quantization cost this model?", "ask-loss-on-this-model", asked.quantization_loss, "memory", _model(asked.chosen)),
    Question("file", BITS, "Are all files of one format alike?", "ask-same-file", asked.same_file, "memory", lambda c, v: {"model": asked.small(c)}),
    Question("context", CONTEXT, "How long a context fits?", "ask-context-memory", asked.longest_context, "memory", _model(asked.chosen)),
    Question("cache", CONTEXT, "What does a quantized KV cache save?", "ask-cache-type", asked.cache_types, "memory", lambda c, v: {"model": asked.small(c), "ctx": asked.LONG_CONTEXT_TOKENS, "kv": "q8_0"}),
    Question("experts", CONTEXT, "Can a large mixture of experts run with its experts in RAM?", "ask-experts-in-ram", asked.mixtures, "memory", _model(asked.mixture)),
    Question("enough", SPEED, "How many tokens a second are enough?", "ask-fast-enough", asked.fast_enough, "models", _with(speed=asked.COMFORTABLE_TOK_PER_S)),
    Question("rent", MONEY, "When is home cheaper than renting?", "ask-home-or-api", lambda c, v: cost_page(c, v).sentence, "cost"),
    Question("power", MONEY, "What does it draw, and what does a lower power limit cost?", "ask-power-limit", asked.power, "cost"),
    Question("sell", RULES, "May I use it commercially?", "ask-commercial-use", asked.commercial, "models", _with(licence="commercial")),
    Question("users", TEAM, "How many people can share one machine?", "ask-several-users", asked.several, "speed", _model(asked.chosen, slots=10)),
    Question("command", TEAM, "What is the exact command?", "hugging-face-gguf-docs", asked.command, "run"),
    Question("behind", CHANGE, "How far is home behind the cloud?", "essay", lambda c, v: timeline(c, v).sentence, "timeline"),
    Question("larger", CHANGE, "How much better is the larger model?", "essay", lambda c, v: compare_models(c, _own(v, **_essay_pair(c, v))).sentence, "compare", _essay_pair),
)  # fmt: skip


@lru_cache(maxsize=64)
def questions(catalog: Catalog, view: View) -> Questions:
    """Every question answered for the view's machine, by group. Only the shared parameters of the view count."""
    groups: dict[str, list[Answered]] = {}
    for q in QUESTIONS:
        title, url = catalog.cited(q.asked_at)
        to = link(view, q.page, **q.changes(catalog, view))
        groups.setdefault(q.group, []).append(
            Answered(q.id, q.text, q.answer(catalog, view), to, q.page, title, url or "")
        )
    return Questions(
        f"{len(QUESTIONS)} questions people ask before they run a model at home, answered for {asked.where(catalog, view)} at {view.ctx:,} tokens.",
        ("Each answer is computed from the catalog for the machine in the row above; its link opens the page behind it with that machine.",),
        {group: tuple(found) for group, found in groups.items()},
    )  # fmt: skip
