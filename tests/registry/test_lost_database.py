"""A registry over PostgreSQL, and what it says and keeps when the database, or room on the disk, is gone for a while."""

import os
import pwd
import resource
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from registry import RegistryTest
from support import IO, PATIENCE

PROGRAMS = Path("/usr/lib/postgresql/17/bin")


class Postgres:
    """A server of the test's own on a private socket."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="holdfast-pg-"))
        self.as_user = []
        if os.getuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        self.run("initdb", "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", "--username=holdfast", "-D", self.folder / "data")
        self.start()

    def run(self, program, *args):
        with open(self.folder.parent / (self.folder.name + ".log"), "ab") as log:
            subprocess.run([*self.as_user, str(PROGRAMS / program), *map(str, args)], cwd="/", stdout=log, stderr=log,
                           stdin=subprocess.DEVNULL, timeout=PATIENCE, check=True)

    def start(self):
        self.run("pg_ctl", "--wait", "--silent", "-D", self.folder / "data", "-l", self.folder / "server.log",
                 "-o", f"-c listen_addresses='' -c fsync=off -k {self.folder}", "start")

    def stop(self):
        self.run("pg_ctl", "--wait", "--silent", "--mode=immediate", "-D", self.folder / "data", "stop")

    def end(self):
        try:
            self.stop()
        except subprocess.CalledProcessError:
            pass  # it was stopped already
        shutil.rmtree(self.folder)
        (self.folder.parent / (self.folder.name + ".log")).unlink()

    @property
    def url(self):
        return f"postgresql:///postgres?user=holdfast&host={self.folder}"


class LostDatabase(RegistryTest):
    def test_postgresql_goes_and_comes_back(self):
        server = Postgres()
        self.addCleanup(server.end)
        self.configure(f'[database]\nurl = "{server.url}"\n')
        self.serve()
        self.import_people()
        identity = self.enrolled()
        size = self.log_size()

        server.stop()
        answer = self.renew(status=503)
        self.assertIn("Retry-After:", answer.headers)
        self.assertNotIn(str(server.folder), answer.text)
        self.registry("identity", "list", status=IO)

        server.start()
        self.renew()
        self.assertEqual(self.log_size(), size + 1)
        self.assertEqual(self.state_of(identity), "active")
        self.stop()
        self.serve()
        self.assertEqual(self.events(identity), ["identity.enrolled", "certificate.renewed"])

    def test_a_full_disk_is_refused_and_forgotten(self):
        self.serve()
        self.import_people()
        identity = self.enrolled()
        size = self.log_size()
        # No file of the server's may grow from here on: the same to it as a full disk.
        grown = resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        answer = self.renew(status=503)
        self.assertIn("Retry-After:", answer.headers)
        self.registry("policy", "set", "never", status=IO)
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, grown)
        self.renew()
        self.assertEqual(self.log_size(), size + 1)
        self.assertEqual(self.state_of(identity), "active")


if __name__ == "__main__":
    unittest.main()
