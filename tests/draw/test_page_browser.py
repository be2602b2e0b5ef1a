"""The stepper's page in a real browser: what a user sees and can press."""

import re
import shutil
import time

import pytest

from autograd_lite import stepper
from autograd_lite.expr import shown
from autograd_lite.steps import ForwardStep, all_steps
from tests.draw.test_page import network, neuron, reused

pytestmark = pytest.mark.browser
PARTS = ("what", "local-rule", "equation", "total", "states")
# Ratio of the contrast of two colours, after WCAG 2.1 §1.4.3; text on what lies behind it.
CONTRASTS = """
function rgb(c) { return c.match(/[\\d.]+/g).map(Number); }
function light(c) {
  var part = c.slice(0, 3).map(function (x) {
    x /= 255; return x <= 0.03928 ? x / 12.92 : Math.pow((x + 0.055) / 1.055, 2.4); });
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}
function ground(e) {
  if (e.closest("svg")) {
    var box = e.parentElement.querySelector("rect");
    if (box && getComputedStyle(box).fill !== "none") { return rgb(getComputedStyle(box).fill); }
    e = e.closest(".graph");
  }
  for (; e; e = e.parentElement) {
    var c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) { return c; }
  }
  return [255, 255, 255];
}
return Array.from(document.querySelectorAll("h1,h2,p,button,th,td,span,text")).filter(
  function (e) { return e.textContent.trim() && e.getClientRects().length
    && !e.closest(".hidden"); }
).map(function (e) {
  var style = getComputedStyle(e);
  var a = light(rgb(e.closest("svg") ? style.fill : style.color)), b = light(ground(e));
  return [e.textContent, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
});
"""


@pytest.fixture(scope="module")
def browser():
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    for flag in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "hide-scrollbars"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.binary_location = shutil.which("chromium")
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture
def screen(browser):
    """(width, height, **what the reader prefers) -> a browser of that size."""

    def of(width=1280, height=900, **prefers):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [
            {"name": f"prefers-{k.replace('_', '-')}", "value": prefers[k]} for k in prefers
        ]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features, "media": ""})
        return browser

    yield of
    browser.get("about:blank")
    of()
    assert [entry["message"] for entry in browser.get_log("browser")] == []


@pytest.fixture
def opened(screen, tmp_path):
    """A page of a graph, opened; ``at`` is the part of its address after the #."""

    def of(root, at="", **prefers):
        browser = screen(**prefers)
        path = tmp_path / "steps.html"
        stepper(root, engine="builtin").save(path)
        browser.get("about:blank")
        browser.get(path.as_uri() + at)
        return browser

    return of


def text(browser, name):
    return browser.execute_script(f'return document.querySelector(".{name}").textContent')


def now(browser):
    """The current row of the table: what, local derivative, equation, total."""
    return browser.execute_script(
        'return Array.from(document.querySelectorAll("tr[aria-current] td")).slice(1)'
        ".map(cell => cell.textContent)"
    )


def step(browser):
    return int(text(browser, "count").split()[1])


def keys(browser, *pressed):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(*pressed).perform()


def click(browser, name):
    browser.find_element("css selector", f"button.{name}").click()


def drawn(browser):
    """Classes and texts of all boxes and arrows, by id."""
    return browser.execute_script(
        'return Object.fromEntries(Array.from(document.querySelectorAll(".node, .edge")).map('
        "g => [g.id, [Array.from(g.classList).sort().join(' '), g.textContent]]))"
    )


@pytest.mark.parametrize("make", [neuron, network, reused])
def test_every_step_shows_python_s_numbers(opened, make):
    root = make()
    browser = opened(root)
    gradients = {}
    for s in all_steps(root):
        assert step(browser) == s.index
        _, rule, equation, total = now(browser)
        if isinstance(s, ForwardStep):
            assert equation.startswith(f"{s.name} = {s.formula}")
            assert equation.endswith(shown(s.value, 4)) and total == ""
        else:
            gradients[s.operand] = s.after
            assert f" = {s.total(4)}" in total or s.node is None
            assert total.endswith("final ✓" if s.is_final else "partial, more to come")
            seen = text(browser, "target .grad")
            assert seen.startswith(f"grad {shown(s.after, 4)} ")
            assert seen.endswith("✓" if s.is_final else f"({s.k}/{s.n})")
            if s.node is not None:
                assert rule.startswith(f"∂{s.from_name}/∂{s.to_name} = {s.formula}")
                chips = browser.execute_script(
                    'return Array.from(document.querySelectorAll(".active .flow")).filter('
                    'g => getComputedStyle(g).display !== "none").map(g => g.textContent)'
                )
                assert [chip.strip() for chip in chips] == [f"×{shown(s.local, 4)}"]
        keys(browser, "\ue014")  # →
    root.backward()
    assert gradients == {v: v.grad for v in gradients} and root in gradients


def test_the_counts_of_final_partial_and_unknown_gradients(opened):
    browser = opened(reused(), "#step=8")
    assert text(browser, "states") == "gradients: ✓ final 3, partial 1, — unknown 0"
    keys(browser, "\ue011")  # Home
    assert text(browser, "states") == "gradients: ✓ final 0, partial 0, — unknown 4"


@pytest.mark.parametrize("k", [1, 2, 7, 12, 22])
def test_a_link_leads_to_its_step_and_back_is_there(opened, k):
    browser = opened(neuron(), f"#step={k}")
    assert step(browser) == k
    there = drawn(browser)
    keys(browser, "\ue010")  # End
    assert step(browser) == 22 and (k == 22 or drawn(browser) != there)
    for _ in range(22 - k):
        keys(browser, "\ue012")  # ←
    assert step(browser) == k and drawn(browser) == there
    assert browser.current_url.endswith(f"#step={k}")


@pytest.mark.parametrize(("at", "shown"), [("#step=0", 1), ("#step=999", 22), ("#step=x", 1)])
def test_an_odd_link_leads_to_the_nearest_step(opened, at, shown):
    assert step(opened(neuron(), at)) == shown


def test_the_buttons_and_the_slider(opened):
    browser = opened(neuron())
    assert not browser.find_element("css selector", "button.back").is_enabled()
    for name, there in (("next", 2), ("last", 22), ("back", 21), ("first", 1)):
        click(browser, name)
        assert step(browser) == there
    slider = browser.find_element("css selector", ".slider")
    slider.send_keys("\ue014\ue014")
    assert step(browser) == 3
    assert slider.get_attribute("aria-valuetext") == "step 3 of 22"
    browser.execute_script("location.hash = '#step=9'")
    deadline = time.monotonic() + 5
    while step(browser) != 9 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert step(browser) == 9


def test_play_goes_on_by_itself_and_space_pauses(opened):
    browser = opened(reused())
    keys(browser, " ")
    assert text(browser, "play") == "Pause"
    deadline = time.monotonic() + 10
    while step(browser) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert step(browser) == 2
    keys(browser, " ")
    assert text(browser, "play") == "Play"
    keys(browser, "\ue010", " ")  # from the end it begins anew
    assert step(browser) == 1 and text(browser, "play") == "Pause"
    click(browser, "play")
    assert text(browser, "play") == "Play"


def test_a_screen_reader_is_told_each_step(opened):
    browser = opened(reused())
    assert text(browser, "said") == ""
    keys(browser, "\ue014")
    assert text(browser, "said") == "Step 2, forward, 2 of 3: v2; v2 = exp(a) = exp(3) ≈ 20.09"
    said = browser.find_element("css selector", ".said")
    assert said.get_attribute("aria-live") == "polite"
    rows = browser.find_elements("css selector", "tr[aria-current=step]")
    assert [row.get_attribute("data-step") for row in rows] == ["2"]


@pytest.mark.parametrize("make", [neuron, network])
def test_a_phone_shows_graph_controls_equation_and_total_at_once(opened, make):
    root = make()
    browser = opened(root, width=375, height=760)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 375
    for s in all_steps(root):
        boxes = browser.execute_script(
            'return [".graph", ".controls", ".equation", ".total", ".states"].map(q => {'
            "var b = document.querySelector(q).getBoundingClientRect();"
            "return [b.left, b.top, b.right, b.bottom]})"
        )
        assert all(b[0] >= 0 and b[1] >= 0 and b[2] <= 375 and b[3] <= 760 for b in boxes), s.index
        graph = boxes[0]
        assert graph[3] - graph[1] >= 100
        keys(browser, "\ue014")


def test_the_boxes_of_a_step_are_in_view(opened):
    browser = opened(network(), width=375, height=760, reduced_motion="reduce")
    for k in (1, 17, 18, 22, 30, 47):
        browser.execute_script(f"location.hash = '#step={k}'")
        deadline = time.monotonic() + 5
        while step(browser) != k and time.monotonic() < deadline:
            time.sleep(0.02)
        target, frame = browser.execute_script(
            'return [".target rect", ".graph"].map(q => {'
            "var b = document.querySelector(q).getBoundingClientRect();"
            "return [b.left, b.top, b.right, b.bottom]})"
        )
        assert target[1] >= frame[1] and target[3] <= frame[3], k
        assert target[0] < frame[2] and target[2] > frame[0], k


def test_what_is_pressed_is_large_enough_for_a_finger(opened):
    browser = opened(neuron(), width=375, height=760)
    sizes = browser.execute_script(
        'return Array.from(document.querySelectorAll("button")).map('
        "b => [b.getBoundingClientRect().width, b.getBoundingClientRect().height])"
    )
    assert len(sizes) == 5 and all(w >= 44 and h >= 44 for w, h in sizes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("k", [1, 9, 13, 22])
def test_every_text_has_contrast(opened, scheme, k):
    browser = opened(neuron(), f"#step={k}", color_scheme=scheme)
    found = browser.execute_script(CONTRASTS)
    assert len(found) > 50
    assert [pair for pair in found if pair[1] < 4.5] == []
    page = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (page == "rgb(255, 255, 255)") is (scheme == "light")


def test_the_state_of_a_gradient_is_not_told_by_colour_alone(opened):
    browser = opened(reused(), "#step=8")
    texts = [text for kind, text in drawn(browser).values() if "node" in kind]
    assert sum("✓" in text for text in texts) == 3 and sum("(2/3)" in text for text in texts) == 1


def test_without_motion_the_graph_is_there_at_once(opened):
    browser = opened(network(), width=375, height=760, reduced_motion="reduce")
    keys(browser, "\ue010")
    before = browser.execute_script("return document.querySelector('.graph').scrollLeft")
    time.sleep(0.5)
    assert browser.execute_script("return document.querySelector('.graph').scrollLeft") == before


def test_without_javascript_the_table_and_the_graph_are_read(browser, tmp_path):
    root = reused()
    html = stepper(root, engine="builtin").html
    bare = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    path = tmp_path / "bare.html"
    path.write_text(bare, encoding="utf-8")
    browser.get(path.as_uri())
    rows = browser.find_elements("css selector", "tbody tr")
    assert len(rows) == 9 and all(row.is_displayed() for row in rows)
    assert "23.09 + 3 = 26.09 (3 of 3), final" in rows[-1].text
    assert not browser.find_element("css selector", ".controls").is_displayed()
    assert not browser.find_element("css selector", ".now").is_displayed()
    assert "v3" in browser.find_element("css selector", ".graph svg").text


def test_on_paper_the_controls_are_left_out_and_the_table_is_whole(opened):
    browser = opened(network())
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not browser.find_element("css selector", ".controls").is_displayed()
    assert browser.find_elements("css selector", "tbody tr")[-1].is_displayed()
    width = browser.execute_script(
        'return document.querySelector(".graph svg").getBoundingClientRect().width'
    )
    assert width <= 1280


def test_two_in_a_notebook_do_not_interfere(browser, tmp_path):
    frames = [
        stepper(r, engine="builtin")._repr_mimebundle_()["text/html"] for r in (neuron(), reused())
    ]
    path = tmp_path / "notebook.html"
    path.write_text("<!DOCTYPE html><meta charset=utf-8>" + "".join(frames), encoding="utf-8")
    browser.get(path.as_uri())
    first, second = browser.find_elements("css selector", "iframe")
    browser.switch_to.frame(second)
    click(browser, "last")
    assert text(browser, "count") == "step 9 of 9"
    assert "26.09" in text(browser, "total")
    browser.switch_to.default_content()
    browser.switch_to.frame(first)
    assert text(browser, "count") == "step 1 of 22"
    click(browser, "next")
    assert text(browser, "count") == "step 2 of 22"
    browser.switch_to.default_content()
    assert [e["message"] for e in browser.get_log("browser")] == []


def test_the_policy_lets_no_other_script_run(opened):
    browser = opened(reused())
    ran = browser.execute_script(
        "var s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.appendChild(s); return window.ran === 1"
    )
    assert ran is False
    refused = [entry["message"] for entry in browser.get_log("browser")]
    assert len(refused) == 1 and "Content Security Policy" in refused[0]
