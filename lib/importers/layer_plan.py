"""Which kind each layer of a model is, from the many ways a `config.json` says so."""

from __future__ import annotations

from lib.architecture import LayerKind
from lib.importers.fields import Fields, fault

Kinds = tuple[LayerKind, ...]

_NAMED: dict[str, LayerKind] = {
    "full_attention": "full",
    "attention": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "chunked",
    "linear_attention": "linear",
    "mamba": "mamba",
    "conv": "conv",
    "moe": "none",
    "mlp": "none",
}
_LETTERS: dict[str, LayerKind] = {"M": "mamba", "*": "full", "-": "none", "E": "none"}
# Windowed layers before each full one, where the configuration leaves it to the family.
_WINDOWED_BEFORE_FULL = {
    "gemma2": 1,
    "gpt_oss": 1,
    "gemma3": 5,
    "gemma3_text": 5,
    "gemma3n": 4,
    "gemma3n_text": 4,
    "gemma4": 5,
    "gemma4_text": 5,
    "cohere2": 3,
    "exaone4": 3,
    "exaone4_5": 3,
    "exaone_moe": 3,
    "olmo3": 3,
}


def layer_kinds(family: str, fields: Fields, layers: int) -> Kinds:
    """The kinds of the layers, shortened to the pattern that repeats. Raises ValueError naming a field."""
    return _shortest(_listed(fields, layers) or _by_family(family, fields, layers))


def _listed(fields: Fields, layers: int) -> Kinds | None:
    """Kinds where every layer's is spelt out."""
    name, value = fields.raw("layer_types", "layers_block_type", "hybrid_override_pattern")
    if value is None:
        return None
    known: dict[str, LayerKind] = _NAMED
    if isinstance(value, str):
        known = _LETTERS
    elif not isinstance(value, list):
        raise fault(name, "a list of layer types", value)
    if len(value) != layers:
        raise fault(name, f"one entry for each of {layers} layers", value)
    for item in value:
        if not isinstance(item, str) or item not in known:
            raise fault(name, f"one of {', '.join(known)}", item)
    return tuple(known[item] for item in value)


def _by_family(family: str, fields: Fields, layers: int) -> Kinds:
    if family in ("llama4", "llama4_text"):
        return (*_times("chunked", 3), "full") if fields.some("attention_chunk_size") else ("full",)
    if interval := fields.some("full_attention_interval"):
        return (*_times("linear", min(interval, layers) - 1), "full")
    if family.startswith("qwen3_5") or family == "qwen3_next":
        return (*_times("linear", 3), "full")
    if (places := fields.sequence("full_attn_idxs")) is not None:
        for place in places:
            if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < layers:
                raise fault("full_attn_idxs", f"places from 0 to {layers - 1}", place)
        return tuple("full" if layer in set(places) else "conv" for layer in range(layers))
    if fields.some("sliding_window") is None or fields.flag("use_sliding_window") is False:
        return ("full",)
    return _windowed(family, fields, layers)


def _windowed(family: str, fields: Fields, layers: int) -> Kinds:
    name, pattern = fields.raw("sliding_window_pattern", "_sliding_window_pattern")
    if isinstance(pattern, str) and 0 < len(pattern) <= layers and set(pattern) <= {"L", "G"}:
        return tuple("sliding" if letter == "L" else "full" for letter in pattern)
    if pattern is not None:
        every = fields.count("sliding_window_pattern", "_sliding_window_pattern", most=1000)
        if every is None:
            raise fault(name, "a whole number", pattern)
        return (*_times("sliding", every - 1), "full")
    if family in _WINDOWED_BEFORE_FULL:
        return (*_times("sliding", _WINDOWED_BEFORE_FULL[family]), "full")
    return ("sliding",)


def _times(kind: LayerKind, number: int) -> Kinds:
    return (kind,) * number


def _shortest(kinds: Kinds) -> Kinds:
    """The shortest beginning that, repeated, gives all kinds."""
    for size in range(1, len(kinds)):
        if all(kind == kinds[place % size] for place, kind in enumerate(kinds)):
            return kinds[:size]
    return kinds
