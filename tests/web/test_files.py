"""The catalog as files: tables, records under their schema, and the formats other programs open."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pandas as pd
import pytest

from lib.catalog import current
from lib.quality.capability import capability
from lib.web.files import FILES
from lib.web.flat import TABLES, tables
from tests.web.client import ask


def frame(name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(ask(f"/catalog/{name}.csv").content), low_memory=False)


@pytest.fixture(scope="module")
def base() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(ask("/catalog/catalog.sqlite").content)
    yield connection
    connection.close()


def test_every_record_is_in_its_table() -> None:
    catalog = current()
    assert tuple(tables(catalog)) == TABLES
    held: dict[str, Any] = {
        "models": catalog.models, "scores": catalog.scores, "devices": catalog.devices, "measurements": catalog.measurements, "prices": catalog.prices,
        "licences": catalog.licences, "benchmarks": catalog.benchmarks, "sources": catalog.sources, "quantization_losses": catalog.quantization_loss, "machines": catalog.machines,
    }  # fmt: skip
    for name, records in held.items():
        assert len(frame(name)) == len(records) == len(ask(f"/catalog/{name}.json").json()["rows"]), name


def test_a_model_is_flat_with_its_shapes_and_its_sources() -> None:
    model = current().models["qwen3-32b"]
    assert model.architecture is not None
    [row] = frame("models").query("id == 'qwen3-32b'").to_dict("records")
    assert row["name"] == model.name and row["parameters"] == model.parameters
    assert row["architecture_layers"] == model.architecture.layers == 64
    assert row["catalog_version"] == current().version
    assert set(row["sources"].split(" ")) <= set(current().sources)
    [told] = [r for r in ask("/catalog/models.json").json()["rows"] if r["id"] == "qwen3-32b"]
    assert told["architecture_kv_heads"] == [8] and told["input"] == list(model.input)
    assert told["architecture_experts"] is None


def test_the_capability_index_is_among_them() -> None:
    index = capability("code")
    rows = frame("capability").query("domain == 'code'").set_index("model")["value"]
    assert dict(rows) == {m: found.value for m, found in index.items() if m in current().models}


def test_the_dictionary_explains_every_field_of_every_table() -> None:
    told = pd.read_csv(io.BytesIO(ask("/catalog/dictionary.csv").content))
    assert told["description"].notna().all() and set(told["table"]) == set(TABLES)
    for name in TABLES:
        columns = [c for c in frame(name).columns if c != "catalog_version"]
        assert columns == told.loc[told["table"] == name, "field"].tolist()
    units = told.set_index(["table", "field"])["unit"]
    assert units["devices", "memory_bandwidth_gb_per_s"].startswith("GB/s") and units["devices", "power_w"] == "W"
    note = told.set_index(["table", "field"]).loc[("sources", "licence"), "description"]
    assert "not stated" in note and "single facts" in note


def test_the_schema_is_one_for_readers_in_every_language() -> None:
    """Regular expressions of JSON Schema are ECMAScript's, which refuses a backslash before what means nothing special."""
    told = ask("/catalog/schema.json").text
    patterns = set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', told))
    assert len(patterns) > 4
    for pattern in map(json.loads, patterns):
        assert re.sub(r"\\[dswDSWbB.*+?()\[\]{}|/^$\\-]", "", pattern).count("\\") == 0, pattern


def test_the_records_are_what_the_schema_says() -> None:
    schema, records = ask("/catalog/schema.json").json(), ask("/catalog/records.json").json()
    for name, given in records.items():  # of the long ones every 40th, for checking all takes seconds
        if len(given) > 500 and isinstance(given, list | dict):
            records[name] = given[::40] if isinstance(given, list) else dict(list(given.items())[::40])
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    assert [e.message for e in validator.iter_errors(records)] == []
    records["models"]["qwen3-32b"]["parameters"] = "many"
    assert not validator.is_valid({**records, "scores": [], "prices": [], "measurements": {}})


def test_croissant_has_all_it_requires_and_names_the_bytes_served() -> None:
    """Against the required properties of the specification, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html."""
    answer = ask("/catalog/croissant.json")
    assert answer.headers["content-type"] == 'application/ld+json; profile="http://mlcommons.org/croissant/1.1"'
    told = answer.json()
    required = ("@context", "@type", "conformsTo", "description", "license", "name", "url", "creator", "datePublished", "distribution")  # fmt: skip
    assert all(told[name] for name in required) and told["@type"] == "sc:Dataset"
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    files = {f["@id"]: f for f in told["distribution"]}
    assert set(files) == {f.name for f in FILES} - {"croissant.json"}
    for file in files.values():
        assert file["@type"] == "cr:FileObject" and file["encodingFormat"]
        content = ask(urlsplit(file["contentUrl"]).path).content
        assert (file["sha256"], file["contentSize"]) == (hashlib.sha256(content).hexdigest(), f"{len(content)} B"), file["@id"]  # fmt: skip
    fields = {f["@id"]: f for r in told["recordSet"] for f in r["field"]}
    every = [*files, *(r["@id"] for r in told["recordSet"]), *(f["@id"] for r in told["recordSet"] for f in r["field"])]
    assert len(every) == len(set(every))
    for field in fields.values():
        file, column = field["source"]["fileObject"]["@id"], field["source"]["extract"]["column"]
        assert file in files and field["dataType"].startswith("sc:")
        if "references" in field:  # to a column: the format's own reader stumbles over fields
            other = field["references"]
            assert other["extract"]["column"] == "id" and other["fileObject"]["@id"] in files
        assert column == field["name"]
    assert "transform" not in fields["models/architecture_kv_heads"]["source"]
    assert fields["devices/memory_gib"]["dataType"] == "sc:Float" and fields["models/input"]["isArray"]


def test_croissants_columns_are_what_pandas_finds() -> None:
    """Its reader asks pandas for the CSV, then casts and splits."""
    for records in ask("/catalog/croissant.json").json()["recordSet"]:
        read = frame(records["name"])
        for field in records["field"]:
            column, kind = read[field["name"]].dropna(), field["dataType"]
            if transform := field["source"].get("transform"):
                entries = [e for given in column for e in given.split(transform["separator"])]
            else:
                entries = column.tolist()
            if kind in ("sc:Integer", "sc:Float"):
                assert all(float(e) == (int(e) if kind == "sc:Integer" else float(e)) for e in entries), field["@id"]
            elif kind == "sc:Boolean":
                assert set(entries) <= {True, False}, field["@id"]


def test_every_score_is_an_evaluation_result() -> None:
    """Against what eval.schema.json 0.3.0 of https://github.com/evaleval/every_eval_ever requires."""
    catalog = current()
    logs = [json.loads(line) for line in ask("/catalog/every-eval-ever.jsonl").text.splitlines()]
    assert len({log["evaluation_id"] for log in logs}) == len(logs)
    assert sum(len(log["evaluation_results"]) for log in logs) == len(catalog.scores)
    for log in logs:
        assert set(log) == {"schema_version", "evaluation_id", "retrieved_timestamp", "source_metadata", "eval_library", "model_info", "evaluation_results"}  # fmt: skip
        assert log["schema_version"] == "0.3.0" and log["retrieved_timestamp"].isdigit()
        assert log["source_metadata"]["source_type"] == "documentation"
        assert log["source_metadata"]["additional_details"]["source_url"].startswith("http")
        assert log["source_metadata"]["evaluator_relationship"] in ("first_party", "third_party", "collaborative", "other")  # fmt: skip
        assert log["model_info"]["additional_details"]["model_availability"] in ("open_weights", "closed_weights")
        assert len({r["evaluation_result_id"] for r in log["evaluation_results"]}) == len(log["evaluation_results"])
        for result in log["evaluation_results"]:
            metric, score = result["metric_config"], result["score_details"]["score"]
            assert result["source_data"]["url"] and isinstance(metric["lower_is_better"], bool)
            if metric.get("score_type") == "continuous":
                assert float(metric["min_score"]) <= score <= float(metric["max_score"])  # "Infinity" is a float too
            assert all(isinstance(v, str) for v in result["score_details"].get("details", {}).values())
    makers = Counter(log["source_metadata"]["evaluator_relationship"] for log in logs)
    assert makers["first_party"] and makers["third_party"]


def test_the_database_holds_together(base: sqlite3.Connection) -> None:
    catalog = current()
    assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    for name in TABLES:
        [(count,)] = base.execute(f"SELECT count(*) FROM {name}")
        assert count == len(tables(catalog)[name].rows), name
    assert base.execute("SELECT catalog_version FROM about").fetchall() == [(catalog.version,)]


def test_the_database_answers_what_one_would_ask(base: sqlite3.Connection) -> None:
    rows = base.execute(
        "SELECT m.name, d.name, x.decode_tok_per_s, s.url FROM measurements x JOIN measurement_devices l ON l.measurement = x.id"
        " JOIN devices d ON d.id = l.device JOIN sources s ON s.id = x.source JOIN machines m ON m.device = d.id"
        " WHERE d.id = 'rtx-4090' AND x.decode_tok_per_s IS NOT NULL"
    ).fetchall()  # fmt: skip
    assert rows and all(speed > 0 and url.startswith("http") for _, _, speed, url in rows)
    plan = " ".join(str(r) for r in base.execute("EXPLAIN QUERY PLAN SELECT * FROM scores WHERE model = 'qwen3-32b'"))
    assert "USING INDEX" in plan


def test_datasette_is_told_what_the_tables_are(base: sqlite3.Connection) -> None:
    told = ask("/catalog/metadata.json").json()
    assert told["license"] == "CC BY 4.0" and current().version in told["description"]
    for name, table in told["databases"]["catalog"]["tables"].items():
        columns = [row[1] for row in base.execute(f"PRAGMA table_info({name})")]
        assert list(table["columns"]) == columns and all(table["columns"].values()) and table["description"]
    held = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")}  # fmt: skip
    assert held == set(told["databases"]["catalog"]["tables"])


def test_the_database_alone_says_what_its_columns_are(base: sqlite3.Connection) -> None:
    units = dict(base.execute("SELECT field, unit FROM dictionary WHERE \"table\" = 'devices' AND unit IS NOT NULL"))
    assert units["memory_bandwidth_gb_per_s"].startswith("GB/s") and units["power_w"] == "W"
    described = pd.read_csv(io.BytesIO(ask("/catalog/dictionary.csv").content))
    assert base.execute("SELECT count(*) FROM dictionary WHERE description <> ''").fetchall() == [(len(described),)]


def test_a_file_takes_no_parameters_but_those_other_programs_add() -> None:
    assert ask("/catalog/models.csv?utm_source=chat&v=1").status == 200
    refused = ask("/catalog/models.csv?hw=rtx-4090&columns=x")
    assert refused.status == 422 and {p["name"] for p in refused.json()["parameters"]} == {"hw", "columns"}


def test_a_file_is_made_once_and_held() -> None:
    first = ask("/catalog/scores.json")
    tag = first.headers["etag"]
    assert tag.startswith(f'"{current().version}-') and first.headers["cache-control"].startswith("public")
    again = ask("/catalog/scores.json", headers=[("If-None-Match", tag)])
    assert again.status == 304 and not again.content
    assert len({ask(f"/catalog/{f.name}").headers["etag"] for f in FILES}) == len(FILES)
