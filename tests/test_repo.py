"""The house keeps to its own plan: who imports whom in pages, pinned packages, links of the documents."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from lib.view import PAGES

ROOT = Path(__file__).parents[1]
DOCUMENTS = [path for folder in (".", "deploy", "docs") for path in sorted((ROOT / folder).glob("*.md"))]


def imports(script: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("script", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.name)
def test_a_page_only_asks_and_draws(script: Path) -> None:
    allowed = {
        "streamlit",
        "pathlib",
        "__future__",
        "lib",
        "lib.ui",
        "lib.answers",
        "lib.charts",
        "lib.view",
    }
    assert {name for name in imports(script) if ".".join(name.split(".")[:2]) not in allowed} == set()


def test_every_page_has_its_script_and_its_parameters() -> None:
    assert {path.stem for path in (ROOT / "pages").glob("*.py")} == {"frame", *PAGES}


def test_every_package_is_pinned_to_one_version() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-")):
                assert re.fullmatch(r"[\w.-]+==[\w.]+(; .+)?", line), f"{name}: {line}"


@pytest.mark.parametrize("script", ["run", "test", ".ci/environment.sh"])
def test_the_two_commands_are_plain_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", ROOT / script], capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_links_to_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if not re.match(r"https?:", target)]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = [path.name for path in (ROOT / "lib").iterdir() if path.is_dir() and any(path.glob("[!_]*.py"))]
    assert [room for room in rooms if f"`lib/{room}/`" not in text] == []
