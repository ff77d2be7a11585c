"""Where models already run: the services of the essay and today's, and every provider whose prices are known."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from lib.catalog import Catalog

ESSAY = "the essay, May 2024"


@lru_cache(maxsize=2)
def services(catalog: Catalog) -> pd.DataFrame:
    """service, producer, kind, offers, note, listed, read on, url: the essay's services first. Cached: read-only."""
    rows = []
    for s in catalog.services.values():
        source = catalog.source_of(s.source)
        context = f"{s.context_tokens:,} tokens of context" if s.context_tokens else None
        offers = " · ".join(filter(None, (s.models, context, ", ".join(s.modalities) or None)))
        listed = ESSAY if s.in_essay else "today"
        rows.append((s.name, s.producer, s.kind, offers or None, s.note, listed, source.accessed if source else None, s.url))  # fmt: skip
    frame = pd.DataFrame(rows, columns=["service", "producer", "kind", "offers", "note", "listed", "read on", "url"])
    return frame.sort_values("listed", key=lambda c: c != ESSAY, kind="stable").reset_index(drop=True)


@lru_cache(maxsize=2)
def providers(catalog: Catalog) -> pd.DataFrame:
    """provider, models, open, as of, source, url: who asks a known price for how many models of the catalog.

    `url` is where the newest of its prices was read. Most models first. Cached: read-only.
    """
    rows = []
    by: dict[str, list[int]] = {}
    for i, price in enumerate(catalog.prices):
        by.setdefault(price.provider, []).append(i)
    for provider, at in by.items():
        given = [catalog.prices[i] for i in at]
        models = {p.model for p in given}
        newest = max(given, key=lambda p: (p.as_of, p.source))
        is_open = sum(1 for m in models if m in catalog.models and catalog.models[m].open_weights)
        rows.append((provider, len(models), is_open, newest.as_of, *catalog.cited(newest.source)))
    rows.sort(key=lambda r: (-r[1], r[0]))
    return pd.DataFrame(rows, columns=["provider", "models", "open", "as of", "source", "url"])
