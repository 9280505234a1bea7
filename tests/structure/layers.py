#!/usr/bin/env python3
"""What the compiler cannot see: which folder includes which, which libraries stay where they belong, how long files
get, and words that must not be left behind. Prints one line a finding; the exit status is 1 when there is any."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

DEVICE = ["device/fingerprint", "device/anchor", "device/seal", "device/keys", "device/trust", "device/agent"]
REGISTRY = ["registry/domain", "registry/audit", "registry/ca", "registry/storage", "registry/protocols", "registry/http",
            "registry/images"]
FOUNDATION = ["core", "crypto"]
# What stands on a device uses it through this folder alone.
FACADE = FOUNDATION + ["device/trust"]

# Folder -> the folders whose headers it may include, besides its own. Subfolders belong to the folder named here.
ALLOWED = {
    "include/holdfast": [],
    "include/nanotap": ["include/holdfast"],
    "core": [],
    "crypto": ["core"],
    "device/puf": FOUNDATION,
    "device/fingerprint": FOUNDATION,
    "device/anchor": FOUNDATION + ["device/puf"] + DEVICE[:1],
    "device/seal": FOUNDATION + DEVICE[:2],
    "device/keys": FOUNDATION + DEVICE[:2],
    "device/trust": FOUNDATION + DEVICE[:4],
    "device/agent": FOUNDATION + DEVICE[:5],
    "interfaces": FACADE + ["include/holdfast"],
    "registry/domain": FOUNDATION,
    "registry/audit": FOUNDATION + ["registry/domain"],
    "registry/ca": FOUNDATION + ["registry/domain"],
    "registry/storage": FOUNDATION + ["registry/domain"],
    "registry/images": FOUNDATION,
    "registry/protocols": FOUNDATION + ["registry/domain"],
    "registry/http": FOUNDATION + ["registry/domain", "registry/protocols"],
    "apps/common": ["core"],
    # Analysing a noisy source needs no device.
    "apps/holdfast": FACADE + ["device/puf", "include/holdfast", "interfaces", "apps/common"],
    # An application like any other.
    "apps/tap_nanoroot_example": ["include/holdfast", "include/nanotap"],
    "apps/holdfast-registry": FACADE + REGISTRY + ["include/holdfast", "apps/common"],
}
# These stand on top of everything and may include anything.
FREE = ["tests", "bench", "fuzz", "examples"]


@dataclass(frozen=True)
class Library:
    name: str
    headers: str  # a regular expression that matches the start of what is included
    folders: tuple  # where it may be included, besides FREE
    unit_tests: bool  # and in unit tests of any folder


LIBRARIES = [
    Library("OpenSSL", r"openssl/", ("crypto", "registry/http", "interfaces/openssl_provider", "apps/tap_nanoroot_example"),
            True),
    Library("libsodium", r"sodium(/|\.h)", ("crypto",), True),
    Library("Boost.Beast or Asio", r"boost/(beast|asio)", ("registry/http",), False),
    Library("CLI11", r"CLI/", ("apps",), False),
    Library("toml++", r"toml\+\+/", ("device/trust", "apps"), False),
    Library("SOCI", r"soci/", ("registry/storage",), False),
    Library("tpm2-tss", r"tss2/", ("device/trust",), False),
]

SOURCE_SUFFIXES = {".c", ".h", ".cpp", ".hpp"}
LENGTH_SUFFIXES = SOURCE_SUFFIXES | {".cmake", ".css", ".py", ".sh", ".sql", ".ts", ".tsx"}
TEXT_SUFFIXES = LENGTH_SUFFIXES | {".md", ".json", ".toml", ".txt", ".html", ".yml", ".yaml", ""}
MAX_LINES = 800
# Written in two parts, so that this file passes its own test.
FORBIDDEN_WORDS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
SKIPPED_ANYWHERE = {".git", ".cache", "__pycache__", "node_modules", "corpus", "fixtures", "vectors"}
SKIPPED_AT_TOP = {"build", "var"}


@dataclass(frozen=True)
class Include:
    line: int
    quoted: bool
    path: str


def is_in(path, folder):
    return path == folder or path.startswith(folder + "/")


def files_of(root):
    for folder, folders, names in os.walk(root):
        at_top = Path(folder) == root
        folders[:] = sorted(f for f in folders if f not in SKIPPED_ANYWHERE and not (at_top and f in SKIPPED_AT_TOP))
        for name in sorted(names):
            if (Path(folder) / name).is_file():  # no dangling links, no sockets
                yield (Path(folder) / name).relative_to(root).as_posix()


def lines_of(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace").splitlines()


def includes_of(lines):
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            yield Include(number, match.group(1) == '"', match.group(2))


class Tree:
    """All sources below one folder, with their includes."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = list(files_of(self.root))
        self.sources = {path: list(includes_of(lines_of(self.root, path)))
                        for path in self.files if Path(path).suffix in SOURCE_SUFFIXES}

    def target(self, include):
        """The project's file that an include means, or None for a library's."""
        for path in (include.path, "include/" + include.path):
            if path in self.sources:
                return path
        return None

    def libraries_behind(self, path, seen=None):
        """Names of the guarded libraries whose headers come in with `path`, through any number of includes."""
        seen = set() if seen is None else seen
        if path in seen:
            return set()
        seen.add(path)
        found = set()
        for include in self.sources[path]:
            target = self.target(include)
            if target:
                found |= self.libraries_behind(target, seen)
            else:
                found |= {lib.name for lib in LIBRARIES if re.match(lib.headers, include.path)}
        return found


def layer_of(path):
    matching = [folder for folder in ALLOWED if is_in(path, folder)]
    return max(matching, key=len) if matching else None


def is_free(path):
    return any(is_in(path, folder) for folder in FREE)


def is_unit_test(path):
    return path.endswith(("_test.cpp", "test_support.hpp"))


def check_layers(tree):
    for path, includes in tree.sources.items():
        if is_free(path):
            continue
        layer = layer_of(path)
        if layer is None:
            yield f"{path}:1: this folder has no row in ALLOWED of tests/structure/layers.py"
            continue
        for include in includes:
            target = tree.target(include)
            if target is None:
                if include.quoted:
                    yield (f'{path}:{include.line}: "{include.path}" is no file of the project; includes in quotes are '
                           "written from the project's top")
                continue
            if is_unit_test(path) and is_in(target, "tests"):
                continue
            if layer_of(target) not in [layer] + ALLOWED[layer]:
                yield f"{path}:{include.line}: {layer} must not include {target}"


def may_use(path, library):
    if is_free(path) or (library.unit_tests and is_unit_test(path)):
        return True
    return any(is_in(path, folder) for folder in library.folders)


def check_libraries(tree):
    for path, includes in tree.sources.items():
        barred = [library for library in LIBRARIES if not may_use(path, library)]
        for include in includes:
            target = tree.target(include)
            for library in barred:
                if target is None and re.match(library.headers, include.path):
                    yield f"{path}:{include.line}: {library.name} is included outside {', '.join(library.folders)}"
                # Only where the include leaves the folders that may use it: one finding for each cause.
                elif target and may_use(target, library) and library.name in tree.libraries_behind(target):
                    yield f"{path}:{include.line}: {target} brings in {library.name}, which this folder must not see"


def check_lengths(tree):
    for path in tree.files:
        if Path(path).suffix in LENGTH_SUFFIXES:
            count = len(lines_of(tree.root, path))
            if count > MAX_LINES:
                yield f"{path}:{count}: longer than {MAX_LINES} lines; split it"


def check_words(tree):
    for path in tree.files:
        if path == "LICENSE" or Path(path).suffix not in TEXT_SUFFIXES:
            continue
        for number, line in enumerate(lines_of(tree.root, path), 1):
            match = FORBIDDEN_WORDS.search(line)
            if match:
                yield f"{path}:{number}: holds the word {match.group(1)}; do it, or write it down as an issue"


CHECKS = [check_layers, check_libraries, check_lengths, check_words]


def findings(root):
    tree = Tree(root)
    return [finding for check in CHECKS for finding in check(tree)], len(tree.sources)


def main(arguments):
    if len(arguments) != 1:
        print("usage: layers.py PROJECT_FOLDER", file=sys.stderr)
        return 2
    found, count = findings(arguments[0])
    for finding in found:
        print(finding)
    if count == 0:
        print(f"no sources below '{arguments[0]}': the wrong folder?")
        return 1
    print(f"structure: {count} sources examined, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
