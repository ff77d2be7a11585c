"""What a licence says to the questions people ask of it. Not legal advice."""

from __future__ import annotations

from lib.catalog.schema import Licence, Permission, Term

SELL = "May I sell a product made with it?"
QUESTIONS = {
    "train_others": "May its output train other models?",
    "user_cap": "Is there a limit on users?",
    "revenue_cap": "Is there a limit on revenue?",
    "attribution": "Must something be shown or passed on?",
    "regions": "Are regions excluded?",
}
"""Field of a licence to the question it answers, in the order people ask them."""
_SELL_WORDS: dict[Permission, str] = {
    "yes": "Commercial use is allowed.",
    "conditions": "Commercial use is allowed under conditions.",
    "no": "Commercial use is not allowed.",
    "unknown": "Whether commercial use is allowed is not known.",
}


def may_sell(licence: Licence) -> Permission:
    """Whether a product made with the model may be sold; `conditions` are in the licence's terms."""
    return licence.commercial


def may_train(licence: Licence) -> Permission:
    """Whether the model's output may train or improve other models. A licence nobody read for it is unknown."""
    return licence.train_others.answer if licence.train_others else "unknown"


def plain_answers(licence: Licence) -> tuple[tuple[str, Permission, str, str], ...]:
    """(question, answer, words with the clause, source) for every question, in a fixed order."""
    answers: list[tuple[str, Permission, str, str]] = [
        (SELL, licence.commercial, " ".join((_SELL_WORDS[licence.commercial], *licence.conditions)), licence.source)
    ]
    for field, question in QUESTIONS.items():
        term: Term | None = getattr(licence, field)
        if term is None:
            answers.append((question, "unknown", "The licence was not read for this.", licence.source))
        else:
            clause = f" ({term.clause})" if term.clause else ""
            answers.append((question, term.answer, term.text + clause, term.source or licence.source))
    return tuple(answers)
