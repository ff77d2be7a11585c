"""Devices whose figures contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from lib.catalog.catalog import Catalog, Problem

TOLERANCE = 0.02
ROUNDING = 0.03
"""Makers round a product to a number people remember; more is no rounding, and never kept as one."""
MEMORY_MAY_SEEM_FASTER = 1.05
"""Part of a model stays in caches between tokens."""
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


RULES = (bus, pins, measured, prices, stale)
