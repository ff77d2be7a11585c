"""The whole catalog as files: tables, records with their JSON Schema, a dictionary, and the formats others read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lib.catalog import Catalog, schema
from lib.catalog.json_schema import json_schema
from lib.web import every_eval_ever, flat, rows, sqlite_file
from lib.web.croissant import MEDIA as CROISSANT
from lib.web.croissant import croissant
from lib.web.flat import TABLES, tables

RECORDS: dict[str, tuple[type[schema.Record], bool]] = {
    "sources": (schema.Source, True), "licences": (schema.Licence, True), "benchmarks": (schema.Benchmark, True), "protocols": (schema.Protocol, True),
    "models": (schema.Model, True), "scores": (schema.Score, False), "devices": (schema.Device, True), "device_buses": (schema.DeviceBus, True),
    "device_conflicts": (schema.DeviceConflict, False), "machines": (schema.Machine, True), "quantizations": (schema.Quantization, True),
    "quantization_loss": (schema.QuantizationLoss, True), "runtimes": (schema.Runtime, True), "services": (schema.Service, True),
    "measurements": (schema.Measurement, True), "prices": (schema.Price, False),
}  # fmt: skip
"""Fields of `Catalog` served as records, and whether they stand by id."""
TERMS = (
    "The selection, arrangement and notes are CC BY 4.0. Facts are cited from their sources, whose own terms stand in `licence` of the table "
    "sources: where that says “not stated”, single facts may be cited with their source, and the table is not ours to pass on as a whole."
)  # fmt: skip


@dataclass(frozen=True)
class CatalogFile:
    """A file below `/catalog/`."""

    name: str
    media: str
    summary: str
    words: str
    made: Callable[[Catalog, str], bytes]
    """From the catalog and the dashboard's own address."""
    names_address: bool = False
    """Whether the bytes depend on that address."""
    described: bool = True
    """Whether the Croissant description lists it."""

    def body(self, catalog: Catalog, base: str) -> bytes:
        """Its bytes, made once for each version of the catalog."""
        return _made(catalog, self.name, base if self.names_address else "")


@lru_cache(maxsize=128)
def _made(catalog: Catalog, name: str, base: str) -> bytes:
    return next(file for file in FILES if file.name == name).made(catalog, base)


def _csv(name: str) -> Callable[[Catalog, str], bytes]:
    return lambda catalog, _: rows.as_csv(tables(catalog)[name].rows, catalog.version)


def _json(name: str) -> Callable[[Catalog, str], bytes]:
    def made(catalog: Catalog, _: str) -> bytes:
        table = tables(catalog)[name]
        used = sorted({s for given in table.rows["sources"] for s in given}) if "sources" in table.rows else []
        head = {"table": name, "about": table.words, "terms": TERMS, "catalog_version": catalog.version, "sources": rows.cited(catalog, used)}  # fmt: skip
        columns = [{"name": f.name, "type": f.kind, "unit": f.unit or None, "description": f.words, "refers_to": f.refers_to} for f in table.fields]  # fmt: skip
        return rows.dumped({**head, "columns": columns, "rows": rows.records(table.rows)})

    return made


def records(catalog: Catalog, _: str) -> bytes:
    """Every record as the catalog's own files have it, what is not known left out. `schema.json` describes it."""
    told: dict[str, Any] = {"catalog_version": catalog.version}
    for name, (_kind, by_id) in RECORDS.items():
        held = getattr(catalog, name)
        told[name] = {k: _dump(r) for k, r in held.items()} if by_id else [_dump(r) for r in held]
    return rows.dumped(told)


def _dump(record: schema.Record) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude_none=True)


def described_records(_catalog: Catalog, _: str) -> bytes:
    """JSON Schema (2020-12) of `records.json`."""
    whole = json.loads(json_schema())
    properties: dict[str, Any] = {"catalog_version": {"type": "string", "description": "Equal facts, equal version."}}
    for name, (kind, by_id) in RECORDS.items():
        one = {"$ref": f"#/$defs/{kind.__name__}"}
        properties[name] = {"type": "object", "additionalProperties": one} if by_id else {"type": "array", "items": one}
    shape = {"type": "object", "required": list(properties), "additionalProperties": False, "properties": properties}
    return rows.dumped({**whole, **shape})


def dictionary(catalog: Catalog, _: str) -> bytes:
    """What every field of every table is: record, field, type, unit, description."""
    told = flat.dictionary(catalog).rows.copy()
    told.loc[(told["table"] == "sources") & (told["field"] == "licence"), "description"] += f" {TERMS}"
    return rows.as_csv(told, catalog.version)


def _described(catalog: Catalog, base: str) -> bytes:
    files = [(f.name, f.media, f.summary, f.body(catalog, base)) for f in FILES if f.described]
    return croissant(catalog, base, files)


def _sqlite(catalog: Catalog, _: str) -> bytes:
    return sqlite_file.database(catalog)


FILES: tuple[CatalogFile, ...] = (
    *(CatalogFile(f"{name}.csv", rows.CSV, f"The table {name} as CSV", "Lists of ids are separated by blanks, other lists by “ | ”.", _csv(name)) for name in TABLES),
    *(CatalogFile(f"{name}.json", rows.JSON, f"The table {name} as JSON", "With units, descriptions and sources.", _json(name)) for name in TABLES),
    CatalogFile("records.json", rows.JSON, "Every record, nested as in the catalog's own files", "Described by schema.json.", records),
    CatalogFile("schema.json", "application/schema+json", "JSON Schema of records.json", "A definition a kind of record.", described_records),
    CatalogFile("dictionary.csv", rows.CSV, "Data dictionary: every field with type, unit and words", TERMS, dictionary),
    CatalogFile("every-eval-ever.jsonl", "application/jsonl", "Every score in the Every Eval Ever format 0.3.0", "A log a line.", lambda c, _: every_eval_ever.lines(c)),
    CatalogFile("catalog.sqlite", "application/vnd.sqlite3", "Every table as one SQLite database", "With foreign keys, indexes and the dictionary; Datasette opens it as it is.", _sqlite),
    CatalogFile("metadata.json", rows.JSON, "Words, units and licence for Datasette", "datasette catalog.sqlite --metadata metadata.json", lambda c, _: sqlite_file.metadata(c)),
    CatalogFile("croissant.json", CROISSANT, "All of this described as a dataset: Croissant 1.1", "Checksums are of the files served here.", _described, names_address=True, described=False),
)  # fmt: skip
"""Every file there is."""
