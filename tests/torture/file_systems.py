"""The file systems of the table: each is mounted in a directory of its own, in the namespace of the test."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from mounts import call

GRUDGING = os.environ.get("STAGE3_TORTURE_GRUDGING")


@dataclass(frozen=True)
class Image:
    """A file system in a file: how large, how it is made, how it is mounted."""

    size: int
    make: tuple
    mount: tuple


def loop(kind):
    return ("mount", "-t", kind, "-o", "loop")


IMAGES = {
    "ext2": Image(8 << 20, ("mkfs.ext2", "-q", "-F"), loop("ext2")),
    "ext4": Image(16 << 20, ("mkfs.ext4", "-q", "-F"), loop("ext4")),
    "xfs": Image(320 << 20, ("mkfs.xfs", "-q"), loop("xfs")),
    "btrfs": Image(128 << 20, ("mkfs.btrfs", "-q", "--mixed"), loop("btrfs")),
    "vfat": Image(8 << 20, ("mkfs.vfat",), loop("vfat")),
    "exfat by FUSE": Image(8 << 20, ("mkfs.exfat",), loop("exfat-fuse")),
    "ntfs-3g": Image(8 << 20, ("mkfs.ntfs", "-F", "-Q", "-q"), ("ntfs-3g",)),
}


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="torture-") as place:
        Path(place).chmod(0o755)
        yield Path(place)


@contextlib.contextmanager
def mounted(place, *command):
    """What the command mounts at `place`; skips where that cannot be."""
    place.mkdir(exist_ok=True)
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = call(*command, str(place))
    if done.returncode != 0:
        pytest.skip(f"cannot be mounted here: {' '.join(command[:3])}: {(done.stderr or done.stdout).strip()[:160]}")
    try:
        yield place
    finally:
        call("umount", "-l", str(place))


@contextlib.contextmanager
def image(kind, make=(), mount=()):
    """`make` and `mount` are further options of the two commands."""
    described = IMAGES[kind]
    if shutil.which(described.make[0]) is None:
        pytest.skip(f"needs {described.make[0]}")
    with scratch() as place:
        file = place / "image"
        with open(file, "wb") as made:
            made.truncate(described.size)
        done = call(*described.make, *make, str(file))
        assert done.returncode == 0, done
        with mounted(place / "disk", *described.mount, *mount, str(file)) as disk:
            yield disk


@contextlib.contextmanager
def tmpfs(options="size=8m"):
    with scratch() as place, mounted(place / "disk", "mount", "-t", "tmpfs", "-o", options, "none") as disk:
        yield disk


@contextlib.contextmanager
def ramfs():
    with scratch() as place, mounted(place / "disk", "mount", "-t", "ramfs", "none") as disk:
        yield disk


@contextlib.contextmanager
def overlay():
    """Both layers on one tmpfs, as in a container. What stands in `lower` beside it comes up when it is changed."""
    with tmpfs() as layers:
        for name in ("lower", "upper", "work"):
            (layers / name).mkdir()
        options = f"lowerdir={layers}/lower,upperdir={layers}/upper,workdir={layers}/work"
        with mounted(layers / "disk", "mount", "-t", "overlay", "-o", options, "none") as disk:
            yield disk


@contextlib.contextmanager
def bindfs(*options):
    with tmpfs() as behind, scratch() as place, mounted(place / "disk", "bindfs", *options, str(behind)) as disk:
        yield disk


@contextlib.contextmanager
def grudging(behind, *rules):
    """What lies in the directory `behind`, with calls refused; yields the directory and, in a dictionary that is filled
    at the end, how often each was."""
    if not GRUDGING:
        pytest.skip("torture-grudging was not built: needs libfuse3-dev")
    if not os.access("/dev/fuse", os.W_OK):
        pytest.skip("needs /dev/fuse")
    with scratch() as place:
        (place / "seen").mkdir()
        refused = {}
        with subprocess.Popen([GRUDGING, str(behind), str(place / "seen"), str(place / "report"), *rules],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                if process.stdout.readline() != "ready\n":
                    pytest.skip(f"no FUSE file system can be mounted here: {process.stderr.read().strip()[-160:]}")
                yield place / "seen", refused
            finally:
                unmount(place / "seen", process)
        if (place / "report").exists():
            pairs = (line.split() for line in (place / "report").read_text(encoding="ascii").splitlines())
            refused.update((name, int(count)) for name, count in pairs)


def unmount(place, process):
    call("umount", str(place))
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        call("umount", "-l", str(place))
        process.send_signal(signal.SIGKILL)


ALL = {
    "tmpfs": tmpfs,
    "ramfs": ramfs,
    **{kind: (lambda kind=kind: image(kind)) for kind in IMAGES},
    "overlayfs": overlay,
    "bindfs": bindfs,
    "bindfs that ignores chown and chmod": lambda: bindfs("--chown-ignore", "--chmod-ignore"),
    "bindfs that refuses chown and chmod": lambda: bindfs("--chown-deny", "--chmod-deny"),
    "bindfs without attributes": lambda: bindfs("--xattr-none"),
}
