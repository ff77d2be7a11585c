"""Benchmarks and scores from the gathered `benchmarks.json` and `scores.json`.

A protocol is who measured and how; numbers from makers' own tables and from collections are kept
apart, because they were obtained in different ways.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from lib.catalog.schema import Benchmark, Model, Score
from lib.importers.gathered_conditions import conditions
from lib.importers.gathered_models import Report
from lib.importers.gathered_sources import Sources, slug

FILE = "scores"

EXACT = {
    "open-llm-leaderboard-v1": "open-llm-leaderboard-v1", "open-llm-leaderboard-v2": "open-llm-leaderboard-v2", "evalplus-leaderboard": "evalplus",
    "epoch-inspect-runs": "epoch", "aider-polyglot": "aider", "aider-edit": "aider", "aider-quant-study": "aider-quantizations",
    "mlx-quant-study": "mlx-quantizations", "vectara-hhem": "vectara",
    "artificial-analysis-v4": "artificial-analysis-v4", "lmarena-2025-08-04": "lmarena-2025-08", "lmarena-2025-12-17": "lmarena-2025-12",
    "lmarena-2025-12-17-style-control": "lmarena-2025-12-style", "table-in:TIGER-AI-Lab/MMLU-Pro:README.md": "mmlu-pro-authors",
}  # fmt: skip

REPORTED = frozenset({"collections", "maker-reports", "competitor-reports"})
"""Protocols whose rows come from many hands."""

MEASURED_BY = {
    "independent": "third-party", "third party": "third-party", "independent, quoted by a vendor": "third-party", "vendor": "maker",
    "vendor-of-a-competitor": "competitor", "third-party or vendor report": "unknown", "unknown": "unknown",
}  # fmt: skip

CATEGORIES = {
    "knowledge": "knowledge", "knowledge/reasoning": "knowledge", "expert science": "knowledge", "expert knowledge": "knowledge",
    "factual recall": "knowledge", "exams": "knowledge", "multilingual knowledge": "knowledge", "commonsense": "reasoning",
    "reasoning": "reasoning", "reading": "reasoning", "long context": "reasoning", "math": "mathematics", "multilingual math": "mathematics",
    "code": "code", "code editing": "code", "scientific code": "code", "agentic code": "agents", "agentic": "agents", "tool use": "agents",
    "instruction following": "instructions", "human preference": "preference", "LLM-judged chat": "preference",
}  # fmt: skip
# A benchmark that mixes categories is filed by what its own part asks for.
PARTS = {
    "coding": "code",
    "agentic-coding": "agents",
    "mathematics": "mathematics",
    "reasoning": "reasoning",
    "instruction-following": "instructions",
}
OF_ITS_OWN = {"aa-coding-index": "code", "aa-coding-agent-index": "agents"}
MEASURES = {
    "arena-hard-v2": "win rate of answers to hard prompts, judged by a model",
    "alpaca-eval-2": "win rate of answers against a fixed model's, corrected for length, judged by a model",
    "codeforces-elo": "rating in programming contests, as estimated by the maker",
    "mbpp-evalplus-base": "short Python tasks with their original tests, first attempt",
    "swe-atlas-codebase-qna": "questions about a code base",
    "swe-atlas-refactoring": "restructuring code of a repository",
    "swe-atlas-test-writing": "writing tests for a repository",
    "tau-bench-airline": "customer service of an airline: talking and using tools",
    "tau-bench-retail": "customer service of a shop: talking and using tools",
    "tau2-bench": "customer service in several domains: talking and using tools",
}
"""What a benchmark asks for, where the gathered file says too little."""
UNITS = {"percent": "percent", "Elo": "elo", "index": "index", "score": "points"}

FAILED_TEMPLATE_POINTS = 20
"""IFEval on the Open LLM Leaderboard this far below every other reading of the model: the chat template failed there."""


def benchmark_id(name: str) -> str:
    """Our id of a gathered benchmark."""
    return slug(name)


def protocol_id(row: Mapping[str, Any]) -> str:
    """Our id of how a gathered score came about."""
    tag, kind = str(row["protocol"]), row["kind"]
    if tag in EXACT:
        return EXACT[tag]
    if release := re.fullmatch(r"livebench-release-(\d{4}-\d{2})-\d{2}", tag):
        return f"livebench-{release[1]}"
    if tag == "livecodebench-official" and (
        window := re.search(r"problems (\d{4}-\d{2})\S* to (\d{4}-\d{2})", str(row["conditions"]))
    ):
        return f"livecodebench-{window[1]}-{window[2]}"
    if tag.startswith("openai-simple-evals"):
        return "maker-reports" if "cited by" in str(row["measured_by"]) else "simple-evals"
    if tag.startswith("mixed:"):
        return "collections"
    return {"vendor": "maker-reports", "vendor-of-a-competitor": "competitor-reports"}.get(kind, "collections")


def _date(text: object) -> str | None:
    match = re.match(r"\d{4}(-\d{2}){0,2}(?=$|[^\d-])", str(text or ""))
    return match.group() if match else None


def _interval(row: Mapping[str, Any]) -> tuple[float | None, float | None]:
    if row.get("ci_low") is not None:
        return row["ci_low"], row["ci_high"]
    if match := re.search(r"95% CI \+([\d.]+)/-([\d.]+)", str(row.get("conditions") or "")):
        return round(row["value"] - float(match[2]), 4), round(row["value"] + float(match[1]), 4)
    return None, None


def _source(row: Mapping[str, Any], sources: Sources) -> str | None:
    """The file a score was read in; the page where there was none."""
    return sources.ref(FILE, row["retrieved_from"]) or sources.ref(FILE, row["source_url"])


def _failed_templates(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Models whose IFEval on the Open LLM Leaderboard is far below what all others found."""
    there: dict[str, float] = {}
    elsewhere: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row["benchmark"] == "ifeval" and row["variant"] != "base":
            if row["protocol"] == "open-llm-leaderboard-v2":
                there[row["model_id"]] = max(row["value"], there.get(row["model_id"], 0.0))
            else:
                elsewhere[row["model_id"]].append(row["value"])
    return {m for m, value in there.items() if elsewhere[m] and min(elsewhere[m]) - value >= FAILED_TEMPLATE_POINTS}


def _refused(row: Mapping[str, Any], model: Model, failed: set[str]) -> str:
    """Why a row is left out; empty where it is kept."""
    base = row["variant"] == "base"
    if base != (model.tuning == "base"):
        return "of the base checkpoint" if base else "not of the base checkpoint"
    if row["benchmark"] == "ifeval" and row["protocol"] == "open-llm-leaderboard-v2":
        if row["model_id"] in failed:
            return "chat template failed: far below every other reading"
        if "chat template false" in str(row["conditions"]) and not base:
            return "instructions given without the chat template"
    if str(row["scale"]).startswith("percent") and not 0 <= row["value"] <= 100:
        return "outside 0 to 100 per cent"
    return ""


def _note(row: Mapping[str, Any], protocol: str) -> str | None:
    cited = row["source_url"]
    if protocol == "collections" and cited and str(cited) not in str(row["retrieved_from"]):
        return f"cited there from {cited}"[:300]
    return None


def score_rows(
    rows: Sequence[Mapping[str, Any]], models: Mapping[str, Model], sources: Sources, report: Report
) -> dict[str, list[Score]]:
    """Scores of the given models by protocol, sorted; the protocol is the file's name."""
    failed = _failed_templates(rows)
    found: dict[str, dict[Score, None]] = defaultdict(dict)
    for row in rows:
        if (known := models.get(row["model_id"])) is None:
            continue
        protocol = protocol_id(row)
        what = f"scores {row['model_id']} {row['benchmark']} {protocol} {row['value']:g}"
        if why := _refused(row, known, failed):
            report.reject(what, why)
            continue
        if (source := _source(row, sources)) is None:
            report.reject(what, "no source that can be cited")
            continue
        low, high = _interval(row)
        variant = None if row["variant"] in ("instruct", "base") else row["variant"]
        values = {
            "model": row["model_id"], "benchmark": benchmark_id(row["benchmark"]), "protocol": protocol, "value": row["value"], "low": low,
            "high": high, "variant": variant, "conditions": conditions(row["conditions"], prose=protocol in REPORTED), "date": _date(row["date"]), "source": source,
            "measured_by": MEASURED_BY.get(row["kind"], "unknown"), "verdict": "superseded" if row.get("superseded") else "",
            "note": _note(row, protocol),
        }  # fmt: skip
        try:
            score = Score.model_validate(values)
        except ValidationError as error:
            report.reject(what, error.errors()[0]["msg"])
            continue
        if score in found[protocol]:
            report.reject(what, "the same row again")
        found[protocol][score] = None
    order = ("benchmark", "model", "variant", "conditions", "date", "value")
    return {
        p: sorted(part, key=lambda s: tuple(str(getattr(s, name) or "") for name in order))
        for p, part in sorted(found.items())
    }


def _category(name: str, given: str) -> str:
    if found := OF_ITS_OWN.get(name) or CATEGORIES.get(given):
        return found
    return next((kind for part, kind in PARTS.items() if name == f"livebench-{part}"), "other")


def benchmarks(rows: Sequence[Mapping[str, Any]], used: set[str], sources: Sources) -> dict[str, Benchmark]:
    """The benchmarks that have scores, by id."""
    found = {}
    for row in rows:
        key = benchmark_id(row["id"])
        if key not in used:
            continue
        human = row["human_baseline"] or {}
        people = next((human[name] for name in ("domain_experts", "expert_estimate", "people") if name in human), None)
        low, high = row["range"]
        url = (
            row["url"] or "https://codeforces.com/"
            if "codeforces" in key
            else row["url"] or "https://github.com/deepseek-ai/DeepSeek-V3"
        )
        source = next(
            (
                ref
                for text in (row["human_baseline_source"], row["random_guess_source"], url)
                if (ref := sources.ref(FILE, _cited(text)))
            ),
            None,
        )
        values = {
            "name": row["name"], "measures": MEASURES.get(key, row["measures"]), "category": _category(key, row["category"]), "unit": UNITS[row["unit"]],
            "minimum": low, "maximum": high, "higher_is_better": row["higher_is_better"], "chance": row["random_guess_baseline"],
            "human": people, "saturated": row["saturated"], "caveats": row["caveats"], "url": url, "source": source,
        }  # fmt: skip
        found[key] = Benchmark.model_validate(values)
    return dict(sorted(found.items()))


def _cited(text: object) -> str | None:
    """The part of a remark that names a source."""
    match = re.search(r"(?:github:|https?://)\S+", str(text or ""))
    return match.group().rstrip(")") if match else None
