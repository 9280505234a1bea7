#!/usr/bin/env python3
"""Every header must compile alone and survive being included twice. A header that the source of its name includes
before anything else is proved by the build, and only its guard is looked for here; every other one is compiled by
itself, twice in a row, with the flags of a source beside it."""

import argparse
import json
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import layers

DROPPED = {"-c", "-MD", "-MMD"}
DROPPED_WITH_VALUE = {"-o", "-MT", "-MF"}


def flags_of(command):
    """Compiler and flags of a compile command, without launcher, input and outputs."""
    words = shlex.split(command["command"]) if "command" in command else command["arguments"]
    if Path(words[0]).name in ("ccache", "sccache"):
        words = words[1:]
    kept = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in DROPPED_WITH_VALUE:
            skip = True
        elif word not in DROPPED and word != command["file"]:
            kept.append(word)
    return kept


def plain_flags(commands, root):
    """For a folder without sources: the compiler and its language, and nothing but the project's own folder."""
    first = next(iter(commands.values()))
    return [first[0], "-std=c++23", "-Wall", "-Wextra", "-Werror", f"-I{root}", f"-I{root / 'include'}"]


def flags_for(header, commands, root):
    """The flags of a library's source in the header's folder, else of a test, else plain ones. What serves unit tests
    gets the flags of a test."""
    folder = Path(header).parent.as_posix()
    beside = [source for source in commands if Path(source).parent.as_posix() == folder]
    if not beside:
        return plain_flags(commands, root)
    return commands[min(beside, key=lambda source: (layers.is_unit_test(source) != layers.is_unit_test(header), source))]


def proved_by_build(header, commands, root):
    """Whether the build compiles a source of the same name that includes the header first."""
    source = str(Path(header).with_suffix(".cpp"))
    if source not in commands:
        return False
    first = next(layers.includes_of(layers.lines_of(root, source)), None)
    return first is not None and first.path == header


def has_guard(header, root):
    directives = [line for line in layers.lines_of(root, header) if line.lstrip().startswith("#")]
    return bool(directives) and re.match(r"\s*#\s*(pragma\s+once|ifndef)\b", directives[0]) is not None


def load_commands(build, root):
    commands = {}
    for command in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        file = (Path(command["directory"]) / command["file"]).resolve()
        if file.suffix == ".cpp" and file.is_relative_to(root):
            commands[file.relative_to(root).as_posix()] = flags_of(command)
    return commands


def language_of(header, commands):
    """C where the sources beside it are C."""
    folder = Path(header).parent.as_posix()
    beside = {Path(source).suffix for source in commands if Path(source).parent.as_posix() == folder}
    return "c" if beside == {".c"} else "c++"


def compile_alone(header, flags, language):
    text = f'#include "{header}"\n#include "{header}"\n'
    done = subprocess.run([*flags, "-fsyntax-only", "-x", language, "-"], input=text, text=True, capture_output=True, check=False)
    return None if done.returncode == 0 else f"{header} does not compile alone:\n{done.stderr}"


def check(root, build, jobs):
    commands = load_commands(build, root)
    if not commands:
        return [f"{build}/compile_commands.json names no source below {root}"], 0
    headers = [path for path in layers.files_of(root) if path.endswith((".hpp", ".h"))]
    proved = [header for header in headers if proved_by_build(header, commands, root)]
    failures = [f"{header} has no #pragma once before everything else" for header in proved if not has_guard(header, root)]
    others = [header for header in headers if header not in set(proved)]
    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(lambda header: compile_alone(header, flags_for(header, commands, root),
                                                                   language_of(header, commands)), others))
    return failures + [result for result in results if result], len(headers)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True, help="the build folder with compile_commands.json")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    failures, count = check(arguments.root.resolve(), arguments.build.resolve(), arguments.jobs)
    for failure in failures:
        print(failure)
    print(f"structure: {count} headers examined, {len(failures)} failed")
    return 1 if failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
