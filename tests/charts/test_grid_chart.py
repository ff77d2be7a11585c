"""The heat map and the tour's pictures: words stay readable on every cell, and names are only names."""

from __future__ import annotations

import json

import pytest

from lib.answers import grid as answers
from lib.charts.grid import KINDS, STRONGEST, WEAKEST, machine_grid
from lib.charts.style import PAPER, Theme, ink
from lib.charts.tour import COLOURS, tour_bars, tour_lines

THEMES: tuple[Theme, ...] = ("light", "dark")


def parts(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def light(rgb: list[float]) -> float:
    return sum(w * (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4) for w, p in zip((0.2126, 0.7152, 0.0722), rgb, strict=True))  # fmt: skip


def contrast(one: list[float], other: list[float]) -> float:
    a, b = sorted((light(one), light(other)))
    return (b + 0.05) / (a + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_words_stand_out_from_the_weakest_and_the_strongest_cell(kind: str, theme: Theme) -> None:
    for opacity in (WEAKEST, STRONGEST):
        cell = [opacity * c + (1 - opacity) * p for c, p in zip(parts(KINDS[kind][0]), parts(PAPER[theme]), strict=True)]  # fmt: skip
        assert contrast(parts(ink(theme)), cell) >= 4.5


def test_picture_and_table_use_the_same_words_and_signs() -> None:
    assert {kind: sign for kind, (_, sign) in KINDS.items()} == answers.SYMBOLS
    assert len({hue for hue, _ in KINDS.values()}) == len({sign for _, sign in KINDS.values()}) == 4


def test_specs_are_plain_data_carry_no_rows_and_survive_any_name() -> None:
    odd = "a '\"] + alert(1) </script> 9 GB"
    found = machine_grid((odd, "B" * 40), ("one", odd), "dark")
    specs = [
        found,
        tour_bars((odd, "x"), ("fits", "too large"), "light", longest=5.0, x_title="GB", limit_title=odd),
        tour_bars(("x",), ("predicted", "measured"), "dark", longest=5.0, x_title="tokens/s", limit_title=""),
        tour_lines(("f16", "q8_0"), "dark", x_title="tokens", limit_title="left"),
    ]
    for spec in specs:
        assert "layer" in spec and "datasets" not in spec and len(json.dumps(spec)) < 20_000
    heads = found["layer"][2]["mark"]["text"]["expr"]
    assert json.dumps({odd: None})[1:-7] in heads  # quoted as JSON, so no name can end the text


def test_every_kind_the_tour_draws_has_a_colour() -> None:
    assert {"fits", "too large", "all", "active", "predicted", "measured", "f16", "q8_0", "q4_0"} <= set(COLOURS)
