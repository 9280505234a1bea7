"""The page for users of NanoROOT, followed to the letter in a folder of its own; and the build script of the name they know."""

import re
import subprocess
from pathlib import Path

import pages
from pages import PROJECT
from support import PATIENCE, HoldfastTest, main

PAGE = pages.load("coming-from-nanoroot.md")
HEADER = (PROJECT / "include" / "holdfast" / "tap.h").read_text()
PEER = Path(__file__).resolve().parent / "fake_peer.py"
BUILD_PATIENCE = 600


class Page(HoldfastTest):
    def setUp(self):
        super().setUp()
        (config,) = pages.blocks(PAGE, "ini")
        (credentials,) = pages.blocks(PAGE, "json")
        (program,) = pages.blocks(PAGE, "c")
        self.write("nanoroot_smp.conf", config.replace("credfile=", f"credfile={self.folder}/"))
        self.write("default-fingerprint.json", credentials)
        self.write("gate.c", self.here(program))
        self.old_files()
        del self.env["HOLDFAST_DIR"]
        self.env["HOME"] = str(self.folder)

    def old_files(self):
        """What NanoROOT sealed, in the words of its stand-in."""
        (self.folder / "gate7-old").mkdir()
        env = {**self.env, "BOARD_SERIAL": "of the old program"}
        for name in ("certificates", "database"):
            plain = self.write("plain", f"contents of {name}\n")
            subprocess.run([PEER, "--seal", "--infile", plain, "--outfile", self.folder / "gate7-old" / name], env=env, check=True)
        self.env = env

    def here(self, text):
        """The page's places as places in this test's folder."""
        for page, ours in (("/etc/digicert", self.folder), ("/tmp/gate7/old", self.folder / "gate7-old"), ("/tmp/gate7", self.folder / "gate7"),
                           ("~/nanoroot/bin/tap_nanoroot_example", PEER), (" gate.c", f" {self.folder / 'gate.c'}")):
            text = text.replace(page, str(ours))
        return text

    def test_every_step_prints_what_the_page_shows(self):
        pages.judge(self, PAGE, self.env, self.here)

    def test_names_and_numbers_are_those_of_the_header(self):
        statuses = re.findall(r"(?m)^#define (\w*ERR_\w+) \((-\d+)\)", HEADER)
        self.assertGreater(len(statuses), 20)
        self.assertEqual(re.findall(r"(?m)^\| `(\w*ERR_\w+)` \| (-\d+) \|", PAGE), statuses)
        functions = set(re.findall(r"(?m)^\w+ (TAP_\w+)\(", HEADER))
        (listed,) = re.findall(r"(?s)\n## Functions\n(.*?)\n## ", PAGE)
        self.assertEqual(set(re.findall(r"`(TAP_\w+)`", listed)), functions)
        for addition in re.findall(r"(?m)^\w+ (HOLDFAST_TAP_\w+)\(", HEADER):
            self.assertIn(f"`{addition}`", PAGE)


class BuildScript(HoldfastTest):
    def test_it_leaves_the_program_where_scripts_expect_it(self):
        # Everything is built and set up already.
        done = subprocess.run([PROJECT / "NanoTAP_scripts" / "tap_nanoroot_build.sh"], cwd=self.folder, env={**self.env, "JOBS": "1", "SKIP_SETUP": "1"},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BUILD_PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())
        help_text = subprocess.run([PROJECT / "bin" / "tap_nanoroot_example", "--help"], env=self.env, capture_output=True,
                                   timeout=PATIENCE, check=False)
        self.assertEqual(help_text.returncode, 0, help_text.stderr)
        self.assertIn(b"--signBuffer", help_text.stdout)
        wrong = subprocess.run([PROJECT / "NanoTAP_scripts" / "tap_nanoroot_build.sh", "--nonsense"], cwd=self.folder, env=self.env,
                               capture_output=True, timeout=PATIENCE, check=False)
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn(b"--nonsense", wrong.stderr)


if __name__ == "__main__":
    main()
