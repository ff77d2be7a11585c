"""The facts of a device that speed depends on, and the group of devices it is calibrated with."""

from __future__ import annotations

from dataclasses import dataclass

APPLE_CORE_TFLOPS = 0.36
"""Single-precision rate of one GPU core: 2.6 / 8 (M1) to 0.45; taken as one because Apple states none after the M2."""
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


def group_of(device: DeviceFacts) -> str:
    """Name of the calibration group a device belongs to.

    Raises ValueError for an accelerator that does not read its weights from one memory, for a vendor and for an
    architecture nothing is calibrated for.
    """
    name, vendor, architecture = device.name or "this device", device.vendor, device.architecture or ""
    if device.kind in ("phone", "sbc"):
        return "cpu-small"
    if device.kind == "cpu":
        return "cpu"
    if vendor == "Apple":
        return "apple-ultra" if "Ultra" in name else "apple"
    vendors: dict[str, _Families] = {"NVIDIA": _NVIDIA, "AMD": _AMD, "Intel": _INTEL}
    families = vendors.get(vendor)
    if families is None or (device.kind == "accelerator" and vendor != "NVIDIA"):
        raise ValueError(f"no speeds are calibrated for {name} ({vendor} {device.kind})")
    group = next((g for g, starts in families.items() if architecture.startswith(starts)), None)
    if group is None:
        raise ValueError(f"no speeds are calibrated for the architecture of {name} ({architecture or 'not known'})")
    if group == "nvidia-ampere" and device.kind == "apu":
        return "nvidia-unified"
    if group == "nvidia-ampere" and "HBM" in (device.memory_type or ""):
        return "nvidia-hbm"
    if group in ("amd-rdna", "amd-rdna4") and device.kind == "apu":
        return "amd-unified"
    return group


def vendor_of(group: str) -> str:
    """`nvidia`, `amd`, `intel`, `apple` or `cpu`: the first word of a group's name."""
    return group.partition("-")[0]


def compute_tflops(device: DeviceFacts) -> float:
    """Single-precision rate of the GPU cores. Raises ValueError where it is not known."""
    if device.vendor == "Apple" and device.gpu_cores:
        return device.gpu_cores * APPLE_CORE_TFLOPS
    if device.fp32_tflops:
        return device.fp32_tflops
    raise ValueError(f"the compute rate of {device.name or 'this device'} is not known")


def bandwidth_gb_per_s(device: DeviceFacts) -> float:
    """Stated bandwidth of its memory. Raises ValueError where it is not known."""
    if not device.bandwidth_gb_per_s:
        raise ValueError(f"the memory bandwidth of {device.name or 'this device'} is not known")
    return device.bandwidth_gb_per_s
