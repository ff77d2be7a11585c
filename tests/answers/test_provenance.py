"""Every fact with its source, every source with what rests on it, and how old it is on a given day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise

import pandas as pd
import pytest
from pydantic import BaseModel, ValidationError

from lib.answers import search_facts, sources
from lib.answers.freshness import STALE_DAYS
from lib.answers.provenance import MOST_WORDS, facts
from lib.catalog import Catalog, current
from lib.catalog.schema import EssayRow, Model, QuantizationLoss, Source

FACTS = current()
LATER = dt.date(2030, 1, 1)


def references(record: object) -> Iterator[str]:
    """Every source a record or anything inside it refers to."""
    if isinstance(record, BaseModel):
        for name in type(record).model_fields:
            value = getattr(record, name)
            if name == "sources":
                for given in value.values():
                    yield from (given,) if isinstance(given, str) else given
            elif name == "source" or name.endswith("_source"):
                yield from () if value is None else (value,)
            else:
                yield from references(value)
    elif isinstance(record, tuple):
        for item in record:
            yield from references(item)
    elif isinstance(record, dict):
        for item in record.values():
            yield from references(item)


def of(about: str, fact: str, table: pd.DataFrame | None = None) -> pd.DataFrame:
    table = facts(FACTS) if table is None else table
    return table[(table["about"] == about) & (table["fact"] == fact)]


def test_something_rests_on_every_source_a_record_refers_to() -> None:
    used = {ref.partition("#")[0] for f in fields(FACTS) for ref in references(getattr(FACTS, f.name))}
    assert len(used) > 250 and sorted(used - set(facts(FACTS)["source id"])) == []


def test_no_source_is_listed_that_nothing_rests_on() -> None:
    listed = sources(FACTS)
    assert listed[listed["facts"] == 0]["source"].tolist() == []


def test_the_facts_of_all_sources_are_all_facts() -> None:
    assert sources(FACTS)["facts"].sum() == len(facts(FACTS))
    assert not facts(FACTS)["source"].str.contains("unknown source").any()


def test_each_model_says_where_its_weights_and_its_inputs_are_stated() -> None:
    for model in FACTS.models.values():
        for name, value in (("hugging face", model.hugging_face), ("input", " ".join(model.input))):
            if value:
                found = of(model.name, name)
                assert value in set(found["value"]) and found["url"].notna().all(), (model.name, name)


def made(where: dict[str, str | tuple[str, ...]]) -> Catalog:
    given = {
        "name": "Tiny", "publisher": "P", "tuning": "base", "open_weights": True, "licence": "mit",
        "parameters": 1_000_000, "hugging_face": "p/Tiny", "sources": where,
    }  # fmt: skip
    source = {"producer": "P", "url": "https://example.org/", "accessed": "2026-01-01", "licence": "MIT"}
    return Catalog(
        version=repr(where),
        sources={key: Source.model_validate({"title": key.upper(), **source}) for key in ("list-a", "hub-b", "page-c")},
        models={"tiny": Model.model_validate(given)},
    )


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"licence": "list-a", "parameters": "hub-b#record p/Tiny", "hugging_face": "page-c"}, ["page-c"]),
        ({"licence": "list-a", "parameters": "hub-b#record p/Tiny", "default": "page-c"}, ["page-c"]),
        ({"licence": "list-a", "parameters": "hub-b#record p/Tiny"}, ["hub-b"]),
        ({"licence": "list-a", "parameters": "hub-b"}, ["list-a"]),
        ({"default": ("list-a", "page-c")}, ["list-a", "page-c"]),
    ],
)
def test_a_field_rests_on_its_own_source_or_else_on_the_record_that_names_the_model(
    where: dict[str, str | tuple[str, ...]], expected: list[str]
) -> None:
    assert of("Tiny", "hugging face", facts(made(where)))["source id"].tolist() == expected


def test_a_source_named_inside_another_ones_place_has_a_row_and_a_title() -> None:
    rows = facts(made({"default": "list-a#table 2, with hub-b"}))
    assert set(rows["source"]) == {"LIST-A, table 2, with HUB-B", "HUB-B"}
    assert (rows["source id"] == "list-a").sum() == (rows["source id"] == "hub-b").sum() > 0


def test_losses_benchmarks_protocols_machines_and_claims_are_found() -> None:
    loss: QuantizationLoss = next(q for q in FACTS.quantization_loss.values() if q.baseline_value is not None)
    [*said] = of(loss.model, f"{loss.metric} of {loss.format}")["value"]
    assert any(f"{loss.value:g} against {loss.baseline_format}'s {loss.baseline_value:g}" in text for text in said)
    assert set(of("MMLU", "score of guessing")["value"]) == {"25"}
    pair = next(m for m in FACTS.machines.values() if m.device == "rtx-4090" and m.count == 2)
    assert of(pair.name, "what it is")["value"].str.startswith("2 × GeForce RTX 4090, 64 GiB RAM").any()
    assert FACTS.essay is not None
    assert {c.text for c in FACTS.essay.claims.values()} <= set(facts(FACTS)["about"])
    assert {p.described for p in FACTS.protocols.values()} <= set(facts(FACTS)["value"])


def test_how_old_a_source_is_counts_to_the_day_asked_for() -> None:
    read, next_day = sources(FACTS, LATER), sources(FACTS, LATER + dt.timedelta(days=1))
    assert (next_day["days ago"] - read["days ago"] == 1).all()
    for accessed, days in zip(read["read on"], read["days ago"], strict=True):
        if len(accessed) == 10:
            assert dt.date.fromisoformat(accessed) + dt.timedelta(days=days) == LATER
    assert (read["stale"] == (read["days ago"] > STALE_DAYS)).all() and read["stale"].all()
    assert not sources(FACTS, dt.date(2026, 12, 1))["stale"].all()
    assert sources(FACTS).equals(sources(FACTS, dt.date.today()))


def test_the_sources_most_rests_on_come_first() -> None:
    assert all(a >= b for a, b in pairwise(sources(FACTS)["facts"]))


def test_words_nobody_looks_for_are_named() -> None:
    words = [f"w{i}" for i in range(MOST_WORDS + 2)]
    assert not any("left out" in note for note in search_facts(FACTS, " ".join(words[:MOST_WORDS])).notes)
    [note] = [n for n in search_facts(FACTS, " ".join(words)).notes if "left out" in n]
    assert str(MOST_WORDS) in note and all(re.search(rf"\b{w}\b", note) for w in words[MOST_WORDS:])


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//example.org/a", "example.org", "https://a b", "https://e.org/\nx"]
)
def test_a_cell_to_click_on_is_an_address_of_the_web(link: str) -> None:
    with pytest.raises(ValidationError, match="link"):
        EssayRow(cells={"Model": "x", "link": link})
    assert EssayRow(cells={"Model": link, "link": "https://example.org/a"}).cells["Model"]
