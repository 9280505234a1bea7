#include "registry/images/image_scan.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "core/encoding.hpp"
#include "crypto/certificate.hpp"
#include "crypto/certificate_request.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::images {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().describe());
  return std::move(result).value();
}

KeyDigest digest_of(const crypto::PublicKey& key) {
  KeyDigest digest{};
  std::ranges::copy(must(key.fingerprint()), digest.begin());
  return digest;
}

std::string pem_of(const crypto::PrivateKey& key) {
  const auto der = must(key.to_pkcs8());
  return "-----BEGIN PRIVATE KEY-----\n" + to_base64(der.expose(SecretAccess{})) + "\n-----END PRIVATE KEY-----\n";
}

struct Device {
  crypto::PrivateKey key = must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256));
  KeyDigest digest = digest_of(key.public_key());
};

void write(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::vector<FoundKey> keys_in(std::string_view text) { return find_keys(as_bytes(text)); }

TEST(ImageScan, FindsAPrivateKeyAnywhere) {
  const Device device;
  const auto pem = pem_of(device.key);
  EXPECT_THAT(keys_in(pem), ElementsAre(FoundKey{KeyKind::private_key, device.digest, "byte 0"}));
  const std::string noise("\0\xff-----BEGIN \0 -----BEGIN PRIVATE KEY-----", 40);
  EXPECT_THAT(keys_in(noise + pem + noise),
              ElementsAre(FoundKey{KeyKind::private_key, device.digest, "byte " + std::to_string(noise.size())}));
  std::string one_line = pem;
  for (auto at = one_line.find('\n'); at != std::string::npos; at = one_line.find('\n')) one_line.replace(at, 1, "\\n");
  EXPECT_THAT(keys_in("{\"key\": \"" + one_line + "\"}"),
              ElementsAre(FoundKey{KeyKind::private_key, device.digest, "byte 9"}));
  const auto der = must(device.key.to_pkcs8());
  EXPECT_THAT(find_keys(der.expose(SecretAccess{})),
              ElementsAre(FoundKey{KeyKind::private_key, device.digest, "byte 0"}));
}

TEST(ImageScan, FindsWhatTellsAPublicKey) {
  const Device device;
  const FoundKey found{KeyKind::public_key, device.digest, "byte 0"};
  EXPECT_THAT(keys_in(must(device.key.public_key().to_pem())), ElementsAre(found));
  EXPECT_THAT(find_keys(must(device.key.public_key().to_der())), ElementsAre(found));
  const auto name = must(crypto::DistinguishedName::parse("CN=gate"));
  EXPECT_THAT(keys_in(must(crypto::make_certificate_request(device.key, {.subject = name, .alternative_names = {}}))),
              ElementsAre(found));
  const std::string header = R"({"public_key":"x","public_sha256":")" + to_hex(device.digest) + "\"}";
  EXPECT_THAT(keys_in(header), ElementsAre(FoundKey{KeyKind::holdfast_key, device.digest, "byte 18"}));
}

TEST(ImageScan, SaysThatAKeyIsThereOfWhichNothingIsKnown) {
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIH0MF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBB7PwyPU8EJLZaw6OxR\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  EXPECT_THAT(keys_in(encrypted), testing::Each(FoundKey{KeyKind::encrypted_private_key, std::nullopt, "byte 0"}));
  EXPECT_THAT(keys_in("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), IsEmpty());
  EXPECT_THAT(keys_in("-----BEGIN PRIVATE KEY-----"), IsEmpty());
  EXPECT_THAT(keys_in(""), IsEmpty());
}

TEST(ImageScan, FindsAPrivateKeyWithTheLineEndsOfWindowsSpeltOut) {
  const Device device;
  std::string one_line = pem_of(device.key);
  for (auto at = one_line.find('\n'); at != std::string::npos; at = one_line.find('\n')) {
    one_line.replace(at, 1, "\\r\\n");
  }
  EXPECT_THAT(keys_in("{\"key\": \"" + one_line + "\"}"),
              ElementsAre(FoundKey{KeyKind::private_key, device.digest, "byte 9"}));
}

TEST(ImageScan, SaysOnceThatPackedFilesWereNotSearched) {
  const Device device;
  const holdfast::test::TemporaryFolder folder;
  write(folder / "one/etc/device.pem", pem_of(device.key));
  write(folder / "one/boot/initrd", "\x1f\x8b\x08 packed");
  EXPECT_THAT(must(scan(folder / "one")), ElementsAre(FoundKey{KeyKind::private_key, device.digest, "etc/device.pem"},
                                                      FoundKey{KeyKind::not_searched, std::nullopt, "boot/initrd"}));
  for (const std::string name : {"a.gz", "b.gz", "c.gz"}) write(folder / "many" / name, "\x1f\x8b\x08 packed");
  const auto found = must(scan(folder / "many"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found.front().where, testing::EndsWith(".gz and 2 more"));
}

TEST(ImageScan, AnEncryptedKeyWhereTwoStepsOverlapIsOne) {
  const holdfast::test::TemporaryFolder folder;
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIH0MF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBDkQ5QWONbAuqWYkM6u\n"
      "768pAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQtsv9hN3xgDWPpOhD\n"
      "qBKruQSBkPOY/33gnAxzzEDS1T4bOyorrHLWeT6GcQqWU9irGS1/Xs80ZcKEfFz5\n"
      "nJ6zbd6c9oViEMhzAY7FoE0HwqhWfRz78f0xpvbEGPMKO+eHulWhK57WejSptwSB\n"
      "b6WUfM+scwKtaTrxUJUPpKKQpuJuM/7ABWXBLYusyNsrVpHWMhSIvIsOjalvwtMS\n"
      "v+zXpg46fA==\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  constexpr std::size_t kPlace = (std::size_t{4} << 20) + 60'000;
  std::string image(std::size_t{6} << 20, '\0');
  image.replace(kPlace, encrypted.size(), encrypted);
  write(folder / "image", image);
  EXPECT_THAT(must(scan(folder / "image")),
              ElementsAre(FoundKey{KeyKind::encrypted_private_key, std::nullopt, "byte " + std::to_string(kPlace)}));
}

TEST(ImageScan, AFolderIsSearchedButNotBehindItsLinks) {
  const Device device;
  const holdfast::test::TemporaryFolder folder;
  write(folder / "rootfs/etc/device.pem", pem_of(device.key));
  write(folder / "rootfs/var/copy.pem", pem_of(device.key));
  write(folder / "outside/other.pem", pem_of(Device().key));
  std::filesystem::create_symlink(folder / "outside", folder / "rootfs/elsewhere");
  ASSERT_EQ(::mkfifo((folder / "rootfs/pipe").c_str(), 0600), 0);
  const auto found = must(scan(folder / "rootfs"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().key, device.digest);
  EXPECT_THAT(found.front().where, testing::AnyOf("etc/device.pem", "var/copy.pem"));
}

TEST(ImageScan, ARawImageIsSearchedWhereverABlockLies) {
  const Device device;
  const holdfast::test::TemporaryFolder folder;
  const auto pem = pem_of(device.key);
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  // Where one step of reading ends and the next begins, and far behind that.
  for (const std::size_t place : {4 * kMiB - 10, 4 * kMiB + 131'072 - 10, 4 * kMiB + 131'072, 13 * kMiB}) {
    std::string image(14 * kMiB, '\0');
    image.replace(place, pem.size(), pem);
    write(folder / "image", image);
    EXPECT_THAT(must(scan(folder / "image")),
                ElementsAre(FoundKey{KeyKind::private_key, device.digest, "byte " + std::to_string(place)}));
  }
}

TEST(ImageScan, WhatCannotBeSearchedIsSaid) {
  const holdfast::test::TemporaryFolder folder;
  write(folder / "image.gz", "\x1f\x8b\x08 packed");
  const auto packed = scan(folder / "image.gz");
  ASSERT_FALSE(packed.ok());
  EXPECT_EQ(packed.error().code(), ErrorCode::usage);
  EXPECT_THAT(packed.error().message(), HasSubstr("unpack or mount it"));
  EXPECT_EQ(scan(folder / "nowhere").error().code(), ErrorCode::not_found);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(scan(folder / "pipe").error().code(), ErrorCode::usage);
}

}  // namespace
}  // namespace holdfast::images
