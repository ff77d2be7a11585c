"""Devices, machines made of them, and what was measured on them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from lib.catalog.schema.base import Date, Finite, Id, Positive, Record, SourceRef, Text, words


class Device(Record):
    """A row of `devices.csv`: one GPU, one system on a chip, one kind of CPU with its memory."""

    id: Id
    name: Text
    vendor: Text
    kind: Literal["gpu", "apple-soc", "apu", "cpu", "phone", "sbc", "accelerator"]
    architecture: str | None = None
    memory_gib: Annotated[tuple[Positive, ...], BeforeValidator(words)] = ()
    """Its own memory, or the sizes it is sold with where memory is unified or system RAM."""
    memory_type: str | None = None
    memory_bandwidth_gb_per_s: Positive | None = None
    measured_bandwidth_gb_per_s: Positive | None = None
    """What a benchmark of the memory reached, where somebody measured it."""
    boost_clock_mhz: Positive | None = None
    fp32_tflops: Positive | None = None
    fp16_tflops: Positive | None = None
    """Dense half-precision rate of its matrix units."""
    gpu_cores: Annotated[int, Field(ge=1)] | None = None
    power_w: Positive | None = None
    """The board's or chip's rated limit, not what a token takes."""
    launched: Date | None = None
    launch_price_usd: Positive | None = None
    street_price_low_usd: Positive | None = None
    street_price_high_usd: Positive | None = None
    street_price_condition: str | None = None
    street_price_as_of: Date | None = None
    note: str | None = None
    source: SourceRef
    memory_source: SourceRef | None = None
    bandwidth_source: SourceRef | None = None
    measured_bandwidth_source: SourceRef | None = None
    compute_source: SourceRef | None = None
    power_source: SourceRef | None = None
    launch_price_source: SourceRef | None = None
    street_price_source: SourceRef | None = None

    @property
    def unified(self) -> bool:
        """Whether CPU and GPU share one memory."""
        return self.kind in ("apple-soc", "apu", "phone", "sbc")


class DeviceBus(Record):
    """A row of `device_buses.csv`: how wide and fast a device's memory is, to check its bandwidth against.

    A file of its own: `devices.csv` is written again whenever devices are imported, this is kept by hand.
    """

    device: Id
    bus_bits: Annotated[int, Field(ge=8)]
    rate_gbit_per_s_per_pin: Positive
    source: SourceRef
    note: str | None = None

    @property
    def bandwidth_gb_per_s(self) -> float:
        """Peak bandwidth: bits x rate / 8."""
        return self.bus_bits * self.rate_gbit_per_s_per_pin / 8


class DeviceConflict(Record):
    """A row of `device_conflicts.csv`: a value of a device that another source gives differently."""

    device: Id
    field: Text
    value: Finite
    source: SourceRef
    chosen: Finite
    why: Text


class Machine(Record):
    """A machine people have or buy; an entry of `machines.toml`. A shorthand for three controls."""

    name: Text
    device: Id
    count: Annotated[int, Field(ge=1, le=64)] = 1
    ram_gib: Annotated[int, Field(ge=1, le=8192)]
    """System RAM; on a machine with unified memory, that memory."""
    cpu: Id | None = None
    price_usd: Positive | None = None
    source: SourceRef
    note: Text | None = None


class Measurement(Record):
    """A row of `measurements.csv`: a speed somebody measured."""

    id: Id
    model: Text
    model_bytes: Positive | None = None
    params_b: Positive | None = None
    active_params_b: Positive | None = None
    layers: Annotated[int, Field(ge=1)] | None = None
    quantization: str | None = None
    device_ids: Annotated[tuple[Id, ...], BeforeValidator(words)] = ()
    device_count: Annotated[int, Field(ge=1)] | None = None
    device_text: str | None = None
    """The device as the source words it, where it is no device of ours."""
    runtime: str | None = None
    backend: str | None = None
    build: str | None = None
    build_date: Date | None = None
    n_prompt: Annotated[int, Field(ge=0)] | None = None
    n_gen: Annotated[int, Field(ge=0)] | None = None
    depth: Annotated[int, Field(ge=0)] | None = None
    concurrency: Annotated[int, Field(ge=1)] | None = None
    gpu_layers: Annotated[int, Field(ge=-1)] | None = None
    decode_tok_per_s: Positive | None = None
    prefill_tok_per_s: Positive | None = None
    watts: Positive | None = None
    power_kind: str | None = None
    stated_bandwidth_gb_per_s: Positive | None = None
    stated_power_w: Positive | None = None
    measured_on: Date | None = None
    source: SourceRef
    verdict: Literal["", "impossible", "misleading", "not-comparable"] = ""
    note: str | None = None
