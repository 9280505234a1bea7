"""libholdfast-tap as other people's programs meet it: what it exports, and an application in strict C99."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

LIBRARY = Path(os.environ["HOLDFAST_TAP_LIBRARY"])
APPLICATION = os.environ["HOLDFAST_TAP_APPLICATION"]
EXPORTS = Path(os.environ["HOLDFAST_TAP_EXPORTS"])
NODE = "HOLDFAST_TAP_1"
PATIENCE = 120


def output_of(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


class Library(unittest.TestCase):
    def test_exports_what_is_listed_and_nothing_else(self):
        listed = EXPORTS.read_text().split()
        self.assertEqual(listed, sorted(listed))
        lines = output_of("nm", "--dynamic", "--defined-only", LIBRARY).splitlines()
        symbols = [line.split()[-1] for line in lines]
        self.assertEqual(sorted(s for s in symbols if s != NODE), [f"{name}@@{NODE}" for name in listed])

    def test_is_known_by_its_version(self):
        self.assertIn("[libholdfast-tap.so.1]", output_of("readelf", "--dynamic", LIBRARY))


class Application(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-tap-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        credentials = self.folder / "credentials.json"
        credentials.write_text(json.dumps({"attributes": [
            {"attribute_name": "serial", "attribute_value": {"type": "ENV", "variable_name": "TAP_TEST_SERIAL"}}]}))
        credentials.chmod(0o600)
        (self.folder / "smp.conf").write_text(
            f"providertype=15\n[module]\nmodulenum=1\nmodulename=N\nmoduleidstr={'ab' * 32}\ncredfile={credentials}\n")

    def run_it(self, serial):
        environment = {**os.environ, "HOLDFAST_DIR": str(self.folder / "state"), "TAP_TEST_SERIAL": serial}
        return subprocess.run([APPLICATION, self.folder / "smp.conf", "sealed text"], env=environment, capture_output=True,
                              text=True, timeout=PATIENCE, check=False)

    def test_works_and_works_again(self):
        for _ in range(2):
            done = self.run_it("QX-77120-0831")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_fails_on_another_device(self):
        self.assertEqual(self.run_it("QX-77120-0831").returncode, 0)
        done = self.run_it("QX-77120-0832")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("seal: -70002: ", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
