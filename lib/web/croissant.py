"""The catalog described as a dataset: MLCommons Croissant 1.1, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from lib.catalog import Catalog
from lib.web.flat import Field, Flat, tables
from lib.web.rows import dumped, separator
from lib.web.sqlite_file import ABOUT, LICENCE_URL

MEDIA = 'application/ld+json; profile="http://mlcommons.org/croissant/1.1"'
# The specification's own context says http://schema.org/, its data sets and its reader say https; with http nobody reads it.
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
_TERMS = ("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray",
          "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "readLines", "repeated", "replace", "samplingRate", "sdVersion", "separator", "source", "subField", "transform", "unArchive", "value")  # fmt: skip
CONTEXT: Mapping[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}  # fmt: skip
_TYPES = {"text": "sc:Text", "date": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "boolean": "sc:Boolean"}


def croissant(catalog: Catalog, base: str, files: Iterable[tuple[str, str, str, bytes]]) -> bytes:
    """The description. `base` is where this dashboard is; `files` are name, media type, words and bytes of each file.

    Dates may be a month or a year only, so their type is text.
    """
    day = max(s.accessed for s in catalog.sources.values()) if catalog.sources else "1970-01-01"
    whole = tuple((name, media, words, content) for name, media, words, content in files)
    return dumped(
        {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": CONFORMS_TO,
            "name": "a-gpt-of-ones-own-catalog",
            "description": ABOUT,
            "license": LICENCE_URL,
            "url": f"{base}/api",
            "creator": {"@type": "Organization", "name": "A GPT of One's Own authors", "url": f"{base}/"},
            "datePublished": day,
            "dateModified": day,
            "inLanguage": "en",
            "version": f"{'.'.join(str(int(part)) for part in day.split('-'))}+{catalog.version}",
            "keywords": ["language models", "benchmarks", "hardware", "inference speed", "quantization", "prices"],
            "citeAs": f"A GPT of One's Own catalog, version {catalog.version}, {base}/api",
            "distribution": [_file(base, *file) for file in whole],
            "recordSet": [_records(table) for name, table in tables(catalog).items()],
        }
    )


def _file(base: str, name: str, media: str, words: str, content: bytes) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject", "@id": name, "name": name, "description": words, "contentUrl": f"{base}/catalog/{name}",
        "contentSize": f"{len(content)} B", "encodingFormat": media.partition(";")[0], "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def _records(table: Flat) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.words,
        "field": [_field(table, f) for f in table.fields],
    }
    if table.key:
        made["key"] = {"@id": f"{table.name}/{table.key[0]}"}
    return made


def _column(table: str, name: str) -> dict[str, Any]:
    return {"fileObject": {"@id": f"{table}.csv"}, "extract": {"column": name}}


def _field(table: Flat, field: Field) -> dict[str, Any]:
    source = _column(table.name, field.name)
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{field.name}",
        "name": field.name,
        "description": f"{field.words} [{field.unit}]" if field.unit else field.words,
        "dataType": _TYPES.get(field.kind) or _entries(table, field),
        "source": source,
    }
    if field.kind == "list" and not _all_numbers(table, field):
        source["transform"] = {"separator": separator(field.name)}
        made["isArray"] = True
    if field.refers_to:
        # To the column, not to the field: the format's own reader follows a field once only, then reads no other record set.
        made["references"] = _column(field.refers_to, "id")
    return made


def _entries(table: Flat, field: Field) -> str:
    """The type of a list's entries: of the first there is."""
    first = next((entry for given in table.rows[field.name] if given is not None for entry in given), "")
    return _TYPES["integer" if isinstance(first, int) else "number" if isinstance(first, float) else "text"]


def _all_numbers(table: Flat, field: Field) -> bool:
    """Whether every list is one number: a reader of the CSV then finds numbers, which cannot be split."""
    lists = [given for given in table.rows[field.name] if given is not None]
    return all(len(given) <= 1 for given in lists) and _entries(table, field) != _TYPES["text"]
