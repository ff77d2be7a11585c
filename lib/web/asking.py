"""From a request to a view, strictly: what a page would put in a notice is a 422 here, for no one reads notices in data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lib import answers
from lib.catalog import Catalog
from lib.view import Notice, View, Vocabulary, decode

PROBLEM = "application/problem+json"
MOST_QUERY_CHARACTERS = 8192
NO_IDS = Vocabulary((), (), {}, (), (), (), (), (), ())


class BadQuery(ValueError):  # noqa: N818, a query is bad, nothing went wrong
    """Parameters that cannot be honoured."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        super().__init__(f"{len(notices)} parameter{'s' if len(notices) != 1 else ''} cannot be used")
        self.notices = tuple(notices)


HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?", re.ASCII)
"""A name or address and a port: what may stand in a policy and in links."""


def base_of(request: Request) -> str:
    """Where this dashboard is, without a slash at the end.

    As the visitor asked for it: `lib.web.limits` has refused what is no host or neither http nor https.
    """
    return str(request.base_url).rstrip("/")


def query_of(request: Request) -> dict[str, list[str]]:
    """Each parameter's name and all values given for it, in their order."""
    return {name: request.query_params.getlist(name) for name in request.query_params}


def bounded_query_of(request: Request) -> dict[str, list[str]]:
    """The same of a query that is not too long to be looked at. Raises BadQuery."""
    if len(request.url.query) > MOST_QUERY_CHARACTERS:
        long = Notice("the query", f"{len(request.url.query):,} characters", f"is longer than {MOST_QUERY_CHARACTERS:,} characters", "nothing")  # fmt: skip
        raise BadQuery([long])
    return query_of(request)


def view_of(request: Request, catalog: Catalog, page: str) -> View:
    """The view a request asks for. Raises BadQuery with every parameter that page does not have or take."""
    view, notices = decode(bounded_query_of(request), answers.vocabulary(catalog), page)
    if notices:
        raise BadQuery(notices)
    return view


def no_parameters(request: Request) -> None:
    """For an address that takes none. Raises BadQuery naming each that was given, but for those other programs add."""
    given = query_of(request)
    _, notices = decode({name: values for name, values in given.items() if name not in View.model_fields}, NO_IDS)
    wrong = [name for name in given if name in View.model_fields] + [n.name for n in notices]
    if wrong:
        raise BadQuery([Notice(name, ", ".join(given.get(name, []))[:80], "this address takes no parameters", "nothing") for name in wrong])  # fmt: skip


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """A problem document as of RFC 9457: without a type of its own its title is what HTTP calls the status."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*", **(headers or {})}, PROBLEM)  # fmt: skip


def refusal(error: BadQuery) -> Response:
    """The 422 that names each parameter, what was given and why it cannot be used."""
    return problem(422, f"{error}.", parameters=[asdict(n) for n in error.notices])
