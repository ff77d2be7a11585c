"""Every address described: OpenAPI 3.1 for programs, a plain page for people. Both are made from the endpoints and `View`."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

from lib import answers
from lib.answers.citation import NAME as TITLE
from lib.catalog import Catalog
from lib.view import PAGES, VERSION, View, default, encode
from lib.web.endpoint import Endpoint
from lib.web.render import LEAST_WIDTH, MOST_WIDTH, USUAL_WIDTH

API_VERSION = "1.0.0"
STABLE = (
    "Addresses, parameters and column names stay; columns and parameters may be added. Numbers change when facts or the way they are computed do: "
    "each answer names the catalog version it rests on, and a link with every parameter keeps its meaning when a default changes."
)  # fmt: skip
_EXAMPLES = {
    "against": "mmlu-pro.open-llm-leaderboard-v2",
    "since": "2024-01-01",
    "until": "2026-12-31",
    "pmin": 1,
    "pmax": 700,
    "able": 50,
    "paid": 1500,
}
_HEADERS = {
    "ETag": {"description": "Changes with the facts, the query and our own code.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "How long it may be held without asking.", "schema": {"type": "string"}},
    "X-Catalog-Version": {"description": "Equal facts, equal version.", "schema": {"type": "string"}},
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameters": {
            "type": "array",
            "description": "Each parameter that cannot be honoured.",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "given": {"type": "string"},
                    "reason": {"type": "string"},
                    "instead": {"type": "string", "description": "What a page would show in its place."},
                },
            },
        },
    },
}
_ROWS = {
    "type": "object",
    "required": ["answer", "link", "catalog_version", "sources", "columns", "rows"],
    "properties": {
        "answer": {"type": "string", "description": "The sentence at the top of the page."},
        "link": {"type": "string", "format": "uri", "description": "The page that shows these rows, every parameter spelled out."},
        "catalog_version": {"type": "string"},
        "sources": {"type": "array", "items": {"type": "object", "properties": {name: {"type": "string"} for name in ("id", "title", "producer", "url", "accessed", "licence")}}},
        "columns": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "unit": {"type": ["string", "null"]}, "description": {"type": "string"}}}},
        "rows": {"type": "array", "items": {"type": "object", "description": "Column to value; what is not known is null."}},
    },
}  # fmt: skip


_OF_PICTURES = {
    name: {"name": name, "in": "query", "required": False, "description": words, "schema": shape}
    for name, words, shape in (
        ("chart", "Which of the page's charts; its main one where this is left out.", {"type": "string"}),
        ("theme", "Colours.", {"enum": ["light", "dark"], "default": "light"}),
        ("width", "Pixels.", {"type": "integer", "minimum": LEAST_WIDTH, "maximum": MOST_WIDTH, "default": USUAL_WIDTH}),
        ("size", "`card`: as a chat shows a link.", {"enum": ["card"]}),
    )
}  # fmt: skip


def described(catalog: Catalog, endpoints: Iterable[Endpoint], base: str) -> dict[str, Any]:
    """The OpenAPI document of some endpoints, served at `base`."""
    every = tuple(endpoints)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{TITLE}: data",
            "version": API_VERSION,
            "summary": "The rows of any page, and the whole catalog, as files.",
            "description": STABLE,
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
        },
        "servers": [{"url": base}],
        "tags": [
            {"name": "pages", "description": "Pages for people."},
            {"name": "rows", "description": "What a page shows, at the same query string."},
            {"name": "pictures", "description": "Its chart, at the same query string."},
            {"name": "catalog", "description": "All facts as files."},
            {"name": "about", "description": "This description."},
        ],
        "paths": {e.path: _path(e) for e in every},
        "components": {"parameters": _parameters(catalog), "schemas": {"Problem": _PROBLEM, "Rows": _ROWS}},
    }  # fmt: skip


def _path(endpoint: Endpoint) -> dict[str, Any]:
    asked = [{"$ref": f"#/components/parameters/{name}"} for name in (*PAGES[endpoint.page], *endpoint.more, "v")] if endpoint.page else []  # fmt: skip
    media = endpoint.media.partition(";")[0]
    found = {"schema": {"$ref": "#/components/schemas/Rows"}} if endpoint.tag == "rows" and media.endswith("json") else {}  # fmt: skip
    answers_with: dict[str, Any] = {
        "200": {
            "description": "The answer.",
            "headers": _HEADERS if endpoint.bounded else {},
            "content": {media: found},
        },
        "500": _problem("It could not be computed."),
    }
    if endpoint.bounded:
        answers_with["304"] = {"description": "What `If-None-Match` names is still what there is."}
        answers_with["422"] = _problem("Parameters that cannot be honoured, each with what was given and why.")
    operation = {"tags": [endpoint.tag], "summary": endpoint.summary, "description": endpoint.words, "parameters": asked, "responses": dict(sorted(answers_with.items()))}  # fmt: skip
    name = endpoint.path.strip("/").replace("/", "_").replace(".", "_") or "front"
    return {
        "get": {**operation, "operationId": f"get_{name}"},
        "head": {**operation, "operationId": f"head_{name}", "summary": f"{endpoint.summary}: headers only"},
    }


def _problem(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}  # fmt: skip


def _parameters(catalog: Catalog) -> dict[str, Any]:
    """Every parameter of any page: type, bounds and ids as the decoder holds them to, words from `View`."""
    ids = answers.vocabulary(catalog)
    shapes = View.model_json_schema()["properties"]
    found: dict[str, Any] = {}
    for name in View.model_fields:
        shape = dict(shapes[name])
        words = shape.pop("description", "")
        shape.pop("title", None)
        if "anyOf" in shape:
            (one,) = [s for s in shape.pop("anyOf") if s.get("type") != "null"]
            shape = {**one, **{k: v for k, v in shape.items() if k != "default"}}
        # Behind a validator of ours pydantic names bounds in its own way.
        shape = {{"ge": "minimum", "le": "maximum"}.get(word, word): said for word, said in shape.items()}
        if shape.get("format") == "date":  # JSON Schema bounds numbers only
            words += f" From {shape.pop('minimum')} to {shape.pop('maximum')}."
        shape.update(_bounds(name))
        known = ids.of(name)
        if shape.get("type") == "array":
            shape["items"] = {"type": "string", **({"enum": list(known)} if known else {})}
        elif known:
            shape["enum"] = list(known)
        found[name] = {
            "name": name, "in": "query", "required": False, "description": words, "schema": shape,
            **({"style": "form", "explode": True} if shape.get("type") == "array" else {}), **_example(name, known),
        }  # fmt: skip
    found.update(_OF_PICTURES)
    found["v"] = {"name": "v", "in": "query", "required": False, "description": "Version of links.", "schema": {"const": VERSION}, "example": VERSION}  # fmt: skip
    return found


def _bounds(name: str) -> dict[str, float]:
    """Bounds that stand behind a reader of our own (`8k` for 8192), which pydantic's description leaves out."""
    words = {"ge": "minimum", "le": "maximum"}
    found = ((word, getattr(given, short, None)) for given in View.model_fields[name].metadata for short, word in words.items())  # fmt: skip
    return {word: bound for word, bound in found if isinstance(bound, int | float)}


def _example(name: str, known: tuple[str, ...] | None) -> dict[str, Any]:
    usual = encode(View(), next(p for p, names in PAGES.items() if name in names), defaults=True)[name]
    if isinstance(default(name), tuple):
        return {"example": list(default(name)) or list(known or ())[:1]}
    if name in _EXAMPLES and (known is None or _EXAMPLES[name] in known):
        return {"example": _EXAMPLES[name]}
    return {"example": usual[0] or (known or ("",))[0]}


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8884; }}
code, pre {{ font: 14px ui-monospace, monospace; }} pre {{ overflow-x: auto; padding: .8rem; background: #8882; }}
</style></head><body>
<h1>{title}</h1>
<p>{words}</p>
<p>Catalog version <code>{version}</code>. The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>
<pre>import pandas as pd
rows = pd.read_csv("https://…/models.csv?hw=rtx-4090&amp;ctx=32768")</pre>
{sections}
</body></html>
"""


def index_page(catalog: Catalog, endpoints: Iterable[Endpoint]) -> str:
    """The page for people: every address, what it gives and which parameters it takes. All of it is escaped."""
    every = tuple(endpoints)
    sections = [_section("Rows of any page, at its own query string", [e for e in every if e.tag == "rows"])]
    sections.append(_section("The whole catalog", [e for e in every if e.tag == "catalog"]))
    sections.append(
        _section(
            "Pages, their pictures, and this description", [e for e in every if e.tag in ("pages", "pictures", "about")]
        )
    )
    sections.append(_section_of_parameters())
    return _PAGE.format(title=html.escape(f"{TITLE}: data"), words=html.escape(STABLE), version=html.escape(catalog.version), sections="\n".join(sections))  # fmt: skip


def _section(title: str, endpoints: Iterable[Endpoint]) -> str:
    rows = "".join(
        f'<tr><td><a href="{html.escape(e.path, quote=True)}"><code>{html.escape(e.path)}</code></a></td><td>{html.escape(e.summary)}. {html.escape(e.words)}</td></tr>'
        for e in endpoints
    )  # fmt: skip
    return f"<h2>{html.escape(title)}</h2><table><tr><th>address</th><th>what it gives</th></tr>{rows}</table>"


def _section_of_parameters() -> str:
    pages = {name: [p for p, names in PAGES.items() if name in names] for name in View.model_fields}
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code></td><td>{html.escape(field.description or '')}</td><td>{html.escape('every page' if len(pages[name]) == len(PAGES) else ', '.join(pages[name]))}</td></tr>"
        for name, field in View.model_fields.items()
    )  # fmt: skip
    return f"<h2>Parameters</h2><table><tr><th>name</th><th>what it says</th><th>pages</th></tr>{rows}</table>"
