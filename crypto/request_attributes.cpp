#include "crypto/request_attributes.hpp"

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <algorithm>
#include <vector>

#include "crypto/openssl.hpp"

namespace holdfast::crypto {
namespace {

using Attribute = openssl::Owned<X509_ATTRIBUTE, X509_ATTRIBUTE_free>;
using Integer = openssl::Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using Object = openssl::Owned<ASN1_OBJECT, ASN1_OBJECT_free>;
using Type = openssl::Owned<ASN1_TYPE, ASN1_TYPE_free>;

void free_types(ASN1_SEQUENCE_ANY* types) { sk_ASN1_TYPE_pop_free(types, ASN1_TYPE_free); }
using Types = openssl::Owned<ASN1_SEQUENCE_ANY, free_types>;

Object object_of(std::string_view oid) { return Object(OBJ_txt2obj(std::string(oid).c_str(), 1)); }

bool append(const Types& to, int type, const void* value) {
  Type any(ASN1_TYPE_new());
  if (!any || ASN1_TYPE_set1(any.get(), type, value) != 1) return false;
  return sk_ASN1_TYPE_push(to.get(), any.release()) > 0;
}

// OpenSSL's encoder sorts the values, as DER wants it.
bool add_value(const Attribute& attribute, const KeyRow& row) {
  if (row.family == Family::ecdsa) {
    const auto curve = object_of(row.oid);
    return curve && X509_ATTRIBUTE_set1_data(attribute.get(), V_ASN1_OBJECT, curve.get(), -1) == 1;
  }
  const Integer bits(ASN1_INTEGER_new());
  return bits && ASN1_INTEGER_set_uint64(bits.get(), row.modulus_bits) == 1 &&
         X509_ATTRIBUTE_set1_data(attribute.get(), V_ASN1_INTEGER, bits.get(), -1) == 1;
}

// One attribute for all rows of a family.
Attribute attribute_of(Family family, std::span<const KeyAlgorithm> accepted) {
  const int nid = family == Family::ecdsa ? NID_X9_62_id_ecPublicKey : NID_rsaEncryption;
  Attribute attribute(X509_ATTRIBUTE_new());
  if (!attribute || X509_ATTRIBUTE_set1_object(attribute.get(), OBJ_nid2obj(nid)) != 1) return nullptr;
  for (const auto algorithm : accepted) {
    const auto& row = row_of(algorithm);
    if (row.family == family && !add_value(attribute, row)) return nullptr;
  }
  return attribute;
}

bool append_attribute(const Types& to, Family family, std::span<const KeyAlgorithm> accepted) {
  const auto attribute = attribute_of(family, accepted);
  if (!attribute) return false;
  std::uint8_t* encoded = nullptr;
  const int size = i2d_X509_ATTRIBUTE(attribute.get(), &encoded);
  if (size <= 0) return false;
  using Encoded = openssl::Owned<ASN1_STRING, ASN1_STRING_free>;
  // An ASN1_TYPE of this kind holds a whole encoding, its tag included.
  const Encoded whole(ASN1_STRING_type_new(V_ASN1_SEQUENCE));
  if (!whole) {
    OPENSSL_free(encoded);
    return false;
  }
  ASN1_STRING_set0(whole.get(), encoded, size);
  return append(to, V_ASN1_SEQUENCE, whole.get());
}

bool append_row(const Types& to, const KeyRow& row) {
  const auto object = object_of(row.oid);
  return object && append(to, V_ASN1_OBJECT, object.get());
}

Result<Bytes> encode(const Types& types) {
  const int size = i2d_ASN1_SEQUENCE_ANY(types.get(), nullptr);
  if (size <= 0) return openssl::failure("encoding request attributes");
  Bytes der(static_cast<std::size_t>(size));
  auto* at = der.data();
  i2d_ASN1_SEQUENCE_ANY(types.get(), &at);
  return der;
}

}  // namespace

Result<Bytes> encode_request_attributes(std::span<const KeyAlgorithm> accepted) {
  const Types types(sk_ASN1_TYPE_new_null());
  if (!types) return openssl::failure("encoding request attributes");
  std::vector<Family> done;
  for (const auto algorithm : accepted) {
    const auto& row = row_of(algorithm);
    if (!can(row, KeyUse::sign)) {
      return Error(ErrorCode::usage, "certificates are for keys that sign, and " + std::string(row.name) + " does not");
    }
    const bool has_values = row.family == Family::ecdsa || row.family == Family::rsa;
    if (has_values && std::ranges::contains(done, row.family)) continue;
    done.push_back(row.family);
    const bool added = has_values ? append_attribute(types, row.family, accepted) : append_row(types, row);
    if (!added) return openssl::failure("encoding request attributes");
  }
  return encode(types);
}

}  // namespace holdfast::crypto
