"""Somewhere models already run, and what it costs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lib.catalog.schema.base import Date, Https, Id, NotNegative, Record, SourceRef, Text


class Service(Record):
    """Somewhere models already run; an entry of `services.toml`."""

    name: Text
    producer: Text
    kind: Literal["playground", "chat", "api"]
    url: Https
    models: Text | None = None
    context_tokens: Annotated[int, Field(ge=256)] | None = None
    modalities: tuple[Text, ...] = ()
    parameters: Annotated[int, Field(ge=1)] | None = None
    in_essay: bool = False
    note: Text | None = None
    source: SourceRef


class Price(Record):
    """A row of `prices.csv`: what a provider asks for a million tokens."""

    model: Id
    provider: Text
    provider_model: Text
    input_usd_per_mtok: NotNegative
    output_usd_per_mtok: NotNegative
    cache_read_usd_per_mtok: NotNegative | None = None
    context_tokens: Annotated[int, Field(ge=256)] | None = None
    as_of: Date
    source: SourceRef
