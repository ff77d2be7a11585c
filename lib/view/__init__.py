"""What a link asks for: query string to `View` and back, and what to say about a bad one."""

from lib.view.view import (
    KV_TYPES,
    LONGEST_CONTEXT_TOKENS,
    MOST_COMPARED,
    PAGES,
    SHARED,
    VERSION,
    Notice,
    View,
    Vocabulary,
    decode,
    default,
    encode,
    link,
    permalink,
)

__all__ = [
    "KV_TYPES", "LONGEST_CONTEXT_TOKENS", "MOST_COMPARED", "PAGES", "SHARED", "VERSION", "Notice", "View", "Vocabulary",
    "decode", "default", "encode", "link", "permalink",
]  # fmt: skip
