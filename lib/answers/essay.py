"""The essay's tables: as printed, what checking found, and the same view as it stands today."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from lib.answers.vocabulary import vocabulary
from lib.catalog import Catalog
from lib.view import decode, link


@dataclass(frozen=True, eq=False)
class TableToday:
    id: str
    title: str
    since: str
    rows: pd.DataFrame
    """Cells exactly as printed, and a column of what checking found, where it found anything."""
    findings: pd.DataFrame
    verdicts: str
    link: str
    """Relative address of the view that shows it today."""
    label: str


@dataclass(frozen=True, eq=False)
class EssayToday:
    sentence: str
    notes: tuple[str, ...]
    tables: tuple[TableToday, ...]
    claims: pd.DataFrame


_MARKS = {
    "wrong": "wrong",
    "differs": "differs",
    "misleading": "misleading",
    "unconfirmed": "not confirmed",
    "confirmed": "confirmed",
}
_PAGES = {"models": "Which can I run?", "machines": "What does it take?", "compare": "Compare", "sources": "Sources"}


@lru_cache(maxsize=2)
def essay(catalog: Catalog) -> EssayToday:
    """The essay of May 2024 beside what is known now. Nothing in it is corrected in silence."""
    text = catalog.essay
    if text is None:
        return EssayToday(
            "The essay's tables could not be read.", ("See the problems at the foot of the page.",), (), pd.DataFrame()
        )
    tables = []
    for key, table in text.tables.items():
        about = [f for f in text.findings if f.table == key]
        rows = []
        for number, row in enumerate(table.rows):
            cells = {c: row.cells.get(c, "") for c in table.columns}
            said = [
                f"{f.column or 'row'}: {_MARKS[f.verdict]}"
                for f in about
                if f.row == number and f.verdict != "confirmed"
            ]
            cells["checking found"] = "; ".join(said)
            if any("link" in r.cells for r in table.rows):
                cells["link"] = row.cells.get("link", "")
            rows.append(cells)
        findings = pd.DataFrame(
            [
                {
                    "row": table.rows[f.row].cells.get(table.columns[0], str(f.row + 1))
                    if f.row is not None
                    else "the whole table",
                    "column": f.column or "",
                    "verdict": _MARKS[f.verdict],
                    "what was found": f.text,
                    **dict(zip(("source", "url"), catalog.cited(f.source), strict=True)),
                }
                for f in about
            ]
        )
        counted = Counter(_MARKS[f.verdict] for f in about)
        verdicts = ", ".join(f"{counted[m]} {m}" for m in _MARKS.values() if counted[m])
        query = {name: [value] if isinstance(value, str) else list(value) for name, value in table.query.items()}
        wanted, _ = decode(query, vocabulary(catalog), table.page)
        tables.append(
            TableToday(
                key,
                table.title,
                f"{table.section} · {table.since}",
                pd.DataFrame(rows),
                findings,
                verdicts,
                "." + link(wanted, table.page),
                f"This table today, on “{_PAGES[table.page]}”",
            )
        )
    overall = Counter(f.verdict for f in text.findings)
    claims = pd.DataFrame(
        [
            {
                "it says": c.text, "verdict": _MARKS[c.verdict], "checking found": c.checked, "section": c.section,
                "source": catalog.cited(c.source)[0], "url": c.cites,
            }
            for c in text.claims.values()
        ]
    )  # fmt: skip
    wrong = overall["wrong"] + overall["misleading"]
    sentence = f"“{text.title}”, {text.published[:7]}: {len(tables)} tables as printed, {wrong} cells found wrong or misleading, {overall['unconfirmed']} that nothing confirms."
    notes = (
        "Every cell stands as the essay prints it; what better sources say stands beside it. Each table opens as an ordinary view of this dashboard.",
    )
    return EssayToday(sentence, notes, tuple(tables), claims)
