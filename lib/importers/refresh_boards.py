"""Scores from Epoch AI's benchmarking hub, Aider's leaderboards and the Open LLM Leaderboard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import partial

from lib.importers.refresh_offers import Row, ScoreOffer, ScoreRows, collect, percent, refused
from lib.importers.refresh_reading import (
    LONGEST_CELL,
    MOST_ROWS,
    RowError,
    Torn,
    csv_of,
    day,
    maybe,
    number,
    text_of,
    word,
)

EPOCH_TASKS = {
    "GPQA diamond": "gpqa-diamond",
    "MATH level 5": "math-lvl5",
    "OTIS Mock AIME 2024-2025": "otis-mock-aime",
    "SWE-Bench verified": "swe-bench-verified",
    "FrontierMath-2025-02-28-Private": "frontiermath",
}
"""Epoch's names of the tasks we keep, to our benchmarks."""
OPEN_LLM = {
    "ifeval": ("ifeval", "0-shot, mean of prompt- and instruction-level strict accuracy"),
    "bbh": ("bbh", "3-shot acc_norm"),
    "math": ("math-lvl5", "4-shot, MATH level 5 exact match"),
    "gpqa": ("gpqa", "0-shot acc_norm, all GPQA subsets"),
    "musr": ("musr", "0-shot acc_norm"),
    "mmlu_pro": ("mmlu-pro", "5-shot acc"),
}
"""The board's names of its tests, to our benchmarks and how they are run there."""


def parse_epoch(content: bytes, benchmark: str | None = None) -> ScoreRows:
    """A CSV of Epoch's hub: all runs in one file with a column `task`, or one benchmark's file, whose id is then given.

    Scores there are proportions. Raises ValueError for a file of neither shape.
    """
    _, first = next(csv_of(content), (0, {}))
    if {"task", "model", "Best score (across scorers)"} <= set(first):
        return collect(_epoch_runs(content))
    if not {"Model version", "mean_score"} <= set(first):
        raise ValueError("the file has neither the columns 'task', 'model' nor 'Model version', 'mean_score'")
    if benchmark is None:
        raise ValueError("the file is of one benchmark and does not name it: give --benchmark")
    return collect(_epoch_file(content, benchmark))


def _epoch_runs(content: bytes) -> Iterator[Row]:
    for line, row in csv_of(content):
        if isinstance(row, Torn):
            yield refused(row, line)
        elif (benchmark := EPOCH_TASKS.get(row["task"])) is not None:
            yield row["model"], benchmark, partial(_epoch_run, row, benchmark)


def _epoch_run(row: Mapping[str, str], benchmark: str) -> ScoreOffer:
    if (row.get("Status") or "Success") != "Success":
        raise RowError("the run did not succeed")
    error = re.search(r"±([\d.]{1,20})", row.get("Scores") or "")
    return _epoch_score(
        row["model"],
        benchmark,
        row["Best score (across scorers)"],
        error[1] if error else None,
        _epoch_day(row.get("started_at") or ""),
        row.get("task version"),
    )


def _epoch_file(content: bytes, benchmark: str) -> Iterator[Row]:
    for line, row in csv_of(content):
        if isinstance(row, Torn):
            yield refused(row, line)
        else:
            yield row["Model version"], benchmark, partial(_epoch_mean, row, benchmark)


def _epoch_mean(row: Mapping[str, str], benchmark: str) -> ScoreOffer:
    started = _epoch_day(row.get("Started at") or "")
    return _epoch_score(
        row["Model version"], benchmark, row["mean_score"], row.get("stderr"), started, row.get("task version")
    )


def _epoch_score(
    name: str, benchmark: str, score: str, error: str | None, date: str, version: str | None
) -> ScoreOffer:
    value = percent(number(score, "score"), "score")
    spread = maybe(error, "standard error")
    parts = []
    if spread is not None:
        parts.append(f"standard error {percent(spread, 'standard error'):.3g} points")
    if version:
        parts.append(f"task version {word(version, 'task version', 40)}")
    return ScoreOffer(word(name, "model", 200), benchmark, value, conditions="; ".join(parts) or None, date=date)


def _epoch_day(text: str) -> str:
    """`2026-02-24T13:34:48.126Z` or `17 November 2025 4:28pm` as a day."""
    if re.match(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return day(text[:10])
    try:
        return dt.datetime.strptime(" ".join(text.split()[:3]), "%d %B %Y").date().isoformat()
    except ValueError:
        raise RowError("no date" if not text.strip() else f"no day can be read from {text[:40]!r}") from None


def flat_yaml(content: bytes) -> list[dict[str, str]]:
    """A list of flat mappings, the only YAML Aider's leaderboards need. Raises ValueError for anything else in it."""
    found: list[dict[str, str]] = []
    for line_number, line in enumerate(text_of(content).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"(- |  )([A-Za-z_][\w-]{0,60}):(?: +(.*))?", line.rstrip(), re.ASCII)
        if match is None or len(line) > LONGEST_CELL:
            raise ValueError(f"line {line_number} is not '- name: value' or '  name: value'")
        if match[1] == "- ":
            found.append({})
        if not found or len(found) > MOST_ROWS:
            raise ValueError(f"line {line_number} belongs to no entry" if not found else "too many entries")
        value = (match[3] or "").strip()
        if value[:1] in ("[", "{", "&", "*", "!", "|", ">"):
            raise ValueError(f"line {line_number}: only plain and quoted texts are read")
        if value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1:
            value = value[1:-1]
        if match[2] in found[-1]:
            raise ValueError(f"line {line_number} gives {match[2]} twice in one entry")
        found[-1][match[2]] = value
    return found


def parse_aider(content: bytes, benchmark: str = "aider-polyglot") -> ScoreRows:
    """Aider's `polyglot_leaderboard.yml` or `edit_leaderboard.yml`, in per cent solved within two tries.

    Raises ValueError for a file that is no such list.
    """
    entries = flat_yaml(content)
    if not any("pass_rate_1" in entry for entry in entries):
        raise ValueError("no entry has 'pass_rate_1': is this a leaderboard of Aider?")
    return collect((e.get("model", ""), benchmark, partial(_aider, e, benchmark)) for e in entries)


def _aider(entry: Mapping[str, str], benchmark: str) -> ScoreOffer:
    value = number(entry.get("pass_rate_2"), "pass_rate_2")
    if not 0 <= value <= 100:
        raise RowError(f"pass_rate_2 of {value:g} is out of range 0 to 100")
    said = [f"edit format {word(entry.get('edit_format'), 'edit_format', 40)}", "2 tries"]
    # How many exercises the test has; some of an older run are lost from `test_cases`.
    if cases := entry.get("test_cases"):
        said.append(f"{number(cases, 'test_cases'):.0f} exercises")
    if formed := entry.get("percent_cases_well_formed"):
        said.append(f"well-formed {number(formed, 'percent_cases_well_formed'):.1f}%")
    name = word(entry.get("model"), "model", 200)
    return ScoreOffer(name, benchmark, value, conditions="; ".join(said), date=day(entry.get("date")))


def parse_open_llm(content: bytes) -> ScoreRows:
    """The Open LLM Leaderboard v2 as CSV, a row a submission, scores as proportions, not normalised by chance.

    Raises ValueError for a file without its columns.
    """
    columns = tuple(f"evaluations_{test}_value" for test in OPEN_LLM)
    needed = ("model_name", "model_precision", "model_has_chat_template", "metadata_submission_date", *columns)

    def rows() -> Iterator[Row]:
        for line, row in csv_of(content, *needed):
            if isinstance(row, Torn):
                yield refused(row, line)
                continue
            for test, (benchmark, how) in OPEN_LLM.items():
                yield row["model_name"], benchmark, partial(_open_llm, row, test, benchmark, how)

    return collect(rows())


def _open_llm(row: Mapping[str, str], test: str, benchmark: str, how: str) -> ScoreOffer:
    template = row["model_has_chat_template"].lower()
    if template not in ("true", "false"):
        raise RowError(f"model_has_chat_template is neither true nor false: {template[:20]!r}")
    if test == "ifeval" and template == "false" and row.get("model_type") == "chatmodels":
        raise RowError("instructions given without the chat template")
    said = f"{how}; chat template {template}; precision {word(row['model_precision'], 'precision', 40)}"
    value = percent(number(row[f"evaluations_{test}_value"], test), test)
    name = word(row["model_name"], "model", 200)
    return ScoreOffer(name, benchmark, round(value, 4), conditions=said, date=day(row["metadata_submission_date"]))
