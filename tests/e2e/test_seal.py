"""Sealing and unsealing: every size, every refusal, and output that is complete or not there."""

import os

from support import (BOARD, DONE, DOES_NOT_OPEN, IO, MALFORMED, NOT_FOUND, REFUSED, SERVER, USAGE, WRONG_PASSPHRASE,
                     HoldfastTest, flipped, main)

CHUNK = 64 * 1024
TEXT = b"what nobody else may read\n"


class Sealing(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_sizes(self):
        for size in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 16 * CHUNK, 16 * CHUNK + 1, 5_000_000):
            with self.subTest(size):
                content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
                self.write("plain", content)
                self.holdfast("seal", "--in", "plain", "--out", "sealed", says=f"Sealed {size} bytes into sealed")
                self.assertEqual(self.unseal("sealed", says=f"Unsealed {size} bytes"), content)

    def test_pipes(self):
        content = os.urandom(3 * CHUNK + 17)
        for dashes in ((), ("--in", "-", "--out", "-")):
            sealed = self.holdfast("seal", *dashes, input=content)
            self.assertEqual(sealed.err, b"")
            opened = self.holdfast("unseal", *dashes, input=sealed.out)
            self.assertEqual((opened.out, opened.err), (content, b""))

    def test_into_a_pipe_go_only_verified_chunks(self):
        content = os.urandom(3 * CHUNK)
        sealed = self.holdfast("seal", input=content).out
        altered = flipped(sealed, len(sealed) - CHUNK // 2)
        out = self.holdfast("unseal", input=altered, status=MALFORMED, says="chunk 3").out
        self.assertEqual(out, content[:len(out)])
        self.assertLess(len(out), len(content))

    def test_sealed_twice_differs(self):
        first, second = (self.seal(TEXT, name=name).read_bytes() for name in ("a", "b"))
        heads = [content.split(b"\n")[1] for content in (first, second)]
        self.assertNotEqual(*heads)
        self.assertNotEqual(first[-len(TEXT):], second[-len(TEXT):])

    def test_suites(self):
        for suite in ("aes-256-gcm", "chacha20-poly1305"):
            sealed = self.seal(TEXT, "--suite", suite)
            self.assertIn(f'"suite":"{suite}"'.encode(), sealed.read_bytes())
            self.assertEqual(self.unseal(sealed), TEXT)
        self.holdfast("seal", "--suite", "rot13", input=TEXT, status=USAGE, says=["rot13", "aes-256-gcm", "chacha20-poly1305"])

    def test_name(self):
        sealed = self.seal(TEXT, "--name", "päckchen 1")
        self.assertEqual(self.unseal(sealed), TEXT)
        self.assertEqual(self.unseal(sealed, "--name", "päckchen 1"), TEXT)
        self.refuses_to_unseal(sealed, "--name", "päckchen 2", status=REFUSED, says=["päckchen 1", "päckchen 2"])
        self.refuses_to_unseal(self.seal(TEXT, name="nameless"), "--name", "x", status=REFUSED, says="without a name")
        self.holdfast("seal", "--name", "a\nb", input=TEXT, status=USAGE, says="control characters")

    def test_expiry(self):
        self.assertEqual(self.unseal(self.seal(TEXT, "--expires", "30d")), TEXT)
        self.assertEqual(self.unseal(self.seal(TEXT, "--expires", "2999-12-31T23:59:59+01:00")), TEXT)
        for wrong in ("tomorrow", "30", "-1d", "2026-13-01T00:00:00Z", "30y"):
            self.holdfast("seal", "--expires", wrong, input=TEXT, status=USAGE, says=[wrong, "30d"])
        for nothing in ("0d", "00s"):
            self.holdfast("seal", "--expires", nothing, input=TEXT, status=USAGE, says=[f"'{nothing}' has no length", "30d"])

    def test_expired(self):
        self.holdfast("seal", "--in", "plain", "--out", "late", "--expires", "2020-01-01T00:00:00Z", status=USAGE, says="is past")
        self.assertNotIn("late", self.files())
        # The shortest span there is; every try takes an Argon2id call, so that this waits for the moment itself.
        sealed = self.seal(TEXT, "--expires", "1s")
        while self.holdfast("unseal", "--in", sealed, status=None).status == DONE:
            pass
        self.refuses_to_unseal(sealed, status=REFUSED, says=["sealed", "expired on "])

    def test_another_anchor(self):
        sealed = self.seal(TEXT)
        self.state = self.folder / "other"
        self.env["HOLDFAST_DIR"] = str(self.state)
        self.init()
        self.refuses_to_unseal(sealed, status=DOES_NOT_OPEN, says=["sealed by anchor", "this is anchor"])

    def test_altered(self):
        sealed = self.seal(b"x" * 3 * CHUNK, "--name", "n").read_bytes()
        line_1, line_2 = sealed.index(b"\n"), sealed.index(b"\n", sealed.index(b"\n") + 1)
        body = line_2 + 1 + 130
        for what, position, says, mask in (("magic", 3, "not a file sealed", 1), ("version", line_1 - 1, "version 2", 3),
                                           ("suite", sealed.index(b"-gcm") + 1, "suite", 1), ("salt", sealed.index(b'"salt":"') + 12, "header", 1),
                                           ("name", sealed.index(b'"name":"n"') + 8, "header was altered", 1),
                                           ("device tag", line_2 + 1, "altered", 1), ("open tag", line_2 + 70, "altered", 1),
                                           ("first chunk", body + 10, "chunk 1", 1), ("last chunk", len(sealed) - 1, "chunk 3", 1)):
            with self.subTest(what):
                self.write("altered", flipped(sealed, position, mask))
                self.refuses_to_unseal("altered", status=MALFORMED, says=["'altered'", says])

    def test_truncated_and_trailing(self):
        sealed = self.seal(b"x" * 3 * CHUNK).read_bytes()
        for size in (0, 5, 60, 300, len(sealed) - CHUNK - 500, len(sealed) - CHUNK - 21, len(sealed) - 1):
            with self.subTest(size):
                self.write("short", sealed[:size])
                self.refuses_to_unseal("short", status=MALFORMED, says=["'short'", "truncated"])
        self.write("long", sealed + b"\0")
        self.refuses_to_unseal("long", status=MALFORMED, says=["'long'", "bytes follow"])

    def test_a_file_that_was_never_sealed(self):
        for content in (TEXT, b"\0" * 1000, b"holdfast-sealed-v1\n", b"holdfast-sealed-v2\n{}\n"):
            self.write("foreign", content)
            self.refuses_to_unseal("foreign", status=MALFORMED, says="'foreign'")


class Passphrases(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.secret("passphrase", "zweiundvierzig Igel\n")
        self.secret("wrong", "dreiundvierzig Igel\n")

    def test_right_and_wrong(self):
        sealed = self.seal(TEXT, "--passphrase-file", "passphrase")
        self.assertEqual(self.unseal(sealed, "--passphrase-file", "passphrase"), TEXT)
        self.refuses_to_unseal(sealed, "--passphrase-file", "wrong", status=WRONG_PASSPHRASE, says=["sealed", "wrong passphrase"])
        self.refuses_to_unseal(sealed, status=USAGE, says="passphrase is needed")
        self.refuses_to_unseal(sealed, "--passphrase-file", "absent", status=NOT_FOUND, says="absent")

    def test_a_passphrase_for_a_file_without_one_is_refused(self):
        self.refuses_to_unseal(self.seal(TEXT), "--passphrase-file", "passphrase", status=USAGE, says="sealed without a passphrase")

    def test_an_altered_header_is_found_before_the_passphrase_is_tried(self):
        sealed = self.seal(TEXT, "--passphrase-file", "passphrase").read_bytes()
        self.write("altered", flipped(sealed, sealed.index(b'"passes":3') + 9))
        self.refuses_to_unseal("altered", "--passphrase-file", "wrong", status=MALFORMED, says="altered")

    def test_a_wrong_passphrase_leaves_a_pipe_empty(self):
        sealed = self.seal(TEXT, "--passphrase-file", "passphrase")
        out = self.holdfast("unseal", "--in", sealed, "--passphrase-file", "wrong", status=WRONG_PASSPHRASE).out
        self.assertEqual(out, b"")

    def test_faulty_passphrase_files(self):
        for content, says in ((b"", "empty"), (b"\n", "empty"), (b"\xff\xfe" * 8, "not valid UTF-8"), (b"x" * 2000, "1024")):
            self.write("faulty", content)
            done = self.holdfast("seal", "--out", "new", "--passphrase-file", "faulty", input=TEXT, status=None, says=says)
            self.assertIn(done.status, (USAGE, MALFORMED))
            self.assertNotIn("new", self.files())


class Output(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.write("plain", TEXT)
        self.seal(TEXT)

    def test_modes(self):
        self.holdfast("unseal", "--in", "sealed", "--out", "secret")
        self.assertMode(self.folder / "secret", 0o600)
        self.assertMode(self.folder / "sealed", 0o644)

    def test_an_earlier_file_is_replaced_only_by_a_complete_one(self):
        self.write("out", b"precious")
        self.write("broken", (self.folder / "sealed").read_bytes()[:-1])
        for args in (("unseal", "--in", "broken"), ("unseal", "--in", "absent"), ("unseal", "--in", "sealed", "--name", "other"),
                     ("seal", "--in", "absent"), ("seal", "--in", "plain", "--suite", "none"), ("sign", "--key", "absent")):
            with self.subTest(args):
                before = self.files()
                self.assertNotEqual(self.holdfast(*args, "--out", "out", status=None).status, 0)
                self.assertEqual((self.folder / "out").read_bytes(), b"precious")
                self.assertEqual(self.files(), before)
        self.holdfast("unseal", "--in", "sealed", "--out", "out")
        self.assertEqual((self.folder / "out").read_bytes(), TEXT)

    def test_in_place(self):
        self.holdfast("seal", "--in", "plain", "--out", "plain")
        self.assertTrue((self.folder / "plain").read_bytes().startswith(b"holdfast-sealed-v1\n"))
        self.holdfast("unseal", "--in", "plain", "--out", "plain")
        self.assertEqual((self.folder / "plain").read_bytes(), TEXT)

    def test_a_link_is_followed_and_stays(self):
        for what, existing in (("to a file", ["file"]), ("to nothing yet", [])):
            with self.subTest(what):
                target = self.folder / what
                target.mkdir()
                for name in existing:
                    (target / name).write_bytes(b"earlier")
                link = self.folder / f"link {what}"
                link.symlink_to(target / "file")
                self.holdfast("unseal", "--in", "sealed", "--out", link)
                self.assertTrue(link.is_symlink(), "the link was replaced")
                self.assertEqual((target / "file").read_bytes(), TEXT)

    def test_missing_and_impossible_places(self):
        for status, where in ((NOT_FOUND, "nosuch/file"), (IO, "plain/file"), (IO, "state"), (IO, "state/")):
            with self.subTest(where):
                before = self.files()
                self.holdfast("seal", "--in", "plain", "--out", where, status=status, says=f"'{where}'")
                self.holdfast("unseal", "--in", "sealed", "--out", where, status=status, says=f"'{where}'")
                self.assertEqual(self.files(), before)
        self.holdfast("seal", "--in", "absent", "--out", "new", status=NOT_FOUND, says="'absent'")
        self.holdfast("seal", "--in", "state", "--out", "new", status=IO, says=["'state'", "directory"])
        self.assertNotIn("new", self.files())

    def test_a_full_device(self):
        with open("/dev/full", "wb") as full:
            self.holdfast("seal", "--in", "plain", stdout=full, status=IO, says="No space left")
            self.holdfast("unseal", "--in", "sealed", stdout=full, status=IO, says="No space left")
            self.holdfast("status", stdout=full, status=IO, says="No space left")

    def test_what_is_no_ordinary_file_is_never_replaced(self):
        # As root this would be /dev/null, and with it the whole machine's.
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.holdfast("unseal", "--in", "sealed", "--out", "pipe", status=None)
        self.assertTrue(pipe.is_fifo(), "the pipe was replaced by a file")

    def test_a_closed_pipe_is_an_ordinary_error(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        with os.fdopen(write_end, "wb") as closed:
            self.holdfast("unseal", "--in", "sealed", stdout=closed, status=IO, says="Broken pipe")

    def test_reports(self):
        report = self.holdfast("--json", "seal", "--in", "plain", "--out", "new").json
        self.assertEqual((report["in"], report["out"], report["plaintext_bytes"]), ("plain", "new", len(TEXT)))
        self.assertEqual(report["sealed_bytes"], (self.folder / "new").stat().st_size)
        quiet = self.holdfast("--quiet", "unseal", "--in", "new", "--out", "again")
        self.assertEqual(quiet.out + quiet.err, b"")


class Recovery(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.machine(SERVER)
        self.code = self.init_with_recovery("machine").read_bytes()
        self.seal(TEXT)

    def lose_the_machine(self):
        (self.folder / "machine").rename(self.folder / "scrapped")

    def test_the_code_opens_what_the_machine_no_longer_can(self):
        self.lose_the_machine()
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN)
        self.assertEqual(self.unseal("sealed", "--recovery-file", "recovery.txt"), TEXT)
        for spelling in (self.code.lower(), self.code.replace(b"-", b" "), self.code.replace(b"-", b"").strip(),
                         self.code.replace(b"1", b"l").replace(b"0", b"o")):
            self.secret("typed", spelling)
            self.assertEqual(self.unseal("sealed", "--recovery-file", "typed"), TEXT)

    def test_a_wrong_code(self):
        other = self.folder / "other"
        self.holdfast("--dir", other, "init", "--sysroot", BOARD, "--recovery-out", "other.txt")
        self.keep_secret((self.folder / "other.txt").read_bytes())
        self.refuses_to_unseal("sealed", "--recovery-file", "other.txt", status=WRONG_PASSPHRASE, says="another anchor")

    def test_a_mistyped_code(self):
        for position in (0, 20, 46):
            typed = bytearray(self.code)
            typed[position] = ord("7") if typed[position] != ord("7") else ord("8")
            self.secret("typed", bytes(typed))
            self.refuses_to_unseal("sealed", "--recovery-file", "typed", status=WRONG_PASSPHRASE, says=["checksum", "typing error"])
        for content in (b"", self.code[:20], self.code + b"AAAAA", b"\xff\0"):
            self.write("typed", content)
            self.refuses_to_unseal("sealed", "--recovery-file", "typed", status=WRONG_PASSPHRASE, says="not a recovery code")

    def test_an_anchor_without_a_code_says_so(self):
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.init()
        self.refuses_to_unseal(self.seal(TEXT), "--recovery-file", "recovery.txt", status=NOT_FOUND, says="has no recovery code")


if __name__ == "__main__":
    main()
