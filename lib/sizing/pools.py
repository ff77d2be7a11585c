"""Memory pools of a machine, and what an engine may really use of each: one named, sourced term at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

MIB = 1 << 20
GIB = 1 << 30

PoolKind = Literal["gpu", "unified", "ram"]


@dataclass(frozen=True)
class Reserve:
    """Memory that is there and that an engine cannot have."""

    name: str
    default_bytes: int
    low_bytes: int
    high_bytes: int
    """What people measured, from and to."""
    source: str


CUDA_CONTEXT = Reserve(
    "driver context and kernels, on each card",
    450 * MIB,
    300 * MIB,
    600 * MIB,
    "context alone 107 MiB (RTX 4060 Ti) to 555 MiB (RTX PRO 6000), growing with the card's multiprocessors: "
    "https://github.com/ggml-org/llama.cpp/pull/23604; kernels and library workspaces come on top",
)
DESKTOP = Reserve(
    "desktop session, on the card with the screen",
    600 * MIB,
    250 * MIB,
    1100 * MIB,
    "compositor 259–427 MiB (https://github.com/malbiruk/driftwm/pull/260), "
    "GNOME with extensions up to 1100 MB (https://github.com/yilozt/rounded-window-corners/issues/163)",
)
SYSTEM = Reserve(
    "operating system and its programs, in RAM",
    4 * GIB,
    2 * GIB,
    8 * GIB,
    "an assumption of ours; about 4 GB was seen on an idle headless Mac "
    "(https://github.com/jundot/omlx/issues/1533); never more than a quarter of RAM is set aside",
)
CUDA_CONTEXT_BYTES = CUDA_CONTEXT.default_bytes
DESKTOP_BYTES = DESKTOP.default_bytes
SYSTEM_BYTES = SYSTEM.default_bytes

METAL_SHARES = ((0, 2 / 3), (16 * GIB, 0.74), (32 * GIB, 0.78), (64 * GIB, 0.81), (128 * GIB, 0.84))
"""Share of unified memory that Metal recommends to fill, from each size of memory on.

What `recommendedMaxWorkingSetSize` says on current macOS: 11.84 GiB of 16, 13.32 of 18, 17.76 of 24,
24.96 of 32, 28.08 of 36, 37.44 of 48, 51.84 of 64, 107.52 of 128. Between two sizes the lower share holds.
Sources: https://github.com/AlexsJones/llmfit/pull/754, https://github.com/sgl-project/sglang/pull/29949,
https://github.com/antirez/ds4/pull/893, and start-up logs of llama.cpp. Apple documents no rule.
Up to macOS 14 it was less: 21.33 GiB of 32 and 72 of 96 (https://github.com/ggml-org/llama.cpp/issues/3213).
`sysctl iogpu.wired_limit_mb` overrides it.
"""

INTEGRATED_SHARE = 0.5
"""Share of RAM that an integrated GPU may map by default, on Linux (amdgpu's GTT) as on Windows.

Source: https://rocm.docs.amd.com/en/latest/how-to/system-optimization/strixhalo.html
"""
STRIX_HALO_SHARE = 0.75
"""Share of RAM that the largest graphics memory in the firmware gives a Ryzen AI Max: 96 of 128 GB.

Linux can be told to map more (the source of `INTEGRATED_SHARE`); without either setting half is the limit.
"""


@dataclass(frozen=True)
class Pool:
    """Memory with one bandwidth. `usable_bytes` of `total_bytes` is what the engine's buffers may fill."""

    kind: PoolKind
    name: str
    total_bytes: int
    usable_bytes: int
    bandwidth_bytes_per_s: float | None

    @property
    def reserved_bytes(self) -> int:
        """What the driver, the desktop or the system keeps."""
        return self.total_bytes - self.usable_bytes


@dataclass(frozen=True)
class PoolSet:
    """All memory of a machine. With `unified` memory its one GPU pool is a share of `ram`, not beside it."""

    gpus: tuple[Pool, ...]
    ram: Pool | None = None
    unified: bool = False

    def __post_init__(self) -> None:
        if self.unified and len(self.gpus) != 1:
            raise ValueError(f"unified memory has one GPU pool, not {len(self.gpus)}")


@dataclass(frozen=True, eq=False)
class Rooms:
    """What an engine may use of the memories of one machine, or of as many as a table has rows: one each.

    They have equally many cards, RAM or none, and unified memory or none.
    """

    cards_bytes: npt.NDArray[np.int64]
    """`[1 or rows, cards]`."""
    ram_bytes: npt.NDArray[np.int64] | None
    """`[1 or rows, 1]`; `None` where nothing may lie in RAM."""
    unified: bool

    @staticmethod
    def of(machines: Sequence[PoolSet]) -> Rooms:
        """The rooms of machines that are alike in the above. Raises ValueError where they are not."""
        cards = [[gpu.usable_bytes for gpu in m.gpus] for m in machines]
        ram = [[m.ram.usable_bytes] for m in machines if m.ram is not None]
        if len({(len(m.gpus), m.ram is None, m.unified) for m in machines}) != 1:
            raise ValueError("machines placed together are alike in the kinds and count of their memories")
        return Rooms(np.array(cards, np.int64), np.array(ram, np.int64) if ram else None, machines[0].unified)


def card_pool(
    name: str,
    total_bytes: int,
    bandwidth_bytes_per_s: float | None,
    *,
    desktop_bytes: int = 0,
    context_bytes: int = CUDA_CONTEXT_BYTES,
) -> Pool:
    """A graphics card; `desktop_bytes` is what a screen on it takes (`DESKTOP_BYTES`, 0 without a screen)."""
    usable = max(total_bytes - context_bytes - desktop_bytes, 0)
    return Pool("gpu", name, total_bytes, usable, bandwidth_bytes_per_s)


def metal_working_set_bytes(total_bytes: int, shares: tuple[tuple[int, float], ...] = METAL_SHARES) -> int:
    """What Metal lets a process keep of `total_bytes` of unified memory, unless the owner changed the limit."""
    return int(total_bytes * next(share for start, share in reversed(shares) if total_bytes >= start))


def metal_pool(
    name: str, total_bytes: int, bandwidth_bytes_per_s: float | None, *, working_set_bytes: int | None = None
) -> Pool:
    """Unified memory of an Apple chip; `working_set_bytes` where the owner set another limit."""
    usable = metal_working_set_bytes(total_bytes) if working_set_bytes is None else working_set_bytes
    return Pool("unified", name, total_bytes, min(usable, total_bytes), bandwidth_bytes_per_s)


def integrated_pool(
    name: str, total_bytes: int, bandwidth_bytes_per_s: float | None, *, share: float = INTEGRATED_SHARE
) -> Pool:
    """RAM an integrated GPU shares with its CPU; `share` of it may be the GPU's (Ryzen AI Max: `STRIX_HALO_SHARE`)."""
    return Pool("unified", name, total_bytes, int(total_bytes * share), bandwidth_bytes_per_s)


def ram_pool(
    name: str, total_bytes: int, bandwidth_bytes_per_s: float | None, *, system_bytes: int = SYSTEM_BYTES
) -> Pool:
    """System RAM, less what the operating system keeps: `system_bytes`, but at most a quarter of it."""
    usable = total_bytes - min(system_bytes, total_bytes // 4)
    return Pool("ram", name, total_bytes, usable, bandwidth_bytes_per_s)
