"""Any page as rows: one function from a page and a view to the table it shows, with words, units and sources.

Nothing is computed here: rows are those of the page's own answer function under the same view, without the columns that
only place marks on a chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from lib.answers.freshness import source_ids
from lib.answers.table_pages import PAGES_WITH_ROWS
from lib.answers.table_shapes import Column, PageTable, PageTables, served
from lib.catalog import Catalog
from lib.view import View

__all__ = ["PAGES_WITH_ROWS", "Column", "PageTable", "PageTables", "sentence_of", "table_of"]

SOURCES = Column("sources", "", "Ids of the sources the row rests on, separated by blanks.")


@lru_cache(maxsize=128)
def table_of(catalog: Catalog, page: str, view: View, name: str = "") -> PageTable:
    """A page's table under a view: its main one, or the one of that name. Raises LookupError where there is none."""
    if page not in PAGES_WITH_ROWS:
        raise LookupError(f"the page {page} has no rows")
    asked = PAGES_WITH_ROWS[page].named(name)
    frame, spec = asked.shape(catalog, view)
    rows, columns = served(frame, spec)
    of_page = source_ids(catalog, page, view)
    if asked.sources_of is not None:
        each = [tuple(s for s in sorted(ids) if s in catalog.sources) for ids in asked.sources_of(catalog, view, frame)]
        rows = rows.assign(sources=pd.Series(each, index=rows.index, dtype=object))
        columns = (*columns, SOURCES)
        of_page = of_page.union(*each)
    known = tuple(sorted(s for s in of_page if s in catalog.sources))
    return PageTable(PAGES_WITH_ROWS[page].sentence(catalog, view), rows, columns, known)


def sentence_of(catalog: Catalog, page: str, view: View) -> str:
    """The sentence at the top of a page under a view; empty for a page that has none of its own."""
    own: Mapping[str, PageTables] = PAGES_WITH_ROWS
    return own[page].sentence(catalog, view) if page in own else ""
