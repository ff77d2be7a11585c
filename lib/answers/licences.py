"""Which licences allow what a visitor wants to do."""

from __future__ import annotations

from lib.catalog.licence_answers import may_sell, may_train
from lib.catalog.schema import Licence


def allowed(licence: Licence, wish: str) -> bool:
    """Whether a licence allows `wish` (one of `LicenceUse`), if need be under conditions. What is unknown is not allowed."""
    if wish == "open":
        return licence.openness == "open-source"
    return wish == "any" or (may_sell if wish == "commercial" else may_train)(licence) in ("yes", "conditions")
