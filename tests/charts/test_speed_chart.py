"""The charts of “How fast?” name columns the page has, and carry no rows of their own."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from lib.answers.speed_measured import KINDS
from lib.answers.speed_page import speed_page
from lib.catalog import current
from lib.charts.speed import KIND_LOOKS, bandwidth_reached, predicted_measured, speed_by_depth
from lib.pictures import SPEED_MARKS
from lib.view import View

SPECS = {
    "measured": (predicted_measured(tuple(KIND_LOOKS), "light", (0.5, 1024.0)), {*SPEED_MARKS, "predicted"}),
    "bandwidth": (bandwidth_reached(tuple(KIND_LOOKS), "dark", (32.0, 4096.0), (8.0, 4096.0)), {*SPEED_MARKS, "bandwidth_gb_per_s", "reached_gb_per_s"}),
    "depth": (speed_by_depth("light"), {"depth", "decode_tok_per_s", "low", "high", "text"}),
}  # fmt: skip


def fields(spec: Any) -> set[str]:
    text = json.dumps(spec)
    return set(re.findall(r'"field": "(\w+)"', text)) | set(re.findall(r"datum\.(\w+)", text))


@pytest.mark.parametrize("name", SPECS)
def test_a_chart_reads_only_what_it_is_sent(name: str) -> None:
    spec, columns = SPECS[name]
    assert fields(spec) <= columns and "datasets" not in spec
    assert not any("data" in layer for layer in spec["layer"])


def test_every_class_has_a_look_of_its_own() -> None:
    assert set(KINDS.values()) == set(KIND_LOOKS)
    assert (
        len({look.shape for look in KIND_LOOKS.values()})
        == len({look.colour for look in KIND_LOOKS.values()})
        == len(KIND_LOOKS)
    )


def test_all_marks_lie_inside_the_axes() -> None:
    page = speed_page(current(), View(model="llama-3.1-8b-instruct"))
    low, high = page.speed_ends
    assert page.rows[["measured", "predicted"]].stack().between(low, high).all()
    alone = page.rows.dropna(subset=["reached_gb_per_s", "bandwidth_gb_per_s"])
    assert (
        alone["bandwidth_gb_per_s"].between(*page.bandwidth_ends).all()
        and alone["reached_gb_per_s"].between(*page.reached_ends).all()
    )


def test_the_limit_is_drawn_where_both_axes_are_equal() -> None:
    [line] = [layer for layer in SPECS["bandwidth"][0]["layer"] if layer["mark"].get("type") == "rule"]
    ends = {axis: line["encoding"][axis]["datum"] for axis in ("x", "y", "x2", "y2")}
    assert ends == {"x": 32.0, "y": 32.0, "x2": 4096.0, "y2": 4096.0}
