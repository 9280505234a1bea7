#!/usr/bin/env bash
# Measures against the raw library, its generation of RSA keys, plain files, cp and one Argon2id call, all in one run.
# docs/benchmarks.md keeps results.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "machine: $(nproc) x $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(openssl version | cut -d' ' -f1,2), $(date -u +%F)"
echo
echo "== In memory, against raw OpenSSL at the same chunk size (of_raw: 1.0 is the raw speed, 0.9 the target)"
build/release/bench/seal_bench
echo
echo "== Deriving RSA keys, against OpenSSL's own generation (at most 3 times its mean time)"
build/release/bench/rsa_bench 2048
build/release/bench/rsa_bench 4096
echo
echo "== Keys: signatures against raw OpenSSL (0.95 is the target), and many keys against as many files (0.5; 10,000 listed"
echo "   in under 100 ms). KEYS=10000 makes so many, which takes minutes."
build/release/bench/trust_bench "${KEYS:-2000}"
echo
echo "== Opening a device, against Argon2id alone"
build/release/bench/unlock_bench tests/fixtures/machines/x86-server
echo
echo "== Interfaces, against raw OpenSSL in one thread (0.9 is the target) and on all cores (0.8)"
build/release/bench/interface_bench tests/fixtures/machines/x86-server
echo
echo "== Noisy sources: a reconstruction (at most 100 us), and failures at 15 % errors. READINGS=100000 makes fewer."
build/release/bench/puf_bench "${READINGS:-10000000}"
echo
echo "== Durable changes of the registry in SQLite, against commits of one row each"
build/release/bench/storage_bench
echo
echo "== Certificates that the registry issues, durable and in the log"
build/release/bench/registry_bench
echo
echo "== The same and more with a million identities, against the beginning (at most 20 % slower; lists under 100 ms at the"
echo "   99th percentile; started in under 2 s). IDENTITIES=100000 makes fewer. Takes 8 GB of disk, and minutes."
build/release/bench/million_bench build/bin/holdfast-registry "${IDENTITIES:-1000000}"
echo
echo "== The registry's listener, against OpenSSL alone"
build/release/bench/http_bench
echo
echo "== Whole commands"
python3 bench/command_bench.py "$PWD/build/bin/holdfast" "$PWD/build/release/bench/raw_bench" "$PWD/tests/fixtures/machines/x86-server" "${SIZE_MIB:-4096}"
