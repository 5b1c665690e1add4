# Shared by packaging/run and packaging/test: says what it does, installs what is missing, configures and builds.
# Sourced, not run. Needs bash and Debian 12 (or a system that already has the packages).

fxs_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$fxs_root" || exit 1

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# install_packages SECTION...: installs the listed packages of debian-packages.txt that are not there yet.
install_packages() {
    local section="" line wanted=" $* " missing=()
    command -v dpkg-query >/dev/null || {
        say "This is not Debian: install the packages of packaging/debian-packages.txt by your own means. Going on."
        return
    }
    while IFS= read -r line; do
        case "$line" in
            "# ["*) section=${line#\# \[}; section=${section%%\]*} ;;
            "#"* | "") ;;
            *) [[ $wanted == *" $section "* ]] &&
                [[ $(dpkg-query -W -f '${db:Status-Status}' "$line" 2>/dev/null) != installed ]] && missing+=("$line") ;;
        esac
    done <packaging/debian-packages.txt
    ((${#missing[@]})) || return 0

    local as_root=()
    if (($(id -u) != 0)); then
        command -v sudo >/dev/null ||
            fail "these packages are missing and only root may install them (sudo is not here): ${missing[*]}"
        as_root=(sudo)
    fi
    say "Installing ${#missing[@]} Debian packages${as_root:+ with sudo}: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install the packages; its last lines are above, all of them in $log"
    fi
    rm -f "$log"
}

# build PRESET [TARGET...]: configures and builds with all cores.
build() {
    local preset=$1
    shift
    # Objects are found again by ccache whatever the build folder is called.
    export CCACHE_BASEDIR=$fxs_root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    say "Configuring (preset $preset)"
    cmake --preset "$preset" >"build-$preset.log" 2>&1 ||
        { tail -n 30 "build-$preset.log" >&2; fail "cmake could not configure; see build-$preset.log"; }
    say "Building with $(nproc) cores"
    cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"} 2>&1 | tee -a "build-$preset.log" | build_progress
    [[ ${PIPESTATUS[0]} == 0 ]] || fail "the build failed; see build-$preset.log"
}

# Ninja's lines, one in twenty, and everything that is not one of them.
build_progress() {
    awk '/^\[[0-9]+\/[0-9]+\]/ { if (++n % 20 == 1) { print; fflush() } next } { print; fflush() }'
}
