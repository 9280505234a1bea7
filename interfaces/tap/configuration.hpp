// The configuration file of a NanoROOT module (nanoroot_smp.conf).
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::tap {

inline constexpr std::size_t kMaxConfiguration = std::size_t{64} * 1024;

/// What the file says of a NanoROOT module.
struct Configuration {
  std::uint32_t module_number = 0;
  std::string module_name;      ///< may be empty
  std::string module_id;        ///< 64 hexadecimal digits, in lower case
  std::string credential_file;  ///< as it stands in the file: absolute, or relative to the caller's base
  bool stateless = false;
  bool accept_low_entropy = false;
  std::vector<std::string> warnings;  ///< each with file and line; for people
};

/// Lines `key=value` and one section `[module]`, before which `providertype` stands; `stateless` and
/// `accept_low_entropy` (0 or 1) stand anywhere. Keys and the section's name are matched without regard to case;
/// white space around keys and values, empty lines and lines that begin with '#' or ';' do not count. Unknown keys are
/// warned about. ErrorCode::malformed, with `name` and line, for a key that stands twice or is missing, another
/// section, and values that make no sense. Pure.
[[nodiscard]] Result<Configuration> parse_configuration(ByteView bytes, const std::string& name);

}  // namespace holdfast::tap
