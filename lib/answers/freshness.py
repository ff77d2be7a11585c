"""How old the facts of a view are: when their sources were last read, and how many of those were read too long ago.

A view's facts are those of the records it shows; a record's source is looked up whole, without the place inside it.
"Too long ago" depends on the day, so each function takes it and only its default looks at the clock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lib.answers.budget import affordable
from lib.answers.licences import allowed
from lib.answers.machines import rank_machines, wanted_model
from lib.answers.models import ranked_columns
from lib.answers.picks import picks
from lib.answers.scores import index_domain, rank_id, ranked_scores
from lib.catalog import Catalog
from lib.catalog.schema import Record
from lib.cost.watts import BUSIEST, IDLE
from lib.speed.load import DISKS
from lib.view import View

STALE_DAYS = 180
"""A source not read for more days than this is to be checked again."""
DUE_DAYS = 30
"""Sources that become stale within so many days are named as due."""


@dataclass(frozen=True)
class Freshness:
    """When the sources of some facts were last read. Dates are ISO, `None` where there is no source."""

    oldest: str | None
    newest: str | None
    sources: int
    stale_count: int
    """Sources last read more than 180 days before the day asked about."""
    text: str
    """One sentence for the foot of a page."""


def days_since(date: str, today: dt.date | None = None) -> int:
    """Whole days from a date of the catalog (a missing day or month is taken as the first) to today."""
    parts = [int(p) for p in date.split("-")]
    start = dt.date(*[*parts, 1, 1][:3])
    return ((today or dt.date.today()) - start).days


def counted(count: int, noun: str) -> str:
    """`1 source`, `1,204 sources`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def view_freshness(catalog: Catalog, refs: Iterable[str], today: dt.date | None = None) -> Freshness:
    """How old the facts are that rest on `refs` (source ids, with or without `#` and a place). Unknown ids do not count."""
    day = today or dt.date.today()
    named = {ref.partition("#")[0] for ref in refs}
    read = sorted(catalog.sources[key].accessed for key in named if key in catalog.sources)
    if not read:
        return Freshness(None, None, 0, 0, "There is no fact from a source on this page.")
    stale = sum(days_since(date, day) > STALE_DAYS for date in read)
    when = f"on {read[0]}" if read[0] == read[-1] else f"between {read[0]} and {read[-1]}"
    text = f"The facts on this page were read {when}, in {counted(len(read), 'source')}"
    if stale:
        text += f"; {stale:,} of them {'has' if stale == 1 else 'have'} not been checked for {STALE_DAYS} days"
    return Freshness(read[0], read[-1], len(read), stale, text + ".")


_HOLDERS = (tuple, dict, Record)
"""What references may be inside of; most of a record is numbers and names."""


def references(record: object) -> Iterator[str]:
    """Every source reference inside a record: `source`, `…_source`, `sources`, and those of the records in it."""
    if isinstance(record, Record):
        for name in type(record).model_fields:
            value = getattr(record, name)
            if name == "source" or name.endswith("_source"):
                if value is not None:
                    yield value
            elif name == "sources":
                yield from (ref for given in value.values() for ref in ((given,) if isinstance(given, str) else given))
            elif isinstance(value, _HOLDERS):
                yield from references(value)
    elif isinstance(record, tuple | dict):
        for item in record.values() if isinstance(record, dict) else record:
            if isinstance(item, _HOLDERS):
                yield from references(item)


def _ids(*records: object) -> frozenset[str]:
    return frozenset(ref.partition("#")[0] for record in records for ref in references(record))


@dataclass(frozen=True, eq=False)
class RecordSources:
    """Source ids of every record, gathered once a catalog."""

    models: Mapping[str, frozenset[str]]
    """With their licence."""
    devices: Mapping[str, frozenset[str]]
    scores: Mapping[str, Mapping[str, frozenset[str]]]
    """Rank id, then model, to the sources of its scores."""
    comparable: Mapping[str, frozenset[str]]
    """Model to the sources of its scores under comparable protocols: what the index rests on."""
    every: Mapping[str, frozenset[str]]
    """Model to the sources of all its scores."""
    prices: Mapping[str, frozenset[str]]
    formats: frozenset[str]
    essay: frozenset[str]


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """The sources of each key. Equal sets are one object: most scores rest on one of a few sources."""
    alone: dict[str, frozenset[str]] = {}
    joined: dict[tuple[frozenset[str], str], frozenset[str]] = {}
    found: dict[str, frozenset[str]] = {}
    for key, source in pairs:
        held = found.get(key)
        if held is None:
            found[key] = alone.setdefault(source, frozenset((source,)))
        elif source not in held:
            found[key] = joined.setdefault((held, source), held | {source})
    return found


@lru_cache(maxsize=2)
def record_sources(catalog: Catalog) -> RecordSources:
    """Source ids of models, devices, scores and prices, each by its record's id."""
    comparable = {key for key, protocol in catalog.protocols.items() if protocol.comparable}
    scored = [(s.model, s.source.partition("#")[0], s.benchmark, s.protocol) for s in catalog.scores]
    ranked: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for model, source, benchmark, protocol in scored:
        ranked[benchmark, protocol].append((model, source))
    conflicts: dict[str, list[object]] = defaultdict(list)
    for conflict in catalog.device_conflicts:
        conflicts[conflict.device].append(conflict)
    return RecordSources(
        models={key: _ids(model, catalog.licences.get(model.licence)) for key, model in catalog.models.items()},
        devices={
            key: _ids(device, catalog.device_buses.get(key), *conflicts[key]) for key, device in catalog.devices.items()
        },
        scores={rank_id(*rank): _gathered(pairs) for rank, pairs in ranked.items()},
        comparable=_gathered((model, source) for model, source, _, protocol in scored if protocol in comparable),
        every=_gathered((model, source) for model, source, _, _ in scored),
        prices=_gathered((price.model, price.source.partition("#")[0]) for price in catalog.prices),
        formats=_ids(*catalog.quantizations.values()),
        essay=_ids(catalog.essay) | _ids(*(s for s in catalog.scores if s.protocol == "essay")),
    )


def machine_sources(catalog: Catalog, view: View) -> frozenset[str]:
    """Sources of the visitor's machine: its devices, the memory behind them, and who says what is in it."""
    known = record_sources(catalog).devices
    machine = catalog.machines.get(view.hw)
    parts = (machine.device, machine.cpu or view.cpu) if machine else (view.hw, view.cpu)
    return frozenset().union(*(known.get(part, frozenset()) for part in parts), _ids(machine))


def _union(table: Mapping[str, frozenset[str]], keys: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(table.get(key, frozenset()) for key in keys))


def _scored_and_sold(index: RecordSources, models: Iterable[str]) -> frozenset[str]:
    """Sources of all scores and prices of some models."""
    return _union(index.every, models) | _union(index.prices, models)


def rank_sources(catalog: Catalog, rank: str, models: Iterable[str]) -> frozenset[str]:
    """Sources of what models are ranked by, and of what is said of the benchmark and its protocol."""
    index = record_sources(catalog)
    if index_domain(rank) is not None:
        return _union(index.comparable, models)
    benchmark, _, protocol = rank.partition(".")
    about = _ids(catalog.benchmarks.get(benchmark), catalog.protocols.get(protocol))
    return _union(index.scores.get(rank, {}), models) | about


def _listed(catalog: Catalog, view: View) -> tuple[str, ...]:
    """Models a page that draws one benchmark shows."""
    ranked = {model for rank in filter(None, (view.rank, view.against)) for model in ranked_scores(catalog, rank)}
    licences = {key for key, licence in catalog.licences.items() if allowed(licence, view.licence)}
    return tuple(m for m in ranked if view.licence == "any" or catalog.models[m].licence in licences)


def _measured(catalog: Catalog, view: View) -> frozenset[str]:
    """Sources of the measurements the view asks for, of all of them where it asks for nothing, and of how disks read."""
    rows = catalog.measurements.values()
    disks = frozenset(ref.partition("#")[0] for disk in DISKS.values() for ref in disk.source.split("; "))
    return disks | _ids(
        *(
            row
            for row in rows
            if (not view.runtimes or row.runtime in view.runtimes)
            and (not view.devices or set(view.devices) & set(row.device_ids))
        )
    )


def _models_page(catalog: Catalog, view: View) -> frozenset[str]:
    models = frozenset(ranked_columns(catalog, view)["model"])
    return machine_sources(catalog, view) | _of_list(catalog, models, (view.rank, *view.columns))


@lru_cache(maxsize=64)
def _of_list(catalog: Catalog, models: frozenset[str], ranks: tuple[str, ...]) -> frozenset[str]:
    """Of a list of models in any order, which most changes of a view leave the same."""
    index = record_sources(catalog)
    return _union(index.models, models).union(index.formats, *(rank_sources(catalog, rank, models) for rank in ranks))


def _machines_page(catalog: Catalog, view: View) -> frozenset[str]:
    shown = _union(record_sources(catalog).devices, rank_machines(catalog, view)["device"])
    return shown | _memory_page(catalog, view)


def _memory_page(catalog: Catalog, view: View) -> frozenset[str]:
    """Of the visitor's machine, the model looked at, and the formats it may be in."""
    index = record_sources(catalog)
    key = str(view.model) if view.model in catalog.models else wanted_model(catalog, view)
    return machine_sources(catalog, view) | index.models.get(key, frozenset()) | index.formats


def _model_page(catalog: Catalog, view: View) -> frozenset[str]:
    key = str(view.model) if view.model in catalog.models else wanted_model(catalog, view)
    return _memory_page(catalog, view) | _scored_and_sold(record_sources(catalog), (key,))


def _speed_page(catalog: Catalog, view: View) -> frozenset[str]:
    return _memory_page(catalog, view) | _measured(catalog, view)


def _compare_page(catalog: Catalog, view: View) -> frozenset[str]:
    index = record_sources(catalog)
    shown = _union(index.models, view.models) | _scored_and_sold(index, view.models)
    return machine_sources(catalog, view) | shown | index.formats


def _benchmark_page(catalog: Catalog, view: View) -> frozenset[str]:
    models, ranks = _listed(catalog, view), filter(None, (view.rank, view.against))
    return _union(record_sources(catalog).models, models).union(
        *(rank_sources(catalog, rank, models) for rank in ranks)
    )


def _grid_page(catalog: Catalog, view: View) -> frozenset[str]:
    machines = (catalog.machines[key] for key in view.machines if key in catalog.machines)
    parts = [
        (machine, _union(record_sources(catalog).devices, filter(None, (machine.device, machine.cpu))))
        for machine in machines
    ]
    return _benchmark_page(catalog, view).union(
        record_sources(catalog).formats, *(_ids(m) | devices for m, devices in parts)
    )


def _cost_page(catalog: Catalog, view: View) -> frozenset[str]:
    watts = (ref.partition("#")[0] for w in (*IDLE.values(), *BUSIEST.values()) for ref in w.source.split("; "))
    hosted = _ids(*catalog.prices, *catalog.services.values())
    return _memory_page(catalog, view).union(hosted, watts)


def _run_page(catalog: Catalog, view: View) -> frozenset[str]:
    """Of everything that suits the task, the index it is picked by, the machines, and the programs' own documents."""
    page, index = picks(catalog, view), record_sources(catalog)
    machines = _union(index.devices, (rig.device.id for rig in affordable(catalog, view))) if view.by == "budget" else machine_sources(catalog, view)  # fmt: skip
    models = page.candidates["model"]
    return machines.union(_union(index.models, models), index.formats, rank_sources(catalog, page.rank, models), _ids(*catalog.runtimes.values()))  # fmt: skip


_PAGES: Mapping[str, Callable[[Catalog, View], frozenset[str]]] = {
    "models": _models_page,
    "machines": _machines_page,
    "memory": _memory_page,
    "model": _model_page,
    "speed": _speed_page,
    "compare": _compare_page,
    "benchmarks": _benchmark_page,
    "timeline": _benchmark_page,
    "grid": _grid_page,
    "run": _run_page,
    "cost": _cost_page,
    "essay": lambda catalog, _: record_sources(catalog).essay,
}
"""Source ids of what a page shows under a view. Pages that are not named draw on all of the catalog."""


def source_ids(catalog: Catalog, page: str, view: View) -> frozenset[str]:
    """Ids of the sources that what a page shows under a view rests on; of all of them for a page that is not named."""
    return _PAGES[page](catalog, view) if page in _PAGES else frozenset(catalog.sources)


@lru_cache(maxsize=1024)
def _fresh(catalog: Catalog, page: str, view: View, today: dt.date) -> Freshness:
    return _read(catalog, source_ids(catalog, page, view), today)


@lru_cache(maxsize=256)
def _read(catalog: Catalog, ids: frozenset[str], today: dt.date) -> Freshness:
    """`view_freshness` of sources that many views share."""
    return view_freshness(catalog, ids, today)


def freshness_of(catalog: Catalog, page: str, view: View, today: dt.date | None = None) -> Freshness:
    """How old the facts on one page are under one view, counted to `today` (this day where none is given).

    `page` is a name of `lib.view.PAGES`. Cached: a page that has been answered already costs microseconds.
    """
    return _fresh(catalog, page, view, today or dt.date.today())
