#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "crypto/aead.hpp"
#include "crypto/random.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"
#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using test::must;
using test::secret;
using test::text_of;

Root test_root() { return Root(AnchorId{{1, 2, 3}}, RootEpoch{1}, must(crypto::random_secret(kRootSize))); }

SecretBytes code_of(std::uint8_t fill) { return SecretBytes::copy_of(Bytes(kRecoveryCodeSize, fill)); }

TEST(RecoveryCode, IsGroupedForReadingAloudAndReadAsPeopleTypeIt) {
  const auto code = code_of(0xA5);
  const auto text = text_of(must(format_recovery_code(code)));
  EXPECT_EQ(text.size(), 47U);
  EXPECT_EQ(std::ranges::count(text, '-'), 7);
  std::string typed = " " + text + "\n";
  for (auto& c : typed) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (c == '-') c = ' ';
    if (c == '1') c = 'l';
    if (c == '0') c = 'o';
  }
  const auto read = must(parse_recovery_code(secret(typed)));
  EXPECT_TRUE(std::ranges::equal(read.expose(SecretAccess{}), code.expose(SecretAccess{})));
}

TEST(RecoveryCode, NoticesEveryMistypedCharacter) {
  const auto text = text_of(must(format_recovery_code(code_of(0x3C))));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    auto wrong = text;
    wrong[i] = text[i] == 'Z' ? 'Y' : 'Z';
    const auto read = parse_recovery_code(secret(wrong));
    ASSERT_FALSE(read.ok()) << wrong;
    EXPECT_EQ(read.error().code(), ErrorCode::wrong_passphrase);
  }
  for (const char* wrong : {"", "-", "ABCDE", "U", "!!!!!", "00000-00000-00000-00000-00000-00000-00000-00000-0"}) {
    EXPECT_FALSE(parse_recovery_code(secret(wrong)).ok()) << wrong;
  }
}

TEST(RecoverySlot, OpensWithItsCodeAndNoOther) {
  const auto root = test_root();
  const auto slot = must(make_recovery_slot(root, code_of(1)));
  const auto opened = must(open_recovery_slot(slot, root.anchor(), code_of(1)));
  EXPECT_TRUE(std::ranges::equal(opened.secret().expose(SecretAccess{}), root.secret().expose(SecretAccess{})));
  const auto wrong = open_recovery_slot(slot, root.anchor(), code_of(2));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code(), ErrorCode::wrong_passphrase);
  EXPECT_FALSE(open_recovery_slot(slot, AnchorId{{4}}, code_of(1)).ok());
}

// Whoever can write the file encrypts a root of their own to the public key in the slot. Without the key from
// the code they cannot authenticate it, so the owner never recovers a planted root.
TEST(RecoverySlot, RefusesAPlantedRoot) {
  const auto root = test_root();
  const auto slot = must(make_recovery_slot(root, code_of(1)));
  const auto planted_root = test_root();
  auto planted = slot;
  const auto associated = must(associated_data(root.anchor(), slot.epoch, parameters_of(slot)));
  auto encapsulation = must(crypto::hybrid_encapsulate(slot.public_key));
  planted.ciphertext = encapsulation.ciphertext;
  planted.wrapped = must(crypto::wrap_secret(encapsulation.shared, associated, planted_root.secret()));
  const auto opened = open_recovery_slot(planted, root.anchor(), code_of(1));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::malformed);
}

}  // namespace
}  // namespace holdfast::anchor
