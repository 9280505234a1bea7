// Security profiles: which algorithms, sizes and uses are allowed. Values named by year or by the standard behind
// them, which the provider enforces for every caller.
#pragma once

#include "core/result.hpp"
#include "crypto/module.hpp"
#include "crypto/signature.hpp"
#include "crypto/suites.hpp"
#include "device/keys/key_record.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace holdfast::trust {

/// Whether one key may serve several purposes (sign and decrypt, sign and agree). NIST SP 800-57 part 1, 5.2, says no.
enum class Purposes { single, mixed };
enum class DerivedRsa { allowed, refused };

/// What is allowed. Everything that is not listed is refused, with the rule named.
struct Profile {
  std::string name;
  std::string description;
  crypto::Module module = crypto::Module::standard;  ///< fixed for a device when its anchor is made
  std::set<crypto::KeyAlgorithm> algorithms;
  std::set<keys::KeyOrigin> origins;
  Purposes purposes = Purposes::single;
  DerivedRsa derived_rsa = DerivedRsa::allowed;
  std::set<crypto::HashAlgorithm> hashes;  ///< of signatures and of RSA-OAEP
  std::set<crypto::RsaScheme> rsa_schemes;
  std::vector<crypto::AeadSuite> seal_suites;  ///< the first one is used where nobody chooses
  /// Why a device's profile cannot be used here; empty where it can. Then nothing is allowed but to open what there is.
  std::string problem;
};

/// The profile `name` where it cannot be used: it allows nothing.
[[nodiscard]] Profile unusable_profile(std::string name, std::string problem);

/// Each returns ErrorCode::refused, naming the profile, its rule, what was asked for and what is allowed.
[[nodiscard]] Result<void> check_algorithm(const Profile& profile, crypto::KeyAlgorithm algorithm);
[[nodiscard]] Result<void> check_new_key(const Profile& profile, crypto::KeyAlgorithm algorithm, keys::KeyOrigin origin,
                                         const std::set<keys::KeyUse>& uses);
/// For using a key that there is. To decrypt and to receive is to open what there is.
[[nodiscard]] Result<void> check_key_use(const Profile& profile, crypto::KeyAlgorithm algorithm, crypto::KeyUse use);
/// For decrypting with RSA-OAEP.
[[nodiscard]] Result<void> check_decryption(const Profile& profile, crypto::HashAlgorithm hash);
[[nodiscard]] Result<void> check_hash(const Profile& profile, crypto::HashAlgorithm hash);
[[nodiscard]] Result<void> check_signature(const Profile& profile, crypto::KeyAlgorithm algorithm,
                                           const crypto::SignatureScheme& scheme);
/// The hash that a signature gets where nobody names one: the algorithm's own, else the shortest allowed one that is
/// longer. None where the algorithm hashes by itself. A shorter one, which would weaken the key, is never chosen; then
/// it is the algorithm's own, and check_signature refuses that.
[[nodiscard]] std::optional<crypto::HashAlgorithm> usual_hash(const Profile& profile, crypto::KeyAlgorithm algorithm);
/// The scheme that an RSA signature gets where nobody names one: PKCS #1 v1.5, or PSS where the profile allows nothing
/// else. None for other algorithms.
[[nodiscard]] std::optional<crypto::RsaScheme> usual_rsa_scheme(const Profile& profile, crypto::KeyAlgorithm algorithm);
/// The suite for sealing where nobody chooses.
[[nodiscard]] crypto::AeadSuite usual_suite(const Profile& profile);
[[nodiscard]] Result<void> check_suite(const Profile& profile, crypto::AeadSuite suite);

}  // namespace holdfast::trust
