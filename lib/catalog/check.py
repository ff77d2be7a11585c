"""Facts that contradict each other or point at nothing.

Each check drops what the app could not show truly and says so in one line.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from lib.catalog import schema
from lib.catalog.catalog import Catalog, Problem

T = TypeVar("T")


def source_refs(record: object) -> Iterable[tuple[str, str]]:
    """Name and value of every field of a record that points to a source."""
    for name in type(record).model_fields:  # type: ignore[attr-defined]
        value = getattr(record, name)
        if (name == "source" or name.endswith("_source")) and value:
            yield name, value
        elif name == "sources":
            for key, given in value.items():
                for ref in (given,) if isinstance(given, str) else given:
                    yield f"sources.{key}", ref
        elif name == "disputes":
            for dispute in value:
                yield f"disputes {dispute.field}", dispute.source
        elif isinstance(value, schema.Term) and value.source:
            yield f"{name}.source", value.source


def _last_day(sources: Iterable[schema.Source]) -> str:
    """The latest day a fact can be of: tomorrow, for it is that already elsewhere.

    A clock that says most sources are yet to be read is wrong, and must not take facts away: then a year after those.
    """
    read = sorted(source.accessed for source in sources)
    middle, clock = read[len(read) // 2] if read else "", dt.date.today()
    day = clock if clock.isoformat() >= middle else dt.date(min(int(middle[:4]), 9997) + 1, 12, 31)
    return (day + dt.timedelta(days=1)).isoformat()


def cross_check(catalog: Catalog, problems: tuple[Problem, ...]) -> Catalog:
    """The catalog without the records that point at nothing, and every problem found so far."""
    found = list(problems)
    last = _last_day(catalog.sources.values())

    def future(date: str | None) -> bool:
        return date is not None and date > last

    def fault(place: str, given: str, expected: str) -> None:
        found.append(Problem(place, given, expected))

    def sourced(place: str, record: object) -> None:
        for name, ref in source_refs(record):
            if ref.partition("#")[0] not in catalog.sources:
                fault(f"{place} {name}", repr(ref), "no such source in sources/")

    def keep(place: str, items: Iterable[T], wrong: Callable[[T], str]) -> tuple[T, ...]:
        kept = []
        for item in items:
            if reason := wrong(item):
                fault(place, _short(item), reason + "; left out")
            else:
                kept.append(item)
        return tuple(kept)

    for key, source in catalog.sources.items():
        if future(source.accessed) or future(source.published):
            fault(f"sources [{key}]", f"{source.published} / {source.accessed}", "a date in the future")
    groups: dict[str, Iterable[tuple[str, object]]] = {
        "models": catalog.models.items(), "licences": catalog.licences.items(), "devices": catalog.devices.items(),
        "benchmarks": catalog.benchmarks.items(), "protocols": catalog.protocols.items(),
        "machines": catalog.machines.items(), "runtimes": catalog.runtimes.items(),
        "services": catalog.services.items(), "quantizations": catalog.quantizations.items(),
        "measurements": catalog.measurements.items(),
        "quantization_loss": catalog.quantization_loss.items(), "device_buses": catalog.device_buses.items(),
        "accepted": catalog.accepted.items(),
    }  # fmt: skip
    for group, items in groups.items():
        for key, record in items:
            sourced(f"{group} {key}", record)
    for key, model in catalog.models.items():
        if model.licence not in catalog.licences:
            fault(f"models {key} licence", repr(model.licence), "no such licence in licences.toml")
        if future(model.released):
            fault(f"models {key} released", str(model.released), "a date in the future")
        if model.parameters and model.active_parameters and model.active_parameters > model.parameters:
            fault(f"models {key} active_parameters", str(model.active_parameters), "more than all parameters")

    proportion = _proportions(catalog)

    def score_fault(score: schema.Score) -> str:
        if score.model not in catalog.models:
            return f"no model {score.model!r}"
        if score.protocol not in catalog.protocols:
            return f"no protocol {score.protocol!r}"
        benchmark = catalog.benchmarks.get(score.benchmark)
        if benchmark is None:
            return f"no benchmark {score.benchmark!r}"
        low, high = benchmark.minimum, benchmark.maximum
        if (low is not None and score.value < low) or (high is not None and score.value > high):
            return (
                f"outside the benchmark's range {low:g} to {high:g}"
                if low is not None and high is not None
                else "out of range"
            )
        if proportion(score):
            return "looks like a proportion; the benchmark counts in per cent"
        if score.source.partition("#")[0] not in catalog.sources:
            return f"no source {score.source!r}"
        return "a date in the future" if future(score.date) else ""

    def known_device(item: schema.DeviceConflict) -> str:
        return "" if item.device in catalog.devices else f"no device {item.device!r}"

    def price_fault(price: schema.Price) -> str:
        if price.model not in catalog.models:
            return f"no model {price.model!r}"
        return "a date in the future" if future(price.as_of) else ""

    scores = keep("scores", catalog.scores, score_fault)
    conflicts = keep("device_conflicts.csv", catalog.device_conflicts, known_device)
    prices = keep("prices", catalog.prices, price_fault)
    machines = {}
    for key, machine in catalog.machines.items():
        if key in catalog.devices:
            fault(f"machines.toml [{key}]", "", "a device has the same id; left out")
            continue
        missing = [d for d in (machine.device, machine.cpu) if d and d not in catalog.devices]
        if missing:
            fault(f"machines.toml [{key}]", ", ".join(missing), "no such device; left out")
        else:
            machines[key] = machine
    for key, row in catalog.measurements.items():
        for device in row.device_ids:
            if device not in catalog.devices:
                fault(f"measurements {key}", device, "no such device in devices.csv")
    _check_baselines(catalog, fault)
    if catalog.essay:
        _check_essay(catalog, catalog.essay, fault)
    return replace(
        catalog, scores=scores, device_conflicts=conflicts, prices=prices, machines=machines, problems=tuple(found)
    )


def _proportions(catalog: Catalog) -> Callable[[schema.Score], bool]:
    """Whether a score in per cent looks like a proportion.

    A hard benchmark is scored 0.6 % now and then. A whole column at most 1, a value below chance, or one at most 1
    where nine of ten others are above 5, is none.
    """
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for score in catalog.scores:
        values[score.benchmark, score.protocol].append(score.value)
    tenth = {key: sorted(found)[len(found) // 10] for key, found in values.items()}
    largest = {key: max(found) for key, found in values.items()}

    def looks(score: schema.Score) -> bool:
        benchmark, key = catalog.benchmarks[score.benchmark], (score.benchmark, score.protocol)
        if benchmark.unit != "percent" or not 0 < score.value <= 1:
            return False
        return largest[key] <= 1 or (benchmark.chance or 0) >= 5 or (len(values[key]) >= 5 and tenth[key] > 5)

    return looks


def _check_baselines(catalog: Catalog, fault: Callable[[str, str, str], None]) -> None:
    """A model without quantization has one perplexity in one dataset and source; two show a mix-up of columns."""
    first: dict[tuple[str, str | None, str, str | None], float] = {}
    for key, row in catalog.quantization_loss.items():
        if row.metric == "perplexity" and row.part == "weights" and row.baseline_value is not None:
            group = (row.model, row.dataset, row.source, row.baseline_format)
            known = first.setdefault(group, row.baseline_value)
            if abs(row.baseline_value / known - 1) > 1e-3:
                fault(f"quantization_loss.csv {key}", f"{row.baseline_value:g}", f"another row's baseline is {known:g}")


def _check_essay(catalog: Catalog, essay: schema.Essay, fault: Callable[[str, str, str], None]) -> None:
    for key, table in essay.tables.items():
        for number, row in enumerate(table.rows):
            place = f"essay.toml {key} row {number}"
            for kind, ref, known in (
                ("model", row.model, catalog.models),
                ("measurement", row.measurement, catalog.measurements),
                ("service", row.service, catalog.services),
            ):
                if ref is not None and ref not in known:
                    fault(place, ref, f"no such {kind}")
            if odd := sorted(set(row.cells) - set(table.columns) - {"link"}):
                fault(place, ", ".join(odd), "no such column in the table")
    for finding in essay.findings:
        about = essay.tables.get(finding.table)
        if about is None or (finding.row is not None and finding.row >= len(about.rows)):
            fault("essay.toml findings", f"{finding.table} row {finding.row}", "no such table or row")


def _short(item: object) -> str:
    data = item.model_dump(exclude_none=True)  # type: ignore[attr-defined]
    return " ".join(
        str(data[k]) for k in ("model", "device", "benchmark", "protocol", "provider", "value") if k in data
    )
