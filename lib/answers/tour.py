"""A tour of the words this dashboard uses, on the visitor's own machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from lib.answers.budget import affordable
from lib.answers.glossary import GLOSSARY
from lib.answers.machine import bandwidth_of, rig_of
from lib.answers.machines import wanted_model
from lib.answers.models import rank_models
from lib.answers.sentences import models_answer
from lib.answers.tour_stops import STOPS, Here, Stop
from lib.catalog import Catalog
from lib.view import View

__all__ = ["GLOSSARY", "Stop", "Tour", "tour"]


@dataclass(frozen=True, eq=False)
class Tour:
    sentence: str
    notes: tuple[str, ...]
    stops: tuple[Stop, ...] = ()
    glossary: pd.DataFrame = field(default_factory=pd.DataFrame)
    """term, meaning, source, url."""


@lru_cache(maxsize=64)
def tour(catalog: Catalog, view: View) -> Tour:
    """The tour for a view's machine. Cached: treat its frames as read-only."""
    words = _glossary(catalog)
    here = _here(catalog, view)
    if here is None:
        return Tour(f"No device with a known price costs ${view.budget:,} or less, so there is no machine to show the words on.", (), (), words)  # fmt: skip
    top = here.rows[here.rows["model"] == here.model].iloc[0]
    reads = bandwidth_of(here.rig.device)
    speed = f", about {top['decode_text']} tokens/s" if top["decode_text"] else ""
    said = f"What decides which models run on {here.name}: {here.limit_gb:,.1f} GB of memory for models{f', read at {reads:,.0f} GB/s' if reads else ''}. With {here.title(here.model)}{speed}, here is what each word means."
    stops = tuple(make(here) for make in STOPS)
    return Tour(said, ("Every picture is of the machine in the row above; change it, and they change.",), stops, words)


def _here(catalog: Catalog, view: View) -> Here | None:
    rows = rank_models(catalog, view)
    key = wanted_model(catalog, view.model_copy(update={"model": models_answer(catalog, view).chosen}))
    if view.by == "machine":
        return Here(catalog, view, rig_of(catalog, view), rows, key)
    rigs = affordable(catalog, view)
    at = rows.loc[rows["model"] == key, "machine"]
    rig = next((r for r in rigs if len(at) and r.name == at.iloc[0]), rigs[0] if rigs else None)
    return None if rig is None else Here(catalog, view, rig, rows, key)


def _glossary(catalog: Catalog) -> pd.DataFrame:
    rows = [(term, known.sentence, *catalog.cited(known.source)) for term, known in GLOSSARY.items()]
    return pd.DataFrame(rows, columns=["term", "meaning", "source", "url"])
