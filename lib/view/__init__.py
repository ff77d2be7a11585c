"""What a link asks for: query string to `View` and back, and what to say about a bad one."""

from lib.view.decode import DATED, Notice, decode, sold_size
from lib.view.link import VERSION, encode, link, permalink
from lib.view.view import (
    FIRST_DAY,
    KV_TYPES,
    LAST_DAY,
    LONGEST_CONTEXT_TOKENS,
    LONGEST_LINK,
    MOST_COLUMNS,
    MOST_COMPARED,
    MOST_LISTED,
    MOST_MACHINES,
    PAGES,
    SHARED,
    TASKS,
    TOOLS,
    View,
    default,
)
from lib.view.vocabulary import Vocabulary

__all__ = [
    "DATED",
    "FIRST_DAY",
    "KV_TYPES",
    "LAST_DAY",
    "LONGEST_CONTEXT_TOKENS",
    "LONGEST_LINK",
    "MOST_COLUMNS",
    "MOST_COMPARED",
    "MOST_LISTED",
    "MOST_MACHINES",
    "PAGES",
    "SHARED",
    "TASKS",
    "TOOLS",
    "VERSION",
    "Notice",
    "View",
    "Vocabulary",
    "decode",
    "default",
    "encode",
    "link",
    "permalink",
    "sold_size",
]  # fmt: skip
