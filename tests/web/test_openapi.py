"""The description of every address: nothing is missing from it, and everything in it answers. One look at a real server."""

from __future__ import annotations

import io
import re
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from starlette.routing import Route

from lib.catalog import current
from lib.view import PAGES, View
from lib.web.routes import endpoints, fallbacks, routes
from tests.browser.harness import serve
from tests.web.client import ask


@pytest.fixture(scope="module")
def told() -> Any:
    return ask("/openapi.json").json()


def test_every_route_is_described_and_nothing_else_is(told: Any) -> None:
    known = {route.path for route in routes() if isinstance(route, Route)}
    unknown = {route.path for route in fallbacks() if isinstance(route, Route)}
    assert told["openapi"].startswith("3.1") and set(told["paths"]) == known - unknown == {e.path for e in endpoints()}
    assert all("{" in path for path in unknown)
    ids = [operation["operationId"] for path in told["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_every_described_route_answers_with_what_is_described(told: Any) -> None:
    pictures = {e.path for e in endpoints() if e.tag == "pictures"} - {
        "/models.svg",
        "/speed.png",
    }  # drawing takes long
    for path, operations in told["paths"].items():
        if path in pictures:
            continue
        answer = ask(path)
        [media] = operations["get"]["responses"]["200"]["content"]
        assert answer.status == 200 and answer.headers["content-type"].startswith(media), path
        for name in operations["get"]["responses"]["200"]["headers"]:
            assert name.lower() in answer.headers, (path, name)


@pytest.mark.parametrize("page", ["models", "machines", "buy", "speed", "benchmarks", "grid", "cost"])
def test_every_parameter_is_described_as_the_decoder_takes_it(told: Any, page: str) -> None:
    given = told["paths"][f"/{page}.csv"]["get"]["parameters"]
    parameters = [told["components"]["parameters"][p["$ref"].rpartition("/")[2]] for p in given]
    assert [p["name"] for p in parameters] == [*PAGES[page], "v"]
    assert all(p["description"] and "example" in p for p in parameters)
    query = [(p["name"], p["example"]) for p in parameters if p["example"] != ""]
    query = [(k, str(v).lower() if isinstance(v, bool) else v) for k, v in query if k not in ("hosted", "keep")]
    answer = ask(f"/{page}.csv?{urlencode(query, doseq=True)}")
    assert answer.status == 200, answer.text
    for p in parameters:
        shape = p["schema"]
        for bound, step in (("minimum", -1), ("maximum", 1)):
            if bound in shape:
                refused = ask(f"/{page}.json?{p['name']}={shape[bound] + step}")
                assert refused.status == 422 and refused.json()["parameters"][0]["name"] == p["name"], p["name"]
        if "enum" in shape:
            refused = ask(f"/{page}.json?{p['name']}=none-of-them")
            assert refused.status == 422, p["name"]


def test_parameters_say_what_the_controls_say(told: Any) -> None:
    parameters = told["components"]["parameters"]
    assert {*View.model_fields, "v"} <= set(parameters)
    assert parameters["ctx"]["schema"]["minimum"] == 256 and parameters["tin"]["schema"]["maximum"] == 10_000_000_000
    assert parameters["pmin"]["schema"]["minimum"] == 0 and parameters["able"]["schema"]["maximum"] == 400
    assert "qwen3-32b" in parameters["model"]["schema"]["enum"]
    assert parameters["columns"]["schema"]["type"] == "array" and parameters["columns"]["explode"]
    assert parameters["since"]["schema"]["format"] == "date" and "minimum" not in parameters["since"]["schema"]
    assert "2018-01-01" in parameters["since"]["description"]


def test_people_find_every_address_on_one_page(told: Any) -> None:
    page = ask("/api").text
    assert set(told["paths"]) <= set(re.findall(r'href="([^"]+)"', page))
    assert "<script" not in page and current().version in page
    assert all(f"<code>{name}</code>" in page for name in View.model_fields)


@pytest.mark.browser
def test_pandas_reads_an_address_of_a_running_dashboard() -> None:
    with serve() as server:
        rows = pd.read_csv(f"{server.url}/models.csv?hw=rtx-3060-12gb&ctx=16384&fit=gpu")
        assert len(rows) > 20 and (rows["memory_gb"] < 12.9).all() and (rows["fit"] == "fits in GPU memory").all()
        assert set(rows["catalog_version"]) == {current().version}
        asked = urllib.request.Request(f"{server.url}/catalog/scores.json", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked) as answer:
            zipped, tag = answer.read(), answer.headers["ETag"]
            assert answer.headers["Content-Encoding"] == "gzip" and zipped[:2] == b"\x1f\x8b"
        asked.add_header("If-None-Match", tag)
        with pytest.raises(urllib.error.HTTPError) as same:
            urllib.request.urlopen(asked)
        assert same.value.code == 304
        with pytest.raises(urllib.error.HTTPError) as wrong:
            urllib.request.urlopen(f"{server.url}/models.csv?hw=rtx-30x0")
        assert wrong.value.code == 422 and b"rtx-30x0" in wrong.value.read()
        described = pd.read_parquet(io.BytesIO(urllib.request.urlopen(f"{server.url}/machines.parquet").read()))
        assert len(described) > 100
        assert not server.complaints()
