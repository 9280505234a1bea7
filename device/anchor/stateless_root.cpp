#include "device/anchor/stateless_root.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"
#include "device/anchor/present.hpp"

namespace holdfast::anchor {
namespace {

// label(purpose) || LP(profile) || LP(device salt): what the device's maker and owner chose.
Bytes chosen(std::string_view purpose, const StatelessConfig& config) {
  Bytes bytes = crypto::label(purpose);
  append_lp(bytes, as_bytes(config.profile));
  append_lp(bytes, config.device_salt);
  return bytes;
}

Result<SecretBytes> stretch(const StatelessConfig& config, const fingerprint::Fingerprint& fingerprint) {
  std::vector<ByteView> fields;
  std::vector<Missing> missing;
  for (const auto& attribute : config.attributes) {
    const auto* const found = find_present(fingerprint, attribute);
    if (found == nullptr) {
      missing.push_back(explain_missing(fingerprint, attribute));
      continue;
    }
    fields.push_back(as_bytes(attribute.name));
    fields.push_back(as_bytes(attribute.source));
    fields.push_back(found->value.expose(SecretAccess{}));
  }
  if (!missing.empty()) {
    return Error(ErrorCode::does_not_open,
                 "this device's attributes do not open its stateless configuration" + words_for(missing));
  }
  TRY_LET(const auto salt, crypto::hash(crypto::HashAlgorithm::sha256, {chosen("stateless-salt", config)}),
          "make salt");
  return crypto::argon2id(crypto::join_secrets(fields), salt, config.argon2);
}

}  // namespace

// With the check value in it, devices of one profile and without a device salt still have different ids.
Result<AnchorId> stateless_anchor_id(const StatelessConfig& config) {
  Bytes input = chosen("stateless-anchor", config);
  append_lp(input, config.check);
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {input}), "make anchor id");
  AnchorId id;
  std::ranges::copy(ByteView(digest).first(id.bytes.size()), id.bytes.begin());
  return id;
}

Result<StatelessRoot> derive_stateless_root(const StatelessConfig& config,
                                            const fingerprint::Fingerprint& fingerprint) {
  TRY_LET(auto secret, stretch(config, fingerprint), "stretch attributes");
  TRY_LET(const auto value, crypto::hkdf(secret, {}, crypto::label("check")), "derive check value");
  const auto check = value.expose(SecretAccess{});
  auto checked = config;
  checked.check.assign(check.begin(), check.end());
  TRY_LET(const auto id, stateless_anchor_id(checked), "derive anchor id");
  return StatelessRoot{Root(id, kStatelessEpoch, std::move(secret)), std::move(checked.check)};
}

}  // namespace holdfast::anchor
