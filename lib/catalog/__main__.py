"""The catalog from the command line.

`python -m lib.catalog check [FOLDER]`: what is known and kept, then every problem, one a line.
`python -m lib.catalog schema`: the JSON Schema of its records, as kept in `catalog/schema/`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lib.catalog.load import FOLDER, load
from lib.catalog.rules import examine

COUNTED = ("models", "scores", "devices", "benchmarks", "protocols", "licences", "measurements", "prices", "sources")


def _text(folder: Path) -> str:
    """Everything a source may be named in beside the loaded facts: tables kept for fitting, sentences, code."""
    passed_over = {"sources", "scores", "prices"}
    tables = [p for p in folder.rglob("*.*") if p.suffix in (".toml", ".csv") and p.parent.name not in passed_over]
    code = Path(__file__).resolve().parents[1].rglob("*.py")
    paths = sorted(path for path in (*tables, *code) if path.name != "accepted.toml")
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)


def main(arguments: list[str]) -> int:
    if arguments == ["schema"]:
        from lib.catalog.json_schema import json_schema

        print(json_schema(), end="")
        return 0
    if not arguments or arguments[0] != "check" or len(arguments) > 2:
        print("usage: python -m lib.catalog check [FOLDER] | schema", file=sys.stderr)
        return 2
    folder = Path(arguments[1]) if len(arguments) == 2 else FOLDER
    if not folder.is_dir():
        print(f"{folder}: no such folder", file=sys.stderr)
        return 2
    # The catalog knows no sizes: only this command compares stated parameters with what the shapes make.
    from lib.sizing.weights import parameters

    catalog = load(folder)
    problems, notes = examine(catalog, parameters, _text(folder))
    for note in notes:
        print(f"note: {note}")
    for problem in problems:
        print(problem)
    print(f"catalog {catalog.version}: " + ", ".join(f"{len(getattr(catalog, name))} {name}" for name in COUNTED))
    print(f"{len(notes)} notes, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
