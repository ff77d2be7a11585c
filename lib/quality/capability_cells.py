"""From the catalog's scores to the cells of the capability fit: what counts, for whom, and how much.

**An item** is one benchmark under one protocol whose scores are comparable. Everything gathered under protocols
that are not (`comparable = false`: makers, their competitors, collections) is one item a benchmark, with a wide
spread; where the conditions name a version or a window of questions that many share, that is an item of its own.

**Left out** are benchmarks of preference (votes, win rates), any without a known minimum and maximum (ratings),
scores found wrong, superseded or mixed up, of quantized weights, of base models under an instruct model's
name, of answers picked out of several, or given with tools or search. Averages are left out where their parts count:
those in `PARTS` are heard only for a model none of whose parts is, other indexes never.

**A model** is its checkpoint thinking as long as anybody let it: of several settings of one model and item, the
named effort and then the budget decide, never the score. Scores without thinking or at low effort belong to a second row
of the same model, which informs the difficulty of benchmarks, and stands for the model only if the first
has too few benchmarks. A score without a named setting belongs to the first, unless the same
comparable table names one that thinks. To the second belong also, of a model that always thinks, scores of a protocol
that gives it no room to (`room_to_think = false`: answers read off likelihoods); they say as little of it as a run cut off.

**Of several** scores of one row and item: third party before maker before competitor before unknown, first hand before
copied, the newest, and of what is left the median. Never the highest.

**A benchmark speaks once**: benchmarks that ask the same questions are one family, and the weight of all
scores of a row in a family is together that of the best of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from lib.catalog import Catalog
from lib.catalog.schema import Benchmark, Score
from lib.quality.capability_fit import Cells, Index

FEWEST_BENCHMARKS = 4
"""A model with fewer has no index."""
FEWEST_MODELS = 3
"""An item with fewer says nothing about its own difficulty that it does not take from these models."""
FEWEST_OF_A_VERSION = 6
REPORTED = "reported"
SAME_QUESTIONS = {
    "gpqa-diamond": "gpqa", "math-500": "math", "math-lvl5": "math", "humaneval-plus": "humaneval",
    "mbpp-plus": "mbpp", "mbpp-evalplus-base": "mbpp", "evalplus-avg-he-mbpp": "mbpp", "mmlu-redux": "mmlu",
    "bfcl-v3": "bfcl", "aa-coding-index": "aa-intelligence-index", "aa-coding-agent-index": "aa-intelligence-index",
    "terminal-bench-hard": "terminal-bench", "terminal-bench-2-1": "terminal-bench-2",
}  # fmt: skip
"""Benchmarks made of another's questions, of part of them, or averaging the same tests, count as one."""
REPUTE = {"third-party": 0, "essay": 1, "maker": 2, "competitor": 3, "unknown": 4}
FLOORS = {"comparable": 0.05, "third-party": 0.07, "essay": 0.08, "maker": 0.09, "competitor": 0.09, "unknown": 0.10}
"""Spread of a score around the curve, in shares, that no number of questions takes away: about what the
residuals of each kind show (`[residuals]` in `capability.toml`), and more for makers, whose numbers lean upwards."""
USUAL_ITEMS = 200
"""Questions of a benchmark whose number is not in the catalog."""

Kind = Literal["main", "quick"]
_LEFT_OUT = re.compile(
    r"\bwith tools|\bw/ tools|with search|search agent|tools \(marked|usually with tools|cons@|maj@(?!1\b)|pass@(?!1\b)|parallel (attempt|test-time)"
    r"|multiple attempts|\bsubtask\b|\bmultiturn\b|\belo \(|fewer bits|precision [48]bit|\bptq\b|qlora|spinquant|quant-study|default quant"
    r"|\bq\d(_|\b)|^base$",
    re.IGNORECASE,
)
_QUICK = re.compile(r"non-?thinking|no-?thinking|without thinking|\bminimal\b|\blow\b|low-effort", re.IGNORECASE)
_THINKS = re.compile(r"\bthinking|reasoning (mode|on|checkpoint)", re.IGNORECASE)
_EFFORTS = (("xhigh", 4), ("max", 4), ("high", 3), ("medium", 1))
_BUDGET = re.compile(r"(\d+)k\b", re.IGNORECASE)
_VERSION = re.compile(r"dataset: ([\w-]+)|(?<![\w.])v(\d)\b|\b(diamond)\b", re.IGNORECASE)
_WINDOW = re.compile(r"\b(2[0-9])[./]?(\d\d?)\s*[-~]\s*(2[0-9])[./]?(\d\d?)\b")


@dataclass(frozen=True)
class Cell:
    model: str
    kind: Kind
    item: str
    family: str
    share: float
    spread: float
    score: Score


@dataclass(frozen=True)
class Table:
    """The cells as the fit reads them, with what each index stands for."""

    cells: Cells
    rows: tuple[tuple[str, Kind], ...]
    items: tuple[str, ...]
    benchmarks: tuple[str, ...]
    """Benchmark of each item."""
    families: tuple[str, ...]
    """Family of each item."""
    scores: tuple[Score, ...]
    """What each cell is made of."""

    def clusters(self) -> Index:
        """Number of the family of each item."""
        names = sorted(set(self.families))
        return np.array([names.index(f) for f in self.families], dtype=np.intp)


def words(score: Score) -> str:
    return f"{score.variant or ''}; {score.conditions or ''}"


@lru_cache(maxsize=4096)
def _left_out(said: str) -> bool:
    """Whether a score's variant or conditions keep it out: a few hundred texts say it of all scores."""
    return _LEFT_OUT.search(said.strip()) is not None


def usable(score: Score, benchmark: Benchmark) -> bool:
    """Whether the fit may hear this score at all."""
    return (
        benchmark.category != "preference"
        and benchmark.unit in ("percent", "index", "points")
        and benchmark.minimum is not None
        and benchmark.maximum is not None
        and benchmark.minimum <= score.value <= benchmark.maximum
        and score.verdict not in ("wrong", "superseded", "mixed")
        and not (_left_out(score.variant or "") or _left_out(score.conditions or ""))
    )


def effort(score: Score) -> tuple[bool, int, int] | None:
    """How long the model was let think: named at all, effort, budget in thousands of tokens; `None` if hardly."""
    said = words(score)
    if _QUICK.search(said):
        return None
    variant = (score.variant or "").lower()
    level = next((n for word, n in _EFFORTS if re.search(rf"\b{word}\b", variant)), 0)
    budget = _BUDGET.search(variant)
    return bool(_THINKS.search(said)) or budget is not None, level, int(budget[1]) if budget else 0


def version(score: Score) -> str:
    """The version, part or window of a benchmark's questions the conditions name; empty where none."""
    said = score.conditions or ""
    if found := _WINDOW.search(said):
        return f"{found[1]}{int(found[2]):02d}-{found[3]}{int(found[4]):02d}"
    if found := _VERSION.search(said):
        return next(part for part in found.groups() if part).lower()
    return ""


def share_of(value: float, benchmark: Benchmark) -> float:
    """A score from 0 (its minimum) to 1 (its maximum), turned round where lower is better."""
    assert benchmark.minimum is not None and benchmark.maximum is not None
    share = (value - benchmark.minimum) / (benchmark.maximum - benchmark.minimum)
    return share if benchmark.higher_is_better else 1 - share


def spread_of(share: float, score: Score, comparable: bool, items: int | None) -> float:
    """One standard deviation of a share: sampling of its questions (Wald, Agresti-Coull's two added), and the floor."""
    n = (items or USUAL_ITEMS) + 4
    middle = (share * (n - 4) + 2) / n
    floor = FLOORS["comparable" if comparable and score.measured_by == "third-party" else score.measured_by]
    return float(np.sqrt(middle * (1 - middle) / n + floor**2))


def chosen(scores: Sequence[Score]) -> Score:
    """The one of several of a row and item that counts: setting, repute, first hand, newest, then the median."""

    def rank(score: Score) -> tuple[tuple[bool, int, int], int, bool, str]:
        copied = "copied from elsewhere" in words(score)
        return effort(score) or (False, 0, 0), -REPUTE[score.measured_by], not copied, score.date or ""

    best = max(rank(s) for s in scores)
    left = sorted((s for s in scores if rank(s) == best), key=lambda s: (s.value, s.source, s.conditions or ""))
    return left[(len(left) - 1) // 2]


def _livebench(score: Score) -> bool:
    return score.benchmark.startswith("livebench-")


def _artificial_analysis(score: Score) -> bool:
    return "artificial analysis methodology" in words(score).lower()


def _coding_agents(score: Score) -> bool:
    return "artificialanalysis.ai/agents" in (score.note or "")


def _evalplus(score: Score) -> bool:
    return score.benchmark.startswith(("humaneval", "mbpp"))


PARTS: Mapping[str, Callable[[Score], bool]] = {
    "livebench": _livebench,
    "evalplus-avg-he-mbpp": _evalplus,
    "aa-intelligence-index": _artificial_analysis,
    "aa-coding-index": _artificial_analysis,
    "aa-coding-agent-index": _coding_agents,
}
"""Averages whose parts can be told: whether a score is such a part."""


def repeats(score: Score, benchmark: Benchmark, others: Sequence[Score]) -> bool:
    """Whether a score is an average of what is heard anyway; one whose parts cannot be told always is."""
    if score.benchmark not in PARTS:
        return benchmark.unit == "index"
    part = PARTS[score.benchmark]
    return any(part(s) for s in others if s.benchmark not in PARTS)


def cells_of(catalog: Catalog) -> list[Cell]:
    """Every score the fit hears, collapsed by the rules above; sorted, whatever the order of the files."""
    heard = [s for s in catalog.scores if s.model in catalog.models and usable(s, catalog.benchmarks[s.benchmark])]
    by_model: dict[str, list[Score]] = defaultdict(list)
    for score in heard:
        by_model[score.model].append(score)
    kept = [s for of in by_model.values() for s in of if not repeats(s, catalog.benchmarks[s.benchmark], of)]
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for s in kept:
        if not catalog.protocols[s.protocol].comparable:
            versions[s.benchmark, version(s)].add(s.model)
    groups: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for s in kept:
        name = s.protocol
        if not catalog.protocols[s.protocol].comparable:
            own = version(s)
            name = f"{REPORTED} {own}" if own and len(versions[s.benchmark, own]) >= FEWEST_OF_A_VERSION else REPORTED
        groups[s.model, f"{s.benchmark}.{name}"].append(s)
    both_ways = {s.model for s in kept if (e := effort(s)) is not None and any(e)}
    found = []
    for (model, item), scores in sorted(groups.items()):
        benchmark = catalog.benchmarks[scores[0].benchmark]
        protocol = catalog.protocols[scores[0].protocol]
        comparable = protocol.comparable
        hurried = not protocol.room_to_think and catalog.models[model].tuning == "reasoning"
        kinds: Mapping[Kind, Sequence[Score]] = {"quick" if hurried else "main": scores}
        if model in both_ways and not hurried:
            kinds = _kinds(scores, comparable)
        for kind, of_kind in kinds.items():
            if of_kind:
                score = chosen(of_kind)
                share = share_of(score.value, benchmark)
                spread = spread_of(share, score, comparable, benchmark.items)
                family = SAME_QUESTIONS.get(score.benchmark, score.benchmark)
                found.append(Cell(model, kind, item, family, share, spread, score))
    return found


def _kinds(scores: Sequence[Score], comparable: bool) -> Mapping[Kind, list[Score]]:
    thinks = any((e := effort(s)) is not None and (e[0] or e[1] >= 3) for s in scores)
    kinds: dict[Kind, list[Score]] = {"main": [], "quick": []}
    for s in scores:
        level = effort(s)
        plain = level == (False, 0, 0)
        kinds["quick" if level is None or (plain and thinks and comparable) else "main"].append(s)
    return kinds


def table(cells: Sequence[Cell], chance: Mapping[str, float]) -> Table:
    """Cells as arrays; items with too few models are left out. `chance` is the share of guessing, by benchmark."""
    models: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        models[cell.item].add(cell.model)
    kept = sorted((c for c in cells if len(models[c.item]) >= FEWEST_MODELS), key=lambda c: (c.model, c.kind, c.item))
    rows = tuple(sorted({(c.model, c.kind) for c in kept}))
    items = tuple(sorted({c.item for c in kept}))
    row_of, item_of = {r: i for i, r in enumerate(rows)}, {b: i for i, b in enumerate(items)}
    said: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for c in kept:
        said[c.model, c.kind, c.family].append(c.spread**-2)
    spreads = [c.spread * np.sqrt(sum(w := said[c.model, c.kind, c.family]) / max(w)) for c in kept]
    of_item = {c.item: c for c in kept}
    benchmarks = tuple(of_item[i].score.benchmark for i in items)
    arrays = Cells(
        row=np.array([row_of[c.model, c.kind] for c in kept], dtype=np.intp),
        item=np.array([item_of[c.item] for c in kept], dtype=np.intp),
        share=np.array([c.share for c in kept]),
        spread=np.array(spreads),
        chance=np.array([chance.get(b, 0.0) for b in benchmarks]),
        rows=len(rows),
    )
    return Table(arrays, rows, items, benchmarks, tuple(of_item[i].family for i in items), tuple(c.score for c in kept))
