"""Descriptors, links and devices that a script or a stranger puts in the way."""

import os
import subprocess

from support import (BOARD, DONE, IO, NOT_FOUND, REFUSED, USAGE, HoldfastTest, command, env_attribute, main)

TEXT = b"what must not be lost\n"


class Descriptors(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.write("plain", TEXT)

    def closed(self, *args, fds):
        """Runs the command with some of the descriptors 0 to 2 closed, as a careless supervisor does."""
        def close():
            for fd in fds:
                os.close(fd)
        return subprocess.run(command(*args), env=self.env, cwd=self.folder, preexec_fn=close, check=False, timeout=120).returncode

    def test_notes_never_go_into_the_output(self):
        for fds in ((2,), (1, 2), (0, 1, 2)):
            with self.subTest(fds):
                self.assertEqual(self.closed("seal", "--in", "plain", "--out", "sealed", fds=fds), DONE)
                self.assertTrue((self.folder / "sealed").read_bytes().startswith(b"holdfast-sealed-v1\n"))
                self.assertEqual(self.unseal("sealed"), TEXT)

    def test_a_closed_output_is_an_error(self):
        self.assertEqual(self.closed("seal", "--in", "plain", fds=(1,)), IO)

    def test_data_is_never_taken_for_a_passphrase(self):
        self.holdfast("seal", "--in", "plain", "--out", "new", "--unlock-passphrase-fd", "9", status=IO, says="descriptor 9")
        for option in ("--passphrase-file", "--unlock-passphrase-file"):
            for standard_input in ("-", "/dev/stdin"):
                self.holdfast("seal", option, standard_input, "--out", "new", input=TEXT, status=USAGE, says="standard input")
        self.assertNotIn("new", self.files())

    def test_a_passphrase_comes_from_standard_input(self):
        self.holdfast("seal", "--in", "plain", "--out", "new", "--passphrase-file", "-", input=b"correct horse\n")
        passphrase = self.secret("passphrase", "correct horse")
        self.assertEqual(self.unseal("new", "--passphrase-file", passphrase), TEXT)

    def test_a_redirected_output_is_appended_to(self):
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        with open(self.write("keys.pem", b"before\n"), "ab") as out:
            self.holdfast("key", "public", "k", "--out", "/dev/stdout", stdout=out)
        self.assertTrue((self.folder / "keys.pem").read_bytes().startswith(b"before\n-----BEGIN PUBLIC KEY-----"))


class Places(HoldfastTest):
    def test_a_strangers_link_in_a_shared_folder(self):
        self.init()
        self.write("plain", TEXT)
        shared = self.folder / "shared"
        shared.mkdir()
        shared.chmod(0o1777)
        victim = self.write("victim", b"precious")
        (shared / "out").symlink_to(victim)
        if os.geteuid() == 0:
            os.lchown(shared / "out", 65534, 65534)
            self.holdfast("seal", "--in", "plain", "--out", shared / "out", status=REFUSED, says="another user's link")
            self.assertEqual(victim.read_bytes(), b"precious")
        else:
            self.holdfast("seal", "--in", "plain", "--out", shared / "out")  # one's own link is followed
            self.assertTrue((shared / "out").is_symlink())

    def test_dots_behind_a_link_lead_where_the_system_says(self):
        (self.folder / "elsewhere" / "deep").mkdir(parents=True)
        (self.folder / "link").symlink_to(self.folder / "elsewhere" / "deep")
        state = "link/../state"
        self.holdfast("--dir", state, "init", "--sysroot", BOARD, "--no-recovery")
        self.holdfast("--dir", state, "key", "create", "k", "--alg", "ed25519")
        self.assertEqual(sorted(p.name for p in (self.folder / "elsewhere" / "state").iterdir()), ["anchor", "events", "keys", "lock"])
        self.assertNotIn("state", self.files())

    def test_the_recovery_code_stays_out_of_the_state_folder(self):
        (self.folder / "state" / "sub").mkdir(parents=True, mode=0o700)
        (self.folder / "state").chmod(0o700)
        self.holdfast("init", "--sysroot", BOARD, "--recovery-out", "state/sub/code", status=REFUSED, says="must not lie in the state folder")
        self.holdfast("status", status=NOT_FOUND)

    def test_an_attribute_that_never_reads_the_same(self):
        program = self.write("restless", "#!/bin/sh\ndate +%s%N\n")
        program.chmod(0o755)
        attribute = {"attribute_name": "clock", "required": True, "attribute_value": {"type": "program", "path": str(program)}}
        self.holdfast("init", "--sysroot", BOARD, "--no-recovery", "--credfile", self.credentials(attribute, env_attribute("site", "PATH")),
                      status=REFUSED, says=["'clock'", "changes from one reading to the next"])
        self.holdfast("status", status=NOT_FOUND)


if __name__ == "__main__":
    main()
