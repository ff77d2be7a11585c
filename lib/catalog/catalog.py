"""All facts in one frozen object, and what was wrong with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.catalog import schema


@dataclass(frozen=True)
class Problem:
    """Something in the catalog that is wrong or looks wrong, and what was expected."""

    place: str
    """File, and row or field inside it."""
    given: str
    expected: str
    rule: str = ""
    """Name of the rule that found it; empty for what cannot be read or points at nothing, and is left out."""

    def __str__(self) -> str:
        return f"{self.place}: {self.given}: {self.expected}" if self.given else f"{self.place}: {self.expected}"


@dataclass(frozen=True)
class Catalog:
    """Every fact, by id or in the order of its file. Never changed after loading."""

    version: str
    """First 12 digits of the SHA-256 of all files: equal facts, equal version."""
    sources: Mapping[str, schema.Source] = field(default_factory=dict)
    licences: Mapping[str, schema.Licence] = field(default_factory=dict)
    benchmarks: Mapping[str, schema.Benchmark] = field(default_factory=dict)
    protocols: Mapping[str, schema.Protocol] = field(default_factory=dict)
    models: Mapping[str, schema.Model] = field(default_factory=dict)
    scores: tuple[schema.Score, ...] = ()
    devices: Mapping[str, schema.Device] = field(default_factory=dict)
    device_buses: Mapping[str, schema.DeviceBus] = field(default_factory=dict)
    """By device."""
    device_conflicts: tuple[schema.DeviceConflict, ...] = ()
    machines: Mapping[str, schema.Machine] = field(default_factory=dict)
    quantizations: Mapping[str, schema.Quantization] = field(default_factory=dict)
    quantization_loss: Mapping[str, schema.QuantizationLoss] = field(default_factory=dict)
    runtimes: Mapping[str, schema.Runtime] = field(default_factory=dict)
    services: Mapping[str, schema.Service] = field(default_factory=dict)
    measurements: Mapping[str, schema.Measurement] = field(default_factory=dict)
    prices: tuple[schema.Price, ...] = ()
    aliases: tuple[schema.Alias, ...] = ()
    essay: schema.Essay | None = None
    accepted: Mapping[str, schema.Accepted] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def source_of(self, reference: str) -> schema.Source | None:
        """The source a fact points to; what follows `#` in the reference is the place inside it."""
        return self.sources.get(reference.partition("#")[0])

    def cited(self, reference: str) -> tuple[str, str | None]:
        """Title and address of the source a fact points to; the reference itself where there is no such source."""
        source = self.source_of(reference)
        return (source.title, source.url) if source else (reference, None)

    def __hash__(self) -> int:
        return hash(self.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Catalog) and other.version == self.version
