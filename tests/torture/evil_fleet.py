"""Evil devices (torture-evil) beside healthy ones."""

import json
import os
import zlib
from pathlib import Path

from battlefield import PASSWORD, Battle, Server
from shelly import INFO, as_of, told

BASE = "127.32.0.1"
FIRST_MAC = 0xE0E000000001


def make_bomb(path, megabytes=25):
    """A file of about a thousandth of the size that it has unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    path.write_bytes(b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush())


class EvilServer(Server):
    """A running torture-evil with these devices, `KIND[=N][@WHERE]*COUNT` each."""

    def __init__(self, directory, specs, *options):
        files = Path(directory) / "files"
        files.mkdir()
        bomb = Path(directory) / "bomb"
        make_bomb(bomb)
        program = os.environ["STAGE3_TORTURE_EVIL"]
        super().__init__(directory, BASE, [program, *specs, "--bomb", bomb, "--files", files, *options])
        # What redirects to file:// lead to: the answer that would be the right one.
        for mac in self.macs():
            (files / mac).write_bytes(as_of(mac, json.dumps(told(INFO)).encode()))

    def macs(self):
        return [f"{FIRST_MAC + index:012X}" for index in range(self.count)]


class EvilBattle(Battle):
    """Devices of these kinds, `KIND[=N][@WHERE]*COUNT` each, among healthy ones."""

    def __init__(self, specs, evil_options=(), **options):
        super().__init__(lambda directory: EvilServer(directory, specs, *evil_options), **options)

    def run_naive(self):
        """The program that does what one would first write, on the stack of a thread."""
        words = ["prlimit", f"--stack={1 << 20}", os.environ["STAGE3_TORTURE_NAIVE"], "--password", PASSWORD]
        return self.run_program(words + [f"{mac}={entry['ip']}" for mac, entry in self.before.items()])


def battle(specs, **options):
    return EvilBattle(specs, **options)
