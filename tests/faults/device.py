"""Commands of holdfast as subjects, and what is asked of a device after each of them was disturbed."""

import hashlib
import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness import PATIENCE, TOOLS, Broken, Subject, content_of

HOLDFAST = os.environ["HOLDFAST_BIN"]
# The answers of a command that is run once more where it has been done already.
DONE_ALREADY = re.compile(r"exists already|holds an? (anchor|stateless configuration) already|is there already|"
                          r"there already|has no recovery code|has an escrow already|has no escrow|has the noisy source|"
                          r"no root epoch")
# Where generations are remembered, by whoever opens the device.
MARK = re.compile(r"^marks(/[0-9a-f]{32})?$")
# The anchor as it was, until the change has been seen to be there.
PREVIOUS = re.compile(r"/anchor\.previous$")
# What an earlier device left and the next one set aside.
SET_ASIDE = re.compile(r"/events\.before-[0-9a-f]{32}$")
RECOVERY_CODE = re.compile(rb"^[0-9A-Z]{4,}(-[0-9A-Z]{4,})+\n$")
SHAPES = 1  # how many different leftovers of each command are examined with the commands themselves, where sampled


def digest(content):
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Row:
    """One command. In its words {run} is the run's folder, and {in} the folder of inputs, which nobody changes."""
    name: str
    base: str            # the prepared folder that it begins with: devices.py
    words: str
    out: str = ""        # a file that it writes, in the run's folder
    kind: str = "bytes"  # of the output: bytes (always the same), sealed, encrypted, data, csr, certificate, signature,
                         # recovery (of a new device), another code, share
    state: str = "state"
    options: str = ""    # of device_facts, and so of every later opening
    again: str = ""      # what to run instead of the same, where that finds its own leftover in its way
    unlock: str = ""     # options with which other commands open the device
    nameless_files: bool = True
    refused: bool = False  # it must never succeed, whatever fails
    rare: bool = False     # costs much, or goes the way of another row: only where everything is tried
    each: bool = False   # several keys change, one after the other: each is old or new for itself


def run(words, environment, folder, input=None):
    done = subprocess.run(words, env=environment, cwd=folder, input=input, stdin=None if input else subprocess.DEVNULL,
                          capture_output=True, timeout=PATIENCE, check=False)
    return done


class Command(Subject):
    """A row, over the bases and inputs in a bench's folder."""

    def __init__(self, row, bases, inputs, shapes=SHAPES):
        self.row, self.inputs = row, inputs
        self.name = row.name
        self.base = bases / row.base
        self.nameless_files = row.nameless_files
        self.shapes_left, self.shapes = shapes, set()
        self.old = self.new = self.known = None
        self.names, self.content_before = {}, {}

    # What is run

    def words(self, text, folder):
        return [word.replace("{run}", str(folder)).replace("{in}", str(self.inputs)) for word in text.split()]

    def argv(self, folder):
        return [HOLDFAST, *self.words(self.row.words, folder)]

    def environment(self, folder):
        return {**super().environment(folder), "HOLDFAST_DIR": str(folder / self.row.state), "HOME": str(folder),
                "HOLDFAST_MARKS": str(folder / "marks")}

    def watched(self, folder):
        return [folder, self.inputs]

    def holdfast(self, folder, *words, input=None):
        words = [HOLDFAST, *self.words(self.row.unlock, folder), *words]
        return run(words, self.environment(folder), folder, input)

    # What a fresh process finds

    def facts(self, folder):
        """What the device is, each key, each file: all that must be old or new as a whole."""
        words = [TOOLS / "device_facts", "--dir", folder / self.row.state, *self.words(self.row.options, folder)]
        words += ["--sealed", self.inputs / "before.sealed", "--from-outside", self.inputs / "before.encrypted"]
        if self.row.kind == "sealed":
            words += ["--sealed", folder / self.row.out]
        if self.row.kind == "encrypted":
            words += ["--from-outside", folder / self.row.out]
        done = run(words, self.environment(folder), folder)
        if done.returncode != 0:
            raise Broken(f"what there is cannot be told: {done.stderr.decode()}")
        facts = json.loads(done.stdout.decode().replace(str(folder), "{run}"))
        # Random, and when: another one in each run. Of an escrow in the place of another the root's epoch tells.
        if facts.get("device", {}).get("escrow"):
            facts["device"]["escrow"].update(id="", made="")
        # What is left of destroyed keys moves to the newest root, one after another, before an anchor that needs it.
        for key in facts.get("keys", {}).values():
            if key.get("state") == "destroyed":
                key.pop("epoch")
        if self.row.kind == "another code":
            facts["another code"] = self.try_code(folder)
        if self.row.out:
            facts["out"] = self.judge_output(folder, folder / self.row.out)
        return facts

    def try_code(self, folder):
        """Whether the code that was to be written opens the device. One that has come before its anchor does not."""
        out = folder / self.row.out
        done = self.holdfast(folder, "unseal", "--recovery-file", str(out), "--in", str(self.inputs / "before.sealed"))
        return "opens" if out.exists() and done.returncode == 0 else "does not open"

    def judge_output(self, folder, out):
        if self.row.kind == "share":
            # Likewise.
            whole = out.exists() and b"\n-----END CMS-----\n" in out.read_bytes()
            return "whole or absent" if whole or not out.exists() else "broken"
        if self.row.kind in ("recovery", "another code"):
            # It comes before the anchor, and opens nothing without one; where there is one, it must open that.
            return "whole or absent" if not out.exists() or RECOVERY_CODE.match(out.read_bytes()) else "broken"
        if not out.exists():
            return "absent"
        content = out.read_bytes()
        if self.content_before.get(self.row.out, ("", 0, 0, b""))[3] == content:
            return "as before"
        tests = {"csr": ["openssl", "req", "-verify", "-noout", "-in", out],
                 "certificate": ["openssl", "verify", "-CAfile", out, out],
                 "signature": ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.inputs / "sig.pem",
                               "-in", self.inputs / "plain", "-sigfile", out]}
        if self.row.kind in tests:
            done = run(tests[self.row.kind], self.environment(folder), folder)
            return "whole" if done.returncode == 0 else f"broken: {done.stderr.decode()}"
        if self.row.kind == "data":
            done = self.holdfast(folder, "decrypt", "--key", "data", "--in", str(out))
            return digest(done.stdout) if done.returncode == 0 else f"broken: {done.stderr.decode()}"
        # Sealed and encrypted files are opened by device_facts.
        return digest(content) if self.row.kind == "bytes" else "present"

    # Old or new

    def learn(self, folder, end):
        if (end.status != 0) != self.row.refused:
            raise RuntimeError(f"{self.name}: undisturbed it ends with {end.status}: {end.said}")
        after = content_of(folder)
        self.content_before = before = content_of(self.base)
        self.names = {name: {found[name][:3] for found in (before, after) if name in found} for name in {*before, *after}}
        new = self.facts(folder)
        self.known = self.facts_of_base(folder)
        self.old, self.new = plain_facts(self.known, self.known), plain_facts(new, self.known)
        if (self.old == self.new) != self.row.refused:
            raise RuntimeError(f"{self.name} changes nothing that could be told")

    def facts_of_base(self, folder):
        subprocess.run(["rm", "-rf", folder], check=True)
        subprocess.run(["cp", "-a", self.base, folder], check=True)
        return self.facts(folder)

    def outcome(self, folder):
        facts = plain_facts(self.facts(folder), self.known)
        if facts == self.old:
            return "old"
        if facts == self.new:
            return "new"
        if self.row.each and self.is_partly_new(facts):
            return "partly"
        raise Broken("neither the old nor the new state:" +
                     (differences(self.old, self.new, facts) or " a mixture of both"))

    def is_partly_new(self, facts):
        """Whether each key is old or new, and everything else as it was."""
        if any(key not in (self.old["keys"].get(name), self.new["keys"].get(name)) for name, key in facts["keys"].items()):
            return False
        return {**facts, "keys": self.old["keys"]} == self.old and facts["keys"].keys() == self.old["keys"].keys()

    def judge(self, folder, end):
        outcome = self.outcome(folder)
        self.check_names(folder, outcome)
        if end is not None and end.status == 0 and any(PREVIOUS.search(name) for name in content_of(folder)):
            raise Broken("the anchor of before is left")
        if end is None or end.status != 0 or any(self.is_temporary(name) for name in content_of(folder)):
            # Otherwise it is what an undisturbed run leaves.
            self.ask_the_commands(folder, outcome)
            self.run_again(folder, outcome)
        return outcome

    def check_names(self, folder, outcome):
        """No file that neither state has, but for temporary ones; and each with the permissions that it should have. What
        is there before its time may still be closed to a group that it will be for."""
        for name, found in content_of(folder).items():
            kind, mode, group, _ = found
            path = Path(name)
            meant = str(path.parent / path.name[1:-len(".0123456789abcdef.tmp")]) if self.is_temporary(name) else name
            if MARK.match(meant) and mode == (0o700 if kind == "folder" else 0o600):
                continue
            if meant not in self.names:
                if not (SET_ASIDE.search("/" + name) or PREVIOUS.search("/" + meant) and mode & 0o77 == 0):
                    raise Broken(f"a file '{name}' that belongs to neither state")
                continue
            early = self.is_temporary(name) or (outcome == "old" and name not in self.content_before)
            if not any(kind == k and (early and mode & ~m == 0 or (mode, group) == (m, g)) for k, m, g in self.names[meant]):
                raise Broken(f"'{name}' is a {kind} of mode {mode:o} and group {group}, and should be one of "
                             f"{[(k, oct(m), g) for k, m, g in self.names[meant]]}")

    def run_again(self, folder, outcome):
        """The same once more succeeds, or says that it has been done."""
        done = run(self.argv(folder), self.environment(folder), folder)
        said = done.stderr.decode()
        if self.row.refused:
            if done.returncode == 0:
                raise Broken("once more it succeeds, and must be refused")
            return
        if done.returncode != 0 and not DONE_ALREADY.search(said):
            raise Broken(f"({outcome}) once more it fails: {said}")
        if outcome == "new":
            return
        if done.returncode != 0:
            if not self.row.again:
                raise Broken(f"(old) once more it says: {said}")
            done = run([HOLDFAST, *self.words(self.row.again, folder)], self.environment(folder), folder)
            if done.returncode != 0:
                raise Broken(f"(old) another way fails: {done.stderr.decode()}")
            return
        if self.outcome(folder) != "new":
            raise Broken("(old) once more it succeeds, and the new state is not there")
        self.check_names(folder, "new")
        if any(PREVIOUS.search(name) for name in content_of(folder)):
            raise Broken("(old) once more it succeeds, and the anchor of before is left")

    # The commands themselves, for each kind of leftover once

    def ask_the_commands(self, folder, outcome):
        shape = (outcome, frozenset(re.sub(r"[0-9a-f]{16,}", "*", name) for name in content_of(folder)))
        if shape in self.shapes or self.shapes_left == 0:
            return
        self.shapes.add(shape)
        self.shapes_left -= 1
        state = self.old if outcome == "old" else self.new
        if "code" in state["device"]:
            if self.holdfast(folder, "status").returncode == 0:
                raise Broken("status finds a device that is not there")
            return
        self.must(folder, "status", "--json")
        self.must(folder, "events", "--json")
        self.must(folder, "key", "list", "--json")
        sealed = self.inputs / "before.sealed"
        if not isinstance(state["files"][str(sealed)], str):
            return  # another device's
        if self.must(folder, "unseal", "--in", str(sealed)) != (self.inputs / "plain").read_bytes():
            raise Broken("what was sealed before opens to something else")
        for key in state["keys"].values():
            if outcome != "partly" and key.get("can_sign") == "yes" and key["version"] == 1 and key["name"] != "new":
                self.must_sign(folder, key["name"])

    def must(self, folder, *words, input=None):
        done = self.holdfast(folder, *words, input=input)
        if done.returncode != 0:
            raise Broken(f"'{' '.join(words)}' fails: {done.stderr.decode()}")
        return done.stdout

    def must_sign(self, folder, key):
        signature = folder.parent / "signature"
        message = self.inputs / "plain"
        signature.write_bytes(self.must(folder, "sign", "--key", key, "--in", str(message)))
        done = run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.inputs / f"{key}.pem", "-in", message,
                    "-sigfile", signature], self.environment(folder), folder)
        if done.returncode != 0:
            raise Broken(f"what '{key}' signs does not verify with its public key of before: {done.stdout.decode()}")


def plain_facts(facts, known):
    """Without what may differ between two runs that come to the same: times, words, and what is drawn at random for a
    device or key that `known` does not have."""
    facts = json.loads(json.dumps(facts))
    _drop_messages(facts)
    device = facts.get("device", {})
    for name in ("created", "dir"):
        device.pop(name, None)
    if "anchor" in device and "anchor" not in known.get("device", {}):
        if device.get("stateless") is None:
            device["anchor"] = "*"
        # An attribute that cannot be read when a device is made is not counted, and another may take its place.
        for name in ("fingerprint_slot", "drift", "margin", "weakest_bits", "warnings"):
            device.pop(name, None)
    for name, key in facts.get("keys", {}).items():
        key.pop("created", None)
        if name in known.get("keys", {}) or key.get("origin") != "random":
            continue
        for half in ("public_sha256", "key_check"):
            if half in key:
                key[half] = "*"
    return facts


def _drop_messages(facts):
    for value in facts.values():
        if isinstance(value, dict):
            value.pop("message", None)
            _drop_messages(value)
    facts.pop("why_not", None)


def differences(old, new, found, path=""):
    """Where what was found is neither of the two."""
    if all(isinstance(each, dict) for each in (old, new, found)):
        names = sorted({*old, *new, *found})
        return "".join(differences(old.get(n), new.get(n), found.get(n), f"{path}/{n}") for n in names)
    if found in (old, new):
        return ""
    return f"\n    {path}: {found!r}, and not {old!r} or {new!r}"
