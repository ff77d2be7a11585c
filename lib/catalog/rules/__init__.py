"""What looks wrong in a catalog that reads well: each rule a pure function from a catalog to problems.

Run by `python -m lib.catalog check` and the tests, never for a visitor: what a rule finds stays in. A finding
we know the reason of is an entry of `accepted.toml`, and is listed as a note.
"""

from lib.catalog.rules.accepted import Note, examine
from lib.catalog.rules.models import Count

__all__ = ["Count", "Note", "examine"]
