#include "device/trust/counter_file.hpp"

#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/folder_group.hpp"
#include "core/folder_lock.hpp"
#include "core/json.hpp"
#include "crypto/compare.hpp"
#include "crypto/hash.hpp"

namespace holdfast::trust {
namespace {

constexpr std::size_t kMaxFile = 1024;
constexpr std::string_view kFormat = "holdfast-counter-v1";
constexpr std::string_view kMacPurpose = "counter-mac";

std::filesystem::path path_in(const std::filesystem::path& state) { return state / "counter"; }

Result<Bytes> mac_over(std::uint64_t value, const anchor::Root& root) {
  TRY_LET(const auto key, root.key(kMacPurpose), "derive counter key");
  Bytes number;
  append_u64(number, value);
  return crypto::hmac_sha256(key, {as_bytes(kFormat), number});
}

Error altered(const std::string& what) {
  return {ErrorCode::malformed, what + " was altered, or is another anchor's; restore it from a backup"};
}

Result<std::uint64_t> parse(ByteView bytes, const anchor::Roots& roots, const std::string& what) {
  TRY_LET(const auto json, parse_json(as_text(bytes), what), "parse counter");
  JsonReader reader(json, what);
  if (reader.text("format", kFormat.size()) != kFormat) reader.fail("format", "is not '" + std::string(kFormat) + "'");
  const anchor::RootEpoch epoch{static_cast<std::uint32_t>(reader.number("epoch", 1, UINT32_MAX))};
  const auto value = reader.number("value", 0, UINT64_MAX);
  const auto mac = reader.hex("mac", 32);
  TRY(reader.finish(), "read counter");
  const auto* const root = roots.find(epoch);
  if (root == nullptr) return altered(what);
  TRY_LET(const auto expected, mac_over(value, *root), "authenticate counter");
  if (crypto::ct_equal(mac, expected)) return value;
  return altered(what);
}

}  // namespace

Result<std::uint64_t> read_counter(const std::filesystem::path& state, const anchor::Roots& roots) {
  const auto file = path_in(state);
  const auto bytes = read_file(file, kMaxFile);
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) return std::uint64_t{0};
  if (!bytes.ok()) return bytes.error();
  return parse(*bytes, roots, "the counter '" + file.string() + "'");
}

Result<std::uint64_t> increment_counter(const std::filesystem::path& state, const anchor::Roots& roots) {
  TRY_LET(const auto lock, FolderLock::acquire(state), "lock state folder");
  TRY_LET(const auto before, read_counter(state, roots), "read counter");
  if (before == UINT64_MAX) return Error(ErrorCode::refused, "the counter has reached its end");
  const auto value = before + 1;
  const auto& root = roots.newest();
  TRY_LET(const auto mac, mac_over(value, root), "authenticate counter");
  TRY_LET(auto text,
          canonical_json({{"format", kFormat}, {"epoch", root.epoch().number}, {"value", value}, {"mac", to_hex(mac)}}),
          "write counter");
  text += '\n';
  TRY(write_private_file(path_in(state), as_bytes(text), Replace::allowed), "store counter");
  return value;
}

}  // namespace holdfast::trust
