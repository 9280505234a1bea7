#include "device/trust/counter_file.hpp"

#include <optional>

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

struct Counter {
  std::uint64_t value = 0;
  anchor::RootEpoch epoch;
};

Error altered(const std::string& what) {
  return {ErrorCode::malformed, what +
                                    " was altered, or is another anchor's, or of a root that was dropped; restore it "
                                    "from a backup. Where there is none, it can be removed, and counts from 0 again"};
}

Error of_later_root(const std::string& what, anchor::RootEpoch epoch) {
  return {ErrorCode::refused, what + " is kept under root epoch " + std::to_string(epoch.number) +
                                  ", which was drawn after this device was opened: open it again. Where an older copy "
                                  "of the anchor was put back, put the latest in its place"};
}

Result<Counter> parse(ByteView bytes, const anchor::Roots& roots, const std::string& what) {
  TRY_LET(const auto json, parse_json(as_text(bytes), what), "parse counter");
  JsonReader reader(json, what);
  if (reader.text("format", kFormat.size()) != kFormat) reader.fail("format", "is not '" + std::string(kFormat) + "'");
  const anchor::RootEpoch epoch{static_cast<std::uint32_t>(reader.number("epoch", 1, UINT32_MAX))};
  const auto value = reader.number("value", 0, UINT64_MAX);
  const auto mac = reader.hex("mac", 32);
  TRY(reader.finish(), "read counter");
  if (epoch > roots.newest().epoch()) return of_later_root(what, epoch);
  const auto* const root = roots.find(epoch);
  if (root == nullptr) return altered(what);
  TRY_LET(const auto expected, mac_over(value, *root), "authenticate counter");
  if (crypto::ct_equal(mac, expected)) return Counter{value, epoch};
  return altered(what);
}

// Nothing where nothing was counted yet.
Result<std::optional<Counter>> load(const std::filesystem::path& state, const anchor::Roots& roots) {
  const auto file = path_in(state);
  const auto bytes = read_file(file, kMaxFile);
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) return std::optional<Counter>();
  if (!bytes.ok()) return bytes.error();
  TRY_LET(const auto counter, parse(*bytes, roots, "the counter '" + file.string() + "'"), "read counter");
  return std::optional(counter);
}

Result<void> store(const std::filesystem::path& state, std::uint64_t value, const anchor::Root& root) {
  TRY_LET(const auto mac, mac_over(value, root), "authenticate counter");
  TRY_LET(auto text,
          canonical_json({{"format", kFormat}, {"epoch", root.epoch().number}, {"value", value}, {"mac", to_hex(mac)}}),
          "write counter");
  text += '\n';
  return write_private_file(path_in(state), as_bytes(text), Replace::allowed);
}

}  // namespace

Result<std::uint64_t> read_counter(const std::filesystem::path& state, const anchor::Roots& roots) {
  TRY_LET(const auto counter, load(state, roots), "load counter");
  return counter.value_or(Counter{}).value;
}

Result<std::uint64_t> increment_counter(const std::filesystem::path& state, const anchor::Roots& roots,
                                        const std::function<Result<void>()>& check_root) {
  TRY_LET(const auto lock, FolderLock::acquire(state), "lock state folder");
  TRY(check_root(), "check root");
  TRY_LET(const auto before, read_counter(state, roots), "read counter");
  if (before == UINT64_MAX) return Error(ErrorCode::refused, "the counter has reached its end");
  TRY(store(state, before + 1, roots.newest()), "store counter");
  return before + 1;
}

Result<void> keep_counter(const std::filesystem::path& state, const anchor::Roots& roots) {
  TRY_LET(const auto counter, load(state, roots), "load counter");
  if (!counter || counter->epoch == roots.newest().epoch()) return {};
  return store(state, counter->value, roots.newest());
}

}  // namespace holdfast::trust
