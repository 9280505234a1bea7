#include "apps/holdfast-registry/server_anchor.hpp"

#include <unistd.h>

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "crypto/random.hpp"
#include "device/trust/create_device.hpp"
#include "device/trust/device.hpp"
#include "device/trust/machine.hpp"

namespace holdfast::registry_app {
namespace {

constexpr std::size_t kPassphraseBytes = 20;
constexpr std::size_t kMaxPassphrase = 1024;

std::filesystem::path passphrase_file_of(const std::filesystem::path& folder) {
  return folder.parent_path() / "anchor-passphrase";
}

Result<SecretBytes> read_passphrase(const std::filesystem::path& file) {
  TRY_LET(const auto typed, read_secret_file(file, kMaxPassphrase), "read passphrase");
  return normalise_passphrase(typed);
}

Result<void> write_passphrase(const std::filesystem::path& file) {
  TRY_LET(const Bytes random, crypto::random_bytes(kPassphraseBytes), "draw passphrase");
  const std::string text = to_crockford32(random) + '\n';
  return write_file_atomically(file, as_bytes(text), 0600, Replace::refused);
}

// By this machine's attributes alone, where they are worth enough.
Result<bool> needs_passphrase() {
  TRY_LET(const auto survey, trust::survey_machine({}), "survey machine");
  return !survey.plan.ok() || survey.plan->weakest_bits < survey.floor;
}

Result<void> make_anchor(const std::filesystem::path& folder, const TakeRecoveryCode& take_code) {
  trust::CreateOptions options;
  options.folder = folder;
  options.made_by = "holdfast-registry " HOLDFAST_VERSION;
  options.recovery.deliver = take_code;
  TRY_LET(const bool needed, needs_passphrase(), "look at the machine");
  if (needed) {
    const auto file = passphrase_file_of(folder);
    if (::access(file.c_str(), F_OK) != 0) TRY(write_passphrase(file), "write passphrase");
    options.passphrase = [file] { return read_passphrase(file); };
    options.low_entropy = trust::LowEntropy::accepted;
  }
  TRY(trust::create_device(options), "make anchor");
  return {};
}

}  // namespace

Result<ServerAnchor> open_server_anchor(const std::filesystem::path& folder, const TakeRecoveryCode& take_code) {
  ServerAnchor anchor;
  if (::access(folder.c_str(), F_OK) != 0) TRY(make_anchor(folder, take_code), "make anchor");
  const auto file = passphrase_file_of(folder);
  anchor.passphrase_file = ::access(file.c_str(), F_OK) == 0;
  trust::OpenOptions options;
  if (anchor.passphrase_file) options.passphrase.given = [file] { return read_passphrase(file); };
  TRY_LET(const auto device, trust::find_device(folder), "find anchor");
  TRY_LET(auto opened, device->open(options), "open anchor");
  anchor.provider = std::move(opened.provider);
  return anchor;
}

}  // namespace holdfast::registry_app
