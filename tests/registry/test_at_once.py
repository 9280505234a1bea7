"""Many devices at once, and a server that is killed in the middle of them."""

import base64
import json
import signal
import sqlite3
import subprocess
import threading
import unittest

from registry import RegistryTest
from support import PATIENCE


class AtOnce(RegistryTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.import_people()

    def post(self, grant, name):
        """One enrolment with curl, in any thread. Returns status and PKCS #7; no status where no answer came."""
        argv = ["curl", "-sS", "--cacert", "root.pem", "-u", f"{grant['grant']}:{grant['secret']}", "--max-time", str(PATIENCE),
                "-H", "Content-Type: application/pkcs10", "--data-binary", f"@{name}.csr", "-w", "\n%{http_code}",
                f"{self.base}/simpleenroll"]
        done = subprocess.run(argv, cwd=self.folder, env=self.env, capture_output=True, check=False)
        body, _, status = done.stdout.rpartition(b"\n")
        return (int(status), body) if done.returncode == 0 else (None, b"")

    def together(self, jobs, when_answered=lambda count: None):
        """All of them at once. Returns the answers by name."""
        answers, lock = {}, threading.Lock()

        def run(grant, name):
            answer = self.post(grant, name)
            with lock:
                answers[name] = answer
                when_answered(len(answers))

        threads = [threading.Thread(target=run, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def serial(self, pkcs7):
        pem = subprocess.run(["openssl", "pkcs7", "-inform", "DER", "-print_certs"], input=base64.b64decode(pkcs7),
                             capture_output=True, check=True).stdout
        text = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=pem, capture_output=True, check=True).stdout
        return text.decode().split("=")[1].strip().lower()

    def test_rule_4_one_grant_has_one_winner(self):
        grant = self.grant()
        names = [f"d{i}" for i in range(8)]
        for name in names:
            self.request(name)
        answers = self.together([(grant, name) for name in names])
        self.assertEqual(sorted(status for status, _ in answers.values()), [200] + [403] * 7)
        self.assertEqual(len(self.registry("identity", "list")["items"]), 1)
        self.registry("audit", "verify")

    def test_killed_among_many_nothing_is_there_by_half(self):
        names = [f"d{i}" for i in range(24)]
        grants = self.grant(name="gate {n}", count=len(names))["items"]
        for name in names:
            self.request(name)
        answers = self.together(list(zip(grants, names)),
                                lambda count: self.server.send_signal(signal.SIGKILL) if count == len(names) // 3 else None)
        self.server.wait(PATIENCE)
        self.end(self.server)
        acknowledged = {self.serial(body) for status, body in answers.values() if status == 200}
        self.assertGreaterEqual(len(acknowledged), 1)

        self.registry("audit", "verify")
        database = sqlite3.connect(self.data / "registry.db")
        kept = {row[0] for row in database.execute("SELECT serial FROM certificates")}
        recorded = {json.loads(row[0])["details"].get("certificate.serial") for row in database.execute("SELECT entry FROM log_entries")}
        database.close()
        self.assertLessEqual(acknowledged, kept)
        self.assertEqual(kept, recorded - {None})

        # Whoever got no answer asks again, and gets what was issued to it, if anything was.
        self.serve()
        again = self.together([job for job in zip(grants, names) if answers[job[1]][0] != 200])
        self.assertEqual({status for status, _ in again.values()} or {200}, {200})
        self.assertEqual(len(self.registry("identity", "list")["items"]), len(names))
        self.registry("audit", "verify")


if __name__ == "__main__":
    unittest.main()
