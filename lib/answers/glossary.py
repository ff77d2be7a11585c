"""The words this dashboard uses, a sentence each, with where the meaning is explained at length."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    sentence: str
    source: str
    """Id of a source of the catalog."""


GLOSSARY: Mapping[str, Term] = {
    "token": Term("A piece of a word: models read and write tokens, about three quarters of an English word each.", "openai-what-are-tokens"),
    "parameters": Term("The numbers a model learned in training; how many there are decides how much memory it takes.", "kipply-inference-arithmetic"),
    "active parameters": Term("The parameters one token passes through; in a mixture of experts only a part of all of them.", "shazeer-mixture-of-experts"),
    "mixture of experts": Term("A model whose layers hold many experts and send each token through a few of them: it needs the memory of all and the time of those few.", "shazeer-mixture-of-experts"),
    "quantization": Term("Storing each parameter in fewer bits than it was trained in: less memory and more speed, for some loss of quality.", "check-k-bit-scaling"),
    "bits a weight": Term("The size of a model's tensors in bits, divided by its parameters; what a format's name says is rarely what a file has.", "check-k-bit-scaling"),
    "perplexity": Term("How many tokens a model hesitates between on a text: lower is better, and its rise shows what a quantization lost.", "llama-cpp-perplexity-readme"),
    "KL divergence": Term("How far the next-token probabilities of a quantized model lie from the unquantized one's, in nats.", "llama-cpp-perplexity-readme"),
    "KV cache": Term("What a model keeps of every token read so far, so that it need not read it again; it grows with the context.", "kipply-inference-arithmetic"),
    "context": Term("The tokens of conversation and documents a model has before it at once.", "openai-what-are-tokens"),
    "bandwidth": Term("How many bytes a second a memory gives out; every token reads the active weights once, so it limits the speed.", "finbarr-llama-cpp"),
    "tokens a second": Term("How fast a model writes its answer; reading along takes about five.", "finbarr-llama-cpp"),
    "prompt": Term("What the model is given before it answers; its tokens are read many at a time, so computing rather than bandwidth limits how fast.", "kipply-inference-arithmetic"),
    "offload": Term("Keeping a part of the model in the computer's RAM because the GPU's memory is too small; that part is read at the RAM's speed.", "llama-cpp-docs"),
    "unified memory": Term("One memory for processor and GPU, as in Apple's chips; the GPU may use most of it, not all.", "ask-unified-memory"),
}  # fmt: skip
"""By the word as it stands on the pages."""


def terms_in(text: str) -> dict[str, str]:
    """The words of the glossary that stand in `text`, each with its sentence, in the glossary's order."""
    said = text.lower().replace("tokens/s", "tokens a second")
    return {
        word: term.sentence
        for word, term in GLOSSARY.items()
        if re.search(rf"\b{re.escape(word.lower().removesuffix('s'))}s?\b", said)
    }
