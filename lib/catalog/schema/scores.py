"""Benchmarks, ways of running them, and what models scored."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lib.catalog.schema.base import Date, Finite, Https, Id, Record, SourceRef, Text


class Benchmark(Record):
    name: Text
    measures: Text
    category: Literal["knowledge", "reasoning", "mathematics", "code", "instructions", "agents", "preference", "other"]
    unit: Literal["percent", "elo", "index", "points"]
    minimum: Finite | None = None
    maximum: Finite | None = None
    higher_is_better: bool = True
    chance: Finite | None = None
    """Score of guessing at random, in the benchmark's unit."""
    human: Finite | None = None
    saturated: Text | None = None
    caveats: Text | None = None
    items: Annotated[int, Field(ge=1)] | None = None
    """Number of questions or tasks: a score out of few is a rough one."""
    contamination: Text | None = None
    """Whether models may have met the questions in training, and what shows it."""
    url: Https
    source: SourceRef
    sources: dict[str, SourceRef] = Field(default_factory=dict)
    """Field name to where its value comes from, where that is not `source`."""

    @model_validator(mode="after")
    def _named(self) -> Benchmark:
        if odd := sorted(set(self.sources) - set(type(self).model_fields)):
            raise ValueError(f"sources names {', '.join(odd)}, which is no field of a benchmark")
        low, high = self.minimum, self.maximum
        if low is not None and high is not None and low >= high:
            raise ValueError(f"minimum ({low:g}) is not below maximum ({high:g})")
        for name in ("chance", "human"):
            value = getattr(self, name)
            if value is not None and not (low if low is not None else value) <= value <= (
                high if high is not None else value
            ):
                raise ValueError(f"{name} ({value:g}) is outside the benchmark's range")
        return self


class Protocol(Record):
    """One way of running benchmarks. Scores are comparable inside one protocol only."""

    name: Text
    producer: Text
    comparable: bool
    """False for collections of numbers obtained in different ways: shown, marked, never ranked finely."""
    room_to_think: bool = True
    """False where answers are read off likelihoods or cut short: a model that thinks first never comes to its answer."""
    described: Text
    source: SourceRef


class Score(Record):
    """A row of `scores.csv`."""

    model: Id
    benchmark: Id
    protocol: Id
    value: Finite
    low: Finite | None = None
    high: Finite | None = None
    """The source's own 95 % interval, where it gives one."""
    variant: str | None = None
    """Setting of the same checkpoint: thinking, high effort, a dated snapshot …"""
    conditions: str | None = None
    measured_by: Literal["third-party", "maker", "competitor", "essay", "unknown"]
    date: Date | None = None
    source: SourceRef
    verdict: Literal["", "wrong", "unconfirmed", "superseded", "mixed"] = ""
    """What checking the value against other sources found; empty where nothing speaks against it."""
    note: str | None = None
