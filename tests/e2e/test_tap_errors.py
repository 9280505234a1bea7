"""The drop-in program with everything that can be wrong: it fails, names the culprit, and writes nothing."""

import os
import shutil
import signal

from support import PATIENCE, USAGE, env_attribute, flipped, main, program_attribute
from tap import MESSAGE, MODULE_ID, NONE, SERIAL, SHA256, TapTest

P_256, ML_DSA_44 = "0x300000001", "0x200000001"


class Usage(TapTest):
    def test_options_that_do_not_belong_together(self):
        sealing, unsealing, signing, verifying = (self.sealing(), self.unsealing(), self.signing(P_256, SHA256),
                                                  self.verifying(P_256, SHA256))
        for words, culprit in (
                ((), "--seal"),
                (("--infile", "message", "--outfile", "out"), "--seal"),
                ((*sealing, "--unseal"), "--unseal"),
                ((*signing, "--verify"), "--verify"),
                ((*signing, "--signDigest"), "--signDigest"),
                ((*signing, "--passphrase", "abc"), "--passphrase"),
                ((*verifying, "--passphrase=abc"), "--passphrase"),
                ((*sealing, "--keyId", P_256), "--keyId"),
                ((*unsealing, "--keyId", P_256), "--keyId"),
                ((*sealing, "--hashType", "1"), "--hashType"),
                ((*sealing, "--pubKey", "public.pem"), "--pubKey"),
                ((*unsealing, "--sigfile", "signature"), "--sigfile"),
                ((*sealing, "--nonsense"), "--nonsense"),
                ((*sealing, "--nonsense=1"), "--nonsense"),
                ((*sealing, "stray"), "stray"),
                (("--seal", "--infile", "message"), "--outfile"),
                (("--seal", "--outfile", "sealed"), "--infile"),
                (("--unseal", "--outfile", "unsealed"), "--infile"),
                (("--signBuffer", "--infile", "message", "--hashType", "1", "--pubKey", "p", "--sigfile", "s"), "--keyId"),
                (("--verify", "--infile", "message", "--keyId", P_256, "--hashType", "1", "--sigfile", "s"), "--pubKey"),
                (("--verify", "--infile", "message", "--keyId", P_256, "--hashType", "1", "--pubKey", "p"), "--sigfile"),
                ((*sealing, "--infile", "other"), "--infile")):
            with self.subTest(" ".join(map(str, words))):
                self.refuses(*words, says=culprit)
        self.assertFalse(self.state.exists())

    def test_options_without_their_values(self):
        for words, culprit in ((("--seal", "--infile", "message", "--outfile"), "--outfile"),
                               (("--seal", "--outfile", "sealed", "--infile="), "--infile"),
                               (("--seal", "--infile", "message", "--outfile", "sealed", "--config"), "--config")):
            with self.subTest(" ".join(map(str, words))):
                self.refuses(*words, config=None, says=culprit)
        self.refuses(*self.sealing(), config=None, says="--config")
        self.assertFalse(self.state.exists())

    def test_hash_types(self):
        for wrong in ("4", "-1", "x", "", "1x", "256", "4294967297"):
            with self.subTest(wrong):
                self.refuses(*self.signing(P_256, wrong), says="hashType")
        for key, hash_type in ((P_256, NONE), ("0x100000002", NONE), (ML_DSA_44, SHA256)):
            with self.subTest(f"{key} with {hash_type}"):
                self.refuses(*self.signing(key, hash_type), says="hash")

    def test_the_public_key_and_the_signature_are_two_files(self):
        self.write("key", b"an earlier key")
        (self.folder / "link").symlink_to("key")
        (self.folder / "dangling").symlink_to(self.folder / "later")
        for one, other in (("key", "key"), ("key", "./key"), ("key", "link"), ("new", "new"), (self.folder / "new", "new"), ("later", "dangling")):
            for operation in ("--signBuffer", "--verify"):
                with self.subTest(f"{operation} {one} {other}"):
                    outcome = self.refuses(operation, "--infile", "message", "--keyId", P_256, "--hashType", "1", "--pubKey", one,
                                           "--sigfile", other, says="--pubKey")
                    self.assertEqual(outcome.status, USAGE)
        self.assertFalse(self.state.exists())
        (self.folder / "sub").mkdir()
        self.tap("--signBuffer", "--infile", "message", "--keyId", P_256, "--hashType", "1", "--pubKey", "key", "--sigfile", "sub/key")


class Digests(TapTest):
    def test_ml_dsa_signs_none(self):
        self.write("digest", b"d" * 32)
        self.refuses(*self.signing(ML_DSA_44, NONE, operation="--signDigest", infile="digest"), says=["signDigest", "ML-DSA"])

    def test_sizes_must_fit(self):
        for hash_type, size in ((1, 31), (1, 33), (1, 64), (2, 32), (3, 32), (1, 0)):
            with self.subTest(f"hash type {hash_type}, {size} bytes"):
                self.write("digest", b"d" * size)
                self.refuses(*self.signing(P_256, hash_type, operation="--signDigest", infile="digest"), says="digest")


class Files(TapTest):
    def test_inputs_that_are_not_there(self):
        for words in (self.sealing("absent"), self.unsealing("absent"), self.signing(P_256, SHA256, infile="absent"),
                      self.verifying(P_256, SHA256, infile="absent")):
            self.refuses(*words, says="absent")
        self.tap(*self.signing(P_256, SHA256))
        os.rename(self.folder / "public.pem", self.folder / "elsewhere.pem")
        self.refuses(*self.verifying(P_256, SHA256), says="public.pem")
        os.rename(self.folder / "elsewhere.pem", self.folder / "public.pem")
        os.remove(self.folder / "signature")
        self.refuses(*self.verifying(P_256, SHA256), says="signature")

    def test_outputs_that_cannot_be(self):
        self.tap(*self.sealing())
        for where in ("no-such-folder/out", "message/out", "state"):
            with self.subTest(where):
                self.refuses(*self.sealing("message", where), says=where)
                self.refuses(*self.unsealing("sealed", where), says=where)
                words = self.signing(P_256, SHA256)
                for name in ("signature", "public.pem"):
                    self.refuses(*(where if word == name else word for word in words), says=where)

    def test_public_keys_that_do_not_fit(self):
        self.sign("0x300000002", SHA256)
        self.refuses(*self.verifying(P_256, SHA256), says="public.pem")
        for content in (b"", b"no PEM", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"):
            self.write("public.pem", content)
            self.refuses(*self.verifying(P_256, SHA256), says="public.pem")

    def test_links_are_followed_and_stay(self):
        (self.folder / "disk").mkdir()
        self.write("disk/target", b"earlier")
        for name in ("sealed", "unsealed", "signature", "public.pem"):
            (self.folder / name).symlink_to(self.folder / "disk" / name)
        for before in (None, b"earlier"):
            for name in ("sealed", "unsealed", "signature", "public.pem"):
                if before:
                    self.write(f"disk/{name}", before)
            self.tap(*self.sealing())
            self.tap(*self.unsealing())
            self.tap(*self.signing(P_256, SHA256))
            self.openssl_verifies(SHA256)
            for name in ("sealed", "unsealed", "signature", "public.pem"):
                self.assertTrue((self.folder / name).is_symlink(), f"the link {name} was replaced")
            self.assertEqual(self.read("disk/unsealed"), MESSAGE)

    def test_interrupted_work_leaves_nothing(self):
        self.tap(*self.sealing())
        # A program that says when it has been started, and then has the two seconds that programs have.
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.write("reader", f"#!/bin/sh\necho started >'{pipe}'\nexec sleep 60\n", 0o700)
        self.credentials(program_attribute("serial", self.folder / "reader"), name="default-fingerprint.json")
        self.state = self.folder / "other"
        self.env["HOLDFAST_DIR"] = str(self.state)
        for words in (self.sealing("message", "new"), self.signing(P_256, SHA256)):
            before = self.snapshot()
            process = self.start_tap(*words)
            with open(pipe, "rb") as started:
                self.assertEqual(started.readline(), b"started\n")
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)
            self.assertNotEqual(process.returncode, 0)
            self.assertEqual(self.snapshot(), before)

    def test_an_earlier_output_survives(self):
        self.tap(*self.sealing())
        self.write("unsealed", b"precious")
        self.refuses(*self.unsealing(), env={"BOARD_SERIAL": "QX-77120-0832"}, says="board-id")
        self.refuses(*self.unsealing("message"), says="message")
        self.assertEqual(self.read("unsealed"), b"precious")


class Sealed(TapTest):
    def test_passphrases_that_are_wrong(self):
        self.keep_secret("zweiundvierzig Igel")
        self.keep_secret("dreiundvierzig Igel")
        self.tap(*self.sealing("message", "sealed", "--passphrase", "zweiundvierzig Igel"))
        self.refuses(*self.unsealing("sealed", "out", "--passphrase", "dreiundvierzig Igel"), says="passphrase")
        self.refuses(*self.unsealing("sealed", "out"), says="passphrase")
        self.refuses(*self.unsealing("sealed", "out", "--passphrase="), says="passphrase")
        self.tap(*self.sealing("message", "open"))
        self.refuses(*self.unsealing("open", "out", "--passphrase", "zweiundvierzig Igel"), says="passphrase")

    def test_altered_ones(self):
        self.tap(*self.sealing())
        sealed = self.read("sealed")
        self.write("foreign", MESSAGE)
        self.refuses(*self.unsealing("foreign", "out"), says="foreign")
        for altered in (*(flipped(sealed, at) for at in range(0, len(sealed), max(1, len(sealed) // 12))), flipped(sealed, len(sealed) - 1),
                        sealed[:-1], sealed[:20], b"", sealed + b"\0", sealed + sealed):
            self.write("altered", altered)
            self.refuses(*self.unsealing("altered", "out"), says="altered")

    def test_of_another_device(self):
        self.tap(*self.sealing())
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.state = self.folder / "other"
        self.tap(*self.sealing("message", "other-sealed"))
        self.refuses(*self.unsealing("sealed", "out"), says="sealed")

    def test_without_the_state_folder(self):
        self.refuses(*self.unsealing("message", "out"), says="state")
        self.assertFalse(self.state.exists())
        self.tap(*self.sealing())
        shutil.rmtree(self.state)
        self.refuses(*self.unsealing(), says=str(self.state))
        self.assertFalse((self.state / "anchor").exists(), "unsealing made a new device")
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.refuses(*self.unsealing(), says=str(self.state))
        self.assertEqual([p.name for p in self.state.iterdir() if p.name != "lock"], [])


class Device(TapTest):
    def operations(self):
        self.write("digest", b"d" * 32)
        return (self.sealing("message", "new"), self.unsealing("sealed", "new"), self.signing(P_256, SHA256), self.signing(ML_DSA_44, NONE),
                self.signing(P_256, SHA256, operation="--signDigest", infile="digest"))

    def test_another_one(self):
        self.tap(*self.sealing())
        self.keep_secret("another-serial-3310")
        for words in self.operations():
            self.refuses(*words, env={"BOARD_SERIAL": "another-serial-3310"}, says="board-id")
        self.tap(*self.unsealing())

    def test_a_variable_that_is_not_set(self):
        for value in (None, "", "   "):
            for words in (self.sealing(), self.signing(P_256, SHA256)):
                self.refuses(*words, env={"BOARD_SERIAL": value}, says=["board-id", "BOARD_SERIAL"])
        self.assertFalse((self.state / "anchor").exists())
        self.tap(*self.sealing())
        for words in self.operations():
            self.refuses(*words, env={"BOARD_SERIAL": None}, says="board-id")

    def test_values_that_tell_nothing(self):
        for value in ("To be filled by O.E.M.", "Default string", "000000000000", "FFFFFFFF"):
            self.refuses(*self.sealing(), env={"BOARD_SERIAL": value}, says="board-id")
        self.assertFalse((self.state / "anchor").exists())

    def test_programs_that_fail(self):
        self.credentials(program_attribute("serial", self.folder / "reader"), name="default-fingerprint.json")
        self.refuses(*self.sealing(), says=["serial", "reader"])
        for script in ("exit 1", "true", "echo out of order >&2; exit 3"):
            self.write("reader", f"#!/bin/sh\n{script}\n", 0o700)
            self.refuses(*self.sealing(), says="serial")
        self.write("reader", "#!/bin/sh\necho serial-77120\n", 0o777)
        self.refuses(*self.sealing(), says=["serial", "reader"])

    def test_folders_that_cannot_be_written(self):
        options = self.without_privileges()
        closed = self.folder / "closed"
        closed.mkdir(mode=0o555)
        for folder in (closed, closed / "state"):
            for words in (self.sealing(), self.signing(P_256, SHA256)):
                outcome = self.refuses(*words, env={"HOLDFAST_DIR": str(folder)}, **options, says=str(folder))
                for way_out in ("HOLDFAST_DIR", "stateless=1"):
                    self.assertIn(way_out, outcome.message)

    def test_folders_that_cannot_be(self):
        for unusable in (self.folder / "message" / "state", self.folder / "message", "/proc/nope"):
            says = [str(unusable), "status -70010", "set HOLDFAST_DIR", "stateless=1"]
            self.refuses(*self.sealing(), env={"HOLDFAST_DIR": str(unusable)}, says=says)


class Configurations(TapTest):
    def refuses_configuration(self, text, says):
        self.write("nanoroot_smp.conf", text)
        self.refuses(*self.sealing(), says=["nanoroot_smp.conf", *([says] if isinstance(says, str) else says)])
        self.refuses(*self.signing(P_256, SHA256), says="nanoroot_smp.conf")
        self.assertFalse(self.state.exists())

    def test_missing_and_unreadable(self):
        self.refuses(*self.sealing(), config="absent.conf", says="absent.conf")
        self.refuses(*self.sealing(), config=self.folder, says=str(self.folder))
        (self.folder / "nanoroot_smp.conf").chmod(0)
        self.refuses(*self.sealing(), says="nanoroot_smp.conf", **self.without_privileges())

    def test_keys_without_regard_to_case(self):
        text = self.configuration().replace("providertype", "ProviderType").replace("moduleidstr", "ModuleIdStr").replace("credfile", "CREDFILE")
        self.write("nanoroot_smp.conf", text)
        self.tap(*self.sealing())
        self.tap(*self.unsealing())

    def test_spaces_comments_and_other_line_ends(self):
        text = self.configuration().replace("=", " = ").replace("[module]", "# a comment\n; another\n\n[module]  ").replace("\n", "\r\n")
        self.write("nanoroot_smp.conf", text)
        self.tap(*self.sealing())

    def test_unknown_keys_are_warned_about(self):
        self.configure("colour=green")
        self.tap(*self.sealing(), says="colour")
        self.tap(*self.unsealing(), says="colour")

    def test_duplicates(self):
        text = self.configuration()
        for line in text.splitlines():
            if "=" in line:
                name = line.split("=")[0]
                for again in (line, line.replace(name, name.upper())):
                    with self.subTest(again):
                        self.refuses_configuration(text.replace(line, f"{line}\n{again}"), name)

    def test_keys_that_are_missing(self):
        for name in ("providertype", "moduleidstr", "credfile"):
            self.refuses_configuration(self.configuration(**{name: None}), name)

    def test_values_that_are_none(self):
        for name, wrong in (("providertype", "2"), ("providertype", "x"), ("providertype", ""), ("moduleidstr", MODULE_ID[:-1]),
                            ("moduleidstr", MODULE_ID + "00"), ("moduleidstr", "g" * 64), ("moduleidstr", "../" + "a" * 61),
                            ("modulenum", "x"), ("credfile", ""), ("stateless", "perhaps")):
            with self.subTest(f"{name}={wrong}"):
                self.refuses_configuration(self.configuration(**{name: wrong}), name)

    def test_lines_that_are_none(self):
        for text in ("", "nonsense\n", self.configuration() + "no equals sign here\n", "\0" * 64, b"\xff\xfe".decode("latin-1"), "x" * 2_000_000):
            self.refuses_configuration(text, ())

    def test_a_relative_credential_file_lies_in_the_system_folder(self):
        name = "holdfast-e2e-absent.json"
        self.write(name, self.read("default-fingerprint.json"))
        self.configure(credfile=name)
        self.refuses(*self.sealing(), says=f"/etc/digicert/{name}")


class CredentialFiles(TapTest):
    def test_faulty_ones(self):
        good = env_attribute("board-id", "BOARD_SERIAL")
        unknown_type = {"attribute_name": "board-id", "attribute_value": {"type": "oracle"}}
        for attributes in ((), (good, good), (unknown_type,), ({"attribute_name": "board-id"},), ({**good, "colour": "green"},)):
            self.credentials(*attributes, name="default-fingerprint.json")
            self.refuses(*self.sealing(), says="default-fingerprint.json")
        for content in (b"", b"{", b"[]", b"\xff\xff", SERIAL.encode()):
            self.write("default-fingerprint.json", content)
            self.refuses(*self.sealing(), says="default-fingerprint.json")
        os.remove(self.folder / "default-fingerprint.json")
        self.refuses(*self.sealing(), says="default-fingerprint.json")
        self.assertFalse((self.state / "anchor").exists())

    def test_files_that_others_may_write(self):
        """Whoever can write there chooses what the root is made of, or which programs are run."""
        for name in ("nanoroot_smp.conf", "default-fingerprint.json"):
            (self.folder / name).chmod(0o666)
            self.refuses(*self.sealing(), says=["status -7223", name, "chmod go-w"])
            (self.folder / name).chmod(0o600)
        self.folder.chmod(0o777)
        self.refuses(*self.sealing(), says=["status -7223", "default-fingerprint.json", "could be replaced"])
        self.assertFalse((self.state / "anchor").exists())

    def test_one_that_cannot_be_read(self):
        options = self.without_privileges()
        (self.folder / "default-fingerprint.json").chmod(0)
        for words in (self.sealing(), self.signing(P_256, SHA256)):
            outcome = self.refuses(*words, says=["status -7201", "default-fingerprint.json"], **options)
            self.assertNotIn("HOLDFAST_DIR", outcome.message)
        self.configure("stateless=1")
        self.refuses(*self.sealing(), says="status -7201", **options)

    def test_one_that_everybody_may_write(self):
        (self.folder / "default-fingerprint.json").chmod(0o666)
        self.refuses(*self.sealing(), says="default-fingerprint.json")


if __name__ == "__main__":
    main()
