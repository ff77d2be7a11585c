"""The machine a case names, as rigs to compute with: cards of several kinds, memory in the sizes it is sold with."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from lib.answers.machine import Rig, build, device_facts
from lib.catalog import Catalog
from lib.catalog.schema import Device
from lib.sizing.pools import GIB, PoolSet, card_pool, ram_pool
from lib.view import default

USUAL_RAM_GIB = (float(default("ram")), 128.0, 256.0)
"""RAM behind cards where a case states none and names no processor: the first of these that holds the model."""
CPU = str(default("cpu"))
"""What that RAM is read through."""
RAM_SIZES_GIB = (64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0)
"""Where a case names a processor but no RAM: the first of these that holds the model."""
MOST_DEVICES = 64
UNKNOWN_MEMORY_BYTES = 1 << 50
Counted = tuple[tuple[str, int], ...]

_BACKENDS = {"cuda": "CUDA", "cublas": "CUDA", "rocm": "ROCm", "hip": "ROCm", "vulkan": "Vulkan", "radv": "Vulkan", "amdvlk": "Vulkan",
             "metal": "Metal", "mps": "Metal", "mlx": "Metal", "sycl": "SYCL", "oneapi": "SYCL", "opencl": "OpenCL", "clblast": "OpenCL",
             "cpu": "CPU", "blas": "CPU", "accelerate": "CPU", "avx": "CPU"}  # fmt: skip
_NAMES, _COUNTS = ("id", "device", "name"), ("count", "n", "number")
_ONLY = {"CUDA": ("NVIDIA",), "ROCm": ("AMD",), "Metal": ("Apple",), "SYCL": ("Intel", "NVIDIA", "AMD")}


@dataclass(frozen=True)
class Candidate:
    """A rig a case may mean, and what had to be assumed to say so."""

    rig: Rig
    note: str = ""


@dataclass(frozen=True)
class Wanted:
    """What a case says about its machine."""

    devices: Counted
    """Device ids with counts, in the order given."""
    ram_gib: float | None = None
    cpu: str | None = None
    backend: str | None = None
    """One of CUDA, ROCm, Vulkan, Metal, SYCL, OpenCL, CPU."""


def suggestion(wrong: str, known: Collection[str]) -> str:
    """`; did you mean a, b?` with the ids most like a wrong one, or nothing."""
    near = difflib.get_close_matches(wrong.casefold(), list(known), n=3, cutoff=0.6)
    return f"; did you mean {', '.join(near)}?" if near else ""


def backend_of(given: object) -> str | None:
    """The backend a text means (`CUDA+CPU`, `Vulkan RADV`, `hip`). Raises ValueError for one that is none we know."""
    if given is None or given == "":
        return None
    if isinstance(given, str):
        words = given.casefold()
        if words in ("auto", "default", "gpu"):
            return None
        if found := next((name for word, name in _BACKENDS.items() if word in words), None):
            return found
    raise ValueError(f"unknown backend {str(given)[:40]!r}; known are cuda, rocm, vulkan, metal, sycl, opencl and cpu")


@lru_cache(maxsize=2)
def _device_names(catalog: Catalog) -> dict[str, str]:
    """Device ids by id and by display name, with and without the maker's names; only letters and digits count."""
    found: dict[str, str] = {}
    for key, device in catalog.devices.items():
        for name in (device.name, f"{device.vendor} {device.name}", re.sub(r"(?i)^(nvidia |amd |intel )?(geforce|radeon) ", "", device.name)):  # fmt: skip
            found.setdefault(_plain(name), key)
    return found | {_plain(key): key for key in catalog.devices}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def device_id(catalog: Catalog, name: str) -> str:
    """The id a text means (`RTX 4090`, `rtx_4090`); the text itself where it means none."""
    return name if name in catalog.devices else _device_names(catalog).get(_plain(name), name)


def counted(given: object) -> Counted:
    """Device ids with counts from `{"a": 2}`, `[{"id": "a", "count": 2}]`, `[["a", 2]]`, `["a", "a"]`, `"2x a + b"` or `"a"`.

    Raises ValueError for anything else, and for counts that are none.
    """
    pairs: list[tuple[object, object]] = []
    if isinstance(given, str) and re.search(r"[,+;]", given):
        pairs = [pair for part in re.split(r"[,+;]", given) if part.strip() for pair in counted(part)]
    elif isinstance(given, str):
        times = re.fullmatch(r"(\d{1,3}) ?[x×] ?(.+)|(.+?) ?(?: [x×]|:|\*) ?(\d{1,3})", given.strip(), re.ASCII)
        pairs = [(times[2] or times[3], int(times[1] or times[4])) if times else (given, 1)]
    elif isinstance(given, Mapping):
        named, times_key = (next((k for k in keys if k in given), "") for keys in (_NAMES, _COUNTS))
        pairs = [(given[named], given.get(times_key, 1))] if named else list(given.items())
    elif isinstance(given, list | tuple):
        for one in given:
            pair = isinstance(one, list | tuple) and len(one) == 2
            pairs += counted(one) if isinstance(one, Mapping | str) else [(one[0], one[1])] if pair else [(one, 1)]
    found: dict[str, int] = {}
    for name, written in pairs:
        number = int(written) if isinstance(written, str) and re.fullmatch(r"\d{1,3}", written, re.ASCII) else written
        if not isinstance(name, str) or isinstance(number, bool) or not isinstance(number, int | float) or number != int(number) or not 1 <= number <= MOST_DEVICES:  # fmt: skip
            raise ValueError(f"devices: {str(name)[:40]!r}: {str(number)[:40]!r} is no id with a count from 1 to {MOST_DEVICES}")  # fmt: skip
        found[name.strip().casefold()] = found.get(name.strip().casefold(), 0) + int(number)
    if not found:
        raise ValueError("devices: no device is named")
    return tuple(found.items())


@lru_cache(maxsize=4096)
def candidates(catalog: Catalog, wanted: Wanted) -> tuple[Candidate, ...]:
    """The rigs a case may mean, the one with least memory first: take the first that holds the model.

    Raises ValueError for unknown devices, combinations that are no machine, and a backend that does not run there.
    """
    known = [_device(catalog, name) for name, _ in wanted.devices]
    hosts = [d for d in known if d.kind == "cpu"]
    others = [(d, n) for d, (_, n) in zip(known, wanted.devices, strict=True) if d.kind != "cpu"]
    for device, count in ((d, n) for d, (_, n) in zip(known, wanted.devices, strict=True)):
        if count > 1 and (device.unified or device.kind == "cpu"):
            raise ValueError(f"several {device.id} make no one machine; only cards may be counted")
    if len(hosts) > 1:
        raise ValueError("a machine has one kind of processor: name one")
    if any(d.unified for d, _ in others) and len(others) + len(hosts) > 1:
        raise ValueError("a chip with unified memory is a machine of its own: name it alone")
    if wanted.cpu is not None and _device(catalog, wanted.cpu).kind != "cpu":
        raise ValueError(f"{wanted.cpu} is no processor")
    if others and others[0][0].unified:
        found = _unified(catalog, others[0][0], wanted)
    elif others:
        found = _cards(catalog, others, hosts[0] if hosts else None, wanted)
    else:
        sizes = (wanted.ram_gib,) if wanted.ram_gib else RAM_SIZES_GIB
        found = tuple(Candidate(build(catalog, hosts[0].id, 1, size, CPU, 0.0)) for size in sizes)
    _check_backend(wanted.backend, [d for d, _ in others] or hosts)
    return tuple(_on_processor(c) for c in found) if wanted.backend == "CPU" else found


def _device(catalog: Catalog, name: str) -> Device:
    device = catalog.devices.get(name)
    if device is None:
        raise ValueError(f"unknown device {name[:60]!r}{suggestion(name, catalog.devices)}")
    if device.kind == "accelerator" and device.vendor != "NVIDIA":
        raise ValueError(f"{name} runs models in a way no formula here covers")
    return device


def _check_backend(backend: str | None, devices: list[Device]) -> None:
    vendors = _ONLY.get(backend or "")
    wrong = next((d for d in devices if vendors and d.vendor not in vendors), None)
    if wrong is not None:
        raise ValueError(f"{backend} does not run on {wrong.id}")


def _on_processor(candidate: Candidate) -> Candidate:
    """The same machine with nothing on its GPUs."""
    rig = candidate.rig
    facts = tuple(f for f in rig.facts if f.is_processor)
    if not facts or rig.pools.ram is None:
        raise ValueError(f"the processor of {rig.name} is not known")
    return replace(candidate, rig=replace(rig, pools=PoolSet((), rig.pools.ram), facts=facts[-1:]))


def _unified(catalog: Catalog, device: Device, wanted: Wanted) -> tuple[Candidate, ...]:
    sizes = (wanted.ram_gib,) if wanted.ram_gib else tuple(sorted(device.memory_gib))
    if not sizes and device.kind != "apu":
        raise ValueError(f"how much memory {device.id} has is not known: name it as ram_gib")
    assumed = "" if sizes else "{:g} GiB of RAM assumed, shared with the processor"
    found = [Candidate(build(catalog, device.id, 1, s, CPU, 0.0), assumed.format(s)) for s in sizes or USUAL_RAM_GIB]
    largest = found[-1].rig
    if largest.pools.gpus and largest.pools.ram and not wanted.ram_gib:
        pool = replace(largest.pools.gpus[0], usable_bytes=largest.pools.ram.usable_bytes)
        note = "held only with the GPU's share of the memory raised above its default"
        found.append(Candidate(replace(largest, pools=replace(largest.pools, gpus=(pool,))), note))
    return tuple(found)


def _cards(
    catalog: Catalog, cards: list[tuple[Device, int]], host: Device | None, wanted: Wanted
) -> tuple[Candidate, ...]:
    processor = host or _device(catalog, wanted.cpu or CPU)
    if wanted.ram_gib:
        return (Candidate(_rig(catalog, cards, processor, wanted.ram_gib)),)
    assumed = host is None and wanted.cpu is None
    note = "{:g} GiB of RAM as in {} assumed behind the cards" if assumed else ""
    sizes = USUAL_RAM_GIB if assumed else RAM_SIZES_GIB
    rig = _rig(catalog, cards, processor, sizes[0])
    rigs = (rig, *(_with_ram(rig, size) for size in sizes[1:]))
    return tuple(Candidate(r, note.format(r.ram_gib, CPU)) for r in rigs)


def _with_ram(rig: Rig, gib: float) -> Rig:
    """The same cards before as much RAM of the same kind."""
    bandwidth = rig.pools.ram.bandwidth_bytes_per_s if rig.pools.ram else None
    return replace(rig, ram_gib=gib, pools=replace(rig.pools, ram=ram_pool("RAM", round(gib * GIB), bandwidth)))


def _rig(catalog: Catalog, cards: list[tuple[Device, int]], processor: Device, ram_gib: float) -> Rig:
    if len(cards) == 1 and cards[0][0].memory_gib:
        return build(catalog, cards[0][0].id, cards[0][1], ram_gib, processor.id, 0.0)
    every = [device for device, count in cards for _ in range(count)]
    pools = tuple(
        card_pool(f"{d.name} #{i + 1}", round(d.memory_gib[0] * GIB) if d.memory_gib else UNKNOWN_MEMORY_BYTES, None)
        for i, d in enumerate(every)
    )
    ram = ram_pool("RAM", round(ram_gib * GIB), None)
    name = " + ".join(f"{n} × {d.name}" if n > 1 else d.name for d, n in cards)
    facts = (*map(device_facts, every), device_facts(processor))
    usable = sum(p.usable_bytes for p in pools)
    return Rig(name, cards[0][0], len(every), ram_gib, PoolSet(pools, ram), facts, usable, name)
