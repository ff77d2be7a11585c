"""The chart of “What should I run?” names columns it is sent, and carries no rows of its own."""

from __future__ import annotations

import json
import re

import pytest

from lib.charts.run import capability_speed
from lib.pictures import RUN_MARKS


@pytest.mark.parametrize(("theme", "each"), [("light", False), ("dark", True)])
def test_the_chart_reads_only_what_it_is_sent(theme, each):
    spec = capability_speed("capability index", ("fits in GPU memory",), theme, each=each)
    text = json.dumps(spec)
    fields = set(re.findall(r'"field": "(\w+)"', text)) | set(re.findall(r"datum\.(\w+)", text))
    assert fields - {"value"} <= set(RUN_MARKS) and "datasets" not in spec
    assert not any("data" in layer for layer in spec["layer"])
    assert ("each conversation" in text) == each


def test_speed_is_logarithmic_and_the_steps_fall_to_the_right():
    spec = capability_speed("capability index", ("fits in GPU memory",), "light", each=False)
    scales = [layer["encoding"]["x"]["scale"]["type"] for layer in spec["layer"]]
    assert set(scales) == {"log"}
    [stairs] = [layer for layer in spec["layer"] if layer["mark"]["type"] == "line"]
    assert stairs["mark"]["interpolate"] == "step-before"
