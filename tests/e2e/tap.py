"""What the tests of the drop-in program share: a configuration and credential file as its users have them, and judgements."""

import hashlib
import os
import subprocess
from pathlib import Path

from support import DONE, PATIENCE, HoldfastTest, Outcome, env_attribute

NOBODY = 65534
MODULE_ID = "5a" * 31 + "0c"
SERIAL = "QX-77120-0831-a5f1"
MESSAGE = b"firmware image 4.2 for gate 7\n"

# hashType of the program, and openssl's name for it.
HASHES = {1: "sha256", 2: "sha512", 3: "sha384"}
NONE, SHA256, SHA512, SHA384 = 0, 1, 2, 3


def program():
    """Beside the command, unless the build tells another place."""
    return os.environ.get("HOLDFAST_TAP_EXAMPLE") or str(Path(os.environ["HOLDFAST_BIN"]).with_name("tap_nanoroot_example"))


class TapTest(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.keep_secret(SERIAL)
        self.env["BOARD_SERIAL"] = SERIAL
        self.credentials(env_attribute("board-id", "BOARD_SERIAL"), name="default-fingerprint.json")
        self.configure()
        self.write("message", MESSAGE, 0o644)

    # Files

    def configuration(self, *more, **changes):
        """The text of a configuration; further lines stand in its section. A key given as None is left out."""
        keys = {"providertype": "15", "modulenum": "1", "modulename": "NanoROOT", "moduleidstr": MODULE_ID,
                "credfile": str(self.folder / "default-fingerprint.json"), **changes}
        lines = [f"{name}={value}" for name, value in keys.items() if value is not None]
        head = [line for line in lines if line.startswith("providertype")]
        return "\n".join([*head, "", "[module]", *(line for line in lines if line not in head), *more, ""])

    def configure(self, *more, name="nanoroot_smp.conf", **changes):
        return self.write(name, self.configuration(*more, **changes), 0o644)

    def snapshot(self):
        """All there is outside the state folder, to the byte; and what must never lie in it."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            if self.state not in (path, *path.parents):
                found[path] = path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else None
            else:
                self.assertFalse(path.name.endswith(".tmp"), path)
        return found

    def without_privileges(self):
        """Options of `tap` for an account to which permissions mean something."""
        if os.geteuid() != 0:
            return {}
        self.folder.chmod(0o755)
        self.give_away(self.folder)
        for path in self.folder.glob("*.json"):
            path.chmod(0o644)
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def give_away(self, path):
        """To that account."""
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)

    # The program

    def words(self, *args, config="nanoroot_smp.conf"):
        """Its command line, with the configuration that nearly every call has."""
        named = ("--config", config) if config else ()
        return [program(), *map(str, (*args, *named))]

    def run_tap(self, *args, config="nanoroot_smp.conf", env=None, **options):
        words = self.words(*args, config=config)
        environment = {k: v for k, v in {**self.env, **(env or {})}.items() if v is not None}
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, cwd=self.folder, env=environment,
                              start_new_session=True, timeout=PATIENCE, check=False, **options)
        return Outcome(done.returncode, done.stdout, done.stderr), words[1:]

    def tap(self, *args, says=(), **options):
        """Runs it; it must succeed."""
        outcome, words = self.run_tap(*args, **options)
        return self.judge(outcome, words, DONE, says)

    def refuses(self, *args, says, **options):
        """Runs it; it must fail in an orderly way, name what was wrong, and write nothing."""
        before = self.snapshot()
        outcome, words = self.run_tap(*args, **options)
        self.judge(outcome, words, None, ())
        self.assertGreater(outcome.status, 0, (words, outcome.message))
        self.assertNotIn("Sanitizer", outcome.message)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part.lower(), outcome.message.lower(), words)
        self.assertEqual(self.snapshot(), before, words)
        return outcome

    def start_tap(self, *args):
        process = subprocess.Popen(self.words(*args), env=self.env, cwd=self.folder, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    # Operations, as command lines

    @staticmethod
    def sealing(infile="message", outfile="sealed", *more):
        return ("--seal", "--infile", infile, "--outfile", outfile, *more)

    @staticmethod
    def unsealing(infile="sealed", outfile="unsealed", *more):
        return ("--unseal", "--infile", infile, "--outfile", outfile, *more)

    @staticmethod
    def signing(key, hash_type, *more, operation="--signBuffer", infile="message", sig="--sigfile"):
        return (operation, "--infile", infile, "--keyId", key, "--hashType", hash_type, "--pubKey", "public.pem",
                sig, "signature", *more)

    def verifying(self, key, hash_type, *more, **options):
        return self.signing(key, hash_type, *more, operation="--verify", **options)

    def sign(self, *args, **options):
        """Signs afresh; returns signature and public key."""
        for name in ("signature", "public.pem"):
            (self.folder / name).unlink(missing_ok=True)
        self.tap(*self.signing(*args, **options))
        return self.read("signature"), self.read("public.pem")

    def sign_digest(self, key, hash_type, **options):
        self.write("digest", hashlib.new(HASHES[hash_type], MESSAGE).digest())
        return self.sign(key, hash_type, operation="--signDigest", infile="digest", **options)

    # The other side

    def openssl_verifies(self, hash_type, message="message"):
        """The judge of the signature that lies there, with the public key that lies there."""
        if hash_type == NONE:
            self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", message, "-sigfile", "signature")
        else:
            self.openssl("dgst", f"-{HASHES[hash_type]}", "-verify", "public.pem", "-signature", "signature", message)

    def public_key_text(self):
        return self.openssl("pkey", "-pubin", "-in", "public.pem", "-noout", "-text").decode()
