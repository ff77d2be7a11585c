"""Everything known of one model, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.compare import drawn_rows, spread_sentence
from lib.answers.compare_facts import billions, loss_text, price_text, prices_of
from lib.answers.compare_scores import interval_text, score_rows, spreads
from lib.answers.compare_verdicts import Standing, lines, verdict
from lib.answers.intervals import Interval
from lib.answers.machine import rig_of
from lib.answers.machines import wanted_format
from lib.answers.memory import Explanation, explain_memory
from lib.answers.model_page_facts import dispute_rows, fact_rows, licence_rows, link_rows, measured_rows, shape_rows
from lib.answers.model_page_machines import placed_alone
from lib.answers.models import rank_models
from lib.answers.placed import runs_on
from lib.answers.scores import INDEX_TITLES, lower_is_better, rank_title, ranked_scores
from lib.answers.sized import sized_rows
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS, NOT_HERE
from lib.quality.capability import DOMAINS, capability
from lib.sizing.formats import format_of
from lib.view import SHARED, View, link

MOST_SIMILAR = 8
MOST_DRAWN = 16
MOST_BESIDE = 4
"""Models the link to “Compare” names."""
PLACES = ["index", "value", "interval", "place", "benchmarks", "scores", "why"]
SIMILAR = ["name", "score", "interval", "verdict", "smaller", "parameters_b", "fit", "memory_gb", "decode_text", "url"]
MACHINES = ["machine", "fit", "decode_text", "usable_gb", "spare_gb", "price", "url"]
PRICES = ["provider", "input", "output", "cache read", "context", "as of", "called there", "source", "url"]


@dataclass(frozen=True, eq=False)
class ModelPage:
    model: str
    sentence: str
    notes: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...]
    """Label and address of the other pages, about this model."""
    links: pd.DataFrame
    """Where it is to be had: what, id, url."""
    facts: pd.DataFrame
    """fact, value, source, url, read on."""
    shapes: pd.DataFrame
    """part, words, source, url; empty where the shapes are not public."""
    shapes_unknown: str
    """Why, where there are none."""
    licence: pd.DataFrame
    """question, answer, words, source, url."""
    disputes: pd.DataFrame
    """fact, ours, elsewhere, found, note, source, url."""
    places: pd.DataFrame
    """Capability by domain; see `PLACES`. Where a value is unknown, `why` says so."""
    drawn: pd.DataFrame
    """The dots of the picture; see `compare.DRAWN`."""
    drawn_text: str
    scores: pd.DataFrame
    """Every score; see `compare_scores.SCORES`."""
    spreads: pd.DataFrame
    spread_sentence: str
    explained: Explanation
    """Memory and speed on the view's machine."""
    loss: str
    machines: pd.DataFrame
    """Machines people have, the smallest that holds it first; see `MACHINES`."""
    machines_sentence: str
    prices: pd.DataFrame
    """Cheapest first, US dollars per 10⁶ tokens; see `PRICES`."""
    prices_sentence: str
    measured: pd.DataFrame
    similar: pd.DataFrame
    """Models that reach about as much; see `SIMILAR`."""
    similar_sentence: str


def chosen_model(catalog: Catalog, view: View) -> str:
    """The view's model; else the first of the list that runs on its machine, one with a score where there is one; else the first compared."""
    if view.model in catalog.models:
        return str(view.model)
    rows = _listed(catalog, view)
    runs, scored = rows["runs"].to_numpy(bool), rows["score"].notna().to_numpy()
    for able in (rows[runs & scored], rows[runs]):
        if len(able):
            return str(able.iloc[0]["model"])
    return next((m for m in view.models if m in catalog.models), next(iter(catalog.models)))


def _listed(catalog: Catalog, view: View) -> pd.DataFrame:
    """The list of all open models on the view's machine, whatever else the link filters."""
    return rank_models(catalog, View(**{name: getattr(view, name) for name in (*SHARED, "rank")}))


@lru_cache(maxsize=512)
def model_page(catalog: Catalog, view: View) -> ModelPage:
    """Everything the page of one model draws. Cached: treat its frames as read-only."""
    key = chosen_model(catalog, view)
    view = view.model_copy(update={"model": key})
    model = catalog.models[key]
    listed = _listed(catalog, view)
    own = listed[listed["model"] == key]
    here = own.iloc[0] if len(own) else None
    places = _places(catalog, key)
    machines = _machines(catalog, view, key)
    prices = _prices(catalog, key)
    found = [line for line in lines(catalog, (key,), fewest=1) if line.comparable][:MOST_DRAWN]
    apart = spreads(catalog, (key,))
    similar = _similar(catalog, view, key, listed)
    drawn = drawn_rows(catalog, found)
    form = str(here["format"]) if here is not None and isinstance(here["format"], str) else ""
    return ModelPage(
        key, _sentence(catalog, view, key, here, places), _notes(model), _elsewhere(view, model, key, similar), link_rows(model),
        fact_rows(catalog, model), shape_rows(catalog, model),
        "" if model.architecture else _no_shapes(model), licence_rows(catalog, model), dispute_rows(catalog, model), places,
        drawn, f"Dots with intervals of {model.name} on {drawn['benchmark'].nunique()} benchmarks, between the worst and the best model known. The same numbers are in the table of scores.",
        score_rows(catalog, (key,)), apart, spread_sentence(apart), explain_memory(catalog, view, key),
        loss_text(catalog, key, form) if form else "n/a", machines, _machines_sentence(model, machines, view),
        prices, _prices_sentence(catalog, key), measured_rows(catalog, key), similar, _similar_sentence(catalog, view, key, similar),
    )  # fmt: skip


def _no_shapes(model: Model) -> str:
    if not model.open_weights:
        return "The maker does not publish its shapes, so what memory it takes cannot be known; it can only be rented."
    return f"Its memory cannot be computed: {model.note or 'its shapes are not known'}."


def _sentence(catalog: Catalog, view: View, key: str, here: pd.Series[Any] | None, places: pd.DataFrame) -> str:
    model, licence = catalog.models[key], catalog.licences.get(catalog.models[key].licence)
    size = "size not public" if model.parameters is None else f"{billions(model.parameters)} parameters"
    if model.active_parameters and model.parameters and model.active_parameters < model.parameters:
        size += f", {billions(model.active_parameters)} active"
    said = [f"{model.name} ({model.publisher}, {model.released or 'release date unknown'}): {size}, {licence.name if licence else model.licence}."]  # fmt: skip
    index = places[places["value"].notna()]
    if len(index):
        first = index.iloc[0]
        said.append(f"On the {first['index']} it is {first['place']}.")
    if here is None or not pd.notna(here["memory_gb"]):
        said.append("What memory it takes is not known." if model.open_weights else "It can only be rented.")
    else:
        speed = f", about {here['decode_text']} tokens/s" if here["decode_text"] else ""
        machine = rig_of(catalog, view).name if view.by == "machine" else here["machine"] or "what the money buys"
        said.append(f"{machine} at {here['format']}: {here['fit']}, {here['memory_gb']:,.1f} GB{speed}.")
    return " ".join(said)


def _notes(model: Model) -> tuple[str, ...]:
    return (model.note,) if model.note else ()


def _elsewhere(view: View, model: Model, key: str, similar: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    beside = (key, *similar.attrs["models"])[:MOST_BESIDE]
    pages = [("Which can I run?", link(view, "models", model=key))]
    if model.architecture:
        named = {"machines": "What does it take?", "memory": "Memory and quantizations", "speed": "How fast?"}
        pages += [(label, link(view, page, model=key)) for page, label in named.items()]
    if len(beside) > 1:
        pages.append(("Compare with similar ones", link(view, "compare", models=beside)))
    return tuple(pages)


def _places(catalog: Catalog, key: str) -> pd.DataFrame:
    rows = []
    for domain in DOMAINS:
        every = capability(domain)
        own = every.get(key)
        if own is None:
            why = (
                "the index has no model in this domain yet"
                if not every
                else "too few of the benchmarks it is made of have a comparable score of this model"
            )
            rows.append((INDEX_TITLES[domain], np.nan, "n/a", "n/a", np.nan, np.nan, why))
            continue
        surely, at_best = sum(c.low > own.high for c in every.values()), sum(c.high >= own.low for c in every.values())
        place = f"{_nth(surely + 1)} to {_nth(at_best)}" if at_best > surely + 1 else _nth(surely + 1)
        rows.append((INDEX_TITLES[domain], own.value, interval_text(own.low, own.high), f"{place} of {len(every)}", own.benchmarks, own.scores, ""))  # fmt: skip
    return pd.DataFrame(rows, columns=PLACES)


def _nth(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _machines(catalog: Catalog, view: View, key: str) -> pd.DataFrame:
    """How the model does on each of the machines people have: in the format asked for, else the usual one."""
    form = wanted_format(view)
    rows = sized_rows(catalog, (form,), (key,))
    found = []
    if rows.models:
        views = {of: view.model_copy(update={"by": "machine", "hw": of}) for of in catalog.machines}
        rigs = {of: rig_of(catalog, there) for of, there in views.items()}
        for of, (fit, speed, spare) in placed_alone(rows, rigs, view).items():
            machine, rig = catalog.machines[of], rigs[of]
            whole = format_of(form).container == "gguf" or (fit == "gpu" and runs_on(form, rig))
            held = fit in ("gpu", "cpu") and whole
            told = FIT_WORDS[fit] if whole or fit == "none" else NOT_HERE
            found.append((machine.name, told, speed if whole and fit != "none" else "", rig.limit_bytes / 1e9, spare / 1e9 if held else np.nan, machine.price_usd, link(views[of], "models", model=key), held))  # fmt: skip
    frame = pd.DataFrame(found, columns=[*MACHINES, "held"])
    frame["price"] = frame["price"].astype(float)
    return frame.sort_values(["held", "usable_gb", "machine"], ascending=[False, True, True], kind="stable").reset_index(drop=True)  # fmt: skip


def _machines_sentence(model: Model, machines: pd.DataFrame, view: View) -> str:
    form = wanted_format(view)
    if machines.empty:
        return f"{model.name} cannot be sized at {form}, so no machine can be named."
    held = machines[machines["held"]]
    if held.empty:
        return f"None of the {len(machines)} machines here holds all of {model.name} at {form} with {view.ctx:,} tokens of context."
    first = held.iloc[0]
    return f"{len(held)} of {len(machines)} machines people have hold all of it at {form} with {view.ctx:,} tokens of context; the smallest is {first['machine']}."


def _prices(catalog: Catalog, key: str) -> pd.DataFrame:
    rows = [
        (p.provider, p.input_usd_per_mtok, p.output_usd_per_mtok, p.cache_read_usd_per_mtok, p.context_tokens, p.as_of, p.provider_model, *catalog.cited(p.source))
        for p in prices_of(catalog, key)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=PRICES).astype({"cache read": float, "context": float})


def _prices_sentence(catalog: Catalog, key: str) -> str:
    given = prices_of(catalog, key)
    if not given:
        return "No provider's price of it is in the catalog."
    dates = sorted(p.as_of for p in given)
    providers = len({p.provider for p in given})
    read = f"of {dates[0]}" if dates[0] == dates[-1] else f"between {dates[0]} and {dates[-1]}"
    return f"{len(given)} prices of {providers} providers, {read}; cheapest for as many tokens in as out: {price_text(given[0])}."


def _similar(catalog: Catalog, view: View, key: str, listed: pd.DataFrame) -> pd.DataFrame:
    """Open models nearest to it on the view's rank that are smaller or run here; what is no worse first."""
    ranked, lower = ranked_scores(catalog, view.rank), lower_is_better(catalog, view.rank)
    own, model = ranked.get(key), catalog.models[key]
    rows = []
    if own is not None:
        mine = Standing(own.value, Interval(own.low, own.high, ""))
        near = listed[listed["score"].notna() & (listed["model"] != key)]
        smaller = (
            near["parameters_b"].to_numpy(float) < model.parameters / 1e9
            if model.parameters
            else np.zeros(len(near), bool)
        )
        keep = smaller | near["runs"].to_numpy(bool)
        near = near.assign(smaller=smaller, away=(near["score"] - own.value).abs())[keep]
        for row in near.sort_values(["away", "model"], kind="stable").head(MOST_SIMILAR).to_dict("records"):
            other = ranked[row["model"]]
            told = verdict(Standing(other.value, Interval(other.low, other.high, "")), mine, lower)
            rows.append(
                (row["name"], other.value, interval_text(other.low, other.high), [told], bool(row["smaller"]) if model.parameters else None, row["parameters_b"], row["fit"], row["memory_gb"],
                 row["decode_text"], link(view, "model", model=row["model"]), row["model"])
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=[*SIMILAR, "model"])
    frame.attrs["models"] = tuple(frame["model"])
    return frame[SIMILAR]


def _similar_sentence(catalog: Catalog, view: View, key: str, similar: pd.DataFrame) -> str:
    title, name = rank_title(catalog, view.rank), catalog.models[key].name
    if key not in ranked_scores(catalog, view.rank):
        return f"{name} has no place on {title}, so no model can be called similar; choose another under Rank by."
    if similar.empty:
        return f"No other open model with a place on {title} is smaller or runs on this machine."
    return f"Nearest to it on {title} among open models that are smaller or run on this machine. “Ties” means that the intervals overlap."
