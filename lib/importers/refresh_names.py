"""Which of our models a list means by a name.

A name is taken only if it is certain: it is listed in `catalog/aliases.csv` for that kind of list, or it is one of our
ids, names, repositories or providers' names letter for letter (case, blanks, dots and underscores aside), or such a
name followed by nothing but settings (`-thinking-32k`, `_high`, `-20250514`), which become the score's variant.
Anything else is unknown, and the nearest id is named to help whoever adds it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from lib.catalog import Catalog
from lib.importers.refresh_reading import Torn, csv_of

ALIASES = "aliases.csv"
_WORDS = (
    r"(?:no[-_ ]?|non[-_ ]?)?(?:thinking|think|reasoning)(?:[-_ ](?:auto|\d{1,3}k|tokens))?"
    r"|\d{1,3}k[-_ ](?:thinking|think)(?:[-_ ]tokens)?"
    r"|(?:x?high|medium|low|minimal|max)[-_ ]effort"
    r"|x?high|medium|low|minimal"
    r"|20\d{6}|20\d\d-\d\d-\d\d"
)
_SETTING = re.compile(rf"[-_](?P<setting>{_WORDS})$")
# Set off by an underscore or brackets these are settings; after a hyphen, sizes and context lengths of other models.
_MARKED = re.compile(rf"(?:_(?P<a>\d{{1,3}}k|max|none)|\s*\((?P<b>{_WORDS}|max|none)\))$", re.IGNORECASE)
_SNAPSHOT = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d)$")


@dataclass(frozen=True)
class Named:
    """One of our models, and the setting of it that the name speaks of."""

    model: str
    variant: str | None = None
    listed: bool = False
    """Whether `aliases.csv` says so, rather than the name itself."""


def plain_name(text: str) -> str:
    """A name without what differs by habit only: case, blanks, dots, underscores, doubled hyphens."""
    return re.sub(r"[\s._:-]+", "-", text.strip().lower()).strip("-")


def read_aliases(path: Path) -> dict[tuple[str, str], Named]:
    """`aliases.csv`: kind of list and name as written there, to the model and variant; empty without the file.

    Raises ValueError for a file without the columns, or with a name twice.
    """
    found: dict[tuple[str, str], Named] = {}
    for number, row in csv_of(path.read_bytes(), "list", "name", "model", "variant") if path.exists() else ():
        if isinstance(row, Torn) or (row["list"], row["name"]) in found:
            raise ValueError(f"{path.name} line {number}: not four cells, or a name that is there already")
        found[row["list"], row["name"]] = Named(row["model"], row["variant"] or None, listed=True)
    return found


def _of_catalog(catalog: Catalog) -> dict[str, str]:
    """Plain name to id, for names that mean one model only."""
    found: dict[str, set[str]] = defaultdict(set)
    for key, model in catalog.models.items():
        names = [key, model.name]
        if model.hugging_face:
            names += [model.hugging_face, model.hugging_face.partition("/")[2]]
        for name in names:
            found[plain_name(name)].add(key)
    exact = {plain_name(key): key for key in catalog.models}
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1} | exact


class Names:
    """The names of one catalog, for one kind of list."""

    def __init__(
        self, catalog: Catalog, kind: str = "", aliases: Mapping[tuple[str, str], Named] | None = None
    ) -> None:
        self._models = catalog.models
        self._kind = kind
        self._aliases = aliases or {}
        self._plain = _of_catalog(catalog)
        offered: dict[tuple[str, str], set[str]] = defaultdict(set)
        for price in catalog.prices:
            offered[price.provider, price.provider_model].add(price.model)
            offered["", price.provider_model].add(price.model)
        self._offered = {key: next(iter(ids)) for key, ids in offered.items() if len(ids) == 1}
        self._nearest = lru_cache(maxsize=10_000)(self._closest)

    def exact(self, name: str) -> str | None:
        """The id of a model called just so; a maker before a slash may be left out."""
        for part in (name, name.rpartition("/")[2]):
            if (found := self._plain.get(plain_name(part))) is not None:
                return found
        return None

    def price(self, provider: str, name: str) -> str | None:
        """The id of the model a provider sells under a name."""
        alias = self._aliases.get((self._kind, name))
        if alias and alias.model in self._models:
            return alias.model
        known = self._offered.get((provider, name)) or self._offered.get(("", name))
        return known or self.exact(name) or self.exact(_SNAPSHOT.sub("", name))

    def score(self, name: str) -> Named | None:
        """The model and setting a leaderboard's row is about."""
        if (alias := self._aliases.get((self._kind, name))) is not None:
            return alias if alias.model in self._models else None
        settings: list[str] = []
        rest = name.strip()
        for _ in range(5):
            if (found := self.exact(rest)) is not None:
                return Named(found, "-".join(reversed(settings)) or None)
            match = _MARKED.search(rest) or _SETTING.search(rest.lower())
            if match is None or match.start() == 0:
                return None
            setting = next(part for part in match.groups() if part)
            settings.append(re.sub(r"[\s_]+", "-", setting.strip()))
            rest = rest[: match.start()]
        return None

    def _closest(self, name: str) -> str:
        near = get_close_matches(plain_name(name.rpartition("/")[2]), self._plain, n=1, cutoff=0.75)
        return f"unknown model; nearest: {self._plain[near[0]]}" if near else "unknown model"

    def unknown(self, name: str) -> str:
        """Why a name is not taken, with the nearest id."""
        return self._nearest(name)
