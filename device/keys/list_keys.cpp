// Listing: every file read and authenticated, on two threads where that pays.
#include <algorithm>
#include <future>
#include <iterator>
#include <span>
#include <utility>

#include "core/text.hpp"
#include "crypto/module.hpp"
#include "device/keys/key_folder.hpp"
#include "device/keys/key_seal.hpp"
#include "device/keys/key_store.hpp"

namespace holdfast::keys {
namespace {

// Below this, starting a thread costs more than it saves.
constexpr std::size_t kWorthAThread = 256;

struct Entry {
  std::string file;
  Result<KeyId> id;
};

bool comes_before(const Entry& a, const Entry& b) {
  if (a.id.ok() != b.id.ok()) return a.id.ok();
  return a.id.ok() ? *a.id < *b.id : a.file < b.file;
}

std::vector<Entry> sorted_entries(std::vector<std::string> files) {
  std::vector<Entry> entries;
  entries.reserve(files.size());
  for (auto& file : files) {
    auto id = parse_file_name(file);
    entries.push_back({std::move(file), std::move(id)});
  }
  std::ranges::sort(entries, comes_before);
  return entries;
}

Result<KeyRecord> read_entry(const KeyFolder& folder, const Entry& entry, KeyUnsealer& unsealer, MutableByteView room) {
  TRY_LET(const auto id, entry.id, "read file name");
  TRY_LET(auto file, folder.read(id, room), "read key file");
  TRY(unsealer.authenticate(file), "authenticate key file");
  return std::move(file.record);
}

std::vector<ListedKey> read_entries(const KeyFolder& folder, const anchor::Roots& roots,
                                    std::span<const Entry> entries) {
  KeyUnsealer unsealer(roots);
  Bytes room(kKeyFileRoom);
  std::vector<ListedKey> listed;
  listed.reserve(entries.size());
  for (const auto& entry : entries) {
    auto record = read_entry(folder, entry, unsealer, room);
    // Removed since the folder was read: it is not there, which is no damage.
    if (!record.ok() && record.error().code() == ErrorCode::not_found) continue;
    // Given up: it only keeps its name and version taken.
    if (!record.ok() && record.error().code() == ErrorCode::refused) continue;
    listed.push_back({printable(entry.file), std::move(record)});
  }
  return listed;
}

}  // namespace

Result<std::vector<ListedKey>> KeyStore::list() const {
  auto folder = KeyFolder::open(folder_);
  if (!folder.ok()) {
    if (folder.error().code() == ErrorCode::not_found) return std::vector<ListedKey>();
    return std::move(folder).error();
  }
  TRY_LET(auto files, folder->file_names(), "list key files");
  const auto entries = sorted_entries(std::move(files));
  const std::span<const Entry> all = entries;
  if (all.size() < kWorthAThread) return read_entries(*folder, *roots_, all);
  const auto half = all.size() / 2;
  auto second = std::async(std::launch::async, [&, module = crypto::current_module()] {
    const crypto::ModuleScope scope(module);
    return read_entries(*folder, *roots_, all.subspan(half));
  });
  auto listed = read_entries(*folder, *roots_, all.first(half));
  std::ranges::move(second.get(), std::back_inserter(listed));
  return listed;
}

}  // namespace holdfast::keys
