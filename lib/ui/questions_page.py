"""Drawing the page “Questions people ask”: a list, the answers visible."""

from __future__ import annotations

import streamlit as st

from lib.answers.questions import Answered, Questions
from lib.answers.text import plain


def groups(page: Questions) -> None:
    """One list a group: the question, its answer, the page behind it and where it was asked."""
    for group, found in page.groups.items():
        st.header(plain(group))
        st.markdown("\n".join(_line(one) for one in found))


def _line(one: Answered) -> str:
    # A command is read as code, not as a sentence.
    answer = f"`{one.answer}`" if one.id == "command" and "`" not in one.answer else plain(one.answer)
    asked = f" · [asked here]({one.asked_url})" if one.asked_url else ""
    return f"- **{plain(one.text)}** {answer} [See how]({one.link}){asked}"
