#include "device/anchor/create.hpp"

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "core/file.hpp"
#include "core/folder_group.hpp"
#include "core/folder_lock.hpp"
#include "crypto/random.hpp"
#include "device/anchor/origin.hpp"
#include "device/anchor/proof.hpp"
#include "device/anchor/puf_slot.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"
#include "device/anchor/remembered.hpp"

namespace holdfast::anchor {
namespace {

Result<void> check_entropy(const CreateRequest& request, LowEntropy low_entropy) {
  return anchor::check_entropy(request.plan, request.passphrase, low_entropy, entropy_floor(request.module),
                               request.required_noisy());
}

Result<EventLog> first_events(const CreateRequest& request, const AnchorFile& file) {
  EventLog log;
  const auto* slot = file.fingerprint_slot();
  std::string detail = "anchor " + file.id.hex() + ", quorum " + std::to_string(slot->quorum) + " of " +
                       std::to_string(slot->counted.size()) + " attributes";
  if (slot->needs_passphrase) detail += ", passphrase required";
  TRY(log.append(file.created, "anchor-created", detail), "log creation");
  if (file.recovery_slot() != nullptr)
    TRY(log.append(file.created, "recovery-code-issued", "recovery slot added"), "log");
  if (file.noisy() != nullptr) {
    const std::string role = file.puf_slot() == nullptr ? "; required" : "; with a slot of its own";
    TRY(log.append(file.created, std::string(kNoisyEnrolled), words_for(*request.noisy) + role), "log noisy source");
  }
  if (file.low_entropy_accepted) {
    TRY(log.append(file.created, "low-entropy-accepted",
                   "the weakest quorum holds " + std::to_string(request.plan.weakest_bits) + " of " +
                       std::to_string(entropy_floor(request.module)) + " bits" +
                       (request.passphrase != nullptr ? ", and the passphrase is short" : "")),
        "log accepted entropy");
  }
  return log;
}

// A log that an earlier anchor left is set aside, never written over.
Result<void> keep_old_events(const StateFolder& folder, const AnchorId& anchor) {
  const auto old = folder.event_file();
  const auto aside = old.string() + ".before-" + anchor.hex();
  if (std::rename(old.c_str(), aside.c_str()) != 0 && errno != ENOENT) return system_error("set aside", old, errno);
  return {};
}

struct FirstSlots {
  FingerprintSlot fingerprint;
  std::optional<RecoverySlot> recovery;
  std::optional<PufSlot> puf;
};

Result<AnchorFile> describe(const StateFolder& folder, const CreateRequest& request, const Root& root,
                            FirstSlots slots) {
  AnchorFile file;
  file.id = root.anchor();
  file.created = request.clock();
  file.made_by = request.made_by;
  file.low_entropy_accepted = !check_entropy(request, LowEntropy::refused).ok();
  file.platform = fingerprint::name_of(request.fingerprint->platform.kind);
  file.sysroot = request.sysroot;
  file.credential_file = request.credential_file;
  file.profile = request.profile;
  file.only_named_attributes = request.only_named_attributes;
  file.migration = request.migration;
  file.module = request.module;
  file.slots.emplace_back(std::move(slots.fingerprint));
  if (slots.recovery) file.slots.emplace_back(std::move(*slots.recovery));
  if (slots.puf) file.slots.emplace_back(std::move(*slots.puf));
  TRY_LET(file.remembered, remember(root, *request.fingerprint, file.noisy()), "remember attributes");
  const auto origin = fingerprint::gather_origin(request.sysroot, folder.path());
  TRY_LET(file.origin, remember_origin(root, origin), "remember origin");
  return file;
}

}  // namespace

Result<AnchorFile> create_anchor(const StateFolder& folder, const CreateRequest& request) {
  TRY(crypto::load_module(request.module), "load cryptographic module");
  const crypto::ModuleScope scope(request.module);
  TRY(check_entropy(request, request.low_entropy), "check entropy");
  FirstSlots slots;
  TRY_LET(slots.fingerprint,
          plan_slot({request.fingerprint, &request.plan, request.passphrase != nullptr, request.module,
                     request.required_noisy()}),
          "plan slot");
  TRY_LET(const FolderLock lock, FolderLock::acquire(folder.path()), "lock state folder");
  // Again under the lock: another process may have made an anchor since, whose event log must stay.
  TRY(folder.check_vacant(), "check state folder");
  AnchorId id;
  TRY(crypto::fill_random(id.bytes), "choose anchor id");
  TRY_LET(const auto root, draw_root(id, RootEpoch{1}), "draw root");
  TRY(wrap_root(slots.fingerprint, root, Factors{request.fingerprint, request.passphrase}, request.progress),
      "wrap root");
  const bool with_puf_slot = request.noisy && request.noisy_role == NoisyRole::slot;
  if (with_puf_slot) {
    TRY_LET(slots.puf, make_puf_slot(root, request.noisy->factor, *request.fingerprint), "make puf slot");
  }
  std::optional<SecretBytes> code;
  if (request.deliver_recovery_code) {
    TRY_LET(code, make_recovery_code(), "draw recovery code");
    TRY_LET(slots.recovery, make_recovery_slot(root, *code), "make recovery slot");
  }
  TRY_LET(auto file, describe(folder, request, root, std::move(slots)), "describe anchor");
  TRY_LET(const auto events, first_events(request, file), "write events");
  file.events = events.head();

  TRY(keep_old_events(folder, file.id), "keep an old event log");
  // The log first: entries that no anchor authenticates are an uncommitted tail, the reverse is damage.
  TRY(write_private_file(folder.event_file(), as_bytes(events.text()), Replace::allowed), "write event log");
  TRY_LET(const auto bytes, serialise_anchor_file(file, root), "serialise anchor");
  TRY_LET(auto writer, create_private_file(folder.anchor_file(), Replace::refused), "create anchor file");
  TRY(writer.write(bytes), "write anchor file");
  TRY(writer.sync(), "sync anchor file");
  TRY(prove_written(writer, root,
                    {.read_again = request.read_again,
                     .passphrase = request.passphrase,
                     .code = code ? &*code : nullptr,
                     .with_puf_slot = with_puf_slot}),
      "check anchor file");
  if (code) {
    TRY_LET(const auto text, format_recovery_code(*code), "format recovery code");
    TRY(request.deliver_recovery_code(text), "deliver recovery code");
  }
  TRY(writer.commit(), "put anchor in place");
  return file;
}

}  // namespace holdfast::anchor
