#include "interfaces/tap/identifiers.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "core/encoding.hpp"

namespace holdfast::tap {
namespace {

using crypto::KeyAlgorithm;

Answer<KeyAlgorithm> parse(std::string_view hex, TAP_KEY_ALGORITHM declared = TAP_KEY_ALGORITHM_UNDEFINED) {
  const auto bytes = parse_hex(hex).value();
  return parse_identifier(bytes, declared);
}

struct Row {
  KeyAlgorithm algorithm;
  TAP_KEY_ALGORITHM number;
  ubyte4 size;
  std::string_view index;
  std::string_view current;
  std::string_view older;
};

const std::vector<Row> kTable{
    {KeyAlgorithm::rsa_2048, 1, 2, "0000000100000002", "02000001", "01000002"},
    {KeyAlgorithm::rsa_3072, 1, 4, "0000000100000003", "04000001", "01000003"},
    {KeyAlgorithm::rsa_4096, 1, 3, "0000000100000004", "03000001", "01000004"},
    {KeyAlgorithm::rsa_8192, 1, 5, "0000000100000005", "05000001", "01000005"},
    {KeyAlgorithm::ml_dsa_44, 8, 0x11, "0000000200000001", "11000008", "02000001"},
    {KeyAlgorithm::ml_dsa_65, 8, 0x12, "0000000200000002", "12000008", "02000002"},
    {KeyAlgorithm::ml_dsa_87, 8, 0x13, "0000000200000003", "13000008", "02000003"},
    {KeyAlgorithm::ecdsa_p256, 2, 3, "0000000300000001", "03000002", "03000002"},
    {KeyAlgorithm::ecdsa_p384, 2, 4, "0000000300000002", "04000002", "04000002"},
    {KeyAlgorithm::ecdsa_p521, 2, 5, "0000000300000003", "05000002", "05000002"},
};

TEST(Identifier, HasThreeSpellings) {
  for (const auto& row : kTable) {
    for (const auto declared : {TAP_KEY_ALGORITHM{0}, row.number}) {
      EXPECT_EQ(parse(row.index, declared).value(), row.algorithm) << row.index;
      EXPECT_EQ(parse(row.current, declared).value(), row.algorithm) << row.current;
      const bool ambiguous = row.older == "02000001" && declared == 0;
      EXPECT_EQ(parse(row.older, declared).value(), ambiguous ? KeyAlgorithm::rsa_2048 : row.algorithm) << row.older;
    }
  }
}

TEST(Identifier, IsWhatTheAlgorithmBesideItSays) {
  EXPECT_EQ(parse("02000001").value(), KeyAlgorithm::rsa_2048);
  EXPECT_EQ(parse("02000001", TAP_KEY_ALGORITHM_RSA).value(), KeyAlgorithm::rsa_2048);
  EXPECT_EQ(parse("02000001", TAP_KEY_ALGORITHM_MLDSA).value(), KeyAlgorithm::ml_dsa_44);
  EXPECT_EQ(parse("02000001", TAP_KEY_ALGORITHM_ECC).error().status, ERR_TAP_INVALID_ALGORITHM);
  EXPECT_EQ(parse("0000000300000001", TAP_KEY_ALGORITHM_RSA).error().status, ERR_TAP_INVALID_ALGORITHM);
}

TEST(Identifier, IsRefusedWhereItIsNone) {
  for (const auto* const size : {"", "02", "020000", "0200000100", "00000000010000002a"}) {
    EXPECT_EQ(parse(size).error().status, ERR_TAP_INVALID_INPUT) << size;
  }
  for (const auto* const unknown :
       {"00000000", "01000001", "06000001", "0000000002000001", "0000000100000001", "ffffffffffffffff"}) {
    EXPECT_EQ(parse(unknown).error().status, ERR_TAP_INVALID_ALGORITHM) << unknown;
  }
  for (const TAP_KEY_ALGORITHM other : {3U, 4U, 5U, 6U, 7U, 9U, 0xffffffffU}) {
    EXPECT_EQ(parse("02000001", other).error().status, ERR_TAP_UNSUPPORTED_ALGORITHM) << other;
  }
}

TEST(Identifier, IsDescribedBySize) {
  for (const auto& row : kTable) {
    TAP_KeyInfo info;
    describe_key(row.algorithm, info);
    EXPECT_EQ(info.keyAlgorithm, row.number);
    EXPECT_EQ(algorithm_number(row.algorithm), row.number);
    const auto size = row.number == 1   ? info.algKeyInfo.rsaInfo.keySize
                      : row.number == 2 ? info.algKeyInfo.eccInfo.curveId
                                        : info.algKeyInfo.mldsaInfo.parameterSet;
    EXPECT_EQ(size, row.size) << row.index;
  }
}

TEST(Identifier, MustBeWhatIsSaidBesideIt) {
  for (const auto& row : kTable) {
    TAP_KeyInfo info = {};
    EXPECT_TRUE(check_description(row.algorithm, info)) << "nothing is said";
    info.keyAlgorithm = row.number;
    EXPECT_TRUE(check_description(row.algorithm, info)) << "its kind alone";
    for (const auto& other : kTable) {
      if (other.number != row.number) continue;
      describe_key(other.algorithm, info);
      const auto checked = check_description(row.algorithm, info);
      EXPECT_EQ(checked ? 0 : checked.error().status, other.size == row.size ? 0 : ERR_TAP_INVALID_ALGORITHM);
    }
  }
}

}  // namespace
}  // namespace holdfast::tap
