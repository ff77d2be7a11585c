"""The page's own HTML with what a chat shows of a link: title, answer and picture of that very view."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from lib import answers
from lib.answers.citation import NAME, TITLES, said, short_link, twin
from lib.catalog import Catalog
from lib.view import View, decode
from lib.web.render import CARD

LOG = logging.getLogger(__name__)
TITLE = NAME
_NO_SCRIPT = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)


def _front_end() -> Path:
    found = find_spec("streamlit")
    if found is None or found.origin is None:
        raise RuntimeError("streamlit is not installed")
    return Path(found.origin).parent / "static"


@cache
def index_html() -> str:
    """The HTML Streamlit serves for every page, as installed. Raises RuntimeError where there is none."""
    return (_front_end() / "index.html").read_text(encoding="utf-8")


@cache
def assets() -> frozenset[str]:
    """Addresses of the scripts, styles and fonts that HTML asks for; each changes its name when it changes."""
    folder = _front_end()
    return frozenset(
        f"/{file.relative_to(folder).as_posix()}" for file in (folder / "static").rglob("*") if file.is_file()
    )


def page_preview(catalog: Catalog, page: str, query: Mapping[str, Sequence[str]], base: str) -> str:
    """HTML of a page whose head tells what the view of `query` answers; whatever is in it, this never raises.

    What a link asks for wrongly is left out here: the page itself says so in its notices. `base` is the server's address
    without a slash at the end.
    """
    try:
        view, _ = decode(query, answers.vocabulary(catalog), page)
        return _view_preview(catalog, page, view, base)
    except Exception:
        LOG.exception("no preview of a view of %s", page)
        return preview(_title(page), NAME, base, None)


@lru_cache(maxsize=256)
def _view_preview(catalog: Catalog, page: str, view: View, base: str) -> str:
    link, picture = short_link(base, view, page), twin(base, view, page, "png", size="card")
    return preview(_title(page), said(catalog, page, view), link, picture)


def _title(page: str) -> str:
    return f"{TITLES.get(page, page)} · {NAME}"


def preview(title: str, sentence: str, address: str, picture: str | None) -> str:
    """The HTML with Open Graph tags in its head. `address` and `picture` are absolute; all of it is escaped."""
    tags = {"og:type": "website", "og:site_name": NAME, "og:title": title, "og:description": sentence, "og:url": address, "twitter:title": title, "twitter:description": sentence, "twitter:card": "summary"}  # fmt: skip
    if picture:
        tags |= {"og:image": picture, "og:image:type": "image/png", "og:image:width": str(CARD[0]), "og:image:height": str(CARD[1]), "og:image:alt": sentence, "twitter:image": picture, "twitter:image:alt": sentence, "twitter:card": "summary_large_image"}  # fmt: skip
    lines = [f'<meta {"name" if tag.startswith("twitter:") else "property"}="{tag}" content="{_text(value)}" />' for tag, value in tags.items()]  # fmt: skip
    lines += [f'<meta name="description" content="{_text(sentence)}" />', f'<link rel="canonical" href="{_text(address)}" />']  # fmt: skip
    head = f"<title>{_text(title)}</title>\n    " + "\n    ".join(lines)
    page = index_html().replace("<title>Streamlit</title>", head, 1)
    read = (
        f"<noscript><h1>{_text(title)}</h1><p>{_text(sentence)}</p><p>The page itself needs JavaScript.</p></noscript>"
    )
    return _NO_SCRIPT.sub(lambda _: read, page, count=1)


def _text(text: str) -> str:
    return html.escape(text, quote=True)
