#include "interfaces/tap/session.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/encoding.hpp"
#include "core/folder_lock.hpp"
#include "core/text.hpp"
#include "device/trust/create_device.hpp"
#include "device/trust/machine.hpp"

namespace holdfast::tap {
namespace {

constexpr std::string_view kMadeBy = "holdfast-tap ";
// Two processes that start at once on a fresh machine need two: one finds that the other was faster.
constexpr int kAttempts = 3;

// Nothing in programs that run with rights other than their caller's.
std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

// A device that somebody made otherwise, such as by `holdfast init`, keeps to the attributes that it was made of.
bool is_ours(const trust::DeviceInfo& info) { return info.made_by.starts_with(kMadeBy); }

// "'serial' comes from env:SERIAL", of each required attribute that has none.
std::string places_without_value(const trust::Fingerprint& fingerprint) {
  std::string places;
  for (const auto& attribute : fingerprint.attributes) {
    if (!attribute.named_by_operator || !attribute.required.value_or(true)) continue;
    if (attribute.state == trust::AttributeState::present) continue;
    places +=
        (places.empty() ? "'" : ", '") + printable(attribute.name) + "' comes from " + printable(attribute.source);
  }
  return places;
}

// Whether this account can make something in the folder, or in the one in which it would be made.
bool can_be_written(std::filesystem::path folder) {
  std::error_code problem;
  folder = std::filesystem::absolute(folder, problem).lexically_normal();
  while (!std::filesystem::exists(folder, problem) && folder.has_relative_path()) folder = folder.parent_path();
  return ::access(folder.c_str(), W_OK | X_OK) == 0;
}

bool is_no_folder(const std::filesystem::path& path) {
  std::error_code problem;
  return std::filesystem::exists(path, problem) && !std::filesystem::is_directory(path, problem);
}

Failed credential_file_failure(const Error& error) {
  switch (error.code()) {
    case ErrorCode::not_found: return fail(ERR_FILE_NOT_EXIST, error.message());
    case ErrorCode::malformed: return fail(ERR_FILE_BAD_DATA, error.message());
    case ErrorCode::refused: return fail(ERR_FILE_INSECURE_PATH, error.message());
    case ErrorCode::io: return fail(ERR_FILE_OPEN_FAILED, error.message());
    case ErrorCode::usage:
    case ErrorCode::does_not_open:
    case ErrorCode::wrong_passphrase:
    case ErrorCode::internal: return fail(error);
  }
  std::unreachable();
}

Failed needs_passphrase() {
  return fail(HOLDFAST_TAP_ERR_NEEDS_PASSPHRASE,
              "this device was made with a passphrase, which an application gives as a password among the credentials "
              "of TAP_initContext, and there was none");
}

Failed no_device(const std::filesystem::path& folder) {
  return fail(HOLDFAST_TAP_ERR_NO_DEVICE,
              "there is no anchor in '" + printable(folder.string()) +
                  "': nothing was sealed or signed with it yet, or it was in another account, with another moduleidstr "
                  "or another HOLDFAST_DIR; unsealing makes none");
}

Failed cannot_be_stored(const Error& error) {
  return fail(HOLDFAST_TAP_ERR_STORAGE, error.message() +
                                            "; set HOLDFAST_DIR to a folder that this account can write, or "
                                            "stateless=1 in the configuration");
}

// Of those that are this account's own and not of somebody's choice. The upper one is the state folder of the command,
// which wants it closed to others.
std::vector<std::filesystem::path> missing_parents(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> missing;
  if (!environment("HOLDFAST_DIR").empty()) return missing;
  std::error_code problem;
  for (const auto& parent : {folder.parent_path(), folder.parent_path().parent_path()}) {
    if (!std::filesystem::exists(parent, problem)) missing.push_back(parent);
  }
  return missing;
}

// Until whoever makes a device there is done.
void wait_for_other_makers(const std::filesystem::path& folder) {
  [[maybe_unused]] const auto lock = FolderLock::acquire(folder);
}

// Which of them it is nobody can tell: the anchor remembers no values that could be compared. Nor whether it is the
// passphrase, on purpose.
Error naming_factors(const Error& error, const trust::DeviceInfo& info) {
  if (error.code() != ErrorCode::does_not_open || !info.quorum) return error;
  std::string names;
  for (const auto* factors : {&info.quorum->required, &info.quorum->counted}) {
    for (const auto& factor : *factors) names += (names.empty() ? "" : ", ") + printable(factor.name);
  }
  if (info.quorum->needs_passphrase) {
    return {error.code(), error.message() + "; it was made of " + names +
                              ", and a passphrase: either some of that changed, or the password is wrong that came "
                              "with TAP_initContext"};
  }
  return {error.code(), error.message() + "; it was made of " + names + ", and something of that changed"};
}

keys::KeySelection selection_of(const trust::Provider& provider, crypto::KeyAlgorithm algorithm) {
  const std::string name(crypto::row_of(algorithm).name);
  const bool stateless = provider.info().kind == "stateless";
  return {keys::KeyName::parse(stateless ? name + ".tap" : "tap-" + name).value()};
}

Result<trust::KeyInfo> make_key(trust::Provider& provider, const keys::KeySelection& key,
                                crypto::KeyAlgorithm algorithm) {
  trust::KeyRequest request{.name = key.name, .algorithm = algorithm};
  // Derived keys come back with the root. Where the profile has none of RSA, a random one serves as well.
  const bool random = crypto::row_of(algorithm).family == crypto::Family::rsa &&
                      provider.profile().derived_rsa == trust::DerivedRsa::refused;
  request.origin = random ? trust::KeyOrigin::random : trust::KeyOrigin::derived;
  return provider.create_key(request);
}

bool is_destroyed(const trust::Provider& provider, const keys::KeySelection& key) {
  const auto info = provider.find_key(key);
  return info.ok() && info->state == trust::KeyState::destroyed;
}

Failed key_failure(const trust::Provider& provider, const keys::KeySelection& key, const Error& error) {
  if (error.code() == ErrorCode::not_found || (error.code() == ErrorCode::refused && is_destroyed(provider, key))) {
    return fail(HOLDFAST_TAP_ERR_NO_KEY, error.message());
  }
  return fail(error);
}

}  // namespace

void warn(const std::string& text) { std::fputs(("holdfast-tap: " + printable(text, 4096) + "\n").c_str(), stderr); }

Result<std::filesystem::path> state_folder_of(const ModuleSettings& module) {
  if (const auto dir = environment("HOLDFAST_DIR"); !dir.empty()) return std::filesystem::path(dir);
  if (::geteuid() == 0) return std::filesystem::path("/var/lib/holdfast/tap") / module.id;
  if (const auto data = environment("XDG_DATA_HOME"); !data.empty()) {
    return std::filesystem::path(data) / "holdfast/tap" / module.id;
  }
  if (const auto home = environment("HOME"); !home.empty()) {
    return std::filesystem::path(home) / ".local/share/holdfast/tap" / module.id;
  }
  return Error(ErrorCode::usage, "there is no home folder to keep state in");
}

Answer<std::shared_ptr<trust::Provider>> Session::device(Making making) {
  if (auto provider = open_device()) return provider;
  Opened opened;
  if (module_->stateless) {
    opened = derive();
  } else {
    const auto folder = state_folder_of(*module_);
    if (!folder.ok()) return cannot_be_stored(folder.error());
    opened = find_or_make(*folder, making);
  }
  if (!opened) return pass_on(opened);
  const std::scoped_lock lock(mutex_);
  if (provider_ == nullptr) provider_ = std::move(*opened);
  return provider_;
}

std::shared_ptr<trust::Provider> Session::open_device() const {
  const std::scoped_lock lock(mutex_);
  return provider_;
}

Session::Opened Session::derive() const {
  trust::StatelessOptions options;
  options.credential_file = module_->credential_file;
  options.program_folder = module_->program_folder;
  options.participants = trust::Participants::named;
  // Modules of one machine are devices of their own, as they are where each has an anchor.
  options.device_salt = parse_hex(module_->id).value();
  options.low_entropy = module_->accept_low_entropy ? trust::LowEntropy::accepted : trust::LowEntropy::refused;
  auto device = trust::derive_stateless_device(options);
  if (!device.ok() && device.error().code() == ErrorCode::refused) {
    auto failure = explain(device.error());
    if (failure.error().status == HOLDFAST_TAP_ERR_REFUSED) {
      failure.error().text +=
          ". In a configuration: without stateless=1 a random root is kept instead; accept_low_entropy=1 accepts it";
    }
    return failure;
  }
  if (!device.ok()) return explain(device.error());
  return std::move(device->provider);
}

Session::Opened Session::find_or_make(const std::filesystem::path& folder, Making making) const {
  for (int attempt = 1;; ++attempt) {
    const auto device = trust::find_device(folder);
    if (device.ok()) return open(**device);
    const auto code = device.error().code();
    const bool unusable =
        (code == ErrorCode::refused && !can_be_written(folder)) || (code == ErrorCode::io && is_no_folder(folder));
    if (making == Making::allowed && unusable) return cannot_be_stored(device.error());
    if (code != ErrorCode::not_found) return fail(device.error());
    if (making == Making::refused) return no_device(folder);
    const auto made = make(folder);
    if (made.ok()) continue;
    if (made.error().code() != ErrorCode::refused || !can_be_written(folder) || attempt == kAttempts) {
      return explain_making(made.error(), folder);
    }
    // Somebody else has begun to make it.
    wait_for_other_makers(folder);
  }
}

Result<trust::DeviceInfo> Session::make(const std::filesystem::path& folder) const {
  trust::CreateOptions options;
  options.folder = folder;
  options.credential_file = module_->credential_file;
  options.program_folder = module_->program_folder;
  options.participants = trust::Participants::named;
  // The root is random all the same.
  options.low_entropy = trust::LowEntropy::accepted;
  options.made_by = std::string(kMadeBy) + HOLDFAST_VERSION;
  const auto parents = missing_parents(folder);
  TRY_LET(auto info, trust::create_device(options), "make device");
  for (const auto& parent : parents) ::chmod(parent.c_str(), S_IRWXU);
  if (info.low_entropy_accepted) {
    warn("the attributes in '" + module_->credential_file + "' hold " + std::to_string(info.assurance.weakest_bits) +
         " bits, and " + std::to_string(trust::kEntropyFloor) + " would be sound: whoever copies the folder '" +
         info.folder.string() +
         "' may find their values by guessing. Name further attributes, or say with \"bits\" what these are worth");
  }
  return info;
}

Session::Opened Session::open(const trust::Device& device) const {
  trust::OpenOptions options;
  const auto& quorum = device.info().quorum;
  if (quorum && quorum->needs_passphrase && !passphrase_) return needs_passphrase();
  if (passphrase_) {
    options.passphrase.given = [this]() -> Result<SecretBytes> {
      return SecretBytes::copy_of(passphrase_->expose(SecretAccess{}));
    };
  }
  options.program_folder = module_->program_folder;
  if (is_ours(device.info())) options.credential_file = module_->credential_file;
  auto opened = device.open(options);
  if (!opened.ok()) {
    const auto error = naming_factors(opened.error(), device.info());
    if (is_ours(device.info())) return explain(error);
    const bool insecure = error.code() == ErrorCode::refused && !module_->program_folder.empty();
    return insecure ? fail(ERR_FILE_INSECURE_PATH, error.message()) : fail(error);
  }
  return std::move(opened->provider);
}

// What could not be read was the credential file, or the folder could not be written: errors do not tell. Nor does one
// that something is missing tell whether that is an attribute or the place for the folder.
Failed Session::explain_making(const Error& error, const std::filesystem::path& folder) const {
  auto failure = explain(error);
  const bool explained = failure.error().status != status_of(error.code());
  const bool storage = error.code() == ErrorCode::io || error.code() == ErrorCode::not_found;
  return !explained && (storage || !can_be_written(folder)) ? cannot_be_stored(error) : failure;
}

// Why the credential file's attributes did not do. Looks at them once more, since errors do not tell what they are of.
Failed Session::explain(const Error& error) const {
  const auto survey =
      trust::survey_machine({.credential_file = module_->credential_file, .program_folder = module_->program_folder});
  if (!survey.ok()) return credential_file_failure(survey.error());
  const auto places = places_without_value(survey->fingerprint);
  const bool may_be_that = error.code() == ErrorCode::not_found || error.code() == ErrorCode::does_not_open;
  if (places.empty() || !may_be_that) return fail(error);
  return fail(HOLDFAST_TAP_ERR_ATTRIBUTE, error.message() + " (" + places + ")");
}

Answer<std::shared_ptr<trust::Key>> Session::key(crypto::KeyAlgorithm algorithm) {
  auto provider = device(Making::allowed);
  if (!provider) return pass_on(provider);
  const auto selection = selection_of(**provider, algorithm);
  auto key = (*provider)->open_key(selection, crypto::KeyUse::sign);
  if (!key.ok() && key.error().code() == ErrorCode::not_found) {
    const auto made = make_key(**provider, selection, algorithm);
    key = (*provider)->open_key(selection, crypto::KeyUse::sign);
    // What was refused because somebody else made the key in the meantime is no failure.
    if (!made.ok() && !key.ok() && key.error().code() == ErrorCode::not_found) return fail(made.error());
  }
  if (!key.ok()) return key_failure(**provider, selection, key.error());
  return std::shared_ptr<trust::Key>(std::move(key).value());
}

void Session::remember_error(std::string text) noexcept {
  const std::scoped_lock lock(mutex_);
  last_error_ = std::move(text);
}

std::string Session::last_error() const {
  const std::scoped_lock lock(mutex_);
  return last_error_;
}

}  // namespace holdfast::tap
