// A transaction as the domain sees it, over one session.
#pragma once

#include "registry/storage/repositories.hpp"

#include <vector>

namespace holdfast::storage {

/// Lives as long as its session, for one transaction after another.
class StoredTransaction final : public domain::Transaction {
 public:
  explicit StoredTransaction(Session& session)
      : session_(session),
        owners_(session),
        identities_(session),
        anchors_(session),
        certificates_(session),
        grants_(session),
        enrolments_(session),
        incidents_(session),
        images_(session),
        transfers_(session),
        approvals_(session),
        operators_(session),
        policies_(session),
        settings_(session),
        log_(session) {}

  [[nodiscard]] domain::OwnerRepository& owners() override { return owners_; }
  [[nodiscard]] domain::IdentityRepository& identities() override { return identities_; }
  [[nodiscard]] domain::AnchorRepository& anchors() override { return anchors_; }
  [[nodiscard]] domain::CertificateRepository& certificates() override { return certificates_; }
  [[nodiscard]] domain::GrantRepository& grants() override { return grants_; }
  [[nodiscard]] domain::EnrolmentRepository& enrolments() override { return enrolments_; }
  [[nodiscard]] domain::IncidentRepository& incidents() override { return incidents_; }
  [[nodiscard]] domain::ImageRepository& images() override { return images_; }
  [[nodiscard]] domain::TransferRepository& transfers() override { return transfers_; }
  [[nodiscard]] domain::ApprovalRepository& approvals() override { return approvals_; }
  [[nodiscard]] domain::OperatorRepository& operators() override { return operators_; }
  [[nodiscard]] domain::PolicyRepository& policies() override { return policies_; }
  [[nodiscard]] domain::SettingRepository& settings() override { return settings_; }
  [[nodiscard]] domain::LogRows& log() override { return log_; }

  void record(domain::Event event) override { events_.push_back(std::move(event)); }
  /// Also fails where `work` succeeds although a statement failed in it, or recorded more than an entry of the log
  /// holds.
  [[nodiscard]] Result<void> attempt(const std::function<Result<void>()>& work) override;

  /// What was recorded and not undone.
  [[nodiscard]] const std::vector<domain::Event>& events() const { return events_; }
  /// Before the next transaction.
  void clear();

 private:
  Session& session_;
  Owners owners_;
  Identities identities_;
  Anchors anchors_;
  Certificates certificates_;
  Grants grants_;
  Enrolments enrolments_;
  Incidents incidents_;
  Images images_;
  Transfers transfers_;
  Approvals approvals_;
  Operators operators_;
  Policies policies_;
  Settings settings_;
  StoredLog log_;
  std::vector<domain::Event> events_;
  unsigned depth_ = 0;
};

/// Does `work`; what it throws is ErrorCode::internal.
[[nodiscard]] Result<void> guarded(const std::function<Result<void>()>& work);

/// A session with its transaction.
struct Line {
  explicit Line(std::unique_ptr<Session> its_session) : session(std::move(its_session)), transaction(*session) {}
  std::unique_ptr<Session> session;
  StoredTransaction transaction;
};

}  // namespace holdfast::storage
