"""One Chromium for all tests of the page."""

import shutil

import pytest

from autograd_lite import stepper
from autograd_lite.draw.page import document


@pytest.fixture(scope="session")
def chromium():
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    for flag in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "hide-scrollbars"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.binary_location = shutil.which("chromium")
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_window_size(1280, 900)
    yield driver
    driver.quit()


class Opened:
    """A page whose script's names can be asked for: without its function around and its policy."""

    def __init__(self, driver, path, root, **options):
        html = stepper(root, engine="builtin", **options).html
        code = document._code().replace("(function () {\n", "").replace("}());\n", "")
        start = html.index('<meta http-equiv="Content-Security-Policy"')
        html = html[:start] + html[html.index(">", start) + 1 :]
        html = html[: html.index('<script type="application/octet-stream"')]
        path.write_text(f"{html}<script>{code}</script></body></html>", encoding="utf-8")
        self.driver = driver
        driver.get("about:blank")
        driver.get(path.as_uri())

    def __call__(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def click(self, name):
        self.driver.execute_script(f'part("{name}").click()')


@pytest.fixture
def opened_up(chromium, tmp_path):
    """root, **options -> the page in Chromium, its functions within reach; no error is logged."""

    def of(root, **options):
        return Opened(chromium, tmp_path / "page.html", root, **options)

    yield of
    assert [entry["message"] for entry in chromium.get_log("browser")] == []
