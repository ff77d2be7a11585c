"""The essay the dashboard grew from, as printed, and what checking it found."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from lib.catalog.schema.base import HTTPS, Date, Https, Id, Record, SourceRef, Text


class EssayRow(Record):
    """A row of a table as the essay prints it, and which of our records it is."""

    cells: dict[str, str]
    """Column heading to what is printed there, to the letter; empty cells left out. `link` is an address the row cites."""
    model: Id | None = None
    measurement: Id | None = None
    service: Id | None = None
    quantization: str | None = None

    @field_validator("cells")
    @classmethod
    def _opens(cls, cells: dict[str, str]) -> dict[str, str]:
        # The page offers this one cell to be clicked.
        if (link := cells.get("link")) is not None and not re.fullmatch(HTTPS, link):
            raise ValueError(f"the cell 'link' is no http or https address: {link!r}")
        return cells


class Finding(Record):
    """What checking a cell, a row or a whole table against other sources found."""

    table: Id
    row: Annotated[int, Field(ge=0)] | None = None
    """From 0; absent when it is about the whole table."""
    column: Text | None = None
    verdict: Literal["confirmed", "differs", "wrong", "unconfirmed", "misleading"]
    text: Text
    source: SourceRef


class EssayTable(Record):
    title: Text
    section: Text
    page: Literal["models", "machines", "compare", "sources"]
    """Page of the dashboard that shows it as it stands today."""
    query: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """The view: parameters of the link, defaults left out."""
    columns: tuple[Text, ...]
    rows: tuple[EssayRow, ...]
    since: Text
    """What has changed since May 2024, in a sentence or two."""


class Claim(Record):
    """A sentence of the essay that can be checked, in our words."""

    text: Text
    section: Text
    cites: Https | None = None
    verdict: Literal["confirmed", "differs", "wrong", "unconfirmed"]
    checked: Text
    source: SourceRef


class Essay(Record):
    """`essay.toml`: the essay the dashboard grew from."""

    title: Text
    author: Text
    published: Date
    tables: dict[Id, EssayTable]
    findings: tuple[Finding, ...] = ()
    claims: dict[Id, Claim] = Field(default_factory=dict)
