// A device that was not made through the interface: its owner's choices hold.
#include <string>

#include "core/text.hpp"
#include "device/trust/create_device.hpp"
#include "interfaces/tap/test_support.hpp"

namespace holdfast::tap {
namespace {

using test::Context;
using test::error_text;
using test::Initialized;
using test::Installation;
using test::Output;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kP256("\x03\x00\x00\x02", 4);
constexpr std::string_view kMlDsa87("\x13\x00\x00\x08", 4);
constexpr std::string_view kPassphrase = "zweiundvierzig Igel";

/// With a passphrase and a strict profile, of a machine's own attributes.
class ForeignDevice : public testing::Test {
 protected:
  ForeignDevice() {
    trust::CreateOptions options;
    options.folder = installation_.state();
    options.sysroot = std::string(HOLDFAST_SOURCE_DIR) + "/tests/fixtures/machines/x86-server";
    options.quorum = 6;
    options.profile = "cnsa-2.0";
    options.passphrase = [] { return normalise_passphrase(SecretBytes::copy_of(as_bytes(kPassphrase))); };
    options.made_by = "test";
    const auto made = trust::create_device(options);
    EXPECT_TRUE(made.ok()) << made.error().describe();
  }

  Installation installation_;
  Initialized initialized_{installation_.configuration()};
};

/// A password as TAP_initContext takes it.
class ContextPassword {
 public:
  explicit ContextPassword(std::string_view text) : text_(text) {
    credential_.credentialType = TAP_CREDENTIAL_TYPE_PASSWORD;
    credential_.credentialData = test::buffer_of(text_);
    entity_.credentialList = {1, &credential_};
    credentials_ = {1, &entity_};
  }
  ContextPassword(const ContextPassword&) = delete;
  ContextPassword& operator=(const ContextPassword&) = delete;
  [[nodiscard]] TAP_EntityCredentialList* credentials() { return &credentials_; }

 private:
  std::string text_;
  TAP_Credential credential_ = {};
  TAP_EntityCredential entity_ = {};
  TAP_EntityCredentialList credentials_ = {};
};

TEST_F(ForeignDevice, AWrongPasswordIsNotAChange) {
  ContextPassword password("dreiundvierzig Igel");
  const Context context(password.credentials());
  Output sealed;
  EXPECT_EQ(context.seal("message", sealed), HOLDFAST_TAP_ERR_DOES_NOT_OPEN);
  EXPECT_THAT(context.error(), HasSubstr("or the password is wrong"));
  EXPECT_THAT(context.error(), Not(HasSubstr("something of that changed")));
}

TEST_F(ForeignDevice, OpensWithThePasswordOfTheContext) {
  Output sealed;
  EXPECT_EQ(Context().seal("message", sealed), HOLDFAST_TAP_ERR_NEEDS_PASSPHRASE);
  EXPECT_THAT(error_text(), HasSubstr("TAP_initContext"));
  EXPECT_THAT(error_text(), Not(HasSubstr("--")));

  ContextPassword password(kPassphrase);
  const Context context(password.credentials());
  ASSERT_EQ(context.seal("message", sealed), 0) << context.error();
  Output opened;
  EXPECT_EQ(context.unseal(sealed.text(), opened), 0) << context.error();

  // Its profile holds here too.
  TAP_Key* key = context.key(kP256);
  Output pem;
  EXPECT_EQ(HOLDFAST_TAP_exportPublicKey(key, &pem.buffer, nullptr), HOLDFAST_TAP_ERR_REFUSED);
  EXPECT_THAT(context.error(), HasSubstr("cnsa-2.0"));
  TAP_freeKey(&key);
  key = context.key(kMlDsa87);
  EXPECT_EQ(HOLDFAST_TAP_exportPublicKey(key, &pem.buffer, nullptr), 0) << context.error();
  TAP_freeKey(&key);
}

}  // namespace
}  // namespace holdfast::tap
