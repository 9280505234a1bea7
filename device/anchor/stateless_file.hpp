// The configuration of stateless mode: from what a device without writable storage derives its root.
// docs/formats/stateless.md specifies it byte by byte.
#pragma once

#include "crypto/kdf.hpp"
#include "device/anchor/checked_lines.hpp"
#include "device/anchor/slot.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

inline constexpr std::size_t kMaxStatelessFileSize = kMaxCheckedFileSize;
/// Of a value that the maker gives each device, in bytes. Shorter ones would be the same on too many.
inline constexpr std::size_t kMinDeviceSalt = 8;
inline constexpr std::size_t kMaxDeviceSalt = 1024;

/// Holds no secret, and yet what a thief needs beside the values of the attributes. The same device and choices give
/// the same configuration: nothing in it is random, and no time is either.
struct StatelessConfig {
  std::string profile;          ///< the security profile's name, never empty
  Bytes device_salt;            ///< the maker's value for this device alone; empty for none
  std::string sysroot;          ///< where attributes are read
  std::string credential_file;  ///< absolute; empty where none is used
  std::string platform;         ///< what the machine seemed to be at set-up
  bool low_entropy_accepted = false;
  crypto::Argon2Params argon2 = crypto::kArgon2Strong;
  std::vector<SlotAttribute> attributes;  ///< all required, in this order, without salts
  Bytes check;                            ///< 32 bytes: tells whether the root is the right one
};

/// A parsed file and the bytes that its MAC stands over. Neither MAC nor check value have been looked at: that takes
/// the root.
struct UnverifiedStatelessConfig {
  StatelessConfig config;
  Bytes authenticated;  ///< lines 1 and 2
  Bytes mac;
};

/// Parses and checks the digest. ErrorCode::malformed names the place. Pure, thread-safe.
[[nodiscard]] Result<UnverifiedStatelessConfig> parse_stateless_file(ByteView bytes);

/// ErrorCode::malformed where the file was changed by somebody without the root.
[[nodiscard]] Result<void> verify_stateless_mac(const UnverifiedStatelessConfig& file, const Root& root);

/// The bytes of the file, with MAC and digest: the same for the same input.
[[nodiscard]] Result<Bytes> serialise_stateless_file(const StatelessConfig& config, const Root& root);

}  // namespace holdfast::anchor
