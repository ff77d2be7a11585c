"""How wrong predictions are, worked out anew from the committed rows; and that the constants come from their input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.fit_speed import ALL, calibration, expected, fit_decode
from benchmarks.speed_data import Data, input_sha256, load
from benchmarks.speed_prompts import ALL as PROMPT_PRIORS
from benchmarks.speed_prompts import fit_prompts, load_prompts, prompt_constants, prompt_speeds
from benchmarks.speed_reads import READS, everything
from lib.speed.calibration import Calibration

FOLDER = Path(__file__).resolve().parents[2] / "catalog" / "calibration"
CALIBRATION = Calibration.load(FOLDER / "speed.toml")
FEWEST_ROWS, FEWEST_SOURCES = 20, 3


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    found = pd.read_csv(FOLDER / "speed_rows.csv")
    found["error"] = (found["predicted_unseen_tok_per_s"] / found["measured"] - 1).abs()
    found["inside"] = (found["low"] <= found["measured"]) & (found["measured"] <= found["high"])
    return found


@pytest.fixture(scope="module")
def data() -> Data:
    return load()


@pytest.mark.parametrize(
    ("kind", "classes", "median", "p90"),
    [
        ("decode", ("gpu", "apple"), 0.08, 0.30),
        ("decode", ("gpu", "apple", "experts", "cpu", "several"), 0.12, 0.45),
        ("prefill", ("dense", "experts", "offload"), 0.20, 1.0),
        ("several", ("llama.cpp", "apple", "vllm", "tensorrt-llm"), 0.15, 0.45),
    ],
)
def test_sources_never_fitted_are_predicted_within_the_targets(
    rows: pd.DataFrame, kind: str, classes: tuple[str, ...], median: float, p90: float
) -> None:
    error = rows.loc[(rows["kind"] == kind) & rows["class"].isin(classes), "error"]
    assert len(error) > 200
    assert error.median() <= median
    assert error.quantile(0.9) <= p90


def test_generating_beyond_4096_tokens_keeps_the_target(rows: pd.DataFrame, data: Data) -> None:
    deep = set(data.ids[data.depth > 4096])
    error = rows.loc[(rows["kind"] == "decode") & rows["measurement"].isin(deep), "error"]
    assert len(error) > 30
    assert error.median() <= 0.15 and error.quantile(0.9) <= 0.45


def test_ranges_hold_four_of_five_measurements_of_sources_they_have_not_seen(rows: pd.DataFrame) -> None:
    for (kind, name), part in rows.groupby(["kind", "class"]):
        # Of several conversations models on devices are left out, for each engine has one source.
        if len(part) >= FEWEST_ROWS and (kind == "several" or part["source"].nunique() >= FEWEST_SOURCES):
            assert 0.75 <= part["inside"].mean() <= 0.85, f"{kind} {name}"


def test_published_errors_are_those_of_the_rows(rows: pd.DataFrame) -> None:
    for kind, bands in (("decode", CALIBRATION.bands), ("prefill", CALIBRATION.prefill_bands)):
        for name, band in bands.items():
            part = rows[(rows["kind"] == kind) & (rows["class"] == name)]
            assert len(part) == band.rows and part["source"].nunique() == band.sources
            assert part["error"].median() == pytest.approx(band.median_error, abs=2e-4)
            assert part["error"].quantile(0.9) == pytest.approx(band.p90_error, abs=2e-4)


def test_what_each_measured_token_read_is_what_the_product_computes() -> None:
    assert everything() == READS.read_text(encoding="utf-8")


def test_constants_are_what_a_fit_to_the_catalog_gives(data: Data) -> None:
    assert CALIBRATION.input_sha256 == input_sha256()
    again = calibration(fit_decode(data, data.fitted, ALL.start))
    for name, group in CALIBRATION.groups.items():
        assert again.groups[name].efficiency == pytest.approx(group.efficiency, rel=0.01)
        assert again.groups[name].layer_us == pytest.approx(group.layer_us, rel=0.02)
    assert again.kv_factor == pytest.approx(CALIBRATION.kv_factor, rel=0.01)
    prompts = prompt_constants(fit_prompts(load_prompts(), PROMPT_PRIORS.start))
    assert CALIBRATION.prompt is not None
    for name, share in CALIBRATION.prompt.groups.items():
        assert prompts.groups[name].share == pytest.approx(share.share, rel=0.02)


def test_rows_of_one_source_are_predicted_by_a_fit_without_it(rows: pd.DataFrame, data: Data) -> None:
    """One source of each kind left out again here: the committed predictions are what comes out."""
    own = data.source == "llama-cpp-15013"
    theta = fit_decode(data, data.fitted & ~own, ALL.start)
    committed = rows[rows["kind"] == "decode"].set_index("measurement")["predicted_unseen_tok_per_s"]
    mine = own & data.fitted
    again = expected(data, theta)[mine]
    assert np.median(np.abs(again / committed[data.ids[mine]].to_numpy() - 1)) < 0.01
    prompts = load_prompts()
    own = prompts.source == "llama-cpp-15013"
    theta = fit_prompts(prompts.only(~own), PROMPT_PRIORS.start)
    committed = rows[rows["kind"] == "prefill"].set_index("measurement")["predicted_unseen_tok_per_s"]
    again = prompt_speeds(prompts.only(own), theta)
    assert np.median(np.abs(again / committed[prompts.ids[own]].to_numpy() - 1)) < 0.02
