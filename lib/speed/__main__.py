"""How fast a model runs on a machine, with the range and the nearest measurement: `python -m lib.speed --help`."""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

MAX_CASES = 1_000_000
MAX_LINE = 4_000_000


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lib.speed", description=__doc__)
    parser.add_argument("--cases", help="a file with one JSON object a line (- for standard input); one JSON answer a line is printed, in the same order")  # fmt: skip
    parser.add_argument("--model", help="a model's id in the catalog")
    parser.add_argument("--config", help="a Hugging Face config.json instead of a catalog model")
    parser.add_argument("--machine", help="a machine or a device of the catalog: mac-mini-m4-16gb, rtx-4090 …")
    parser.add_argument("--count", type=int, help="how many of the device (default 1)")
    parser.add_argument("--ram-gib", type=float, help="system RAM, or the unified memory of a chip")
    parser.add_argument("--cpu", help="the processor behind the cards, a device of the catalog")
    parser.add_argument("--quantization", help="Q4_K_M, IQ4_XS, MLX-4bit, AWQ … (default Q4_K_M)")
    parser.add_argument("--model-bytes", type=float, help="size of the weights, where it is known better")
    parser.add_argument("--context", type=int, default=8192, help="tokens there is room for (default 8192)")
    parser.add_argument("--depth", type=int, help="tokens already in the context (default 0)")
    parser.add_argument("--prompt", type=int, help="tokens of the prompt, for the time to the first token (default 512)")  # fmt: skip
    parser.add_argument("--kv-type", help="type of the KV cache: f16, q8_0, q4_0 … (default f16)")
    parser.add_argument("--runtime", help="llama.cpp, ollama, mlx, vllm, exllama … (default: what runs the format)")
    parser.add_argument("--backend", help="cuda, rocm, vulkan, metal, sycl, cpu")
    parser.add_argument("--build-date", help="of the runtime: 2024-05 or 2024-05-17 (default: a current one)")
    parser.add_argument("--split", help="several cards: layer or tensor (default: what the runtime usually does)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(argv)


def _lines(path: str) -> Iterator[object]:
    """The cases of a file, blank lines left out; what is no JSON is passed on as text, to be refused in its place."""
    source = sys.stdin if path == "-" else Path(path).open(encoding="utf-8", errors="replace")  # noqa: SIM115
    with source as file:
        for number, line in enumerate(file):
            if number >= MAX_CASES:
                raise ValueError(f"{path}: more than {MAX_CASES:,} lines")
            if not line.strip():
                continue
            try:
                yield json.loads(line) if len(line) <= MAX_LINE else "too long"
            except (ValueError, RecursionError):
                yield line[:80]


def _one(options: argparse.Namespace) -> dict[str, object]:
    left_out = ("cases", "json")
    return {name: value for name, value in vars(options).items() if value is not None and name not in left_out}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the answers; 0, or 2 with one line on standard error where the one case asked about has none."""
    options = _arguments(argv)
    answers = _loaded()
    try:
        if options.cases is not None:
            for answer in answers(_lines(options.cases)):
                sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            return 0
        [answer] = answers([_one(options)])
        if "error" in answer:
            raise ValueError(answer["error"])
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(json.dumps(answer, indent=2, ensure_ascii=False) if options.json else _for_people(answer))
    return 0


def _loaded() -> Callable[[Iterable[object]], list[dict[str, Any]]]:
    """The answers to cases, from the catalog as it is now.

    What is loaded stays to the end: looking through it for garbage again and again costs as much as some hundred cases.
    """
    gc.disable()
    # Late: the answers stand above this room, and the functions of this room do without them.
    from lib.answers.speed_cases import answer_cases
    from lib.catalog import current

    catalog = current()
    gc.freeze()
    gc.enable()
    return partial(answer_cases, catalog)


def _for_people(answer: dict[str, object]) -> str:
    lines = []
    for name, value in answer.items():
        if value is None or value in ({}, []):
            continue
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"{name.replace('_', ' '):31}{shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
