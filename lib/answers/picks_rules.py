"""What each task asks of a model and of the machine: the index that counts, the least context, slots and speed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lib.answers.picks_index import TaskIndex
from lib.answers.scores import INDEX_TITLES
from lib.quality.capability import capability_report
from lib.speed.words import STEPS
from lib.view import View, default
from lib.view.view import Task

READING, CHAT, COMFORTABLE, AGENT = (start for start, _ in STEPS[1:])
"""Tokens a second from which a speed is called so; `lib.speed.words` says why."""
LONGEST_WAIT_S = 10.0
"""Seconds a program may take before people turn to something else (Nielsen 1993, after Miller 1968)."""
TASK_RULES = (
    ("patience", "people turn to something else after 10 seconds", "nielsen-response-times"),
    ("context of agents", "64,000 tokens or more", "ollama-context-length"),
)
"""What it is about, the rule of thumb, its source."""


@dataclass(frozen=True)
class TaskRule:
    """How candidates for a task are counted. Speeds are tokens a second of one conversation."""

    words: str
    """Inside "For … on your machine"."""
    domain: str
    """Domain of the index that counts; see `picks_index`."""
    least_tok_per_s: float
    balance_tok_per_s: float
    """What the best balance has at least, where anything has."""
    ctx: int = 0
    """Least context in tokens, taken where the visitor left the context as it is."""
    slots: int = 1
    longest_prompt_s: float | None = None
    """Longest wait for the first word of a prompt."""
    why: str = ""


TASKS: Mapping[Task, TaskRule] = {
    "chat": TaskRule("chat", "general", READING, COMFORTABLE, why="An answer is read while it is written."),
    "code": TaskRule("code", "code", READING, COMFORTABLE, why="Nobody reads code along, so the best balance is quicker than reading."),
    "mathematics": TaskRule("mathematics", "mathematics", READING, COMFORTABLE, why="Reasoning is long and nobody reads it along."),
    "documents": TaskRule("long documents", "long-context", READING, COMFORTABLE, ctx=32_768, why="32,768 tokens are about 24,000 words, at ¾ of a word a token."),
    "agents": TaskRule("agents and tools", "agents", COMFORTABLE, AGENT, ctx=65_536, longest_prompt_s=LONGEST_WAIT_S, why="An agent reads far more than it writes and does so at every step; Ollama advises a context of 64,000 tokens or more for it."),
    "several": TaskRule("several people at once", "general", READING, CHAT, slots=4, why="Each conversation has its own context, and each should be as fast as reading."),
}  # fmt: skip


WIDER = (1.0, 1.5, 2.0)
"""How many times those points the quickest may lie below, tried in turn, if it is quicker than the other picks."""


def near_points() -> float:
    """Index points at which the odds of solving a task are half: ln 2 of the index's points a logit."""
    return math.log(2) * capability_report().points_per_logit


@dataclass(frozen=True)
class Counted:
    """The view candidates are counted with, and what in it the task set."""

    view: View
    rule: TaskRule
    changed: tuple[str, ...]
    """What differs from the visitor's own view, in words."""


def counted(view: View) -> Counted:
    """The view with what the task needs. Only what the visitor left at its default is raised; a speed asked for counts as it is."""
    rule = TASKS[view.task]
    raised: dict[str, object] = {"speed": view.speed or rule.least_tok_per_s, "model": None}
    changed = []
    if view.ctx == default("ctx") and rule.ctx > view.ctx:
        raised["ctx"] = rule.ctx
        changed.append(f"counted with {rule.ctx:,} tokens of context, not {view.ctx:,}")
    if view.slots == default("slots") and rule.slots > view.slots:
        raised["slots"] = rule.slots
        changed.append(f"counted with {rule.slots} conversations at once")
    return Counted(view.model_copy(update=raised), rule, tuple(changed))


def rule_lines(made: Counted, index: TaskIndex) -> tuple[str, ...]:
    """The rules of this task in words, a line a rule."""
    rule, view = made.rule, made.view
    each = " for each" if view.slots > 1 else ""
    chosen = (
        "Every model is counted in the most exact of our five usual formats that lies wholly in GPU memory and is quick enough for the pick, in Q4_K_M where RAM is needed."
        if view.quant == "best"
        else f"Every model is counted in {view.quant}, as asked."
    )
    lines = [_index_line(rule, index), f"{rule.why} Counted is what writes at least {view.speed:g} tokens/s{each}; where a speed cannot be predicted, what lies wholly in GPU memory."]  # fmt: skip
    if rule.longest_prompt_s:
        lines.append(f"A prompt of {view.prompt:,} tokens must be read within {rule.longest_prompt_s:g} s, the time after which people turn to something else (Nielsen 1993), where that speed is known.")  # fmt: skip
    lines += [
        "Most capable: the highest index of those.",
        f"Best balance: of those at {rule.balance_tok_per_s:g} tokens/s or more and at most {near_points():.0f} index points below the most capable, where the odds of solving a task are half, the quickest that the intervals do not tell from the most capable of them. Two are told apart where their difference is larger than both half-intervals, added as squares. Where nothing is that quick, the next slower word for a speed counts.",
        f"Quickest: the quickest of those at most {near_points():.0f} index points below. Where that is a pick already, up to {WIDER[-1] * near_points():.0f} points count, if that makes it at least 1.1 times as quick; there is none where nothing is.",
        f"{chosen} Speeds less than 1.25 times apart count as the same for the balance, less than 1.1 for the quickest: then the more capable goes first. Where one model wins twice, the next takes the second place.",
    ]
    return tuple(lines)


def _index_line(rule: TaskRule, index: TaskIndex) -> str:
    never = "Models without one, and base models, are never picked."
    if index.domain != rule.domain:
        return f"Capability is our {INDEX_TITLES['general']}: too few models have one for {rule.domain.replace('-', ' ')}. {never}"
    if not index.both:
        return f"Capability is our {INDEX_TITLES['general']}. {never}"
    off = f"in the {index.both} models with both, theirs is {index.shift:+.1f} points off on average, with a standard deviation of {index.spread:.1f}"
    return f"Capability is our {INDEX_TITLES[index.domain]}. For models tested too little there the general index stands in, marked ≈: {off}, and both are counted in. {never}"
