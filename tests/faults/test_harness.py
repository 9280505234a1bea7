"""The harness finds fault with programs that deserve it, and with no other."""

import errno
import stat
import subprocess
import unittest

import plan
from crash_model import Disk, write_state
from engine import try_all
from harness import RUNNER, TOOLS, Bench, Broken, Fault, Subject, content_of
from reorder import try_crashes

OLD, NEW = b"the old text", b"what is to replace it, and longer"


class Writer(Subject):
    """careless_writer, in one of its ways."""

    def __init__(self, how, bench):
        self.name = self.how = how
        self.base = bench.folder / "base"
        if not self.base.exists():
            self.base.mkdir()
            (self.base / "file").write_bytes(OLD)
            (self.base / "file").chmod(0o600)

    def argv(self, run):
        return [TOOLS / "careless_writer", self.how, run / "file", NEW.decode()]

    def learn(self, run, end):
        assert end.status == 0 and (run / "file").read_bytes() == NEW

    def is_temporary(self, name):
        return name == "file.new"

    def judge(self, run, end):
        if not {path.name for path in run.iterdir()} <= {"file", "file.new"}:
            raise Broken("litter")
        content = (run / "file").read_bytes()
        if content not in (OLD, NEW):
            raise Broken(f"neither: {content!r}")
        return "old" if content == OLD else "new"


class HarnessTest(unittest.TestCase):
    def setUp(self):
        self.bench = self.enterContext(Bench())

    def broken(self, statistics):
        return "\n".join(statistics.broken)

    def inject(self, how, choose=plan.exhaustive):
        return try_all(self.bench, Writer(how, self.bench), choose)

    def reorder(self, how):
        return try_crashes(self.bench, Writer(how, self.bench))


class Careful(HarnessTest):
    def test_faults(self):
        for choose in (plan.exhaustive, plan.sampled):
            found = self.inject("carefully", choose)
            self.assertEqual(found.broken, [])
            self.assertGreater(found.outcomes["old"], 0)
            self.assertGreater(found.outcomes["new"], 0)
            self.assertGreater(found.litter, 0)
            self.assertEqual(found.changing, 6)  # open, two writes, sync, rename, the folder's sync
            self.assertEqual(found.not_reached, 0)

    def test_crashes(self):
        found = self.reorder("carefully")
        self.assertEqual(found.broken, [])
        self.assertEqual(found.operations, 6)
        self.assertGreater(found.outcomes["old"], 0)
        self.assertGreater(found.outcomes["new"], 0)


class Careless(HarnessTest):
    def test_writing_in_place(self):
        self.assertIn("neither: b''", self.broken(self.inject("in-place")))
        self.assertIn("neither: b'what is to repla'", self.broken(self.inject("in-place")))
        self.assertIn("kill-before at write:1", self.broken(self.inject("in-place", plan.sampled)))
        self.assertIn("neither", self.broken(self.reorder("in-place")))

    def test_renaming_without_sync_shows_only_when_power_fails(self):
        self.assertEqual(self.inject("without-sync").broken, [])
        broken = self.broken(self.reorder("without-sync"))
        self.assertIn("neither: b''", broken)
        self.assertIn(f"neither: {bytes(len(NEW))!r}", broken)

    def test_not_syncing_the_folder_shows_only_when_power_fails(self):
        self.assertEqual(self.inject("without-folder").broken, [])
        self.assertEqual(self.reorder("without-folder").outcomes["new"], 1)
        self.assertIn("lost, though the command had reported success", self.broken(self.reorder("without-folder")))

    def test_ignoring_errors(self):
        for choose in (plan.exhaustive, plan.sampled):
            broken = self.broken(self.inject("ignoring-errors", choose))
            self.assertIn("reported success, and the new state is not there", broken)

    def test_short_writes(self):
        self.assertIn("halve at write:1", self.broken(self.inject("forgetting")))

    def test_litter(self):
        self.assertIn("litter", self.broken(self.inject("with-litter", plan.sampled)))


class Tracing(HarnessTest):
    """The tracer does what it is told, seen from outside."""

    def setUp(self):
        super().setUp()
        self.writer = Writer("carefully", self.bench)
        self.run_folder = self.bench.fresh(self.writer.base)

    def disturb(self, call, occurrence, action):
        run = self.bench.fresh(self.writer.base)
        end = self.bench.disturbed(self.writer, run, Fault(call, occurrence, action))
        return end, {name: content for name, (_, _, _, content) in content_of(run).items()}

    def test_kill_before_and_after(self):
        end, files = self.disturb("rename", 1, "kill-before")
        self.assertTrue(end.killed and end.reached)
        self.assertEqual(files, {"file": OLD, "file.new": NEW})
        end, files = self.disturb("rename", 1, "kill-after")
        self.assertTrue(end.killed and end.reached)
        self.assertEqual(files, {"file": NEW})

    def test_failing(self):
        end, files = self.disturb("write", 2, f"fail:{errno.ENOSPC}")
        self.assertEqual((end.status, end.said), (1, "cannot write: No space left on device"))
        self.assertEqual(files, {"file": OLD, "file.new": NEW[:len(NEW) // 2]})
        end, files = self.disturb("rename", 1, f"fail-after:{errno.EIO}")
        self.assertEqual((end.status, end.said), (1, "cannot rename: Input/output error"))
        self.assertEqual(files, {"file": NEW})

    def test_halving(self):
        self.writer.how = "forgetting"
        half = len(NEW) // 2
        _, files = self.disturb("write", 1, "halve")
        self.assertEqual(files, {"file": NEW[:half // 2] + NEW[half:]})

    def test_what_does_not_happen_is_said(self):
        end, files = self.disturb("write", 3, "kill-before")
        self.assertFalse(end.reached)
        self.assertEqual((end.status, files), (0, {"file": NEW}))

    def test_calls_are_counted_from_the_first_in_the_folder(self):
        calls, _ = self.bench.calls(self.writer, self.run_folder)
        self.assertEqual(calls[0]["what"], str(self.run_folder / "file.new"))
        self.assertEqual([c["call"] for c in calls if c["call"] not in ("mmap", "newfstatat", "fstat")],
                         ["openat", "write", "write", "fsync", "close", "rename", "openat", "fsync", "close"])

    def test_children_and_their_status(self):
        class Shell(Writer):
            def argv(self, run):
                return ["/bin/sh", "-c", f"cd {run} && (echo child > copy); exit 7"]
        shell = Shell("shell", self.bench)
        calls, end = self.bench.calls(shell, self.run_folder)
        self.assertEqual(end.status, 7)
        self.assertIn(str(self.run_folder / "copy"), [c.get("what") for c in calls if c["changes"]])
        kill = next(c for c in calls if c["call"] == "openat" and c["changes"])
        run = self.bench.fresh(shell.base)
        end = self.bench.disturbed(shell, run, Fault("openat", kill["occurrence"], "kill-before"))
        self.assertTrue(end.killed)
        self.assertEqual([path.name for path in run.iterdir()], ["file"])

    def test_what_has_no_model_ends_the_test(self):
        class Linker(Writer):
            def argv(self, run):
                return ["/bin/ln", "-s", "file", run / "link"]
        with self.assertRaisesRegex(RuntimeError, "symlinkat, for which there is no model"):
            self.bench.calls(Linker("linker", self.bench), self.run_folder)

    def test_a_program_that_is_not_there(self):
        class Nothing(Writer):
            def argv(self, run):
                return [run / "nothing"]
        _, end = self.bench.calls(Nothing("nothing", self.bench), self.run_folder)
        self.assertEqual(end.status, 125)
        self.assertIn("nothing: No such file or directory", end.said)

    def test_usage(self):
        for words in ([], ["--watch", "/x"], ["--watch", "/x", "--at", "write:1", "--", "/bin/true"],
                      ["--watch", "/x", "--at", "write:x", "--do", "halve", "--", "/bin/true"],
                      ["--watch", "/x", "--at", "write:1", "--do", "fail", "--", "/bin/true"]):
            done = subprocess.run([RUNNER, *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 125, words)
            self.assertIn("usage: fault_runner", done.stderr)


class Model(HarnessTest):
    """What may be left, worked out by hand."""

    def setUp(self):
        super().setUp()
        self.base = self.bench.folder / "base"
        self.base.mkdir(mode=0o700)
        self.numbers = {}

    def states(self, *operations):
        """The contents of all states after the operations, as {name: content}, ordered."""
        disk = Disk(self.base)
        for operation in operations:
            disk.apply({name: str(self.base / value) if name in ("path", "to") else value for name, value in operation.items()})
        return sorted([{name: content for name, kind, content, _ in sorted(state) if name != "." and kind == "file"}
                       for state in disk.states()], key=repr)

    @staticmethod
    def op(kind, ino=None, **more):
        settings = {"mode": 0o600, "uid": 0, "gid": 0} if kind in ("create", "nameless", "make_folder") else {}
        return {"op": kind, **({} if ino is None else {"ino": ino}), **settings, **more}

    def test_a_name_without_content(self):
        create, write = self.op("create", 7, path="a"), self.op("write", 7, offset=0, data=b"text".hex())
        everything = [{}, {"a": b""}, {"a": b"\0\0\0\0"}, {"a": b"te"}, {"a": b"text"}]
        self.assertEqual(self.states(create, write), sorted(everything, key=repr))
        self.assertEqual(self.states(create, write, self.op("sync", 7)), sorted([{}, {"a": b"text"}], key=repr))
        folder = self.base.lstat().st_ino
        self.assertEqual(self.states(create, write, self.op("sync", folder)), sorted(everything[1:], key=repr))
        self.assertEqual(self.states(create, write, self.op("sync", 7), self.op("sync", folder)), [{"a": b"text"}])

    def test_names_of_one_folder_keep_their_order(self):
        a, b = self.op("create", 7, path="a"), self.op("create", 8, path="b")
        self.assertEqual(self.states(a, b), sorted([{}, {"a": b""}, {"a": b"", "b": b""}], key=repr))

    def test_a_rename_is_one_step(self):
        (self.base / "a").write_bytes(b"old")
        (self.base / "b").write_bytes(b"new")
        rename = self.op("rename", (self.base / "b").stat().st_ino, path="b", to="a")
        self.assertEqual(self.states(rename), sorted([{"a": b"old", "b": b"new"}, {"a": b"new"}], key=repr))

    def test_a_folder_without_a_name_is_lost_with_all_that_is_in_it(self):
        make, create = self.op("make_folder", 7, path="d"), self.op("create", 8, path="d/a")
        self.assertEqual(self.states(make, create, self.op("sync", 8), self.op("sync", 7)), sorted([{}, {"d/a": b""}], key=repr))

    def test_a_nameless_file_is_gone_until_it_is_linked(self):
        nameless, write = self.op("nameless", 7), self.op("write", 7, offset=0, data=b"text".hex())
        self.assertEqual(self.states(nameless, write), [{}])
        self.assertEqual(self.states(nameless, write, self.op("sync", 7), self.op("link", 7, path="a")),
                         sorted([{}, {"a": b"text"}], key=repr))

    def test_permissions(self):
        create, change = self.op("create", 7, path="a"), {"op": "settings", "ino": 7, "mode": 0o640, "uid": 0, "gid": 0}
        disk = Disk(self.base)
        for operation in (create, change):
            disk.apply({**operation, **({"path": str(self.base / "a")} if "path" in operation else {})})
        modes = {settings[0] for state in disk.states() for name, _, _, settings in state if name == "a"}
        self.assertEqual(modes, {0o600, 0o640})

    def test_what_is_written_is_what_was_meant(self):
        (self.base / "d").mkdir(mode=0o710)
        (self.base / "d" / "a").touch(mode=0o640)
        (state,) = Disk(self.base).states()
        write_state(state, self.bench.place)
        self.assertEqual(content_of(self.bench.place), content_of(self.base))
        self.assertEqual(stat.S_IMODE(self.bench.place.stat().st_mode), 0o700)


if __name__ == "__main__":
    unittest.main(verbosity=2)
