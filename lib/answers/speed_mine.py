"""How fast the visitor's model runs on the visitor's machine: in a sentence, in parts, and as the context fills."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lib.answers.contexts import Subject, gb_text
from lib.answers.machine import Rig
from lib.answers.pace import PHRASES, FirstWord, first_word, seconds_text
from lib.answers.placed import Placed, band_text, placed, runs_on, runtime_of, speed_text
from lib.answers.sized import Rows, request_of, sized_rows
from lib.answers.speed import calibration, decode
from lib.answers.speed_measured import KINDS
from lib.answers.speed_users import several_users
from lib.answers.watts import watts_while_generating
from lib.catalog import Catalog
from lib.sizing.kv_cache import kv_layer_bytes_all
from lib.sizing.table import FITS, Placements
from lib.speed.load import DISKS, load_range_seconds
from lib.speed.power import joules_per_token, watt_hours_per_million_tokens
from lib.speed.words import speed_word
from lib.view import View

SHORTEST_DEPTH = 512


@dataclass(frozen=True, eq=False)
class Prediction:
    sentence: str
    notes: tuple[str, ...] = ()
    parts: pd.DataFrame = field(default_factory=pd.DataFrame)
    """what, value, how."""
    depth: pd.DataFrame = field(default_factory=pd.DataFrame)
    """depth, decode_tok_per_s, low, high, text."""
    users: pd.DataFrame = field(default_factory=pd.DataFrame)
    users_sentence: str = ""


def predict(catalog: Catalog, about: Subject, view: View) -> Prediction:
    """The prediction for a model on a machine at the view's depth and prompt, or why there is none."""
    what, rig = f"{about.model.name} {about.form}", about.rig
    if rig is None:
        return Prediction(f"No device with a known price costs ${view.budget:,} or less, so there is no machine to time {what} on.")  # fmt: skip
    rows = sized_rows(catalog, (about.form,), (about.id,))
    if not rows.models:
        return Prediction(f"{what} cannot be sized, so its speed is not known: {rows.refused.get(about.id, 'its shapes are not known')}.")  # fmt: skip
    if not runs_on(about.form, rig):
        return Prediction(f"{what} does not run on your {rig.name}: no program reads this format there.")
    on = placed(rows, rig, view)
    fit, speed = FITS[on.places.fit[0]], on.speed
    if fit == "none":
        return Prediction(f"{what} does not fit your {rig.name} at {view.ctx:,} tokens, so it has no speed there.")
    middle, low, high = (float(v[0]) for v in (speed.decode_tok_per_s, speed.low, speed.high))
    if np.isnan(middle):
        return Prediction(f"How fast {what} runs on your {rig.name} is not known: {speed.unknown[0]}.")
    word = str(speed_word(middle))
    prompt = first_word(rows, on, view, (low, middle, high))
    deep = f" after {view.depth:,} tokens" if view.depth else ""
    told = f"{middle:,.0f}" if high >= 20 else f"{middle:,.1f}"
    sentence = f"{what} on your {rig.name}: about {told} tokens/s ({band_text(low, high)}){deep}, {PHRASES.get(word, word)}; {prompt.said}."
    kind = str(speed.kinds[0])
    notes = [prompt.why] if prompt.why else []
    if speed.doubts[0]:
        notes.append(f"The range is wider than usual: {'; '.join(speed.doubts[0])}.")
    if error := calibration().bands.get(kind):
        notes.append(
            f"Predictions of this kind ({KINDS.get(kind, kind)}) were off by {error.median_error:.0%} at the median over {error.rows} measurements of {error.sources} sources, each left out of the fit that predicted it."
        )
    parts = _parts(catalog, rig, rows, fit, view, prompt, (low, middle, high))
    users, told = several_users(rows, on, view)
    return Prediction(sentence, tuple(notes), parts, _depths(rows, on, view), users, told)


def _parts(
    catalog: Catalog, rig: Rig, rows: Rows, fit: str, view: View, prompt: FirstWord, speed: tuple[float, float, float]
) -> pd.DataFrame:
    """Everything known of the speed, one part a row; `None` for what is not known, with the reason."""
    low, middle, high = speed
    size = float(rows.table.file_bytes[0])
    found: list[tuple[str, str | None, str]] = [
        ("generating", f"{speed_text(middle, low, high)} tokens/s", f"after {view.depth:,} tokens; 80 % range"),
        ("reading the prompt", f"{prompt.speed} tokens/s" if prompt.speed else None, prompt.why or "80 % range"),
        ("first word of the answer", prompt.first or None, prompt.why or f"a prompt of {view.prompt:,} tokens read, then one token"),
    ]  # fmt: skip
    watts, how = watts_while_generating(catalog, rig, fit)
    if watts > 0:
        found.append(("power while generating", f"about {watts:,.0f} W", how))
        energy = f"about {float(joules_per_token(watts, middle)):,.2g} J"
        million = f"{float(watt_hours_per_million_tokens(watts, middle)) / 1000:,.2g} kWh for a million tokens; power / tokens a second"
        found.append(("energy of a token", energy, million))
    else:
        found.append(("power while generating", None, how))
    for key, disk in DISKS.items():
        quick, slow = (float(v) for v in load_range_seconds(size, key))
        found.append((f"loading it from {'an' if disk.name.startswith('NVMe') else 'a'} {disk.name}", seconds_text(quick, slow), f"{gb_text(size / 1e9)} read for the first time"))  # fmt: skip
    return pd.DataFrame(found, columns=["what", "value", "how"])


def _depths(rows: Rows, on: Placed, view: View) -> pd.DataFrame:
    """How the speed falls as the context fills, up to the context there is room for."""
    doubled = [SHORTEST_DEPTH << i for i in range(24) if SHORTEST_DEPTH << i < view.ctx]
    depths = np.array([0, *doubled, view.ctx], np.int64)
    again = np.zeros(len(depths), np.intp)
    table = rows.table.take(again)
    places = Placements(**{n: getattr(on.places, n)[again] for n in Placements.__dataclass_fields__})
    cache, asked = table.cache.take(table.cache_of), request_of(view)
    # States of linear layers are read at any depth: they are part of such a layer's fixed cost.
    kept = kv_layer_bytes_all(cache, np.maximum(depths, 1), type_k=asked.type_k, type_v=asked.type_v, flash_attention=asked.flash_attention) - cache.state_bytes  # fmt: skip
    whole = places.kv_bytes.sum(axis=1)
    share = np.where(depths > 0, kept.sum(axis=1), 0) / np.where(whole > 0, whole, 1)
    speed = decode(
        table, rows.active_parameters[again], rows.moe[again], on.rig, places,
        runtime=runtime_of(rows.formats[0]), tokens_before=depths, kv_share=share,
    )  # fmt: skip
    texts = [speed_text(*v) for v in zip(speed.decode_tok_per_s, speed.low, speed.high, strict=True)]
    return pd.DataFrame({"depth": depths, "decode_tok_per_s": speed.decode_tok_per_s, "low": speed.low, "high": speed.high, "text": texts})  # fmt: skip
