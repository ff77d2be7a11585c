"""The frame around every page: the link, the machine, the notices, sharing.

A page is a direct script; it reads `view()` and `catalog()` and draws. The frame has decoded the
link before any control is drawn, so no control ever meets a value it would drop in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import cache
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError
from streamlit.elements.lib.mutable_popover_container import PopoverContainer
from streamlit.navigation.page import StreamlitPage

from lib import answers
from lib.answers.freshness import freshness_of
from lib.answers.since import changed
from lib.answers.text import plain
from lib.catalog import Catalog, current, held_back
from lib.ui import controls
from lib.ui.share import share_box
from lib.view import KV_TYPES, LONGEST_CONTEXT_TOKENS, PAGES, SHARED, Notice, View, decode, default, encode, sold_size

T = TypeVar("T")
FRONT = next(iter(PAGES))
ASSUMED = ("quant", "kv", "fa", "slots", "cpu", "depth", "prompt", "called", "reserve")
"""The parameters whose controls stand under Assumptions."""
_catalog: ContextVar[Catalog] = ContextVar("catalog")
_name: ContextVar[str] = ContextVar("name")
_shared: ContextVar[dict[str, Any]] = ContextVar("shared")
_share: ContextVar[PopoverContainer] = ContextVar("share")
_view: ContextVar[View | None] = ContextVar("view", default=None)


def catalog() -> Catalog:
    """The facts of this run."""
    return _catalog.get()


@cache
def _page(script: str, title: str, icon: str, default: bool) -> StreamlitPage:
    """Made once: a page looks for its file, which takes longer than to draw a control."""
    return st.Page(script, title=title, icon=icon, default=default)


def navigation(sections: Mapping[str, Sequence[tuple[str, str, str]]]) -> StreamlitPage:
    """The page to run, of these scripts with their titles and icons by section; the very first is the front page."""
    front = next(iter(sections.values()))[0]
    # Copies, because Streamlit notes on a page that it is the one to run.
    made = {name: [copy(_page(*listed, listed == front)) for listed in pages] for name, pages in sections.items()}
    return st.navigation(made, position="hidden" if st.context.is_embedded else "top")


@contextmanager
def frame(page: str) -> Iterator[None]:
    """Open the link, draw what every page shares, and let the page run inside."""
    facts = current()
    with _set(_catalog, facts), _set(_name, page):
        if not facts.devices or not facts.models:
            st.title("The catalog cannot be read, so there is nothing to answer with.")
            _foot(facts)
            st.stop()
        _open_link(facts, page)
        _held_back(facts)
        _notices()
        _since(page)
        with _set(_shared, _machine_row(facts)), _set(_view, None):
            try:
                yield
            finally:  # also where a page has nothing more to draw and stops
                _foot(facts)


@contextmanager
def _set(variable: ContextVar[T], value: T) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def view(**chosen: Any) -> View:
    """The view of this run: the shared controls and what the page's own controls return.

    A control's value that the view does not accept (a reversed range, an empty list) is replaced
    by its default, and a notice says so.
    """
    values = {**_shared.get(), **chosen}
    for low, high in (("pmin", "pmax"), ("since", "until")):
        if values.get(low) is not None and values.get(high) is not None and values[low] > values[high]:
            values[low], values[high] = values[high], values[low]
            st.warning(plain(f"The range is the wrong way round; showing {values[low]} to {values[high]}."))
    sizes = answers.vocabulary(_catalog.get()).sizes
    if values.get("hw") in sizes:
        values |= {"n": 1, "ram": int(sold_size(values.get("ram", default("ram")), sizes[values["hw"]]))}
    try:
        made = View.model_validate(values)
    except ValidationError as error:
        wrong = {str(fault["loc"][0]) for fault in error.errors()}
        made = View.model_validate({k: v for k, v in values.items() if k not in wrong})
        for name in sorted(wrong):
            st.warning(plain(f"{name} = {values[name]!s:.80} cannot be used; showing {default(name)!s} instead."))
    _fill_share(made)
    _view.set(made)
    return made


def _open_link(facts: Catalog, page: str) -> None:
    """Once a session, before any control reads the link: put it in canonical form.

    Left alone, each control would drop its own bad value, silently, each with an entry in the
    browser's history.
    """
    if "notices" in st.session_state:
        return
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    wanted, notices = decode(query, answers.vocabulary(facts), page)
    st.session_state.notices = notices
    st.session_state.dated = page, changed(facts, page, wanted, query)
    if _was_elsewhere():
        for name in encode(wanted, page):
            held = getattr(wanted, name)
            st.session_state[name] = list(held) if isinstance(held, tuple) else held
    if query != (canonical := encode(wanted, page)):
        st.query_params.from_dict(canonical)
        st.rerun()


def _was_elsewhere() -> bool:
    """Whether the browser comes from a server it lost: it then names its session there, third of what it speaks.

    To a browser a server of another folder or machine is another app, whose controls start anew: they show what they are
    told, and unless that is what the link says, the next change undoes the rest of the view.
    """
    return len(st.context.headers.get("Sec-WebSocket-Protocol", "").split(",")) > 2


def _notices() -> None:
    notices: list[Notice] = st.session_state.notices
    if notices:
        # st.code would be safest for what strangers put in a link, but is unreadable in a list:
        # back-ticks keep markdown from reading the value as anything but text.
        lines = [
            f"- `{_tick(n.name)}={_tick(n.given)}` {plain(n.reason)} — showing {plain(n.instead)}."
            for n in notices[:12]
        ]
        if len(notices) > 12:
            lines.append(f"- and {len(notices) - 12} more.")
        with st.container(key="notice"):
            st.warning("\n".join(lines), title="Parts of this link could not be used", icon=":material/link_off:")
            st.button("Dismiss", on_click=notices.clear)


def _held_back(facts: Catalog) -> None:
    """What is wrong with newer files of the catalog, while the last good ones are in use."""
    if against := held_back():
        more = f" and {len(against) - 1:,} more" if len(against) > 1 else ""
        said = f"The catalog was changed and cannot be used as it is ({str(against[0])[:160]}{more}); this is still catalog {facts.version}."
        st.warning(plain(said), icon=":material/history:")


def _since(page: str) -> None:
    """What a dated link tells on opening, on the page it opened."""
    opened, text = st.session_state.dated
    if opened == page and text:
        st.info(plain(text), icon=":material/update:")


def _tick(text: str) -> str:
    return text.replace("`", "'")


def _machine_row(facts: Catalog) -> dict[str, Any]:
    """The controls every page has: machine or money, context, assumptions; and the Share button."""
    ids = answers.vocabulary(facts)
    chosen: dict[str, Any] = {}
    row = st.container(horizontal=True, vertical_alignment="bottom", key="machine")
    chosen["by"] = controls.switch(row, "by", "Start from my", ("machine", "budget"))
    if chosen["by"] == "machine":
        chosen["hw"] = controls.choose(row, "hw", "Machine or device", (*ids.machines, *ids.devices), width=280)
        if chosen["hw"] not in ids.machines:
            sizes = ids.sizes.get(chosen["hw"] or "")
            if sizes is None:
                chosen["n"] = controls.number(row, "n", "How many", 1, 64, 1, width=110)
            sold = f"Memory ({', '.join(f'{size:g}' for size in sizes)} GiB)" if sizes else "RAM, GiB"
            chosen["ram"] = controls.number(row, "ram", sold, 1, 8192, 8, width=190 if sizes else 120)
    else:
        chosen["budget"] = controls.number(row, "budget", "At most, USD", 50, 1_000_000, 100, width=150)
        chosen["ram"] = controls.number(row, "ram", "RAM, GiB", 1, 8192, 8, width=120)
    chosen["ctx"] = controls.number(row, "ctx", "Context, tokens", 256, LONGEST_CONTEXT_TOKENS, 4096, width=150)
    at = controls.drawer(row, "assumptions", "Assumptions", ":material/tune:", ASSUMED)
    if at is not None:
        chosen["quant"] = controls.choose(at, "quant", "Quantization", ("best", *ids.formats))
        chosen["kv"] = controls.choose(at, "kv", "KV cache type", KV_TYPES)
        chosen["fa"] = controls.switch(at, "fa", "Flash attention", ("on", "off"))
        chosen["slots"] = controls.number(at, "slots", "Conversations at once", 1, 256, 1)
        machine = facts.machines.get(chosen.get("hw") or "")
        cards = chosen["by"] == "budget" or (machine.device if machine else chosen["hw"]) not in ids.sizes
        if cards and (chosen["by"] == "budget" or machine is None):  # a whole machine has its own
            chosen["cpu"] = controls.choose(at, "cpu", "Memory behind the cards", ids.hosts)
        chosen["depth"] = controls.number(at, "depth", "Context filled, tokens", 0, LONGEST_CONTEXT_TOKENS, 4096)
        chosen["prompt"] = controls.number(at, "prompt", "Prompt, tokens", 1, LONGEST_CONTEXT_TOKENS, 512)
        chosen["called"] = controls.words(at, "called", "I call this machine", most=40)
        if cards:
            chosen["reserve"] = controls.number(at, "reserve", "Kept by the desktop, GiB", 0.0, 64.0, 0.5)
    _share.set(row.popover("Share", icon=":material/share:", key="share", on_change="rerun"))
    return {name: value for name, value in chosen.items() if value is not None and name in SHARED}


def _fill_share(made: View) -> None:
    box = _share.get()
    if box.open:  # worked out only for those who ask
        with box:
            share_box(st.context.url or "", _catalog.get(), made, _name.get())


def _foot(facts: Catalog) -> None:
    shown = _view.get()
    read = freshness_of(facts, _name.get(), shown).text + " " if shown else ""
    st.caption(
        plain(
            f"{read}Catalog {facts.version}; llama.cpp rules of {answers.ENGINE}. Sources says where each fact comes from."
        )
    )
    if facts.problems:
        with st.expander(f"{len(facts.problems)} facts could not be read and are left out", icon=":material/report:"):
            st.code("\n".join(map(str, facts.problems[:50])), language=None, wrap_lines=True)
