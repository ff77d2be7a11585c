"""The schema of every record as one JSON Schema, for editors and for whoever reads the files elsewhere."""

from __future__ import annotations

import json

from pydantic.json_schema import models_json_schema

from lib.catalog import schema

TABLES: dict[str, tuple[type[schema.Record], str]] = {
    "sources/*.toml": (schema.Source, "tables"), "licences.toml": (schema.Licence, "tables"),
    "benchmarks.toml": (schema.Benchmark, "tables"), "protocols.toml": (schema.Protocol, "tables"),
    "models/*/*.toml": (schema.Model, "file"), "scores/*.csv": (schema.Score, "rows"),
    "devices.csv": (schema.Device, "rows"), "device_buses.csv": (schema.DeviceBus, "rows"),
    "device_conflicts.csv": (schema.DeviceConflict, "rows"), "machines.toml": (schema.Machine, "tables"),
    "quantizations.csv": (schema.Quantization, "rows"), "quantization_loss.csv": (schema.QuantizationLoss, "rows"),
    "runtimes.toml": (schema.Runtime, "tables"), "services.toml": (schema.Service, "tables"),
    "measurements/*.csv": (schema.Measurement, "rows"), "prices/*.csv": (schema.Price, "rows"),
    "aliases.csv": (schema.Alias, "rows"), "essay.toml": (schema.Essay, "file"), "accepted.toml": (schema.Accepted, "tables"),
}  # fmt: skip
"""Files to the record they hold: one a top-level table, one a row, or the file itself."""


def json_schema() -> str:
    """JSON Schema (2020-12) with a definition a record, and under `x-files` which file holds which."""
    kinds = [(kind, "validation") for kind, _ in TABLES.values()]
    _, made = models_json_schema(kinds, title="Catalog", description="Records of the catalog; TOML and CSV alike.")  # type: ignore[arg-type]
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["x-files"] = {
        files: {"record": f"#/$defs/{kind.__name__}", "one_a": shape.removesuffix("s")}
        for files, (kind, shape) in TABLES.items()
    }
    definitions = made.pop("$defs")
    lines = [f"  {json.dumps(name)}: {_line(definitions[name])}" for name in sorted(definitions)]
    return _line(made)[:-1] + ',\n "$defs": {\n' + ",\n".join(lines) + "\n }\n}\n"


def _line(value: object) -> str:
    """A definition a line, so that a change shows as one."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
