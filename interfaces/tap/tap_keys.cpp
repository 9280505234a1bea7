// Keys and signatures.
#include <algorithm>
#include <memory>

#include "crypto/ecdsa_numbers.hpp"
#include "interfaces/tap/arguments.hpp"
#include "interfaces/tap/handles.hpp"
#include "interfaces/tap/identifiers.hpp"
#include "interfaces/tap/schemes.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::tap;

// Where the caller put the identifier.
Answer<ByteView> identifier_in(const TAP_Buffer* buffer, const TAP_AttributeList* attributes) {
  if (auto checked = check(attributes); !checked) return pass_on(checked);
  if (buffer != nullptr) return view_of(*buffer, "pKeyId");
  if (attributes == nullptr) return null_pointer("pKeyId");
  for (const auto& attribute : std::span(attributes->pAttributeList, attributes->listLen)) {
    if (attribute.type != TAP_ATTR_OBJECT_ID_BYTESTRING) continue;
    if (attribute.pStructOfType == nullptr) return null_pointer("pStructOfType");
    if (attribute.length != sizeof(TAP_Buffer)) {
      return fail(ERR_INVALID_INPUT,
                  "an attribute of type TAP_ATTR_OBJECT_ID_BYTESTRING has the length of a TAP_Buffer");
    }
    return view_of(*static_cast<const TAP_Buffer*>(attribute.pStructOfType), "pStructOfType");
  }
  return null_pointer("pKeyId");
}

TAP_SIG_SCHEME scheme_in(const TAP_KeyInfo* info) {
  if (info == nullptr) return TAP_SIG_SCHEME_NONE;
  if (info->keyAlgorithm == TAP_KEY_ALGORITHM_RSA) return info->algKeyInfo.rsaInfo.sigScheme;
  if (info->keyAlgorithm == TAP_KEY_ALGORITHM_ECC) return info->algKeyInfo.eccInfo.sigScheme;
  return TAP_SIG_SCHEME_NONE;
}

struct KeyArguments {
  const TAP_KeyInfo* info;
  const TAP_Buffer* identifier;
  const TAP_AttributeList* attributes;
};

Answer<> import_key(const TAP_Context* context, const KeyArguments& arguments, TAP_Key** to) {
  if (context == nullptr) return null_pointer("pContext");
  auto identifier = identifier_in(arguments.identifier, arguments.attributes);
  if (!identifier) return pass_on(identifier);
  const auto* const info = arguments.info;
  auto algorithm = parse_identifier(*identifier, info == nullptr ? TAP_KEY_ALGORITHM_UNDEFINED : info->keyAlgorithm);
  if (!algorithm) return pass_on(algorithm);
  if (info != nullptr) {
    if (auto checked = check_description(*algorithm, *info); !checked) return checked;
  }
  const auto scheme = scheme_in(info);
  if (auto checked = check_scheme(*algorithm, scheme); !checked) return checked;
  auto key = std::make_unique<TAP_Key>();
  key->session = context->session;
  key->algorithm = *algorithm;
  key->usual_scheme = scheme;
  *to = key.release();
  return {};
}

// Two threads that need it at the same time both load it, and one does so in vain.
Answer<std::shared_ptr<trust::Key>> loaded(TAP_Key& key) {
  {
    const std::scoped_lock lock(key.mutex);
    if (key.loaded != nullptr) return key.loaded;
  }
  auto opened = key.session->key(key.algorithm);
  if (!opened) return opened;
  const std::scoped_lock lock(key.mutex);
  key.loaded = *opened;
  return opened;
}

Failed signing_failure(const Error& error) {
  if (error.code() == ErrorCode::internal) return fail(ERR_TAP_SIGN_VERIFY_FAIL, error.message());
  return fail(error);
}

struct OwnedSignature {
  TAP_Signature signature = {};
  OwnedSignature() = default;
  OwnedSignature(const OwnedSignature&) = delete;
  OwnedSignature& operator=(const OwnedSignature&) = delete;
  ~OwnedSignature() { TAP_freeSignature(&signature); }
};

Answer<> hand_out_part(ByteView bytes, ubyte4& size, ubyte*& memory) {
  TAP_Buffer buffer{};
  auto handed = hand_out(bytes, buffer);
  size = buffer.bufferLen;
  memory = buffer.pBuffer;
  return handed;
}

Answer<> write_ecc(crypto::KeyAlgorithm algorithm, ByteView der, TAP_ECCSignature& to) {
  const auto numbers = crypto::parse_ecdsa_signature(algorithm, der);
  if (!numbers.ok()) return fail(ERR_TAP_SIGN_VERIFY_FAIL, numbers.error().message());
  if (auto handed = hand_out_part(numbers->r, to.rDataLen, to.pRData); !handed) return handed;
  return hand_out_part(numbers->s, to.sDataLen, to.pSData);
}

Answer<> write_parts(crypto::KeyAlgorithm algorithm, ByteView bytes, TAP_Signature& to) {
  auto& parts = to.signature;
  if (to.keyAlgorithm == TAP_KEY_ALGORITHM_ECC) return write_ecc(algorithm, bytes, parts.eccSignature);
  if (to.keyAlgorithm == TAP_KEY_ALGORITHM_RSA) {
    return hand_out_part(bytes, parts.rsaSignature.signatureLen, parts.rsaSignature.pSignature);
  }
  return hand_out_part(bytes, parts.mldsaSignature.signatureLen, parts.mldsaSignature.pSignature);
}

Answer<> write_signature(crypto::KeyAlgorithm algorithm, ByteView bytes, TAP_Signature& to) {
  OwnedSignature owned;
  auto& signature = owned.signature;
  signature.isDEREncoded = to.isDEREncoded;
  signature.keyAlgorithm = algorithm_number(algorithm);
  if (auto handed = hand_out(bytes, signature.derEncSignature); !handed) return handed;
  if (auto written = write_parts(algorithm, bytes, signature); !written) return written;
  to = std::exchange(signature, {});
  return {};
}

struct SignArguments {
  TAP_SIG_SCHEME scheme;
  crypto::InputKind kind;
  const TAP_Buffer* input;
};

Answer<> sign(TAP_Key* key, const SignArguments& arguments, TAP_Signature& to) {
  if (key == nullptr) return null_pointer("pKey");
  if (arguments.input == nullptr) return null_pointer("pInput");
  auto input = view_of(*arguments.input, "pInput");
  if (!input) return pass_on(input);
  const auto scheme = arguments.scheme == TAP_SIG_SCHEME_NONE ? key->usual_scheme : arguments.scheme;
  // Faulty arguments before the device is opened, which takes its time, or even made.
  auto signing = choose_signing(key->algorithm, scheme, arguments.kind, *input);
  if (!signing) return pass_on(signing);
  auto opened = loaded(*key);
  if (!opened) return pass_on(opened);
  const auto signature = (*opened)->sign(signing->scheme, crypto::Randomness::hedged, trust::read_from(signing->input));
  if (!signature.ok()) return signing_failure(signature.error());
  return write_signature(key->algorithm, *signature, to);
}

}  // namespace

// Parameters are called as in the interface.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {

// NOLINTNEXTLINE(readability-function-size): the interface's arguments
MSTATUS TAP_importKeyFromID(TAP_Context* pContext, TAP_EntityCredentialList* pCredentials, TAP_KeyInfo* pKeyInfo,
                            TAP_Buffer* pKeyId, TAP_AttributeList* pAttributes, TAP_CredentialList* pKeyCredentials,
                            TAP_Key** ppKey, TAP_ErrorContext*) {
  return guarded(session_of(pContext), [&]() -> Answer<> {
    if (ppKey == nullptr) return null_pointer("ppKey");
    *ppKey = nullptr;
    if (auto checked = check(pCredentials); !checked) return checked;
    if (auto checked = check(pKeyCredentials); !checked) return checked;
    return import_key(pContext, {pKeyInfo, pKeyId, pAttributes}, ppKey);
  });
}

// NOLINTNEXTLINE(readability-function-size): the interface's arguments
MSTATUS TAP_asymSign(TAP_Key* pKey, TAP_EntityCredentialList* pCredentials, TAP_AttributeList* pAttributes,
                     TAP_SIG_SCHEME sigScheme, byteBoolean isDataNotDigest, TAP_Buffer* pInput,
                     TAP_Signature* pSignature, TAP_ErrorContext*) {
  return guarded(session_of(pKey), [&]() -> Answer<> {
    if (pSignature == nullptr) return null_pointer("pSignature");
    const byteBoolean der = pSignature->isDEREncoded != 0 ? 1 : 0;
    *pSignature = {};
    pSignature->isDEREncoded = der;
    if (auto checked = check(pCredentials); !checked) return checked;
    if (auto checked = check(pAttributes); !checked) return checked;
    const auto kind = isDataNotDigest != 0 ? crypto::InputKind::message : crypto::InputKind::digest;
    return sign(pKey, {sigScheme, kind, pInput}, *pSignature);
  });
}

MSTATUS TAP_unloadKey(TAP_Key* pKey, TAP_ErrorContext*) {
  return guarded(session_of(pKey), [&]() -> Answer<> {
    if (pKey == nullptr) return null_pointer("pKey");
    std::shared_ptr<trust::Key> unloaded;
    const std::scoped_lock lock(pKey->mutex);
    unloaded.swap(pKey->loaded);
    return {};
  });
}

MSTATUS TAP_freeKey(TAP_Key** ppKey) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (ppKey == nullptr) return null_pointer("ppKey");
    const std::unique_ptr<TAP_Key> key(std::exchange(*ppKey, nullptr));
    return {};
  });
}

MSTATUS TAP_freeSignature(TAP_Signature* pSignature) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (pSignature == nullptr) return null_pointer("pSignature");
    auto& parts = pSignature->signature;
    if (pSignature->keyAlgorithm == TAP_KEY_ALGORITHM_RSA) {
      release(parts.rsaSignature.pSignature, parts.rsaSignature.signatureLen);
    } else if (pSignature->keyAlgorithm == TAP_KEY_ALGORITHM_ECC) {
      release(parts.eccSignature.pRData, parts.eccSignature.rDataLen);
      release(parts.eccSignature.pSData, parts.eccSignature.sDataLen);
    } else if (pSignature->keyAlgorithm == TAP_KEY_ALGORITHM_MLDSA) {
      release(parts.mldsaSignature.pSignature, parts.mldsaSignature.signatureLen);
    }
    release(pSignature->derEncSignature.pBuffer, pSignature->derEncSignature.bufferLen);
    *pSignature = {};
    return {};
  });
}

MSTATUS TAP_parse_algorithm_info(TAP_Buffer* pKeyId, TAP_KeyInfo* pKeyInfo, TAP_ErrorContext*) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (pKeyInfo == nullptr) return null_pointer("pKeyInfo");
    if (pKeyId == nullptr) return null_pointer("pKeyId");
    auto identifier = view_of(*pKeyId, "pKeyId");
    if (!identifier) return pass_on(identifier);
    auto algorithm = parse_identifier(*identifier, pKeyInfo->keyAlgorithm);
    if (!algorithm) return pass_on(algorithm);
    describe_key(*algorithm, *pKeyInfo);
    return {};
  });
}

MSTATUS HOLDFAST_TAP_exportPublicKey(TAP_Key* pKey, TAP_Buffer* pPem, TAP_ErrorContext*) {
  return guarded(session_of(pKey), [&]() -> Answer<> {
    if (pPem == nullptr) return null_pointer("pPem");
    *pPem = {};
    if (pKey == nullptr) return null_pointer("pKey");
    auto key = loaded(*pKey);
    if (!key) return pass_on(key);
    const auto pem = trust::public_pem_of((*key)->info());
    if (!pem.ok()) return fail(pem.error());
    return hand_out(as_bytes(*pem), *pPem);
  });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
