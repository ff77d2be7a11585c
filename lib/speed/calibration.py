"""The fitted constants of the speed model, as `benchmarks/fit_speed.py` writes them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Constants(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Group(_Constants):
    """Constants of GPUs that behave alike."""

    efficiency: Positive
    """Share of the memory's stated bandwidth that reading weights reaches."""
    layer_us: NotNegative
    """Fixed cost of a plain layer in microseconds (NVIDIA: at a clock of 1.8 GHz)."""
    compute: NotNegative
    """Times 2 x active parameters / single-precision rate, added to each token."""
    rows: int
    """Measurements it was fitted to."""


class Vendor(_Constants):
    """What the GPUs of one vendor have in common."""

    expert_layer: Positive
    """Fixed cost of a layer with experts, relative to a plain one."""
    extra_norms: Positive
    """The same for layers with norms before and after each block (Gemma 2 and later)."""
    attention: NotNegative
    """Times attention operations / single-precision rate, added to each token."""
    old_build: Positive
    """Fixed cost per layer of builds before `old_before`, relative to later ones."""
    old_before: str


class Runtime(_Constants):
    """Fixed cost per layer relative to llama.cpp."""

    layer: Positive
    expert_layer: Positive


class Processor(_Constants):
    """CPUs: what they reach of their memory's bandwidth."""

    reach_at_100_gb_per_s: Positive
    """Share reached by a memory of 100 GB/s."""
    reach_exponent: float
    """The share changes with (bandwidth / 100 GB/s) to this power: many channels are used worse."""
    reach_of_measured: Positive
    """Share of the bandwidth a memory benchmark measured, where one is known."""
    small_reach: Positive
    """Share reached by phones and single-board computers."""
    layer_us: NotNegative
    low_bits: Positive
    """Reach with fewer than four bits a weight, relative to more."""


class Band(_Constants):
    """Errors of one class of predictions: measured / predicted, each row predicted without its source."""

    low: Positive
    high: Positive
    """Ratios between which 80 % of the measurements lie."""
    rows: int
    sources: int
    median_error: NotNegative
    """Median of |predicted / measured - 1|."""
    p90_error: NotNegative
    coverage: Annotated[float, Field(ge=0, le=1)]
    """Share of rows inside a band made without their source."""


class Prefill(_Constants):
    """Share of the peak rate reached while reading the prompt."""

    dense: Positive
    experts: Positive


class Calibration(_Constants):
    """Everything `lib.speed` knows from measurements."""

    input_sha256: str
    """Of the files it was fitted to, in the order of `inputs`."""
    inputs: tuple[str, ...]
    rows: int
    kv_factor: Positive
    """Reading keys and values costs this much more than reading as many bytes of weights."""
    linear_layer: Positive
    """Fixed cost of a layer of linear attention or a state space, relative to full attention."""
    low_bits_compute: Positive
    """`compute` with fewer than four bits a weight, relative to more."""
    vulkan_layer: Positive
    """Fixed cost per layer of the Vulkan backend on AMD, relative to ROCm."""
    card_ms: NotNegative
    """Handing over from card to card, for each card after the first."""
    offload_layer_us: NotNegative
    """Handing over to system RAM and back for a layer whose experts lie there."""
    tensor_parallel_layer_us: NotNegative
    """Adding up between cards, for each layer, when all cards compute every layer together."""
    prefill_size: float
    """How the share of an NVIDIA card's peak rate changes with that rate while reading a prompt (an exponent)."""
    prefill_size_experts: float
    groups: dict[str, Group]
    vendors: dict[str, Vendor]
    runtimes: dict[str, Runtime]
    processor: Processor
    prefill: dict[str, Prefill] = {}
    bands: dict[str, Band] = {}
    prefill_bands: dict[str, Band] = {}

    @staticmethod
    def load(path: Path) -> Calibration:
        """Read a calibration file. Raises OSError, tomllib.TOMLDecodeError or pydantic.ValidationError."""
        return Calibration.model_validate(tomllib.loads(path.read_text("utf-8")))
