"""What a fact is: the shape of every record in `catalog/`.

Unknown keys are rejected, units stand in the names, every record says where it comes from.
A field that is `None` (or absent) is unknown and shown as unknown. GB is 10^9 bytes, GiB 2^30.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from lib.architecture import Architecture

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
"""Lower case, stable for ever: it is the file's name, the link's value, and never reused."""
Text = Annotated[str, Field(min_length=1, max_length=2000)]
_HTTPS = r"^https?://[^\s\"'<>]{3,500}$"
Https = Annotated[str, Field(pattern=_HTTPS)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def _source(value: str) -> str:
    name = value.partition("#")[0]
    if not name or len(value) > 400:
        raise ValueError(f"{value!r} is not a source id, optionally followed by '#' and the place inside it")
    return value


SourceRef = Annotated[str, AfterValidator(_source)]
"""An id of `sources.toml`, optionally `#` and where inside it (a file, a row, a section)."""
Date = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$"), BeforeValidator(str)]
"""A day, or a month or a year where no day is known: `2024-04-18`, `2024-04`."""


def _words(value: object) -> object:
    """CSV cells hold lists separated by blanks."""
    return tuple(value.split()) if isinstance(value, str) else value


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, str_strip_whitespace=True)


class Source(Record):
    """Where facts come from."""

    title: Text
    producer: Text
    url: Https
    published: Date | None = None
    accessed: Date
    """When the facts were last read there."""
    licence: Text
    """What the source allows, or "not stated"; then single facts are cited, never the table."""
    note: Text | None = None


class Licence(Record):
    """What one may do with a model. Not legal advice."""

    name: Text
    spdx: Text | None = None
    url: Https
    openness: Literal["open-source", "open-weights", "non-commercial", "closed"]
    """`open-source`: no field of use excluded (OSI); `open-weights`: to be had, under terms."""
    commercial: Literal["yes", "conditions", "no", "unknown"]
    conditions: tuple[Text, ...] = ()
    source: SourceRef


class Dispute(Record):
    """Another value somebody gives for a fact, kept beside ours."""

    field: Text
    value: str | float | int
    source: SourceRef
    verdict: Literal["differs", "wrong", "unconfirmed", "superseded"]
    note: Text


class Model(Record):
    """A published checkpoint. The file's name is the id."""

    name: Text
    publisher: Text
    tuning: Literal["base", "instruct", "reasoning", "code", "vision"]
    released: Date | None = None
    open_weights: bool
    licence: Id
    context_tokens: Annotated[int, Field(ge=256, le=100_000_000)] | None = None
    parameters: Annotated[int, Field(ge=1_000_000)] | None = None
    active_parameters: Annotated[int, Field(ge=1_000_000)] | None = None
    """Parameters one token passes through: all of them in a dense model."""
    input: tuple[Literal["text", "image", "audio", "video", "pdf"], ...] = ("text",)
    output: tuple[Literal["text", "image", "audio", "video"], ...] = ("text",)
    hugging_face: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")] | None = None
    gguf: tuple[Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")], ...] = ()
    """Hugging Face repositories with GGUF files of it."""
    ollama: Annotated[str, Field(pattern=r"^[\w.:/-]+$")] | None = None
    note: Text | None = None
    architecture: Architecture | None = None
    sources: dict[str, SourceRef | tuple[SourceRef, ...]]
    """Field name to where its value comes from; `default` covers the fields not named."""
    disputes: tuple[Dispute, ...] = ()

    @model_validator(mode="after")
    def _sourced(self) -> Model:
        known = set(type(self).model_fields) | {"default"}
        if odd := sorted(set(self.sources) - known):
            raise ValueError(f"sources names {', '.join(odd)}, which is no field of a model")
        if "default" not in self.sources:
            wanted = {"released", "context_tokens", "parameters", "active_parameters", "architecture", "licence"}
            if bare := sorted(f for f in wanted if getattr(self, f) is not None and f not in self.sources):
                raise ValueError(f"no source for {', '.join(bare)}: add it to [sources], or a 'default' there")
        if self.open_weights and self.parameters is None:
            raise ValueError("a model with open weights states its parameters")
        return self


class Benchmark(Record):
    name: Text
    measures: Text
    category: Literal["knowledge", "reasoning", "mathematics", "code", "instructions", "agents", "preference", "other"]
    unit: Literal["percent", "elo", "index", "points"]
    minimum: Finite | None = None
    maximum: Finite | None = None
    higher_is_better: bool = True
    chance: Finite | None = None
    """Score of guessing at random, in the benchmark's unit."""
    human: Finite | None = None
    saturated: Text | None = None
    caveats: Text | None = None
    url: Https
    source: SourceRef


class Protocol(Record):
    """One way of running benchmarks. Scores are comparable inside one protocol only."""

    name: Text
    producer: Text
    comparable: bool
    """False for collections of numbers obtained in different ways: shown, marked, never ranked finely."""
    described: Text
    source: SourceRef


class Score(Record):
    """A row of `scores.csv`."""

    model: Id
    benchmark: Id
    protocol: Id
    value: Finite
    low: Finite | None = None
    high: Finite | None = None
    """The source's own 95 % interval, where it gives one."""
    variant: str | None = None
    """Setting of the same checkpoint: thinking, high effort, a dated snapshot …"""
    conditions: str | None = None
    measured_by: Literal["third-party", "maker", "competitor", "essay", "unknown"]
    date: Date | None = None
    source: SourceRef
    verdict: Literal["", "wrong", "unconfirmed", "superseded", "mixed"] = ""
    """What checking the value against other sources found; empty where nothing speaks against it."""
    note: str | None = None


class Device(Record):
    """A row of `devices.csv`: one GPU, one system on a chip, one kind of CPU with its memory."""

    id: Id
    name: Text
    vendor: Text
    kind: Literal["gpu", "apple-soc", "apu", "cpu", "phone", "sbc", "accelerator"]
    architecture: str | None = None
    memory_gib: Annotated[tuple[Positive, ...], BeforeValidator(_words)] = ()
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


class Quantization(Record):
    """A row of `quantizations.csv`: a tensor type, or a mixture of them that files are published in."""

    id: Id
    name: Text
    family: Text
    level: Literal["tensor", "file"]
    block_elements: Annotated[int, Field(ge=1)] | None = None
    block_bytes: Positive | None = None
    bits_per_weight: Positive | None = None
    derived: bool = False
    """Whether the bits follow by arithmetic from the layout instead of being stated."""
    note: str | None = None
    source: SourceRef


class QuantizationLoss(Record):
    """A row of `quantization_loss.csv`: one model's quality on one test in one format, and without quantization.

    Rows are comparable only inside one model, dataset and source: what a format costs is `value`
    against the row's own `baseline_value`, never against another row.
    """

    id: Id
    model: Text
    """As the source names it."""
    parameters_b: Positive
    experts: bool = False
    """Whether the model is a mixture of experts."""
    part: Literal["weights", "kv-cache"]
    """What was quantized."""
    format: Text
    """A format of ours where it is one (`Q4_K_M`, `MLX-4bit`; `q8_0` of a cache), else as the source words it."""
    bits_per_weight: Positive | None = None
    importance_matrix: bool | None = None
    metric: Literal["perplexity", "kl-divergence", "mmlu", "mmlu-pro", "openllm-v1"]
    """KL divergence is the mean over tokens in nats; MMLU and the like count in per cent."""
    dataset: str | None = None
    value: NotNegative
    standard_error: NotNegative | None = None
    baseline_format: Text
    baseline_value: Positive | None = None
    """The same test in the baseline's format; absent for KL divergence, which is a distance already."""
    conditions: str | None = None
    measured: Date | None = None
    confidence: Literal["high", "medium"]
    """Values nobody should rely on are not taken in."""
    source: SourceRef

    @model_validator(mode="after")
    def _against_itself(self) -> QuantizationLoss:
        if (self.baseline_value is None) != (self.metric == "kl-divergence"):
            raise ValueError("every metric but KL divergence needs the baseline's value, KL divergence has none")
        return self


class Runtime(Record):
    """A program that runs models; an entry of `runtimes.toml`."""

    name: Text
    producer: Text
    url: Https
    described: Text
    formats: tuple[Text, ...]
    platforms: tuple[Text, ...]
    install: Text | None = None
    run: Text | None = None
    """A command as the runtime documents it."""
    in_essay: bool = False
    source: SourceRef


class Measurement(Record):
    """A row of `measurements.csv`: a speed somebody measured."""

    id: Id
    model: Text
    model_bytes: Positive | None = None
    params_b: Positive | None = None
    active_params_b: Positive | None = None
    layers: Annotated[int, Field(ge=1)] | None = None
    quantization: str | None = None
    device_ids: Annotated[tuple[Id, ...], BeforeValidator(_words)] = ()
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


class Service(Record):
    """Somewhere models already run; an entry of `services.toml`."""

    name: Text
    producer: Text
    kind: Literal["playground", "chat"]
    url: Https
    models: Text | None = None
    context_tokens: Annotated[int, Field(ge=256)] | None = None
    modalities: tuple[Text, ...] = ()
    parameters: Annotated[int, Field(ge=1)] | None = None
    in_essay: bool = False
    note: Text | None = None
    source: SourceRef


class Price(Record):
    """A row of `prices.csv`: what a provider asks for a million tokens."""

    model: Id
    provider: Text
    provider_model: Text
    input_usd_per_mtok: NotNegative
    output_usd_per_mtok: NotNegative
    cache_read_usd_per_mtok: NotNegative | None = None
    context_tokens: Annotated[int, Field(ge=256)] | None = None
    as_of: Date
    source: SourceRef


class EssayRow(Record):
    """A row of a table as the essay prints it, and which of our records it is."""

    cells: dict[str, str]
    """Column heading to what is printed there, to the letter; empty cells left out. `link` is an address the row cites."""
    model: Id | None = None
    measurement: Id | None = None
    service: Id | None = None
    quantization: str | None = None

    @field_validator("cells")
    @classmethod
    def _opens(cls, cells: dict[str, str]) -> dict[str, str]:
        # The page offers this one cell to be clicked.
        if (link := cells.get("link")) is not None and not re.fullmatch(_HTTPS, link):
            raise ValueError(f"the cell 'link' is no http or https address: {link!r}")
        return cells


class Finding(Record):
    """What checking a cell, a row or a whole table against other sources found."""

    table: Id
    row: Annotated[int, Field(ge=0)] | None = None
    """From 0; absent when it is about the whole table."""
    column: Text | None = None
    verdict: Literal["confirmed", "differs", "wrong", "unconfirmed", "misleading"]
    text: Text
    source: SourceRef


class EssayTable(Record):
    title: Text
    section: Text
    page: Literal["models", "machines", "compare", "sources"]
    """Page of the dashboard that shows it as it stands today."""
    query: dict[str, str | tuple[str, ...]] = {}
    """The view: parameters of the link, defaults left out."""
    columns: tuple[Text, ...]
    rows: tuple[EssayRow, ...]
    since: Text
    """What has changed since May 2024, in a sentence or two."""


class Claim(Record):
    """A sentence of the essay that can be checked, in our words."""

    text: Text
    section: Text
    cites: Https | None = None
    verdict: Literal["confirmed", "differs", "wrong", "unconfirmed"]
    checked: Text
    source: SourceRef


class Essay(Record):
    """`essay.toml`: the essay the dashboard grew from."""

    title: Text
    author: Text
    published: Date
    tables: dict[Id, EssayTable]
    findings: tuple[Finding, ...] = ()
    claims: dict[Id, Claim] = {}
