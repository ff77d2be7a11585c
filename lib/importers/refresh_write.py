"""Writing a reviewed copy into the catalog: tables in their order, the source's date, nothing else touched."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import cast

from lib.catalog.load import load
from lib.catalog.schema import Price, Score
from lib.importers.refresh_diff import Diff, R
from lib.importers.tables import csv_text

_ORDER: Mapping[type, tuple[str, ...]] = {
    Score: ("benchmark", "model", "variant", "conditions", "date", "value"),
    Price: ("model", "provider"),
}


def _read(path: Path, kind: type[R]) -> list[R]:
    if not path.exists():
        return []
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    made = (kind.model_validate({name: cell for name, cell in row.items() if cell != ""}) for row in rows)
    return cast("list[R]", list(made))


def _sorted(rows: Sequence[R], kind: type[R]) -> list[R]:
    return sorted(rows, key=lambda row: tuple(str(getattr(row, name) or "") for name in _ORDER[kind]))


def _file(row: Price | Score) -> str:
    return "prices/tokens.csv" if isinstance(row, Price) else f"scores/{row.protocol}.csv"


def tables(folder: Path, kind: type[R], found: Diff[R]) -> dict[Path, str]:
    """The text of every table the diff touches, rows in the catalog's order, each file's other rows as they were."""
    out = Counter[R]([*found.gone, *(old for old, _ in found.changed)])
    new: dict[str, list[R]] = defaultdict(list)
    for made in [*found.added, *(made for _, made in found.changed)]:
        new[_file(made)].append(made)
    names = {_file(row) for row in out} | set(new)
    part = "prices" if kind is Price else "scores"
    texts = {}
    for path in sorted({folder / name for name in names} | set((folder / part).glob("*.csv"))):
        held = _read(path, kind)
        stay: list[R] = []
        for row in held:
            if out[row]:
                out[row] -= 1
            else:
                stay.append(row)
        extra: list[R] = new.get(path.relative_to(folder).as_posix(), [])
        if extra or len(stay) != len(held):
            texts[path] = csv_text(kind, _sorted([*stay, *extra], kind))
    if missing := [row for row, count in out.items() if count]:
        raise ValueError(f"{len(missing)} rows to change are in no table of {folder}")
    return texts


def source_file(folder: Path, source: str) -> Path:
    """The file of `sources/` that describes a source. Raises ValueError where none does."""
    for path in sorted((folder / "sources").glob("*.toml")):
        if source in tomllib.loads(path.read_text(encoding="utf-8")):
            return path
    raise ValueError(f"no source {source!r} in sources/: describe it there first")


def with_fields(text: str, source: str, fields: Mapping[str, str]) -> str:
    """A sources file in which one source has other values in existing fields; every other line as it was."""
    head = re.compile(rf"^\[(?:{re.escape(source)}|{re.escape(json.dumps(source))})\]\s*$")
    inside, left, lines = False, dict(fields), []
    for line in text.splitlines(keepends=True):
        if line.startswith("["):
            inside = head.match(line) is not None
        elif inside and (match := re.match(r"(\w+) = ", line)) and match[1] in left:
            line = f"{match[1]} = {json.dumps(left.pop(match[1]), ensure_ascii=False)}\n"
        lines.append(line)
    if left:
        raise ValueError(f"the source {source!r} has no line for {', '.join(left)}")
    made = "".join(lines)
    tomllib.loads(made)
    return made


def write(folder: Path, texts: Mapping[Path, str], before: Collection[str]) -> None:
    """Write the files. Where the catalog then has problems beyond those of `before`, put all back and raise ValueError."""
    kept = {path: path.read_bytes() if path.exists() else None for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        if worse := [p for p in map(str, load(folder).problems) if p not in before]:
            raise ValueError(f"the catalog would have {len(worse)} new problems, nothing written: {worse[0]}")
    except BaseException:
        for path, content in kept.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise
