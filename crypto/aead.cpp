#include "crypto/aead.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "crypto/openssl.hpp"
#include "crypto/random.hpp"

namespace holdfast::crypto {
namespace {

using FetchedCipher = openssl::Fetched<EVP_CIPHER, EVP_CIPHER_fetch>;

const EVP_CIPHER* cipher_of(AeadSuite suite) {
  static const FetchedCipher kGcm(row_of(AeadSuite::aes_256_gcm).openssl_name);
  static const FetchedCipher kChaCha(row_of(AeadSuite::chacha20_poly1305).openssl_name);
  return (suite == AeadSuite::aes_256_gcm ? kGcm : kChaCha).get();
}

// OpenSSL counts in int; one call handles what fits, which bounds a message to 1 GiB here.
constexpr std::size_t kMaxMessage = std::size_t{1} << 30;

Error misuse() { return {ErrorCode::internal, "AEAD called with sizes or a direction that do not fit"}; }

}  // namespace

struct Aead::State {
  openssl::CipherCtx ctx;
  Direction direction;
};

Aead::Aead(std::unique_ptr<State> state) : state_(std::move(state)) {}
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;
Aead::~Aead() = default;

Result<Aead> Aead::create(AeadSuite suite, Direction direction, const SecretBytes& key) {
  if (key.size() != kAeadKeySize) return misuse();
  auto state = std::make_unique<State>(State{openssl::CipherCtx(EVP_CIPHER_CTX_new()), direction});
  const int encrypt = direction == Direction::seal ? 1 : 0;
  if (!state->ctx || EVP_CipherInit_ex2(state->ctx.get(), cipher_of(suite), key.expose(SecretAccess{}).data(), nullptr,
                                        encrypt, nullptr) != 1) {
    return openssl::failure("setting up the cipher");
  }
  return Aead(std::move(state));
}

Result<void> Aead::seal(ByteView nonce, ByteView associated, ByteView plaintext, MutableByteView output) {
  if (state_->direction != Direction::seal || nonce.size() != kAeadNonceSize || plaintext.size() > kMaxMessage ||
      output.size() != plaintext.size() + kAeadTagSize) {
    return misuse();
  }
  EVP_CIPHER_CTX* ctx = state_->ctx.get();
  int size = 0;
  int last = 0;
  const bool done =
      EVP_EncryptInit_ex2(ctx, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
      (associated.empty() ||
       EVP_EncryptUpdate(ctx, nullptr, &size, associated.data(), static_cast<int>(associated.size())) == 1) &&
      (plaintext.empty() ||
       EVP_EncryptUpdate(ctx, output.data(), &size, plaintext.data(), static_cast<int>(plaintext.size())) == 1) &&
      EVP_EncryptFinal_ex(ctx, output.data() + plaintext.size(), &last) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, output.data() + plaintext.size()) == 1;
  if (!done) return openssl::failure("encryption");
  return {};
}

Result<void> Aead::open(ByteView nonce, ByteView associated, ByteView ciphertext, MutableByteView output) {
  if (state_->direction != Direction::open || nonce.size() != kAeadNonceSize || ciphertext.size() > kMaxMessage ||
      ciphertext.size() < kAeadTagSize || output.size() != ciphertext.size() - kAeadTagSize) {
    return misuse();
  }
  EVP_CIPHER_CTX* ctx = state_->ctx.get();
  std::array<std::uint8_t, kAeadTagSize> tag{};  // a copy, since OpenSSL asks for one that it could write to
  std::ranges::copy(ciphertext.last(kAeadTagSize), tag.begin());
  int size = 0;
  // The last call wants a place to write to even where nothing is left to write.
  std::array<std::uint8_t, kAeadTagSize> end{};
  const bool done = EVP_DecryptInit_ex2(ctx, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
                    (associated.empty() || EVP_DecryptUpdate(ctx, nullptr, &size, associated.data(),
                                                             static_cast<int>(associated.size())) == 1) &&
                    (output.empty() || EVP_DecryptUpdate(ctx, output.data(), &size, ciphertext.data(),
                                                         static_cast<int>(output.size())) == 1) &&
                    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(ctx, end.data(), &size) == 1;
  if (done) return {};
  wipe(output);
  ERR_clear_error();
  return Error(ErrorCode::malformed, "the authentication tag does not match");
}

Result<Bytes> seal_message(const SecretBytes& key, ByteView associated, ByteView plaintext) {
  TRY_LET(auto aead, Aead::create(AeadSuite::aes_256_gcm, Aead::Direction::seal, key), "set up encryption");
  Bytes sealed(plaintext.size() + kAeadNonceSize + kAeadTagSize);
  const auto nonce = MutableByteView(sealed).first(kAeadNonceSize);
  TRY(fill_random(nonce), "choose nonce");
  TRY(aead.seal(nonce, associated, plaintext, MutableByteView(sealed).subspan(kAeadNonceSize)), "encrypt message");
  return sealed;
}

Result<SecretBytes> open_message(const SecretBytes& key, ByteView associated, ByteView sealed) {
  if (sealed.size() < kAeadNonceSize + kAeadTagSize) {
    return Error(ErrorCode::malformed, "an encrypted message is too short");
  }
  TRY_LET(auto aead, Aead::create(AeadSuite::aes_256_gcm, Aead::Direction::open, key), "set up decryption");
  SecretBytes plaintext(sealed.size() - kAeadNonceSize - kAeadTagSize);
  TRY(aead.open(sealed.first(kAeadNonceSize), associated, sealed.subspan(kAeadNonceSize),
                plaintext.expose_mutable(SecretAccess{})),
      "decrypt message");
  return plaintext;
}

Result<Bytes> wrap_secret(const SecretBytes& key, ByteView associated, const SecretBytes& secret) {
  return seal_message(key, associated, secret.expose(SecretAccess{}));
}

Result<SecretBytes> unwrap_secret(const SecretBytes& key, ByteView associated, ByteView wrapped) {
  if (wrapped.size() < kWrapOverhead) return Error(ErrorCode::malformed, "a wrapped secret is too short");
  return open_message(key, associated, wrapped);
}

}  // namespace holdfast::crypto
