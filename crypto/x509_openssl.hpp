// Internal to crypto/: what requests and certificates share: names, extensions, signing and PEM on OpenSSL's objects.
#pragma once

#include "crypto/key_pair.hpp"
#include "crypto/openssl.hpp"
#include "crypto/signature.hpp"
#include "crypto/subject_alternative_name.hpp"
#include "crypto/x509_name.hpp"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <optional>
#include <span>
#include <string>

namespace holdfast::crypto::openssl {

using Certificate = Owned<X509, X509_free>;
using Request = Owned<X509_REQ, X509_REQ_free>;
using Name = Owned<X509_NAME, X509_NAME_free>;

inline void free_extensions(STACK_OF(X509_EXTENSION) * extensions) {
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}
using Extensions = Owned<STACK_OF(X509_EXTENSION), free_extensions>;

[[nodiscard]] Result<Name> encode_name(const DistinguishedName& name);
/// A name from anywhere in the form of DistinguishedName::to_text, cut where it is very long. Values that are no text
/// are shown as RFC 4514 does: "#" and the hexadecimal of their encoding.
[[nodiscard]] std::string show_name(const X509_NAME* name);

enum class Critical : std::uint8_t { no, yes };
/// Adds the extension `nid`, whose value is OpenSSL's object for it.
[[nodiscard]] Result<void> add_extension(Extensions& to, int nid, void* value, Critical critical);
/// subjectAltName (where there are names) and keyUsage.
[[nodiscard]] Result<void> add_names_and_uses(Extensions& to, std::span<const SubjectAlternativeName> names,
                                              KeyUses uses);

/// Whether `key`, used for `uses`, may sign `what`, for example "a certificate request". ErrorCode::usage.
[[nodiscard]] Result<void> check_signs_for_itself(const PrivateKey& key, KeyUses uses, const std::string& what);
/// Set up to sign one certificate or request in the way that the key's algorithm has here, with the hash `wanted`, or
/// the row's default, and the RSA scheme, or PKCS #1 v1.5. ErrorCode::usage where one is wanted and the algorithm
/// hashes by itself, or is not RSA.
[[nodiscard]] Result<MdCtx> start_signature(const PrivateKey& key, std::optional<HashAlgorithm> wanted,
                                            std::optional<RsaScheme> scheme);

[[nodiscard]] Result<std::string> write_pem(const std::string& label, ByteView der);

}  // namespace holdfast::crypto::openssl
