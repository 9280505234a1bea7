#include <format>
#include <map>
#include <vector>

#include "apps/holdfast/doctor_checks.hpp"

namespace holdfast::app {
namespace {

constexpr std::chrono::days kRenewBefore{30};

void check_certificate(Checks& checks, const trust::Provider& provider, const trust::KeyInfo& key, Timestamp now) {
  const auto chain = provider.load_certificate({key.id.name, key.id.version});
  if (!chain.ok() && chain.error().code() == ErrorCode::not_found) return;
  const auto what = "certificate of " + key.id.text();
  if (!chain.ok()) {
    attention(checks, what, chain.error().message());
    return;
  }
  const auto end = chain->leaf().not_after;
  if (end <= now) {
    attention(checks, what, "ended on " + format_rfc3339(end) + "; renew it");
    return;
  }
  if (end <= now + kRenewBefore) {
    attention(checks, what, "ends on " + format_rfc3339(end) + "; renew it");
    return;
  }
  good(checks, what, "valid until " + format_rfc3339(end));
}

bool has_certificate(const trust::Provider& provider, const trust::KeyInfo& key) {
  const auto chain = provider.load_certificate({key.id.name, key.id.version});
  return chain.ok() || chain.error().code() != ErrorCode::not_found;
}

// Whoever rotates a key and forgets its certificate finds out when others no longer believe the key.
void check_successor(Checks& checks, const trust::Provider& provider, const trust::KeyInfo& newest,
                     const std::vector<trust::ListedKey>& keys) {
  if (newest.state != trust::KeyState::active || has_certificate(provider, newest)) return;
  for (const auto& older : keys) {
    if (!older.info.ok() || older.info->id.name != newest.id.name) continue;
    if (older.info->id.version == newest.id.version || !has_certificate(provider, *older.info)) continue;
    const auto& name = newest.id.name.text();
    attention(checks, "certificate of " + newest.id.text(),
              std::format("there is none, and '{}' had one; ask for one with 'holdfast key csr {}', and keep it with "
                          "'holdfast key certificate {} --in F'",
                          older.info->id.text(), name, name));
    return;
  }
}

void check_successors(Checks& checks, const trust::Provider& provider, const std::vector<trust::ListedKey>& keys) {
  std::map<trust::KeyName, const trust::KeyInfo*> newest;
  for (const auto& key : keys) {
    if (!key.info.ok()) continue;
    auto& known = newest[key.info->id.name];
    if (known == nullptr || known->id.version < key.info->id.version) known = &*key.info;
  }
  for (const auto& [name, key] : newest) {
    if (key->id.version.number > 1) check_successor(checks, provider, *key, keys);
  }
}

}  // namespace

void check_keys(Checks& checks, const trust::Provider& provider) {
  const auto keys = provider.list_keys();
  if (!keys.ok()) {
    attention(checks, "keys", keys.error().message());
    return;
  }
  const auto now = system_clock_now();
  bool whole = true;
  for (const auto& key : *keys) {
    if (!key.info.ok()) {
      whole = false;
      attention(checks, "keys", key.info.error().message());
    } else if (key.info->state == trust::KeyState::active) {
      check_certificate(checks, provider, *key.info, now);
    }
  }
  check_successors(checks, provider, *keys);
  if (whole) good(checks, "keys", "all whole; key files: " + std::to_string(keys->size()));
}

}  // namespace holdfast::app
