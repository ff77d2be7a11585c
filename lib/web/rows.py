"""Rows as files: CSV that a spreadsheet and `pandas.read_csv` take as it is, JSON that says what it holds, Parquet."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib.answers.table_shapes import Column
from lib.catalog import Catalog

CSV, JSON, PARQUET = "text/csv; charset=utf-8", "application/json", "application/vnd.apache.parquet"
IDS = ("sources", "device_ids", "memory_gib", "input", "output", "gguf", "layer_kinds", "kv_heads", "feed_forward_size")
"""Lists whose entries have no blanks in them: a blank separates them in CSV. Others are separated by ` | `."""
UNKNOWN = ("", "n/a")
"""What a page writes where nothing is known."""


def as_csv(rows: pd.DataFrame, version: str) -> bytes:
    """UTF-8 with a header and CRLF; the last column names the catalog's version. Unknown is empty.

    What a spreadsheet would take for a formula gets an apostrophe before it.
    """
    told = rows.assign(catalog_version=version)
    for name in told.columns:
        if not pd.api.types.is_numeric_dtype(told[name]):
            told[name] = pd.Series([_harmless(_cell(v, name)) for v in told[name]], index=told.index, dtype=object)
    told.columns = [_harmless(str(name)) for name in told.columns]
    text: str = told.to_csv(index=False, lineterminator="\r\n", float_format="%.12g")
    return text.encode()


def separator(name: str) -> str:
    """What stands between the entries of a list in CSV."""
    return " " if name.removeprefix("architecture_") in IDS else " | "


def _cell(value: Any, name: str) -> Any:
    if isinstance(value, list | tuple):
        return separator(name).join(str(plain(v)) for v in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return plain(value)


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def plain(value: Any) -> Any:
    """A cell as JSON has it: lists stay lists, no more digits than a double carries, and null for what is not known.

    Pages write "n/a" or nothing there, for people; in a file either would be one more word to look out for.
    """
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if value is pd.NA or (isinstance(value, str) and value in UNKNOWN):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    return value


def cited(catalog: Catalog, ids: Sequence[str]) -> list[dict[str, str]]:
    """Sources as a reader needs them to cite: id, title, producer, address, when it was read, what it allows."""
    found = ((key, catalog.sources[key]) for key in ids if key in catalog.sources)
    return [
        {"id": key, "title": s.title, "producer": s.producer, "url": s.url, "accessed": s.accessed, "licence": s.licence}
        for key, s in found
    ]  # fmt: skip


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON objects."""
    names = [str(c) for c in rows.columns]
    cells = [[plain(v) for v in rows[c].tolist()] for c in rows.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]


def told(columns: Sequence[Column]) -> list[dict[str, str | None]]:
    """Columns as JSON objects: name, unit, description."""
    return [{"name": c.name, "unit": c.unit or None, "description": c.words} for c in columns]


def dumped(body: object) -> bytes:
    """Strict JSON, UTF-8."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, default=str).encode()


def as_json(head: Mapping[str, Any], rows: pd.DataFrame, columns: Sequence[Column]) -> bytes:
    """`head`, then columns with unit and description, then the rows."""
    return dumped({**head, "columns": told(columns), "rows": records(rows)})


def as_parquet(rows: pd.DataFrame, columns: Sequence[Column], about: Mapping[str, str]) -> bytes:
    """A table whose fields carry unit and description, and whose schema carries `about`. Lists stay lists."""
    arrays, fields = [], []
    words = {c.name: c for c in columns}
    for name in map(str, rows.columns):
        array = _array([plain(v) for v in rows[name].tolist()])
        column = words.get(name, Column(name, "", ""))
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata={"unit": column.unit, "description": column.words}))
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=dict(about)))
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def _array(values: list[Any]) -> pa.Array:
    """One Arrow type a column; a column of nothing but unknowns is text, so that every view has a schema that can be read."""
    if all(v is None for v in values):
        return pa.array(values, pa.string())
    if all(v is None or isinstance(v, list) for v in values):
        return pa.array([None if v is None else [str(x) for x in v] for v in values], pa.list_(pa.string()))
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers and words in one column
        return pa.array([None if v is None else str(v) for v in values], pa.string())
