"""Every fact of the catalog in words: what it is about, the field, the value, and the source it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from lib.answers.glossary import GLOSSARY
from lib.answers.picks_rules import TASK_RULES
from lib.answers.questions import QUESTIONS
from lib.answers.tour_stops import PAGE_RULE
from lib.catalog import Catalog
from lib.catalog.schema import Model, Term
from lib.cost.electricity import HOME_PRICES
from lib.cost.watts import BUSIEST, IDLE
from lib.speed.load import DISKS

Fact = tuple[str, str, str, str, str]
Facts = Iterator[Fact]
"""Kind, about, field, value, source reference."""


_FIELDS = {"what it measures": "measures", "score of guessing": "chance", "score of people": "human"}
"""Fields of a benchmark that go by other words here."""


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
            ("items", benchmark.items), ("contamination", benchmark.contamination),
        ):  # fmt: skip
            if value is not None:
                shown = f"{value:,g}" if isinstance(value, int | float) else value
                field = _FIELDS.get(name, name)
                yield "benchmark", benchmark.name, name, shown, benchmark.sources.get(field, benchmark.source)
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
    for bus in catalog.device_buses.values():
        name = catalog.devices[bus.device].name if bus.device in catalog.devices else bus.device
        said = f"{bus.bus_bits:,} bits × {bus.rate_gbit_per_s_per_pin:g} Gbit/s"
        yield "device", name, "memory bus", said, bus.source
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
        for field in ("train_others", "user_cap", "revenue_cap", "attribution", "regions"):
            term: Term | None = getattr(licence, field)
            if term is not None:
                said = f"{term.answer}: {term.text}"
                yield "licence", licence.name, field.replace("_", " "), said, term.source or licence.source
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
        if runtime.options_source:
            yield "runtime", runtime.name, "documented options", " ".join(runtime.options), runtime.options_source
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


def _of_formulas(catalog: Catalog) -> Facts:
    """What stands beside the code it goes into, with sources of the catalog: disks, watts, electricity, words, rules of thumb."""
    told = [
        (
            "disk",
            disk.name,
            "reads a large file at",
            f"{_span(disk.low_gb_per_s, disk.high_gb_per_s)} GB/s",
            disk.source,
        )
        for disk in DISKS.values()
    ]
    told += [
        ("power", w.what, name, f"{_span(w.low_w, w.high_w)} W", w.source) for name, w in {**IDLE, **BUSIEST}.items()
    ]
    told += [
        ("electricity", h.where, f"price of {h.year}", f"${h.usd_per_kwh:g} a kilowatt-hour", h.source)
        for h in HOME_PRICES
    ]
    told += [("word", word, "what it means", term.sentence, term.source) for word, term in GLOSSARY.items()]
    told += [("rule of thumb", about, "counts as", said, source) for about, said, source in (PAGE_RULE, *TASK_RULES)]
    told += [("question", asked.text, "is asked", asked.group, asked.asked_at) for asked in QUESTIONS]
    for kind, about, field, value, sources in told:
        for ref in sources.split("; "):
            if ref.partition("#")[0] in catalog.sources:
                yield kind, about, field, value, ref


def _span(low: float, high: float) -> str:
    return " to ".join(f"{end:g}" for end in dict.fromkeys((low, high)))


def _of_essay(catalog: Catalog) -> Facts:
    for key, kept in catalog.accepted.items():
        if kept.source is not None:
            yield "check", key, kept.rule, kept.reason, kept.source
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


def every_fact(catalog: Catalog) -> Facts:
    """All facts, kind by kind. A fact that rests on several sources comes once for each."""
    kinds = (_of_models, _of_scores, _of_devices, _of_formulas, _of_software, _of_essay)
    return chain.from_iterable(of(catalog) for of in kinds)
