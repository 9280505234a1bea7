"""Where programs and libraries look for libraries: beside themselves, and never in somebody else's folder."""

import os
import re
import struct
import subprocess
from pathlib import Path

from support import HoldfastTest, PATIENCE, main
from tap import program

PLACES = [Path(os.environ[name]) for name in ("HOLDFAST_BUILD", "HOLDFAST_LIB")] + [Path(program()).parent]
EXECUTABLE, SHARED = 2, 3


def is_loaded(path):
    """Whether it is a program or a shared library, by the header of its file."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(18)
    return len(head) == 18 and head[:4] == b"\x7fELF" and struct.unpack("<H", head[16:])[0] in (EXECUTABLE, SHARED)


class Paths(HoldfastTest):
    def test_none_is_empty_or_absolute(self):
        built = sorted({path for place in PLACES for path in place.rglob("*") if is_loaded(path)})
        found = {}
        for path in built:
            shown = subprocess.run(["readelf", "-d", path], env=self.env, capture_output=True, timeout=PATIENCE, check=True).stdout.decode()
            for paths in re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", shown):
                found[path] = paths.split(":")
        # It links one of our libraries: without a path it would not be found.
        self.assertIn(Path(program()), found, built)
        for path, places in found.items():
            for place in places:
                with self.subTest(str(path)):
                    self.assertTrue(place == "$ORIGIN" or place.startswith("$ORIGIN/"), places)

    def test_the_current_directory_is_not_searched(self):
        for name in ("libcrypto.so.3", "libholdfast-tap.so.1", "libc.so.6"):
            self.write(name, b"whoever owns the current directory put this here")
        done = subprocess.run([program(), "--help"], cwd=self.folder, env=self.env, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    main()
