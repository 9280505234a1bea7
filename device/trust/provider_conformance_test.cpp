// What every provider promises of its keys, for each algorithm and use.
#include <vector>

#include "device/trust/test_support.hpp"

namespace holdfast::trust {
namespace {

using crypto::KeyAlgorithm;
using test::failed;
using test::kAllProviderKinds;
using test::key;
using test::kProviderKinds;
using test::name;
using test::ProviderKind;
using test::right;
using test::succeeded;
using test::works;
using testing::ElementsAre;

struct UseCase {
  ProviderKind kind;
  crypto::KeyRow row;
  KeyUse use;
};

void PrintTo(const UseCase& use_case, std::ostream* to) { *to << use_case.row.name << " " << name_of(use_case.use); }

std::string case_name(const testing::TestParamInfo<UseCase>& info) {
  const auto& [kind, row, use] = info.param;
  return std::string(kind.name) + "_" + crypto::test::test_name(row.name) + "_" + std::string(name_of(use));
}

// RSA has tests of its own, with one key: a search for each case would take too long.
std::vector<UseCase> use_cases(std::span<const ProviderKind> kinds) {
  std::vector<UseCase> cases;
  for (const auto& kind : kinds) {
    for (const auto& row : crypto::key_algorithms()) {
      if (row.family == crypto::Family::rsa) continue;
      for (const auto use : {KeyUse::sign, KeyUse::encrypt, KeyUse::decrypt, KeyUse::derive, KeyUse::decapsulate}) {
        if (can(row, use)) cases.push_back({kind, row, use});
      }
    }
  }
  return cases;
}

std::vector<std::string> listed_keys(const Provider& provider) {
  std::vector<std::string> ids;
  const auto all = provider.list_keys().value();
  for (const auto& listed : all) {
    ids.push_back(listed.info.ok() ? listed.info->id.text() : listed.info.error().message());
  }
  return ids;
}

class KeyOfEachUse : public testing::TestWithParam<UseCase> {
 protected:
  [[nodiscard]] Provider& provider() const { return *provider_; }
  [[nodiscard]] KeyAlgorithm algorithm() const { return GetParam().row.algorithm; }
  [[nodiscard]] KeyUse use() const { return GetParam().use; }

  [[nodiscard]] Result<KeyInfo> create() const {
    return provider_->create_key({.name = name("device"), .algorithm = algorithm(), .uses = {use()}});
  }

 private:
  std::unique_ptr<test::Device> device_ = GetParam().kind.make();
  std::unique_ptr<Provider> provider_ = device_->open();
};

TEST_P(KeyOfEachUse, IsCreatedFoundAndListed) {
  const auto made = create();
  ASSERT_TRUE(succeeded(made));
  EXPECT_EQ(made->id.text(), "device@1");
  EXPECT_EQ(made->algorithm, algorithm());
  EXPECT_EQ(made->uses, std::set{use()});
  EXPECT_EQ(made->state, KeyState::active);
  const auto found = provider().find_key(key("device"));
  ASSERT_TRUE(succeeded(found));
  EXPECT_EQ(found->half, made->half);
  EXPECT_EQ(found->created, made->created);
  EXPECT_TRUE(succeeded(provider().find_key(key("device@1"))));
  EXPECT_THAT(listed_keys(provider()), ElementsAre("device@1"));
  EXPECT_TRUE(works(provider(), key("device"), use()));
  EXPECT_TRUE(failed(create(), ErrorCode::refused, "exists already"));
  EXPECT_TRUE(failed(provider().find_key(key("device@2")), ErrorCode::not_found, "no version 2"));
  EXPECT_TRUE(failed(provider().find_key(key("other")), ErrorCode::not_found, "no key 'other'"));
}

TEST_P(KeyOfEachUse, IsFollowedByAnother) {
  const auto first = create();
  ASSERT_TRUE(succeeded(first));
  const auto second = provider().rotate_key(name("device"), {});
  ASSERT_TRUE(succeeded(second));
  EXPECT_EQ(second->id.text(), "device@2");
  EXPECT_EQ(second->uses, first->uses);
  EXPECT_EQ(second->origin, first->origin);
  EXPECT_NE(second->half, first->half);
  EXPECT_EQ(provider().find_key(key("device"))->id.text(), "device@2");
  EXPECT_THAT(listed_keys(provider()), ElementsAre("device@1", "device@2"));
  EXPECT_TRUE(works(provider(), key("device"), use()));
  if (use() == KeyUse::sign || use() == KeyUse::encrypt) {
    EXPECT_TRUE(failed(provider().open_key(key("device@1"), use()), ErrorCode::refused, "followed by 'device@2'"));
  } else {
    EXPECT_TRUE(works(provider(), key("device@1"), use()));
  }
}

TEST_P(KeyOfEachUse, IsOfUseOnlyWhileItIsActive) {
  ASSERT_TRUE(succeeded(create()));
  ASSERT_TRUE(succeeded(provider().set_key_state(key("device"), KeyState::disabled)));
  EXPECT_TRUE(failed(provider().open_key(key("device@1"), use()), ErrorCode::refused, "is disabled"));
  EXPECT_TRUE(failed(provider().open_key(key("device"), use()), ErrorCode::refused, "is disabled"));
  EXPECT_TRUE(failed(provider().rotate_key(name("device"), {}), ErrorCode::refused, "is disabled"));
  const auto enabled = provider().set_key_state(key("device@1"), KeyState::active);
  ASSERT_TRUE(succeeded(enabled));
  EXPECT_EQ(enabled->at(0).state, KeyState::active);
  EXPECT_TRUE(works(provider(), key("device"), use()));
  ASSERT_TRUE(succeeded(provider().set_key_state(key("device"), KeyState::destroyed)));
  EXPECT_TRUE(failed(provider().open_key(key("device@1"), use()), ErrorCode::refused, "is destroyed"));
  EXPECT_TRUE(
      failed(provider().set_key_state(key("device@1"), KeyState::active), ErrorCode::refused, "nothing brings"));
  EXPECT_THAT(listed_keys(provider()), ElementsAre("device@1"));
  EXPECT_TRUE(failed(create(), ErrorCode::refused, "exists already"));
}

TEST_P(KeyOfEachUse, ServesNoOtherUse) {
  ASSERT_TRUE(succeeded(create()));
  for (const auto other : {KeyUse::sign, KeyUse::encrypt, KeyUse::decrypt, KeyUse::derive, KeyUse::decapsulate}) {
    if (other == use()) continue;
    EXPECT_TRUE(failed(provider().open_key(key("device"), other), ErrorCode::refused, "must not be used to"));
  }
}

TEST_P(KeyOfEachUse, CanBeBroughtAlong) {
  const auto imported = provider().import_key(
      {.name = name("device"), .algorithm = algorithm(), .uses = {use()}, .material = test::new_material(algorithm())});
  ASSERT_TRUE(succeeded(imported));
  EXPECT_EQ(imported->origin, KeyOrigin::imported);
  EXPECT_TRUE(works(provider(), key("device"), use()));
  EXPECT_TRUE(failed(provider().rotate_key(name("device"), {}), ErrorCode::refused, "was imported"));
}

class EphemeralKeyOfEachUse : public KeyOfEachUse {};

TEST_P(EphemeralKeyOfEachUse, LivesInMemoryOnly) {
  const auto one = provider().create_ephemeral_key(algorithm(), use());
  const auto two = provider().create_ephemeral_key(algorithm(), use());
  ASSERT_TRUE(succeeded(one));
  ASSERT_TRUE(succeeded(two));
  EXPECT_TRUE(right(test::try_out(**one, use())));
  EXPECT_NE((*one)->info().half, (*two)->info().half);
  EXPECT_EQ((*one)->info().uses, std::set{use()});
  EXPECT_THAT(listed_keys(provider()), ElementsAre());
  EXPECT_TRUE(failed(provider().find_key({(*one)->info().id.name}), ErrorCode::not_found, "no key"));
}

INSTANTIATE_TEST_SUITE_P(All, KeyOfEachUse, testing::ValuesIn(use_cases(kProviderKinds)), case_name);
INSTANTIATE_TEST_SUITE_P(All, EphemeralKeyOfEachUse, testing::ValuesIn(use_cases(kAllProviderKinds)), case_name);

}  // namespace
}  // namespace holdfast::trust
