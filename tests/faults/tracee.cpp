#include "tests/faults/tracee.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <system_error>

namespace holdfast::faults {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// ptrace takes them for pointers.
constexpr long kGeneral = NT_PRSTATUS;

#if defined(__x86_64__)

using Registers = user_regs_struct;

auto& argument_of(Registers& registers, std::size_t position) {
  const std::array<decltype(&Registers::rdi), 6> order{&Registers::rdi, &Registers::rsi, &Registers::rdx,
                                                       &Registers::r10, &Registers::r8,  &Registers::r9};
  return registers.*order.at(position);
}
auto& result_of(Registers& registers) { return registers.rax; }
void cancel_call(pid_t, Registers& registers) { registers.orig_rax = ~0ULL; }

#elif defined(__aarch64__)

using Registers = user_regs_struct;

constexpr long kSystemCall = NT_ARM_SYSTEM_CALL;

auto& argument_of(Registers& registers, std::size_t position) { return registers.regs[position]; }
auto& result_of(Registers& registers) { return registers.regs[0]; }
void cancel_call(pid_t thread, Registers&) {
  int none = -1;
  iovec view{&none, sizeof none};
  if (::ptrace(PTRACE_SETREGSET, thread, kSystemCall, &view) != 0) fail("cancel a call");
}

#else
#error "Say here where this machine keeps the arguments and the result of a system call."
#endif

Registers registers_of(pid_t thread) {
  Registers registers{};
  iovec view{&registers, sizeof registers};
  if (::ptrace(PTRACE_GETREGSET, thread, kGeneral, &view) != 0) fail("read registers");
  return registers;
}

void set_registers(pid_t thread, Registers& registers) {
  iovec view{&registers, sizeof registers};
  if (::ptrace(PTRACE_SETREGSET, thread, kGeneral, &view) != 0) fail("write registers");
}

__ptrace_syscall_info stop_of(pid_t thread) {
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) < 0) fail("ask for the call");
  return info;
}

std::filesystem::path folder_of_process(pid_t thread) { return "/proc/" + std::to_string(thread); }

}  // namespace

Tracee::Entry Tracee::entry() const {
  const auto info = stop_of(thread_);
  if (info.op != PTRACE_SYSCALL_INFO_SECCOMP) throw std::logic_error("the thread is not at the beginning of a call");
  Entry entry{info.seccomp.nr, {}};
  std::ranges::copy(info.seccomp.args, entry.arguments.begin());
  return entry;
}

std::int64_t Tracee::result() const {
  const auto info = stop_of(thread_);
  if (info.op != PTRACE_SYSCALL_INFO_EXIT) throw std::logic_error("the thread is not at the end of a call");
  return info.exit.rval;
}

void Tracee::skip(std::int64_t result) const {
  auto registers = registers_of(thread_);
  cancel_call(thread_, registers);
  result_of(registers) = static_cast<std::uint64_t>(result);
  set_registers(thread_, registers);
}

void Tracee::set_argument(std::size_t position, std::uint64_t value) const {
  auto registers = registers_of(thread_);
  argument_of(registers, position) = value;
  set_registers(thread_, registers);
}

void Tracee::set_result(std::int64_t result) const {
  auto registers = registers_of(thread_);
  result_of(registers) = static_cast<std::uint64_t>(result);
  set_registers(thread_, registers);
}

Bytes Tracee::read_memory(std::uint64_t address, std::size_t size) const {
  Bytes bytes(size);
  if (size == 0) return bytes;
  const iovec here{bytes.data(), size};
  const iovec there{reinterpret_cast<void*>(address), size};  // NOLINT(performance-no-int-to-ptr): another process's
  const auto got = ::process_vm_readv(thread_, &here, 1, &there, 1, 0);
  if (got < 0) fail("read another process's memory");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

// Not beyond the end of a page, behind which there may be nothing.
std::string Tracee::read_string(std::uint64_t address) const {
  constexpr std::uint64_t kPage = 4096;
  std::string text;
  while (text.size() < PATH_MAX) {
    const auto bytes = read_memory(address, kPage - address % kPage);
    const auto end = std::ranges::find(bytes, std::uint8_t{0});
    text.append(bytes.begin(), end);
    if (end != bytes.end() || bytes.empty()) return text;
    address += bytes.size();
  }
  return text;
}

std::filesystem::path Tracee::path_at(std::uint64_t address, int folder) const {
  std::filesystem::path path = address == 0 ? std::string() : read_string(address);
  if (path.empty()) return shown(folder);  // AT_EMPTY_PATH
  constexpr std::string_view kSelf = "/proc/self/fd/";
  if (path.native().starts_with(kSelf)) return shown(std::stoi(path.native().substr(kSelf.size())));
  if (path.is_absolute()) return path.lexically_normal();
  std::error_code problem;
  const auto from = folder == AT_FDCWD ? std::filesystem::read_symlink(folder_of_process(thread_) / "cwd", problem)
                                       : std::filesystem::path(shown(folder));
  auto normal = (from / path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

std::string Tracee::shown(int descriptor) const {
  std::error_code problem;
  return std::filesystem::read_symlink(link_to(descriptor), problem);
}

std::filesystem::path Tracee::link_to(int descriptor) const {
  return folder_of_process(thread_) / "fd" / std::to_string(descriptor);
}

std::uint64_t Tracee::position_of(int descriptor) const {
  std::ifstream info(folder_of_process(thread_) / "fdinfo" / std::to_string(descriptor));
  std::string label;
  std::uint64_t position = 0;
  info >> label >> position;
  if (!info || label != "pos:") throw std::runtime_error("the position of a descriptor cannot be read");
  return position;
}

}  // namespace holdfast::faults
