#include "interfaces/capi/words.hpp"

#include <array>

namespace holdfast::capi {
namespace {

struct UseBit {
  holdfast_use bit;
  crypto::KeyUse use;
};
constexpr std::array kUses{
    UseBit{HOLDFAST_USE_SIGN, crypto::KeyUse::sign}, UseBit{HOLDFAST_USE_ENCRYPT, crypto::KeyUse::encrypt},
    UseBit{HOLDFAST_USE_DECRYPT, crypto::KeyUse::decrypt}, UseBit{HOLDFAST_USE_DERIVE, crypto::KeyUse::derive},
    UseBit{HOLDFAST_USE_DECAPSULATE, crypto::KeyUse::decapsulate}};

Result<std::optional<crypto::RsaScheme>> rsa_scheme_of(const char* given) {
  TRY_LET(const auto name, optional_text(given, "scheme"), "read scheme");
  if (!name) return std::optional<crypto::RsaScheme>();
  if (*name == "pkcs1") return std::optional(crypto::RsaScheme::pkcs1);
  if (*name == "pss") return std::optional(crypto::RsaScheme::pss);
  return Error(ErrorCode::usage, "'scheme' is not one of: pkcs1, pss");
}

}  // namespace

Result<crypto::KeyAlgorithm> algorithm_of(const char* given) {
  TRY_LET(const auto name, text(given, "algorithm"), "read algorithm");
  if (const auto algorithm = crypto::find_key_algorithm(name)) return *algorithm;
  return Error(ErrorCode::usage, "'algorithm' is not one of: " + crypto::list_key_algorithms());
}

Result<std::optional<crypto::HashAlgorithm>> hash_of(const char* given) {
  TRY_LET(const auto name, optional_text(given, "hash"), "read hash");
  if (!name) return std::optional<crypto::HashAlgorithm>();
  if (const auto hash = crypto::find_hash(*name)) return hash;
  return Error(ErrorCode::usage, "'hash' is not one of: sha256, sha384, sha512");
}

Result<std::set<crypto::KeyUse>> uses_of(unsigned bits) {
  std::set<crypto::KeyUse> uses;
  for (const auto& row : kUses) {
    if ((bits & row.bit) != 0) uses.insert(row.use);
    bits &= ~static_cast<unsigned>(row.bit);
  }
  if (bits != 0) return Error(ErrorCode::usage, "a use is none of HOLDFAST_USE_*");
  return uses;
}

Result<trust::KeyState> key_state_of(int state) {
  switch (state) {
    case HOLDFAST_KEY_ACTIVE: return trust::KeyState::active;
    case HOLDFAST_KEY_DISABLED: return trust::KeyState::disabled;
    case HOLDFAST_KEY_DESTROYED: return trust::KeyState::destroyed;
  }
  return Error(ErrorCode::usage, "the state is none of HOLDFAST_KEY_*");
}

Result<Signing> signing_of(const holdfast_signature_options* given) {
  TRY_LET(const auto options, options_of<holdfast_signature_options>(given, HOLDFAST_SIGNATURE_OPTIONS_INIT),
          "read options");
  Signing signing;
  TRY_LET(signing.scheme.hash, hash_of(options.hash), "read hash");
  TRY_LET(signing.scheme.rsa, rsa_scheme_of(options.scheme), "read scheme");
  if (options.is_digest != 0) signing.scheme.input = crypto::InputKind::digest;
  TRY_LET(const auto context, bytes(options.context, options.context_size, "context"), "read context");
  signing.scheme.context.assign(context.begin(), context.end());
  if (options.deterministic != 0) signing.randomness = crypto::Randomness::deterministic;
  return signing;
}

}  // namespace holdfast::capi
