"""A newer copy of a source: what it changes is shown row by row, what is not taken is named, nothing else is touched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lib.catalog import Catalog
from lib.catalog.load import FOLDER, load
from lib.importers.refresh import KINDS, Asked, compare, main, report
from lib.importers.refresh_names import ALIASES, Names, read_aliases

DATA = Path(__file__).with_name("data")
DAY = "2026-11-24"
Run = Callable[..., tuple[int, list[str]]]


def given(name: str) -> bytes:
    return (DATA / name).read_bytes()


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A copy of the catalog that a test may write to."""
    return Path(shutil.copytree(FOLDER, tmp_path / "catalog", ignore=shutil.ignore_patterns("engine", "calibration")))


@pytest.fixture
def run(catalog: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command on that copy: its exit code and what it printed."""

    def ran(kind: str, file: Path | str, source: str, *more: str, accessed: str = DAY) -> tuple[int, list[str]]:
        path = file if isinstance(file, Path) else DATA / file
        code = main([kind, str(path), "--source", source, "--accessed", accessed, "--catalog", str(catalog), *more])
        printed = capsys.readouterr()
        return code, (printed.out + printed.err).splitlines()

    return ran


def marked(lines: list[str]) -> list[str]:
    return [line for line in lines if line[:2] in ("+ ", "~ ", "- ")]


@pytest.mark.parametrize(
    ("kind", "file", "source", "more"),
    [
        ("models.dev", "models_dev.json", "anomalyco-models.dev", ()),
        ("litellm", "litellm.json", "litellm-1.109.1", ()),
        ("openrouter", "openrouter.json", "anomalyco-models.dev", ()),
        ("arena", "arena.json", "lmarena-arena-catalog", ("--protocol", "lmarena-2025-12", "--published", "2025-12-17")),
        ("arena", "lmarena_text.csv", "fboulnois-llm-leaderboard-csv-e964e25", ("--published", "2025-08-04")),
        ("livebench", "livebench_table.csv", "livebench-livebench.github.io", ("--protocol", "livebench-2026-01", "--published", "2026-01-08", "--categories", str(DATA / "livebench_categories.json"))),
        ("epoch", "epoch_runs.csv", "epoch-research-benchmark-stitching", ("--protocol", "epoch")),
        ("aider", "aider.yml", "aider-ai-aider", ("--protocol", "aider")),
        ("open-llm-leaderboard", "open_llm.csv", "fboulnois-llm-leaderboard-csv-0f4e5c6", ()),
    ],
)  # fmt: skip
def test_a_copy_written_once_changes_nothing_the_second_time(
    run: Run, catalog: Path, kind: str, file: str, source: str, more: tuple[str, ...]
) -> None:
    code, lines = run(kind, file, source, "--write", "--gone", *more)
    assert code == 0 and any(count in lines[-1] for count in ("added", "the same"))
    written = {path: path.read_bytes() for path in catalog.rglob("*.csv")}
    code, again = run(kind, file, source, "--write", *more)
    assert code == 0 and marked(again) == [] and "0 added, 0 changed, 0 gone" in again[-1]
    assert {path: path.read_bytes() for path in catalog.rglob("*.csv")} == written
    assert load(catalog).sources[source].accessed == DAY


def test_a_changed_price_is_one_changed_line(run: Run, catalog: Path, tmp_path: Path) -> None:
    run("models.dev", "models_dev.json", "anomalyco-models.dev", "--write", "--gone")
    table = catalog / "prices" / "tokens.csv"
    before = table.read_text(encoding="utf-8").splitlines()
    newer = json.loads(given("models_dev.json"))
    old = newer["siliconflow"]["models"]["openai/gpt-oss-120b"]["cost"]
    assert (old["input"], old["output"]) == (0.05, 0.45)
    old["input"] = 0.06
    file = tmp_path / "api.json"
    file.write_text(json.dumps(newer))

    code, lines = run("models.dev", file, "anomalyco-models.dev")
    assert code == 1 and marked(lines) == ["~ gpt-oss-120b siliconflow: input 0.05 → 0.06 (+20 %)"]
    assert table.read_text(encoding="utf-8").splitlines() == before  # nothing is written unasked

    code, _ = run("models.dev", file, "anomalyco-models.dev", "--write")
    after = table.read_text(encoding="utf-8").splitlines()
    assert code == 0 and len(after) == len(before)
    [(was, now)] = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert was.startswith("gpt-oss-120b,siliconflow,openai/gpt-oss-120b,0.05,0.45,")
    assert (
        now.startswith("gpt-oss-120b,siliconflow,openai/gpt-oss-120b,0.06,0.45,")
        and f",{DAY},anomalyco-models.dev#" in now
    )


def test_only_the_sources_own_date_changes_in_its_file(run: Run, catalog: Path) -> None:
    file = catalog / "sources" / "scores.toml"
    before = file.read_text(encoding="utf-8").splitlines()
    run("epoch", "epoch_runs.csv", "epoch-research-benchmark-stitching", "--protocol", "epoch", "--write", "--gone",
        "--url", "https://example.org/hub")  # fmt: skip
    after = file.read_text(encoding="utf-8").splitlines()
    changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert [b for _, b in changed] == ['url = "https://example.org/hub"', f'accessed = "{DAY}"']


def test_rows_another_source_gave_stay(run: Run, catalog: Path) -> None:
    others = [p for p in load(catalog).prices if not p.source.startswith("anomalyco-models.dev")]
    run("models.dev", "models_dev.json", "anomalyco-models.dev", "--write", "--gone")
    assert [p for p in load(catalog).prices if not p.source.startswith("anomalyco-models.dev")] == others


def test_a_partial_copy_is_not_written_unasked(run: Run, catalog: Path) -> None:
    table = (catalog / "prices" / "tokens.csv").read_bytes()
    code, lines = run("models.dev", "models_dev.json", "anomalyco-models.dev", "--write")
    assert code == 3 and "rows would go" in lines[-1]
    assert (catalog / "prices" / "tokens.csv").read_bytes() == table


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("arena", "arena.json", "no-such-source"), "no source 'no-such-source'"),
        (("arena", "arena.json", "lmarena-arena-catalog", "--protocol", "lmarena-2099"), "no protocol 'lmarena-2099'"),
        (("arena", "arena.json", "lmarena-arena-catalog"), "give --protocol"),
        (("livebench", "livebench_table.csv", "livebench-livebench.github.io"), "give --categories"),
        (("epoch", "epoch_gpqa.csv", "epoch-research-benchmark-stitching"), "give --benchmark"),
        (("models.dev", "litellm.json", "anomalyco-models.dev"), "is this models.dev's api.json?"),
        (("aider", "nothing.yml", "aider-ai-aider"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run: Run, more: tuple[str, ...], said: str) -> None:
    code, lines = run(*more)
    assert code == 2 and len(lines) == 1 and said in lines[0]


@pytest.mark.parametrize(
    ("accessed", "said"),
    [("2020-01-01", "is before"), ("2999-01-01", "is in the future"), ("24 November", "expected a day"), ("2026-02-30", "there is no day")],
)  # fmt: skip
def test_the_day_a_copy_was_read_is_a_day_after_the_last_one(run: Run, accessed: str, said: str) -> None:
    code, lines = run("models.dev", "models_dev.json", "anomalyco-models.dev", accessed=accessed)
    assert code == 2 and said in lines[0]


def test_json_says_the_same(run: Run) -> None:
    code, lines = run("models.dev", "models_dev.json", "anomalyco-models.dev", "--json")
    said = json.loads("\n".join(lines))
    assert code == 1 and said["source"] == "anomalyco-models.dev" and said["gone"]
    assert all(set(row) == {"row", "reason"} for row in said["rejected"])


def asked(source: str, **more: Any) -> Asked:
    return Asked("generic", source, DAY, "newer.csv", **more)


HEAD = "model,provider,provider_model,input_usd_per_mtok,output_usd_per_mtok,as_of\n"


@pytest.fixture(scope="module")
def held() -> Catalog:
    return load(FOLDER)


def test_every_row_not_taken_says_why(held: Catalog) -> None:
    row = next(p for p in held.prices if p.source.startswith("simonw") and p.input_usd_per_mtok > 0)
    place = f"{row.model},{row.provider},{row.provider_model}"
    content = HEAD + (
        f"{place},{row.input_usd_per_mtok * 20},{row.output_usd_per_mtok},2026-11-01\n"
        "gpt-oss-121b,deepinfra,x,1,2,2026-11-01\n"
        "gpt-oss-20b,new-one,a,cheap,2,2026-11-01\n"
        "gpt-oss-20b,new-two,a,0.0000001,2,2026-11-01\n"
        "gpt-oss-20b,new-three,a,1,2,soon\n"
        "gpt-oss-20b,=cmd(),a,1,2,2026-11-01\n"
        "gpt-oss-20b,new-four,a,0,0,2026-11-01\n"
        "gpt-oss-20b,new-five,a,1\n"
    )
    made = compare(held, asked("simonw-llm-prices"), content.encode())
    reasons = " | ".join(bad.reason for bad in made.rejected)
    for why in (
        "jumps more than 10 times", "unknown model; nearest: gpt-oss-120b", "input price is not a number: 'cheap'",
        "is it for one token?", "is no day like 2026-03-31: 'soon'", "begins with '='", "free, with limits", "has not as many cells",
    ):  # fmt: skip
        assert why in reasons
    assert len(made.rejected) == 8 and made.kept == 1 and not made.diff.added
    assert row not in made.diff.gone  # its newer copy was refused, so the price we have stays


SCORES = "model,benchmark,value,measured_by,date,low,high\n"


def test_scores_out_of_range_undated_twice_or_as_proportions_are_not_taken(held: Catalog) -> None:
    content = SCORES + (
        "phi-4,gpqa-diamond,0.56,third-party,2026-01-01,,\n"
        "phi-4,mmlu-pro,104,third-party,2026-01-01,,\n"
        "phi-4,ifeval,63,third-party,,,\n"
        "phi-4,ifeval,63,nobody,2026-01-01,,\n"
        "phi-4,ifeval,63,third-party,2026-12-24,,\n"
        "phi-4,no-such-test,63,third-party,2026-01-01,,\n"
        "phi-4,math-lvl5,63,third-party,2026-01-01,70,80\n"
        "phi-4,musr,40,third-party,2026-01-01,,\n"
        "phi-4,musr,40,third-party,2026-01-01,,\n"
        "Phi-4,musr,41,third-party,2026-01-01,,\n"
        "microsoft/phi-4,bbh,50,third-party,2026-01-01,49,51\n"
    )
    made = compare(held, asked("epoch-research-benchmark-stitching", protocol="epoch"), content.encode())
    reasons = sorted(bad.reason for bad in made.rejected)
    assert [r.split(":")[0] for r in reasons] == sorted([
        "0.56 looks like a proportion; the benchmark counts in per cent", "104 is out of the benchmark's range 0 to 100",
        "no date", "measured_by is none of third-party, maker, competitor", "dated 2026-12-24, after the day it was read",
        next(r for r in reasons if r.startswith("unknown benchmark")), "the value lies outside its own interval",
        "duplicate", "duplicate",
    ])  # fmt: skip
    taken = {(row.model, row.benchmark, row.value) for row in made.diff.added}
    assert {("phi-4", "bbh", 50.0)} <= taken and len([t for t in taken if t[1] == "musr"]) == 1


def test_the_report_ends_with_counts_and_names_every_row_left_out(held: Catalog) -> None:
    content = given("arena.json")
    ask = Asked("arena", "lmarena-arena-catalog", DAY, "arena.json", "lmarena-2025-12", published="2025-12-17")
    made = compare(held, ask, content)
    lines = report(ask, made)
    assert sum(line.startswith("! ") for line in lines) == len(made.rejected) > 0
    assert f"{len(made.rejected)} rejected" in lines[-1]
    assert lines[0] == f"--- lmarena-arena-catalog, read {held.sources['lmarena-arena-catalog'].accessed}"


def test_every_alias_means_a_model_of_the_catalog_and_is_needed(held: Catalog) -> None:
    aliases = read_aliases(FOLDER / ALIASES)
    assert len(aliases) > 100 and {named.model for named in aliases.values()} <= set(held.models)
    known = {kind: Names(held, kind, aliases) for kind in KINDS}
    bare = Names(held)
    for (kind, name), named in aliases.items():
        assert known[kind].score(name) == named
        assert bare.score(name) != replace(named, listed=False), f"{name} needs no alias"


@pytest.mark.parametrize(
    ("name", "model", "variant"),
    [
        ("gpt-oss-20b", "gpt-oss-20b", None), ("openai/gpt-oss-20b", "gpt-oss-20b", None), ("GPT OSS 20B", "gpt-oss-20b", None),
        ("gpt-oss-20b_high", "gpt-oss-20b", "high"), ("gpt-oss-20b (low)", "gpt-oss-20b", "low"),
        ("qwen3-32b-thinking-32k", "qwen3-32b", "thinking-32k"), ("claude-opus-4-20250514", "claude-opus-4", "20250514"),
        ("claude-opus-4-20250514-thinking-16k", "claude-opus-4", "20250514-thinking-16k"),
        ("Qwen/Qwen2.5-7B", None, None), ("qwen2.5-7b-instruct-abliterated", None, None), ("DeepSeek V3 (0324)", None, None),
        ("phi-4-128k", None, None), ("somebody/gpt-oss-20b-distill", None, None), ("", None, None), ("-thinking", None, None),
    ],
)  # fmt: skip
def test_a_name_is_one_of_ours_with_settings_or_it_is_unknown(
    held: Catalog, name: str, model: str | None, variant: str | None
) -> None:
    found = Names(held).score(name)
    assert (found.model, found.variant) == (model, variant) if found else model is None
