// The profiles that every installation has, in the form in which a site writes its own.
#include <algorithm>
#include <array>

#include "device/trust/profile_file.hpp"

namespace holdfast::trust {
namespace {

constexpr std::string_view kDefault2026 =
    R"(# What is sound in 2026: everything that Holdfast has, one purpose for each key.
name = "default-2026"
description = "Classical and quantum-safe algorithms of at least 112 bits"
module = "standard"

[keys]
algorithms = [
  "rsa-2048", "rsa-3072", "rsa-4096", "rsa-8192", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519",
  "ml-dsa-44", "ml-dsa-65", "ml-dsa-87", "x25519", "ml-kem-768", "ml-kem-1024", "x25519-ml-kem-768", "aes-256",
]
origins = ["derived", "random", "imported"]
purposes = "single"
derived-rsa = true

[signatures]
hashes = ["sha256", "sha384", "sha512"]
rsa-schemes = ["pkcs1", "pss"]

[sealing]
suites = ["aes-256-gcm", "chacha20-poly1305"]
)";

constexpr std::string_view kCnsa20 = R"(# The Commercial National Security Algorithm Suite 2.0 (NSA, 2022; May 2025).
name = "cnsa-2.0"
description = "CNSA 2.0: ML-DSA-87, ML-KEM-1024, AES-256, SHA-384 and SHA-512 only"
module = "standard"

[keys]
algorithms = ["ml-dsa-87", "ml-kem-1024", "aes-256"]
origins = ["derived", "random", "imported"]
purposes = "single"
derived-rsa = false

[signatures]
hashes = ["sha384", "sha512"]
rsa-schemes = []

[sealing]
suites = ["aes-256-gcm"]
)";

constexpr std::string_view kFips =
    R"(# Approved algorithms only, computed by OpenSSL's FIPS provider. Chosen when the anchor is made.
name = "fips"
description = "Approved algorithms, computed by OpenSSL's FIPS provider"
module = "fips"

[keys]
algorithms = [
  "rsa-2048", "rsa-3072", "rsa-4096", "rsa-8192", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519",
  "ml-dsa-44", "ml-dsa-65", "ml-dsa-87", "ml-kem-768", "ml-kem-1024", "aes-256",
]
origins = ["derived", "random", "imported"]
purposes = "single"
derived-rsa = false

[signatures]
hashes = ["sha256", "sha384", "sha512"]
rsa-schemes = ["pkcs1", "pss"]

[sealing]
suites = ["aes-256-gcm"]
)";

constexpr std::string_view kLegacy = R"(# For systems that cannot be changed yet: one key may both sign and decrypt.
name = "legacy"
description = "Everything that Holdfast has, and keys for several purposes"
module = "standard"

[keys]
algorithms = [
  "rsa-2048", "rsa-3072", "rsa-4096", "rsa-8192", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519",
  "ml-dsa-44", "ml-dsa-65", "ml-dsa-87", "x25519", "ml-kem-768", "ml-kem-1024", "x25519-ml-kem-768", "aes-256",
]
origins = ["derived", "random", "imported"]
purposes = "mixed"
derived-rsa = true

[signatures]
hashes = ["sha256", "sha384", "sha512"]
rsa-schemes = ["pkcs1", "pss"]

[sealing]
suites = ["aes-256-gcm", "chacha20-poly1305"]
)";

struct Builtin {
  std::string_view name;
  std::string_view text;
};

constexpr auto kBuiltin = std::to_array<Builtin>({
    {"default-2026", kDefault2026},
    {"cnsa-2.0", kCnsa20},
    {"fips", kFips},
    {"legacy", kLegacy},
});

}  // namespace

std::string_view builtin_profile(std::string_view name) {
  const auto* const found = std::ranges::find(kBuiltin, name, &Builtin::name);
  return found == kBuiltin.end() ? std::string_view() : found->text;
}

std::vector<std::string_view> builtin_profile_names() {
  std::vector<std::string_view> names;
  names.reserve(kBuiltin.size());
  for (const auto& profile : kBuiltin) names.push_back(profile.name);
  return names;
}

}  // namespace holdfast::trust
