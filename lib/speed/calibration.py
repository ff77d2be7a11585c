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
    vulkan_layer: Positive = 1.0
    """Fixed cost per layer of the Vulkan backend, relative to the vendor's own (AMD)."""
    rows: int
    """Measurements it was fitted to."""


class Vendor(_Constants):
    """What the GPUs of one vendor have in common."""

    expert_layer: Positive
    """Fixed cost of a layer with experts, relative to a plain one."""
    delta_layer: Positive
    """The same for layers of linear attention (the gated delta rule)."""
    extra_norms: Positive
    """The same for layers with norms before and after each block (Gemma 2 and later)."""
    attention: NotNegative
    """Times attention operations / single-precision rate, added to each token."""
    vulkan_attention: Positive = 1.0
    """`attention` of the Vulkan backend, relative to the vendor's own (AMD)."""
    old_build: Positive
    """Fixed cost per layer of builds before `old_before`, relative to later ones."""
    old_before: str


class Runtime(_Constants):
    """Fixed cost per layer relative to llama.cpp."""

    layer: Positive
    expert_layer: Positive
    rows: int = 0
    """Measurements it was fitted to."""


class Processor(_Constants):
    """CPUs: what they reach of their memory's bandwidth."""

    reach_at_100_gb_per_s: Positive
    """Share reached by a memory of 100 GB/s."""
    reach_exponent: float
    """The share changes with (bandwidth / 100 GB/s) to this power: many channels are used worse."""
    reach_of_measured: Positive
    """Share of the bandwidth a memory benchmark measured, where one is known."""
    phone_reach: Positive
    """Share reached by phones."""
    board_reach: Positive
    """Share reached by single-board computers."""
    layer_us: NotNegative
    kv_factor: Positive
    """Reading keys and values costs this much more than reading as many bytes of weights."""
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


class PromptGroup(_Constants):
    """Reading prompts on GPUs that behave alike."""

    share: Positive
    """Of the rate of the matrix units."""
    vulkan: Positive = 1.0
    """Share with the Vulkan backend, relative to the vendor's own; 1 where only Vulkan is in use."""
    rows: int


class PromptVendor(_Constants):
    """What reading prompts has in common on the GPUs of one vendor."""

    half_batch: Positive
    """Tokens an expert has to get at once to be computed half as well as a dense layer."""
    layer_us: NotNegative
    """Fixed cost of a layer and micro-batch; a layer with experts costs twice as much."""
    attention: Positive
    """Share of the matrix rate while attending."""
    half_precision: Positive
    """Share with weights of 16 bits, relative to quantized ones."""
    vulkan_half: Positive
    """The same once more with the Vulkan backend."""
    old_build: Positive
    """Share of builds before `old_before`, relative to later ones."""
    old_half_batch: Positive = 1.0
    """`half_batch` of such builds, relative to later ones."""
    old_attention: Positive = 1.0
    """`attention` of such builds, relative to later ones."""
    old_before: str


class Prompt(_Constants):
    """Reading prompts."""

    reading: Positive
    """Times bytes of weights / bandwidth, once for each micro-batch."""
    size: float
    """Large NVIDIA cards are used worse, by (rate / 100 TFLOPS) to this power."""
    host_gb_per_s: Positive
    """Rate at which weights that lie in system RAM come to the card, once for each micro-batch."""
    pipeline: Positive
    """Of what cards would gain that each compute their layers of another micro-batch at the same time."""
    groups: dict[str, PromptGroup]
    vendors: dict[str, PromptVendor]
    runtimes: dict[str, Positive]
    """Share relative to llama.cpp; runtimes not named here were not measured."""


class Engine(_Constants):
    """What one more conversation costs a step, in a runtime or on a kind of device."""

    few: Positive
    """Share of the matrix rate while few conversations are computed one vector at a time."""
    many: Positive
    """Share of the matrix rate once they are computed as a matrix."""
    matrix_from: Positive
    """A matrix is computed as if it had at least this many conversations."""
    user_us: NotNegative
    """Fixed cost of each conversation after the first."""
    rows: int
    devices: int
    band: Band | None = None
    """Errors, each model and device predicted by a fit that has not seen it."""


class Several(_Constants):
    """Several conversations at once."""

    spread: Positive
    """Experts touched by further conversations, relative to every one picking its own at random."""
    engines: dict[str, Engine]
    band: Band | None = None
    """The errors of all engines together."""


class Calibration(_Constants):
    """Everything `lib.speed` knows from measurements."""

    input_sha256: str
    """Of what it was fitted to: the rows of `inputs`, only the fields the fit reads."""
    inputs: tuple[str, ...]
    rows: int
    kv_factor: Positive
    """Reading keys and values costs this much more than reading as many bytes of weights."""
    linear_layer: Positive
    """Fixed cost of a layer with a state space, relative to full attention."""
    delta_old_build: Positive
    """`delta_layer` of builds before `delta_old_before`, relative to later ones (llama.cpp)."""
    delta_old_before: str
    expert_old_build: Positive
    """`expert_layer` of builds before `expert_old_before`, relative to later ones (llama.cpp)."""
    expert_old_before: str
    low_bits_compute: Positive
    """`compute` with fewer than four bits a weight, relative to more."""
    card_ms: NotNegative
    """Handing over from card to card, for each card after the first."""
    offload_layer_us: NotNegative
    """Handing over to system RAM and back for a layer whose experts lie there."""
    tensor_parallel_layer_us: NotNegative
    """Adding up between cards, for each layer, when all cards compute every layer together."""
    groups: dict[str, Group]
    vendors: dict[str, Vendor]
    runtimes: dict[str, Runtime]
    processor: Processor
    prompt: Prompt | None = None
    several: Several | None = None
    bands: dict[str, Band] = {}
    prefill_bands: dict[str, Band] = {}

    @staticmethod
    def load(path: Path) -> Calibration:
        """Read a calibration file. Raises OSError, tomllib.TOMLDecodeError or pydantic.ValidationError."""
        return Calibration.model_validate(tomllib.loads(path.read_text("utf-8")))
