#include "device/seal/outside.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "crypto/random.hpp"
#include "device/seal/chunk_stream.hpp"
#include "device/seal/lines.hpp"
#include "device/seal/outside_keys.hpp"

namespace holdfast::seal {
namespace {

constexpr std::size_t kShownDigits = 16;

Result<OutsideHeader> new_header(const crypto::ReceivingPublicKey& to, const OutsideOptions& options,
                                 Bytes ciphertext) {
  OutsideHeader header{.kem = to.algorithm(),
                       .recipient = {},
                       .ciphertext = std::move(ciphertext),
                       .suite = options.suite,
                       .name = options.name,
                       .media_type = options.media_type};
  TRY_LET(const auto fingerprint, to.fingerprint(), "compute recipient's fingerprint");
  std::ranges::copy(fingerprint, header.recipient.begin());
  TRY(crypto::fill_random(header.salt), "choose salt");
  return header;
}

Error not_the_recipient(const OutsideHeader& header, const std::string& subject) {
  return {ErrorCode::does_not_open, subject + ": encrypted to the key " +
                                        to_hex(header.recipient).substr(0, kShownDigits) +
                                        "…, which is not one of this device's"};
}

/// Whether the key that was found is the one that the header means.
Result<bool> is_recipient(const crypto::ReceivingKey& key, const OutsideHeader& header) {
  if (key.algorithm() != header.kem) return false;
  TRY_LET(const auto public_key, key.public_key(), "compute public key");
  TRY_LET(const auto fingerprint, public_key.fingerprint(), "compute fingerprint");
  return std::ranges::equal(fingerprint, header.recipient);
}

Result<SecretBytes> shared_secret(const FindReceivingKey& find_key, const OutsideHeader& header,
                                  const std::string& subject) {
  auto key = find_key(header.recipient, header.kem);
  if (!key.ok()) {
    if (key.error().code() == ErrorCode::not_found) return not_the_recipient(header, subject);
    return std::move(key).error();
  }
  TRY_LET(const bool fits, is_recipient(*key, header), "check the key");
  if (!fits) return not_the_recipient(header, subject);
  auto shared = key->decapsulate(header.ciphertext);
  if (shared.ok() || shared.error().code() != ErrorCode::malformed) return shared;
  return malformed(subject, shared.error().message());
}

Result<Decryption> begin(Window& window, const FindReceivingKey& find_key, const DecryptOptions& options) {
  TRY(window.read_preamble(), "read preamble");
  TRY_LET(auto preamble, parse_outside_preamble(window.unread(), options.subject), "read preamble");
  return begin_decryption(find_key, options, std::move(preamble));
}

}  // namespace

Result<Encryption> begin_encryption(const crypto::ReceivingPublicKey& to, const OutsideOptions& options) {
  TRY_LET(auto sent, to.encapsulate(), "encapsulate");
  TRY_LET(const auto header, new_header(to, options, std::move(sent.ciphertext)), "make header");
  TRY_LET(const auto line, write_outside_header(header), "write header");
  TRY_LET(const auto keys, derive_outside_keys(sent.shared, header, line), "derive keys");
  TRY_LET(auto chunks, ChunkSealer::create(header.suite, keys.chunks), "set up cipher");
  return Encryption{write_outside_preamble(line, keys.tag), std::move(chunks)};
}

Result<Decryption> begin_decryption(const FindReceivingKey& find_key, const DecryptOptions& options,
                                    OutsidePreamble preamble) {
  TRY_LET(const auto shared, shared_secret(find_key, preamble.header, options.subject), "get shared secret");
  return begin_decryption_with(shared, options, std::move(preamble));
}

Result<Decryption> begin_decryption_with(const SecretBytes& shared, const DecryptOptions& options,
                                         OutsidePreamble preamble) {
  const OutsideHeader& header = preamble.header;
  TRY_LET(const auto keys, derive_outside_keys(shared, header, preamble.header_line), "derive keys");
  if (!crypto::ct_equal(keys.tag, preamble.tag)) return malformed(options.subject, "the header was altered");
  TRY(check_name(header.name, options.name, options.subject, "encrypted"), "check name");
  TRY_LET(auto chunks, ChunkOpener::create(header.suite, keys.chunks, options.subject), "set up cipher");
  return Decryption{std::move(preamble), std::move(chunks)};
}

Result<Bytes> encrypt_bytes(const crypto::ReceivingPublicKey& to, const OutsideOptions& options, ByteView plaintext) {
  TRY_LET(auto encryption, begin_encryption(to, options), "begin encrypting");
  const auto preamble = as_bytes(encryption.preamble);
  Bytes encrypted(preamble.size() + chunks_size(plaintext.size()));
  std::ranges::copy(preamble, encrypted.begin());
  TRY(encryption.chunks.seal(plaintext, Input::ended, MutableByteView(encrypted).subspan(preamble.size())),
      "encrypt chunks");
  return encrypted;
}

Result<Bytes> decrypt_outside_bytes(const FindReceivingKey& find_key, const DecryptOptions& options,
                                    ByteView encrypted) {
  TRY_LET(auto preamble, parse_outside_preamble(encrypted, options.subject), "read preamble");
  const auto chunks = encrypted.subspan(preamble.size);
  TRY_LET(auto decryption, begin_decryption(find_key, options, std::move(preamble)), "begin decrypting");
  // Shrinking afterwards keeps the allocation: the plaintext is not copied, and leaves no second copy behind.
  Bytes plaintext(chunks.size());
  TRY_LET(const std::size_t size, decryption.chunks.open_all(chunks, plaintext), "decrypt");
  plaintext.resize(size);
  return plaintext;
}

Result<StreamStats> encrypt_stream(const crypto::ReceivingPublicKey& to, const OutsideOptions& options,
                                   const Ends& ends) {
  TRY_LET(auto encryption, begin_encryption(to, options), "begin encrypting");
  return seal_chunks(encryption.preamble, encryption.chunks, ends);
}

Result<StreamStats> decrypt_outside_stream(const FindReceivingKey& find_key, const DecryptOptions& options,
                                           const Ends& ends) {
  DecryptOptions named = options;
  named.subject = "'" + printable(ends.in_name) + "'";
  Bytes encrypted(kChunksAtOnce * kSealedChunkSize);
  Window window(encrypted, ends);
  TRY_LET(auto decryption, begin(window, find_key, named), "begin decrypting");
  return open_chunks(decryption.chunks, decryption.preamble.size, window, ends);
}

}  // namespace holdfast::seal
