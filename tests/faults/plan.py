"""Which faults are tried at which calls.

Exhaustively: at every counted call a kill before it, a kill after it, and every fault of the table below. Sampled: at
every call that changes files (opens that create or cut, write, fsync, rename, link, unlink, mkdir, truncate, chmod,
chown) a kill before it and the first fault of its row, and a kill after the last; of the others

- no kills: nothing on the disk differs from the kill before the next call that changes something;
- of those about files of the run's own folder every fifth, and of the rest (the machine's attributes, memory, randomness)
  three, with one fault each. Which ones differs from command to command, and so do the faults, so that all commands
  together hit most of them."""

import errno

from harness import Fault


def _fail(*numbers):
    return [f"fail:{number}" for number in numbers]


_OPEN = _fail(errno.EIO, errno.EMFILE, errno.EINTR)
_READ = _fail(errno.EIO, errno.EINTR)
_WRITE = _fail(errno.ENOSPC, errno.EIO, errno.EINTR)
_SYNC = _fail(errno.EIO, errno.ENOSPC)
_NAME = _fail(errno.EIO, errno.ENOSPC)
_LOOK = _fail(errno.EIO)
_LOCK = _fail(errno.ENOLCK, errno.EINTR)
# What happens although it is reported as failed: a network file system's answer may get lost.
_LOST = [f"fail-after:{errno.EIO}"]

FAULTS = {
    "open": _OPEN, "openat": _OPEN,
    "read": _READ, "pread64": _READ,
    "write": _WRITE, "pwrite64": _WRITE,
    "fsync": _SYNC, "fdatasync": _SYNC,
    "rename": _NAME + _LOST, "renameat": _NAME + _LOST, "renameat2": _NAME + _LOST,
    "link": _NAME + _LOST, "linkat": _NAME + _LOST,
    "unlink": _LOOK + _LOST, "unlinkat": _LOOK + _LOST, "rmdir": _LOOK + _LOST,
    "mkdir": _NAME + _LOST, "mkdirat": _NAME + _LOST,
    "ftruncate": _fail(errno.EIO, errno.ENOSPC), "fallocate": _fail(errno.ENOSPC, errno.EIO),
    "chmod": _LOOK, "fchmod": _LOOK, "fchmodat": _LOOK, "chown": _LOOK, "fchown": _LOOK, "fchownat": _LOOK,
    "stat": _LOOK, "lstat": _LOOK, "fstat": _LOOK, "newfstatat": _LOOK, "statx": _LOOK, "access": _LOOK,
    "faccessat": _LOOK, "faccessat2": _LOOK, "readlink": _LOOK, "readlinkat": _LOOK,
    "getdents64": _LOOK,
    "flock": _LOCK, "fcntl": _LOCK,
    # The descriptor is closed all the same.
    "close": [f"fail-after:{errno.EIO}", f"fail-after:{errno.EINTR}"],
    "mmap": _fail(errno.ENOMEM), "mremap": _fail(errno.ENOMEM),
    "mlock": _fail(errno.ENOMEM, errno.EPERM), "mlock2": _fail(errno.ENOMEM, errno.EPERM),
    "madvise": _fail(errno.EINVAL), "fadvise64": _fail(errno.EINVAL),
    "getrandom": _fail(errno.EINTR, errno.ENOSYS),
    "clone3": _fail(errno.EAGAIN),
}
KILLS = ["kill-before", "kill-after"]
EVERY, SPREAD = 5, 3


def faults_of(call):
    """Every fault that fits a call of the log, the main one first."""
    faults = list(FAULTS[call["call"]])
    if call.get("creates"):
        faults.insert(0, f"fail:{errno.ENOSPC}")
    if call.get("bytes", 0) >= 2 and call["result"] >= 2:
        faults.append("halve")
    return faults


def _fault(call, action):
    return Fault(call["call"], call["occurrence"], action, call.get("what", ""))


def exhaustive(calls, folder, turn):
    """Everything at every call."""
    return [_fault(call, action) for call in calls for action in KILLS + faults_of(call)]


def sampled(calls, folder, turn):
    """The selection that the top of this file describes. `folder` is the run's own; `turn` counts commands."""
    changing = [call for call in calls if call["changes"]]
    chosen = [_fault(call, action) for call in changing for action in ("kill-before", faults_of(call)[0])]
    chosen += [_fault(call, "kill-after") for call in changing[-1:]]
    looking = [call for call in calls if not call["changes"]]
    own = [call for call in looking if call.get("what", "").startswith(str(folder))]
    rest = [call for call in looking if not call.get("what", "").startswith(str(folder))]
    step = max(1, len(rest) // SPREAD)
    others = own[turn % EVERY::EVERY] + rest[turn * 7 % step::step]
    return chosen + [_in_turn(call, turn + i) for i, call in enumerate(others)]


def _in_turn(call, turn):
    faults = faults_of(call)
    return _fault(call, faults[turn % len(faults)])
