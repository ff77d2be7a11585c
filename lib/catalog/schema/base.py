"""What every record is made of: ids, texts, numbers, dates, addresses, and where a fact comes from."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ID = r"^[a-z0-9][a-z0-9._-]{0,79}$"
Id = Annotated[str, Field(pattern=ID)]
"""Lower case, stable for ever: it is the file's name, the link's value, and never reused."""
Text = Annotated[str, Field(min_length=1, max_length=2000)]
# A quote with a backslash before it is no regular expression to those who read JSON Schemas strictly.
HTTPS = "^https?://[^\\s\"'<>]{3,500}$"
Https = Annotated[str, Field(pattern=HTTPS)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def _source(value: str) -> str:
    name = value.partition("#")[0]
    if not name or len(value) > 400:
        raise ValueError(f"{value!r} is not a source id, optionally followed by '#' and the place inside it")
    return value


SourceRef = Annotated[str, AfterValidator(_source)]
"""An id of `sources.toml`, optionally `#` and where inside it (a file, a row, a section)."""
DATE = (
    r"^(19|20)\d\d(-((0[1-9]|1[0-2])|(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|[12]\d)))?$"
)
Date = Annotated[str, Field(pattern=DATE), BeforeValidator(str)]
"""A day, or a month or a year where no day is known: `2024-04-18`, `2024-04`."""


PATTERNS = {
    ID: "an id: lower-case letters, digits, '.', '_' and '-'",
    DATE: "a date there is: 2024-04-18, 2024-04 or 2024",
    HTTPS: "an address: https://…",
}
"""What a text of each pattern is, for people."""


def words(value: object) -> object:
    """CSV cells hold lists separated by blanks."""
    return tuple(value.split()) if isinstance(value, str) else value


class Record(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True, str_strip_whitespace=True
    )


class Source(Record):
    """Where facts come from."""

    title: Text
    producer: Text
    url: Https
    published: Date | None = None
    accessed: Date
    """When the facts were last read there."""
    licence: Text
    """What the source allows, or "not stated"; then single facts are cited, never the table."""
    note: Text | None = None


class Accepted(Record):
    """An entry of `accepted.toml`: what a rule of the check finds and we keep, knowing why."""

    rule: Text
    places: tuple[Text, ...]
    """The places the check names, to the letter."""
    reason: Text
    source: SourceRef | None = None
