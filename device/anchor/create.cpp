#include "device/anchor/create.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "core/file.hpp"
#include "core/folder_group.hpp"
#include "core/folder_lock.hpp"
#include "core/text.hpp"
#include "crypto/compare.hpp"
#include "crypto/random.hpp"
#include "device/anchor/recovery_code.hpp"
#include "device/anchor/recovery_wrap.hpp"
#include "device/anchor/remembered.hpp"
#include "device/anchor/subsets.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::kEntropyFloor;

constexpr unsigned kFipsFloor = 80;

Result<SlotAttribute> slot_attribute(const fingerprint::Fingerprint& fingerprint, const fingerprint::Counted& counted) {
  const auto& attribute = fingerprint.attributes[counted.attribute];
  TRY_LET(auto salt, crypto::random_bytes(kSlotSaltSize), "choose factor salt");
  return SlotAttribute{attribute.name, attribute.source,       attribute.attribute_class, attribute.group,
                       counted.bits,   attribute.bits_claimed, attribute.only_root_reads, std::move(salt)};
}

// Code points of UTF-8: what a person counts, where bytes would let four accented letters pass for eight.
std::size_t count_characters(const SecretBytes& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text.expose(SecretAccess{}), [](std::uint8_t byte) { return (byte & 0xC0) != 0x80; }));
}

bool below_floor(const CreateRequest& request) { return request.plan.weakest_bits < entropy_floor(request.module); }

Result<void> check_entropy(const CreateRequest& request, LowEntropy low_entropy) {
  return anchor::check_entropy(request.plan, request.passphrase, low_entropy, entropy_floor(request.module));
}

Result<FingerprintSlot> plan_slot(const CreateRequest& request) {
  FingerprintSlot slot;
  TRY(crypto::fill_random(slot.id.bytes), "choose slot id");
  TRY_LET(slot.salt, crypto::random_bytes(kSlotSaltSize), "choose slot salt");
  const bool strong = request.passphrase != nullptr || below_floor(request);
  slot.costs = crypto::stretch_costs(strong ? crypto::StretchPreset::strong : crypto::StretchPreset::standard);
  slot.quorum = request.plan.quorum;
  slot.needs_passphrase = request.passphrase != nullptr;
  for (const auto& counted : request.plan.counted) {
    TRY_LET(auto attribute, slot_attribute(*request.fingerprint, counted), "plan slot");
    slot.counted.push_back(std::move(attribute));
  }
  for (const auto& required : request.plan.required) {
    TRY_LET(auto attribute, slot_attribute(*request.fingerprint, required), "plan slot");
    slot.required.push_back(std::move(attribute));
  }
  const auto subsets = fingerprint::count_subsets(static_cast<unsigned>(slot.counted.size()), slot.quorum);
  const auto limit = strong ? kMaxSubsetsStrong : kMaxSubsets;
  if (subsets > limit) {
    return Error(ErrorCode::refused, "a quorum of " + std::to_string(slot.quorum) + " of " +
                                         std::to_string(slot.counted.size()) + " attributes has " +
                                         std::to_string(subsets) + " combinations, and at most " +
                                         std::to_string(limit) + " are allowed here; choose a larger --quorum");
  }
  return slot;
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
  if (file.low_entropy_accepted) {
    TRY(log.append(file.created, "low-entropy-accepted",
                   "the weakest quorum holds " + std::to_string(request.plan.weakest_bits) + " of " +
                       std::to_string(entropy_floor(request.module)) + " bits" +
                       (request.passphrase != nullptr ? ", and the passphrase is short" : "")),
        "log accepted entropy");
  }
  return log;
}

// An attribute that reads differently each time would make a quorum that nobody reaches.
Result<void> check_steady(const AnchorFile& file, const Root& root, const fingerprint::Fingerprint& fresh) {
  TRY_LET(const auto report, compare_with_remembered(root, file.remembered, *file.fingerprint_slot(), fresh),
          "compare");
  for (const auto& drift : report.drift) {
    if (!drift.counted && !drift.required) continue;
    return Error(ErrorCode::refused,
                 "the attribute '" + printable(drift.name) +
                     "' changes from one reading to the next; leave it out, or name a steadier one");
  }
  return {};
}

// Reads the new file past the page cache, where the system lets it, and opens it as a later process would.
Result<void> check_written(const AtomicFile& writer, const CreateRequest& request, const Root& root,
                           const SecretBytes* code) {
  (void)::posix_fadvise(writer.descriptor(), 0, 0, POSIX_FADV_DONTNEED);
  TRY_LET(const auto bytes, read_file(writer.temporary(), kMaxAnchorFileSize), "read back");
  TRY_LET(const auto unverified, parse_anchor_file(bytes), "parse what was written");
  TRY_LET(const auto fresh, request.read_again(), "read attributes again");
  TRY(check_steady(unverified.file, root, fresh), "compare attributes");
  const Factors factors{&fresh, request.passphrase};
  TRY_LET(const auto opened,
          unwrap_root(*unverified.file.fingerprint_slot(), root.anchor(), factors, Search::first_subset),
          "open what was written");
  TRY(verify_anchor_mac(unverified, opened), "verify what was written");
  bool same = crypto::ct_equal(opened.secret().expose(SecretAccess{}), root.secret().expose(SecretAccess{}));
  if (code != nullptr) {
    TRY_LET(const auto recovered, open_recovery_slot(*unverified.file.recovery_slot(), root.anchor(), *code),
            "open what was written with the recovery code");
    same = same && crypto::ct_equal(recovered.secret().expose(SecretAccess{}), root.secret().expose(SecretAccess{}));
  }
  if (!same) return Error(ErrorCode::internal, "the anchor that was written does not open the same root");
  return {};
}

// A log that an earlier anchor left is set aside, never written over.
Result<void> keep_old_events(const StateFolder& folder, const AnchorId& anchor) {
  const auto old = folder.event_file();
  const auto aside = old.string() + ".before-" + anchor.hex();
  if (std::rename(old.c_str(), aside.c_str()) != 0 && errno != ENOENT) return system_error("set aside", old, errno);
  return {};
}

Result<AnchorFile> describe(const CreateRequest& request, const Root& root, FingerprintSlot slot,
                            std::optional<RecoverySlot> recovery) {
  AnchorFile file;
  file.id = root.anchor();
  file.created = request.clock();
  file.made_by = request.made_by;
  file.low_entropy_accepted = !check_entropy(request, LowEntropy::refused).ok();
  file.platform = fingerprint::name_of(request.fingerprint->platform.kind);
  file.sysroot = request.sysroot;
  file.credential_file = request.credential_file;
  file.profile = request.profile;
  file.module = request.module;
  TRY_LET(file.remembered, remember(root, *request.fingerprint), "remember attributes");
  file.slots.emplace_back(std::move(slot));
  if (recovery) file.slots.emplace_back(std::move(*recovery));
  return file;
}

Result<Root> draw_root() {
  AnchorId id;
  TRY(crypto::fill_random(id.bytes), "choose anchor id");
  TRY_LET(auto secret, crypto::random_secret(kRootSize), "draw root");
  return Root(id, RootEpoch{1}, std::move(secret));
}

}  // namespace

unsigned entropy_floor(crypto::Module module) { return module == crypto::Module::fips ? kFipsFloor : kEntropyFloor; }

Result<void> check_entropy(const fingerprint::QuorumPlan& plan, const SecretBytes* passphrase, LowEntropy low_entropy,
                           unsigned floor) {
  if (low_entropy == LowEntropy::accepted) return {};
  if (passphrase != nullptr && count_characters(*passphrase) < kMinPassphraseCharacters) {
    return Error(ErrorCode::refused,
                 "the passphrase is shorter than " + std::to_string(kMinPassphraseCharacters) +
                     " characters; choose a longer one (or accept the risk with --accept-low-entropy)");
  }
  if (plan.weakest_bits >= floor || passphrase != nullptr) return {};
  return Error(
      ErrorCode::refused,
      "the weakest quorum of this machine's attributes holds " + std::to_string(plan.weakest_bits) + " bits, " +
          std::to_string(floor - plan.weakest_bits) + " fewer than the " + std::to_string(floor) +
          " that an anchor needs. Add a passphrase (--passphrase-file F), name further attributes in a credential "
          "file (--credfile F)" +
          (plan.total_bits >= floor ? ", or raise --quorum" : "") +
          "; --accept-low-entropy overrides this and is recorded for ever");
}

Result<AnchorFile> create_anchor(const StateFolder& folder, const CreateRequest& request) {
  TRY(crypto::load_module(request.module), "load cryptographic module");
  const crypto::ModuleScope scope(request.module);
  TRY(check_entropy(request, request.low_entropy), "check entropy");
  TRY_LET(auto slot, plan_slot(request), "plan slot");
  TRY_LET(const FolderLock lock, FolderLock::acquire(folder.path()), "lock state folder");
  // Again under the lock: another process may have made an anchor since, whose event log must stay.
  TRY(folder.check_vacant(), "check state folder");
  TRY_LET(const auto root, draw_root(), "draw root");
  TRY(wrap_root(slot, root, Factors{request.fingerprint, request.passphrase}, request.progress), "wrap root");

  std::optional<RecoverySlot> recovery;
  std::optional<SecretBytes> code;
  if (request.deliver_recovery_code) {
    TRY_LET(code, make_recovery_code(), "draw recovery code");
    TRY_LET(recovery, make_recovery_slot(root, *code), "make recovery slot");
  }
  TRY_LET(auto file, describe(request, root, std::move(slot), std::move(recovery)), "describe anchor");
  TRY_LET(const auto events, first_events(request, file), "write events");
  file.events = events.head();

  TRY(keep_old_events(folder, file.id), "keep an old event log");
  // The log first: entries that no anchor authenticates are an uncommitted tail, the reverse is damage.
  TRY(write_private_file(folder.event_file(), as_bytes(events.text()), Replace::allowed), "write event log");
  TRY_LET(const auto bytes, serialise_anchor_file(file, root), "serialise anchor");
  TRY_LET(auto writer, create_private_file(folder.anchor_file(), Replace::refused), "create anchor file");
  TRY(writer.write(bytes), "write anchor file");
  TRY(writer.sync(), "sync anchor file");
  TRY(check_written(writer, request, root, code ? &*code : nullptr), "check anchor file");
  if (code) {
    TRY_LET(const auto text, format_recovery_code(*code), "format recovery code");
    TRY(request.deliver_recovery_code(text), "deliver recovery code");
  }
  TRY(writer.commit(), "put anchor in place");
  return file;
}

}  // namespace holdfast::anchor
