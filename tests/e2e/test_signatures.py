"""Signatures of every algorithm and scheme, judged by openssl; and openssl's, judged by holdfast."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from support import BOARD, INVALID, PATIENCE, USAGE, HoldfastTest, command, flipped, main

RSA = ("rsa-2048", "rsa-3072", "rsa-4096")
ECDSA = {"ecdsa-p256": "P-256", "ecdsa-p384": "P-384", "ecdsa-p521": "P-521"}
ML_DSA = ("ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
HASHES = ("sha256", "sha384", "sha512")
DEFAULT_HASH = {"rsa-2048": "sha256", "rsa-3072": "sha256", "rsa-4096": "sha512",
                "ecdsa-p256": "sha256", "ecdsa-p384": "sha384", "ecdsa-p521": "sha512"}
MESSAGE = bytes(range(256)) * 300 + b"the end"
PSS = ("-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest")


class SignatureTest(HoldfastTest):
    """One anchor for each class, with the keys it needs: the search for large primes takes its time."""

    algorithms = ()

    @classmethod
    def setUpClass(cls):
        cls.keys = Path(tempfile.mkdtemp(prefix="holdfast-e2e-keys-"))
        cls.addClassCleanup(shutil.rmtree, cls.keys)
        cls.call("init", "--sysroot", BOARD, "--no-recovery")
        for algorithm in cls.algorithms:
            cls.call("key", "create", algorithm, "--alg", algorithm)
            cls.call("key", "public", algorithm, "--out", cls.keys / f"{algorithm}.pem")

    @classmethod
    def call(cls, *args):
        subprocess.run(command("--dir", cls.keys / "state", *args), check=True, stdout=subprocess.PIPE, timeout=PATIENCE)

    def setUp(self):
        super().setUp()
        self.env["HOLDFAST_DIR"] = str(self.keys / "state")
        self.write("message", MESSAGE)

    def sign(self, algorithm, *options, source="message"):
        self.holdfast("sign", "--key", algorithm, "--in", source, "--out", "signature", *options)
        return (self.folder / "signature").read_bytes()

    def verify(self, public, *options, source="message", status=0):
        return self.holdfast("verify", "--public", public, "--signature", "signature", "--in", source, *options, status=status)

    def public(self, algorithm):
        return self.keys / f"{algorithm}.pem"

    def digest(self, name):
        self.write("digest", hashlib.new(name, MESSAGE).digest())
        return "digest"

    def judge_and_spoil(self, algorithm, *options, source="message"):
        """holdfast accepts the signature, and no longer when a bit of it or of the message is another."""
        self.verify(self.public(algorithm), *options, source=source)
        signature = (self.folder / "signature").read_bytes()
        self.write("signature", flipped(signature, len(signature) // 2))
        verdict = self.verify(self.public(algorithm), *options, source=source, status=INVALID)
        self.assertIn("Signature is NOT valid", verdict.text)
        self.write("signature", signature)
        message = (self.folder / source).read_bytes()
        # The first byte, since ECDSA cuts a digest that is longer than its curve.
        self.write("altered", flipped(message, 0))
        self.verify(self.public(algorithm), *options, source="altered", status=INVALID)


class SignedByHoldfast(SignatureTest):
    algorithms = (*RSA, *ECDSA, "ed25519", *ML_DSA)

    def openssl_accepts_message(self, algorithm, name, *options):
        said = self.openssl("dgst", f"-{name}", "-verify", self.public(algorithm), "-signature", "signature", *options, "message")
        self.assertIn(b"Verified OK", said)

    def openssl_accepts_input(self, algorithm, source, *options):
        said = self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", self.public(algorithm), "-sigfile", "signature",
                            "-in", source, *options)
        self.assertIn(b"Signature Verified Successfully", said)

    def test_rsa(self):
        for algorithm in RSA:
            for name in HASHES:
                for scheme, dgst, pkeyutl in (("pkcs1", (), ()),
                                              ("pss", ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"), PSS)):
                    options = ("--hash", name, "--scheme", scheme)
                    with self.subTest(" ".join((algorithm, *options))):
                        self.sign(algorithm, *options)
                        self.openssl_accepts_message(algorithm, name, *dgst)
                        self.judge_and_spoil(algorithm, *options)
                        digest = self.digest(name)
                        self.sign(algorithm, "--digest", *options, source=digest)
                        self.openssl_accepts_message(algorithm, name, *dgst)
                        self.openssl_accepts_input(algorithm, digest, "-pkeyopt", f"digest:{name}", *pkeyutl)
                        self.judge_and_spoil(algorithm, "--digest", *options, source=digest)

    def test_ecdsa(self):
        for algorithm in ECDSA:
            for name in HASHES:
                with self.subTest(f"{algorithm} {name}"):
                    self.sign(algorithm, "--hash", name)
                    self.openssl_accepts_message(algorithm, name)
                    self.judge_and_spoil(algorithm, "--hash", name)
                    digest = self.digest(name)
                    self.sign(algorithm, "--digest", "--hash", name, source=digest)
                    self.openssl_accepts_message(algorithm, name)
                    self.openssl_accepts_input(algorithm, digest)
                    self.judge_and_spoil(algorithm, "--digest", "--hash", name, source=digest)

    def test_ed25519(self):
        self.sign("ed25519")
        self.openssl_accepts_input("ed25519", "message", "-rawin")
        self.judge_and_spoil("ed25519")

    def test_ml_dsa(self):
        for algorithm in ML_DSA:
            for context in ("", "00ff6578616d706c65"):
                for more in ((), ("--deterministic",)):
                    with self.subTest(f"{algorithm} context '{context}' {more}"):
                        options = ("--context", context) if context else ()
                        self.sign(algorithm, *options, *more)
                        self.openssl_accepts_input(algorithm, "message", *(("-pkeyopt", f"hexcontext-string:{context}") if context else ()))
                        self.judge_and_spoil(algorithm, *options)

    def test_context_is_bound(self):
        self.sign("ml-dsa-44", "--context", "01")
        for other in ((), ("--context", "02"), ("--context", "0101")):
            self.verify(self.public("ml-dsa-44"), *other, status=INVALID)
        self.sign("ml-dsa-44", "--context", "ab" * 255)
        self.verify(self.public("ml-dsa-44"), "--context", "AB" * 255)

    def test_hash_by_the_keys_algorithm(self):
        for algorithm, name in DEFAULT_HASH.items():
            with self.subTest(algorithm):
                self.sign(algorithm)
                self.openssl_accepts_message(algorithm, name)
                self.verify(self.public(algorithm))

    def test_deterministic_is_the_same_twice(self):
        for algorithm in (RSA[0], *ECDSA, "ed25519", *ML_DSA):
            with self.subTest(algorithm):
                first = self.sign(algorithm, "--deterministic")
                self.assertEqual(first, self.sign(algorithm, "--deterministic"))
                self.verify(self.public(algorithm))

    def test_hedged_differs(self):
        for algorithm in (*ECDSA, *ML_DSA):
            with self.subTest(algorithm):
                self.assertNotEqual(self.sign(algorithm), self.sign(algorithm))
        self.assertNotEqual(self.sign("rsa-2048", "--scheme", "pss"), self.sign("rsa-2048", "--scheme", "pss"))

    def test_one_keys_signature_is_not_anothers(self):
        self.sign("ecdsa-p256")
        for algorithm in ("ecdsa-p384", "ed25519", "rsa-2048", "ml-dsa-44"):
            self.verify(self.public(algorithm), status=INVALID)

    def test_pipes(self):
        signature = self.holdfast("sign", "--key", "ed25519", input=MESSAGE).out
        self.assertEqual(signature, self.sign("ed25519"))
        self.holdfast("verify", "--public", self.public("ed25519"), "--signature", "signature", input=MESSAGE)
        self.holdfast("verify", "--public", self.public("ed25519"), "--signature", "signature", "--in", "-", input=MESSAGE)

    def test_empty_message(self):
        self.write("message", b"")
        for algorithm in ("rsa-2048", "ecdsa-p256", "ed25519", "ml-dsa-44"):
            with self.subTest(algorithm):
                self.sign(algorithm)
                self.verify(self.public(algorithm))

    def test_verifying_as_json_and_quietly(self):
        self.sign("ed25519")
        self.assertEqual(self.verify(self.public("ed25519"), "--json").json, {"valid": True, "algorithm": "ed25519"})
        self.assertEqual(self.verify(self.public("ed25519"), "--quiet").out, b"")
        self.write("signature", b"")
        self.assertEqual(self.verify(self.public("ed25519"), "--json", status=INVALID).json["valid"], False)

    def test_verifying_needs_no_anchor(self):
        self.sign("ed25519")
        self.env["HOLDFAST_DIR"] = str(self.folder / "nosuch")
        self.verify(self.public("ed25519"))


class WrongOptions(SignatureTest):
    algorithms = ("rsa-2048", "ecdsa-p256", "ecdsa-p384", "ed25519", "ml-dsa-44", "ml-dsa-65")

    def test_what_does_not_fit_the_algorithm_is_refused(self):
        self.write("signature", b"x")
        for algorithm, *options in (("ml-dsa-44", "--hash", "sha256"), ("ed25519", "--hash", "sha512"),
                                    ("ml-dsa-44", "--digest"), ("ed25519", "--digest"),
                                    ("ecdsa-p256", "--scheme", "pss"), ("ed25519", "--scheme", "pkcs1"), ("ml-dsa-65", "--scheme", "pss"),
                                    ("rsa-2048", "--context", "00"), ("ecdsa-p256", "--context", "00"), ("ed25519", "--context", "00"),
                                    ("ml-dsa-44", "--context", "00" * 256), ("ml-dsa-44", "--context", "0g"), ("ml-dsa-44", "--context", "abc"),
                                    ("rsa-2048", "--hash", "md5"), ("rsa-2048", "--scheme", "oaep")):
            with self.subTest(" ".join((algorithm, *options))[:60]):
                self.holdfast("sign", "--key", algorithm, "--in", "message", "--out", "new", *options, status=USAGE)
                self.verify(self.public(algorithm), *options, status=USAGE)
                self.assertFalse((self.folder / "new").exists())

    def test_pss_is_never_deterministic(self):
        self.holdfast("sign", "--key", "rsa-2048", "--scheme", "pss", "--deterministic", status=USAGE, says=["PSS", "random salt"])

    def test_a_digest_has_its_size(self):
        self.write("digest", b"d" * 31)
        self.holdfast("sign", "--key", "rsa-2048", "--digest", "--in", "digest", status=USAGE, says=["sha256", "32 bytes", "31"])
        self.holdfast("sign", "--key", "ecdsa-p384", "--digest", "--in", "digest", status=USAGE, says=["sha384", "48 bytes", "31"])
        self.holdfast("sign", "--key", "rsa-2048", "--digest", "--in", "message", status=USAGE, says="32 bytes")

    def test_missing_and_unreadable_inputs_are_named(self):
        self.holdfast("sign", "--key", "nosuch", status=6, says=["no key 'nosuch'"])
        self.holdfast("sign", "--key", "ed25519", "--in", "absent", "--out", "new", status=6, says="absent")
        self.assertFalse((self.folder / "new").exists())
        self.holdfast("verify", "--public", "absent", "--signature", "message", status=6, says="absent")
        self.holdfast("verify", "--public", self.public("ed25519"), "--signature", "absent", status=6, says="absent")
        self.holdfast("verify", "--public", "message", "--signature", "message", status=5, says="message")
        # What is no DER has a length where DER has one, too.
        for content in (b"gate7\n" * 40, b"{}", b"\x00" * 300):
            self.write("garbage", content)
            said = self.holdfast("verify", "--public", "garbage", "--signature", "message", status=5,
                                 says=["'garbage'", "not a public key (SubjectPublicKeyInfo, PEM or DER)"])
            self.assertNotIn("more bytes", said.message)


class SignedByOpenssl(SignatureTest):
    def generate(self, *options):
        self.openssl("genpkey", *options, "-out", "private.pem")
        self.openssl("pkey", "-in", "private.pem", "-pubout", "-out", "public.pem")
        self.openssl("pkey", "-in", "private.pem", "-pubout", "-outform", "DER", "-out", "public.der")

    def accepted(self, *options):
        for public in ("public.pem", "public.der"):
            self.verify(public, *options)
        signature = (self.folder / "signature").read_bytes()
        self.write("signature", flipped(signature, len(signature) - 1))
        self.verify("public.pem", *options, status=INVALID)

    def dgst(self, name, *options):
        self.openssl("dgst", f"-{name}", "-sign", "private.pem", "-out", "signature", *options, "message")

    def test_rsa(self):
        self.generate("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        for name in HASHES:
            self.dgst(name)
            self.accepted("--hash", name)
            for salt in ("digest", "max", "0"):
                self.dgst(name, "-sigopt", "rsa_padding_mode:pss", "-sigopt", f"rsa_pss_saltlen:{salt}")
                self.accepted("--hash", name, "--scheme", "pss")

    def test_ecdsa(self):
        for curve in ECDSA.values():
            self.generate("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
            for name in HASHES:
                self.dgst(name)
                self.accepted("--hash", name)

    def test_ed25519_and_ml_dsa(self):
        for algorithm in ("ED25519", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"):
            self.generate("-algorithm", algorithm)
            self.openssl("pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "message", "-out", "signature")
            self.accepted()
        self.openssl("pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "message", "-out", "signature",
                     "-pkeyopt", "hexcontext-string:0102")
        self.accepted("--context", "0102")


if __name__ == "__main__":
    main()
