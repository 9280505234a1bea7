// What an epoch's end does to keys, to what is left of them, and to the counter; also to those who still have it open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device/trust/maintenance.hpp"
#include "device/trust/test_support.hpp"

namespace holdfast::trust {
namespace {

using anchor::test::must;
using test::failed;
using test::key;
using test::name;
using test::succeeded;
using testing::ElementsAre;

const std::filesystem::path kMachine =
    std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines/x86-server";
constexpr auto kEd25519 = crypto::KeyAlgorithm::ed25519;

class Epochs : public testing::Test {
 protected:
  Epochs() {
    CreateOptions options;
    options.folder = state();
    options.sysroot = kMachine;
    options.made_by = "test";
    must(create_device(options));
  }

  [[nodiscard]] std::filesystem::path state() const { return temporary_ / "state"; }
  [[nodiscard]] OpenOptions options() const {
    OpenOptions options;
    options.mark_folder = temporary_ / "marks";
    return options;
  }
  /// The device, as a process that starts now has it.
  [[nodiscard]] std::unique_ptr<Provider> open() const {
    return must(must(find_device(state()))->open(options())).provider;
  }
  [[nodiscard]] std::unique_ptr<Maintenance> maintain() const { return must(Maintenance::open(state(), options())); }

  void rotate_root() const { must(maintain()->rotate_root()); }
  [[nodiscard]] Result<void> drop(std::uint32_t epoch) const { return maintain()->drop_epoch(epoch); }

  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> ids;
    for (const auto& listed : must(open()->list_keys())) ids.push_back(must(listed.info).id.text());
    return ids;
  }

 private:
  holdfast::test::TemporaryFolder temporary_;
};

// Does something once, the first time that it is called back.
std::function<void()> once(std::function<void()> what) {
  return [what = std::move(what), done = std::make_shared<bool>(false)] {
    if (*done) return;
    *done = true;
    what();
  };
}

TEST_F(Epochs, NoKeyIsMadeUnderOneThatEndsMeanwhile) {
  const auto end_epoch = once([this] {
    rotate_root();
    must(drop(1));
  });
  const auto made = open()->create_key({.name = name("late"),
                                        .algorithm = crypto::KeyAlgorithm::rsa_2048,
                                        .origin = KeyOrigin::derived,
                                        .progress = end_epoch});
  EXPECT_TRUE(failed(made, ErrorCode::refused, "drawn anew"));
  EXPECT_THAT(keys(), ElementsAre());
  EXPECT_TRUE(succeeded(maintain()->list_epochs()));
  EXPECT_TRUE(succeeded(open()->create_key({.name = name("late"), .algorithm = kEd25519})));
}

TEST_F(Epochs, NoVersionIsMadeUnderOneThatIsFollowedMeanwhile) {
  must(open()->create_key(
      {.name = name("k"), .algorithm = crypto::KeyAlgorithm::rsa_2048, .origin = KeyOrigin::derived}));
  const auto made = open()->rotate_key(name("k"), once([this] { rotate_root(); }));
  EXPECT_TRUE(failed(made, ErrorCode::refused, "drawn anew"));
  EXPECT_THAT(keys(), ElementsAre("k@1"));
  EXPECT_EQ(must(open()->rotate_key(name("k"), nullptr)).root_epoch, 2U);
}

class Destroyed : public Epochs {
 protected:
  void destroy(std::string_view which) const { must(open()->set_key_state(key(which), KeyState::destroyed)); }
  /// device@1 to device@3, each under a root of its own.
  void make_three() const {
    must(open()->create_key({.name = name("device"), .algorithm = kEd25519}));
    for (int version = 2; version <= 3; ++version) {
      rotate_root();
      must(open()->rotate_key(name("device"), nullptr));
    }
  }
  [[nodiscard]] Result<std::unique_ptr<Key>> sign_with(std::string_view which) const {
    return open()->open_key(key(which), KeyUse::sign);
  }
};

TEST_F(Destroyed, AVersionStillFollowsTheOneBeforeIt) {
  make_three();
  EXPECT_TRUE(failed(sign_with("device@1"), ErrorCode::refused, "followed"));
  const auto before = must(open()->find_key(key("device@2")));
  destroy("device@2");
  must(drop(2));
  EXPECT_TRUE(failed(sign_with("device@1"), ErrorCode::refused, "followed by 'device@2', which is destroyed"));
  EXPECT_TRUE(succeeded(sign_with("device")));
  const auto left = must(open()->find_key(key("device@2")));
  EXPECT_EQ(left.state, KeyState::destroyed);
  EXPECT_EQ(left.half, before.half) << "old signatures can still be verified";
  EXPECT_EQ(left.created, before.created);
  EXPECT_EQ(left.root_epoch, 3U);
}

TEST_F(Destroyed, ItsVersionAndItsNameNeverComeAgain) {
  must(open()->create_key({.name = name("gone"), .algorithm = kEd25519}));
  must(open()->create_key({.name = name("k"), .algorithm = kEd25519}));
  must(open()->rotate_key(name("k"), nullptr));
  destroy("gone");
  destroy("k");
  rotate_root();
  must(drop(1));
  EXPECT_THAT(keys(), ElementsAre("gone@1", "k@1", "k@2"));
  EXPECT_TRUE(failed(open()->create_key({.name = name("gone"), .algorithm = kEd25519}), ErrorCode::refused, "exists"));
  EXPECT_EQ(must(open()->rotate_key(name("k"), nullptr)).id.text(), "k@3");
  // And once more, from the epoch to which they have come.
  rotate_root();
  EXPECT_TRUE(failed(drop(2), ErrorCode::refused, "needed by k@3"));
  destroy("k");
  must(drop(2));
  EXPECT_THAT(keys(), ElementsAre("gone@1", "k@1", "k@2", "k@3"));
}

class Counting : public Epochs {
 protected:
  void SetUp() override {
    for (int i = 0; i < 7; ++i) must(open()->increment_counter());
  }
};

TEST_F(Counting, GoesOnAfterItsEpoch) {
  rotate_root();
  must(drop(1));
  EXPECT_EQ(must(open()->read_counter()), 7U);
  EXPECT_EQ(must(open()->increment_counter()), 8U);
}

TEST_F(Counting, IsNotTouchedWhereItNeedsNoOtherRoot) {
  rotate_root();
  EXPECT_EQ(must(open()->increment_counter()), 8U);
  const auto before = crypto::test::content_of(state() / "counter");
  must(drop(1));
  EXPECT_EQ(crypto::test::content_of(state() / "counter"), before);
}

TEST_F(Counting, KeepsAnEpochWhileItCannotBeRead) {
  rotate_root();
  const auto genuine = crypto::test::content_of(state() / "counter");
  crypto::test::write(state() / "counter", as_bytes("7"));
  EXPECT_TRUE(failed(drop(1), ErrorCode::malformed, "counter"));
  crypto::test::write(state() / "counter", genuine);
  must(drop(1));
  EXPECT_EQ(must(open()->read_counter()), 7U);
}

TEST_F(Counting, IsLeftAloneByWhoHasAnEarlierRoot) {
  const auto early = open();
  rotate_root();
  EXPECT_TRUE(failed(early->increment_counter(), ErrorCode::refused, "drawn anew"));
  EXPECT_EQ(must(early->read_counter()), 7U);
  must(drop(1));
  EXPECT_TRUE(failed(early->increment_counter(), ErrorCode::refused, "drawn anew"));
  EXPECT_TRUE(failed(early->read_counter(), ErrorCode::refused, "open it again"));
  EXPECT_EQ(must(open()->read_counter()), 7U);
}

// Everything that a drop moves has been moved by the time that the anchor is written.
TEST_F(Counting, NothingIsLostWhereTheDropFails) {
  const auto early = open();
  must(early->create_key({.name = name("k"), .algorithm = kEd25519}));
  must(early->set_key_state(key("k"), KeyState::destroyed));
  rotate_root();
  auto maintenance = maintain();
  const auto marks = options().mark_folder;
  for (const auto& mark : std::filesystem::directory_iterator(marks)) crypto::test::write(mark, as_bytes("damaged"));
  EXPECT_TRUE(failed(maintenance->drop_epoch(1), ErrorCode::malformed, "remembers the anchor's generation"));
  std::filesystem::remove_all(marks);
  EXPECT_EQ(must(maintain()->list_epochs()).size(), 2U);
  EXPECT_EQ(must(open()->read_counter()), 7U);
  EXPECT_THAT(keys(), ElementsAre("k@1"));
  EXPECT_TRUE(failed(open()->create_key({.name = name("k"), .algorithm = kEd25519}), ErrorCode::refused, "exists"));
  must(drop(1));
  EXPECT_EQ(must(open()->read_counter()), 7U);
  EXPECT_THAT(keys(), ElementsAre("k@1"));
}

}  // namespace
}  // namespace holdfast::trust
