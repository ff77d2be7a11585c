"""The rows of any view as files: those on the page, with units and sources, refused where the link is wrong."""

from __future__ import annotations

import gzip
import html
import io
import math
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest

from lib import answers
from lib.answers.speed_page import speed_page
from lib.answers.tables import PAGES_WITH_ROWS, sentence_of, table_of
from lib.catalog import current
from lib.catalog.schema import Source
from lib.view import PAGES, View, decode
from lib.web import rows
from lib.web.rows import as_csv, as_parquet
from tests.pages.test_pages import opened
from tests.web.client import HOST, ask

QUERY = "hw=rtx-3090&n=2&ctx=32768&licence=commercial&fit=runs&columns=mmlu-pro.open-llm-leaderboard-v2"


def frame(address: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(ask(address).content))


def same(shown: pd.Series, served: pd.Series) -> bool:
    """Whether two columns say the same; lists on the page are text in CSV, and empty is empty."""
    if pd.api.types.is_numeric_dtype(shown) and shown.dtype != bool:
        told = zip(shown.astype(float), served.astype(float), strict=True)
        return all(math.isclose(a, b, rel_tol=1e-9) or (math.isnan(a) and math.isnan(b)) for a, b in told)
    words = [
        " | ".join(v) if hasattr(v, "__len__") and not isinstance(v, str) else "" if pd.isna(v) else str(v)
        for v in shown
    ]
    return words == ["" if pd.isna(v) else str(v) for v in served]


def test_the_front_page_rows_are_those_the_page_shows() -> None:
    at = opened("models", **dict(parse_qsl(QUERY)))
    shown = next(t.value for t in at.dataframe if "memory_gb" in t.value)
    served = frame(f"/models.csv?{QUERY}")
    assert len(served) == len(shown) > 20
    names = {"score": "capability.general", "active_b": "active_parameters_b"}
    drawn = [c for c in shown if c != "band_text"]
    assert len(drawn) >= 10 and all(same(shown[c], served[names.get(c, c)]) for c in drawn)
    # The page sets the first sentence apart from the rest by its size alone.
    title = at.title[0].value.replace("\\", "").replace(":small[", "").removesuffix("]")
    assert title == ask(f"/models.json?{QUERY}").json()["answer"]


def test_the_machines_rows_are_those_the_page_shows() -> None:
    at = opened("machines", model="qwen3-32b", speed="10")
    shown = next(t.value for t in at.dataframe if "price_basis" in t.value)
    served = frame("/machines.csv?model=qwen3-32b&speed=10")
    names = {"bandwidth": "bandwidth_gb_per_s", "power": "power_w", "price": "price_usd"}
    assert len(served) == len(shown) > 50
    assert all(same(shown[c], served[names.get(c, c)]) for c in shown if c != "band_text")


def test_the_scores_compared_are_those_the_page_shows() -> None:
    at = opened("compare", models=["qwen3-32b", "gpt-oss-20b"])
    shown = next(t.value for t in at.dataframe if "interval from" in t.value)
    served = frame("/compare.csv?models=qwen3-32b&models=gpt-oss-20b")
    assert len(served) == len(shown) > 30
    assert all(same(shown[c], served[c.replace(" ", "_")]) for c in shown)


def test_rows_come_from_the_pages_own_answer() -> None:
    catalog = current()
    view = View(hw="rtx-3060-12gb", runtimes=("llama.cpp",))
    page = speed_page(catalog, view)
    table = table_of(catalog, "speed", view)
    assert table.sentence == page.sentence
    assert table.rows["measured_tok_per_s"].tolist() == page.rows["measured"].tolist()
    listed = answers.rank_models(catalog, view)
    assert table_of(catalog, "models", view).rows["model"].tolist() == listed["model"].tolist()


def test_units_stand_in_the_header_and_every_column_is_explained() -> None:
    body = ask("/models.json").json()
    columns = {c["name"]: c for c in body["columns"]}
    assert list(body["rows"][0]) == list(columns)
    assert (
        columns["memory_gb"]["unit"].startswith("GB") and columns["decode_low_tok_per_s"]["unit"] == "tokens a second"
    )
    assert {"capability.general", "capability.general.low", "capability.general.high"} <= set(columns)
    for page, known in PAGES_WITH_ROWS.items():
        for table in known.tables:
            told = table_of(current(), page, View(), table.name)
            assert [c.name for c in told.columns] == list(told.rows.columns), (page, table.name)
            assert all(words for words in told.described.values()), (page, table.name)


def test_every_row_of_models_machines_and_scores_names_its_sources() -> None:
    sources = current().sources
    for address in ("/models.csv", "/models.csv?by=budget&budget=900", "/machines.csv", "/compare.csv", "/benchmarks.csv", "/grid.csv", "/timeline.csv"):  # fmt: skip
        served = frame(address)
        assert len(served) and served["sources"].notna().all(), address
        assert {i for given in served["sources"] for i in given.split(" ")} <= set(sources), address
    row = frame("/models.csv?hw=rtx-4090").iloc[0]
    device = current().devices["rtx-4090"]
    assert device.source.partition("#")[0] in row["sources"].split(" ")


def test_json_says_what_it_is_and_where_from() -> None:
    catalog = current()
    body = ask("/machines.json?model=gpt-oss-20b").json()  # NaN in it would raise
    assert body["catalog_version"] == catalog.version
    assert all(set(s) >= {"title", "url", "accessed", "licence"} for s in body["sources"]) and len(body["sources"]) > 5
    assert isinstance(body["rows"][0]["sources"], list)
    assert any(row["price_usd"] is None for row in body["rows"])
    assert {row["price_basis"] for row in body["rows"] if row["price_usd"] is None} == {None}
    link = urlsplit(body["link"])
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{HOST}/machines"
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(link.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    assert decode(query, answers.vocabulary(catalog), "machines") == (View(model="gpt-oss-20b"), [])


def test_parquet_has_the_same_rows_with_lists_and_units() -> None:
    import pyarrow.parquet as pq

    read = pq.read_table(io.BytesIO(ask(f"/models.parquet?{QUERY}").content))
    served = frame(f"/models.csv?{QUERY}")
    assert read["model"].to_pylist() == served["model"].tolist()
    assert read["sources"].to_pylist()[0] == served["sources"][0].split(" ")
    assert read.schema.field("memory_gb").metadata[b"unit"].startswith(b"GB")
    assert read.schema.metadata[b"catalog_version"].decode() == current().version


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_every_table_of_every_page_is_served(form: str) -> None:
    named = [(page, t.name) for page, known in PAGES_WITH_ROWS.items() for t in known.tables]
    found = [ask(f"/{page}/{name}.{form}" if name else f"/{page}.{form}") for page, name in named]
    assert [a.status for a in found] == [200] * len(named)
    assert {page for page, _ in named} <= set(PAGES) and len(named) > 40


def test_columns_once_served_stay() -> None:
    """Programs in the wild rest on them: lines and words of the file are only ever added to."""
    kept = (Path(__file__).with_name("columns.txt")).read_text(encoding="utf-8").splitlines()
    for address, *columns in (line.split(" ") for line in kept):
        page, _, name = address.removesuffix(".csv").strip("/").partition("/")
        served = [c.name for c in table_of(current(), page, View(), name).columns]
        assert [c for c in columns if c not in served] == [], address
    assert len(kept) > 40


def test_a_table_without_rows_keeps_its_header() -> None:
    empty = frame("/models.csv?only=qwen3-32b&publisher=Meta")
    assert len(empty) == 0 and {"model", "memory_gb", "catalog_version"} <= set(empty.columns)
    assert ask("/benchmarks/pairs.parquet").status == 200


def test_a_number_as_programs_write_it_is_one() -> None:
    third = ask(f"/models.json?reserve={1 / 3}")
    assert third.status == 200 and "reserve=0.333333333&" in third.json()["link"]
    assert ask("/models.csv?reserve=63.99999999999999").headers["etag"] == ask("/models.csv?reserve=64").headers["etag"]
    for odd in ("1e-7", "1_0", "0x1", "nan", "1." + "3" * 31):
        [refused] = ask(f"/models.csv?reserve={odd}").json()["parameters"]
        assert refused["reason"] == "is not a number in plain digits"


def test_what_cannot_be_honoured_is_refused_by_name() -> None:
    answer = ask("/models.csv?hw=rtx-4091&ctx=12&zzz=1&models=qwen3-32b&licence=commercial&utm_source=chat")
    assert answer.status == 422 and answer.headers["content-type"] == "application/problem+json"
    told = {p["name"]: p for p in answer.json()["parameters"]}
    assert set(told) == {"hw", "ctx", "zzz", "models"}
    assert told["hw"]["given"] == "rtx-4091" and "did you mean rtx-409" in told["hw"]["reason"]
    assert "256" in told["ctx"]["reason"] and "another page" in told["models"]["reason"]
    assert answer.headers["cache-control"] == "no-store"
    # Of a problem without a type of its own RFC 9457 wants HTTP's word for the status as title.
    assert (answer.json()["type"], answer.json()["title"]) == ("about:blank", HTTPStatus(422).phrase)
    assert ask("/models.csv?q=" + "x" * 9000).status == 422


@pytest.mark.parametrize("address", ["/models.xlsx", "/model/nothing.csv", "/memory.exe", "/catalog/models.xlsx", "/catalog/nothing/app.py"])  # fmt: skip
def test_what_there_is_not_is_a_problem_and_no_page(address: str) -> None:
    answer = ask(address)
    assert answer.status == 404 and answer.headers["content-type"] == "application/problem+json"


def test_who_has_it_is_not_sent_it_again() -> None:
    first = ask("/machines.csv?model=gpt-oss-20b")
    tag = first.headers["etag"]
    assert "max-age" in first.headers["cache-control"] and first.headers["x-catalog-version"] == current().version
    again = ask("/machines.csv?model=gpt-oss-20b", headers=[("If-None-Match", f'"x", W/{tag}')])
    assert (again.status, again.content, again.headers["etag"]) == (304, b"", tag)
    # Defaults spelled out are the same view; another view or form is another answer.
    assert ask("/machines.csv?model=gpt-oss-20b&n=1&most=4").headers["etag"] == tag
    others = [ask("/machines.csv?model=gpt-oss-20b&most=2"), ask("/machines.json?model=gpt-oss-20b")]
    assert tag not in {a.headers["etag"] for a in others}
    assert ask("/machines.csv", "POST").status == 405
    head = ask("/machines.csv?model=gpt-oss-20b", "HEAD")
    assert head.status == 200 and head.headers["etag"] == tag


def test_compressed_where_asked() -> None:
    plain, zipped = (ask("/models.csv", headers=[("Accept-Encoding", e)]) for e in ("gzip;q=0, br", "deflate, gzip"))
    assert "content-encoding" not in plain.headers and zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == plain.content and len(zipped.content) < len(plain.content) / 3
    assert plain.headers["etag"] != zipped.headers["etag"] and zipped.headers["vary"] == "Accept-Encoding"


def test_a_spreadsheet_runs_nothing() -> None:
    told = pd.DataFrame({"=name": ["=HYPERLINK(1)", "+1", "-x", "@y", "ok"], "n": [-1.5, None, 2, 3, 4]})
    text = as_csv(told, "v").decode()
    assert text.splitlines()[0] == "'=name,n,catalog_version"
    assert text.splitlines()[1] == "'=HYPERLINK(1),-1.5,v" and "'+1,,v" in text and "'-x," in text and "'@y," in text


@pytest.mark.parametrize("page", ["models", "model/capability", "grid", "benchmarks/all", "compare"])
def test_what_is_not_known_is_null_and_no_word_for_it(page: str) -> None:
    rows = ask(f"/{page}.json").json()["rows"]
    cells = [cell for row in rows for cell in row.values()]
    assert None in cells and "n/a" not in cells and "" not in cells
    read = pd.read_parquet(io.BytesIO(ask(f"/{page}.parquet").content))
    assert not read.isin(["n/a", ""]).any().any()


def test_odd_columns_still_make_a_file() -> None:
    told = pd.DataFrame({"mixed": [1, "a", None], "none": [None, None, None], "list": [("a",), (), None]})
    read = pd.read_parquet(io.BytesIO(as_parquet(told, (), {})))
    assert read["mixed"].tolist()[:2] == ["1", "a"] and list(read["list"][0]) == ["a"]


def test_the_pages_html_carries_the_answer() -> None:
    sentence = sentence_of(current(), "machines", View(model="gpt-oss-20b"))
    page = ask("/machines?model=gpt-oss-20b&nonsense=1")
    assert html.escape(sentence) in page.text and page.headers["content-type"].startswith("text/html")


def test_a_fault_is_said_without_its_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> bytes:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(rows, "as_json", broken)
    answer = ask("/sources.json?q=rtx-4090%20power")
    assert answer.status == 500 and answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


def test_a_citation_has_what_a_reader_needs() -> None:
    wanted = set(Source.model_fields) & {"title", "producer", "url", "accessed", "licence"}
    assert wanted <= set(ask("/sources.json?q=rtx-4090").json()["sources"][0])
