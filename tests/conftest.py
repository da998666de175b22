"""What holds for every test: no skips, and nothing of the developer's own surroundings."""

import gc
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from publisher import secrecy

# No deadline: a slow machine is no fault. In CI the same examples every time, so that red means changed.
settings.register_profile("publisher", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("publisher")

_SURROUNDINGS = ("PUBLISHER_", "NO_COLOR", "FORCE_COLOR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")

_MEMORY, _ENOUGH = Path("/dev/shm"), 2 * 1024**3  # noqa: S108  # pytest makes a folder there that is only ours
"""Linux's folder in memory, and the bytes that must be free: a whole run leaves some 200 MB at most."""

_YOUNG, _OLDER, _OLDEST = 20_000, 10, 50
"""When Python looks for rings of objects that nobody needs: seldom, as a run makes many and leaves them soon."""

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_configure() -> None:
    """Tests write in memory where there is plenty: the queue waits for the disk at each commit, as it must, thousands of times."""
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_collection_finish() -> None:
    """Python need not look at the tests themselves, and all that was imported, for what nobody needs: that is a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLDEST)


@pytest.fixture(autouse=True)
def _clean_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and proxies of whoever runs the tests must not decide whether they pass."""
    for name in list(os.environ):
        if name.upper().startswith(_SURROUNDINGS):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test tells the process of is no secret in the next: thousands would be looked for in every line that it writes."""
    monkeypatch.setattr(secrecy, "_lasting", dict(secrecy._lasting))
    monkeypatch.setattr(secrecy, "_passing", dict(secrecy._passing))
    monkeypatch.setattr(secrecy, "_forms", secrecy._forms)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return _refuse_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return _refuse_skip(report)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make test` needs no root: what only root can set up is no test of anybody else's, and is counted as deselected."""
    if os.geteuid() == 0:
        return
    roots = [item for item in items if item.get_closest_marker("root")]
    items[:] = [item for item in items if item not in roots]
    config.hook.pytest_deselected(items=roots)


def _refuse_skip(report: Report) -> Report:
    """A skipped test holds nothing and looks green, so it is a failure: make what it needs, or delete it."""
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped tests are failures here. {report.longrepr}"
    return report
