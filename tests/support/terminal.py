"""What a command writes to a terminal."""

import os
import pty
import select
import time

import pytest

from promptly import PATIENCE


def open_terminal():
    """The two ends of a new terminal: the one that is read, and the one for a process."""
    try:
        return pty.openpty()
    except OSError as error:
        pytest.skip(f"no terminal can be made here (is /dev/pts mounted?): {error}")


def run_on_terminal(fleet, *arguments, env=None, err_too=True, timeout=PATIENCE):
    """Starts the command of a fleet on a terminal of its own; returns all it writes there until it ends, as bytes."""
    master, slave = open_terminal()
    options = {"stderr": slave} if err_too else {}
    process = fleet.start(*arguments, stdout=slave, env={"TERM": "xterm", **(env or {})}, **options)
    os.close(slave)
    output = _read(master, process, timeout)
    os.close(master)
    if process.stderr:
        process.stderr.close()
    return output


def _read(master, process, timeout):
    output = b""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if select.select([master], [], [], 0.05)[0]:
            try:
                output += os.read(master, 65536)
            except OSError:
                break
        elif process.poll() is not None:
            break
    process.wait(timeout)
    return output
