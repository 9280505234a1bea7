"""What the tests of abuse share: what the registry holds before and after, and certificate requests that nobody should send."""

import base64
import contextlib
import json
import sqlite3
import ssl
import sys
from pathlib import Path

from registry import RegistryTest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
import der  # noqa: E402

OWN = ("log_nodes", "log_checkpoint", "log_lock")  # the log's own bookkeeping, which follows its entries


class AbuseTest(RegistryTest):
    def setUp(self):
        super().setUp()
        self.serve()
        self.import_people()

    @contextlib.contextmanager
    def database(self):
        """As a bystander reads it, while the server writes."""
        connection = sqlite3.connect(f"file:{self.data / 'registry.db'}?mode=ro", uri=True)
        try:
            yield connection
        finally:
            connection.close()

    def rows(self):
        """How many rows each table has."""
        with self.database() as connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables if table not in OWN}

    def entries(self, since=0):
        """The log's entries from that one on."""
        with self.database() as connection:
            found = connection.execute("SELECT entry FROM log_entries ORDER BY number").fetchall()
        return [json.loads(row[0]) for row in found[since:]]

    @contextlib.contextmanager
    def records(self, *types, **more_rows):
        """What happens within writes these entries, and besides adds these rows alone."""
        before = self.rows()
        identities = self.registry("identity", "list")["items"]
        yield
        written = self.entries(before["log_entries"])
        self.assertEqual([entry["type"] for entry in written], list(types), written)
        expected = {**before, "log_entries": before["log_entries"] + len(types)}
        for table, count in more_rows.items():
            expected[table] += count
        self.assertEqual(self.rows(), expected)
        if "identities" not in more_rows:
            self.assertEqual([item["id"] for item in self.registry("identity", "list")["items"]], [item["id"] for item in identities])
        self.assertIsNone(self.server.poll(), "the server has ended")

    def post(self, grant, request, operation="simpleenroll", status=None, says=None):
        """Sends what `request` holds, under a grant."""
        body = request if isinstance(request, Path) else self.write("body", request)
        answer = self.est(operation, body, "-u", f"{grant['grant']}:{grant['secret']}")
        if status is not None:
            self.assertEqual(answer.status, status, answer.body)
        if says is not None:
            self.assertIn(says, answer.text)
        return answer

    # Certificate requests, as DER trees

    def tree_of(self, name="device"):
        return der.parsed(self.openssl("req", "-in", f"{name}.csr", "-outform", "DER"))

    def put_key_in(self, name, certificate, key="device"):
        """NAME is the certificate (PEM, the first of them) with the key of KEY.csr in it, and its signature as it was."""
        tree = der.parsed(self.openssl("x509", "-in", self.write("whole.pem", certificate), "-outform", "DER"))
        der.at(tree, 0)[1][6] = der.at(self.tree_of(key), 0)[1][2]
        self.write(name, ssl.DER_cert_to_PEM_cert(der.encoded(tree)))

    def write_request(self, tree, name="odd"):
        self.write(f"{name}.der", der.encoded(tree))
        return self.write(f"{name}.csr", base64.b64encode(der.encoded(tree)))

    def sign(self, tree, key, name="odd"):
        """The request with a signature of `key`'s over what it says now; the key 'pq' hashes by itself."""
        self.write("tbs", der.encoded(der.at(tree, 0)))
        digest = () if key == "pq" else ("-digest", "sha256")
        self.openssl("pkeyutl", "-sign", "-rawin", *digest, "-inkey", key, "-in", "tbs", "-out", "signature")
        tree[1][2] = [0x03, b"\0" + self.read("signature")]
        return self.write_request(tree, name)
