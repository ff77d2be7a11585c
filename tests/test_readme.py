"""The README says what the repository measures, and names what is there."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from benchmarks.accuracy_speed import plain_division
from benchmarks.speed_data import load
from lib.answers.speed_page import errors_markdown
from lib.quality.capability import capability_report

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(first: str) -> list[str]:
    [line] = [line for line in TEXT.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_speed_errors_are_those_of_the_calibration() -> None:
    for line in errors_markdown().splitlines()[2:]:
        assert line in TEXT, line


def test_the_usual_rule_is_as_wrong_as_is_said() -> None:
    rows = load()
    off = np.abs(plain_division(rows) / rows.measured - 1)[rows.fitted]
    assert f"is {np.median(off):.0%}".replace("%", " % off at the median") in TEXT


def test_the_index_is_reported_as_it_was_fitted() -> None:
    found = capability_report()
    for title, board in {
        "LMArena, December 2025, style control": "chatbot-arena-elo.lmarena-2025-12-style",
        "LMArena, December 2025": "chatbot-arena-elo.lmarena-2025-12",
        "LMArena, August 2025": "chatbot-arena-elo.lmarena-2025-08",
    }.items():
        [a] = [a for a in found.agreement if a.board == board]
        assert cells(title) == [
            str(a.models),
            f"{a.spearman:.3f}",
            f"{a.spearman_top_30:.2f}",
            f"{a.concordance:.1%}".replace("%", " %"),
        ]
    assert f"within {found.held_out['fit']} points" in TEXT and f"within {found.held_out['benchmark_mean']}" in TEXT
    assert f"{found.makers['mean']} points higher" in TEXT


def test_the_memory_errors_are_those_of_the_generated_table() -> None:
    with (ROOT / "catalog/calibration/memory_error.csv").open(encoding="utf-8") as file:
        ours = {(r["part"], r["class"]): r for r in csv.DictReader(file) if r["method"] == "this site"}
    for title, key in {
        "weights, every mixture": ("weights", "files of the engine, all formats"),
        "KV cache": ("KV cache", "all"),
        "weights + cache + buffers on one card": ("total", "Q4_K_M and Q8_0, one card"),
    }.items():
        row, said = ours[key], cells(title)
        assert [said[0].replace(",", ""), said[1].replace(",", "")] == [row["cases"], row["exact"]]
        assert float(said[4].removesuffix(" %")) >= round(float(row["max_pct"]), 2)
        assert float(said[2].removesuffix(" %")) >= round(float(row["median_pct"]), 4)


def test_every_file_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target
