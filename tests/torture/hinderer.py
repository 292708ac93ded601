"""An account that may read a directory and nothing else tries to get into the way of whoever works there:

    hinderer.py DIRECTORY UID exclusive|shared

as user UID opens each file that it finds, again and again, for writing or else for reading, and keeps a flock() on whatever
it can get one of, the directory too; asks for leases and record locks as well; tries to make, remove and rename files.
Prints `ready` once it has seen all that is there, and when stdin ends {"opened", "locked", "changed"}, names in each.
"""

import contextlib
import fcntl
import json
import os
import select
import sys

MADE = "ip_state.json.new"


class Hinderer:
    def __init__(self, directory, how):
        self.directory = directory
        self.lock = fcntl.LOCK_EX if how == "exclusive" else fcntl.LOCK_SH
        self.held = {}
        self.locked = set()
        self.changed = set()

    def look(self):
        for name in [".", *os.listdir(self.directory)]:
            path = os.path.join(self.directory, name)
            for flags in (os.O_RDWR, os.O_RDONLY):
                with contextlib.suppress(OSError):
                    self.seize(name, os.open(path, flags | os.O_NONBLOCK))
                    break

    def seize(self, name, fd):
        """Once for each file that has had that name."""
        status = os.fstat(fd)
        key = (name, status.st_ino)
        if key in self.held:
            os.close(fd)
            fd = self.held[key]
        self.held[key] = fd
        with contextlib.suppress(OSError):
            fcntl.flock(fd, self.lock | fcntl.LOCK_NB)
            self.locked.add(name)
        for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):
            with contextlib.suppress(OSError):
                fcntl.fcntl(fd, fcntl.F_SETLEASE, kind)
        with contextlib.suppress(OSError):
            fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def meddle(self):
        for name in os.listdir(self.directory):
            path = os.path.join(self.directory, name)
            for change in (os.unlink, lambda p: os.rename(p, p + ".gone"), lambda p: os.chmod(p, 0),
                           lambda p: os.truncate(p, 0), lambda p: os.link(p, p + ".link")):
                with contextlib.suppress(OSError):
                    change(path)
                    self.changed.add(name)
        with contextlib.suppress(OSError):
            open(os.path.join(self.directory, MADE), "xb").close()
            self.changed.add(MADE)


def main(directory, uid, how):
    os.setgroups([])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))
    hinderer = Hinderer(directory, how)
    hinderer.look()
    hinderer.meddle()
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], 0.0005)[0]:
        hinderer.look()
    print(json.dumps({"opened": sorted({name for name, _ in hinderer.held}), "locked": sorted(hinderer.locked),
                      "changed": sorted(hinderer.changed)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
