"""What one may do with a model, as the licence's own words have it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from lib.catalog import load
from lib.catalog.licence_answers import QUESTIONS, may_sell, may_train, plain_answers
from lib.catalog.schema import Licence

CATALOG = load()


@pytest.mark.parametrize(
    ("model", "licence", "sell", "train"),
    [
        ("qwen2.5-7b-instruct", "apache-2.0", "yes", "yes"),
        ("qwen2.5-72b-instruct", "qwen", "conditions", "conditions"),
        ("qwen2.5-3b-instruct", "qwen-research", "no", "conditions"),
        ("qwen2.5-coder-3b-instruct", "qwen-research", "no", "conditions"),
        ("llama-2-70b-chat", "llama-2", "conditions", "no"),
        ("llama-3-8b-instruct", "llama-3", "conditions", "no"),
        ("llama-3.3-70b-instruct", "llama-3.3", "conditions", "conditions"),
        ("gemma-3-27b-it", "gemma", "conditions", "conditions"),
        ("gemma-4-31b-it", "apache-2.0", "yes", "yes"),
        ("codestral-22b", "mnpl", "no", "conditions"),
        ("mistral-large-2411", "mrl", "no", "conditions"),
        ("mistral-small-3", "apache-2.0", "yes", "yes"),
        ("command-r-plus", "cc-by-nc-4.0", "no", "unknown"),
        ("deepseek-v3", "deepseek", "conditions", "conditions"),
        ("deepseek-v3-0324", "mit", "yes", "yes"),
        ("phi-4", "mit", "yes", "yes"),
        ("glm-4.5", "mit", "yes", "yes"),
        ("kimi-k2-instruct", "modified-mit-kimi", "conditions", "yes"),
        ("minimax-m2.5", "modified-mit-minimax-m2.5", "conditions", "yes"),
        ("devstral-2", "modified-mit-mistral", "conditions", "conditions"),
        ("hunyuan-a13b", "tencent-hunyuan", "conditions", "no"),
        ("exaone-3.5-32b", "exaone-1.1", "no", "no"),
        ("lfm2-8b-a1b", "lfm-1.0", "conditions", "conditions"),
        ("falcon3-7b", "falcon", "unknown", "unknown"),
        ("gpt-4o", "proprietary", "unknown", "unknown"),
    ],
)
def test_well_known_models_have_their_licence_and_its_answers(model: str, licence: str, sell: str, train: str) -> None:
    held = CATALOG.models[model].licence
    assert held == licence
    assert (may_sell(CATALOG.licences[held]), may_train(CATALOG.licences[held])) == (sell, train)


def test_every_licence_answers_every_question_and_cites_something_known() -> None:
    for key, licence in CATALOG.licences.items():
        assert all(getattr(licence, field) is not None for field in QUESTIONS), f"{key}: say `unknown` where it is"
        answers = plain_answers(licence)
        assert len(answers) == 6 and len({question for question, *_ in answers}) == 6
        for question, answer, text, source in answers:
            assert answer in ("yes", "conditions", "no", "unknown") and text and question.endswith("?")
            assert CATALOG.source_of(source) is not None, f"{key}: {source}"


def test_caps_and_excluded_regions_are_numbers_and_names_a_program_can_read() -> None:
    licences = CATALOG.licences
    assert licences["llama-3.1"].user_cap and licences["llama-3.1"].user_cap.monthly_users == 700_000_000
    assert licences["qwen"].user_cap and licences["qwen"].user_cap.monthly_users == 100_000_000
    revenue = licences["lfm-1.0"].revenue_cap
    assert revenue and (revenue.usd, revenue.per) == (10_000_000, "year")
    assert licences["tencent-hunyuan"].regions
    assert licences["tencent-hunyuan"].regions.excluded == ("European Union", "United Kingdom", "South Korea")
    assert licences["llama-4"].regions and licences["llama-4"].regions.excluded == ("European Union",)
    assert licences["llama-3.3"].regions and licences["llama-3.3"].regions.answer == "no"


def test_a_licence_that_contradicts_itself_is_refused_and_one_not_read_stays_unknown() -> None:
    plain = {
        "name": "L", "url": "https://example.org/l", "openness": "open-weights", "commercial": "yes", "source": "here"
    }  # fmt: skip
    bare = Licence.model_validate(plain)
    assert may_train(bare) == "unknown" and {answer for _, answer, *_ in plain_answers(bare)} == {"yes", "unknown"}
    cap = {"answer": "yes", "text": "Ask above a million users.", "monthly_users": 1_000_000}
    with pytest.raises(ValidationError, match="commercial use without conditions, and yet user_cap"):
        Licence.model_validate(plain | {"user_cap": cap})
    with pytest.raises(ValidationError, match="names regions exactly when"):
        Licence.model_validate(plain | {"commercial": "conditions", "regions": {"answer": "yes", "text": "Not there."}})
    with pytest.raises(ValidationError, match="an amount needs `per`"):
        Licence.model_validate(plain | {"commercial": "conditions", "revenue_cap": {**cap, "usd": 5.0, "monthly_users": None}} | {"revenue_cap": {"answer": "yes", "text": "x", "usd": 5.0}})  # fmt: skip
