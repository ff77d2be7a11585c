"""Scores in the Every Eval Ever format 0.3.0, https://github.com/evaleval/every_eval_ever (eval.schema.json): a log a line."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lib.catalog import Catalog
from lib.catalog.schema import Benchmark, Model, Score, Source
from lib.web.rows import dumped

VERSION = "0.3.0"
RELATIONSHIP = {"third-party": "third_party", "maker": "first_party"}
"""Who measured to the format's word; what is neither is `other`: rivals, the essay, not stated."""


def lines(catalog: Catalog) -> bytes:
    """One log a model, source, protocol and kind of evaluator, as JSON Lines. Only what a source says is filled in.

    Scores keep their benchmark's unit; bounds are given where the scale has them. Scores that checking found wrong or
    superseded are there, and say so in `details`.
    """
    logs: dict[tuple[str, str, str, str], list[Score]] = defaultdict(list)
    for score in catalog.scores:
        logs[score.source.partition("#")[0], score.protocol, score.measured_by, score.model].append(score)
    return b"".join(dumped(_log(catalog, *key, logs[key])) + b"\n" for key in sorted(logs))


def _log(catalog: Catalog, source_id: str, protocol_id: str, measured_by: str, model_id: str, scores: Sequence[Score]) -> dict[str, Any]:  # fmt: skip
    source, model, protocol = catalog.sources[source_id], catalog.models[model_id], catalog.protocols[protocol_id]
    read = str(int(dt.datetime.fromisoformat(_day(source.accessed)).replace(tzinfo=dt.UTC).timestamp()))
    return {
        "schema_version": VERSION,
        "evaluation_id": f"{source_id}.{protocol_id}.{measured_by}/{model_id}/{read}",
        "retrieved_timestamp": read,
        "source_metadata": _reported(source, source_id, measured_by),
        "eval_library": {
            "name": "unknown",
            "version": "unknown",
            "additional_details": {"protocol": protocol_id, "protocol_name": protocol.name, "described": protocol.described},
        },
        "model_info": _model(model, model_id),
        "evaluation_results": [_result(catalog.benchmarks[s.benchmark], s, n) for n, s in enumerate(scores)],
    }  # fmt: skip


def _day(date: str) -> str:
    """The first day a date of the catalog may mean."""
    return "-".join([*date.split("-"), "01", "01"][:3])


def _reported(source: Source, source_id: str, measured_by: str) -> dict[str, Any]:
    return {
        "source_name": source.title,
        "source_type": "documentation",
        "source_organization_name": source.producer,
        "evaluator_relationship": RELATIONSHIP.get(measured_by, "other"),
        "additional_details": {
            "source_id": source_id,
            "source_url": source.url,
            "measured_by": measured_by,
            "licence": source.licence,
        },
    }


def _model(model: Model, model_id: str) -> dict[str, Any]:
    return {
        "name": model.name,
        "id": model.hugging_face or f"{model.publisher.lower().replace(' ', '-')}/{model_id}",
        "developer": model.publisher,
        "additional_details": {
            "deployment_type": "unknown",
            "model_availability": "open_weights" if model.open_weights else "closed_weights",
            "catalog_id": model_id,
        },
    }


def _result(benchmark: Benchmark, score: Score, number: int) -> dict[str, Any]:
    details = {"conditions": score.conditions, "variant": score.variant, "verdict": score.verdict or None, "note": score.note,
               "date": score.date, "place_in_source": score.source.partition("#")[2] or None}  # fmt: skip
    result: dict[str, Any] = {
        "evaluation_result_id": "/".join(filter(None, (score.benchmark, score.variant, str(number)))),
        "evaluation_name": score.benchmark,
        "source_data": {"dataset_name": benchmark.name, "source_type": "url", "url": [benchmark.url]},
        "metric_config": _metric(benchmark, score),
        "score_details": {"score": score.value, "details": {k: v for k, v in details.items() if v}},
    }
    if score.low is not None and score.high is not None:
        interval = {"lower": score.low, "upper": score.high, "confidence_level": 0.95}
        result["score_details"]["uncertainty"] = {"confidence_interval": interval}
    if score.variant:
        result["generation_config"] = {"additional_details": {"variant": score.variant}}
    return result


def _metric(benchmark: Benchmark, score: Score) -> dict[str, Any]:
    """The scale. Ratings have no ends; where ends are not known nothing is said of the kind of score, for it would need them."""
    metric = {
        "evaluation_description": benchmark.measures,
        "metric_id": f"{score.benchmark}.score",
        "metric_unit": benchmark.unit,
        "lower_is_better": not benchmark.higher_is_better,
    }
    low, high = benchmark.minimum, benchmark.maximum
    if benchmark.unit == "elo":
        return {**metric, "score_type": "continuous", "min_score": "-Infinity", "max_score": "Infinity"}
    if low is None or high is None:
        return metric
    return {**metric, "score_type": "continuous", "min_score": low, "max_score": high}
