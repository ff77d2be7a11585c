"""The exact commands that run one model in one format on one machine, a tool each, as our placement says.

Every option printed here is named in `catalog/runtimes.toml` with the document it was read in; a test holds that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lib.answers.commands_other import mlx, vllm
from lib.answers.commands_shapes import NO_FILE, Command, Job, no, yes
from lib.answers.machine import Rig
from lib.answers.sized import USUAL_FORMAT
from lib.catalog import Catalog
from lib.sizing.formats import format_of
from lib.sizing.placement import Placement
from lib.view import TOOLS, View
from lib.view.view import Tool

OLLAMA_CACHES = ("f16", "q8_0", "q4_0")
SPLIT_FILE_BYTES = 45e9
"""Files larger than this are published in parts, for the Hub advises parts of less than 50 GB."""


def commands_for(
    catalog: Catalog, view: View, model_id: str, form: str, found: Placement, *, rig: Rig
) -> tuple[Command, ...]:
    """How to run a model in a format with every tool, in the order of `lib.view`'s tools; `found` is where it lies on the rig.

    Raises ValueError for a model whose shapes are not published.
    """
    job = Job(catalog, view, model_id, form, found, rig)
    return tuple(MAKERS[tool](job) for tool in TOOLS)


def command_for(
    catalog: Catalog, view: View, model_id: str, form: str, found: Placement, *, rig: Rig, tool: Tool = "llama.cpp"
) -> Command:
    """The same for one tool."""
    return MAKERS[tool](Job(catalog, view, model_id, form, found, rig))


def _cannot(job: Job, tool: str) -> str:
    """Why a program that runs GGUF files cannot run this one here; empty where it can."""
    if format_of(job.form).container != "gguf":
        return f"{tool} runs GGUF files only, and {job.form} is another format."
    if job.found.fit == "none":
        return f"{job.model.name} at {job.form} does not fit on {job.rig.name}."
    return ""


def _llama_cpp(job: Job) -> Command:
    if why := _cannot(job, "llama.cpp"):
        return no("llama.cpp", why)
    held = ("-hf", f"{job.repository}:{job.form}") if job.repository else ("-m", f"'{NO_FILE}'")
    where = "" if job.repository else " No repository of GGUF files of it is in the catalog: name a file of your own."
    split = (
        f" {job.view.slots} conversations share the {job.found_context:,} tokens of -c." if job.view.slots > 1 else ""
    )
    return yes(
        "llama.cpp",
        " ".join(["llama-server", *held, *job.found.flags]),
        f"Answers at http://localhost:8080, placed as counted here.{split}{where}",
    )


def _llamafile(job: Job) -> Command:
    if why := _cannot(job, "llamafile"):
        return no("llamafile", why)
    from_where = f" of https://huggingface.co/{job.repository}" if job.repository else ""
    note = f"Put the {job.form} file{from_where} in place of <file>. From version 0.10 on it takes the options of llama.cpp it was built with."
    return yes("llamafile", " ".join(["llamafile", "--server", "-m", f"'{NO_FILE}'", *job.found.flags]), note)


def _ollama(job: Job) -> Command:
    if why := _cannot(job, "Ollama"):
        return no("ollama", why)
    whole = job.repository and job.file_bytes <= SPLIT_FILE_BYTES
    tagged = bool(job.model.ollama) and (job.form == USUAL_FORMAT or not whole)
    origin = job.model.ollama if tagged else f"hf.co/{job.repository}:{job.form}" if whole else f"./{NO_FILE}"
    lines = [
        *_service(job),
        "cat > Modelfile <<'END'", f"FROM {origin}", f"PARAMETER num_ctx {job.view.ctx}", "END",
        f"ollama create {job.key} -f Modelfile",
        f"ollama run {job.key}",
    ]  # fmt: skip
    return yes("ollama", "\n".join(lines), " ".join(filter(None, _ollama_notes(job, tagged, bool(whole)))))


def _service(job: Job) -> list[str]:
    """The line that starts Ollama's service with settings that are not its own, where some are wanted."""
    view = job.view
    wanted = [f"OLLAMA_NUM_PARALLEL={view.slots}"] if view.slots > 1 else []
    wanted += (
        [f"OLLAMA_FLASH_ATTENTION={int(view.fa == 'on' or view.kv != 'f16')}"]
        if view.fa == "off" or view.kv != "f16"
        else []
    )
    wanted += [f"OLLAMA_KV_CACHE_TYPE={view.kv}"] if view.kv in OLLAMA_CACHES[1:] else []
    return [" ".join([*wanted, "ollama serve &"])] if wanted else []


def _ollama_notes(job: Job, tagged: bool, whole: bool) -> tuple[str, ...]:
    return (
        "The Modelfile fixes the context, which Ollama else sets by the memory it finds.",
        f"{job.model.ollama} is a tag of Ollama's library; which format it holds is not in the catalog, so its memory may differ from that of {job.form}." if tagged and not str(job.model.ollama).lower().endswith(job.form.lower()) else "",
        "" if tagged or whole else f"Put a single {job.form} file in place of <file>: Ollama pulls no model from the Hub that is published in parts." if job.repository else "No tag and no repository of it is in the catalog: put the path of a GGUF file in place of <file>.",
        "Quit a running Ollama first: the first line starts its service with these settings." if _service(job) else "",
        "" if job.view.kv in OLLAMA_CACHES else f"Its cache is f16, q8_0 or q4_0; {job.view.kv} it does not know.",
        "It decides itself what lies on the GPU; no documented option keeps experts alone in RAM, so it may be slower than predicted." if job.found.cpu_expert_layers else "It decides itself how many layers lie on the GPU." if job.found.fit == "offload" else "",
    )  # fmt: skip


def _lm_studio(job: Job) -> Command:
    if format_of(job.form).container == "mlx":
        return no("lm-studio", "LM Studio runs MLX models too, but no repository of one is in the catalog.")
    if why := _cannot(job, "LM Studio's engine"):
        return no("lm-studio", why)
    gpu = {"gpu": "max", "cpu": "off"}.get(job.found.fit) or f"{int(100 * job.found.gpu_layers / job.layers) / 100:g}"
    options = ["--gpu", gpu, "--context-length", str(job.found_context)]
    options += ["--parallel", str(job.view.slots)] if job.view.slots > 1 else []
    get = (
        f"lms get https://huggingface.co/{job.repository}@{job.form}" if job.repository else f"lms get {job.key} --gguf"
    )
    notes = (
        "The second line asks which of your models to load; flash attention and the cache's type are set in the program.",
        "" if job.repository else "No repository of it is in the catalog, so the first line searches for it.",
        f"Whether --context-length is for one conversation or for all {job.view.slots} is not documented; here it is for all." if job.view.slots > 1 else "",
        "It has no documented option that keeps experts alone in RAM, so it may be slower than predicted." if job.found.cpu_expert_layers else "",
    )  # fmt: skip
    return yes(
        "lm-studio",
        "\n".join([get, " ".join(["lms load", *options]), "lms server start"]),
        " ".join(filter(None, notes)),
    )


MAKERS: Mapping[Tool, Callable[[Job], Command]] = {
    "llama.cpp": _llama_cpp, "ollama": _ollama, "llamafile": _llamafile, "lm-studio": _lm_studio, "mlx": mlx, "vllm": vllm,
}  # fmt: skip
