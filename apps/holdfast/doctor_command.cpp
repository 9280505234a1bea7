// Looks at everything that could keep the anchor from opening, now or one day, and says what to do.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/exit_status.hpp"
#include "apps/holdfast/session.hpp"
#include "apps/holdfast/sharing.hpp"
#include "apps/holdfast/terminal.hpp"
#include "core/text.hpp"

namespace holdfast::app {
namespace {

constexpr std::chrono::days kRenewBefore{30};

enum class Finding { good, attention, not_tried };

struct Check {
  std::string what;
  Finding finding;
  std::string detail;
};

using Checks = std::vector<Check>;

std::string_view name_of(Finding finding) {
  switch (finding) {
    case Finding::good: return "good";
    case Finding::attention: return "attention";
    case Finding::not_tried: return "not tried";
  }
  return "";
}

void good(Checks& checks, std::string what, std::string detail) {
  checks.push_back({std::move(what), Finding::good, std::move(detail)});
}

void attention(Checks& checks, std::string what, std::string detail) {
  checks.push_back({std::move(what), Finding::attention, std::move(detail)});
}

// Whether this process could keep a page of secrets out of swap.
bool can_lock_memory() {
  alignas(4096) static std::array<std::uint8_t, 4096> page{};
  if (::mlock(page.data(), page.size()) != 0) return false;
  ::munlock(page.data(), page.size());
  return true;
}

void check_memory(Checks& checks) {
  if (can_lock_memory()) {
    good(checks, "memory", "secrets can be kept out of swap");
    return;
  }
  attention(checks, "memory", "this account may not lock memory, so secrets may reach swap; raise 'ulimit -l'");
}

void check_events(Checks& checks, const trust::Device& device) {
  const auto events = device.load_events();
  if (events.ok()) {
    good(checks, "events", "the log is whole");
    return;
  }
  attention(checks, "events", events.error().message());
}

void check_leftovers(Checks& checks, const std::filesystem::path& folder) {
  std::vector<std::string> left;
  std::error_code problem;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, problem)) {
    if (entry.path().extension() == ".tmp") left.push_back(entry.path().string());
  }
  if (left.empty()) {
    good(checks, "leftovers", "none");
    return;
  }
  attention(checks, "leftovers", "a write was cut short and left '" + left.front() + "'; it can be removed");
}

void check_assurance(Checks& checks, const trust::Assurance& assurance) {
  for (const auto& warning : assurance.warnings) attention(checks, "assurance", warning);
  if (assurance.warnings.empty()) good(checks, "assurance", assurance.reason);
}

void check_drift(Checks& checks, const trust::DriftReport& report) {
  for (const auto& drift : report.drift) {
    if (!drift.counted && !drift.required) continue;
    attention(checks, "attributes", drift.name + " " + std::string(name_of(drift.kind)) + " since the anchor was made");
  }
  const auto margin = "counted attributes that may still change: " + std::to_string(report.margin);
  if (report.margin > 0) {
    good(checks, "margin", margin);
    return;
  }
  attention(checks, "margin", margin + ": the next change locks this device out, unless the recovery code is at hand");
}

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
              "there is none, and '" + older.info->id.text() + "' had one; ask for one with 'holdfast key csr " + name +
                  "', and keep it with 'holdfast key certificate " + name + " --in F'");
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

void check_counter(Checks& checks, const trust::Provider& provider) {
  const auto counter = provider.read_counter();
  if (counter.ok()) {
    good(checks, "counter", "whole, at " + std::to_string(*counter));
  } else {
    attention(checks, "counter", counter.error().message());
  }
}

void check_profile(Checks& checks, const trust::Profile& profile) {
  if (profile.problem.empty()) {
    good(checks, "profile", profile.name + ": " + profile.description);
  } else {
    attention(checks, "profile", "nothing can be made, signed or sealed: " + profile.problem);
  }
}

void check_opened(Checks& checks, const trust::DeviceInfo& info, const trust::Trial& trial) {
  good(checks, "anchor", "opens here");
  if (!info.stateless) check_drift(checks, trial.drift);
  const auto& provider = *trial.provider;
  check_profile(checks, provider.profile());
  if (info.stateless) {
    good(checks, "keys", "stateless: derived where they are used");
    return;
  }
  check_keys(checks, provider);
  check_counter(checks, provider);
}

// A shared folder is no weakness, and yet the owner should be told of it.
void check_sharing(Checks& checks, const trust::DeviceInfo& info) {
  if (!info.shared_with) return;
  const auto hidden = find_hidden(info.folder, *info.shared_with);
  if (!hidden) {
    good(checks, "sharing", "except to " + words_for(*info.shared_with));
    return;
  }
  attention(checks, "sharing",
            "'" + hidden->string() + "' is closed to the group '" + info.shared_with->group +
                "', which the folder is shared with; open it with: chgrp -R '" + info.shared_with->group + "' '" +
                info.folder.string() + "' and chmod -R " + (info.shared_with->may_write ? "g+rwX" : "g+rX") + " '" +
                info.folder.string() + "'");
}

void check_device(Checks& checks, const GlobalArguments& global, const std::filesystem::path& folder) {
  const auto device = trust::find_device(folder);
  if (!device.ok()) {
    attention(checks, "anchor", device.error().message());
    return;
  }
  check_sharing(checks, (*device)->info());
  check_assurance(checks, (*device)->info().assurance);
  if (!(*device)->info().stateless) check_events(checks, **device);
  const auto trial = try_to_open(global, **device);
  if (!trial.ok()) {
    attention(checks, "anchor", trial.error().message());
    return;
  }
  switch (trial->outcome) {
    case trust::Trial::Outcome::opens: check_opened(checks, (*device)->info(), *trial); return;
    case trust::Trial::Outcome::does_not_open: attention(checks, "anchor", trial->why_not); return;
    case trust::Trial::Outcome::passphrase_needed:
      checks.push_back({"anchor", Finding::not_tried, "needs the passphrase (--unlock-passphrase-file F)"});
  }
}

std::string text_of(const Checks& checks) {
  Table table({"CHECK", "FINDING", "DETAIL"});
  for (const auto& check : checks) {
    const auto colour = check.finding == Finding::good ? Colour::good : Colour::warning;
    table.add(
        {{printable(check.what)}, {std::string(name_of(check.finding)), colour}, {printable(check.detail, 1000)}});
  }
  return table.render();
}

Json json_of(const Checks& checks) {
  Json list = Json::array();
  for (const auto& check : checks) {
    list.push_back({{"check", check.what}, {"finding", name_of(check.finding)}, {"detail", check.detail}});
  }
  return {{"checks", std::move(list)}};
}

}  // namespace

Result<int> run(const GlobalArguments& global, const DoctorArguments&) {
  TRY_LET(const auto path, state_folder_path(global), "find state folder");
  Checks checks;
  const auto folder = trust::check_device_folder(path);
  if (folder.ok()) {
    good(checks, "state folder", "'" + path.string() + "' is closed to other accounts");
    check_device(checks, global, *folder);
    check_leftovers(checks, *folder);
  } else {
    attention(checks, "state folder", folder.error().message());
  }
  check_memory(checks);
  TRY(print(global, json_of(checks), text_of(checks)), "print findings");
  // What was not tried is not known to be healthy.
  const bool all_good = std::ranges::all_of(checks, [](const Check& c) { return c.finding == Finding::good; });
  return all_good ? kExitDone : kExitNeedsAttention;
}

}  // namespace holdfast::app
