// Sealing, unsealing, encrypting from outside.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interfaces/capi/test_support.hpp"

namespace holdfast::capi::test {
namespace {

using ::testing::HasSubstr;

class Sealing : public testing::Test {
 protected:
  static void SetUpTestSuite() { state_ = new State(); }
  static void TearDownTestSuite() { delete state_; }

  [[nodiscard]] std::string seal(std::string_view plaintext, const holdfast_seal_options* options = nullptr) const {
    return filled([&](void* out, std::size_t* size) {
      return holdfast_seal(device_, options, plaintext.data(), plaintext.size(), out, size);
    });
  }
  holdfast_status unseal(std::string_view sealed, const holdfast_unseal_options* options,
                         std::string& plaintext) const {
    plaintext.assign(sealed.size(), '\x55');
    std::size_t size = plaintext.size();
    const auto status = holdfast_unseal(device_, options, sealed.data(), sealed.size(), plaintext.data(), &size);
    if (status == HOLDFAST_OK) plaintext.resize(size);
    return status;
  }

  OpenDevice device_{*state_};  // NOLINT: for the tests
  inline static State* state_ = nullptr;
};

TEST_F(Sealing, BringsBackEverySize) {
  for (const std::size_t size : {0, 1, 65535, 65536, 65537, 200000}) {
    const std::string plaintext(size, 'x');
    const auto sealed = seal(plaintext);
    EXPECT_LE(sealed.size(), holdfast_sealed_size_max(size));
    std::string again;
    ASSERT_EQ(unseal(sealed, nullptr, again), HOLDFAST_OK) << holdfast_device_error(device_);
    EXPECT_EQ(again, plaintext);
  }
}

TEST_F(Sealing, LeavesNothingBehindWhereItFails) {
  auto sealed = seal(std::string(100000, 's'));
  sealed[sealed.size() - 5] = static_cast<char>(sealed[sealed.size() - 5] ^ 1);
  std::string again;
  EXPECT_EQ(unseal(sealed, nullptr, again), HOLDFAST_MALFORMED);
  EXPECT_EQ(again.find('s'), std::string::npos);
  EXPECT_EQ(unseal(sealed.substr(0, 70000), nullptr, again), HOLDFAST_MALFORMED);
  EXPECT_EQ(again.find('s'), std::string::npos);
  EXPECT_EQ(unseal("", nullptr, again), HOLDFAST_MALFORMED);
  // What the header says: as it was, or zero.
  std::size_t size = 200000;
  again.assign(size, '\x55');
  EXPECT_EQ(holdfast_unseal(device_, nullptr, sealed.data(), sealed.size(), again.data(), &size), HOLDFAST_MALFORMED);
  EXPECT_EQ(size, 200000U);
  EXPECT_EQ(again.find_first_not_of(std::string_view("\x55\0", 2)), std::string::npos);
}

TEST_F(Sealing, SmallBuffersAreTold) {
  std::array<char, 10> small{};
  std::size_t size = small.size();
  EXPECT_EQ(holdfast_seal(device_, nullptr, "abc", 3, small.data(), &size), HOLDFAST_BUFFER_TOO_SMALL);
  EXPECT_EQ(size, holdfast_sealed_size_max(3));
  EXPECT_EQ(small, (std::array<char, 10>{}));
  size = 10;
  EXPECT_EQ(holdfast_seal(device_, nullptr, "abc", 3, nullptr, &size), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_seal(device_, nullptr, nullptr, 3, small.data(), &size), HOLDFAST_USAGE);
  EXPECT_EQ(holdfast_seal(device_, nullptr, "abc", SIZE_MAX, small.data(), &size), HOLDFAST_USAGE);
  EXPECT_GT(holdfast_sealed_size_max(SIZE_MAX), SIZE_MAX / 2);
}

TEST_F(Sealing, PassphraseNameAndExpiryHold) {
  holdfast_seal_options options = HOLDFAST_SEAL_OPTIONS_INIT;
  options.passphrase = "open sesame";
  options.passphrase_size = 11;
  options.name = "configuration";
  options.suite = "chacha20-poly1305";
  const auto sealed = seal("secret", &options);
  EXPECT_THAT(sealed, HasSubstr("chacha20-poly1305"));

  std::string again;
  EXPECT_EQ(unseal(sealed, nullptr, again), HOLDFAST_PASSPHRASE_NEEDED);
  holdfast_unseal_options with = HOLDFAST_UNSEAL_OPTIONS_INIT;
  with.passphrase = "open sesamo";
  with.passphrase_size = 11;
  EXPECT_EQ(unseal(sealed, &with, again), HOLDFAST_WRONG_PASSPHRASE);
  with.passphrase = "open sesame";
  with.name = "another";
  EXPECT_EQ(unseal(sealed, &with, again), HOLDFAST_REFUSED);
  with.name = "configuration";
  ASSERT_EQ(unseal(sealed, &with, again), HOLDFAST_OK) << holdfast_device_error(device_);
  EXPECT_EQ(again, "secret");

  std::size_t size = 0;
  options.expires = 1;
  EXPECT_EQ(holdfast_seal(device_, &options, "a", 1, nullptr, &size), HOLDFAST_USAGE);
  options.expires = 0;
  options.suite = "rot13";
  EXPECT_EQ(holdfast_seal(device_, &options, "a", 1, nullptr, &size), HOLDFAST_USAGE);
  EXPECT_THAT(holdfast_device_error(device_), HasSubstr("aes-256-gcm"));
  options.struct_size = 3;
  EXPECT_EQ(holdfast_seal(device_, &options, "a", 1, nullptr, &size), HOLDFAST_USAGE);
  EXPECT_THAT(holdfast_device_error(device_), HasSubstr("_INIT"));
}

int file_of(std::string_view content) {
  const int fd = ::memfd_create("test", MFD_CLOEXEC);
  EXPECT_EQ(::write(fd, content.data(), content.size()), static_cast<ssize_t>(content.size()));
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string content_of(int fd) {
  std::string content(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  return content;
}

void note(void* user, const char*, std::uint64_t done, std::uint64_t) { *static_cast<std::uint64_t*>(user) = done; }

TEST_F(Sealing, DescriptorsAndBuffersAreOneFormat) {
  const std::string plaintext(300000, 'd');
  std::uint64_t told = 0;
  const Handle device(state_->folder());
  ASSERT_EQ(holdfast_device_set_progress_function(device, note, &told), HOLDFAST_OK);
  ASSERT_EQ(holdfast_device_open(device), HOLDFAST_OK);

  const int in = file_of(plaintext);
  const int sealed = file_of("");
  std::uint64_t size = 0;
  ASSERT_EQ(holdfast_seal_fd(device, nullptr, in, sealed, &size), HOLDFAST_OK) << holdfast_device_error(device);
  EXPECT_EQ(size, plaintext.size());
  EXPECT_EQ(told, plaintext.size());
  std::string again;
  ASSERT_EQ(unseal(content_of(sealed), nullptr, again), HOLDFAST_OK);
  EXPECT_EQ(again, plaintext);

  const int out = file_of("");
  ::lseek(sealed, 0, SEEK_SET);
  ASSERT_EQ(holdfast_unseal_fd(device, nullptr, sealed, out, nullptr), HOLDFAST_OK);
  EXPECT_EQ(content_of(out), plaintext);
  EXPECT_EQ(holdfast_seal_fd(device, nullptr, -1, out, nullptr), HOLDFAST_USAGE);
  ::close(in);
  EXPECT_EQ(holdfast_seal_fd(device, nullptr, in, out, nullptr), HOLDFAST_IO);
  for (const int fd : {sealed, out}) ::close(fd);
}

TEST_F(Sealing, OpensWhatOthersEncryptedOnlyWhereAskedTo) {
  ASSERT_EQ(holdfast_key_create(device_, "inbox", "x25519-ml-kem-768", nullptr), HOLDFAST_OK);
  Text pem;
  ASSERT_EQ(holdfast_key_public(device_, "inbox", pem.out()), HOLDFAST_OK);
  const Handle sender;  // has no device of its own
  const auto to = pem.text();
  const auto encrypted = filled([&](void* out, std::size_t* size) {
    return holdfast_encrypt_to(sender, to.data(), to.size(), "order", "from elsewhere", 14, out, size);
  });
  std::string again;
  EXPECT_NE(unseal(encrypted, nullptr, again), HOLDFAST_OK);
  EXPECT_THAT(holdfast_device_error(device_), HasSubstr("'from_outside' in the options opens it"));
  holdfast_unseal_options outside = HOLDFAST_UNSEAL_OPTIONS_INIT;
  outside.from_outside = 1;
  ASSERT_EQ(unseal(encrypted, &outside, again), HOLDFAST_OK) << holdfast_device_error(device_);
  EXPECT_EQ(again, "from elsewhere");
  outside.key = "none";
  EXPECT_EQ(unseal(encrypted, &outside, again), HOLDFAST_NOT_FOUND);
  EXPECT_THAT(holdfast_device_error(device_), HasSubstr("none"));
  ASSERT_EQ(holdfast_key_create(device_, "other", "x25519-ml-kem-768", nullptr), HOLDFAST_OK);
  outside.key = "other";
  EXPECT_EQ(unseal(encrypted, &outside, again), HOLDFAST_DOES_NOT_OPEN);
  EXPECT_THAT(holdfast_device_error(device_), HasSubstr("another key than 'other'"));
  outside.key = "inbox";
  EXPECT_EQ(unseal(encrypted, &outside, again), HOLDFAST_OK) << holdfast_device_error(device_);
  outside.key = nullptr;
  outside.name = "another";
  EXPECT_EQ(unseal(encrypted, &outside, again), HOLDFAST_REFUSED);
  outside.passphrase = "x";
  outside.passphrase_size = 1;
  EXPECT_EQ(unseal(encrypted, &outside, again), HOLDFAST_USAGE);
  std::size_t size = 0;
  EXPECT_EQ(holdfast_encrypt_to(sender, "no key", 6, nullptr, "a", 1, nullptr, &size), HOLDFAST_MALFORMED);
}

}  // namespace
}  // namespace holdfast::capi::test
