"""Anchors that open with a noisy physical source: required, in a slot of its own, lost, replaced and enrolled again."""

import json
import random

from machine import BOARD_UUID, FIRST_CARD, NVME, PROCESSOR, SECOND_CARD, MachineTest
from support import CONTAINER, DOES_NOT_OPEN, MALFORMED, MACHINES, NOT_FOUND, REFUSED, SERVER, USAGE, main, program_attribute

TEXT = b"bound to this chip\n"
REAL = MACHINES.parent / "sram-puf" / "M42.bin"
REAL_SIZE = 56320
CELLS = 32768
MOST = (PROCESSOR, BOARD_UUID, NVME, FIRST_CARD, SECOND_CARD)  # too many for the quorum


class Chip:
    """A simulated chip: the same cells each time, and about one bit in seven differs between two readings."""

    def __init__(self, seed, bits=CELLS):
        self.bits, self.cells = bits, random.Random(f"cells {seed}").getrandbits(bits)
        self.chance = random.Random(f"noise {seed}")

    def read(self):
        a, b, c, d, e, f = (self.chance.getrandbits(self.bits) for _ in range(6))
        return (self.cells ^ (a & b & c & (d | e & f))).to_bytes(self.bits // 8, "big")


class PufAnchorTest(MachineTest):
    READINGS = 48

    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)  # programs lie below it
        self.insert(Chip(1))

    def insert(self, chip):
        """From now on the program reads this chip, each time another reading."""
        folder = self.folder / "readings"
        folder.mkdir(exist_ok=True)
        for i in range(self.READINGS):
            (folder / str(i)).write_bytes(chip.read())

    def program(self):
        """Prints the next reading; a counter in a file tells which."""
        return self.write("read-sram", f"""#!/bin/sh
cd {self.folder} || exit 1
n=$(cat counter 2>/dev/null || echo 0)
echo $(((n + 1) % {self.READINGS})) > counter
cat readings/"$n"
""", 0o700)

    def credfile(self, *others, claim="physical", name="credentials.json", **value):
        """A credential file that names the program as a noisy source, and what else is given."""
        source = {"attribute_name": "sram", "attribute_value": {"type": "puf", "program": str(self.program()), **value}}
        return self.credentials(source | ({"class": claim} if claim else {}), *others, name=name)

    def file_credfile(self, path, **more):
        return self.credentials({"attribute_name": "sram", "attribute_value": {"type": "puf", "path": str(path)}, **more})

    def noisy(self):
        return self.status()["noisy"]

    def opens(self):
        return self.unseal("sealed") == TEXT

    def does_not_open(self):
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)

    def break_chip(self):
        self.write("read-sram", "#!/bin/sh\necho the driver is not loaded >&2\nexit 3\n", 0o700)


class Required(PufAnchorTest):
    def setUp(self):
        super().setUp()
        self.recovery = self.folder / "recovery.txt"
        self.made = self.init_with_noisy()
        self.seal(TEXT)

    def init_with_noisy(self):
        made = self.holdfast("--json", "init", "--sysroot", self.tree, "--credfile", self.credfile(), "--recovery-out", self.recovery).json
        self.keep_secret(self.recovery.read_bytes())
        return made

    def test_every_reading_opens(self):
        self.assertEqual((self.made["noisy"], self.made["noisy_role"], self.made["tier"]), ("sram", "required", "physical"))
        for _ in range(12):
            self.assertTrue(self.opens())
        status = self.status()
        self.assertEqual((status["opens"], status["drift"], status["tier"], status["slots"]), (True, [], "physical", ["fingerprint", "recovery"]))
        noisy = status["noisy"]
        self.assertEqual((noisy["name"], noisy["role"], noisy["class"], noisy["available"]), ("sram", "required", "physical", True))
        self.assertEqual(noisy["code"], self.made["noisy_code"])
        self.assertRegex(noisy["code"], r"^rep(19|21|23)-golay23, on all cells$")
        self.assertIn("; required; available\n", self.holdfast("status").text)
        self.assertIn("sram gives the secret that was enrolled", self.holdfast("doctor", status=None).text)

    def test_eight_readings_are_taken_and_one_proves_it(self):
        # One with the other attributes, seven more, one to prove that it opens; then one to seal.
        self.assertEqual(int(self.read("counter")), 10)

    def test_another_chip_and_another_machine_are_one_error(self):
        self.insert(Chip(2))
        for _ in range(8):
            other_chip = self.holdfast("unseal", "--in", "sealed", status=DOES_NOT_OPEN)
        self.insert(Chip(1))
        self.assertTrue(self.opens())
        self.change(*MOST)
        other_machine = self.holdfast("unseal", "--in", "sealed", status=DOES_NOT_OPEN)
        self.assertEqual((other_machine.out, other_machine.message), (b"", other_chip.message))

    def test_what_cannot_be_read_is_said(self):
        self.break_chip()
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="sram is not available: program")
        noisy = self.holdfast("--json", "status", status=DOES_NOT_OPEN).json["noisy"]
        self.assertIs(noisy["available"], False)
        self.assertIn("read-sram", noisy["reason"])
        self.insert(Chip(1, 800))
        self.program()
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="sram is not available: it gave 100 bytes")

    def test_migration_keeps_it(self):
        self.change(PROCESSOR, SECOND_CARD)
        helper = self.helper()
        plan = self.holdfast("migrate", "--plan").text
        self.assertIn("Noisy source  sram goes on with its helper data as they are", plan)
        self.assertEqual(self.holdfast("--json", "migrate", "--yes").json["noisy"], "sram")
        self.assertEqual(self.helper(), helper)
        self.assertTrue(self.opens())
        self.assertEqual(self.drift(), ({}, 2))

    def test_rotation_keeps_it(self):
        helper = self.helper()
        self.assertEqual(self.new_root(), 2)
        self.assertEqual(self.helper(), helper)
        self.assertTrue(self.opens())
        self.insert(Chip(2))
        self.does_not_open()

    def test_changes_wait_for_it(self):
        """Opened with the recovery code, since nothing else opens without the chip."""
        before = (self.state / "anchor").read_bytes()
        self.change(PROCESSOR)
        self.break_chip()
        migrate = ("migrate", "--recovery-file", self.recovery, "--yes")
        self.holdfast(*migrate, status=REFUSED, says=("migration has to wait", "the noisy source 'sram' is not available", "--without sram"))
        self.program()
        self.insert(Chip(2))
        self.holdfast(*migrate, status=REFUSED, says="does not give the secret that was enrolled")
        self.credentials({"attribute_name": "unit", "attribute_value": {"type": "ENV", "variable_name": "UNIT"}})
        self.holdfast(*migrate, status=REFUSED, says="stands in no credential file any more")
        self.assertEqual((self.state / "anchor").read_bytes(), before)

    def test_a_dead_chip_can_be_given_up(self):
        self.break_chip()
        done = self.holdfast("--json", "migrate", "--recovery-file", self.recovery, "--without", "sram", "--yes").json
        self.assertEqual((done["leaving"], done["noisy"], done["rotates_root"]), (["sram"], None, False))
        self.assertTrue(self.opens())
        status = self.status()
        self.assertNotIn("noisy", status)
        self.assertEqual(status["tier"], "software")
        # The next chip.
        self.insert(Chip(2))
        self.program()
        done = self.holdfast("--json", "puf", "enrol", "--as", "required", "--yes").json
        self.assertEqual((done["noisy"], done["role"], done["epoch"]), ("sram", "required", 2))
        self.assertTrue(self.opens())
        self.assertEqual(self.events()[2:], ["noisy-source-enrolled", "migrated", "noisy-source-enrolled", "root-rotated"])
        self.assertEqual(self.status()["tier"], "software")  # of the older root, which is still kept
        self.insert(Chip(1))
        self.does_not_open()

    def test_enrolling_again(self):
        before = self.helper()
        done = self.holdfast("--json", "puf", "enrol", "--yes").json
        self.assertEqual((done["generation"], done["epoch"], done["code"]), (2, 1, self.made["noisy_code"]))
        self.assertNotEqual(self.helper(), before)
        for _ in range(5):
            self.assertTrue(self.opens())
        self.insert(Chip(2))
        self.does_not_open()
        self.holdfast("puf", "enrol", "--yes", status=DOES_NOT_OPEN)
        self.insert(Chip(1))
        self.holdfast("puf", "enrol", "--as", "slot", "--yes", status=REFUSED, says="already")
        self.change(PROCESSOR)
        self.holdfast("puf", "enrol", "--yes", status=REFUSED, says="processor/serial")
        self.assertEqual(self.events(), ["anchor-created", "recovery-code-issued", "noisy-source-enrolled", "noisy-source-enrolled"])

    def helper(self):
        body = json.loads((self.state / "anchor").read_bytes().split(b"\n")[1])
        return next(slot["noisy"]["helper"] for slot in body["slots"] if "noisy" in slot)


class SlotOfItsOwn(PufAnchorTest):
    def setUp(self):
        super().setUp()
        self.init(self.tree, "--credfile", self.credfile(), "--puf", "slot")
        self.seal(TEXT)

    def test_opens_when_the_quorum_is_gone_and_migrates(self):
        self.assertEqual(self.status()["slots"], ["fingerprint", "puf"])
        self.assertEqual((self.noisy()["role"], self.status()["tier"]), ("slot", "software"))
        self.change(*MOST)
        self.assertTrue(self.opens())
        self.assertEqual(self.holdfast("--json", "migrate", "--yes").json["noisy"], "sram")
        self.assertTrue(self.opens())
        self.break_chip()
        self.assertTrue(self.opens())  # by the quorum again
        self.assertIn("not available", self.holdfast("status").text)
        self.assertIn("cannot be used", self.holdfast("doctor", status=None).text)
        self.holdfast("rotate-root", "--yes", status=REFUSED, says=("noisy source 'sram' is not available", "make it available"))

    def test_neither_opens(self):
        self.change(*MOST)
        self.insert(Chip(2))
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="and the noisy source does not open this anchor")
        self.break_chip()
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says="sram is not available")

    def test_rotation_and_giving_up(self):
        self.assertEqual(self.new_root(), 2)
        self.change(*MOST)
        self.assertTrue(self.opens())
        done = self.holdfast("--json", "migrate", "--without", "sram", "--yes").json
        self.assertEqual((done["leaving"], done["rotates_root"]), (["sram"], True))
        self.assertEqual(self.status()["slots"], ["fingerprint"])
        self.assertTrue(self.opens())
        self.restore(*MOST)
        self.does_not_open()

    def test_enrolling_again(self):
        self.holdfast("puf", "enrol", "--yes")
        self.change(*MOST)
        self.assertTrue(self.opens())


class Init(PufAnchorTest):
    def test_stands_in_for_the_floor_where_it_is_hardware(self):
        self.init(CONTAINER, "--credfile", self.credfile())
        self.assertEqual(self.status()["tier"], "physical")
        self.assertFalse(self.status()["low_entropy_accepted"])

    def test_a_program_counts_as_what_its_operator_says(self):
        self.init(CONTAINER, "--credfile", self.credfile(claim=None), status=REFUSED, says="64 fewer than the 64")
        self.assertFalse(self.state.exists())
        self.init(SERVER, "--credfile", self.credfile(claim="declared"))
        self.assertEqual((self.status()["tier"], self.noisy()["class"]), ("software", "declared"))

    def test_none(self):
        self.init(SERVER, "--credfile", self.credfile(), "--puf", "none")
        self.assertNotIn("noisy", self.status())
        self.assertNotIn(b"noisy", (self.state / "anchor").read_bytes())

    def test_the_file_says_that_it_is_not_required(self):
        self.credfile()
        path = self.credentials({"attribute_name": "sram", "required": False, "class": "physical",
                                 "attribute_value": {"type": "puf", "program": str(self.folder / "read-sram")}})
        self.init(SERVER, "--credfile", path)
        self.assertNotIn("noisy", self.status())
        self.holdfast("puf", "enrol", "--yes", status=NOT_FOUND, says="--as required")
        self.holdfast("puf", "enrol", "--as", "none", "--yes", status=USAGE, says="migrate --without")
        self.assertEqual(self.holdfast("--json", "puf", "enrol", "--as", "slot", "--yes").json["epoch"], 1)
        self.assertEqual(self.noisy()["role"], "slot")

    def test_sources_that_do_not_serve(self):
        for content, says in ((bytes(4096), "128 are needed"), (b"\x55" * 4096, "128 are needed"), (Chip(3, 8000).read(), "takes 1216 bytes"),
                              (b"", "gave no bytes"), (bytes(1 << 20) + b"x", "larger")):
            with self.subTest(says):
                path = self.file_credfile(self.write("sram", content))
                self.init(SERVER, "--credfile", path, status=REFUSED, says=("'sram' cannot be enrolled", says))
                self.assertFalse(self.state.exists())
        missing = self.file_credfile(self.folder / "nowhere")
        self.init(SERVER, "--credfile", missing, status=REFUSED, says=("nowhere", "leave it out of the credential file"))

    def test_a_source_of_another_chip_each_time(self):
        self.insert(Chip(1))
        for i in range(0, self.READINGS, 2):
            (self.folder / "readings" / str(i)).write_bytes(Chip(i + 5).read())
        self.init(SERVER, "--credfile", self.credfile(), status=REFUSED, says="'sram' cannot be enrolled")

    def test_wrong_wishes(self):
        self.init(SERVER, "--puf", "required", status=USAGE, says="there is no noisy source to enrol")
        self.init(SERVER, "--credfile", self.credfile(), "--puf", "perhaps", status=USAGE, says="required, slot, none")
        self.init(SERVER, "--credfile", self.credfile(), "--require", "sram", status=NOT_FOUND, says="sram")

    def test_credential_files(self):
        for entry, says in (({"attribute_name": "a", "attribute_value": {"type": "puf", "path": "/x"}, "class": "physical"}, "can be copied"),
                            ({"attribute_name": "a", "attribute_value": {"type": "puf", "path": "/x"}, "bits": 128}, "measured"),
                            ({"attribute_name": "a", "attribute_value": {"type": "puf"}}, "\"path\" is missing")):
            with self.subTest(says):
                self.init(SERVER, "--credfile", self.credentials(entry), status=MALFORMED, says=says)

    def test_stateless_devices_cannot(self):
        self.holdfast("init", "--stateless", "--sysroot", SERVER, "--credfile", self.credfile(), status=REFUSED,
                      says=("noisy source 'sram' cannot be used without storage", "make an anchor"))
        self.assertFalse(self.state.exists())

    def test_fingerprint_shows_it_apart(self):
        found = self.holdfast("--json", "fingerprint", "--sysroot", SERVER, "--credfile", self.credfile()).json
        self.assertEqual(found["noisy"], [{"name": "sram", "source": f"puf:program:{self.folder / 'read-sram'}", "state": "present",
                                           "class": "physical", "bytes": CELLS // 8, "required": True}])
        self.assertNotIn("sram", [a["name"] for a in found["attributes"]])
        text = self.holdfast("fingerprint", "--sysroot", SERVER, "--credfile", self.credfile()).text
        self.assertIn(f"Noisy source     sram (puf:program:{self.folder / 'read-sram'}): {CELLS // 8} bytes", text)

    def test_beside_other_attributes_and_a_passphrase(self):
        program = self.write("unit", "#!/bin/sh\necho unit 7\n", 0o700)
        words = self.secret("words", "correct horse battery")
        self.init(SERVER, "--credfile", self.credfile(program_attribute("unit", program, required=True)), "--passphrase-file", words)
        self.holdfast("--unlock-passphrase-file", words, "key", "list")
        self.write("wrong", "incorrect horse battery")
        other = self.holdfast("--unlock-passphrase-file", "wrong", "key", "list", status=DOES_NOT_OPEN)
        self.insert(Chip(2))
        self.assertEqual(self.holdfast("--unlock-passphrase-file", words, "key", "list", status=DOES_NOT_OPEN).message, other.message)

    def test_with_the_fips_provider(self):
        self.init(SERVER, "--credfile", self.credfile(), "--profile", "fips")
        self.assertEqual(self.status()["tier"], "physical")


class RealChip(PufAnchorTest):
    def test_every_other_readout_opens(self):
        content = REAL.read_bytes()
        readouts = [content[i:i + REAL_SIZE] for i in range(0, len(content), REAL_SIZE)]
        sram = self.write("sram", readouts[0])
        self.init(SERVER, "--credfile", self.file_credfile(sram))
        self.seal(TEXT)
        for readout in readouts[1:]:
            sram.write_bytes(readout)
            self.assertTrue(self.opens())
        self.assertEqual((self.noisy()["class"], self.status()["tier"]), ("declared", "software"))
        # The same bytes from further on are other cells.
        sram.write_bytes(readouts[0][4096:])
        self.does_not_open()


if __name__ == "__main__":
    main()
