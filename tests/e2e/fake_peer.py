#!/usr/bin/env -S python3 -B
"""Stands for NanoROOT's program where files are carried over: the same options, and like it garbage and exit status 0 for
a wrong passphrase or device. FAKE_PEER_LOG gets a line for each call; FAKE_PEER_WAIT names a pipe on which to wait with
half of the output written."""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path


def crypt(content, passphrase):
    key = f"{os.environ.get('BOARD_SERIAL')}/{passphrase}".encode()
    stream = b"".join(hashlib.sha256(key + i.to_bytes(8, "big")).digest() for i in range(len(content) // 32 + 1))
    return bytes(a ^ b for a, b in zip(content, stream))


def main():
    options = argparse.ArgumentParser()
    for name in ("seal", "unseal"):
        options.add_argument(f"--{name}", action="store_true")
    for name in ("config", "infile", "outfile", "passphrase"):
        options.add_argument(f"--{name}")
    given = options.parse_args()
    if log := os.environ.get("FAKE_PEER_LOG"):
        folder = Path(given.outfile).parent.stat()
        with open(log, "a", encoding="utf-8") as file:
            print(json.dumps({"in": given.infile, "out": given.outfile, "config": given.config, "mode": oct(folder.st_mode & 0o777)}), file=file)
    content = Path(given.infile).read_bytes()
    if given.unseal and not content.startswith(b"peer"):
        print(f"status -6018 for --passphrase {given.passphrase}", "\nTAP_unsealWithTrustedData failed", file=sys.stderr)
        return 1
    output = crypt(content[4:], given.passphrase) if given.unseal else b"peer" + crypt(content, given.passphrase)
    if pipe := os.environ.get("FAKE_PEER_WAIT"):
        Path(given.outfile).write_bytes(output[:len(output) // 2])
        with open(pipe, "wb") as waiting:
            waiting.write(b"half\n")
            waiting.flush()
            os.read(os.open(f"{pipe}.never", os.O_RDONLY), 1)
    Path(given.outfile).write_bytes(output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
