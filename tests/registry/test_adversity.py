"""What is killed in the middle of its work, again and again, and disks that fill up: nothing acknowledged is lost, and nothing is there by half.

Runs in a mount namespace of its own, for small disks."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import unittest

from registry import RegistryTest
from support import IO, PATIENCE

INSIDE = "HOLDFAST_OWN_MOUNTS"


class Adversity(RegistryTest):
    def small_disk(self, path, size):
        path.mkdir(mode=0o700, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "none", path], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", path], check=True)

    def serials(self):
        """Of the certificates in the database, and of those that the log speaks of."""
        connection = sqlite3.connect(f"file:{self.data / 'registry.db'}?mode=ro", uri=True)
        try:
            kept = {row[0] for row in connection.execute("SELECT serial FROM certificates")}
            entries = [json.loads(row[0])["details"] for row in connection.execute("SELECT entry FROM log_entries")]
        finally:
            connection.close()
        return kept, {details["certificate.serial"] for details in entries if "certificate.anchor" in details}

    def serial_of(self, body):
        pem = subprocess.run("base64 -d | openssl pkcs7 -inform DER -print_certs | openssl x509 -noout -serial", shell=True, input=body,
                             capture_output=True, check=True).stdout
        return pem.decode().split("=")[1].strip().lower()

    def curl(self, name, *options):
        argv = ["curl", "-sS", "--cacert", "root.pem", "--max-time", str(PATIENCE), "-H", "Content-Type: application/pkcs10", "--data-binary",
                f"@{name}.csr", "-w", "\n%{http_code}", *options]
        done = subprocess.run(argv, cwd=self.folder, env=self.env, capture_output=True, check=False)
        body, _, status = done.stdout.rpartition(b"\n")
        return (int(status), body) if done.returncode == 0 else (None, b"")

    def test_killed_over_and_over_under_load(self):
        self.serve()
        self.import_people()
        rounds, many = 6, 8
        for i in range(many):
            self.request(f"old{i}")
            self.enrol(self.grant(name=f"old {i}"), f"old{i}")
            self.request(f"new{i}")
        acknowledged, waiting = set(), []
        for number in range(rounds):
            grants = self.grant(name=f"round {number} " + "{n}", count=many)["items"]
            for i in range(many):
                self.request(f"new{i}")
            answers, lock = {}, threading.Lock()

            def run(job, options, answers=answers, lock=lock, number=number):
                answer = self.curl(job, *options)
                with lock:
                    answers[job] = answer
                    # Each time at another moment: after none, one, two, ... answers.
                    if len(answers) == number + 1:
                        self.server.send_signal(signal.SIGKILL)

            jobs = []
            for i in range(many):
                jobs.append((f"new{i}", ("-u", f"{grants[i]['grant']}:{grants[i]['secret']}", f"{self.base}/simpleenroll")))
                jobs.append((f"old{i}", ("--cert", f"old{i}.crt", "--key", f"old{i}", f"{self.base}/simplereenroll")))
            threads = [threading.Thread(target=run, args=job) for job in jobs]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.server.wait(PATIENCE)
            self.end(self.server)
            acknowledged |= {self.serial_of(body) for status, body in answers.values() if status == 200}
            self.assertLessEqual({status for status, _ in answers.values()}, {200, None})
            kept, recorded = self.serials()
            self.assertEqual(kept, recorded)
            self.assertLessEqual(acknowledged, kept)
            self.serve()
            self.registry("audit", "verify")
            # Whoever had no answer asks again, as clients do.
            for name, options in jobs:
                if answers[name][0] != 200:
                    status, body = self.curl(name, *[option.replace(options[-1], f"{self.base}/{options[-1].rsplit('/', 1)[1]}") for option in options])
                    self.assertEqual(status, 200, body)
                    acknowledged.add(self.serial_of(body))
        self.assertEqual(len(self.registry("identity", "list", "--limit", "1000")["items"]), many * (rounds + 1))
        kept, recorded = self.serials()
        self.assertEqual(kept, recorded)
        self.assertLessEqual(acknowledged, kept)

    def fill(self, folder):
        """Takes what room is left. Returns the file to remove."""
        ballast = folder / "ballast"
        with open(ballast, "wb", buffering=0) as out:
            for size in (65536, 4096, 512, 1):
                try:
                    while True:
                        out.write(b"\0" * size)
                except OSError:
                    pass
        return ballast

    def test_a_full_disk(self):
        self.small_disk(self.data, "4m")
        self.configure()
        self.serve()
        self.import_people()
        identity = self.enrolled()
        grant = self.grant(name="late")
        self.request("late")
        kept, _ = self.serials()
        size = self.log_size()
        ballast = self.fill(self.data)
        self.until_full()
        for _ in range(3):
            answer = self.enrol(grant, "late", status=503)
            self.assertIn("Retry-After", answer.headers)
            self.assertNotIn("registry.db", answer.text)
            self.renew(status=503)
        refused = self.registry("policy", "set", "never", status=IO)
        self.assertIn("no room", refused.message)
        # Reading goes on.
        self.assertEqual(self.state_of(identity), "active")
        ballast.unlink()
        self.enrol(grant, "late")
        self.renew()
        self.assertLessEqual(kept, self.serials()[0])
        self.assertEqual(*self.serials())
        self.assertGreater(self.log_size(), size)
        self.registry("audit", "verify")
        self.stop()
        self.serve()
        self.registry("audit", "verify")
        self.assertNotIn("never", [policy["name"] for policy in self.registry("policy", "list")["items"]])

    def until_full(self):
        """SQLite writes over what its log had before: until that is used up, changes still succeed."""
        for number in range(1000):
            argv = self.registry_command("--json", "policy", "set", f"filler-{number % 7}", "--validity", f"{number + 10}m")
            done = subprocess.run(argv, capture_output=True, cwd=self.folder, env=self.env, timeout=PATIENCE, check=False)
            if done.returncode != 0:
                self.assertEqual(done.returncode, IO, done.stderr)
                return
        self.fail("the disk never filled up")

    def test_a_full_disk_for_the_checkpoint(self):
        self.small_disk(self.outside, "64k")
        self.serve()
        self.import_people()
        self.enrolled()
        grant = self.grant(name="late")
        self.request("late")
        ballast = self.fill(self.outside)
        # What is not kept outside as well is not acknowledged.
        self.enrol(grant, "late", status=503)
        self.enrol(grant, "late", status=503)
        self.registry("policy", "set", "never", status=IO)
        ballast.unlink()
        self.enrol(grant, "late")
        self.renew()
        self.assertEqual(*self.serials())
        self.registry("audit", "verify")
        self.assertEqual(len(self.registry("identity", "list")["items"]), 2)
        self.stop()
        self.serve()
        self.registry("audit", "verify")


def with_own_mounts():
    if INSIDE not in os.environ:
        as_root = [] if os.getuid() == 0 else ["--map-root-user"]
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", *as_root, "--mount", sys.executable, "-B", *sys.argv])


if __name__ == "__main__":
    with_own_mounts()
    unittest.main()
