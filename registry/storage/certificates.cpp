#include "registry/storage/repositories.hpp"
#include "registry/storage/rows.hpp"

namespace holdfast::storage {
namespace {

using domain::Certificate;
using domain::CertificateStatus;
using domain::IdentityId;

constexpr std::string_view kAdd =
    "INSERT INTO certificates (serial, identity, anchor, algorithm, not_before, not_after, status, reason, revoked_at, "
    "der) VALUES (:1, :2, :3, :4, :5, :6, :7, :8, :9, :10)";
constexpr std::string_view kChangeAll =
    "UPDATE certificates SET status = :1, reason = :2, revoked_at = :3 WHERE identity = :4 AND status = :5";
const std::string kSelect =
    "SELECT serial, identity, anchor, algorithm, not_before, not_after, status, reason, revoked_at, der "
    "FROM certificates ";
constexpr auto kColumns = "ttttnnttnt";
const Query kFind{.sql = kSelect + "WHERE serial = :1", .columns = kColumns};
const Query kOfIdentity{.sql = kSelect + "WHERE identity = :1 ORDER BY not_before DESC, serial DESC LIMIT :2",
                        .columns = kColumns};
const Query kSerials{.sql =
                         "SELECT serial FROM certificates WHERE identity = :1 AND status = :2 "
                         "ORDER BY not_before, serial",
                     .columns = "t"};

Value reason_value(const std::optional<domain::RevocationReason>& reason) {
  return reason ? Value(domain::name_of(*reason)) : Value::nothing(ValueKind::text);
}

// The certificate in base64; or, where it is not known, what is known of it, in letters of which base64 has no colon.
constexpr std::string_view kDigestOnly = "sha256:";

struct Body {
  std::optional<domain::KeyHash> digest;
  Bytes der;
};

std::string body_of(const Certificate& certificate) {
  if (!certificate.der.empty() || !certificate.digest) return to_base64(certificate.der);
  return std::string(kDigestOnly) + to_hex(*certificate.digest);
}

Result<Body> parse_body(const std::string& text) {
  Body body;
  if (!text.starts_with(kDigestOnly)) {
    TRY_LET(body.der, parse_base64(text), "read certificate");
    return body;
  }
  TRY_LET(body.digest, parse_hash(text.substr(kDigestOnly.size())), "read digest");
  return body;
}

Result<Certificate> parse(Row& row) {
  auto serial = row.text();
  TRY_LET(auto identity, row.id<IdentityId>(), "read certificate");
  TRY_LET(auto anchor, row.id<domain::AnchorId>(), "read certificate");
  auto algorithm = row.text();
  const auto not_before = row.time();
  const auto not_after = row.time();
  TRY_LET(const auto status, row.named(domain::find_certificate_status), "read certificate");
  TRY_LET(const auto reason, row.maybe_named(domain::find_revocation_reason), "read certificate");
  const auto revoked_at = row.maybe_time();
  TRY_LET(auto body, parse_body(row.text()), "read certificate");
  return Certificate{.serial = std::move(serial),
                     .identity = std::move(identity),
                     .anchor = std::move(anchor),
                     .algorithm = std::move(algorithm),
                     .not_before = not_before,
                     .not_after = not_after,
                     .status = status,
                     .reason = reason,
                     .revoked_at = revoked_at,
                     .digest = body.digest,
                     .der = std::move(body.der)};
}

}  // namespace

Result<void> Certificates::add(const Certificate& certificate) {
  return add_row(session_, kAdd,
                 {certificate.serial, certificate.identity.text(), certificate.anchor.text(), certificate.algorithm,
                  certificate.not_before, certificate.not_after, domain::name_of(certificate.status),
                  reason_value(certificate.reason), certificate.revoked_at, body_of(certificate)},
                 "certificate");
}

Result<std::optional<Certificate>> Certificates::find(const std::string& serial) {
  return parse_first(session_.first(kFind, {serial}), parse);
}

Result<std::vector<Certificate>> Certificates::of_identity(const IdentityId& id, std::size_t limit) {
  return parse_all(session_.query(kOfIdentity, {id.text(), limit}), parse);
}

Result<std::vector<std::string>> Certificates::change_all(const IdentityId& id, CertificateStatus from,
                                                          CertificateStatus to,
                                                          std::optional<domain::RevocationReason> reason,
                                                          Timestamp when) {
  TRY_LET(auto rows, session_.query(kSerials, {id.text(), domain::name_of(from)}), "find certificates");
  std::vector<std::string> serials;
  serials.reserve(rows.size());
  for (Row& row : rows) serials.push_back(row.text());
  if (serials.empty()) return serials;
  const auto since = to == CertificateStatus::good ? std::nullopt : std::optional(when);
  TRY(session_.execute(kChangeAll,
                       {domain::name_of(to), reason_value(reason), since, id.text(), domain::name_of(from)}),
      "change certificates");
  return serials;
}

}  // namespace holdfast::storage
