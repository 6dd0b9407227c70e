"""The report in a real browser, without a network."""

import json
import shutil
import time

import pytest

from lithicoat.analysis.report.writing import render

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")), reason="needs Chromium"
    ),
]
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1280,900",
)  # fmt: skip
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
PATIENCE_S = 60


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def opened(browser, screening, tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render(screening), encoding="utf-8")
    browser.get(file.as_uri())
    waited(browser, "return document.querySelectorAll('.main-svg').length > 0")
    return browser


def waited(browser, script):
    """Wait until a script returns something true, and return that."""
    until = time.monotonic() + PATIENCE_S
    while not (found := browser.execute_script(script)):
        assert time.monotonic() < until, f"this never came true: {script}"
        time.sleep(0.1)
    return found


def test_all_figures_are_drawn_and_nothing_is_fetched_or_complained_of(opened):
    waited(opened, "return [...document.querySelectorAll('[data-plot]')].every(one => one.dataset.drawn)")
    opened.execute_script("document.getElementById('viewer').scrollIntoView()")
    waited(opened, "return document.querySelector('#viewer-canvas canvas') !== null")
    events = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    requests = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    asked = [one["request"]["url"] for one in requests if one["documentURL"].startswith("file:")]
    assert asked
    assert all(address.startswith(("file:", "data:", "blob:")) for address in asked)
    assert not [entry for entry in opened.get_log("browser") if entry["level"] == "SEVERE"]


def test_nothing_is_wider_than_a_desktop_page(opened):
    wide = opened.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_a_click_on_a_film_opens_its_page(opened):
    link = opened.find_element("css selector", ".ranking a")
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", link)
    film = opened.find_element("id", link.get_attribute("href").partition("#")[2])
    assert film.get_attribute("open") is None
    link.click()
    waited(opened, f"return document.getElementById('{film.get_attribute('id')}').open")
    assert film.find_element("css selector", ".film-numbers").is_displayed()


def test_the_dark_dress_reaches_the_figures(opened):
    line = "return getComputedStyle(document.querySelector('#plot-map .xtitle')).fill"
    light = waited(opened, line)
    opened.find_element("id", "dress").click()
    waited(opened, f"return (() => {{ {line} }})() !== '{light}'")
    assert opened.execute_script("return document.documentElement.dataset.dress") == "dark"
    opened.find_element("id", "dress").click()


def test_another_cell_can_be_chosen(opened):
    from selenium.webdriver.support.ui import Select

    heading = "return document.getElementById('cell-heading').textContent"
    before = waited(opened, heading)
    Select(opened.find_element("id", "film-choice")).select_by_index(3)
    waited(opened, f"return (() => {{ {heading} }})() !== {json.dumps(before)}")


def test_nothing_is_wider_than_a_phone(opened):
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    opened.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    waited(opened, f"return innerWidth === {PHONE['width']}")
    assert waited(opened, "return document.documentElement.scrollWidth") <= PHONE["width"]
    opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_on_paper_everything_is_open_and_light(opened):
    opened.execute_script("document.querySelectorAll('details').forEach(one => { one.open = false; })")
    opened.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert opened.execute_script(
        "return [...document.querySelectorAll('details.film')].every(one => one.open)"
    )
    assert opened.execute_script("return document.querySelector('#plot-map .main-svg').clientWidth") < 700
    opened.execute_script("dispatchEvent(new Event('afterprint'))")
