# shellcheck shell=bash
# What the programs beside it share: the packages, and how a build directory comes about.
# shellcheck disable=SC2034  # they use the variables

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# All of Debian 12; --no-install-recommends is enough. What takes part in the build:
packages=(
    build-essential meson ninja-build pkg-config
    libcurl4-openssl-dev libyaml-dev rapidjson-dev # the library
    libcli11-dev                                   # the command
    libevent-dev libssl-dev nettle-dev             # the simulator
    libglib2.0-dev libsystemd-dev libuv1-dev       # event loops to embed it into, for the examples
    pybind11-dev python3-dev                       # the package for Python
    doctest-dev iproute2 python3 python3-pytest    # the tests
)
# What only tests start, which are skipped without it:
check_packages=(
    abigail-tools cmake g++-arm-linux-gnueabihf    # what is installed, its ABI, and the library on ARM
    e2fsprogs mount strace xfsprogs                # what no state file must suffer from
    bindfs btrfs-progs dosfstools                  # file systems that it may lie on
    exfat-fuse exfatprogs fuse3 libfuse3-dev ntfs-3g quota
    mypy python3-mesonpy python3-pip               # the package for Python: its types, its wheel
    chromium chromium-driver prometheus            # the page in a browser; the metrics, the alerts
    python3-distributed                            # a fleet that outgrows one machine
    clang libclang-rt-14-dev                       # the fuzz programs, guided by what they reach
    tmux unicode-data                              # what a terminal shows of a run, and how wide it is
    clang-tidy-14 cppcheck shellcheck valgrind     # what tools see in the sources, and in the library at work
)
# What tools/coverage needs besides the first ones:
coverage_packages=(gcovr)
# What tools/bench needs besides the first ones: the peak of a program's memory, and the programs to compare with.
bench_packages=(time python3-aiohttp python3-requests)

# Debian's own: another one that stands earlier on PATH need not know Debian's packages.
meson=/usr/bin/meson

say() {
    printf '%s\n' "$*" >&2
}

# missing_packages PACKAGE...
missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for package; do
        grep -qxF "$package installed" <<<"$installed" || printf '%s\n' "$package"
    done
}

# ensure_packages PACKAGE...: installs what is missing where that is possible; else tells what to do, status 2.
ensure_packages() {
    local missing as_root=()
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian: please see to it that there is the like of: $*"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
        if ! sudo -n true 2>/dev/null; then
            say "These packages are missing: ${missing[*]}"
            say "Please install them and start again:"
            say "    sudo apt-get install --no-install-recommends ${missing[*]}"
            return 2
        fi
    fi
    say "Installing ${missing[*]}"
    # --no-remove: rather fail than take away something that this machine is used for.
    if ! { "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends --no-remove "${missing[@]}"; } >&2; then
        say "apt-get could not install: ${missing[*]}"
        return 2
    fi
}

# configure DIRECTORY OPTION...: sets a build directory up, anew if the compiler, the options or the place have changed.
configure() {
    local directory=$root/$1 wanted wipe=()
    shift
    export CC=${CC:-gcc} CXX=${CXX:-g++}
    wanted="$root CC=$CC CXX=$CXX CFLAGS=${CFLAGS-} CXXFLAGS=${CXXFLAGS-} LDFLAGS=${LDFLAGS-} $*"
    if [ -e "$directory/meson-private/coredata.dat" ]; then
        [ "$(cat "$directory/set-up-with" 2>/dev/null)" != "$wanted" ] || return 0
        wipe=(--wipe)
    fi
    "$meson" setup "${wipe[@]}" --wrap-mode=nodownload "$@" "$directory" "$root" || return
    printf '%s\n' "$wanted" >"$directory/set-up-with"
}

# Of debug information what valgrind, the sanitizers and a backtrace tell: files, lines and functions. Types and variables take a
# quarter of the time that a build takes; for a debugger: meson configure build -Dc_args= -Dcpp_args=
lines_only=(-Dc_args=-g1 -Dcpp_args=-g1)

# Where many threads are at work; each test with its program.
tsan_tests=(capi threads run net)
tsan_programs=(tests/capi/capi-conformance tests/capi/capi-threads tests/unit/run/unit-run tests/unit/net/unit-net)

build_tsan() {
    # Not optimised: under the sanitisers that compiles several times faster, and hides nothing from them.
    # Nor file by file, which takes twice as long.
    configure build-tsan "${lines_only[@]}" --buildtype=debug --unity=on -Dwerror=true -Db_sanitize=thread -Db_lundef=false \
        -Dcli=false -Dsimulator=false &&
        ninja -C "$root/build-tsan" "${tsan_programs[@]}"
}

# joined SEPARATOR WORD...
joined() {
    local text
    text=$(printf "%s$1" "${@:2}")
    printf '%s' "${text%"$1"}"
}

configure_plain() {
    configure build "${lines_only[@]}" --unity=on -Dwerror=true -Dpython_bindings=true
}
