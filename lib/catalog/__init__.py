"""Facts and their sources: schema, loading, checking."""

from lib.catalog.catalog import Catalog, Problem
from lib.catalog.load import current, load

__all__ = ["Catalog", "Problem", "current", "load"]
