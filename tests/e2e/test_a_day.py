"""docs/a-day.md and its German twin, played from top to bottom: what they show is what is printed."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from fleet import CLI, cli_env, device
from promptly import PATIENCE
from sim import Simulator
from updates import offering

DOCS = Path(__file__).resolve().parents[2] / "docs"
# With the words at which the Keller is switched on.
PAGES = {"a-day.md": "has switched the Keller on", "de/ein-tag.md": "den Keller eingeschaltet"}
KELLER = 3


def blocks(kind, text):
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def steps(text):
    """Each command of a console block with what it prints."""
    for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        first, *output = command.splitlines()
        yield first, output


def like(shown, printed):
    """A line that is shown may end with `...` where it goes on."""
    return printed.startswith(shown[:-3]) if shown.endswith("...") else printed == shown


def keller_on(port=0):
    rules = [{"match": {"index": 0}, "set": {"app": "S2PMG3", "ver": "1.7.5", "update": {"stable": "1.7.5"}}}]
    return Simulator(devices=1, scenario={"rules": rules}, base="127.77.3.1", port=port, args=["--mac-base", "A8032A000003"])


class Day:
    """The fleet of the page. Its addresses stand for those of the simulator."""

    def __init__(self, make_fleet, text):
        password = re.search(r"password: ([^}]*)}", text)[1]
        state, = blocks("json", text)
        settings = [
            {"name": "Flur", "ver": "1.4.4", "update": offering()},
            {"name": "Alt", "ver": "1.7.5"},
            {"name": "Kueche", "ver": "1.7.5", "auth": {"password": password}},
            {"presence": "refused"},
            {"ver": "1.7.5"},
        ]
        self.fleet = make_fleet([device(mac=mac, app=entry["model"], **more)
                                 for (mac, entry), more in zip(json.loads(state).items(), settings)])
        self.real = {}
        with keller_on() as keller:
            self.keller_port = keller.port
            keller_address = next(iter(keller.state().values()))["ip"]
        addresses = [*self.fleet.addresses[:KELLER], keller_address, *self.fleet.addresses[KELLER + 1:]]
        for entry, address in zip(json.loads(state).values(), addresses):
            self.real[entry["ip"]] = address
        self.fleet.config_path.unlink()
        self.fleet.state_path.write_text(self.translated(state))
        self.status = 0

    def translated(self, text):
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return text

    def play(self, command):
        """What it prints, with the addresses of the page; standard error first."""
        if command == "echo $?":
            return [str(self.status)]
        path = f"{Path(CLI).parent}:{os.environ['PATH']}"
        done = subprocess.run(["sh", "-c", self.translated(command)], cwd=self.fleet.dir, env=cli_env({"PATH": path}), timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.status = done.returncode
        printed = (done.stderr + done.stdout).replace(f"{self.fleet.dir.resolve()}/", "")
        for shown, real in self.real.items():
            printed = re.sub(rf"{re.escape(real)}\b", shown, printed)
        return printed.splitlines()


@pytest.mark.parametrize("page, switched_on", PAGES.items())
def test_the_day_goes_as_the_page_says(page, switched_on, make_fleet):
    text = (DOCS / page).read_text(encoding="utf-8")
    day = Day(make_fleet, text)
    before, after = text.split(switched_on)
    assert "--changes" in after

    def play(part):
        count = 0
        for block in blocks("console", part):
            for command, shown in steps(block):
                printed = day.play(command)
                assert len(printed) == len(shown), (command, printed)
                # Devices finish in any order.
                assert all(map(like, sorted(shown), sorted(printed))), (command, printed)
                count += 1
        return count

    assert play(before) > 10
    with keller_on(day.keller_port):
        assert play(after) > 0


def test_what_is_shown_otherwise_is_noticed():
    assert like("a...", "abc") and like("abc", "abc") and like("...", "")
    assert not like("a...", "bc") and not like("abc", "abcd") and not like("abcd...", "abc")
    assert list(steps("$ a\nb\n$ c\n")) == [("a", ["b"]), ("c", [])]
