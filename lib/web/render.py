"""From a picture to a file: the chart drawn to its size, title, sources and link written around it, as SVG or PNG.

Nothing is fetched: the rows stand in the specification and the fonts come with the package. The SVG is put together
here rather than by Vega because a chart has a title but no foot.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib.charts import Theme
from lib.charts.style import PAPER, faint, ink
from lib.pictures import Picture
from lib.web.drawing import ARTIST

LEAST_WIDTH, USUAL_WIDTH, MOST_WIDTH = 300, 1000, 2000
"""Pixels."""
MOST_HEIGHT = 4000
MOST_ROWS = 5000
CARD = (1200, 630)
"""Width and height of what a chat shows of a link."""
SHARP = 2
"""A PNG has so many pixels for each of the picture's, as screens do; a card has one."""
FONTS = "Liberation Sans, Arial, Helvetica, sans-serif"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RAISED = re.compile(r"(>[^<>]*)⁹")
_COLUMNS = re.compile(r"width > (\d+) \? (\d+) : (\d+)")
ROOM_FOR_AXIS = 80
"""Pixels of a chart's width that its vertical axis may take."""
_FOOT: dict[Theme, str] = {"light": "#5b6472", "dark": "#a3abb8"}
_GRID: dict[Theme, str] = {"light": "#d9dde4", "dark": "#3a4150"}
_WIDTHS = (("ijl.,:;|!'·", 0.3), (" ft()[]-/Ir", 0.36), ("–%mwMW@—…", 0.95), ("ABCDEFGHJKLNOPQRSTUVXYZ&", 0.73))
"""How wide some letters are, in sizes of the font; the others are as wide as a digit, or less."""
CARD_ZOOM = 1.25
"""A chat shows a card at half its size, so a chart is drawn smaller and enlarged: its letters stay readable."""


@dataclass(frozen=True)
class Words:
    """What is written around a chart."""

    title: str
    """The answer, in a sentence."""
    sources: str
    link: str


def svg(picture: Picture | None, words: Words, theme: Theme, width: int, height: int | None = None) -> str:
    """The picture as SVG, `width` pixels wide; as high as it needs, or cut to `height`. Words alone where nothing is drawn.

    Raises ValueError for more rows than a picture is drawn of.
    """
    pad, big, small, zoom = (40, 30, 17, CARD_ZOOM) if height else (20, 20, 12, 1.0)
    if picture is None and height:  # words alone may be large
        big = 44
    head = _wrapped(words.title, width - 2 * pad, big, 6 if picture is None else 3 if height else 8)
    left_out = picture.thinned if picture else ""
    foot = [*_wrapped(left_out, width - 2 * pad, small, 2), *_wrapped(words.sources, width - 2 * pad, small, 2), *_wrapped(words.link, width - 2 * pad, small, 1 if height else 6)]  # fmt: skip
    above, below = pad + round(len(head) * big * 1.3) + 8, round(len(foot) * small * 1.45) + pad // 2
    room = max(height - above - below - 10, 60) if height else None
    wide, high = (width - 2 * pad) / zoom, room / zoom if room else None
    drawn, tall = _chart(picture, theme, round(wide), round(high) if high else None) if picture else ("", 10)
    whole = height or above + tall + below + 10
    inside = f'<svg x="{pad}" y="{above}" width="{width - 2 * pad}" height="{room or tall}" viewBox="0 0 {wide:g} {high or tall:g}" preserveAspectRatio="xMinYMin" overflow="hidden">{drawn}</svg>'  # fmt: skip
    top, bottom = pad + big * 0.8, whole - below + small
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{whole}" viewBox="0 0 {width} {whole}" '
        f'role="img" aria-label="{_text(words.title)}" font-family="{FONTS}"><title>{_text(words.title)}</title><desc>{_text(picture.alt if picture else words.title)}</desc>'
        f'<rect width="{width}" height="{whole}" fill="{PAPER[theme]}"/>{inside}'
        f"{_lines(head, pad, top, big, 1.3, ink(theme), 'bold')}{_lines(foot, pad, bottom, small, 1.45, _FOOT[theme], 'normal')}</svg>"
    )  # fmt: skip


def png(image: str, scale: int = SHARP) -> bytes:
    """An SVG of ours as PNG, `scale` pixels for each of its own."""
    # The fonts that come along have no such digit; asked for one they would take a serif for all of the line.
    raised = _RAISED.sub(r'\1<tspan baseline-shift="super" font-size="75%">9</tspan>', image)
    return ARTIST.png(raised, scale)


def _chart(picture: Picture, theme: Theme, width: int, room: int | None) -> tuple[str, int]:
    """The chart as an SVG inside another, and its height in pixels."""
    if len(picture.data) > MOST_ROWS:
        raise ValueError(f"{len(picture.data):,} rows are more than the {MOST_ROWS:,} a picture is drawn of")
    natural = min(int(picture.spec.get("height", 400)), MOST_HEIGHT)
    # A list of rows made lower would be letters on letters: of a high one a card shows the top.
    height = natural if room is None else max(natural, room) if picture.listed else room
    spec = {
        **picture.spec, "width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}, "padding": 4,
        "data": {"values": json.loads(picture.data.to_json(orient="records", date_format="iso"))}, "config": config(theme),
    }  # fmt: skip
    made = ARTIST.svg(_readable(spec, width))
    return made, _height(made, height)


def _readable(value: Any, width: int) -> Any:
    """The same as the engine can draw it in one go.

    Without characters no XML may hold: at these it gives up. And with a legend's columns decided: the chart is made lower
    by the legend as it was before the axes took their share of the width, so columns that change with it would not fit.
    """
    if isinstance(value, str):
        return _NOT_XML.sub("", value)
    if isinstance(value, dict):
        if isinstance(given := value.get("columns"), dict) and (found := _COLUMNS.fullmatch(str(given.get("expr")))):
            value = {**value, "columns": int(found[2] if width - ROOM_FOR_AXIS > int(found[1]) else found[3])}
        return {key: _readable(item, width) for key, item in value.items()}
    return [_readable(item, width) for item in value] if isinstance(value, list | tuple) else value


def _height(image: str, otherwise: int) -> int:
    found = re.search(r'<svg[^>]* height="(\d+)', image)
    return int(found[1]) if found else otherwise


def config(theme: Theme) -> dict[str, Any]:
    """Vega's settings for what the page's own theme sets in the browser: inks, grid, fonts, no background."""
    said = {
        "labelColor": ink(theme),
        "titleColor": ink(theme),
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 400,
    }
    return {
        "font": FONTS, "background": None, "view": {"stroke": None}, "legend": {**said, "symbolStrokeWidth": 0},
        "axis": {**said, "gridColor": _GRID[theme], "gridOpacity": 1, "domainColor": faint(theme), "tickColor": _GRID[theme]},
    }  # fmt: skip


def _width(text: str) -> float:
    """About how wide bold letters are, in sizes of the font; a little more than they are."""
    return sum(next((w for letters, w in _WIDTHS if c in letters), 0.61 if ord(c) < 0x2000 else 1.0) for c in text)


def _wrapped(text: str, width: float, size: int, most: int) -> list[str]:
    """Lines that fit in `width` pixels; what is past `most` lines is told by an ellipsis."""
    room, lines = width / size, [""]
    for word in _NOT_XML.sub("", text).split():
        while word:
            joined = f"{lines[-1]} {word}".lstrip()
            if _width(joined) <= room:
                lines[-1], word = joined, ""
            elif lines[-1]:
                lines.append("")
            else:  # a word alone that is too long, such as a link
                fits = next(i for i in range(len(word), 0, -1) if i == 1 or _width(word[:i]) <= room)
                lines[-1], word = word[:fits], word[fits:]
                lines += [""] if word else []
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: max(int(len(lines[most - 1]) - 2), 1)] + " …"]
    return [line for line in lines if line]


def _text(text: str) -> str:
    return html.escape(_NOT_XML.sub("", text), quote=True)


def _lines(lines: Sequence[str], x: int, y: float, size: int, leading: float, colour: str, weight: str) -> str:
    return "".join(
        f'<text x="{x}" y="{y + i * size * leading:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}">{_text(line)}</text>'
        for i, line in enumerate(lines)
    )
