#include "device/keys/certificate_file.hpp"

#include "core/file.hpp"
#include "core/folder_group.hpp"
#include "core/folder_lock.hpp"
#include "device/keys/key_folder.hpp"

namespace holdfast::keys {
namespace {

constexpr std::size_t kMaxCertificateFile = std::size_t{64} * 1024;

std::filesystem::path path_of(const std::filesystem::path& state, const KeyId& id) {
  return KeyFolder::path_in(state) / certificate_name_of(id);
}

}  // namespace

Result<void> store_certificate(const std::filesystem::path& state, const KeyId& id,
                               const crypto::CertificateChain& chain) {
  TRY_LET(const auto pem, chain.to_pem(), "write certificate");
  TRY_LET(const auto lock, FolderLock::acquire(state), "lock state folder");
  return write_private_file(path_of(state, id), as_bytes(pem), Replace::allowed);
}

Result<crypto::CertificateChain> load_certificate(const std::filesystem::path& state, const KeyId& id) {
  const auto file = path_of(state, id);
  const auto bytes = read_file(file, kMaxCertificateFile);
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) {
    return Error(ErrorCode::not_found, "there is no certificate beside key '" + id.text() +
                                           "'; 'holdfast key certificate " + id.text() + " --in F' stores one");
  }
  if (!bytes.ok()) return bytes.error();
  auto chain = crypto::CertificateChain::parse(*bytes);
  if (!chain.ok()) return Error(chain.error().code(), "'" + file.string() + "': " + chain.error().message());
  return chain;
}

}  // namespace holdfast::keys
