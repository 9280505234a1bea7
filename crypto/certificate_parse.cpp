// Certificates from files. Everything here reads untrusted bytes.
#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/certificate.hpp"
#include "crypto/hash.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/x509_openssl.hpp"

namespace holdfast::crypto {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} * 1024;
constexpr std::size_t kMaxCertificates = 10;
constexpr std::size_t kMaxShownSerial = 80;
constexpr std::string_view kPemBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kSpace = " \t\r\n";

Error malformed(std::string message) {
  ERR_clear_error();
  return {ErrorCode::malformed, std::move(message)};
}

std::string numbered(std::size_t index) { return "certificate " + std::to_string(index + 1); }

/// Told by the label, before anything is decoded.
Result<void> check_label(std::string_view label) {
  if (label == "CERTIFICATE") return {};
  if (label.ends_with("PRIVATE KEY")) {
    return Error(ErrorCode::refused,
                 "there is a private key among the certificates; take it out, and keep it from whoever has this file");
  }
  if (label == "PKCS7" || label == "CMS") {
    return malformed("this is a PKCS #7 file; 'openssl pkcs7 -print_certs' makes certificates of it");
  }
  if (label == "CERTIFICATE REQUEST" || label == "NEW CERTIFICATE REQUEST") {
    return malformed("this is a certificate request, and not the certificate that was issued for it");
  }
  return malformed("a PEM block 'CERTIFICATE' is needed, and '" + printable(label, 40) + "' was found");
}

/// Takes one PEM block, with the text in front of it, from the start of `rest`; nothing where only space is left.
Result<std::optional<Bytes>> take_block(std::string_view& rest) {
  const auto begin = rest.find(kPemBegin);
  if (begin == std::string_view::npos) {
    if (rest.find_first_not_of(kSpace) == std::string_view::npos) return std::optional<Bytes>();
    return malformed("something else follows the last PEM block; take out what is behind it");
  }
  if (rest.substr(0, begin).find('\0') != std::string_view::npos)
    return malformed("there are bytes between PEM blocks");
  rest.remove_prefix(begin + kPemBegin.size());
  const auto label_size = rest.find(kDashes);
  TRY(check_label(rest.substr(0, label_size)), "check label");
  if (label_size == std::string_view::npos) return malformed("the label of a PEM block has no end");
  rest.remove_prefix(label_size + kDashes.size());
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const auto end = rest.find(kEnd);
  if (end == std::string_view::npos) return malformed("a PEM block 'CERTIFICATE' has no end");
  std::string base64(rest.substr(0, end));
  std::erase_if(base64, [](char c) { return kSpace.contains(c); });
  rest.remove_prefix(end + kEnd.size());
  auto der = parse_base64(base64);
  if (!der.ok()) return malformed("a PEM block 'CERTIFICATE' is damaged: " + der.error().message());
  return std::optional(std::move(der).value());
}

Result<std::vector<Bytes>> read_pem(std::string_view text) {
  if (!text.contains(kPemBegin)) return malformed("this is no certificate, neither PEM nor DER");
  std::vector<Bytes> blocks;
  while (true) {
    TRY_LET(auto der, take_block(text), "read PEM block");
    if (!der) return blocks;
    if (blocks.size() == kMaxCertificates) {
      return malformed("there are more than 10 certificates; leave out those that the chain does not need");
    }
    blocks.push_back(*std::move(der));
  }
}

Result<openssl::Certificate> decode(ByteView der, const std::string& name) {
  TRY(openssl::check_der_frame(der, name), "check DER");
  const unsigned char* at = der.data();
  X509* object = X509_new_ex(openssl::context(), nullptr);
  const bool read = object != nullptr && d2i_X509(&object, &at, static_cast<long>(der.size())) != nullptr;
  // On failure OpenSSL has freed the object and forgotten it, or has left it as it was.
  openssl::Certificate certificate(object);
  if (!read) return malformed(name + " is damaged, or something else than a certificate");
  // Reading an unknown key leaves its reasons behind, and is no failure yet.
  ERR_clear_error();
  return certificate;
}

std::string serial_of(const X509* certificate) {
  const openssl::Bignum number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* text = number ? BN_bn2hex(number.get()) : nullptr;
  std::string shown = text == nullptr ? "" : printable(text, kMaxShownSerial);
  OPENSSL_free(text);
  std::ranges::transform(shown, shown.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return shown;
}

Result<Timestamp> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return malformed("certificate 1 states its validity in no known form");
  const auto date = std::chrono::year(parts.tm_year + 1900) /
                    std::chrono::month(static_cast<unsigned>(parts.tm_mon) + 1) /
                    std::chrono::day(static_cast<unsigned>(parts.tm_mday));
  return std::chrono::sys_days(date) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

Result<CertificateFacts> facts_of(const X509* certificate, ByteView der) {
  CertificateFacts facts;
  facts.subject = openssl::show_name(X509_get_subject_name(certificate));
  facts.issuer = openssl::show_name(X509_get_issuer_name(certificate));
  facts.serial = serial_of(certificate);
  TRY_LET(facts.not_before, time_of(X509_get0_notBefore(certificate)), "read validity");
  TRY_LET(facts.not_after, time_of(X509_get0_notAfter(certificate)), "read validity");
  TRY_LET(facts.fingerprint, hash(HashAlgorithm::sha256, {der}), "hash certificate");
  return facts;
}

Result<PublicKey> key_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return malformed("certificate 1 has no public key");
  const Bytes spki(der, der + size);
  OPENSSL_free(der);
  return PublicKey::parse(spki);
}

Result<void> check_order(const std::vector<openssl::Certificate>& certificates) {
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    const X509_NAME* const issuer = X509_get_issuer_name(certificates[i - 1].get());
    const X509_NAME* const subject = X509_get_subject_name(certificates[i].get());
    if (X509_NAME_cmp(issuer, subject) == 0) continue;
    return malformed(numbered(i) + " is for '" + printable(openssl::show_name(subject)) + "', but certificate " +
                     std::to_string(i) + " was issued by '" + printable(openssl::show_name(issuer)) +
                     "'; put each certificate directly in front of its issuer's");
  }
  return {};
}

bool looks_like_der(ByteView bytes) {
  // A SEQUENCE of more than 127 bytes; no text begins so.
  return bytes.size() > 1 && bytes[0] == 0x30 && bytes[1] >= 0x80;
}

}  // namespace

Result<CertificateChain> CertificateChain::parse(ByteView pem_or_der) {
  if (pem_or_der.empty()) return malformed("the certificate is empty");
  if (pem_or_der.size() > kMaxFile) return malformed("the certificates are larger than 64 KiB");
  std::vector<Bytes> ders;
  if (looks_like_der(pem_or_der)) {
    ders.emplace_back(pem_or_der.begin(), pem_or_der.end());
  } else {
    TRY_LET(ders, read_pem(as_text(pem_or_der)), "read PEM");
  }
  std::vector<openssl::Certificate> certificates;
  for (std::size_t i = 0; i < ders.size(); ++i) {
    TRY_LET(openssl::Certificate certificate, decode(ders[i], numbered(i)), "read certificate");
    certificates.push_back(std::move(certificate));
  }
  TRY(check_order(certificates), "check the order");
  TRY_LET(PublicKey key, key_of(certificates.front().get()), "read the certificate's key");
  TRY_LET(CertificateFacts facts, facts_of(certificates.front().get(), ders.front()), "read the certificate");
  return CertificateChain(std::move(ders), std::move(key), std::move(facts));
}

}  // namespace holdfast::crypto
