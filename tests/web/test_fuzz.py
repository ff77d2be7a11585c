"""A few cases of each check of `benchmarks.fuzz`: `python -m benchmarks.fuzz --cases 100000` tries many."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import CHECKS, FOREIGN, run

CASES = {"addresses": 120, "parameters": 40, "catalog files": 60, "calibration": 30, "foreign files": 300}


@pytest.mark.parametrize("check", CHECKS)
def test_whatever_is_asked_or_read_is_answered_or_refused(check: str) -> None:
    run(check, CASES[check])


@pytest.mark.parametrize("name", FOREIGN)
def test_the_files_the_fuzz_starts_from_are_read(name: str) -> None:
    reader, whole = FOREIGN[name]
    assert reader(whole)
