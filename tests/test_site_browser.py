"""The website in a real browser: axe-core finds nothing, in light and dark, on a phone and on a desk."""

from collections.abc import Generator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from site_support import ACCOUNTS, EVENT, NOW, Website, picture, serving, several, website

from publisher.rehearsal.ledger import Card, Picture, Post
from publisher.rehearsal.platforms import Platforms

pytestmark = pytest.mark.system

AXE = resources.files("axe_playwright_python") / "axe.min.js"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGES = {
    "index": "index.html",
    "news": "news/item-0/index.html",
    "hostile": "news/item-4/index.html",
    "event": "events/item-1/index.html",
    "what's on": "events/index.html",
    "links": "links/index.html",
    "not found": "404.html",
}
RUN_AXE = """
const [undecided, done] = arguments;
axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(found => done(
  [...found.violations, ...(undecided ? found.incomplete : [])].map(one => `${one.id}: ${one.nodes.map(node => node.html).join(" ")}`)));
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Website, str], None, None]:
    folder = tmp_path_factory.mktemp("website")
    with serving(folder / "site" / "current") as base:
        made = website(folder, base, more=ACCOUNTS)
        several(made)
        yield made, base


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[Chrome, None, None]:
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield chrome
    chrome.quit()


def show(browser: Chrome, address: str, width: int = 1280, scheme: str = "light") -> None:
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
    browser.get(address)


def log(browser: Chrome, kind: str) -> list[str]:
    """What the browser logged since it was last asked."""
    lines = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return [line["message"] for line in lines]


def axe(browser: Chrome, *, undecided: bool = True) -> list[str]:
    """What axe finds wrong; with `undecided`, also what it leaves to a person."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found: list[str] = browser.execute_async_script(RUN_AXE, undecided)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing(
    browser: Chrome, site: tuple[Website, str], page: str, width: int, scheme: str
) -> None:
    """WCAG 2.2 AA as far as a machine can tell, nothing left undecided, and no sideways scrolling at 320 px (1.4.10)."""
    show(browser, f"{site[1]}/{PAGES[page]}", width, scheme)
    assert axe(browser) == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("colour", ["#ffe600", "#ffffff", "#000000", "#e4002b"])
def test_any_council_colour_passes(browser: Chrome, tmp_path: Path, colour: str) -> None:
    """A yellow council's website is as readable as a teal one's, in light and dark."""
    with serving(tmp_path / "site" / "current") as base:
        site = website(tmp_path, base, colour)
        several(site)
        for scheme in ("light", "dark"):
            show(browser, f"{base}/index.html", 1280, scheme)
            assert axe(browser) == []


@pytest.mark.parametrize("page", PAGES)
def test_the_browser_asks_only_the_website(browser: Chrome, site: tuple[Website, str], page: str) -> None:
    """No other host is asked for anything, no cookie is set, and the policy in the page has nothing to complain of."""
    for kind in ("performance", "browser"):
        log(browser, kind)  # what earlier pages did
    show(browser, f"{site[1]}/{PAGES[page]}")
    requests = [line for line in log(browser, "performance") if 'requestWillBeSent"' in line]
    assert requests
    assert [one for one in requests if f'"url":"{site[1]}/' not in one] == []
    assert browser.get_cookies() == []
    assert log(browser, "browser") == []
    broken = "return [...document.images].filter(one => one.loading != 'lazy' && !one.naturalWidth).length"
    assert browser.execute_script(broken) == 0


def test_the_keyboard_reaches_the_content_first(browser: Chrome, site: tuple[Website, str]) -> None:
    """The first stop of the Tab key is a link that can be seen and leads past the menu (WCAG 2.4.1, 2.4.7)."""
    from selenium.webdriver.common.keys import Keys

    show(browser, f"{site[1]}/index.html")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    skip: Any = browser.switch_to.active_element
    assert skip.text == "Skip to main content"
    assert skip.rect["y"] >= 0
    skip.send_keys(Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("id") == "main"


def test_an_account_says_whose_it_is_and_where_it_leads(browser: Chrome, site: tuple[Website, str]) -> None:
    """Read out of its list, each link names its owner, the platform and the other website (WCAG 2.4.9)."""
    show(browser, f"{site[1]}/{PAGES['links']}")
    links: Any = browser.find_elements("css selector", "a[rel~=me]")
    names = [" ".join(link.accessible_name.split()) for link in links]
    assert names[0] == "Example Council on Facebook facebook.com"
    assert names[-1] == "Museums & Galleries on X x.com"


def test_a_hostile_title_is_only_read(browser: Chrome, site: tuple[Website, str]) -> None:
    """A title that is markup shows as its letters: nothing of it runs or becomes part of the page."""
    show(browser, f"{site[1]}/{PAGES['hostile']}")
    heading = browser.execute_script("return document.querySelector('h1').textContent")
    assert heading.startswith("</script><script>alert(1)</script>")
    assert EVENT["title"] not in browser.title
    assert browser.execute_script("return document.scripts.length") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_on_the_wall(
    browser: Chrome, site: tuple[Website, str], width: int, scheme: str
) -> None:
    """The rehearsal's wall of posts is for everybody, too: a picture, a card, and long words on each platform."""
    media, data = picture(99, "A market square at night")
    with Platforms(site[0].folder / "current") as platforms:
        platforms.ledger.keep("p1", media.mime, data)
        for platform in ("x", "facebook", "instagram"):
            platforms.ledger.publish(wall_post(platform, platforms.wall.url, site[1]))
        show(browser, platforms.wall.url, width, scheme)
        assert axe(browser, undecided=False) == []  # it cannot decide on a sign over a gradient
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def wall_post(platform: str, wall: str, base: str) -> Post:
    link = f"{base}/{PAGES['event']}?c=r1"
    shown = (
        () if platform == "facebook" else (Picture("p1", "A market square at night", width=320, height=200),)
    )
    card = Card(link, 200, "Winter lights", "The lights go on at 5pm.", image_id="p1") if not shown else None
    text = f"Winter lights {'x' * 80} {link} #WinterLights"
    return Post(platform, "1", text, f"{wall}/{platform}/1", NOW, link, shown, card)
