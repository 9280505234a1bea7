#include "crypto/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <utility>

#include "crypto/digest.hpp"
#include "crypto/key_handle.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::size_t kMaxEd25519Message = std::size_t{1} << 30;
constexpr std::size_t kMaxContext = 255;
constexpr std::size_t kMuSize = 64;  // FIPS 204, algorithm 7, step 6

using FetchedSignature = openssl::Fetched<EVP_SIGNATURE, EVP_SIGNATURE_fetch>;

// OpenSSL's implicit fetch at every signature costs more than this table.
EVP_SIGNATURE* implementation_of(KeyAlgorithm algorithm) {
  static const auto kTable = [] {
    std::array<std::unique_ptr<FetchedSignature>, 11> table;  // of the rows that sign, which come first
    for (const KeyRow& row : signature_suites()) {
      table.at(static_cast<std::size_t>(row.algorithm)) =
          std::make_unique<FetchedSignature>(row.family == Family::ecdsa ? "ECDSA" : row.openssl_name);
    }
    return table;
  }();
  return kTable.at(static_cast<std::size_t>(algorithm))->get();
}

Error usage(const KeyRow& row, const std::string& what) {
  return {ErrorCode::usage, std::string(row.name) + " " + what};
}

Result<void> check_scheme(const KeyRow& row, const SignatureScheme& scheme) {
  if (!can(row, KeyUse::sign)) return usage(row, "keys cannot sign; use one of: " + list_signature_algorithms());
  const bool hashes_by_itself = row.family == Family::ed25519 || row.family == Family::ml_dsa;
  if (hashes_by_itself && scheme.hash) return usage(row, "hashes the message in its own way; leave the hash out");
  if (hashes_by_itself && scheme.input == InputKind::digest) {
    return usage(row, "signs messages, not digests; give the message itself");
  }
  if (row.family != Family::rsa && scheme.rsa) {
    return usage(row, "has one scheme only; PKCS #1 and PSS are for RSA keys, leave them out");
  }
  if (row.family != Family::ml_dsa && !scheme.context.empty()) {
    return usage(row, "has no context string; leave it out, or use an ML-DSA key");
  }
  if (scheme.context.size() > kMaxContext) {
    return usage(row, "takes a context string of at most 255 bytes, and " + std::to_string(scheme.context.size()) +
                          " were given");
  }
  return {};
}

// The parameters point into this object, so it stays where it is made.
class Settings {
 public:
  Settings() = default;
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  void text(const char* key, const char* value) { add(openssl::text(key, value)); }
  void flag(const char* key) { add(OSSL_PARAM_construct_uint(key, &one_)); }
  [[nodiscard]] const OSSL_PARAM* get() const { return params_.data(); }

 private:
  void add(OSSL_PARAM param) {
    params_.at(count_) = param;
    params_.at(++count_) = OSSL_PARAM_construct_end();
  }

  unsigned one_ = 1;
  std::size_t count_ = 0;
  std::array<OSSL_PARAM, 6> params_{OSSL_PARAM_construct_end()};
};

enum class Purpose { sign, verify };

void set_rsa(Settings& settings, const SignatureScheme& scheme, Purpose purpose) {
  const char* hash = EVP_MD_get0_name(openssl::digest(*scheme.hash));
  const bool pss = scheme.rsa == RsaScheme::pss;
  settings.text(OSSL_SIGNATURE_PARAM_DIGEST, hash);
  settings.text(OSSL_SIGNATURE_PARAM_PAD_MODE, pss ? OSSL_PKEY_RSA_PAD_MODE_PSS : OSSL_PKEY_RSA_PAD_MODE_PKCSV15);
  if (!pss) return;
  settings.text(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, hash);
  // Others choose other lengths; the length of the salt is no secret and no promise.
  settings.text(OSSL_SIGNATURE_PARAM_PSS_SALTLEN,
                purpose == Purpose::sign ? OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST : OSSL_PKEY_RSA_PSS_SALT_LEN_AUTO);
}

void set_up(Settings& settings, Family family, const SignatureScheme& scheme, Purpose purpose, Randomness randomness) {
  const bool deterministic = randomness == Randomness::deterministic;
  switch (family) {
    case Family::rsa: set_rsa(settings, scheme, purpose); return;
    case Family::ecdsa:
      // RFC 6979 seeds itself with the hash; otherwise ECDSA has no use for its name.
      if (!deterministic) return;
      settings.text(OSSL_SIGNATURE_PARAM_DIGEST, EVP_MD_get0_name(openssl::digest(*scheme.hash)));
      settings.flag(OSSL_SIGNATURE_PARAM_NONCE_TYPE);
      return;
    case Family::ml_dsa: settings.flag(OSSL_SIGNATURE_PARAM_MU); break;
    case Family::ed25519:
    case Family::x25519:
    case Family::ml_kem:
    case Family::hybrid_kem:
    case Family::aes: return;
  }
  if (deterministic) settings.flag(OSSL_SIGNATURE_PARAM_DETERMINISTIC);
}

/// OpenSSL's context, ready to sign or to verify one message.
Result<openssl::PkeyCtx> prepare(const PublicKey& key, const SignatureScheme& scheme, Purpose purpose,
                                 Randomness randomness) {
  const Family family = row_of(key.algorithm()).family;
  Settings settings;
  set_up(settings, family, scheme, purpose, randomness);
  openssl::PkeyCtx ctx(EVP_PKEY_CTX_new_from_pkey(openssl::context(), key.handle().pkey.get(), nullptr));
  if (!ctx) return openssl::failure("setting up the signature");
  const bool whole_message = family == Family::ed25519 || family == Family::ml_dsa;
  const auto sign_init = whole_message ? EVP_PKEY_sign_message_init : EVP_PKEY_sign_init_ex2;
  const auto verify_init = whole_message ? EVP_PKEY_verify_message_init : EVP_PKEY_verify_init_ex2;
  const auto init = purpose == Purpose::sign ? sign_init : verify_init;
  if (init(ctx.get(), implementation_of(key.algorithm()), settings.get()) != 1) {
    return openssl::failure("setting up the signature");
  }
  return ctx;
}

Result<void> check_same_key(const PublicKey& prepared_for, const PublicKey& key) {
  if (&prepared_for.handle() == &key.handle()) return {};
  const bool same = EVP_PKEY_eq(prepared_for.handle().pkey.get(), key.handle().pkey.get()) == 1;
  ERR_clear_error();
  if (same) return {};
  return Error(ErrorCode::internal, "the message was prepared for another key");
}

}  // namespace

struct SignatureInput::State {
  PublicKey key;
  SignatureScheme scheme;
  openssl::MdCtx digest;  // of the message; none for Ed25519 and for a digest made elsewhere
  Bytes collected;        // the message for Ed25519, or the digest made elsewhere
  std::size_t size = 0;

  [[nodiscard]] const KeyRow& row() const { return row_of(key.algorithm()); }
  [[nodiscard]] Result<void> start();
  [[nodiscard]] Result<void> collect(ByteView bytes);
  [[nodiscard]] Result<Bytes> finish();
};

Result<void> SignatureInput::State::start() {
  const Family family = row().family;
  if (family == Family::ed25519 || scheme.input == InputKind::digest) return {};
  const EVP_MD* md = family == Family::ml_dsa ? openssl::shake256() : openssl::digest(*scheme.hash);
  digest.reset(EVP_MD_CTX_new());
  if (!digest || EVP_DigestInit_ex2(digest.get(), md, nullptr) != 1) return openssl::failure("hashing the message");
  if (family != Family::ml_dsa) return {};
  // mu = H(H(pk, 64) || 0 || |ctx| || ctx || M, 64). Made here, so that a message of any size fits in memory.
  Bytes prefix = key.handle().ml_dsa_public_hash;
  prefix.push_back(0);
  prefix.push_back(static_cast<std::uint8_t>(scheme.context.size()));
  append(prefix, scheme.context);
  if (EVP_DigestUpdate(digest.get(), prefix.data(), prefix.size()) != 1) return openssl::failure("hashing the message");
  return {};
}

Result<void> SignatureInput::State::collect(ByteView bytes) {
  size += bytes.size();
  if (scheme.input == InputKind::digest) {
    // What is too long is only counted, for the message that says so at the end.
    if (size <= digest_size(*scheme.hash)) append(collected, bytes);
    return {};
  }
  if (size > kMaxEd25519Message) {
    return usage(row(), "reads its message twice and so takes at most 1 GiB; use an ECDSA or ML-DSA key for more");
  }
  append(collected, bytes);
  return {};
}

/// The digest, mu or message that goes into the signature function.
Result<Bytes> SignatureInput::State::finish() {
  if (!digest && scheme.input == InputKind::digest && size != digest_size(*scheme.hash)) {
    return Error(ErrorCode::usage, "a " + std::string(name_of(*scheme.hash)) + " digest has " +
                                       std::to_string(digest_size(*scheme.hash)) + " bytes, and " +
                                       std::to_string(size) + " were given");
  }
  if (!digest) return std::move(collected);
  const bool xof = row().family == Family::ml_dsa;
  Bytes result(xof ? kMuSize : digest_size(*scheme.hash));
  const int done = xof ? EVP_DigestFinalXOF(digest.get(), result.data(), result.size())
                       : EVP_DigestFinal_ex(digest.get(), result.data(), nullptr);
  if (done != 1) return openssl::failure("hashing the message");
  return result;
}

SignatureInput::SignatureInput(std::unique_ptr<State> state) : state_(std::move(state)) {}
SignatureInput::SignatureInput(SignatureInput&&) noexcept = default;
SignatureInput& SignatureInput::operator=(SignatureInput&&) noexcept = default;
SignatureInput::~SignatureInput() = default;

Result<SignatureInput> SignatureInput::create(const PublicKey& key, const SignatureScheme& scheme) {
  const KeyRow& row = row_of(key.algorithm());
  TRY(check_scheme(row, scheme), "check the scheme");
  auto state = std::make_unique<State>(State{.key = key, .scheme = scheme, .digest = {}, .collected = {}});
  if (!state->scheme.hash) state->scheme.hash = row.default_hash;
  TRY(state->start(), "start the message");
  return SignatureInput(std::move(state));
}

Result<void> SignatureInput::update(ByteView bytes) {
  if (!state_->digest) return state_->collect(bytes);
  if (EVP_DigestUpdate(state_->digest.get(), bytes.data(), bytes.size()) == 1) return {};
  return openssl::failure("hashing the message");
}

std::size_t max_signature_size(KeyAlgorithm algorithm) {
  using enum KeyAlgorithm;
  switch (algorithm) {
    case rsa_2048:
    case rsa_3072:
    case rsa_4096:
    case rsa_8192: return row_of(algorithm).modulus_bits / 8;
    // DER of two integers as long as the curve's order, with a leading zero where that fills whole bytes.
    case ecdsa_p256: return 72;
    case ecdsa_p384: return 104;
    case ecdsa_p521: return 139;
    case ed25519: return 64;
    // FIPS 204, table 2.
    case ml_dsa_44: return 2420;
    case ml_dsa_65: return 3309;
    case ml_dsa_87: return 4627;
    case x25519:
    case ml_kem_768:
    case ml_kem_1024:
    case x25519_ml_kem_768:
    case aes_256: return 0;
  }
  std::unreachable();
}

Result<Bytes> sign(const PrivateKey& key, SignatureInput input, Randomness randomness) {
  SignatureInput::State& state = *input.state_;
  TRY(check_same_key(state.key, key.public_key()), "match message and key");
  if (state.row().family == Family::ecdsa && randomness == Randomness::deterministic &&
      current_module() == Module::fips) {
    return Error(ErrorCode::refused, "OpenSSL's FIPS provider has no deterministic ECDSA; do not ask for it");
  }
  if (state.scheme.rsa == RsaScheme::pss && randomness == Randomness::deterministic) {
    return usage(state.row(), "with PSS always signs with a random salt; use PKCS #1, or do not ask for deterministic");
  }
  TRY_LET(const Bytes to_sign, state.finish(), "finish the message");
  TRY_LET(const auto ctx, prepare(key.public_key(), state.scheme, Purpose::sign, randomness), "set up signature");
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.public_key().handle().pkey.get())));
  std::size_t size = signature.size();
  if (EVP_PKEY_sign(ctx.get(), signature.data(), &size, to_sign.data(), to_sign.size()) != 1) {
    return openssl::failure("signing");
  }
  signature.resize(size);
  return signature;
}

Result<Verdict> verify(const PublicKey& key, SignatureInput input, ByteView signature) {
  SignatureInput::State& state = *input.state_;
  TRY(check_same_key(state.key, key), "match message and key");
  TRY_LET(const Bytes signed_bytes, state.finish(), "finish the message");
  TRY_LET(const auto ctx, prepare(key, state.scheme, Purpose::verify, Randomness::hedged), "set up verification");
  const int answer =
      EVP_PKEY_verify(ctx.get(), signature.data(), signature.size(), signed_bytes.data(), signed_bytes.size());
  // A signature that is not even well-formed is an error to OpenSSL; to us it is one that does not verify.
  ERR_clear_error();
  return answer == 1 ? Verdict::valid : Verdict::invalid;
}

Result<Bytes> sign_message(const PrivateKey& key, const SignatureScheme& scheme, ByteView message,
                           Randomness randomness) {
  TRY_LET(auto input, SignatureInput::create(key.public_key(), scheme), "prepare the message");
  TRY(input.update(message), "read the message");
  return sign(key, std::move(input), randomness);
}

Result<Verdict> verify_message(const PublicKey& key, const SignatureScheme& scheme, ByteView message,
                               ByteView signature) {
  TRY_LET(auto input, SignatureInput::create(key, scheme), "prepare the message");
  TRY(input.update(message), "read the message");
  return verify(key, std::move(input), signature);
}

}  // namespace holdfast::crypto
