"""Commands of the tools that start from the published weights instead of GGUF files: MLX and vLLM."""

from __future__ import annotations

from lib.answers.commands_shapes import Command, Job, no, yes
from lib.answers.placed import runs_on
from lib.answers.sized import request_of, weights_of
from lib.sizing.formats import format_of, mlx_like
from lib.sizing.placement import Placement, Request, place
from lib.sizing.weights import Weights, weights

VLLM_SHARE = 0.9
"""Of each card's memory, what vLLM is allowed to fill; its own default as documented."""
WHOLE = "BF16-safetensors"


def _needs(placement: Placement) -> str:
    """What the model takes, in all."""
    return f"{placement.total_bytes / 1e9:,.1f} GB"


def _exact_cache(job: Job) -> Request:
    """What is asked for, with the 16-bit cache both keep unasked."""
    return request_of(job.view.model_copy(update={"kv": "f16"}))


def _published(job: Job) -> tuple[Weights, str]:
    """The published weights, at 16 bits as most are, gpt-oss with its experts in MXFP4; and that in words."""
    if job.architecture.family == "gpt_oss":
        return weights(job.architecture, "BF16", native_experts=True), "with its experts in MXFP4"
    return weights(job.architecture, WHOLE), "at 16 bits each"


def _whole(job: Job) -> bool:
    """Whether MLX best takes the published weights as they are: they are small already, or 16 bits are wanted."""
    return job.architecture.family == "gpt_oss" or mlx_like(job.form) == "MLX-bf16" or job.form == "MLX-bf16"


def mlx(job: Job) -> Command:
    """`mlx_lm.convert` where the weights must be quantized first, then `mlx_lm.server`."""
    if job.rig.device.vendor != "Apple":
        return no("mlx", "MLX runs on Apple chips only, and this machine has none.")
    repository = job.model.hugging_face
    if repository is None:
        return no("mlx", "Where its weights were published is not in the catalog.")
    form = job.form if format_of(job.form).container == "mlx" else mlx_like(job.form)
    if form is None:
        return no("mlx", f"MLX has no format like {job.form}.")
    held, said = _published(job) if _whole(job) else (weights_of(job.architecture, form), f"in {form}")
    found = place(job.architecture, held, job.rig.pools, _exact_cache(job))
    if found.fit != "gpu":
        return no(
            "mlx",
            f"MLX would take {_needs(found)} {said}, and this machine lends its GPU {job.rig.limit_bytes / 1e9:,.1f} GB.",
        )
    bits = form.removeprefix("MLX-").removesuffix("bit")
    folder = repository if _whole(job) else f"{job.key}-{bits}bit"
    lines = [] if _whole(job) else [f"mlx_lm.convert --model {repository} -q --q-bits {bits} --mlx-path {folder}"]
    more = f" --decode-concurrency {job.view.slots}" if job.view.slots > 1 else ""
    notes = (
        f"It takes {_needs(found)} {said} at {job.found_context:,} tokens." + (f" The speed predicted is llama.cpp's at {job.form}." if form != job.form else ""),
        "The first line downloads the published weights and quantizes them once." if lines else "",
        "The server takes no length of context and no type of cache: its cache is 16-bit and grows with the conversation.",
    )  # fmt: skip
    return yes("mlx", "\n".join([*lines, f"mlx_lm.server --model {folder}{more}"]), " ".join(filter(None, notes)))


def vllm(job: Job) -> Command:
    """`vllm serve` of the published weights, where 16 bits a weight fit in the cards."""
    kind, repository = format_of(job.form).container, job.model.hugging_face
    if not runs_on(WHOLE, job.rig):
        return no("vllm", "We give commands of vLLM for NVIDIA and AMD cards only, and this machine has none.")
    if repository is None:
        return no("vllm", "Where its weights were published is not in the catalog.")
    if kind not in ("gguf", "safetensors"):
        return no("vllm", f"No repository of it in {job.form} is in the catalog; vLLM takes one by its name.")
    held, said = _published(job)
    found = place(job.architecture, held, job.rig.pools, _exact_cache(job))
    cards, total = len(job.rig.pools.gpus), sum(p.total_bytes for p in job.rig.pools.gpus)
    if found.fit != "gpu" or found.total_bytes > VLLM_SHARE * total:
        return no(
            "vllm",
            f"vLLM runs the published weights, which take {_needs(found)} {said}, more than the {VLLM_SHARE * total / 1e9:,.1f} GB it may fill of this machine's cards; no repository of smaller ones is in the catalog.",
        )
    options = ["--max-model-len", str(job.view.ctx), "--max-num-seqs", str(job.view.slots), "--gpu-memory-utilization", f"{VLLM_SHARE:g}"]  # fmt: skip
    if cards > 1:
        even = job.architecture.attention_heads % cards == 0
        options += ["--tensor-parallel-size" if even else "--pipeline-parallel-size", str(cards)]
    note = f"On Linux. It runs the published weights: {_needs(found)} in all {said}, with a 16-bit cache. The speed predicted is llama.cpp's at {job.form}."
    return yes("vllm", " ".join(["vllm serve", repository, *options]), note)
