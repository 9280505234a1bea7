// What callers hand in, once it has been examined; and what is handed out to them.
#pragma once

#include "core/bytes.hpp"
#include "core/secret_bytes.hpp"
#include "interfaces/tap/failure.hpp"

#include <optional>
#include <span>
#include <string>

namespace holdfast::tap {

/// The elements of a list. ERR_INVALID_INPUT for a length without memory; `name` is the list's in messages.
template <typename T>
[[nodiscard]] Answer<std::span<const T>> list_of(const T* elements, ubyte4 count, const char* name) {
  if (count > 0 && elements == nullptr) {
    return fail(ERR_INVALID_INPUT, std::string(name) + " has a length of " + std::to_string(count) + " and no memory");
  }
  return std::span(elements, count);
}

[[nodiscard]] Answer<ByteView> view_of(const TAP_Buffer& buffer, const char* name);
/// ERR_NULL_POINTER, naming the argument.
[[nodiscard]] Failed null_pointer(const char* name);

/// The password in an attribute of type TAP_ATTR_CREDENTIAL, as normalise_passphrase makes it; nothing where there is
/// none. Another kind of attribute or credential, which would protect nothing, is ERR_TAP_UNSUPPORTED; two passwords
/// are ERR_INVALID_INPUT, and one that is empty or no UTF-8 is ERR_TAP_INVALID_INPUT. `attributes` may be nullptr.
[[nodiscard]] Answer<std::optional<SecretBytes>> password_in(const TAP_SealAttributes* attributes);
/// The first password of the list, which may be nullptr; other credentials are passed over.
[[nodiscard]] Answer<std::optional<SecretBytes>> password_in(const TAP_EntityCredentialList* credentials);

/// Examines a list of which nothing is used. May be nullptr.
[[nodiscard]] Answer<> check(const TAP_AttributeList* attributes);
[[nodiscard]] Answer<> check(const TAP_EntityCredentialList* credentials);
[[nodiscard]] Answer<> check(const TAP_CredentialList* credentials);

/// Memory of `size` bytes for a caller, who frees it through `release`. Throws std::bad_alloc; nullptr for no bytes.
[[nodiscard]] ubyte* allocate(std::size_t size);
/// Wipes and frees. nullptr is nothing.
void release(ubyte* memory, std::size_t size);

/// Copies into memory of the caller's. ERR_TAP_UNSUPPORTED for more than a length can tell.
[[nodiscard]] Answer<> hand_out(ByteView bytes, TAP_Buffer& to);

}  // namespace holdfast::tap
