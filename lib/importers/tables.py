"""CSV as the catalog keeps it: the schema's own field names, unknown as an empty cell, columns nobody fills left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from pydantic import BaseModel


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
