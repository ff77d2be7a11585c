"""The catalog as one SQLite database: tables with foreign keys and indexes, and what Datasette wants to know of it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lib.catalog import Catalog
from lib.web.flat import Field, Flat, dictionary, tables
from lib.web.rows import dumped, plain

LICENCE, LICENCE_URL = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
ABOUT = (
    "Which language model can a machine run: models, scores, devices, measurements, prices; every fact with its source."
)
_TYPES = {"text": "TEXT", "date": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "INTEGER", "list": "TEXT"}


def _all(catalog: Catalog) -> tuple[Flat, ...]:
    """Every table of the catalog, and those only the database has: which devices were measured, the dictionary, the version."""
    known = tables(catalog)
    held, ids = known["measurements"].rows, set(known["devices"].rows["id"])
    pairs = {(k, i) for k, given in zip(held["id"], held["device_ids"], strict=True) for i in given or () if i in ids}
    measured = (Field("measurement", "text", "", "Id of the measurement.", "measurements"), Field("device", "text", "", "Id of the device.", "devices"))  # fmt: skip
    about = (Field("catalog_version", "text", "", "Equal facts, equal version."), Field("licence", "text", "", "Licence of the catalog; sources keep their own."))  # fmt: skip
    return (
        *known.values(),
        Flat("measurement_devices", "", "Which devices were measured, a row each.", ("measurement", "device"), measured, pd.DataFrame(sorted(pairs), columns=["measurement", "device"])),
        dictionary(catalog),
        Flat("about", "", "Which version of the catalog this is.", (), about, pd.DataFrame({"catalog_version": [catalog.version], "licence": [LICENCE]})),
    )  # fmt: skip


def database(catalog: Catalog) -> bytes:
    """The bytes of the file. Lists are JSON arrays; booleans are 0 and 1."""
    base = sqlite3.connect(":memory:")
    try:
        # Those others point to come first, so that the file can be read in its order.
        for table in sorted(_all(catalog), key=lambda t: sum(f.refers_to is not None for f in t.fields)):
            _write(base, table)
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
        if f.name in table.key:
            column += " NOT NULL"
        if f.refers_to:
            column += f' REFERENCES "{_name(f.refers_to)}"(id)'
        columns.append(column)
    if table.key:
        columns.append("PRIMARY KEY (" + ", ".join(f'"{_name(name)}"' for name in table.key) + ")")
    base.execute(f'CREATE TABLE "{_name(table.name)}" ({", ".join(columns)})')
    cells = [[_cell(v) for v in table.rows[f.name].tolist()] for f in table.fields]
    marks = ", ".join("?" * len(cells))
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
            "databases": {"catalog": {"tables": {table.name: of_table(table) for table in _all(catalog)}}},
        }
    )
