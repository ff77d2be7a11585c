"""Every address beside the pages: their HTML with a preview, their rows, the catalog's files, what describes them all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache, partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

import lib
from lib.answers.tables import PAGES_WITH_ROWS, table_of
from lib.catalog import Catalog, current
from lib.view import PAGES, View, permalink
from lib.web import rows
from lib.web.asking import base_of, no_parameters, problem, query_of, view_of
from lib.web.endpoint import Endpoint, held
from lib.web.files import FILES, CatalogFile
from lib.web.index import page_preview
from lib.web.openapi import described, index_page
from lib.web.pictures import MEDIA, OWN, picture_routes

FRONT = next(iter(PAGES))
FORMS = {"csv": rows.CSV, "json": rows.JSON, "parquet": rows.PARQUET}
"""Forms rows come in, to their media types."""


def routes() -> list[BaseRoute]:
    """Every route beside Streamlit's own; GET and HEAD only."""
    return [*(endpoint.route() for endpoint in endpoints()), *fallbacks()]


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """Every address there is, in the order of the documentation."""
    found = [_page(page) for page in PAGES]
    for page, known in PAGES_WITH_ROWS.items():
        for table in known.tables:
            found += [_rows(page, table.name, table.a_row, form) for form in FORMS]
    found += [_drawn(route) for route in picture_routes()]
    found += [_file(file) for file in FILES]
    documents = (
        Endpoint("/openapi.json", _openapi, rows.JSON, "This description", "OpenAPI 3.1 of every address.", "about"),
        Endpoint("/api", _index, "text/html", "The same for people", "Every address with what it takes.", "about"),
    )
    return (*found, *documents)


def fallbacks() -> list[BaseRoute]:
    """What looks like one of ours but is none gets a problem document, where Streamlit would send its page."""
    unknown = [f"/{page}.{{form}}" for page in PAGES] + [f"/{page}/{{rest:path}}" for page in PAGES_WITH_ROWS]
    return [Route(path, _nothing, methods=["GET"]) for path in (*unknown, "/catalog/{rest:path}")]


async def _nothing(request: Request) -> Response:
    return problem(404, f"{request.url.path} is none; /openapi.json and /api list those there are.")  # fmt: skip


def path_of(page: str) -> str:
    """A page's own path."""
    return "/" if page == FRONT else f"/{page}"


@cache
def code_version() -> str:
    """8 digits that differ whenever our own code does: the same facts may then be told in other bytes."""
    digest = hashlib.sha256()
    for file in sorted(Path(lib.__path__[0]).rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def _page(page: str) -> Endpoint:
    return Endpoint(
        path_of(page), partial(page_html, page), "text/html", f"The page “{page}”",
        "The page itself, with its answer in the head. What a link cannot have is left out and named on the page.", "pages", page, bounded=False,
    )  # fmt: skip


def page_html(page: str, request: Request) -> Response:
    """HTML of a page. A link that cannot be read is still a page: its notices are shown there, not here."""
    html = page_preview(current(), page, query_of(request), base_of(request))
    return HTMLResponse(html, headers={"Cache-Control": "no-cache"})


def _drawn(route: Route) -> Endpoint:
    page, _, form = route.path.strip("/").partition(".")
    return Endpoint(
        route.path, route, MEDIA[form], f"Picture of the page “{page}” as {form.upper()}",
        "A chart of the page at the same query string, with the answer above it and its sources and link below.", "pictures", page, OWN,
    )  # fmt: skip


def _rows(page: str, name: str, a_row: str, form: str) -> Endpoint:
    path = f"/{page}/{name}.{form}" if name else f"/{page}.{form}"
    kind = {"csv": "CSV", "json": "JSON", "parquet": "Parquet"}[form]
    more = f", table “{name}”" if name else ""
    return Endpoint(
        path, partial(_rows_answer, page, name, form), FORMS[form], f"Rows of the page “{page}”{more} as {kind}",
        f"The rows the page shows at the same query string; one row is {a_row}. A parameter the page would leave out with a notice is refused here.", "rows", page,
    )  # fmt: skip


def _rows_answer(page: str, name: str, form: str, request: Request) -> Response:
    catalog = current()
    view = view_of(request, catalog, page)
    address = permalink(base_of(request) + path_of(page), view, page)
    digest = hashlib.sha256(f"{address} {name} {form}".encode()).hexdigest()[:16]
    tag = f"{catalog.version}-{code_version()}-{digest}"
    body = partial(rows_body, catalog, page, name, form, view, address)
    return held(request, tag, catalog.version, FORMS[form], body, "-".join(filter(None, (page, name))) + f".{form}")


@lru_cache(maxsize=32)
def rows_body(catalog: Catalog, page: str, name: str, form: str, view: View, address: str) -> bytes:
    """The rows of a view in one of `FORMS`; `address` is the link to the page that shows them."""
    table = table_of(catalog, page, view, name)
    if form == "csv":
        return rows.as_csv(table.rows, catalog.version)
    head = {"answer": table.sentence, "link": address, "catalog_version": catalog.version}
    if form == "json":
        return rows.as_json({**head, "sources": rows.cited(catalog, table.sources)}, table.rows, table.columns)
    return rows.as_parquet(table.rows, table.columns, {**head, "sources": " ".join(table.sources)})


def _file(file: CatalogFile) -> Endpoint:
    return Endpoint(f"/catalog/{file.name}", partial(_file_answer, file), file.media, file.summary, file.words)


def _file_answer(file: CatalogFile, request: Request) -> Response:
    no_parameters(request)
    catalog, base = current(), base_of(request)
    where = hashlib.sha256(f"{file.name} {base if file.names_address else ''}".encode()).hexdigest()[:16]
    tag = f"{catalog.version}-{code_version()}-{where}"
    return held(request, tag, catalog.version, file.media, lambda: file.body(catalog, base), file.name)


def _openapi(request: Request) -> Response:
    return _document(request, "application/json", "openapi.json", lambda c, base: rows.dumped(described(c, endpoints(), base)))  # fmt: skip


def _index(request: Request) -> Response:
    return _document(request, "text/html; charset=utf-8", "api.html", lambda c, base: index_page(c, endpoints()).encode())  # fmt: skip


def _document(request: Request, media: str, name: str, made: Callable[[Catalog, str], bytes]) -> Response:
    no_parameters(request)
    catalog, base = current(), base_of(request)
    where = hashlib.sha256(f"{name} {base}".encode()).hexdigest()[:16]
    return held(request, f"{catalog.version}-{code_version()}-{where}", catalog.version, media, lambda: made(catalog, base), name)  # fmt: skip
