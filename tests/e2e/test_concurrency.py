"""Several processes on one folder, and processes that end before their time."""

import fcntl
import os
import resource
import signal
import subprocess

from no_nameless_files import without_nameless_files
from support import IO, PATIENCE, REFUSED, SERVER, HoldfastTest, main

PROCESSES = 8
CHUNK = 64 * 1024


class Together(HoldfastTest):
    def test_different_keys_and_files(self):
        self.init()
        self.write("plain", b"x" * 100_000)
        started = []
        for i in range(PROCESSES):
            started.append(self.start("key", "create", f"key-{i}", "--alg", ("ed25519", "ecdsa-p256", "ml-dsa-44")[i % 3]))
            started.append(self.start("seal", "--in", "plain", "--out", f"sealed-{i}"))
        for process in started:
            self.finish(process)
        listed = self.holdfast("--json", "key", "list").json["keys"]
        self.assertEqual([k["name"] for k in listed], [f"key-{i}" for i in range(PROCESSES)])
        for i in range(PROCESSES):
            self.assertEqual(self.unseal(f"sealed-{i}"), b"x" * 100_000)
            self.assertTrue(self.holdfast("sign", "--key", f"key-{i}", input=b"message").out)
        self.assert_tidy()

    def test_one_name_for_many(self):
        self.init()
        for origin in ("derived", "random"):
            started = [self.start("key", "create", origin, "--alg", "ecdsa-p256", "--origin", origin) for _ in range(PROCESSES)]
            done = [self.finish(process, status=None) for process in started]
            self.assertEqual(sorted(d.status for d in done), [0] + [REFUSED] * (PROCESSES - 1), [d.message for d in done])
            for loser in done:
                if loser.status != 0:
                    self.assertIn(f"key '{origin}' exists already", loser.message)
        self.assertEqual(len(self.holdfast("--json", "key", "list").json["keys"]), 2)
        self.assert_tidy()

    def test_one_output_for_many(self):
        self.init(SERVER)
        sealed = [self.seal(bytes([65 + i]) * 200_000, name=f"sealed-{i}") for i in range(4)]
        for process in [self.start("unseal", "--in", path, "--out", "out") for path in sealed]:
            self.finish(process)
        content = (self.folder / "out").read_bytes()
        self.assertEqual(content, content[:1] * 200_000)
        self.assert_tidy()

    def test_readers_do_not_wait_for_a_writer(self):
        self.init()
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        with open(self.state / "lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for args in (("status",), ("events",), ("key", "list"), ("sign", "--key", "k"), ("seal",)):
                self.holdfast(*args)

    def assert_tidy(self):
        for path in self.folder.rglob("*"):
            self.assertFalse(path.name.endswith(".tmp"), path)


class Interrupted(HoldfastTest):
    """Ended in the middle of a large file: all but its end has been taken in from a pipe."""

    def setUp(self):
        super().setUp()
        self.init()
        self.content = os.urandom(64) * (128 * CHUNK // 64)
        self.sealed = self.seal(self.content).read_bytes()

    def begin(self, verb, content):
        """A process that has taken in, and given out to its file, nearly everything, and waits for the rest."""
        process = self.start(verb, "--out", "out", stdin=subprocess.PIPE)
        process.stdin.write(content[:-1000])
        process.stdin.flush()
        self.assertIsNone(process.poll())
        return process

    def interrupt(self, process, how):
        process.send_signal(how)
        process.wait(PATIENCE)
        self.assertNotEqual(process.returncode, 0)

    def assert_the_next_run_works(self):
        self.assertEqual(self.unseal("sealed"), self.content)

    def test_killed_while_unsealing(self):
        self.interrupt(self.begin("unseal", self.sealed), signal.SIGKILL)
        self.assertNotIn("out", self.files())
        self.assert_the_next_run_works()

    def test_killed_while_sealing(self):
        self.interrupt(self.begin("seal", self.content), signal.SIGKILL)
        self.assertNotIn("out", self.files())
        self.assert_the_next_run_works()

    def test_killed_over_an_earlier_output(self):
        self.write("out", b"precious")
        self.interrupt(self.begin("unseal", self.sealed), signal.SIGKILL)
        self.assertEqual((self.folder / "out").read_bytes(), b"precious")

    def test_nothing_of_the_plaintext_stays_behind(self):
        for how in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(how.name):
                before = self.files()
                self.interrupt(self.begin("unseal", self.sealed), how)
                left = [name for name in self.files() if name not in before]
                self.assertEqual(left, [], "left behind, with plaintext in it")

    def test_killed_while_making_keys(self):
        for i in range(4):
            process = self.start("key", "create", f"key-{i}", "--alg", "rsa-2048")
            if i % 2:
                process.kill()
            process.wait(PATIENCE)
        listed = self.holdfast("--json", "key", "list").json["keys"]
        self.assertTrue({"key-0", "key-2"} <= {k["name"] for k in listed})
        self.holdfast("key", "create", "another", "--alg", "ed25519")

    def test_killed_while_making_an_anchor(self):
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        process = self.start("init", "--sysroot", SERVER, "--no-recovery")
        process.kill()
        process.wait(PATIENCE)
        self.init(SERVER)
        self.assertEqual(self.unseal(self.seal(b"new", name="new")), b"new")


class InterruptedWithoutNamelessFiles(Interrupted):
    """The same on file systems that know no files without names, as NFS and FAT."""

    def start(self, *args, **options):
        return super().start(*args, **{"preexec_fn": without_nameless_files, **options})

    def begin(self, verb, content):
        process = super().begin(verb, content)
        self.assertEqual([name.endswith(".tmp") for name in self.files() if name.startswith(".out.")], [True])
        return process

    def test_a_size_limit_is_an_ordinary_error(self):
        limit = len(self.sealed) // 2
        before = self.files()
        for prepare in (lambda: None, without_nameless_files):
            def limited(prepare=prepare):
                prepare()
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            process = self.start("unseal", "--in", "sealed", "--out", "out", preexec_fn=limited)
            self.finish(process, status=IO, says="cannot write 'out': File too large")
            self.assertEqual(self.files(), before)


if __name__ == "__main__":
    main()
