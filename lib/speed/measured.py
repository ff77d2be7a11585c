"""What sources of measured speeds print, in our words."""

from __future__ import annotations

_RUNTIMES = {
    "ik_llama": "llama.cpp", "exllama": "exllama", "tabbyapi": "exllama", "llamafile": "llamafile", "localscore": "llamafile",
    "tensorrt": "tensorrt-llm", "trt-llm": "tensorrt-llm", "trtllm": "tensorrt-llm", "mlc": "mlc", "mlx": "mlx", "vllm": "vllm",
    "ktransformers": "ktransformers", "deepspeed": "deepspeed", "llama": "llama.cpp", "ggml": "llama.cpp", "lm-studio": "llama.cpp",
    "lmstudio": "llama.cpp", "docker": "llama.cpp", "unsloth": "llama.cpp", "kobold": "llama.cpp", "gpt4all": "llama.cpp",
    "ramalama": "llama.cpp", "lemonade": "llama.cpp",
}  # fmt: skip


def runtime_id(printed: str | None) -> str | None:
    """The runtime a source means: `ollama 0.23`, `llama-server b8920` and `llama.cpp` run the same engine."""
    text = "-".join((printed or "").casefold().split())
    return next((name for start, name in _RUNTIMES.items() if start in text), None)


def build_month(date: str | None) -> str | None:
    """When a build was made, to compare with: of a year alone its middle is taken (`2026` is `2026-07`)."""
    return f"{date}-07" if date and len(date) == 4 else date
