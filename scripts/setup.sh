#!/usr/bin/env bash
# Makes the machine able to build Catchment: the bundled HiGHS needs cmake and libclang.
#
# Order: what is there already; else the system's package manager, when it may be used without asking for a password;
# else the cmake and libclang wheels of PyPI in ./.tools, which needs Python 3 but no root.
# CATCHMENT_SETUP=system or CATCHMENT_SETUP=wheels forces one of the two ways.
#
# What was chosen is written to ./.tools/env, which the Makefile reads.
set -euo pipefail
cd "$(dirname "$0")/.."
tools="$PWD/.tools"
way="${CATCHMENT_SETUP:-auto}"
mkdir -p "$tools"

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }

command -v cargo >/dev/null 2>&1 || die "no Rust toolchain found; install one from https://rustup.rs and run this again"
{ command -v c++ || command -v g++ || command -v clang++; } >/dev/null 2>&1 ||
    die "no C++ compiler found; install one (Debian, Ubuntu: g++; macOS: xcode-select --install) and run this again"

# The folder of a usable libclang, or nothing.
find_libclang() {
    local dir name
    for dir in "${LIBCLANG_PATH:-}" /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib \
        /opt/homebrew/opt/llvm/lib /usr/local/opt/llvm/lib /Library/Developer/CommandLineTools/usr/lib \
        /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib; do
        [ -d "$dir" ] || continue
        for name in libclang.so 'libclang-[0-9]*.so*' 'libclang.so.*' libclang.dylib; do
            if compgen -G "$dir/$name" >/dev/null; then printf '%s' "$dir"; return; fi
        done
    done
}

record() { # cmake libclang-folder
    { printf 'export CMAKE=%q\n' "$1"; printf 'export LIBCLANG_PATH=%q\n' "$2"; } >"$tools/env.new"
    mv "$tools/env.new" "$tools/env"
}

have() { cmake_bin="$(command -v cmake || true)"; clang_dir="$(find_libclang)"; [ -n "$cmake_bin" ] && [ -n "$clang_dir" ]; }

from_system() {
    local elevate=()
    if command -v brew >/dev/null 2>&1; then
        say "installing cmake and llvm with Homebrew"
        brew install cmake llvm >&2
    elif command -v apt-get >/dev/null 2>&1; then
        if [ "$(id -u)" -ne 0 ]; then
            command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || return 1
            elevate=(sudo -n)
        fi
        say "installing cmake and libclang-dev with apt-get"
        "${elevate[@]}" apt-get update -qq >&2 || say "apt-get update failed; trying with the package lists that are here"
        "${elevate[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            cmake libclang-dev >&2 || return 1
    else
        return 1
    fi
    have
}

from_wheels() {
    command -v python3 >/dev/null 2>&1 || return 1
    if [ ! -x "$tools/wheels/bin/cmake" ]; then
        say "installing the cmake and libclang wheels into .tools/wheels (no root needed)"
        rm -rf "$tools/wheels"
        # A Debian without python3-venv has no ensurepip; pip itself may still be there.
        if python3 -m venv "$tools/wheels" >/dev/null 2>&1; then
            "$tools/wheels/bin/python" -m pip install --quiet --disable-pip-version-check cmake==4.4.4 libclang==18.1.1 >&2 || return 1
        else
            rm -rf "$tools/wheels"
            python3 -m pip install --quiet --disable-pip-version-check --target "$tools/wheels" cmake==4.4.4 libclang==18.1.1 >&2 || return 1
        fi
    fi
    cmake_bin="$(find "$tools/wheels" -path '*/bin/cmake' \( -type f -o -type l \) | head -n 1)"
    clang_dir="$(dirname "$(find "$tools/wheels" -name 'libclang.so*' -o -name 'libclang.dylib' | head -n 1)")"
    # The console script that pip makes for cmake finds its package through PYTHONPATH when installed with --target;
    # the program that it starts needs no such help.
    local real
    real="$(find "$tools/wheels" -path '*cmake/data/bin/cmake' -type f | head -n 1)"
    [ -n "$real" ] && cmake_bin="$real"
    [ -x "$cmake_bin" ] && [ -d "$clang_dir" ]
}

case "$way" in
auto)
    if have; then say "using cmake ($cmake_bin) and libclang ($clang_dir) that are here"
    elif from_system; then :
    elif from_wheels; then :
    else
        die "cmake or libclang is missing and could not be installed. Either run, with administrator rights,
       apt-get install cmake libclang-dev   (Debian, Ubuntu)   or   brew install cmake llvm   (macOS),
       or install Python 3 with pip and run this again; or build without C++: cargo build --no-default-features --features microlp,cli"
    fi ;;
system) from_system || die "the system's package manager could not install cmake and libclang" ;;
wheels) from_wheels || die "the cmake and libclang wheels could not be installed (is Python 3 with pip there?)" ;;
*) die "CATCHMENT_SETUP is '$way'; it must be auto, system or wheels" ;;
esac
record "$cmake_bin" "$clang_dir"
