"""The drop-in program by its documented command lines, with files as its users have them; openssl is the judge."""

import base64
import json

from support import main, program_attribute, env_attribute
from tap import HASHES, MESSAGE, NONE, SERIAL, SHA256, SHA384, SHA512, TapTest

# What the identifiers name, in the words of openssl; the hash to sign with; each spelling.
KEYS = (
    ("(2048 bit)", SHA256, ("0x100000002", "100000002", "0x02000001", "02000001", "1000002", "0x1000002")),
    ("(3072 bit)", SHA256, ("100000003", "0x04000001", "1000003")),
    ("(4096 bit)", SHA512, ("0x100000004", "03000001", "1000004")),
    ("(8192 bit)", SHA512, ("100000005", "0x05000001", "1000005")),
    ("ML-DSA-44", NONE, ("0x200000001", "200000001", "0x11000008", "11000008", "2000001", "0x2000001")),
    ("ML-DSA-65", NONE, ("0x200000002", "12000008", "2000002")),
    ("ML-DSA-87", NONE, ("200000003", "0x13000008", "2000003")),
    ("prime256v1", SHA256, ("0x300000001", "300000001", "0x03000002", "03000002", "3000002")),
    ("secp384r1", SHA384, ("300000002", "0x04000002", "04000002")),
    ("secp521r1", SHA512, ("0x300000003", "05000002", "0x05000002")),
)
RSA_2048, P_256, P_384, ML_DSA_44 = "0x100000002", "0x300000001", "0x300000002", "0x200000001"


class Identifiers(TapTest):
    def test_each_spelling_of_each_key(self):
        public_keys = set()
        for name, hash_type, spellings in KEYS:
            of_this = set()
            for spelling in spellings:
                with self.subTest(f"{name} as {spelling}"):
                    _, public = self.sign(spelling, hash_type)
                    self.assertIn(name, self.public_key_text())
                    self.openssl_verifies(hash_type)
                    of_this.add(public)
            self.assertEqual(len(of_this), 1, f"the spellings of {name} name different keys")
            public_keys |= of_this
            self.tap(*self.verifying(spellings[-1], hash_type))
        self.assertEqual(len(public_keys), len(KEYS))

    def test_the_ambiguous_one_goes_by_the_hash(self):
        self.sign("02000001", SHA256)
        self.assertIn("(2048 bit)", self.public_key_text())
        self.openssl_verifies(SHA256)
        for spelling in ("02000001", "0x2000001"):
            self.sign(spelling, NONE)
            self.assertIn("ML-DSA-44", self.public_key_text())
            self.openssl_verifies(NONE)
            self.tap(*self.verifying(spelling, NONE))

    def test_unknown_ones_are_refused(self):
        for wrong in ("0x100000001", "100000006", "06000001", "0x14000008", "9000009", "0", "xyz", "0x", "", "-1", "0x1000000000000000020"):
            with self.subTest(wrong):
                self.assertRegex(self.refuses(*self.signing(wrong, SHA256), says=()).message.lower(), "key ?id")


class Signatures(TapTest):
    def test_hash_types_of_buffers_and_digests(self):
        for key in (RSA_2048, P_256, P_384):
            for hash_type, name in HASHES.items():
                with self.subTest(f"{key} {name}"):
                    _, public = self.sign(key, hash_type)
                    self.openssl_verifies(hash_type)
                    self.tap(*self.verifying(key, hash_type))
                    _, again = self.sign_digest(key, hash_type)
                    self.assertEqual(again, public)
                    self.openssl_verifies(hash_type)
                    self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-pkeyopt", f"digest:{name}",
                                 "-in", "digest", "-sigfile", "signature")

    def test_the_public_key_is_plain_pem_and_stays_the_same(self):
        _, first = self.sign(P_256, SHA256)
        self.assertEqual(first, self.openssl("pkey", "-pubin", "-in", "public.pem", "-pubout"))
        self.assertEqual(self.sign(P_256, SHA384)[1], first)

    def test_the_signature_goes_to_sigfile_or_outfile(self):
        for key, hash_type in ((P_256, SHA256), (ML_DSA_44, NONE)):
            for option in ("--sigfile", "--outfile"):
                self.sign(key, hash_type, sig=option)
                self.openssl_verifies(hash_type)
                self.tap(*self.verifying(key, hash_type, sig=option))

    def test_options_with_an_equals_sign(self):
        self.tap("--signBuffer", "--config=nanoroot_smp.conf", "--infile=message", f"--keyId={P_256}", "--hashType=1",
                 "--pubKey=public.pem", "--sigfile=signature", config=None)
        self.openssl_verifies(SHA256)
        self.tap("--verify", "--config=nanoroot_smp.conf", "--infile=message", f"--keyId={P_256}", "--hashType=1",
                 "--pubKey=public.pem", "--outfile=signature", config=None)
        self.write("a=b", MESSAGE)
        self.tap("--seal", "--config=nanoroot_smp.conf", "--infile=a=b", "--outfile=c=d", "--passphrase=e=f", config=None)
        self.tap(*self.unsealing("c=d", "unsealed", "--passphrase", "e=f"))
        self.assertEqual(self.read("unsealed"), MESSAGE)

    def test_the_order_of_options_is_free(self):
        operation, *rest = self.signing(P_256, SHA256)
        self.tap(*rest, operation)
        self.openssl_verifies(SHA256)

    def test_sizes(self):
        for size in (0, 1, 512 * 1024 + 1, 3_000_000):
            self.write("message", b"\xa5" * size)
            for key, hash_type in ((P_256, SHA256), (ML_DSA_44, NONE)):
                with self.subTest(f"{size} bytes, {key}"):
                    self.sign(key, hash_type)
                    self.tap(*self.verifying(key, hash_type))
                    # openssl pkeyutl cannot read an empty file to the end.
                    if size > 0 or hash_type != NONE:
                        self.openssl_verifies(hash_type)

    def test_what_another_signed_verifies(self):
        for algorithm, option, key, hash_type in (("EC", "ec_paramgen_curve:P-256", P_256, SHA256),
                                                  ("RSA", "rsa_keygen_bits:2048", RSA_2048, SHA256)):
            self.openssl("genpkey", "-quiet", "-algorithm", algorithm, "-pkeyopt", option, "-out", "foreign")
            self.openssl("pkey", "-in", "foreign", "-pubout", "-out", "public.pem")
            self.openssl("dgst", "-sha256", "-sign", "foreign", "-out", "signature", "message")
            self.tap(*self.verifying(key, hash_type))
            self.write("message", MESSAGE + b"x")
            self.refuses(*self.verifying(key, hash_type), says="signature")
            self.write("message", MESSAGE)

    def test_false_ones_are_told(self):
        for key, hash_type in ((RSA_2048, SHA256), (P_256, SHA256), (ML_DSA_44, NONE)):
            with self.subTest(key):
                signature, public = self.sign(key, hash_type)
                self.write("other", b"other words")
                self.refuses(*self.verifying(key, hash_type, infile="other"), says="signature")
                for altered in (signature[:-1] + bytes([signature[-1] ^ 1]), signature[:-1], signature + b"\0", b""):
                    self.write("signature", altered)
                    self.refuses(*self.verifying(key, hash_type), says="signature")
                self.write("signature", signature)
                self.write("public.pem", public)
                self.tap(*self.verifying(key, hash_type))

    def test_help_lists_every_option(self):
        text = self.tap("--help", config=None).text
        for option in ("seal", "unseal", "signBuffer", "signDigest", "verify", "config", "infile", "outfile", "passphrase",
                       "keyId", "hashType", "pubKey", "sigfile", "help"):
            self.assertIn(f"--{option}", text)
        self.assertFalse(self.state.exists())


class Sealing(TapTest):
    def roundtrip(self, content, *passphrase):
        self.write("plain", content)
        self.tap(*self.sealing("plain", "sealed", *passphrase))
        self.tap(*self.unsealing("sealed", "unsealed", *passphrase))
        self.assertEqual(self.read("unsealed"), content)
        return self.read("sealed")

    def test_sizes(self):
        for size in (0, 1, 64 * 1024, 512 * 1024, 512 * 1024 + 1, 3_000_000):
            with self.subTest(size):
                self.roundtrip(bytes(i % 251 for i in range(size)))

    def test_nothing_shows(self):
        sealed = self.roundtrip(MESSAGE)
        for part in (MESSAGE, base64.b64encode(MESSAGE), SERIAL.encode()):
            self.assertNotIn(part, sealed)
        self.assertMode(self.folder / "unsealed", 0o600)

    def test_passphrases(self):
        for passphrase in ("zweiundvierzig Igel", "x", "ünïcode ☂", "long " * 40, "--odd"):
            with self.subTest(passphrase):
                if len(passphrase) > 4:
                    self.keep_secret(passphrase)
                self.roundtrip(MESSAGE, f"--passphrase={passphrase}")

    def test_a_passphrase_on_the_command_line_earns_a_warning(self):
        self.keep_secret("zweiundvierzig")
        self.tap(*self.sealing("message", "sealed", "--passphrase", "zweiundvierzig"), says="--passphrase")

    def test_an_earlier_file_is_replaced(self):
        self.write("sealed", b"earlier")
        self.write("unsealed", b"earlier, and longer than what comes now" * 9)
        self.tap(*self.sealing())
        self.tap(*self.unsealing())
        self.assertEqual(self.read("unsealed"), MESSAGE)


class Attributes(TapTest):
    def test_programs(self):
        self.write("serial", "#!/bin/sh\necho \"serial-$1-77120\"\n", 0o700)
        self.write("lots", "#!/bin/sh\necho '{\"LOT\": \"lot-4711\", \"WAFER\": \"w-0815-9\"}'\n", 0o700)
        several = {"attribute_names": ["LOT", "WAFER"],
                   "attribute_value": {"type": "program", "path": str(self.folder / "lots"), "argument": "--json", "output_format": "JSON"}}
        plain = program_attribute("serial", self.folder / "serial")
        plain["attribute_value"]["argument"] = "a"
        self.credentials(plain, several, env_attribute("board-id", "BOARD_SERIAL"), name="default-fingerprint.json")
        self.tap(*self.sealing())
        self.tap(*self.unsealing())
        self.assertEqual(self.read("unsealed"), MESSAGE)
        # All are required.
        for name, changed in (("serial", "#!/bin/sh\necho other-77120\n"), ("lots", "#!/bin/sh\necho '{\"LOT\": \"lot-4711\", \"WAFER\": \"w-9999-9\"}'\n")):
            before = self.read(name)
            self.write(name, changed, 0o700)
            self.refuses(*self.unsealing("sealed", "again"), says={"serial": "serial", "lots": "WAFER"}[name])
            self.write(name, before, 0o700)
        self.tap(*self.unsealing("sealed", "again"))

    def test_an_attribute_that_need_not_agree(self):
        attributes = [env_attribute(f"part-{i}", f"PART_{i}", **({"required": False} if i else {})) for i in range(4)]
        self.credentials(*attributes, name="default-fingerprint.json")
        self.env.update({f"PART_{i}": f"serial-of-part-{i}-{i * 7919}" for i in range(4)})
        self.tap(*self.sealing())
        self.tap(*self.unsealing(), env={"PART_2": "another part 5511"})
        self.refuses(*self.unsealing("sealed", "again"), env={"PART_0": "another part 5511"}, says="part-0")

    def test_the_command_works_with_the_same_anchor(self):
        self.tap(*self.sealing())
        status = self.holdfast("--json", "status").json
        self.assertIs(status["opens"], True)
        self.assertEqual(self.unseal("sealed"), MESSAGE)
        events = [event["type"] for event in self.holdfast("--json", "events").json["events"]]
        self.assertEqual(events.count("anchor-created"), 1, json.dumps(events))


if __name__ == "__main__":
    main()
