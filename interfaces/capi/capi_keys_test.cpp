// Keys: making, using, certificates, and what goes wrong.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "interfaces/capi/test_support.hpp"

namespace holdfast::capi::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kMessage = "the message";

class Keys : public testing::Test {
 protected:
  static void SetUpTestSuite() { state_ = new State(); }
  static void TearDownTestSuite() { delete state_; }

  void create(const char* name, const char* algorithm, unsigned uses = 0) const {
    holdfast_key_options options = HOLDFAST_KEY_OPTIONS_INIT;
    options.uses = uses;
    ASSERT_EQ(holdfast_key_create(device_, name, algorithm, &options), HOLDFAST_OK) << holdfast_device_error(device_);
  }
  [[nodiscard]] std::string public_key(const char* name) const {
    Text pem;
    EXPECT_EQ(holdfast_key_public(device_, name, pem.out()), HOLDFAST_OK) << holdfast_device_error(device_);
    return pem.text();
  }
  [[nodiscard]] std::string key_error() const { return holdfast_device_error(device_); }

  OpenDevice device_{*state_};  // NOLINT: for the tests
  inline static State* state_ = nullptr;
};

std::string sign(const holdfast_key* key, const holdfast_signature_options* options = nullptr) {
  return filled([&](void* out, std::size_t* size) {
    return holdfast_key_sign(key, options, kMessage.data(), kMessage.size(), out, size);
  });
}

holdfast_status verify(const std::string& pem, std::string_view message, const std::string& signature) {
  return holdfast_verify(nullptr, pem.data(), pem.size(), nullptr, message.data(), message.size(), signature.data(),
                         signature.size());
}

// OpenSSL itself, as it verifies in any program.
bool openssl_verifies(const std::string& pem, const char* digest, const std::string& signature) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const auto bytes = [](const auto& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const bool valid =
      EVP_DigestVerifyInit_ex(context, nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
      EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(kMessage), kMessage.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return valid;
}

TEST_F(Keys, SignWithEveryFamily) {
  struct Row {
    const char* algorithm;
    const char* digest;
  };
  for (const auto& row : {Row{"ecdsa-p256", "SHA256"}, Row{"ecdsa-p384", "SHA384"}, Row{"ecdsa-p521", "SHA512"},
                          Row{"ed25519", nullptr}, Row{"ml-dsa-65", nullptr}, Row{"rsa-2048", "SHA256"}}) {
    SCOPED_TRACE(row.algorithm);
    create(row.algorithm, row.algorithm);
    const OpenKey key(device_, row.algorithm, HOLDFAST_USE_SIGN);
    EXPECT_STREQ(holdfast_key_algorithm(key), row.algorithm);
    EXPECT_EQ(holdfast_key_version(key), 1U);
    auto signature = sign(key);
    EXPECT_LE(signature.size(), holdfast_key_signature_size_max(key));
    const auto pem = public_key(row.algorithm);
    EXPECT_TRUE(openssl_verifies(pem, row.digest, signature));
    EXPECT_EQ(verify(pem, kMessage, signature), HOLDFAST_OK);
    EXPECT_EQ(verify(pem, "another message", signature), HOLDFAST_SIGNATURE_INVALID);
    signature.back() = static_cast<char>(signature.back() ^ 1);
    EXPECT_EQ(verify(pem, kMessage, signature), HOLDFAST_SIGNATURE_INVALID);
  }
}

TEST_F(Keys, OptionsOfSignaturesAreChecked) {
  create("options", "ecdsa-p256");
  const OpenKey key(device_, "options", HOLDFAST_USE_SIGN);
  holdfast_signature_options options = HOLDFAST_SIGNATURE_OPTIONS_INIT;
  options.deterministic = 1;
  EXPECT_EQ(sign(key, &options), sign(key, &options));
  options.hash = "sha512";
  EXPECT_TRUE(openssl_verifies(public_key("options"), "SHA512", sign(key, &options)));
  std::array<std::uint8_t, 200> out{};
  std::size_t size = out.size();
  const auto try_to_sign = [&] { return holdfast_key_sign(key, &options, "m", 1, out.data(), &size); };
  options.hash = "md5";
  EXPECT_EQ(try_to_sign(), HOLDFAST_USAGE);
  options.hash = nullptr;
  options.scheme = "pss";
  EXPECT_EQ(try_to_sign(), HOLDFAST_USAGE);
  options.scheme = nullptr;
  options.is_digest = 1;
  EXPECT_EQ(try_to_sign(), HOLDFAST_USAGE) << "one byte is no SHA-256 digest";
  options.is_digest = 0;
  options.context_size = 4;
  EXPECT_EQ(try_to_sign(), HOLDFAST_USAGE) << "the context is NULL";
  EXPECT_EQ(size, out.size());
}

TEST_F(Keys, SignWhatADescriptorGives) {
  create("stream", "ml-dsa-44");
  const int fd = ::memfd_create("message", MFD_CLOEXEC);
  ASSERT_EQ(::write(fd, kMessage.data(), kMessage.size()), static_cast<ssize_t>(kMessage.size()));
  ::lseek(fd, 0, SEEK_SET);
  const OpenKey key(device_, "stream", HOLDFAST_USE_SIGN);
  const auto signature =
      filled([&](void* out, std::size_t* size) { return holdfast_key_sign_fd(key, nullptr, fd, out, size); });
  EXPECT_EQ(verify(public_key("stream"), kMessage, signature), HOLDFAST_OK);
  ::close(fd);
  std::size_t size = 0;
  EXPECT_EQ(holdfast_key_sign_fd(key, nullptr, -1, nullptr, &size), HOLDFAST_USAGE);
}

TEST_F(Keys, LifeCycle) {
  create("cycle", "ed25519");
  EXPECT_EQ(holdfast_key_create(device_, "cycle", "ed25519", nullptr), HOLDFAST_REFUSED);
  ASSERT_EQ(holdfast_key_rotate(device_, "cycle"), HOLDFAST_OK) << key_error();
  Text shown;
  ASSERT_EQ(holdfast_key_show(device_, "cycle", shown.out()), HOLDFAST_OK);
  EXPECT_EQ(shown.json()["version"], 2);
  EXPECT_EQ(holdfast_key_version(OpenKey(device_, "cycle@2", HOLDFAST_USE_SIGN)), 2U);

  holdfast_key* key = nullptr;
  EXPECT_EQ(holdfast_key_open(device_, "cycle@1", HOLDFAST_USE_SIGN, &key), HOLDFAST_REFUSED) << "it has a successor";
  ASSERT_EQ(holdfast_key_set_state(device_, "cycle", HOLDFAST_KEY_DISABLED), HOLDFAST_OK);
  EXPECT_EQ(holdfast_key_open(device_, "cycle", HOLDFAST_USE_SIGN, &key), HOLDFAST_REFUSED);
  EXPECT_EQ(key, nullptr);
  ASSERT_EQ(holdfast_key_set_state(device_, "cycle", HOLDFAST_KEY_ACTIVE), HOLDFAST_OK);
  EXPECT_EQ(holdfast_key_open(device_, "cycle", HOLDFAST_USE_DECRYPT, &key), HOLDFAST_REFUSED);
  EXPECT_EQ(holdfast_key_open(device_, "cycle", 3, &key), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_open(device_, "cycle", 64, &key), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_set_state(device_, "cycle", 7), HOLDFAST_USAGE);
  ASSERT_EQ(holdfast_key_set_state(device_, "cycle", HOLDFAST_KEY_DESTROYED), HOLDFAST_OK);
  EXPECT_EQ(holdfast_key_set_state(device_, "cycle", HOLDFAST_KEY_ACTIVE), HOLDFAST_REFUSED);
  EXPECT_EQ(holdfast_key_open(device_, "none", HOLDFAST_USE_SIGN, &key), HOLDFAST_NOT_FOUND);
  EXPECT_EQ(holdfast_key_open(device_, "a b", HOLDFAST_USE_SIGN, &key), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_create(device_, "x", "des", nullptr), HOLDFAST_USAGE);

  Text list;
  ASSERT_EQ(holdfast_key_list(device_, list.out()), HOLDFAST_OK);
  const auto listed = list.json()["keys"];
  EXPECT_TRUE(
      std::ranges::any_of(listed, [](const auto& k) { return k["name"] == "cycle" && k["state"] == "destroyed"; }));
}

TEST_F(Keys, ImportedKeysSignAsBefore) {
  EVP_PKEY* const made = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  BIO* const bio = BIO_new(BIO_s_mem());
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(bio, made, EVP_aes_256_cbc(), "file passphrase", 15, nullptr, nullptr), 1);
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(bio, &data));
  const auto import = [&](const char* passphrase) {
    return holdfast_key_import(device_, "imported", data, size, passphrase, std::strlen(passphrase), 0);
  };
  EXPECT_EQ(import("another one"), HOLDFAST_WRONG_PASSPHRASE);
  ASSERT_EQ(import("file passphrase"), HOLDFAST_OK) << key_error();
  EXPECT_EQ(holdfast_key_import(device_, "none", "no key", 6, nullptr, 0, 0), HOLDFAST_MALFORMED);
  EXPECT_EQ(holdfast_key_import(device_, "none", nullptr, 6, nullptr, 0, 0), HOLDFAST_USAGE);
  EXPECT_TRUE(
      openssl_verifies(public_key("imported"), "SHA256", sign(OpenKey(device_, "imported", HOLDFAST_USE_SIGN))));
  BIO_free(bio);
  EVP_PKEY_free(made);
}

TEST_F(Keys, CertificatesAreKeptBesideTheirKey) {
  create("certified", "ecdsa-p256");
  create("other", "ecdsa-p256");
  const OpenKey key(device_, "certified", HOLDFAST_USE_SIGN);
  const std::array names{"dns:pump7.example", "ip:192.0.2.7"};
  Text request;
  ASSERT_EQ(holdfast_key_request(key, "CN=pump 7,O=Example", names.data(), names.size(), request.out()), HOLDFAST_OK)
      << key_error();
  EXPECT_THAT(request.text(), StartsWith("-----BEGIN CERTIFICATE REQUEST-----"));
  Text certificate;
  ASSERT_EQ(holdfast_key_self_signed(key, "CN=pump 7", nullptr, 0, 30, certificate.out()), HOLDFAST_OK) << key_error();
  const auto pem = certificate.text();
  EXPECT_EQ(holdfast_key_store_certificate(device_, "other", pem.data(), pem.size()), HOLDFAST_REFUSED);
  ASSERT_EQ(holdfast_key_store_certificate(device_, "certified", pem.data(), pem.size()), HOLDFAST_OK) << key_error();
  Text loaded;
  ASSERT_EQ(holdfast_key_load_certificate(device_, "certified", loaded.out()), HOLDFAST_OK);
  EXPECT_EQ(loaded.text(), pem);
  EXPECT_EQ(holdfast_key_load_certificate(device_, "other", loaded.out()), HOLDFAST_NOT_FOUND);

  Text none;
  EXPECT_EQ(holdfast_key_request(key, "no name", nullptr, 0, none.out()), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_request(key, "CN=a", nullptr, 1, none.out()), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_request(key, "CN=a", names.data(), 1000, none.out()), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_request(key, "CN=a", names.data(), 1, nullptr), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_key_self_signed(key, "CN=a", nullptr, 0, 0, none.out()), HOLDFAST_USAGE);
}

TEST_F(Keys, DataKeysEncryptAndDecrypt) {
  create("data", "aes-256");
  const OpenKey encrypting(device_, "data", HOLDFAST_USE_ENCRYPT);
  const OpenKey decrypting(device_, "data", HOLDFAST_USE_DECRYPT);
  const auto encrypted = filled([&](void* out, std::size_t* size) {
    return holdfast_key_encrypt(encrypting, "row 7", 5, kMessage.data(), kMessage.size(), out, size);
  });
  EXPECT_EQ(encrypted.size(), kMessage.size() + 28);
  holdfast_decrypt_options options = HOLDFAST_DECRYPT_OPTIONS_INIT;
  options.associated = "row 7";
  options.associated_size = 5;
  const auto decrypt = [&](void* out, std::size_t* size) {
    return holdfast_key_decrypt(decrypting, &options, encrypted.data(), encrypted.size(), out, size);
  };
  EXPECT_EQ(filled(decrypt), kMessage);
  std::size_t room = 1;
  std::uint8_t byte = 0;
  EXPECT_EQ(holdfast_key_encrypt(encrypting, nullptr, 0, &byte, std::size_t{1} << 62, &byte, &room), HOLDFAST_USAGE);
  EXPECT_EQ(room, 1U);
  options.associated = "row 8";
  std::array<char, 100> out{};
  std::size_t size = out.size();
  EXPECT_EQ(decrypt(out.data(), &size), HOLDFAST_MALFORMED);
  EXPECT_EQ(out, (std::array<char, 100>{}));
  options.hash = "sha256";
  EXPECT_EQ(decrypt(out.data(), &size), HOLDFAST_USAGE);
}

TEST_F(Keys, AgreeOnSecrets) {
  create("left", "x25519");
  create("right", "x25519");
  const auto agree = [&](const char* own, const char* peer) {
    const OpenKey key(device_, own, HOLDFAST_USE_DERIVE);
    const auto pem = public_key(peer);
    return filled(
        [&](void* out, std::size_t* size) { return holdfast_key_agree(key, pem.data(), pem.size(), out, size); });
  };
  EXPECT_EQ(agree("left", "right"), agree("right", "left"));
}

TEST_F(Keys, OutliveTheirDevicesHandle) {
  create("survivor", "ed25519");
  holdfast_key* key = nullptr;
  {
    const OpenDevice device(*state_);
    ASSERT_EQ(holdfast_key_open(device, "survivor", HOLDFAST_USE_SIGN, &key), HOLDFAST_OK);
  }
  EXPECT_EQ(verify(public_key("survivor"), kMessage, sign(key)), HOLDFAST_OK);
  std::size_t size = 0;
  EXPECT_EQ(holdfast_key_agree(key, "x", 1, nullptr, &size), HOLDFAST_MALFORMED);
  EXPECT_THAT(holdfast_key_error(key), ::testing::Not(HasSubstr("out of memory")));
  holdfast_key_free(key);
}

TEST_F(Keys, OneHandleServesManyThreads) {
  create("shared", "ecdsa-p256");
  const OpenKey key(device_, "shared", HOLDFAST_USE_SIGN);
  const auto pem = public_key("shared");
  std::vector<std::thread> threads;
  std::array<int, 8> failures{};
  for (auto& failed : failures) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        std::array<char, 80> out{};
        std::size_t size = out.size();
        if (holdfast_key_sign(key, nullptr, kMessage.data(), kMessage.size(), out.data(), &size) != HOLDFAST_OK ||
            verify(pem, kMessage, std::string(out.data(), size)) != HOLDFAST_OK) {
          ++failed;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, (std::array<int, 8>{}));
}

}  // namespace
}  // namespace holdfast::capi::test
