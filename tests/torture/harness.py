"""What the torture tests share: programs that save, and the verdict on what they leave behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from fleet import CLI, Fleet, cli_env, device
from promptly import PATIENCE

# The long mode of tools/check --long.
LONG = os.environ.get("STAGE3_LONG") == "1"

SAVER = os.environ["STAGE3_TORTURE_SAVER"]
SIBLINGS = (".stage3-tmp", ".bak", ".stage3-bak", ".stage3-try", ".stage3-try2", ".lock", ".lock.new", ".run.lock",
            ".run.lock.new", ".rescued", *(f".rescued.{n}" for n in range(2, 10)),
            ".stage3-late", *(f".stage3-late{n}" for n in range(2, 5)))
OLDER = b'{"A8032A000001": {"note": "the backup of an earlier run"}}\n'


def in_memory():
    """A directory for what need not survive a power cut: fsync costs nothing there."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextlib.contextmanager
def started(*command):
    """A program with pipes, killed at the end of the block if it has not ended."""
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def python(script, *arguments):
    """A script of this folder, started."""
    return started(sys.executable, Path(__file__).with_name(script), *arguments)


def sample(devices=2):
    """A state file, as bytes."""
    entries = {f"A8032A{i:06X}": {"ip": f"127.1.0.{i % 250 + 1}", "model": "S1", "friendly_name": "Neu",
                                  "room": {"other": [1, 2.50, None]}} for i in range(1, devices + 1)}
    return json.dumps(entries, indent=2).encode() + b"\n"


class Saves:
    """A state file in a directory of its own, and a command that saves into it once.

    `prefix` goes in front of the command: strace, prlimit, another user.
    """

    def __init__(self, directory, command, old, new_name):
        self.dir = Path(directory)
        self.command = command
        self.old = old
        self.new_name = new_name
        self.path = self.dir / "data" / "ip_state.json"

    def sibling(self, suffix):
        return self.path.with_name(self.path.name + suffix)

    def reset(self):
        """The file as before the save, with the backup of an earlier run beside it."""
        for suffix in SIBLINGS:
            with contextlib.suppress(FileNotFoundError):
                self.sibling(suffix).unlink()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()
        self.path.write_bytes(self.old)
        self.sibling(".bak").write_bytes(OLDER)

    def run(self, prefix=(), timeout=PATIENCE, **options):
        """Like subprocess.run(); a command that does not end has that for its status."""
        words = [*prefix, *self.command]
        with subprocess.Popen(words, cwd=self.dir, env=cli_env(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True, **options) as process:
            try:
                out, err = process.communicate(timeout=timeout)
                return subprocess.CompletedProcess(words, process.returncode, out, err)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                return subprocess.CompletedProcess(words, f"no end within {timeout} s", out, err)

    def is_old(self):
        return self.path.read_bytes() == self.old

    def is_new(self):
        """Whether the file is whole and has all results, and everything else that was there."""
        try:
            now = json.loads(self.path.read_bytes())
        except ValueError:
            return False
        names = [entry.pop("stage3", {}).get("device_name") for entry in now.values()]
        return set(names) == {self.new_name} and self.without_results(now) == json.loads(self.old)

    @staticmethod
    def without_results(state):
        return {mac: {k: v for k, v in entry.items() if k != "stage3"} for mac, entry in state.items()}

    def damage(self):
        """What is wrong with the files, in words; empty: they are the old or the new ones, whole."""
        if not self.path.exists():
            return "the state file is gone"
        if not self.is_old() and not self.is_new():
            return f"the state file is neither the old nor the new one: {self.path.read_bytes()[:200]!r}"
        backup = self.sibling(".bak")
        if not backup.exists() or backup.read_bytes() not in (OLDER, self.old):
            return "the backup is neither that of the earlier run nor the old file"
        return ""


@contextlib.contextmanager
def command_that_saves(devices=2, directory=None):
    """The stage3 command on a simulated fleet."""
    with tempfile.TemporaryDirectory(prefix="torture-", dir=directory or in_memory()) as place:
        fleet = Fleet(place, [device("Neu", {"hostname": "h"}) for _ in range(devices)], log=True)
        try:
            saves = Saves(place, [CLI], fleet.state_path.read_bytes(), "Neu")
            saves.fleet = fleet
            saves.reset()
            yield saves
        finally:
            fleet.close()


@contextlib.contextmanager
def library_that_saves(*options, devices=2, directory=None):
    """A program that saves through the library, with a `--mutant` or not."""
    with tempfile.TemporaryDirectory(prefix="torture-", dir=directory or in_memory()) as place:
        (Path(place) / "data").mkdir()
        saves = Saves(place, [SAVER, *map(str, options), "data/ip_state.json"], sample(devices), "save-1")
        saves.reset()
        yield saves
