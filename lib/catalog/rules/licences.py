"""Models under the wrong kind of licence, licences under no model."""

from __future__ import annotations

from collections.abc import Iterator

from lib.catalog.catalog import Catalog, Problem


def fits(catalog: Catalog) -> Iterator[Problem]:
    """Weights one can download have a licence for weights."""
    for key, model in catalog.models.items():
        licence = catalog.licences.get(model.licence)
        if licence and model.open_weights == (licence.openness == "closed"):
            expected = "open weights under an open licence, closed ones under a closed one"
            yield Problem(f"models {key} licence", model.licence, expected, "licence")


def used(catalog: Catalog) -> Iterator[Problem]:
    """A licence no model has is a leftover, or a model has the wrong one."""
    for key in sorted(set(catalog.licences) - {model.licence for model in catalog.models.values()}):
        yield Problem(f"licences.toml [{key}]", "", "a model under it", "licence")


RULES = (fits, used)
