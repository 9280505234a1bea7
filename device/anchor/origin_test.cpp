#include "device/anchor/origin.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::Origin;
using fingerprint::PlatformKind;
using test::machine;
using test::must;
using test::secret;
using testing::HasSubstr;

const Root& root() {
  static const Root kRoot(must(AnchorId::parse(std::string(32, '7'))), RootEpoch{1}, SecretBytes(kRootSize));
  return kRoot;
}

Origin origin() {
  Origin origin;
  origin.platform = PlatformKind::virtual_machine;
  origin.generation_id = secret("generation");
  origin.cloud_instance = secret("i-1");
  origin.machine_id = secret("machine");
  origin.file_system = secret("uuid");
  origin.folder = 7;
  origin.image_id = "gateway";
  origin.image_version = "12";
  return origin;
}

/// The signs after something changed at one time or the other, each as "kind: evidence".
using Change = std::function<void(Origin&)>;
std::vector<std::string> signs(const Change& then, const Change& now) {
  auto before = origin();
  auto today = origin();
  if (then) then(before);
  if (now) now(today);
  std::vector<std::string> found;
  for (const auto& sign : must(compare_origin(root(), must(remember_origin(root(), before)), today))) {
    found.push_back(std::string(name_of(sign.kind)) + ": " + sign.evidence);
    EXPECT_THAT(describe(sign), HasSubstr(": " + sign.evidence + ". "));
  }
  return found;
}

TEST(Origin, IsTheSameWhereNothingChanged) { EXPECT_TRUE(signs({}, {}).empty()); }

TEST(Origin, WhatIsNotKnownIsNoEvidence) {
  const Change forget = [](Origin& origin) { origin = Origin(); };
  EXPECT_TRUE(signs(forget, {}).empty());
  EXPECT_TRUE(signs({}, forget).empty());
  EXPECT_TRUE(signs(forget, forget).empty());
}

TEST(Origin, AnotherImageOfTheSameSystemIsAnUpdate) {
  EXPECT_TRUE(signs({}, [](Origin& o) { o.image_version = "13", o.build_id = "new", o.image_id = "other"; }).empty());
}

struct SignCase {
  std::string title;
  Change then;
  Change now;
  std::string sign;
};

TEST(Origin, EachChangeIsASignOfOneThing) {
  const std::vector<SignCase> cases{
      {"first boot",
       [](Origin& o) { o.no_machine_id = true; },
       {},
       "shared-image: when it was made, that system had not been through its first boot (it was made on the image "
       "'gateway 12')"},
      {"chroot",
       [](Origin& o) { o.in_chroot = true, o.image_id.clear(), o.image_version.clear(); },
       {},
       "shared-image: it was made in a chroot, as builders of images use"},
      {"container",
       [](Origin& o) { o.platform = PlatformKind::container; },
       {},
       "shared-image: it was made in a container, and this is none (it was made on the image 'gateway 12')"},
      {"machine-id",
       {},
       [](Origin& o) { o.machine_id = secret("another"); },
       "shared-image: this system has another machine-id than the one it was made on, as after an installation or the "
       "first boot of an image (it was made on the image 'gateway 12')"},
      {"file system",
       {},
       [](Origin& o) { o.file_system = secret("another"), o.folder = 8; },
       "copied-folder: it lies on another file system than the one it was made on"},
      {"folder", {}, [](Origin& o) { o.folder = 8; }, "copied-folder: it is not the folder that was made then"},
      {"generation",
       {},
       [](Origin& o) { o.generation_id = secret("another"); },
       "cloned-machine: the virtual machine's generation id has changed"},
      {"instance",
       {},
       [](Origin& o) { o.cloud_instance = secret("i-2"); },
       "cloned-machine: the cloud calls this another instance"},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(signs(each.then, each.now), std::vector{each.sign}) << each.title;
  }
}

// A container's own copy, and one that became a container's.
TEST(Origin, AContainerThatStaysOneIsNoSign) {
  const Change container = [](Origin& o) { o.platform = PlatformKind::container; };
  EXPECT_TRUE(signs(container, container).empty());
  EXPECT_TRUE(signs({}, container).empty());
}

// Two identifiers of the same value must not look the same.
TEST(Origin, HashesBindTheirNames) {
  const auto swapped = [](Origin& o) {
    o.generation_id = secret("machine");
    o.machine_id = secret("generation");
  };
  EXPECT_EQ(signs(swapped, {}).size(), 2U);
}

TEST(Origin, OpensUnderItsRootOnly) {
  const auto remembered = must(remember_origin(root(), origin()));
  const Root other(root().anchor(), RootEpoch{1}, SecretBytes::copy_of(Bytes(kRootSize, 1)));
  EXPECT_FALSE(compare_origin(other, remembered, origin()).ok());
  auto altered = remembered;
  altered.back() ^= 1;
  EXPECT_FALSE(compare_origin(root(), altered, origin()).ok());
  EXPECT_FALSE(compare_origin(root(), Bytes(5), origin()).ok());
  // The same again does not look the same.
  EXPECT_NE(must(remember_origin(root(), origin())), remembered);
}

TEST(Origin, IsRememberedByANewAnchor) {
  const test::TemporaryFolder folder;
  const auto device = machine(2);
  const auto state = must(StateFolder::create(folder.path() / "state"));
  must(create_anchor(state, test::request_for(device, 2)));
  auto opened = must(open_with_fingerprint(must(state.load_anchor()), {&device, nullptr}, Search::first_subset));
  EXPECT_FALSE(opened.file.origin.empty());
  EXPECT_TRUE(must(clone_signs_of(opened, fingerprint::gather_origin("/", state.path()))).empty());
  // Anchors of earlier versions remember none.
  opened.file.origin.clear();
  EXPECT_TRUE(must(clone_signs_of(opened, origin())).empty());
}

}  // namespace
}  // namespace holdfast::anchor
