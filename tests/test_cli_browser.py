"""The cards that `preview --html` and the rehearsal draw, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from cli_support import Bench, open_bench, picture
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from support import open_office

pytestmark = pytest.mark.system

AXE = resources.files("axe_playwright_python") / "axe.min.js"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
RUN_AXE = """
const [done] = arguments;
axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(found => done(
  found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(" ")}`)));
"""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    """Debian's chromium, headless."""
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'browser'}"):
        options.add_argument(flag)
    driver = Chrome(options, Service("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A folder made ready."""
    with open_bench(tmp_path / "bench") as made:
        yield made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("items", [1, 2])
def test_axe_finds_nothing_on_the_cards(bench: Bench, browser: Chrome, scheme: str, items: int) -> None:
    """The page of cards is accessible, for one item and for several, in light and in dark, and fits a phone."""
    bench.write("a.jpg", picture())
    item = {
        "kind": "news",
        "title": "Library",
        "summary": "Late.",
        "images": [{"path": "a.jpg", "alt": "Readers at a table"}],
    }
    bench.write("items.json", json.dumps([item] * items))
    assert bench.run("preview", "items.json", "--html", "out.html").code == 0
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.set_window_size(500, 800)
    browser.get((bench.folder / "out.html").as_uri())
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    assert browser.execute_async_script(RUN_AXE) == []
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_wall_looks_like_the_platforms(tmp_path: Path, browser: Chrome, scheme: str) -> None:
    """In a real browser: folded words open, a link has its card with our own picture, alternative texts are shown, axe is content."""
    with open_office(tmp_path / "office") as office:
        photo = {"images": [{"path": "library.jpg", "alt": "The library at dusk"}]}
        long = "The pool opens again with new hours for everybody who swims. " * 12
        for item in (office.news(summary=long, **photo), office.event()):
            office.release(office.hand_in(item).id)
        office.platforms.wall.save(tmp_path / "wall.html")
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.set_window_size(500, 800)
    browser.get((tmp_path / "wall.html").as_uri())
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    assert browser.execute_async_script(RUN_AXE) == []
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.execute_script(IMAGES_SHOWN)
    assert browser.execute_script(CARDS) == {"x": 1, "facebook": 1, "instagram": 0}
    fold = browser.find_element("css selector", ".instagram .folded")
    words = fold.find_element("css selector", ".words")
    assert not words.is_displayed()
    fold.find_element("css selector", "summary").click()
    assert words.is_displayed()
    assert "Alt: The library at dusk" in browser.find_element("css selector", ".x .alts").text


IMAGES_SHOWN = "return [...document.images].every(image => image.complete && image.naturalWidth > 0)"
CARDS = """return Object.fromEntries(["x", "facebook", "instagram"].map(
    style => [style, document.querySelectorAll(`.${style} .card img`).length]))"""
