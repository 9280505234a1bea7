#include "device/anchor/recovery_wrap.hpp"

#include "device/anchor/secret_wrap.hpp"

namespace holdfast::anchor {
namespace {

constexpr SecretKind kRecovery{
    .key_pair = "recovery-key-pair",
    .authentication = "recovery-authentication",
    .wrap = "recovery-wrap",
    .authentication_key = "recovery-authentication-key",
    .another_secret = "this recovery code belongs to another anchor, or was replaced by a newer one",
    .altered = "the recovery slot of the anchor was altered; restore the anchor file from a backup"};

}  // namespace

Result<RecoverySlot> make_recovery_slot(const Root& root, const SecretBytes& code) {
  RecoverySlot slot;
  TRY(begin_secret_slot(slot, root.anchor(), code, kRecovery), "begin recovery slot");
  TRY(seal_to_secret(slot, parameters_of(slot), root, code, kRecovery), "wrap root");
  return slot;
}

Result<RecoverySlot> rewrap_recovery_slot(const RecoverySlot& slot, const Root& before, const Root& after) {
  RecoverySlot renewed = slot;
  TRY(reseal_to_secret(renewed, parameters_of(slot), before, after, kRecovery), "wrap root");
  return renewed;
}

Result<Root> open_recovery_slot(const RecoverySlot& slot, const AnchorId& anchor, const SecretBytes& code) {
  return open_with_secret(slot, parameters_of(slot), anchor, code, kRecovery);
}

}  // namespace holdfast::anchor
