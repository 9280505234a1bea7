"""The libraries as they are installed: what they show, how programs link against them, and how they share a process."""

import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

from support import BOARD, PATIENCE, HoldfastTest, main

SOURCE = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ["HOLDFAST_BUILD"])
LIB = Path(os.environ["HOLDFAST_LIB"])
CC = os.environ["HOLDFAST_CC"]
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]
EXAMPLE = SOURCE / "examples" / "c" / "sign_message.c"

# Two copies of one library in one process, and a child of it: each opens the device and signs.
TWICE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <holdfast/holdfast.h>

typedef holdfast_status (*new_function)(holdfast_device **);
typedef holdfast_status (*open_function)(holdfast_device *);
typedef holdfast_status (*random_function)(holdfast_device *, void *, size_t);
typedef const char *(*error_function)(const holdfast_device *);

static void *look_up(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) printf("%s is missing\n", name);
  return found;
}

static int draw(void *library, holdfast_device *device, unsigned char *out) {
  random_function random;
  *(void **)&random = look_up(library, "holdfast_random");
  return random(device, out, 32) == HOLDFAST_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  unsigned char drawn[4][32];
  holdfast_device *devices[2];
  int ends[2];
  int status = 1;
  int i;
  void *libraries[2];
  for (i = 0; i < 2; ++i) {
    new_function make;
    open_function open_it;
    error_function error;
    libraries[i] = dlopen(argv[argc - 2 + i], RTLD_NOW | RTLD_GLOBAL);
    if (libraries[i] == NULL) return printf("%s\n", dlerror()), 1;
    *(void **)&make = look_up(libraries[i], "holdfast_device_new");
    *(void **)&open_it = look_up(libraries[i], "holdfast_device_open");
    *(void **)&error = look_up(libraries[i], "holdfast_device_error");
    if (make(&devices[i]) != HOLDFAST_OK || open_it(devices[i]) != HOLDFAST_OK) return printf("%s\n", error(devices[i])), 1;
    if (draw(libraries[i], devices[i], drawn[i]) != 0) return 1;
  }
  if (libraries[0] == libraries[1] || pipe(ends) != 0) return puts("one library only"), 1;
  if (fork() == 0) {
    if (draw(libraries[0], devices[0], drawn[2]) != 0) _exit(1);
    _exit(write(ends[1], drawn[2], 32) == 32 ? 0 : 1);
  }
  wait(&status);
  if (status != 0 || read(ends[0], drawn[2], 32) != 32) return puts("the child failed"), 1;
  if (draw(libraries[0], devices[0], drawn[3]) != 0) return 1;
  for (i = 0; i < 3; ++i) {
    if (memcmp(drawn[i], drawn[i + 1], 32) == 0) return puts("the same random bytes"), 1;
  }
  puts("done");
  return 0;
}
"""


class LibraryTest(HoldfastTest):
    def tool(self, *command, env=None):
        done = subprocess.run([*map(str, command)], cwd=self.folder, env={**self.env, **(env or {})},
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, (command, done.stdout, done.stderr))
        return done.stdout.decode()

    def judge_program(self, program, **env):
        """Lets an example sign, and openssl judge."""
        self.init(BOARD)
        self.write("message", b"m")
        done = subprocess.run([self.folder / program, "app", "message"], cwd=self.folder, env={**self.env, **env},
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.write("signature", done.stdout)
        self.holdfast("key", "public", "app", "--out", "app.pem")
        self.openssl("dgst", "-sha256", "-verify", "app.pem", "-signature", "signature", "message")


class Memory(LibraryTest):
    def test_a_lack_of_it_is_called_that(self):
        """What Argon2id cannot have is no fault of the program. Not with sanitizers, which need an address space."""
        self.init(BOARD)
        little = 36 * 1024 * 1024
        self.holdfast("key", "list", status=9, says="out of memory",
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (little, little)))


class Symbols(LibraryTest):
    def shown(self, library):
        """Names and their versions in the dynamic symbol table."""
        lines = self.tool("nm", "-D", "--defined-only", library).splitlines()
        return {tuple(line.split()[2].replace("@@", "@").split("@")) for line in lines if line.split()[1] != "A"}

    def expected(self, interface):
        return set((SOURCE / "interfaces" / interface / "exports.txt").read_text().split())

    def test_the_shared_libraries_show_what_is_listed(self):
        for library, interface, version in (("libholdfast.so", "capi", "HOLDFAST_1"), ("libholdfast-tap.so", "tap", "HOLDFAST_TAP_1")):
            with self.subTest(library):
                shown = self.shown(LIB / library)
                self.assertEqual({name for name, _ in shown}, self.expected(interface))
                self.assertEqual({of for _, of in shown}, {version})

    def test_the_static_libraries_too(self):
        for library, interface in (("libholdfast.a", "capi"), ("libholdfast-tap.a", "tap")):
            with self.subTest(library):
                lines = self.tool("nm", "-g", "--defined-only", LIB / library).splitlines()
                self.assertEqual({line.split()[2] for line in lines if len(line.split()) == 3}, self.expected(interface))

    def test_the_header_declares_each(self):
        declared = set(re.findall(r"(?m)\b(holdfast_[a-z_0-9]+)\(", re.sub(r"(?s)/\*.*?\*/", "", (SOURCE / "include/holdfast/holdfast.h").read_text())))
        self.assertEqual(declared, self.expected("capi"))

    def test_applications_in_c_need_no_runtime_of_another_language(self):
        for library in ("libholdfast.so", "libholdfast-tap.so"):
            self.assertNotRegex(self.tool("ldd", LIB / library), r"libstdc\+\+|libgcc_s")


class Linking(LibraryTest):
    def setUp(self):
        super().setUp()
        self.prefix = self.folder / "prefix"
        self.tool("cmake", "--install", BUILD, "--prefix", self.prefix)
        self.libraries = next(self.prefix.glob("lib/**/libholdfast.so")).parent
        self.found = {"PKG_CONFIG_PATH": str(self.libraries / "pkgconfig")}

    def flags(self, *options, env=None):
        return self.tool("pkg-config", *options, "holdfast", env=env or self.found).split()

    def test_with_pkg_config(self):
        self.tool(CC, *STRICT, EXAMPLE, "-o", "program", *self.flags("--cflags", "--libs"))
        self.judge_program("program", LD_LIBRARY_PATH=str(self.libraries))

    def test_after_the_installation_has_moved(self):
        moved = self.folder / "moved"
        shutil.move(self.prefix, moved)
        libraries = moved / self.libraries.relative_to(self.prefix)
        flags = self.flags("--cflags", "--libs", env={"PKG_CONFIG_PATH": str(libraries / "pkgconfig")})
        self.assertFalse([flag for flag in flags if "prefix" in flag], flags)
        self.tool(CC, *STRICT, EXAMPLE, "-o", "program", *flags)
        self.judge_program("program", LD_LIBRARY_PATH=str(libraries))

    def test_the_installed_program_runs_wherever_the_installation_is(self):
        for place in (self.prefix, self.folder / "moved"):
            if place != self.prefix:
                shutil.move(self.prefix, place)
            self.assertIn("--signBuffer", self.tool(place / "bin" / "tap_nanoroot_example", "--help"))
            used = re.findall(r"libholdfast-tap\S* => (\S+)", self.tool("ldd", place / "bin" / "tap_nanoroot_example"))
            self.assertEqual([Path(library).resolve().parent for library in used], [place / self.libraries.relative_to(self.prefix)])

    def test_statically(self):
        (self.libraries / "libholdfast.so").unlink()
        self.tool(CC, *STRICT, EXAMPLE, "-o", "program", *self.flags("--static", "--cflags", "--libs"))
        self.assertNotIn("libholdfast", self.tool("ldd", "program"))
        self.judge_program("program")

    def test_from_the_build_folder(self):
        flags = self.flags("--cflags", "--libs", env={"PKG_CONFIG_PATH": str(LIB / "pkgconfig")})
        self.tool(CC, *STRICT, EXAMPLE, "-o", "program", *flags)
        self.judge_program("program", LD_LIBRARY_PATH=str(LIB))

    def test_with_cmake(self):
        project = self.folder / "project"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(f"""cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C)
find_package(Holdfast 0.1 REQUIRED)
foreach(kind holdfast holdfast_static)
  add_executable(program_${{kind}} {EXAMPLE})
  target_link_libraries(program_${{kind}} PRIVATE Holdfast::${{kind}})
endforeach()
""")
        self.tool("cmake", "-S", project, "-B", "built", f"-DCMAKE_PREFIX_PATH={self.prefix}", f"-DCMAKE_C_COMPILER={CC}")
        self.tool("cmake", "--build", "built")
        self.judge_program("built/program_holdfast")
        shutil.rmtree(self.state)
        self.judge_program("built/program_holdfast_static")


class Sharing(LibraryTest):
    def test_two_copies_in_one_process_and_its_child(self):
        self.init(BOARD)
        copy = shutil.copy(LIB / "libholdfast.so", self.folder / "copy.so")
        self.write("twice.c", TWICE)
        self.tool(CC, *STRICT, f"-I{SOURCE / 'include'}", "twice.c", "-o", "twice", "-ldl")
        self.assertEqual(self.tool("./twice", LIB / "libholdfast.so", copy), "done\n")


if __name__ == "__main__":
    main()
