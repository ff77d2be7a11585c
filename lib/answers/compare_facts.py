"""What is known of a model, in words, for one machine: the facts table of “Compare” and of a model's own page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from lib.answers.contexts import rise_text
from lib.answers.ladder import about_text, losses
from lib.answers.models import rank_models
from lib.answers.sized import sized_rows
from lib.catalog import Catalog
from lib.catalog.licence_answers import plain_answers
from lib.catalog.schema import Model, Price
from lib.sizing.weights import parameters
from lib.view import View

NA = "n/a"


def facts_of(catalog: Catalog, view: View, models: Sequence[str]) -> pd.DataFrame:
    """One row a fact, one column a model (its name); unknown is "n/a" with the reason where there is one."""
    asked = view.model_copy(update={"only": tuple(models), "hosted": True, "fit": "any", "licence": "any", "publisher": (), "pmin": None, "pmax": None, "since": None, "until": None, "columns": ()})  # fmt: skip
    ranked = rank_models(catalog, asked).set_index("model")
    columns = {catalog.models[m].name: {**_about(catalog, catalog.models[m]), **_here(catalog, view, m, ranked.loc[m]), **_rented(catalog, m)} for m in models}  # fmt: skip
    table = pd.DataFrame(columns).fillna("unknown")
    table.index.name = "fact"
    return table.reset_index()


def _about(catalog: Catalog, model: Model) -> dict[str, str]:
    licence = catalog.licences.get(model.licence)
    return {
        "publisher": model.publisher,
        "released": also(model, "released", model.released or NA),
        "weights": "open" if model.open_weights else "closed: can only be rented",
        "licence": licence.name if licence else model.licence,
        **{question: answer for question, answer, _, _ in (plain_answers(licence) if licence else ())},
        "parameters": also(model, "parameters", billions(model.parameters)),
        "active for one token": also(model, "active_parameters", billions(model.active_parameters)),
        "longest context": also(
            model, "context_tokens", f"{model.context_tokens:,} tokens" if model.context_tokens else NA
        ),
        "reads → writes": f"{', '.join(model.input)} → {', '.join(model.output)}",
    }


def billions(count: int | None) -> str:
    """A number of parameters in words; "n/a" where it is not public."""
    return NA if count is None else f"{count / 1e9:,.3g} × 10⁹"


def also(model: Model, field: str, text: str) -> str:
    """The value, and beside it what others give for the same field."""
    others = [str(f"{d.value:,}" if isinstance(d.value, int) else d.value) for d in model.disputes if d.field == field]
    return f"{text} (elsewhere {', '.join(dict.fromkeys(others))})" if others else text


def _here(catalog: Catalog, view: View, key: str, row: pd.Series[Any]) -> dict[str, str]:
    """How it does on the view's machine, as the list of models shows it."""
    model = catalog.models[key]
    sized = pd.notna(row["memory_gb"])
    why = (
        ""
        if sized
        else ": its size is not public"
        if not model.open_weights
        else f": {model.note or 'its shapes are not known'}"
        if model.architecture is None
        else ": cannot be sized in this format"
    )
    speed = f"{row['decode_text']} tokens/s" if row["decode_text"] else NA
    longest = row["max_context_tokens"]
    return {
        "on this machine": str(row["fit"]),
        "quantization": str(row["format"]) if sized else NA,
        "memory needed": f"{row['memory_gb']:,.1f} GB" if sized else NA + why,
        "speed (80 % band)": speed,
        "longest context that fits": f"{longest:,.0f} tokens" if pd.notna(longest) else NA,
        "what that quantization costs": loss_text(catalog, key, str(row["format"])) if sized else NA,
    }


@lru_cache(maxsize=1024)
def loss_text(catalog: Catalog, key: str, form: str) -> str:
    """The measured rise of perplexity in a format, and on which models; "n/a" where none near was measured."""
    model = catalog.models[key]
    rows = sized_rows(catalog, (form,), (key,))
    if model.architecture is None or not rows.models:
        return NA
    bits = 8 * int(rows.table.tensor_bytes[0]) / parameters(model.architecture)[0]
    found = losses(catalog, model, form, bits).get("perplexity")
    if found is None:
        return f"{NA}: not measured on a model like it"
    return f"perplexity {about_text(found, rise_text(found))}, measured on {', '.join(found.measured_on)}"


@lru_cache(maxsize=4)
def _prices(catalog: Catalog) -> Mapping[str, Sequence[Price]]:
    found: dict[str, list[Price]] = defaultdict(list)
    for price in catalog.prices:
        found[price.model].append(price)
    return found


def prices_of(catalog: Catalog, key: str) -> list[Price]:
    """What providers ask for a model, cheapest first: by the price of a million tokens in and a million out together.

    Those that ask nothing come last: such offers have limits or are part of a subscription.
    """
    given = _prices(catalog).get(key, ())
    return sorted(given, key=lambda p: (_both(p) == 0, _both(p), p.provider, p.provider_model, p.source))


def _both(price: Price) -> float:
    return price.input_usd_per_mtok + price.output_usd_per_mtok


def price_text(price: Price) -> str:
    """A price with its provider and date, in words."""
    return f"${_usd(price.input_usd_per_mtok)} in, ${_usd(price.output_usd_per_mtok)} out per 10⁶ tokens ({price.provider}, {price.as_of})"


def _usd(amount: float) -> str:
    return f"{amount:,.2f}" if amount >= 0.1 or not amount else f"{amount:.3g}"


def _rented(catalog: Catalog, key: str) -> dict[str, str]:
    given = prices_of(catalog, key)
    return {"cheapest to rent": price_text(given[0]) if given else f"{NA}: no provider's price is in the catalog"}
