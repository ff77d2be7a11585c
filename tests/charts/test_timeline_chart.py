"""The timeline's pictures: complete without data, readable on both pages, never by colour alone."""

from __future__ import annotations

import json

import pytest

from lib.answers.tiers import TIERS, label_of
from lib.answers.timeline import HOSTED, timeline
from lib.catalog import current
from lib.charts import timeline as charts
from lib.charts.style import Theme, ink
from lib.view import View
from tests.charts.test_charts import contrast

PAGES: dict[Theme, str] = {"light": "#ffffff", "dark": "#12151c"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_line_stands_out_from_the_page_the_larger_the_more(theme: Theme) -> None:
    shades = [contrast(colour, PAGES[theme]) for colour in charts.COLOURS[theme]]
    assert min(shades) >= 3 and shades == sorted(shades, reverse=True)
    assert contrast(ink(theme), PAGES[theme]) >= 7


def test_lines_differ_in_more_than_colour() -> None:
    assert len(set(charts.WIDTHS)) == len(charts.TIERS) == len(charts.COLOURS["light"])
    spec = charts.best_lines("Quiz", "light", until="2025-12-01", lower=False)
    dashes = {json.dumps(layer["mark"].get("strokeDash")) for layer in spec["layer"] if layer["mark"]["type"] == "line"}
    assert len(dashes) == 2


def test_the_picture_knows_every_line_the_answer_draws() -> None:
    assert set(charts.TIERS) == {label_of(tier) for tier in TIERS} and charts.CLOUD == HOSTED


def test_specs_are_plain_data_and_name_only_columns_there_are() -> None:
    page = timeline(current(), View(rank="chatbot-arena-elo.lmarena-2025-12"))
    for spec, rows in (
        (charts.best_lines(page.rank_title, "dark", until=page.until, lower=True), page.best),
        (charts.behind_lines("light", until=page.until), page.behind),
    ):
        assert "datasets" not in spec and len(json.dumps(spec)) < 20_000
        fields = {
            channel["field"]
            for layer in spec["layer"]
            for given in layer["encoding"].values()
            for channel in (given if isinstance(given, list) else [given])
            if "field" in channel
        }
        assert fields <= set(rows.columns)
        # Titles of a tooltip become properties in the browser; this one it refuses.
        assert '"title": "then"' not in json.dumps(spec)


def test_a_smaller_number_stands_higher_only_where_it_is_better() -> None:
    for lower in (False, True):
        spec = charts.best_lines("Quiz", "light", until="2025-12-01", lower=lower)
        assert {layer["encoding"]["y"]["scale"]["reverse"] for layer in spec["layer"] if "scale" in layer["encoding"]["y"]} == {lower}  # fmt: skip
