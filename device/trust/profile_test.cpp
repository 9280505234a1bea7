// Every rule of a profile with what it allows and what it refuses, and files with mistakes.
#include "device/trust/profile_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "device/trust/profile_words.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::trust {
namespace {

using crypto::AeadSuite;
using crypto::HashAlgorithm;
using crypto::KeyAlgorithm;
using crypto::RsaScheme;
using keys::KeyOrigin;
using keys::KeyUse;
using test::TemporaryFolder;
using testing::HasSubstr;

Profile builtin(std::string_view name) { return parse_profile(builtin_profile(name), std::string(name)).value(); }

testing::AssertionResult refused(const Result<void>& result, const std::string& words) {
  if (result.ok()) return testing::AssertionFailure() << "allowed";
  const bool fits = result.error().code() == ErrorCode::refused && result.error().message().contains(words);
  return fits ? testing::AssertionSuccess() : testing::AssertionFailure() << result.error().message();
}

TEST(Builtin, AllAreReadAndNameThemselves) {
  for (const auto name : builtin_profile_names()) {
    const auto profile = parse_profile(builtin_profile(name), std::string(name));
    ASSERT_TRUE(profile.ok()) << profile.error().message();
    EXPECT_EQ(profile->name, name);
    EXPECT_FALSE(profile->description.empty());
  }
  EXPECT_TRUE(builtin_profile("unheard-of").empty());
}

TEST(Builtin, TheDefaultAndLegacyKnowEveryAlgorithm) {
  for (const auto& row : crypto::key_algorithms()) {
    for (const auto name : {"default-2026", "legacy"}) {
      EXPECT_TRUE(check_algorithm(builtin(name), row.algorithm).ok()) << name << " lacks " << row.name;
    }
  }
}

TEST(Rules, Algorithms) {
  const auto cnsa = builtin("cnsa-2.0");
  EXPECT_TRUE(check_algorithm(cnsa, KeyAlgorithm::ml_dsa_87).ok());
  EXPECT_TRUE(refused(check_algorithm(cnsa, KeyAlgorithm::ed25519),
                      "the profile 'cnsa-2.0' does not allow ed25519 keys (rule keys.algorithms; allowed: ml-dsa-87, "
                      "ml-kem-1024, aes-256)"));
}

TEST(Rules, Origins) {
  auto profile = builtin("default-2026");
  profile.origins = {KeyOrigin::random};
  EXPECT_TRUE(check_new_key(profile, KeyAlgorithm::ed25519, KeyOrigin::random, {KeyUse::sign}).ok());
  EXPECT_TRUE(refused(check_new_key(profile, KeyAlgorithm::ed25519, KeyOrigin::imported, {KeyUse::sign}),
                      "imported keys (rule keys.origins; allowed: random)"));
}

TEST(Rules, Purposes) {
  const std::set<KeyUse> both{KeyUse::sign, KeyUse::decrypt};
  const std::set<KeyUse> data{KeyUse::encrypt, KeyUse::decrypt};
  EXPECT_TRUE(check_new_key(builtin("legacy"), KeyAlgorithm::rsa_2048, KeyOrigin::random, both).ok());
  EXPECT_TRUE(check_new_key(builtin("default-2026"), KeyAlgorithm::aes_256, KeyOrigin::random, data).ok());
  EXPECT_TRUE(refused(check_new_key(builtin("default-2026"), KeyAlgorithm::rsa_2048, KeyOrigin::random, both),
                      "rule keys.purposes"));
}

TEST(Rules, DerivedRsa) {
  auto profile = builtin("default-2026");
  EXPECT_TRUE(check_new_key(profile, KeyAlgorithm::rsa_3072, KeyOrigin::derived, {KeyUse::sign}).ok());
  profile.derived_rsa = DerivedRsa::refused;
  EXPECT_TRUE(refused(check_new_key(profile, KeyAlgorithm::rsa_3072, KeyOrigin::derived, {KeyUse::sign}),
                      "derived RSA keys (rule keys.derived-rsa)"));
  EXPECT_TRUE(check_new_key(profile, KeyAlgorithm::rsa_3072, KeyOrigin::random, {KeyUse::sign}).ok());
}

TEST(Rules, Hashes) {
  auto profile = builtin("default-2026");
  profile.hashes = {HashAlgorithm::sha384};
  EXPECT_TRUE(check_signature(profile, KeyAlgorithm::ecdsa_p384, {}).ok()) << "its own hash is SHA-384";
  EXPECT_TRUE(check_signature(profile, KeyAlgorithm::ed25519, {}).ok()) << "hashes by itself";
  EXPECT_TRUE(check_signature(profile, KeyAlgorithm::ecdsa_p256, {}).ok()) << "takes SHA-384";
  EXPECT_TRUE(refused(check_signature(profile, KeyAlgorithm::ecdsa_p521, {}),
                      "does not allow sha512 (rule signatures.hashes; allowed: sha384)"));
  EXPECT_TRUE(check_hash(profile, HashAlgorithm::sha384).ok());
  EXPECT_TRUE(refused(check_hash(profile, HashAlgorithm::sha512), "sha512"));
}

TEST(Rules, TheHashWhereNobodyNamesOne) {
  auto profile = builtin("default-2026");
  EXPECT_EQ(usual_hash(profile, KeyAlgorithm::ecdsa_p256), HashAlgorithm::sha256);
  EXPECT_EQ(usual_hash(profile, KeyAlgorithm::ml_dsa_44), std::nullopt) << "hashes by itself";
  profile.hashes = {HashAlgorithm::sha384, HashAlgorithm::sha512};
  EXPECT_EQ(usual_hash(profile, KeyAlgorithm::rsa_3072), HashAlgorithm::sha384) << "the shortest that is longer";
  EXPECT_EQ(usual_hash(profile, KeyAlgorithm::ecdsa_p521), HashAlgorithm::sha512);
  profile.hashes = {HashAlgorithm::sha256};
  EXPECT_EQ(usual_hash(profile, KeyAlgorithm::ecdsa_p384), HashAlgorithm::sha384) << "never a shorter one";
}

TEST(Rules, WithoutItsProfileADeviceOnlyOpensWhatThereIs) {
  const auto profile = unusable_profile("site", "it is gone");
  const std::string why = "'site' of this device cannot be used here, and without it";
  EXPECT_TRUE(refused(check_suite(profile, usual_suite(profile)), why));
  EXPECT_TRUE(refused(check_new_key(profile, KeyAlgorithm::ed25519, keys::KeyOrigin::random, {}), "it is gone"));
  EXPECT_TRUE(refused(check_signature(profile, KeyAlgorithm::ed25519, {}), why));
  using crypto::KeyUse;
  for (const auto use : {KeyUse::sign, KeyUse::encrypt, KeyUse::derive}) {
    EXPECT_TRUE(refused(check_key_use(profile, KeyAlgorithm::rsa_2048, use), why));
  }
  EXPECT_TRUE(check_key_use(profile, KeyAlgorithm::rsa_2048, KeyUse::decrypt).ok());
  EXPECT_TRUE(check_key_use(profile, KeyAlgorithm::ml_kem_768, KeyUse::decapsulate).ok());
  EXPECT_TRUE(check_decryption(profile, HashAlgorithm::sha256).ok());
  EXPECT_FALSE(check_decryption(builtin("cnsa-2.0"), HashAlgorithm::sha256).ok()) << "one that can be used holds";
}

TEST(Rules, RsaSchemes) {
  auto profile = builtin("default-2026");
  profile.rsa_schemes = {RsaScheme::pss};
  crypto::SignatureScheme pss;
  pss.rsa = RsaScheme::pss;
  EXPECT_TRUE(check_signature(profile, KeyAlgorithm::rsa_2048, pss).ok());
  crypto::SignatureScheme pkcs1;
  pkcs1.rsa = RsaScheme::pkcs1;
  EXPECT_TRUE(refused(check_signature(profile, KeyAlgorithm::rsa_2048, pkcs1),
                      "RSA signatures of scheme pkcs1 (rule signatures.rsa-schemes; allowed: pss)"));
}

TEST(Rules, RsaSchemeWhereNobodyNamesOne) {
  auto profile = builtin("default-2026");
  EXPECT_EQ(usual_rsa_scheme(profile, KeyAlgorithm::rsa_2048), RsaScheme::pkcs1);
  EXPECT_EQ(usual_rsa_scheme(profile, KeyAlgorithm::ecdsa_p256), std::nullopt);
  profile.rsa_schemes = {RsaScheme::pss};
  EXPECT_EQ(usual_rsa_scheme(profile, KeyAlgorithm::rsa_2048), RsaScheme::pss);
  EXPECT_TRUE(check_signature(profile, KeyAlgorithm::rsa_2048, {}).ok());
  profile.rsa_schemes = {};
  EXPECT_EQ(usual_rsa_scheme(profile, KeyAlgorithm::rsa_2048), RsaScheme::pkcs1);
  EXPECT_TRUE(refused(check_signature(profile, KeyAlgorithm::rsa_2048, {}), "RSA signatures of scheme pkcs1"));
}

TEST(Rules, Suites) {
  EXPECT_TRUE(check_suite(builtin("cnsa-2.0"), AeadSuite::aes_256_gcm).ok());
  EXPECT_TRUE(refused(check_suite(builtin("cnsa-2.0"), AeadSuite::chacha20_poly1305),
                      "sealing with chacha20-poly1305 (rule sealing.suites; allowed: aes-256-gcm)"));
}

struct Mistake {
  std::string from;
  std::string to;
  std::string words;
};

TEST(ProfileFile, NamesLineAndRuleOfEveryMistake) {
  const std::string good(builtin_profile("cnsa-2.0"));
  const Mistake mistakes[] = {
      {"\"ml-dsa-87\"", "\"ml-dsa-99\"",
       "line 7: the rule 'keys.algorithms' has 'ml-dsa-99', and knows only: rsa-2048"},
      {"\"ml-dsa-87\"", "87", "line 7: the rule 'keys.algorithms' has ''"},
      {"\"ml-dsa-87\", ", "\"aes-256\", ", "line 7: the rule 'keys.algorithms' names one thing twice"},
      {"algorithms = [", "algorithm = [", "line 7: there is no rule 'keys.algorithm'"},
      {"[\"ml-dsa-87\", \"ml-kem-1024\", \"aes-256\"]", "\"ml-dsa-87\"",
       "line 7: the rule 'keys.algorithms' must be a list"},
      {"purposes = \"single\"\n", "", "the rule 'keys.purposes' is missing; it must be one of: single, mixed"},
      {"\"single\"", "\"one\"", "line 9: the rule 'keys.purposes' has 'one', and knows only: single, mixed"},
      {"derived-rsa = false", "derived-rsa = \"no\"", "line 10: the rule 'keys.derived-rsa' must be true or false"},
      {"[\"aes-256-gcm\"]", "[]", "the rule 'sealing.suites' must name at least one suite"},
      {"name = \"cnsa-2.0\"", "name = \"\"", "line 2: the rule 'name' must be a text that is not empty"},
      {"[sealing]", "[sealing", "line 16: this is not TOML"},
      {"[sealing]", "[ceiling]", "there is no rule 'ceiling.suites'"},
      {"[sealing]", "[=sealing]", "line 16: this is not TOML"},
      {"[sealing]", "[[[sealing]]]", "line 16: this is not TOML"},
      {"[sealing]", "[versiegeln ö]", "line 16: characters beyond ASCII may stand in comments"},
      {"[sealing]", "[sealing] # ö", "line 16: characters beyond ASCII"},
      {"[sealing]", "x = \"a\" \"ö\"", "line 16: characters beyond ASCII"},
      {"[sealing]", "x = 0\"ö\"", "line 16: characters beyond ASCII"},
      {"[sealing]", "ö = \"a\"", "line 16: characters beyond ASCII"},
  };
  ASSERT_TRUE(parse_profile(good, "file").ok());
  for (const auto& [from, to, words] : mistakes) {
    auto text = good;
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    const auto profile = parse_profile(text.replace(at, from.size(), to), "profile 'x.toml'");
    ASSERT_FALSE(profile.ok()) << to;
    EXPECT_EQ(profile.error().code(), ErrorCode::malformed);
    EXPECT_THAT(profile.error().message(), HasSubstr("profile 'x.toml'"));
    EXPECT_THAT(profile.error().message(), HasSubstr(words));
  }
}

TEST(ProfileFile, MayBeWrittenInAnyLanguage) {
  std::string text(builtin_profile("cnsa-2.0"));
  const std::string old = "CNSA 2.0:";
  text.replace(text.find(old), old.size(), "für # Türme:");
  const auto profile = parse_profile("\xEF\xBB\xBF# größer = \"als\n" + text + "\t# 'früher'\r\n", "file");
  ASSERT_TRUE(profile.ok()) << profile.error().message();
  EXPECT_THAT(profile->description, HasSubstr("für # Türme:"));
}

class SiteProfiles : public testing::Test {
 protected:
  void write(const std::string& file, std::string text, const std::string& name) {
    const std::string old = "name = \"legacy\"";
    std::ofstream(folder_ / file) << text.replace(text.find(old), old.size(), "name = \"" + name + "\"");
  }

  TemporaryFolder folder_;
  std::string text_{builtin_profile("legacy")};
};

TEST_F(SiteProfiles, AreFoundByTheirFilesName) {
  write("acme-2026.toml", text_, "acme-2026");
  const auto profile = find_profile("acme-2026", folder_.path());
  ASSERT_TRUE(profile.ok()) << profile.error().message();
  EXPECT_EQ(profile->name, "acme-2026");
}

TEST_F(SiteProfiles, AreListedWhereANameIsUnknown) {
  write("acme-2026.toml", text_, "acme-2026");
  for (const std::string name : {"acme", "../acme-2026", "", ".hidden"}) {
    const auto profile = find_profile(name, folder_.path());
    ASSERT_FALSE(profile.ok());
    EXPECT_EQ(profile.error().code(), ErrorCode::not_found);
    EXPECT_THAT(profile.error().message(), HasSubstr("default-2026, cnsa-2.0, fips, legacy, acme-2026"));
  }
}

TEST_F(SiteProfiles, AreRefusedWhereOthersCanWriteThem) {
  write("acme-2026.toml", text_, "acme-2026");
  std::filesystem::permissions(folder_ / "acme-2026.toml", std::filesystem::perms{0666});
  const auto profile = find_profile("acme-2026", folder_.path());
  ASSERT_FALSE(profile.ok());
  EXPECT_EQ(profile.error().code(), ErrorCode::refused);
  EXPECT_THAT(profile.error().message(), HasSubstr("writable by other accounts"));
}

TEST_F(SiteProfiles, SayTheNameOfTheirFile) {
  write("acme.toml", text_, "other");
  const auto profile = find_profile("acme", folder_.path());
  ASSERT_FALSE(profile.ok());
  EXPECT_THAT(profile.error().message(), HasSubstr("its name is 'other', and must be 'acme'"));
}

TEST_F(SiteProfiles, DoNotReplaceBuiltInOnes) {
  write("cnsa-2.0.toml", text_, "cnsa-2.0");
  EXPECT_TRUE(
      refused(check_algorithm(find_profile("cnsa-2.0", folder_.path()).value(), KeyAlgorithm::ed25519), "cnsa"));
}

}  // namespace
}  // namespace holdfast::trust
