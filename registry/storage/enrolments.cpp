#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::EnrolmentRequest;

constexpr std::string_view kAdd =
    "INSERT INTO enrolment_requests (id, grant_id, identity, key_hash, created) VALUES (:1, :2, :3, :4, :5)";
constexpr std::string_view kRemove = "DELETE FROM enrolment_requests WHERE id = :1";
const Query kOfIdentity{
    .sql = "SELECT id, grant_id, identity, key_hash, created FROM enrolment_requests WHERE identity = :1",
    .columns = "ttttn"};

Result<EnrolmentRequest> parse(Row& row) {
  TRY_LET(auto id, row.id<domain::RequestId>(), "read request");
  TRY_LET(auto grant, row.id<domain::GrantId>(), "read request");
  TRY_LET(auto identity, row.id<domain::IdentityId>(), "read request");
  TRY_LET(const auto key, row.hash(), "read request");
  return EnrolmentRequest{.id = std::move(id),
                          .grant = std::move(grant),
                          .identity = std::move(identity),
                          .key = key,
                          .created = row.time()};
}

}  // namespace

Result<void> Enrolments::add(const EnrolmentRequest& request) {
  return add_row(
      session_, kAdd,
      {request.id.text(), request.grant.text(), request.identity.text(), to_hex(request.key), request.created},
      "request");
}

Result<std::optional<EnrolmentRequest>> Enrolments::of_identity(const domain::IdentityId& id) {
  return parse_first(session_.first(kOfIdentity, {id.text()}), parse);
}

Result<void> Enrolments::remove(const domain::RequestId& id) {
  return change_row(session_, kRemove, {id.text()}, "request " + id.text());
}

}  // namespace holdfast::storage
