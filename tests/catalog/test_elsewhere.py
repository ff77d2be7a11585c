"""Another folder can be served instead of the repo's own, also a far larger one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import big_catalog
from lib.catalog import current
from lib.catalog.load import load
from tests.browser.harness import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    facts = current()
    return big_catalog.write(
        tmp_path_factory.mktemp("made-up") / "catalog", len(facts.models) + 40, len(facts.devices) + 20
    )


def test_a_made_up_catalog_reads_without_a_fault(folder: Path) -> None:
    facts, made = current(), load(folder)
    # What a proportion looks like depends on the other scores of a benchmark, and those are made up.
    assert not [problem for problem in made.problems if "proportion" not in problem.expected]
    assert len(made.models) == len(facts.models) + 40
    assert len(made.devices) == len(facts.devices) + 20
    assert set(facts.models) < set(made.models)


def test_the_folder_named_by_the_environment_is_served(folder: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from lib import answers; from lib.catalog import current; from lib.view import View; print(len(answers.rank_models(current(), View(hosted=True))))"],
        cwd=ROOT, env={**os.environ, "DASHBOARD_CATALOG": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(said.stdout) == len(current().models) + 40


def test_nothing_made_up_is_written_into_the_repo() -> None:
    with pytest.raises(ValueError, match="outside the repo"):
        big_catalog.write(ROOT / "made-up", 1, 1)
    assert not (ROOT / "made-up").exists()
