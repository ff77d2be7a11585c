"""Which model a source means by a name: file names, tags and titles of one model share their telling words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from lib.catalog import Catalog

_FORMAT = re.compile(
    r"(ud-)?i?q\d(_(k(_?(s|m|l|xl|xxl))?|nl|xxs|xs|s|m|\d))?(?![a-z0-9])|llama\.cpp|mlx-lm|vllm-mlx|vllm|ollama|\bdflash\b|\b\d-?bit\b|\bexl\d\b"
    r"|\b(bf16|f16|f32|fp16|fp8|mxfp4(_moe)?|nvfp4|int4|int8|awq|gptq|qat|gguf|mlx|imatrix)\b"
)
_SIZE = re.compile(r"(\d+x)?\d+(\.\d+)?[bm]|[ae]\d+(\.\d+)?b")
_WORD = re.compile(r"[ae]\d+(?:\.\d+)?b(?![a-z0-9])|(?:\d+x)?\d+(?:\.\d+)?[bm](?![a-z0-9])|v?\d+(?:\.\d+)*|[a-z]+")
NOISE = {"instruct", "inst", "it", "chat", "base", "hf", "moe", "static", "meta", "nvidia", "google", "mistralai", "ibm", "zai", "org"}  # fmt: skip
"""Tuning, publishers and packaging: what changes neither shapes nor speed."""


def telling_words(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words that tell a model from another, and the ones among its name that are sizes (70b, 8x7b, a3b)."""
    text = name.lower().rpartition("/")[2].removesuffix(".gguf")
    text = _FORMAT.sub(" ", text)
    words = [w.removeprefix("v") if w[:1] == "v" and w[1:2].isdigit() else w for w in _WORD.findall(text)]
    sizes = frozenset(w for w in words if _SIZE.fullmatch(w))
    return frozenset(words) - sizes - NOISE, sizes


@lru_cache(maxsize=2)
def _known(catalog: Catalog) -> Mapping[frozenset[str], tuple[tuple[str, frozenset[str]], ...]]:
    found: dict[frozenset[str], list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for key, model in catalog.models.items():
        for name in filter(None, (model.name, key, model.hugging_face)):
            words, sizes = telling_words(name)
            found[words].append((key, sizes))
    return {words: tuple(keys) for words, keys in found.items()}


def same_model(catalog: Catalog, name: str) -> tuple[str, ...]:
    """Ids of the models a name stands for: the telling words are the same, and no size that both name differs."""
    words, sizes = telling_words(name)
    if not words:
        return ()
    named = _known(catalog).get(words, ())
    return tuple(dict.fromkeys(key for key, own in named if sizes <= own or own <= sizes))
