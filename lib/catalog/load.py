"""Read `catalog/` into one frozen `Catalog`, saying what could not be read and why.

A broken file, row or field never stops the rest: what is wrong is left out and named.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import tomli
from pydantic import BaseModel, TypeAdapter, ValidationError

from lib.catalog import schema
from lib.catalog.catalog import Catalog, Problem
from lib.catalog.check import cross_check

FOLDER = Path(os.environ.get("DASHBOARD_CATALOG") or Path(__file__).parents[2] / "catalog").resolve()
"""The catalog served: the repo's own, or the folder DASHBOARD_CATALOG names."""
LARGEST_FILE_BYTES = 32 << 20
R = TypeVar("R", bound=BaseModel)


def _names(folder: Path) -> Iterable[str]:
    """Paths of the catalog's files, as text: thousands of `Path` objects cost more than asking the disk for their times."""
    for root, folders, names in os.walk(folder):
        if root == str(folder):
            folders[:] = [name for name in folders if name not in ("engine", "calibration")]
        yield from (f"{root}/{name}" for name in names if name.endswith((".toml", ".csv")))


def files(folder: Path) -> list[Path]:
    """The catalog's files in a fixed order; anything else in the folder is not read."""
    return sorted(map(Path, _names(folder)))


def stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of every file of the catalog; empty where the folder cannot be read."""
    try:
        return tuple((name, s.st_mtime_ns, s.st_size) for name in sorted(_names(folder)) for s in [os.stat(name)])
    except OSError:
        return ()


_IS_ID: TypeAdapter[str] = TypeAdapter(schema.Id)


@cache
def _adapter(record: type[BaseModel]) -> TypeAdapter[Any]:
    """Building one costs more than checking a file with it."""
    return TypeAdapter(record)


@cache
def _table(record: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(list[record])  # type: ignore[valid-type]


def _is_id(key: str) -> bool:
    try:
        _IS_ID.validate_python(key)
    except ValidationError:
        return False
    return True


def explain(error: ValidationError) -> Iterable[tuple[str, str, str]]:
    """Field, given value and expectation of each fault of a record."""
    for fault in error.errors(include_url=False):
        given = fault["input"]
        shown = "" if isinstance(given, dict | BaseModel) else repr(given)[:80]
        if fault["type"] == "missing":
            shown = ""
        pattern = (fault.get("ctx") or {}).get("pattern", "")
        said = schema.PATTERNS.get(pattern) or fault["msg"].removeprefix("Value error, ")
        yield ".".join(map(str, fault["loc"])), shown, said


class _Reader:
    """Collects records and problems of one pass over the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.content: dict[str, bytes] = {}
        self.asked_for: set[str] = set()
        self.lines: dict[type[BaseModel], list[str]] = defaultdict(list)
        """Of each kind of row, the file and line of every record, in their order."""
        self.unread: set[str] = set()
        """Ids of records that are there and wrong: what names them is left out with them, without a word of its own."""
        for path in files(folder):
            name = path.relative_to(folder).as_posix()
            try:
                if path.stat().st_size > LARGEST_FILE_BYTES:
                    raise OSError(f"larger than {LARGEST_FILE_BYTES >> 20} MiB")
                self.content[name] = path.read_bytes()
            except OSError as error:
                self.fault(name, "", f"cannot be read ({error}); left out")

    def version(self) -> str:
        digest = hashlib.sha256()
        for name, content in self.content.items():
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()[:12]

    def fault(self, place: str, given: str, expected: str) -> None:
        self.problems.append(Problem(place, given, expected))

    def record(self, kind: type[R], place: str, given: object) -> R | None:
        try:
            made: R = _adapter(kind).validate_python(given)
            return made
        except ValidationError as error:
            for where, value, expected in explain(error):
                self.fault(f"{place} {where}".rstrip(), value, expected)
            return None

    def names(self, pattern: Callable[[str], bool]) -> list[str]:
        return [n for n in self.content if pattern(n)]

    def text(self, name: str) -> str:
        """Raises UnicodeDecodeError. Some editors put a byte-order mark before everything."""
        self.asked_for.add(name)
        return self.content[name].decode("utf-8-sig")

    def toml(self, name: str) -> dict[str, Any]:
        try:
            return tomli.loads(self.text(name))
        except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            self.fault(name, "", f"is not TOML: {error}; left out")
            return {}

    def tables(self, kind: type[R], *names: str) -> dict[str, R]:
        """Records of TOML files in which each top-level table is one, its name the id."""
        found: dict[str, R] = {}
        for name in names:
            for key, given in self.toml(name).items() if name in self.content else ():
                if not _is_id(key):
                    self.fault(
                        f"{name} [{key[:80]}]", "", "an id is lower-case letters, digits, '.', '_' and '-'; left out"
                    )
                    continue
                if key in found:
                    self.fault(f"{name} [{key}]", "", "the id is already taken in another file; left out")
                elif (made := self.record(kind, f"{name} [{key}]", given)) is not None:
                    found[key] = made
                else:
                    self.unread.add(key)
        return found

    def rows(self, kind: type[R], *names: str) -> list[R]:
        """Records of CSV files, one a row; an empty cell is an absent field."""
        found: list[R] = []
        for name in names:
            if name not in self.content:
                continue
            cells = self._cells(kind, name)
            try:  # A whole table at once; row by row only to say which row is wrong.
                made: list[R | None] = _table(kind).validate_python([given for _, given in cells])
            except ValidationError:
                made = [self.record(kind, f"{name} line {number}", given) for number, given in cells]
            for (number, given), record in zip(cells, made, strict=True):
                if record is None:
                    self.unread.add(given.get("id", ""))
                else:
                    found.append(record)
                    self.lines[kind].append(f"{name} line {number}")
        return found

    def _cells(self, kind: type[BaseModel], name: str) -> list[tuple[int, dict[str, str]]]:
        """Line number and filled cells of every whole row of a CSV file; columns nobody knows are left out."""
        found: list[tuple[int, dict[str, str]]] = []
        try:
            reader = csv.reader(io.StringIO(self.text(name), newline=""), strict=True)
            header = next(reader, [])
            known = self._columns(kind, name, header)
            for row in reader if known else ():
                if len(row) == len(header):
                    cells = {k: v for k, v in zip(header, row, strict=True) if v != ""}
                    found.append((reader.line_num, cells if len(known) == len(header) else _only(cells, known)))
                elif row:
                    self.fault(f"{name} line {reader.line_num}", "", "has not as many cells as the header; left out")
        except (csv.Error, UnicodeDecodeError) as error:
            self.fault(name, "", f"is not CSV: {error}; the rest of the file is left out")
        return found

    def _columns(self, kind: type[BaseModel], name: str, header: Sequence[str]) -> frozenset[str]:
        """The columns of a table that are fields of its records; none where one that every record needs is missing."""
        wanted = kind.model_fields
        for column in dict.fromkeys(c for c in header if c not in wanted):
            self.fault(f"{name} line 1", repr(column), "no such column; left out")
        missing = [field for field, about in wanted.items() if about.is_required() and field not in header]
        if missing or len(set(header)) < len(header):
            why = f"has no column {', '.join(missing)}" if missing else "names a column twice"
            self.fault(f"{name} line 1", ",".join(header)[:80], f"{why}; the file is left out")
            return frozenset()
        return frozenset(c for c in header if c in wanted)

    def keyed(self, kind: type[R], *names: str, by: str = "id") -> dict[str, R]:
        """Rows by the field that names them."""
        found: dict[str, R] = {}
        for row in self.rows(kind, *names):
            key = str(getattr(row, by))
            if key in found:
                self.fault(f"{names[0]} {key}", "", f"the {by} is there twice; the first is kept")
            else:
                found[key] = row
        return found

    def models(self) -> dict[str, schema.Model]:
        found: dict[str, schema.Model] = {}
        for name in self.names(lambda n: n.startswith("models/") and n.endswith(".toml")):
            key = Path(name).stem
            if key in found:
                self.fault(name, "", "another publisher's folder has a model of this id; left out")
                continue
            if not _is_id(key):
                self.fault(
                    name, key[:80], "a model's file is named by its id: lower-case letters, digits, '.', '_', '-'"
                )
                continue
            made = self.record(schema.Model, name, given) if (given := self.toml(name)) else None
            if made is not None:
                found[key] = made
            else:
                self.unread.add(key)
        return found

    def strangers(self) -> None:
        """Files of the folder nothing asks for: a name misspelt."""
        for name in sorted(set(self.content) - self.asked_for):
            self.fault(name, "", "no table of this name is read; left out")


def _only(cells: dict[str, str], known: frozenset[str]) -> dict[str, str]:
    return {column: cell for column, cell in cells.items() if column in known}


def _in(folder: str, suffix: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(folder + "/") and name.endswith(suffix)


_last: tuple[str, dt.date, Catalog] | None = None


def load(folder: Path = FOLDER) -> Catalog:
    """Read the whole folder. Never raises for what is in it: `problems` says what was left out.

    Files with the same content as last time, on the same day (no fact may be of tomorrow), are not parsed again.
    """
    global _last
    r = _Reader(folder)
    version, today = r.version(), dt.date.today()
    if _last and _last[:2] == (version, today) and not r.problems:
        return _last[2]
    essay_given = r.toml("essay.toml") if "essay.toml" in r.content else {}
    parts: dict[str, Any] = {
        "sources": r.tables(schema.Source, *r.names(_in("sources", ".toml"))),
        "licences": r.tables(schema.Licence, "licences.toml"),
        "benchmarks": r.tables(schema.Benchmark, "benchmarks.toml"),
        "protocols": r.tables(schema.Protocol, "protocols.toml"),
        "models": r.models(),
        "scores": tuple(r.rows(schema.Score, *r.names(_in("scores", ".csv")))),
        "devices": r.keyed(schema.Device, "devices.csv"),
        "device_buses": r.keyed(schema.DeviceBus, "device_buses.csv", by="device"),
        "device_conflicts": tuple(r.rows(schema.DeviceConflict, "device_conflicts.csv")),
        "machines": r.tables(schema.Machine, "machines.toml"),
        "quantizations": r.keyed(schema.Quantization, "quantizations.csv"),
        "quantization_loss": r.keyed(schema.QuantizationLoss, "quantization_loss.csv"),
        "runtimes": r.tables(schema.Runtime, "runtimes.toml"),
        "services": r.tables(schema.Service, "services.toml"),
        "measurements": r.keyed(schema.Measurement, *r.names(_in("measurements", ".csv"))),
        "prices": tuple(r.rows(schema.Price, *r.names(_in("prices", ".csv")))),
        "aliases": tuple(r.rows(schema.Alias, "aliases.csv")),
        "accepted": r.tables(schema.Accepted, "accepted.toml"),
        "essay": r.record(schema.Essay, "essay.toml", essay_given) if essay_given else None,
    }
    r.strangers()
    catalog = cross_check(Catalog(version=version, **parts), tuple(r.problems), r.lines, frozenset(r.unread))
    _last = version, today, catalog
    return catalog
