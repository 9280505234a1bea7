"""Two servers of one registry over PostgreSQL: one authority, one log, and no grant used twice."""

import base64
import shutil
import subprocess
import threading
import unittest

import test_lost_database as lost
from registry import RegistryTest
from support import PATIENCE, REFUSED


class Servers(RegistryTest):
    def setUp(self):
        super().setUp()
        self.database = lost.Postgres()
        self.addCleanup(self.database.end)
        shared = self.folder / "shared-checkpoint"
        self.settings = f'[database]\nurl = "{self.database.url}"\n[log]\ncheckpoint = "{shared}"\n'
        self.shared = shared
        self.configure(self.settings)
        self.serve()
        self.import_people()

    def second(self):
        """Another server: a copy of the first one's folder, as its guide says, with a port and a lock of its own."""
        other = RegistryTest("setUp")
        other.setUp()
        self.addCleanup(other.doCleanups)
        shutil.rmtree(other.data)
        shutil.copytree(self.data, other.data, ignore=shutil.ignore_patterns("*.socket", "socket", "lock", "*.sock"))
        return other

    def post(self, server, grant, name):
        argv = ["curl", "-sS", "--cacert", str(self.folder / "root.pem"), "-u", f"{grant['grant']}:{grant['secret']}", "--max-time", str(PATIENCE),
                "-H", "Content-Type: application/pkcs10", "--data-binary", f"@{name}.csr", "-w", "\n%{http_code}", f"{server.base}/simpleenroll"]
        done = subprocess.run(argv, cwd=self.folder, env=self.env, capture_output=True, check=True)
        body, _, status = done.stdout.rpartition(b"\n")
        return int(status), body

    def together(self, jobs):
        answers, lock = [], threading.Lock()

        def run(job):
            answer = self.post(*job)
            with lock:
                answers.append((job, *answer))

        threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def test_both_serve_one_registry(self):
        other = self.second()
        other.serve()
        self.assertNotIn("first_token", other.facts)
        self.assertEqual((other.facts["root_sha256"], other.facts["log"]), (self.facts["root_sha256"], self.facts["log"]))
        names = [f"d{i}" for i in range(16)]
        grants = self.grant(name="gate {n}", count=len(names))["items"]
        for name in names:
            self.request(name)
        answers = self.together([((self, other)[i % 2], grants[i], name) for i, name in enumerate(names)])
        self.assertEqual({status for _, status, _ in answers}, {200}, [(status, body) for _, status, body in answers])
        for server in (self, other):
            self.assertEqual(len(server.registry("identity", "list")["items"]), len(names))
            self.assertEqual(server.log_size(), self.log_size())
        # What one has issued the other one knows, and renews.
        (_, grant, name), _, body = answers[0]
        self.write(f"{name}.p7", base64.b64decode(body))
        self.write(f"{name}.crt", self.openssl("pkcs7", "-inform", "DER", "-in", f"{name}.p7", "-print_certs"))
        for server in (self, other):
            answer = server.est("simplereenroll", self.folder / f"{name}.csr", "--cert", self.folder / f"{name}.crt", "--key", self.folder / name)
            self.assertEqual(answer.status, 200, answer.body)
        # And what one suspends the other one refuses.
        identity = self.identity_of(name)
        other.registry("identity", "suspend", identity, "--reason", "by the other server")
        answer = self.est("simplereenroll", self.folder / f"{name}.csr", "--cert", f"{name}.crt", "--key", name)
        self.assertEqual(answer.status, 403)
        self.judge_log()

    def judge_log(self):
        """As it lies in the database, and as anybody sees it who gets the files."""
        self.registry("audit", "verify")
        self.registry("audit", "export", "--out", "log")
        self.registry("audit", "check", "log", "--verifier", "log/verifier")

    def test_one_grant_at_both_has_one_winner(self):
        other = self.second()
        other.serve()
        for round_number in range(4):
            grant = self.grant(name=f"gate {round_number}")
            names = [f"r{round_number}d{i}" for i in range(4)]
            for name in names:
                self.request(name)
            answers = self.together([((self, other)[i % 2], grant, name) for i, name in enumerate(names)])
            self.assertEqual(sorted(status for _, status, _ in answers), [200, 403, 403, 403], [body for _, _, body in answers])
            self.assertEqual(len(self.registry("identity", "list")["items"]), round_number + 1)
        self.judge_log()

    def test_one_key_at_both_is_a_clone(self):
        other = self.second()
        other.serve()
        grants = self.grant(name="twin {n}", count=2)["items"]
        self.request("twin")
        answers = self.together([(self, grants[0], "twin"), (other, grants[1], "twin")])
        self.assertEqual(sorted(status for _, status, _ in answers), [200, 403])
        listed = other.registry("identity", "list")["items"]
        self.assertEqual([item["state"] for item in listed], ["suspended"])
        self.assertEqual([item["kind"] for item in self.registry("incident", "list")["items"]], ["clone"])

    def test_a_server_without_the_checkpoint_refuses(self):
        other = self.second()
        other.configure(self.settings.replace("shared-checkpoint", "nothing-there"))
        other.serve()
        self.assertIn("checkpoint kept outside of it is missing", other.facts["refusing"])
        other.registry("policy", "set", "never", status=REFUSED)
        self.request("early")
        grant = self.grant(name="early")
        status, body = self.post(other, grant, "early")
        self.assertEqual(status, 503, body)
        # The others are not disturbed by that.
        self.enrolled()
        # One that loses it while it serves issues nothing any more, until it is back.
        kept = self.shared.read_bytes()
        self.shared.unlink()
        self.request("late")
        self.registry("policy", "set", "never", status=REFUSED)
        self.shared.write_bytes(kept)
        grant = self.grant(name="late")
        self.enrol(grant, "late")

    def test_rule_7_a_database_that_is_put_back_under_its_servers(self):
        """By PostgreSQL's own programs, while both serve."""
        other = self.second()
        other.serve()
        first = self.enrolled("first")
        dump = self.database.folder / "dump"
        self.database.run("pg_dump", "--format=custom", f"--file={dump}", self.database.url)
        self.registry("identity", "revoke", first, "--reason", "stolen", "--code", "key-compromise")
        self.enrolled("second")
        self.registry("audit", "export", "--out", "tail")
        self.database.run("pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={self.database.url}", dump)
        self.assertEqual(self.state_of(first), "active")  # so it says
        self.renew("first", status=503)
        for server in (self, other):
            server.registry("identity", "suspend", first, "--reason", "x", status=REFUSED, says="older backup")
        other.registry("audit", "replay", self.folder / "tail")
        self.assertEqual(self.state_of(first), "revoked")
        self.renew("first", status=403)
        self.renew("second")
        self.judge_log()

    def test_killed_the_other_goes_on(self):
        other = self.second()
        other.serve()
        grants = self.grant(name="gate {n}", count=12)["items"]
        for i in range(12):
            self.request(f"d{i}")
        threads = []
        answers = {}

        def run(i):
            try:
                answers[i] = self.post((self, other)[i % 2], grants[i], f"d{i}")[0]
            except subprocess.CalledProcessError:
                answers[i] = None

        for i in range(12):
            threads.append(threading.Thread(target=run, args=(i,)))
            threads[-1].start()
        other.server.kill()
        for thread in threads:
            thread.join()
        self.assertEqual({answers[i] for i in range(0, 12, 2)}, {200})
        # Whoever had no answer gets it here.
        for i in range(1, 12, 2):
            self.assertEqual(self.post(self, grants[i], f"d{i}")[0], 200)
        self.assertEqual(len(self.registry("identity", "list")["items"]), 12)
        self.judge_log()


if __name__ == "__main__":
    unittest.main()
