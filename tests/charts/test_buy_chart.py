"""The chart of “What should I buy?” names columns the page has, and carries no rows of its own."""

from __future__ import annotations

import json
import re

import pytest

from lib.answers.buy import DRAWN
from lib.answers.buy_candidates import KINDS
from lib.charts.buy import KIND_LOOKS, price_steps


@pytest.mark.parametrize(("theme", "log", "own"), [("light", False, False), ("dark", True, True)])
def test_the_chart_reads_only_what_it_is_sent(theme, log, own):
    spec = price_steps("capability index", KINDS, theme, log_worth=log, own=own)
    text = json.dumps(spec)
    made = {"budget_at", "own_at"}
    fields = set(re.findall(r'"field": "(\w+)"', text)) | set(re.findall(r"datum\.(\w+)", text))
    assert fields - made <= {*DRAWN, "side"} and "datasets" not in spec
    assert not any("data" in layer for layer in spec["layer"])
    assert ("what you have" in text) == own and "your budget" in text


def test_every_kind_has_a_look_of_its_own_and_prices_are_logarithmic():
    assert tuple(KIND_LOOKS) == KINDS
    assert len({k.shape for k in KIND_LOOKS.values()}) == len({k.colour for k in KIND_LOOKS.values()}) == len(KINDS)
    spec = price_steps("capability index", KINDS, "light", log_worth=False)
    scales = [layer["encoding"]["x"].get("scale", {}) for layer in spec["layer"] if "x" in layer["encoding"] and layer["encoding"]["x"].get("field") == "usd"]  # fmt: skip
    assert all(scale.get("type") == "log" for scale in scales if scale)
