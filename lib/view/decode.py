"""What a link asks for: anything is accepted, and what had to be left out is explained."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast

from pydantic import TypeAdapter, ValidationError

from lib.view.link import VERSION, text_of
from lib.view.view import MOST_COLUMNS, MOST_COMPARED, MOST_LISTED, MOST_MACHINES, PAGES, View, default
from lib.view.vocabulary import Vocabulary, noun

Query = Mapping[str, Sequence[str]]

RENAMED: Mapping[str, str] = {}
"""Ids that links in the wild still use, to what they are called now."""
_FOREIGN = re.compile(r"utm_\w{1,20}|embed|embed_options|fbclid|gclid|ref")
"""Parameters other programs add to links; nothing of ours, nothing to complain about."""

DATED = ("cat", "on", "was")
"""What a dated link adds: the catalog's version, the day, and what the answer was. No part of the view."""


@dataclass(frozen=True)
class Notice:
    """A parameter that could not be honoured: what was given, why not, what is shown instead."""

    name: str
    given: str
    reason: str
    instead: str


_FIELDS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(cast(Any, Annotated[f.annotation, *f.metadata] if f.metadata else f.annotation))
    for name, f in View.model_fields.items()
}
_LISTS = {name for name, f in View.model_fields.items() if isinstance(f.default, tuple)}
_OPTIONAL = {name for name, f in View.model_fields.items() if f.default is None}
_REASONS = {
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_type": "is not a whole number",
    "float_parsing": "is not a number",
    "bool_parsing": "is neither true nor false",
    "date_from_datetime_parsing": "is not a date like 2025-03-31",
    "date_parsing": "is not a date like 2025-03-31",
}


def _words(value: object) -> str:
    """A value as a notice names it."""
    if isinstance(value, tuple):
        return ", ".join(value) if value else "what is usual"
    return text_of(value) if value not in (None, "") else "what is usual"


def _shown(given: Sequence[str]) -> str:
    text = ", ".join(given)
    text = "".join(c if c.isprintable() else "�" for c in text)
    return text[:80] + "…" if len(text) > 80 else text


def _near(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word[:80], list(known), 1, 0.7)
    return f"; did you mean {close[0]}?" if close else ""


def _limit(value: object) -> str:
    """A bound as a notice names it; pydantic gives those of dates as Python code."""
    day = re.fullmatch(r"datetime\.date\((\d+), (\d+), (\d+)\)", str(value))
    return dt.date(*map(int, day.groups())).isoformat() if day else text_of(value)


def _reason(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    limits = fault.get("ctx", {})
    match fault["type"]:
        case "greater_than_equal":
            return f"is below the least, {_limit(limits['ge'])}"
        case "less_than_equal":
            return f"is above the most, {_limit(limits['le'])}"
        case "literal_error":
            return f"is none of {limits['expected'].replace(' or ', ', ').replace(chr(39), '')}"
        case "too_long" | "string_too_long":
            return f"is more than {limits['max_length']}"
        case kind:
            return _REASONS.get(kind) or fault["msg"].removeprefix("Value error, ")


def decode(query: Query, vocabulary: Vocabulary, page: str = "models") -> tuple[View, list[Notice]]:
    """The nearest view to what a link asks for, and what had to be left out of it.

    `query` maps parameter names to the values given, as strings; anything is accepted and nothing
    raises. `page` is one of `PAGES`; parameters of other pages are named and left out.
    """
    values: dict[str, Any] = {}
    notices: list[Notice] = []
    for name, given in query.items():
        if _FOREIGN.fullmatch(name) or name in DATED:
            continue
        if name == "v":
            if list(given[-1:]) != [str(VERSION)]:
                notices.append(
                    Notice(
                        "v",
                        _shown(given),
                        f"this dashboard reads links of version {VERSION}",
                        "every parameter it knows",
                    )
                )
        elif name not in PAGES[page]:
            why = "belongs to another page" if name in _FIELDS else "no such setting" + _near(name, PAGES[page])
            notices.append(Notice(_shown([name]), _shown(given), why, "the rest of the link"))
        elif name in _LISTS:
            _take_list(name, given, vocabulary, values, notices)
        else:
            _take_one(name, given, vocabulary, values, notices)
    if values.get("hw") in vocabulary.machines:
        for name in ("n", "ram"):
            if name in values and (given := values.pop(name)) != default(name):
                notices.append(
                    Notice(name, text_of(given), f"is fixed by the machine {values['hw']}", "what that machine has")
                )
    _one_of_a_kind(values, vocabulary, notices)
    for low, high in (("pmin", "pmax"), ("since", "until")):
        a, b = values.get(low), values.get(high)
        if a is not None and b is not None and a > b:
            values[low], values[high] = b, a
            notices.append(
                Notice(
                    f"{low}, {high}",
                    f"{text_of(a)}, {text_of(b)}",
                    "the range is the wrong way round",
                    f"{text_of(b)} to {text_of(a)}",
                )
            )
    return View.model_validate(values), notices


def _one_of_a_kind(values: dict[str, Any], vocabulary: Vocabulary, notices: list[Notice]) -> None:
    """A chip with unified memory, or a CPU, comes once; and only with the memory it is sold with."""
    hw = values.get("hw", default("hw"))
    if hw not in vocabulary.sizes:
        return
    if (count := values.pop("n", 1)) != 1:
        notices.append(Notice("n", text_of(count), f"{hw} comes once in a machine", "1"))
    sizes = vocabulary.sizes[hw]
    if sizes and "ram" in values and values["ram"] not in sizes:
        notices.append(
            Notice(
                "ram",
                text_of(values["ram"]),
                f"{hw} is sold with {', '.join(text_of(float(s)) for s in sizes)} GiB",
                text_of(float(sold_size(values["ram"], sizes))),
            )
        )


def sold_size(asked: float, sizes: Sequence[float]) -> float:
    """The largest of the sizes sold that is not above what was asked for, else the smallest; `asked` where any will do."""
    return max((s for s in sizes if s <= asked), default=min(sizes)) if sizes else asked


def _take_one(
    name: str, given: Sequence[str], vocabulary: Vocabulary, values: dict[str, Any], notices: list[Notice]
) -> None:
    if not given:
        return
    last = given[-1].strip()
    if len(given) > 1:
        notices.append(Notice(name, _shown(given), f"was given {len(given)} times", f"the last, {_shown([last])}"))
    if last == "" and name in (*_OPTIONAL, "q", "called"):
        return
    known = vocabulary.of(name)
    last = RENAMED.get(last, last)
    if known is not None and last not in known:
        reason = f"no such {noun(name)}{_near(last, known)}" if last else "is empty"
        notices.append(Notice(name, _shown([last]), reason, _words(default(name))))
        return
    try:
        values[name] = _FIELDS[name].validate_python(last)
    except ValidationError as error:
        notices.append(Notice(name, _shown([last]), _reason(error), _words(default(name))))


def _take_list(
    name: str, given: Sequence[str], vocabulary: Vocabulary, values: dict[str, Any], notices: list[Notice]
) -> None:
    known = vocabulary.of(name) or ()
    asked = [RENAMED.get(g.strip(), g.strip()) for g in given if g.strip()]
    most = {"models": MOST_COMPARED, "columns": MOST_COLUMNS, "machines": MOST_MACHINES}.get(name, MOST_LISTED)
    good = tuple(dict.fromkeys(g for g in asked if g in known))
    for bad in list(dict.fromkeys(g for g in asked if g not in known))[:12]:
        notices.append(
            Notice(name, _shown([bad]), f"no such {noun(name)}{_near(bad, known)}", _words(good or default(name)))
        )
    if len(good) > most:
        notices.append(Notice(name, _shown(good), f"are more than {most}", f"the first {most}"))
        good = good[:most]
    # An empty parameter says "none of them", which differs from a default that names some.
    if good or not asked:
        values[name] = good
