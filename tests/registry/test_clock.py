"""A server whose clock is wrong, goes back, or jumps: libfaketime gives it another time than the machine's."""

import unittest
from pathlib import Path

from abuse import AbuseTest
from support import REFUSED, WRONG_PASSPHRASE

MINUTE, DAY = 60, 86400

# libfaketime names its shared memory and semaphore by the process and ends the process where they exist already, left by another of
# the same number that was killed. The shell and env keep the server's number, and only the server loads the library.
START = 'rm -f /dev/shm/faketime_shm_$$ /dev/shm/sem.faketime_sem_$$ && exec env LD_PRELOAD="$0" "$@"'


class Clock(AbuseTest):
    def serve(self):
        # Read again at each look at the clock. Time limits go by the machine's monotonic clock, which stays right.
        self.shift(0)
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        # A sanitizer wants to be the first library otherwise.
        sanitizer = ":".join(filter(None, (self.env.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        settings = {"ASAN_OPTIONS": sanitizer, "FAKETIME_TIMESTAMP_FILE": self.folder / "shift", "FAKETIME_NO_CACHE": 1,
                    "FAKETIME_DONT_FAKE_MONOTONIC": 1, "FAKETIME_DONT_RESET": 1}
        self.server_prefix = ("env", *(f"{name}={value}" for name, value in settings.items()), "sh", "-c", START, library)
        return super().serve()

    def end(self, server):
        super().end(server)
        for name in (f"faketime_shm_{server.pid}", f"sem.faketime_sem_{server.pid}"):
            Path("/dev/shm", name).unlink(missing_ok=True)

    def shift(self, seconds):
        """The server's time from now on, against the machine's."""
        self.write("shift", f"{seconds:+d}\n")

    def take(self, answer, name):
        self.write(f"{name}.p7", answer.certificates)
        self.write(f"{name}.crt", self.openssl("pkcs7", "-inform", "DER", "-in", f"{name}.p7", "-print_certs"))
        self.openssl("verify", "-no_check_time", "-CAfile", "root.pem", "-untrusted", "chain.pem", f"{name}.crt")

    def times(self):
        return [entry["at"] for entry in self.entries()]

    def test_back_by_less_than_certificates_allow(self):
        first = self.enrolled("one")
        self.shift(-4 * MINUTE)
        self.request("two")
        self.enrol(self.grant(), "two")
        # Its certificate holds at the right time as well.
        self.openssl("verify", "-CAfile", "root.pem", "-untrusted", "chain.pem", "two.crt")
        self.registry("identity", "suspend", first, "--reason", "in the past")
        self.registry("identity", "resume", first, "--reason", "in the past")
        self.renew("one")
        times = self.times()
        self.assertNotEqual(times, sorted(times))
        self.registry("audit", "verify")
        self.shift(0)
        # The order is that of what happened, not that of the clock.
        self.assertEqual(self.events(first), ["identity.enrolled", "identity.suspended", "identity.active", "certificate.renewed"])
        self.assertEqual(len(self.registry("identity", "list")["items"]), 2)
        self.renew("two")
        self.registry("audit", "verify")

    def test_certificates_begin_before_they_are_issued(self):
        self.enrolled()
        shown = self.openssl("x509", "-in", "device.crt", "-noout", "-checkend", "0", "-startdate", "-dateopt", "iso_8601").decode()
        entered = [entry for entry in self.entries() if entry["type"] == "identity.enrolled"][0]
        begins, issued = shown.split("=")[1].splitlines()[0].strip(), entered["at"].replace("T", " ")
        self.assertLess(begins, issued)

    def test_before_the_authority_began(self):
        self.enrolled("one")
        self.request("two")
        grant = self.grant()
        size = self.log_size()
        self.shift(-30 * DAY)
        answer = self.enrol(grant, "two", status=503)
        self.assertIn("Retry-After", answer.headers)
        self.renew("one", status=503)
        self.assertEqual(self.log_size(), size)
        self.assertIn("correct the clock", (self.folder / "server.log").read_text())
        self.shift(0)
        self.enrol(grant, "two")
        self.renew("one")
        self.registry("audit", "verify")

    def test_grants_and_tokens_expire_by_the_servers_clock(self):
        self.request()
        grant = self.grant(**{"valid-for": "1h"})
        token = self.write("token", self.registry("token", "create", "--operator", "admin", "--valid-for", "1h")["token"])
        self.shift(2 * 60 * MINUTE)
        self.assertIn("expired", self.enrol(grant, status=403).text)
        # Rule 4 asks for no valid grant: the key of an enrolled device under one that has expired tells of a copy, too.
        identity = self.enrolled("other", name_of_grant="gate 8")
        self.assertIn(identity, self.enrol(grant, "other", status=403).text)
        self.assertEqual(self.registry("identity", "show", identity)["state"], "suspended")
        self.registry("operator", "list", token=token, status=WRONG_PASSPHRASE)
        self.shift(0)
        self.registry("operator", "list", token=token)
        self.enrol(grant)
        self.assertEqual(self.registry("grant", "list")["items"][0]["state"], "used")

    def test_expired_certificates(self):
        self.enrolled("month")
        self.enrolled("long", name_of_grant="gate 8")
        self.shift(30 * DAY)
        # Expired for three weeks: the policy lets it come back.
        self.renew("month")
        self.shift(60 * DAY)
        with self.records("renewal.refused"):
            self.assertIn("longer ago than the policy", self.renew("long", status=403).text)
        self.renew("month")
        # What was issued in the future renews in the present, too.
        self.shift(0)
        self.renew("month")
        self.registry("audit", "verify")

    def test_after_the_authority_has_ended(self):
        self.request()
        grant = self.grant(**{"valid-for": "90d"})
        self.shift(6 * 365 * DAY)
        late = self.grant(name="late")
        self.request("late")
        self.enrol(late, "late", status=503)
        self.enrol(grant, status=403)
        self.shift(0)
        self.enrol(grant)

    def test_two_people_within_a_day(self):
        self.enrolled(group="yard")
        asked = self.registry("identity", "retire", "--all-of-group", "yard", "--reason", "sold")
        self.registry("operator", "add", "olga", "--role", "operator")
        token = self.write("olga", self.registry("token", "create", "--operator", "olga", "--valid-for", "30d")["token"])
        self.shift(2 * DAY)
        self.registry("approval", "give", asked["approval"], token=token, status=REFUSED, says="more than a day ago")
        self.shift(-DAY)
        self.registry("approval", "give", asked["approval"], token=token)

    def enrolled(self, name="device", name_of_grant="gate 7", **options):
        self.request(name)
        self.enrol(self.grant(name_of_grant, **options), name)
        return self.identity_of(name)


if __name__ == "__main__":
    unittest.main()
