"""Makes open(2) with O_TMPFILE fail as file systems do that cannot have files without names."""

import ctypes
import errno
import platform
import struct

OPENAT = {"x86_64": 257, "aarch64": 56}[platform.machine()]
O_TMPFILE = 0o20000000  # without O_DIRECTORY, which it includes
FLAGS_OFFSET = 16 + 2 * 8  # of the low half of openat's third argument in struct seccomp_data
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000 | errno.EOPNOTSUPP


def instruction(code, value, if_true=0, if_false=0):
    return struct.pack("=HBBI", code, if_true, if_false, value)


FILTER = b"".join([
    instruction(LOAD, 0),
    instruction(JUMP_EQUAL, OPENAT, if_false=3),
    instruction(LOAD, FLAGS_OFFSET),
    instruction(JUMP_ANY_BIT, O_TMPFILE, if_false=1),
    instruction(RETURN, FAIL),
    instruction(RETURN, ALLOW),
])
LIBC = ctypes.CDLL(None, use_errno=True)
PROGRAM = ctypes.create_string_buffer(FILTER, len(FILTER))
DESCRIPTION = ctypes.create_string_buffer(struct.pack("@HP", len(FILTER) // 8, ctypes.addressof(PROGRAM)))


def without_nameless_files():
    """For `preexec_fn`: holds for the program that is started."""
    for option, argument in ((PR_SET_NO_NEW_PRIVS, 1), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER)):
        if LIBC.prctl(option, argument, DESCRIPTION if option == PR_SET_SECCOMP else 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
