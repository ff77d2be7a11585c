"""The catalog on disk: strict, explained, and never the end of the app."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import time
import types
from pathlib import Path

import pytest

from lib.catalog import current, held_back, live, load
from lib.catalog.__main__ import main
from lib.catalog.load import FOLDER

GOOD = {
    "sources/s.toml": '[here]\ntitle = "A table"\nproducer = "Somebody"\nurl = "https://example.org/t"\naccessed = 2026-01-02\nlicence = "CC-BY-4.0"\n',
    "licences.toml": '[mit]\nname = "MIT"\nurl = "https://opensource.org/license/mit"\nopenness = "open-source"\ncommercial = "yes"\nsource = "here"\n'
    + "".join(
        f'[mit.{term}]\nanswer = "no"\ntext = "It says nothing of it."\n'
        for term in ("train_others", "user_cap", "revenue_cap", "attribution", "regions")
    ),
    "benchmarks.toml": '[quiz]\nname = "Quiz"\nmeasures = "facts"\ncategory = "knowledge"\nunit = "percent"\nminimum = 0\nmaximum = 100\nchance = 25\nurl = "https://example.org/q"\nsource = "here"\n',
    "protocols.toml": '[lab]\nname = "Lab"\nproducer = "A lab"\ncomparable = true\ndescribed = "5-shot"\nsource = "here"\n',
    "models/acme/tiny.toml": 'name = "Tiny"\npublisher = "Acme"\ntuning = "instruct"\nopen_weights = true\nlicence = "mit"\nparameters = 1000000\nreleased = 2025-01-01\n\n[sources]\ndefault = "here#row 3"\n',
    "scores/lab.csv": "model,benchmark,protocol,value,measured_by,source\ntiny,quiz,lab,61.5,third-party,here\n",
    "devices.csv": "id,name,vendor,kind,memory_gib,memory_bandwidth_gb_per_s,source\ncard,Card,Acme,gpu,24,1008,here\n",
    "device_buses.csv": "device,bus_bits,rate_gbit_per_s_per_pin,source\ncard,384,21,here\n",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in GOOD.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_sound_catalog_has_no_problems(folder: Path) -> None:
    catalog = load(folder)
    assert not catalog.problems
    assert catalog.models["tiny"].sources["default"] == "here#row 3" and catalog.scores[0].value == 61.5
    assert catalog.devices["card"].memory_gib == (24.0,)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        (
            "models/acme/tiny.toml",
            ("tuning =", "tunning ="),
            "models/acme/tiny.toml tunning: 'instruct': Extra inputs are not permitted",
        ),
        (
            "models/acme/tiny.toml",
            ("= 1000000", '= "many"'),
            "models/acme/tiny.toml parameters: 'many': Input should be a valid integer",
        ),
        ("models/acme/tiny.toml", ('default = "here#row 3"', ""), "models/acme/tiny.toml: no source for"),
        ("models/acme/tiny.toml", ("here#", "there#"), "models tiny sources.default: 'there#row 3': no such source"),
        ("models/acme/tiny.toml", ('"mit"', '"mitt"'), "models tiny licence: 'mitt': no such licence"),
        (
            "models/acme/tiny.toml",
            ("2025-01-01", "2095-01-01"),
            "models tiny released: 2095-01-01: a date in the future",
        ),
        ("models/acme/tiny.toml", ("[sources]", "[sources"), "models/acme/tiny.toml: is not TOML"),
        ("scores/lab.csv", ("61.5", "161.5"), "outside the benchmark's range 0 to 100"),
        ("scores/lab.csv", ("61.5", "0.615"), "looks like a proportion"),
        ("scores/lab.csv", ("61.5", "nan"), "scores/lab.csv line 2 value: 'nan'"),
        ("scores/lab.csv", ("tiny,quiz", "tinny,quiz"), "scores/lab.csv line 2 model: 'tinny': no such model"),
        ("scores/lab.csv", ("lab,61.5", "web,61.5"), "scores/lab.csv line 2 protocol: 'web': no such protocol"),
        ("scores/lab.csv", (",here", ",there"), "scores/lab.csv line 2 source: 'there': no such source"),
        ("scores/lab.csv", ("value", "valeu"), "scores/lab.csv line 1: 'valeu': no such column"),
        ("benchmarks.toml", ("chance = 25", "chance = 250"), "benchmarks.toml [quiz]: chance (250) is outside"),
        ("devices.csv", ("memory_gib", "name"), "names a column twice"),
        ("models/acme/tiny.toml", ("2025-01-01", '"2025-02-30"'), "'2025-02-30': a date there is"),
        (
            "licences.toml",
            ("https://opensource", "opensource"),
            "licences.toml [mit] url: 'opensource.org/license/mit': an address",
        ),
        ("scores/lab.csv", (",here", ""), "scores/lab.csv line 2: has not as many cells as the header"),
        ("devices.csv", (",24,", ",-24,"), "devices.csv line 2 memory_gib.0: '-24'"),
        ("devices.csv", ("card,Card", "Card!,Card"), "devices.csv line 2 id: 'Card!'"),
    ],
)
def test_a_fault_is_named_with_file_field_value_and_expectation(
    folder: Path, file: str, change: tuple[str, str], said: str
) -> None:
    path = folder / file
    assert change[0] in path.read_text()
    path.write_text(path.read_text().replace(*change))
    catalog = load(folder)
    assert any(said in str(problem) for problem in catalog.problems), list(map(str, catalog.problems))
    assert catalog.sources  # the rest is still there


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b'id,name\n"', b"[" * 5000, b"a = 1\n" * 3])
@pytest.mark.parametrize("file", list(GOOD))
def test_no_file_whatever_is_in_it_stops_the_rest(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    load(folder)


def test_equal_facts_have_equal_versions_and_any_change_another(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = tmp_path_factory.mktemp("copy") / "catalog"
    shutil.copytree(folder, copy)
    assert load(copy).version == load(folder).version
    (copy / "devices.csv").write_text(GOOD["devices.csv"].replace("1008", "1009"))
    assert load(copy).version != load(folder).version


@pytest.fixture
def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, looked at again on each call, by a dashboard that has loaded nothing yet."""
    monkeypatch.setattr(live, "LOOK_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(live, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(live, "_held", None)
    return folder


def test_a_changed_file_is_read_again_and_an_emptied_folder_keeps_what_there_was(watched: Path) -> None:
    before = current(watched)
    assert current(watched) is before
    (watched / "devices.csv").write_text(GOOD["devices.csv"].replace("1008", "10091"))
    after = current(watched)
    assert after.devices["card"].memory_bandwidth_gb_per_s == 10091 and after.version != before.version
    assert not held_back()
    shutil.rmtree(watched)
    assert current(watched) is after and held_back()


def test_a_file_that_reads_worse_is_held_back_until_it_is_mended(watched: Path) -> None:
    good = current(watched)
    (watched / "devices.csv").write_text(GOOD["devices.csv"][:-9])
    assert current(watched) is good and "devices.csv line 2" in str(held_back()[0])
    assert current(watched) is good  # and is not read again while it stays as it is
    (watched / "devices.csv").write_text(GOOD["devices.csv"] + "other,Other,Acme,gpu,8,100,here\n")
    assert set(current(watched).devices) == {"card", "other"} and not held_back()


def test_what_was_wrong_from_the_start_holds_nothing_back(watched: Path) -> None:
    (watched / "scores/lab.csv").write_text(GOOD["scores/lab.csv"].replace("tiny,quiz", "tinny,quiz"))
    assert current(watched).problems and not held_back()
    (watched / "devices.csv").write_text(GOOD["devices.csv"].replace("1008", "1009"))
    assert current(watched).devices["card"].memory_bandwidth_gb_per_s == 1009 and not held_back()


def test_a_file_that_is_still_being_written_is_waited_for(watched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SETTLED_SECONDS", 1.0)
    good, devices = current(watched), watched / "devices.csv"
    devices.write_text(GOOD["devices.csv"].replace("1008", "1009"))
    assert current(watched) is good
    os.utime(devices, (time.time() - 5, time.time() - 5))
    assert current(watched) is not good


@pytest.mark.parametrize("days", [-20_000, -1000, -1, 1000])
def test_a_wrong_clock_takes_no_fact_away(folder: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    wrong = types.SimpleNamespace(date=type("Date", (dt.date,), {"today": classmethod(lambda cls: dt.date.today() + dt.timedelta(days))}), timedelta=dt.timedelta)  # fmt: skip
    monkeypatch.setattr(sys.modules["lib.catalog.check"], "dt", wrong)
    assert not load(folder).problems


def test_a_broken_row_costs_only_itself_and_is_named_by_its_line(folder: Path) -> None:
    path = folder / "scores/lab.csv"
    path.write_text(path.read_text() + "tiny,quiz,lab,62.5,third-party,here\ntiny,quiz,lab,much,third-party,here\n")
    catalog = load(folder)
    assert [score.value for score in catalog.scores] == [61.5, 62.5]
    assert [str(p).split(":")[0] for p in catalog.problems] == ["scores/lab.csv line 4 value"]


def test_the_check_command_prints_one_line_a_problem_and_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(folder)]) == 0
    (folder / "scores/lab.csv").write_text(GOOD["scores/lab.csv"].replace("tiny", "tinny"))
    assert main(["check", str(folder)]) == 1
    printed = capsys.readouterr().out
    assert "'tinny': no such model; left out" in printed and printed.strip().endswith("1 problems")
    assert main(["chekc"]) == 2 and main(["check", str(folder / "nowhere")]) == 2


def test_what_hangs_on_a_broken_record_is_not_a_problem_of_its_own(folder: Path) -> None:
    path = folder / "scores/lab.csv"
    path.write_text(path.read_text() + "".join(f"tiny,quiz,lab,{n},third-party,here\n" for n in range(40, 60)))
    (folder / "models/acme/tiny.toml").write_text("[sources")
    catalog = load(folder)
    assert [str(p).split(":")[0] for p in catalog.problems] == ["models/acme/tiny.toml"] and not catalog.scores


def test_one_wrong_name_in_many_rows_is_one_problem(folder: Path) -> None:
    path = folder / "scores/lab.csv"
    path.write_text(path.read_text() + "".join(f"tiny,quizz,lab,{n},third-party,here\n" for n in range(40, 60)))
    said = list(map(str, load(folder).problems))
    assert said == ["scores/lab.csv line 3 and 19 more benchmark: 'quizz': no such benchmark; left out"]


def test_a_table_nobody_reads_is_a_problem_and_a_byte_order_mark_is_none(folder: Path) -> None:
    (folder / "devicez.csv").write_text(GOOD["devices.csv"])
    (folder / "devices.csv").write_text("\ufeff" + GOOD["devices.csv"])
    catalog = load(folder)
    assert list(map(str, catalog.problems)) == ["devicez.csv: no table of this name is read; left out"]
    assert list(catalog.devices) == ["card"]


def test_our_own_catalog_is_sound_and_as_broad_as_promised() -> None:
    catalog = load(FOLDER)
    assert not catalog.problems, "\n".join(map(str, catalog.problems))
    sized = [m for m in catalog.models.values() if m.open_weights and m.architecture]
    hosted = [m for m in catalog.models.values() if not m.open_weights]
    assert len(sized) + len(hosted) >= 250 and len(sized) >= 200 and len(hosted) >= 60 and len(catalog.devices) >= 300
    assert len(catalog.scores) >= 8000 and len({s.benchmark for s in catalog.scores}) >= 60
    assert len(catalog.prices) >= 3000 and all(price.as_of for price in catalog.prices)
    assert {"gpu", "apple-soc", "apu", "cpu", "phone"} <= {d.kind for d in catalog.devices.values()}
    assert {"NVIDIA", "AMD", "Intel", "Apple"} <= {d.vendor for d in catalog.devices.values()}
