"""What the end-to-end tests share: a folder of their own, the command, machines to run it on, and judgements."""

import base64
import json
import os
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

MACHINES = Path(__file__).resolve().parent.parent / "fixtures" / "machines"
BOARD = MACHINES / "emmc-arm-board"  # three attributes of 88 bits, all needed: the cheapest anchor
SERVER = MACHINES / "x86-server"     # six attributes of which four are needed
CONTAINER = MACHINES / "container"   # no entropy of its own

# Patience with an overloaded machine, not a measure of anything.
PATIENCE = 120

# Exit statuses, by the names that errors have in JSON.
DONE, INVALID, USAGE, DOES_NOT_OPEN, WRONG_PASSPHRASE, MALFORMED, NOT_FOUND, REFUSED, IO = range(9)


class Outcome:
    """How a command ended and what it said."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return self.out.decode()

    @property
    def message(self):
        return self.err.decode()

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The error object; standard error must hold nothing else."""
        return json.loads(self.err)["error"]


def command(*args):
    return [os.environ["HOLDFAST_BIN"], *map(os.fspath, args)]


def spellings(secret):
    """A secret as it might be printed by mistake."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    raw = raw.strip()
    forms = {raw, raw.hex().encode(), base64.b64encode(raw), repr(raw)[2:-1].encode()}
    return forms | {raw.replace(b"-", b"")}


class HoldfastTest(unittest.TestCase):
    """Each test has its own folder, with an empty state folder's name in it, and its own environment."""

    maxDiff = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.state = self.folder / "state"
        self.secrets = set()
        foreign = ("HOLDFAST_DIR", "HOLDFAST_TRACE", "XDG_DATA_HOME", "XDG_STATE_HOME", "NO_COLOR")
        self.env = {name: value for name, value in os.environ.items() if name not in foreign}
        self.env.update(HOLDFAST_DIR=str(self.state), HOME=str(self.folder), HOLDFAST_MARKS=str(self.marks()), LC_ALL="C.UTF-8")
        before = os.umask(0o022)
        self.addCleanup(os.umask, before)

    def marks(self):
        """Where generations are remembered: apart from the test's folder, in a place that other accounts may look into."""
        outside = Path(tempfile.mkdtemp(prefix="holdfast-marks-"))
        self.addCleanup(shutil.rmtree, outside)
        outside.chmod(0o755)
        return outside / "marks"

    # Files

    def write(self, name, content, mode=0o600):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    def secret(self, name, content):
        """A file with a secret that no command may ever print."""
        self.keep_secret(content)
        return self.write(name, content)

    def keep_secret(self, content):
        self.secrets |= spellings(content)

    def machine(self, source, name="machine"):
        """A copy of a fixture machine, to be changed."""
        return Path(shutil.copytree(source, self.folder / name, symlinks=True))

    def read(self, name):
        return (self.folder / name).read_bytes()

    def credentials(self, *attributes, name="credentials.json"):
        return self.write(name, json.dumps({"attributes": list(attributes)}))

    def files(self):
        """Everything in the test's folder, hidden or not."""
        return sorted(path.name for path in self.folder.iterdir())

    # The command

    def start(self, *args, **options):
        """The command in the background, without a terminal. The test reads and waits."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen(command(*args), env=self.env, cwd=self.folder, start_new_session=True, **options)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass

    def holdfast(self, *args, status=DONE, says=(), input=b"", env=None, stdout=subprocess.PIPE, **options):
        """Runs the command and judges its status, that standard error says what it should, and that no secret is out."""
        done = subprocess.run(command(*args), input=input, stdout=stdout, stderr=subprocess.PIPE, cwd=self.folder,
                              env={**self.env, **(env or {})}, start_new_session=True, timeout=PATIENCE, check=False, **options)
        return self.judge(Outcome(done.returncode, done.stdout or b"", done.stderr), args, status, says)

    def finish(self, process, *, status=DONE, says=(), input=None):
        """Waits for a command that `start` began, and judges it likewise."""
        out, err = process.communicate(input, timeout=PATIENCE)
        return self.judge(Outcome(process.returncode, out or b"", err or b""), process.args[1:], status, says)

    def judge(self, outcome, args, status, says):
        shown = f"holdfast {' '.join(map(repr, map(str, args)))}\nstdout: {outcome.out[:2000]!r}\nstderr: {outcome.err[:2000]!r}"
        if status is not None:
            self.assertEqual(outcome.status, status, shown)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, outcome.message, shown)
        for spelling in self.secrets:
            self.assertNotIn(spelling, outcome.out + outcome.err, f"a secret was printed by {shown}")
        # Whatever happened, the reason is there to read.
        if outcome.status not in (DONE, INVALID):
            self.assertTrue(outcome.out or outcome.err, shown)
        return outcome

    def init(self, sysroot=BOARD, *args, **options):
        """Makes an anchor. Without word of a recovery code there is none."""
        recovery = () if "--recovery-out" in args or "--no-recovery" in args else ("--no-recovery",)
        return self.holdfast("init", "--sysroot", sysroot, *recovery, *args, **options)

    def init_with_recovery(self, sysroot=BOARD, *args, name="recovery.txt", **options):
        """Makes an anchor with a recovery code, which from now on is a secret. Returns the code's file."""
        path = self.folder / name
        self.init(sysroot, "--recovery-out", path, *args, **options)
        self.keep_secret(path.read_bytes())
        return path

    # OpenSSL, the other side

    def openssl(self, *args, status=0):
        done = subprocess.run(["openssl", *map(str, args)], cwd=self.folder, env=self.env, capture_output=True,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, (args, done.stdout, done.stderr))
        return done.stdout

    def generate(self, name, algorithm, *options):
        """A key of openssl's, and its public half as NAME.pem beside it."""
        self.openssl("genpkey", "-quiet", "-algorithm", algorithm, *(part for o in options for part in ("-pkeyopt", o)), "-out", name)
        self.openssl("pkey", "-in", name, "-pubout", "-out", f"{name}.pem")
        return name

    # What is sealed

    def seal(self, content, *args, name="sealed"):
        """Seals bytes into a file of that name and returns it."""
        self.holdfast("--quiet", "seal", "--out", name, *args, input=content)
        return self.folder / name

    def unseal(self, sealed, *args, **options):
        """Unseals into a file, which is what came out; None where there is no such file."""
        out = self.folder / "unsealed"
        out.unlink(missing_ok=True)
        self.holdfast("unseal", "--in", sealed, "--out", out, *args, **options)
        return out.read_bytes() if out.exists() else None

    def refuses_to_unseal(self, sealed, *args, status, **options):
        """Neither output nor a leftover of it may appear."""
        before = self.files()
        self.assertIsNone(self.unseal(sealed, *args, status=status, **options))
        self.assertEqual([name for name in self.files() if name != "unsealed"], [n for n in before if n != "unsealed"])

    def assertMode(self, path, mode):
        self.assertEqual(oct(stat.S_IMODE(path.lstat().st_mode)), oct(mode), path)

    def assertNoControls(self, outcome):
        """Nothing that a terminal would obey."""
        for code in [*range(0x20), 0x7F]:
            if chr(code) not in "\n":
                self.assertNotIn(bytes([code]), outcome.out + outcome.err)
        for text in (outcome.text, outcome.message):
            self.assertFalse([c for c in text if 0x80 <= ord(c) < 0xA0], text)


def flipped(content, position, mask=0x01):
    """The bytes with one of them changed."""
    changed = bytearray(content)
    changed[position] ^= mask
    return bytes(changed)


def env_attribute(name, variable, **more):
    return {"attribute_name": name, "attribute_value": {"type": "ENV", "variable_name": variable}, **more}


def program_attribute(name, path, **more):
    return {"attribute_name": name, "attribute_value": {"type": "program", "path": str(path)}, **more}


def main():
    unittest.main(verbosity=2)
