"""A skipped test is a failure, wherever it is skipped."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED_INSIDE = """
import pytest

def test_that_gives_up():
    pytest.skip("no browser here")
"""
SKIPPED_WHOLE = """
import pytest

pytest.skip("no browser here", allow_module_level=True)
"""
EXPECTED_TO_FAIL = """
import pytest

@pytest.mark.xfail(reason="known", strict=True)
def test_of_a_known_fault():
    raise AssertionError
"""


def outcome_of(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test file, in a folder of its own, under our conftest."""
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--rootdir={folder}",
        str(folder),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("test", [SKIPPED_INSIDE, SKIPPED_WHOLE], ids=["inside", "whole"])
def test_a_skip_is_a_failure(tmp_path: Path, test: str) -> None:
    """A test that skips itself, or its whole file, turns the run red and says why it wanted to."""
    done = outcome_of(tmp_path, test)
    assert done.returncode != 0
    assert "no browser here" in done.stdout


def test_a_known_fault_is_not_a_skip(tmp_path: Path) -> None:
    """An expected failure is a statement that is checked, so it stays allowed."""
    assert outcome_of(tmp_path, EXPECTED_TO_FAIL).returncode == 0
