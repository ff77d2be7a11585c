"""What one may do with a model, as answers to the questions people ask. Not legal advice."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lib.catalog.schema.base import Https, Positive, Record, SourceRef, Text

Permission = Literal["yes", "conditions", "no", "unknown"]


class Term(Record):
    """What a licence says to one question, in our words."""

    answer: Permission
    """`conditions`: in some cases only, which `text` names; `unknown`: the text was not to be read, or is silent."""
    text: Text
    clause: Text | None = None
    """Where in the licence it says so."""
    source: SourceRef | None = None
    """Where that was read, if not where the licence's other terms were."""


class UserCap(Term):
    """Whether a product with very many users needs a licence of its own."""

    monthly_users: Annotated[int, Field(ge=1)] | None = None


class RevenueCap(Term):
    """Whether a company that takes much money needs a licence of its own."""

    usd: Positive | None = None
    per: Literal["month", "year"] | None = None


class Regions(Term):
    """Whether the licence is not granted to people in some places."""

    excluded: tuple[Text, ...] = ()


class Licence(Record):
    name: Text
    spdx: Text | None = None
    url: Https
    openness: Literal["open-source", "open-weights", "non-commercial", "closed"]
    """`open-source`: no field of use excluded (OSI); `open-weights`: to be had, under terms."""
    commercial: Permission
    """Whether a product made with the model may be sold."""
    train_others: Term | None = None
    """Whether the model's output may be used to train or improve other models."""
    user_cap: UserCap | None = None
    revenue_cap: RevenueCap | None = None
    attribution: Term | None = None
    """Whether something must be shown or passed on."""
    regions: Regions | None = None
    conditions: tuple[Text, ...] = ()
    source: SourceRef

    @model_validator(mode="after")
    def _agrees(self) -> Licence:
        bounds = {"user_cap": self.user_cap, "revenue_cap": self.revenue_cap, "regions": self.regions}
        bound = [name for name, term in bounds.items() if term and term.answer in ("yes", "conditions")]
        if self.commercial == "yes" and bound:
            raise ValueError(f"commercial use without conditions, and yet {', '.join(bound)}")
        if self.regions and bool(self.regions.excluded) != (self.regions.answer in ("yes", "conditions")):
            raise ValueError("regions: `excluded` names regions exactly when the answer is yes or conditions")
        if self.revenue_cap and (self.revenue_cap.usd is None) != (self.revenue_cap.per is None):
            raise ValueError("revenue_cap: an amount needs `per`, and `per` an amount")
        return self
