#include "interfaces/tap/identifiers.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "core/encoding.hpp"

namespace holdfast::tap {
namespace {

using crypto::KeyAlgorithm;

struct Row {
  KeyAlgorithm algorithm;
  TAP_KEY_ALGORITHM number;
  ubyte4 size;            // key size, curve or parameter set
  std::uint64_t index;    // documented
  std::uint32_t current;  // the word algorithm << 24 | size, its bytes reversed
  std::uint32_t older;
};

constexpr std::array<Row, 10> kRows{{
    {KeyAlgorithm::rsa_2048, TAP_KEY_ALGORITHM_RSA, TAP_KEY_SIZE_2048, 0x100000002, 0x02000001, 0x01000002},
    {KeyAlgorithm::rsa_3072, TAP_KEY_ALGORITHM_RSA, TAP_KEY_SIZE_3072, 0x100000003, 0x04000001, 0x01000003},
    {KeyAlgorithm::rsa_4096, TAP_KEY_ALGORITHM_RSA, TAP_KEY_SIZE_4096, 0x100000004, 0x03000001, 0x01000004},
    {KeyAlgorithm::rsa_8192, TAP_KEY_ALGORITHM_RSA, TAP_KEY_SIZE_8192, 0x100000005, 0x05000001, 0x01000005},
    {KeyAlgorithm::ml_dsa_44, TAP_KEY_ALGORITHM_MLDSA, TAP_MLDSA_44, 0x200000001, 0x11000008, 0x02000001},
    {KeyAlgorithm::ml_dsa_65, TAP_KEY_ALGORITHM_MLDSA, TAP_MLDSA_65, 0x200000002, 0x12000008, 0x02000002},
    {KeyAlgorithm::ml_dsa_87, TAP_KEY_ALGORITHM_MLDSA, TAP_MLDSA_87, 0x200000003, 0x13000008, 0x02000003},
    {KeyAlgorithm::ecdsa_p256, TAP_KEY_ALGORITHM_ECC, TAP_ECC_CURVE_NIST_P256, 0x300000001, 0x03000002, 0x03000002},
    {KeyAlgorithm::ecdsa_p384, TAP_KEY_ALGORITHM_ECC, TAP_ECC_CURVE_NIST_P384, 0x300000002, 0x04000002, 0x04000002},
    {KeyAlgorithm::ecdsa_p521, TAP_KEY_ALGORITHM_ECC, TAP_ECC_CURVE_NIST_P521, 0x300000003, 0x05000002, 0x05000002},
}};

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8U | byte;
  return value;
}

// In the order in which spellings win.
std::array<const Row*, 2> meanings(ByteView identifier) {
  const auto value = big_endian(identifier);
  const auto find = [&](auto spelling) {
    const auto* const row = std::ranges::find(kRows, value, spelling);
    return row == kRows.end() ? nullptr : row;
  };
  if (identifier.size() == sizeof(std::uint64_t)) return {find(&Row::index), nullptr};
  return {find(&Row::current), find(&Row::older)};
}

bool is_known(TAP_KEY_ALGORITHM number) {
  return number == TAP_KEY_ALGORITHM_UNDEFINED || std::ranges::contains(kRows, number, &Row::number);
}

const Row& row_for(KeyAlgorithm algorithm) {
  const auto* const row = std::ranges::find(kRows, algorithm, &Row::algorithm);
  return row == kRows.end() ? kRows.front() : *row;
}

}  // namespace

Answer<KeyAlgorithm> parse_identifier(ByteView identifier, TAP_KEY_ALGORITHM declared) {
  if (identifier.size() != sizeof(std::uint32_t) && identifier.size() != sizeof(std::uint64_t)) {
    return fail(ERR_TAP_INVALID_INPUT,
                "a key identifier has 4 or 8 bytes, and this one has " + std::to_string(identifier.size()));
  }
  if (!is_known(declared)) {
    return fail(ERR_TAP_UNSUPPORTED_ALGORITHM, "there are no keys of the key algorithm " + std::to_string(declared) +
                                                   "; RSA (1), ECC (2) and ML-DSA (8) are what there is");
  }
  const auto rows = meanings(identifier);
  for (const auto* row : rows) {
    if (row != nullptr && (declared == TAP_KEY_ALGORITHM_UNDEFINED || declared == row->number)) return row->algorithm;
  }
  const bool known = std::ranges::any_of(rows, [](const Row* row) { return row != nullptr; });
  return fail(ERR_TAP_INVALID_ALGORITHM,
              "the key identifier " + to_hex(identifier) +
                  (known ? " is not one of the key algorithm " + std::to_string(declared) + " that was given beside it"
                         : " stands for no key"));
}

Answer<> check_description(KeyAlgorithm algorithm, const TAP_KeyInfo& info) {
  const auto& row = row_for(algorithm);
  const auto said = [&]() -> std::pair<ubyte4, const char*> {
    switch (info.keyAlgorithm) {
      case TAP_KEY_ALGORITHM_RSA: return {info.algKeyInfo.rsaInfo.keySize, "keySize"};
      case TAP_KEY_ALGORITHM_ECC: return {info.algKeyInfo.eccInfo.curveId, "curveId"};
      case TAP_KEY_ALGORITHM_MLDSA: return {info.algKeyInfo.mldsaInfo.parameterSet, "parameterSet"};
      default: return {0, ""};
    }
  }();
  if (said.first == 0 || said.first == row.size) return {};
  return fail(ERR_TAP_INVALID_ALGORITHM, "the key identifier stands for " +
                                             std::string(crypto::row_of(algorithm).name) + ", whose " + said.second +
                                             " is " + std::to_string(row.size) + ", and beside it stands " +
                                             std::to_string(said.first) + "; give that, or 0");
}

TAP_KEY_ALGORITHM algorithm_number(KeyAlgorithm algorithm) { return row_for(algorithm).number; }

void describe_key(KeyAlgorithm algorithm, TAP_KeyInfo& info) {
  const auto& row = row_for(algorithm);
  info = {};
  info.keyAlgorithm = row.number;
  if (row.number == TAP_KEY_ALGORITHM_RSA) info.algKeyInfo.rsaInfo = {row.size, TAP_SIG_SCHEME_NONE};
  if (row.number == TAP_KEY_ALGORITHM_ECC) info.algKeyInfo.eccInfo = {row.size, TAP_SIG_SCHEME_NONE};
  if (row.number == TAP_KEY_ALGORITHM_MLDSA) info.algKeyInfo.mldsaInfo = {row.size};
}

}  // namespace holdfast::tap
