"""The shape of records, and the JSON Schema of it that is kept beside the facts."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from lib.catalog.json_schema import json_schema
from lib.catalog.load import FOLDER
from lib.catalog.schema import Benchmark

QUIZ = {
    "name": "Quiz", "measures": "facts", "category": "knowledge", "unit": "percent", "url": "https://example.org/q",
    "source": "here",
}  # fmt: skip


def test_the_kept_json_schema_is_that_of_the_records() -> None:
    kept = (FOLDER / "schema" / "catalog.schema.json").read_text(encoding="utf-8")
    assert kept == json_schema(), "write it again: python -m lib.catalog schema > catalog/schema/catalog.schema.json"
    read = json.loads(kept)
    assert read["$defs"]["Device"]["additionalProperties"] is False
    for held in read["x-files"].values():
        assert held["record"].removeprefix("#/$defs/") in read["$defs"]


def test_a_benchmark_says_which_of_its_fields_come_from_elsewhere() -> None:
    made = Benchmark.model_validate(QUIZ | {"items": 198, "sources": {"items": "there#page 3"}})
    assert made.items == 198 and made.sources["items"] == "there#page 3" and made.contamination is None
    with pytest.raises(ValidationError, match="sources names itms"):
        Benchmark.model_validate(QUIZ | {"sources": {"itms": "there"}})
    with pytest.raises(ValidationError):
        Benchmark.model_validate(QUIZ | {"items": 0})
