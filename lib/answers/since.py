"""What changed for one view since a dated link was made.

Such a link carries the answer in short (`was`): a few ids and numbers of the page's own, never text. Read back, whatever
does not look like them is left out, so nothing but our words, ids and numbers is ever shown from a link.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.benchmarks import benchmarks_page
from lib.answers.buy import buy_page
from lib.answers.compare import compare_models
from lib.answers.cost import cost_page
from lib.answers.essay import essay
from lib.answers.everywhere import listed
from lib.answers.grid import grid
from lib.answers.machines import rank_machines, wanted_format, wanted_model
from lib.answers.memory_page import memory_page
from lib.answers.model_page import model_page
from lib.answers.models import rank_models
from lib.answers.speed_page import speed_page
from lib.answers.timeline import timeline
from lib.catalog import Catalog
from lib.view import View

UNKNOWN = "-"
LONGEST = 160
"""Characters of an answer in short."""
_LOOKS = {
    "id": re.compile(r"[a-z0-9][a-z0-9.\-]{0,59}"),
    "format": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,23}"),
    "number": re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?"),
    "share": re.compile(r"[0-9]{1,6}/[0-9]{1,6}"),
}
_VERSION = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Field:
    """One part of an answer in short: how it looks in a link, and how it is said; `{is}` becomes `was` of the past."""

    looks: str
    words: str


Part = str | float | int | None
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "models": (Field("share", "{} models fit"), Field("id", "the most capable {is} {}"), Field("format", "at {}"), Field("number", "about {} tokens/s")),
    "machines": (Field("id", "the model {is} {}"), Field("format", "at {}"), Field("share", "room for all of it in GPU memory on {} machines"), Field("number", "the cheapest at ${}")),
    "memory": (Field("id", "the model {is} {}"), Field("number", "{} GB in all"), Field("number", "{} tokens the longest context")),
    "compare": (Field("id", "{} {is} ahead most often"), Field("share", "on {} benchmarks")),
    "model": (Field("id", "the model {is} {}"), Field("number", "capability index {}"), Field("format", "at {} on this machine"), Field("number", "{} tokens the longest context")),
    "timeline": (Field("id", "the best for this memory {is} {}"), Field("number", "{} months behind the cloud")),
    "benchmarks": (Field("number", "{} models with a score"), Field("id", "the best {is} {}"), Field("number", "with {}")),
    "speed": (Field("id", "the model {is} {}"), Field("number", "about {} tokens/s"), Field("number", "beside {} measurements")),
    "cost": (Field("id", "the model {is} {}"), Field("number", "${} a month at home"), Field("number", "${} from the cheapest host"), Field("number", "${} for one as capable")),
    "essay": (Field("number", "{} statements checked"),),
    "sources": (Field("number", "{} sources"),),
    "grid": (Field("share", "room for {} models on the first machine"), Field("id", "the best of them {is} {}")),
    "buy": (Field("number", "{} machines compared"), Field("number", "the best for the money at ${}"), Field("id", "running {}")),
}  # fmt: skip
"""The parts of each page's answer in short. Links in the wild carry them: only add at the end, never reorder."""


@lru_cache(maxsize=256)
def digest(catalog: Catalog, page: str, view: View) -> str:
    """The answer of a view in short, at most 160 characters: `138/227,qwen3.6-27b,Q6_K,39`; empty for pages without one.

    Parts are in the order of `FIELDS[page]`; what is not known is `-`.
    """
    if page not in _PARTS:
        return ""
    parts = [_spelled(field, part) for field, part in zip(FIELDS[page], _PARTS[page](catalog, view), strict=True)]
    return ",".join(parts)[:LONGEST]


def changed(catalog: Catalog, page: str, view: View, raw_query: Mapping[str, Sequence[str]]) -> str | None:
    """What a dated link says on opening: None where it is not dated or the catalog is still the same.

    `raw_query` is the link's query, anything in it. The sentence is plain text of ours, with ids and numbers from it.
    """
    version = _last(raw_query, "cat")
    if not version or version == catalog.version:
        return None
    if not _VERSION.fullmatch(version):
        return "This link names a version of the catalog that cannot be read, so what changed since cannot be told."
    moved = f"The catalog has moved on since {_day(_last(raw_query, 'on'))}"
    now = digest(catalog, page, view)
    if not now:
        return f"{moved}."
    then = read(page, _last(raw_query, "was"))
    if then is None:
        return f"{moved}; what it said then cannot be read from the link. Now {told(catalog, page, now.split(','))}."
    if then == now.split(",")[: len(then)]:
        return f"{moved}; nothing changed for this view: {told(catalog, page, now.split(','))}."
    return f"{moved}: then {told(catalog, page, then, past=True)}; now {told(catalog, page, now.split(','))}."


def read(page: str, given: str) -> list[str] | None:
    """The parts of an answer in short as a link gives it; None where they do not look like that page's."""
    parts = given.split(",")
    fields = FIELDS.get(page, ())
    if not given or len(given) > LONGEST or len(parts) > len(fields):
        return None
    right = all(p == UNKNOWN or _LOOKS[f.looks].fullmatch(p) for p, f in zip(parts, fields, strict=False))
    return parts if right else None


def told(catalog: Catalog, page: str, parts: Sequence[str], *, past: bool = False) -> str:
    """An answer in short, in words."""
    said = [
        field.words.replace("{is}", "was" if past else "is").replace("{}", _word(catalog, field, part))
        for field, part in zip(FIELDS[page], parts, strict=False)
        if part != UNKNOWN
    ]
    return ", ".join(said) or "there was no answer" if past else ", ".join(said) or "there is no answer"


def _word(catalog: Catalog, field: Field, part: str) -> str:
    if field.looks == "id":
        return catalog.models[part].name if part in catalog.models else part
    if field.looks == "share":
        return part.replace("/", " of ")
    return f"{float(part):,.10g}" if field.looks == "number" else part


def _spelled(field: Field, part: Part) -> str:
    if isinstance(part, int | float | np.number):
        value = float(part)
        spelled = f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.3f}".rstrip("0").rstrip(".")
        part = spelled if math.isfinite(value) else None
    return part if isinstance(part, str) and _LOOKS[field.looks].fullmatch(part) else UNKNOWN


def _last(query: Mapping[str, Sequence[str]], name: str) -> str:
    given = query.get(name) or ("",)
    return str(given if isinstance(given, str) else given[-1]).strip()[: LONGEST + 1]


def _day(given: str) -> str:
    try:
        day = dt.date.fromisoformat(given) if re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII) else None
    except ValueError:
        day = None
    return f"{day.day} {day:%B %Y}" if day else "this link was made"


def _id_of(catalog: Catalog, name: object) -> str | None:
    return next((key for key, model in catalog.models.items() if model.name == name), None)


def _models(catalog: Catalog, view: View) -> tuple[Part, ...]:
    rows = rank_models(catalog, view)
    open_weights = rows["fit_code"].to_numpy() != "hosted"
    runs = rows["runs"].to_numpy(bool) & open_weights
    inside = runs & (rows["fit_code"].to_numpy() == "gpu")
    main = runs if view.speed or not inside.any() else inside
    best = (
        rows[main & rows["score"].notna().to_numpy()] if (main & rows["score"].notna().to_numpy()).any() else rows[main]
    )
    if best.empty:
        return f"0/{int(open_weights.sum())}", None, None, None
    top = best.iloc[0]
    return f"{int(main.sum())}/{int(open_weights.sum())}", str(top["model"]), str(top["format"]), _float(top["decode_tok_per_s"])  # fmt: skip


def _float(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _machines(catalog: Catalog, view: View) -> tuple[Part, ...]:
    rows = rank_machines(catalog, view)
    if rows.empty:
        return wanted_model(catalog, view), wanted_format(view), None, None
    inside = rows[(rows["fit_code"] == "gpu") & rows["runs"].astype(bool)]
    return wanted_model(catalog, view), wanted_format(view), f"{len(inside)}/{len(rows)}", _float(inside["price"].min() if len(inside) else None)  # fmt: skip


def _memory(catalog: Catalog, view: View) -> tuple[Part, ...]:
    page = memory_page(catalog, view)
    total, longest = None, None
    if not page.sizes.empty:
        here = page.sizes[(page.sizes["context"] == view.ctx) & (page.sizes["cache"] == view.kv)]
        total = _float(here["total_gb"].iloc[0]) if len(here) else None
    if not page.longest.empty:
        alone = page.longest[(page.longest["cache"] == view.kv) & (page.longest["slots"] == view.slots)]
        longest = _float(alone["any_tokens"].iloc[0]) if len(alone) else None
    return page.model, total, longest


def _compare(catalog: Catalog, view: View) -> tuple[Part, ...]:
    page = compare_models(catalog, view)
    if page.verdicts.empty:
        return None, None
    won = {name: int(sum(name in str(ahead).split(", ") for ahead in page.verdicts["ahead"])) for name in page.names}
    best = max(won, key=lambda name: won[name])
    return _id_of(catalog, best) if won[best] else None, f"{won[best]}/{len(page.verdicts)}"


def _model(catalog: Catalog, view: View) -> tuple[Part, ...]:
    page = model_page(catalog, view)
    form, _, longest = listed(catalog, view, page.model)
    return page.model, _float(page.places["value"].iloc[0]) if len(page.places) else None, form, longest or None


def _timeline(catalog: Catalog, view: View) -> tuple[Part, ...]:
    page = timeline(catalog, view)
    own = page.tiers[page.tiers["line"] == page.mine] if len(page.tiers) else page.tiers
    return (_id_of(catalog, own["name"].iloc[0]), _float(own["months"].iloc[0])) if len(own) else (None, None)


def _benchmarks(catalog: Catalog, view: View) -> tuple[Part, ...]:
    dots = benchmarks_page(catalog, view).dots
    return (len(dots), str(dots["model"].iloc[0]), _float(dots["value"].iloc[0])) if len(dots) else (0, None, None)


def _speed(catalog: Catalog, view: View) -> tuple[Part, ...]:
    page = speed_page(catalog, view)
    return page.model, _float(page.depth["decode_tok_per_s"].iloc[0]) if len(page.depth) else None, len(page.rows)


def _cost(catalog: Catalog, view: View) -> tuple[Part, ...]:
    page = cost_page(catalog, view)
    mine = page.lines[page.lines["kind"] == "mine"] if len(page.lines) else page.lines
    usd = {str(line): float(value) for line, value in zip(mine["line"], mine["usd"], strict=True)} if len(mine) else {}
    return page.model, usd.get("home"), usd.get("same model"), usd.get("as capable")


def _grid(catalog: Catalog, view: View) -> tuple[Part, ...]:
    each = grid(catalog, view).each
    if each.empty:
        return None, None
    own = each.iloc[0]
    return f"{int(own['all_inside'])}/{int(own['all_models'])}", _id_of(catalog, own["best"])


def _buy(catalog: Catalog, view: View) -> tuple[Part, ...]:
    drawn = buy_page(catalog, view).drawn
    best = drawn[drawn["chosen"].astype(bool)] if len(drawn) else drawn
    if best.empty:
        return len(drawn), None, None
    return len(drawn), _float(best["usd"].iloc[0]), _id_of(catalog, best["name"].iloc[0])


_PARTS: Mapping[str, Callable[[Catalog, View], tuple[Part, ...]]] = {
    "models": _models,
    "machines": _machines,
    "memory": _memory,
    "compare": _compare,
    "model": _model,
    "timeline": _timeline,
    "benchmarks": _benchmarks,
    "speed": _speed,
    "cost": _cost,
    "grid": _grid,
    "buy": _buy,
    "essay": lambda catalog, _: (len(essay(catalog).claims),),
    "sources": lambda catalog, view: (len(catalog.sources),),
}
