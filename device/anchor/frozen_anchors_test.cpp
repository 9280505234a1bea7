// Anchors made once, which must open for ever. tests/vectors/anchor/reference.py opens the same files.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "device/anchor/test_support.hpp"
#include "tests/support/fips.hpp"

namespace holdfast::anchor {
namespace {

using test::must;
using test::root_of;
using test::secret;

const std::filesystem::path kVectors = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/vectors/anchor";

Json vector_in(const std::filesystem::path& folder) {
  return must(parse_json(as_text(must(read_file(folder / "vector.json", 1 << 20))), "vector.json"));
}

fingerprint::Fingerprint machine_of(const Json& attributes) {
  fingerprint::Fingerprint machine;
  for (const auto& json : attributes) {
    fingerprint::Attribute attribute;
    attribute.name = json.at("name").get<std::string>();
    attribute.source = json.at("source").get<std::string>();
    attribute.state = fingerprint::AttributeState::present;
    attribute.value = secret(json.at("value").get<std::string>());
    machine.attributes.push_back(std::move(attribute));
  }
  return machine;
}

// Opens as a command would: by the recovery code or the officers' shares where the case has them, else by the
// attributes.
Result<OpenedAnchor> open_case(const UnverifiedAnchorFile& file, const Json& vector_case,
                               const fingerprint::Fingerprint& machine) {
  if (vector_case.contains("recovery_code")) {
    return open_with_recovery_code(file, secret(vector_case["recovery_code"].get<std::string>()));
  }
  if (vector_case.contains("escrow_shares")) {
    std::vector<GivenShare> shares;
    for (const auto& share : vector_case["escrow_shares"])
      shares.push_back({"share", secret(share.get<std::string>())});
    return open_with_escrow(file, shares);
  }
  if (!vector_case.contains("passphrase")) return open_with_fingerprint(file, {&machine, nullptr}, Search::all_subsets);
  TRY_LET(const auto passphrase, normalise_passphrase(secret(vector_case["passphrase"].get<std::string>())),
          "normalise");
  return open_with_fingerprint(file, {&machine, &passphrase}, Search::all_subsets);
}

// The reading of a noisy source that the case has, if any.
void add_noisy(fingerprint::Fingerprint& machine, const Json& vector_case) {
  if (!vector_case.contains("noisy")) return;
  const auto& json = vector_case["noisy"];
  fingerprint::NoisyReading reading;
  reading.name = json.at("name").get<std::string>();
  reading.source = json.at("source").get<std::string>();
  reading.state = fingerprint::AttributeState::present;
  reading.response = SecretBytes::copy_of(must(parse_hex(json.at("response").get<std::string>())));
  machine.noisy.push_back(std::move(reading));
}

void check_case(const UnverifiedAnchorFile& file, const Json& vector, const Json& vector_case) {
  auto machine = machine_of(vector_case.value("attributes", Json::array()));
  add_noisy(machine, vector_case);
  const auto opened = open_case(file, vector_case, machine);
  if (vector_case.contains("error")) {
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(name_of(opened.error().code()), vector_case["error"].get<std::string>());
    return;
  }
  ASSERT_TRUE(opened.ok()) << opened.error().describe();
  EXPECT_EQ(to_hex(root_of(*opened)), vector["root"].get<std::string>());
  EXPECT_EQ(opened->file.id.hex(), vector["anchor"].get<std::string>());
  if (!vector_case.contains("changed")) return;
  std::set<std::string> changed;
  for (const auto& drift : must(drift_of(*opened, machine)).drift) {
    if (drift.kind != DriftKind::appeared) changed.insert(drift.name);
  }
  EXPECT_EQ(changed, vector_case["changed"].get<std::set<std::string>>());
}

class FrozenAnchor : public testing::TestWithParam<std::string> {};

TEST_P(FrozenAnchor, OpensAsItsVectorSays) {
  holdfast::test::use_fips_config(HOLDFAST_TEST_FIPS_CONFIG);
  const auto folder = kVectors / GetParam();
  const auto vector = vector_in(folder);
  const auto file = must(parse_anchor_file(must(read_file(folder / "anchor", kMaxAnchorFileSize))));
  for (const auto& vector_case : vector["cases"]) {
    SCOPED_TRACE(vector_case["title"].get<std::string>());
    check_case(file, vector, vector_case);
  }
  const auto log = must(EventLog::parse(must(read_file(folder / "events", 1 << 20)), file.file.events));
  EXPECT_EQ(log.events().size(), vector["events"].get<std::size_t>());
}

// The identifiers of the vector are those that its file has hashes of.
TEST(FrozenOrigin, IsComparedAsItsVectorSays) {
  const auto folder = kVectors / "origin";
  const auto vector = vector_in(folder);
  const auto file = must(parse_anchor_file(must(read_file(folder / "anchor", kMaxAnchorFileSize))));
  const auto machine = machine_of(vector["cases"][0]["attributes"]);
  const auto opened = must(open_with_fingerprint(file, {&machine, nullptr}, Search::first_subset));
  const auto identifier = [&vector](const char* member) {
    return SecretBytes::copy_of(must(parse_hex(vector["origin"]["identifiers"].at(member).get<std::string>())));
  };
  fingerprint::Origin today;
  today.platform = fingerprint::PlatformKind::bare_metal;
  today.cloud_instance = identifier("cloud_instance");
  today.file_system = identifier("file_system");
  today.generation_id = identifier("generation_id");
  today.machine_id = identifier("machine_id");
  today.folder = vector["origin"]["words"]["folder"].get<std::uint64_t>();
  EXPECT_TRUE(must(clone_signs_of(opened, today)).empty());
  for (auto* const value : {&today.cloud_instance, &today.file_system, &today.generation_id, &today.machine_id}) {
    auto kept = std::exchange(*value, secret("another"));
    EXPECT_EQ(must(clone_signs_of(opened, today)).size(), 1U);
    *value = std::move(kept);
  }
  ++*today.folder;
  const auto signs = must(clone_signs_of(opened, today));
  ASSERT_EQ(signs.size(), 1U);
  EXPECT_EQ(name_of(signs[0].kind), "copied-folder");
}

INSTANTIATE_TEST_SUITE_P(All, FrozenAnchor,
                         testing::Values("all-required", "escrow", "fips", "fips-recovery", "low-entropy", "origin",
                                         "passphrase", "puf", "puf-slot", "recovery", "required", "standard"),
                         [](const auto& vector) {
                           auto name = vector.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace holdfast::anchor
