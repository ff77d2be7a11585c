"""What to ask less of where nothing, or too little, suits: one wish at a time, and how many models do then."""

from __future__ import annotations

from dataclasses import dataclass

from lib.answers.picks_candidates import pool
from lib.answers.picks_index import task_index
from lib.answers.picks_rules import READING, counted
from lib.catalog import Catalog
from lib.view import View, link

SHORT_CONTEXT = 4096
MOST = 4


@dataclass(frozen=True)
class Relaxed:
    """A wish to give up, how many models suit without it, and the link that does it."""

    text: str
    count: int
    address: str

    @property
    def said(self) -> str:
        """`With the KV cache in q8_0: 3 models`."""
        return f"{self.text[:1].upper()}{self.text[1:]}: {self.count} model{'' if self.count == 1 else 's'}"


def suited(catalog: Catalog, view: View) -> int:
    """How many models suit the view's task on its machine."""
    made = counted(view)
    return int(pool(catalog, made, task_index(catalog, made.rule.domain), made.view.speed)["suits"].sum())


def relaxations(catalog: Catalog, view: View) -> tuple[Relaxed, ...]:
    """Wishes that more models suit without, the most helpful first, at most four."""
    now, asked = suited(catalog, view), counted(view).view
    slow = 1.0 if asked.speed <= READING else READING
    tries: list[tuple[bool, str, dict[str, object]]] = [
        (view.kv in ("f16", "bf16", "f32"), "with the KV cache in q8_0", {"kv": "q8_0"}),
        (asked.ctx > SHORT_CONTEXT, f"with {SHORT_CONTEXT:,} tokens of context", {"ctx": SHORT_CONTEXT}),
        (asked.slots > 1, "with two conversations at once", {"slots": 2} if asked.slots > 2 else {"slots": 1, "task": "chat"}),
        (view.quant == "best", "in Q3_K_M, fewer bits than we choose unasked", {"quant": "Q3_K_M"}),
        (view.quant != "best", "in the format that suits each", {"quant": "best"}),
        (view.licence != "any", "under any licence", {"licence": "any"}),
        (asked.speed > slow, f"at {slow:g} tokens/s or more", {"speed": slow}),
        (view.task != "chat", "for chat", {"task": "chat"}),
    ]  # fmt: skip
    found = [
        Relaxed(text, count, link(view, "run", **change))
        for applies, text, change in tries
        if applies and (count := suited(catalog, view.model_copy(update=change))) > now
    ]
    return tuple(sorted(found, key=lambda r: -r.count)[:MOST])
