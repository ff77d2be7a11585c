"""The catalog as flat tables: one a kind of record, its fields as columns, each with unit, words and what it points to."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pandas as pd
from pydantic import BaseModel

from lib.answers.freshness import references
from lib.answers.table_shapes import unit_of
from lib.catalog import Catalog, schema
from lib.quality.capability import DOMAINS, capability
from lib.web.flat_words import KEY_WORDS, WORDS

Kind = Literal["text", "date", "integer", "number", "boolean", "list"]


@dataclass(frozen=True)
class Field:
    """A column: what it holds, its unit (empty where there is none), what it says, and the table whose `id` it names."""

    name: str
    kind: Kind
    unit: str
    words: str
    refers_to: str | None = None


@dataclass(frozen=True, eq=False)
class Flat:
    """One table of the catalog."""

    name: str
    record: str
    """The record of the JSON Schema a row is made of."""
    words: str
    key: tuple[str, ...]
    """Fields that name a row; empty where nothing but the whole row does."""
    fields: tuple[Field, ...]
    rows: pd.DataFrame


SOURCE = ("Id of the source.", "Where inside the source.")
OWN_SOURCES = Field("sources", "list", "", "Ids of every source the record rests on, separated by blanks.", None)


def _bare(annotation: Any) -> Any:
    """An annotation without `Annotated` and `None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [a for a in get_args(annotation) if a is not type(None)]
        kinds = [_bare(a) for a in rest]
        return next((k for k in kinds if get_origin(k) is tuple), kinds[0])
    return annotation


def _kind(annotation: Any, whole: Any) -> Kind:
    bare = _bare(annotation)
    if get_origin(bare) is tuple:
        return "list"
    if get_origin(bare) is Literal or bare is str:
        return "date" if r"^\d{4}(-" in repr(whole) else "text"
    if bare is bool:
        return "boolean"
    return "integer" if bare is int else "number" if bare is float else "text"


Getter = Callable[[Any], Any]


def _through(outer: Getter, name: str) -> Getter:
    def get(record: Any) -> Any:
        held = outer(record)
        return None if held is None else getattr(held, name)

    return get


def _fields(record: type[BaseModel], refers: Mapping[str, str], outer: Getter = lambda r: r, prefix: str = "") -> Iterator[tuple[Field, Getter]]:  # fmt: skip
    """The columns of a record and how to read each; records inside it come with their name before theirs."""
    for name, info in record.model_fields.items():
        bare, get = _bare(info.annotation), _through(outer, name)
        column = f"{prefix}{name}"
        if isinstance(bare, type) and issubclass(bare, BaseModel):
            yield from _fields(bare, {}, get, f"{column}_")
        elif name == "source" or name.endswith("_source"):
            yield Field(column, "text", "", SOURCE[0], "sources"), _part_of(get, 0)
            yield Field(f"{column}_place", "text", "", SOURCE[1]), _part_of(get, 2)
        elif get_origin(bare) is dict or (get_origin(bare) is tuple and _of_records(bare)):
            continue
        else:
            words = " ".join((info.description or WORDS.get(column) or WORDS.get(name, "")).split())
            kind = _kind(info.annotation, (info.annotation, info.metadata))
            unit = "ISO 8601: a day, month or year" if kind == "date" else unit_of(name)
            yield Field(column, kind, unit, words, refers.get(column)), get


def _of_records(bare: Any) -> bool:
    inner = _bare(get_args(bare)[0])
    return isinstance(inner, type) and issubclass(inner, BaseModel)


def _part_of(get: Getter, at: int) -> Getter:
    """The id of a reference (0), or the place inside the source (2)."""

    def part(record: Any) -> str | None:
        reference = get(record)
        return None if reference is None else reference.partition("#")[at] or None

    return part


def _listed(value: Any, kind: Kind) -> Any:
    return [value] if kind == "list" and value is not None and not isinstance(value, tuple | list) else value


def _table(name: str, record: type[BaseModel], words: str, records: Iterable[Any], refers: Mapping[str, str], *, keys: Iterable[str] | None = None, owner: str = "", sourced: bool = True) -> Flat:  # fmt: skip
    """A table of records; with `keys` their ids (or, with `owner`, the ids of what they belong to) are the first column."""
    held = list(records)
    found = list(_fields(record, refers))
    columns: dict[str, list[Any]] = {}
    fields: list[Field] = []
    if keys is not None:
        first = owner or "id"
        fields.append(Field(first, "text", "", KEY_WORDS[first], f"{owner}s" if owner else None))
        columns[first] = list(keys)
    for field, get in found:
        fields.append(field)
        columns[field.name] = [_listed(get(r), field.kind) for r in held]
    if sourced:
        fields.append(OWN_SOURCES)
        columns["sources"] = [sorted({ref.partition("#")[0] for ref in references(r)}) for r in held]
    key = ("id",) if "id" in columns else ()
    return Flat(name, record.__name__, words, key, tuple(fields), _frame(columns, fields))


def _frame(columns: Mapping[str, list[Any]], fields: Iterable[Field]) -> pd.DataFrame:
    types_of = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
    return pd.DataFrame({f.name: pd.Series(columns[f.name], dtype=types_of.get(f.kind, "object")) for f in fields})


class ModelSource(schema.Record):
    """Where the value of one field of a model comes from."""

    field: str
    """The field; `default` covers those not named."""
    source: schema.SourceRef


class CapabilityRow(schema.Record):
    """A model's place on the capability index, computed from the scores."""

    model: str
    domain: str
    """general, code, mathematics, instructions, long-context or agents."""
    value: float
    """Index points."""
    low: float
    """Lower end of the 90 % interval."""
    high: float
    """Upper end of it."""
    benchmarks: int
    """Families of benchmarks it rests on."""
    scores: int
    """Scores it rests on."""
    makers_only: bool
    """Whether no score is from anyone but the model's maker."""


_SCORED = {"model": "models", "benchmark": "benchmarks", "protocol": "protocols"}


def _named(name: str, record: type[BaseModel], words: str, held: Mapping[str, Any], **refers: str) -> Flat:
    """Records that stand under their id; where the record has a field `id`, that is it."""
    keys = None if "id" in record.model_fields else held.keys()
    return _table(name, record, words, held.values(), refers, keys=keys, sourced=record is not schema.Source)


@lru_cache(maxsize=2)
def tables(catalog: Catalog) -> Mapping[str, Flat]:
    """Every table of `TABLES`, in that order. Cached: treat the frames as read-only."""
    c = catalog
    told = [
        (key, ModelSource(field=field, source=ref))
        for key, model in c.models.items()
        for field, refs in model.sources.items()
        for ref in ((refs,) if isinstance(refs, str) else refs)
    ]
    disputes = [(key, dispute) for key, model in c.models.items() for dispute in model.disputes]
    places = [
        CapabilityRow(model=m, domain=d, value=f.value, low=f.low, high=f.high, benchmarks=f.benchmarks, scores=f.scores, makers_only=f.makers_only)
        for d in DOMAINS for m, f in capability(d).items() if m in c.models
    ]  # fmt: skip
    made = (
        _named("models", schema.Model, "Published checkpoints; `architecture_…` is empty where the shapes are not public.", c.models, licence="licences"),
        _table("model_sources", ModelSource, "Which source each field of a model comes from.", (s for _, s in told), {}, keys=[k for k, _ in told], owner="model", sourced=False),
        _table("model_disputes", schema.Dispute, "Other values given for a model's facts.", (d for _, d in disputes), {}, keys=[k for k, _ in disputes], owner="model", sourced=False),
        _table("scores", schema.Score, "What a model scored on a benchmark, under one protocol.", c.scores, _SCORED),
        _table("capability", CapabilityRow, "The capability index; computed from the scores, not read anywhere.", places, {"model": "models"}, sourced=False),
        _named("benchmarks", schema.Benchmark, "What a benchmark measures, and how.", c.benchmarks),
        _named("protocols", schema.Protocol, "Ways of running benchmarks; scores compare inside one only.", c.protocols),
        _named("devices", schema.Device, "GPUs, systems on a chip, CPUs with their memory.", c.devices),
        _table("device_buses", schema.DeviceBus, "How wide and fast a device's memory is.", c.device_buses.values(), {"device": "devices"}),
        _table("device_conflicts", schema.DeviceConflict, "Values of a device that another source gives differently.", c.device_conflicts, {"device": "devices"}),
        _named("machines", schema.Machine, "Machines people have or buy.", c.machines, device="devices", cpu="devices"),
        _named("measurements", schema.Measurement, "Speeds somebody measured.", c.measurements),
        _table("prices", schema.Price, "What a provider asks for a million tokens.", c.prices, {"model": "models"}),
        _named("licences", schema.Licence, "What one may do with a model, in our words; not legal advice.", c.licences),
        _named("quantizations", schema.Quantization, "Formats of weights.", c.quantizations),
        _named("quantization_losses", schema.QuantizationLoss, "What a format costs in quality; compare a value with its own baseline only.", c.quantization_loss),
        _named("runtimes", schema.Runtime, "Programs that run models.", c.runtimes),
        _named("services", schema.Service, "Where models already run.", c.services),
        _named("sources", schema.Source, "Where facts come from.", c.sources),
    )  # fmt: skip
    return {table.name: table for table in made}


def dictionary(catalog: Catalog) -> Flat:
    """What every field of every table is, as a table."""
    told = [
        (table.name, table.record, f.name, f.kind, f.unit, f"{f.refers_to}.id" if f.refers_to else "", f.words)
        for table in tables(catalog).values() for f in table.fields
    ]  # fmt: skip
    fields = tuple(Field(name, "text", "", words) for name, words in _DICTIONARY.items())
    return Flat("dictionary", "", "What every column of every table is.", ("table", "field"), fields, pd.DataFrame(told, columns=list(_DICTIONARY)))  # fmt: skip


_DICTIONARY = {
    "table": "The table.",
    "record": "The record of the JSON Schema a row is made of.",
    "field": "The column.",
    "type": "text, date, integer, number, boolean or list.",
    "unit": "Its unit; empty where there is none.",
    "refers_to": "The column whose values it names.",
    "description": "What it says.",
}
TABLES = (
    "models", "model_sources", "model_disputes", "scores", "capability", "benchmarks", "protocols", "devices", "device_buses", "device_conflicts",
    "machines", "measurements", "prices", "licences", "quantizations", "quantization_losses", "runtimes", "services", "sources",
)  # fmt: skip
"""Names of the tables."""
