"""TOML and CSV as people like to edit them: keys in the schema's order, one record a table, rows sorted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

WIDTH = 120


def _key(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isascii() and plain.isalnum() else json.dumps(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value]
        line = "[" + ", ".join(items) + "]"
        if len(line) <= WIDTH - 20 or not isinstance(value[0], str):
            return line
        return "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    raise TypeError(f"no TOML for {value!r}")


def toml(record: Mapping[str, Any], name: str = "") -> str:
    """One table with its sub-tables and arrays of tables below it. Empty and missing fields are left out."""
    plain: list[str] = []
    below: list[str] = []
    for key, value in record.items():
        path = f"{name}.{_key(key)}" if name else _key(key)
        if value is None or value == () or value == [] or value == {}:
            continue
        if isinstance(value, Mapping):
            below.append(toml(value, path))
        elif isinstance(value, list | tuple) and isinstance(value[0], Mapping):
            below += [f"[[{path}]]\n" + toml(item) for item in value]
        else:
            plain.append(f"{_key(key)} = {_value(value)}")
    head = [f"[{name}]"] if name and plain else []
    own = "\n".join(head + plain) + "\n" if plain else ""
    return "\n".join(part for part in (own, *below) if part)


def fields(record: BaseModel) -> dict[str, Any]:
    """A record's fields in the schema's order, without those that say no more than the default."""
    return record.model_dump(exclude_none=True, exclude_defaults=True)


def toml_records(records: Mapping[str, BaseModel]) -> str:
    """A file in which each table is one record, its name the id."""
    return "\n".join(toml(fields(record), _key(name)) for name, record in records.items())


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(_cell(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def csv_text(kind: type[BaseModel], records: Iterable[BaseModel]) -> str:
    """Rows under a header of the kind's field names; unknown is an empty cell. Columns nobody fills are left out."""
    columns = list(kind.model_fields)
    rows = [[_cell(getattr(record, name)) for name in columns] for record in records]
    used = [i for i in range(len(columns)) if not rows or any(row[i] for row in rows)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([columns[i] for i in used])
    writer.writerows([row[i] for i in used] for row in rows)
    return out.getvalue()


def write(path: Path, text: str) -> None:
    """Write a file, making its folder; untouched where nothing changed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
