"""What a visitor may choose: each field of `View` is one query parameter of a link."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args
from urllib.parse import quote_plus

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

LONGEST_CONTEXT_TOKENS = 10_485_760
KvType = Literal["f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "bf16", "f32"]
LicenceUse = Literal["any", "commercial", "training", "open"]
Fit = Literal["any", "runs", "gpu"]
Axis = Literal["price", "power", "bandwidth"]
Task = Literal["chat", "code", "mathematics", "documents", "agents", "several"]
Tool = Literal["llama.cpp", "ollama", "llamafile", "lm-studio", "mlx", "vllm"]
MOST_COMPARED = 6
MOST_MACHINES = 8


def _tokens(value: object) -> object:
    """`8k` and `1m` as people write them, beside plain numbers."""
    match = re.fullmatch(r"(\d{1,5})\s?([km])", str(value).strip().lower())
    return int(match[1]) * (1024 if match[2] == "k" else 1024 * 1024) if match else value


def _plain(value: object) -> object:
    """Only digits as people type them; `1_0`, `0x10` or `１` are no numbers in a link.

    Programs write `0.3333333333333333`: past the nine decimals a link keeps it is rounded.
    """
    if not isinstance(value, str):
        return value
    if not (found := re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,30})?", value, re.ASCII)):
        raise ValueError("is not a number in plain digits")
    return f"{float(value):.9f}" if len(found[1] or "") > 10 else value


def _day(value: object) -> object:
    """Only `2025-03-31`; a bare number would be read as a moment since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("is not a date like 2025-03-31")
    return value


def _spelled(most: int) -> AfterValidator:
    """Words that take at most so many characters in a link, where a letter outside ASCII takes six to twelve."""

    def checked(value: str) -> str:
        if len(quote_plus(value)) > most:
            raise ValueError(f"takes more than {most} characters in a link")
        return value

    return AfterValidator(checked)


Number = BeforeValidator(_plain)
Day = BeforeValidator(_day)
FIRST_DAY, LAST_DAY = dt.date(2018, 1, 1), dt.date(2035, 12, 31)
LONGEST_LINK = 2000
"""Characters of any link of ours: what chats, mails and QR codes take. The bounds on lists and words follow from it."""
MOST_LISTED = 12
"""Ids one parameter may list."""
MOST_COLUMNS = 6
MOST_SPEED_TOK_PER_S = 1000
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
    called: Annotated[str, Field(max_length=40), _spelled(240)] = ""
    """What I call my machine; shown in place of its parts."""

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
    depth: Annotated[int, Number, BeforeValidator(_tokens), Field(ge=0, le=LONGEST_CONTEXT_TOKENS)] = 0
    """Tokens already in the context when the speed is told: the fuller it is, the slower the next one comes."""
    prompt: Annotated[int, Number, BeforeValidator(_tokens), Field(ge=1, le=LONGEST_CONTEXT_TOKENS)] = 2048
    """Length of the prompt, in tokens, for the time until the first word of the answer."""

    speed: Annotated[float, Number, Field(ge=0, le=MOST_SPEED_TOK_PER_S)] = 0.0
    """Least generation speed, in tokens a second, that counts."""
    licence: LicenceUse = "any"
    """`commercial`: a product made with it may be sold, if need be under conditions; `training`: outputs may train other models; `open`: an open-source licence."""
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
    rank: str = "capability.general"
    """What orders the list: our index of capability, or one benchmark with the protocol it was run under."""
    against: str | None = None
    """A second benchmark, to draw the first against."""
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
    runtimes: Ids = ()
    """Only what was measured with these programs."""
    paid: Annotated[float, Number, Field(ge=0, le=1_000_000)] | None = None
    """What one of my device costs me, in US dollars, instead of its listed price."""

    models: Annotated[Ids, Field(max_length=MOST_COMPARED)] = ("llama-3.3-70b-instruct", "qwen3-32b", "gpt-oss-20b")
    """The models side by side."""

    task: Task = "chat"
    """What the model is for."""
    tool: Tool = "llama.cpp"
    """The program it is to be run with."""

    able: Annotated[float, Number, Field(ge=0, le=400)] | None = None
    """Least capability, as our index counts it."""
    keep: bool = False
    """I already own the machine above: count only what is added to it."""
    aim: Literal["capability", "speed"] = "capability"
    """What the money is to buy."""

    tin: Annotated[int, Number, BeforeValidator(_tokens), Field(ge=0, le=10_000_000_000)] = 200_000
    """Tokens read in a day: prompts and documents."""
    tout: Annotated[int, Number, BeforeValidator(_tokens), Field(ge=0, le=10_000_000_000)] = 50_000
    """Tokens written in a day: answers."""
    hours: Annotated[float, Number, Field(ge=0, le=24)] = 8.0
    """Hours a day the machine is on."""
    kwh: Annotated[float, Number, Field(ge=0, le=10)] = 0.17
    """Price of electricity, in US dollars a kilowatt-hour."""
    years: Annotated[float, Number, Field(ge=0.1, le=30)] = 3.0
    """Years the machine is used."""
    resale: Annotated[float, Number, Field(ge=0, le=100)] = 30.0
    """Per cent of its price the machine brings when it is sold after that."""

    machines: Annotated[Ids, Field(max_length=MOST_MACHINES)] = (
        "macbook-air-m4-16gb",
        "pc-rtx-3060-12gb",
        "pc-rtx-4090",
        "mac-mini-m4-pro-48gb",
    )
    """The machines side by side."""

    q: Annotated[str, Field(max_length=200), _spelled(600)] = ""
    """Words to look for among all facts."""


SHARED = (
    "by",
    "hw",
    "n",
    "ram",
    "budget",
    "ctx",
    "quant",
    "kv",
    "slots",
    "fa",
    "cpu",
    "reserve",
    "depth",
    "prompt",
    "called",
)
PAGES: Mapping[str, tuple[str, ...]] = {
    "models": (*SHARED, "speed", "licence", "publisher", "pmin", "pmax", "since", "until", "rank", "columns", "only", "hosted", "fit", "model"),
    "machines": (*SHARED, "model", "speed", "x", "most", "devices", "paid"),
    "memory": (*SHARED, "model"),
    "compare": (*SHARED, "models"),
    "model": (*SHARED, "model", "rank"),
    "speed": (*SHARED, "model", "devices", "runtimes", "only"),
    "benchmarks": (*SHARED, "rank", "against", "licence", "hosted"),
    "timeline": (*SHARED, "rank", "licence", "since"),
    "run": (*SHARED, "task", "tool", "model", "licence", "speed"),
    "buy": (*SHARED, "aim", "able", "model", "speed", "licence", "most", "paid", "keep"),
    "cost": (*SHARED, "model", "tin", "tout", "hours", "kwh", "years", "resale", "paid"),
    "grid": (*SHARED, "machines", "only", "rank", "licence"),
    "questions": SHARED,
    "tour": SHARED,
    "essay": SHARED,
    "sources": (*SHARED, "q"),
}  # fmt: skip
"""The parameters each page has, by the page's name in links; the first is the front page at `/`."""

KV_TYPES: Ids = get_args(KvType)
TASKS: Ids = get_args(Task)
TOOLS: tuple[Tool, ...] = get_args(Tool)


def default(name: str) -> Any:
    """What parameter `name` is when a link does not say."""
    return View.model_fields[name].default
