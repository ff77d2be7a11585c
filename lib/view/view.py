"""A view of the dashboard, as a link says it.

Each field of `View` is one query parameter. `decode` accepts anything and explains what it left
out; `encode` gives equal views equal links; `permalink` spells every value out, because defaults
may change.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

VERSION = 1
Query = Mapping[str, Sequence[str]]

LONGEST_CONTEXT_TOKENS = 10_485_760
KvType = Literal["f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "bf16", "f32"]
LicenceUse = Literal["any", "commercial", "open"]
Fit = Literal["any", "runs", "gpu"]
Axis = Literal["price", "power", "bandwidth"]
MOST_COMPARED = 6


def _tokens(value: object) -> object:
    """`8k` and `1m` as people write them, beside plain numbers."""
    match = re.fullmatch(r"(\d{1,5})\s?([km])", str(value).strip().lower())
    return int(match[1]) * (1024 if match[2] == "k" else 1024 * 1024) if match else value


def _plain(value: object) -> object:
    """Only digits as people type them; `1_0`, `0x10` or `１` are no numbers in a link."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,9})?", value, re.ASCII):
        raise ValueError("is not a number")
    return value


def _day(value: object) -> object:
    """Only `2025-03-31`; a bare number would be read as a moment since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("is not a date like 2025-03-31")
    return value


Number = BeforeValidator(_plain)
Day = BeforeValidator(_day)
FIRST_DAY, LAST_DAY = dt.date(2018, 1, 1), dt.date(2035, 12, 31)
MOST_LISTED = 64
"""Ids one parameter may list."""
MOST_COLUMNS = 8
Ids = tuple[str, ...]


class View(BaseModel):
    """What the visitor has chosen, on every page together. The docstrings are the controls' help."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    by: Literal["machine", "budget"] = "machine"
    """Start from a machine, or from an amount of money."""
    hw: str = "rtx-4090"
    """A machine people have (its cards and memory are then given), or one card, chip or CPU to build on."""
    n: Annotated[int, Number, Field(ge=1, le=64)] = 1
    """How many of them are in the machine."""
    ram: Annotated[int, Number, Field(ge=1, le=8192)] = 64
    """System memory in GiB; on a Mac or another machine with unified memory, that memory."""
    budget: Annotated[int, Number, Field(ge=50, le=1_000_000)] = 2000
    """Most that may be spent on devices, in US dollars."""
    ctx: Annotated[int, Number, BeforeValidator(_tokens), Field(ge=256, le=LONGEST_CONTEXT_TOKENS)] = 8192
    """Context length: tokens of conversation and documents held in memory at once."""

    quant: str = "best"
    """Format of the weights; `best` takes the most exact one that fits."""
    kv: KvType = "f16"
    """Format of the KV cache."""
    slots: Annotated[int, Number, Field(ge=1, le=256)] = 1
    """Conversations answered at the same time, each with its own context."""
    fa: Literal["on", "off"] = "on"
    """Flash attention: smaller compute buffers, needed for a quantized KV cache."""
    cpu: str = "cpu-ddr5-5600-dual"
    """System memory behind the cards: what is left over is read from there."""
    reserve: Annotated[float, Number, Field(ge=0, le=64)] = 0.5
    """GiB of the first card that the desktop keeps for itself; 0 on a server."""

    speed: Annotated[float, Number, Field(ge=0, le=1000)] = 0.0
    """Least generation speed, in tokens a second, that counts."""
    licence: LicenceUse = "any"
    """`commercial`: may be sold with, if need be under conditions; `open`: an open-source licence."""
    publisher: Ids = ()
    """Only models of these publishers."""
    pmin: Annotated[float, Number, Field(ge=0, le=10_000)] | None = None
    """Fewest parameters, in billions."""
    pmax: Annotated[float, Number, Field(ge=0, le=10_000)] | None = None
    """Most parameters, in billions."""
    since: Annotated[dt.date, Day, Field(ge=FIRST_DAY, le=LAST_DAY)] | None = None
    """Released on this day or later."""
    until: Annotated[dt.date, Day, Field(ge=FIRST_DAY, le=LAST_DAY)] | None = None
    """Released on this day or earlier."""
    rank: str = "chatbot-arena-elo.lmarena-2025-12"
    """Benchmark that orders the list, with the protocol it was run under."""
    columns: Ids = ()
    """More benchmarks to show as columns."""
    only: Ids = ()
    """Only these models."""
    hosted: bool = False
    """Show models that can only be rented, for comparison."""
    fit: Fit = "any"
    """`gpu`: all of it in the memory of the GPU; `runs`: also with part of it in RAM."""
    model: str | None = None
    """The model looked at closely."""

    x: Axis = "price"
    """What the machines' speed is drawn against."""
    most: Annotated[int, Number, Field(ge=1, le=16)] = 4
    """Most cards of a kind in one machine."""
    devices: Ids = ()
    """Only these devices."""
    paid: Annotated[float, Number, Field(ge=0, le=1_000_000)] | None = None
    """What one of my device costs me, in US dollars, instead of its listed price."""

    models: Annotated[Ids, Field(max_length=MOST_COMPARED)] = ("llama-3.3-70b-instruct", "qwen3-32b", "gpt-oss-20b")
    """The models side by side."""

    q: Annotated[str, Field(max_length=200)] = ""
    """Words to look for among all facts."""


SHARED = ("by", "hw", "n", "ram", "budget", "ctx", "quant", "kv", "slots", "fa", "cpu", "reserve")
PAGES: Mapping[str, tuple[str, ...]] = {
    "models": (*SHARED, "speed", "licence", "publisher", "pmin", "pmax", "since", "until", "rank", "columns", "only", "hosted", "fit", "model"),
    "machines": (*SHARED, "model", "speed", "x", "most", "devices", "paid"),
    "memory": (*SHARED, "model"),
    "compare": (*SHARED, "models"),
    "essay": SHARED,
    "sources": (*SHARED, "q"),
}  # fmt: skip
"""The parameters each page has, by the page's name in links; the first is the front page at `/`."""

RENAMED: Mapping[str, str] = {}
"""Ids that links in the wild still use, to what they are called now."""
_FOREIGN = re.compile(r"utm_\w{1,20}|embed|embed_options|fbclid|gclid|ref")
"""Parameters other programs add to links; nothing of ours, nothing to complain about."""


@dataclass(frozen=True)
class Vocabulary:
    """The ids a link may use, in the order they are offered."""

    machines: Ids
    """Whole machines, for `hw`; they fix what `n` and `ram` would say."""
    devices: Ids
    sizes: Mapping[str, tuple[float, ...]]
    """Devices that come once, with one of these sizes of memory (GiB; any, where the list is empty)."""
    hosts: Ids
    """CPUs with their memory, for `cpu`."""
    models: Ids
    publishers: Ids
    ranks: Ids
    formats: Ids

    def of(self, name: str) -> Ids | None:
        """The ids parameter `name` may take; `None` where it takes no ids."""
        named = {"hw": (*self.machines, *self.devices), "devices": self.devices, "cpu": self.hosts, "model": self.models, "only": self.models,
                 "models": self.models, "publisher": self.publishers, "rank": self.ranks, "columns": self.ranks,
                 "quant": ("best", *self.formats)}  # fmt: skip
        return named.get(name)


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


def default(name: str) -> Any:
    """What parameter `name` is when a link does not say."""
    return View.model_fields[name].default


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def _words(value: object) -> str:
    """A value as a notice names it."""
    if isinstance(value, tuple):
        return ", ".join(value) if value else "what is usual"
    return _text(value) if value not in (None, "") else "what is usual"


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
    return dt.date(*map(int, day.groups())).isoformat() if day else _text(value)


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
        if _FOREIGN.fullmatch(name):
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
                    Notice(name, _text(given), f"is fixed by the machine {values['hw']}", "what that machine has")
                )
    _one_of_a_kind(values, vocabulary, notices)
    for low, high in (("pmin", "pmax"), ("since", "until")):
        a, b = values.get(low), values.get(high)
        if a is not None and b is not None and a > b:
            values[low], values[high] = b, a
            notices.append(
                Notice(
                    f"{low}, {high}",
                    f"{_text(a)}, {_text(b)}",
                    "the range is the wrong way round",
                    f"{_text(b)} to {_text(a)}",
                )
            )
    return View.model_validate(values), notices


def _one_of_a_kind(values: dict[str, Any], vocabulary: Vocabulary, notices: list[Notice]) -> None:
    """A chip with unified memory, or a CPU, comes once; and only with the memory it is sold with."""
    hw = values.get("hw", default("hw"))
    if hw not in vocabulary.sizes:
        return
    if (count := values.pop("n", 1)) != 1:
        notices.append(Notice("n", _text(count), f"{hw} comes once in a machine", "1"))
    sizes = vocabulary.sizes[hw]
    if sizes and "ram" in values and values["ram"] not in sizes:
        notices.append(
            Notice(
                "ram",
                _text(values["ram"]),
                f"{hw} is sold with {', '.join(_text(float(s)) for s in sizes)} GiB",
                _text(float(sold_size(values["ram"], sizes))),
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
    if last == "" and name in (*_OPTIONAL, "q"):
        return
    known = vocabulary.of(name)
    last = RENAMED.get(last, last)
    if known is not None and last not in known:
        reason = f"no such {_noun(name)}{_near(last, known)}" if last else "is empty"
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
    most = {"models": MOST_COMPARED, "columns": MOST_COLUMNS}.get(name, MOST_LISTED)
    good = tuple(dict.fromkeys(g for g in asked if g in known))
    for bad in list(dict.fromkeys(g for g in asked if g not in known))[:12]:
        notices.append(
            Notice(name, _shown([bad]), f"no such {_noun(name)}{_near(bad, known)}", _words(good or default(name)))
        )
    if len(good) > most:
        notices.append(Notice(name, _shown(good), f"are more than {most}", f"the first {most}"))
        good = good[:most]
    # An empty parameter says "none of them", which differs from a default that names some.
    if good or not asked:
        values[name] = good


def _noun(name: str) -> str:
    nouns = {"hw": "machine or device", "devices": "device", "cpu": "CPU", "only": "model", "models": "model", "rank": "benchmark", "columns": "benchmark", "quant": "quantization"}  # fmt: skip
    return nouns.get(name, name)


def encode(view: View, page: str = "models", *, defaults: bool = False) -> dict[str, list[str]]:
    """The query of a view in its one canonical form: the page's parameters in alphabetical order.

    Values that are the default are left out, unless `defaults`; then an empty value is spelled `name=`.
    """
    query: dict[str, list[str]] = {}
    for name in sorted(PAGES[page]):
        value = getattr(view, name)
        if not defaults and value == default(name):
            continue
        given = [str(v) for v in value] if isinstance(value, tuple) else [_text(value)]
        query[name] = given or [""]
    return query


def permalink(address: str, view: View, page: str = "models") -> str:
    """A link to this view that means the same after the defaults have changed.

    `address` is the page's own address; its query, if any, is replaced.
    """
    query = {**encode(view, page, defaults=True), "v": [str(VERSION)]}
    page_address = address.partition("?")[0]
    if "://" in page_address and page_address.count("/") == 2:
        page_address += "/"  # a host alone, as the front page's address comes
    return f"{page_address}?{urlencode(query, doseq=True)}"


def link(view: View, page: str = "models", **changes: object) -> str:
    """A relative address of `page` showing `view` with some parameters changed."""
    changed = view.model_copy(update=changes)
    query = urlencode(encode(changed, page), doseq=True)
    path = "/" if page == next(iter(PAGES)) else f"/{page}"
    return f"{path}?{query}" if query else path


KV_TYPES: Ids = get_args(KvType)
