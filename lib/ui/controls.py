"""Controls bound to the link: one function a kind, named by the parameter of `View` they set.

Options are ids and never carry a display name, because a bound control writes what it shows into
the link. The help text is the docstring of the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.view import FIRST_DAY, LAST_DAY, MOST_LISTED, View, default

BOUND: dict[str, Any] = {"bind": "query-params"}
MOST_OFFERED = 1000
"""Ids a list has, at most: a browser carries and searches them all."""


def _help(name: str) -> str | None:
    return View.model_fields[name].description


def offered(at: DeltaGenerator, name: str, options: Sequence[str]) -> Sequence[str]:
    """The ids a control lists: all of them, or, with a box to find others, the first with what is typed there in them.

    What is chosen, named by the link or usual is always among them, or the control would drop it.
    """
    if len(options) <= MOST_OFFERED:
        return options
    key = f"find-{name}"
    words = str(st.session_state.get(key) or "").casefold().split()
    found = [option for option in options if all(word in option for word in words)]
    at.text_input(
        f"Listed: {min(len(found), MOST_OFFERED):,} of {len(options):,}", key=key, max_chars=80, width=190,
        placeholder="find by part of an id", help="The list beside it has only ids that contain every word typed here.",
    )  # fmt: skip
    kept = [st.session_state.get(name), default(name), st.query_params.get_all(name)]
    named = [one for some in kept for one in ([some] if isinstance(some, str) else some or ())]
    listed = found[:MOST_OFFERED]
    return list(dict.fromkeys([*listed, *(one for one in named if one in options)]))


def choose(at: DeltaGenerator, name: str, label: str, options: Sequence[str], **more: Any) -> str | None:
    """A searchable list of ids; empty where the field's default is `None`."""
    usual, options = default(name), offered(at, name, options)
    index = list(options).index(usual) if usual in options else None
    chosen: str | None = at.selectbox(label, options, index, key=name, help=_help(name), **BOUND, **more)
    return chosen


def switch(at: DeltaGenerator, name: str, label: str, options: Sequence[str], **more: Any) -> str:
    """A few options side by side."""
    chosen = at.segmented_control(
        label, options, default=default(name), required=True, key=name, help=_help(name), **BOUND, **more
    )
    return str(chosen)


def several(at: DeltaGenerator, name: str, label: str, options: Sequence[str], **more: Any) -> tuple[str, ...]:
    """Several ids, as many as a link may list."""
    options = offered(at, name, options)
    usual = [option for option in default(name) if option in options]
    more = {"max_selections": MOST_LISTED, **more}
    return tuple(at.multiselect(label, options, usual, key=name, help=_help(name), **BOUND, **more))


def number(at: DeltaGenerator, name: str, label: str, low: float, high: float, step: float, **more: Any) -> Any:
    """A number box; empty where the field's default is `None`. Fractions show as many digits as they have."""
    if isinstance(step, float):
        more.setdefault("format", "%g")
    return at.number_input(label, low, high, default(name), step, key=name, help=_help(name), **BOUND, **more)


def toggle(at: DeltaGenerator, name: str, label: str) -> bool:
    """On or off."""
    return bool(at.toggle(label, default(name), key=name, help=_help(name), **BOUND))


def day(at: DeltaGenerator, name: str, label: str, **more: Any) -> Any:
    """A day from 2018 to 2035, as a date; empty where the field's default is `None`."""
    return at.date_input(
        label,
        default(name),
        key=name,
        help=_help(name),
        min_value=FIRST_DAY,
        max_value=LAST_DAY,
        **BOUND,
        **more,
    )


def words(at: DeltaGenerator, name: str, label: str, *, most: int = 200, **more: Any) -> str:
    """Free text of at most `most` characters; the empty string where nothing is typed."""
    return str(at.text_input(label, default(name), key=name, help=_help(name), max_chars=most, **BOUND, **more) or "")


def drawer(at: DeltaGenerator, key: str, label: str, icon: str, names: Sequence[str]) -> DeltaGenerator | None:
    """A box for the controls of these parameters, to be filled; `None` while it is shut and all of them are as usual.

    Controls nobody looks at cost a run as much as those in sight. Where one of them says something it is drawn also in a shut
    box: a bound control that is not drawn loses its place in the link.
    """
    box = at.popover(label, icon=icon, key=key, on_change="rerun")
    return box.container() if box.open or _told(names) else None


def _told(names: Sequence[str]) -> bool:
    """Whether the link or a button says anything of one of these parameters."""
    asked = set(st.query_params)
    if not asked.isdisjoint(names):
        return True
    state = st.session_state
    held = ((name, state[name]) for name in names if name in state)
    return any((tuple(value) if isinstance(value, list) else value) != default(name) for name, value in held)
