// Chains of authorities that the openssl command made.
#include "crypto/authority_chain.hpp"

#include <openssl/err.h>

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::succeeded;

/// Authorities that are named as their files are; each is certified by one that was made before.
class Authorities {
 public:
  void make_root(const std::string& name, const std::string& options = "-newkey ed25519") {
    run("req -x509 -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " + name +
        " -days 9 -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign " + options);
  }
  void make_below(const std::string& issuer, const std::string& name, const std::string& constraints = "CA:TRUE",
                  const std::string& options = "", const std::string& usage = "keyCertSign") {
    run("req -new -newkey ed25519 -nodes -subj /CN=" + name + " -keyout " + name + ".key -out request");
    test::write(folder_ / "extensions",
                as_bytes("basicConstraints=critical," + constraints + "\nkeyUsage=critical," + usage +
                         "\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"));
    run("x509 -req -in request -CA " + issuer + " -CAkey " + issuer + ".key -extfile extensions -days 5 -out " + name +
        " " + options);
  }
  [[nodiscard]] std::vector<Bytes> chain(const std::vector<std::string>& names) {
    std::vector<Bytes> ders;
    for (const auto& name : names) {
      run("x509 -in " + name + " -outform DER -out der");
      ders.push_back(test::content_of(folder_ / "der"));
    }
    return ders;
  }

 private:
  void run(const std::string& arguments) {
    EXPECT_TRUE(test::openssl_command(folder_, arguments)) << arguments << "\n" << test::output_of(folder_);
  }
  TemporaryFolder folder_;
};

Result<void> check(const std::vector<Bytes>& chain) { return check_authority_chain(chain, system_clock_now()); }

TEST(AuthorityChain, IsOneUpToItsRoot) {
  Authorities made;
  made.make_root("root");
  made.make_below("root", "middle");
  made.make_below("middle", "low");
  EXPECT_TRUE(succeeded(check(made.chain({"low", "middle", "root"}))));
  EXPECT_TRUE(succeeded(check(made.chain({"root"}))));
  using enum ErrorCode;
  EXPECT_TRUE(failed(check({}), usage, "no certificate of an authority was given"));
  EXPECT_TRUE(failed(check(made.chain({"low", "middle"})), refused, "'CN=middle' cannot be used: it is the last one"));
  EXPECT_TRUE(failed(check(made.chain({"low", "root"})), refused, "'CN=low' cannot be used"));
  EXPECT_TRUE(failed(check(made.chain({"middle", "low", "root"})), refused, "do not belong there"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(AuthorityChain, KeepsToTheLengthsOfPaths) {
  Authorities made;
  made.make_root("root");
  made.make_below("root", "middle", "CA:TRUE,pathlen:0");
  made.make_below("middle", "low");
  EXPECT_TRUE(succeeded(check(made.chain({"middle", "root"}))));
  EXPECT_TRUE(
      failed(check(made.chain({"low", "middle", "root"})), ErrorCode::refused,
             "'CN=middle' cannot be used: its pathLenConstraint allows 0 authorities below it, and 1 are there"));
}

TEST(AuthorityChain, HasAuthoritiesThatMayCertify) {
  Authorities made;
  made.make_root("root");
  made.make_below("root", "device", "CA:FALSE", "", "digitalSignature");
  made.make_below("root", "lister", "CA:TRUE", "", "cRLSign");
  made.make_below("lister", "low");
  EXPECT_TRUE(failed(check(made.chain({"device", "root"})), ErrorCode::refused, "it is not for an authority"));
  EXPECT_TRUE(failed(check(made.chain({"low", "lister", "root"})), ErrorCode::refused, "'CN=lister' cannot be used"));
}

TEST(AuthorityChain, IsSignedByWhomItNames) {
  Authorities made;
  made.make_root("root");
  made.make_below("root", "low");
  auto chain = made.chain({"low", "root"});
  chain.front().back() ^= 1;
  EXPECT_TRUE(failed(check(chain), ErrorCode::refused, "'CN=low' cannot be used: certificate signature failure"));
  chain = made.chain({"low", "root"});
  chain.back().back() ^= 1;
  EXPECT_TRUE(failed(check(chain), ErrorCode::refused, "'CN=root' cannot be used: certificate signature failure"));
}

TEST(AuthorityChain, IsReadFromCertificatesAlone) {
  Authorities made;
  made.make_root("root");
  const Bytes root = made.chain({"root"}).front();
  EXPECT_TRUE(failed(check({{}, root}), ErrorCode::malformed, "the certificate of an authority is empty"));
  EXPECT_TRUE(failed(check({{0x30, 0x00}, root}), ErrorCode::malformed, "is damaged"));
}

TEST(AuthorityChain, IsStrong) {
  Authorities made;
  made.make_root("root", "-newkey rsa:1024");
  made.make_below("root", "low");
  EXPECT_TRUE(failed(check(made.chain({"low", "root"})), ErrorCode::refused, "key too weak"));
  made.make_root("old", "-newkey rsa:2048 -sha1");
  made.make_below("old", "below", "CA:TRUE", "-sha1");
  EXPECT_TRUE(failed(check(made.chain({"below", "old"})), ErrorCode::refused, "weak"));
}

TEST(AuthorityChain, IsValidWhenItIsAsked) {
  Authorities made;
  made.make_root("root");
  made.make_below("root", "low");
  const auto chain = made.chain({"low", "root"});
  const auto at = [&](std::chrono::days later) { return check_authority_chain(chain, system_clock_now() + later); };
  EXPECT_TRUE(succeeded(at(std::chrono::days(4))));
  EXPECT_TRUE(failed(at(std::chrono::days(6)), ErrorCode::refused, "'CN=low' cannot be used: certificate has expired"));
  EXPECT_TRUE(failed(at(std::chrono::days(-1)), ErrorCode::refused, "not yet valid"));
  EXPECT_TRUE(succeeded(check_authority_chain(chain, std::nullopt)));
}

}  // namespace
}  // namespace holdfast::crypto
