#include "interfaces/tap/arguments.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>
#include <utility>

#include "core/text.hpp"

namespace holdfast::tap {
namespace {

Answer<SecretBytes> password_of(const TAP_Credential& credential) {
  auto bytes = view_of(credential.credentialData, "credentialData");
  if (!bytes) return pass_on(bytes);
  if (bytes->empty()) return fail(ERR_TAP_INVALID_INPUT, "the password is empty");
  auto password = normalise_passphrase(SecretBytes::copy_of(*bytes));
  if (!password.ok()) return fail(ERR_TAP_INVALID_INPUT, password.error().message());
  return std::move(password).value();
}

Answer<const TAP_Credential*> credential_of(const TAP_Attribute& attribute) {
  if (attribute.type != TAP_ATTR_CREDENTIAL) {
    return fail(ERR_TAP_UNSUPPORTED, "an attribute of type " + std::to_string(attribute.type) +
                                         " would not protect what is sealed; TAP_ATTR_CREDENTIAL (9) is what there is");
  }
  if (attribute.pStructOfType == nullptr) return null_pointer("pStructOfType");
  if (attribute.length != sizeof(TAP_Credential)) {
    return fail(ERR_INVALID_INPUT, "an attribute of type TAP_ATTR_CREDENTIAL has the length of a TAP_Credential, " +
                                       std::to_string(sizeof(TAP_Credential)) + ", and this one has " +
                                       std::to_string(attribute.length));
  }
  const auto* const credential = static_cast<const TAP_Credential*>(attribute.pStructOfType);
  if (credential->credentialType != TAP_CREDENTIAL_TYPE_PASSWORD) {
    return fail(ERR_TAP_UNSUPPORTED, "a credential of type " + std::to_string(credential->credentialType) +
                                         " would not protect what is sealed; passwords (1) are what there is");
  }
  return credential;
}

}  // namespace

Answer<ByteView> view_of(const TAP_Buffer& buffer, const char* name) {
  return list_of(buffer.pBuffer, buffer.bufferLen, name);
}

Failed null_pointer(const char* name) { return fail(ERR_NULL_POINTER, std::string(name) + " is NULL"); }

Answer<std::optional<SecretBytes>> password_in(const TAP_SealAttributes* attributes) {
  std::optional<SecretBytes> password;
  if (attributes == nullptr) return password;
  auto all = list_of(attributes->pAttributeList, attributes->listLen, "pAttributeList");
  if (!all) return pass_on(all);
  for (const auto& attribute : *all) {
    if (attribute.type == TAP_ATTR_NONE) continue;
    auto credential = credential_of(attribute);
    if (!credential) return pass_on(credential);
    if (password) return fail(ERR_INVALID_INPUT, "there are two passwords among the attributes; give one");
    auto read = password_of(**credential);
    if (!read) return pass_on(read);
    password = std::move(*read);
  }
  return password;
}

Answer<std::optional<SecretBytes>> password_in(const TAP_EntityCredentialList* credentials) {
  if (auto checked = check(credentials); !checked) return pass_on(checked);
  std::optional<SecretBytes> password;
  if (credentials == nullptr) return password;
  for (const auto& entity : std::span(credentials->pEntityCredentials, credentials->numCredentials)) {
    for (const auto& credential :
         std::span(entity.credentialList.pCredentialList, entity.credentialList.numCredentials)) {
      if (password || credential.credentialType != TAP_CREDENTIAL_TYPE_PASSWORD) continue;
      auto read = password_of(credential);
      if (!read) return pass_on(read);
      password = std::move(*read);
    }
  }
  return password;
}

Answer<> check(const TAP_AttributeList* attributes) {
  if (attributes == nullptr) return {};
  auto all = list_of(attributes->pAttributeList, attributes->listLen, "pAttributeList");
  if (!all) return pass_on(all);
  return {};
}

Answer<> check(const TAP_CredentialList* credentials) {
  if (credentials == nullptr) return {};
  auto all = list_of(credentials->pCredentialList, credentials->numCredentials, "pCredentialList");
  if (!all) return pass_on(all);
  return {};
}

Answer<> check(const TAP_EntityCredentialList* credentials) {
  if (credentials == nullptr) return {};
  auto all = list_of(credentials->pEntityCredentials, credentials->numCredentials, "pEntityCredentials");
  if (!all) return pass_on(all);
  for (const auto& entity : *all) {
    if (auto checked = check(&entity.credentialList); !checked) return checked;
  }
  return {};
}

// The C library's, since what is handed out outlives this library's own objects.
// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
ubyte* allocate(std::size_t size) {
  if (size == 0) return nullptr;
  auto* const memory = static_cast<ubyte*>(std::malloc(size));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(ubyte* memory, std::size_t size) {
  if (memory == nullptr) return;
  wipe({memory, size});
  std::free(memory);
}
// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)

Answer<> hand_out(ByteView bytes, TAP_Buffer& to) {
  if (bytes.size() > std::numeric_limits<ubyte4>::max()) {
    return fail(ERR_TAP_UNSUPPORTED,
                "the result has " + std::to_string(bytes.size()) + " bytes, and a TAP_Buffer holds fewer than 4 GiB");
  }
  to.pBuffer = allocate(bytes.size());
  to.bufferLen = static_cast<ubyte4>(bytes.size());
  std::ranges::copy(bytes, to.pBuffer);
  return {};
}

}  // namespace holdfast::tap
