// The life of a key: made, brought along, followed by a new version, disabled, destroyed; step by step, and against a
// model.
#include <rapidcheck.h>

#include <chrono>
#include <map>
#include <vector>

#include "core/folder_lock.hpp"
#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using crypto::KeyAlgorithm;
using test::failed;
using test::key_id;
using test::name;
using test::succeeded;
using test::TemporaryStore;
using test::text_of;

constexpr auto kEd25519 = KeyAlgorithm::ed25519;

KeySelection all_of(std::string_view key) { return {name(key)}; }

std::vector<std::string> ids_of(const std::vector<KeyRecord>& records) {
  std::vector<std::string> ids;
  for (const auto& record : records) ids.push_back(record.id.text());
  return ids;
}

TEST(Uses, AreTheUsualOnesUnlessToldAndAlwaysPossible) {
  const TemporaryStore store;
  using Uses = std::set<KeyUse>;
  EXPECT_EQ(store.create("e", kEd25519)->uses, Uses{KeyUse::sign});
  EXPECT_EQ(store.create("x", KeyAlgorithm::x25519)->uses, Uses{KeyUse::derive});
  EXPECT_EQ(store.create("m", KeyAlgorithm::ml_kem_768)->uses, Uses{KeyUse::decapsulate});
  EXPECT_EQ(store.create("a", KeyAlgorithm::aes_256)->uses, (Uses{KeyUse::encrypt, KeyUse::decrypt}));
  const auto agreeing =
      store->create({.name = name("p"), .algorithm = KeyAlgorithm::ecdsa_p256, .uses = {KeyUse::derive}});
  EXPECT_EQ(agreeing->uses, Uses{KeyUse::derive});
  EXPECT_TRUE(failed(store->load(*agreeing, KeyUse::sign), ErrorCode::refused, "was made to: derive"));
  EXPECT_TRUE(failed(store->create({.name = name("q"), .algorithm = kEd25519, .uses = {KeyUse::decrypt}}),
                     ErrorCode::usage, "ed25519 keys cannot decrypt; they can: sign"));
}

TEST(PlainBytes, AreTheSameAgainAndDifferByName) {
  for (const auto algorithm : {KeyAlgorithm::aes_256, KeyAlgorithm::x25519_ml_kem_768}) {
    const auto use = algorithm == KeyAlgorithm::aes_256 ? KeyUse::encrypt : KeyUse::decapsulate;
    for (const auto origin : {KeyOrigin::derived, KeyOrigin::random}) {
      const TemporaryStore store;
      const auto record = store.create("k", algorithm, origin);
      ASSERT_TRUE(succeeded(record));
      const auto material = store->load(*record, use);
      ASSERT_TRUE(succeeded(material));
      const auto again = store->load(*store->find(all_of("k")), use);
      EXPECT_EQ(crypto::test::revealed(std::get<SecretBytes>(*material)),
                crypto::test::revealed(std::get<SecretBytes>(*again)));
      EXPECT_NE(store.create("l", algorithm, origin)->half, record->half);
      EXPECT_TRUE(failed(public_key_of(*record), ErrorCode::usage, "no SubjectPublicKeyInfo"));
    }
  }
}

TEST(Import, KeepsTheKeyAsItIs) {
  const TemporaryStore store;
  auto key = crypto::PrivateKey::generate(KeyAlgorithm::ecdsa_p256).value();
  const auto public_key = key.public_key().to_der().value();
  const auto record = store->import({name("k"), KeyAlgorithm::ecdsa_p256, {}, std::move(key)}, test::test_clock);
  ASSERT_TRUE(succeeded(record));
  EXPECT_EQ(record->origin, KeyOrigin::imported);
  EXPECT_EQ(record->half.public_key, public_key);
  EXPECT_TRUE(test::signs_for(*store, *store->find(all_of("k"))));
  EXPECT_TRUE(failed(store->rotate(name("k")), ErrorCode::refused, "was imported"));
}

TEST(Import, NeverTakesANameAgain) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("k", kEd25519)));
  auto key = crypto::PrivateKey::generate(kEd25519).value();
  EXPECT_TRUE(
      failed(store->import({name("k"), kEd25519, {}, std::move(key)}), ErrorCode::refused, "names are never used"));
}

TEST(Rotate, MakesANewKeyThatIsUsedFromThenOn) {
  for (const auto origin : {KeyOrigin::derived, KeyOrigin::random}) {
    const TemporaryStore store;
    const auto first = store.create("k", kEd25519, origin).value();
    const auto second = store->rotate(name("k"), {}, test::test_clock);
    ASSERT_TRUE(succeeded(second));
    EXPECT_EQ(second->id, key_id("k@2"));
    EXPECT_EQ(second->origin, origin);
    EXPECT_NE(second->half, first.half);
    EXPECT_EQ(store->find(all_of("k"))->id, key_id("k@2"));
    EXPECT_TRUE(test::signs_for(*store, *second));
    EXPECT_TRUE(failed(store->load(first, KeyUse::sign), ErrorCode::refused, "followed by 'k@2'"));
  }
  EXPECT_TRUE(failed(TemporaryStore()->rotate(name("k")), ErrorCode::not_found, "no key 'k'"));
}

TEST(Rotate, LeavesOldVersionsToOpenWhatTheyClosed) {
  const TemporaryStore store;
  const auto first = store.create("a", KeyAlgorithm::aes_256).value();
  ASSERT_TRUE(succeeded(store->rotate(name("a"))));
  EXPECT_TRUE(succeeded(store->load(first, KeyUse::decrypt)));
  EXPECT_TRUE(failed(store->load(first, KeyUse::encrypt), ErrorCode::refused, "must no longer encrypt"));
}

TEST(Rotate, LeavesNoOldVersionToSignAcrossAGap) {
  const TemporaryStore store;
  const auto first = store.create("k", kEd25519).value();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(succeeded(store->rotate(name("k"))));
  std::filesystem::remove(store.file("k@2.key"));
  EXPECT_TRUE(failed(store->load(first, KeyUse::sign), ErrorCode::refused, "followed by 'k@3'"));
  EXPECT_EQ(store->rotate(name("k"))->id, key_id("k@4"));
}

TEST(Rotate, EndsWithTheLastNumber) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("k", kEd25519)));
  store.plant("k@4294967295.key", as_bytes(kGivenUpFile));
  EXPECT_TRUE(failed(store->rotate(name("k")), ErrorCode::refused, "come to their end"));
}

TEST(Rotate, NeedsAnActiveKey) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("k", kEd25519)));
  ASSERT_TRUE(succeeded(store->set_state(all_of("k"), KeyState::disabled)));
  EXPECT_TRUE(failed(store->rotate(name("k")), ErrorCode::refused, "key enable"));
}

// The root was followed by another one while the key was made, and so it would be lost with the old root's epoch.
TEST(RootCheck, KeepsNewKeysFromBeingWritten) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("k", kEd25519)));
  int asked = 0;
  bool locked = true;
  const auto stale = [&] {
    ++asked;
    locked = locked && !FolderLock::acquire(store.state(), std::chrono::milliseconds(0)).ok();
    return Result<void>(Error(ErrorCode::refused, "drawn anew"));
  };
  const auto late = KeyStore::open(store.state(), test::roots(), nullptr, stale).value();
  EXPECT_TRUE(failed(late.create({.name = name("l"), .algorithm = kEd25519}), ErrorCode::refused, "drawn anew"));
  EXPECT_TRUE(failed(late.rotate(name("k")), ErrorCode::refused, "drawn anew"));
  auto key = crypto::PrivateKey::generate(kEd25519).value();
  EXPECT_TRUE(failed(late.import({name("i"), kEd25519, {}, std::move(key)}), ErrorCode::refused, "drawn anew"));
  EXPECT_EQ(asked, 3);
  EXPECT_TRUE(locked) << "else the root could be followed between the check and the write";
  EXPECT_EQ(store->list()->size(), 1U);
  EXPECT_TRUE(succeeded(late.set_state(all_of("k"), KeyState::disabled))) << "it makes nothing new";
}

TEST(SetState, DisablesAndEnablesOneVersionOrAll) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("k", kEd25519, KeyOrigin::random)));
  ASSERT_TRUE(succeeded(store->rotate(name("k"))));
  EXPECT_EQ(ids_of(*store->set_state(all_of("k"), KeyState::disabled)), (std::vector<std::string>{"k@1", "k@2"}));
  EXPECT_TRUE(failed(store->load(*store->find(all_of("k")), KeyUse::sign), ErrorCode::refused, "key enable"));
  ASSERT_TRUE(succeeded(store->set_state({name("k"), KeyVersion{2}}, KeyState::active)));
  EXPECT_TRUE(test::signs_for(*store, *store->find(all_of("k"))));
  EXPECT_EQ(store->find({name("k"), KeyVersion{1}})->state, KeyState::disabled);
  EXPECT_TRUE(failed(store->set_state(all_of("j"), KeyState::disabled), ErrorCode::not_found, "no key 'j'"));
}

TEST(SetState, PassesNoDamagedVersionOver) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("k", kEd25519)));
  ASSERT_TRUE(succeeded(store->rotate(name("k"))));
  auto bytes = crypto::test::content_of(store.file("k@1.key"));
  bytes.push_back('x');
  store.plant("k@1.key", bytes);
  EXPECT_TRUE(failed(store->set_state(all_of("k"), KeyState::destroyed), ErrorCode::malformed, "k@1.key"));
}

TEST(SetState, DestroyingTakesAlongWhatCutShortWritesLeft) {
  const TemporaryStore store;
  ASSERT_TRUE(succeeded(store.create("k", kEd25519, KeyOrigin::random)));
  ASSERT_TRUE(succeeded(store.create("k.1", kEd25519, KeyOrigin::random)));
  const std::string ours = ".k@1.key.0123456789abcdef.tmp";
  const std::string others = ".k.1@1.key.0123456789abcdef.tmp";
  store.plant(ours, read_file(store.file("k@1.key"), kMaxKeyFileSize).value());
  store.plant(others, read_file(store.file("k.1@1.key"), kMaxKeyFileSize).value());
  ASSERT_TRUE(succeeded(store->set_state(all_of("k"), KeyState::disabled)));
  EXPECT_TRUE(std::filesystem::exists(store.file(ours))) << "it does no harm as long as the key is there";
  ASSERT_TRUE(succeeded(store->set_state(all_of("k"), KeyState::destroyed)));
  EXPECT_FALSE(std::filesystem::exists(store.file(ours))) << "it holds the secret";
  EXPECT_TRUE(std::filesystem::exists(store.file(others)));
}

TEST(SetState, DestroyingLeavesATombstoneWithoutTheSecret) {
  for (const auto origin : {KeyOrigin::derived, KeyOrigin::random}) {
    const TemporaryStore store;
    const auto record = store.create("k", KeyAlgorithm::ecdsa_p256, origin).value();
    const auto before = std::filesystem::file_size(store.file("k@1.key"));
    ASSERT_TRUE(succeeded(store->set_state(all_of("k"), KeyState::destroyed)));
    EXPECT_EQ(std::filesystem::file_size(store.file("k@1.key")) < before - 64, origin == KeyOrigin::random);
    const auto tombstone = store->find({name("k"), KeyVersion{1}}).value();
    EXPECT_EQ(tombstone.half, record.half) << "old signatures can still be verified";
    EXPECT_TRUE(failed(store->load(tombstone, KeyUse::sign), ErrorCode::refused, "is destroyed"));
    EXPECT_TRUE(failed(store.create("k", kEd25519), ErrorCode::refused, "exists already"));
    EXPECT_TRUE(failed(store->set_state({name("k"), KeyVersion{1}}, KeyState::active), ErrorCode::refused,
                       "nothing brings it back"));
    EXPECT_TRUE(failed(store->set_state(all_of("k"), KeyState::active), ErrorCode::refused, "nothing brings it back"));
    EXPECT_TRUE(store->set_state(all_of("k"), KeyState::destroyed)->empty()) << "is so already";
  }
}

class GivingUp : public testing::Test {
 protected:
  // A file of the key folder is damaged.
  void damage(const std::string& file) const {
    auto bytes = crypto::test::content_of(store_.file(file));
    bytes[bytes.size() / 2] ^= 1;
    store_.plant(file, bytes);
  }
  [[nodiscard]] std::vector<std::string> listed() const {
    std::vector<std::string> files;
    const auto all = store_->list().value();
    for (const auto& key : all) files.push_back(key.file);
    return files;
  }

  const TemporaryStore store_;
};

TEST_F(GivingUp, KeepsNameAndVersionTaken) {
  const auto first = store_.create("k", kEd25519, KeyOrigin::random).value();
  ASSERT_TRUE(succeeded(store_->rotate(name("k"))));
  damage("k@2.key");
  EXPECT_TRUE(failed(store_->rotate(name("k")), ErrorCode::malformed, "k@2"));
  const std::string left = ".k@2.key.0123456789abcdef.tmp";
  store_.plant(left, as_bytes("what a write that was cut short left"));
  ASSERT_TRUE(succeeded(store_->give_up(key_id("k@2"))));
  EXPECT_EQ(text_of(read_file(store_.file("k@2.key"), 100).value()), "holdfast-key-given-up-v1\n");
  EXPECT_FALSE(std::filesystem::exists(store_.file(left)));
  EXPECT_EQ(listed(), (std::vector<std::string>{"k@1.key"}));
  EXPECT_TRUE(failed(store_->find(all_of("k")), ErrorCode::refused, "'k@2' was given up"));
  EXPECT_TRUE(failed(store_->load(first, KeyUse::sign), ErrorCode::refused, "followed by 'k@2', which is given up,"));
  EXPECT_TRUE(failed(store_->set_state({name("k"), KeyVersion{2}}, KeyState::active), ErrorCode::refused, "given up"));
  EXPECT_TRUE(failed(store_->give_up(key_id("k@2")), ErrorCode::refused, "was given up"));
  const auto third = store_->rotate(name("k"));
  ASSERT_TRUE(succeeded(third));
  EXPECT_EQ(third->id, key_id("k@3"));
  EXPECT_EQ(third->origin, KeyOrigin::random);
  EXPECT_TRUE(test::signs_for(*store_, *third));
  EXPECT_TRUE(failed(store_->load(first, KeyUse::sign), ErrorCode::refused, "must no longer sign"));
}

TEST_F(GivingUp, LeavesNothingToRotateWhereNoVersionIsKnown) {
  ASSERT_TRUE(succeeded(store_.create("k", kEd25519)));
  damage("k@1.key");
  ASSERT_TRUE(succeeded(store_->give_up(key_id("k@1"))));
  EXPECT_TRUE(failed(store_->rotate(name("k")), ErrorCode::refused, "under another name"));
  EXPECT_TRUE(failed(store_.create("k", kEd25519), ErrorCode::refused, "exists already"));
  EXPECT_TRUE(failed(store_->set_state(all_of("k"), KeyState::destroyed), ErrorCode::refused, "given up"));
  EXPECT_TRUE(listed().empty());
}

TEST_F(GivingUp, IsRefusedWhereSomethingOpensTheFile) {
  EXPECT_TRUE(failed(store_->give_up(key_id("k@1")), ErrorCode::not_found, "no key 'k'"));
  ASSERT_TRUE(succeeded(store_.create("k", kEd25519)));
  EXPECT_TRUE(failed(store_->give_up(key_id("k@1")), ErrorCode::refused, "can be read"));
  // Made under a later root, as one sees it who put an older copy of the anchor back.
  const anchor::Roots later(test::root(0x00, 0x60, 2));
  ASSERT_TRUE(succeeded(KeyStore::open(store_.state(), later)->create({.name = name("l"), .algorithm = kEd25519})));
  EXPECT_TRUE(failed(store_->give_up(key_id("l@1")), ErrorCode::does_not_open, "an older copy of it was put back"));
  // Whoever holds an earlier root cannot tell.
  const auto stale = KeyStore::open(store_.state(), test::roots(), nullptr,
                                    [] { return Result<void>(Error(ErrorCode::refused, "drawn anew")); });
  damage("k@1.key");
  EXPECT_TRUE(failed(stale->give_up(key_id("k@1")), ErrorCode::refused, "drawn anew"));
  EXPECT_TRUE(failed(store_->find(all_of("k")), ErrorCode::malformed, "altered"));
  // Under an epoch that was dropped, and another anchor's.
  const auto newest = KeyStore::open(store_.state(), later).value();
  ASSERT_TRUE(succeeded(store_.create("m", kEd25519)));
  EXPECT_TRUE(succeeded(newest.give_up(key_id("m@1"))));
  const anchor::Roots foreign(test::root(0x20));
  ASSERT_TRUE(succeeded(KeyStore::open(store_.state(), foreign)->create({.name = name("f"), .algorithm = kEd25519})));
  EXPECT_TRUE(succeeded(newest.give_up(key_id("f@1"))));
  EXPECT_EQ(listed(), (std::vector<std::string>{"k@1.key", "l@1.key"}));
}

TEST(Tombstones, OutliveTheirRoot) {
  const anchor::Roots both(test::root(0x00, 0x60, 2), [] {
    std::vector<anchor::Root> older;
    older.push_back(test::root());
    return older;
  }());
  const anchor::Roots newest(test::root(0x00, 0x60, 2));
  const TemporaryStore store;
  for (const std::string key : {"a", "b"}) ASSERT_TRUE(succeeded(store.create(key, kEd25519, KeyOrigin::random)));
  ASSERT_TRUE(succeeded(store->set_state(all_of("a"), KeyState::destroyed)));
  const auto before = store->find(all_of("a")).value();
  const auto with_both = KeyStore::open(store.state(), both).value();
  ASSERT_TRUE(succeeded(with_both.keep_tombstones({1})));
  EXPECT_EQ(with_both.find(all_of("b"))->epoch, anchor::RootEpoch{1}) << "a key stays where it is";
  for (const auto* const roots : {&both, &newest}) {
    const auto kept = KeyStore::open(store.state(), *roots).value().find(all_of("a"));
    ASSERT_TRUE(succeeded(kept));
    auto expected = before;
    expected.epoch = {2};
    EXPECT_EQ(*kept, expected);
  }
}

// What the store should do, in the simplest words: a list of states for each name.
struct Model {
  std::map<std::string, std::vector<KeyState>> names;

  bool create(const std::string& key) { return names.try_emplace(key, 1, KeyState::active).second; }
  bool rotate(const std::string& key) {
    const auto found = names.find(key);
    if (found == names.end() || found->second.back() == KeyState::disabled) return false;
    found->second.push_back(KeyState::active);
    return true;
  }
  bool set_all(const std::string& key, KeyState state) {
    const auto found = names.find(key);
    if (found == names.end()) return false;
    bool changed = false;
    for (auto& old : found->second) {
      if (old == KeyState::destroyed) continue;
      old = state;
      changed = true;
    }
    return changed || state == KeyState::destroyed;
  }
  bool set_one(const std::string& key, std::size_t version, KeyState state) {
    const auto found = names.find(key);
    if (found == names.end() || version > found->second.size()) return false;
    auto& old = found->second[version - 1];
    if (old == KeyState::destroyed && state != old) return false;
    old = state;
    return true;
  }
  // Only the newest version signs, and only where it is active.
  [[nodiscard]] bool signs(const std::string& key) const {
    const auto found = names.find(key);
    return found != names.end() && found->second.back() == KeyState::active;
  }
};

bool store_signs(const KeyStore& store, const std::string& key) {
  const auto record = store.find(all_of(key));
  return record.ok() && store.load(*record, KeyUse::sign).ok();
}

void check_against(const Model& model, const KeyStore& store) {
  std::map<std::string, std::vector<KeyState>> listed;
  const auto keys = store.list();
  RC_ASSERT(keys.ok());
  for (const auto& key : *keys) {
    RC_ASSERT(key.record.ok());
    listed[key.record->id.name.text()].push_back(key.record->state);
  }
  RC_ASSERT(listed == model.names);
}

void take_a_step(Model& model, const KeyStore& store) {
  const auto key = *rc::gen::elementOf(std::vector<std::string>{"a", "b"});
  const auto state = *rc::gen::elementOf(std::vector{KeyState::active, KeyState::disabled, KeyState::destroyed});
  const auto version = *rc::gen::inRange<std::uint32_t>(1, 4);
  const auto origin = *rc::gen::elementOf(std::vector{KeyOrigin::derived, KeyOrigin::random});
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      RC_ASSERT(store.create({.name = name(key), .algorithm = kEd25519, .origin = origin}).ok() == model.create(key));
      break;
    case 1: RC_ASSERT(store.rotate(name(key)).ok() == model.rotate(key)); break;
    case 2: RC_ASSERT(store.set_state(all_of(key), state).ok() == model.set_all(key, state)); break;
    case 3:
      RC_ASSERT(store.set_state({name(key), KeyVersion{version}}, state).ok() == model.set_one(key, version, state));
      break;
    default: RC_ASSERT(store_signs(store, key) == model.signs(key));
  }
}

TEST(LifeCycle, FollowsTheModel) {
  EXPECT_TRUE(rc::check([] {
    const TemporaryStore store;
    Model model;
    for (int i = *rc::gen::inRange(1, 20); i > 0; --i) take_a_step(model, *store);
    check_against(model, *store);
  }));
}

}  // namespace
}  // namespace holdfast::keys
