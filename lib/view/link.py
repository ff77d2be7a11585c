"""A view as a link: equal views have equal links, and a permalink spells every value out, because defaults may change."""

from __future__ import annotations

from urllib.parse import urlencode

from lib.view.view import PAGES, View, default

VERSION = 1


def text_of(value: object) -> str:
    """A value as a link spells it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def encode(view: View, page: str = "models", *, defaults: bool = False) -> dict[str, list[str]]:
    """The query of a view in its one canonical form: the page's parameters in alphabetical order.

    Values that are the default are left out, unless `defaults`; then an empty value is spelled `name=`.
    """
    query: dict[str, list[str]] = {}
    for name in sorted(PAGES[page]):
        value = getattr(view, name)
        if not defaults and value == default(name):
            continue
        given = [str(v) for v in value] if isinstance(value, tuple) else [text_of(value)]
        query[name] = given or [""]
    return query


def permalink(address: str, view: View, page: str = "models") -> str:
    """A link to this view that means the same after the defaults have changed.

    `address` is the page's own address; its query, if any, is replaced.
    """
    query = {**encode(view, page, defaults=True), "v": [str(VERSION)]}
    page_address = address.partition("?")[0]
    if "://" in page_address and page_address.count("/") == 2:
        page_address += "/"  # a host alone, as the front page's address comes
    return f"{page_address}?{urlencode(query, doseq=True)}"


def link(view: View, page: str = "models", **changes: object) -> str:
    """A relative address of `page` showing `view` with some parameters changed."""
    changed = view.model_copy(update=changes)
    query = urlencode(encode(changed, page), doseq=True)
    path = "/" if page == next(iter(PAGES)) else f"/{page}"
    return f"{path}?{query}" if query else path
