"""Facts and their sources: schema, loading, checking."""

from lib.catalog.catalog import Catalog, Problem
from lib.catalog.live import current, held_back
from lib.catalog.load import load

__all__ = ["Catalog", "Problem", "current", "held_back", "load"]
