"""How large the part of a GGUF file before the tensors is: mostly the tokenizer's vocabulary. An estimate.

The tokenizer is not part of an `Architecture`, so its bytes are told from the family and the size of the
vocabulary. Bytes a vocabulary entry, where a file with that tokenizer was measured (llama.cpp b11434's
vocabulary files; published files of Llama 3.1, Mistral Small 24B, gpt-oss 20B, Gemma 3 27B):

- SentencePiece keeps a text and a score: 22.6 (32 k entries) to 24.8 (256 k);
- byte-pair encodings keep a text and a merge: 35 (49 k) to 42 (256 k);
- those converted from tiktoken list all pairs, about two merges an entry: 60 to 65.
"""

from __future__ import annotations

from lib.architecture import Architecture

OTHER_KEYS_BYTES = 5_000
"""Shapes, special tokens and chat template: 0.4 to 20 kB in published files."""

_SENTENCE_PIECE_FAMILIES = frozenset({"gemma", "gemma2", "gemma3", "gemma3_text", "gemma3n", "gemma3n_text", "minicpm"})
_BYTES_AN_ENTRY = {
    32_256: 35.8,  # DeepSeek Coder
    49_152: 35.0,  # StarCoder, SmolLM2
    50_257: 35.2,  # GPT-2
    51_200: 34.6,  # Phi-2: GPT-2's, padded
    102_400: 38.8,  # DeepSeek V2
    128_256: 60.95,  # Llama 3
    131_072: 60.0,  # Mistral's Tekken
    151_936: 39.02,  # Qwen 2 to 3
    152_064: 39.0,
    200_064: 64.6,  # OpenAI's o200k
    201_088: 64.6,
}


def metadata_bytes(architecture: Architecture, index_bytes: int) -> int:
    """Estimated bytes before a GGUF file's tensors; `index_bytes` is what their names and shapes take.

    Within 0.1 MB for tokenizers measured above; otherwise within about a third, at most some 3 MB.
    """
    entries, family = architecture.vocabulary_size, architecture.family
    if family in _SENTENCE_PIECE_FAMILIES:
        each = 24.8 if entries > 100_000 else 22.6
    elif family.startswith("gemma4"):
        each = 60.2
    elif family == "cohere" or family == "cohere2":
        each = 42.4
    elif entries in _BYTES_AN_ENTRY:
        each = _BYTES_AN_ENTRY[entries]
    else:
        each = 22.6 if entries < 36_000 or (entries == 64_000 and family == "llama") else 41.0
    estimate = round(entries * each) + OTHER_KEYS_BYTES + index_bytes
    return -(-estimate // 32) * 32
