// The openssl command as judge: it verifies what we sign, and we verify what it signs.
#include "crypto/hash.hpp"
#include "crypto/signature.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::pattern;
using test::succeeded;
using test::test_key;

struct Case {
  SignatureScheme scheme;
  std::string options;  ///< for openssl pkeyutl
};

Case rsa_case(HashAlgorithm hash, RsaScheme rsa, InputKind input) {
  std::string options(rsa == RsaScheme::pss ? " -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest" : "");
  options += (input == InputKind::message ? " -rawin -digest " : " -pkeyopt digest:") + std::string(name_of(hash));
  return {{.hash = hash, .rsa = rsa, .input = input, .context = {}}, options};
}

Case ecdsa_case(HashAlgorithm hash, InputKind input) {
  const std::string option = input == InputKind::message ? " -rawin -digest " : " -pkeyopt digest:";
  return {{.hash = hash, .rsa = {}, .input = input, .context = {}}, option + std::string(name_of(hash))};
}

std::vector<Case> hashed_cases(Family family) {
  std::vector<Case> cases;
  for (const auto hash : {HashAlgorithm::sha256, HashAlgorithm::sha384, HashAlgorithm::sha512}) {
    for (const auto input : {InputKind::message, InputKind::digest}) {
      if (family == Family::ecdsa) cases.push_back(ecdsa_case(hash, input));
      if (family == Family::rsa) cases.push_back(rsa_case(hash, RsaScheme::pkcs1, input));
      if (family == Family::rsa) cases.push_back(rsa_case(hash, RsaScheme::pss, input));
    }
  }
  return cases;
}

std::vector<Case> cases_of(Family family) {
  if (family == Family::rsa || family == Family::ecdsa) return hashed_cases(family);
  if (family == Family::ed25519) return {{{}, " -rawin"}};
  const Bytes longest(255, 'c');
  return {{{}, " -rawin"},
          {{.hash = {}, .rsa = {}, .context = {'a', 'b'}}, " -rawin -pkeyopt context-string:ab"},
          {{.hash = {}, .rsa = {}, .context = longest},
           " -rawin -pkeyopt context-string:" + std::string(longest.begin(), longest.end())}};
}

class Peer : public testing::TestWithParam<KeyRow> {
 protected:
  void SetUp() override {
    test::write(folder_ / "key", test::revealed(key_.to_pkcs8().value()));
    test::write(folder_ / "public", as_bytes(key_.public_key().to_pem().value()));
  }

  void expect_openssl_accepts(const Case& row, ByteView signature) {
    test::write(folder_ / "signature", signature);
    EXPECT_TRUE(test::openssl_command(
        folder_, "pkeyutl -verify -pubin -inkey public -in input -sigfile signature" + row.options))
        << row.options << "\n"
        << test::output_of(folder_);
  }

  void exchange(const Case& row, ByteView message) {
    const bool digest = row.scheme.input == InputKind::digest;
    const Bytes input = digest ? hash(*row.scheme.hash, {message}).value() : Bytes(message.begin(), message.end());
    test::write(folder_ / "input", input);
    const auto ours = sign_message(key_, row.scheme, input);
    ASSERT_TRUE(succeeded(ours));
    expect_openssl_accepts(row, *ours);
    if (row.scheme.rsa != RsaScheme::pss) {
      expect_openssl_accepts(row, sign_message(key_, row.scheme, input, Randomness::deterministic).value());
    }
    ASSERT_TRUE(test::openssl_command(folder_, "pkeyutl -sign -inkey key -in input -out theirs" + row.options))
        << row.options << "\n"
        << test::output_of(folder_);
    const auto verdict = verify_message(key_.public_key(), row.scheme, input, test::content_of(folder_ / "theirs"));
    ASSERT_TRUE(succeeded(verdict));
    EXPECT_EQ(*verdict, Verdict::valid) << row.options;
  }

  const PrivateKey& key_ = test_key(GetParam().algorithm);
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Table, Peer, testing::ValuesIn(signature_suites().begin(), signature_suites().end()),
                         [](const auto& row) { return test::test_name(row.param.name); });

TEST_P(Peer, EachVerifiesWhatTheOtherSigns) {
  for (const Case& row : cases_of(GetParam().family)) exchange(row, pattern(1000));
}

TEST_P(Peer, MlDsaDeterministicSignaturesAreEqual) {
  if (GetParam().family != Family::ml_dsa) return;
  test::write(folder_ / "input", pattern(1000));
  ASSERT_TRUE(
      test::openssl_command(folder_, "pkeyutl -sign -inkey key -rawin -in input -pkeyopt deterministic:1 -out theirs"))
      << test::output_of(folder_);
  EXPECT_EQ(sign_message(key_, {}, pattern(1000), Randomness::deterministic).value(),
            test::content_of(folder_ / "theirs"));
}

TEST_P(Peer, PssSaltsOfOtherLengthsVerify) {
  if (GetParam().family != Family::rsa) return;
  test::write(folder_ / "input", pattern(1000));
  const SignatureScheme scheme{.hash = HashAlgorithm::sha256, .rsa = RsaScheme::pss, .context = {}};
  for (const std::string length : {"0", "20", "max"}) {
    ASSERT_TRUE(test::openssl_command(folder_,
                                      "pkeyutl -sign -inkey key -rawin -digest sha256 -in input -out theirs "
                                      "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:" +
                                          length))
        << test::output_of(folder_);
    EXPECT_EQ(verify_message(key_.public_key(), scheme, pattern(1000), test::content_of(folder_ / "theirs")).value(),
              Verdict::valid)
        << length;
  }
}

TEST_P(Peer, AJudgeThatSaysNo) {
  test::write(folder_ / "input", pattern(1000));
  const Case row = cases_of(GetParam().family).front();
  const Bytes other = sign_message(key_, row.scheme, pattern(1001)).value();
  test::write(folder_ / "signature", other);
  EXPECT_FALSE(test::openssl_command(
      folder_, "pkeyutl -verify -pubin -inkey public -in input -sigfile signature" + row.options));
}

}  // namespace
}  // namespace holdfast::crypto
