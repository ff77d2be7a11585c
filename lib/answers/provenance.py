"""Where facts come from, what rests on each source, and any fact by its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from lib.answers.vocabulary import days_since
from lib.catalog import Catalog

STALE_DAYS = 180
MOST_FOUND = 500


@dataclass(frozen=True, eq=False)
class Found:
    sentence: str
    notes: tuple[str, ...]
    rows: pd.DataFrame
    """kind, about, fact, value, source, url, read on."""


Fact = tuple[str, str, str, str, str]


def _facts(catalog: Catalog) -> Iterator[Fact]:
    """Every fact as (kind, about, field, value, source reference)."""
    for model in catalog.models.values():
        for name in (
            "released",
            "licence",
            "context_tokens",
            "parameters",
            "active_parameters",
            "hugging_face",
            "ollama",
        ):
            value = getattr(model, name)
            refs = model.sources.get(name, model.sources.get("default", ()))
            for ref in (refs,) if isinstance(refs, str) else refs:
                if value is not None:
                    yield (
                        "model",
                        model.name,
                        name.replace("_", " "),
                        f"{value:,}" if isinstance(value, int) else str(value),
                        ref,
                    )
        if model.architecture:
            refs = model.sources.get("architecture", model.sources.get("default", ()))
            shape = model.architecture
            said = f"{shape.family}: {shape.layers} layers, hidden size {shape.hidden_size}, {shape.attention_heads} heads, vocabulary {shape.vocabulary_size}"
            for ref in (refs,) if isinstance(refs, str) else refs:
                yield "model", model.name, "architecture", said, ref
        for dispute in model.disputes:
            yield (
                "model",
                model.name,
                f"{dispute.field} ({dispute.verdict})",
                f"{dispute.value}: {dispute.note}",
                dispute.source,
            )
    for score in catalog.scores:
        name = f"{catalog.benchmarks[score.benchmark].name}, {catalog.protocols[score.protocol].name}"
        extra = " · ".join(filter(None, (score.variant, score.conditions, score.verdict, score.note)))
        yield (
            "score",
            catalog.models[score.model].name,
            name,
            f"{score.value:g}" + (f" ({extra})" if extra else ""),
            score.source,
        )
    for device in catalog.devices.values():
        for name, source in (
            ("memory_gib", device.memory_source), ("memory_bandwidth_gb_per_s", device.bandwidth_source),
            ("measured_bandwidth_gb_per_s", device.measured_bandwidth_source), ("fp16_tflops", device.compute_source),
            ("power_w", device.power_source), ("launch_price_usd", device.launch_price_source),
            ("street_price_low_usd", device.street_price_source), ("launched", None),
        ):  # fmt: skip
            value = getattr(device, name)
            if value is not None and value != ():
                shown = (
                    ", ".join(f"{v:g}" for v in value)
                    if isinstance(value, tuple)
                    else f"{value:,g}"
                    if isinstance(value, float)
                    else str(value)
                )
                yield "device", device.name, name.replace("_", " "), shown, source or device.source
    for conflict in catalog.device_conflicts:
        yield (
            "device",
            catalog.devices[conflict.device].name,
            f"{conflict.field} (another value)",
            f"{conflict.value:g}, ours {conflict.chosen:g}: {conflict.why}",
            conflict.source,
        )
    for row in catalog.measurements.values():
        what = f"{row.model} {row.quantization or ''} on {row.device_text or ' '.join(row.device_ids)}".strip()
        said = "; ".join(
            f"{v:g} tok/s {n}"
            for v, n in ((row.decode_tok_per_s, "generated"), (row.prefill_tok_per_s, "prefill"))
            if v
        )
        yield "measurement", what, "speed", said + (f" ({row.note})" if row.note else ""), row.source
    for price in catalog.prices:
        yield (
            "price",
            catalog.models[price.model].name,
            f"{price.provider}, per 10⁶ tokens",
            f"${price.input_usd_per_mtok:g} in, ${price.output_usd_per_mtok:g} out ({price.as_of})",
            price.source,
        )
    for licence in catalog.licences.values():
        yield (
            "licence",
            licence.name,
            "commercial use",
            licence.commercial + (": " + "; ".join(licence.conditions) if licence.conditions else ""),
            licence.source,
        )
    for quantization in catalog.quantizations.values():
        if quantization.bits_per_weight:
            yield (
                "quantization",
                quantization.name,
                "bits a weight",
                f"{quantization.bits_per_weight:g}",
                quantization.source,
            )
    for runtime in catalog.runtimes.values():
        yield "runtime", runtime.name, "what it is", runtime.described, runtime.source
    for service in catalog.services.values():
        said = ", ".join(
            filter(
                None,
                (
                    service.models or "",
                    f"{service.context_tokens:,} tokens of context" if service.context_tokens else "",
                    " ".join(service.modalities),
                ),
            )
        )
        yield "service", service.name, service.kind, said or service.url, service.source
    if catalog.essay:
        for finding in catalog.essay.findings:
            yield (
                "essay",
                f"table {finding.table}" + (f", row {finding.row + 1}" if finding.row is not None else ""),
                f"{finding.column or 'all of it'} ({finding.verdict})",
                finding.text,
                finding.source,
            )
        for claim in catalog.essay.claims.values():
            yield "essay", claim.text, f"claim ({claim.verdict})", claim.checked, claim.source


@lru_cache(maxsize=2)
def facts(catalog: Catalog) -> pd.DataFrame:
    """All facts: kind, about, fact, value, source (title), url, read on, source id, haystack."""
    rows = []
    for kind, about, name, value, ref in _facts(catalog):
        source_id, _, place = ref.partition("#")
        source = catalog.sources.get(source_id)
        title = (source.title if source else f"unknown source {source_id}") + (f", {place}" if place else "")
        rows.append(
            (
                kind,
                about,
                name,
                value,
                title,
                source.url if source else None,
                str(source.accessed) if source else "",
                source_id,
            )
        )
    table = pd.DataFrame(rows, columns=["kind", "about", "fact", "value", "source", "url", "read on", "source id"])
    text = (
        table[["kind", "about", "fact", "value", "source", "source id"]].agg(" ".join, axis=1)
        if len(table)
        else pd.Series(dtype=str)
    )
    return table.assign(haystack=text.str.lower())


@lru_cache(maxsize=256)
def search_facts(catalog: Catalog, words: str) -> Found:
    """Facts that contain every one of the blank-separated words, in any of their columns; all for none."""
    table = facts(catalog)
    wanted = words.lower().split()[:12]
    mask = pd.Series(True, index=table.index)
    for word in wanted:
        mask &= table["haystack"].str.contains(word, regex=False)
    rows = table[mask].drop(columns=["haystack", "source id"])
    if wanted:
        sentence = f"{len(rows):,} of {len(table):,} facts contain “{' '.join(wanted)}”."
        notes = (f"The first {MOST_FOUND} are shown; add a word to narrow it down.",) if len(rows) > MOST_FOUND else ()
    else:
        sentence = f"{len(table):,} facts from {len(catalog.sources)} sources; none without one."
        notes = ("A computed number is never a fact here: pages show its formula and error instead.",)
    return Found(sentence, notes, rows.head(MOST_FOUND))


@lru_cache(maxsize=2)
def sources(catalog: Catalog) -> pd.DataFrame:
    """Every source: title, producer, facts resting on it, published, read on, days ago, licence, url."""
    resting = Counter(facts(catalog)["source id"])
    rows = [
        (
            s.title,
            s.producer,
            resting[key],
            s.published or "",
            s.accessed,
            days_since(s.accessed),
            days_since(s.accessed) > STALE_DAYS,
            s.licence,
            s.url,
            s.note or "",
        )
        for key, s in catalog.sources.items()
    ]
    table = pd.DataFrame(
        rows,
        columns=["source", "producer", "facts", "published", "read on", "days ago", "stale", "licence", "url", "note"],
    )
    return table.sort_values(["facts", "source"], ascending=[False, True], ignore_index=True)
