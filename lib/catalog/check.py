"""Facts that contradict each other or point at nothing.

Each check drops what the app could not show truly and says so in one line.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar, get_args

from pydantic import BaseModel

from lib.catalog import schema
from lib.catalog.catalog import Catalog, Problem

T = TypeVar("T", bound=BaseModel)


@cache
def _citing(kind: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Fields of a kind of record that say where facts come from, and how: one reference, many, disputes, or inside a term."""
    found = []
    for name, about in kind.model_fields.items():
        if name == "source" or name.endswith("_source"):
            found.append((name, "one"))
        elif name in ("sources", "disputes"):
            found.append((name, name))
        elif any(
            isinstance(kind_of, type) and issubclass(kind_of, schema.Term) for kind_of in get_args(about.annotation)
        ):
            found.append((name, "term"))
    return tuple(found)


def source_refs(record: BaseModel) -> Iterable[tuple[str, str]]:
    """Name and value of every field of a record that points to a source."""
    for name, how in _citing(type(record)):
        value = getattr(record, name)
        if not value:
            continue
        if how == "one":
            yield name, value
        elif how == "sources":
            for key, given in value.items():
                for ref in (given,) if isinstance(given, str) else given:
                    yield f"sources.{key}", ref
        elif how == "disputes":
            for dispute in value:
                yield f"disputes {dispute.field}", dispute.source
        elif value.source:
            yield f"{name}.source", value.source


DATES = frozenset(
    {"accessed", "as_of", "build_date", "date", "launched", "measured", "measured_on", "published", "released", "street_price_as_of"}
)  # fmt: skip
"""Fields that say when something was; nothing was tomorrow."""


class _Faults:
    """Problems, one for each thing that is wrong however many records it meets."""

    def __init__(self, unread: frozenset[str]) -> None:
        self.unread = unread
        """Ids of records that could not be read: a problem of its own names each."""
        self.met: dict[tuple[str, str, str, str], list[str]] = {}

    def __call__(self, place: str, field: str, given: str, expected: str) -> None:
        self.met.setdefault((place.partition(" ")[0], field, given, expected), []).append(place)

    def missing(self, place: str, field: str, ref: str, expected: str) -> None:
        """A reference to nothing; silent where what it names is there and was found wrong itself."""
        if ref.partition("#")[0] not in self.unread:
            self(place, field, repr(ref), expected)

    def problems(self) -> Iterable[Problem]:
        for (_, field, given, expected), places in self.met.items():
            more = f" and {len(places) - 1} more" if len(places) > 1 else ""
            yield Problem(f"{places[0]}{more} {field}".rstrip(), given, expected)


def _last_day(sources: Iterable[schema.Source]) -> str:
    """The latest day a fact can be of: tomorrow, for it is that already elsewhere.

    A clock that says most sources are yet to be read is wrong, and must not take facts away: then a year after those.
    """
    read = sorted(source.accessed for source in sources)
    middle, clock = read[len(read) // 2] if read else "", dt.date.today()
    day = clock if clock.isoformat() >= middle else dt.date(min(int(middle[:4]), 9997) + 1, 12, 31)
    return (day + dt.timedelta(days=1)).isoformat()


def cross_check(
    catalog: Catalog,
    problems: tuple[Problem, ...],
    lines: Mapping[type[BaseModel], Sequence[str]] | None = None,
    unread: frozenset[str] = frozenset(),
) -> Catalog:
    """The catalog without the records that point at nothing, and every problem found so far.

    `lines` says where each row of a kind stands, in their order; `unread` names records that were left out already.
    """
    fault = _Faults(unread)
    lines = lines or {}
    last = _last_day(catalog.sources.values())
    groups: dict[str, Mapping[str, BaseModel]] = {
        "sources": catalog.sources, "models": catalog.models, "licences": catalog.licences, "devices": catalog.devices,
        "benchmarks": catalog.benchmarks, "protocols": catalog.protocols, "machines": catalog.machines,
        "runtimes": catalog.runtimes, "services": catalog.services, "quantizations": catalog.quantizations,
        "measurements": catalog.measurements, "quantization_loss": catalog.quantization_loss,
        "device_buses": catalog.device_buses, "accepted": catalog.accepted,
    }  # fmt: skip
    for group, items in groups.items():
        for key, record in items.items():
            place = f"{group} {key}"
            for name, ref in source_refs(record):
                if ref.partition("#")[0] not in catalog.sources:
                    fault.missing(place, name, ref, "no such source in sources/")
            for name in DATES & type(record).model_fields.keys():
                if (date := getattr(record, name)) is not None and date > last:
                    fault(place, name, date, "a date in the future")
    for key, model in catalog.models.items():
        if model.licence not in catalog.licences:
            fault.missing(f"models {key}", "licence", model.licence, "no such licence in licences.toml")
        if model.parameters and model.active_parameters and model.active_parameters > model.parameters:
            fault(f"models {key}", "active_parameters", str(model.active_parameters), "more than all parameters")

    def keep(kind: type[T], rows: Sequence[T], file: str, wrong: Callable[[T, str], bool]) -> tuple[T, ...]:
        where: Iterable[str] = lines.get(kind) or itertools.repeat(file)
        return tuple(row for row, place in zip(rows, where, strict=False) if not wrong(row, place))

    def pointless(place: str, named: Iterable[tuple[str, str, Mapping[str, object]]], date: str | None) -> bool:
        """Whether a row names something there is not, or a day to come."""
        for field, ref, known in named:
            if ref.partition("#")[0] not in known:
                fault.missing(place, field, ref, f"no such {field}; left out")
                return True
        if date is not None and date > last:
            fault(place, "date" if "scores" in place else "as_of", date, "a date in the future; left out")
            return True
        return False

    looks_like_share = _proportions(catalog)

    def wrong_score(score: schema.Score, place: str) -> bool:
        named = (
            ("model", score.model, catalog.models), ("protocol", score.protocol, catalog.protocols),
            ("benchmark", score.benchmark, catalog.benchmarks), ("source", score.source, catalog.sources),
        )  # fmt: skip
        if pointless(place, named, score.date):
            return True
        benchmark = catalog.benchmarks[score.benchmark]
        low, high = benchmark.minimum, benchmark.maximum
        why = ""
        if (low is not None and score.value < low) or (high is not None and score.value > high):
            ends = [f"{end:g}" for end in (low, high) if end is not None]
            why = f"outside the benchmark's range {' to '.join(ends) if len(ends) == 2 else f'of {ends[0]} at the end'}"
        elif looks_like_share(score):
            why = "looks like a proportion; the benchmark counts in per cent"
        elif lines and not place.startswith(f"scores/{score.protocol}.csv"):
            fault(place, "protocol", repr(score.protocol), "the protocol its file is named by; left out")
            return True
        if why:
            fault(place, "value", f"{score.value:g}", f"{why} ({score.model}, {score.benchmark}); left out")
        return bool(why)

    def wrong_price(price: schema.Price, place: str) -> bool:
        named = (("model", price.model, catalog.models), ("source", price.source, catalog.sources))
        return pointless(place, named, price.as_of)

    def wrong_conflict(row: schema.DeviceConflict, place: str) -> bool:
        return pointless(place, (("device", row.device, catalog.devices),), None)

    def wrong_alias(row: schema.Alias, place: str) -> bool:
        return pointless(place, (("model", row.model, catalog.models),), None)

    scores = keep(schema.Score, catalog.scores, "scores", wrong_score)
    conflicts = keep(schema.DeviceConflict, catalog.device_conflicts, "device_conflicts.csv", wrong_conflict)
    prices = keep(schema.Price, catalog.prices, "prices", wrong_price)
    aliases = keep(schema.Alias, catalog.aliases, "aliases.csv", wrong_alias)
    machines = {}
    for key, machine in catalog.machines.items():
        place = f"machines.toml [{key}]"
        named = [(f, d) for f in ("device", "cpu") if (d := getattr(machine, f)) and d not in catalog.devices]
        for field, device in named:
            fault.missing(place, field, device, "no such device; left out")
        if key in catalog.devices:
            fault(place, "", "", "a device has the same id; left out")
        elif not named:
            machines[key] = machine
    for key, row in catalog.measurements.items():
        for device in row.device_ids:
            if device not in catalog.devices:
                fault.missing(f"measurements {key}", "device_ids", device, "no such device in devices.csv")
    _check_baselines(catalog, fault)
    if catalog.essay:
        _check_essay(catalog, catalog.essay, fault)
    return replace(
        catalog, scores=scores, device_conflicts=conflicts, prices=prices, aliases=aliases, machines=machines,
        problems=(*problems, *fault.problems()),
    )  # fmt: skip


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


def _check_baselines(catalog: Catalog, fault: Callable[[str, str, str, str], None]) -> None:
    """A model without quantization has one perplexity in one dataset and source; two show a mix-up of columns."""
    first: dict[tuple[str, str | None, str, str | None], float] = {}
    for key, row in catalog.quantization_loss.items():
        if row.metric == "perplexity" and row.part == "weights" and row.baseline_value is not None:
            group = (row.model, row.dataset, row.source, row.baseline_format)
            known = first.setdefault(group, row.baseline_value)
            if abs(row.baseline_value / known - 1) > 1e-3:
                expected = f"another row's baseline is {known:g}"
                fault(f"quantization_loss.csv {key}", "baseline_value", f"{row.baseline_value:g}", expected)


def _check_essay(catalog: Catalog, essay: schema.Essay, fault: Callable[[str, str, str, str], None]) -> None:
    for key, table in essay.tables.items():
        for number, row in enumerate(table.rows):
            place = f"essay.toml {key} row {number}"
            for kind, ref, known in (
                ("model", row.model, catalog.models),
                ("measurement", row.measurement, catalog.measurements),
                ("service", row.service, catalog.services),
            ):
                if ref is not None and ref not in known:
                    fault(place, kind, ref, f"no such {kind}")
            if odd := sorted(set(row.cells) - set(table.columns) - {"link"}):
                fault(place, "cells", ", ".join(odd), "no such column in the table")
    for finding in essay.findings:
        about = essay.tables.get(finding.table)
        if about is None or (finding.row is not None and finding.row >= len(about.rows)):
            fault("essay.toml findings", "row", f"{finding.table} row {finding.row}", "no such table or row")
