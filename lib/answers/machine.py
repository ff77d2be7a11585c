"""The visitor's machine: its memory pools, as an engine may use them, and what speed needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from lib.catalog import Catalog
from lib.catalog.schema import Device
from lib.sizing.pools import (
    CUDA_CONTEXT_BYTES,
    GIB,
    STRIX_HALO_SHARE,
    Pool,
    PoolSet,
    card_pool,
    integrated_pool,
    metal_pool,
    ram_pool,
)
from lib.speed.device import DeviceFacts
from lib.view import View, sold_size

MOST_CARDS = 16
"""More cards of a kind than this are not counted."""
OF_THE_ESSAY = " (the essay)"
"""Tells the essay's machines apart in a list; in a sentence it says nothing of the machine."""


@dataclass(frozen=True)
class Rig:
    """A machine ready to compute with."""

    name: str
    device: Device
    count: int
    ram_gib: float
    pools: PoolSet
    facts: tuple[DeviceFacts, ...]
    """One a pool: the GPUs in order, then the memory behind them."""
    limit_bytes: int
    """What an engine may use of the GPUs' memory together, or of RAM where there is no GPU."""
    limit_title: str


def device_facts(device: Device) -> DeviceFacts:
    """What speed depends on, from the catalog's record of a device."""
    return DeviceFacts(
        vendor=device.vendor,
        kind=device.kind,
        bandwidth_gb_per_s=bandwidth_of(device),
        architecture=device.architecture,
        memory_type=device.memory_type,
        measured_bandwidth_gb_per_s=device.measured_bandwidth_gb_per_s,
        boost_clock_mhz=device.boost_clock_mhz,
        fp32_tflops=device.fp32_tflops,
        fp16_tflops=device.fp16_tflops,
        gpu_cores=device.gpu_cores,
        name=device.name,
    )


def rig_of(catalog: Catalog, view: View) -> Rig:
    """The machine a view describes; the catalog's first device where it no longer has the one asked for.

    It goes by the visitor's own name for it, or by the one it was chosen under. Raises LookupError for a catalog without devices.
    """
    rig = _rig_of(catalog, view)
    machine = catalog.machines.get(view.hw)
    name = view.called or (machine.name.removesuffix(OF_THE_ESSAY) if machine else "")
    return replace(rig, name=name) if name else rig


def _rig_of(catalog: Catalog, view: View) -> Rig:
    if machine := catalog.machines.get(view.hw):
        return build(
            catalog, machine.device, machine.count, float(machine.ram_gib), machine.cpu or view.cpu, view.reserve
        )
    device = view.hw if view.hw in catalog.devices else next(iter(catalog.devices), "")
    if not device:
        raise LookupError("the catalog has no devices")
    return build(catalog, device, view.n, float(view.ram), view.cpu, view.reserve)


@lru_cache(maxsize=4096)
def build(catalog: Catalog, device_id: str, count: int, ram_gib: float, cpu_id: str, reserve_gib: float) -> Rig:
    """A machine of `count` devices of one kind.

    Cards come with RAM of the CPU `cpu_id` behind them; a device with unified memory has `ram_gib`
    of it in all (the next smaller size it is sold with) and comes once; a CPU has nothing but RAM. Raises KeyError for an unknown id.
    """
    device = catalog.devices[device_id]
    if device.unified:
        ram_gib = sold_size(ram_gib, device.memory_gib)
    ram_bytes = round(ram_gib * GIB)
    if device.kind in ("gpu", "accelerator"):
        host = catalog.devices.get(cpu_id)
        each = round(device.memory_gib[0] * GIB)
        bandwidth = _bytes_per_s(device)
        cards = tuple(
            card_pool(
                f"{device.name} #{i + 1}" if count > 1 else device.name,
                each,
                bandwidth,
                desktop_bytes=round(reserve_gib * GIB) if i == 0 else 0,
            )
            for i in range(count)
        )
        pools = PoolSet(cards, ram_pool("RAM", ram_bytes, _bytes_per_s(host) if host else None))
        facts = (device_facts(device),) * count + ((device_facts(host),) if host else ())
        times = f"{count} × " if count > 1 else ""
        return Rig(
            f"{times}{device.name}", device, count, ram_gib, pools, facts,
            sum(c.usable_bytes for c in cards), f"your {times}{device.memory_gib[0]:g} GiB",
        )  # fmt: skip
    if device.kind in ("apple-soc", "apu"):
        pool = _unified_pool(device, ram_bytes)
        pools = PoolSet((pool,), ram_pool("RAM", ram_bytes, _bytes_per_s(device)), unified=True)
        cores = replace(device_facts(device), kind="cpu", measured_bandwidth_gb_per_s=None)
        return Rig(
            f"{device.name}, {ram_gib:g} GiB",
            device,
            1,
            ram_gib,
            pools,
            (device_facts(device), cores),
            pool.usable_bytes,
            f"GPU's share of {ram_gib:g} GiB",
        )
    ram = ram_pool("RAM", ram_bytes, _bytes_per_s(device))
    return Rig(
        f"{device.name}, {ram_gib:g} GiB RAM",
        device,
        1,
        ram_gib,
        PoolSet((), ram),
        (device_facts(device),),
        ram.usable_bytes,
        f"your {ram_gib:g} GiB RAM",
    )


def _unified_pool(device: Device, ram_bytes: int) -> Pool:
    """What the GPU of a chip may use of the memory it shares with the CPU."""
    bandwidth = _bytes_per_s(device)
    if device.kind == "apple-soc":
        return metal_pool(device.name, ram_bytes, bandwidth)
    if device.vendor == "NVIDIA":  # CUDA on a shared memory may take all that the system leaves
        left = ram_pool(device.name, ram_bytes, bandwidth).usable_bytes - CUDA_CONTEXT_BYTES
        return Pool("unified", device.name, ram_bytes, max(left, 0), bandwidth)
    if "Ryzen AI Max" in device.name:
        return integrated_pool(device.name, ram_bytes, bandwidth, share=STRIX_HALO_SHARE)
    return integrated_pool(device.name, ram_bytes, bandwidth)


def bandwidth_of(device: Device) -> float | None:
    """The rated bandwidth in GB/s; the measured one where none is rated."""
    return device.memory_bandwidth_gb_per_s or device.measured_bandwidth_gb_per_s


def _bytes_per_s(device: Device) -> float | None:
    bandwidth = bandwidth_of(device)
    return bandwidth * 1e9 if bandwidth else None


@dataclass(frozen=True)
class Price:
    usd: float
    basis: str
    """What kind of price it is and of when."""


def price_of(device: Device, ram_gib: float | None = None) -> Price | None:
    """What one device costs, `None` where no price is known.

    The newest street price if there is one (its low end), else the launch price. A chip with
    unified memory is priced with the smallest memory it is sold with, so a larger one has no price.
    """
    if device.unified and ram_gib is not None and device.memory_gib and ram_gib > min(device.memory_gib):
        return None
    if device.street_price_low_usd is not None:
        condition = f", {device.street_price_condition}" if device.street_price_condition else ""
        return Price(device.street_price_low_usd, f"street, {device.street_price_as_of or 'undated'}{condition}")
    if device.launch_price_usd is not None:
        return Price(device.launch_price_usd, f"at launch, {(device.launched or 'undated')[:7]}")
    return None
