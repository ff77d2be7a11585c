"""The catalog as one SQLite database: tables with foreign keys and indexes, and what Datasette wants to know of it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from lib.catalog import Catalog
from lib.web.flat import Flat, tables
from lib.web.rows import dumped, plain

LICENCE, LICENCE_URL = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
ABOUT = (
    "Which language model can a machine run: models, scores, devices, measurements, prices; every fact with its source."
)
_TYPES = {"text": "TEXT", "date": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "INTEGER", "list": "TEXT"}
LINKS = {"measurement_devices": ("measurements", "device_ids", "device", "devices")}
"""Tables only the database has: lists that point to records, a row each."""


def database(catalog: Catalog) -> bytes:
    """The bytes of the file. Lists are JSON arrays; booleans are 0 and 1."""
    base = sqlite3.connect(":memory:")
    try:
        known = tables(catalog)
        # Those others point to come first, so that the file can be read in its order.
        for name in sorted(known, key=lambda n: sum(f.refers_to is not None for f in known[n].fields)):
            _write(base, known[name])
        for name, (owner, column, called, other) in LINKS.items():
            singular = owner.removesuffix("s")
            base.execute(
                f"CREATE TABLE {name} ({singular} TEXT NOT NULL REFERENCES {owner}(id), {called} TEXT NOT NULL REFERENCES {other}(id), PRIMARY KEY ({singular}, {called})) WITHOUT ROWID"
            )  # fmt: skip
            held = known[owner].rows
            ids = set(known[other].rows["id"])
            pairs = {(k, i) for k, given in zip(held["id"], held[column], strict=True) for i in given or () if i in ids}
            base.executemany(f"INSERT INTO {name} VALUES (?, ?)", sorted(pairs))
        base.execute("CREATE TABLE about (catalog_version TEXT NOT NULL, licence TEXT NOT NULL)")
        base.execute("INSERT INTO about VALUES (?, ?)", (catalog.version, LICENCE))
        base.commit()
        base.execute("ANALYZE")
        base.commit()
        return base.serialize()
    finally:
        base.close()


def _write(base: sqlite3.Connection, table: Flat) -> None:
    columns = []
    for f in table.fields:
        column = f'"{_name(f.name)}" {_TYPES[f.kind]}'
        if table.key == (f.name,):
            column += " PRIMARY KEY NOT NULL"
        if f.refers_to:
            column += f' REFERENCES "{_name(f.refers_to)}"(id)'
        columns.append(column)
    base.execute(f'CREATE TABLE "{_name(table.name)}" ({", ".join(columns)})')
    cells = [[_cell(v) for v in table.rows[f.name].tolist()] for f in table.fields]
    marks = ", ".join("?" * len(columns))
    base.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', zip(*cells, strict=True))
    for f in table.fields:
        if f.refers_to:
            base.execute(f'CREATE INDEX "{table.name}_by_{f.name}" ON "{table.name}" ("{f.name}")')


def _name(name: str) -> str:
    """A name of ours as SQL has it. Raises ValueError for what is none: names are not quoted into statements unchecked."""
    if not re.fullmatch(r"[a-z0-9_]{1,80}", name):
        raise ValueError(f"{name!r} is no name of a table or column")
    return name


def _cell(value: Any) -> Any:
    value = plain(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def metadata(catalog: Catalog) -> bytes:
    """`metadata.json` for Datasette: title, licence, and the words and units of every table and column."""

    def of_table(table: Flat) -> Mapping[str, Any]:
        label = next((n for n in ("name", "title") if n in table.rows.columns), None)
        return {
            "description": table.words,
            "columns": {f.name: f"{f.words} [{f.unit}]" if f.unit else f.words for f in table.fields},
            **({"label_column": label} if label else {}),
        }

    return dumped(
        {
            "title": "A GPT of One's Own: the catalog",
            "description": f"{ABOUT} Version {catalog.version}.",
            "license": LICENCE,
            "license_url": LICENCE_URL,
            "databases": {"catalog": {"tables": {name: of_table(table) for name, table in tables(catalog).items()}}},
        }
    )
