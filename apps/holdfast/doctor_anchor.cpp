#include <algorithm>

#include "apps/holdfast/doctor_checks.hpp"
#include "device/trust/recovery_history.hpp"

namespace holdfast::app {
namespace {

constexpr std::chrono::days kExpiresSoon{30};

void check_assurance(Checks& checks, const trust::Assurance& assurance) {
  // They were so from the beginning, and known: nothing has happened.
  for (const auto& warning : assurance.warnings) advise(checks, "assurance", warning);
  if (assurance.warnings.empty()) good(checks, "assurance", assurance.reason);
}

void check_events(Checks& checks, const trust::Device& device) {
  const auto check = device.check_events();
  if (!check.ok()) {
    attention(checks, "events", check.error().message());
    return;
  }
  for (const auto& problem : check->problems) attention(checks, "events", "event log: " + problem.what);
  if (check->whole()) good(checks, "events", "the log is whole");
}

void check_recovery_code(Checks& checks, const trust::Device& device) {
  if (!std::ranges::contains(device.info().ways, "recovery")) return;
  const auto events = device.load_events();
  if (!events.ok()) return;  // of which the events themselves tell
  const auto history = trust::recovery_history(*events);
  constexpr const char* kTest = "; see whether the printed one still opens this device: holdfast recovery test";
  switch (trust::judge(history, system_clock_now())) {
    case trust::RecoveryTest::recent:
      good(checks, "recovery code", "last tested on " + format_rfc3339(*history.tested));
      return;
    case trust::RecoveryTest::long_ago:
      advise(checks, "recovery code",
             "last tested on " + format_rfc3339(*history.tested) + ", more than a year ago" + kTest);
      return;
    case trust::RecoveryTest::never: advise(checks, "recovery code", std::string("never tested") + kTest); return;
  }
}

void check_generation(Checks& checks, const trust::DeviceInfo& device) {
  const auto problem = trust::find_mark_problem(device);
  if (!problem) {
    good(checks, "generation",
         std::to_string(device.generation) + ", remembered in " + trust::usual_mark_folder().string());
    return;
  }
  advise(
      checks, "generation",
      "an older copy of the anchor put back may not be noticed, since this account cannot rely on what it remembers (" +
          *problem + "); or name a folder of its own with HOLDFAST_MARKS");
}

void check_escrow(Checks& checks, const trust::Device& device) {
  const auto& escrow = device.info().escrow;
  if (!escrow) return;
  const auto now = system_clock_now();
  for (const auto& officer : escrow->officers) {
    if (officer.expires - now > kExpiresSoon) continue;
    advise(checks, "escrow",
           "the certificate of " + officer.subject + (officer.expires < now ? " expired at " : " expires at ") +
               format_rfc3339(officer.expires) +
               "; the officer's key still opens the share: see that it is kept, or make the escrow anew "
               "(holdfast escrow add --replace)");
  }
  const auto events = device.load_events();
  if (!events.ok()) return;  // of which the events themselves tell
  const auto history = trust::escrow_history(*events);
  constexpr const char* kTest = "; see whether the officers' shares still open this device: holdfast escrow test";
  switch (trust::judge(history, now)) {
    case trust::RecoveryTest::recent:
      good(checks, "escrow", "last tested on " + format_rfc3339(*history.tested));
      return;
    case trust::RecoveryTest::long_ago:
      advise(checks, "escrow", "last tested on " + format_rfc3339(*history.tested) + ", more than a year ago" + kTest);
      return;
    case trust::RecoveryTest::never: advise(checks, "escrow", std::string("never tested") + kTest); return;
  }
}

void check_drift(Checks& checks, const trust::DriftReport& report) {
  for (const auto& drift : report.drift) {
    if (drift.noisy) {
      attention(checks, "noisy source",
                drift.name + (drift.reason.empty() ? " " + std::string(name_of(drift.kind))
                                                   : " cannot be used: " + drift.reason));
    } else if (drift.kind == trust::DriftKind::unavailable) {
      attention(checks, "permissions", drift.name + " cannot be used: " + drift.reason);
    } else if (drift.counted || drift.required) {
      attention(checks, "attributes",
                drift.name + " " + std::string(name_of(drift.kind)) + " since the anchor was made");
    }
  }
  const auto margin = "counted attributes that may still change: " + std::to_string(report.margin);
  if (report.margin > 0) {
    good(checks, "margin", margin);
    return;
  }
  attention(checks, "margin", margin + ": the next change locks this device out, unless the recovery code is at hand");
}

// What is wrong with it stands in the drift.
void check_noisy(Checks& checks, const trust::DeviceInfo& device, const trust::Trial& trial) {
  if (!device.noisy || std::ranges::contains(trial.drift.drift, true, &trust::Drift::noisy)) return;
  good(checks, "noisy source", device.noisy->name + " gives the secret that was enrolled (" + device.noisy->code + ")");
}

void check_origin(Checks& checks, const std::vector<trust::CloneSign>& signs) {
  for (const auto& sign : signs) attention(checks, "origin", describe(sign));
  if (signs.empty()) good(checks, "origin", "no sign of a copied folder, a cloned machine or a shared image");
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

}  // namespace

void check_anchor(Checks& checks, const trust::Device& device) {
  check_assurance(checks, device.info().assurance);
  if (device.info().stateless) return;
  check_events(checks, device);
  check_recovery_code(checks, device);
  check_escrow(checks, device);
}

void check_opened(Checks& checks, const trust::DeviceInfo& device, const trust::Trial& trial) {
  good(checks, "anchor", "opens here");
  const auto& provider = *trial.provider;
  if (device.stateless) {
    check_profile(checks, provider.profile());
    good(checks, "keys", "stateless: derived where they are used");
    return;
  }
  check_generation(checks, device);
  check_drift(checks, trial.drift);
  check_noisy(checks, device, trial);
  check_origin(checks, trial.clone_signs);
  check_profile(checks, provider.profile());
  check_keys(checks, provider);
  check_counter(checks, provider);
}

}  // namespace holdfast::app
