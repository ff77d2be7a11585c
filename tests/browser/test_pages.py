"""Pages as a visitor meets them: they answer and follow their controls. What holds for every page: `test_every_page`."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.harness import PHONE, Visitor

Visit = Callable[..., Visitor]


def test_the_front_page_answers_draws_and_lists(visit: Visit) -> None:
    visitor = visit()
    assert "fit" in visitor.heading()
    rows = visitor.table()
    assert len(rows) > 40
    assert [[row[0], *row[2:4]] for row in visitor.drawn_cells()[:5]] == [
        [r["name"], r["fit"], r["format"]] for r in rows[:5]
    ]
    drawn = "\n".join(visitor.marks(visitor.charts()[0]))
    assert rows[0]["name"] in drawn


def test_every_control_of_the_front_page_narrows_its_rows(visit: Visit) -> None:
    visitor = visit()
    everything = visitor.table()

    visitor.press("licence", "commercial")
    commercial = visitor.table()
    assert 0 < len(commercial) < len(everything)
    assert {row["commercial"] for row in commercial} <= {"yes", "conditions"}
    assert "licence=commercial" in visitor.path

    visitor.press("fit", "gpu")
    on_gpu = visitor.table()
    assert {row["fit"] for row in on_gpu} == {"fits in GPU memory"}

    visitor.type_number("speed", 100)
    fast = visitor.table()
    assert 0 < len(fast) < len(on_gpu)

    visitor.type_number("speed", 0)
    visitor.type_number("n", 8)
    assert len(visitor.table()) > len(on_gpu)
    assert "n=8" in visitor.path


def test_a_budget_instead_of_a_machine(visit: Visit) -> None:
    visitor = visit()
    visitor.press("by", "budget")
    visitor.type_number("budget", 1500)
    assert "1,500" in visitor.heading()
    assert visitor.table()


def test_choosing_a_row_explains_it(visit: Visit) -> None:
    visitor = visit()
    third = visitor.table()[2]["name"]
    grid = visitor.page.locator(".st-key-table [data-testid=stDataFrame]")
    box = grid.bounding_box()
    assert box is not None
    with visitor.rerun():
        visitor.page.mouse.click(box["x"] + 18, box["y"] + 36 + 35 * 2.5)  # the box before the third row
    expect(visitor.main.get_by_role("heading", name=f"{third} at")).to_be_visible()
    assert "model=" in visitor.path
    assert third in str(visitor.charts()[1].get_attribute("aria-label") or visitor.charts()[1].inner_html())


def test_the_chart_picks_a_model(visit: Visit) -> None:
    visitor = visit()
    marks = visitor.page.locator(
        ".st-key-frontier svg.marks [aria-roledescription=point], .st-key-frontier svg.marks [aria-roledescription=symbol]"
    )
    with visitor.rerun():
        marks.nth(3).click(force=True)
    assert "model=" in visitor.path


def test_a_change_moves_the_marks_of_the_charts_that_are_there(visit: Visit) -> None:
    visitor = visit("/?ctx=16384")
    for chart in visitor.charts():
        chart.locator("svg.marks").evaluate("svg => svg.dataset.seen = 'before'")
    before = [visitor.marks(chart) for chart in visitor.charts()]
    visitor.type_number("ctx", 20480)
    for chart, marks in zip(visitor.charts(), before, strict=True):
        assert visitor.marks(chart) != marks
        assert chart.locator("svg.marks").get_attribute("data-seen") == "before"


def test_a_pick_is_run_with_the_tool_one_has_by_one_click(visit: Visit) -> None:
    visitor = visit("/run?hw=pc-rtx-4090")
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cards = visitor.page.locator(".st-key-picks [data-testid=stColumn]")
    assert cards.count() == 3 and len({round(box["y"]) for card in cards.all() if (box := card.bounding_box())}) == 1
    first = cards.first
    command = str(first.locator("code").inner_text())
    assert command.startswith("llama-server -hf ") and " -c 8192 " in command
    first.get_by_test_id("stCode").hover()
    first.get_by_role("button", name="Copy to clipboard").click()
    assert visitor.page.evaluate("navigator.clipboard.readText()") == command

    visitor.press("tool", "ollama")
    assert "ollama create" in str(first.locator("code").inner_text()) and "tool=ollama" in visitor.path
    visitor.press("tool", "mlx")
    assert "Apple chips only" in str(first.inner_text()) and not first.locator("code").count()
    visitor.press("task", "several")
    assert "4 conversations" in visitor.text()


def test_the_picks_stand_below_each_other_on_a_phone_and_are_named_in_the_chart(visit: Visit) -> None:
    visitor = visit("/run", size=PHONE)
    boxes = [
        box for c in visitor.page.locator(".st-key-picks [data-testid=stColumn]").all() if (box := c.bounding_box())
    ]
    assert len(boxes) == 3 and all(b["y"] >= a["y"] + a["height"] for a, b in itertools.pairwise(boxes))
    names = [str(h).partition(": ")[2] for h in visitor.page.locator(".st-key-picks h2").all_inner_texts()]
    drawn = visitor.picture(visitor.charts()[0])
    assert len(names) == 3 and all(name in drawn for name in names)


def test_where_nothing_suits_a_button_relaxes_it(visit: Visit) -> None:
    visitor = visit("/run?hw=rpi400-lpddr4-3200&ram=4&task=agents")
    assert "nothing" in visitor.heading() and visitor.notices()
    less = visitor.page.locator(".st-key-relax button").first
    count = int(str(less.inner_text()).rpartition(": ")[2].split()[0])
    less.click()
    visitor.settle()
    assert len(visitor.table(visitor.main.get_by_test_id("stDataFrame").first)) == count > 0
