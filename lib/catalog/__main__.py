"""`python -m lib.catalog check [FOLDER]`: every problem of the catalog, one a line."""

from __future__ import annotations

import sys
from pathlib import Path

from lib.catalog.load import FOLDER, load


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] != "check" or len(arguments) > 2:
        print("usage: python -m lib.catalog check [FOLDER]", file=sys.stderr)
        return 2
    folder = Path(arguments[1]) if len(arguments) == 2 else FOLDER
    if not folder.is_dir():
        print(f"{folder}: no such folder", file=sys.stderr)
        return 2
    catalog = load(folder)
    for problem in catalog.problems:
        print(problem)
    counted = (
        "models",
        "scores",
        "devices",
        "benchmarks",
        "protocols",
        "licences",
        "measurements",
        "prices",
        "sources",
    )
    print(f"catalog {catalog.version}: " + ", ".join(f"{len(getattr(catalog, name))} {name}" for name in counted))
    print(f"{len(catalog.problems)} problems")
    return 1 if catalog.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
