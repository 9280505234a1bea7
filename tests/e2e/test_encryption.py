"""Encryption and agreement, judged by openssl in both directions; data keys; and files encrypted to a device."""

import hashlib
import hmac
import os

from support import BOARD, DOES_NOT_OPEN, MALFORMED, NOT_FOUND, REFUSED, USAGE, HoldfastTest, flipped, main

HASHES = ("sha256", "sha384", "sha512")
AGREEING = {"ecdsa-p256": ("EC", "ec_paramgen_curve:P-256"), "ecdsa-p384": ("EC", "ec_paramgen_curve:P-384"),
            "ecdsa-p521": ("EC", "ec_paramgen_curve:P-521"), "x25519": ("X25519",)}
RECEIVING = ("x25519-ml-kem-768", "ml-kem-768", "ml-kem-1024")
TEXT = b"for one reader only\n"


def hkdf_sha512(secret, info, size):
    """RFC 5869 with an empty salt."""
    key = hmac.new(b"", secret, hashlib.sha512).digest()
    out, block = b"", b""
    for count in range(1, size // 64 + 2):
        block = hmac.new(key, block + info + bytes([count]), hashlib.sha512).digest()
        out += block
    return out[:size]


class EncryptionTest(HoldfastTest):
    keys = ()  # name, algorithm, use

    def setUp(self):
        super().setUp()
        self.init()
        for name, algorithm, use in self.keys:
            self.holdfast("key", "create", name, "--alg", algorithm, "--origin", "derived", "--use", use)
            if algorithm != "aes-256":
                self.holdfast("key", "public", name, "--out", f"{name}.pem")
        self.write("text", TEXT)

    def refused(self, *args, status, says=(), **options):
        """Neither output nor a leftover of it may appear."""
        before = self.files()
        out = self.holdfast(*args, "--out", "new", status=status, says=says, **options)
        self.assertEqual(self.files(), before)
        return out


class Oaep(EncryptionTest):
    keys = (("rsa", "rsa-2048", "decrypt"),)

    def options(self, name, label):
        """The same for holdfast and for openssl."""
        ours = ("--hash", name, *(("--label", label) if label else ()))
        theirs = ["rsa_padding_mode:oaep", f"rsa_oaep_md:{name}", f"rsa_mgf1_md:{name}", *([f"rsa_oaep_label:{label}"] if label else [])]
        return ours, [part for option in theirs for part in ("-pkeyopt", option)]

    def test_both_directions(self):
        self.generate("peer", "RSA", "rsa_keygen_bits:2048")
        for name in HASHES:
            for label in ("", "00ff6c6162656c"):
                with self.subTest(f"{name} label '{label}'"):
                    ours, theirs = self.options(name, label)
                    self.openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "rsa.pem", "-in", "text", "-out", "encrypted", *theirs)
                    self.assertEqual(self.holdfast("decrypt", "--key", "rsa", "--in", "encrypted", *ours).out, TEXT)
                    self.holdfast("encrypt", "--to", "peer.pem", "--in", "text", "--out", "encrypted", *ours)
                    self.assertEqual(self.openssl("pkeyutl", "-decrypt", "-inkey", "peer", "-in", "encrypted", *theirs), TEXT)

    def test_sha256_is_usual(self):
        encrypted = self.holdfast("encrypt", "--to", "rsa.pem", input=TEXT).out
        self.assertEqual(self.holdfast("decrypt", "--key", "rsa", "--hash", "sha256", input=encrypted).out, TEXT)
        self.assertNotEqual(encrypted, self.holdfast("encrypt", "--to", "rsa.pem", input=TEXT).out)

    def test_wrong_hash_label_key_or_byte(self):
        encrypted = self.holdfast("encrypt", "--to", "rsa.pem", "--label", "01", input=TEXT).out
        self.write("encrypted", encrypted)
        for options in ((), ("--label", "02"), ("--label", "01", "--hash", "sha384")):
            self.refused("decrypt", "--key", "rsa", "--in", "encrypted", *options, status=MALFORMED, says="does not decrypt")
        self.write("altered", flipped(encrypted, 100))
        self.refused("decrypt", "--key", "rsa", "--label", "01", "--in", "altered", status=MALFORMED)
        self.holdfast("key", "create", "other", "--alg", "rsa-2048", "--use", "decrypt", "--origin", "derived")
        self.refused("decrypt", "--key", "other", "--label", "01", "--in", "encrypted", status=MALFORMED)

    def test_truncated_and_longer(self):
        encrypted = self.holdfast("encrypt", "--to", "rsa.pem", input=TEXT).out
        for content in (b"", encrypted[:-1], encrypted + b"\0", b"x" * 5000):
            with self.subTest(len(content)):
                self.write("odd", content)
                self.refused("decrypt", "--key", "rsa", "--in", "odd", status=MALFORMED, says=["256 bytes", str(len(content))])

    def test_sizes(self):
        for size in (0, 1, 190):
            encrypted = self.holdfast("encrypt", "--to", "rsa.pem", input=b"x" * size).out
            self.assertEqual(self.holdfast("decrypt", "--key", "rsa", input=encrypted).out, b"x" * size)
        for size in (191, 2048, 2049):
            with self.subTest(size):
                self.refused("encrypt", "--to", "rsa.pem", input=b"x" * size, status=USAGE, says="at most 190 bytes")
        self.refused("encrypt", "--to", "rsa.pem", input=b"x" * 100_000, status=MALFORMED, says="larger than the 65536 bytes")

    def test_a_key_made_to_sign(self):
        self.holdfast("key", "create", "signer", "--alg", "rsa-2048", "--origin", "derived")
        self.refused("decrypt", "--key", "signer", "--in", "text", status=REFUSED, says=["'signer@1' must not be used to decrypt", "sign"])

    def test_options_that_do_not_fit(self):
        for options, *says in ((("--name", "n"), "--name"), (("--aad", "00"), "--aad", "data keys"), (("--hash", "md5"), "md5", "sha256"),
                               (("--label", "0g"), "--label"), (("--label", "0"), "--label"), (("--key", "rsa"), "--key")):
            with self.subTest(options):
                self.refused("encrypt", "--to", "rsa.pem", "--in", "text", *options, status=USAGE, says=says)
        self.write("encrypted", self.holdfast("encrypt", "--to", "rsa.pem", input=TEXT).out)
        for options in (("--aad", "00"), ("--hash", "md5"), ("--label", "xy")):
            self.refused("decrypt", "--key", "rsa", "--in", "encrypted", *options, status=USAGE, says=options[0])


class DataKeys(EncryptionTest):
    keys = (("data", "aes-256", "encrypt,decrypt"), ("other", "aes-256", "encrypt,decrypt"))

    def encrypt(self, content, *options):
        return self.holdfast("encrypt", "--key", "data", *options, input=content).out

    def test_round_trip(self):
        for size in (0, 1, 15, 16, 200_000):
            for options in ((), ("--aad", "00ff")):
                content = os.urandom(size)
                encrypted = self.encrypt(content, *options)
                self.assertEqual(len(encrypted), 12 + size + 16)
                self.assertEqual(self.holdfast("decrypt", "--key", "data", *options, input=encrypted).out, content)
        self.assertNotEqual(self.encrypt(TEXT), self.encrypt(TEXT))

    def test_decrypted_files_are_closed_to_others(self):
        self.write("encrypted", self.encrypt(TEXT))
        self.holdfast("decrypt", "--key", "data", "--in", "encrypted", "--out", "plain")
        self.assertEqual(self.read("plain"), TEXT)
        self.assertMode(self.folder / "plain", 0o600)

    def test_altered(self):
        encrypted = self.encrypt(TEXT, "--aad", "0a")
        for what, content in (("nonce", flipped(encrypted, 0)), ("text", flipped(encrypted, 14)), ("tag", flipped(encrypted, len(encrypted) - 1)),
                              ("truncated", encrypted[:-1]), ("longer", encrypted + b"x"), ("short", encrypted[:27]), ("empty", b"")):
            with self.subTest(what):
                self.write("odd", content)
                self.refused("decrypt", "--key", "data", "--aad", "0a", "--in", "odd", status=MALFORMED)

    def test_associated_data_and_key_are_bound(self):
        self.write("encrypted", self.encrypt(TEXT, "--aad", "0a"))
        for options in (("--key", "data"), ("--key", "data", "--aad", "0b"), ("--key", "data", "--aad", "0a0a"), ("--key", "other", "--aad", "0a")):
            self.refused("decrypt", *options, "--in", "encrypted", status=MALFORMED, says="associated data")

    def test_one_direction(self):
        self.holdfast("key", "create", "sender", "--alg", "aes-256", "--use", "encrypt")
        self.write("encrypted", self.holdfast("encrypt", "--key", "sender", input=TEXT).out)
        self.refused("decrypt", "--key", "sender", "--in", "encrypted", status=REFUSED, says="made to: encrypt")

    def test_options_that_do_not_fit(self):
        for options in (("--hash", "sha256"), ("--label", "00"), ("--name", "n"), ("--aad", "0"), ("--aad", "zz")):
            self.refused("encrypt", "--key", "data", "--in", "text", *options, status=USAGE, says=options[0])
        self.write("encrypted", self.encrypt(TEXT))
        for options in (("--hash", "sha256"), ("--label", "00"), ("--aad", "0")):
            self.refused("decrypt", "--key", "data", "--in", "encrypted", *options, status=USAGE, says=options[0])
        self.refused("encrypt", "--in", "text", status=USAGE, says=["--to", "--key"])
        self.refused("encrypt", "--key", "nosuch", "--in", "text", status=NOT_FOUND, says="'nosuch'")

    def test_more_than_one_message_holds(self):
        with open(self.folder / "big", "wb") as big:
            big.truncate((64 << 20) + 1)
        self.refused("encrypt", "--key", "data", "--in", "big", status=USAGE, says=["'big'", "holdfast seal"])


class Agreement(EncryptionTest):
    keys = tuple((algorithm, algorithm, "derive") for algorithm in AGREEING)

    def derive(self, *args, **options):
        return self.holdfast("derive", *args, **options).out

    def theirs(self, peer):
        return self.openssl("pkeyutl", "-derive", "-inkey", "peer", "-peerkey", peer)

    def test_with_openssl(self):
        for algorithm, options in AGREEING.items():
            with self.subTest(algorithm):
                self.generate("peer", *options)
                shared = self.theirs(f"{algorithm}.pem")
                self.assertEqual(self.derive("--key", algorithm, "--peer", "peer.pem"), shared)
                self.derive("--ephemeral", algorithm, "--public-out", "once.pem", "--peer", "peer.pem", "--out", "secret")
                self.assertEqual(self.read("secret"), self.theirs("once.pem"))
                self.assertMode(self.folder / "secret", 0o600)
                self.assertNotEqual(self.read("secret"), shared)

    def test_two_devices(self):
        other = self.folder / "other"
        self.holdfast("--dir", other, "init", "--sysroot", BOARD, "--no-recovery")
        for algorithm in AGREEING:
            self.holdfast("--dir", other, "key", "create", algorithm, "--alg", algorithm, "--use", "derive")
            self.holdfast("--dir", other, "key", "public", algorithm, "--out", "other.pem")
            self.assertEqual(self.derive("--key", algorithm, "--peer", "other.pem"),
                             self.derive("--dir", other, "--key", algorithm, "--peer", f"{algorithm}.pem"))

    def test_hkdf(self):
        self.generate("peer", "X25519")
        shared = self.theirs("x25519.pem")
        for info, size in (("00", None), ("", None), ("6162", 1), ("6162", 64), ("6162", 65), ("ff" * 100, 4096), ("", 16)):
            with self.subTest(f"info '{info[:8]}' size {size}"):
                options = ("--size", str(size)) if size else ()
                self.assertEqual(self.derive("--key", "x25519", "--peer", "peer.pem", "--info", info, *options),
                                 hkdf_sha512(shared, bytes.fromhex(info), size or 32))

    def test_peers_that_do_not_fit(self):
        self.generate("peer", "X25519")
        for own in ("ecdsa-p256", "ecdsa-p521"):
            self.refused("derive", "--key", own, "--peer", "peer.pem", status=USAGE, says=[own, "x25519"])
        self.refused("derive", "--key", "x25519", "--peer", "text", status=MALFORMED, says="'text'")
        self.refused("derive", "--key", "x25519", "--peer", "absent", status=NOT_FOUND, says="'absent'")
        # A point of small order would make the secret known to everybody.
        self.write("zero.der", bytes.fromhex("302a300506032b656e032100") + bytes(32))
        outcome = self.refused("derive", "--key", "x25519", "--peer", "zero.der", status=None)
        self.assertIn(outcome.status, (MALFORMED, REFUSED))

    def test_options_that_do_not_fit(self):
        self.generate("peer", "X25519")
        for options, says in (((), "--key"), (("--key", "x25519", "--ephemeral", "x25519", "--public-out", "e"), "--ephemeral"),
                              (("--ephemeral", "x25519"), "--public-out"), (("--key", "x25519", "--public-out", "e"), "--ephemeral"),
                              (("--key", "x25519", "--size", "16"), "--info"), (("--key", "x25519", "--info", "0g"), "--info"),
                              (("--key", "x25519", "--info", "00", "--size", "0"), "--size"),
                              (("--key", "x25519", "--info", "00", "--size", "4097"), "--size"),
                              (("--ephemeral", "ed25519", "--public-out", "e"), "ed25519 keys cannot derive"),
                              (("--ephemeral", "rot13", "--public-out", "e"),
                               "'rot13' is not one of: ecdsa-p256, ecdsa-p384, ecdsa-p521, x25519")):
            with self.subTest(options):
                self.refused("derive", "--peer", "peer.pem", *options, status=USAGE, says=says)

    def test_a_key_made_to_sign(self):
        self.holdfast("key", "create", "signer", "--alg", "ecdsa-p256")
        self.refused("derive", "--key", "signer", "--peer", "ecdsa-p256.pem", status=REFUSED, says="must not be used to derive")

    def test_without_a_secret_no_public_key_is_left(self):
        self.generate("peer", "X25519")
        self.holdfast("derive", "--ephemeral", "x25519", "--public-out", "once.pem", "--peer", "peer.pem", "--out", "nosuch/file",
                      status=NOT_FOUND)
        self.assertNotIn("once.pem", self.files())


class FromOutside(EncryptionTest):
    keys = tuple((name, name, "decapsulate") for name in RECEIVING)

    def encrypt(self, content, *options, to=RECEIVING[0]):
        self.holdfast("encrypt", "--to", f"{to}.pem", "--out", "encrypted", *options, input=content, says="unseal --from-outside")
        return self.read("encrypted")

    def unsealed(self, *options):
        return self.unseal("encrypted", "--from-outside", *options)

    def test_round_trips(self):
        for to in RECEIVING:
            for size in (0, 1, 65536, 200_000):
                with self.subTest(f"{to} {size}"):
                    content = os.urandom(size)
                    self.encrypt(content, to=to)
                    self.assertEqual(self.unsealed(), content)
                    piped = self.holdfast("encrypt", "--to", f"{to}.pem", input=content).out
                    self.assertEqual(self.holdfast("unseal", "--from-outside", input=piped).out, content)

    def test_encrypting_needs_no_anchor(self):
        self.env["HOLDFAST_DIR"] = str(self.folder / "nosuch")
        self.encrypt(TEXT)
        self.env["HOLDFAST_DIR"] = str(self.state)
        self.assertEqual(self.unsealed(), TEXT)

    def test_what_was_sealed_and_what_was_encrypted_are_told_apart(self):
        self.encrypt(TEXT)
        self.refuses_to_unseal("encrypted", status=REFUSED, says=["'encrypted'", "no origin", "--from-outside"])
        self.seal(TEXT)
        self.refuses_to_unseal("sealed", "--from-outside", status=REFUSED, says=["'sealed'", "sealed by a device"])
        self.refuses_to_unseal("text", "--from-outside", status=MALFORMED, says="'text'")

    def test_another_device(self):
        self.encrypt(TEXT)
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.init()
        self.refuses_to_unseal("encrypted", "--from-outside", status=DOES_NOT_OPEN, says="not one of this device's")
        self.holdfast("key", "create", RECEIVING[0], "--alg", RECEIVING[0])
        self.refuses_to_unseal("encrypted", "--from-outside", status=DOES_NOT_OPEN, says="not one of this device's")

    def test_altered(self):
        for to in RECEIVING:
            encrypted = self.encrypt(TEXT, to=to)
            lines = [i for i, byte in enumerate(encrypted) if byte == 0x0A][:3]
            # In the magic line, the ciphertext of the KEM, the tag, and the text.
            for position in (3, encrypted.index(b'"ciphertext":"') + 20, lines[1] + 3, lines[2] + 6, len(encrypted) - 1):
                with self.subTest(f"{to} {position}"):
                    self.write("altered", flipped(encrypted, position))
                    self.refuses_to_unseal("altered", "--from-outside", status=MALFORMED, says="'altered'")

    def test_truncated_and_longer(self):
        encrypted = self.encrypt(b"x" * 150_000)
        for content in (b"", encrypted[:10], encrypted[:500], encrypted[:80_000], encrypted[:-1], encrypted + b"x"):
            with self.subTest(len(content)):
                self.write("odd", content)
                self.refuses_to_unseal("odd", "--from-outside", status=MALFORMED, says="'odd'")

    def test_name(self):
        self.encrypt(TEXT, "--name", "päckchen 1")
        self.assertEqual((self.unsealed(), self.unsealed("--name", "päckchen 1")), (TEXT, TEXT))
        self.refuses_to_unseal("encrypted", "--from-outside", "--name", "x", status=REFUSED, says=["päckchen 1", "'x'"])
        self.encrypt(TEXT)
        self.refuses_to_unseal("encrypted", "--from-outside", "--name", "x", status=REFUSED, says="without a name")

    def test_keys_out_of_use(self):
        self.encrypt(TEXT)
        self.holdfast("key", "disable", RECEIVING[0])
        self.refuses_to_unseal("encrypted", "--from-outside", status=REFUSED, says=["is disabled", "holdfast key enable"])
        self.holdfast("key", "enable", RECEIVING[0])
        self.assertEqual(self.unsealed(), TEXT)
        self.holdfast("key", "rotate", RECEIVING[0])
        self.assertEqual(self.unsealed(), TEXT)
        self.holdfast("key", "destroy", f"{RECEIVING[0]}@1", "--yes")
        self.refuses_to_unseal("encrypted", "--from-outside", status=REFUSED, says="is destroyed")

    def test_recipients_that_cannot_receive(self):
        for name, *options in (("ed25519", "ED25519"), ("p256", "EC", "ec_paramgen_curve:P-256"), ("x25519", "X25519"), ("ml-dsa-44", "ML-DSA-44")):
            with self.subTest(name):
                self.generate(name, *options)
                self.refused("encrypt", "--to", f"{name}.pem", "--in", "text", status=REFUSED,
                             says=[f"'{name}.pem'", name, "x25519-ml-kem-768", "RSA"])
        self.refused("encrypt", "--to", "ed25519", "--in", "text", status=REFUSED, says=["'ed25519'", "private key"])
        self.refused("encrypt", "--to", "text", "--in", "text", status=MALFORMED, says="'text'")
        self.refused("encrypt", "--to", "absent", "--in", "text", status=NOT_FOUND,
                     says=["'absent'", "--to takes a file with a public key", "holdfast key public"])

    def test_a_key_of_openssls(self):
        self.generate("foreign", "ML-KEM-768")
        self.encrypt(TEXT, to="foreign")
        self.refuses_to_unseal("encrypted", "--from-outside", status=DOES_NOT_OPEN)
        self.holdfast("key", "import", "foreign", "--in", "foreign")
        self.assertEqual(self.unsealed(), TEXT)

    def test_options_that_do_not_fit(self):
        for options in (("--hash", "sha256"), ("--label", "00"), ("--aad", "00"), ("--key", RECEIVING[0])):
            self.refused("encrypt", "--to", f"{RECEIVING[0]}.pem", "--in", "text", *options, status=USAGE, says=options[0])
        self.refused("encrypt", "--to", f"{RECEIVING[0]}.pem", "--in", "text", "--name", "a\nb", status=USAGE, says="control characters")
        self.write("passphrase", "drei")
        self.encrypt(TEXT)
        self.refuses_to_unseal("encrypted", "--from-outside", "--passphrase-file", "passphrase", status=USAGE, says="--passphrase-file")

    def test_decrypt_points_to_unseal(self):
        self.encrypt(TEXT)
        self.refused("decrypt", "--key", RECEIVING[0], "--in", "encrypted", status=REFUSED, says=["decapsulate", "unseal --from-outside"])

    def test_reports(self):
        report = self.holdfast("--json", "encrypt", "--to", f"{RECEIVING[0]}.pem", "--in", "text", "--out", "new").json
        self.assertEqual((report["in"], report["out"], report["plaintext_bytes"]), ("text", "new", len(TEXT)))
        self.assertEqual(self.holdfast("--json", "encrypt", "--to", f"{RECEIVING[0]}.pem", "--in", "text").out[:8], b"holdfast")
        quiet = self.holdfast("--quiet", "encrypt", "--to", f"{RECEIVING[0]}.pem", "--in", "text", "--out", "new")
        self.assertEqual(quiet.out + quiet.err, b"")


class Reports(EncryptionTest):
    """What --json says of output that went to a file; with the output on standard output there is nothing else."""

    keys = (("rsa", "rsa-2048", "decrypt"), ("db", "aes-256", "encrypt,decrypt"), ("own", "x25519", "derive"))

    def report(self, *args):
        return self.holdfast("--json", *args, "--out", "new").json

    def test_rsa(self):
        report = self.report("encrypt", "--to", "rsa.pem", "--hash", "sha384", "--in", "text")
        self.assertEqual(report, {"in": "text", "out": "new", "algorithm": "rsa-2048", "hash": "sha384", "plaintext_bytes": len(TEXT),
                                  "encrypted_bytes": 256})
        self.holdfast("encrypt", "--to", "rsa.pem", "--in", "text", "--out", "encrypted")
        report = self.report("decrypt", "--key", "rsa", "--in", "encrypted")
        self.assertEqual(report, {"in": "encrypted", "out": "new", "key": "rsa", "version": 1, "algorithm": "rsa-2048", "plaintext_bytes": len(TEXT)})
        self.assertEqual(self.holdfast("--json", "decrypt", "--key", "rsa", "--in", "encrypted").out, TEXT)

    def test_data_key(self):
        report = self.report("encrypt", "--key", "db", "--in", "text")
        self.assertEqual(report, {"in": "text", "out": "new", "key": "db", "version": 1, "algorithm": "aes-256", "plaintext_bytes": len(TEXT),
                                  "encrypted_bytes": len(TEXT) + 28})
        self.assertEqual(len(self.holdfast("--json", "encrypt", "--key", "db", "--in", "text").out), len(TEXT) + 28)

    def test_agreement(self):
        self.generate("peer", "X25519")
        report = self.report("derive", "--key", "own", "--peer", "peer.pem")
        self.assertEqual(report, {"out": "new", "key": "own", "version": 1, "algorithm": "x25519", "secret_bytes": 32})
        report = self.report("derive", "--ephemeral", "x25519", "--public-out", "once.pem", "--peer", "peer.pem", "--info", "00", "--size", "48")
        self.assertEqual(report, {"out": "new", "public_out": "once.pem", "algorithm": "x25519", "secret_bytes": 48})

    def test_public_key(self):
        self.assertEqual(self.report("key", "public", "own"), {"out": "new", "key": "own", "version": 1, "algorithm": "x25519"})


if __name__ == "__main__":
    main()
