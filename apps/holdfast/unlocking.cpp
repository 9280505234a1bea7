#include "apps/holdfast/unlocking.hpp"

#include <memory>
#include <utility>

#include "apps/holdfast/passphrase.hpp"
#include "apps/holdfast/session.hpp"

namespace holdfast::app {
namespace {

// With --accept-rollback a command opens the anchor twice, and a descriptor can be read, a person asked, only once.
std::optional<SecretBytes>& kept_passphrase() {
  static std::optional<SecretBytes> kept;
  return kept;
}

SecretBytes copy_of(const SecretBytes& secret) { return SecretBytes::copy_of(secret.expose(SecretAccess{})); }

SecretBytes keep(const GlobalArguments& global, SecretBytes passphrase) {
  if (global.accept_rollback) kept_passphrase() = copy_of(passphrase);
  return passphrase;
}

Result<SecretBytes> given_passphrase(const GlobalArguments& global) {
  if (const auto& kept = kept_passphrase()) return copy_of(*kept);
  if (!global.unlock_passphrase_file.empty()) {
    TRY_LET(auto passphrase, passphrase_from_file(global, global.unlock_passphrase_file),
            "read --unlock-passphrase-file");
    return keep(global, std::move(passphrase));
  }
  TRY_LET(auto passphrase, passphrase_from_descriptor(*global.unlock_passphrase_fd), "read --unlock-passphrase-fd");
  return keep(global, std::move(passphrase));
}

}  // namespace

bool gives_passphrase(const GlobalArguments& global) {
  return !global.unlock_passphrase_file.empty() || global.unlock_passphrase_fd;
}

trust::OpenOptions Unlocking::options() {
  trust::OpenOptions options;
  if (gives_passphrase(global_) || kept_passphrase()) {
    options.passphrase.given = [this] { return given_passphrase(global_); };
  } else if (can_prompt()) {
    options.passphrase.ask = [this](trust::Asking asking) { return ask(asking); };
  }
  // By value: the provider keeps it.
  options.search = [quiet = global_.quiet] {
    return [progress = std::make_shared<Progress>("Searching primes", quiet)] { progress->pulse(); };
  };
  options.progress = [this](unsigned done, unsigned total) { progress_->steps(done, total); };
  return options;
}

Result<SecretBytes> Unlocking::ask(trust::Asking asking) {
  if (asking == trust::Asking::once_more) {
    note(global_, "That does not open it. Once more; if it is right, something about this machine has changed.");
  }
  TRY_LET(auto passphrase, prompt_for_passphrase("Passphrase of this device's anchor"), "ask for passphrase");
  show("Searching the quorum");
  return keep(global_, std::move(passphrase));
}

}  // namespace holdfast::app
