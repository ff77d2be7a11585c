"""Every model in every format that can be sized, and what a view asks of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from lib.architecture import Architecture
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.sizing import table as sizing
from lib.sizing.weights import Weights, parameters, weights
from lib.view import View

BEST_FORMATS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS")
"""What `best` chooses from, most exact first. Fewer than four bits are never chosen unasked: the loss grows fast there."""
USUAL_FORMAT = "Q4_K_M"
"""Taken before the more exact ones where part of the model lies in RAM, since every byte costs time there."""

Ints = np.ndarray[Any, np.dtype[np.intp]]
TABLES = (BEST_FORMATS, ("Q3_K_M", "Q2_K"))
"""Formats sized together: the tensors of a model are then listed once."""


def formats_for(view: View) -> tuple[str, ...]:
    """The formats a model may be shown in, most exact first."""
    return BEST_FORMATS if view.quant == "best" else (view.quant,)


@dataclass(frozen=True, eq=False)
class Rows:
    """The (model, format) pairs that can be sized, as a table of `lib.sizing`."""

    models: tuple[str, ...]
    """Model id of each row."""
    formats: tuple[str, ...]
    table: sizing.SizingTable
    active_parameters: np.ndarray[Any, np.dtype[np.float64]]
    parameters_b: np.ndarray[Any, np.dtype[np.float64]]
    """Parameters in 10^9."""
    moe: np.ndarray[Any, np.dtype[np.bool_]]
    refused: Mapping[str, str]
    """Models that cannot be sized, and why."""

    @cached_property
    def _words(self) -> tuple[np.ndarray[Any, np.dtype[np.object_]], np.ndarray[Any, np.dtype[np.object_]]]:
        """Models and formats as arrays: a tuple is not read by many indexes without making each of them anew."""
        return np.array(self.models, object), np.array(self.formats, object)

    @cached_property
    def starts(self) -> Ints:
        """Where the rows of each model begin: those of one model stand together."""
        names, _ = self._words
        return np.flatnonzero(np.append(True, names[1:] != names[:-1])[: len(names)])

    @cached_property
    def first(self) -> Mapping[str, int]:
        """Where the rows of each model begin, by its id."""
        return {self.models[i]: i for i in self.starts.tolist()}

    @cached_property
    def of_model(self) -> Ints:
        """Which model each row is of, counted in their order."""
        return np.repeat(np.arange(len(self.starts)), np.diff(self.starts, append=len(self.models)))

    @cached_property
    def usual(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which rows are of `USUAL_FORMAT`."""
        return np.array([form == USUAL_FORMAT for form in self.formats], bool)

    def firsts(self, wanted: np.ndarray[Any, np.dtype[np.bool_]]) -> Ints:
        """Index of the first wanted row of each model that has one."""
        at = np.flatnonzero(wanted)
        return at[np.diff(self.of_model[at], prepend=-1) > 0]

    def take(self, at: Ints) -> Rows:
        """These rows, by index."""
        names, formats = (tuple(words[at].tolist()) for words in self._words)
        numbers = self.active_parameters[at], self.parameters_b[at], self.moe[at]
        return Rows(names, formats, self.table.take(at), *numbers, self.refused)


def weights_of(architecture: Architecture, form: str) -> Weights:
    """Bytes of a model's weights as it is published: gpt-oss keeps its experts in MXFP4 in every GGUF file."""
    return weights(architecture, form, native_experts=architecture.family == "gpt_oss" and form in BEST_FORMATS)


@lru_cache(maxsize=32)
def sized_rows(catalog: Catalog, formats: tuple[str, ...], only: tuple[str, ...] = ()) -> Rows:
    """Every model with a known architecture in every one of `formats`, model by model."""
    if not only and len(formats) == 1:
        for table in TABLES:
            if formats[0] in table:
                return _out_of(catalog, table, formats[0])
    return rows_of(_these(catalog, only), formats)


def rows_of(models: Iterable[tuple[str, Model]], formats: tuple[str, ...]) -> Rows:
    """These models in every one of `formats`, as far as they can be sized."""
    pairs, names, used, active, total, moe = [], [], [], [], [], []
    refused: dict[str, str] = {}
    for key, model in models:
        if model.architecture is None:
            if model.open_weights:
                refused[key] = model.note or "its shapes are not known"
            continue
        for name in formats:
            try:
                size, (every, own) = weights_of(model.architecture, name), parameters(model.architecture)
            except ValueError as error:
                refused[key] = str(error)
                continue
            pairs.append((model.architecture, size))
            names.append(key)
            used.append(name)
            active.append(model.active_parameters or own)
            total.append((model.parameters or every) / 1e9)
            moe.append(model.architecture.experts is not None)
    sized = set(names)
    refused = {key: why for key, why in refused.items() if key not in sized}
    return Rows(
        tuple(names),
        tuple(used),
        sizing.sizing_table(pairs),
        np.array(active, float),
        np.array(total, float),
        np.array(moe, bool),
        refused,
    )


def _these(catalog: Catalog, only: tuple[str, ...]) -> Iterable[tuple[str, Model]]:
    """Models by id, in the catalog's order: these only, or all of them where none is named."""
    if len(only) == 1:  # asked for most, and not worth a walk through a large catalog
        return [(key, catalog.models[key]) for key in only if key in catalog.models]
    return [(key, model) for key, model in catalog.models.items() if not only or key in only]


def _out_of(catalog: Catalog, table: tuple[str, ...], form: str) -> Rows:
    """One of the formats of a table, which is made once for all of them."""
    every = sized_rows(catalog, table)
    rows = every.take(np.flatnonzero(np.array(every.formats, object) == form))
    refused = dict(rows.refused)
    for key in set(every.models) - set(rows.models):  # sized in another of them
        refused |= sized_rows(catalog, (form,), (key,)).refused
    return replace(rows, refused=refused)


def request_for(context: int, slots: int, cache: str, view: View) -> sizing.Request:
    """`context` tokens for each of `slots` in a cache of one type. A quantized V cache needs flash attention, so it turns it on."""
    flash = view.fa == "on" or cache not in ("f16", "bf16", "f32")
    return sizing.Request(context * slots, type_k=cache, type_v=cache, slots=slots, flash_attention=flash)


def request_of(view: View) -> sizing.Request:
    """How the view wants a model to be run."""
    return request_for(view.ctx, view.slots, view.kv, view)
