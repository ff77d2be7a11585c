"""Devices whose figures contradict each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from lib.catalog.catalog import Catalog, Problem

TOLERANCE = 0.02
ROUNDING = 0.03
"""Makers round a product to a number people remember; more is no rounding, and never kept as one."""
MEMORY_MAY_SEEM_FASTER = 1.05
"""Part of a model stays in caches between tokens."""
STACK_GIB = 48.0
CHIPS_GIB = 6.0
"""Two chips of 3 GiB on one channel."""
RANGES = {
    "memory_gib": (0.1, 2048.0), "memory_bandwidth_gb_per_s": (4.0, 100_000.0), "power_w": (1.0, 1500.0),
    "fp32_tflops": (0.05, 300.0), "fp16_tflops": (0.1, 5000.0), "boost_clock_mhz": (300.0, 6500.0),
    "launch_price_usd": (25.0, 60_000.0), "street_price_low_usd": (10.0, 60_000.0),
    "street_price_high_usd": (10.0, 60_000.0),
}  # fmt: skip
"""From a single-board computer to the largest accelerator on sale."""
_FASTEST_PIN_GBIT_PER_S = {"DDR3": 2.2, "DDR4": 4.0, "LPDDR4": 4.3, "DDR5": 9.0, "LPDDR5": 10.7, "GDDR5": 12.0, "GDDR6": 24.0, "GDDR7": 36.0, "HBM2": 3.7, "HBM3": 9.9}  # fmt: skip
"""The fastest grade of each kind of memory on sale, X and E grades included."""


def bus(catalog: Catalog) -> Iterator[Problem]:
    """Peak bandwidth is bus width x rate of a pin / 8: one die's figure or twice the real one does not fit."""
    for key, wide in catalog.device_buses.items():
        device = catalog.devices.get(key)
        if device is None:
            yield Problem(f"device_buses.csv {key}", "", "no such device in devices.csv", "bus")
        elif (stated := device.memory_bandwidth_gb_per_s) is not None:
            share = stated / wide.bandwidth_gb_per_s
            if abs(share - 1) > TOLERANCE:
                hint = ", one die's?" if 0.45 < share < 0.55 else ", twice the real one?" if 1.8 < share < 2.2 else ""
                expected = (
                    f"{wide.bandwidth_gb_per_s:.6g} GB/s within 2 % ({wide.bus_bits} bits at "
                    f"{wide.rate_gbit_per_s_per_pin:g} Gbit/s a pin){hint}"
                )
                rule = "rounding" if abs(share - 1) <= ROUNDING else "bus"
                yield Problem(f"devices.csv {key} memory_bandwidth_gb_per_s", f"{stated:g}", expected, rule)


def unchecked(catalog: Catalog) -> Iterator[Problem]:
    """A bandwidth without bus and rate beside it is one nobody has checked."""
    for key, device in catalog.devices.items():
        if device.memory_bandwidth_gb_per_s is not None and key not in catalog.device_buses:
            given = f"{device.memory_bandwidth_gb_per_s:g}"
            expected = "a row of device_buses.csv to check it by"
            yield Problem(f"devices.csv {key} memory_bandwidth_gb_per_s", given, expected, "unchecked")


def sizes(catalog: Catalog) -> Iterator[Problem]:
    """Memory hangs on its bus: a chip on 32 bits of GDDR, a stack on 1024 bits of HBM, hold only so much."""
    for key, wide in catalog.device_buses.items():
        device = catalog.devices.get(key)
        if device is None or device.kind not in ("gpu", "accelerator") or not device.memory_gib:
            continue
        stacked = (device.memory_type or "").upper().startswith("HBM")
        most = wide.bus_bits / 1024 * STACK_GIB if stacked else wide.bus_bits / 32 * CHIPS_GIB
        if (largest := max(device.memory_gib)) > most:
            expected = f"at most {most:g} GiB on {wide.bus_bits} bits of {device.memory_type or 'memory'}"
            yield Problem(f"devices.csv {key} memory_gib", f"{largest:g}", expected, "size")


def ranges(catalog: Catalog) -> Iterator[Problem]:
    """Figures in another unit: memory in MB, rates in GFLOPS, power of a whole rack, prices in cents or thousands."""
    for key, device in catalog.devices.items():
        for field, (least, most) in RANGES.items():
            value = getattr(device, field)
            for given in value if isinstance(value, tuple) else (value,):
                if given is not None and not least <= given <= most:
                    yield Problem(f"devices.csv {key} {field}", f"{given:g}", f"{least:g} to {most:g}", "range")
        street, launch = device.street_price_low_usd, device.launch_price_usd
        if street and launch and not launch / 20 <= street <= launch * 20:
            expected = f"within twenty times the price at launch, {launch:g}"
            yield Problem(f"devices.csv {key} street_price_low_usd", f"{street:g}", expected, "range")


def spelling(catalog: Catalog) -> Iterator[Problem]:
    """A maker's name that one record alone has, and that is nearly another's."""
    for group, field, names in (
        ("devices.csv", "vendor", {key: d.vendor for key, d in catalog.devices.items()}),
        ("models", "publisher", {key: m.publisher for key, m in catalog.models.items()}),
    ):
        count = Counter(names.values())
        for key, name in names.items():
            others = {other.lower(): other for other in count if other != name and count[other] > 1}
            if count[name] == 1 and (near := get_close_matches(name.lower(), others, n=1, cutoff=0.8)):
                yield Problem(f"{group} {key} {field}", name, f"{others[near[0]]}?", "spelling")


def pins(catalog: Catalog) -> Iterator[Problem]:
    """No memory is faster than the fastest of its kind."""
    for key, wide in catalog.device_buses.items():
        kind = (catalog.devices[key].memory_type or "").upper() if key in catalog.devices else ""
        names = [name for name in _FASTEST_PIN_GBIT_PER_S if kind.startswith(name)]
        for name in names:
            fastest = _FASTEST_PIN_GBIT_PER_S[name]
            if wide.rate_gbit_per_s_per_pin > fastest:
                given = f"{wide.rate_gbit_per_s_per_pin:g} Gbit/s"
                yield Problem(f"device_buses.csv {key}", given, f"at most {fastest:g} Gbit/s for {kind}", "bus")


def measured(catalog: Catalog) -> Iterator[Problem]:
    """Nothing reads memory faster than the memory is."""
    for key, device in catalog.devices.items():
        stated, reached = device.memory_bandwidth_gb_per_s, device.measured_bandwidth_gb_per_s
        if stated and reached and reached > stated * (1 + TOLERANCE):
            place = f"devices.csv {key} measured_bandwidth_gb_per_s"
            yield Problem(place, f"{reached:g}", f"at most the stated {stated:g} GB/s", "measured")
    for key, row in catalog.measurements.items():
        if (
            row.verdict
            or len(row.device_ids) != 1
            or (row.concurrency or 1) != 1
            or row.device_ids[0] not in catalog.devices
        ):
            continue
        stated = catalog.devices[row.device_ids[0]].memory_bandwidth_gb_per_s
        if not (stated and row.decode_tok_per_s and row.model_bytes and row.params_b and row.active_params_b):
            continue
        read = row.decode_tok_per_s * row.model_bytes / 1e9 * row.active_params_b / row.params_b
        most = stated * (row.device_count or 1) * MEMORY_MAY_SEEM_FASTER
        if read > most:
            yield Problem(f"measurements {key} decode_tok_per_s", f"{row.decode_tok_per_s:g}", f"weights read at {read:.0f} GB/s, at most {most:.0f}", "measured")  # fmt: skip


def prices(catalog: Catalog) -> Iterator[Problem]:
    """A range of prices has its lower end below, and a day."""
    for key, device in catalog.devices.items():
        low, high = device.street_price_low_usd, device.street_price_high_usd
        if low and high and low > high:
            yield Problem(
                f"devices.csv {key} street_price_low_usd", f"{low:g}", f"at most the high end, {high:g}", "street"
            )
        if (low or high) and device.street_price_as_of is None:
            yield Problem(f"devices.csv {key} street_price_as_of", "", "the day of the price", "street")


def stale(catalog: Catalog) -> Iterator[Problem]:
    """A conflict says what we chose; that must be what the device says."""
    for row in catalog.device_conflicts:
        held = getattr(catalog.devices[row.device], row.field, None)
        if held != row.chosen:
            given = f"chosen {row.chosen:g}"
            yield Problem(
                f"device_conflicts.csv {row.device} {row.field}", given, f"{held}, as in devices.csv", "stale"
            )


RULES = (bus, unchecked, sizes, ranges, spelling, pins, measured, prices, stale)
