"""Making an anchor: what is refused, what is recorded, and what is left untouched."""

import os
import unicodedata

from support import (BOARD, CONTAINER, DOES_NOT_OPEN, NOT_FOUND, REFUSED, SERVER, USAGE, HoldfastTest,
                     env_attribute, main)

TEXT = b"sealed\n"
ACCEPTED = "made knowingly with less entropy than the floor of 64 bits"


class InitTest(HoldfastTest):
    def refuses(self, sysroot, *args, status, says=(), **options):
        """No anchor, no folder for one, no recovery code."""
        before = self.files()
        self.holdfast("init", "--sysroot", sysroot, *args, status=status, says=says, **options)
        self.assertFalse((self.state / "anchor").exists())
        self.assertEqual([name for name in self.files() if name != "state"], [name for name in before if name != "state"])

    def tree(self):
        """Everything in the state folder, byte by byte."""
        return {p.relative_to(self.state): p.read_bytes() for p in self.state.rglob("*") if p.is_file()}


class EntropyFloor(InitTest):
    def test_too_little_is_refused_with_what_to_do(self):
        self.refuses(CONTAINER, "--no-recovery", status=REFUSED,
                     says=["holds 0 bits, 64 fewer than the 64", "--passphrase-file", "--credfile", "--accept-low-entropy"])
        self.assertEqual(self.files(), [])

    def test_a_quorum_that_is_too_small(self):
        self.refuses(SERVER, "--no-recovery", "--quorum", "2", status=REFUSED, says=["holds 48 bits, 16 fewer than the 64", "--quorum"])

    def test_a_passphrase_stands_in(self):
        self.init(CONTAINER, "--passphrase-file", self.secret("passphrase", "siebzehn blaue Pferde"))
        self.assertNotIn(ACCEPTED, self.holdfast("status").text)
        sealed = self.seal(TEXT, "--unlock-passphrase-file", "passphrase")
        self.refuses_to_unseal(sealed, status=DOES_NOT_OPEN, says=["needs its passphrase", "--unlock-passphrase-file"])
        self.assertEqual(self.unseal(sealed, "--unlock-passphrase-file", "passphrase"), TEXT)

    def test_a_claim_stands_in(self):
        file = self.credentials(env_attribute("serial", "SERIAL", bits=64, required=True))
        self.init(CONTAINER, "--credfile", file, env={"SERIAL": "f1e0-73b2-99c4-5d08"})
        self.assertEqual(self.holdfast("--json", "status", env={"SERIAL": "f1e0-73b2-99c4-5d08"}).json["weakest_bits"], 64)

    def test_short_passphrases_are_refused(self):
        for machine in (CONTAINER, BOARD):
            self.refuses(machine, "--no-recovery", "--passphrase-file", self.secret("short", "7 Igel?\n"), status=REFUSED,
                         says=["shorter than 8", "--accept-low-entropy"])
        self.init(CONTAINER, "--passphrase-file", self.secret("enough", "8 Igel!?\n"))

    def test_acceptance_is_recorded_and_shown_for_ever(self):
        self.assertIn(ACCEPTED, self.init(CONTAINER, "--accept-low-entropy").text)
        self.assertIn(ACCEPTED, self.holdfast("status").text)
        status = self.holdfast("--json", "status").json
        self.assertIs(status["low_entropy_accepted"], True)
        self.assertIn("low-entropy-accepted", [e["type"] for e in self.holdfast("--json", "events").json["events"]])

    def test_acceptance_of_a_short_passphrase_is_recorded_too(self):
        self.init(CONTAINER, "--accept-low-entropy", "--passphrase-file", self.write("short", "abc"))
        status = self.holdfast("--json", "status", "--unlock-passphrase-file", "short").json
        self.assertIs(status["low_entropy_accepted"], True)
        self.assertIn("low-entropy-accepted", [e["type"] for e in self.holdfast("--json", "events").json["events"]])

    def test_acceptance_where_it_is_not_needed_is_not_held_against_anybody(self):
        self.init(BOARD, "--accept-low-entropy")
        self.assertIs(self.holdfast("--json", "status").json["low_entropy_accepted"], False)

    def test_tier_of_declared_values(self):
        self.init(CONTAINER, "--accept-low-entropy")
        status = self.holdfast("--json", "status").json
        self.assertEqual((status["tier"], status["platform"], status["weakest_bits"]), ("declared", "container", 0))


class Policy(InitTest):
    def test_quorum_out_of_range(self):
        for quorum, says in (("0", "between 1 and 6"), ("7", "between 1 and 6"), ("-1", "--quorum"), ("four", "--quorum"), ("3.5", "--quorum"),
                             ("99999999999999999999", "--quorum")):
            with self.subTest(quorum):
                self.refuses(SERVER, "--no-recovery", "--quorum", quorum, status=USAGE, says=says)

    def test_quorum_as_chosen(self):
        self.init(SERVER, "--quorum", "6")
        status = self.holdfast("--json", "status").json
        self.assertEqual((status["fingerprint_slot"]["quorum"], status["margin"], status["weakest_bits"]), (6, 0, 176))

    def test_unknown_and_unusable_requirements(self):
        self.refuses(SERVER, "--no-recovery", "--require", "dmi/product_uid", status=NOT_FOUND, says="'dmi/product_uid'")
        self.refuses(CONTAINER, "--no-recovery", "--require", "machine-id", status=NOT_FOUND, says=["'machine-id'", "blank"])

    def test_blank_placeholder_and_unset_values_are_named_and_not_counted(self):
        for value, says in (("", "blank"), ("To be filled by O.E.M.", "placeholder"), ("00000000", "placeholder"), (None, "SERIAL is not set")):
            with self.subTest(value):
                env = {} if value is None else {"SERIAL": value}
                required = self.credentials(env_attribute("serial", "SERIAL", required=True, bits=64))
                self.refuses(BOARD, "--no-recovery", "--credfile", required, status=NOT_FOUND, says=["'serial'", says], env=env)
                optional = self.credentials(env_attribute("serial", "SERIAL", bits=64))
                self.refuses(CONTAINER, "--no-recovery", "--credfile", optional, status=REFUSED, says="holds 0 bits", env=env)
                # Where the rest suffices somebody must still hear that what they named does not count.
                folder = self.folder / f"state-{len(self.files())}"
                made = self.holdfast("--dir", folder, "init", "--sysroot", BOARD, "--no-recovery", "--credfile", optional, env=env)
                counted = self.holdfast("--json", "--dir", folder, "status", env=env).json["fingerprint_slot"]["counted"]
                self.assertNotIn("serial", [a["name"] for a in counted])
                self.assertIn("serial", made.text + made.message)


class RecoveryCode(InitTest):
    def test_its_file(self):
        code = self.init_with_recovery()
        self.assertMode(code, 0o600)
        self.assertRegex(code.read_text(), r"^([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}\n$")

    def test_an_existing_file_is_refused_and_kept(self):
        self.write("recovery.txt", "the code of another anchor")
        self.refuses(BOARD, "--recovery-out", "recovery.txt", status=REFUSED, says=["recovery.txt", "exists already"])
        self.assertEqual((self.folder / "recovery.txt").read_text(), "the code of another anchor")
        self.init_with_recovery(name="another.txt")

    def test_a_place_that_is_not_there(self):
        self.refuses(BOARD, "--recovery-out", "nosuch/recovery.txt", status=NOT_FOUND, says="nosuch/recovery.txt")

    def test_without_terminal_or_file_it_is_refused(self):
        self.refuses(BOARD, status=REFUSED, says=["no terminal", "--recovery-out", "--no-recovery"])
        self.assertEqual(self.files(), [])

    def test_both_words_at_once(self):
        self.refuses(BOARD, "--recovery-out", "f", "--no-recovery", status=USAGE, says=["--recovery-out", "--no-recovery"])

    def test_a_dash_is_no_file_name(self):
        self.holdfast("init", "--sysroot", BOARD, "--recovery-out", "-", status=None)
        self.assertNotIn("-", self.files())

    def test_going_without_is_said(self):
        self.assertIn("there is no recovery code", self.init().text)
        self.assertEqual(self.holdfast("--json", "status").json["slots"], ["fingerprint"])


class Folder(InitTest):
    def test_modes(self):
        self.init_with_recovery()
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        self.assertMode(self.state, 0o700)
        for path in self.state.rglob("*"):
            self.assertMode(path, 0o700 if path.is_dir() else 0o600)

    def test_a_second_init_leaves_the_first_untouched(self):
        self.init()
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        before = self.tree()
        self.refuse_again("--no-recovery")
        self.refuse_again("--recovery-out", "second.txt")
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.files(), ["state"])

    def refuse_again(self, *args):
        self.holdfast("init", "--sysroot", BOARD, *args, status=REFUSED, says=[str(self.state), "holds an anchor already"])

    def test_what_an_earlier_anchor_left_is_kept(self):
        self.init()
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        (self.state / "anchor").unlink()
        before = self.tree()
        self.refuses(BOARD, "--no-recovery", status=REFUSED, says=["keys", "left of an earlier anchor"])
        self.assertEqual(self.tree(), before)

    def test_two_at_once(self):
        started = [self.start("init", "--sysroot", SERVER, "--recovery-out", name) for name in ("one.txt", "two.txt")]
        done = [self.finish(process, status=None) for process in started]
        self.assertEqual(sorted(d.status for d in done), [0, REFUSED], [d.message for d in done])
        winner = "one.txt" if done[0].status == 0 else "two.txt"
        self.assertEqual(self.files(), sorted([winner, "state"]))
        sealed = self.seal(TEXT)
        self.assertEqual(self.unseal(sealed), TEXT)
        self.assertEqual(self.unseal(sealed, "--recovery-file", winner), TEXT)
        self.assertTrue(self.holdfast("--json", "events").json["authenticated"])

    def test_a_folder_that_others_can_enter(self):
        self.state.mkdir()
        self.init()  # empty and ours: closed without asking
        self.assertMode(self.state, 0o700)
        self.state.chmod(0o750)
        self.holdfast("status", status=REFUSED, says=["open to other accounts", f"chmod 700 '{self.state}'"])
        self.state.chmod(0o700)
        (self.state / "anchor").chmod(0o644)
        self.holdfast("seal", input=TEXT, status=REFUSED, says=["open to other accounts", "chmod 600", "anchor"])
        (self.state / "anchor").chmod(0o600)
        self.holdfast("status")

    def test_a_folder_in_use_that_others_can_enter(self):
        self.state.mkdir()
        (self.state / "notes").write_text("somebody's")
        self.state.chmod(0o755)
        self.refuses(BOARD, "--no-recovery", status=REFUSED, says="open to other accounts")
        self.assertMode(self.state, 0o755)


class UnlockPassphrase(InitTest):
    def make(self, passphrase):
        self.init(CONTAINER, "--passphrase-file", self.secret("passphrase", passphrase))
        return self.seal(TEXT, "--unlock-passphrase-file", "passphrase")

    def test_wrong_is_told_like_a_wrong_device(self):
        sealed = self.make("siebzehn blaue Pferde")
        self.refuses_to_unseal(sealed, "--unlock-passphrase-file", self.secret("wrong", "siebzehn rote Pferde"), status=DOES_NOT_OPEN,
                               says="this device's attributes or the required factors do not open this anchor")

    def test_one_that_is_not_needed_is_noted(self):
        self.init()
        self.secret("passphrase", "siebzehn blaue Pferde")
        for command in (("seal",), ("status",)):
            said = self.holdfast(*command, "--unlock-passphrase-file", "passphrase", input=TEXT, says="opens without a passphrase")
            self.assertEqual(said.status, 0)
        self.assertEqual(self.holdfast("--quiet", "seal", "--unlock-passphrase-file", "passphrase", input=TEXT).err, b"")
        self.assertEqual(self.holdfast("--json", "status", "--unlock-passphrase-file", "passphrase").err, b"")
        self.assertNotIn("passphrase", self.holdfast("seal", input=TEXT).message)

    def test_one_that_is_needed_is_not_noted(self):
        self.make("siebzehn blaue Pferde")
        self.assertNotIn("opens without", self.holdfast("status", "--unlock-passphrase-file", "passphrase").message)

    def test_through_a_descriptor(self):
        sealed = self.make("siebzehn blaue Pferde")
        for content, status in ((b"siebzehn blaue Pferde\n", 0), (b"siebzehn rote Pferde\n", DOES_NOT_OPEN)):
            read_end, write_end = os.pipe()
            os.write(write_end, content)
            os.close(write_end)
            self.holdfast("unseal", "--in", sealed, "--out", "out", "--unlock-passphrase-fd", str(read_end), status=status, pass_fds=(read_end,))
            os.close(read_end)
        self.assertEqual((self.folder / "out").read_bytes(), TEXT)

    def test_faulty_descriptors(self):
        sealed = self.make("siebzehn blaue Pferde")
        self.refuses_to_unseal(sealed, "--unlock-passphrase-fd", "99", status=8, says="descriptor 99")
        done = self.holdfast("unseal", "--in", sealed, "--unlock-passphrase-fd", "-1", status=USAGE, says="--unlock-passphrase-fd")
        self.assertLess(len(done.message), 300, "a message for people")

    def test_standard_input_is_not_both_passphrase_and_data(self):
        self.make("siebzehn blaue Pferde")
        self.holdfast("seal", "--out", "new", "--unlock-passphrase-fd", "0", input=b"siebzehn blaue Pferde\n", status=USAGE)
        self.assertNotIn("new", self.files())

    def test_composed_and_decomposed_spellings_are_one_passphrase(self):
        text = "Möwe über Ångström, naïve Käse"
        sealed = self.make(unicodedata.normalize("NFC", text))
        self.secret("decomposed", unicodedata.normalize("NFD", text) + "\r\n")
        self.assertNotEqual((self.folder / "decomposed").read_bytes(), (self.folder / "passphrase").read_bytes())
        self.assertEqual(self.unseal(sealed, "--unlock-passphrase-file", "decomposed"), TEXT)

    def test_a_named_file_that_is_missing_is_never_ignored(self):
        sealed = self.make("siebzehn blaue Pferde")
        self.refuses_to_unseal(sealed, "--unlock-passphrase-file", "absent", status=NOT_FOUND, says="absent")
        self.holdfast("status", "--unlock-passphrase-file", "absent", status=NOT_FOUND, says="absent")
        self.holdfast("events", "--unlock-passphrase-file", "absent", status=NOT_FOUND, says="absent")


if __name__ == "__main__":
    main()
