#include "device/keys/key_store.hpp"

#include <sys/stat.h>

#include <set>

#include "core/encoding.hpp"
#include "core/folder_lock.hpp"
#include "device/keys/derive.hpp"
#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using crypto::KeyAlgorithm;
using test::failed;
using test::key_id;
using test::name;
using test::succeeded;
using test::TemporaryStore;

constexpr auto kEd25519 = KeyAlgorithm::ed25519;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

std::vector<std::string> ids_of(const std::vector<ListedKey>& listed) {
  std::vector<std::string> ids;
  for (const auto& key : listed) ids.push_back(key.record.ok() ? key.record->id.text() : "!" + key.file);
  return ids;
}

// Large RSA keys take minutes under sanitizers; key_file_test.cpp opens them from stored keys.
bool quick_to_generate(const crypto::KeyRow& row) { return row.modulus_bits <= 3072; }

struct Kind {
  KeyAlgorithm algorithm;
  KeyOrigin origin;
};

std::vector<Kind> kinds() {
  std::vector<Kind> kinds;
  for (const auto& row : crypto::signature_suites()) {
    if (is_derived_at_once(row.algorithm)) kinds.push_back({row.algorithm, KeyOrigin::derived});
    if (quick_to_generate(row)) kinds.push_back({row.algorithm, KeyOrigin::random});
  }
  return kinds;
}

class EveryKind : public testing::TestWithParam<Kind> {};

TEST_P(EveryKind, IsCreatedListedFoundReopenedAndSigns) {
  const auto [algorithm, origin] = GetParam();
  const TemporaryStore store;
  const auto created = store.create("device", algorithm, origin);
  ASSERT_TRUE(succeeded(created));
  EXPECT_EQ(created->id, key_id("device@1"));
  EXPECT_EQ(created->origin, origin);
  EXPECT_EQ(created->created, test::test_clock());
  EXPECT_EQ(mode_of(store.file("device@1.key")), 0600U);
  EXPECT_EQ(mode_of(store.state() / "keys"), 0700U);

  const auto again = KeyStore::open(store.state(), test::roots()).value();
  const auto found = again.find({name("device")});
  ASSERT_TRUE(succeeded(found));
  EXPECT_EQ(*found, *created);
  const auto listed = again.list().value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(*listed[0].record, *created);
  EXPECT_TRUE(test::signs_for(again, *found));
}

INSTANTIATE_TEST_SUITE_P(Keys, EveryKind, testing::ValuesIn(kinds()), [](const auto& kind) {
  return crypto::test::test_name(crypto::row_of(kind.param.algorithm).name) + "_" +
         std::string(name_of(kind.param.origin));
});

TEST(Create, DerivesTheSameKeyAgainAndAnotherForEachAlgorithmNameAndAnchor) {
  const anchor::Roots other_anchor{test::root(0x10)};
  const anchor::Roots other_root{test::root(0x00, 0x80)};
  std::set<std::string> seen;
  const auto fresh = [&](const Result<KeyRecord>& record) {
    return seen.insert(to_hex(record->half.public_sha256)).second;
  };
  for (const auto& row : crypto::signature_suites()) {
    if (!is_derived_at_once(row.algorithm)) continue;
    const auto key = std::string(row.name);
    const auto record = TemporaryStore().create(key, row.algorithm);
    EXPECT_EQ(TemporaryStore().create(key, row.algorithm)->half.public_key, record->half.public_key);
    EXPECT_TRUE(fresh(record));
    EXPECT_TRUE(fresh(TemporaryStore().create(key + "x", row.algorithm)));
    EXPECT_TRUE(fresh(TemporaryStore(other_anchor).create(key, row.algorithm)));
    EXPECT_TRUE(fresh(TemporaryStore(other_root).create(key, row.algorithm)));
  }
}

TEST(Create, RandomKeysDiffer) {
  EXPECT_NE(TemporaryStore().create("a", kEd25519, KeyOrigin::random)->half.public_sha256,
            TemporaryStore().create("a", kEd25519, KeyOrigin::random)->half.public_sha256);
}

TEST(Create, ChoosesTheOriginThatTheAlgorithmAllows) {
  const TemporaryStore store;
  EXPECT_EQ(store.create("a", kEd25519)->origin, KeyOrigin::derived);
  EXPECT_EQ(store.create("b", KeyAlgorithm::rsa_2048)->origin, KeyOrigin::random);
  const auto derived = store.create("c", KeyAlgorithm::rsa_2048, KeyOrigin::derived);
  EXPECT_EQ(derived->origin, KeyOrigin::derived);
  EXPECT_EQ(derived->half, TemporaryStore().create("c", KeyAlgorithm::rsa_2048, KeyOrigin::derived)->half);
  EXPECT_TRUE(test::signs_for(*store, *derived)) << "from what is stored, without another search";
  EXPECT_TRUE(failed(store.create("d", kEd25519, KeyOrigin::imported), ErrorCode::usage, "holdfast key import"));
  EXPECT_EQ(store->list()->size(), 3U);
}

TEST(Create, NeverReusesAName) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("device", kEd25519)));
  const auto before = crypto::test::content_of(store.file("device@1.key"));
  EXPECT_TRUE(failed(store.create("device", KeyAlgorithm::ml_dsa_44), ErrorCode::refused, "key 'device' exists"));
  EXPECT_EQ(crypto::test::content_of(store.file("device@1.key")), before);
  // A later version whose first is gone, a tombstone, a damaged file: the name stays taken.
  for (const std::string file : {"late@7.key", "bad@x.key"}) store.plant(file, as_bytes("anything"));
  EXPECT_TRUE(failed(store.create("late", kEd25519), ErrorCode::refused, "exists already"));
  EXPECT_TRUE(failed(store.create("bad", kEd25519), ErrorCode::refused, "exists already"));
  EXPECT_TRUE(succeeded(store.create("devic", kEd25519)));
}

TEST(Create, HoldsTheLockOnlyToCheckAndWrite) {
  const TemporaryStore store;
  bool free = false;
  const auto look = [&] { free = FolderLock::acquire(store.state(), std::chrono::milliseconds(0)).ok(); };
  // The search for a large key calls back many times; one call suffices.
  const auto made = store->create({.name = name("r"), .algorithm = KeyAlgorithm::rsa_3072, .progress = look});
  ASSERT_TRUE(succeeded(made));
  EXPECT_TRUE(free);
}

TEST(Create, LeavesNothingBehindWhenItFails) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("device", kEd25519)));
  (void)store.create("device", kEd25519).ok();
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(store.state() / "keys")) {
    files.push_back(entry.path().filename());
  }
  EXPECT_THAT(files, testing::ElementsAre("device@1.key"));
}

TEST(Open, NeedsAStateFolder) {
  EXPECT_TRUE(failed(KeyStore::open("/nonexistent/state", test::roots()), ErrorCode::not_found, "state folder"));
}

TEST(List, IsEmptyBeforeTheFirstKey) {
  const TemporaryStore store;
  EXPECT_TRUE(store->list()->empty());
  EXPECT_FALSE(std::filesystem::exists(store.state() / "keys"));
}

TEST(List, SortsByNameThenVersionNumber) {
  const TemporaryStore store;
  const auto root = test::root();
  const auto& key = crypto::test::test_key(kEd25519);
  for (const std::string id : {"b@2", "b@10", "b@1", "a-b@1", "a@3", "B@1"}) {
    store.plant(
        id + ".key",
        seal_key_file(test::record_for(key, id, KeyOrigin::random, root), root, key.to_pkcs8().value()).value());
  }
  EXPECT_THAT(ids_of(*store->list()), testing::ElementsAre("B@1", "a@3", "a-b@1", "b@1", "b@2", "b@10"));
}

TEST(List, DamageHidesNothing) {
  const TemporaryStore store;
  for (const std::string key : {"a", "b", "c", "d", "e"}) ASSERT_TRUE(succeeded(store.create(key, kEd25519)));
  store.plant("b@1.key", as_bytes("rubbish"));
  std::filesystem::copy_file(store.file("a@1.key"), store.file("c@1.key"),
                             std::filesystem::copy_options::overwrite_existing);
  store.plant("not a key.key", as_bytes("x"));
  store.plant("README", as_bytes("foreign files are nobody's concern"));
  store.plant(".a@2.key.0011223344556677.tmp", as_bytes("holdfast-key-v1\n"));
  std::filesystem::create_directory(store.file("folder@1.key"));
  std::filesystem::create_symlink("a@1.key", store.file("link@1.key"));
  ASSERT_EQ(::mkfifo(store.file("pipe@1.key").c_str(), 0600), 0);
  const auto listed = store->list().value();
  EXPECT_THAT(ids_of(listed), testing::ElementsAre("a@1", "!b@1.key", "!c@1.key", "d@1", "e@1", "!folder@1.key",
                                                   "!link@1.key", "!pipe@1.key", "!not a key.key"));
  EXPECT_TRUE(failed(listed[1].record, ErrorCode::malformed, "b@1.key"));
  EXPECT_TRUE(failed(listed[2].record, ErrorCode::malformed, "altered: inside it says 'a@1'"));
  EXPECT_TRUE(failed(listed[5].record, ErrorCode::malformed, "not a plain file"));
  EXPECT_TRUE(failed(listed[6].record, ErrorCode::malformed, "symbolic link"));
  EXPECT_TRUE(failed(listed[8].record, ErrorCode::malformed, "NAME@VERSION.key"));
}

TEST(List, ReadsManyKeysInOrder) {
  const TemporaryStore store;
  const auto root = test::root();
  const auto& key = crypto::test::test_key(kEd25519);
  constexpr int kMany = 700;
  for (int i = 1; i <= kMany; ++i) {
    const auto id = "k@" + std::to_string(i);
    store.plant(
        id + ".key",
        seal_key_file(test::record_for(key, id, KeyOrigin::random, root), root, key.to_pkcs8().value()).value());
  }
  const auto listed = store->list().value();
  ASSERT_EQ(listed.size(), static_cast<std::size_t>(kMany));
  for (int i = 0; i < kMany; ++i) {
    ASSERT_EQ(listed[static_cast<std::size_t>(i)].record->id.text(), "k@" + std::to_string(i + 1));
  }
}

// A key of some version and state, as rotation will leave them.
void plant_version(const TemporaryStore& store, const std::string& id, KeyState state) {
  const auto root = test::root();
  const auto& key = crypto::test::test_key(kEd25519);
  auto record = test::record_for(key, id, KeyOrigin::random, root);
  record.state = state;
  const auto secret = state == KeyState::destroyed ? SecretBytes() : key.to_pkcs8().value();
  store.plant(id + ".key", seal_key_file(record, root, secret).value());
}

TEST(Find, GivesTheNewestVersionOrTheOneAskedFor) {
  const TemporaryStore store;
  plant_version(store, "k@1", KeyState::active);
  plant_version(store, "k@2", KeyState::active);
  plant_version(store, "k@10", KeyState::disabled);
  plant_version(store, "k@11", KeyState::destroyed);
  EXPECT_EQ(store->find({name("k")})->id, key_id("k@11")) << "in whatever state, lest an old one come back into use";
  EXPECT_TRUE(failed(test::load_pair(*store, *store->find({name("k")})), ErrorCode::refused, "is destroyed"));
  EXPECT_EQ(store->find({name("k"), KeyVersion{1}})->id, key_id("k@1"));
  EXPECT_EQ(store->find({name("k"), KeyVersion{10}})->state, KeyState::disabled);
  EXPECT_EQ(store->find({name("k"), KeyVersion{11}})->state, KeyState::destroyed);
  EXPECT_TRUE(failed(store->find({name("k"), KeyVersion{3}}), ErrorCode::not_found, "newest versions: 11, 10, 2, 1"));
}

TEST(Find, NamesTheClosestKeys) {
  const TemporaryStore store;
  EXPECT_TRUE(failed(store->find({name("device")}), ErrorCode::not_found, "no key was created yet"));
  for (const std::string key : {"devise", "x1", "x2", "x3", "x4", "x5"}) ASSERT_TRUE(store.create(key, kEd25519).ok());
  EXPECT_TRUE(failed(store->find({name("device")}), ErrorCode::not_found, "for example: devise, x1, x2, x3, x4"));
}

TEST(Find, DamageToTheNewestVersionDoesNotBringBackAnOldOne) {
  const TemporaryStore store;
  plant_version(store, "k@1", KeyState::active);
  store.plant("k@2.key", as_bytes("rubbish"));
  EXPECT_TRUE(failed(store->find({name("k")}), ErrorCode::malformed, "k@2.key"));
  EXPECT_TRUE(succeeded(store->find({name("k"), KeyVersion{1}})));
}

TEST(LoadPrivate, RefusesKeysThatAreNotActive) {
  const TemporaryStore store;
  plant_version(store, "disabled@1", KeyState::disabled);
  plant_version(store, "destroyed@1", KeyState::destroyed);
  for (const std::string key : {"disabled", "destroyed"}) {
    const auto record = store->find({name(key), KeyVersion{1}});
    ASSERT_TRUE(succeeded(record));
    EXPECT_TRUE(failed(test::load_pair(*store, *record), ErrorCode::refused, "is " + key));
    EXPECT_TRUE(succeeded(public_key_of(*record)));
  }
}

TEST(LoadPrivate, ReadsTheStateAsItIsNow) {
  const TemporaryStore store;
  plant_version(store, "k@1", KeyState::active);
  const auto record = store->find({name("k")}).value();
  plant_version(store, "k@1", KeyState::disabled);
  EXPECT_TRUE(failed(test::load_pair(*store, record), ErrorCode::refused, "is disabled"));
}

TEST(LoadPrivate, RefusesSwappedFiles) {
  const TemporaryStore store;
  const auto a = store.create("a", kEd25519).value();
  const auto b = store.create("b", kEd25519).value();
  std::filesystem::rename(store.file("a@1.key"), store.file("c"));
  std::filesystem::rename(store.file("b@1.key"), store.file("a@1.key"));
  std::filesystem::rename(store.file("c"), store.file("b@1.key"));
  for (const auto& record : {a, b})
    EXPECT_TRUE(failed(test::load_pair(*store, record), ErrorCode::malformed, "altered"));
}

TEST(LoadPrivate, RefusesAFileOfAnotherAnchor) {
  const anchor::Roots others{test::root(0x10)};
  const TemporaryStore theirs(others);
  const TemporaryStore ours;
  ASSERT_TRUE(succeeded(theirs.create("k", kEd25519)));
  ours.plant("k@1.key", crypto::test::content_of(theirs.file("k@1.key")));
  EXPECT_TRUE(failed(ours->find({name("k")}), ErrorCode::does_not_open, "another anchor"));
}

}  // namespace
}  // namespace holdfast::keys
