"""Words from facts and links, made safe to stand inside Markdown."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"https?:/(?=/)|www(?=\.)|@(?=[\w-])", re.IGNORECASE)
"""Where Markdown would see the start of an address, and make a link of it even when it is escaped."""
_JOINER = "\N{WORD JOINER}"
"""Not seen, and breaks no line."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$~|:])")


def plain(text: str) -> str:
    """The text with everything Streamlit's Markdown would read as formatting, math, icons, HTML or a link made harmless."""
    return _SPECIAL.sub(r"\\\1", _ADDRESS.sub(lambda found: found[0] + _JOINER, text))
