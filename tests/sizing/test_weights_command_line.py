import json
import subprocess
import sys
from pathlib import Path

import pytest

from lib.sizing.__main__ import main
from tests.importers.configurations import PUBLISHED


@pytest.fixture
def llama(tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(PUBLISHED["llama-3.1-8b"][0]))
    return str(path)


def test_prints_the_parts_of_llama_3_1_8b_at_8k(llama: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The engine reserves 1,024 MiB for the cache and 124 for computing beside 4,685 of weights."""
    assert main(["--config", llama, "--quantization", "Q4_K_M", "--context", "8192", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["weights_bytes"] / 2**20 == pytest.approx(4685, abs=0.5)
    assert found["kv_cache_bytes"] == 1024 * 2**20
    assert found["compute_buffer_bytes"] / 2**20 == pytest.approx(124, abs=0.5)
    assert found["total_bytes"] == sum(
        found[part] for part in ("weights_bytes", "kv_cache_bytes", "compute_buffer_bytes")
    )
    assert found["file_bytes"] == pytest.approx(4_920_739_232, rel=1e-5)
    assert found["tensors_by_type"] == {"F32": 66, "Q4_K": 193, "Q6_K": 33}


def test_prints_for_people_too(llama: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", llama, "--kv-type", "q8_0", "--slots", "4", "--device", "cpu"]) == 0
    assert "4,912,898,304" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--quantization", "Q9_K"], "unknown quantization 'Q9_K'"),
        (["--context", "0"], "--context must be from 1"),
        (["--ubatch", "-5"], "--ubatch must be from 1"),
        (["--kv-type", "q8_0", "--flash-attention", "off"], "needs flash attention"),
        (["--kv-type", "f3"], "'f3' is not one of"),
    ],
)
def test_refuses_in_one_line(llama: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", llama, *options]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_a_missing_file_is_refused_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lib.sizing", "--config", "no-such-file.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
