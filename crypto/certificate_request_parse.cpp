// Certificate requests from devices. Everything here reads untrusted bytes.
#include <arpa/inet.h>
#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/pem.hpp"
#include "crypto/x509_openssl.hpp"
#include "crypto/x509_signer.hpp"

namespace holdfast::crypto {
namespace {

using GeneralNames = openssl::Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using PssParameters = openssl::Owned<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free>;

constexpr std::size_t kMaxFile = std::size_t{64} * 1024;
constexpr int kMaxNames = 100;
constexpr std::size_t kMaxShownName = 300;

Error malformed(std::string message) {
  ERR_clear_error();
  return {ErrorCode::malformed, std::move(message)};
}

Error refused(std::string message) {
  ERR_clear_error();
  return {ErrorCode::refused, std::move(message)};
}

std::string name_of(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 0);
  return printable(text.data(), 100);
}

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return text.data();
}

Result<Bytes> unwrap_pem(ByteView pem) {
  const std::string_view label = pem_name(pem);
  // Told by the label, before anything is decoded.
  if (label.ends_with("PRIVATE KEY")) {
    return refused("this is a private key; send a certificate request, and keep the key from everybody else");
  }
  if (label == "CERTIFICATE") return malformed("this is a certificate, and not a request for one");
  if (label != "CERTIFICATE REQUEST" && label != "NEW CERTIFICATE REQUEST") {
    return malformed("a PEM block 'CERTIFICATE REQUEST' is needed, and '" + printable(label, 40) + "' was found");
  }
  return read_pem(pem, label);
}

Result<openssl::Request> decode(ByteView der) {
  TRY(openssl::check_der_frame(der, "the certificate request"), "check DER");
  const unsigned char* at = der.data();
  X509_REQ* object = X509_REQ_new_ex(openssl::context(), nullptr);
  const bool read = object != nullptr && d2i_X509_REQ(&object, &at, static_cast<long>(der.size())) != nullptr;
  // On failure OpenSSL has freed the object and forgotten it, or has left it as it was.
  openssl::Request request(object);
  if (!read) return malformed("the certificate request is damaged, or something else than one (PKCS #10)");
  // Reading an unknown key leaves its reasons behind, and is no failure yet.
  ERR_clear_error();
  if (X509_REQ_get_version(request.get()) != X509_REQ_VERSION_1) {
    return malformed("the certificate request has a version that does not exist; PKCS #10 has version 1 alone");
  }
  return request;
}

/// Whether these parameters may stand behind the algorithm of a key or a signature. OpenSSL lets some of them pass.
Result<void> check_no_parameters(const X509_ALGOR* algorithm, const std::string& where) {
  const ASN1_OBJECT* object = nullptr;
  int type = V_ASN1_UNDEF;
  X509_ALGOR_get0(&object, &type, nullptr, algorithm);
  if (type == V_ASN1_UNDEF) return {};
  return malformed("the algorithm " + name_of(object) + " of the request's " + where +
                   " has parameters, not even NULL may stand there; update the program that made the request");
}

/// The row of an algorithm that hashes by itself, and whose keys and signatures have this one OID; or nothing.
const KeyRow* find_whole(std::string_view oid) {
  const auto rows = signature_suites();
  const auto found = std::ranges::find_if(rows, [&](const KeyRow& row) { return !row.default_hash && row.oid == oid; });
  return found == rows.end() ? nullptr : &*found;
}

Result<PublicKey> key_of(X509_REQ* request) {
  X509_PUBKEY* const spki = X509_REQ_get_X509_PUBKEY(request);
  X509_ALGOR* algorithm = nullptr;
  ASN1_OBJECT* object = nullptr;
  if (spki == nullptr || X509_PUBKEY_get0_param(&object, nullptr, nullptr, &algorithm, spki) != 1) {
    return malformed("the certificate request has no public key");
  }
  if (find_whole(dotted(object)) != nullptr) TRY(check_no_parameters(algorithm, "key"), "check parameters");
  TRY_LET(const Bytes der, openssl::to_der<i2d_X509_PUBKEY>(spki, "the public key"), "copy public key");
  TRY_LET(PublicKey key, PublicKey::parse(der), "read public key");
  const KeyRow& row = row_of(key.algorithm());
  if (can(row, KeyUse::sign)) return key;
  return refused("a certificate is asked for with a key that signs, and " + std::string(row.name) +
                 " keys cannot; use one of: " + list_signature_algorithms());
}

Error weak(const std::string& algorithm) {
  return refused("the certificate request is signed with " + algorithm +
                 ", which is not accepted; sign it with SHA-256, SHA-384 or SHA-512, Ed25519 or ML-DSA");
}

bool is_strong_hash(int nid) { return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512; }

Result<void> check_pss(const X509_ALGOR* algorithm) {
  const PssParameters parameters(
      static_cast<RSA_PSS_PARAMS*>(ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter)));
  if (!parameters) return malformed("the RSA-PSS signature of the certificate request has damaged parameters");
  // Where no hash is named, RFC 4055 means SHA-1.
  const X509_ALGOR* const hash = parameters->hashAlgorithm;
  if (hash != nullptr && is_strong_hash(OBJ_obj2nid(hash->algorithm))) return {};
  return weak("RSA-PSS and " + (hash == nullptr ? "SHA-1" : name_of(hash->algorithm)));
}

struct HashedSignature {
  int nid;
  Family family;
};
constexpr auto kHashedSignatures = std::to_array<HashedSignature>({
    {NID_sha256WithRSAEncryption, Family::rsa},
    {NID_sha384WithRSAEncryption, Family::rsa},
    {NID_sha512WithRSAEncryption, Family::rsa},
    {NID_rsassaPss, Family::rsa},
    {NID_ecdsa_with_SHA256, Family::ecdsa},
    {NID_ecdsa_with_SHA384, Family::ecdsa},
    {NID_ecdsa_with_SHA512, Family::ecdsa},
});

/// Whether the signature's algorithm is one that counts, and one of this key's.
Result<void> check_algorithm(const X509_ALGOR* algorithm, const PublicKey& key) {
  const KeyRow& row = row_of(key.algorithm());
  const std::string name = name_of(algorithm->algorithm);
  const int nid = OBJ_obj2nid(algorithm->algorithm);
  const auto* const hashed = std::ranges::find(kHashedSignatures, nid, &HashedSignature::nid);
  const KeyRow* const whole = find_whole(dotted(algorithm->algorithm));
  if (whole == nullptr && hashed == kHashedSignatures.end()) return weak(name);
  if (whole != nullptr ? whole->algorithm != row.algorithm : hashed->family != row.family) {
    return malformed("the certificate request is signed with " + name + ", and its key is for " +
                     std::string(row.name));
  }
  if (nid == NID_rsassaPss) return check_pss(algorithm);
  // RFC 4055 wants NULL behind RSA, and has everybody accept it left out.
  return row.family == Family::rsa ? Result<void>() : check_no_parameters(algorithm, "signature");
}

Result<void> check_possession(X509_REQ* request, const PublicKey& key) {
  const X509_ALGOR* algorithm = nullptr;
  X509_REQ_get0_signature(request, nullptr, &algorithm);
  TRY(check_algorithm(algorithm, key), "check signature algorithm");
  const bool valid = X509_REQ_verify_ex(request, key.handle().pkey.get(), openssl::context(), nullptr) == 1;
  ERR_clear_error();
  if (valid) return {};
  return refused(
      "the certificate request's signature is not valid: it was altered, or is not signed with the private "
      "half of its key");
}

std::string show_text(const std::string& prefix, const ASN1_STRING* value) {
  return prefix +
         printable(as_text({ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))}),
                   kMaxShownName);
}

std::string show_address(const ASN1_OCTET_STRING* value) {
  const ByteView bytes{ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.size() == 4 && ::inet_ntop(AF_INET, bytes.data(), text.data(), text.size()) != nullptr) {
    return std::string("IP:") + text.data();
  }
  if (bytes.size() == 16 && ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size()) != nullptr) {
    return std::string("IP:") + text.data();
  }
  return "IP:#" + to_hex(bytes.first(std::min(bytes.size(), kMaxShownName)));
}

std::string show_name_of(const GENERAL_NAME& name) {
  switch (name.type) {
    case GEN_DNS: return show_text("DNS:", name.d.dNSName);
    case GEN_URI: return show_text("URI:", name.d.uniformResourceIdentifier);
    case GEN_EMAIL: return show_text("email:", name.d.rfc822Name);
    case GEN_IPADD: return show_address(name.d.iPAddress);
    case GEN_DIRNAME: return "directoryName:" + openssl::show_name(name.d.directoryName);
    case GEN_OTHERNAME: return "otherName:" + dotted(name.d.otherName->type_id);
    case GEN_RID: return "registeredID:" + dotted(name.d.registeredID);
    case GEN_X400: return "x400Address";
    case GEN_EDIPARTY: return "ediPartyName";
    default: return "unknown";
  }
}

/// The extensions that are asked for; null where none are.
Result<openssl::Extensions> extensions_of(X509_REQ* request) {
  int count = 0;
  for (const int type : {NID_ext_req, NID_ms_ext_req}) {
    for (int at = X509_REQ_get_attr_by_NID(request, type, -1); at >= 0;
         at = X509_REQ_get_attr_by_NID(request, type, at)) {
      ++count;
    }
  }
  if (count == 0) return openssl::Extensions();
  openssl::Extensions extensions(count == 1 ? X509_REQ_get_extensions(request) : nullptr);
  if (!extensions) return malformed("the extensions that the certificate request asks for are damaged, or given twice");
  return extensions;
}

Result<std::vector<std::string>> alternative_names_of(X509_REQ* request) {
  constexpr int kAbsent = -1;
  std::vector<std::string> shown;
  TRY_LET(const auto extensions, extensions_of(request), "read extensions");
  if (!extensions) return shown;
  int state = 0;
  const GeneralNames names(
      static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions.get(), NID_subject_alt_name, &state, nullptr)));
  if (!names && state == kAbsent) return shown;
  if (!names)
    return malformed("the alternative names that the certificate request asks for are damaged, or given twice");
  const int count = sk_GENERAL_NAME_num(names.get());
  if (count > kMaxNames) return malformed("the certificate request asks for more than 100 alternative names");
  for (int i = 0; i < count; ++i) shown.push_back(show_name_of(*sk_GENERAL_NAME_value(names.get(), i)));
  return shown;
}

}  // namespace

Result<CertificateRequest> parse_certificate_request(ByteView pem_or_der) {
  if (pem_or_der.empty()) return malformed("the certificate request is empty");
  if (pem_or_der.size() > kMaxFile) return malformed("the certificate request is larger than 64 KiB");
  // DER may hold any text; what begins as DER does is no PEM.
  constexpr std::uint8_t kSequence = 0x30;
  const bool pem = pem_or_der.front() != kSequence && has_pem(pem_or_der);
  Bytes decoded;
  if (pem) {
    TRY_LET(decoded, unwrap_pem(pem_or_der), "read PEM");
  }
  TRY_LET(const auto request, decode(pem ? ByteView(decoded) : pem_or_der), "read request");
  TRY_LET(PublicKey key, key_of(request.get()), "read the request's key");
  TRY(check_possession(request.get(), key), "check the proof of possession");
  TRY_LET(auto names, alternative_names_of(request.get()), "read alternative names");
  const bool challenge = X509_REQ_get_attr_by_NID(request.get(), NID_pkcs9_challengePassword, -1) >= 0;
  ERR_clear_error();
  return CertificateRequest{.key = std::move(key),
                            .subject = openssl::show_name(X509_REQ_get_subject_name(request.get())),
                            .alternative_names = std::move(names),
                            .challenge_password = challenge ? ChallengePassword::present : ChallengePassword::absent};
}

}  // namespace holdfast::crypto
