"""Commands on a terminal, and people who type there."""

import fcntl
import os
import pty
import select
import subprocess
import termios
import time

from support import PATIENCE, command


class Terminal:
    """A command on a terminal of its own, and what stands on that terminal."""

    def __init__(self, test, *args, **options):
        self.test = test
        self.master, self.slave = pty.openpty()
        test.addCleanup(os.close, self.master)
        test.addCleanup(os.close, self.slave)
        self.screen = b""
        ends = {name: self.slave for name in ("stdin", "stdout", "stderr")}
        self.process = subprocess.Popen(command(*args), env=test.env, cwd=test.folder, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0), **{**ends, **options})
        test.addCleanup(test.end, self.process)

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def read_more(self, timeout):
        ready, _, _ = select.select([self.master], [], [], timeout)
        if ready:
            self.screen += os.read(self.master, 4096)
        return bool(ready)

    def expect_prompt(self, prompt, echoes=False):
        """Waits for the question. By then nothing that is typed may be lost, or show where it is a secret."""
        deadline = time.monotonic() + PATIENCE
        while not self.screen.endswith(prompt):
            self.test.assertLess(time.monotonic(), deadline, self.screen)
            self.test.assertTrue(self.read_more(1) or self.process.poll() is None, self.screen)
        self.test.assertEqual(self.echoes(), echoes, "whether the terminal echoes when the question is asked")

    def type(self, text):
        os.write(self.master, text)

    def end(self, status):
        self.test.assertEqual(self.process.wait(PATIENCE), status, self.screen)
        while self.read_more(0):
            pass
        self.test.assertTrue(self.echoes(), "the terminal no longer echoes")
        for secret in self.test.secrets:
            self.test.assertNotIn(secret, self.screen)
        return self.screen.replace(b"\r\n", b"\n").decode()
