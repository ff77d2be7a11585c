"""How much memory a model needs, from its `config.json` or a catalog id: `python -m lib.sizing --help`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from lib.architecture import Architecture


def sizes(a: Architecture, options: argparse.Namespace) -> dict[str, object]:
    """The parts of memory in bytes. `total_bytes` is weights, KV cache and compute buffer added up.

    `compute_buffer_bytes` is the card's, or the host's with `device` cpu. Raises ValueError for a combination
    the engine refuses or whose size is not known.
    """
    from lib.sizing.compute import compute_buffer_bytes
    from lib.sizing.kv_cache import kv_cache_bytes
    from lib.sizing.weights import parameters, weights

    attention = options.flash_attention == "on"
    stored = weights(a, options.quantization, importance_matrix=options.importance_matrix)
    run = {"type_k": options.kv_type, "type_v": options.kv_type, "slots": options.slots, "device": options.device}
    batch = min(options.ubatch, options.context)
    cache = kv_cache_bytes(a, options.context, micro_batch=batch, flash_attention=attention, **run)
    card, host = compute_buffer_bytes(a, options.context, micro_batch=batch, flash_attention=attention, **run)
    compute = host if options.device == "cpu" else card
    return {
        "parameters": parameters(a)[0],
        "file_bytes": stored.file_bytes,
        "weights_bytes": stored.tensor_bytes,
        "kv_cache_bytes": cache,
        "compute_buffer_bytes": compute,
        "total_bytes": stored.tensor_bytes + cache + compute,
        "tensors_by_type": dict(stored.tensors_by_type),
    }


def _architecture(options: argparse.Namespace) -> Architecture:
    if options.config is not None:
        from lib.importers.config_json import MAX_BYTES, architecture_from_json

        with Path(options.config).open("rb") as file:
            return architecture_from_json(file.read(MAX_BYTES + 1))
    from lib.catalog import current

    model = current().models.get(options.model)
    if model is None:
        raise ValueError(f"the catalog has no model {options.model[:80]!r}")
    if model.architecture is None:
        raise ValueError(f"the shapes of {options.model} are not known")
    return model.architecture


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lib.sizing", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--config", help="a Hugging Face config.json")
    source.add_argument("--model", help="a model's id in the catalog")
    parser.add_argument("--quantization", default="Q4_K_M", help="Q4_K_M, IQ4_XS, MLX-4bit, AWQ-int4 …")
    parser.add_argument("--importance-matrix", action="store_true", help="the GGUF was made with one")
    parser.add_argument("--context", type=int, default=8192, help="tokens")
    parser.add_argument("--kv-type", default="f16", help="type of the KV cache: f16, q8_0, q4_0 …")
    parser.add_argument("--flash-attention", choices=("on", "off"), default="on")
    parser.add_argument("--ubatch", type=int, default=512, help="tokens computed at once")
    parser.add_argument("--slots", type=int, default=1, help="requests served at once")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the sizes; 0, or 2 with one line on standard error where there is no answer."""
    options = _arguments(argv)
    try:
        for name, most in (("context", 1 << 30), ("ubatch", 1 << 20), ("slots", 1024)):
            if not 1 <= getattr(options, name) <= most:
                raise ValueError(f"--{name} must be from 1 to {most}")
        found = sizes(_architecture(options), options)
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, value in found.items():
        if isinstance(value, int):
            print(f"{name.replace('_', ' '):22}{value:>20,}")
        elif isinstance(value, dict):
            print(f"{name.replace('_', ' '):22}{' '.join(f'{kind}:{count}' for kind, count in value.items()):>20}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
