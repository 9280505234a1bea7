// The vectors that a program in another language wrote.
#include "core/encoding.hpp"
#include "core/json.hpp"
#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::bytes_of;
using test::must;

const Json& vectors() {
  static const Json kVectors = must(parse_json(
      as_text(must(read_file(std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/vectors/puf/vector.json", 1 << 20))),
      "vector"));
  return kVectors;
}

Bytes hex_of(const Json& json) { return must(parse_hex(json.get<std::string>())); }

TEST(Vectors, SecretsComeBack) {
  std::size_t readings = 0;
  for (const auto& vector : vectors()["cases"]) {
    const auto bytes = hex_of(vector["helper"]);
    const auto helper = must(parse_helper_data(bytes));
    EXPECT_EQ(serialise_helper_data(helper), bytes);
    for (const auto& reading : vector["readings"]) {
      const auto response = SecretBytes::copy_of(hex_of(reading["response"]));
      const auto secret = bytes_of(must(reconstruct(response, helper)));
      ++readings;
      if (reading["secret"].is_null()) {
        EXPECT_NE(secret, bytes_of(must(reconstruct(response, helper)))) << vector["name"] << reading["name"];
        continue;
      }
      EXPECT_EQ(to_hex(secret), reading["secret"].get<std::string>()) << vector["name"] << reading["name"];
      EXPECT_EQ(to_hex(secret) == vector["secret"].get<std::string>(), reading["same"].get<bool>())
          << vector["name"] << reading["name"];
    }
  }
  EXPECT_GE(readings, 12U);
}

TEST(Vectors, NothingComesOfPlantedHelperData) {
  for (const auto& vector : vectors()["planted"]) {
    const auto helper = must(parse_helper_data(hex_of(vector["helper"])));
    for (const auto& reading : vector["readings"]) {
      const auto response = SecretBytes::copy_of(hex_of(reading["response"]));
      EXPECT_NE(bytes_of(must(reconstruct(response, helper))), bytes_of(must(reconstruct(response, helper))))
          << vector["name"];
    }
  }
  for (const auto& vector : vectors()["malformed"]) {
    EXPECT_FALSE(parse_helper_data(hex_of(vector["helper"])).ok()) << vector["name"];
  }
  EXPECT_GE(vectors()["planted"].size(), 5U);
  EXPECT_GE(vectors()["malformed"].size(), 5U);
}

TEST(Vectors, BoundsAreThoseOfExactFractions) {
  for (const auto& row : vectors()["failures"]) {
    EXPECT_NEAR(log10_failure({row["repetitions"].get<unsigned>()}, row["error_rate"].get<double>()),
                row["log10"].get<double>(), 1e-6)
        << row;
  }
  for (const auto& row : vectors()["residuals"]) {
    EXPECT_NEAR(residual_min_entropy({row["repetitions"].get<unsigned>()}, row["predictability"].get<double>()),
                row["bits"].get<double>(), 1e-6)
        << row;
  }
  EXPECT_GE(vectors()["failures"].size() + vectors()["residuals"].size(), 10U);
}

}  // namespace
}  // namespace holdfast::puf
