"""The facts of a device that speed depends on, and the group of devices it is calibrated with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

APPLE_CORE_TFLOPS = 0.36
"""Single-precision rate of one GPU core where the chip's own is not stated: Apple states none after the M2 (0.36)."""
PROCESSOR_KINDS = ("cpu", "phone", "sbc")
_Families = dict[str, tuple[str, ...]]
_NVIDIA: _Families = {
    "nvidia-pascal": ("Kepler", "Maxwell", "Pascal"),
    "nvidia-volta": ("Volta",),
    "nvidia-turing": ("Turing",),
    "nvidia-ampere": ("Ampere", "Ada Lovelace", "Hopper", "Blackwell"),
}
_AMD: _Families = {"amd-gcn": ("GCN",), "amd-cdna": ("CDNA",), "amd-rdna4": ("RDNA 4",), "amd-rdna": ("RDNA",)}
_INTEL: _Families = {"intel-xe2": ("Xe2",), "intel-xe": ("Xe", "Generation 12")}
_VENDORS = {"NVIDIA": _NVIDIA, "AMD": _AMD, "Intel": _INTEL}
_NEWEST = {"NVIDIA": "nvidia-ampere", "AMD": "amd-rdna4", "Intel": "intel-xe2"}
HBM_GB_PER_S = 2000.0
"""A card of unknown architecture with more bandwidth than this has stacked memory."""
USUAL_FLOP_PER_BYTE = {"NVIDIA": 40.0, "AMD": 45.0, "Intel": 35.0, "Apple": 30.0}
"""Single-precision operations for each byte a second; the catalog's cards lie between 17 and 90."""
INT8_MULTIPLE = 4.0
"""Cards without matrix units multiply four 8-bit numbers at once, which quantized weights use."""
APPLE_NEURAL_MULTIPLE = 4.0
"""From the M5 on each GPU core has a matrix unit."""
_MULTIPLES: dict[str, float] = {
    "Kepler": 1.0, "Maxwell": 1.0, "Pascal": INT8_MULTIPLE, "Volta": 8.0, "Turing": 8.0, "Ampere": 4.0, "Ada": 4.0,
    "Hopper": 14.8, "Blackwell 2": 4.0, "Blackwell": 30.0, "RDNA 1": 2.0, "RDNA 2": 2.0, "RDNA 3.5": 4.0,
    "RDNA 3": 2.0, "RDNA 4": 4.0, "GCN 5": 2.0, "GCN": 1.0, "CDNA 1": 8.0, "CDNA 2": 8.0, "CDNA 3": 16.0,
    "CDNA 4": 29.0, "Xe": 8.0, "Generation 12": 16.0,
}  # fmt: skip
"""Dense half-precision rate of the matrix units over the single-precision rate the catalog states: data sheets give
the same multiple for all cards of an architecture (RDNA 3 counts dual issue as single precision already)."""
_APU_MULTIPLES: dict[str, float] = {"Ampere": 8.0, "Blackwell": 20.0, "RDNA 3.5": 4.0}


@dataclass(frozen=True)
class DeviceFacts:
    """One GPU, system on a chip or CPU with its memory, as far as speed depends on it. `None` is unknown."""

    vendor: str
    kind: str
    """`gpu`, `apple-soc`, `apu`, `cpu`, `phone`, `sbc` or `accelerator`."""
    bandwidth_gb_per_s: float | None
    architecture: str | None = None
    memory_type: str | None = None
    measured_bandwidth_gb_per_s: float | None = None
    boost_clock_mhz: float | None = None
    fp32_tflops: float | None = None
    fp16_tflops: float | None = None
    """Dense half-precision rate of its matrix units."""
    gpu_cores: int | None = None
    name: str = ""

    @property
    def is_processor(self) -> bool:
        """Whether the model runs on CPU cores here."""
        return self.kind in PROCESSOR_KINDS


@lru_cache(maxsize=4096)
def group_of(device: DeviceFacts) -> str:
    """Name of the calibration group a device belongs to.

    An architecture nothing is calibrated for counts as its vendor's newest; `assumptions` says so. Raises ValueError
    for an accelerator that does not read its weights from one memory and for a vendor nothing is calibrated for.
    """
    name, vendor, architecture = device.name or "this device", device.vendor, device.architecture or ""
    if device.kind in ("phone", "sbc"):
        return f"cpu-{device.kind}"
    if device.kind == "cpu":
        return "cpu"
    if vendor == "Apple":
        return "apple-ultra" if "Ultra" in name else "apple"
    families = _VENDORS.get(vendor)
    if families is None or (device.kind == "accelerator" and vendor != "NVIDIA"):
        raise ValueError(f"no speeds are calibrated for {name} ({vendor} {device.kind})")
    group = _family(device) or _NEWEST[vendor]
    if group == "nvidia-ampere" and device.kind == "apu":
        return "nvidia-unified"
    large = device.kind == "accelerator" or (bandwidth_gb_per_s(device) > HBM_GB_PER_S and not architecture)
    if group == "nvidia-ampere" and ("HBM" in (device.memory_type or "") or large):
        return "nvidia-hbm"
    if architecture == "Pascal" and "HBM" in (device.memory_type or ""):
        return "nvidia-p100"  # the one Pascal chip without 8-bit products
    if group in ("amd-rdna", "amd-rdna4") and device.kind == "apu":
        return "amd-unified"
    return group


def _family(device: DeviceFacts) -> str | None:
    families, architecture = _VENDORS.get(device.vendor, {}), device.architecture or ""
    return next((g for g, starts in families.items() if architecture.startswith(starts)), None)


@lru_cache(maxsize=4096)
def assumptions(device: DeviceFacts) -> tuple[str, ...]:
    """What had to be assumed about a device to tell its speed, in words; each widens the range. Empty as a rule."""
    found = []
    if not device.is_processor and device.vendor in _VENDORS and _family(device) is None:
        found.append(
            f"its architecture ({device.architecture or 'not known'}) was never measured: counted as {group_of(device)}"
        )
    if not device.is_processor and not (device.fp32_tflops or (device.vendor == "Apple" and device.gpu_cores)):
        found.append("its compute rate is not known: counted as usual for its bandwidth")
    return tuple(found)


def vendor_of(group: str) -> str:
    """`nvidia`, `amd`, `intel`, `apple` or `cpu`: the first word of a group's name."""
    return group.partition("-")[0]


def on_vulkan(backend: str | None) -> bool:
    """Whether a backend, as a source prints it (`Vulkan RADV`, `llama.cpp-vulkan_amdvlk`), is Vulkan."""
    return "vulkan" in (backend or "").casefold()


def compute_tflops(device: DeviceFacts) -> float:
    """Single-precision rate of the GPU cores; where it is not known, what is usual for the vendor and the bandwidth.

    Raises ValueError where neither is known.
    """
    if device.fp32_tflops:
        return device.fp32_tflops
    if device.vendor == "Apple" and device.gpu_cores:
        return device.gpu_cores * APPLE_CORE_TFLOPS
    if device.vendor in USUAL_FLOP_PER_BYTE:
        return USUAL_FLOP_PER_BYTE[device.vendor] * bandwidth_gb_per_s(device) / 1e3
    raise ValueError(f"the compute rate of {device.name or 'this device'} is not known")


def matrix_tflops(device: DeviceFacts) -> float:
    """Dense half-precision rate of the matrix units: as stated, or the architecture's multiple of single precision.

    Raises ValueError where neither is known.
    """
    if device.fp16_tflops:
        return device.fp16_tflops
    name, architecture = device.name or "this device", device.architecture or ""
    if device.vendor == "Apple":
        generation = re.search(r"\bM(\d+)\b", name)
        return compute_tflops(device) * (APPLE_NEURAL_MULTIPLE if generation and int(generation[1]) >= 5 else 1.0)
    if not device.fp32_tflops:
        raise ValueError(f"the compute rate of {name} is not known")
    if device.kind == "apu" and (found := _multiple(_APU_MULTIPLES, architecture)):
        return found * device.fp32_tflops
    if architecture.startswith("Turing") and "GTX" in name:
        return INT8_MULTIPLE * device.fp32_tflops
    if found := _multiple(_MULTIPLES, architecture):
        return found * device.fp32_tflops
    raise ValueError(f"the rate of the matrix units of {name} is not known")


def _multiple(table: dict[str, float], architecture: str) -> float | None:
    return next((m for start, m in table.items() if architecture.startswith(start)), None)


def bandwidth_gb_per_s(device: DeviceFacts) -> float:
    """Stated bandwidth of its memory. Raises ValueError where it is not known."""
    if not device.bandwidth_gb_per_s:
        raise ValueError(f"the memory bandwidth of {device.name or 'this device'} is not known")
    return device.bandwidth_gb_per_s
