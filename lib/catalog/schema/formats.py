"""Quantizations, what they cost in quality, and the programs that run the files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from lib.catalog.schema.base import Date, Https, Id, NotNegative, Positive, Record, SourceRef, Text


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
    options: tuple[Text, ...] = ()
    """Documented commands, options and settings that our commands for it are made of; nothing else is printed."""
    options_source: SourceRef | None = None
    in_essay: bool = False
    source: SourceRef

    @model_validator(mode="after")
    def _sourced(self) -> Runtime:
        if bool(self.options) != (self.options_source is not None):
            raise ValueError("options and options_source stand together")
        return self
