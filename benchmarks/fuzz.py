"""Whatever is asked of every address and stands in every file we read: answered or refused, in bounded time and memory.

`python -m benchmarks.fuzz --cases 100000` tries that many, shared out among the checks below, and ends with 1 at the first
that fails, shown in its shortest form. The tests run a few of each. Seconds are of this process's own computing, so that
a busy machine changes nothing; memory is its most at any time.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import ASGIApp

from lib import answers, web
from lib.catalog import current, load
from lib.catalog.load import FOLDER, files
from lib.importers.config_json import architecture_from_json
from lib.speed.calibration import Calibration
from lib.view import PAGES, View
from lib.web.openapi import described
from lib.web.pictures import OWN
from lib.web.routes import endpoints
from tests.importers.test_refresh_reading import READERS, content_of
from tests.web.asgi import ask

MOST_SECONDS = 10.0
"""For one case: the slowest page of the largest machine, and its picture's first drawing."""
MOST_GIB = 2.0
PATIENCE = 10
"""How often an address is asked that says 503, come again: on a busy machine pictures do."""
STATUSES = {200, 304, 400, 404, 405, 413, 414, 422, 431}
"""What an address may answer; 500 is a fault of ours."""
SHARES = {"addresses": 0.5, "parameters": 0.3, "catalog files": 0.08, "calibration": 0.02, "foreign files": 0.1}
"""Of the cases, by check."""


@cache
def app() -> ASGIApp:
    """Our addresses with everything around them."""
    return web.SafeHeaders(web.Watched(web.Limits(Starlette(routes=web.routes()))))


@dataclass
class Tally:
    """How a check went."""

    cases: int = 0
    slowest: float = 0.0
    what: str = ""
    statuses: dict[int, int] = field(default_factory=dict)

    def note(self, seconds: float, what: str, status: int = 0) -> None:
        self.cases += 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if seconds > self.slowest:
            self.slowest, self.what = seconds, what[:160]


TALLIES: dict[str, Tally] = {name: Tally() for name in SHARES}


def _timed(check: str, what: str, run: Callable[[], int | None]) -> None:
    started = time.process_time()
    status = run()
    TALLIES[check].note(time.process_time() - started, what, status or 0)


# Addresses: any path, query, method and header

ODD = st.sampled_from(["", "0", "-1", "1e999", "nan", "9" * 400, "8k", "0x10", "1_0", "１６", "true", "2024-13-01", "2024-02-29", "\x00", "\u202e", "%", "../../etc/passwd", "<script>", "=1+1", "{{7*7}}", "capability.general", "best"])  # fmt: skip


@cache
def _words() -> list[str]:
    ids = answers.vocabulary(current())
    known = [known for name in View.model_fields if (known := ids.of(name))]
    return sorted({word for some in known for word in some})


VALUES = ODD | st.text(max_size=40) | st.deferred(lambda: st.sampled_from(_words())) | st.integers(-9, 10**7).map(str)
NAMES = st.sampled_from([*View.model_fields, *OWN, "v", "cat", "on", "was", "embed", "utm_x", "__proto__", ""]) | st.text(max_size=12)  # fmt: skip
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=5)


@cache
def _paths() -> list[str]:
    """Every address there is; pictures, which take longest, stand for one in twenty."""
    every = [e.path for e in endpoints() if e.tag != "pictures"]
    return every + random.Random(1).sample([e.path for e in endpoints() if e.tag == "pictures"], len(every) // 20)


STRANGE = st.text(max_size=30).map(lambda t: "/" + quote(t, safe="/%.\\")) | st.sampled_from(["/models.xlsx", "/catalog/../app.py", "//x", "/%00", "/.git/config", "/metrics", "/ready"])  # fmt: skip
PATHS = st.one_of(*[st.deferred(lambda: st.sampled_from(_paths()))] * 4, STRANGE)
METHODS = st.sampled_from(["GET"] * 12 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "x"])
HEADERS = st.dictionaries(
    st.sampled_from(["if-none-match", "accept-encoding", "host", "accept", "range", "content-length", "x-forwarded-proto"]),
    st.text(st.characters(max_codepoint=255), max_size=40) | st.sampled_from(["*", "gzip", '"x"', "bytes=0-1", "a b"]),
    max_size=2,
)  # fmt: skip


def address(path: str, query: list[tuple[str, str]], method: str, headers: dict[str, str]) -> None:
    """One request answers in words of ours, and never with a fault."""
    where = path + ("?" + urlencode(query, errors="replace") if query else "")

    def run() -> int:
        for _ in range(PATIENCE):
            got = ask(app(), where, method, headers.items())
            if got.status != 503:
                break
        assert got.status in STATUSES, (got.status, method, where, headers, got.body[:300])
        assert got.headers["x-content-type-options"] == "nosniff"
        if got.status >= 400 and method != "HEAD" and got.headers.get("content-type", "").startswith("application/problem"):  # fmt: skip
            told = json.loads(got.body)
            assert told["status"] == got.status and b"Traceback" not in got.body
        return got.status

    _timed("addresses", f"{method} {where}", run)


# Parameters: any view there can be, of any page, as rows


@cache
def _parameters() -> dict[str, dict[str, Any]]:
    return {p["name"]: p["schema"] for p in described(current(), endpoints(), "")["components"]["parameters"].values()}


def _value(name: str) -> st.SearchStrategy[Any]:
    """What a parameter may be, ends of its range included, as the description for programs has it."""
    shape = _parameters()[name]
    if shape.get("type") == "array":
        known = shape["items"].get("enum")
        return st.lists(st.sampled_from(known), max_size=4, unique=True) if known else st.just([])
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    low, high = shape.get("minimum"), shape.get("maximum")
    if shape["type"] == "integer":
        return st.sampled_from([low, high]) | st.integers(low, high)
    if shape["type"] == "number":
        return st.sampled_from([low, high]) | st.integers(int(low * 100) + 1, int(high * 100)).map(lambda n: n / 100)
    if shape["type"] == "boolean":
        return st.sampled_from(["true", "false"])
    return st.dates().map(str) if shape.get("format") == "date" else st.text(max_size=20)


@st.composite
def views(draw: st.DrawFn) -> tuple[str, list[tuple[str, Any]]]:
    """A page and some of its parameters."""
    page = draw(st.sampled_from(sorted({e.page for e in endpoints() if e.tag == "rows" and e.page})))
    names = draw(st.lists(st.sampled_from(PAGES[page]), max_size=4, unique=True))
    return page, [(name, draw(_value(name))) for name in names]


def parameters(asked: tuple[str, list[tuple[str, Any]]]) -> None:
    """Every view can be computed: its main rows as JSON that a strict reader reads, or a refusal that names parameters."""
    page, query = asked
    where = f"/{page}.json?{urlencode(query, doseq=True)}"

    def run() -> int:
        got = ask(app(), where)
        assert got.status in (200, 422), (got.status, where, got.body[:300])
        told = json.loads(got.body, parse_constant=_no_constant)
        assert told["answer"] if got.status == 200 else all(p["name"] for p in told["parameters"])
        return got.status

    _timed("parameters", where, run)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


# Files


BYTES = st.binary(max_size=64) | st.sampled_from([b'"', b"\n", b",", b"[", b"]]", b"\xff\xfe", b"\x00", b"= = =", b"[" * 3000, b'"""', b"1e999", b"nan", b"9" * 500])  # fmt: skip
EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 200), BYTES), min_size=1, max_size=4)


def edited(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Pieces of the bytes replaced: where (a share of the whole), how many, by what."""
    for at, many, by in edits:
        start = int(at * len(content))
        content = content[:start] + by + content[start + many :]
    return content


@cache
def _small() -> tuple[Path, dict[str, bytes]]:
    """A folder with a few rows of every file of the catalog, to be broken: the whole one would take a second a case."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    kept: dict[str, bytes] = {}
    chosen = [p for p in files(FOLDER) if p.parent.parent.name != "models" or p.stem in ("qwen3-8b", "gpt-oss-20b")]
    for path in chosen:
        lines = path.read_bytes().splitlines(keepends=True)
        name = path.relative_to(FOLDER).as_posix()
        kept[name] = b"".join(lines[:12] if path.suffix == ".csv" else lines[:300])
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(kept[name])
    return folder, kept


def catalog_file(which: float, edits: list[tuple[float, int, bytes]]) -> None:
    """Whatever stands in one file of a catalog, the rest is read and nothing is raised."""
    folder, kept = _small()
    name = sorted(kept)[int(which * len(kept))]
    try:
        (folder / name).write_bytes(edited(kept[name], edits))
        _timed("catalog files", name, lambda: len(load(folder).problems) and None)
    finally:
        (folder / name).write_bytes(kept[name])


def calibration_file(edits: list[tuple[float, int, bytes]]) -> None:
    """The fitted constants are read whole or refused with ValueError or OSError, which the pages turn into words."""
    given_ = edited((FOLDER / "calibration" / "speed.toml").read_bytes(), edits)
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        Path(file.name).write_bytes(given_)

        def run() -> None:
            try:
                Calibration.load(Path(file.name))
            except (ValueError, OSError):
                return

        _timed("calibration", repr(given_[:80]), run)


CONFIG = b'{"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":128256,"tie_word_embeddings":false}'  # fmt: skip
FOREIGN: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "config.json": (architecture_from_json, CONFIG), **{name: (reader, content_of(name)) for name, reader in READERS.items()},
}  # fmt: skip
"""Files of others, each with a small whole one to start from."""


def foreign_file(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    """A file of somebody else is read or refused with ValueError, and never more than that."""
    reader, whole = FOREIGN[name]

    def run() -> None:
        try:
            reader(edited(whole, edits))
        except ValueError:
            return

    _timed("foreign files", name, run)


WHERE = st.floats(0, 1, exclude_max=True)
CHECKS: dict[str, Callable[..., None]] = {
    "addresses": given(PATHS, QUERIES, METHODS, HEADERS)(address),
    "parameters": given(views())(parameters),
    "catalog files": given(WHERE, EDITS)(catalog_file),
    "calibration": given(EDITS)(calibration_file),
    "foreign files": given(st.sampled_from(sorted(FOREIGN)), EDITS)(foreign_file),
}


def run(check: str, cases: int, number: int | None = None) -> None:
    """Try so many cases of one check; the first that fails is raised, made as short as it can be.

    With a seed `number` the same ones each time.
    """
    tried = seed(number)(CHECKS[check]) if number is not None else CHECKS[check]
    settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink))(tried)()  # fmt: skip


def main() -> int:
    """Run them all and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    within = True
    for check, share in SHARES.items():
        run(check, max(1, int(asked.cases * share)), asked.seed)
        tally = TALLIES[check]
        gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
        kinds = ", ".join(f"{status} × {n:,}" for status, n in sorted(tally.statuses.items()) if status)
        print(f"{check:14} {tally.cases:8,} cases, slowest {tally.slowest:6.2f} s ({tally.what}), memory {gib:.2f} GiB  {kinds}", flush=True)  # fmt: skip
        within = within and tally.slowest <= MOST_SECONDS and gib <= MOST_GIB
    if not within:
        print(f"a case took over {MOST_SECONDS:g} s or memory went over {MOST_GIB:g} GiB")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
