// Tables and indexes of version 1, for both engines.
//
// Times are seconds since 1970, ids are text, hashes hexadecimal text, and certificates base64 (docs/adr/0027).
#include <array>

#include "registry/storage/schema_1.hpp"

namespace holdfast::storage::schema_1 {
namespace {

constexpr auto kStatements = std::to_array<std::string_view>({
    R"(CREATE TABLE owners (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  kind {text} NOT NULL CHECK (kind IN ('person', 'team')),
  name {text} NOT NULL CHECK (trim(name) <> ''),
  directory_key {text} NOT NULL CHECK (trim(directory_key) <> ''),
  team {text} REFERENCES owners (id),
  standing {text} NOT NULL CHECK (standing IN ('active', 'left')),
  left_at {number},
  UNIQUE (kind, directory_key),
  CHECK (team IS NULL OR kind = 'person'),
  CHECK ((standing = 'left') = (left_at IS NOT NULL))
) {table})",
    "CREATE INDEX owners_listed ON owners (kind, name)",

    R"(CREATE TABLE identities (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  name {text} NOT NULL CHECK (trim(name) <> ''),
  purpose {text} NOT NULL CHECK (trim(purpose) <> ''),
  environment {text} NOT NULL,
  group_name {text} NOT NULL,
  business_owner {text} NOT NULL REFERENCES owners (id),
  technical_owner {text} NOT NULL REFERENCES owners (id),
  tier {text} NOT NULL CHECK (tier IN ('declared', 'software', 'physical', 'hardware')),
  state {text} NOT NULL CHECK (state IN ('pending', 'active', 'rotating', 'suspended', 'retired', 'revoked')),
  state_before {text} CHECK (state_before IN ('pending', 'active', 'rotating')),
  policy {text} NOT NULL CHECK (policy <> ''),
  created {number} NOT NULL,
  last_seen {number},
  next_review {number},
  retire_after {number},
  retirement_condition {text} NOT NULL,
  orphaned_since {number},
  CHECK ((state = 'suspended') = (state_before IS NOT NULL))
) {table})",
    "CREATE INDEX identities_by_state ON identities (state, id)",
    "CREATE INDEX identities_by_business_owner ON identities (business_owner, id)",
    "CREATE INDEX identities_by_technical_owner ON identities (technical_owner, id)",
    "CREATE INDEX identities_by_group ON identities (group_name, id) WHERE group_name <> ''",
    "CREATE INDEX identities_by_name ON identities (name, id)",
    "CREATE INDEX identities_orphaned ON identities (id) WHERE orphaned_since IS NOT NULL",
    // Counting millions of rows takes seconds; this is kept up to date by triggers.
    R"(CREATE TABLE identity_counts (
  state {text} NOT NULL PRIMARY KEY,
  how_many {number} NOT NULL CHECK (how_many >= 0)
) {keyed})",
    "INSERT INTO identity_counts VALUES ('pending', 0), ('active', 0), ('rotating', 0), ('suspended', 0), "
    "('retired', 0), ('revoked', 0)",

    R"(CREATE TABLE anchors (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  identity {text} NOT NULL REFERENCES identities (id),
  key_hash {text} NOT NULL UNIQUE CHECK (length(key_hash) = 64),
  key_algorithm {text} NOT NULL CHECK (key_algorithm <> ''),
  generation {number} NOT NULL CHECK (generation >= 1),
  kind {text} NOT NULL CHECK (kind <> ''),
  component {text} NOT NULL,
  version {text} NOT NULL,
  place_of_issue {text} NOT NULL,
  predecessor {text} REFERENCES anchors (id),
  created {number} NOT NULL,
  ended {number},
  CHECK (predecessor <> id)
) {table})",
    "CREATE INDEX anchors_of_identity ON anchors (identity, id)",

    R"(CREATE TABLE certificates (
  serial {text} NOT NULL PRIMARY KEY CHECK (length(serial) = 32),
  identity {text} NOT NULL REFERENCES identities (id),
  anchor {text} NOT NULL REFERENCES anchors (id),
  algorithm {text} NOT NULL CHECK (algorithm <> ''),
  not_before {number} NOT NULL,
  not_after {number} NOT NULL,
  status {text} NOT NULL CHECK (status IN ('good', 'on-hold', 'revoked')),
  reason {text} CHECK (reason IN ('unspecified', 'key-compromise', 'affiliation-changed', 'superseded',
                                  'cessation-of-operation')),
  revoked_at {number},
  der {text} NOT NULL CHECK (der <> ''),
  CHECK (not_before < not_after),
  CHECK ((status = 'good') = (revoked_at IS NULL)),
  CHECK (reason IS NULL OR status = 'revoked')
) {table})",
    "CREATE INDEX certificates_of_identity ON certificates (identity, not_before, serial)",

    R"(CREATE TABLE grants (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  secret_hash {text} NOT NULL CHECK (length(secret_hash) = 64),
  state {text} NOT NULL CHECK (state IN ('open', 'used', 'revoked')),
  name {text} NOT NULL CHECK (trim(name) <> ''),
  purpose {text} NOT NULL CHECK (trim(purpose) <> ''),
  environment {text} NOT NULL,
  group_name {text} NOT NULL,
  business_owner {text} NOT NULL REFERENCES owners (id),
  technical_owner {text} NOT NULL REFERENCES owners (id),
  policy {text} NOT NULL CHECK (policy <> ''),
  retire_after {number},
  retirement_condition {text} NOT NULL,
  created {number} NOT NULL,
  expires {number} NOT NULL,
  created_by {text} NOT NULL CHECK (created_by <> ''),
  used_by {text} CHECK (length(used_by) = 64),
  identity {text} REFERENCES identities (id),
  CHECK ((state = 'used') = (used_by IS NOT NULL)),
  CHECK ((state = 'used') = (identity IS NOT NULL))
) {table})",
    "CREATE INDEX grants_by_state ON grants (state, id)",

    R"(CREATE TABLE enrolment_requests (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  grant_id {text} NOT NULL REFERENCES grants (id),
  identity {text} NOT NULL UNIQUE REFERENCES identities (id),
  key_hash {text} NOT NULL CHECK (length(key_hash) = 64),
  created {number} NOT NULL
) {table})",

    R"(CREATE TABLE incidents (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  kind {text} NOT NULL CHECK (kind IN ('clone', 'rollback', 'orphan', 'drift', 'overdue', 'budget')),
  identity {text} NOT NULL REFERENCES identities (id),
  what {text} NOT NULL,
  opened {number} NOT NULL,
  resolved {number},
  resolution {text} NOT NULL,
  resolved_by {text} NOT NULL,
  CHECK ((resolved IS NOT NULL) = (resolved_by <> ''))
) {table})",
    "CREATE INDEX incidents_of_identity ON incidents (identity, id)",
    "CREATE INDEX incidents_open ON incidents (id) WHERE resolved IS NULL",

    R"(CREATE TABLE transfers (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  identity {text} NOT NULL REFERENCES identities (id),
  business_owner {text} NOT NULL REFERENCES owners (id),
  technical_owner {text} NOT NULL REFERENCES owners (id),
  given_by {text} NOT NULL CHECK (given_by <> ''),
  created {number} NOT NULL,
  taken_by {text} NOT NULL CHECK (taken_by <> given_by),
  done {number},
  CHECK (done IS NULL OR taken_by <> '')
) {table})",
    "CREATE INDEX transfers_open ON transfers (id) WHERE done IS NULL",

    R"(CREATE TABLE approvals (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  action {text} NOT NULL CHECK (action <> ''),
  asked_by {text} NOT NULL CHECK (asked_by <> ''),
  created {number} NOT NULL,
  approved_by {text} NOT NULL CHECK (approved_by <> asked_by),
  done {number},
  CHECK (done IS NULL OR approved_by <> '')
) {table})",
    "CREATE INDEX approvals_open ON approvals (id) WHERE done IS NULL",

    R"(CREATE TABLE operators (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  name {text} NOT NULL UNIQUE CHECK (trim(name) <> ''),
  role {text} NOT NULL CHECK (role IN ('admin', 'operator', 'auditor', 'owner')),
  owner {text} REFERENCES owners (id),
  created {number} NOT NULL,
  removed {number}
) {table})",

    R"(CREATE TABLE tokens (
  id {text} NOT NULL PRIMARY KEY CHECK (length(id) = 36),
  operator {text} NOT NULL REFERENCES operators (id),
  secret_hash {text} NOT NULL CHECK (length(secret_hash) = 64),
  used {text} NOT NULL CHECK (used IN ('once', 'until-expiry')),
  created {number} NOT NULL,
  expires {number} NOT NULL,
  ended {number}
) {table})",

    R"(CREATE TABLE policies (
  name {text} NOT NULL PRIMARY KEY CHECK (trim(name) <> ''),
  rules {text} NOT NULL CHECK (rules <> '')
) {table})",

    R"(CREATE TABLE settings (
  name {text} NOT NULL PRIMARY KEY CHECK (name <> ''),
  value {text} NOT NULL
) {table})",

    R"(CREATE TABLE log_entries (
  number {number} NOT NULL PRIMARY KEY,
  identity {text},
  entry {text} NOT NULL CHECK (entry <> '')
) {table})",
    "CREATE INDEX log_entries_of_identity ON log_entries (identity, number) WHERE identity IS NOT NULL",
    R"(CREATE TABLE log_nodes (
  level {number} NOT NULL CHECK (level BETWEEN 0 AND 63),
  number {number} NOT NULL,
  hash {text} NOT NULL CHECK (length(hash) = 64),
  PRIMARY KEY (level, number)
) {keyed})",
    R"(CREATE TABLE log_checkpoint (
  id {number} NOT NULL PRIMARY KEY CHECK (id = 1),
  size {number} NOT NULL CHECK (size >= 0),
  note {text} NOT NULL CHECK (note <> '')
) {table})",
});

}  // namespace

const std::span<const std::string_view> kTables{kStatements};

}  // namespace holdfast::storage::schema_1
