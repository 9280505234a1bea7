// Sealing, random bytes, and buffers.
#include <memory>

#include "crypto/random.hpp"
#include "interfaces/tap/arguments.hpp"
#include "interfaces/tap/handles.hpp"
#include "interfaces/tap/sealing.hpp"

namespace {

using namespace holdfast;
using namespace holdfast::tap;

constexpr ubyte4 kMaxRandom = ubyte4{1024} * 1024;

// Of a call that seals or unseals.
struct DataArguments {
  TAP_Context* context;
  const TAP_EntityCredentialList* credentials;
  const void* object;
  const TAP_SealAttributes* attributes;
  const TAP_Buffer* input;
};

struct Checked {
  Session* session;
  std::optional<SecretBytes> password;
  ByteView input;
};

Answer<Checked> examine(const DataArguments& arguments) {
  if (arguments.context == nullptr) return null_pointer("pContext");
  if (arguments.input == nullptr) return null_pointer("pInput");
  auto input = view_of(*arguments.input, "pInput");
  if (!input) return pass_on(input);
  if (arguments.object != nullptr) {
    return fail(ERR_NOT_IMPLEMENTED, "data is sealed to the device, and not under an object; pass NULL");
  }
  if (auto checked = check(arguments.credentials); !checked) return pass_on(checked);
  auto password = password_in(arguments.attributes);
  if (!password) return pass_on(password);
  return Checked{arguments.context->session.get(), std::move(*password), *input};
}

Answer<> seal_data(const DataArguments& arguments, TAP_Buffer& output) {
  auto checked = examine(arguments);
  if (!checked) return pass_on(checked);
  const auto device = checked->session->device(Making::allowed);
  if (!device) return Failed(device.error());
  return seal_into(**device, checked->password, checked->input, output);
}

Answer<> unseal_data(const DataArguments& arguments, TAP_Buffer& output) {
  auto checked = examine(arguments);
  if (!checked) return pass_on(checked);
  const auto device = checked->session->device(Making::refused);
  if (!device) return Failed(device.error());
  return unseal_into(**device, std::move(checked->password), checked->input, output);
}

Answer<> give_random(const TAP_Context* context, ubyte4 size, TAP_Buffer& output) {
  if (context == nullptr) return null_pointer("pContext");
  if (size > kMaxRandom) {
    return fail(ERR_INVALID_ARG, std::to_string(size) + " random bytes are more than the 1 MiB that one call gives");
  }
  const auto device = context->session->open_device();
  const auto bytes = device == nullptr ? crypto::random_secret(size) : device->random(size);
  if (!bytes.ok()) return fail(bytes.error());
  return hand_out(bytes->expose(SecretAccess{}), output);
}

}  // namespace

// Parameters are called as in the interface.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {

// NOLINTNEXTLINE(readability-function-size): the interface's arguments
MSTATUS TAP_sealWithTrustedData(TAP_Context* pContext, TAP_EntityCredentialList* pCredentials, TAP_OBJECT_TYPE,
                                void* pObject, TAP_CredentialList* pObjectCredentials,
                                TAP_SealAttributes* pSealAttributes, TAP_Buffer* pInput, TAP_Buffer* pOutput,
                                TAP_ErrorContext*) {
  return guarded(session_of(pContext), [&]() -> Answer<> {
    if (pOutput == nullptr) return null_pointer("pOutput");
    // A caller may seal into the same structure: its input is taken before it becomes the output.
    const TAP_Buffer input = pInput == nullptr ? TAP_Buffer{} : *pInput;
    *pOutput = {};
    if (auto checked = check(pObjectCredentials); !checked) return checked;
    if (pObjectCredentials != nullptr && pObjectCredentials->numCredentials > 0) {
      return fail(ERR_NOT_IMPLEMENTED,
                  "credentials of an object protect nothing here; give a password among the attributes");
    }
    return seal_data({pContext, pCredentials, pObject, pSealAttributes, pInput == nullptr ? nullptr : &input},
                     *pOutput);
  });
}

// NOLINTNEXTLINE(readability-function-size): the interface's arguments
MSTATUS TAP_unsealWithTrustedData(TAP_Context* pContext, TAP_EntityCredentialList* pCredentials, TAP_OBJECT_TYPE,
                                  void* pObject, TAP_SealAttributes* pSealAttributes, TAP_Buffer* pInput,
                                  TAP_Buffer* pOutput, TAP_ErrorContext*) {
  return guarded(session_of(pContext), [&]() -> Answer<> {
    if (pOutput == nullptr) return null_pointer("pOutput");
    const TAP_Buffer input = pInput == nullptr ? TAP_Buffer{} : *pInput;
    *pOutput = {};
    return unseal_data({pContext, pCredentials, pObject, pSealAttributes, pInput == nullptr ? nullptr : &input},
                       *pOutput);
  });
}

MSTATUS TAP_getRandom(TAP_Context* pContext, ubyte4 bytesRequested, TAP_AttributeList* pAttributes, TAP_Buffer* pRandom,
                      TAP_ErrorContext*) {
  return guarded(session_of(pContext), [&]() -> Answer<> {
    if (pRandom == nullptr) return null_pointer("pRandom");
    *pRandom = {};
    if (auto checked = check(pAttributes); !checked) return checked;
    return give_random(pContext, bytesRequested, *pRandom);
  });
}

MSTATUS TAP_UTILS_freeBuffer(TAP_Buffer* pBuffer) {
  return guarded(nullptr, [&]() -> Answer<> {
    if (pBuffer == nullptr) return null_pointer("pBuffer");
    free_buffer(*pBuffer);
    return {};
  });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
