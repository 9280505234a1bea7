#include "device/trust/profile.hpp"

#include <algorithm>
#include <utility>

#include "crypto/hash.hpp"
#include "device/trust/profile_words.hpp"

namespace holdfast::trust {
namespace {

// "the profile 'cnsa-2.0' does not allow ed25519 (rule keys.algorithms; allowed: …)"
Error forbidden(const Profile& profile, const std::string& what, const std::string& rule, const std::string& allowed) {
  if (!profile.problem.empty()) {
    return {ErrorCode::refused, "the profile '" + profile.name +
                                    "' of this device cannot be used here, and without it " +
                                    "the device only opens what there is: " + profile.problem};
  }
  return {ErrorCode::refused, "the profile '" + profile.name + "' does not allow " + what + " (rule " + rule +
                                  (allowed.empty() ? "" : "; allowed: " + allowed) + ")"};
}

template <typename Words, typename Set>
std::string list_allowed(const Words& words, const Set& allowed) {
  std::string text;
  for (const auto& word : words) {
    if (std::ranges::find(allowed, word.value) == allowed.end()) continue;
    text.append(text.empty() ? "" : ", ").append(word.text);
  }
  return text;
}

// Encrypting and decrypting data with one key is one purpose.
std::size_t count_purposes(const std::set<keys::KeyUse>& uses) {
  const bool both = uses.contains(keys::KeyUse::encrypt) && uses.contains(keys::KeyUse::decrypt);
  return uses.size() - (both ? 1 : 0);
}

bool is_rsa(crypto::KeyAlgorithm algorithm) { return crypto::row_of(algorithm).family == crypto::Family::rsa; }

}  // namespace

Profile unusable_profile(std::string name, std::string problem) {
  Profile profile;
  profile.name = std::move(name);
  profile.problem = std::move(problem);
  return profile;
}

Result<void> check_algorithm(const Profile& profile, crypto::KeyAlgorithm algorithm) {
  if (profile.algorithms.contains(algorithm)) return {};
  return forbidden(profile, std::string(crypto::row_of(algorithm).name) + " keys", "keys.algorithms",
                   list_allowed(algorithm_words(), profile.algorithms));
}

Result<void> check_new_key(const Profile& profile, crypto::KeyAlgorithm algorithm, keys::KeyOrigin origin,
                           const std::set<keys::KeyUse>& uses) {
  TRY(check_algorithm(profile, algorithm), "check algorithm");
  if (!profile.origins.contains(origin)) {
    return forbidden(profile, std::string(keys::name_of(origin)) + " keys", "keys.origins",
                     list_allowed(origin_words(), profile.origins));
  }
  if (origin == keys::KeyOrigin::derived && is_rsa(algorithm) && profile.derived_rsa == DerivedRsa::refused) {
    return forbidden(profile, "derived RSA keys", "keys.derived-rsa", "");
  }
  if (profile.purposes == Purposes::single && count_purposes(uses) > 1) {
    return forbidden(profile, "one key for several purposes", "keys.purposes",
                     "one purpose for each key; make one for each");
  }
  return {};
}

Result<void> check_key_use(const Profile& profile, crypto::KeyAlgorithm algorithm, crypto::KeyUse use) {
  const bool opens = use == crypto::KeyUse::decrypt || use == crypto::KeyUse::decapsulate;
  if (!profile.problem.empty() && opens) return {};
  return check_algorithm(profile, algorithm);
}

Result<void> check_decryption(const Profile& profile, crypto::HashAlgorithm hash) {
  return profile.problem.empty() ? check_hash(profile, hash) : Result<void>();
}

Result<void> check_hash(const Profile& profile, crypto::HashAlgorithm hash) {
  if (profile.hashes.contains(hash)) return {};
  return forbidden(profile, std::string(crypto::name_of(hash)), "signatures.hashes",
                   list_allowed(hash_words(), profile.hashes));
}

Result<void> check_signature(const Profile& profile, crypto::KeyAlgorithm algorithm,
                             const crypto::SignatureScheme& scheme) {
  TRY(check_algorithm(profile, algorithm), "check algorithm");
  const auto hash = scheme.hash ? scheme.hash : usual_hash(profile, algorithm);
  if (hash) TRY(check_hash(profile, *hash), "check hash");
  if (!is_rsa(algorithm)) return {};
  const auto rsa = scheme.rsa ? *scheme.rsa : *usual_rsa_scheme(profile, algorithm);
  if (profile.rsa_schemes.contains(rsa)) return {};
  return forbidden(profile, "RSA signatures of scheme " + std::string(word_of(scheme_words(), rsa)),
                   "signatures.rsa-schemes", list_allowed(scheme_words(), profile.rsa_schemes));
}

std::optional<crypto::HashAlgorithm> usual_hash(const Profile& profile, crypto::KeyAlgorithm algorithm) {
  const auto own = crypto::row_of(algorithm).default_hash;
  if (!own || profile.hashes.contains(*own)) return own;
  auto best = own;
  for (const auto hash : profile.hashes) {
    const auto size = crypto::digest_size(hash);
    const bool better = best == own || size < crypto::digest_size(*best);
    if (size > crypto::digest_size(*own) && better) best = hash;
  }
  return best;
}

std::optional<crypto::RsaScheme> usual_rsa_scheme(const Profile& profile, crypto::KeyAlgorithm algorithm) {
  using enum crypto::RsaScheme;
  if (!is_rsa(algorithm)) return std::nullopt;
  return profile.rsa_schemes.contains(pss) && !profile.rsa_schemes.contains(pkcs1) ? pss : pkcs1;
}

crypto::AeadSuite usual_suite(const Profile& profile) {
  return profile.seal_suites.empty() ? crypto::AeadSuite::aes_256_gcm : profile.seal_suites.front();
}

Result<void> check_suite(const Profile& profile, crypto::AeadSuite suite) {
  if (std::ranges::contains(profile.seal_suites, suite)) return {};
  return forbidden(profile, "sealing with " + std::string(crypto::row_of(suite).name), "sealing.suites",
                   list_allowed(suite_words(), profile.seal_suites));
}

}  // namespace holdfast::trust
