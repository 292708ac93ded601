"""The include rules of the source tree, as src/README.md tells them.

Usage: check_layers.py ROOT prints one line for each violation and exits 1 if there is any.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

# A layer may include itself and the layers of a lower rank; layers of one rank do not see each other.
RANKS = {"base": 0, "disk": 1, "json": 1, "config": 2, "result": 2, "report": 3, "rpc": 3, "probe": 4, "rollout": 5, "net": 5, "state": 5,
         "run": 6, "job": 7}

# The layer that implements a public header: a layer below must not lean on it.
PUBLIC_LAYERS = {
    "version.hpp": "base",
    "error.hpp": "base",
    "address.hpp": "base",
    "text.hpp": "base",
    "tls.hpp": "base",
    "language.hpp": "base",
    "on_record.hpp": "result",
    "device.hpp": "result",
    "error_info.hpp": "result",
    "result.hpp": "result",
    "selection.hpp": "result",
    "update_record.hpp": "result",
    "config.hpp": "config",
    "device_probe.hpp": "probe",
    "report.hpp": "report",
    "state_store.hpp": "state",
    "runner.hpp": "run",
    "job.hpp": "job",
}

# What stands on top of the library sees its public headers only.
EMBEDDERS = ("capi", "bindings", "examples")

# Each of these belongs behind one layer, so that it can be replaced there; embedders do without them.
LIBRARIES = (
    (re.compile(r"yaml\.h$"), "config"),
    (re.compile(r"rapidjson/"), "json"),
    (re.compile(r"curl/"), "net"),
)
# What programs on top are made with, and the simulator: the library is to need none of it.
FOREIGN = re.compile(r"(CLI|pybind11|openssl|event2|gnutls|nettle)/|Python\.h$")
# The event loop that the library waits with; an embedder may have one of its own.
CONFINED = (*LIBRARIES, (re.compile(r"sys/(epoll|timerfd)\.h$"), "net"))

# The pure layers are tested without network, clock or files, because they cannot reach any.
PURE_LAYERS = ("result", "report", "rpc", "probe", "rollout")
IMPURE_HEADER = re.compile(
    r"""(curl/.*|sys/(socket|un|epoll|timerfd|eventfd|select|poll|time|stat|file|mman|ioctl)\.h
        |netinet/.*|arpa/inet\.h|net/if.*|netdb\.h|poll\.h|time\.h|ctime|stdio\.h|cstdio|fstream|iostream|filesystem
        |fcntl\.h|unistd\.h|dirent\.h|signal\.h|csignal|thread|mutex|condition_variable|future)$""",
    re.VERBOSE,
)
CLOCK = re.compile(r"\b(steady_clock|system_clock|high_resolution_clock|clock_gettime|gettimeofday|system_time)\b")

MAX_LINES = 350
SUFFIXES = {".hpp", ".cpp", ".h", ".c"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<open>[<"])(?P<name>[^>"]+)[>"]')
# Whatever else a preprocessor takes for one: digraphs, comments in between, a macro for the name.
ANY_INCLUDE = re.compile(r"^\s*(/\*.*?\*/\s*)*(#|%:|\?\?=)\s*(/\*.*?\*/\s*)*(include|import|\\$)")


@dataclass(frozen=True)
class Include:
    line: int
    name: str
    quoted: bool


def sources(directory):
    return sorted(path for path in directory.rglob("*") if path.suffix in SUFFIXES)


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield Include(number, match["name"], match["open"] == '"')


class Tree:
    def __init__(self, root):
        self.root = Path(root).resolve()
        self.src = self.root / "src"
        self.public = self.root / "include"

    def where(self, path, line):
        return f"{path.relative_to(self.root)}:{line}"

    def layer_of(self, path):
        """The layer of a source file or public header; None for anything else."""
        if path.is_relative_to(self.src):
            return path.relative_to(self.src).parts[0]
        if path.is_relative_to(self.public):
            return PUBLIC_LAYERS.get(path.name)
        return None

    def resolve(self, path, include):
        """The file of the project that the compiler finds for `include` in `path`, or the script of the same name that writes
        it where it is built; None: not one of the project's."""
        directories = [path.parent] if include.quoted else []
        for directory in (*directories, self.src, self.public):
            wanted = (directory / include.name).resolve()
            for found in (wanted, wanted.with_suffix(".py")) if wanted.suffix == ".inc" else (wanted,):
                if found.is_file() and found.is_relative_to(self.root):
                    return found
        return None

    def violations(self):
        yield from self.unknown_layers()
        for path in [*sources(self.src), *sources(self.public)]:
            yield from self.check_direction(path)
            yield from self.check_confined(path)
            yield from self.check_readable(path)
        for path in [*sources(self.src), *sources(self.public), *sources(self.root / "capi")]:
            yield from self.check_foreign(path)
        for path in sources(self.src):
            yield from self.check_length(path)
        for layer in PURE_LAYERS:
            for path in sources(self.src / layer):
                yield from self.check_pure(path)
        for embedder in EMBEDDERS:
            for path in sources(self.root / embedder):
                yield from self.check_embedder(path)

    def unknown_layers(self):
        for path in sorted(self.src.iterdir()):
            if path.is_dir() and path.name not in RANKS:
                yield f"src/{path.name}: not a known layer"
        for path in sources(self.public):
            if path.suffix == ".hpp" and path.name not in PUBLIC_LAYERS:
                yield f"{path.relative_to(self.root)}: no layer is named for this public header"

    def check_direction(self, path):
        own = self.layer_of(path)
        if own not in RANKS:
            return
        for include in includes(path):
            target = self.resolve(path, include)
            if target is None:
                if include.quoted:
                    yield f"{self.where(path, include.line)}: {include.name} is not a file of the project"
                continue
            layer = self.layer_of(target)
            if layer != own and RANKS.get(layer, len(RANKS)) >= RANKS[own]:
                yield f"{self.where(path, include.line)}: {own} must not include {include.name}"

    def check_confined(self, path):
        for include in includes(path):
            for pattern, layer in CONFINED:
                inside = path.is_relative_to(self.src / layer)
                if pattern.match(include.name) and not inside:
                    yield f"{self.where(path, include.line)}: only src/{layer} may include {include.name}"

    def check_readable(self, path):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if ANY_INCLUDE.match(line) and not INCLUDE.match(line):
                yield f"{self.where(path, number)}: write it as #include \"NAME\" or <NAME>: its layer cannot be told otherwise"

    def check_foreign(self, path):
        for include in includes(path):
            if FOREIGN.match(include.name):
                yield f"{self.where(path, include.line)}: the library does without {include.name}: it is for programs on top of it"

    def check_length(self, path):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES:
            yield f"{path.relative_to(self.root)}: {lines} lines, at most {MAX_LINES}: what second thing has moved in?"

    def check_pure(self, path):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if CLOCK.search(line):
                yield f"{self.where(path, number)}: a pure layer reads no clock: it is given the time, as an argument or in a Moment"
        for include in includes(path):
            header = self.impure_header(path, include, set())
            if header:
                yield f"{self.where(path, include.line)}: a pure layer must not see {header}"

    def impure_header(self, path, include, seen):
        """The first impure header that `include` brings in, itself or through files of the project."""
        target = self.resolve(path, include)
        if target is None:
            return include.name if IMPURE_HEADER.match(include.name) else None
        if target in seen:
            return None
        seen.add(target)
        for inner in includes(target):
            header = self.impure_header(target, inner, seen)
            if header:
                return f"{header} (through {include.name})"
        return None

    def check_embedder(self, path):
        home = self.root / path.relative_to(self.root).parts[0]
        for include in includes(path):
            target = self.resolve(path, include)
            if target and not target.is_relative_to(home) and not target.is_relative_to(self.public):
                yield f"{self.where(path, include.line)}: {home.name} sees include/ only, not {include.name}"
            for pattern, layer in LIBRARIES:
                if pattern.match(include.name):
                    yield f"{self.where(path, include.line)}: only src/{layer} may include {include.name}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check_layers.py ROOT")
    violations = list(Tree(sys.argv[1]).violations())
    print(*violations, sep="\n")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
