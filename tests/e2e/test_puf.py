"""Noisy sources: simulated and real readouts, what the analysis says of them, and files that are none."""

import xml.etree.ElementTree as xml

from support import IO, MACHINES, MALFORMED, NOT_FOUND, REFUSED, USAGE, HoldfastTest, main

REAL = MACHINES.parent / "sram-puf" / "M42.bin"
REAL_SIZE = 56320


def bits(content):
    return int.from_bytes(content, "big")


class PufTest(HoldfastTest):
    def holdfast(self, *args, **options):
        return super().holdfast(*(str(arg) for arg in args), **options)

    def simulate(self, name, *args, **options):
        """Readouts in a folder of that name, as paths."""
        self.holdfast("puf", "simulate", "--out", name, *args, **options)
        return sorted((self.folder / name).iterdir())

    def analyse(self, *args):
        return self.holdfast("--json", "puf", "analyse", *args).json


class Simulation(PufTest):
    def test_it_is_as_it_was_asked_for(self):
        files = self.simulate("sim", "--bits", 80000, "--bias", 0.4, "--error-rate", 0.1, "--readouts", 3)
        self.assertEqual([file.name for file in files], ["readout-001.bin", "readout-002.bin", "readout-003.bin"])
        one, two, _ = (file.read_bytes() for file in files)
        self.assertEqual(len(one), 10000)
        self.assertAlmostEqual(bits(one).bit_count() / 80000, 0.4, delta=0.02)
        self.assertAlmostEqual((bits(one) ^ bits(two)).bit_count() / 80000, 0.1, delta=0.01)

    def test_a_seed_makes_it_the_same_again(self):
        content = [[file.read_bytes() for file in self.simulate(name, "--seed", seed)] for name, seed in (("a", 1), ("b", 1), ("c", 2))]
        self.assertEqual(content[0], content[1])
        self.assertNotEqual(content[0], content[2])
        self.assertEqual(len(set(content[0])), 5)

    def test_without_one_it_is_new_and_can_be_repeated(self):
        done = self.holdfast("--json", "puf", "simulate", "--out", "a").json
        self.assertEqual(done["bits"], 16384)
        self.assertEqual(done["files"], [f"a/readout-{i:03}.bin" for i in range(1, 6)])
        self.simulate("b", "--seed", done["seed"])
        self.assertEqual(self.read("a/readout-005.bin"), self.read("b/readout-005.bin"))
        self.assertNotEqual(self.read("a/readout-001.bin"), self.simulate("c")[0].read_bytes())

    def test_says_what_it_is_not_for(self):
        self.assertIn("never use them for secrets", self.holdfast("puf", "simulate", "--out", "a").text)

    def test_nothing_is_overwritten(self):
        before = self.simulate("sim", "--seed", 1)[0].read_bytes()
        self.holdfast("puf", "simulate", "--out", "sim", "--seed", 2, status=REFUSED, says="readout-001.bin")
        self.assertEqual(self.read("sim/readout-001.bin"), before)

    def test_impossible_wishes(self):
        for args, says in ((("--bits", 12), "multiple of 8"), (("--bits", 0), "8 to"), (("--bits", 1 << 24), "8 to"), (("--bias", 0), "bias"),
                           (("--bias", 1.5), "bias"), (("--error-rate", 0.6), "0.5000"), (("--error-rate", -1), "differ"),
                           (("--error-rate", 0.2, "--bias", 0.1), "0.1800"), (("--bias", "nan"), "bias"), (("--readouts", 0), "readouts"),
                           (("--readouts", 257), "readouts"), (("--seed", "x"), "seed")):
            with self.subTest(args):
                self.holdfast("puf", "simulate", "--out", "sim", *args, status=USAGE, says=says)
                self.assertEqual(self.files(), [])
        self.write("file", b"")
        self.holdfast("puf", "simulate", "--out", "file", status=IO, says="file")


class Analysis(PufTest):
    def test_the_real_chip(self):
        found = self.analyse(REAL, "--readout-size", REAL_SIZE)
        self.assertEqual((found["readouts"], found["bits"], found["devices"]), (4, REAL_SIZE * 8, 1))
        content = REAL.read_bytes()
        readouts = [bits(content[i * REAL_SIZE:(i + 1) * REAL_SIZE]) for i in range(4)]
        pairs = [(a ^ b).bit_count() / (REAL_SIZE * 8) for i, a in enumerate(readouts) for b in readouts[:i]]
        self.assertAlmostEqual(found["within"]["mean"], sum(pairs) / 6, places=12)
        self.assertAlmostEqual(found["within"]["greatest"], max(pairs), places=12)
        self.assertAlmostEqual(found["bias"], sum(r.bit_count() for r in readouts) / (REAL_SIZE * 32), places=12)
        self.assertTrue(found["acceptable"])
        self.assertEqual((found["code"], found["cells"], found["bits_needed"]), ("rep7-golay23", "all", 7 * 512))
        self.assertLess(found["log10_failure"], -9)
        self.assertGreater(found["residual_bits"], 128)
        self.assertEqual(found["predictability"]["lag"], 512)

    def test_the_table_says_the_same(self):
        text = self.holdfast("puf", "analyse", REAL, "--readout-size", REAL_SIZE).text
        for words in ("Readouts         4, of 450560 bits each", "49.87 % ones", "5.03 % mean", "cell 512 before", "rep7-golay23, on all cells",
                      "3584 of 450560", "target 1e-09", "would be accepted"):
            self.assertIn(words, text)

    def test_other_devices_are_told_apart(self):
        own = self.simulate("own", "--bits", 32000, "--seed", 1)
        for name, seed in (("x", 2), ("y", 3)):
            self.write(f"{name}.bin", b"".join(file.read_bytes() for file in self.simulate(name, "--bits", 32000, "--seed", seed)))
        self.write("own.bin", b"".join(file.read_bytes() for file in own))
        found = self.analyse("own.bin", "--readout-size", 4000, "--other", "x.bin", "--other", "y.bin")
        self.assertEqual((found["devices"], found["readouts"]), (3, 5))
        self.assertAlmostEqual(found["between"]["mean"], 0.5, delta=0.02)
        self.assertLess(found["within"]["greatest"], 0.06)
        self.assertEqual(found["predictability"]["by_other_devices"], 0.5)
        self.assertTrue(found["acceptable"])
        same = self.analyse("own.bin", "--readout-size", 4000, "--other", own[0])
        self.assertFalse(same["acceptable"])
        self.assertIn("other devices tell", same["refusal"])

    def test_the_code_follows_the_errors_and_the_target(self):
        codes = {}
        for rate in (0.01, 0.05, 0.1, 0.15):
            files = self.simulate(f"sim{rate}", "--bits", 80000, "--error-rate", rate, "--seed", 7)
            for target in (1e-3, 1e-9, 1e-12):
                found = self.analyse(*files, "--target-failure", target)
                codes[rate, target] = int(found["code"].removeprefix("rep").removesuffix("-golay23"))
                self.assertLessEqual(10 ** found["log10_failure"], target)
        for rate in (0.01, 0.05, 0.1, 0.15):
            self.assertLess(codes[rate, 1e-3], codes[rate, 1e-12])
        for target in (1e-3, 1e-9, 1e-12):
            self.assertLess(codes[0.01, target], codes[0.15, target])

    def test_bias_is_taken_out(self):
        found = self.analyse(*self.simulate("sim", "--bits", 160000, "--bias", 0.4, "--error-rate", 0.1, "--seed", 7))
        self.assertEqual((found["acceptable"], found["cells"]), (True, "pairs"))
        self.assertGreater(found["residual_bits"], 128)
        self.assertIn("von Neumann", self.holdfast("puf", "analyse", *sorted((self.folder / "sim").iterdir())).text)

    def test_what_does_not_serve_is_said_with_numbers(self):
        for name, args, says in (("short", ("--bits", 8000, "--error-rate", 0.15), "bytes, and there are 1000"),
                                 ("biased", ("--bias", 0.8, "--error-rate", 0.1), "min-entropy"), ("noise", ("--error-rate", 0.5), "steadier")):
            with self.subTest(name):
                found = self.analyse(*self.simulate(name, "--seed", 7, *args))
                self.assertFalse(found["acceptable"])
                self.assertIn(says, found["refusal"])
                text = self.holdfast("puf", "analyse", *sorted((self.folder / name).iterdir())).text
                self.assertIn("would be refused: ", text)
        for content in (b"\0" * 4000, b"\xff" * 4000, b"\x55" * 4000):
            found = self.analyse(self.write("a", content), self.write("b", content))
            self.assertFalse(found["acceptable"])
            self.assertLess(found["min_entropy_per_bit"], 0.01)

    def test_the_readouts_are_not_printed(self):
        files = self.simulate("sim", "--bits", 16000)
        for file in files:
            self.keep_secret(file.read_bytes())
            self.keep_secret(file.read_bytes()[:16])
        self.holdfast("puf", "analyse", *files, "--plot", "plot.svg")
        self.holdfast("--json", "puf", "analyse", *files, "--plot", "-")

    def test_bad_files(self):
        good = self.write("good", bytes(range(200)))
        self.write("empty", b"")
        self.write("short", bytes(199))
        self.write("huge", bytes((1 << 20) + 1))
        (self.folder / "folder").mkdir()
        for args, status, says in ((("empty", good), MALFORMED, "'empty' is empty"), ((good, "short"), MALFORMED, "'short' has 199 bytes"),
                                   ((good, "none"), NOT_FOUND, "none"), ((good, "folder"), IO, "folder"), ((good, "/proc/self/mem"), IO, "/proc/self/mem"), (("huge", "huge"), MALFORMED, "--readout-size"),
                                   ((good, "--readout-size", 3), MALFORMED, "readouts of 3"), ((good,), USAGE, "at least two files"),
                                   ((good, good, "--other", "short"), MALFORMED, "'short'"), ((good, good, "--other", "empty"), MALFORMED, "'empty'"),
                                   ((good, "--readout-size", 200), USAGE, "at least two"), (("huge", "--readout-size", 1), MALFORMED, "too many")):
            with self.subTest(args):
                self.assertEqual(self.holdfast("puf", "analyse", *args, status=status, says=says).out, b"")

    def test_bad_words(self):
        good = self.write("good", bytes(range(200)))
        for args, says in (((), "READOUTS"), ((good, good, "--target-failure", 0), "target-failure"), ((good, good, "--target-failure", 1), "target-failure"),
                           ((good, good, "--target-failure", "nan"), "target-failure"), ((good, good, "--readout-size", 0), "readout-size"),
                           ((good, good, "--target-failure", "x"), "target-failure")):
            with self.subTest(args):
                self.holdfast("puf", "analyse", *args, status=USAGE, says=says)
        self.holdfast("puf", status=USAGE)


class Plot(PufTest):
    def draw(self, *args):
        self.holdfast("puf", "analyse", *args, "--plot", "plot.svg")
        return self.read("plot.svg")

    def test_it_is_a_picture_with_what_it_says(self):
        svg = self.draw(REAL, "--readout-size", REAL_SIZE)
        root = xml.fromstring(svg)
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        words = " ".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
        for part in ("4 readouts of 450,560 bits each", "How far readouts are apart", "Where the errors are", "Where the bias is", "rep7-golay23", "mean 5 %"):
            self.assertIn(part, words)
        self.assertEqual(len(list(root.iter("{http://www.w3.org/2000/svg}circle"))), 64)
        self.assertNotIn("different devices", words)
        # Nothing lies outside the sheet.
        width, height = float(root.get("width")), float(root.get("height"))
        for element in root.iter():
            for name, limit in (("x", width), ("cx", width), ("x1", width), ("x2", width), ("y", height), ("cy", height), ("y1", height), ("y2", height)):
                if element.get(name):
                    self.assertTrue(0 <= float(element.get(name)) <= limit, xml.tostring(element))

    def test_extremes_are_drawn_too(self):
        zeros, ones, one = self.write("zeros", bytes(300)), self.write("ones", b"\xff" * 300), self.write("one", b"\x01")
        for args in ((zeros, zeros), (zeros, ones), (one, one), (one, zeros.parent / "one", "--other", one), (zeros, zeros, "--other", ones)):
            svg = self.draw(*args)
            xml.fromstring(svg)
            for word in (b"nan", b"inf"):
                self.assertNotIn(word, svg.replace(b"infer", b""))

    def test_it_goes_where_it_is_told(self):
        files = self.simulate("sim")
        done = self.holdfast("puf", "analyse", *files, "--plot", "-")
        xml.fromstring(done.out)
        self.holdfast("puf", "analyse", *files, "--plot", "none/plot.svg", status=NOT_FOUND, says="none")
        self.assertNotIn("none", self.files())
        # A readout that slipped into its place.
        readout = self.read(files[0])
        self.holdfast("puf", "analyse", *files[1:], "--plot", files[0], status=REFUSED, says="is it a readout?")
        self.assertEqual(self.read(files[0]), readout)


if __name__ == "__main__":
    main()
