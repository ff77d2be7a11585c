"""What axe-core and the size of targets say against a page as it stands."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.harness import Visitor

NOT_OURS = [
    # Vega gives the group of a layer a role also when no row is drawn in it: https://github.com/vega/vega/pull/2548
    ("svg-img-alt", re.compile(r"<g [^>]*></g>")),
]
"""A rule of axe-core and the whole markup of what it may say of: other people's, named upstream."""

LEAST_PX = 24  # WCAG 2.2, 2.5.8


def violations(visitor: Visitor) -> list[str]:
    """What axe-core calls serious or critical and is not in `NOT_OURS`, one line an element."""
    found: list[dict[str, Any]] = Axe().run(visitor.page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]} {node.get('failureSummary', '')}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(rule["id"] == name and whole.fullmatch(node["html"]) for name, whole in NOT_OURS)
    ]


def small_targets(visitor: Visitor) -> list[str]:
    """What can be pressed, can be seen and is smaller than it should be; links inside a sentence may be."""
    return list(
        visitor.page.evaluate(
            """least => [...document.querySelectorAll('button, a, input, textarea, summary, [role=button], [role=radio]')]
              .filter(e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
              .filter(e => !e.closest('p, li, [data-testid="stSkipToContent"]'))
              .map(e => [e, (e.matches('input') && e.closest('label') || e).getBoundingClientRect()])
              .filter(([e, box]) => box.width > 0 && (Math.round(box.width) < least || Math.round(box.height) < least))
              .map(([e, box]) => `${Math.round(box.width)} x ${Math.round(box.height)}: ${e.outerHTML.slice(0, 150)}`)""",
            LEAST_PX,
        )
    )
