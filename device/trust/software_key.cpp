#include "device/trust/software_key.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/data_key.hpp"
#include "crypto/key_agreement.hpp"
#include "device/keys/key_choices.hpp"

namespace holdfast::trust {
namespace {

// On the stack and not cleared: clearing more would show beside an Ed25519 signature.
constexpr std::size_t kReadSize = std::size_t{16} * 1024;

class SoftwareKey : public Key {
 public:
  SoftwareKey(KeyInfo info, keys::KeyMaterial material, KeyUse use, Profile profile)
      : info_(std::move(info)), material_(std::move(material)), use_(use), profile_(std::move(profile)) {}

  [[nodiscard]] const KeyInfo& info() const override { return info_; }

  [[nodiscard]] Result<Bytes> sign(const crypto::SignatureScheme& scheme, crypto::Randomness randomness,
                                   const MessageReader& message) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY_LET(const auto* const pair, pair_for(KeyUse::sign), "check use");
    auto chosen = scheme;
    if (!chosen.hash) chosen.hash = usual_hash(profile_, info_.algorithm);
    if (!chosen.rsa) chosen.rsa = usual_rsa_scheme(profile_, info_.algorithm);
    // What makes no sense at all is said before what is forbidden.
    TRY_LET(auto input, crypto::SignatureInput::create(pair->public_key(), chosen), "begin signature");
    TRY(check_signature(profile_, info_.algorithm, chosen), "check signature");
    TRY(feed(input, message), "read message");
    return crypto::sign(*pair, std::move(input), randomness);
  }

  [[nodiscard]] Result<std::string> certificate_request(const crypto::RequestContent& content) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY_LET(const auto* const pair, pair_for(KeyUse::sign), "check use");
    TRY_LET(const auto chosen, with_scheme(content), "choose scheme");
    return crypto::make_certificate_request(*pair, chosen);
  }

  [[nodiscard]] Result<crypto::CertificateChain> self_signed(const crypto::SelfSignedContent& content) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY_LET(const auto* const pair, pair_for(KeyUse::sign), "check use");
    TRY_LET(const auto chosen, with_scheme(content), "choose scheme");
    return crypto::make_self_signed(*pair, chosen);
  }

  [[nodiscard]] Result<SecretBytes> decrypt(const crypto::OaepScheme& scheme, ByteView ciphertext) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY_LET(const auto* const pair, pair_for(KeyUse::decrypt), "check use");
    TRY(check_decryption(profile_, scheme.hash), "check hash");
    return crypto::oaep_decrypt(*pair, scheme, ciphertext);
  }

  [[nodiscard]] Result<Bytes> encrypt_data(ByteView associated, ByteView plaintext) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY_LET(const auto* const key, bytes_for(KeyUse::encrypt), "check use");
    return crypto::encrypt_data(*key, associated, plaintext);
  }

  [[nodiscard]] Result<SecretBytes> decrypt_data(ByteView associated, ByteView encrypted) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY_LET(const auto* const key, bytes_for(KeyUse::decrypt), "check use");
    return crypto::decrypt_data(*key, associated, encrypted);
  }

  [[nodiscard]] Result<SecretBytes> agree(const crypto::PublicKey& peer) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY_LET(const auto* const pair, pair_for(KeyUse::derive), "check use");
    return crypto::agree(*pair, peer);
  }

  [[nodiscard]] Result<SecretBytes> decapsulate(ByteView ciphertext) const override {
    const crypto::ModuleScope scope(profile_.module);
    TRY(check_use(KeyUse::decapsulate), "check use");
    if (const auto* const seed = std::get_if<SecretBytes>(&material_)) {
      TRY_LET(const auto key, crypto::ReceivingKey::derive(info_.algorithm, *seed), "make hybrid key");
      return key.decapsulate(ciphertext);
    }
    return crypto::decapsulate(std::get<crypto::PrivateKey>(material_), ciphertext);
  }

 private:
  // What a request or certificate leaves open, the profile chooses.
  template <typename Content>
  [[nodiscard]] Result<Content> with_scheme(Content content) const {
    if (!content.hash) content.hash = usual_hash(profile_, info_.algorithm);
    if (!content.rsa) content.rsa = usual_rsa_scheme(profile_, info_.algorithm);
    crypto::SignatureScheme scheme;
    scheme.hash = content.hash;
    scheme.rsa = content.rsa;
    TRY(check_signature(profile_, info_.algorithm, scheme), "check signature");
    return content;
  }

  [[nodiscard]] Result<void> check_use(KeyUse wanted) const {
    if (use_ == wanted) return {};
    return Error(ErrorCode::usage, "key '" + info_.id.text() + "' was opened to " + std::string(name_of(use_)) +
                                       ", and not to " + std::string(name_of(wanted)));
  }

  [[nodiscard]] Error cannot(KeyUse wanted) const {
    return {ErrorCode::usage, std::string(crypto::row_of(info_.algorithm).name) + " keys do not " +
                                  std::string(name_of(wanted)) + " in this way"};
  }

  [[nodiscard]] Result<const crypto::PrivateKey*> pair_for(KeyUse wanted) const {
    TRY(check_use(wanted), "check use");
    const auto* const pair = std::get_if<crypto::PrivateKey>(&material_);
    if (pair == nullptr) return cannot(wanted);
    return pair;
  }

  [[nodiscard]] Result<const SecretBytes*> bytes_for(KeyUse wanted) const {
    TRY(check_use(wanted), "check use");
    const auto* const bytes = std::get_if<SecretBytes>(&material_);
    if (bytes == nullptr) return cannot(wanted);
    return bytes;
  }

  static Result<void> feed(crypto::SignatureInput& input, const MessageReader& message) {
    std::array<std::uint8_t, kReadSize> buffer;  // NOLINT(*-member-init): the reader fills what is used
    while (true) {
      TRY_LET(const auto got, message(buffer), "read message");
      if (got == 0) return {};
      TRY(input.update(ByteView(buffer).first(got)), "take in message");
    }
  }

  KeyInfo info_;
  keys::KeyMaterial material_;
  KeyUse use_;
  Profile profile_;  // a copy: keys may outlive their provider
};

}  // namespace

MessageReader read_from(ByteView message) {
  return [rest = message](MutableByteView buffer) mutable -> Result<std::size_t> {
    const auto size = std::min(buffer.size(), rest.size());
    std::ranges::copy(rest.first(size), buffer.begin());
    rest = rest.subspan(size);
    return size;
  };
}

std::unique_ptr<Key> make_software_key(KeyInfo info, keys::KeyMaterial material, KeyUse use, const Profile& profile) {
  return std::make_unique<SoftwareKey>(std::move(info), std::move(material), use, profile);
}

Result<std::unique_ptr<Key>> make_ephemeral_key(crypto::KeyAlgorithm algorithm, KeyUse use, const Profile& profile,
                                                Timestamp now) {
  TRY_LET(const auto uses, keys::choose_uses(algorithm, {use}), "choose uses");
  TRY(check_new_key(profile, algorithm, KeyOrigin::random, uses), "check profile");
  TRY_LET(auto material, keys::generate_material(algorithm), "generate key");
  TRY_LET(auto half, keys::public_half_of(algorithm, material), "describe key");
  TRY_LET(auto name, KeyName::parse("ephemeral"), "name key");
  KeyInfo info{.id = {std::move(name), {}},
               .algorithm = algorithm,
               .uses = uses,
               .origin = KeyOrigin::random,
               .state = KeyState::active,
               .created = now,
               .half = std::move(half),
               .root_epoch = 0};
  return make_software_key(std::move(info), std::move(material), use, profile);
}

Result<crypto::ReceivingKey> make_receiving_key(crypto::KeyAlgorithm algorithm, keys::KeyMaterial material) {
  if (auto* const pair = std::get_if<crypto::PrivateKey>(&material)) {
    return crypto::ReceivingKey::create(std::move(*pair));
  }
  return crypto::ReceivingKey::derive(algorithm, std::get<SecretBytes>(material));
}

}  // namespace holdfast::trust
