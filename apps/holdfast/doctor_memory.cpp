#include <sys/resource.h>

#include "apps/holdfast/doctor_checks.hpp"
#include "core/locked_memory.hpp"

namespace holdfast::app {
namespace {

std::string kibibytes(std::uint64_t bytes) { return std::to_string((bytes + 1023) / 1024) + " KiB"; }

std::string limit_words() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "";
  return "; the limit is " + kibibytes(limit.rlim_cur);
}

}  // namespace

void check_memory(Checks& checks) {
  constexpr const char* kRemedy = ". Raise 'ulimit -l', or LimitMEMLOCK= of the service";
  if (const auto refused = refused_lock_bytes(); refused > 0) {
    attention(checks, "memory",
              "the system would not lock " + kibibytes(refused) +
                  " of this program's secrets, so that they may reach "
                  "swap" +
                  limit_words() + kRemedy);
    return;
  }
  if (!memory_locking_works()) {
    attention(checks, "memory",
              "this account may lock no more memory, so that secrets may reach swap" + limit_words() + kRemedy);
    return;
  }
  good(checks, "memory", "secrets are kept out of swap");
}

}  // namespace holdfast::app
