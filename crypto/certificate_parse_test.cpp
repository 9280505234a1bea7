// Certificates that come back from a certification authority, and files that are none.
#include <openssl/err.h>

#include "core/text.hpp"
#include "crypto/certificate.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using holdfast::test::TemporaryFolder;
using test::failed;
using test::succeeded;
using test::test_key;
using testing::HasSubstr;

/// A certification authority that the openssl command runs, with an authority between it and the devices.
class Authority {
 public:
  Authority() {
    run("req -x509 -newkey ed25519 -nodes -subj '/O=Example/CN=Root' -keyout root.key -out root -days 9 -addext "
        "basicConstraints=critical,CA:TRUE");
    run("req -new -newkey ed25519 -nodes -subj '/O=Example/CN=Middle' -keyout middle.key -out middle.req");
    test::write(folder_ / "middle.ext", as_bytes("basicConstraints=critical,CA:TRUE\n"));
    run("x509 -req -in middle.req -CA root -CAkey root.key -extfile middle.ext -days 9 -out middle");
  }

  /// The certificate for what `request` asks, as the openssl command writes it.
  std::string issue(const std::string& request, const std::string& options = "") {
    test::write(folder_ / "request", as_bytes(request));
    run("x509 -req -in request -CA middle -CAkey middle.key -copy_extensions copyall -days 9 -out leaf " + options);
    return file("leaf");
  }

  void run(const std::string& arguments) {
    EXPECT_TRUE(test::openssl_command(folder_, arguments)) << arguments << "\n" << test::output_of(folder_);
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return std::string(as_text(test::content_of(folder_ / name)));
  }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
};

Result<CertificateChain> parse(const std::string& text) { return CertificateChain::parse(as_bytes(text)); }

std::string request_for(KeyAlgorithm algorithm) {
  const RequestContent content{.subject = DistinguishedName::parse("/CN=gate 7").value(),
                               .alternative_names = parse_alternative_names(std::vector<std::string>{"DNS:a"}).value()};
  return make_certificate_request(test_key(algorithm), content).value();
}

TEST(CertificateChain, IsReadAsTheAuthorityGivesIt) {
  Authority authority;
  for (const auto algorithm : {KeyAlgorithm::rsa_2048, KeyAlgorithm::ecdsa_p384, KeyAlgorithm::ml_dsa_44}) {
    const std::string text =
        authority.issue(request_for(algorithm)) + authority.file("middle") + authority.file("root");
    const auto chain = parse(text);
    ASSERT_TRUE(succeeded(chain));
    EXPECT_EQ(chain->size(), 3u);
    EXPECT_EQ(chain->to_pem().value(), text);
    EXPECT_EQ(chain->leaf().subject, "CN=gate 7");
    EXPECT_EQ(chain->leaf().issuer, "CN=Middle,O=Example");
    EXPECT_TRUE(succeeded(check_belongs_to(*chain, test_key(algorithm).public_key())));
    test::write(authority.folder() / "chain", as_bytes(chain->to_pem().value()));
    authority.run("verify -CAfile root -untrusted chain leaf");
  }
}

TEST(CertificateChain, BelongsToOneKey) {
  Authority authority;
  const auto chain = parse(authority.issue(request_for(KeyAlgorithm::ecdsa_p256)));
  ASSERT_TRUE(succeeded(chain));
  const PublicKey& own = test_key(KeyAlgorithm::ecdsa_p256).public_key();
  const PublicKey& other = test_key(KeyAlgorithm::ed25519).public_key();
  EXPECT_TRUE(succeeded(check_belongs_to(*chain, own)));
  const auto shown = [](const PublicKey& key) { return to_hex(key.fingerprint().value()).substr(0, 16); };
  EXPECT_TRUE(failed(check_belongs_to(*chain, other), ErrorCode::refused,
                     "for the key " + shown(own) + "…, and this key is " + shown(other) + "…"));
}

TEST(CertificateChain, MayHaveWhatOpensslPrintsInFrontOfEach) {
  Authority authority;
  authority.issue(request_for(KeyAlgorithm::ed25519));
  authority.run("x509 -in leaf -text -out leaf.text");
  authority.run("x509 -in middle -subject -issuer -out middle.text");
  const std::string text = "\n" + authority.file("leaf.text") + "\n" + authority.file("middle.text") + "\r\n \n";
  const auto chain = parse(text);
  ASSERT_TRUE(succeeded(chain));
  EXPECT_EQ(chain->to_pem().value(), authority.file("leaf") + authority.file("middle"));
  std::string windows;
  for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_TRUE(succeeded(parse(windows)));
  authority.run("x509 -in leaf -outform DER -out leaf.der");
  const auto der = parse(authority.file("leaf.der"));
  ASSERT_TRUE(succeeded(der));
  EXPECT_EQ(der->to_pem().value(), authority.file("leaf"));
}

TEST(CertificateChain, RefusesOtherFiles) {
  Authority authority;
  const std::string leaf = authority.issue(request_for(KeyAlgorithm::ed25519));
  authority.run("x509 -in leaf -outform DER -out leaf.der");
  authority.run("crl2pkcs7 -nocrl -certfile leaf -out leaf.p7");
  authority.run("x509 -in leaf -trustout -out leaf.trusted");
  const std::string root = authority.file("root");
  const std::string middle = authority.file("middle");
  const std::string der = authority.file("leaf.der");
  std::string eleven;
  for (int i = 0; i < 11; ++i) eleven += root;
  std::string damaged = leaf;
  damaged[leaf.size() / 2] = '*';
  std::string other_tag = der;
  other_tag[4] = 0x31;
  struct Row {
    std::string text;
    ErrorCode code;
    const char* words;
  };
  using enum ErrorCode;
  const Row rows[] = {
      {"", malformed, "the certificate is empty"},
      {"hello", malformed, "neither PEM nor DER"},
      {"\x30", malformed, "neither PEM nor DER"},
      {std::string(65'537, ' '), malformed, "larger than 64 KiB"},
      {leaf + authority.file("middle.key"), refused, "there is a private key among the certificates"},
      {authority.file("middle.key") + leaf, refused, "there is a private key"},
      {"-----BEGIN ENCRYPTED PRIVATE KEY-----", refused, "there is a private key"},
      {"-----BEGIN EC PRIVATE KEY-----", refused, "there is a private key"},
      {authority.file("request"), malformed, "this is a certificate request, and not the certificate"},
      {authority.file("leaf.p7"), malformed, "'openssl pkcs7 -print_certs'"},
      {authority.file("leaf.trusted"), malformed, "'TRUSTED CERTIFICATE' was found"},
      {"-----BEGIN A\x1b[31m-----", malformed, "'A\\x1b[31m' was found"},
      {"-----BEGIN ", malformed, "'' was found"},
      {"-----BEGIN CERTIFICATE", malformed, "the label of a PEM block has no end"},
      {"-----BEGIN CERTIFICATE-----", malformed, "a PEM block 'CERTIFICATE' has no end"},
      {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", malformed, "certificate 1 is empty"},
      {"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", malformed, "certificate 1 is damaged"},
      {leaf.substr(0, leaf.size() - 10), malformed, "has no end"},
      {damaged, malformed, "a PEM block 'CERTIFICATE' is damaged"},
      {leaf + "hello", malformed, "something else follows the last PEM block"},
      {leaf + std::string(1, '\0'), malformed, "something else follows"},
      {leaf + std::string(1, '\0') + middle, malformed, "there are bytes between PEM blocks"},
      {der + "x", malformed, "certificate 1 is followed by 1 more bytes"},
      {der + der, malformed, "certificate 1 is followed by"},
      {der.substr(0, 100), malformed, "certificate 1 is truncated"},
      {other_tag, malformed, "certificate 1 is damaged, or something else than a certificate"},
      {eleven, malformed, "there are more than 10 certificates"},
      {leaf + root, malformed, "certificate 2 is for 'CN=Root,O=Example', but certificate 1 was issued by 'CN=Middle"},
      {middle + leaf, malformed, "certificate 2 is for 'CN=gate 7'"},
      {leaf + middle + leaf, malformed, "certificate 3 is for 'CN=gate 7', but certificate 2 was issued by 'CN=Root"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(failed(parse(row.text), row.code, row.words)) << row.words;
    EXPECT_EQ(ERR_peek_error(), 0u) << row.words;
  }
}

TEST(CertificateChain, RefusesKeysThatNobodyHereHas) {
  Authority authority;
  const auto certificate_for = [&](const std::string& key) {
    authority.run("req -x509 -newkey " + key + " -nodes -subj /CN=x -keyout key -out out");
    return authority.file("out");
  };
  EXPECT_TRUE(failed(parse(certificate_for("ed448")), ErrorCode::refused, "ED448 is not one of"));
  EXPECT_TRUE(failed(parse(certificate_for("rsa:1024")), ErrorCode::refused, "RSA with 1024 bits is not one of"));
  EXPECT_TRUE(
      failed(parse(certificate_for("ec -pkeyopt ec_paramgen_curve:secp256k1")), ErrorCode::refused, "secp256k1"));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(CertificateChain, AnIssuersKeyMayBeOfAnyType) {
  Authority authority;
  authority.run("req -x509 -newkey ed448 -nodes -subj '/CN=Old Root' -keyout old.key -out old");
  test::write(authority.folder() / "request", as_bytes(request_for(KeyAlgorithm::ed25519)));
  authority.run("x509 -req -in request -CA old -CAkey old.key -out leaf");
  EXPECT_TRUE(succeeded(parse(authority.file("leaf") + authority.file("old"))));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

/// The DER of a certificate with `name`, a sequence for openssl asn1parse -genconf, as subject and issuer.
std::string certificate_about(Authority& authority, const std::string& name) {
  // So long that growing changes the value of each size, and not its form.
  authority.run(
      "req -x509 -newkey ed25519 -nodes -subj /CN=x -keyout key -outform DER -out plain.der -addext nsComment=" +
      std::string(300, 'c'));
  const std::string config =
      "asn1=SEQUENCE:name\n[name]\na=SET:level\n[level]\na=SEQUENCE:attribute\n[attribute]\n"
      "type=OID:commonName\nvalue=" +
      name + "\n";
  test::write(authority.folder() / "config", as_bytes(config));
  authority.run("asn1parse -genconf config -noout -out name.der");
  const Bytes plain = test::content_of(authority.folder() / "plain.der");
  std::string text(as_text(plain));
  const std::string old("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x", 14);
  const std::string made = authority.file("name.der");
  std::size_t grown = 0;
  for (auto at = text.find(old); at != std::string::npos; at = text.find(old, at + made.size())) {
    text.replace(at, old.size(), made);
    grown += made.size() - old.size();
  }
  // The two frames around: 30 82 SIZE 30 82 SIZE.
  for (const std::size_t at : {std::size_t{2}, std::size_t{6}}) {
    const std::size_t size = (static_cast<std::size_t>(static_cast<unsigned char>(text[at])) << 8U) +
                             static_cast<unsigned char>(text[at + 1]) + grown;
    text[at] = static_cast<char>(size >> 8U);
    text[at + 1] = static_cast<char>(size & 0xffU);
  }
  return text;
}

TEST(CertificateChain, ShowsForeignNamesHarmlessly) {
  struct Row {
    const char* value;
    const char* shown;
  };
  const Row rows[] = {
      {"FORMAT:UTF8,UTF8:gäte", "CN=gäte"},
      {"FORMAT:UTF8,BMP:gäte", "CN=gäte"},
      {"FORMAT:UTF8,UNIV:gäte", "CN=gäte"},
      {"IMPLICIT:20U,FORMAT:HEX,OCT:67e4", "CN=gä"},
      {"IMPLICIT:12U,FORMAT:HEX,OCT:61001b5b62", "CN=a\\00\\1b[b"},              // embedded NUL, escape sequence
      {"IMPLICIT:30U,FORMAT:HEX,OCT:0061009b0a62", "CN=a\\c2\\9b\xe0\xa9\xa2"},  // the one-character form of ESC [
      {"IMPLICIT:30U,FORMAT:HEX,OCT:0061202e0062", "CN=a\\e2\\80\\aeb"},         // right-to-left override
      {"FORMAT:HEX,BITSTRING:1b5b", "CN=#0303001b5b"},                           // no text at all
      {"IMPLICIT:22U,FORMAT:HEX,OCT:2c4f3d78", "CN=\\,O=x"},                     // a comma that is no separator
  };
  Authority authority;
  for (const Row& row : rows) {
    SCOPED_TRACE(row.value);
    const auto chain = parse(certificate_about(authority, row.value));
    ASSERT_TRUE(succeeded(chain));
    EXPECT_EQ(chain->leaf().subject, row.shown);
    EXPECT_EQ(chain->leaf().subject, printable(chain->leaf().subject, 1000));
    EXPECT_EQ(ERR_peek_error(), 0u);
  }
}

TEST(CertificateChain, RefusesNamesThatAreNoText) {
  Authority authority;
  for (const std::string value :
       {"FORMAT:HEX,OCT:6162", "IMPLICIT:12U,FORMAT:HEX,OCT:e280aeff", "IMPLICIT:30U,FORMAT:HEX,OCT:d800"}) {
    EXPECT_TRUE(failed(parse(certificate_about(authority, value)), ErrorCode::malformed, "is damaged")) << value;
  }
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(CertificateChain, CutsEndlessNames) {
  Authority authority;
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "/OU=" + std::string(60, 'a');
  authority.run("req -x509 -newkey ed25519 -nodes -subj " + subject + " -keyout key -out out");
  const auto chain = parse(authority.file("out"));
  ASSERT_TRUE(succeeded(chain));
  EXPECT_LT(chain->leaf().subject.size(), 1010u);
  EXPECT_THAT(chain->leaf().subject, HasSubstr("…"));
}

TEST(CertificateChain, TellsSerialNumbersOfAnySize) {
  Authority authority;
  const auto serial = [&](const std::string& number) {
    authority.run("req -x509 -newkey ed25519 -nodes -subj /CN=x -keyout key -out out -set_serial " + number);
    return parse(authority.file("out")).value().leaf().serial;
  };
  EXPECT_EQ(serial("1"), "01");
  EXPECT_EQ(serial("0"), "0");
  EXPECT_EQ(serial("0xABCDEF0123456789ABCDEF0123456789"), "abcdef0123456789abcdef0123456789");
  EXPECT_EQ(serial("-5"), "-05");
}

}  // namespace
}  // namespace holdfast::crypto
