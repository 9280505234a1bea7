// The frozen files from outside, and two implementations reading each other: this one and
// tests/vectors/outside/reference.py.
#include <cstdlib>

#include "device/seal/outside_test_support.hpp"
#include "device/seal/vectors_test_support.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::seal {
namespace {

using std::filesystem::path;
using test::check_vectors;
using test::pattern;
using test::reference_command;

const path kFrozen = HOLDFAST_SOURCE_DIR "/tests/vectors/outside";

std::string text(const Json& vector, const char* member) { return vector[member].get<std::string>(); }

/// With the vector's private key where it states one. The others state the KEM's shared secret instead: their
/// ciphertext is made up, since the reference cannot encapsulate.
Result<Bytes> decrypt_vector(const Json& vector, ByteView encrypted) {
  DecryptOptions options;
  if (vector.contains("name")) options.name = text(vector, "name");
  const FindReceivingKey find = [&](ByteView fingerprint, crypto::KeyAlgorithm kem) -> Result<crypto::ReceivingKey> {
    if (to_hex(fingerprint) != text(vector, "recipient")) return Error(ErrorCode::not_found, "no such key");
    const auto seed = parse_hex(text(vector, "private_key")).value();
    auto key = crypto::ReceivingKey::derive(kem, SecretBytes::copy_of(seed));
    EXPECT_TRUE(key.ok());
    return key;
  };
  TRY_LET(auto preamble, parse_outside_preamble(encrypted, options.subject), "read preamble");
  const auto chunks = encrypted.subspan(preamble.size);
  const bool ours = to_hex(preamble.header.recipient) == text(vector, "recipient");
  if (vector.contains("private_key") || !ours) return decrypt_outside_bytes(find, options, encrypted);
  const auto shared = SecretBytes::copy_of(parse_hex(text(vector, "shared_secret")).value());
  TRY_LET(auto decryption, begin_decryption_with(shared, options, std::move(preamble)), "begin decrypting");
  Bytes plaintext(chunks.size());
  TRY_LET(const std::size_t size, decryption.chunks.open_all(chunks, plaintext), "decrypt");
  plaintext.resize(size);
  return plaintext;
}

/// With the kinds of docs/formats/outside-file.md.
const test::VectorFormat kFormat{
    ".outside",
    {
        {"not_outside", {ErrorCode::malformed, "not a file encrypted to a Holdfast device"}},
        {"sealed", {ErrorCode::refused, "sealed by a device"}},
        {"unknown_version", {ErrorCode::malformed, "this program reads version 1"}},
        {"bad_header", {ErrorCode::malformed, "header"}},
        {"truncated", {ErrorCode::malformed, "truncated"}},
        {"unknown_recipient", {ErrorCode::does_not_open, "not one of this device's"}},
        {"header_altered", {ErrorCode::malformed, "the header was altered"}},
        {"name_mismatch", {ErrorCode::refused, "was asked for"}},
        {"chunk_altered", {ErrorCode::malformed, "was altered"}},
        {"trailing_bytes", {ErrorCode::malformed, "bytes follow the last chunk"}},
    },
    decrypt_vector};

void write_vector(const path& folder, crypto::KeyAlgorithm kem, const OutsideOptions& options, std::size_t size) {
  const auto name = "holdfast-" + std::string(crypto::row_of(kem).name);
  const auto plaintext = pattern(size);
  const auto encrypted = test::encrypt_or_fail(plaintext, options, kem);
  const auto header = parse_outside_preamble(encrypted, name).value().header;
  const auto shared = test::recipient(kem).decapsulate(header.ciphertext).value();
  Json members{{"recipient", to_hex(header.recipient)},
               {"private_key", to_hex(test::recipient_seed(kem))},
               {"shared_secret", to_hex(shared.expose(SecretAccess{}))}};
  if (!options.name.empty()) members["name"] = options.name;
  test::write_vector(kFormat, folder / name, plaintext, encrypted, std::move(members));
}

void write_vectors(const path& folder) {
  using enum crypto::KeyAlgorithm;
  write_vector(folder, x25519_ml_kem_768, {}, kChunkSize + 1);
  write_vector(folder, ml_kem_768, {.suite = crypto::AeadSuite::chacha20_poly1305}, 1000);
  write_vector(folder, ml_kem_1024,
               {.name = "\"m\xC3\xB6nday\" \\ 1\xC2\x85", .media_type = "text/plain; charset=\"utf-8\""}, 0);
}

TEST(OutsideVectors, FrozenFilesOpenForEver) { EXPECT_GE(check_vectors(kFormat, kFrozen), 21); }

TEST(OutsideVectors, FreshFilesOfTheReferenceOpenHere) {
  const holdfast::test::TemporaryFolder folder;
  ASSERT_EQ(std::system(reference_command("outside", "make", folder.path()).c_str()), 0);
  EXPECT_GE(check_vectors(kFormat, folder.path()), 18);
}

TEST(OutsideVectors, FreshFilesOfThisProgramOpenInTheReference) {
  const holdfast::test::TemporaryFolder folder;
  write_vectors(folder.path());
  EXPECT_EQ(check_vectors(kFormat, folder.path()), 3);
  EXPECT_EQ(std::system(reference_command("outside", "check", folder.path()).c_str()), 0);
}

}  // namespace
}  // namespace holdfast::seal
