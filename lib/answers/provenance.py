"""Where facts come from, what rests on each source, and any fact by its words."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import chain

import pandas as pd

from lib.answers.vocabulary import days_since
from lib.catalog import Catalog
from lib.catalog.schema import Model, Source

STALE_DAYS = 180
MOST_FOUND = 500
MOST_WORDS = 12
_ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)+")


@dataclass(frozen=True, eq=False)
class Found:
    sentence: str
    notes: tuple[str, ...]
    rows: pd.DataFrame
    """kind, about, fact, value, source, url, read on."""


Fact = tuple[str, str, str, str, str]
Facts = Iterator[Fact]
"""Kind, about, field, value, source reference."""


def _model_refs(model: Model, name: str) -> tuple[str, ...]:
    """What a field of a model rests on.

    A field without a source of its own and without a `default` was read from the record that identifies the model:
    the first reference that names its repository, else the first of all.
    """
    refs = model.sources.get(name, model.sources.get("default"))
    if refs is not None:
        return (refs,) if isinstance(refs, str) else refs
    given = [ref for own in model.sources.values() for ref in ((own,) if isinstance(own, str) else own)]
    repository = (model.hugging_face or "").lower()
    return tuple([ref for ref in given if repository and repository in ref.lower()][:1] or given[:1])


def _of_models(catalog: Catalog) -> Facts:
    # Notes are left out: they are our own remarks, and no source says them.
    for model in catalog.models.values():
        shape = model.architecture
        for name, value in (
            ("publisher", model.publisher), ("released", model.released), ("licence", model.licence),
            ("open_weights", "yes" if model.open_weights else "no"), ("context_tokens", model.context_tokens),
            ("parameters", model.parameters), ("active_parameters", model.active_parameters),
            ("input", " ".join(model.input)), ("output", " ".join(model.output)), ("hugging_face", model.hugging_face),
            ("gguf", " ".join(model.gguf) or None), ("ollama", model.ollama),
            ("architecture", f"{shape.family}: {shape.layers} layers, hidden size {shape.hidden_size}, {shape.attention_heads} heads, vocabulary {shape.vocabulary_size}" if shape else None),
        ):  # fmt: skip
            if value is not None:
                shown = f"{value:,}" if isinstance(value, int) else value
                for ref in _model_refs(model, name):
                    yield "model", model.name, name.replace("_", " "), shown, ref
        for dispute in model.disputes:
            said = f"{dispute.value}: {dispute.note}"
            yield "model", model.name, f"{dispute.field} ({dispute.verdict})", said, dispute.source


def _of_scores(catalog: Catalog) -> Facts:
    for benchmark in catalog.benchmarks.values():
        for name, value in (
            ("what it measures", benchmark.measures), ("score of guessing", benchmark.chance), ("score of people", benchmark.human),
            ("saturated", benchmark.saturated), ("caveats", benchmark.caveats),
        ):  # fmt: skip
            if value is not None:
                shown = f"{value:g}" if isinstance(value, float) else value
                yield "benchmark", benchmark.name, name, shown, benchmark.source
    for protocol in catalog.protocols.values():
        yield "protocol", protocol.name, "how it is run", protocol.described, protocol.source
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


def _of_devices(catalog: Catalog) -> Facts:
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
    for machine in catalog.machines.values():
        parts = (
            f"{machine.count} × {catalog.devices[machine.device].name}", f"{machine.ram_gib:,} GiB RAM",
            catalog.devices[machine.cpu].name if machine.cpu else None,
            f"${machine.price_usd:,g}" if machine.price_usd else None, machine.note,
        )  # fmt: skip
        yield "machine", machine.name, "what it is", ", ".join(filter(None, parts)), machine.source
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


def _of_software(catalog: Catalog) -> Facts:
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
            bits = f"{quantization.bits_per_weight:g}"
            yield "quantization", quantization.name, "bits a weight", bits, quantization.source
        elif quantization.note:
            yield "quantization", quantization.name, "what it is", quantization.note, quantization.source
    for loss in catalog.quantization_loss.values():
        name = f"{loss.metric} of {loss.format}" + (" cache" if loss.part == "kv-cache" else "")
        said = f"{loss.value:g} against {loss.baseline_format}" + (
            "" if loss.baseline_value is None else f"'s {loss.baseline_value:g}"
        )
        extra = ", ".join(filter(None, (loss.dataset, loss.conditions)))
        yield "quantization loss", loss.model, name, said + (f" ({extra})" if extra else ""), loss.source
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


def _of_essay(catalog: Catalog) -> Facts:
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


def _cited(catalog: Catalog, ref: str) -> tuple[str, dict[str, Source]]:
    """A reference in words, and the sources it names: its own, and others the place inside it speaks of by id.

    Ids that are a single word are not looked for there: `essay` may be only a word.
    """
    own, _, place = ref.partition("#")
    named = {own: catalog.sources[own]} if own in catalog.sources else {}
    for word in _ID.findall(place):
        if word != own and word in catalog.sources:
            named[word] = catalog.sources[word]
            place = place.replace(word, named[word].title)
    title = named[own].title if own in named else f"unknown source {own}"
    return title + (f", {place}" if place else ""), named


@lru_cache(maxsize=2)
def facts(catalog: Catalog) -> pd.DataFrame:
    """All facts: kind, about, fact, value, source (title), url, read on, source id, haystack.

    A fact that rests on several sources has a row for each; the haystack is what a search looks in, in lower case.
    """
    rows = []
    cited = cache(partial(_cited, catalog))
    for fact in chain.from_iterable(
        of(catalog) for of in (_of_models, _of_scores, _of_devices, _of_software, _of_essay)
    ):
        told = fact[:4]
        own = fact[4].partition("#")[0]
        title, named = cited(fact[4])
        there: dict[str, Source | None] = {**named} or {own: None}
        for key, source in there.items():
            shown = title if key == own or source is None else source.title
            url, read = (source.url, source.accessed) if source else (None, "")
            rows.append((*told, shown, url, read, key, " ".join((*told, shown, key)).lower()))
    columns = ["kind", "about", "fact", "value", "source", "url", "read on", "source id", "haystack"]
    return pd.DataFrame(rows, columns=columns)


@lru_cache(maxsize=256)
def search_facts(catalog: Catalog, words: str) -> Found:
    """Facts that contain every one of the blank-separated words, in any of their columns; all for none.

    Only the first 12 words are looked for, and only the first 500 facts are given: the notes say so where it matters.
    """
    table = facts(catalog)
    given = words.lower().split()
    wanted = given[:MOST_WORDS]
    mask = pd.Series(True, index=table.index)
    for word in wanted:
        mask &= table["haystack"].str.contains(word, regex=False)
    rows = table[mask].drop(columns=["haystack", "source id"])
    notes = []
    if wanted:
        sentence = f"{len(rows):,} of {len(table):,} facts contain “{' '.join(wanted)}”."
        if left := given[MOST_WORDS:]:
            notes.append(f"Only the first {MOST_WORDS} words are looked for; left out: {' '.join(left)}.")
        if len(rows) > MOST_FOUND:
            notes.append(f"The first {MOST_FOUND} are shown; add a word to narrow it down.")
    else:
        sentence = f"{len(table):,} facts from {len(catalog.sources)} sources; none without one."
        notes.append("A computed number is never a fact here: pages show its formula and error instead.")
        notes.append("A model's field without a source of its own is shown with the record that names the model.")
    return Found(sentence, tuple(notes), rows.head(MOST_FOUND))


def sources(catalog: Catalog, today: dt.date | None = None) -> pd.DataFrame:
    """Every source: title, producer, facts resting on it, published, read on, days ago, licence, url.

    `today` is the day that "days ago" and "stale" are counted to; without it, this one.
    """
    return _sources(catalog, today or dt.date.today())


@lru_cache(maxsize=2)
def _sources(catalog: Catalog, today: dt.date) -> pd.DataFrame:
    resting = Counter(facts(catalog)["source id"])
    rows = [
        (
            s.title, s.producer, resting[key], s.published or "", s.accessed, days_since(s.accessed, today),
            days_since(s.accessed, today) > STALE_DAYS, s.licence, s.url, s.note or "",
        )
        for key, s in catalog.sources.items()
    ]  # fmt: skip
    table = pd.DataFrame(
        rows,
        columns=["source", "producer", "facts", "published", "read on", "days ago", "stale", "licence", "url", "note"],
    )
    return table.sort_values(["facts", "source"], ascending=[False, True], ignore_index=True)
