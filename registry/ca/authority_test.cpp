// The authority with each of its algorithms; the openssl command judges every chain.
#include "registry/ca/authority.hpp"

#include <thread>

#include "registry/ca/test_support.hpp"

namespace holdfast::ca {
namespace {

using crypto::KeyAlgorithm;
using crypto::test::failed;
using crypto::test::output_of;
using crypto::test::succeeded;
using holdfast::test::TemporaryFolder;
using test::gate_with;
using test::kNow;
using test::MemoryVault;
using test::settings_with;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

using enum KeyAlgorithm;

std::string pem(const Bytes& der) { return crypto::CertificateChain::parse(der).value().to_pem().value(); }

/// What openssl prints about the last certificate.
class Judge {
 public:
  explicit Judge(const std::vector<Bytes>& chain) {
    crypto::test::write(folder_ / "root", as_bytes(pem(chain.back())));
    std::string below;
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) below += pem(chain[i]);
    crypto::test::write(folder_ / "below", as_bytes(below));
  }

  [[nodiscard]] testing::AssertionResult verifies(const Bytes& der, Timestamp at, const std::string& purpose) {
    crypto::test::write(folder_ / "leaf", as_bytes(pem(der)));
    return ran("verify -x509_strict -check_ss_sig -CAfile root -untrusted below -purpose " + purpose + " -attime " +
               std::to_string(at.time_since_epoch().count()) + " leaf");
  }
  std::string text() {
    EXPECT_TRUE(ran("x509 -in leaf -noout -text -nameopt RFC2253"));
    return output_of(folder_);
  }
  [[nodiscard]] testing::AssertionResult ran(const std::string& arguments) {
    if (crypto::test::openssl_command(folder_, arguments)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << output_of(folder_);
  }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
};

class EachAlgorithm : public testing::TestWithParam<KeyAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(Table, EachAlgorithm,
                         testing::Values(ecdsa_p256, ecdsa_p384, ml_dsa_44, ml_dsa_65, ml_dsa_87, rsa_3072, rsa_4096),
                         [](const auto& row) { return crypto::test::test_name(crypto::row_of(row.param).name); });

TEST_P(EachAlgorithm, CertifiesWhatOpensslVerifies) {
  MemoryVault vault;
  const auto authority = Authority::found(vault, settings_with(GetParam()), kNow);
  ASSERT_TRUE(succeeded(authority));
  ASSERT_EQ(authority->chain().size(), 2u);
  Judge judge(authority->chain());
  for (const auto algorithm : {ecdsa_p256, ml_dsa_65, GetParam()}) {
    const auto issued = authority->issue(gate_with(algorithm));
    ASSERT_TRUE(succeeded(issued));
    EXPECT_TRUE(judge.verifies(issued->der, kNow, "sslclient"));
    EXPECT_FALSE(judge.verifies(issued->der, kNow, "sslserver"));
    EXPECT_FALSE(judge.verifies(issued->der, kNow + 8 * 24h, "sslclient"));
    EXPECT_EQ(crypto::CertificateChain::parse(issued->der).value().leaf().serial, issued->serial.to_hex());
  }
  EXPECT_THAT(judge.text(), HasSubstr("Issuer: CN=Example Fleet Issuing CA,O=Example\\, Inc.\n"));
  EXPECT_EQ(vault.signatures_of(kRootKey), 2);
}

TEST_P(EachAlgorithm, NamesMlDsaWithoutParameters) {
  if (crypto::row_of(GetParam()).family != crypto::Family::ml_dsa) return;
  MemoryVault vault;
  const auto authority = Authority::found(vault, settings_with(GetParam()), kNow).value();
  Judge judge(authority.chain());
  ASSERT_TRUE(judge.verifies(authority.issue(gate_with(GetParam())).value().der, kNow, "sslclient"));
  const std::string name(crypto::row_of(GetParam()).openssl_name);
  EXPECT_THAT(judge.text(), HasSubstr("Public Key Algorithm: " + name + "\n"));
  EXPECT_THAT(judge.text(), HasSubstr("Signature Algorithm: " + name + "\n"));
  // Each AlgorithmIdentifier is a SEQUENCE with the OID, and nothing behind it.
  ASSERT_TRUE(judge.ran("asn1parse -in leaf"));
  const std::string lines = output_of(judge.folder());
  std::size_t found = 0;
  for (auto at = lines.find(":" + name + "\n"); at != std::string::npos; at = lines.find(":" + name + "\n", at + 1)) {
    ++found;
    const auto next = lines.substr(lines.find('\n', at) + 1, 60);
    EXPECT_THAT(next, Not(HasSubstr("NULL")));
    const auto before = lines.rfind('\n', lines.rfind('\n', at) - 1);
    EXPECT_THAT(lines.substr(before, 60), HasSubstr("hl=2 l=  11 cons: SEQUENCE"));
  }
  EXPECT_EQ(found, 3u);
}

TEST_P(EachAlgorithm, OpensAgain) {
  MemoryVault vault;
  const auto founded = Authority::found(vault, settings_with(GetParam()), kNow).value();
  vault.forget(kRootKey);
  const auto opened = Authority::open(vault, founded.chain().back(), std::span(founded.chain()).first(1));
  ASSERT_TRUE(succeeded(opened));
  EXPECT_EQ(opened->chain(), founded.chain());
  Judge judge(opened->chain());
  EXPECT_TRUE(judge.verifies(opened->issue(gate_with(ecdsa_p256)).value().der, kNow, "sslclient"));
}

TEST_P(EachAlgorithm, IsCertifiedByAnother) {
  MemoryVault vault;
  const auto request = Authority::issuing_request(vault, settings_with(GetParam()));
  ASSERT_TRUE(succeeded(request));
  const TemporaryFolder folder;
  const auto run = [&](const std::string& arguments) {
    EXPECT_TRUE(crypto::test::openssl_command(folder, arguments)) << arguments << "\n" << output_of(folder);
    return output_of(folder);
  };
  crypto::test::write(folder / "request", as_bytes(*request));
  const std::string asked = run("req -in request -verify -noout -text -nameopt RFC2253");
  EXPECT_THAT(asked, HasSubstr("self-signature verify OK"));
  EXPECT_THAT(asked, HasSubstr("Subject: CN=Example Fleet Issuing CA,O=Example\\, Inc.\n"));
  EXPECT_THAT(asked, HasSubstr("CA:TRUE, pathlen:0\n"));
  EXPECT_THAT(asked, HasSubstr("Certificate Sign, CRL Sign\n"));
  run("req -x509 -newkey ed25519 -nodes -subj /CN=Corporate -keyout root.key -out root -days 9 -addext "
      "basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign");
  run("x509 -req -in request -CA root -CAkey root.key -copy_extensions copyall -days 9 -out issuing");
  Bytes text = crypto::test::content_of(folder / "issuing");
  append(text, crypto::test::content_of(folder / "root"));
  const auto chain = crypto::CertificateChain::parse(text).value();
  const auto authority = Authority::accept(vault, chain, system_clock_now());
  ASSERT_TRUE(succeeded(authority));
  EXPECT_EQ(authority->chain(), chain.certificates());
  auto gate = gate_with(ecdsa_p256);
  gate.now = system_clock_now();
  Judge judge(authority->chain());
  EXPECT_TRUE(judge.verifies(authority->issue(gate).value().der, gate.now, "sslclient"));
  EXPECT_TRUE(failed(Authority::accept(vault, chain, kNow + 24h * 36'500), ErrorCode::refused, "has expired"));
}

TEST(Authority, EndsWhatItIssuesWithItself) {
  MemoryVault vault;
  auto settings = settings_with(ecdsa_p256);
  settings.root_validity = std::chrono::days(20);
  settings.issuing_validity = std::chrono::days(30);
  const auto authority = Authority::found(vault, settings, kNow).value();
  EXPECT_EQ(authority.not_after(), kNow + 20 * 24h);
  auto gate = gate_with(ecdsa_p256);
  const auto week = authority.issue(gate).value();
  EXPECT_EQ(week.not_before, kNow - 5min);
  EXPECT_EQ(week.not_after, kNow + 7 * 24h);
  const auto facts = crypto::CertificateChain::parse(week.der).value().leaf();
  EXPECT_EQ(facts.not_before, week.not_before);
  EXPECT_EQ(facts.not_after, week.not_after);
  gate.validity = std::chrono::seconds::max();
  EXPECT_EQ(authority.issue(gate).value().not_after, authority.not_after());
  gate.now = authority.not_after();
  EXPECT_EQ(authority.issue(gate).value().not_after, authority.not_after());
  gate.now += 1s;
  EXPECT_TRUE(
      failed(authority.issue(gate), ErrorCode::refused, "to 2026-12-11T03:25:45Z, and now it is 2026-12-11T03"));
  gate.now = kNow - 6min;
  EXPECT_TRUE(failed(authority.issue(gate), ErrorCode::refused, "correct the clock"));
}

TEST(Authority, BeginsAsFarInThePastAsItIsTold) {
  MemoryVault vault;
  auto settings = settings_with(ecdsa_p256);
  settings.skew = 1h;
  const auto authority = Authority::found(vault, settings, kNow).value();
  auto gate = gate_with(ecdsa_p256);
  EXPECT_EQ(authority.issue(gate).value().not_before, kNow - 1h);
  gate.now = kNow - 30min;
  EXPECT_EQ(authority.issue(gate).value().not_before, kNow - 1h) << "not before the issuing certificate's own";
  const auto below = std::span(authority.chain()).first(1);
  const auto exact = Authority::open(vault, authority.chain().back(), below, {.skew = 0s}).value();
  EXPECT_EQ(exact.issue(gate).value().not_before, gate.now);
  EXPECT_TRUE(failed(Authority::open(vault, authority.chain().back(), below, {.skew = -1s}), ErrorCode::usage,
                     "0 seconds to one day in the past, and -1 seconds were given"));
}

TEST(Authority, IsFoundedOnceMoreAfterAnInterruption) {
  MemoryVault vault;
  ASSERT_TRUE(succeeded(vault.create(kRootKey, ecdsa_p384)));
  auto settings = settings_with(ecdsa_p384);
  ASSERT_TRUE(succeeded(Authority::found(vault, settings, kNow)));
  settings.root_algorithm = ml_dsa_65;
  EXPECT_TRUE(failed(Authority::found(vault, settings, kNow), ErrorCode::refused,
                     "the vault's key 'ca-root' is for ecdsa-p384, and not for ml-dsa-65"));
}

TEST(Authority, RefusesSettingsThatMakeNoSense) {
  MemoryVault vault;
  const auto with = [&](auto change) {
    auto settings = settings_with(ecdsa_p256);
    change(settings);
    return Authority::found(vault, settings, kNow);
  };
  using enum ErrorCode;
  EXPECT_TRUE(failed(with([](auto& s) { s.name = ""; }), usage, "has no name"));
  EXPECT_TRUE(failed(with([](auto& s) { s.name = std::string(60, 'a'); }), usage, "at most 64 characters"));
  EXPECT_TRUE(failed(with([](auto& s) { s.root_algorithm = rsa_2048; }), usage,
                     "does not sign with rsa-2048; use one of: ecdsa-p256, ecdsa-p384, ml-dsa-44"));
  EXPECT_TRUE(failed(with([](auto& s) { s.issuing_algorithm = x25519; }), usage, "does not sign with x25519"));
  EXPECT_TRUE(failed(with([](auto& s) { s.issuing_validity = std::chrono::days(0); }), usage, "1 to 36500 days"));
  EXPECT_TRUE(failed(with([](auto& s) { s.skew = 25h; }), usage, "90000 seconds were given"));
}

TEST(Authority, OpensNothingThatDoesNotBelongTogether) {
  MemoryVault vault;
  MemoryVault other_vault;
  const auto authority = Authority::found(vault, settings_with(ecdsa_p256), kNow).value();
  const auto other = Authority::found(other_vault, settings_with(ecdsa_p256), kNow).value();
  const Bytes& root = authority.chain().back();
  const auto open = [&](const Bytes& top, const std::vector<Bytes>& below) {
    return Authority::open(vault, top, below);
  };
  using enum ErrorCode;
  EXPECT_TRUE(failed(open(other.chain().back(), {authority.chain().front()}), refused,
                     "the certificate of 'CN=Example Fleet Issuing CA,O=Example\\, Inc.' cannot be used"));
  EXPECT_TRUE(failed(open(other.chain().back(), {other.chain().front()}), refused, "is for the key"));
  EXPECT_TRUE(failed(open(root, {}), refused, "an authority has a certificate below its root's"));
  EXPECT_TRUE(failed(open(root, {root}), refused, "do not belong there"));
  EXPECT_TRUE(failed(open(authority.chain().front(), {authority.chain().front()}), refused,
                     "it is the last one and was issued by another authority"));
  const Bytes leaf = authority.issue(gate_with(ecdsa_p256)).value().der;
  EXPECT_TRUE(failed(open(root, {leaf, authority.chain().front()}), refused, "it is not for an authority"));
  EXPECT_TRUE(failed(open(root, {other.chain().front(), authority.chain().front()}), refused, "cannot be used"));
  EXPECT_TRUE(failed(open(root, {Bytes(3, 1)}), malformed, "neither PEM nor DER"));
  MemoryVault empty;
  EXPECT_TRUE(failed(Authority::open(empty, root, std::span(authority.chain()).first(1)), not_found, "'ca-issuing'"));
}

TEST(Authority, CertifiesEndEntitiesOnly) {
  MemoryVault vault;
  const auto authority = Authority::found(vault, settings_with(ecdsa_p256), kNow).value();
  auto gate = gate_with(ecdsa_p256);
  gate.profile = crypto::CertificateProfile::issuing_ca;
  EXPECT_TRUE(failed(authority.issue(gate), ErrorCode::usage, "certifies clients and servers"));
  gate = gate_with(ecdsa_p256);
  gate.validity = 0s;
  EXPECT_TRUE(failed(authority.issue(gate), ErrorCode::usage, "valid for one second at least, and 0 were given"));
  vault.forget(kIssuingKey);
  EXPECT_TRUE(failed(authority.issue(gate_with(ecdsa_p256)), ErrorCode::not_found, "no key 'ca-issuing'"));
}

TEST(Authority, IssuesInSeveralThreads) {
  MemoryVault vault;
  const auto authority = Authority::found(vault, settings_with(ecdsa_p256), kNow).value();
  std::vector<std::vector<IssuedCertificate>> issued(4);
  std::vector<std::thread> threads;
  for (auto& own : issued) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) own.push_back(authority.issue(gate_with(ecdsa_p256)).value());
    });
  }
  for (auto& thread : threads) thread.join();
  std::map<crypto::SerialNumber, int> serials;
  for (const auto& own : issued) {
    for (const auto& certificate : own) ++serials[certificate.serial];
  }
  EXPECT_EQ(serials.size(), 200u);
  Judge judge(authority.chain());
  for (const auto& own : issued) EXPECT_TRUE(judge.verifies(own.back().der, kNow, "sslclient"));
}

}  // namespace
}  // namespace holdfast::ca
