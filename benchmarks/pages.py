"""How long each page takes to answer: `python -m benchmarks.pages`.

Every page is asked for contexts it has never been asked for, then for the last of them again; both are printed as
ratios against ranking the models for a context never asked before, in the same run, since machines differ and are noisy.
"""

from __future__ import annotations

from benchmarks.timing import milliseconds
from lib.answers import rank_models
from lib.answers.freshness import freshness_of
from lib.answers.tables import PAGES_WITH_ROWS
from lib.catalog import current
from lib.view import View

TIMES = 5


def main() -> None:
    """Print a line a page: its answer new, again, and how old its facts are, again."""
    facts = current()
    rank_models(facts, View())
    unit = milliseconds(lambda n: rank_models(facts, View(ctx=9_000 + 256 * n)))
    print(f"unit: ranking {len(facts.models)} models for a context never asked before, {unit:.1f} ms\n")
    print(f"{'page':<12}{'new':>10}{'again':>10}{'age of facts, again':>22}")
    for place, (page, tables) in enumerate(PAGES_WITH_ROWS.items()):
        views = [View(ctx=20_480 + 256 * (place * (TIMES + 1) + number)) for number in range(TIMES + 1)]
        tables.sentence(facts, views[0])  # what a page needs once, whatever the view, is no part of a change
        new = milliseconds(lambda n, tables=tables, views=views: tables.sentence(facts, views[n + 1]), TIMES)
        again = milliseconds(lambda _, tables=tables, views=views: tables.sentence(facts, views[-1]), TIMES)
        freshness_of(facts, page, views[-1])
        aged = milliseconds(lambda _, page=page, views=views: freshness_of(facts, page, views[-1]), TIMES)
        print(f"{page:<12}{new / unit:>9.2f}×{again / unit:>9.3f}×{aged / unit:>21.3f}×")


if __name__ == "__main__":
    main()
