"""What a whole run leaves on screens of several widths, in a real terminal (tmux)."""

import os
import re
import shlex
import shutil
import subprocess
import time
import unicodedata

import pytest

import fleet as fleets
from fleet import device
from promptly import PATIENCE
from terminal import run_on_terminal

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is missing (Debian: tmux)")

NAMES = ["Küche", "居間の照明と廊下", "مطبخ الطابق الأرضي", "می\u200cخواهم", "👨\u200d👩\u200d👧 Kinder 🇩🇪", "e\u0301" * 20, "한글 거실", "x" * 60]
PLAIN = re.compile(r"● |Stage 3 summary: total=|  |[a-z]+\.[a-z_]+: \d+ devices?$|again: stage3 --retry$|$")


def columns(text):
    """As the terminal counts: tmux draws a joined emoji in the place of its first part."""
    return sum(0 if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Cf")
               else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fleet_of(make_fleet, count):
    """Names of all scripts, of which every third is written; every fifth device fails, every seventh is offline."""
    devices = []
    for i in range(count):
        name = NAMES[i % len(NAMES)]
        settings = {"name": "Alter Name"} if i % 3 == 0 else {"name": name}
        if i % 5 == 0:
            settings["faults"] = [{"kind": "error", "rpc": "Shelly.CheckForUpdate", "code": -114,
                                   "message": "Resource unavailable: 居間 and much more to tell"}]
        if i % 7 == 0:
            settings["presence"] = "refused"
        devices.append(device(name, {"model": "S1MINIPMG3"}, **settings))
    return make_fleet(devices, {"ota": {"mode": "check_only"}})


class Screens:
    """A tmux server of its own; each command runs in a window of its own width and leaves its rows."""

    def __init__(self, directory):
        self._socket = str(directory / "tmux")
        self._directory = directory

    def _tmux(self, *arguments):
        command = ["tmux", "-u", "-f", "/dev/null", "-S", self._socket, *arguments]
        return subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"}).stdout.decode()

    def rows(self, fleet, width, *arguments, env=()):
        """All rows that the command has left, those that have scrolled off the top too."""
        done = self._directory / f"done{width}"
        words = ["env", "-u", "NO_COLOR", *env, fleets.CLI, *arguments]
        script = f"cd {shlex.quote(str(fleet.dir))}; {shlex.join(words)}; touch {shlex.quote(str(done))}; exec sleep 600"
        self._tmux("set-option", "-g", "history-limit", "20000", ";", "new-session", "-d", "-s", f"w{width}",
                   "-x", str(width), "-y", "50", script)
        end = time.monotonic() + PATIENCE
        while not done.exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(0.3)  # until tmux has read what was written last
        return self._tmux("capture-pane", "-p", "-t", f"w{width}", "-S", "-", "-E", "-").rstrip("\n").split("\n")

    def start(self, fleet, width):
        """The command in a window that can be made narrower; it stays there when the command has ended."""
        words = ["env", "-u", "NO_COLOR", fleets.CLI]
        script = f"cd {shlex.quote(str(fleet.dir))}; {shlex.join(words)}; echo at the end; exec sleep 600"
        self._tmux("new-session", "-d", "-s", "narrowed", "-x", str(width), "-y", "12", script)

    def narrow(self, width):
        self._tmux("resize-window", "-t", "narrowed", "-x", str(width), "-y", "12")

    def until(self, pattern):
        """All rows once one of them fits; those that the terminal has wrapped as one."""
        end = time.monotonic() + PATIENCE
        while True:
            rows = self._tmux("capture-pane", "-J", "-p", "-t", "narrowed", "-S", "-", "-E", "-").split("\n")
            if any(re.search(pattern, row) for row in rows):
                return [row.rstrip() for row in rows]
            assert time.monotonic() < end, rows
            time.sleep(0.02)

    def close(self):
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)


@pytest.fixture(name="screens")
def fixture_screens(tmp_path):
    # The path of a socket must be short.
    screens = Screens(tmp_path)
    subprocess.run(["tmux", "-f", "/dev/null", "-S", str(tmp_path / "tmux"), "start-server", ";", "set-option", "-g", "exit-empty", "off"],
                   check=False, capture_output=True)
    yield screens
    screens.close()


def check_rows(rows, width, count):
    shown = [row for row in rows if row.startswith("● ")]
    assert len(shown) == count
    for row in rows:
        assert PLAIN.match(row), f"neither a line nor a part of the end: {row!r}"
        assert columns(row) < width, row
    assert not any(re.match(r"\d+/\d+", row) for row in rows), "the progress line is still there"
    return shown


@pytest.mark.parametrize("width, env", [(30, ()), (40, ("LC_ALL=C",)), (80, ("LC_ALL=C.UTF-8",)), (120, ("LC_ALL=C",))])
def test_no_line_is_longer_than_its_screen(make_fleet, screens, width, env):
    count = 300
    offline = sum(i % 7 == 0 for i in range(count))
    failed = sum(i % 5 == 0 and i % 7 != 0 for i in range(count))
    fleet = fleet_of(make_fleet, count)
    rows = screens.rows(fleet, width, env=env)
    shown = check_rows(rows, width, count)
    assert sum("OTA=offline" in row for row in shown) in (offline, 0 if width < 50 else offline)
    summary = " ".join(row.strip() for row in rows[next(i for i, row in enumerate(rows) if row.startswith("Stage 3")):])
    ok = count - failed - offline
    assert re.match(rf"Stage 3 summary: total={count} ok={ok} failed={failed} offline={offline} names=\d+$", summary)
    assert f"ota.rpc: {failed} devices" in rows and "again: stage3 --retry" in rows
    if width >= 80:
        assert sum("ERR=OTA: HTTP 500" in row for row in shown) == failed


@pytest.mark.parametrize("devices", [3, 20], ids=["at the top", "at the bottom"])
def test_a_window_made_narrower_keeps_no_row_of_the_progress_line(make_fleet, screens, devices):
    """The terminal makes several rows of it, and takes none of them back by itself."""
    offering = {"ver": "1.7.1", "update": {"stable": "1.7.5", "step": None}}
    fleet = make_fleet([*(device(f"Lamp {i}", **offering) for i in range(8)), *(device(presence="refused") for _ in range(devices))],
                       {"ota": {"mode": "check_and_update", "rate": 2}})
    screens.start(fleet, 100)
    screens.until(r"^\d+/\d+  \d+ offline  \d+ wait for ota\.rate")
    screens.narrow(30)
    rows = [row for row in screens.until(r"^\d+/\d+  .*\.\.\.$") if row]
    assert all(row.startswith("● ") for row in rows[:-1]) and re.match(r"\d+/\d+", rows[-1]), rows
    rows = screens.until("^at the end")
    left = [row for row in rows if re.search(r"\d/\d|wait|ota\.rate|^ *\d* s\)|^\.\.\.", row)]
    assert left == [], rows
    assert sum(row.startswith("● ") for row in rows) == 8 + devices, rows


def test_failures_are_told_once_more_with_what_to_do(make_fleet):
    fleet = make_fleet([device("Küche", faults=[{"kind": "status", "rpc": "Shelly.CheckForUpdate", "status": 400}]), device()])
    output = run_on_terminal(fleet, "--color", "never").decode().split("\x1b[K")[-1].replace("\r\n", "\n")
    assert re.search(r"\n\nota\.http: 1 device\n  (.|\n)+\.\n  To do: (.|\n)+\.\n  - S1 @ [\d.:]+ \(Küche\): OTA: HTTP 400\n"
                     r"again: stage3 --retry\n\nStage 3 summary: total=2 ok=1 failed=1 names=1\n$", "\n" + output), output
    for arguments in (["--quiet"], ["--json"]):
        assert "again:" not in run_on_terminal(fleet, *arguments).decode(), arguments
    dry = run_on_terminal(fleet, "--dry-run").decode()
    assert "ota.http: 1 device" in dry and "again:" not in dry, "a dry run records nothing to select by"
    assert "ota.http" not in fleet.run().out


def test_the_command_to_ask_again_names_the_same_files(make_fleet):
    fleet = make_fleet([device(faults=[{"kind": "status", "rpc": "Shelly.CheckForUpdate", "status": 400}])])
    fleet.state_path.rename(fleet.dir / "an it's.json")
    output = run_on_terminal(fleet, "--config", "./data/config.yaml", "--state", "an it's.json").decode()
    assert "again: stage3 --config ./data/config.yaml --state 'an it'\\''s.json' --retry" in output.replace("\r\n  ", " ")


def test_progress_is_drawn_ten_times_a_second_at_most(make_fleet):
    fleet = make_fleet([device("N", latency_ms={"*": 20 + i}) for i in range(40)], {"concurrency": 2})
    begin = time.monotonic()
    output = run_on_terminal(fleet).decode()
    seconds = time.monotonic() - begin
    drawn = re.findall(r"\x1b\[K(\d+/40)", output)
    assert 2 <= len(drawn) <= 10 * seconds + 1


def test_summary_of_a_dry_run_says_what_would_be_done(make_fleet):
    fleet = make_fleet([device("Neu", name="Alt", update={"stable": "9.9.9"}), device("Gleich", name="Gleich")],
                       {"ota": {"mode": "check_and_update"}, "logging": {"base_path": "log.txt"}})
    counts = "Stage 3 summary: total=2 ok=2 failed=0"
    assert fleet.run("--dry-run").summary == f"{counts} would_update=1 would_rename=1 (dry run)"
    assert (fleet.dir / "log.txt").read_text().count("(dry run)") == 5
    assert fleet.run().summary == f"{counts} updates=1 names=1"
    fleet.write_config({"ota": {"mode": "check_only"}})
    assert fleet.run("--dry-run").summary == f"{counts} (dry run)"
