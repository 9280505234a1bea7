#include "tests/faults/seccomp_filter.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <vector>

#include "tests/faults/calls.hpp"

namespace holdfast::faults {
namespace {

sock_filter statement(int code, std::uint32_t value) { return {static_cast<std::uint16_t>(code), 0, 0, value}; }

sock_filter jump_if_equal(std::uint32_t value, std::uint8_t if_not) {
  return {static_cast<std::uint16_t>(BPF_JMP | BPF_JEQ | BPF_K), 0, if_not, value};
}

std::vector<sock_filter> make_filter() {
  std::vector<sock_filter> filter{statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const auto& call : all_calls()) {
    filter.push_back(jump_if_equal(static_cast<std::uint32_t>(call.number), 1));
    filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  filter.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

void set(int option, unsigned long first, const void* second) {
  if (::prctl(option, first, second, 0, 0) != 0) throw std::system_error(errno, std::generic_category(), "prctl");
}

}  // namespace

void stop_at_interesting_calls() {
  auto filter = make_filter();
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  set(PR_SET_NO_NEW_PRIVS, 1, nullptr);
  set(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

}  // namespace holdfast::faults
