// A registry put together: database, log, authority and rules, over one data folder.
#pragma once

#include "apps/holdfast-registry/anchor_vault.hpp"
#include "apps/holdfast-registry/configuration.hpp"
#include "apps/holdfast-registry/data_folder.hpp"
#include "apps/holdfast-registry/server_anchor.hpp"
#include "registry/audit/journal.hpp"
#include "registry/ca/authority.hpp"
#include "registry/domain/enrolment.hpp"
#include "registry/domain/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace holdfast::registry_app {

/// The database that the configuration names, or the usual one in the folder.
[[nodiscard]] std::string database_url_of(const Configuration& configuration, const DataFolder& folder);

/// The authority that the configuration describes.
[[nodiscard]] ca::AuthoritySettings authority_settings_of(const Configuration& configuration);

enum class Founding {
  allowed,  ///< where there is no registry yet, one is founded, or one that was begun is finished
  refused,  ///< ErrorCode::not_found
};

/// Takes what a first start hands to the person who makes it, and nowhere keeps: each as soon as it is there, before
/// anything else can fail. What nobody takes is gone.
struct Handover {
  /// Of the server's anchor, before that takes effect.
  TakeRecoveryCode recovery_code = [](const SecretBytes&) { return Result<void>(); };
  /// Of the first operator, to be used once; right after it was stored.
  std::function<Result<void>(const std::string&)> token = [](const std::string&) { return Result<void>(); };
};

/// Everything that a server or a command needs. Thread-safe where nothing else is said.
class Registry {
 public:
  /// Takes the folder's lock until it goes.
  [[nodiscard]] static Result<std::unique_ptr<Registry>> open(const DataFolder& folder, Founding founding,
                                                              const Handover& handover = {},
                                                              Clock clock = system_clock_now);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry();

  [[nodiscard]] const Configuration& configuration() const { return configuration_; }
  /// Where devices enrol, by the name they know the server by; empty while the system has yet to choose a port.
  [[nodiscard]] std::string enrolment_url() const;
  /// Once, before anybody asks where devices enrol.
  void set_est_port(std::uint16_t port) { configuration_.port = port; }
  [[nodiscard]] const DataFolder& folder() const { return folder_; }
  [[nodiscard]] domain::Database& database() { return *database_; }
  [[nodiscard]] const ca::Authority& authority() const { return *authority_; }
  [[nodiscard]] domain::EnrolmentService& enrolment() { return *enrolment_; }
  [[nodiscard]] const audit::NoteVerifier& log() const { return *log_; }
  [[nodiscard]] audit::EventJournal& journal() { return *journal_; }
  [[nodiscard]] audit::OutsideCheckpoint& outside() { return *outside_; }
  [[nodiscard]] const std::filesystem::path& checkpoint_file() const { return checkpoint_file_; }
  [[nodiscard]] const std::string& database_url() const { return database_url_; }
  [[nodiscard]] bool has_passphrase_file() const { return anchor_.passphrase_file; }
  [[nodiscard]] Timestamp now() const { return clock_(); }
  /// Whether the log goes on from the checkpoint outside: as audit::check_extends.
  [[nodiscard]] Result<void> check_extends();
  /// The request with which another authority can be asked to certify the issuing key (PKCS #10, PEM).
  [[nodiscard]] Result<std::string> issuing_request();
  /// Stores what it answered, as ca::Authority::accept and domain::replace_authority; the next start works with it.
  [[nodiscard]] Result<void> accept_authority(const domain::Actor& actor, const crypto::CertificateChain& chain);

 private:
  Registry(DataFolder folder, Clock clock) : folder_(std::move(folder)), clock_(clock) {}
  [[nodiscard]] Result<void> open_keys(const Handover& handover);
  [[nodiscard]] Result<void> open_database();
  [[nodiscard]] Result<void> open_authority(Founding founding, const Handover& handover);
  [[nodiscard]] Result<void> found(const Handover& handover);

  DataFolder folder_;
  Clock clock_;
  FileDescriptor lock_;
  Configuration configuration_;
  ServerAnchor anchor_;
  std::unique_ptr<AnchorVault> vault_;
  std::optional<audit::NoteVerifier> log_;
  std::filesystem::path checkpoint_file_;
  std::string database_url_;
  std::unique_ptr<audit::OutsideCheckpoint> outside_;
  std::unique_ptr<audit::EventJournal> journal_;
  std::unique_ptr<domain::Database> database_;
  std::optional<ca::Authority> authority_;
  std::unique_ptr<domain::CertificateIssuer> issuer_;
  std::unique_ptr<domain::EnrolmentService> enrolment_;
};

}  // namespace holdfast::registry_app
