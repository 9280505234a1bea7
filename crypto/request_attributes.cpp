#include "crypto/request_attributes.hpp"

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "crypto/openssl.hpp"

namespace holdfast::crypto {
namespace {

using Attribute = openssl::Owned<X509_ATTRIBUTE, X509_ATTRIBUTE_free>;
using Encoded = openssl::Owned<ASN1_STRING, ASN1_STRING_free>;
using Integer = openssl::Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using Object = openssl::Owned<ASN1_OBJECT, ASN1_OBJECT_free>;

void free_types(ASN1_SEQUENCE_ANY* types) { sk_ASN1_TYPE_pop_free(types, ASN1_TYPE_free); }
using Types = openssl::Owned<ASN1_SEQUENCE_ANY, free_types>;

Object object_of(std::string_view oid) { return Object(OBJ_txt2obj(std::string(oid).c_str(), 1)); }

bool set_type(const Attribute& attribute, const KeyRow& row) {
  if (row.family == Family::ecdsa || row.family == Family::rsa) {
    const int nid = row.family == Family::ecdsa ? NID_X9_62_id_ecPublicKey : NID_rsaEncryption;
    return X509_ATTRIBUTE_set1_object(attribute.get(), OBJ_nid2obj(nid)) == 1;
  }
  const auto object = object_of(row.oid);
  return object && X509_ATTRIBUTE_set1_object(attribute.get(), object.get()) == 1;
}

bool set_value(const Attribute& attribute, const KeyRow& row) {
  if (row.family == Family::ecdsa) {
    const auto curve = object_of(row.oid);
    return curve && X509_ATTRIBUTE_set1_data(attribute.get(), V_ASN1_OBJECT, curve.get(), -1) == 1;
  }
  if (row.family != Family::rsa) return true;
  const Integer bits(ASN1_INTEGER_new());
  return bits && ASN1_INTEGER_set_uint64(bits.get(), row.modulus_bits) == 1 &&
         X509_ATTRIBUTE_set1_data(attribute.get(), V_ASN1_INTEGER, bits.get(), -1) == 1;
}

// An element of a sequence of anything: it holds a whole encoding, its tag included.
bool append(const Types& to, const Attribute& attribute) {
  const Encoded whole(ASN1_STRING_type_new(V_ASN1_SEQUENCE));
  std::uint8_t* encoded = nullptr;
  const int size = whole ? i2d_X509_ATTRIBUTE(attribute.get(), &encoded) : 0;
  if (size <= 0) return false;
  ASN1_STRING_set0(whole.get(), encoded, size);
  openssl::Owned<ASN1_TYPE, ASN1_TYPE_free> element(ASN1_TYPE_new());
  if (!element || ASN1_TYPE_set1(element.get(), V_ASN1_SEQUENCE, whole.get()) != 1) return false;
  if (sk_ASN1_TYPE_push(to.get(), element.get()) <= 0) return false;
  static_cast<void>(element.release());
  return true;
}

bool append_key(const Types& to, const KeyRow& row) {
  const Attribute attribute(X509_ATTRIBUTE_new());
  return attribute && set_type(attribute, row) && set_value(attribute, row) && append(to, attribute);
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
  for (const auto algorithm : accepted) {
    const auto& row = row_of(algorithm);
    if (can(row, KeyUse::sign)) continue;
    return Error(ErrorCode::usage, "certificates are for keys that sign, and " + std::string(row.name) + " does not");
  }
  const Types types(sk_ASN1_TYPE_new_null());
  const bool made = types && (accepted.size() != 1 || append_key(types, row_of(accepted.front())));
  if (!made) return openssl::failure("encoding request attributes");
  return encode(types);
}

}  // namespace holdfast::crypto
