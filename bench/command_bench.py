#!/usr/bin/env python3
"""Whole commands against what they must cost at least: cp, one Argon2id call, one raw signature.

usage: command_bench.py HOLDFAST RAW_BENCH FIXTURE_MACHINE [SIZE_MIB]

Every line gives a ratio to a measure taken in the same run. Timings are medians of whole processes. Files lie on
a memory file system (/dev/shm), so that no disk is measured.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ALGORITHMS = ("ecdsa-p256", "ml-dsa-65", "rsa-4096")


def timed(command, runs, before=None):
    """Median wall time in seconds of a whole process."""
    times = []
    for _ in range(runs):
        if before:
            before()
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def timed_by_turns(commands, runs):
    """Median wall times in seconds of processes run in turn, so that all meet the same moods of the machine."""
    times = [[] for _ in commands]
    for _ in range(runs):
        for command, own in zip(commands, times):
            own.append(timed(command, 1))
    return [statistics.median(own) for own in times]


def resident_mib(command):
    """Peak resident size of one process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return usage.ru_maxrss / 1024


def line(what, measured, ratio, target):
    print(f"{what:<46} {measured:<24} {ratio:<26} {target}")


def bench_files(holdfast, folder, size_mib):
    plain, sealed, again, copy = (os.path.join(folder, name) for name in ("plain", "sealed", "again", "copy"))
    block = os.urandom(1 << 20)
    with open(plain, "wb") as out:
        for _ in range(size_mib):
            out.write(block)

    def gone(path):
        return lambda: os.path.exists(path) and os.unlink(path)

    seal = [*holdfast, "--quiet", "seal", "--in", plain, "--out", sealed]
    unseal = [*holdfast, "--quiet", "unseal", "--in", sealed, "--out", again]
    cp = timed(["cp", plain, copy], 3, gone(copy))
    gone(copy)()
    for name, command, target in (("seal", seal, sealed), ("unseal", unseal, again)):
        took = timed(command, 3, gone(target))
        resident = resident_mib(command)
        line(f"{name} {size_mib} MiB, file to file", f"{size_mib / took:.0f} MiB/s", f"{cp / took:.2f} of cp",
             f"at least 0.5 of cp ({size_mib / cp:.0f} MiB/s)")
        line(f"{name} {size_mib} MiB, peak resident", f"{resident:.1f} MiB", "", "at most 64 MiB")
    if not same(plain, again):
        sys.exit("what was unsealed is not what was sealed")
    for path in (plain, sealed, again):
        os.unlink(path)


def same(a, b):
    return subprocess.run(["cmp", "-s", a, b]).returncode == 0


def bench_sign(raw_bench, raw, preset, rows):
    """Rows of a title, an algorithm and the command that signs with it on a device of that preset."""
    call = [raw_bench, *{"standard": ["19456", "2"], "strong": ["65536", "3"]}[preset]]
    # The least that any process can take here: huge pages, as the command uses them, and nothing but the call.
    in_huge_pages = ["env", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1", *call]
    for title, algorithm, command in rows:
        took, plain, least = (s * 1000 for s in timed_by_turns([command, call, in_huge_pages], 31))
        signature = raw[algorithm + "_ms"]
        warm = raw[f"argon2id_{preset}_ms"] + signature
        bare = plain + signature
        line(f"{title} signs with {algorithm}, {preset}", f"{took:.1f} ms", f"{took / bare:.2f} of {bare:.1f} ms",
             "at most 1.6 of a new process that only calls Argon2id, and a raw signature")
        line("", "", f"{took / (least + signature):.2f} of {least + signature:.1f} ms", "(the same with its memory in huge pages)")
        line("", "", f"{took / warm:.2f} of {warm:.1f} ms", f"(the call repeated in one process; in a new one it takes {plain / warm:.2f}, "
             f"with huge pages {least / warm:.2f})")


def make_signing(holdfast, message, folder):
    """Keys of the command's, and how it signs with each. Derived, so that the RSA key is one that was searched for once."""
    for algorithm in ALGORITHMS:
        subprocess.run([*holdfast, "key", "create", "bench-" + algorithm, "--alg", algorithm, "--origin", "derived"], check=True,
                       stdout=subprocess.DEVNULL)
        yield "new process", algorithm, [*holdfast, "sign", "--key", "bench-" + algorithm, "--in", message, "--out",
                                         os.path.join(folder, "sig")]


def make_drop_in(program, message, folder):
    """The drop-in program beside the command, on a device of one attribute with enough entropy; keys are made by signing once."""
    os.environ.update(HOLDFAST_DIR=os.path.join(folder, "tap"), BENCH_SERIAL="QX-77120-0831-5529-AB")
    credentials = {"attribute_name": "serial", "attribute_value": {"type": "ENV", "variable_name": "BENCH_SERIAL"}, "bits": 80}
    config = os.path.join(folder, "nanoroot_smp.conf")
    for name, content in ((config, f"providertype=15\n[module]\nmodulenum=1\nmodulename=bench\nmoduleidstr={'7' * 64}\n"
                                   f"credfile={folder}/credentials.json\n"),
                          (os.path.join(folder, "credentials.json"), json.dumps({"attributes": [credentials]}))):
        with open(name, "w") as out:
            os.fchmod(out.fileno(), 0o600)
            out.write(content)
    for algorithm, key, hash_type in zip(ALGORITHMS, ("0x300000001", "0x200000002", "0x100000004"), ("1", "0", "2")):
        command = [os.path.join(os.path.dirname(program), "tap_nanoroot_example"), "--config", config, "--signBuffer", "--infile", message,
                   "--keyId", key, "--hashType", hash_type, "--pubKey", os.path.join(folder, "tap.pem"),
                   "--sigfile", os.path.join(folder, "tap.sig")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        yield "drop-in program", algorithm, command


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    program, raw_bench, machine = sys.argv[1:4]
    size_mib = int(sys.argv[4]) if len(sys.argv) == 5 else 4096
    raw = json.loads(subprocess.run([raw_bench], check=True, capture_output=True, text=True).stdout)
    folder = tempfile.mkdtemp(prefix="holdfast-bench-", dir="/dev/shm")
    try:
        message = os.path.join(folder, "message")
        with open(message, "wb") as out:
            out.write(os.urandom(64))
        with open(os.path.join(folder, "passphrase"), "w") as out:
            os.fchmod(out.fileno(), 0o600)
            out.write("correct horse battery staple\n")
        # This machine may not reach the floor by itself; a fixture does, which gives the standard preset.
        standard = [program, "--dir", os.path.join(folder, "standard")]
        subprocess.run([*standard, "init", "--sysroot", machine, "--no-recovery"], check=True, stdout=subprocess.DEVNULL)
        strong = [program, "--dir", os.path.join(folder, "strong"), "--unlock-passphrase-file", os.path.join(folder, "passphrase")]
        subprocess.run([*strong, "init", "--passphrase-file", os.path.join(folder, "passphrase"), "--no-recovery"],
                       check=True, stdout=subprocess.DEVNULL)
        for holdfast, preset in ((standard, "standard"), (strong, "strong")):
            bench_sign(raw_bench, raw, preset, list(make_signing(holdfast, message, folder)))
        bench_sign(raw_bench, raw, "standard", list(make_drop_in(program, message, folder)))
        fingerprint = timed([program, "fingerprint"], 21) * 1000
        line("fingerprint of this machine", f"{fingerprint:.1f} ms", "", "under 50 ms")
        bench_files(standard, folder, size_mib)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
