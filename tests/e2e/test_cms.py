"""CMS messages (RFC 5652) that holdfast's keys and openssl exchange, in both directions.

The message around what a key does is built and taken apart here; Debian's python3-cryptography encrypts contents and
wraps keys. The other side is always `openssl cms`.
"""

import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.padding import PKCS7

from der import NULL, at, element, encoded, integer, octets, oid, parsed, sequence, set_of
from support import BOARD, INVALID, MALFORMED, HoldfastTest, flipped, main

CONTENT = b"for one reader only\r\n" * 20
DATA, SIGNED_DATA, ENVELOPED_DATA = (f"1.2.840.113549.1.7.{n}" for n in (1, 2, 3))
CONTENT_TYPE, MESSAGE_DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
AES_256_CBC, AES_256_WRAP = "2.16.840.1.101.3.4.1.42", "2.16.840.1.101.3.4.1.45"
OAEP, MGF1, PSS = (f"1.2.840.113549.1.1.{n}" for n in (7, 8, 10))
# The one-pass Diffie-Hellman of SEC 1 with the X9.63 KDF, by its hash.
AGREEMENT = {"sha256": "1.3.132.1.11.1", "sha384": "1.3.132.1.11.2", "sha512": "1.3.132.1.11.3"}
HASHES = {"sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3"}
CURVES = {"ecdsa-p256": "P-256", "ecdsa-p384": "P-384", "ecdsa-p521": "P-521"}


def algorithm(dotted, *parameters):
    return sequence(oid(dotted), *parameters)


def masked(name):
    """The hash and the MGF1 with the same hash, as in the parameters of OAEP and PSS."""
    return element(0xA0, algorithm(HASHES[name])), element(0xA1, algorithm(MGF1, algorithm(HASHES[name])))


def oaep(name):
    """Asks openssl for RSA-OAEP with this hash."""
    return "-keyopt", "rsa_padding_mode:oaep", "-keyopt", f"rsa_oaep_md:{name}"


# What is known of a key that signs: how holdfast is told, the hash, and what CMS calls the signature.
SIGNATURES = (
    ("rsa-2048", (), "sha256", algorithm("1.2.840.113549.1.1.1", NULL)),
    ("rsa-2048", ("--hash", "sha512"), "sha512", algorithm("1.2.840.113549.1.1.13", NULL)),
    ("rsa-2048", ("--scheme", "pss"), "sha256", algorithm(PSS, sequence(*masked("sha256"), element(0xA2, integer(32))))),
    ("rsa-2048", ("--scheme", "pss", "--hash", "sha384"), "sha384",
     algorithm(PSS, sequence(*masked("sha384"), element(0xA2, integer(48))))),
    ("ecdsa-p256", (), "sha256", algorithm("1.2.840.10045.4.3.2")),
    ("ecdsa-p384", (), "sha384", algorithm("1.2.840.10045.4.3.3")),
    ("ecdsa-p521", (), "sha512", algorithm("1.2.840.10045.4.3.4")),
    ("ed25519", (), "sha512", algorithm("1.3.101.112")),            # RFC 8419
    ("ml-dsa-44", (), "sha512", algorithm("2.16.840.1.101.3.4.3.17")),  # RFC 9882
    ("ml-dsa-65", (), "sha512", algorithm("2.16.840.1.101.3.4.3.18")),
    ("ml-dsa-87", (), "sha512", algorithm("2.16.840.1.101.3.4.3.19")))


def issuer_and_serial(certificate):
    """By which CMS names a certificate."""
    serial, _, issuer = at(certificate, 0)[1][1:4]
    return sequence(issuer, serial)


def cbc(key, iv):
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def key_encryption_key(shared, name):
    """X9.63 over the shared secret, for AES-256 key wrap (RFC 5753, 7.2). Every hash here fills the key in one block."""
    info = encoded(sequence(algorithm(AES_256_WRAP), element(0xA2, octets((256).to_bytes(4, "big")))))
    return hashlib.new(name, shared + (1).to_bytes(4, "big") + info).digest()[:32]


def decrypted(enveloped, key):
    _, content_algorithm, ciphertext = at(enveloped, -1)[1]
    decryptor = cbc(key, at(content_algorithm, 1)[1]).decryptor()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(ciphertext[1]) + decryptor.finalize()) + unpadder.finalize()


def enveloped_message(version, recipient, key):
    """The content for one recipient, who learns `key`."""
    iv = os.urandom(16)
    padder, encryptor = PKCS7(128).padder(), cbc(key, iv).encryptor()
    ciphertext = encryptor.update(padder.update(CONTENT) + padder.finalize()) + encryptor.finalize()
    content = sequence(oid(DATA), algorithm(AES_256_CBC, octets(iv)), [0x80, ciphertext])
    return encoded(sequence(oid(ENVELOPED_DATA), element(0xA0, sequence(integer(version), set_of(recipient), content))))


class CmsTest(HoldfastTest):
    keys = ()  # name, algorithm, use

    def setUp(self):
        super().setUp()
        self.init()
        for name, kind, use in self.keys:
            self.holdfast("key", "create", name, "--alg", kind, "--origin", "derived", "--use", use)
            self.holdfast("key", "public", name, "--out", f"{name}.pem")
        self.write("content", CONTENT)

    def generate_peer(self, *options):
        """A key of openssl's with a certificate."""
        self.generate("peer", *options)
        self.openssl("req", "-new", "-x509", "-key", "peer", "-subj", "/CN=Peer", "-days", 30, "-out", "peer.crt")

    def public(self, name):
        return parsed(self.openssl("pkey", "-pubin", "-in", f"{name}.pem", "-outform", "DER"))

    def certificate(self, name):
        return parsed(self.openssl("x509", "-in", name, "-outform", "DER"))


class Enveloped(CmsTest):
    keys = (("transport", "rsa-2048", "decrypt"), *((name, name, "derive") for name in CURVES))

    def received(self, name, *options):
        """What openssl encrypts to a key of the device. Such keys sign nothing, not even a request: an authority certifies them."""
        self.openssl("x509", "-new", "-force_pubkey", f"{name}.pem", "-subj", f"/CN={name}", "-CA", "peer.crt", "-CAkey", "peer",
                     "-days", 30, "-out", f"{name}.crt")
        return self.encrypted_to(f"{name}.crt", *options)

    def encrypted_to(self, certificate, *options):
        self.openssl("cms", "-encrypt", "-binary", "-aes-256-cbc", "-in", "content", "-outform", "DER", "-out", "message",
                     "-recip", certificate, *options)
        return at(parsed(self.read("message")), 1, 0)

    def opened(self, enveloped, key, name):
        """The content for a device whose RSA key it was encrypted to."""
        encrypted_key = at(enveloped, 1, 0, 3)[1]
        return decrypted(enveloped, self.holdfast("decrypt", "--key", key, "--hash", name, input=encrypted_key).out)

    def assertOpensslReads(self, message):
        self.write("message", message)
        self.assertEqual(self.openssl("cms", "-decrypt", "-inform", "DER", "-in", "message", "-inkey", "peer", "-recip", "peer.crt"),
                         CONTENT)

    def test_key_transport_to_the_device(self):
        self.generate_peer("EC", "group:P-256")
        for name in HASHES:
            with self.subTest(name):
                enveloped = self.received("transport", *oaep(name))
                self.assertEqual(self.opened(enveloped, "transport", name), CONTENT)

    def test_key_transport_by_a_certificate_of_its_own(self):
        """Where the profile lets a key both sign and decrypt, it certifies itself for both."""
        self.env["HOLDFAST_DIR"] = str(self.folder / "legacy")
        self.init(BOARD, "--profile", "legacy")
        self.holdfast("key", "create", "both", "--alg", "rsa-2048", "--use", "sign,decrypt")
        self.holdfast("key", "selfsign", "both", "--subject", "CN=both", "--days", "30", "--out", "both.crt")
        self.assertEqual(self.opened(self.encrypted_to("both.crt", *oaep("sha256")), "both", "sha256"), CONTENT)

    def test_key_transport_of_another_kind(self):
        self.generate_peer("EC", "group:P-256")
        for options in ((), ("-keyopt", "rsa_padding_mode:oaep")):  # PKCS #1 v1.5, and OAEP with SHA-1: openssl's usual
            encrypted_key = at(self.received("transport", *options), 1, 0, 3)[1]
            self.holdfast("decrypt", "--key", "transport", input=encrypted_key, status=MALFORMED, says="does not decrypt")

    def test_key_transport_from_the_device(self):
        self.generate_peer("RSA", "rsa_keygen_bits:2048")
        for name in HASHES:
            with self.subTest(name):
                key = os.urandom(32)
                encrypted_key = self.holdfast("encrypt", "--to", "peer.pem", "--hash", name, input=key).out
                recipient = sequence(integer(0), issuer_and_serial(self.certificate("peer.crt")), algorithm(OAEP, sequence(*masked(name))),
                                     octets(encrypted_key))
                self.assertOpensslReads(enveloped_message(0, recipient, key))

    def test_key_agreement_to_the_device(self):
        for kind, curve in CURVES.items():
            self.generate_peer("EC", f"group:{curve}")
            point_algorithm = at(self.public(kind), 0)
            for name in AGREEMENT:
                with self.subTest(f"{kind} {name}"):
                    enveloped = self.received(kind, "-aes256-wrap", "-keyopt", f"ecdh_kdf_md:{name}")
                    recipient = at(enveloped, 1, 0)
                    # The curve is the recipient's, and openssl leaves it out of the originator's key.
                    self.write("originator.der", encoded(sequence(point_algorithm, at(recipient, 1, 0, 1))))
                    shared = self.holdfast("derive", "--key", kind, "--peer", "originator.der").out
                    key = aes_key_unwrap(key_encryption_key(shared, name), at(recipient, -1, 0, 1)[1])
                    self.assertEqual(decrypted(enveloped, key), CONTENT)

    def test_key_agreement_from_the_device(self):
        for kind, curve in CURVES.items():
            with self.subTest(kind):
                self.generate_peer("EC", f"group:{curve}")
                shared = self.holdfast("derive", "--ephemeral", kind, "--public-out", "once.pem", "--peer", "peer.pem").out
                key = os.urandom(32)
                wrapped = aes_key_wrap(key_encryption_key(shared, "sha256"), key)
                originator = element(0xA0, element(0xA1, *self.public("once")[1]))
                recipient = element(0xA1, integer(3), originator, algorithm(AGREEMENT["sha256"], algorithm(AES_256_WRAP)),
                                    sequence(sequence(issuer_and_serial(self.certificate("peer.crt")), octets(wrapped))))
                self.assertOpensslReads(enveloped_message(2, recipient, key))


class Signed(CmsTest):
    keys = tuple((name, name, "sign") for name in dict.fromkeys(name for name, *_ in SIGNATURES))

    def message(self, name, options, digest, signature_algorithm, content=CONTENT):
        """CMS SignedData of a key of the device, in the order of RFC 5652, 5.1 and 5.3."""
        certificate = self.certificate(f"{name}.crt")
        attributes = set_of(sequence(CONTENT_TYPE, set_of(oid(DATA))),
                            sequence(MESSAGE_DIGEST, set_of(octets(hashlib.new(digest, CONTENT).digest()))))
        signature = self.holdfast("sign", "--key", name, *options, input=encoded(attributes)).out
        signer = sequence(integer(1), issuer_and_serial(certificate), algorithm(HASHES[digest]), element(0xA0, *attributes[1]),
                          signature_algorithm, octets(signature))
        signed = sequence(integer(1), set_of(algorithm(HASHES[digest])), sequence(oid(DATA), element(0xA0, octets(content))),
                          element(0xA0, certificate), set_of(signer))
        return sequence(oid(SIGNED_DATA), element(0xA0, signed))

    def judged(self, message, authority, status=0):
        self.write("message", encoded(message))
        return self.openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", "message", "-CAfile", authority, status=status)

    def test_openssl_verifies_the_device(self):
        for name, *_ in self.keys:
            self.holdfast("key", "selfsign", name, "--subject", f"CN={name}", "--days", "30", "--out", f"{name}.crt")
        for name, options, digest, signature_algorithm in SIGNATURES:
            with self.subTest(f"{name} {options}"):
                parts = (name, options, digest, signature_algorithm)
                message = self.message(*parts)
                self.assertEqual(self.judged(message, f"{name}.crt"), CONTENT)
                other = "ed25519" if name != "ed25519" else "ml-dsa-44"
                self.judged(message, f"{other}.crt", status=4)
                self.judged(self.message(*parts, content=flipped(CONTENT, 0)), f"{name}.crt", status=4)
                signature = at(message, 1, 0, -1, 0, -1)
                signature[1] = flipped(signature[1], len(signature[1]) // 2)
                self.judged(message, f"{name}.crt", status=4)


class Imported(CmsTest):
    def test_openssls_messages_and_the_device_with_the_same_key(self):
        """The device verifies what openssl signed, and signs in its place."""
        for kind, generated, options, cms in (
                ("rsa-2048", ("RSA", "rsa_keygen_bits:2048"), (), ("-md", "sha256")),
                ("rsa-pss", ("RSA", "rsa_keygen_bits:2048"), ("--scheme", "pss"),
                 ("-md", "sha256", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32")),
                ("ecdsa-p256", ("EC", "group:P-256"), (), ("-md", "sha256")),
                ("ed25519", ("ED25519",), (), ("-md", "sha512")),
                ("ml-dsa-65", ("ML-DSA-65",), (), ("-md", "sha512"))):
            with self.subTest(kind):
                self.generate_peer(*generated)
                self.openssl("cms", "-sign", "-binary", "-nodetach", "-in", "content", "-outform", "DER", "-out", "message",
                             "-signer", "peer.crt", "-inkey", "peer", *cms)
                message = parsed(self.read("message"))
                *_, attributes, _, signature = at(message, 1, 0, -1, 0)[1]
                signed = self.write("attributes", encoded([0x31, attributes[1]]))
                self.write("signature", signature[1])
                self.write("altered", flipped(signed.read_bytes(), -1))
                self.write("public.pem", self.openssl("x509", "-in", "peer.crt", "-noout", "-pubkey"))
                verify = ("verify", "--public", "public.pem", "--signature", "signature", *options, "--in")
                self.holdfast(*verify, "attributes")
                self.holdfast(*verify, "altered", status=INVALID)
                self.holdfast("key", "import", kind, "--in", "peer")
                signature[1] = self.holdfast("sign", "--key", kind, "--in", "attributes", *options).out
                self.write("message", encoded(message))
                self.assertEqual(self.openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", "message", "-CAfile", "peer.crt"), CONTENT)


if __name__ == "__main__":
    main()
