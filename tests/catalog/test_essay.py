"""The essay as printed, and that nothing checking found is missing beside it."""

from __future__ import annotations

import csv

import pytest

from lib.catalog import Catalog, load
from lib.catalog.load import FOLDER
from lib.catalog.schema import Essay, Score

BENCHMARKS = {
    "ARC-C": "arc-challenge",
    "MMLU": "mmlu",
    "GSM8K": "gsm8k",
    "GPQA": "gpqa",
    "HumanEval+MBPP+ Avg": "humaneval-plus",
    "HumanEval": "humaneval",
}
GPT_4, OPUS, GEMINI, LLAMA_70B, COMMAND_R, PHI, MIXTRAL, LLAMA_8B, GEMMA = range(9)
PLUS = "HumanEval+MBPP+ Avg"
MODEL_TABLE: dict[int | None, dict[str, list[str | None]]] = {
    GPT_4: {"confirmed": ["MMLU", "GPQA", "HumanEval", PLUS], "unconfirmed": ["GSM8K"]},
    OPUS: {"confirmed": ["ARC-C", "MMLU", "GSM8K", "HumanEval", PLUS], "differs": ["GPQA"]},
    GEMINI: {"confirmed": ["MMLU", "HumanEval", PLUS], "unconfirmed": ["GSM8K", "GPQA"]},
    LLAMA_70B: {"confirmed": ["MMLU", "GSM8K", "GPQA", PLUS], "wrong": ["ARC-C", "HumanEval"]},
    COMMAND_R: {"confirmed": ["MMLU", "GSM8K", PLUS, "HumanEval"]},
    PHI: {"confirmed": ["MMLU", "GSM8K"], "wrong": ["ARC-C"], "unconfirmed": ["GPQA", "HumanEval"]},
    MIXTRAL: {"confirmed": ["MMLU", "GSM8K"], "wrong": ["HumanEval"]},
    LLAMA_8B: {
        "confirmed": ["MMLU", "GSM8K", PLUS],
        "wrong": ["GPQA", "HumanEval"],
        "unconfirmed": ["ARC-C"],
        "misleading": [None],
    },
    GEMMA: {"confirmed": ["MMLU", "GSM8K", PLUS], "wrong": ["HumanEval"], "differs": ["ARC-C"]},
    None: {"wrong": [PLUS], "misleading": [None]},
}
SPEED_TABLES = [
    ("speed-large", 2, "generation speed", "wrong"),
    ("speed-large", 4, "Memory Bandwidth", "misleading"),
    ("speed-large", 4, "generation speed", "confirmed"),
    ("speed-large", 0, "generation speed", "confirmed"),
    ("speed-large", 1, "generation speed", "confirmed"),
    *(("speed-small", row, "generation speed", "confirmed") for row in (4, 5, 6, 7)),
    ("speed-large", 5, None, "misleading"),
    ("speed-large", 6, None, "misleading"),
]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="module")
def essay(catalog: Catalog) -> Essay:
    assert catalog.essay is not None, [str(p) for p in catalog.problems if "essay" in p.place]
    return catalog.essay


def printed_scores() -> dict[tuple[str, str], Score]:
    """Rows of the essay's own file, so that a fault elsewhere does not hide one here."""
    with (FOLDER / "scores" / "essay.csv").open(newline="", encoding="utf-8") as file:
        rows = [Score.model_validate({k: v for k, v in row.items() if v}) for row in csv.DictReader(file)]
    return {(row.model, row.benchmark): row for row in rows}


def test_the_tables_have_the_rows_and_columns_of_the_essay(essay: Essay) -> None:
    sizes = {key: (len(table.rows), len(table.columns)) for key, table in essay.tables.items()}
    assert sizes == {
        "models": (9, 10),
        "speed-small": (8, 4),
        "speed-large": (7, 5),
        "playgrounds": (4, 2),
        "chat-bots": (7, 6),
        "runtimes": (3, 5),
    }
    assert essay.tables["models"].rows[LLAMA_70B].cells == {
        "Model": "meta-llama/Meta-Llama-3-70B-Instruct", "License": "Llama 3 CLA *", "# 4090s": "2", "Params (B)": "70",
        "ARC-C": "85.3", "MMLU": "80.06", "GSM8K": "85.44", "GPQA": "39.5", "HumanEval+MBPP+ Avg": "70.7", "HumanEval": "68.3",
        "link": "https://huggingface.co/meta-llama/Meta-Llama-3-70B-Instruct",
    }  # fmt: skip
    assert essay.tables["speed-large"].rows[4].cells == {
        "Model": "Llama 3 70B Q4_0", "CPU / GPU": "2x RTX 3090 24GB or 2x RTX 4090 24GB", "Power": "1050 W",
        "Memory Bandwidth": "2016 GB/s", "generation speed": "20 tok/s",
        "link": "https://www.reddit.com/r/LocalLLaMA/comments/18dbnxg/anyone_done_the_numbers_on_the_new_threadripper/",
    }  # fmt: skip
    assert [r.cells["generation speed"].split()[0] for r in essay.tables["speed-small"].rows] == [
        "1", "10", "11.5", "31", "36", "94", "131", "159",
    ]  # fmt: skip


def test_every_printed_score_is_a_score_row_and_nothing_else_is(essay: Essay) -> None:
    scores = printed_scores()
    printed = {
        (row.model, benchmark): float(row.cells[heading])
        for row in essay.tables["models"].rows
        for heading, benchmark in BENCHMARKS.items()
        if heading in row.cells
    }
    assert {key: score.value for key, score in scores.items()} == printed
    assert len(printed) == 46
    assert {s.protocol for s in scores.values()} == {s.measured_by for s in scores.values()} == {"essay"}


def test_the_scores_carry_what_checking_found(essay: Essay) -> None:
    verdicts = {key: score.verdict for key, score in printed_scores().items() if score.verdict}
    assert verdicts["llama-3-70b-instruct", "arc-challenge"] == verdicts["llama-3-70b-instruct", "humaneval"] == "wrong"
    assert verdicts["mixtral-8x22b-instruct", "humaneval"] == verdicts["gemma-7b-it", "humaneval"] == "wrong"
    assert verdicts["llama-3-8b", "gpqa"] == verdicts["llama-3-8b", "humaneval"] == "mixed"
    assert verdicts["phi-3-mini-128k", "gpqa"] == verdicts["phi-3-mini-128k", "humaneval"] == "unconfirmed"
    doubted = {
        (essay.tables["models"].rows[f.row].model, BENCHMARKS[f.column])
        for f in essay.findings
        if f.table == "models"
        and f.row is not None
        and f.column in BENCHMARKS
        and f.verdict in ("wrong", "unconfirmed")
    }
    assert doubted == set(verdicts)


def test_every_row_points_to_a_record(catalog: Catalog, essay: Essay) -> None:
    missing = []
    for key, table in essay.tables.items():
        for number, row in enumerate(table.rows):
            known = (
                (row.model, catalog.models),
                (row.measurement, catalog.measurements),
                (row.service, catalog.services),
                (row.quantization, catalog.quantizations),
            )
            missing += [f"{key} {number}: {ref}" for ref, there in known if ref is not None and ref not in there]
            if row.model is row.measurement is row.service is None:
                missing.append(f"{key} {number} points to nothing")
    assert not missing
    measured = [r.measurement for key in ("speed-small", "speed-large") for r in essay.tables[key].rows]
    assert measured == [f"essay-{n}" for n in range(1, 16)]
    assert {r.cells["Runtime"] for r in essay.tables["runtimes"].rows} == {
        k for k, v in catalog.runtimes.items() if v.in_essay
    }


def test_a_speed_row_and_its_measurement_say_the_same(catalog: Catalog, essay: Essay) -> None:
    for key in ("speed-small", "speed-large"):
        for row in essay.tables[key].rows:
            assert row.measurement is not None
            printed = float(row.cells["generation speed"].split()[0])
            assert catalog.measurements[row.measurement].decode_tok_per_s == printed, row.measurement


def test_the_views_name_things_that_exist(catalog: Catalog, essay: Essay) -> None:
    ranks = {f"{s.benchmark}.{s.protocol}" for s in catalog.scores}
    known = {"hw": catalog.devices, "devices": catalog.devices, "model": catalog.models, "models": catalog.models,
             "only": catalog.models, "rank": ranks, "columns": ranks}  # fmt: skip
    odd = []
    for key, table in essay.tables.items():
        for name, value in table.query.items():
            values = (value,) if isinstance(value, str) else value
            odd += [f"{key} {name}={v}" for v in values if name in known and v not in known[name]]
    assert not odd


def test_findings_cover_everything_that_was_checked(essay: Essay) -> None:
    found = {(f.table, f.row, f.column, f.verdict) for f in essay.findings}
    wanted = {
        ("models", row, column, verdict)
        for row, verdicts in MODEL_TABLE.items()
        for verdict, columns in verdicts.items()
        for column in columns
    }
    assert sorted(map(str, (wanted | set(SPEED_TABLES)) - found)) == []


def test_every_score_of_the_model_table_was_looked_at_once(essay: Essay) -> None:
    cells = {(n, h) for n, row in enumerate(essay.tables["models"].rows) for h in BENCHMARKS if h in row.cells}
    about = [
        (f.row, f.column)
        for f in essay.findings
        if f.table == "models" and f.row is not None and f.column in BENCHMARKS
    ]
    assert sorted(map(str, about)) == sorted(map(str, cells))


def test_findings_and_claims_are_about_what_is_printed_and_name_a_source(catalog: Catalog, essay: Essay) -> None:
    for finding in essay.findings:
        table = essay.tables[finding.table]
        if finding.column is not None:
            assert finding.column in table.columns, finding
            if finding.row is not None:
                assert finding.column in table.rows[finding.row].cells, finding
        assert finding.source.partition("#")[0] in catalog.sources, finding.source
    for key, claim in essay.claims.items():
        assert claim.source.partition("#")[0] in catalog.sources, (key, claim.source)
    assert essay.claims["arena-score"].verdict == "confirmed"
    assert essay.claims["gpt-4-size"].verdict == "unconfirmed"


def test_links_of_the_essay_are_addresses(essay: Essay) -> None:
    links = [row.cells["link"] for table in essay.tables.values() for row in table.rows if "link" in row.cells]
    assert all(link.startswith("https://") for link in links)
    assert len(links) == 9 + 5 + 5 + 4 + 7 + 3


def test_the_impossible_speed_is_impossible(catalog: Catalog, essay: Essay) -> None:
    """F16 reads two bytes a parameter for each token: 141 GB, 5.9 times a second, is 832 GB/s."""
    row = essay.tables["speed-large"].rows[2]
    assert row.model is not None and row.cells["Model"].endswith("f16")
    parameters = catalog.models[row.model].parameters
    assert parameters is not None
    needed_gb_per_s = parameters * 2 * float(row.cells["generation speed"].split()[0]) / 1e9
    assert needed_gb_per_s == pytest.approx(832, abs=1)
    assert needed_gb_per_s > 1.6 * float(row.cells["Memory Bandwidth"].split()[0])


def test_services_and_quantizations_hold_what_the_essay_prints(catalog: Catalog) -> None:
    assert {k for k, s in catalog.services.items() if s.context_tokens == 128_000 and s.modalities == ("Multimodal",)} == {
        "chatgpt", "gemini",
    }  # fmt: skip
    assert catalog.services["arctic"].parameters == 480_000_000_000
    assert sum(s.kind == "playground" for s in catalog.services.values()) == 4
    q4_0 = catalog.quantizations["ggml-q4_0"]
    assert (q4_0.block_elements, q4_0.block_bytes, q4_0.bits_per_weight) == (32, 18, 4.5)
    for key, row in catalog.quantizations.items():
        if row.block_elements and row.block_bytes:
            assert row.bits_per_weight == pytest.approx(row.block_bytes * 8 / row.block_elements), key
