#include "crypto/data_key.hpp"

namespace holdfast::crypto {

Result<Bytes> encrypt_data(const SecretBytes& key, ByteView associated, ByteView plaintext) {
  if (plaintext.size() > kMaxDataSize) {
    return Error(ErrorCode::usage, "at most 64 MiB are encrypted as one message, and " +
                                       std::to_string(plaintext.size()) + " bytes were given; seal larger data");
  }
  return seal_message(key, associated, plaintext);
}

Result<SecretBytes> decrypt_data(const SecretBytes& key, ByteView associated, ByteView encrypted) {
  if (encrypted.size() < kDataOverhead || encrypted.size() > kMaxDataSize + kDataOverhead) {
    return Error(ErrorCode::malformed, "encrypted data has " + std::to_string(kDataOverhead) +
                                           " bytes more than its plaintext of at most 64 MiB, and " +
                                           std::to_string(encrypted.size()) + " bytes were given");
  }
  auto plaintext = open_message(key, associated, encrypted);
  if (plaintext.ok() || plaintext.error().code() != ErrorCode::malformed) return plaintext;
  return Error(ErrorCode::malformed,
               "the encrypted data was altered, or belongs to another key or other associated data");
}

}  // namespace holdfast::crypto
