// The domain's repositories over a session, which all of them borrow. Each is one file; rows and structs meet there
// alone.
#pragma once

#include "registry/domain/store.hpp"
#include "registry/storage/session.hpp"

namespace holdfast::storage {

class Owners final : public domain::OwnerRepository {
 public:
  explicit Owners(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Owner& owner) override;
  [[nodiscard]] Result<void> update(const domain::Owner& owner) override;
  [[nodiscard]] Result<std::optional<domain::Owner>> find(const domain::OwnerId& id) override;
  [[nodiscard]] Result<std::optional<domain::Owner>> find_by_key(domain::OwnerKind kind,
                                                                 const std::string& key) override;
  [[nodiscard]] Result<std::vector<domain::Owner>> list() override;

 private:
  Session& session_;
};

class Identities final : public domain::IdentityRepository {
 public:
  explicit Identities(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Identity& identity) override;
  [[nodiscard]] Result<void> update(const domain::Identity& identity) override;
  [[nodiscard]] Result<std::optional<domain::Identity>> find(const domain::IdentityId& id) override;
  [[nodiscard]] Result<std::vector<domain::Identity>> list(const domain::IdentityFilter& filter) override;
  [[nodiscard]] Result<std::vector<std::pair<domain::IdentityState, std::uint64_t>>> count() override;

 private:
  Session& session_;
};

class Anchors final : public domain::AnchorRepository {
 public:
  explicit Anchors(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Anchor& anchor) override;
  [[nodiscard]] Result<void> end(const domain::AnchorId& id, Timestamp when) override;
  [[nodiscard]] Result<std::optional<domain::Anchor>> find(const domain::AnchorId& id) override;
  [[nodiscard]] Result<std::optional<domain::Anchor>> find_by_key(const domain::KeyHash& key) override;
  [[nodiscard]] Result<std::vector<domain::Anchor>> of_identity(const domain::IdentityId& id) override;

 private:
  Session& session_;
};

class Certificates final : public domain::CertificateRepository {
 public:
  explicit Certificates(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Certificate& certificate) override;
  [[nodiscard]] Result<std::optional<domain::Certificate>> find(const std::string& serial) override;
  [[nodiscard]] Result<std::vector<domain::Certificate>> of_identity(const domain::IdentityId& id,
                                                                     std::size_t limit) override;
  [[nodiscard]] Result<std::vector<std::string>> change_all(const domain::IdentityId& id,
                                                            domain::CertificateStatus from,
                                                            domain::CertificateStatus to,
                                                            std::optional<domain::RevocationReason> reason,
                                                            Timestamp when) override;

 private:
  Session& session_;
};

class Grants final : public domain::GrantRepository {
 public:
  explicit Grants(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Grant& grant) override;
  [[nodiscard]] Result<std::optional<domain::Grant>> find(const domain::GrantId& id) override;
  [[nodiscard]] Result<void> use(const domain::GrantId& id, const domain::KeyHash& key,
                                 const domain::IdentityId& identity) override;
  [[nodiscard]] Result<void> revoke(const domain::GrantId& id) override;
  [[nodiscard]] Result<std::vector<domain::Grant>> list(std::optional<domain::GrantState> state,
                                                        std::size_t limit) override;

 private:
  Session& session_;
};

class Enrolments final : public domain::EnrolmentRepository {
 public:
  explicit Enrolments(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::EnrolmentRequest& request) override;
  [[nodiscard]] Result<std::optional<domain::EnrolmentRequest>> of_identity(const domain::IdentityId& id) override;
  [[nodiscard]] Result<void> remove(const domain::RequestId& id) override;

 private:
  Session& session_;
};

class Incidents final : public domain::IncidentRepository {
 public:
  explicit Incidents(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Incident& incident) override;
  [[nodiscard]] Result<void> update(const domain::Incident& incident) override;
  [[nodiscard]] Result<std::optional<domain::Incident>> find(const domain::IncidentId& id) override;
  [[nodiscard]] Result<std::vector<domain::Incident>> list(std::optional<domain::IdentityId> identity, bool open_only,
                                                           std::size_t limit) override;

 private:
  Session& session_;
};

class Images final : public domain::ImageRepository {
 public:
  explicit Images(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Image& image) override;
  [[nodiscard]] Result<std::optional<domain::Image>> find(const std::string& name) override;
  [[nodiscard]] Result<std::vector<domain::Image>> list() override;
  [[nodiscard]] Result<void> add_key(const domain::KeyHash& key, const std::string& image) override;
  [[nodiscard]] Result<std::optional<std::string>> with_key(const domain::KeyHash& key) override;

 private:
  Session& session_;
};

class Transfers final : public domain::TransferRepository {
 public:
  explicit Transfers(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Transfer& transfer) override;
  [[nodiscard]] Result<void> update(const domain::Transfer& transfer) override;
  [[nodiscard]] Result<std::optional<domain::Transfer>> find(const domain::TransferId& id) override;
  [[nodiscard]] Result<std::optional<domain::Transfer>> newest_of(const domain::IdentityId& identity) override;
  [[nodiscard]] Result<std::vector<domain::Transfer>> open_ones() override;

 private:
  Session& session_;
};

class Approvals final : public domain::ApprovalRepository {
 public:
  explicit Approvals(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::PendingApproval& approval) override;
  [[nodiscard]] Result<void> update(const domain::PendingApproval& approval) override;
  [[nodiscard]] Result<std::optional<domain::PendingApproval>> find(const domain::ApprovalId& id) override;
  [[nodiscard]] Result<std::vector<domain::PendingApproval>> open_ones() override;

 private:
  Session& session_;
};

class Operators final : public domain::OperatorRepository {
 public:
  explicit Operators(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> add(const domain::Operator& person) override;
  [[nodiscard]] Result<void> update(const domain::Operator& person) override;
  [[nodiscard]] Result<std::optional<domain::Operator>> find(const domain::OperatorId& id) override;
  [[nodiscard]] Result<std::optional<domain::Operator>> find_by_name(const std::string& name) override;
  [[nodiscard]] Result<std::vector<domain::Operator>> list() override;
  [[nodiscard]] Result<void> add_token(const domain::Token& token) override;
  [[nodiscard]] Result<void> end_token(const domain::TokenId& id, Timestamp when) override;
  [[nodiscard]] Result<std::optional<domain::Token>> find_token(const domain::TokenId& id) override;
  [[nodiscard]] Result<std::vector<domain::Token>> tokens() override;

 private:
  Session& session_;
};

class Policies final : public domain::PolicyRepository {
 public:
  explicit Policies(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> put(const domain::Policy& policy) override;
  [[nodiscard]] Result<std::optional<domain::Policy>> find(const std::string& name) override;
  [[nodiscard]] Result<std::vector<domain::Policy>> list() override;

 private:
  Session& session_;
};

class Settings final : public domain::SettingRepository {
 public:
  explicit Settings(Session& session) : session_(session) {}
  [[nodiscard]] Result<void> put(const std::string& name, const Bytes& value) override;
  [[nodiscard]] Result<std::optional<Bytes>> find(const std::string& name) override;

 private:
  Session& session_;
};

class StoredLog final : public domain::LogRows {
 public:
  explicit StoredLog(Session& session) : session_(session) {}
  [[nodiscard]] Result<std::uint64_t> size() override;
  [[nodiscard]] Result<void> append(std::span<const domain::LogEntry> entries,
                                    std::span<const domain::LogNode> nodes) override;
  [[nodiscard]] Result<std::vector<domain::LogHash>> nodes(unsigned row, std::uint64_t first,
                                                           std::size_t count) override;
  [[nodiscard]] Result<std::vector<domain::LogEntry>> entries(std::uint64_t first, std::size_t count) override;
  [[nodiscard]] Result<std::vector<domain::LogEntry>> entries_of(const domain::IdentityId& identity) override;
  [[nodiscard]] Result<std::optional<std::string>> checkpoint() override;
  [[nodiscard]] Result<void> keep_checkpoint(std::uint64_t size, const std::string& note) override;

 private:
  Session& session_;
};

}  // namespace holdfast::storage
