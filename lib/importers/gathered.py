"""`python -m lib.importers.gathered --from DIR`: fact files gathered elsewhere, into the catalog.

DIR holds `models.json`, `scores.json`, `benchmarks.json`, `prices.json`, `hardware.json` and
`hardware_conflicts.json`. The models of the catalog are written again; `--models FILE` (one id a
line) or `--models all` says which instead. Devices likewise with `--devices`. What is left out is
reported, a line each. What the gathered files do not know is kept: models, devices and benchmarks
added by hand, and files of other names (protocols, machines, the essay's scores). Sources of
additions belong in a file of their own in `sources/`.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from lib.catalog.load import FOLDER, load
from lib.catalog.schema import Device, DeviceConflict, Model, Price, Score
from lib.importers.gathered_devices import conflict_rows, device_rows
from lib.importers.gathered_models import Report, folder, model
from lib.importers.gathered_prices import price_rows
from lib.importers.gathered_scores import benchmark_id, benchmarks, score_rows
from lib.importers.gathered_sources import Sources, commits
from lib.importers.gathered_write import csv_text, fields, toml, toml_records, write


def _read(folder_from: Path, name: str) -> Any:
    return json.loads((folder_from / f"{name}.json").read_text(encoding="utf-8"))


def _chosen(given: str | None, present: Iterable[str], known: Iterable[str]) -> set[str]:
    """Ids to import: those of a file, all known ones, or those the catalog has."""
    if given == "all":
        return set(known)
    if given is None:
        return set(present)
    lines = (line.split("#")[0].strip() for line in Path(given).read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line}


def _write_models(folder_to: Path, models: Mapping[str, Model], known: Collection[str]) -> None:
    """Write the models; remove files of known models that are no longer wanted, and folders left empty."""
    paths = {folder_to / "models" / folder(m) / f"{key}.toml": m for key, m in models.items()}
    for old in (folder_to / "models").rglob("*.toml"):
        if old not in paths and old.stem in known:
            old.unlink()
    for path, found in paths.items():
        write(path, toml(fields(found)))
    for left in (folder_to / "models").iterdir():
        if left.is_dir() and not any(left.iterdir()):
            left.rmdir()


def run(
    folder_from: Path, folder_to: Path, *, wanted_models: str | None = None, wanted_devices: str | None = None
) -> Report:
    """Import every file of `folder_from` into the catalog `folder_to`; returns what was left out."""
    report = Report()
    hardware = _read(folder_from, "hardware")["hardware"]
    records = {r["id"]: r for r in _read(folder_from, "models")}
    scores = _read(folder_from, "scores")
    texts = (folder_from / f"{name}.json" for name in ("models", "scores", "prices", "hardware"))
    sources = Sources(scores[0]["retrieved_on"], commits("".join(path.read_text(encoding="utf-8") for path in texts)))

    ids = _chosen(wanted_models, (p.stem for p in (folder_to / "models").rglob("*.toml")), records)
    held = load(folder_to)
    for missing in sorted(ids - set(records) - set(held.models)):
        report.reject(f"models {missing}", "not in the gathered file")
    models = {key: made for key in sorted(ids & set(records)) if (made := model(records[key], sources, report))}
    _write_models(folder_to, models, records)

    rows = score_rows(scores, models, sources, report)
    for name, part in rows.items():
        write(folder_to / "scores" / f"{name}.csv", csv_text(Score, part))
    used = {row.benchmark for part in rows.values() for row in part}
    tests = _read(folder_from, "benchmarks")
    added = {key: test for key, test in held.benchmarks.items() if key not in {benchmark_id(r["id"]) for r in tests}}
    write(folder_to / "benchmarks.toml", toml_records(dict(sorted((added | benchmarks(tests, used, sources)).items()))))

    parts = [r["id"] for r in hardware]
    wanted = _chosen(wanted_devices, held.devices, parts)
    devices = device_rows(hardware, wanted, sources, report, _measured_in(folder_to))
    devices += [d for key, d in held.devices.items() if key not in parts]
    write(folder_to / "devices.csv", csv_text(Device, devices))
    conflicts = conflict_rows(_read(folder_from, "hardware_conflicts"), hardware, devices, sources, report)
    write(folder_to / "device_conflicts.csv", csv_text(DeviceConflict, conflicts))

    prices = price_rows(_read(folder_from, "prices"), models, sources, report)
    write(folder_to / "prices" / "tokens.csv", csv_text(Price, prices))
    for name, found in sources.by_file.items():
        write(folder_to / "sources" / f"{name}.toml", toml_records(dict(sorted(found.items()))))
    return report


def _measured_in(folder_to: Path) -> dict[str, str]:
    """Device to the source of the first of the catalog's measurements of it."""
    found: dict[str, str] = {}
    for path in sorted((folder_to / "measurements").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened):
                for device in row["device_ids"].split():
                    found.setdefault(device, row["source"])
    return found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m lib.importers.gathered", description="Import gathered fact files into the catalog."
    )
    parser.add_argument("--from", dest="folder_from", type=Path, required=True, help="folder of the gathered files")
    parser.add_argument("--to", dest="folder_to", type=Path, default=FOLDER, help="the catalog")
    parser.add_argument("--models", help="file of model ids, one a line, or 'all'; the catalog's own without it")
    parser.add_argument("--devices", help="likewise for devices")
    parser.add_argument(
        "--verbose", action="store_true", help="name every row left out instead of counting the reasons"
    )
    given = parser.parse_args(arguments)
    report = run(given.folder_from, given.folder_to, wanted_models=given.models, wanted_devices=given.devices)
    if given.verbose:
        print("\n".join(report.rejected))
    else:
        kinds = Counter((line.split(" ")[0], line.split(": ", 1)[1]) for line in report.rejected)
        print("\n".join(f"{count:5} {kind}: {why}" for (kind, why), count in kinds.most_common()))
    print(f"{len(report.rejected)} left out", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
