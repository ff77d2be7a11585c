"""What the page “How fast?” says, against the measurements themselves and numbers one can check by hand."""

from __future__ import annotations

import csv
import tomllib

import numpy as np
import pytest

from lib.answers import rank_models
from lib.answers.speed_measured import CALIBRATION, model_of
from lib.answers.speed_mine import seconds_text
from lib.answers.speed_page import IMPOSSIBLE, errors_markdown, speed_page
from lib.catalog import current
from lib.view import View

FACTS = current()
LLAMA = View(model="llama-3.1-8b-instruct", quant="Q4_K_M")


def unseen() -> list[dict[str, str]]:
    with (CALIBRATION / "speed_rows.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == "decode"]


def test_the_sentence_is_the_front_pages_prediction_for_the_same_model_and_machine() -> None:
    page = speed_page(FACTS, LLAMA)
    [row] = rank_models(FACTS, LLAMA.model_copy(update={"only": ("llama-3.1-8b-instruct",)})).to_dict("records")
    assert f"about {row['decode_tok_per_s']:,.0f} tokens/s ({row['band_text']})" in page.sentence
    assert "GeForce RTX 4090" in page.sentence and "first word of a 2,048-token prompt after" in page.sentence


def test_the_curve_begins_with_the_sentence_and_falls_as_the_context_fills() -> None:
    page = speed_page(FACTS, LLAMA.model_copy(update={"ctx": 32768}))
    speeds = page.depth["decode_tok_per_s"].to_numpy()
    assert page.depth["depth"].iloc[[0, -1]].tolist() == [0, 32768] and (np.diff(speeds) < 0).all()
    assert f"about {speeds[0]:,.0f} tokens/s" in page.sentence
    deep = speed_page(FACTS, LLAMA.model_copy(update={"ctx": 32768, "depth": 16384}))
    at = page.depth.set_index("depth")["decode_tok_per_s"][16384]
    assert f"about {at:,.0f} tokens/s" in deep.sentence and "after 16,384 tokens" in deep.sentence


def test_every_measurement_with_an_unseen_prediction_is_drawn_and_counted() -> None:
    page, rows = speed_page(FACTS, LLAMA), unseen()
    errors = [abs(float(r["predicted_unseen_tok_per_s"]) / float(r["measured"]) - 1) for r in rows]
    assert (~page.rows["seen"]).sum() == len(rows)
    assert f"{len(rows)} measurements of {len({r['source'] for r in rows})} sources" in page.error_sentence
    assert f"off by {np.median(errors):.0%} at the median" in page.error_sentence
    inside = [float(r["low"]) <= float(r["measured"]) <= float(r["high"]) for r in rows]
    assert f"{np.mean(inside):.0%} lie in their 80 % range" in page.error_sentence


def test_filters_keep_only_what_they_name() -> None:
    page = speed_page(FACTS, LLAMA.model_copy(update={"devices": ("rtx-4090", "rtx-3090"), "runtimes": ("llama.cpp",)}))
    assert 5 < len(page.rows) < 200 and set(page.rows["runtime_id"]) == {"llama.cpp"}
    assert all({"rtx-4090", "rtx-3090"} & set(ids) for ids in page.rows["devices"])
    only = speed_page(FACTS, LLAMA.model_copy(update={"only": ("gpt-oss-20b",)}))
    assert len(only.rows) > 10 and set(only.rows["model_id"]) == {"gpt-oss-20b"}
    none = speed_page(FACTS, LLAMA.model_copy(update={"devices": ("pixel-5",), "runtimes": ("vllm",)}))
    assert none.rows.empty and "No measurement" in none.error_sentence


@pytest.mark.parametrize(
    ("printed", "model"),
    [
        ("Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "llama-3.1-8b-instruct"), ("gpt-oss 120B MXFP4 MoE", "gpt-oss-120b"),
        ("Qwen3-Coder-30B-A3B-Instruct-UD-Q8_K_XL", "qwen3-coder-30b-a3b"), ("Llama 2 7B", "llama-2-7b-chat"), ("shisa-v2-llama3.1-8b.i1-Q4_K_M", None),
    ],
)  # fmt: skip
def test_a_source_s_name_of_a_model_is_read_or_left_alone(printed: str, model: str | None) -> None:
    assert model_of(FACTS, printed) == model


def test_no_honest_measurement_lies_above_the_limit_and_the_impossible_row_does() -> None:
    rows = speed_page(FACTS, LLAMA).rows
    above = rows[rows["reached_gb_per_s"] > rows["bandwidth_gb_per_s"]]
    assert above["label"].tolist() == [IMPOSSIBLE]
    # 70.55 billion weights of two bytes, less the embedding: about 139 GB a token, 5.9 times a second.
    assert above["reached_gb_per_s"].iloc[0] == pytest.approx(139 * 5.9, rel=0.01)


def test_the_essays_tables_stand_as_printed_with_our_prediction_beside_each_row() -> None:
    [(_, small), (_, large)] = speed_page(FACTS, LLAMA).essay
    assert small["printed"].tolist() == [
        "1 tok/s",
        "10 tok/s",
        "11.5 tok/s",
        "31 tok/s",
        "36 tok/s",
        "94 tok/s",
        "131 tok/s",
        "159 tok/s",
    ]
    assert len(large) == 7 and (small["ratio"].between(0.7, 1.4)).all()
    [impossible] = large[large["verdict"].str.startswith("impossible")].to_dict("records")
    assert "Threadripper" in impossible["machine"] and impossible["limit"] < 2.5 and "at most" in impossible["verdict"]
    hosted = large[large["verdict"].str.contains("hosted")]
    assert len(hosted) == 2 and hosted["limit"].isna().all()


def test_the_errors_by_class_are_the_calibrations() -> None:
    known = tomllib.loads((CALIBRATION / "speed.toml").read_text("utf-8"))
    classes = speed_page(FACTS, LLAMA).classes
    own = classes[classes["part"] == "generating"]
    assert own["rows"].tolist() == [b["rows"] for b in known["bands"].values()]
    assert own["median"].tolist() == [b["median_error"] for b in known["bands"].values()]
    first = known["bands"]["gpu"]
    assert (
        f"| dense model, one GPU | {first['rows']} | {first['sources']} | {100 * first['median_error']:.1f} % |"
        in errors_markdown()
    )


def test_loading_takes_as_long_as_the_disk_reads_the_file() -> None:
    parts = speed_page(FACTS, LLAMA).mine.set_index("what")["value"]
    # 4.92 GB at 0.55 GB/s is 8.9 s; a loader that reaches half of it takes 18 s.
    assert parts["loading it from a SATA SSD"] == "9–18 s"
    assert "tokens/s" in parts["generating"] and parts["power while generating"].endswith("W")


def test_several_conversations_share_more_than_one_gets_until_no_more_fit() -> None:
    page = speed_page(FACTS, LLAMA.model_copy(update={"ctx": 4096}))
    fitting = page.users[page.users["fits"]]
    assert (fitting["total_tok_per_s"].diff().dropna() > 0).all() and (
        fitting["each_tok_per_s"].diff().dropna() < 0
    ).all()
    assert fitting["total_tok_per_s"].to_numpy() == pytest.approx(
        (fitting["users"] * fitting["each_tok_per_s"]).to_numpy()
    )
    assert f"about {fitting['total_tok_per_s'].iloc[0]:,.0f} tokens/s" in page.sentence
    assert page.users[~page.users["fits"]]["total_tok_per_s"].isna().all()
    # 24 GiB hold 4.6 GB of weights and 0.54 GB of cache for each conversation of 4,096 tokens.
    assert 16 <= fitting["users"].max() <= 37


def test_what_cannot_be_told_is_said_in_a_sentence() -> None:
    poor = speed_page(FACTS, View(by="budget", budget=50))
    assert "no machine" in poor.sentence and poor.mine.empty and poor.depth.empty and len(poor.rows) > 500
    huge = speed_page(FACTS, View(hw="rtx-3060-12gb", ram=16, model="llama-3.1-70b-instruct", quant="F16"))
    assert "does not fit" in huge.sentence
    elsewhere = speed_page(FACTS, View(hw="rx-7900-xtx", model="qwen3-8b", quant="MLX-4bit"))
    assert "does not run on" in elsewhere.sentence


def test_times_have_the_digits_their_errors_leave() -> None:
    assert seconds_text(0.16, 0.42, 0.19) == "0.19 s (0.16–0.42)"
    assert seconds_text(1.3, 3.5, 1.6) == "1.6 s (1.3–3.5)"
    assert seconds_text(30, 130) == "0.5–2.2 min"
