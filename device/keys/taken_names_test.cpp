#include "device/keys/taken_names.hpp"

#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using test::name;
using test::TemporaryStore;

KeyFolder folder_of(const TemporaryStore& store) { return std::move(KeyFolder::open(store.state())).value(); }

TEST(TakenNames, KnowsEveryFileThatIsCalledAsAVersion) {
  const TemporaryStore store;
  for (const std::string file : {"a@1.key", "b@7.key", "c@x.key", "d.key", "e@1.crt", ".f@1.key.00.tmp"}) {
    store.plant(file, as_bytes("anything"));
  }
  TakenNames names;
  const auto folder = folder_of(store);
  for (const auto* const taken : {"a", "b", "c"}) EXPECT_TRUE(*names.has(folder, name(taken))) << taken;
  for (const auto* const free : {"d", "e", "f", "aa", "A"}) EXPECT_FALSE(*names.has(folder, name(free))) << free;
}

TEST(TakenNames, SeesWhatOthersHaveChanged) {
  const TemporaryStore store;
  store.plant("a@1.key", as_bytes("anything"));
  TakenNames names;
  const auto folder = folder_of(store);
  EXPECT_FALSE(*names.has(folder, name("b")));
  store.plant("b@2.key", as_bytes("anything"));
  EXPECT_TRUE(*names.has(folder, name("b")));
}

TEST(TakenNames, ReadsNothingAgainForWhatItsOwnerHasWritten) {
  const TemporaryStore store;
  store.plant("a@1.key", as_bytes("anything"));
  TakenNames names;
  const auto folder = folder_of(store);
  EXPECT_FALSE(*names.has(folder, name("b")));
  // A file that appears unseen, and by itself would be found: only the folder's time says that it must be looked for.
  store.plant("unseen@2.key", as_bytes("anything"));
  names.add(folder, name("b"));
  EXPECT_TRUE(*names.has(folder, name("b")));
  EXPECT_FALSE(*names.has(folder, name("unseen")));
}

TEST(TakenNames, TellsFoldersApart) {
  const TemporaryStore one;
  const TemporaryStore other;
  one.plant("a@1.key", as_bytes("anything"));
  other.plant("b@1.key", as_bytes("anything"));
  TakenNames names;
  EXPECT_FALSE(*names.has(folder_of(one), name("b")));
  EXPECT_TRUE(*names.has(folder_of(other), name("b")));
  EXPECT_FALSE(*names.has(folder_of(other), name("a")));
}

TEST(TakenNames, ServeManyStores) {
  const TemporaryStore first;
  const auto shared = std::make_shared<TakenNames>();
  const auto store = KeyStore::open(first.state(), test::roots(), shared);
  ASSERT_TRUE(store.ok());
  const auto create = [](const KeyStore& in, std::string_view key) {
    return in.create({.name = name(key), .algorithm = crypto::KeyAlgorithm::ed25519}, test::test_clock);
  };
  EXPECT_TRUE(create(*store, "a").ok());
  EXPECT_TRUE(create(*first, "b").ok()) << "by another process, as it were";
  EXPECT_EQ(create(*store, "b").error().code(), ErrorCode::refused);
  EXPECT_TRUE(store->rotate(name("a"), {}, test::test_clock).ok());
  EXPECT_TRUE(create(*KeyStore::open(first.state(), test::roots(), shared), "c").ok());
  EXPECT_EQ(create(*store, "c").error().code(), ErrorCode::refused);
  EXPECT_EQ(store->list()->size(), 4U);
}

}  // namespace
}  // namespace holdfast::keys
