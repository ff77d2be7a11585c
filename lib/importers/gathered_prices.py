"""What providers ask for a million tokens, from the gathered `prices.json`: the newest price each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from lib.catalog.schema import Model, Price
from lib.importers.gathered_models import Report
from lib.importers.gathered_sources import Sources

FILE = "prices"
TRUST = ("genai-prices", "litellm", "llm-prices", "models.dev", "tokencost")
"""Of two prices of the same month, that of the list named first."""
_STARTS = re.compile(r"StartDateConstraint\(start_date=datetime\.date\((\d+), (\d+), (\d+)\)\)")


def _day(row: Mapping[str, Any]) -> str | None:
    """The date of a price: when it began, else that of the list it stands in."""
    if match := _STARTS.fullmatch(str(row.get("constraint") or "")):
        return dt.date(*map(int, match.groups())).isoformat()
    match = re.match(r"\d{4}-\d{2}(-\d{2})?(?=$|\D)", str(row["file_date"]))
    return match.group() if match else None


def _refused(row: Mapping[str, Any], today: str) -> str:
    constraint = str(row.get("constraint") or "")
    if constraint and constraint != "None" and not _STARTS.fullmatch(constraint):
        return "holds at some hours only"
    day = _day(row)
    if day is None:
        return "no date"
    if day > today:
        return "begins in the future"
    if row.get("to_date") and row["to_date"] <= today:
        return "has ended"
    if not row["usd_per_mtok_in"] and not row["usd_per_mtok_out"]:
        return "free, with limits that are not stated"
    return ""


def _rank(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Greatest is shown: newest month, most trusted list, newest day, plainest name of the model."""
    source = str(row["source"])
    trust = next((len(TRUST) - i for i, name in enumerate(TRUST) if name in source), 0)
    day = _day(row) or ""
    name = str(row["provider_model_id"])
    regional = bool(re.search(r"(^|/)(eu|us|jp|au|global[\w-]*)[/.]", name))
    return day[:7], trust, day, not regional, -len(name), name


def price_rows(
    rows: Sequence[Mapping[str, Any]], models: Mapping[str, Model], sources: Sources, report: Report
) -> list[Price]:
    """The newest price of each model at each provider, sorted."""
    today = sources.accessed
    best: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        if row["model_id"] not in models:
            continue
        key = row["model_id"], row["provider"]
        if why := _refused(row, today):
            report.reject(f"prices {' '.join(key)} {row['provider_model_id']}", why)
        elif key not in best or _rank(row) > _rank(best[key]):
            best[key] = row
    found = []
    for (model, provider), row in sorted(best.items()):
        source = sources.ref(FILE, row["source"])
        context = row.get("context")
        values = {
            "model": model, "provider": provider, "provider_model": row["provider_model_id"], "input_usd_per_mtok": row["usd_per_mtok_in"],
            "output_usd_per_mtok": row["usd_per_mtok_out"], "cache_read_usd_per_mtok": row.get("usd_per_mtok_cache_read"),
            "context_tokens": context if context and context >= 256 else None, "as_of": _day(row), "source": source,
        }  # fmt: skip
        try:
            found.append(Price(**values))
        except ValidationError as error:
            report.reject(f"prices {model} {provider}", error.errors()[0]["msg"])
    return found
