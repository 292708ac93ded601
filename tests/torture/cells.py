"""One cell of the table of file systems and faults: the command is run there, and must have saved or have done nothing."""

import contextlib
import itertools
import json
import os
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import figures
from fleet import Fleet, device
from harness import in_memory

DEVICES = 3
WRITES = ("Sys.SetConfig", "Shelly.Update")
# What may lie beside the file after a run. libfuse keeps open files whose name is gone under a name of its own.
OURS = re.compile(r"ip_state\.json(\.bak|\.lock|\.run\.lock)?|\.fuse_hidden.*")
TOLD = re.compile(r"^stage3: cannot write state file (?P<path>.*?ip_state\.json): (?P<reason>.+)$", re.M)

SAVED, REFUSED, EITHER = "saved", "refused", "either"
KINDS = {}  # how often each has come in a table


@dataclass
class Outcome:
    """What a run has done; `wrong` tells in words what it must not have done."""

    kind: str
    text: str  # the reason, or the notices
    wrong: list = field(default_factory=list)


def look(path):
    """Whose the file is, and what is known of it."""
    status = path.stat()
    attributes = {}
    with contextlib.suppress(OSError):
        attributes = {name: os.getxattr(path, name) for name in os.listxattr(path)}
    return {"owner": status.st_uid, "group": status.st_gid, "mode": f"{status.st_mode:o}", "attributes": attributes}


@contextlib.contextmanager
def counted(table):
    """Tells in the end how many cells of the table were as they should be."""
    kinds = Counter()
    KINDS[table] = kinds
    yield
    if kinds:
        figures.tell(21, f"{table}: {kinds[SAVED]} cells saved, {kinds[REFUSED]} refused before the first packet, 0 writing "
                         f"calls there; {kinds['wrong']} wrong")


class Cells:
    """A fleet whose state file is put now here, now there, with names that it has not got yet."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.numbers = itertools.count(1)

    def at(self, directory, **options):
        return Cell(self.fleet, directory, f"Neu-{next(self.numbers)}", **options)


@contextlib.contextmanager
def fleet_for_cells(devices=DEVICES, config=None, **settings):
    with tempfile.TemporaryDirectory(prefix="torture-", dir=in_memory()) as place:
        Path(place).chmod(0o755)
        fleet = Fleet(place, [device("Neu", {"hostname": "h"}, **settings) for _ in range(devices)], config, log=True)
        try:
            yield Cells(fleet)
        finally:
            fleet.close()


class Cell:
    """A state file in `directory`, and the verdict on a run with it.

    name      the wanted name of all devices
    padding   bytes of somebody else's in each entry
    size      the exact size of the file, by further padding
    seen_at   the directory by which the command gets at the file, where that is another one
    """

    def __init__(self, fleet, directory, name, padding=0, size=None, seen_at=None, mode=0o644):
        self.fleet = fleet
        self.dir = Path(directory)
        self.name = name
        self.path = self.dir / "ip_state.json"
        self.seen = Path(seen_at or directory) / "ip_state.json"
        self.path.write_bytes(self.content(padding, size))
        if self.path.stat().st_mode & 0o7777 != mode:
            self.path.chmod(mode)
        self.settle()

    def content(self, padding, size):
        entries = {mac: {**entry, "friendly_name": self.name, "room": {"other": [1, 2.50, None], "pad": "x" * padding}}
                   for mac, entry in self.fleet.entries().items()}
        text = json.dumps(entries, indent=2) + "\n"
        if size is not None:
            assert len(text) <= size, f"the file needs {len(text)} bytes"
            last = f'"pad": "{"x" * padding}'
            at = text.rindex(last) + len(last)
            text = text[:at] + "y" * (size - len(text)) + text[at:]
        return text.encode()

    def settle(self):
        """The files as they are now are those before the run."""
        self.before = self.path.read_bytes()
        self.look = look(self.path)
        self.beside = {path.name: self.fingerprint(path) for path in self.dir.iterdir() if path != self.path}

    @staticmethod
    def fingerprint(path):
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None

    def sibling(self, suffix):
        return self.path.with_name(self.path.name + suffix)

    # --- What the command does ---

    def outcome(self, *arguments, prefix=(), may_leave=False, **options):
        """Checks, runs, and judges both. `may_leave`: where nothing can be removed, something may be left behind."""
        self.may_leave = may_leave
        check = self.fleet.run("--check-state", "--state", str(self.seen), *arguments, prefix=prefix, **options)
        wrong = self.traces() if check.exit == 3 else []
        seen = len(self.fleet.sim.log())  # whole, since whoever has run before has waited for it
        run = self.fleet.run("--state", str(self.seen), *arguments, prefix=prefix, **options)
        requests = self.fleet.requests()[seen:]
        outcome = self.judge(run, requests)
        outcome.wrong += [f"--check-state: {text}" for text in wrong]
        outcome.wrong += self.disagreement(check, run)
        if outcome.wrong:
            outcome.wrong.append(f"run: {run}\ncheck: {check}")
        return outcome

    def judge(self, run, requests):
        if run.exit == 3:
            return self.judge_refusal(run, requests)
        wrong = [] if run.exit == 0 else [f"exit {run.exit}"]
        wrong += self.not_saved()
        if TOLD.search(run.err):
            wrong.append("a save that failed is told")
        changed = self.attributes_lost()
        if changed and not run.err:
            wrong.append(f"changed and not told: {changed}")
        return Outcome(SAVED, "; ".join(run.err.replace("stage3: ", "").splitlines()), wrong)

    def judge_refusal(self, run, requests):
        told = TOLD.search(run.err)
        wrong = []
        writes = [request["rpc"] for request in requests if request["rpc"] in WRITES]
        if writes:
            wrong.append(f"{len(writes)} writing calls although nothing could be saved")
        elif requests:
            wrong.append(f"{len(requests)} requests before it was found that nothing can be saved")
        if not told or told["path"] != str(self.seen) or len(told["reason"]) < 5:
            wrong.append("the message is not `cannot write state file <path>: <reason>`")
        return Outcome(REFUSED, told["reason"] if told else run.err.strip(), wrong + self.traces())

    def disagreement(self, check, run):
        """The check does not take the run's lock: where it meets the same hindrance in another place, its words differ."""
        if (check.exit == 3) != (run.exit == 3):
            return [f"--check-state ends with {check.exit}, the run with {run.exit}"]
        told = TOLD.search(check.out + check.err)
        if check.exit == 3 and not (told and told["path"] == str(self.seen)):
            return ["the message of --check-state is not `cannot write state file <path>: <reason>`"]
        return []

    # --- What the files show ---

    def traces(self):
        """What a command that has done nothing has left behind."""
        wrong = [] if self.path.read_bytes() == self.before else ["the state file has changed"]
        return wrong + self.strangers()

    def strangers(self):
        now = {path.name for path in self.dir.iterdir() if path != self.path}
        left = [] if self.may_leave else sorted(now - set(self.beside))
        wrong = [f"left behind: {name}" for name in left if not OURS.fullmatch(name)]
        for name, content in self.beside.items():
            if not OURS.fullmatch(name) and (name not in now or self.fingerprint(self.dir / name) != content):
                wrong.append(f"somebody else's {name} has changed")
        return wrong

    def not_saved(self):
        try:
            now = json.loads(self.path.read_bytes())
        except ValueError:
            return ["the state file is not whole"]
        names = {entry.pop("stage3", {}).get("device_name") for entry in now.values()}
        wrong = [] if names == {self.name} else [f"recorded: {names}"]
        if now != json.loads(self.before):
            wrong.append("something else in the file has changed")
        backup = self.sibling(".bak")
        if not backup.is_file() or backup.read_bytes() != self.before:
            wrong.append("the backup is not the file as it was before")
        return wrong + self.strangers()

    def attributes_lost(self):
        now = look(self.path)
        return [f"{name}: {was} -> {now[name]}" for name, was in self.look.items() if now[name] != was]


def text_of(outcome):
    """Without what is this test's own: names of directories, numbers."""
    text = re.sub(r"/\S*/(?=data/|at-\d+|ip_state)", "", outcome.text)
    return re.sub(r"\bat-\d+/?", "DIRECTORY", re.sub(r"\b\d{3,}\b", "N", text))


def tell(table, row, column, outcome, wanted=EITHER, reason=""):
    """A cell of a table; fails if the outcome is wrong, or another than the wanted one, or its reason speaks of something
    else than the regular expression wants."""
    wrong = list(outcome.wrong)
    if wanted not in (EITHER, outcome.kind):
        wrong.append(f"not {wanted}")
    if outcome.kind == REFUSED and not re.search(reason, outcome.text):
        wrong.append(f"the reason does not speak of {reason}")
    KINDS[table]["wrong" if wrong else outcome.kind] += 1
    figures.cell(table, row, column, f"**{outcome.kind}, wrongly**" if wrong else outcome.kind, text_of(outcome))
    assert wrong == [], "\n".join([f"{column}, {row}: {outcome.kind} {outcome.text}", *wrong])
