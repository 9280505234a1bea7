"""The C interface through the example programs, judged by openssl and by the command."""

import os
import subprocess
from pathlib import Path

from support import BOARD, PATIENCE, HoldfastTest, Outcome, main

EXAMPLES = Path(os.environ["HOLDFAST_BUILD"]) / "examples"


class ExampleTest(HoldfastTest):
    def example(self, name, *args, status=0, says=(), input=b"", env=None):
        done = subprocess.run([EXAMPLES / name, *map(str, args)], input=input, capture_output=True, cwd=self.folder,
                              env={**self.env, **(env or {})}, timeout=PATIENCE, check=False)
        return self.judge(Outcome(done.returncode, done.stdout, done.stderr), [name, *args], status, says)


class Signing(ExampleTest):
    def setUp(self):
        super().setUp()
        self.init(BOARD)
        self.message = self.write("message", b"a message")

    def test_openssl_verifies_what_a_c_program_signs(self):
        signature = self.write("signature", self.example("sign_message", "app", "message").out)
        self.holdfast("key", "public", "app", "--out", "app.pem")
        self.openssl("dgst", "-sha256", "-verify", "app.pem", "-signature", signature, "message")
        self.assertEqual(self.example("sign_message", "app", "message", signature).text, "valid\n")
        self.write("message", b"another")
        self.example("sign_message", "app", "message", signature, status=1, says="signature is not this key's")

    def test_keys_of_every_family_sign(self):
        for algorithm in ("ecdsa-p384", "ed25519", "ml-dsa-65", "rsa-2048"):
            with self.subTest(algorithm):
                self.holdfast("key", "create", algorithm, "--alg", algorithm)
                self.write("signature", self.example("sign_message", algorithm, "message").out)
                self.holdfast("key", "public", algorithm, "--out", "key.pem")
                self.holdfast("verify", "--public", "key.pem", "--signature", "signature", "--in", "message")

    def test_programs_that_start_at_once_share_one_key(self):
        running = [subprocess.Popen([EXAMPLES / "sign_message", "app", "message"], cwd=self.folder, env=self.env,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        outcomes = [(process.communicate(timeout=PATIENCE), process.returncode) for process in running]
        for (signature, complaint), status in outcomes:
            self.assertEqual((status, complaint), (0, b""))
            self.write("signature", signature)
            self.assertEqual(self.example("sign_message", "app", "message", "signature").text, "valid\n")
        self.assertEqual(len(self.holdfast("--json", "key", "list").json["keys"]), 1)

    def test_no_device_no_key_no_file(self):
        self.example("sign_message", "app", "message", status=1, says="holdfast init",
                     env={"HOLDFAST_DIR": str(self.folder / "none")})
        self.example("sign_message", "app", "none", status=1, says="none")
        self.example("sign_message", "a/b", "message", status=1, says="a/b")
        self.assertEqual(self.example("sign_message", "app", "none", status=1).out, b"")


class Sealing(ExampleTest):
    def test_what_is_put_comes_back_here_only(self):
        self.init(BOARD)
        self.keep_secret(b"the password")
        self.example("seal_secret", "put", "sealed", input=b"the password")
        self.assertNotIn(b"the password", self.read("sealed"))
        # Standard output is where it belongs, so that it is not judged.
        secrets, self.secrets = self.secrets, set()
        self.assertEqual(self.example("seal_secret", "get", "sealed").out, b"the password")
        self.assertEqual(self.unseal("sealed", "--name", "example secret"), b"the password")
        self.secrets = secrets
        sealed = bytearray(self.read("sealed"))
        sealed[-1] ^= 1
        self.write("sealed", bytes(sealed))
        self.assertEqual(self.example("seal_secret", "get", "sealed", status=1, says="sealed: ").out, b"")

    def test_a_device_with_a_passphrase_asks_the_program(self):
        passphrase = self.secret("passphrase", "correct horse battery staple")
        self.init(BOARD, "--passphrase-file", passphrase)
        right = {"EXAMPLE_PASSPHRASE": "correct horse battery staple"}
        self.example("seal_secret", "put", "sealed", input=b"x", env=right)
        self.assertEqual(self.example("seal_secret", "get", "sealed", env=right).out, b"x")
        self.example("seal_secret", "get", "sealed", status=1, says="open: ", env={"EXAMPLE_PASSPHRASE": "another one"})
        self.example("seal_secret", "get", "sealed", status=1, says="gave no passphrase")

    def test_the_profile_holds_in_c_too(self):
        self.init(BOARD, "--profile", "cnsa-2.0")
        self.write("message", b"m")
        self.example("sign_message", "app", "message", status=1, says="cnsa-2.0")


class Certificates(ExampleTest):
    def test_openssl_issues_what_a_c_program_asks_for(self):
        self.init(BOARD)
        self.holdfast("key", "create", "pump", "--alg", "ecdsa-p256")
        self.generate("ca", "EC", "ec_paramgen_curve:P-256")
        self.openssl("req", "-new", "-x509", "-key", "ca", "-subj", "/CN=CA", "-out", "ca.crt", "-days", "3")
        request = self.example("request_certificate", "pump", "CN=pump 7,O=Example", "dns:pump7.example").out
        self.write("pump.csr", request)
        self.assertIn(b"DNS:pump7.example", self.openssl("req", "-in", "pump.csr", "-noout", "-verify", "-text"))
        self.openssl("x509", "-req", "-in", "pump.csr", "-CA", "ca.crt", "-CAkey", "ca", "-days", "2", "-out", "pump.crt")
        self.example("request_certificate", "--store", "pump", "pump.crt")
        self.assertEqual(self.holdfast("key", "certificate", "pump").out, self.read("pump.crt"))
        self.example("request_certificate", "--store", "pump", "ca.crt", status=1, says="the certificate that was issued for this key")


if __name__ == "__main__":
    main()
