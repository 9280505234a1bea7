"""Changes anchors as later versions will, with the reference implementation of their format and the anchor's real root."""

import importlib.util
import json
import os
from pathlib import Path

PATH = Path(__file__).resolve().parent.parent / "vectors" / "anchor" / "reference.py"
SPEC = importlib.util.spec_from_file_location("anchor_reference", PATH)
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


def event_line(number, before, kind, detail="by a test", time="2026-11-22T10:00:00Z"):
    """A line of an event log, without its newline."""
    return reference.canonical({"sequence": number, "time": time, "type": kind, "detail": detail, "previous": before.hex()})


class Authority:
    """An anchor that is open to the test. `values` is what `fingerprint --show-values` printed of its machine."""

    def __init__(self, state, values):
        self.anchor, self.log = state / "anchor", state / "events"
        listed = {(a["name"], a["source"]): a["value"].encode() for a in json.loads(values)["attributes"] if "value" in a}
        self.root = reference.open_anchor(self.anchor.read_bytes(), listed).root

    def lines(self):
        return self.log.read_bytes().splitlines(keepends=True)

    def head(self):
        """Of the log as it lies there."""
        hashed = bytes(32)
        for line in self.lines():
            hashed = reference.event_hash(hashed, line[:-1])
        return {"count": len(self.lines()), "head": hashed.hex()}

    def append(self, *kinds, time="2026-11-22T10:00:00Z"):
        """Entries behind the log that the anchor does not vouch for yet."""
        for kind in kinds:
            head = self.head()
            line = event_line(head["count"] + 1, bytes.fromhex(head["head"]), kind, time=time)
            self.write(self.log, self.log.read_bytes() + line + b"\n")
        return self.head()

    def commit(self, head=None):
        """The anchor vouches for the log from now on, or for what `head` stands for."""
        self.change(lambda body: body.update(events=head or self.head(), generation=body["generation"] + 1))

    def change(self, change):
        body, _, _ = reference.parse_anchor(self.anchor.read_bytes())
        change(body)
        self.write(self.anchor, reference.with_checks(body, self.root))

    @staticmethod
    def write(path, content):
        """In one step, as every file of a state folder is written."""
        fresh = path.with_name(path.name + ".fresh")
        fresh.write_bytes(content)
        fresh.chmod(0o600)
        os.replace(fresh, path)
