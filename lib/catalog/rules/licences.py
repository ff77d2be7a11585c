"""Models under the wrong kind of licence, licences under no model."""

from __future__ import annotations

from collections.abc import Iterator

from lib.catalog.catalog import Catalog, Problem
from lib.catalog.licence_answers import QUESTIONS

SPDX = frozenset(
    {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-SA-4.0", "CC0-1.0",
     "GPL-3.0-only", "GPL-3.0-or-later", "ISC", "MIT", "MPL-2.0", "Unlicense"}
)  # fmt: skip
"""Ids of https://spdx.org/licenses/ that weights are published under."""


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


def family(catalog: Catalog) -> Iterator[Problem]:
    """A licence named after a family is that of its models, and of each version its own: Llama 3.1's is not Llama 3's."""
    for key, model in catalog.models.items():
        named = [licence for licence in catalog.licences if key.startswith(f"{licence}-")]
        if named and not model.licence.startswith(own := max(named, key=len)):
            yield Problem(f"models {key} licence", model.licence, f"{own}, as its name says", "licence-family")


def answered(catalog: Catalog) -> Iterator[Problem]:
    """Every question has an answer, if only that it is not known, and an id others know is spelt as they do."""
    for key, licence in catalog.licences.items():
        for field in QUESTIONS:
            if getattr(licence, field) is None:
                yield Problem(f"licences.toml [{key}] {field}", "", "an answer; `unknown` where it is", "licence")
        spdx = licence.spdx
        if spdx and spdx not in SPDX and not spdx.startswith("LicenseRef-"):
            yield Problem(f"licences.toml [{key}] spdx", spdx, "an id of spdx.org/licenses, or LicenseRef-…", "licence")


RULES = (fits, used, family, answered)
