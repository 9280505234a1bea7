#include "device/anchor/quorum_wrap.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/aead.hpp"
#include "crypto/compare.hpp"
#include "crypto/kdf.hpp"
#include "crypto/module.hpp"
#include "device/anchor/noisy_factor.hpp"
#include "device/anchor/present.hpp"
#include "device/anchor/slot_members.hpp"
#include "device/anchor/subsets.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::Attribute;

// k_i = HKDF(LP(value), salt_i, label("factor") || LP(name) || LP(source))
Result<SecretBytes> factor_key(const SlotAttribute& attribute, const Attribute& found) {
  Bytes info = crypto::label("factor");
  append_lp(info, as_bytes(attribute.name));
  append_lp(info, as_bytes(attribute.source));
  return crypto::hkdf(crypto::join_secrets({found.value.expose(SecretAccess{})}), attribute.salt, info);
}

// A required factor as the stretching sees it: LP(type) || LP(value).
struct RequiredFactor {
  std::string_view type;
  SecretBytes value;
};

// All that the subsets of one slot have in common, derived once.
struct SlotKeys {
  std::vector<SecretBytes> counted;  // empty where the attribute is not present
  std::vector<RequiredFactor> required;
  Bytes associated;
  std::vector<Missing> missing;
  bool all_required = true;
  Stretch stretch = nullptr;
};

Result<void> derive_required(const FingerprintSlot& slot, const Factors& factors, SlotKeys& keys) {
  for (const auto& attribute : slot.required) {
    const Attribute* found = find_present(*factors.fingerprint, attribute);
    if (found == nullptr) {
      keys.missing.push_back(explain_missing(*factors.fingerprint, attribute));
      keys.all_required = false;
      continue;
    }
    TRY_LET(auto key, factor_key(attribute, *found), "derive required factor");
    keys.required.push_back({"attribute", std::move(key)});
  }
  if (slot.noisy) {
    const auto* const reading = find_present(*factors.fingerprint, *slot.noisy);
    if (reading == nullptr) {
      keys.missing.push_back(explain_missing(*factors.fingerprint, *slot.noisy));
      keys.all_required = false;
    } else {
      // Whatever the reading is, it gives some secret, by the same steps.
      TRY_LET(auto key, noisy_key(*slot.noisy, *reading), "derive noisy factor");
      keys.required.push_back({"puf", std::move(key)});
    }
  }
  if (slot.needs_passphrase && factors.passphrase != nullptr) {
    keys.required.push_back({"passphrase", SecretBytes::copy_of(factors.passphrase->expose(SecretAccess{}))});
  }
  return {};
}

Result<SlotKeys> derive_slot_keys(const FingerprintSlot& slot, const AnchorId& anchor, const Factors& factors) {
  SlotKeys keys;
  keys.stretch = factors.stretch;
  for (const auto& attribute : slot.counted) {
    const Attribute* found = find_present(*factors.fingerprint, attribute);
    if (found == nullptr) {
      keys.missing.push_back(explain_missing(*factors.fingerprint, attribute));
      keys.counted.emplace_back();
      continue;
    }
    TRY_LET(auto key, factor_key(attribute, *found), "derive factor");
    keys.counted.push_back(std::move(key));
  }
  TRY(derive_required(slot, factors, keys), "derive required factors");
  TRY_LET(keys.associated, associated_data(anchor, slot.epoch, parameters_of(slot)), "bind slot");
  return keys;
}

bool available(const SlotKeys& keys, const Subset& subset) {
  return std::ranges::all_of(subset, [&](std::uint8_t i) { return !keys.counted[i].empty(); });
}

// x_S = HKDF(LP(S) || LP(k_i) …, slot_salt, label("quorum") || LP(S)), then
// w_S = HKDF(stretch(LP(x_S) || LP(type_j) || LP(r_j) …, slot_salt), label("wrap") || LP(slot id) || LP(S)).
// The stretching, Argon2id or PBKDF2, stands over the whole quorum, so that no part of it can be tested alone. The
// leading LP(S) keeps the input from being empty where everything is required and the subset has no members.
Result<SecretBytes> wrap_key(const FingerprintSlot& slot, const SlotKeys& keys, const Subset& subset) {
  std::vector<ByteView> quorum{subset};
  for (const auto index : subset) quorum.push_back(keys.counted[index].expose(SecretAccess{}));
  Bytes quorum_info = crypto::label("quorum");
  append_lp(quorum_info, subset);
  TRY_LET(const auto x, crypto::hkdf(crypto::join_secrets(quorum), slot.salt, quorum_info), "derive quorum key");

  std::vector<ByteView> guess{x.expose(SecretAccess{})};
  for (const auto& factor : keys.required) {
    guess.push_back(as_bytes(factor.type));
    guess.push_back(factor.value.expose(SecretAccess{}));
  }
  TRY_LET(const auto stretched, keys.stretch(crypto::join_secrets(guess), slot.salt, slot.costs), "stretch quorum");

  Bytes wrap_info = crypto::label("wrap");
  append_lp(wrap_info, slot.id.bytes);
  append_lp(wrap_info, subset);
  return crypto::hkdf(stretched, {}, wrap_info);
}

Bytes bind_subset(const Bytes& associated, const Subset& subset) {
  Bytes bound = associated;
  append_lp(bound, subset);
  return bound;
}

// The root, nothing when the subset does not open, or an Error when something else went wrong.
Result<std::optional<SecretBytes>> try_subset(const FingerprintSlot& slot, const SlotKeys& keys, const Subset& subset,
                                              const SubsetWrap& wrap) {
  TRY_LET(const auto key, wrap_key(slot, keys, subset), "derive wrap key");
  TRY_LET(const auto commitment, commitment_of(key), "derive commitment");
  if (!crypto::ct_equal(commitment, wrap.commitment)) return std::optional<SecretBytes>();
  // Behind a matching commitment a failure is not a wrong guess but an altered file.
  TRY_LET(auto root, crypto::unwrap_secret(key, bind_subset(keys.associated, subset), wrap.wrapped), "unwrap root");
  return std::optional<SecretBytes>(std::move(root));
}

// As many threads as there are cores, as long as their Argon2id calls fit into half of the free memory.
unsigned worker_count(const crypto::StretchCosts& costs) {
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  const auto* const argon2 = std::get_if<crypto::Argon2Params>(&costs);
  if (argon2 == nullptr) return cores;
  const auto pages = ::sysconf(_SC_AVPHYS_PAGES);
  const auto page_kib = ::sysconf(_SC_PAGESIZE) / 1024;
  if (pages <= 0 || page_kib <= 0) return 1;
  const auto free_kib = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_kib);
  return static_cast<unsigned>(std::clamp<std::uint64_t>(free_kib / 2 / argon2->memory_kib, 1, cores));
}

// False where the system allows no more threads.
bool start_thread(std::vector<std::jthread>& threads, const std::function<void()>& work) {
  try {
    threads.emplace_back(work);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// Runs `task` for 0 … count-1 on several threads; each task returns whether the rest is still wanted, or an
// Error, the first of which is returned when all threads have ended.
Result<void> run_on_workers(std::size_t count, unsigned workers, const SearchProgress& progress,
                            const std::function<Result<bool>(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  unsigned done = 0;
  std::optional<Error> failure;
  std::atomic<bool> out_of_memory{false};
  const auto work = [&, module = crypto::current_module()] {
    const crypto::ModuleScope scope(module);
    for (std::size_t i = next++; i < count && !stop; i = next++) {
      Result<bool> wanted = false;
      try {
        wanted = task(i);
      } catch (const std::bad_alloc&) {
        out_of_memory = true;
      }
      const std::scoped_lock lock(mutex);
      ++done;
      if (!wanted.ok() || !*wanted) stop = true;
      if (!wanted.ok() && !failure) failure = std::move(wanted).error();
      if (progress) progress(done, static_cast<unsigned>(count));
    }
  };
  {
    std::vector<std::jthread> threads;
    auto more = std::min<std::size_t>(workers, count);
    while (more > 1 && start_thread(threads, work)) --more;
    work();  // this thread in any case
  }
  if (out_of_memory) throw std::bad_alloc();
  if (failure) return std::move(*failure);
  return {};
}

Error does_not_open(const FingerprintSlot& slot, const SlotKeys& keys) {
  std::string text = "this device's attributes";
  if (slot.needs_passphrase || slot.noisy || !slot.required.empty()) text += " or the required factors";
  text += " do not open this anchor";
  return {ErrorCode::does_not_open, text + words_for(keys.missing)};
}

}  // namespace

Result<void> wrap_root(FingerprintSlot& slot, const Root& root, const Factors& factors,
                       const SearchProgress& progress) {
  TRY_LET(const auto keys, derive_slot_keys(slot, root.anchor(), factors), "derive slot keys");
  if (!keys.missing.empty() || (slot.needs_passphrase && factors.passphrase == nullptr)) {
    return Error(ErrorCode::internal, "a slot was to be written without all of its factors");
  }
  const auto subsets = k_subsets(static_cast<unsigned>(slot.counted.size()), slot.quorum);
  slot.wraps.assign(subsets.size(), {});
  return run_on_workers(subsets.size(), worker_count(slot.costs), progress, [&](std::size_t i) -> Result<bool> {
    TRY_LET(const auto key, wrap_key(slot, keys, subsets[i]), "derive wrap key");
    TRY_LET(slot.wraps[i].commitment, commitment_of(key), "commit to wrap key");
    TRY_LET(slot.wraps[i].wrapped, crypto::wrap_secret(key, bind_subset(keys.associated, subsets[i]), root.secret()),
            "wrap root");
    return true;
  });
}

Result<Root> unwrap_root(const FingerprintSlot& slot, const AnchorId& anchor, const Factors& factors, Search search,
                         const SearchProgress& progress) {
  TRY_LET(const auto keys, derive_slot_keys(slot, anchor, factors), "derive slot keys");
  if (slot.needs_passphrase && factors.passphrase == nullptr) {
    return Error(ErrorCode::does_not_open,
                 "this anchor needs its passphrase; give --unlock-passphrase-file or --unlock-passphrase-fd");
  }
  const auto subsets = k_subsets(static_cast<unsigned>(slot.counted.size()), slot.quorum);
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < subsets.size(); ++i) {
    if (available(keys, subsets[i])) candidates.push_back(i);
  }
  if (candidates.empty() || !keys.all_required) return does_not_open(slot, keys);

  // The first alone, since it opens where nothing drifted; only then all cores for the rest.
  const auto first = candidates.front();
  TRY_LET(auto root, try_subset(slot, keys, subsets[first], slot.wraps[first]), "try subset");
  candidates.erase(candidates.begin());
  if (!root && search == Search::all_subsets) {
    std::mutex found;
    const auto searched =
        run_on_workers(candidates.size(), worker_count(slot.costs), progress, [&](std::size_t i) -> Result<bool> {
          const auto at = candidates[i];
          TRY_LET(auto opened, try_subset(slot, keys, subsets[at], slot.wraps[at]), "try subset");
          if (!opened) return true;
          const std::scoped_lock lock(found);
          root = std::move(opened);
          return false;
        });
    // A root that was found counts, whatever happened to another worker.
    if (!root && !searched.ok()) return searched.error();
  }
  if (!root) return does_not_open(slot, keys);
  return Root(anchor, slot.epoch, std::move(*root));
}

}  // namespace holdfast::anchor
