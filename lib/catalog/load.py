"""Read `catalog/` into one frozen `Catalog`, saying what could not be read and why.

A broken file, row or field never stops the rest: what is wrong is left out and named.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from lib.catalog import schema
from lib.catalog.catalog import Catalog, Problem
from lib.catalog.check import cross_check

FOLDER = Path(os.environ.get("DASHBOARD_CATALOG") or Path(__file__).parents[2] / "catalog").resolve()
"""The catalog served: the repo's own, or the folder DASHBOARD_CATALOG names."""
LARGEST_FILE_BYTES = 32 << 20
R = TypeVar("R", bound=BaseModel)


def files(folder: Path) -> list[Path]:
    """The catalog's files in a fixed order; anything else in the folder is not read."""
    found = (Path(root) / name for root, _, names in os.walk(folder) for name in names)
    wanted = (
        p
        for p in found
        if p.suffix in (".toml", ".csv") and p.relative_to(folder).parts[0] not in ("engine", "calibration")
    )
    return sorted(wanted)


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
        yield ".".join(map(str, fault["loc"])), shown, fault["msg"].removeprefix("Value error, ")


class _Reader:
    """Collects records and problems of one pass over the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.content: dict[str, bytes] = {}
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

    def toml(self, name: str) -> dict[str, Any]:
        try:
            return tomllib.loads(self.content[name].decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
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
        return found

    def rows(self, kind: type[R], *names: str) -> list[R]:
        """Records of CSV files, one a row; an empty cell is an absent field."""
        found: list[R] = []
        for name in names:
            if name in self.content:
                cells = self._cells(name)
                try:  # A whole table at once; row by row only to say which row is wrong.
                    found += _table(kind).validate_python([given for _, given in cells])
                except ValidationError:
                    made = (self.record(kind, f"{name} line {number}", given) for number, given in cells)
                    found += [record for record in made if record is not None]
        return found

    def _cells(self, name: str) -> list[tuple[int, dict[str, str]]]:
        """Line number and filled cells of every whole row of a CSV file."""
        found: list[tuple[int, dict[str, str]]] = []
        try:
            reader = csv.reader(io.StringIO(self.content[name].decode("utf-8"), newline=""), strict=True)
            header = next(reader, [])
            for row in reader:
                if len(row) == len(header):
                    found.append((reader.line_num, {k: v for k, v in zip(header, row, strict=True) if v != ""}))
                elif row:
                    self.fault(f"{name} line {reader.line_num}", "", "has not as many cells as the header; left out")
        except (csv.Error, UnicodeDecodeError) as error:
            self.fault(name, "", f"is not CSV: {error}; the rest of the file is left out")
        return found

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
            given = self.toml(name)
            if given and (made := self.record(schema.Model, name, given)) is not None:
                found[key] = made
        return found


def _in(folder: str, suffix: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(folder + "/") and name.endswith(suffix)


def load(folder: Path = FOLDER) -> Catalog:
    """Read the whole folder. Never raises for what is in it: `problems` says what was left out."""
    r = _Reader(folder)
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
        "accepted": r.tables(schema.Accepted, "accepted.toml"),
        "essay": r.record(schema.Essay, "essay.toml", essay_given) if essay_given else None,
    }
    catalog = Catalog(version=r.version(), **parts)
    return cross_check(catalog, tuple(r.problems))
