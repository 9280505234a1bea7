"""Where the drop-in program keeps its anchor, what it is worth, two first runs at once, and devices that store nothing."""

import os
import random

from support import SERVER, env_attribute, flipped, main
from tap import MESSAGE, MODULE_ID, NONE, SHA256, TapTest

P_256, ML_DSA_44 = "0x300000001", "0x200000001"
AT_ONCE = 4


class FirstRuns(TapTest):
    def test_at_once_there_is_one_anchor(self):
        started = []
        for i in range(AT_ONCE):
            started.append(self.start_tap(*self.sealing("message", f"sealed-{i}")))
            started.append(self.start_tap("--signBuffer", "--infile", "message", "--keyId", P_256, "--hashType", "1",
                                          "--pubKey", f"public-{i}", "--sigfile", f"signature-{i}"))
        for process in started:
            self.finish(process)
        self.assertEqual(len({self.read(f"public-{i}") for i in range(AT_ONCE)}), 1)
        for i in range(AT_ONCE):
            self.tap(*self.unsealing(f"sealed-{i}", "unsealed"))
            self.assertEqual(self.read("unsealed"), MESSAGE)
            self.openssl("dgst", "-sha256", "-verify", "public-0", "-signature", f"signature-{i}", "message")
        events = [event["type"] for event in self.holdfast("--json", "events").json["events"]]
        self.assertEqual(events.count("anchor-created"), 1)
        self.snapshot()

    def test_each_operation_but_unsealing_and_verifying_makes_one(self):
        self.write("digest", b"d" * 32)
        for words in (self.sealing(), self.signing(P_256, SHA256), self.signing(ML_DSA_44, NONE),
                      self.signing(P_256, SHA256, operation="--signDigest", infile="digest")):
            self.state = self.folder / f"state-{words[0]}-{words[4]}"
            self.env["HOLDFAST_DIR"] = str(self.state)
            self.tap(*words)
            self.assertTrue((self.state / "anchor").is_file())
            self.assertMode(self.state, 0o700)
        self.sign(P_256, SHA256)
        self.state = self.folder / "state-none"
        self.env["HOLDFAST_DIR"] = str(self.state)
        self.tap(*self.verifying(P_256, SHA256))
        self.assertFalse(self.state.exists(), "verifying made an anchor")

    def test_little_entropy_is_warned_about(self):
        self.tap(*self.sealing(), says=["0 bits", "64"])
        self.state = self.folder / "other"
        self.env["HOLDFAST_DIR"] = str(self.state)
        self.credentials(env_attribute("board-id", "BOARD_SERIAL", bits=80), name="default-fingerprint.json")
        self.assertNotIn("bits", self.tap(*self.sealing()).message)


class NoisySources(TapTest):
    def setUp(self):
        super().setUp()
        self.cells = random.Random("cells").randbytes(3000)
        self.write("sram", self.cells)
        source = {"attribute_name": "sram", "attribute_value": {"type": "puf", "path": str(self.folder / "sram")}}
        self.credentials(env_attribute("board-id", "BOARD_SERIAL"), source, name="default-fingerprint.json")

    def test_one_is_needed_beside_the_other_attributes(self):
        self.tap(*self.sealing())
        self.write("sram", flipped(self.cells, 7, 0xFF))
        self.tap(*self.unsealing())
        self.assertEqual(self.read("unsealed"), MESSAGE)
        self.write("sram", random.Random("other cells").randbytes(3000))
        self.refuses(*self.unsealing(), says="do not open")
        self.write("sram", self.cells[:100])
        self.refuses(*self.unsealing(), says="sram is not available: it gave 100 bytes")

    def test_devices_that_store_nothing_refuse_one(self):
        self.configure("stateless=1", "accept_low_entropy=1")
        self.refuses(*self.sealing(), says=("'sram' cannot be used without storage", "take it out of the credential file"))
        self.assertFalse(self.state.exists())


class DefaultFolder(TapTest):
    """Of an account without privileges, so that the machine's own stays as it is."""

    def setUp(self):
        super().setUp()
        del self.env["HOLDFAST_DIR"]
        self.options = self.without_privileges()
        self.home = self.folder / "home"
        self.home.mkdir()
        self.give_away(self.home)

    def anchors(self):
        return [str(path.relative_to(self.home)) for path in self.home.rglob("anchor")]

    def seal_as_that_user(self, env):
        self.tap(*self.sealing(), env=env, **self.options)
        self.tap(*self.unsealing(), env=env, **self.options)
        self.assertEqual(self.read("unsealed"), MESSAGE)

    def test_in_the_data_folder(self):
        data = self.home / "data"
        self.seal_as_that_user({"XDG_DATA_HOME": str(data), "HOME": "/nonexistent"})
        self.assertEqual(self.anchors(), [f"data/holdfast/tap/{MODULE_ID}/anchor"])

    def test_in_the_home_folder(self):
        self.seal_as_that_user({"HOME": str(self.home)})
        self.assertEqual(self.anchors(), [f".local/share/holdfast/tap/{MODULE_ID}/anchor"])

    def test_the_command_s_own_device_has_room_beside_it(self):
        env = {"HOME": str(self.home)}
        self.seal_as_that_user(env)
        self.holdfast("init", "--sysroot", SERVER, "--no-recovery", env=env, **self.options)
        self.assertEqual(sorted(self.anchors()), [".local/share/holdfast/anchor", f".local/share/holdfast/tap/{MODULE_ID}/anchor"])

    def test_modules_have_folders_of_their_own(self):
        env = {"HOME": str(self.home)}
        self.seal_as_that_user(env)
        other = "0" * 63 + "7"
        self.configure(moduleidstr=other)
        # Its device is another one; and where it has no anchor, unsealing makes none.
        self.refuses(*self.unsealing("sealed", "again"), env=env, says="anchor", **self.options)
        self.assertEqual(len(self.anchors()), 1)
        self.seal_as_that_user(env)
        self.assertEqual(len(self.anchors()), 2)

    def test_the_spelling_of_the_module_does_not_matter(self):
        env = {"HOME": str(self.home)}
        self.seal_as_that_user(env)
        self.configure(moduleidstr=MODULE_ID.upper())
        self.tap(*self.unsealing("sealed", "again"), env=env, **self.options)

    def test_one_that_cannot_be_written(self):
        closed = self.folder / "closed"
        closed.mkdir(mode=0o555)
        for words in (self.sealing(), self.signing(P_256, SHA256)):
            outcome = self.refuses(*words, env={"HOME": str(closed)}, says=str(closed), **self.options)
            for way_out in ("HOLDFAST_DIR", "stateless=1"):
                self.assertIn(way_out, outcome.message)


class Stateless(TapTest):
    def setUp(self):
        super().setUp()
        self.credentials(env_attribute("board-id", "BOARD_SERIAL", bits=80), name="default-fingerprint.json")
        self.configure("stateless=1")

    def test_nothing_is_stored_and_all_comes_back(self):
        self.tap(*self.sealing())
        for key, hash_type in ((P_256, SHA256), (ML_DSA_44, NONE), ("0x100000002", SHA256)):
            _, first = self.sign(key, hash_type)
            self.openssl_verifies(hash_type)
            self.assertEqual(self.sign(key, hash_type)[1], first)
        self.tap(*self.unsealing())
        self.assertEqual(self.read("unsealed"), MESSAGE)
        self.assertFalse(self.state.exists())

    def test_where_nothing_can_be_written(self):
        options = self.without_privileges()
        closed = self.folder / "closed"
        closed.mkdir(mode=0o555)
        for env in ({"HOLDFAST_DIR": str(closed / "state")}, {"HOLDFAST_DIR": None, "HOME": "/nonexistent"}):
            self.tap(*self.sealing(), env=env, **options)
            self.tap(*self.unsealing(), env=env, **options)
            self.assertEqual(self.read("unsealed"), MESSAGE)

    def test_another_device_opens_nothing(self):
        self.tap(*self.sealing())
        self.refuses(*self.unsealing(), env={"BOARD_SERIAL": "another-serial-3310"}, says="sealed")
        self.refuses(*self.unsealing(), env={"BOARD_SERIAL": None}, says="board-id")
        self.refuses(*self.sealing("message", "new"), env={"BOARD_SERIAL": None}, says="board-id")

    def test_another_module_is_another_device(self):
        self.tap(*self.sealing())
        _, first = self.sign(P_256, SHA256)
        self.configure("stateless=1", moduleidstr="0" * 63 + "7")
        self.refuses(*self.unsealing(), says="sealed")
        self.assertNotEqual(self.sign(P_256, SHA256)[1], first)

    def test_with_an_anchor_beside_it_nothing_is_guessed(self):
        self.tap(*self.sealing())
        self.configure()
        self.refuses(*self.unsealing(), says=())
        self.assertFalse((self.state / "anchor").exists())
        self.configure("stateless=0")
        self.tap(*self.sealing("message", "anchored"))
        self.assertTrue((self.state / "anchor").exists())
        self.refuses(*self.unsealing(), says="sealed")
        self.tap(*self.unsealing("anchored"))

    def test_little_entropy_is_refused_unless_accepted(self):
        self.credentials(env_attribute("board-id", "BOARD_SERIAL"), name="default-fingerprint.json")
        for words in (self.sealing(), self.signing(P_256, SHA256)):
            self.refuses(*words, says=["0 bits", "accept_low_entropy"])
        self.configure("stateless=1", "accept_low_entropy=1")
        self.tap(*self.sealing())
        self.tap(*self.unsealing())
        self.assertEqual(self.read("unsealed"), MESSAGE)


if __name__ == "__main__":
    main()
