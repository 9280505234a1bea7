#include "crypto/x509_openssl.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_handle.hpp"
#include "crypto/x509_attributes.hpp"

namespace holdfast::crypto::openssl {
namespace {

using Bio = Owned<BIO, BIO_free_all>;
using Object = Owned<ASN1_OBJECT, ASN1_OBJECT_free>;
using BitString = Owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using GeneralName = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using GeneralNames = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using AnyType = Owned<ASN1_TYPE, ASN1_TYPE_free>;
using AsnString = Owned<ASN1_STRING, ASN1_STRING_free>;

constexpr std::size_t kMaxShownName = 1000;

int asn1_type(const NameAttribute& attribute) {
  const AttributeRow* const row = find_attribute_by_oid(attribute.oid);
  switch (row == nullptr ? NameEncoding::utf8_string : row->encoding) {
    case NameEncoding::utf8_string: return V_ASN1_UTF8STRING;
    case NameEncoding::printable_string: return V_ASN1_PRINTABLESTRING;
    case NameEncoding::ia5_string: return V_ASN1_IA5STRING;
  }
  return V_ASN1_UTF8STRING;
}

std::string dotted_oid(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return text.data();
}

std::string show_value(const ASN1_STRING* value) {
  unsigned char* bytes = nullptr;
  const int size = ASN1_STRING_to_UTF8(&bytes, value);
  if (size >= 0) {
    std::string shown = escape_name_value(as_text({bytes, static_cast<std::size_t>(size)}));
    OPENSSL_free(bytes);
    return shown;
  }
  ERR_clear_error();
  const AnyType any(ASN1_TYPE_new());
  unsigned char* der = nullptr;
  const bool copied = any && ASN1_TYPE_set1(any.get(), ASN1_STRING_type(value), value) == 1;
  const int der_size = copied ? i2d_ASN1_TYPE(any.get(), &der) : -1;
  ERR_clear_error();
  if (der_size <= 0) return "#";
  std::string shown = "#" + to_hex({der, static_cast<std::size_t>(der_size)});
  OPENSSL_free(der);
  return shown;
}

int kind_of(AlternativeNameKind kind) {
  switch (kind) {
    case AlternativeNameKind::dns: return GEN_DNS;
    case AlternativeNameKind::ip: return GEN_IPADD;
    case AlternativeNameKind::uri: return GEN_URI;
    case AlternativeNameKind::email: return GEN_EMAIL;
  }
  return GEN_DNS;
}

Result<GeneralName> encode_alternative_name(const SubjectAlternativeName& name) {
  const int type = name.kind() == AlternativeNameKind::ip ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING;
  AsnString value(ASN1_STRING_type_new(type));
  GeneralName general(GENERAL_NAME_new());
  if (!value || !general ||
      ASN1_STRING_set(value.get(), name.value().data(), static_cast<int>(name.value().size())) != 1) {
    return failure("writing an alternative name");
  }
  GENERAL_NAME_set0_value(general.get(), kind_of(name.kind()), value.release());
  return general;
}

Result<void> add_alternative_names(Extensions& to, std::span<const SubjectAlternativeName> names) {
  if (names.empty()) return {};
  const GeneralNames list(GENERAL_NAMES_new());
  if (!list) return failure("writing the alternative names");
  for (const SubjectAlternativeName& name : names) {
    TRY_LET(GeneralName general, encode_alternative_name(name), "write alternative name");
    if (sk_GENERAL_NAME_push(list.get(), general.get()) <= 0) return failure("writing the alternative names");
    [[maybe_unused]] const auto* const in_list = general.release();
  }
  return add_extension(to, NID_subject_alt_name, list.get(), Critical::no);
}

Result<void> add_key_usage(Extensions& to, KeyUses uses) {
  // RFC 5280, 4.2.1.3: digitalSignature, keyEncipherment, keyAgreement. Keys with other uses cannot sign, and so are
  // never here.
  struct Row {
    KeyUse use;
    int bit;
  };
  constexpr std::array<Row, 3> kBits{{{KeyUse::sign, 0}, {KeyUse::decrypt, 2}, {KeyUse::derive, 4}}};
  const BitString bits(ASN1_BIT_STRING_new());
  if (!bits) return failure("writing the key usage");
  for (const Row& row : kBits) {
    if ((uses & bit(row.use)) == 0) continue;
    if (ASN1_BIT_STRING_set_bit(bits.get(), row.bit, 1) != 1) return failure("writing the key usage");
  }
  return add_extension(to, NID_key_usage, bits.get(), Critical::yes);
}

}  // namespace

Result<Name> encode_name(const DistinguishedName& name) {
  Name encoded(X509_NAME_new());
  if (!encoded) return failure("writing the subject");
  for (const RelativeName& level : name.relative_names()) {
    for (const NameAttribute& attribute : level) {
      const Object type(OBJ_txt2obj(attribute.oid.c_str(), 1));
      if (!type) {
        ERR_clear_error();
        return Error(ErrorCode::usage, "the subject's attribute type " + attribute.oid + " is not an OID");
      }
      const int joined = &attribute == &level.front() ? 0 : -1;
      if (X509_NAME_add_entry_by_OBJ(encoded.get(), type.get(), asn1_type(attribute), as_bytes(attribute.value).data(),
                                     static_cast<int>(attribute.value.size()), -1, joined) != 1) {
        return failure("writing the subject");
      }
    }
  }
  return encoded;
}

std::string show_name(const X509_NAME* name) {
  std::string text;
  const int count = X509_NAME_entry_count(name);
  // From the last level to the first, each from left to right.
  for (int end = count; end > 0 && text.size() < kMaxShownName;) {
    int begin = end - 1;
    const auto level = [&](int index) { return X509_NAME_ENTRY_set(X509_NAME_get_entry(name, index)); };
    while (begin > 0 && level(begin - 1) == level(end - 1)) --begin;
    for (int i = begin; i < end; ++i) {
      const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
      if (!text.empty()) text += i == begin ? ',' : '+';
      const std::string oid = dotted_oid(X509_NAME_ENTRY_get_object(entry));
      text += std::string(name_of_attribute(oid)) + "=" + show_value(X509_NAME_ENTRY_get_data(entry));
    }
    end = begin;
  }
  return printable(text, kMaxShownName);
}

Result<void> add_extension(Extensions& to, int nid, void* value, Critical critical) {
  STACK_OF(X509_EXTENSION)* list = to.release();
  const int added = X509V3_add1_i2d(&list, nid, value, critical == Critical::yes ? 1 : 0, X509V3_ADD_APPEND);
  to.reset(list);
  if (added != 1) return failure("writing an extension");
  return {};
}

Result<void> add_names_and_uses(Extensions& to, std::span<const SubjectAlternativeName> names, KeyUses uses) {
  TRY(add_alternative_names(to, names), "add alternative names");
  return add_key_usage(to, uses);
}

Result<void> check_signs_for_itself(const PrivateKey& key, KeyUses uses, const std::string& what) {
  const KeyRow& row = row_of(key.algorithm());
  const std::string why = what + " is signed by its own key, and ";
  if (!can(row, KeyUse::sign)) {
    return Error(ErrorCode::usage,
                 why + std::string(row.name) + " keys cannot sign; use a signing key: " + list_signature_algorithms());
  }
  if ((uses & bit(KeyUse::sign)) == 0) {
    return Error(ErrorCode::usage, why + "this key may be used for other things only; use a key with the use 'sign'");
  }
  if ((uses & ~row.uses) != 0) {
    return Error(ErrorCode::usage,
                 what + " asks for uses that " + std::string(row.name) + " keys do not have; leave them out");
  }
  return {};
}

Result<MdCtx> start_signature(const PrivateKey& key, std::optional<HashAlgorithm> wanted,
                              std::optional<RsaScheme> scheme) {
  const KeyRow& row = row_of(key.algorithm());
  if (wanted && !row.default_hash) {
    return Error(ErrorCode::usage, std::string(row.name) + " hashes by itself; name no hash");
  }
  if (scheme && row.family != Family::rsa) {
    return Error(ErrorCode::usage, std::string(row.name) + " has one scheme only; PKCS #1 and PSS are for RSA keys");
  }
  const auto used = wanted ? wanted : row.default_hash;
  const char* const hash = used ? EVP_MD_get0_name(digest(*used)) : nullptr;
  EVP_PKEY* const pkey = key.public_key().handle().pkey.get();
  MdCtx ctx(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;  // owned by `ctx`
  // Without settings: PKCS #1 v1.5 for RSA; no context and pure signing for ML-DSA (RFC 9881).
  if (!ctx || EVP_DigestSignInit_ex(ctx.get(), &settings, hash, context(), nullptr, pkey, nullptr) != 1) {
    return failure("setting up the signature");
  }
  if (scheme == RsaScheme::pss && (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
                                   EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return failure("setting up the signature");
  }
  return ctx;
}

Result<std::string> write_pem(const std::string& label, ByteView der) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (!bio || PEM_write_bio(bio.get(), label.c_str(), "", der.data(), static_cast<long>(der.size())) <= 0) {
    return failure("writing PEM");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace holdfast::crypto::openssl
