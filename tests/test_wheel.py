"""What is built is what works: the wheel, alone, in an environment and a folder that know nothing of the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
DELIVERIES = 8  # a news item and a diary event, four channels each

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `publisher` command of a new environment, which borrows only the libraries installed for these tests.

    A path in a .pth file is searched, but .pth files in it are not read: our editable install stays out of sight.
    """
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-index",
        "--no-deps",
        wheel,
        cwd=home,
    )
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip()
    Path(purelib, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home / "bin" / "publisher"


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; if it fails, the test fails with all that it said."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_what_is_read_and_nothing_of_the_builders(wheel: Path) -> None:
    """Adapters, templates, migrations and the first config.toml travel; tests, databases and pictures do not."""
    names = set(ZipFile(wheel).namelist())
    code = {file.relative_to(ROOT).as_posix() for file in (ROOT / "publisher").rglob("*.py")}
    read = {
        f"publisher/share/{file.relative_to(ROOT).as_posix()}"
        for folder in ("channels", "templates", "queue/migrations")
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }
    assert code | read | {"publisher/share/config.toml"} <= names
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {"publisher"}
    assert [name for name in names if name.endswith((".db", ".pyc")) or "/tests/" in name] == []


def test_the_installed_program_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    """The program under test is the one in the new environment, not the checkout's."""
    where = run(
        installed.with_name("python"), "-c", "import publisher; print(publisher.__file__)", cwd=tmp_path
    )
    assert Path(where.strip()).is_relative_to(installed.parent.parent)


def test_the_rehearsal_passes_where_only_the_wheel_is(installed: Path, tmp_path: Path) -> None:
    """`publisher demo` sends all eight deliveries from an installed wheel, in an empty folder."""
    report = json.loads(run(installed, "demo", "--json", cwd=tmp_path))
    deliveries = [delivery for item in report["items"] for delivery in item["deliveries"]]
    assert [delivery["state"] for delivery in deliveries] == ["sent"] * DELIVERIES
    assert Path(report["site"]).is_dir()
