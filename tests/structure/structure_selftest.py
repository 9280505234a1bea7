#!/usr/bin/env python3
"""Shows that the structure tests can fail: each rule is fed a small tree that breaks it, and one that does not."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import headers
import layers


class TreeCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def write(self, path, text=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def findings(self):
        return layers.findings(self.root)[0]

    def assert_found(self, *fragments):
        found = self.findings()
        self.assertEqual(len(found), len(fragments), found)
        for finding, fragment in zip(found, fragments):
            self.assertIn(fragment, finding)


class Layers(TreeCase):
    HEADERS = ["core/a.hpp", "crypto/a.hpp", "device/fingerprint/a.hpp", "device/anchor/a.hpp", "device/seal/a.hpp",
               "device/keys/a.hpp", "device/trust/a.hpp", "device/agent/a.hpp", "registry/domain/a.hpp",
               "registry/audit/a.hpp", "registry/ca/a.hpp", "registry/protocols/est/a.hpp", "registry/http/a.hpp",
               "tests/support/a.hpp"]
    WRONG = [
        ("core/x.cpp", "crypto/a.hpp"),
        ("crypto/x.cpp", "device/anchor/a.hpp"),
        ("device/fingerprint/x.cpp", "device/anchor/a.hpp"),
        ("device/seal/x.cpp", "device/keys/a.hpp"),
        ("device/keys/x.cpp", "device/seal/a.hpp"),
        ("device/anchor/x.hpp", "device/seal/a.hpp"),
        ("device/trust/x.cpp", "device/agent/a.hpp"),
        ("registry/domain/x.cpp", "device/keys/a.hpp"),
        ("registry/audit/x.cpp", "registry/ca/a.hpp"),
        ("registry/protocols/est/x.cpp", "registry/http/a.hpp"),
        ("registry/http/x.cpp", "device/trust/a.hpp"),
        ("apps/holdfast/x.cpp", "registry/domain/a.hpp"),
        ("apps/holdfast/x.hpp", "device/anchor/a.hpp"),
        ("apps/holdfast/x.cpp", "device/fingerprint/a.hpp"),
        ("interfaces/capi/x.cpp", "device/keys/a.hpp"),
        ("core/x.cpp", "tests/support/a.hpp"),
        ("core/x_test.cpp", "device/seal/a.hpp"),
    ]
    RIGHT = [
        ("core/x.cpp", "core/a.hpp"),
        ("core/x_test.cpp", "tests/support/a.hpp"),
        ("crypto/x.cpp", "core/a.hpp"),
        ("device/fingerprint/x.cpp", "crypto/a.hpp"),
        ("device/seal/x.cpp", "device/anchor/a.hpp"),
        ("device/trust/x.cpp", "device/keys/a.hpp"),
        ("interfaces/capi/x.cpp", "device/trust/a.hpp"),
        ("apps/holdfast/x.cpp", "device/trust/a.hpp"),
        ("registry/http/x.cpp", "registry/protocols/est/a.hpp"),
        ("apps/holdfast-registry/x.cpp", "device/trust/a.hpp"),
        ("bench/x.cpp", "device/agent/a.hpp"),
        ("tests/e2e/x.cpp", "registry/http/a.hpp"),
        ("fuzz/x.cpp", "device/seal/a.hpp"),
    ]

    def setUp(self):
        super().setUp()
        for header in self.HEADERS:
            self.write(header)

    def test_wrong_directions_are_found(self):
        for source, header in self.WRONG:
            for form in (f'#include "{header}"', f"  #  include <{header}>  // reason"):
                with self.subTest(source=source, form=form):
                    self.write(source, f"// one\n{form}\n")
                    self.assert_found(f"{source}:2: {layers.layer_of(source)} must not include {header}")
                    (self.root / source).unlink()

    def test_right_directions_pass(self):
        for source, header in self.RIGHT:
            self.write(source, f'#include "{header}"\n#include <vector>\n')
        self.assertEqual(self.findings(), [])

    def test_a_folder_without_a_row_is_found(self):
        self.write("device/novel/x.cpp")
        self.assert_found("device/novel/x.cpp:1: this folder has no row")

    def test_relative_includes_are_found(self):
        self.write("core/x.cpp", '#include "a.hpp"\n#include "../crypto/a.hpp"\n')
        self.assert_found("core/x.cpp:1:", "core/x.cpp:2:")

    def test_commented_includes_are_no_includes(self):
        self.write("core/x.cpp", '// #include "crypto/a.hpp"\n')
        self.assertEqual(self.findings(), [])


class Libraries(TreeCase):
    WRONG = [
        ("device/seal/x.cpp", "openssl/evp.h"),
        ("core/x.hpp", "openssl/evp.h"),
        ("include/holdfast/x.h", "openssl/evp.h"),
        ("registry/ca/x.cpp", "openssl/x509.h"),
        ("interfaces/capi/x.cpp", "openssl/evp.h"),
        ("device/anchor/x.cpp", "sodium.h"),
        ("registry/http/x.cpp", "sodium.h"),
        ("registry/protocols/x.cpp", "boost/beast/http.hpp"),
        ("registry/storage/x_test.cpp", "boost/asio.hpp"),
        ("device/anchor/x.cpp", "CLI/CLI.hpp"),
        ("registry/domain/x.cpp", "soci/soci.h"),
        ("device/keys/x.cpp", "tss2/tss2_esys.h"),
    ]
    RIGHT = [
        ("crypto/x.cpp", "openssl/evp.h"),
        ("crypto/y.cpp", "sodium.h"),
        ("registry/http/x.cpp", "openssl/ssl.h"),
        ("registry/http/y.cpp", "boost/beast.hpp"),
        ("interfaces/openssl_provider/x.cpp", "openssl/core.h"),
        ("device/seal/x_test.cpp", "openssl/evp.h"),
        ("apps/holdfast/x.cpp", "CLI/CLI.hpp"),
        ("bench/x.cpp", "openssl/evp.h"),
        ("fuzz/x.cpp", "openssl/evp.h"),
        ("tests/conformance/x.cpp", "openssl/evp.h"),
        ("examples/x.cpp", "openssl/evp.h"),
    ]

    def test_libraries_outside_their_folders_are_found(self):
        for source, header in self.WRONG:
            with self.subTest(source=source, header=header):
                self.write(source, f"#include <{header}>\n")
                self.assert_found(f"{source}:1: ")
                (self.root / source).unlink()

    def test_libraries_in_their_folders_pass(self):
        for source, header in self.RIGHT:
            self.write(source, f"#include <{header}>\n")
        self.assertEqual(self.findings(), [])

    def test_a_header_that_brings_one_in_is_found(self):
        self.write("crypto/inner.hpp", "#include <openssl/evp.h>\n")
        self.write("crypto/outer.hpp", '#include "crypto/inner.hpp"\n#include "crypto/outer.hpp"\n')
        self.write("device/seal/x.cpp", '#include "crypto/outer.hpp"\n')
        self.assert_found("device/seal/x.cpp:1: crypto/outer.hpp brings in OpenSSL")


class Lengths(TreeCase):
    def test_800_lines_pass_and_801_are_found(self):
        self.write("core/x.cpp", "\n" * 800)
        self.assertEqual(self.findings(), [])
        self.write("core/x.cpp", "\n" * 801)
        self.assert_found("core/x.cpp:801: longer")


class Words(TreeCase):
    def test_every_word_is_found(self):
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            with self.subTest(word=word):
                self.write("docs/x.md", f"one\n({word}: later)\n")
                self.assert_found(f"docs/x.md:2: holds the word {word}")

    def test_other_words_and_built_files_pass(self):
        self.write("core/x.cpp", "// mkdtemp wants a name that ends in XXXXXX; todos\n")
        self.write("build/x.cpp", "TO" + "DO\n")
        self.assertEqual(self.findings(), [])


class Headers(TreeCase):
    def setUp(self):
        super().setUp()
        self.write("core/x.cpp", "")
        source = str(self.root / "core/x.cpp")
        command = f"/usr/bin/ccache {COMPILER} -I{self.root} -std=c++23 -MD -MT x.o -MF x.d -o x.o -c {source}"
        self.write("build/compile_commands.json",
                   json.dumps([{"directory": str(self.root), "file": source, "command": command}]))

    def failures(self):
        return headers.check(self.root, self.root / "build", 1)[0]

    def test_a_header_that_stands_alone_passes(self):
        self.write("core/x.hpp", "#pragma once\n#include <string>\nstruct X { std::string s; };\n")
        self.write("bench/y.hpp", '#pragma once\n#include "core/x.hpp"\n')
        self.assertEqual(self.failures(), [])

    def test_a_header_that_leans_on_others_is_found(self):
        self.write("core/x.hpp", "#pragma once\nstruct X { std::string s; };\n")
        self.assertIn("core/x.hpp does not compile alone", "".join(self.failures()))

    def test_a_missing_guard_is_found(self):
        self.write("core/x.hpp", "struct X {};\n")
        self.assertIn("core/x.hpp does not compile alone", "".join(self.failures()))

    def test_what_the_build_proves_needs_its_guard_all_the_same(self):
        self.write("core/x.cpp", '#include "core/x.hpp"\n')
        self.write("core/x.hpp", "#pragma once\nstruct X { std::string s; };\n")
        self.assertEqual(self.failures(), [])  # the build itself fails here
        self.write("core/x.hpp", "#include <string>\n#pragma once\n")
        self.assertIn("core/x.hpp has no #pragma once", "".join(self.failures()))

    def test_a_header_that_comes_second_is_compiled(self):
        self.write("core/x.cpp", '#include <string>\n#include "core/x.hpp"\n')
        self.write("core/x.hpp", "#pragma once\nstruct X { std::string s; };\n")
        self.assertIn("core/x.hpp does not compile alone", "".join(self.failures()))

    def test_no_sources_is_a_failure(self):
        self.write("build/compile_commands.json", "[]")
        self.assertEqual(len(self.failures()), 1)


if __name__ == "__main__":
    COMPILER = sys.argv.pop(1)
    unittest.main()
