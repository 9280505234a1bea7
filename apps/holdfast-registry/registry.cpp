#include "apps/holdfast-registry/registry.hpp"

#include "core/encoding.hpp"
#include "registry/domain/authority_record.hpp"
#include "registry/domain/operator_commands.hpp"
#include "registry/domain/permissions.hpp"
#include "registry/domain/policy_commands.hpp"
#include "registry/storage/database.hpp"

namespace holdfast::registry_app {
namespace {

constexpr std::string_view kLogKey = "log";
constexpr const char* kFirstOperator = "admin";
constexpr std::chrono::seconds kFirstTokenLasts = std::chrono::days(1);

// The authority, as the domain asks it for certificates.
class Issuer : public domain::CertificateIssuer {
 public:
  explicit Issuer(const ca::Authority& authority) : authority_(authority) {}

  Result<domain::FreshCertificate> issue(const domain::CertificateOrder& order) override {
    ca::NamedIdentity identity{.id = order.identity.text(), .name = order.name};
    if (!order.spiffe_trust_domain.empty()) identity.spiffe_trust_domain = order.spiffe_trust_domain;
    TRY_LET(auto names, ca::names_of(identity), "name identity");
    auto tried =
        authority_.issue({.names = std::move(names), .key = order.key, .now = order.now, .validity = order.validity});
    // The authority's certificate or this machine's clock is out of order, which no device can help: it may come again.
    if (!tried.ok() && tried.error().code() == ErrorCode::refused) return Error(ErrorCode::io, tried.error().message());
    TRY_LET(auto issued, std::move(tried), "issue");
    return domain::FreshCertificate{issued.serial.to_hex(), issued.not_before, issued.not_after, std::move(issued.der)};
  }
  std::vector<Bytes> chain() const override { return authority_.chain(); }

 private:
  const ca::Authority& authority_;
};

Result<crypto::PublicKey> find_or_make_log_key(ca::KeyVault& vault) {
  auto key = vault.public_key(kLogKey);
  if (key.ok() || key.error().code() != ErrorCode::not_found) return key;
  return vault.create(kLogKey, crypto::KeyAlgorithm::ed25519);
}

// A log has one name for ever, and no two logs the same.
Result<std::string> log_name(const crypto::PublicKey& key) {
  constexpr std::size_t kDigits = 16;
  TRY_LET(const auto fingerprint, key.fingerprint(), "hash log key");
  return "holdfast-registry/" + to_hex(fingerprint).substr(0, kDigits);
}

std::string file_name_of(std::string log_name) {
  for (char& c : log_name) {
    if (c == '/') c = '-';
  }
  return log_name;
}

}  // namespace

std::string database_url_of(const Configuration& configuration, const DataFolder& folder) {
  return configuration.database.empty() ? "sqlite:" + folder.database().string() : configuration.database;
}

ca::AuthoritySettings authority_settings_of(const Configuration& configuration) {
  return {.name = configuration.name,
          .organisation = configuration.organisation,
          .root_algorithm = configuration.root_algorithm,
          .issuing_algorithm = configuration.issuing_algorithm};
}

Registry::~Registry() = default;

std::string Registry::enrolment_url() const {
  if (configuration_.port == 0) return "";
  return est_url(configuration_.names.front(), configuration_.port);
}

Result<void> Registry::check_extends() {
  return database_->read([&](domain::Transaction& tx) { return audit::check_extends(tx.log(), *log_, *outside_); });
}

Result<void> Registry::open_keys(const Handover& handover) {
  TRY_LET(anchor_, open_server_anchor(folder_.anchor(), handover.recovery_code), "open the server's anchor");
  vault_ = std::make_unique<AnchorVault>(*anchor_.provider);
  TRY_LET(auto key, find_or_make_log_key(*vault_), "open the log's key");
  TRY_LET(auto name, log_name(key), "name the log");
  TRY_LET(log_, audit::NoteVerifier::create(std::move(name), std::move(key)), "name the log's signer");
  return {};
}

Result<void> Registry::open_database() {
  checkpoint_file_ = configuration_.checkpoint;
  if (checkpoint_file_.empty()) {
    TRY_LET(checkpoint_file_, usual_checkpoint_file(file_name_of(log_->name())), "find the checkpoint outside");
  }
  outside_ = std::make_unique<audit::CheckpointFile>(checkpoint_file_);
  const auto sign = [this](ByteView text) { return vault_->sign(kLogKey, text); };
  journal_ = std::make_unique<audit::EventJournal>(audit::LogSigner{*log_, sign}, *outside_);
  storage::DatabaseSettings settings;
  database_url_ = database_url_of(configuration_, folder_);
  settings.url = database_url_;
  settings.journal = journal_.get();
  TRY_LET(database_, storage::open_database(settings), "open database");
  return {};
}

// All of it in one transaction: where that fails, the next start begins anew with the same keys.
Result<void> Registry::found(const Handover& handover) {
  const Timestamp now = clock_();
  TRY_LET(authority_, ca::Authority::found(*vault_, authority_settings_of(configuration_), now), "found authority");
  std::string token;
  const auto store = [&](domain::Transaction& tx) -> Result<void> {
    const auto& chain = authority_->chain();
    TRY(domain::put_authority(tx, chain), "store authority");
    tx.record(domain::make_event(now, domain::the_registry(), "registry.founded",
                                 domain::join({{"log", log_->to_text()}}, domain::describe(chain))));
    TRY(domain::put_policy(tx, domain::the_registry(), domain::Policy{}, now), "store default policy");
    const domain::Actor founder{"registry", domain::Role::admin, std::nullopt};
    TRY_LET(const auto admin, domain::add_operator(tx, founder, {kFirstOperator, domain::Role::admin, {}}, now),
            "add first operator");
    TRY_LET(auto issued, domain::create_token(tx, founder, {admin.id, domain::TokenUse::once, kFirstTokenLasts}, now),
            "make token");
    token = std::move(issued.text);
    return {};
  };
  TRY(database_->change(store), "found registry");
  return handover.token(token);
}

Result<void> Registry::open_authority(Founding founding, const Handover& handover) {
  domain::AuthorityChain chain;
  TRY(database_->read([&](domain::Transaction& tx) -> Result<void> {
    TRY_LET(chain, domain::find_authority(tx), "find authority");
    return {};
  }),
      "read authority");
  if (chain.empty() && founding == Founding::refused) {
    return Error(ErrorCode::not_found, "the registry in '" + folder_.path.string() +
                                           "' was begun and never founded; 'holdfast-registry serve' does the rest");
  }
  if (chain.empty()) return found(handover);
  const Bytes root = std::move(chain.back());
  chain.pop_back();
  TRY_LET(authority_, ca::Authority::open(*vault_, root, chain), "open authority");
  return {};
}

Result<std::string> Registry::issuing_request() {
  return ca::Authority::issuing_request(*vault_, authority_settings_of(configuration_));
}

Result<void> Registry::accept_authority(const domain::Actor& actor, const crypto::CertificateChain& chain) {
  const Timestamp now = clock_();
  TRY_LET(const auto accepted, ca::Authority::accept(*vault_, chain, now), "accept authority");
  return database_->change(
      [&](domain::Transaction& tx) { return domain::replace_authority(tx, actor, accepted.chain(), now); });
}

Result<std::unique_ptr<Registry>> Registry::open(const DataFolder& folder, Founding founding, const Handover& handover,
                                                 Clock clock) {
  if (founding == Founding::refused) TRY(folder.check_has_registry(), "look for a registry");
  TRY(folder.make(), "make data folder");
  auto registry = std::unique_ptr<Registry>(new Registry(folder, clock));
  TRY_LET(registry->lock_, lock_data_folder(folder), "lock data folder");
  TRY_LET(registry->configuration_, load_configuration(folder.configuration()), "read configuration");
  TRY(registry->open_keys(handover), "open keys");
  TRY(registry->open_database(), "open database");
  TRY(registry->open_authority(founding, handover), "open authority");
  registry->issuer_ = std::make_unique<Issuer>(*registry->authority_);
  const auto check_log = [&log = *registry->log_, &outside = *registry->outside_](domain::LogRows& rows) {
    return audit::check_extends(rows, log, outside);
  };
  registry->enrolment_ = std::make_unique<domain::Enrolment>(*registry->database_, *registry->issuer_, clock,
                                                             registry->log_->name() + " over EST", check_log);
  return registry;
}

}  // namespace holdfast::registry_app
