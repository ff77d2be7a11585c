"""The tour: plain sentences, pictures of the visitor's machine, figures one can check by hand."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from lib.answers import rank_models, vocabulary
from lib.answers.glossary import GLOSSARY
from lib.answers.tour import Stop, tour
from lib.answers.tour_stops import limit_tok_per_s, pages
from lib.catalog import current
from lib.view import View, decode

FACTS = current()
VIEWS = [View(), View(hw="macbook-air-m4-16gb"), View(hw="pc-ddr5-64gb"), View(by="budget"), View(hw="pixel-5"), View(hw="pc-2x-rtx-3090", ctx=65536, slots=4)]  # fmt: skip


def stop(view: View, name: str) -> Stop:
    return next(s for s in tour(FACTS, view).stops if s.id == name)


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: v.hw if v.by == "machine" else "money")
def test_every_word_has_a_few_sentences_a_picture_a_source_and_something_to_try(view: View) -> None:
    found = tour(FACTS, view)
    assert [s.id for s in found.stops] == ["tokens", "parameters", "quantization", "active", "cache", "context", "bandwidth"]  # fmt: skip
    for one in found.stops:
        assert 2 <= len(re.findall(r"[.:](?= |$)", " ".join(one.words))) <= 7 and 2 <= len(one.words) <= 4
        assert len(one.picture) and np.isfinite(one.picture["value"]).all() and one.longest > 0
        assert one.sources and all(url for _, url in one.sources)
        page = urlsplit(one.link).path.strip("/") or "models"
        shown, notices = decode(parse_qs(urlsplit(one.link).query), vocabulary(FACTS), page)
        assert not notices and shown.hw == view.hw
        assert sum(getattr(shown, n) != getattr(view, n) for n in type(view).model_fields if n != "model") <= 1


def test_a_context_in_pages() -> None:
    assert pages(8192) == pytest.approx(8192 * 0.75 / 500) and "8,192 tokens are about 12 pages" in " ".join(stop(View(), "context").words)  # fmt: skip
    drawn = stop(View(), "context").picture
    assert drawn.loc[drawn["kind"] == "yours", "text"].tolist() == ["12 pages"]


def test_the_limit_is_bandwidth_over_bytes_and_no_measurement_is_above_it() -> None:
    assert limit_tok_per_s(1008, 8e9) == 126
    drawn = stop(View(), "bandwidth").picture.pivot(index="label", columns="kind", values="value")
    assert len(drawn) == 3 and (drawn["predicted"] < drawn["bandwidth / bytes"]).all()
    assert (drawn["measured"].dropna() < drawn["bandwidth / bytes"]).all() and drawn["measured"].notna().any()


def test_what_fits_is_what_the_front_page_says() -> None:
    drawn = stop(View(hw="macbook-air-m4-16gb"), "parameters").picture
    front = rank_models(FACTS, View(hw="macbook-air-m4-16gb", quant="Q4_K_M")).set_index("name")
    assert ((drawn["kind"] == "fits") == (front.loc[drawn["label"], "fit_code"] == "gpu").to_numpy()).all()
    assert {"fits", "too large"} == set(drawn["kind"]) and drawn["limit"].iloc[0] == pytest.approx(12.71, abs=0.01)


def test_the_cache_grows_with_the_context_and_a_quantized_one_is_smaller() -> None:
    drawn = stop(View(), "cache").picture.pivot(index="label", columns="kind", values="value")
    assert (drawn.diff().dropna() > 0).all().all()
    assert ((drawn["q4_0"] < drawn["q8_0"]) & (drawn["q8_0"] < drawn["f16"])).all()


def test_a_mixture_is_one_and_its_rival_is_dense() -> None:
    drawn = stop(View(), "active").picture.pivot(index="label", columns="kind", values="value")
    by_name = {m.name: m.architecture for m in FACTS.models.values()}
    assert [by_name[name].experts is not None for name in drawn.index] in ([True, False], [False, True])  # type: ignore[union-attr]
    assert ((drawn["active"] < drawn["all"]).sum()) == 1


def test_every_word_of_the_glossary_is_a_sentence_with_a_source() -> None:
    assert all(term.source in FACTS.sources and term.sentence.endswith(".") for term in GLOSSARY.values())
    assert {"parameters", "quantization", "KV cache", "context", "bandwidth", "token"} <= set(GLOSSARY)


def test_without_a_machine_the_words_are_still_explained() -> None:
    found = tour(FACTS, View(by="budget", budget=50))
    assert "no machine" in found.sentence and not found.stops and len(found.glossary) == len(GLOSSARY)
