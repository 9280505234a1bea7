#include "apps/holdfast-registry/operation.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "registry/audit/export.hpp"
#include "registry/domain/owner_commands.hpp"
#include "registry/domain/two_people.hpp"
#include "registry/storage/backup.hpp"

namespace holdfast::registry_app {
namespace {

using domain::Transaction;

// What `doctor` finds: "good", "advice" or "attention".
class Findings {
 public:
  void add(const std::string& check, const std::string& finding, const std::string& detail) {
    items_.push_back({{"check", check}, {"finding", finding}, {"detail", detail}});
  }
  void judge(const std::string& check, const Result<void>& found, const std::string& well) {
    add(check, found.ok() ? "good" : "attention", found.ok() ? well : found.error().message());
  }
  [[nodiscard]] Json take() { return {{"items", std::move(items_)}}; }

 private:
  Json items_ = Json::array();
};

void check_log(Findings& findings, const Context& context) {
  std::uint64_t size = 0;
  const auto fits = context.database.read([&](Transaction& tx) -> Result<void> {
    TRY_LET(const auto checkpoint, audit::verify_rows(tx.log(), context.log), "verify log");
    size = checkpoint.size;
    return {};
  });
  findings.judge("log", fits, std::to_string(size) + " entries fit their signed checkpoint");
  const auto extends = context.database.read(
      [&](Transaction& tx) { return audit::check_extends(tx.log(), context.log, context.outside); });
  findings.judge("checkpoint", extends, "the log goes on from the one kept outside");
}

// Lists are read up to here.
constexpr std::size_t kMostCounted = 1000;

std::string count_text(std::size_t count) { return std::to_string(count) + (count < kMostCounted ? "" : " or more"); }

void check_authority(Findings& findings, const Context& context) {
  constexpr std::chrono::seconds kSoon = std::chrono::days(180);
  const auto ends = context.authority.not_after();
  const std::string words = "the issuing certificate is valid until " + format_rfc3339(ends);
  findings.add("authority", context.now + kSoon < ends ? "good" : "attention", words);
}

Result<void> check_people(Findings& findings, const Context& context) {
  return context.database.read([&](Transaction& tx) -> Result<void> {
    TRY_LET(const auto incidents, tx.incidents().list(std::nullopt, true, kMostCounted), "list incidents");
    findings.add("incidents", incidents.empty() ? "good" : "attention",
                 incidents.empty() ? "none is open" : "open: " + count_text(incidents.size()) + " ('incident list')");
    TRY_LET(const auto approvals, domain::waiting_approvals(tx, context.now), "list approvals");
    TRY_LET(const auto transfers, domain::waiting_transfers(tx, context.now), "list transfers");
    const auto waiting = approvals.size() + transfers.size();
    findings.add(
        "second person", waiting == 0 ? "good" : "advice",
        waiting == 0 ? "nothing waits" : "waiting: " + std::to_string(waiting) + " ('approval list', 'transfer list')");
    domain::IdentityFilter filter;
    filter.state = domain::IdentityState::pending;
    filter.limit = kMostCounted;
    TRY_LET(const auto pending, tx.identities().list(filter), "list identities");
    findings.add("enrolments", pending.empty() ? "good" : "advice",
                 pending.empty() ? "none waits for approval"
                                 : "waiting: " + count_text(pending.size()) + " ('identity list --state pending')");
    return {};
  });
}

void check_anchor(Findings& findings, const Context& context) {
  if (!context.passphrase_file) {
    findings.add("anchor", "good", "the authority's keys open with this machine's attributes");
    return;
  }
  findings.add(
      "anchor", "advice",
      "this machine's attributes do not reach the entropy floor: a passphrase beside the anchor stands in, and "
      "whoever copies the data folder has the authority's keys");
}

Result<Json> examine(const Context& context, const Arguments&) {
  Findings findings;
  check_log(findings, context);
  check_authority(findings, context);
  check_anchor(findings, context);
  TRY(check_people(findings, context), "look at what waits");
  return findings.take();
}

Result<Json> back_up(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto out, arguments.text("out"), "read argument");
  TRY(storage::back_up(context.database_url, out), "write backup");
  return Json{{"out", out}};
}

}  // namespace

std::span<const Operation> housekeeping_operations() {
  static const std::vector<Operation> kRows{
      {"registry",
       "doctor",
       "Look for everything that needs attention; status 10 when anything does",
       "doctor",
       {},
       {"check", "finding", "detail"},
       examine,
       Audience::staff},
      {"registry",
       "backup",
       "Write a copy of the database, at one moment, while it is in use",
       "backup --out registry-backup.db",
       {{"out", ParameterKind::path, Presence::required, "the file, which the registry writes; it must not exist"}},
       {},
       back_up,
       Audience::staff},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
