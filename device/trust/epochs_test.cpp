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

}  // namespace
}  // namespace holdfast::trust
