"""The explorer in a real browser: filter, click a film, compare, watch; nothing is asked of another host."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import litemongo
import pytest

from lithicoat.analysis.database import Database

pytestmark = pytest.mark.slow

PATIENCE_S = 20
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1280,900",
)  # fmt: skip


@pytest.fixture
def running(database: Database) -> Iterator[Path]:
    """The database of a campaign that runs: this process owns it and has marked a step."""
    directory = Path(str(database.where))
    collections = litemongo.connect(f"file:{directory}")["lithicoat"]
    collections["campaigns"].update_one({"name": "trial"}, {"$set": {"state": "running"}})
    _mark(directory, done=1.0)
    with (directory / "lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory


def _mark(directory: Path, *, done: float) -> None:
    now = datetime.now(UTC).isoformat()
    mark = {
        "key": "k", "uuid": "u", "step": "diffusion 700 K", "coating": "Soft", "campaign": "trial",
        "host": socket.gethostname(), "pid": os.getpid(), "since": now, "seen": now,
        "done": done, "total": 4.0, "unit": "ps",
    }  # fmt: skip
    jobs = litemongo.connect(f"file:{directory}")["lithicoat"]["jobs"]
    jobs.replace_one({"uuid": "running-k"}, {"uuid": "running-k", "index": 1, "running": mark}, upsert=True)


@pytest.fixture
def address(running: Path) -> Iterator[str]:
    """Address of the explorer, which runs as a process of its own."""
    code = "from lithicoat.workflows.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--db", str(running)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield server.stderr.readline().split(maxsplit=1)[0]
        finally:
            server.send_signal(signal.SIGINT)
            said = server.stderr.read()
            assert server.wait(PATIENCE_S) == 0, said
    assert "Traceback" not in said


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("there is no Chromium with its driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield opened
    finally:
        opened.quit()


def _until(browser: Any, true: Callable[[Any], Any]) -> Any:
    from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
    from selenium.webdriver.support.wait import WebDriverWait

    passing = (NoSuchElementException, StaleElementReferenceException)
    return WebDriverWait(browser, PATIENCE_S, 0.1, passing).until(true)


def _all(browser: Any, selector: str) -> list[Any]:
    return list(browser.find_elements("css selector", selector))


def _click(browser: Any, selector: str) -> None:
    def clicked(_: Any) -> bool:
        from selenium.common.exceptions import ElementClickInterceptedException

        element = browser.find_element("css selector", selector)
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        try:
            element.click()
        except ElementClickInterceptedException:  # the page still moves
            return False
        return True

    _until(browser, clicked)


def _films(browser: Any) -> list[str]:
    return [link.text for link in _all(browser, "table.films tbody th a")]


def _requested(browser: Any) -> set[str]:
    """Return the hosts that pages asked, those of the browser's own pages apart."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return {urlsplit(url).netloc for url in urls if urlsplit(url).scheme not in {"chrome", "data", "blob"}}


def test_films_are_filtered_opened_compared_and_watched(browser: Any, address: str, running: Path):
    browser.get(address)
    _until(browser, lambda _: _films(browser) == ["Stiff", "Middle", "Soft"])
    assert "trial running" in browser.find_element("id", "news").text

    _click(browser, "#families")
    _click(browser, ".dash-dropdown-content label:nth-of-type(2)")
    _until(browser, lambda _: _films(browser) == ["Middle"])
    _click(browser, "h1")  # closes the list
    _click(browser, "#clear")
    _until(browser, lambda _: len(_films(browser)) == 3)

    _click(browser, "table.films thead th:nth-child(4) button")
    _until(browser, lambda _: _films(browser) == ["Soft", "Middle", "Stiff"])
    _until(browser, lambda _: browser.switch_to.active_element.get_attribute("class") == "sorting")

    _click(browser, "#range-names")
    browser.find_element("css selector", ".dash-dropdown-search").send_keys("shear modulus")
    _click(browser, ".dash-dropdown-content label")
    _click(browser, "h1")
    _until(browser, lambda _: _all(browser, "#ranges input"))[0].send_keys("10")
    _until(browser, lambda _: _films(browser) == ["Middle", "Stiff"])
    _click(browser, "#clear")
    _until(browser, lambda _: len(_films(browser)) == 3)

    _click(browser, "table.films tbody tr:nth-child(1) .choose input")
    _click(browser, "table.films tbody tr:nth-child(3) .choose input")
    _click(browser, "#compare")
    table = _until(browser, lambda _: browser.find_element("css selector", "#comparison-view table.numbers"))
    assert "2.0 ± 1.0 GPa" in table.text
    assert "40.0 ± 1.0 GPa" in table.text

    _click(browser, "#comparison-view thead a")
    _until(browser, lambda _: browser.find_element("css selector", "#film-view h2").text == "Soft")
    _until(browser, lambda _: _all(browser, "#film-view .js-plotly-plot .main-svg"))
    assert "Soft" in browser.title
    film = urlsplit(browser.current_url).path.lstrip("/")

    browser.back()
    _until(browser, lambda _: browser.find_element("css selector", "#comparison-view h2").is_displayed())

    _click(browser, "#views a[href='/progress']")
    _until(browser, lambda _: "1 of 4 ps" in browser.find_element("id", "progress-view").text)
    _mark(running, done=3.0)
    _until(browser, lambda _: "3 of 4 ps" in browser.find_element("id", "progress-view").text)

    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    for path in ("", "progress", film):
        browser.get(address + path)
        _until(browser, lambda _: _all(browser, "table.films tbody th a, .filmbar, #film-view table"))
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390

    assert _requested(browser) == {urlsplit(address).netloc}
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
