#include "device/anchor/stateless.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "crypto/hash.hpp"
#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::Attribute;
using fingerprint::AttributeState;
using fingerprint::Fingerprint;
using test::must;
using test::secret;
using testing::HasSubstr;

template <typename T>
void expect_error(const Result<T>& result, ErrorCode code, std::string_view words) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().describe();
  EXPECT_THAT(result.error().message(), HasSubstr(words));
}

StatelessRequest request_for(const Fingerprint& machine) {
  StatelessRequest request;
  request.fingerprint = &machine;
  request.profile = "default-2026";
  request.device_salt = {1, 2, 3, 4, 5, 6, 7, 8};
  request.read_again = [&machine] { return test::copy_of(machine); };
  return request;
}

Bytes root_of(const OpenedStateless& opened) {
  const auto bytes = opened.roots.newest().secret().expose(SecretAccess{});
  return {bytes.begin(), bytes.end()};
}

Bytes file_of(const OpenedStateless& opened) {
  return must(serialise_stateless_file(opened.config, opened.roots.newest()));
}

std::vector<std::string> names_of(const OpenedStateless& opened) {
  std::vector<std::string> names;
  for (const auto& attribute : opened.config.attributes) names.push_back(attribute.name);
  return names;
}

TEST(Stateless, TwiceTheSameIsTheSameToTheByte) {
  const auto machine = test::machine(3);
  const auto one = must(make_stateless(request_for(machine)));
  const auto two = must(make_stateless(request_for(machine)));
  EXPECT_EQ(file_of(one), file_of(two));
  EXPECT_EQ(root_of(one), root_of(two));
  EXPECT_EQ(one.roots.newest().epoch(), kStatelessEpoch);
  EXPECT_EQ(names_of(one), (std::vector<std::string>{"a0", "a1", "a2"}));
  const auto opened = must(open_stateless(must(parse_stateless_file(file_of(one))), machine));
  EXPECT_EQ(root_of(opened), root_of(one));
  EXPECT_EQ(opened.roots.anchor(), one.roots.anchor());
  EXPECT_EQ(opened.roots.find(RootEpoch{1}), nullptr);
}

TEST(Stateless, EachChoiceGivesAnotherRootAndAnchor) {
  const auto machine = test::machine(3);
  const auto usual = must(make_stateless(request_for(machine)));
  const std::vector<std::function<void(StatelessRequest&)>> changes{
      [](auto& r) { r.profile = "legacy"; },
      [](auto& r) { r.device_salt.back() ^= 1; },
      [](auto& r) { r.device_salt.clear(); },
      [](auto& r) { r.attributes = {"a0", "a1"}; },
  };
  for (const auto& change : changes) {
    auto request = request_for(machine);
    change(request);
    const auto other = must(make_stateless(request));
    EXPECT_NE(root_of(other), root_of(usual));
    EXPECT_NE(other.config.check, usual.config.check);
    EXPECT_NE(other.roots.anchor(), usual.roots.anchor());
  }
}

// Without a device salt two devices still have different anchor ids, and tell each other's files from altered ones.
TEST(Stateless, OtherDevicesHaveOtherAnchors) {
  const auto machine = test::machine(3);
  auto other = test::machine(3);
  test::change(other, 1);
  auto request = request_for(machine);
  request.device_salt.clear();
  auto others = request_for(other);
  others.device_salt.clear();
  EXPECT_NE(must(make_stateless(request)).roots.anchor(), must(make_stateless(others)).roots.anchor());
}

TEST(Stateless, TakesTheNamedAttributesAlone) {
  const auto machine = test::machine(4);
  auto request = request_for(machine);
  request.attributes = {"a3", "a1"};
  const auto made = must(make_stateless(request));
  EXPECT_EQ(names_of(made), (std::vector<std::string>{"a1", "a3"}));
  auto elsewhere = test::machine(4);
  test::change(elsewhere, 0);
  const auto opened = must(open_stateless(must(parse_stateless_file(file_of(made))), elsewhere));
  EXPECT_EQ(root_of(opened), root_of(made));
  request.attributes = {"a9"};
  expect_error(make_stateless(request), ErrorCode::not_found, "a9");
}

TEST(Stateless, TakesRequiredNamedAttributesAlone) {
  auto machine = test::machine(4);
  for (const std::size_t i : {1U, 2U, 3U}) machine.attributes[i].named_by_operator = true;
  machine.attributes[2].required = false;
  auto request = request_for(machine);
  request.participants = fingerprint::Participants::named;
  request.read_again = nullptr;
  EXPECT_EQ(names_of(must(make_stateless(request))), (std::vector<std::string>{"a1", "a3"}));
  for (const std::size_t i : {1U, 3U}) machine.attributes[i].required = false;
  expect_error(make_stateless(request), ErrorCode::refused, "let it require some");
}

TEST(Stateless, AChangedOrMissingAttributeDoesNotOpen) {
  const auto machine = test::machine(3);
  const auto file = must(parse_stateless_file(file_of(must(make_stateless(request_for(machine))))));
  for (std::size_t i = 0; i < 3; ++i) {
    auto changed = test::machine(3);
    test::change(changed, i);
    expect_error(open_stateless(file, changed), ErrorCode::does_not_open, "at least one of these changed: a0, a1, a2");
    auto hidden = test::machine(3);
    test::hide(hidden, i);
    hidden.attributes[i].reason = "run as root";
    expect_error(open_stateless(file, hidden), ErrorCode::does_not_open, "is not available: run as root");
  }
  auto gone = test::machine(2);
  expect_error(open_stateless(file, gone), ErrorCode::does_not_open, "not found on this machine: a2");
}

TEST(Stateless, KeepsTheEntropyFloor) {
  const auto machine = test::machine(1);
  auto request = request_for(machine);
  expect_error(make_stateless(request), ErrorCode::refused, "hold 32 bits, 32 fewer than the 64");
  request.low_entropy = LowEntropy::accepted;
  const auto made = must(make_stateless(request));
  EXPECT_TRUE(made.config.low_entropy_accepted);
  EXPECT_THAT(assess(made.config).warnings.front(), HasSubstr("less entropy than the floor"));
  const auto enough = test::machine(2);
  auto needless = request_for(enough);
  needless.low_entropy = LowEntropy::accepted;
  EXPECT_FALSE(must(make_stateless(needless)).config.low_entropy_accepted);
}

TEST(Stateless, WarnsWithoutADeviceSalt) {
  const auto machine = test::machine(2);
  auto request = request_for(machine);
  const auto warnings = [&] { return assess(must(make_stateless(request)).config).warnings; };
  const auto fleet = testing::Contains(HasSubstr("attacks a whole fleet"));
  EXPECT_THAT(warnings(), testing::Not(fleet));
  request.device_salt.clear();
  EXPECT_THAT(warnings(), fleet);
  EXPECT_EQ(assess(must(make_stateless(request)).config).tier, fingerprint::Tier::software);
  request.device_salt = Bytes(kMinDeviceSalt - 1, 1);
  expect_error(make_stateless(request), ErrorCode::usage, "8 to 1024 bytes");
  request.device_salt = Bytes(kMaxDeviceSalt + 1, 1);
  expect_error(make_stateless(request), ErrorCode::usage, "8 to 1024 bytes");
}

TEST(Stateless, RefusesWhatReadsDifferentlyEachTime) {
  const auto machine = test::machine(2);
  auto request = request_for(machine);
  request.read_again = [&]() -> Result<Fingerprint> {
    auto fresh = test::machine(2);
    test::change(fresh, 1);
    return fresh;
  };
  expect_error(make_stateless(request), ErrorCode::refused, "changes from one reading to the next");
}

Bytes with_fresh_digest(const std::string& two_lines, const std::string& mac_line) {
  const auto text = two_lines + mac_line;
  const auto digest = must(crypto::hash(crypto::HashAlgorithm::sha256, {as_bytes(text)}));
  const auto whole = text + "sha256 " + to_hex(digest) + "\n";
  const auto bytes = as_bytes(whole);
  return {bytes.begin(), bytes.end()};
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class StatelessFile : public testing::Test {
 protected:
  Fingerprint machine_ = test::machine(2);
  OpenedStateless made_ = must(make_stateless(request_for(machine_)));
  std::string text_{as_text(file_of(made_))};
  std::size_t mac_at_ = text_.find("mac ");
  std::string lines_ = text_.substr(0, mac_at_);
  std::string mac_ = text_.substr(mac_at_, 69);

  [[nodiscard]] Bytes altered(std::string_view from, std::string_view to) const {
    return with_fresh_digest(with(lines_, from, to), mac_);
  }
};

TEST_F(StatelessFile, EveryFlippedByteAndEveryBeginningIsRefused) {
  const auto bytes = as_bytes(text_);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes flipped(bytes.begin(), bytes.end());
    flipped[at] ^= 1;
    ASSERT_FALSE(parse_stateless_file(flipped).ok()) << at;
    ASSERT_FALSE(parse_stateless_file(bytes.first(at)).ok()) << at;
  }
  expect_error(parse_stateless_file(as_bytes("holdfast-stateless-v2\n{}\n")), ErrorCode::malformed, "newer holdfast");
  expect_error(parse_stateless_file(as_bytes("holdfast-anchor-v1\n{}\n")), ErrorCode::malformed, "does not begin");
}

TEST_F(StatelessFile, WhatMakesNoSenseIsMalformed) {
  const std::pair<std::string_view, std::string_view> changes[]{
      {"\"memory_kib\":65536", "\"memory_kib\":1"},
      {"\"memory_kib\":65536", "\"memory_kib\":1048577"},
      {R"("profile":"default-2026")", R"("profile":"")"},
      {R"("class":"board")", R"("class":"plank")"},
      {R"("name":"a1")", R"("name":"a0")"},
      {R"("device_salt":"AQIDBAUGBwg=")", R"("device_salt":"AQID")"},
      {R"("sysroot":"/")", R"("sysroot":"/","zzz":1)"},
      {R"("platform":"bare-metal",)", ""},
  };
  for (const auto& [from, to] : changes) {
    auto bytes = altered(from, to);
    if (from.starts_with(R"("name")")) {
      bytes = with_fresh_digest(with(with(lines_, from, to), "test:a1", "test:a0"), mac_);
    }
    expect_error(parse_stateless_file(bytes), ErrorCode::malformed, "stateless configuration");
  }
}

// By somebody who can write the file and compute a digest, but does not have the root.
TEST_F(StatelessFile, AlterationsAreFoundOut) {
  const auto open = [&](const Bytes& bytes) { return open_stateless(must(parse_stateless_file(bytes)), machine_); };
  expect_error(open(altered("\"bits\":32", "\"bits\":99")), ErrorCode::malformed, "altered by somebody");
  expect_error(open(altered(R"("platform":"bare-metal")", R"("platform":"container")")), ErrorCode::malformed,
               "altered by somebody");
  expect_error(open(altered("default-2026", "legacy")), ErrorCode::does_not_open, "");
  expect_error(open(altered("\"passes\":3", "\"passes\":2")), ErrorCode::does_not_open, "");
  expect_error(open(altered("AQIDBAUGBwg=", "AQIDBAUGBwk=")), ErrorCode::does_not_open, "");
}

TEST_F(StatelessFile, LiesAloneInAPrivateFolder) {
  const test::TemporaryFolder temporary;
  const auto folder = must(StateFolder::create(temporary / "state"));
  must(store_stateless(folder, made_));
  EXPECT_EQ(as_text(must(read_file(folder.stateless_file(), 1 << 20))), text_);
  const auto opened = must(StateFolder::open(folder.path()));
  EXPECT_TRUE(opened.is_stateless());
  EXPECT_EQ(must(opened.load_stateless()).config.check, made_.config.check);
  expect_error(opened.load_anchor(), ErrorCode::refused, "is stateless");
  expect_error(store_stateless(folder, made_), ErrorCode::refused, "holds a stateless configuration already");
  expect_error(StateFolder::create(folder.path()), ErrorCode::refused, "holds a stateless configuration already");
  must(write_file_atomically(folder.anchor_file(), as_bytes("x"), 0600, Replace::refused));
  expect_error(StateFolder::open(folder.path()), ErrorCode::refused, "move the file 'anchor' or the file 'stateless'");
}

const std::filesystem::path kVectors = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/vectors/stateless";

Fingerprint machine_of(const Json& attributes) {
  Fingerprint machine;
  for (const auto& json : attributes) {
    Attribute attribute;
    attribute.name = json.at("name").get<std::string>();
    attribute.source = json.at("source").get<std::string>();
    attribute.state = AttributeState::present;
    attribute.value = secret(json.at("value").get<std::string>());
    machine.attributes.push_back(std::move(attribute));
  }
  return machine;
}

// reference.py beside the vectors opens the same files.
TEST(FrozenStateless, OpensAsItsVectorSays) {
  for (const auto* const name : {"with-device-salt", "without-device-salt"}) {
    SCOPED_TRACE(name);
    const auto vector = must(parse_json(as_text(must(read_file(kVectors / name / "vector.json", 1 << 20))), name));
    const auto file = must(parse_stateless_file(must(read_file(kVectors / name / "stateless", 1 << 20))));
    for (const auto& each : vector.at("cases")) {
      SCOPED_TRACE(each.at("title").get<std::string>());
      const auto opened = open_stateless(file, machine_of(each.at("attributes")));
      if (each.contains("error")) {
        ASSERT_FALSE(opened.ok());
        EXPECT_EQ(name_of(opened.error().code()), each.at("error").get<std::string>());
        continue;
      }
      ASSERT_TRUE(opened.ok()) << opened.error().describe();
      EXPECT_EQ(to_hex(root_of(*opened)), vector.at("root").get<std::string>());
      EXPECT_EQ(opened->roots.anchor().hex(), vector.at("anchor").get<std::string>());
      EXPECT_EQ(to_hex(opened->config.check), vector.at("check").get<std::string>());
    }
  }
}

}  // namespace
}  // namespace holdfast::anchor
