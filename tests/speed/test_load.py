"""The wait before the first word: the file from the disk, the prompt, one token."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from lib.speed.load import DISKS, load_range_seconds, load_seconds, time_to_first_token_seconds

SOURCES = Path(__file__).resolve().parents[2] / "catalog" / "sources" / "speed.toml"


def test_forty_gigabytes_from_two_gigabytes_a_second_take_twenty_seconds() -> None:
    assert load_seconds(40e9, 2.0) == pytest.approx(20.0)
    assert list(load_seconds(np.array([4e9, 8e9]), 4.0)) == [1.0, 2.0]
    with pytest.raises(ValueError, match="positive rate"):
        load_seconds(1e9, 0.0)


def test_newer_disks_are_quicker_and_ranges_are_ranges() -> None:
    ranges = [load_range_seconds(10e9, disk) for disk in ("hdd", "sata-ssd", "nvme-3", "nvme-4", "nvme-5")]
    assert all(quick < slow for quick, slow in ranges)
    assert [float(q) for q, _ in ranges] == sorted((float(q) for q, _ in ranges), reverse=True)
    assert [float(s) for _, s in ranges] == sorted((float(s) for _, s in ranges), reverse=True)
    with pytest.raises(ValueError, match="floppy"):
        load_range_seconds(1e9, "floppy")


def test_every_disk_has_a_source_in_the_catalog() -> None:
    known = tomllib.loads(SOURCES.read_text("utf-8"))
    for disk in DISKS.values():
        assert all(part.strip().partition("#")[0] in known for part in disk.source.split(";"))


def test_first_token_waits_for_prompt_one_token_and_loading() -> None:
    quick, likely, slow = time_to_first_token_seconds(500.0, 250.0, 1000.0, 1000, 50.0)
    assert (float(quick), float(likely), float(slow)) == pytest.approx((1.02, 2.02, 4.02))
    loaded = time_to_first_token_seconds(500.0, 250.0, 1000.0, 1000, fixed_seconds=10.0)
    assert float(loaded[1]) == pytest.approx(12.0)
    assert np.isnan(time_to_first_token_seconds(np.nan, np.nan, np.nan, 10)[1])
    with pytest.raises(ValueError, match="at least one token"):
        time_to_first_token_seconds(1.0, 1.0, 1.0, 0)
