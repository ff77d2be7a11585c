"""Models, and what others say of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lib.architecture import Architecture
from lib.catalog.schema.base import Date, Id, Record, SourceRef, Text


class Dispute(Record):
    """Another value somebody gives for a fact, kept beside ours."""

    field: Text
    value: str | float | int
    source: SourceRef
    verdict: Literal["differs", "wrong", "unconfirmed", "superseded"]
    note: Text


class Alias(Record):
    """A row of `aliases.csv`: what a list calls one of our models, where that is no name of ours."""

    list: Text
    """Kind of list: `models.dev`, `arena` and so on."""
    name: Text
    model: Id
    variant: str | None = None
    """The setting of it the name speaks of."""


class Model(Record):
    """A published checkpoint. The file's name is the id."""

    name: Text
    publisher: Text
    tuning: Literal["base", "instruct", "reasoning", "code", "vision"]
    released: Date | None = None
    open_weights: bool
    licence: Id
    context_tokens: Annotated[int, Field(ge=256, le=100_000_000)] | None = None
    parameters: Annotated[int, Field(ge=1_000_000)] | None = None
    active_parameters: Annotated[int, Field(ge=1_000_000)] | None = None
    """Parameters one token passes through: all of them in a dense model."""
    input: tuple[Literal["text", "image", "audio", "video", "pdf"], ...] = ("text",)
    output: tuple[Literal["text", "image", "audio", "video"], ...] = ("text",)
    hugging_face: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    gguf: tuple[Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")], ...] = ()
    """Hugging Face repositories with GGUF files of it."""
    ollama: Annotated[str, Field(pattern=r"^[\w.:/-]+$")] | None = None
    note: Text | None = None
    architecture: Architecture | None = None
    sources: dict[str, SourceRef | tuple[SourceRef, ...]]
    """Field name to where its value comes from; `default` covers the fields not named."""
    disputes: tuple[Dispute, ...] = ()

    @model_validator(mode="after")
    def _sourced(self) -> Model:
        known = set(type(self).model_fields) | {"default"}
        if odd := sorted(set(self.sources) - known):
            raise ValueError(f"sources names {', '.join(odd)}, which is no field of a model")
        if odd := sorted({dispute.field for dispute in self.disputes} - known):
            raise ValueError(f"a dispute is about {', '.join(odd)}, which is no field of a model")
        if "default" not in self.sources:
            wanted = {"released", "context_tokens", "parameters", "active_parameters", "architecture", "licence"}
            if bare := sorted(f for f in wanted if getattr(self, f) is not None and f not in self.sources):
                raise ValueError(f"no source for {', '.join(bare)}: add it to [sources], or a 'default' there")
        if self.open_weights and self.parameters is None:
            raise ValueError("a model with open weights states its parameters")
        return self
