// Keys in use: signing, certificates, decrypting, agreeing.
#include <unistd.h>

#include "core/file.hpp"
#include "crypto/data_key.hpp"
#include "interfaces/capi/arguments.hpp"
#include "interfaces/capi/handles.hpp"
#include "interfaces/capi/words.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace {

constexpr std::size_t kMaxAlternativeNames = 64;
constexpr unsigned kMaxDays = 36500;
constexpr std::size_t kSharedSecret = 32;  // of every encapsulation

Outcome put(const Owner* owner, Output& output, const SecretBytes& secret) {
  if (!output.has_room_for(secret.size())) return Output::too_small(owner);
  output.put(secret.expose(SecretAccess{}));
  return HOLDFAST_OK;
}

// Signs what `message` gives, where there is room for it.
holdfast_status sign_from(const holdfast_key* handle, const holdfast_signature_options* options, void* out,
                          std::size_t* out_size, const std::function<Result<trust::MessageReader>()>& message) {
  return at_edge(owner_of(handle), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY_LET(const auto key, key_of(handle), "check key");
    TRY_LET(const auto signing, signing_of(options), "read options");
    TRY_LET(const auto reader, message(), "check message");
    if (!output.has_room_for(crypto::max_signature_size(key->info().algorithm))) {
      return Output::too_small(owner_of(handle));
    }
    TRY_LET(const auto signature, key->sign(signing.scheme, signing.randomness, reader), "sign");
    output.put(signature);
    return HOLDFAST_OK;
  });
}

struct Subject {
  crypto::DistinguishedName name;
  std::vector<crypto::SubjectAlternativeName> alternative_names;
};

Result<Subject> subject_of(const char* given, const char* const* names, std::size_t count) {
  TRY_LET(const auto typed, text(given, "subject"), "read subject");
  TRY_LET(auto name, crypto::DistinguishedName::parse(typed), "read subject");
  if (count > kMaxAlternativeNames) return Error(ErrorCode::usage, "at most 64 alternative names are possible");
  if (count > 0) TRY(require(static_cast<const void*>(names), "alternative_names"), "check argument");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    TRY_LET(auto one, text(names[i], "alternative_names"), "read alternative name");
    texts.push_back(std::move(one));
  }
  TRY_LET(auto parsed, crypto::parse_alternative_names(texts), "read alternative names");
  return Subject{std::move(name), std::move(parsed)};
}

crypto::KeyUses uses_of_key(const trust::Key& key) {
  crypto::KeyUses uses = 0;
  for (const auto use : key.info().uses) uses = static_cast<crypto::KeyUses>(uses | crypto::bit(use));
  return uses;
}

Result<SecretBytes> decrypt(const trust::Key& key, const holdfast_decrypt_options& options, ByteView encrypted) {
  if (crypto::row_of(key.info().algorithm).family == crypto::Family::aes) {
    if (options.hash != nullptr || options.label_size != 0) {
      return Error(ErrorCode::usage, "'hash' and 'label' are for RSA keys (OAEP)");
    }
    TRY_LET(const auto associated, bytes(options.associated, options.associated_size, "associated"), "check input");
    return key.decrypt_data(associated, encrypted);
  }
  if (options.associated_size != 0) return Error(ErrorCode::usage, "'associated' is for data keys");
  crypto::OaepScheme scheme;
  TRY_LET(const auto hash, hash_of(options.hash), "read hash");
  scheme.hash = hash.value_or(scheme.hash);
  TRY_LET(const auto label, bytes(options.label, options.label_size, "label"), "check label");
  scheme.label.assign(label.begin(), label.end());
  return key.decrypt(scheme, encrypted);
}

}  // namespace

std::size_t holdfast_key_signature_size_max(const holdfast_key* key) {
  return key == nullptr ? 0 : crypto::max_signature_size(key->key->info().algorithm);
}

holdfast_status holdfast_key_sign(const holdfast_key* key, const holdfast_signature_options* options,
                                  const void* message, std::size_t message_size, void* out, std::size_t* out_size) {
  return sign_from(key, options, out, out_size, [&]() -> Result<trust::MessageReader> {
    TRY_LET(const auto view, bytes(message, message_size, "message"), "check message");
    return trust::read_from(view);
  });
}

holdfast_status holdfast_key_sign_fd(const holdfast_key* key, const holdfast_signature_options* options, int message,
                                     void* out, std::size_t* out_size) {
  return sign_from(key, options, out, out_size, [&]() -> Result<trust::MessageReader> {
    if (message < 0) return Error(ErrorCode::usage, "'message' is no open descriptor");
    return [message](MutableByteView buffer) {
      return read_full(message, buffer, "descriptor " + std::to_string(message));
    };
  });
}

holdfast_status holdfast_verify(holdfast_device* device, const void* public_key, std::size_t public_key_size,
                                const holdfast_signature_options* options, const void* message,
                                std::size_t message_size, const void* signature, std::size_t signature_size) {
  return at_edge(owner_of(device), [&]() -> Outcome {
    TRY_LET(const auto encoded, bytes(public_key, public_key_size, "public_key"), "check public key");
    TRY_LET(const auto signing, signing_of(options), "read options");
    TRY_LET(const auto view, bytes(message, message_size, "message"), "check message");
    TRY_LET(const auto given, bytes(signature, signature_size, "signature"), "check signature");
    TRY_LET(const auto key, crypto::PublicKey::parse(encoded), "read public key");
    TRY_LET(const auto verdict, crypto::verify_message(key, signing.scheme, view, given), "verify");
    if (verdict == crypto::Verdict::valid) return HOLDFAST_OK;
    return fail(owner_of(device), HOLDFAST_SIGNATURE_INVALID, "the signature is not this key's for this message");
  });
}

holdfast_status holdfast_key_request(const holdfast_key* handle, const char* subject,
                                     const char* const* alternative_names, std::size_t count, char** pem) {
  return at_edge(owner_of(handle), [&]() -> Outcome {
    TRY(require(static_cast<void*>(pem), "pem"), "check argument");
    *pem = nullptr;
    TRY_LET(const auto key, key_of(handle), "check key");
    TRY_LET(auto named, subject_of(subject, alternative_names, count), "read subject");
    TRY_LET(const auto request,
            key->certificate_request({std::move(named.name), std::move(named.alternative_names), uses_of_key(*key)}),
            "make certificate request");
    *pem = hand_out(request);
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_self_signed(const holdfast_key* handle, const char* subject,
                                         const char* const* alternative_names, std::size_t count, unsigned days,
                                         char** pem) {
  return at_edge(owner_of(handle), [&]() -> Outcome {
    TRY(require(static_cast<void*>(pem), "pem"), "check argument");
    *pem = nullptr;
    TRY_LET(const auto key, key_of(handle), "check key");
    TRY_LET(auto named, subject_of(subject, alternative_names, count), "read subject");
    if (days == 0 || days > kMaxDays) return Error(ErrorCode::usage, "'days' is a number from 1 to 36500");
    TRY_LET(const auto chain,
            key->self_signed({std::move(named.name), std::move(named.alternative_names), uses_of_key(*key),
                              system_clock_now(), std::chrono::days(days)}),
            "make certificate");
    TRY_LET(const auto text, chain.to_pem(), "write certificate");
    *pem = hand_out(text);
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_encrypt(const holdfast_key* handle, const void* associated, std::size_t associated_size,
                                     const void* plaintext, std::size_t plaintext_size, void* out,
                                     std::size_t* out_size) {
  return at_edge(owner_of(handle), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY_LET(const auto key, key_of(handle), "check key");
    TRY_LET(const auto bound, bytes(associated, associated_size, "associated"), "check input");
    TRY_LET(const auto input, bytes(plaintext, plaintext_size, "plaintext"), "check input");
    if (input.size() > crypto::kMaxDataSize) {
      return Error(ErrorCode::usage, "'plaintext' is larger than the 64 MiB that a data key encrypts at once");
    }
    if (!output.has_room_for(input.size() + crypto::kDataOverhead)) return Output::too_small(owner_of(handle));
    TRY_LET(const auto encrypted, key->encrypt_data(bound, input), "encrypt");
    output.put(encrypted);
    return HOLDFAST_OK;
  });
}

holdfast_status holdfast_key_decrypt(const holdfast_key* handle, const holdfast_decrypt_options* given,
                                     const void* encrypted, std::size_t encrypted_size, void* out,
                                     std::size_t* out_size) {
  return at_edge(owner_of(handle), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY_LET(const auto key, key_of(handle), "check key");
    TRY_LET(const auto options, options_of<holdfast_decrypt_options>(given, HOLDFAST_DECRYPT_OPTIONS_INIT),
            "read options");
    TRY_LET(const auto input, bytes(encrypted, encrypted_size, "encrypted"), "check input");
    if (!output.has_room_for(input.size())) return Output::too_small(owner_of(handle));
    TRY_LET(const auto plaintext, decrypt(*key, options, input), "decrypt");
    return put(owner_of(handle), output, plaintext);
  });
}

holdfast_status holdfast_key_agree(const holdfast_key* handle, const void* peer, std::size_t peer_size, void* out,
                                   std::size_t* out_size) {
  return at_edge(owner_of(handle), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY_LET(const auto key, key_of(handle), "check key");
    TRY_LET(const auto encoded, bytes(peer, peer_size, "peer"), "check public key");
    TRY_LET(const auto other, crypto::PublicKey::parse(encoded), "read public key");
    TRY_LET(const auto secret, key->agree(other), "agree");
    return put(owner_of(handle), output, secret);
  });
}

holdfast_status holdfast_key_decapsulate(const holdfast_key* handle, const void* ciphertext, std::size_t size,
                                         void* out, std::size_t* out_size) {
  return at_edge(owner_of(handle), [&]() -> Outcome {
    TRY_LET(auto output, Output::create(out, out_size), "check output");
    TRY_LET(const auto key, key_of(handle), "check key");
    TRY_LET(const auto input, bytes(ciphertext, size, "ciphertext"), "check input");
    if (!output.has_room_for(kSharedSecret)) return Output::too_small(owner_of(handle));
    TRY_LET(const auto secret, key->decapsulate(input), "decapsulate");
    return put(owner_of(handle), output, secret);
  });
}
