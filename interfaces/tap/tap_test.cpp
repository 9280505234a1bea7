// The interface as applications call it.
#include <filesystem>
#include <string>
#include <vector>

#include "core/encoding.hpp"
#include "crypto/signature.hpp"
#include "interfaces/tap/test_support.hpp"

namespace holdfast::tap {
namespace {

using test::buffer_of;
using test::Context;
using test::error_text;
using test::Initialized;
using test::Installation;
using test::Output;
using test::Password;
using testing::HasSubstr;

constexpr std::string_view kP256("\x03\x00\x00\x02", 4);
constexpr std::string_view kMlDsa44("\x11\x00\x00\x08", 4);

/// One device for all tests of the suite that do not harm it: making one takes its time.
class TapTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { installation = new Installation; }  // NOLINT(cppcoreguidelines-owning-memory)
  static void TearDownTestSuite() {
    delete installation;  // NOLINT(cppcoreguidelines-owning-memory)
    installation = nullptr;
  }
  static Installation* installation;

 private:
  Initialized initialized_{installation->configuration()};
};
Installation* TapTest::installation = nullptr;

TEST_F(TapTest, UnsealsWhatItSealed) {
  const Context context;
  for (const std::string& text : {std::string(), std::string("x"), std::string(700000, 'y')}) {
    Output sealed;
    ASSERT_EQ(context.seal(text, sealed), 0) << context.error();
    EXPECT_THAT(sealed.text(), testing::Not(HasSubstr("yyyyyyyy")));
    Output opened;
    ASSERT_EQ(context.unseal(sealed.text(), opened), 0) << context.error();
    EXPECT_EQ(opened.text(), text);
  }
}

TEST_F(TapTest, MayUseOneStructureForInputAndOutput) {
  const Context context;
  TAP_Buffer buffer = buffer_of("in and out");
  ASSERT_EQ(TAP_sealWithTrustedData(context.get(), nullptr, 0, nullptr, nullptr, nullptr, &buffer, &buffer, nullptr),
            0);
  Output opened;
  EXPECT_EQ(context.unseal(test::text_of(buffer), opened), 0);
  EXPECT_EQ(opened.text(), "in and out");
  TAP_UTILS_freeBuffer(&buffer);
}

TEST_F(TapTest, TellsPassphrasesApart) {
  const Context context;
  Password right("zweiundvierzig Igel, und eine Passphrase von mehr als vierundsechzig Bytes");
  Password wrong("dreiundvierzig Igel");
  Output sealed;
  ASSERT_EQ(context.seal("secret", sealed, right.attributes()), 0) << context.error();
  Output opened;
  EXPECT_EQ(context.unseal(sealed.text(), opened, wrong.attributes()), HOLDFAST_TAP_ERR_WRONG_PASSPHRASE);
  EXPECT_THAT(context.error(), HasSubstr("wrong passphrase"));
  EXPECT_EQ(context.unseal(sealed.text(), opened), HOLDFAST_TAP_ERR_NEEDS_PASSPHRASE);
  EXPECT_EQ(opened.buffer.pBuffer, nullptr);
  ASSERT_EQ(context.unseal(sealed.text(), opened, right.attributes()), 0) << context.error();
  EXPECT_EQ(opened.text(), "secret");

  Output plain;
  ASSERT_EQ(context.seal("open", plain), 0);
  Output none;
  EXPECT_EQ(context.unseal(plain.text(), none, right.attributes()), ERR_TAP_INVALID_INPUT);
}

TEST_F(TapTest, RefusesAttributesThatWouldProtectNothing) {
  const Context context;
  Output sealed;
  Password password("abc");
  password.attribute().type = 5;
  EXPECT_EQ(context.seal("x", sealed, password.attributes()), ERR_TAP_UNSUPPORTED);
  password.attribute().type = TAP_ATTR_CREDENTIAL;
  password.attribute().length = 3;
  EXPECT_EQ(context.seal("x", sealed, password.attributes()), ERR_INVALID_INPUT);
  password.attribute().length = sizeof(TAP_Credential);
  password.credential().credentialType = 2;
  EXPECT_EQ(context.seal("x", sealed, password.attributes()), ERR_TAP_UNSUPPORTED);
  password.credential().credentialType = TAP_CREDENTIAL_TYPE_PASSWORD;
  password.credential().credentialData.bufferLen = 0;
  EXPECT_EQ(context.seal("x", sealed, password.attributes()), ERR_TAP_INVALID_INPUT);
  password.credential().credentialData = {3, nullptr};
  EXPECT_EQ(context.seal("x", sealed, password.attributes()), ERR_INVALID_INPUT);
  password.credential().credentialData = buffer_of("\xff\xfe");
  EXPECT_EQ(context.seal("x", sealed, password.attributes()), ERR_TAP_INVALID_INPUT);
  password.attribute().pStructOfType = nullptr;
  EXPECT_EQ(context.seal("x", sealed, password.attributes()), ERR_NULL_POINTER);

  Password one("one");
  Password two("two");
  std::vector<TAP_Attribute> both{one.attribute(), two.attribute()};
  TAP_SealAttributes attributes = {2, both.data()};
  EXPECT_EQ(context.seal("x", sealed, &attributes), ERR_INVALID_INPUT);
  EXPECT_EQ(sealed.buffer.pBuffer, nullptr);
}

TEST_F(TapTest, TellsAlteredDataApart) {
  const Context context;
  Output sealed;
  ASSERT_EQ(context.seal("message", sealed), 0);
  Output opened;
  for (auto bad : {std::string(), std::string("no sealed data"), sealed.text().substr(0, 50), sealed.text() + "x"}) {
    EXPECT_EQ(context.unseal(bad, opened), HOLDFAST_TAP_ERR_BAD_DATA) << context.error();
  }
  auto flipped = sealed.text();
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  EXPECT_EQ(context.unseal(flipped, opened), HOLDFAST_TAP_ERR_BAD_DATA);
  EXPECT_EQ(opened.buffer.bufferLen, 0U);
}

crypto::SignatureScheme with(crypto::HashAlgorithm hash) {
  crypto::SignatureScheme scheme;
  scheme.hash = hash;
  return scheme;
}

/// A signature that is freed, and the public key beside it.
class Signed {
 public:
  MSTATUS sign(TAP_Key* key, TAP_SIG_SCHEME scheme, byteBoolean data, std::string_view text) {
    auto input = buffer_of(text);
    TAP_freeSignature(&signature);
    signature.isDEREncoded = wants_der;
    return TAP_asymSign(key, nullptr, nullptr, scheme, data, &input, &signature, nullptr);
  }
  Signed() = default;
  Signed(const Signed&) = delete;
  Signed& operator=(const Signed&) = delete;
  ~Signed() { TAP_freeSignature(&signature); }

  [[nodiscard]] bool verifies(TAP_Key* key, const crypto::SignatureScheme& scheme, std::string_view text) const {
    Output pem;
    if (HOLDFAST_TAP_exportPublicKey(key, &pem.buffer, nullptr) != 0) return false;
    const auto public_key = crypto::PublicKey::parse(as_bytes(pem.text()));
    const auto bytes = test::text_of(signature.derEncSignature);
    return public_key.ok() && crypto::verify_message(*public_key, scheme, as_bytes(text), as_bytes(bytes)).value() ==
                                  crypto::Verdict::valid;
  }

  TAP_Signature signature = {};
  byteBoolean wants_der = 0;
};

TEST_F(TapTest, SignsDataAndDigestsInBothForms) {
  const Context context;
  TAP_Key* key = context.key(kP256);
  ASSERT_NE(key, nullptr) << context.error();
  Signed made;
  ASSERT_EQ(made.sign(key, TAP_SIG_SCHEME_ECDSA_SHA512, 1, "message"), 0) << context.error();
  EXPECT_EQ(made.signature.isDEREncoded, 0);
  made.wants_der = 7;
  EXPECT_EQ(made.signature.keyAlgorithm, TAP_KEY_ALGORITHM_ECC);
  const auto& numbers = made.signature.signature.eccSignature;
  EXPECT_EQ(numbers.rDataLen, 32U);
  EXPECT_EQ(numbers.sDataLen, 32U);
  const auto sha512 = with(crypto::HashAlgorithm::sha512);
  EXPECT_TRUE(made.verifies(key, sha512, "message"));
  EXPECT_FALSE(made.verifies(key, sha512, "massage"));
  // The DER form is of the same two numbers.
  EXPECT_THAT(test::text_of(made.signature.derEncSignature),
              HasSubstr(std::string(reinterpret_cast<const char*>(numbers.pRData) + 1, 31)));

  const auto digest = crypto::hash(crypto::HashAlgorithm::sha256, {as_bytes("message")}).value();
  ASSERT_EQ(made.sign(key, TAP_SIG_SCHEME_ECDSA_SHA256, 0, as_text(digest)), 0);
  EXPECT_EQ(made.signature.isDEREncoded, 1);
  EXPECT_TRUE(made.verifies(key, with(crypto::HashAlgorithm::sha256), "message"));
  EXPECT_EQ(made.sign(key, TAP_SIG_SCHEME_ECDSA_SHA384, 0, as_text(digest)), ERR_TAP_INVALID_INPUT);
  EXPECT_EQ(made.signature.derEncSignature.pBuffer, nullptr);
  EXPECT_EQ(made.sign(key, TAP_SIG_SCHEME_PKCS1_5_SHA256, 1, "message"), ERR_TAP_INVALID_SCHEME);
  EXPECT_EQ(made.sign(key, TAP_SIG_SCHEME_NONE, 1, "message"), ERR_TAP_INVALID_SCHEME);
  EXPECT_EQ(TAP_freeKey(&key), 0);
  EXPECT_EQ(key, nullptr);
}

TEST_F(TapTest, TakesTheKeysOwnSchemeForNone) {
  const Context context;
  TAP_KeyInfo info = {};
  info.keyAlgorithm = TAP_KEY_ALGORITHM_ECC;
  info.algKeyInfo.eccInfo.sigScheme = TAP_SIG_SCHEME_ECDSA_SHA384;
  TAP_Key* key = context.key(kP256, &info);
  ASSERT_NE(key, nullptr) << context.error();
  Signed made;
  ASSERT_EQ(made.sign(key, TAP_SIG_SCHEME_NONE, 1, "message"), 0) << context.error();
  EXPECT_TRUE(made.verifies(key, with(crypto::HashAlgorithm::sha384), "message"));
  TAP_freeKey(&key);
  const auto import = [&](TAP_ECC_CURVE curve, TAP_SIG_SCHEME scheme) {
    info.algKeyInfo.eccInfo = {curve, scheme};
    auto id = buffer_of(kP256);
    const auto status = TAP_importKeyFromID(context.get(), nullptr, &info, &id, nullptr, nullptr, &key, nullptr);
    TAP_freeKey(&key);
    return status;
  };
  EXPECT_EQ(import(TAP_ECC_CURVE_NIST_P256, TAP_SIG_SCHEME_ECDSA_SHA384), 0) << context.error();
  EXPECT_EQ(import(TAP_ECC_CURVE_NONE, 99), ERR_TAP_INVALID_SCHEME);
  EXPECT_EQ(import(TAP_ECC_CURVE_NONE, TAP_SIG_SCHEME_PSS_SHA256), ERR_TAP_INVALID_SCHEME);
  EXPECT_EQ(import(TAP_ECC_CURVE_NIST_P521, TAP_SIG_SCHEME_NONE), ERR_TAP_INVALID_ALGORITHM);
  EXPECT_THAT(context.error(), HasSubstr("curveId"));
  info.keyAlgorithm = TAP_KEY_ALGORITHM_AES;
  EXPECT_EQ(import(TAP_ECC_CURVE_NONE, TAP_SIG_SCHEME_NONE), ERR_TAP_UNSUPPORTED_ALGORITHM);
}

TEST_F(TapTest, KeysOutliveContextsAndComeBack) {
  TAP_Key* key = nullptr;
  Output first;
  {
    const Context context;
    key = context.key(kMlDsa44);
    ASSERT_NE(key, nullptr);
    ASSERT_EQ(HOLDFAST_TAP_exportPublicKey(key, &first.buffer, nullptr), 0);
  }
  Signed made;
  EXPECT_EQ(made.sign(key, TAP_SIG_SCHEME_NONE, 0, "message"), ERR_TAP_UNSUPPORTED);
  EXPECT_EQ(TAP_unloadKey(key, nullptr), 0);
  ASSERT_EQ(made.sign(key, TAP_SIG_SCHEME_NONE, 1, "message"), 0) << error_text();
  EXPECT_EQ(made.signature.signature.mldsaSignature.signatureLen, 2420U);
  EXPECT_TRUE(made.verifies(key, {}, "message"));
  TAP_freeKey(&key);

  const Context context;
  // Here the algorithm beside the identifier says what it is.
  TAP_KeyInfo info = {};
  info.keyAlgorithm = TAP_KEY_ALGORITHM_MLDSA;
  key = context.key(std::string_view("\x02\x00\x00\x01", 4), &info);
  Output again;
  ASSERT_EQ(HOLDFAST_TAP_exportPublicKey(key, &again.buffer, nullptr), 0) << context.error();
  EXPECT_EQ(again.text(), first.text());
  TAP_freeKey(&key);
}

TEST_F(TapTest, FindsTheIdentifierAmongTheAttributes) {
  const Context context;
  TAP_Buffer id = buffer_of(kP256);
  TAP_Attribute attribute = {TAP_ATTR_OBJECT_ID_BYTESTRING, sizeof(id), &id};
  TAP_AttributeList attributes = {1, &attribute};
  TAP_Key* key = nullptr;
  EXPECT_EQ(TAP_importKeyFromID(context.get(), nullptr, nullptr, nullptr, &attributes, nullptr, &key, nullptr), 0);
  TAP_freeKey(&key);
  attribute.length = 4;
  EXPECT_EQ(TAP_importKeyFromID(context.get(), nullptr, nullptr, nullptr, &attributes, nullptr, &key, nullptr),
            ERR_INVALID_INPUT);
  attributes.listLen = 0;
  EXPECT_EQ(TAP_importKeyFromID(context.get(), nullptr, nullptr, nullptr, &attributes, nullptr, &key, nullptr),
            ERR_NULL_POINTER);
}

TEST_F(TapTest, GivesRandomBytes) {
  const Context context;
  Output one;
  Output two;
  ASSERT_EQ(TAP_getRandom(context.get(), 32, nullptr, &one.buffer, nullptr), 0);
  ASSERT_EQ(TAP_getRandom(context.get(), 32, nullptr, &two.buffer, nullptr), 0);
  EXPECT_EQ(one.text().size(), 32U);
  EXPECT_NE(one.text(), two.text());
  Output none;
  EXPECT_EQ(TAP_getRandom(context.get(), 0, nullptr, &none.buffer, nullptr), 0);
  EXPECT_EQ(TAP_getRandom(context.get(), 0xffffffff, nullptr, &none.buffer, nullptr), ERR_INVALID_ARG);
}

TEST_F(TapTest, ListsModules) {
  TAP_ModuleList list = {};
  ASSERT_EQ(TAP_getModuleList(nullptr, TAP_PROVIDER_NANOROOT, nullptr, &list, nullptr), 0);
  ASSERT_EQ(list.numModules, 1U);
  EXPECT_EQ(list.pModuleList->moduleId, 7U);
  EXPECT_EQ(list.pModuleList->moduleIdStr, test::kModuleId);
  EXPECT_STREQ(list.pModuleList->moduleName, "Test");
  EXPECT_EQ(TAP_freeModuleList(&list), 0);
  EXPECT_EQ(list.pModuleList, nullptr);
  EXPECT_EQ(TAP_freeModuleList(&list), 0);
  int connection = 0;
  EXPECT_EQ(TAP_getModuleList(&connection, TAP_PROVIDER_NANOROOT, nullptr, &list, nullptr), ERR_TAP_UNSUPPORTED);
  EXPECT_EQ(TAP_getModuleList(nullptr, 2, nullptr, &list, nullptr), ERR_TAP_UNSUPPORTED);
}

TEST_F(TapTest, ServesSeveralLibrariesInOneProcess) {
  const std::string other_id(64, '0');
  {
    const Initialized again(installation->configuration());
    EXPECT_EQ(again.status(), 0);
    const Initialized conflicting(installation->configuration("stateless=1\n"));
    EXPECT_EQ(conflicting.status(), ERR_INVALID_ARG);
    const Initialized other(installation->configuration("", other_id));
    EXPECT_EQ(other.status(), 0);
    TAP_Module module = {};
    module.providerType = TAP_PROVIDER_NANOROOT;
    module.moduleId = 7;
    TAP_Context* context = nullptr;
    EXPECT_EQ(TAP_initContext(&module, nullptr, nullptr, &context, nullptr), ERR_INVALID_ARG);
    EXPECT_THAT(error_text(), HasSubstr("several"));
    std::ranges::copy(other_id, module.moduleIdStr);
    EXPECT_EQ(TAP_initContext(&module, nullptr, nullptr, &context, nullptr), 0) << error_text();
    TAP_uninitContext(&context, nullptr);
    module.moduleId = 8;
    EXPECT_EQ(TAP_initContext(&module, nullptr, nullptr, &context, nullptr), ERR_INVALID_ARG);
    std::ranges::fill(module.moduleIdStr, 'x');
    EXPECT_EQ(TAP_initContext(&module, nullptr, nullptr, &context, nullptr), ERR_INVALID_INPUT);
    module.providerType = 1;
    EXPECT_EQ(TAP_initContext(&module, nullptr, nullptr, &context, nullptr), ERR_TAP_UNSUPPORTED);
  }
  TAP_ModuleList list = {};
  EXPECT_EQ(TAP_getModuleList(nullptr, TAP_PROVIDER_NANOROOT, nullptr, &list, nullptr), 0) << "the first one is left";
  TAP_freeModuleList(&list);
}

TEST_F(TapTest, CutsErrorTextsToTheirRoom) {
  EXPECT_EQ(TAP_init(nullptr, nullptr), ERR_NULL_POINTER);
  const auto whole = error_text();
  EXPECT_EQ(whole, "pConfigInfoList is NULL");
  std::string room(5, '#');
  EXPECT_EQ(HOLDFAST_TAP_getErrorText(nullptr, room.data(), 4), whole.size());
  EXPECT_EQ(room, std::string("pCo\0#", 5));
}

}  // namespace
}  // namespace holdfast::tap
