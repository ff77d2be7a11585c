"""Words from facts and links, made safe to stand inside Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#$~|:])")


def plain(text: str) -> str:
    """The text with everything Streamlit's Markdown would read as formatting, math, icons or HTML escaped."""
    return _SPECIAL.sub(r"\\\1", text)
