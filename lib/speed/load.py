"""Seconds before a model can answer: reading its file from a disk, then the prompt, then the first token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from lib.speed.decode import Numbers


@dataclass(frozen=True)
class Disk:
    """A class of disks and how fast such disks read one large file, in GB/s (10^9 bytes a second)."""

    name: str
    low_gb_per_s: float
    high_gb_per_s: float
    source: str
    """Sources in `catalog/sources` for the low and the high end: id#where."""


DISKS: Mapping[str, Disk] = MappingProxyType(
    {
        "hdd": Disk("hard disk", 0.08, 0.20, "meyer-disks#7,200 rpm, inner to outer tracks"),
        "sata-ssd": Disk("SATA SSD", 0.55, 0.55, "thewearify-ssd#SATA III"),
        "nvme-3": Disk("NVMe SSD, PCIe 3.0", 1.8, 3.5, "tomshardware-660p#throughput; thewearify-ssd#PCIe 3.0 x4"),
        "nvme-4": Disk("NVMe SSD, PCIe 4.0", 3.5, 7.6, "educashop-nvme#Kingston NV2; hothardware-t700#PCIe 4.0"),
        "nvme-5": Disk("NVMe SSD, PCIe 5.0", 10.0, 12.4, "gamingpcbuilder-t700#its rivals; hothardware-t700#T700"),
    }
)  # fmt: skip
LOADING_SHARE = 0.5
"""Data sheets state sequential reads at full queues; a loader that waits for each page while it copies to a card reaches
less. The slow end of a range is this share of the slowest disk: an allowance, not a measurement."""


def load_seconds(file_bytes: ArrayLike, disk_gb_per_s: ArrayLike) -> Numbers:
    """Seconds to read a file the machine has not read before, at a rate in GB/s: bytes / rate.

    Numbers or arrays of one shape. Raises ValueError for a rate that is not positive or fewer than no bytes.
    """
    size, rate = np.asarray(file_bytes, dtype=np.float64), np.asarray(disk_gb_per_s, dtype=np.float64)
    if np.any(rate <= 0) or np.any(size < 0):
        raise ValueError("a disk reads a file at a positive rate")
    return np.asarray(size / (rate * 1e9))


def load_range_seconds(file_bytes: ArrayLike, disk: str) -> tuple[Numbers, Numbers]:
    """Fewest and most seconds a class of disks (a key of `DISKS`) takes for a file it reads for the first time.

    Raises ValueError for a class that is none of `DISKS`.
    """
    if disk not in DISKS:
        raise ValueError(f"{disk!r} is no class of disks: {', '.join(DISKS)}")
    d = DISKS[disk]
    return load_seconds(file_bytes, d.high_gb_per_s), load_seconds(file_bytes, d.low_gb_per_s * LOADING_SHARE)


def time_to_first_token_seconds(
    prefill: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    prompt_tokens: ArrayLike,
    decode_tok_per_s: ArrayLike | None = None,
    *,
    fixed_seconds: ArrayLike = 0.0,
) -> tuple[Numbers, Numbers, Numbers]:
    """Fewest, likely and most seconds from sending a prompt to the first token of the answer.

    prompt tokens / prompt speed, then one token at `decode_tok_per_s` if given, and `fixed_seconds` for whatever
    comes before (a model still to be loaded). `low` and `high` are the range of `prefill`, all in tokens per second.
    Unknown speeds (NaN) stay unknown. Raises ValueError for speeds that are not positive or a prompt without tokens.
    """
    prompt = np.asarray(prompt_tokens, dtype=np.float64)
    if np.any(prompt < 1):
        raise ValueError("a prompt has at least one token")
    one = 0.0 if decode_tok_per_s is None else 1.0 / np.asarray(decode_tok_per_s, dtype=np.float64)
    speeds = [np.asarray(s, dtype=np.float64) for s in (high, prefill, low)]
    if any(np.any(s <= 0) for s in speeds):
        raise ValueError("a prompt is read at a positive speed")
    few, likely, most = (np.asarray(prompt / s + one + np.asarray(fixed_seconds, dtype=np.float64)) for s in speeds)
    return few, likely, most
