"""A catalog of many models and devices, made up from ours: python -m benchmarks.big_catalog FOLDER [--models 10000] [--devices 2000]

Nothing in it is a fact: every added model is one of ours with other widths, every added device one of ours with another
bandwidth and memory, and their scores are moved about. It shows how the pages stand up to a large catalog; the folder has
to lie outside the repo. `benchmarks.big_pages` opens the pages on it.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lib.catalog import Catalog, current
from lib.catalog.load import FOLDER
from lib.catalog.schema import Model
from lib.sizing.weights import parameters

ROOT = Path(__file__).resolve().parents[1]
WIDTH_STEP = 256
LEAST_MOVED = 5.0
"""Smaller scores stay: moved, they could look like proportions."""


def copies(names: Sequence[str], wanted: int) -> Iterator[tuple[str, str]]:
    """Pairs of an existing name and a new one, in turns, until with them there are as many as wanted."""
    for number, name in zip(range(max(wanted - len(names), 0)), itertools.cycle(names), strict=False):
        yield name, f"{name}-v{number // len(names) + 1:03d}"


def with_field(text: str, field: str, value: object) -> str:
    """TOML with another value in a field's first line; unchanged where the field is not there."""
    return re.sub(rf"(?m)^{field} = .*$", f"{field} = {value}", text, count=1)


def model_text(text: str, model: Model, name: str, rng: random.Random) -> str:
    """A model like this one with feed-forward blocks of another width, and the parameters that follow."""
    text = with_field(text.partition("[[disputes]]")[0], "name", f'"{name}"')
    shape = model.architecture
    if shape is None or not isinstance(shape.feed_forward_size, int):
        return text
    width = max(WIDTH_STEP, round(shape.feed_forward_size * rng.uniform(0.6, 1.6) / WIDTH_STEP) * WIDTH_STEP)
    every, active = parameters(shape.model_copy(update={"feed_forward_size": width}))
    text = with_field(text, "feed_forward_size", width)
    return with_field(with_field(text, "parameters", int(every)), "active_parameters", int(active))


def add_models(folder: Path, catalog: Catalog, wanted: int, rng: random.Random) -> dict[str, list[str]]:
    """Write the files of the added models; ids of the copies by the id they were made from."""
    files = {path.stem: path for path in (folder / "models").rglob("*.toml")}
    texts = {key: path.read_text(encoding="utf-8") for key, path in files.items()}
    made: dict[str, list[str]] = {}
    for old, new in copies(sorted(catalog.models), wanted):
        name = f"{catalog.models[old].name} {new[-4:]}"
        files[old].with_name(f"{new}.toml").write_text(
            model_text(texts[old], catalog.models[old], name, rng), encoding="utf-8"
        )
        made.setdefault(old, []).append(new)
    return made


def add_rows(path: Path, made: Mapping[str, Sequence[str]], numbers: Sequence[str], rng: random.Random) -> None:
    """Repeat the rows of a table for the copies of their model, all its numbers moved by the same few per cent."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        header, rows = list(reader.fieldnames or ()), list(reader)
    for row in list(rows):
        for copy in made.get(row["model"], ()):
            factor = rng.uniform(0.9, 1.0)
            moved = {n: f"{float(row[n]) * factor:.1f}" for n in numbers if row.get(n) and float(row[n]) >= LEAST_MOVED}
            rows.append(row | {"model": copy} | moved)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def add_devices(path: Path, wanted: int, rng: random.Random) -> None:
    """Repeat devices under new names, a little faster or slower."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        header, rows = list(reader.fieldnames or ()), list(reader)
    by_id = {row["id"]: row for row in rows}
    for old, new in copies(list(by_id), wanted):
        speed = by_id[old]["memory_bandwidth_gb_per_s"]
        moved = {"memory_bandwidth_gb_per_s": f"{float(speed) * rng.uniform(0.7, 1.4):.1f}"} if speed else {}
        rows.append(by_id[old] | {"id": new, "name": f"{by_id[old]['name']} {new[-4:]}"} | moved)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write(folder: Path, models: int, devices: int) -> Path:
    """Write the catalog into `folder`, which must be new or empty and outside the repo. Raises ValueError where it is not."""
    folder = folder.resolve()
    if folder.is_relative_to(ROOT) or (folder.exists() and any(folder.iterdir())):
        raise ValueError(f"{folder} has to be a new folder outside the repo")
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("engine"))
    rng = random.Random(0)
    made = add_models(folder, current(), models, rng)
    for path in sorted((folder / "scores").glob("*.csv")):
        add_rows(path, made, ("value", "low", "high"), rng)
    add_rows(folder / "calibration" / "capability.csv", made, ("value", "low", "high"), rng)
    add_devices(folder / "devices.csv", devices, rng)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=int, default=10_000)
    parser.add_argument("--devices", type=int, default=2_000)
    wanted = parser.parse_args()
    print(f"DASHBOARD_CATALOG={write(wanted.folder, wanted.models, wanted.devices)}")


if __name__ == "__main__":
    main()
