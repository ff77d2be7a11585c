"""`python -m lib.importers.refresh KIND FILE --source ID --accessed DAY`: a newer copy of a source, as a reviewable diff.

FILE is a copy somebody downloaded; nothing here reaches the network. Printed are the rows the copy adds (`+`), changes
(`~`, old → new) and takes away (`-`), then every row that was not taken (`!`) and why, then the counts. With `--write`
the tables are written in their order and the source's `accessed` becomes DAY, so that `git diff` shows the same.

Exit codes: 0 nothing to change, or written; 1 the copy differs and nothing was written; 2 the command or the file
cannot be used; 3 refused to write.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.catalog import Catalog
from lib.catalog.load import FOLDER, load
from lib.catalog.schema import Price, Score
from lib.importers.refresh_boards import parse_aider, parse_epoch, parse_open_llm
from lib.importers.refresh_diff import Diff, changes, diff, line, lines
from lib.importers.refresh_names import ALIASES, Names, read_aliases
from lib.importers.refresh_offers import ScoreRows
from lib.importers.refresh_prices import PriceRows, parse_litellm, parse_models_dev, parse_openrouter, parse_prices_csv
from lib.importers.refresh_reading import LARGEST_BYTES, Rejected, csv_of
from lib.importers.refresh_resolve import Copy, Resolved, resolve_prices, resolve_scores
from lib.importers.refresh_scores import parse_arena, parse_livebench, parse_livebench_categories, parse_scores_csv
from lib.importers.refresh_write import source_file, tables, with_fields, write

PRICES = {"models.dev": parse_models_dev, "openrouter": parse_openrouter, "litellm": parse_litellm}
KINDS = (*PRICES, "arena", "livebench", "epoch", "aider", "open-llm-leaderboard", "generic")
MOST_GONE = 0.5
"""A copy that would take away more of a source's rows than this is probably not the whole file."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    kind: str
    source: str
    accessed: str
    name: str = "file"
    protocol: str | None = None
    benchmark: str | None = None
    published: str | None = None
    replaces: tuple[str, ...] = ()
    categories: bytes = b""


@dataclass(frozen=True)
class Refresh:
    """What a copy would do to the catalog."""

    diff: Diff[Price] | Diff[Score]
    rejected: tuple[Rejected, ...]
    kept: int
    """Rows of the catalog that stay because their newer copy was rejected."""
    old: int
    """Rows of the catalog the copy speaks for, those that stay left out."""
    before: str
    """When the source was last read, as the catalog has it."""


def _checked_day(text: str, what: str) -> str:
    if not _DAY.fullmatch(text):
        raise ValueError(f"{what}: expected a day like 2026-11-24, got {text[:40]!r}")
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{what}: there is no day {text}") from None


def read_offers(asked: Asked, content: bytes) -> PriceRows | ScoreRows:
    """What the file states, by the kind of list it is. Raises ValueError for a file of another shape."""
    if asked.kind in PRICES:
        return PRICES[asked.kind](content)
    if asked.kind == "arena":
        return parse_arena(content)
    if asked.kind == "livebench":
        return parse_livebench(content, parse_livebench_categories(asked.categories) if asked.categories else {})
    if asked.kind == "epoch":
        return parse_epoch(content, asked.benchmark)
    if asked.kind == "aider":
        return parse_aider(content, asked.benchmark or "aider-polyglot")
    if asked.kind == "open-llm-leaderboard":
        return parse_open_llm(content)
    if asked.kind != "generic":
        raise ValueError(f"no kind {asked.kind!r}; there are {', '.join(KINDS)}")
    _, first = next(csv_of(content), (0, {}))
    return parse_prices_csv(content) if "provider" in first else parse_scores_csv(content)


def _protocol(catalog: Catalog, asked: Asked) -> str | None:
    """The protocol of the copy's scores: the one asked for, else the only one the source's rows have."""
    if asked.protocol:
        return asked.protocol
    sources = {asked.source, *asked.replaces}
    found = {row.protocol for row in catalog.scores if row.source.partition("#")[0] in sources}
    return next(iter(found)) if len(found) == 1 else None


def compare(catalog: Catalog, asked: Asked, content: bytes, aliases: Any = None) -> Refresh:
    """What a copy of a source would change. Raises ValueError where the request or the file cannot be used."""
    accessed = _checked_day(asked.accessed, "--accessed")
    if accessed > dt.date.today().isoformat():
        raise ValueError(f"--accessed: {accessed} is in the future")
    for source in (asked.source, *asked.replaces):
        if source not in catalog.sources:
            raise ValueError(f"no source {source!r} in sources/: describe it there first")
    if accessed < (before := catalog.sources[asked.source].accessed):
        raise ValueError(f"--accessed: {accessed} is before {before}, when the source was last read")
    copy = Copy(asked.source, accessed, asked.name, asked.replaces)
    names = Names(catalog, asked.kind, aliases)
    offers, refused = read_offers(asked, content)
    found: Resolved[Price] | Resolved[Score]
    if asked.kind in PRICES or (offers and hasattr(offers[0], "provider")):
        whole = "openrouter" if asked.kind == "openrouter" else ""
        found = resolve_prices(catalog, names, offers, refused, copy, whole)  # type: ignore[arg-type]
    else:
        protocol = _protocol(catalog, asked)
        if protocol is None and not all(getattr(offer, "protocol", None) for offer in offers):
            raise ValueError("the file does not say how its scores were obtained: give --protocol")
        published = _checked_day(asked.published, "--published") if asked.published else None
        found = resolve_scores(catalog, names, offers, refused, copy, protocol, published)  # type: ignore[arg-type]
    return Refresh(diff(found.old, found.rows), found.rejected, len(found.kept), len(found.old), before)  # type: ignore[arg-type]


def report(asked: Asked, made: Refresh) -> Sequence[str]:
    """What people review, line by line."""
    head = [f"--- {asked.source}, read {made.before}", f"+++ {asked.name}, read {asked.accessed}", *lines(made.diff)]
    reasons = Counter(bad.reason.partition(";")[0].partition(":")[0] for bad in made.rejected)
    counts = (
        f"{len(made.diff.added):,} added, {len(made.diff.changed):,} changed, {len(made.diff.gone):,} gone, "
        f"{made.diff.same:,} the same; {len(made.rejected):,} rejected, {made.kept:,} rows kept for that"
    )
    rejected = [f"! {bad.row}: {bad.reason}" for bad in made.rejected]
    return [*head, *rejected, *(f"  {count:,} × {reason}" for reason, count in reasons.most_common()), counts]


def as_json(asked: Asked, made: Refresh) -> str:
    """The same for programs."""
    said = {
        "source": asked.source, "accessed": asked.accessed, "before": made.before,
        "added": [row.model_dump(exclude_none=True) for row in made.diff.added],
        "changed": [
            {"old": a.model_dump(exclude_none=True), "new": b.model_dump(exclude_none=True), "text": changes(a, b)}
            for a, b in made.diff.changed
        ],
        "gone": [{**row.model_dump(exclude_none=True), "text": line(row)} for row in made.diff.gone],
        "same": made.diff.same, "kept": made.kept,
        "rejected": [{"row": bad.row, "reason": bad.reason} for bad in made.rejected],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, indent=1)


def texts_of(folder: Path, asked: Asked, made: Refresh, url: str | None) -> dict[Path, str]:
    """Every file that writing the copy changes, with its new text. Raises ValueError where the source has no file."""
    kind = next((type(row) for row in (*made.diff.added, *made.diff.gone, *(b for _, b in made.diff.changed))), None)
    texts: dict[Path, str] = tables(folder, kind, made.diff) if kind else {}
    path = source_file(folder, asked.source)
    fields = {"accessed": asked.accessed} | ({"url": url} if url else {})
    return texts | {path: with_fields(path.read_text(encoding="utf-8"), asked.source, fields)}


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code."""
    about, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        prog="python -m lib.importers.refresh", description=about.partition("`: ")[2], epilog=rest.strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("kind", choices=KINDS, help="what kind of list FILE is")
    parser.add_argument("file", type=Path, help="the downloaded copy")
    parser.add_argument("--source", required=True, help="id in sources/ of the list")
    parser.add_argument("--accessed", required=True, help="the day it was downloaded")
    parser.add_argument("--url", help="the copy's own address, where it names a version")
    parser.add_argument("--replaces", action="append", default=[], help="id of an older source it stands in for")
    parser.add_argument("--protocol", help="id in protocols.toml, where the source has several or is new")
    parser.add_argument("--benchmark", help="id in benchmarks.toml, for a file of one benchmark")
    parser.add_argument("--published", help="the day of the scores, for a file that carries none")
    parser.add_argument("--categories", type=Path, help="LiveBench's categories file of the same release")
    parser.add_argument("--catalog", type=Path, default=FOLDER, help="the catalog's folder")
    parser.add_argument("--write", action="store_true", help="write the tables and the source's date")
    parser.add_argument("--gone", action="store_true", help="write even if more than half of the rows go")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    try:
        categories = _bytes(given.categories) if given.categories else b""
        asked = Asked(
            given.kind, given.source, given.accessed, given.file.name, given.protocol, given.benchmark,
            given.published, tuple(given.replaces), categories,
        )  # fmt: skip
        catalog = load(given.catalog)
        made = compare(catalog, asked, _bytes(given.file), read_aliases(given.catalog / ALIASES))
    except ValueError as error:
        print(f"{given.file}: {error}", file=sys.stderr)
        return 2
    print(as_json(asked, made) if given.json else "\n".join(report(asked, made)))
    if not given.write:
        return 1 if made.diff else 0
    try:
        if len(made.diff.gone) > MOST_GONE * made.old and not given.gone:
            raise ValueError(f"{len(made.diff.gone):,} of {made.old:,} rows would go; add --gone if the file is whole")
        known = {str(problem) for problem in catalog.problems}
        write(given.catalog, texts_of(given.catalog, asked, made, given.url), known)
    except ValueError as error:
        print(f"not written: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
