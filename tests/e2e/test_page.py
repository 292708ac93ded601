"""The page of `stage3 report` in a browser: what it shows, to whom, and what it must never do."""

import json
import os
import time
from pathlib import Path

import pytest
from browser import Browser, why_missing
from fleet import run_cli

if why_missing():
    pytest.skip(why_missing(), allow_module_level=True)

LONG = os.environ.get("STAGE3_LONG") == "1"
AXE = os.environ.get("STAGE3_AXE")  # axe.min.js of axe-core
SHOTS = os.environ.get("STAGE3_SCREENSHOTS")  # a directory to look at
WIDTHS = (360, 1600)
ERRORS = ["auth.login_refused", "ota.rpc", "friendly.http"]


def entry(number, **changes):
    """A device that is well, unless something else is said; `stage3=None`: nothing is on record."""
    record = {"ota_status": "up_to_date", "friendly_status": "ok", "last_run": "2026-11-23T03:00:00Z", "last_seen": "2026-11-23T03:00:00Z",
              "fw": f"1.{number % 5}.0", "app": ["Plus1PM", "PlusI4", "Mini1G3"][number % 3], "device_name": f"Room {number}"}
    return {"ip": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", "friendly_name": f"Room {number}", "stage3": {**record, **changes}}


def failed(number, error_id):
    return entry(number, ota_status="error", error=f"{error_id.split('.')[0]}: it went wrong", error_id=error_id,
                 failing_since="2026-11-20T03:00:00Z")


def some_fleet(count=60):
    devices = {f"A8032A{number:06X}": entry(number) for number in range(count)}
    for number, error_id in enumerate(ERRORS):
        devices[f"A8032A{number:06X}"] = failed(number, error_id)
    devices["A8032A000005"] = entry(5, ota_status="offline", failing_since="2026-11-22T03:00:00Z", error="reach: connection refused")
    devices["A8032A000006"] = entry(6, ota_status="update_available", update="2.0.0")
    return devices


@pytest.fixture(scope="module")
def browser():
    opened = Browser()
    yield opened
    opened.close()


@pytest.fixture
def page(tmp_path, browser):
    """page(devices): makes the page of a state file and opens it, page.path afterwards."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/config.yaml").write_text("stage3: {}\n")

    def make(devices, *arguments, earlier=None, width=1200, dark=False, fragment=""):
        (tmp_path / "data/ip_state.json").write_text(json.dumps(devices))
        if earlier is not None:
            (tmp_path / "data/ip_state.json.bak").write_text(json.dumps(earlier))
        run = run_cli("report", "--html", "fleet.html", *arguments, cwd=tmp_path)
        assert run.exit == 0, run
        browser.look(width, dark)
        browser.open(tmp_path / "fleet.html", fragment)
        assert browser.run("return document.documentElement.dataset.ready") == "1", browser.console()

    make.path = tmp_path / "fleet.html"
    return make


@pytest.fixture(autouse=True)
def quiet(browser):
    """No page says anything on the console, and none asks for anything."""
    yield
    assert browser.console() == []
    assert [url for url in browser.requests() if not url.startswith(("file:", "about:"))] == []


def names(browser):
    return browser.run("return [...document.querySelectorAll('#space .c0')].map((cell) => cell.textContent)")


def count(browser):
    return browser.run("return document.getElementById('count').textContent")


def choose(browser, control, value):
    browser.run("const control = document.getElementById(arguments[0]); control.value = arguments[1];"
                "for (const type of ['input', 'change']) control.dispatchEvent(new Event(type))", control, value)


def test_the_order_of_the_page(page, browser):
    page(some_fleet(), earlier=some_fleet(59))
    assert browser.run("return document.querySelector('.verdict').textContent").startswith("3 of 60 devices failed; 1 offline, 1 with")
    headings = browser.run("return [...document.querySelectorAll('h2')].map((heading) => heading.textContent)")
    assert headings == ["Changes since the last run", "Failures", "Firmware by app", "Devices"]
    failures = browser.run("return [...document.querySelectorAll('.failure')].map((failure) => failure.innerText)")
    assert len(failures) == 3 and all("What to do" in text and "since 2026-11-20 03:00 UTC" in text for text in failures)


def test_german(page, browser):
    page(some_fleet(), "--language", "de")
    text = browser.run("return document.body.innerText")
    for word in ("Fehler bei ", "Änderungen seit dem letzten Lauf", "Was tun", "Firmware nach App", "60 von 60 Geräten", "Suche"):
        assert word in text, word
    for word in ("Failures", "What to do", "Search", "devices", "failed", "since"):
        assert word not in text, word


def test_search_filter_and_sort(page, browser):
    page(some_fleet())
    assert count(browser) == "60 of 60 devices"
    choose(browser, "status", "failed")
    assert count(browser) == "3 of 60 devices" and names(browser) == ["Room 0", "Room 1", "Room 2"]
    browser.run("document.getElementById('reset').click()")
    choose(browser, "q", "ROOM 1 10.0.0.1")
    browser.wait("return document.getElementById('count').textContent === '11 of 60 devices'")
    choose(browser, "q", "nobody")
    browser.wait("return document.getElementById('count').textContent === 'No device fits.'")
    browser.run("document.getElementById('reset').click()")
    click = "document.querySelector('[data-sort=name] button').click()"
    browser.run(click)
    assert names(browser)[:3] == ["Room 0", "Room 1", "Room 2"]
    browser.run(click)
    assert names(browser)[:3] == ["Room 59", "Room 58", "Room 57"]
    assert browser.run("return document.querySelector('[data-sort=name]').getAttribute('aria-sort')") == "descending"
    browser.run("document.querySelector('[data-sort=address] button').click()")
    assert names(browser)[9:11] == ["Room 9", "Room 10"]
    choose(browser, "app", "app:Mini1G3")
    assert count(browser) == "20 of 60 devices"


def test_no_word_in_a_link_breaks_the_page(page, browser):
    page(some_fleet())
    for word in ("__proto__", "constructor", "-toString", "name-", "%00", "x" * 5000):
        browser.run(f"location.hash = '#sort={word}&status={word}'; location.hash = '#sort={word}'")
        browser.wait("return document.documentElement.dataset.ready == '1'")
        assert count(browser) == "60 of 60 devices"


def test_words_and_phrases(page, browser):
    """All words must occur, in any order; who has them as they were typed comes first; quotes hold a phrase together."""
    def called(number, name):
        return {**entry(number, device_name=name), "friendly_name": name}

    page({f"A8032A{number:06X}": called(number, name) for number, name in enumerate(
        ["Lamp in the kitchen", "Hall", "Kitchen lamp", "Kitchen", "Old kitchen lamp", 'The "big" lamp'])})
    for query, found in [("kitchen lamp", ["Kitchen lamp", "Old kitchen lamp", "Lamp in the kitchen"]),
                         ("  KITCHEN   lamp ", ["Kitchen lamp", "Old kitchen lamp", "Lamp in the kitchen"]),
                         ('"kitchen lamp"', ["Kitchen lamp", "Old kitchen lamp"]), ('"kitchen lamp" old', ["Old kitchen lamp"]),
                         ('"kitchen la', ["Kitchen lamp", "Old kitchen lamp"]), ('""', 6), ('"', 6), ("lamp 10.0.0.5", ['The "big" lamp'])]:
        choose(browser, "q", query)
        browser.wait("return location.hash.startsWith('#q=') && new URLSearchParams(location.hash.slice(1)).get('q') === arguments[0]", query)
        assert names(browser) == found or len(names(browser)) == found, query
    choose(browser, "q", "kitchen lamp")
    browser.wait("return location.hash === '#q=kitchen+lamp'")
    browser.run("document.querySelector('[data-sort=name] button').click()")
    browser.wait("return location.hash.includes('sort=name')")
    assert names(browser) == ["Kitchen lamp", "Lamp in the kitchen", "Old kitchen lamp"], "an order that was chosen holds"
    assert "in quotes" in browser.run("return document.getElementById('q').title")


def test_updates_that_were_sent_have_a_box(page, browser):
    devices = some_fleet()
    for number in range(10, 40):
        devices[f"A8032A{number:06X}"] = entry(number, ota={"state": "sent", "from": "1.0.0", "to": "2.0.0", "sent_at": "2026-11-23T03:00:00Z"})
    page(devices)
    headings = browser.run("return [...document.querySelectorAll('h2')].map((heading) => heading.textContent)")
    assert headings == ["Changes since the last run", "Failures", "Updates", "Firmware by app", "Devices"]
    box = browser.run("return document.querySelector('[aria-labelledby=updates-title]').innerText")
    assert "Sent, and its end not seen yet: 30" in box and "Room 10 10.0.0.10: 1.0.0 → 2.0.0 since 2026-11-23 03:00 UTC" in box
    browser.run("document.querySelector('[aria-labelledby=updates-title] li:last-child a').click()")
    browser.wait("return document.getElementById('count').textContent === '30 of 60 devices'")
    assert browser.run("return document.getElementById('status').value") == "sent"
    assert browser.run(CONTRAST) == [] and browser.run(LABELS) == []


def test_what_is_looked_at_is_in_the_hash(page, browser):
    page(some_fleet(), fragment="#status=failed&sort=-name")
    assert names(browser) == ["Room 2", "Room 1", "Room 0"]
    assert browser.run("return document.getElementById('status').value") == "failed"
    choose(browser, "status", "offline")
    assert browser.run("return location.hash") == "#status=offline&sort=-name"
    browser.run("location.hash = '#error=auth.login_refused'")
    browser.wait("return document.getElementById('count').textContent === '1 of 60 devices'")
    browser.run("document.querySelector('#chips button').click()")
    assert count(browser) == "60 of 60 devices" and browser.run("return location.hash") == ""


def test_a_version_in_the_legend_leads_to_its_devices(page, browser):
    page(some_fleet())
    browser.run("document.querySelector('.legend a').click()")
    browser.wait("return location.hash.includes('fw=')")
    fw = browser.run("return new URLSearchParams(location.hash.slice(1)).get('fw')")
    browser.wait("return document.querySelectorAll('#chips button').length === 1")
    shown = browser.run("return [...document.querySelectorAll('#space .c3')].map((cell) => cell.textContent)")
    assert shown and set(shown) == {fw}


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_is_readable(page, browser, width, dark):
    """Nothing sticks out, each row has its name and address in sight, and contrast is that of WCAG AA."""
    page(some_fleet(), earlier=some_fleet(50), width=width, dark=dark)
    if SHOTS:
        browser.screenshot(Path(SHOTS) / f"page-{width}-{'dark' if dark else 'light'}.png")
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("return matchMedia('(prefers-color-scheme: dark)').matches") == dark
    cut = "return [...document.querySelectorAll('#space .row')].slice(0, 5).flatMap((row) => [...row.querySelectorAll('.c0, .c1, .c4, .c6')])"
    assert browser.run(cut + ".filter((cell) => cell.scrollWidth > cell.clientWidth || !cell.clientHeight).map((cell) => cell.textContent)") == []
    assert browser.run(CONTRAST) == []
    assert browser.run(LABELS) == []


# Texts with less contrast to what is behind them than 4.5 to 1.
CONTRAST = r"""
const parse = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color.length === 3) return color;
  }
  return [255, 255, 255];
};
const bad = [];
for (const element of document.querySelectorAll('body *')) {
  if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || !element.getClientRects().length) continue;
  if (element.closest('svg')) continue;
  const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
  const contrast = (a + .05) / (b + .05);
  if (contrast < 4.5) bad.push(`${element.textContent.slice(0, 30)} ${contrast.toFixed(2)}`);
}
return [...new Set(bad)];
"""

# What has no name, or a role without its surroundings.
LABELS = r"""
const bad = [];
for (const control of document.querySelectorAll('input, select')) if (!control.labels.length) bad.push(control.id);
for (const button of document.querySelectorAll('button, a, svg, h2, h3'))
  if (!(button.getAttribute('aria-label') ?? button.textContent).trim()) bad.push(button.outerHTML);
for (const cell of document.querySelectorAll('[role=cell], [role=columnheader]'))
  if (cell.parentElement.getAttribute('role') !== 'row') bad.push(cell.outerHTML);
for (const row of document.querySelectorAll('[role=row]')) if (!row.closest('[role=rowgroup]')?.closest('[role=table]')) bad.push(row.outerHTML);
const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
bad.push(...ids.filter((id, i) => ids.indexOf(id) !== i));
if (!document.documentElement.lang || !document.title || document.querySelectorAll('h1, main').length !== 2) bad.push('document');
return bad;
"""


@pytest.mark.skipif(not AXE, reason="STAGE3_AXE does not name axe.min.js (axe-core)")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(page, browser, width, dark):
    page(some_fleet(), earlier=some_fleet(50), width=width, dark=dark)
    browser.devtools("Page.setBypassCSP", enabled=True)
    browser.devtools("Runtime.evaluate", expression=Path(AXE).read_text())
    browser.run("axe.run().then((found) => { window.found = found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`); })")
    found = browser.wait("return window.found && [window.found]")
    browser.devtools("Page.setBypassCSP", enabled=False)
    browser.console()
    assert found == [[]]


def test_the_checks_see_what_is_wrong(page, browser):
    """Counter-examples: a text of little contrast, and a control without a label."""
    page(some_fleet())
    browser.run("document.querySelector('h1').style.color = '#ccc'; document.querySelector('label').removeChild(document.getElementById('q'));"
                "const input = document.createElement('input'); input.id = 'nameless'; document.body.append(input)")
    assert browser.run(CONTRAST) != [] and "nameless" in browser.run(LABELS)


EVIL = ["</script><img src=http://127.0.0.1:9/x onerror=alert(1)>", "<!--<script>", "\u2028alert(1)//", "]]>", "'\"><svg onload=alert(1)>",
        "javascript:alert(1)", "${alert(1)}", "{{data}}", "{0}{1}{9}", "%3Cscript%3E", "&lt;b&gt;", "\\u003cb\\u003e", "a\u202egpj.exe", "\u2066\u2066x",
        "\x00\x07\x1b[31m", "\ufeff", "\U000e0041\U000e0042", "Z\u0351\u036b" * 40, "\u200d", "👨\u200d👩\u200d👧", "مطبخ", "厨房", "  ", "x" * 300,
        "__proto__", "constructor", "toString", "null", "undefined", "NaN", "-1", "1e999", "<style>*{display:none}</style>",
        "<base href=//127.0.0.1:9>", "<meta http-equiv=refresh content=0;url=//127.0.0.1:9>", "<iframe src=//127.0.0.1:9>", "<form action=//127.0.0.1:9>",
        "<link rel=stylesheet href=//127.0.0.1:9>", "\" style=\"color:red\" x=\"", "</title></style></textarea>", "#q=x&status=failed"]


def test_no_name_does_harm(page, browser):
    devices = {}
    for number, evil in enumerate(EVIL):
        devices[f"A8032A{number:06X}"] = {**entry(number, ota_status="error", error=evil, error_id="ota.rpc", device_name=evil, app=evil, fw=evil,
                                                  update=evil), "friendly_name": evil, "model": evil}
    earlier = {key: {**value, "stage3": {**value["stage3"], "device_name": "before"}} for key, value in devices.items()}
    page(devices, earlier=earlier)
    assert len(EVIL) >= 40 and count(browser) == f"{len(EVIL)} of {len(EVIL)} devices"
    assert browser.run("return document.querySelectorAll('body img, body iframe, body form, body style, body base, body meta, body link').length") == 0
    assert browser.run("return [...document.scripts].length") == 2
    hrefs = browser.run("return [...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))")
    assert all(href.startswith(("#", "http://10.0.0.")) for href in hrefs)
    drawn = names(browser)
    for evil in ("</script><img src=http://127.0.0.1:9/x onerror=alert(1)>", "__proto__", "厨房"):
        assert evil in drawn
    assert not any("\u202e" in name or "\x1b" in name for name in drawn)
    for app in range(0, len(EVIL), 7):
        choose(browser, "app", browser.run("return document.getElementById('app').options[arguments[0]].value", app))
    browser.run("document.getElementById('reset').click()")
    for column in ("name", "address", "app", "fw", "status", "error", "seen"):
        browser.run("document.querySelector(`[data-sort=${arguments[0]}] button`).click()", column)
    assert count(browser) == f"{len(EVIL)} of {len(EVIL)} devices"


def test_what_gets_in_runs_nowhere(page, browser):
    """The policy holds where all escaping had failed."""
    page(some_fleet())
    text = page.path.read_text().replace("<main>", "<main><script>document.title = 'evil'</script><img src=x onerror=\"document.title = 'evil'\">"
                                         "<p style='display:none'>x</p>", 1)
    page.path.write_text(text)
    browser.open(page.path)
    assert browser.run("return document.title") == "Shelly fleet"
    assert len([line for line in browser.console() if "Content Security Policy" in line]) >= 3
    assert [url for url in browser.requests() if url.startswith("http")] == []


def test_it_prints_all_rows(page, browser):
    page(some_fleet(), earlier=some_fleet(50))
    rows = "return document.querySelectorAll('#space .row').length"
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    browser.look(794, medium="print")  # which is another width, as it is when somebody prints
    assert browser.run(rows) == 60
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("return getComputedStyle(document.querySelector('.controls')).display") == "none"
    browser.look(1200)
    browser.run("window.dispatchEvent(new Event('afterprint'))")
    assert browser.run(rows) < 60
    assert browser.pdf().count(b"/Type /Page\n") >= 2


def test_large_fleets_open_and_scroll(page, browser):
    """Of 100,000 devices (of 20,000 in the short mode) only the rows in sight are there."""
    number = 100_000 if LONG else 20_000
    devices = {f"A8032A{i:06X}": entry(i) for i in range(number)}
    begin = time.monotonic()
    page(devices)
    opened = browser.run("return performance.timing.loadEventEnd - performance.timing.navigationStart")
    print(f"{number} devices: made and opened in {time.monotonic() - begin:.1f} s, opened in {opened} ms")
    assert browser.run("return document.querySelectorAll('#space .row').length") < 100
    browser.run("const rows = document.getElementById('rows'); rows.scrollTop = rows.scrollHeight")
    browser.wait("return [...document.querySelectorAll('#space .c0')].at(-1)?.textContent === arguments[0]", f"Room {number - 1}")
    choose(browser, "q", f"room {number - 1}")
    browser.wait("return document.querySelectorAll('#space .row').length === 1")
    if LONG:
        assert opened < 3000
