"""What both kinds of fault tests share: a folder in memory, copies of a prepared folder, and the tracer."""

import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(os.environ["HOLDFAST_FAULTS"])
RUNNER = TOOLS / "fault_runner"
MEMORY = Path("/dev/shm")

# Patience with an overloaded machine, not a measure of anything.
PATIENCE = 120
# The names that files have while they are written, where they have any.
TEMPORARY = re.compile(r"(^|/)\.[^/]+\.[0-9a-f]{16}\.tmp$")


class Broken(Exception):
    """Something that must never be was found."""


@dataclass(frozen=True)
class End:
    """How a run ended, and what it said."""
    status: int      # as the shell has it: 128 and the signal of a program that was killed
    out: bytes
    err: bytes
    reached: bool    # the call that should go wrong

    @property
    def killed(self):
        return self.status == 128 + 9

    @property
    def said(self):
        return (self.err + self.out).decode(errors="replace").strip()


@dataclass(frozen=True)
class Fault:
    """What goes wrong: in which call, and how."""
    call: str
    occurrence: int
    action: str
    what: str = ""

    def __str__(self):
        return f"{self.action} at {self.call}:{self.occurrence} ({self.what})"


class Subject:
    """A program whose effect on a folder is tested. `base` is copied for each run."""

    name = "a program"
    base = None
    nameless_files = True

    def argv(self, run):
        raise NotImplementedError

    def environment(self, run):
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def watched(self, run):
        """Calls count from the first that names one of these; what is recorded is below the first."""
        return [run]

    def learn(self, run, end):
        """Looks at an undisturbed run: what is new from now on."""
        raise NotImplementedError

    def judge(self, run, end):
        """'old' or 'new', or Broken, after a run that ended so and changed something. May use the folder up."""
        raise NotImplementedError

    def is_temporary(self, name):
        """Whether a name in the folder is that of a file that was being written."""
        return TEMPORARY.search(name) is not None


def content_of(folder):
    """Everything in a folder, by name: kind, permissions, group and bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        mode = stat.S_IMODE(info.st_mode)
        name = path.relative_to(folder).as_posix()
        if stat.S_ISDIR(info.st_mode):
            found[name] = ("folder", mode, info.st_gid, b"")
        elif stat.S_ISLNK(info.st_mode):
            found[name] = ("link", mode, info.st_gid, os.readlink(path).encode())
        else:
            found[name] = ("file", mode, info.st_gid, path.read_bytes())
    return found


class Bench:
    """A folder of its own, in memory where the system has some, with one place in it where programs run."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-faults-", dir=MEMORY if MEMORY.is_dir() else None))
        self.place = self.folder / "run"

    def __enter__(self):
        os.umask(0o022)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def fresh(self, base):
        """The place, with a copy of a prepared folder in it."""
        if self.place.exists():
            shutil.rmtree(self.place)
        subprocess.run(["cp", "-a", base, self.place], check=True)
        return self.place

    def plain(self, subject, run):
        """Runs a subject without the tracer."""
        done = subprocess.run(subject.argv(run), env=subject.environment(run), cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        return End(done.returncode, done.stdout, done.stderr, False)

    def traced(self, subject, run, *options):
        """Runs a subject under the tracer."""
        outcome = self.folder / "outcome"
        outcome.unlink(missing_ok=True)
        watch = [word for path in subject.watched(run) for word in ("--watch", str(path))]
        nameless = [] if subject.nameless_files else ["--no-nameless-files"]
        done = subprocess.run([RUNNER, *watch, *nameless, "--outcome", outcome, *options, "--", *subject.argv(run)],
                              env=subject.environment(run), cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=PATIENCE, check=False)
        if not outcome.exists():
            raise RuntimeError(f"{subject.name}: the tracer failed: {done.stderr.decode()}")
        how = json.loads(outcome.read_text())
        status = how["status"] if how["signal"] is None else 128 + how["signal"]
        return End(status, done.stdout, done.stderr, how["reached"])

    def calls(self, subject, run):
        """The calls of an undisturbed run, and how it ended."""
        log = self.folder / "calls"
        end = self.traced(subject, run, "--calls", log)
        return [json.loads(line) for line in log.read_text().splitlines()], end

    def operations(self, subject, run):
        """The changes to files of an undisturbed run, and how it ended."""
        log = self.folder / "operations"
        end = self.traced(subject, run, "--operations", log)
        return [json.loads(line) for line in log.read_text().splitlines()], end

    def disturbed(self, subject, run, fault):
        return self.traced(subject, run, "--at", f"{fault.call}:{fault.occurrence}", "--do", fault.action)
