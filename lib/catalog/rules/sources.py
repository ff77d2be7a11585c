"""Sources nothing comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lib.catalog.catalog import Catalog, Problem
from lib.catalog.check import source_refs
from lib.catalog.schema import Record


def referred(catalog: Catalog) -> set[str]:
    """Ids of every source a loaded fact names."""
    groups: tuple[Iterable[Record], ...] = (
        catalog.models.values(), catalog.licences.values(), catalog.devices.values(), catalog.device_buses.values(),
        catalog.benchmarks.values(), catalog.protocols.values(), catalog.machines.values(), catalog.runtimes.values(),
        catalog.services.values(), catalog.quantizations.values(), catalog.quantization_loss.values(),
        catalog.measurements.values(), catalog.accepted.values(), catalog.device_conflicts,
        *((catalog.essay.findings, catalog.essay.claims.values()) if catalog.essay else ()),
    )  # fmt: skip
    named = {score.source for score in catalog.scores} | {price.source for price in catalog.prices}
    named.update(ref for group in groups for record in group for _, ref in source_refs(record))
    return {ref.partition("#")[0] for ref in named}


def unused(catalog: Catalog, elsewhere: str) -> Iterator[Problem]:
    """Sources no fact names, neither among the loaded ones nor in `elsewhere`."""
    for key in sorted(set(catalog.sources) - referred(catalog)):
        if key not in elsewhere:
            yield Problem(f"sources [{key}]", "", "a fact that comes from it", "unused")
    for key, source in catalog.sources.items():
        if source.published and source.published[: len(source.accessed)] > source.accessed:
            yield Problem(f"sources [{key}] accessed", source.accessed, f"published only {source.published}", "dates")


def aliases(catalog: Catalog) -> Iterator[Problem]:
    """A name means one model."""
    seen: dict[tuple[str, str], str] = {}
    for row in catalog.aliases:
        first = seen.setdefault((row.list, row.name), row.model)
        if first != row.model:
            yield Problem(
                f"aliases.csv {row.list} {row.name} model", row.model, f"{first}, as another row has it", "alias"
            )


RULES = (aliases,)
