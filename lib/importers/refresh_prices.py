"""What providers ask for a million tokens, from the lists that are published: each reader is a pure function of bytes.

The shapes are those of models.dev's `api.json`, OpenRouter's `/api/v1/models`, LiteLLM's
`model_prices_and_context_window.json`, and a CSV with our own columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from lib.importers.refresh_reading import (
    Rejected,
    RowError,
    Torn,
    csv_of,
    day,
    json_of,
    list_of,
    maybe,
    number,
    objects_of,
    printed,
    word,
)

DEAREST_USD_PER_MTOK = 10_000.0
CHEAPEST_USD_PER_MTOK = 1e-4
CHAT_MODES = ("chat", "completion", "responses")


@dataclass(frozen=True)
class PriceOffer:
    """A price as a list states it, in US dollars for a million tokens."""

    provider: str
    name: str
    """The provider's name of the model."""
    place: str
    """Where inside the source it stands."""
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cache_read_usd_per_mtok: float | None = None
    context_tokens: int | None = None
    also: tuple[str, ...] = ()
    """Other names the list gives the same model."""
    date: str | None = None


PriceRows = tuple[list[PriceOffer], list[Rejected]]


def _usd(value: Any, what: str) -> float:
    price = number(value, what)
    if price < 0:
        raise RowError(f"{what} is negative: the list has no fixed price")
    if 0 < price < CHEAPEST_USD_PER_MTOK:
        raise RowError(f"{what} of {price:g} USD for a million tokens is out of range: is it for one token?")
    if price > DEAREST_USD_PER_MTOK:
        raise RowError(f"{what} of {price:g} USD for a million tokens is out of range")
    return price


def _per_token(value: Any, what: str) -> float:
    return _usd(round(number(value, what) * 1e6, 6), what)


def _pair(given: Mapping[str, Any], read: Callable[[Any, str], float], names: tuple[str, str, str]) -> dict[str, Any]:
    """Input, output and cache prices of a row."""
    into, out = read(given.get(names[0]), "input price"), read(given.get(names[1]), "output price")
    if not into and not out:
        raise RowError("free, with limits that are not stated")
    cached = given.get(names[2])
    return {
        "input_usd_per_mtok": into,
        "output_usd_per_mtok": out,
        "cache_read_usd_per_mtok": None if cached in (None, "") else read(cached, "cache price"),
    }


def _context(value: Any) -> int | None:
    """Tokens of context; None for what lists write where they do not know."""
    tokens = maybe(value, "context")
    if tokens is None or tokens < 256:
        return None
    if tokens > 100_000_000 or tokens != int(tokens):
        raise RowError(f"context of {tokens:g} tokens is out of range")
    return int(tokens)


def _collect(rows: Iterator[tuple[str, str, Callable[[], PriceOffer]]]) -> PriceRows:
    """Offers, and the rows whose reader raised RowError. Each row gives provider and name beside its reader."""
    offers: list[PriceOffer] = []
    rejected: list[Rejected] = []
    seen: set[tuple[str, str]] = set()
    for provider, name, read in rows:
        row = printed(f"{provider} {name}".strip())
        try:
            if (provider, name) in seen:
                raise RowError("duplicate: the file has the row twice")
            offers.append(read())
            seen.add((provider, name))
        except RowError as error:
            rejected.append(Rejected(str(error), row, name, provider))
    return offers, rejected


def parse_models_dev(content: bytes) -> PriceRows:
    """models.dev's `api.json`: provider, then `models`, each with `cost` for a million tokens and `limit`.

    Raises ValueError for a file that is not of that shape.
    """
    providers = objects_of(json_of(content), "the file")
    if not any(isinstance(p, dict) and isinstance(p.get("models"), dict) for p in providers.values()):
        raise ValueError("no provider in the file has 'models': is this models.dev's api.json?")

    def rows() -> Iterator[tuple[str, str, Callable[[], PriceOffer]]]:
        for provider, given in providers.items():
            for name, model in objects_of(
                objects_of(given, printed(provider)).get("models", {}), printed(provider)
            ).items():
                yield provider, name, partial(_models_dev, provider, name, model)

    return _collect(rows())


def _models_dev(provider: str, name: str, model: Any) -> PriceOffer:
    if not isinstance(model, dict):
        raise RowError("the model is no object")
    cost, limit = model.get("cost"), model.get("limit")
    if not isinstance(cost, dict):
        raise RowError("no price")
    word(provider, "provider", 80), word(name, "model", 200)
    return PriceOffer(
        provider,
        name,
        f"providers/{provider}/models/{name}.toml",
        **_pair(cost, _usd, ("input", "output", "cache_read")),
        context_tokens=_context(limit.get("context")) if isinstance(limit, dict) else None,
    )


def parse_openrouter(content: bytes) -> PriceRows:
    """OpenRouter's `/api/v1/models`: `data`, a list of models with `pricing` in dollars a token, as text.

    Raises ValueError for a file that is not of that shape.
    """
    given = list_of(objects_of(json_of(content), "the file").get("data"), "data")

    def rows() -> Iterator[tuple[str, str, Callable[[], PriceOffer]]]:
        for number_, model in enumerate(given):
            name = model.get("id") if isinstance(model, dict) else None
            shown = name if isinstance(name, str) else f"entry {number_}"
            yield "openrouter", shown, partial(_openrouter, model)

    return _collect(rows())


def _openrouter(model: Any) -> PriceOffer:
    if not isinstance(model, dict):
        raise RowError("the model is no object")
    name = word(model.get("id"), "id", 200)
    if ":" in name:
        raise RowError(f"a special offer of another row ({name.rpartition(':')[2]})")
    pricing = model.get("pricing")
    if not isinstance(pricing, dict):
        raise RowError("no price")
    hub = model.get("hugging_face_id")
    return PriceOffer(
        "openrouter",
        name,
        "/api/v1/models",
        **_pair(pricing, _per_token, ("prompt", "completion", "input_cache_read")),
        context_tokens=_context(model.get("context_length")),
        also=(hub,) if isinstance(hub, str) and hub else (),
    )


def parse_litellm(content: bytes) -> PriceRows:
    """LiteLLM's list: name to an object with `litellm_provider`, `mode` and prices in dollars a token.

    Raises ValueError for a file that is not of that shape.
    """
    models = objects_of(json_of(content), "the file")
    if not any(isinstance(m, dict) and "litellm_provider" in m for m in models.values()):
        raise ValueError("no entry of the file has 'litellm_provider': is this LiteLLM's list of prices?")

    def rows() -> Iterator[tuple[str, str, Callable[[], PriceOffer]]]:
        for name, model in models.items():
            provider = model.get("litellm_provider") if isinstance(model, dict) else None
            yield provider if isinstance(provider, str) else "", name, partial(_litellm, name, model)

    return _collect(rows())


def _litellm(name: str, model: Any) -> PriceOffer:
    if not isinstance(model, dict):
        raise RowError("the model is no object")
    if name == "sample_spec":
        raise RowError("the list's own example")
    if model.get("mode") not in CHAT_MODES:
        raise RowError("not a model that writes text")
    return PriceOffer(
        word(model.get("litellm_provider"), "provider", 80),
        word(name, "model", 200),
        "model_prices_and_context_window.json",
        **_pair(model, _per_token, ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost")),
        context_tokens=_context(model.get("max_input_tokens")),
    )


def parse_prices_csv(content: bytes) -> PriceRows:
    """A CSV with our own columns: model, provider, input_usd_per_mtok, output_usd_per_mtok, and if known the others.

    `model` is an id or a name of ours. Raises ValueError for a file without those columns.
    """
    needed = ("model", "provider", "input_usd_per_mtok", "output_usd_per_mtok")

    def rows() -> Iterator[tuple[str, str, Callable[[], PriceOffer]]]:
        for line, row in csv_of(content, *needed):
            yield row.get("provider", ""), row.get("model", f"line {line}"), partial(_own, row)

    return _collect(rows())


def _own(row: Mapping[str, str]) -> PriceOffer:
    if isinstance(row, Torn):
        raise RowError("has not as many cells as the header")
    name = word(row["model"], "model", 200)
    written = row.get("provider_model") or name
    return PriceOffer(
        word(row["provider"], "provider", 80),
        word(written, "provider_model", 200),
        "",
        **_pair(row, _usd, ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok")),
        context_tokens=_context(row.get("context_tokens")),
        also=(name,),
        date=day(row["as_of"]) if row.get("as_of") else None,
    )
