"""Colours told apart by everyone: contrast by WCAG 2.2, colour blindness by simulation, difference by CIEDE2000."""

from __future__ import annotations

import itertools
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.charts import benchmarks, contexts, cost, dots, speed, timeline
from lib.charts.style import CATEGORICAL, LOOKS, PAPER, PARTS, faint, ink, ink_on, luminance
from lib.fit import FIT_WORDS

THEME: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())["theme"]
GRAPHIC, TEXT = 3.0, 4.5
"""Least contrast of what is drawn (WCAG 2.2, 1.4.11) and of what is read (1.4.3)."""

SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""What linear RGB becomes to each kind of sight, at full severity (Machado, Oliveira and Fernandes 2009, table 1)."""

TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
D65 = np.array([0.95047, 1.0, 1.08883])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def seen(colour: str, sight: str) -> tuple[float, float, float]:
    """CIELAB of `#rrggbb` to one kind of sight."""
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(SIGHTS[sight] @ linear, 0, 1) / D65
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return float(116 * f[1] - 16), float(500 * (f[0] - f[1])), float(200 * (f[1] - f[2]))


def difference(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """CIEDE2000 of two CIELAB colours (Sharma, Wu and Dalal 2005); 2 or so is just noticed."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    c7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - math.sqrt(c7 / (c7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = math.hypot(a1, b1), math.hypot(a2, b2)
    h1, h2 = math.degrees(math.atan2(b1, a1)) % 360, math.degrees(math.atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    dl = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    twist = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))  # fmt: skip
    return math.sqrt(dl**2 + dc**2 + dh**2 + twist * dc * dh)


def least_difference(colours: list[str], sight: str) -> float:
    return min(difference(seen(a, sight), seen(b, sight)) for a, b in itertools.combinations(colours, 2))


@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_the_published_one(one: Any, other: Any, published: float) -> None:
    assert difference(one, other) == pytest.approx(published, abs=1e-4)


def test_contrast_and_simulation_are_the_published_ones() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    for sight in SIGHTS:  # greys stay grey to everyone
        assert seen("#808080", sight) == pytest.approx((53.585, 0, 0), abs=0.1)
    assert difference(seen("#8a6f00", "deuteranopia"), seen("#5f8700", "deuteranopia")) < 8  # brown and olive


SETS = {
    "categorical": list(CATEGORICAL),
    "parts of memory": list(PARTS.values()),
    "kinds of speed": [look.colour for look in speed.KIND_LOOKS.values()],
    "lines of cost": [colour for colour, _ in cost.LINES.values()],
    "models compared": list(dots.COLOURS),
    "weights": [look.colour for look in benchmarks.KINDS.values()],
    "pools": list(contexts.LAYER_POOLS),
}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("name", SETS)
def test_colours_of_one_chart_stay_apart(name: str, sight: str) -> None:
    assert least_difference(SETS[name], sight) >= 12


@pytest.mark.parametrize("sight", SIGHTS)
def test_what_runs_is_never_taken_for_what_does_not(sight: str) -> None:
    runs = [FIT_WORDS[fit] for fit in ("gpu", "cpu", "offload")]
    colours = {fit: seen(look.colour, sight) for fit, look in LOOKS.items()}
    for one, other in itertools.combinations(LOOKS, 2):
        # Reasons why a model does not run also differ in shape and in their word.
        least = 10 if {one, other} & set(runs) else 7
        assert difference(colours[one], colours[other]) >= least, (one, other)


@pytest.mark.parametrize("theme", PAPER)
def test_marks_and_words_stand_out_from_the_page(theme: Any) -> None:
    paper = THEME[theme]["backgroundColor"]
    assert paper == PAPER[theme]
    marks = {*itertools.chain.from_iterable(SETS.values()), *(look.colour for look in LOOKS.values()), faint(theme)}
    assert {colour for colour in marks if contrast(colour, paper) < GRAPHIC} == set()
    assert contrast(ink(theme), paper) >= TEXT
    # Lines that lie on each other tell their order by width; by colour only from the page.
    assert min(contrast(colour, paper) for colour in timeline.COLOURS[theme]) >= GRAPHIC


@pytest.mark.parametrize("theme", PAPER)
def test_the_theme_can_be_read_and_its_boxes_seen(theme: Any) -> None:
    says = THEME[theme]
    paper, box = says["backgroundColor"], says["secondaryBackgroundColor"]
    for ground in (paper, box):
        assert contrast(says["textColor"], ground) >= 7
        assert contrast(says["linkColor"], ground) >= TEXT
    assert contrast(says["dataframeHeaderTextColor"], says["dataframeHeaderBackgroundColor"]) >= TEXT
    assert contrast(says["borderColor"], paper) >= GRAPHIC
    assert contrast(faded(says["textColor"], paper), paper) >= TEXT


def faded(colour: str, paper: str) -> str:
    """A caption's colour: Streamlit draws the text's at 60 %."""
    mixed = (round(0.6 * int(colour[i : i + 2], 16) + 0.4 * int(paper[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def test_charts_that_name_no_colours_use_the_same() -> None:
    assert THEME["chartCategoricalColors"] == list(CATEGORICAL)


def test_words_on_a_bar_can_be_read() -> None:
    for colour in (*CATEGORICAL, *PARTS.values()):
        assert contrast(ink_on(colour), colour) >= TEXT, colour
