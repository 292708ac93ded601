"""File systems of a test's own, in a mount namespace that ends with the test process."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

CLONE_NEWNS = 0x00020000
MS_REC_PRIVATE = 0x4000 | (1 << 18)

LIBC = ctypes.CDLL(None, use_errno=True)


def enter_own_namespace():
    """False where that is not allowed."""
    return (LIBC.unshare(CLONE_NEWNS) == 0
            and LIBC.mount(b"none", b"/", None, ctypes.c_ulong(MS_REC_PRIVATE), None) == 0)


def needs_mounts():
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts file systems")
    if not enter_own_namespace():
        pytest.skip("this machine lets root mount nothing")


def call(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def tmpfs(options):
    with tempfile.TemporaryDirectory(prefix="torture-") as place:
        done = call("mount", "-t", "tmpfs", "-o", options, "none", place)
        assert done.returncode == 0, done
        try:
            yield Path(place)
        finally:
            call("umount", "-l", place)


class Disk:
    """A disk image of one file system, mounted at `path`; may lose its power and come back."""

    SIZES = {"ext4": "32M", "xfs": "320M"}

    def __init__(self, place, kind, make_options=()):
        self.image = Path(place) / "image"
        self.path = Path(place) / "disk"
        self.path.mkdir()
        self.kind = kind
        with open(self.image, "wb") as image:
            image.truncate(int(self.SIZES[kind][:-1]) << 20)
        made = call(f"mkfs.{kind}", "-q", *make_options, str(self.image))
        assert made.returncode == 0, made
        self.mount()

    def mount(self):
        done = call("mount", "-t", self.kind, "-o", "loop", str(self.image), str(self.path))
        if done.returncode != 0:
            pytest.skip(f"cannot mount {self.kind} from an image here: {done.stderr.strip()}")

    def unmount(self):
        done = call("umount", str(self.path))
        assert done.returncode == 0, done

    def sync(self):
        """Everything so far reaches the disk."""
        directory = os.open(self.path, os.O_RDONLY)
        assert LIBC.syncfs(directory) == 0
        os.close(directory)

    def power_up(self):
        """What is only in memory is lost, the journal is played back."""
        self.unmount()
        self.mount()


@contextlib.contextmanager
def disk(kind, *make_options):
    if shutil.which(f"mkfs.{kind}") is None:
        pytest.skip(f"needs mkfs.{kind}")
    with tempfile.TemporaryDirectory(prefix="torture-") as place:
        made = Disk(place, kind, make_options)
        try:
            yield made
        finally:
            call("umount", "-l", str(made.path))
