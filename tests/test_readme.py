"""The README says what the repository measures, and names what is there."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(first: str) -> list[str]:
    [line] = [line for line in TEXT.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_speed_errors_are_those_of_the_calibration() -> None:
    bands = tomllib.loads((ROOT / "catalog/calibration/speed.toml").read_text("utf-8"))["bands"]
    rows = {
        "dense model, one GPU": "gpu", "dense model, Apple chip": "apple", "mixture of experts, one device": "experts",
        "on the CPU": "cpu", "several cards, or offload to RAM": "several",
    }  # fmt: skip
    for title, name in rows.items():
        band = bands[name]
        assert cells(title) == [
            str(band["rows"]), str(band["sources"]), f"{band['median_error']:.1%}".replace("%", " %"),
            f"{band['p90_error']:.1%}".replace("%", " %"), f"{band['coverage']:.0%}".replace("%", " %"),
        ]  # fmt: skip


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
