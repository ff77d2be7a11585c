"""What a newer copy of a source adds, changes and takes away, as people review it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lib.catalog.schema import Price, Score

R = TypeVar("R", bound=Price | Score)
_PRICED = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "context_tokens")
_SCORED = ("value", "low", "high", "conditions")
WORDS = {
    "input_usd_per_mtok": "input",
    "output_usd_per_mtok": "output",
    "cache_read_usd_per_mtok": "cache read",
    "context_tokens": "context",
}


@dataclass(frozen=True)
class Diff(Generic[R]):
    """Rows of a source by what becomes of them, each part sorted by key."""

    added: tuple[R, ...] = ()
    changed: tuple[tuple[R, R], ...] = ()
    """The row as it stands and as it would become."""
    gone: tuple[R, ...] = ()
    same: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.gone)


def key(row: Price | Score) -> tuple[str, ...]:
    """What a row is about, whatever its numbers."""
    if isinstance(row, Price):
        return row.model, row.provider
    return row.model, row.benchmark, row.protocol, row.variant or ""


def _said(row: Price | Score) -> tuple[Any, ...]:
    """What a row states; when and where it was read is not part of it."""
    return tuple(getattr(row, name) for name in (_PRICED if isinstance(row, Price) else _SCORED))


def diff(old: Iterable[R], new: Iterable[R]) -> Diff[R]:
    """Compare rows of one source. Several rows of one key are paired: equal ones first, then like conditions, then in order.

    A row that states the same is the same, even where it was read on another day.
    """
    before: dict[tuple[str, ...], list[R]] = defaultdict(list)
    after: dict[tuple[str, ...], list[R]] = defaultdict(list)
    for rows, table in ((old, before), (new, after)):
        for row in rows:
            table[key(row)].append(row)
    added: list[R] = []
    gone: list[R] = []
    changed: list[tuple[R, R]] = []
    same = 0
    for about in sorted(before.keys() | after.keys()):
        left, right = before[about], after[about]
        for alike in (_said, lambda row: getattr(row, "conditions", None), lambda _: None):
            pairs, left, right = _pair(left, right, alike)
            same += sum(_said(a) == _said(b) for a, b in pairs)
            changed += [(a, b) for a, b in pairs if _said(a) != _said(b)]
        gone += left
        added += right
    return Diff(tuple(added), tuple(changed), tuple(gone), same)


def _pair(left: list[R], right: list[R], alike: Any) -> tuple[list[tuple[R, R]], list[R], list[R]]:
    """Pairs of rows that are alike, in order, and what is left on each side."""
    pairs, rest = [], list(right)
    unpaired = []
    for row in left:
        match = next((i for i, other in enumerate(rest) if alike(other) == alike(row)), None)
        if match is None:
            unpaired.append(row)
        else:
            pairs.append((row, rest.pop(match)))
    return pairs, unpaired, rest


def _number(value: object) -> str:
    return "none" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def _step(old: object, new: object) -> str:
    """`0.08 → 0.1 (+25 %)`."""
    both = isinstance(old, int | float) and isinstance(new, int | float)
    share = f" ({(new / old - 1) * 100:+.3g} %)" if both and old else ""  # type: ignore[operator]
    return f"{_number(old)} → {_number(new)}{share}"


def line(row: Price | Score) -> str:
    """A row in one line: what it is about, and what it states."""
    names = _PRICED if isinstance(row, Price) else _SCORED
    said = ", ".join(
        f"{WORDS.get(name, name)} {_number(value)}" for name in names if (value := getattr(row, name)) is not None
    )
    return f"{' '.join(filter(None, key(row)))}: {said}"


def changes(old: Price | Score, new: Price | Score) -> str:
    """A changed row in one line: each field that differs, old → new, with the percentage."""
    names = _PRICED if isinstance(old, Price) else _SCORED
    said = [
        f"{WORDS.get(name, name)} {_step(getattr(old, name), getattr(new, name))}"
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]
    remark = getattr(old, "verdict", "") or getattr(old, "note", None)
    return f"{' '.join(filter(None, key(old)))}: {', '.join(said)}" + (f" [remark dropped: {remark}]" if remark else "")


def lines(found: Diff[Price] | Diff[Score]) -> Sequence[str]:
    """The diff as `+`, `~` and `-` lines, sorted by what they are about."""
    marked = [(key(row), "+ " + line(row)) for row in found.added]
    marked += [(key(a), "~ " + changes(a, b)) for a, b in found.changed]
    marked += [(key(row), "- " + line(row)) for row in found.gone]
    return [text for _, text in sorted(marked)]
