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

TEST_F(ForeignDevice, OpensWithThePasswordOfTheContext) {
  Output sealed;
  EXPECT_EQ(Context().seal("message", sealed), HOLDFAST_TAP_ERR_DOES_NOT_OPEN);
  EXPECT_THAT(error_text(), HasSubstr("passphrase"));

  std::string text(kPassphrase);
  TAP_Credential credential = {};
  credential.credentialType = TAP_CREDENTIAL_TYPE_PASSWORD;
  credential.credentialData = test::buffer_of(text);
  TAP_EntityCredential entity = {};
  entity.credentialList = {1, &credential};
  TAP_EntityCredentialList credentials = {1, &entity};
  const Context context(&credentials);
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
