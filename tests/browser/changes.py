"""What a visitor changes on each page before they share it."""

from __future__ import annotations

from tests.browser.harness import Visitor


def change_models(visitor: Visitor) -> None:
    visitor.type_number("n", 2)
    visitor.type_number("ctx", 32768)
    visitor.press("licence", "commercial")
    visitor.press("fit", "gpu")
    visitor.pick("model", "gemma-3-12b-it")


def change_machines(visitor: Visitor) -> None:
    visitor.pick("model", "qwen3-32b")
    visitor.type_number("speed", 20)
    visitor.press("x", "bandwidth")


def change_memory(visitor: Visitor) -> None:
    visitor.pick("model", "gemma-3-27b-it")
    visitor.type_number("ctx", 16384)


def change_compare(visitor: Visitor) -> None:
    visitor.pick("models", "gemma-3-27b-it")
    visitor.type_number("ram", 128)


def change_run(visitor: Visitor) -> None:
    visitor.press("task", "agents")
    visitor.press("tool", "ollama")
    visitor.type_number("n", 2)


def change_machine(visitor: Visitor) -> None:
    visitor.type_number("n", 3)


def change_sources(visitor: Visitor) -> None:
    with visitor.rerun():
        visitor.control("q").locator("input").fill("llama 3.3")
        visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")  # while one writes, the field says how much room is left


SAME_FOR_EVERY_MACHINE = ("/essay", "/benchmarks")
"""Pages on which the machine changes nothing but what other pages show."""
CHANGES = {
    "/": change_models,
    "/machines": change_machines,
    "/memory": change_memory,
    "/compare": change_compare,
    "/run": change_run,
    "/sources": change_sources,
}
