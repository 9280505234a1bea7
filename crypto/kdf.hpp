// Key derivation: HKDF-SHA-512 (RFC 5869), and from what people and machines choose, Argon2id (RFC 9106) or PBKDF2
// (SP 800-132).
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/secret_bytes.hpp"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <variant>

namespace holdfast::crypto {

/// The domain-separation label "holdfast/v1/" + `purpose`, with which every HKDF info begins.
[[nodiscard]] Bytes label(std::string_view purpose);

/// LP(f1) || LP(f2) || …: several secrets as one input of a derivation, without ambiguity.
[[nodiscard]] SecretBytes join_secrets(std::span<const ByteView> fields);
[[nodiscard]] inline SecretBytes join_secrets(std::initializer_list<ByteView> fields) {
  return join_secrets(std::span<const ByteView>(fields.begin(), fields.size()));
}

/// HKDF-SHA-512, extract and expand: `size` bytes, at most 16,320.
[[nodiscard]] Result<SecretBytes> hkdf(const SecretBytes& input, ByteView salt, ByteView info, std::size_t size = 32);

/// Costs of one Argon2id call. Stored beside what it protects and bounded when read.
struct Argon2Params {
  std::uint32_t memory_kib = 0;
  std::uint32_t passes = 0;
  std::uint32_t lanes = 0;

  bool operator==(const Argon2Params&) const = default;
};

inline constexpr Argon2Params kArgon2Standard{19 * 1024, 2, 1};
/// Where a passphrase must resist guessing by itself.
inline constexpr Argon2Params kArgon2Strong{64 * 1024, 3, 1};

/// ErrorCode::malformed for parameters outside 19 MiB to 1 GiB, 2 to 16 passes, 1 to 4 lanes: a file must
/// neither weaken a guess nor exhaust the machine.
[[nodiscard]] Result<void> check_bounds(const Argon2Params& params);

/// Argon2id, 32 bytes. `salt` of at least 16 bytes.
[[nodiscard]] Result<SecretBytes> argon2id(const SecretBytes& input, ByteView salt, const Argon2Params& params);

/// Costs of one PBKDF2-HMAC-SHA-512 call, which stands in for Argon2id where only approved algorithms may be used. It
/// costs a guesser no memory, so that its counts are high.
struct Pbkdf2Params {
  std::uint32_t iterations = 0;

  bool operator==(const Pbkdf2Params&) const = default;
};

inline constexpr Pbkdf2Params kPbkdf2Standard{250'000};
inline constexpr Pbkdf2Params kPbkdf2Strong{1'000'000};
/// The fewest bytes that are taken as a password, as strict installations of the FIPS provider demand.
inline constexpr std::size_t kMinPbkdf2Input = 8;

/// ErrorCode::malformed outside 250,000 to 10,000,000 iterations.
[[nodiscard]] Result<void> check_bounds(const Pbkdf2Params& params);

/// PBKDF2-HMAC-SHA-512, 32 bytes, of at least kMinPbkdf2Input bytes. `salt` of at least 16 bytes.
[[nodiscard]] Result<SecretBytes> pbkdf2(const SecretBytes& input, ByteView salt, const Pbkdf2Params& params);

/// What one guess costs, as it is stored beside what it protects.
using StretchCosts = std::variant<Argon2Params, Pbkdf2Params>;
enum class StretchPreset { standard, strong };

/// The costs that current_module() has for a preset.
[[nodiscard]] StretchCosts stretch_costs(StretchPreset preset);

/// Whether an input has enough bytes for stretch(): PBKDF2 takes kMinPbkdf2Input and more, Argon2id any number.
[[nodiscard]] bool is_long_enough(const SecretBytes& input, const StretchCosts& costs);

/// argon2id() or pbkdf2(), as `costs` say.
[[nodiscard]] Result<SecretBytes> stretch(const SecretBytes& input, ByteView salt, const StretchCosts& costs);

}  // namespace holdfast::crypto
