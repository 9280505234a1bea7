// Key files that were written once and must open, or be refused, in the same way for ever.
#include <map>
#include <set>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using test::succeeded;

Json load_vectors() {
  const auto content = read_file(test::kVectors / "files.json", std::size_t{1} << 20);
  return parse_json(as_text(content.value()), "files.json").value();
}

// "opens" or the kind of failure of loading the key for its first use.
std::string outcome_of(const KeyStore& store, const Result<KeyRecord>& record) {
  if (!record.ok()) return std::string(name_of(record.error().code()));
  const auto key = store.load(*record, *record->uses.begin());
  return key.ok() ? "opens" : std::string(name_of(key.error().code()));
}

TEST(FrozenKeyFiles, AllHaveTheirStatedOutcome) {
  const test::TemporaryStore store;
  std::filesystem::create_directory(store.state() / "keys");
  std::map<std::string, Json> expected;
  for (const auto& row : load_vectors()) {
    const auto file = row["file"].get<std::string>();
    expected[file] = row;
    std::filesystem::copy_file(test::kVectors / "files" / file, store.file(file));
  }
  const auto listed = store->list().value();
  EXPECT_EQ(listed.size(), expected.size());
  for (const auto& key : listed) {
    const auto& row = expected[key.file];
    EXPECT_EQ(outcome_of(*store, key.record), row["outcome"].get<std::string>())
        << key.file << ": " << (key.record.ok() ? "" : key.record.error().describe());
    if (!key.record.ok()) continue;
    const bool secret_as_a_whole = row.contains("key_check");
    EXPECT_EQ(to_hex(secret_as_a_whole ? key.record->half.key_check : key.record->half.public_sha256),
              row[secret_as_a_whole ? "key_check" : "public_sha256"].get<std::string>());
    if (row["outcome"] != "opens" || !key.record->uses.contains(KeyUse::sign)) continue;
    EXPECT_TRUE(test::signs_for(*store, *key.record)) << key.file;
  }
}

TEST(FrozenKeyFiles, AreAllListed) {
  std::set<std::string> listed;
  for (const auto& row : load_vectors()) listed.insert(row["file"].get<std::string>());
  std::set<std::string> present;
  for (const auto& entry : std::filesystem::directory_iterator(test::kVectors / "files")) {
    present.insert(entry.path().filename());
  }
  EXPECT_EQ(listed, present);
}

}  // namespace
}  // namespace holdfast::keys
