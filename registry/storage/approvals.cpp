#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::ApprovalId;
using domain::PendingApproval;

constexpr std::string_view kAdd =
    "INSERT INTO approvals (id, action, asked_by, created, approved_by, done) VALUES (:1, :2, :3, :4, :5, :6)";
constexpr std::string_view kUpdate = "UPDATE approvals SET approved_by = :1, done = :2 WHERE id = :3";
const std::string kSelect = "SELECT id, action, asked_by, created, approved_by, done FROM approvals ";
constexpr auto kColumns = "tttntn";
const Query kFind{.sql = kSelect + "WHERE id = :1", .columns = kColumns};
const Query kOpen{.sql = kSelect + "WHERE done IS NULL ORDER BY id", .columns = kColumns};

Result<PendingApproval> parse(Row& row) {
  TRY_LET(auto id, row.id<ApprovalId>(), "read approval");
  return PendingApproval{.id = std::move(id),
                         .action = row.text(),
                         .asked_by = row.text(),
                         .created = row.time(),
                         .approved_by = row.text(),
                         .done = row.maybe_time()};
}

}  // namespace

Result<void> Approvals::add(const PendingApproval& approval) {
  return add_row(
      session_, kAdd,
      {approval.id.text(), approval.action, approval.asked_by, approval.created, approval.approved_by, approval.done},
      "approval");
}

Result<void> Approvals::update(const PendingApproval& approval) {
  return change_row(session_, kUpdate, {approval.approved_by, approval.done, approval.id.text()},
                    "approval " + approval.id.text());
}

Result<std::optional<PendingApproval>> Approvals::find(const ApprovalId& id) {
  return parse_first(session_.first(kFind, {id.text()}), parse);
}

Result<std::vector<PendingApproval>> Approvals::open_ones() { return parse_all(session_.query(kOpen, {}), parse); }

}  // namespace holdfast::storage
