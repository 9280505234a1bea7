// What the domain needs of storage: small repositories inside a transaction. registry/storage implements them, over
// SQLite and over PostgreSQL.
//
// Every function may fail with ErrorCode::io where the database does. `add` is ErrorCode::refused where a constraint
// forbids the row, `update` ErrorCode::not_found where the row is not there. Nothing here judges; but what a database
// can forbid for itself it forbids, whoever writes into it.
//
// Once a constraint or the database has failed something, everything after it fails the same way until its attempt or
// its change is over, and is undone with it: what may be forbidden, and is not to be the end, is done in an attempt.
#pragma once

#include "registry/domain/grants.hpp"
#include "registry/domain/identities.hpp"
#include "registry/domain/images.hpp"
#include "registry/domain/incidents.hpp"
#include "registry/domain/journal.hpp"
#include "registry/domain/operators.hpp"
#include "registry/domain/owners.hpp"
#include "registry/domain/policies.hpp"
#include "registry/domain/transfers.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::domain {

/// Interfaces are neither copied nor built by themselves.
class Repository {
 public:
  Repository() = default;
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;
  virtual ~Repository() = default;
};

class OwnerRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Owner& owner) = 0;
  [[nodiscard]] virtual Result<void> update(const Owner& owner) = 0;
  [[nodiscard]] virtual Result<std::optional<Owner>> find(const OwnerId& id) = 0;
  [[nodiscard]] virtual Result<std::optional<Owner>> find_by_key(OwnerKind kind, const std::string& key) = 0;
  /// By kind and name.
  [[nodiscard]] virtual Result<std::vector<Owner>> list() = 0;
};

/// Which identities to list. Absent members do not restrict.
struct IdentityFilter {
  std::optional<IdentityState> state;
  std::optional<OwnerId> owner;  ///< either of the two
  std::string group;
  std::string name_begins;
  std::optional<Timestamp> orphaned_before;
  std::optional<IdentityId> after;  ///< the last one of the page before
  std::size_t limit = 100;
};

class IdentityRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Identity& identity) = 0;
  /// Everything but id and creation.
  [[nodiscard]] virtual Result<void> update(const Identity& identity) = 0;
  [[nodiscard]] virtual Result<std::optional<Identity>> find(const IdentityId& id) = 0;
  /// By id, which is by age; by name, and then id, where the filter has the beginning of one.
  [[nodiscard]] virtual Result<std::vector<Identity>> list(const IdentityFilter& filter) = 0;
  /// How many there are in each state.
  [[nodiscard]] virtual Result<std::vector<std::pair<IdentityState, std::uint64_t>>> count() = 0;
};

class AnchorRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Anchor& anchor) = 0;
  /// Only `ended`, and only once.
  [[nodiscard]] virtual Result<void> end(const AnchorId& id, Timestamp when) = 0;
  [[nodiscard]] virtual Result<std::optional<Anchor>> find(const AnchorId& id) = 0;
  /// Also those that have ended: their keys are refused for ever.
  [[nodiscard]] virtual Result<std::optional<Anchor>> find_by_key(const KeyHash& key) = 0;
  /// The oldest first.
  [[nodiscard]] virtual Result<std::vector<Anchor>> of_identity(const IdentityId& id) = 0;
};

class CertificateRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Certificate& certificate) = 0;
  [[nodiscard]] virtual Result<std::optional<Certificate>> find(const std::string& serial) = 0;
  /// The newest first.
  [[nodiscard]] virtual Result<std::vector<Certificate>> of_identity(const IdentityId& id, std::size_t limit) = 0;
  /// Takes every certificate of the identity from one status to another; returns the serial numbers.
  [[nodiscard]] virtual Result<std::vector<std::string>> change_all(const IdentityId& id, CertificateStatus from,
                                                                    CertificateStatus to,
                                                                    std::optional<RevocationReason> reason,
                                                                    Timestamp when) = 0;
};

class GrantRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Grant& grant) = 0;
  [[nodiscard]] virtual Result<std::optional<Grant>> find(const GrantId& id) = 0;
  /// Open to used. ErrorCode::refused where it is no longer open.
  [[nodiscard]] virtual Result<void> use(const GrantId& id, const KeyHash& key, const IdentityId& identity) = 0;
  /// Open to revoked. ErrorCode::refused where it is no longer open.
  [[nodiscard]] virtual Result<void> revoke(const GrantId& id) = 0;
  /// The newest first.
  [[nodiscard]] virtual Result<std::vector<Grant>> list(std::optional<GrantState> state, std::size_t limit) = 0;
};

class EnrolmentRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const EnrolmentRequest& request) = 0;
  [[nodiscard]] virtual Result<std::optional<EnrolmentRequest>> of_identity(const IdentityId& id) = 0;
  [[nodiscard]] virtual Result<void> remove(const RequestId& id) = 0;
};

class IncidentRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Incident& incident) = 0;
  /// Only what belongs to the resolution.
  [[nodiscard]] virtual Result<void> update(const Incident& incident) = 0;
  [[nodiscard]] virtual Result<std::optional<Incident>> find(const IncidentId& id) = 0;
  /// The newest first. Without `identity`, of all.
  [[nodiscard]] virtual Result<std::vector<Incident>> list(std::optional<IdentityId> identity, bool open_only,
                                                           std::size_t limit) = 0;
};

class ImageRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Image& image) = 0;
  [[nodiscard]] virtual Result<std::optional<Image>> find(const std::string& name) = 0;
  /// The newest first.
  [[nodiscard]] virtual Result<std::vector<Image>> list() = 0;
  /// A key lies in one image, in which it was found first.
  [[nodiscard]] virtual Result<void> add_key(const KeyHash& key, const std::string& image) = 0;
  /// The image in which it lies.
  [[nodiscard]] virtual Result<std::optional<std::string>> with_key(const KeyHash& key) = 0;
};

class TransferRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Transfer& transfer) = 0;
  /// Only taken_by and done.
  [[nodiscard]] virtual Result<void> update(const Transfer& transfer) = 0;
  [[nodiscard]] virtual Result<std::optional<Transfer>> find(const TransferId& id) = 0;
  /// The one of the identity that was started last, done or not.
  [[nodiscard]] virtual Result<std::optional<Transfer>> newest_of(const IdentityId& identity) = 0;
  /// Not done, and the newest of their identities.
  [[nodiscard]] virtual Result<std::vector<Transfer>> open_ones() = 0;
};

class ApprovalRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const PendingApproval& approval) = 0;
  /// Only approved_by and done.
  [[nodiscard]] virtual Result<void> update(const PendingApproval& approval) = 0;
  [[nodiscard]] virtual Result<std::optional<PendingApproval>> find(const ApprovalId& id) = 0;
  [[nodiscard]] virtual Result<std::vector<PendingApproval>> open_ones() = 0;
};

class OperatorRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> add(const Operator& person) = 0;
  /// Role, owner and removed.
  [[nodiscard]] virtual Result<void> update(const Operator& person) = 0;
  [[nodiscard]] virtual Result<std::optional<Operator>> find(const OperatorId& id) = 0;
  [[nodiscard]] virtual Result<std::optional<Operator>> find_by_name(const std::string& name) = 0;
  [[nodiscard]] virtual Result<std::vector<Operator>> list() = 0;

  [[nodiscard]] virtual Result<void> add_token(const Token& token) = 0;
  [[nodiscard]] virtual Result<void> end_token(const TokenId& id, Timestamp when) = 0;
  [[nodiscard]] virtual Result<std::optional<Token>> find_token(const TokenId& id) = 0;
  [[nodiscard]] virtual Result<std::vector<Token>> tokens() = 0;
};

class PolicyRepository : public Repository {
 public:
  /// Adds it, or replaces the one of that name.
  [[nodiscard]] virtual Result<void> put(const Policy& policy) = 0;
  [[nodiscard]] virtual Result<std::optional<Policy>> find(const std::string& name) = 0;
  [[nodiscard]] virtual Result<std::vector<Policy>> list() = 0;
};

/// Single values that the registry keeps: its name, its certificates, ...
class SettingRepository : public Repository {
 public:
  [[nodiscard]] virtual Result<void> put(const std::string& name, const Bytes& value) = 0;
  [[nodiscard]] virtual Result<std::optional<Bytes>> find(const std::string& name) = 0;
};

/// One transaction. The repositories borrow from it.
class Transaction {
 public:
  Transaction() = default;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  virtual ~Transaction() = default;

  [[nodiscard]] virtual OwnerRepository& owners() = 0;
  [[nodiscard]] virtual IdentityRepository& identities() = 0;
  [[nodiscard]] virtual AnchorRepository& anchors() = 0;
  [[nodiscard]] virtual CertificateRepository& certificates() = 0;
  [[nodiscard]] virtual GrantRepository& grants() = 0;
  [[nodiscard]] virtual EnrolmentRepository& enrolments() = 0;
  [[nodiscard]] virtual IncidentRepository& incidents() = 0;
  [[nodiscard]] virtual ImageRepository& images() = 0;
  [[nodiscard]] virtual TransferRepository& transfers() = 0;
  [[nodiscard]] virtual ApprovalRepository& approvals() = 0;
  [[nodiscard]] virtual OperatorRepository& operators() = 0;
  [[nodiscard]] virtual PolicyRepository& policies() = 0;
  [[nodiscard]] virtual SettingRepository& settings() = 0;
  [[nodiscard]] virtual LogRows& log() = 0;

  /// Puts an event into the log, together with everything else that the transaction does.
  virtual void record(Event event) = 0;
  /// Does `work`, and undoes all of it, events included, where it fails; then the transaction goes on as if nothing had
  /// been tried. Returns what `work` returned.
  [[nodiscard]] virtual Result<void> attempt(const std::function<Result<void>()>& work) = 0;
};

/// A database. Thread-safe.
class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  using Work = std::function<Result<void>(Transaction&)>;

  /// Does `work` in a transaction that is durable, with its events in the log, when this returns; where `work` fails,
  /// nothing of it has happened, and this is its error. `work` may be done more than once, if the database asks for it,
  /// and runs in another thread; several changes may share one transaction, each undone on its own.
  [[nodiscard]] virtual Result<void> change(const Work& work) = 0;
  /// The same, without waiting: `done` is called from another thread, which does nobody's work meanwhile; it throws
  /// nothing and waits for no change.
  virtual void change_async(Work work, std::function<void(Result<void>)> done) = 0;
  /// Does `work` on one consistent state, of which it may change nothing.
  [[nodiscard]] virtual Result<void> read(const Work& work) = 0;
};

}  // namespace holdfast::domain
