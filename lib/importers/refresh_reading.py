"""Reading a downloaded file with bounds: its size, its rows, its depth, its texts. Nothing in it is ever run.

A file as a whole is refused with a ValueError of one line; a row with a `Rejected` that says why.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lib.importers.fields import shown

LARGEST_BYTES = 32 << 20
MOST_ROWS = 100_000
DEEPEST = 32
LONGEST_TEXT = 300
LONGEST_CELL = 20_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,20})?|\.\d{1,20})([eE][+-]?\d{1,3})?", re.ASCII)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Rejected:
    """A row that was not taken, and why."""

    reason: str
    row: str
    """The row as its file names it, fit to print."""
    name: str | None = None
    """The model's name there, where it could still be told: what the catalog has of it then stays."""
    where: str | None = None
    """The provider or benchmark, likewise."""


class RowError(ValueError):
    """A row cannot be taken; the message says why."""


def text_of(content: bytes) -> str:
    """The file as text. Raises ValueError for an empty, too large or non-UTF-8 file."""
    if not content:
        raise ValueError("the file is empty")
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"the file has {len(content):,} bytes, more than {LARGEST_BYTES >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file is not UTF-8 text: {error.reason} at byte {error.start}") from None


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside strings."""
    deepest = depth = 0
    inside = False
    for match in re.finditer(r'\\.|["\[\]{}]', text, re.DOTALL):
        mark = match.group()
        if mark == '"':
            inside = not inside
        elif not inside and mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not inside and mark in "]}":
            depth -= 1
    return deepest


def _constant(name: str) -> Any:
    raise ValueError(f"the file has {name}, which is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("the file has an integer of more than 20 digits")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"the file names {shown(twice)} twice in one object")
    return found


def json_of(content: bytes) -> Any:
    """The file's JSON. Raises ValueError where it is none, too deep, or names a key twice."""
    text = text_of(content)
    if _depth(text) > DEEPEST:
        raise ValueError(f"the file is nested more than {DEEPEST} deep")
    try:
        return json.loads(text, parse_constant=_constant, parse_int=_integer, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise ValueError(f"the file is not JSON: {error.msg} at line {error.lineno}") from None


def objects_of(value: Any, what: str) -> Mapping[str, Any]:
    """An object of the file with at most 100,000 entries. Raises ValueError for anything else."""
    if not isinstance(value, dict):
        raise ValueError(f"{what}: expected an object, got {shown(value)}")
    if len(value) > MOST_ROWS:
        raise ValueError(f"{what}: {len(value):,} entries, more than {MOST_ROWS:,}")
    return value


def list_of(value: Any, what: str) -> list[Any]:
    """A list of the file with at most 100,000 entries. Raises ValueError for anything else."""
    if not isinstance(value, list):
        raise ValueError(f"{what}: expected a list, got {shown(value)}")
    if len(value) > MOST_ROWS:
        raise ValueError(f"{what}: {len(value):,} entries, more than {MOST_ROWS:,}")
    return value


class Torn(dict[str, str]):
    """A row with more or fewer cells than the header: it has lost its columns, only its first cells tell what it is."""


def csv_of(content: bytes, *needed: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of each row, `Torn` where they do not match the header. Raises ValueError for a file without the columns needed, or that is no CSV."""
    text = text_of(content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        if missing := [name for name in needed if name not in head]:
            raise ValueError(f"the file has no column {', '.join(map(repr, missing))}; it has {shown(', '.join(head))}")
        if twice := sorted({name for name in head if name and head.count(name) > 1}):
            raise ValueError(f"the file has two columns {shown(twice[0])}")
        for row in reader:
            if not row:
                continue
            if reader.line_num > MOST_ROWS:
                raise ValueError(f"the file has more than {MOST_ROWS:,} lines")
            if any(len(cell) > LONGEST_CELL for cell in row):
                raise ValueError(f"line {reader.line_num} has a cell of more than {LONGEST_CELL:,} characters")
            made = dict if len(row) == len(head) else Torn
            yield reader.line_num, made(zip(head, row, strict=False))
    except csv.Error as error:
        raise ValueError(f"the file is not CSV: {error} at line {reader.line_num}") from None


def word(value: Any, what: str, longest: int = LONGEST_TEXT) -> str:
    """A text fit for a cell of the catalog. Raises RowError for anything a spreadsheet or terminal would act on."""
    if not isinstance(value, str) or not value.strip():
        raise RowError(f"{what} is missing" if value in (None, "") or isinstance(value, str) else f"{what} is no text")
    text = value.strip()
    if len(text) > longest:
        raise RowError(f"{what} has more than {longest} characters")
    if _CONTROL.search(text):
        raise RowError(f"{what} has control characters")
    if text[0] in "=+-@":
        raise RowError(f"{what} begins with {text[0]!r}, which a spreadsheet would calculate")
    return text


def number(value: Any, what: str) -> float:
    """A finite number, from JSON or from a cell. Raises RowError."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        missing = value is None or value == ""
        raise RowError(f"{what} is missing" if missing else f"{what} is not a number: {shown(value)}")
    if not math.isfinite(value):
        raise RowError(f"{what} is not a finite number")
    return float(value)


def maybe(value: Any, what: str) -> float | None:
    """A number, or None where the file gives none. Raises RowError."""
    return None if value is None or value == "" else number(value, what)


def day(value: Any, what: str = "date") -> str:
    """A day or a month, ISO. Raises RowError."""
    text = str(value or "").strip()
    if not text:
        raise RowError("no date")
    if not _DAY.fullmatch(text):
        raise RowError(f"{what} is no day like 2026-03-31: {shown(text)}")
    return text


def printed(value: object) -> str:
    """A row's name as the report may print it: one line, short, no control characters."""
    text = _CONTROL.sub("?", str(value)).encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= 120 else text[:117] + "..."
