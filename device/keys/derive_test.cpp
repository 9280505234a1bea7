#include "device/keys/derive.hpp"
#include "device/keys/key_material.hpp"

#include <array>
#include <map>
#include <set>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "device/keys/test_support.hpp"

namespace holdfast::keys {
namespace {

using crypto::test::hex;
using crypto::test::revealed;
using test::failed;
using test::succeeded;

Json load_vectors() {
  const auto content = read_file(test::kVectors / "derivation.json", std::size_t{1} << 20);
  return parse_json(as_text(content.value()), "derivation.json").value();
}

anchor::Root root_of(const Json& vectors) {
  return {anchor::AnchorId::parse(vectors["anchor"].get<std::string>()).value(),
          {vectors["epoch"].get<std::uint32_t>()},
          crypto::test::hex_secret(vectors["root"])};
}

TEST(DerivationVectors, GiveTheSameKeysForEver) {
  const auto vectors = load_vectors();
  const auto root = root_of(vectors);
  EXPECT_EQ(revealed(derive_store_key(root).value()), hex(vectors["store_key"]));
  std::set<std::string> algorithms;
  for (const auto& row : vectors["keys"]) {
    const KeyId id{test::name(row["name"].get<std::string>()), {row["version"].get<std::uint32_t>()}};
    const auto algorithm = crypto::find_key_algorithm(row["algorithm"].get<std::string>()).value();
    algorithms.insert(row["algorithm"].get<std::string>());
    EXPECT_EQ(revealed(identity_key_material(root, id, algorithm).value()), hex(row["material"])) << row;
    const auto material = derive_material(root, id, algorithm);
    ASSERT_TRUE(succeeded(material)) << row;
    const auto half = public_half_of(algorithm, *material).value();
    const bool secret_as_a_whole = row.contains("key_check");
    EXPECT_EQ(secret_as_a_whole ? half.key_check : half.public_sha256,
              hex(row[secret_as_a_whole ? "key_check" : "public_sha256"]))
        << row;
    if (!row.contains("scalar")) continue;
    // The private scalar stands in the PKCS #8 key as it is.
    const auto pkcs8 = to_hex(revealed(stored_form_of(*material).value()));
    EXPECT_NE(pkcs8.find(row["scalar"].get<std::string>()), std::string::npos) << row;
  }
  for (const auto& row : crypto::key_algorithms()) {
    // One size stands for all of RSA, of which crypto/ has vectors of its own.
    const bool other_rsa = row.family == crypto::Family::rsa && row.algorithm != crypto::KeyAlgorithm::rsa_2048;
    EXPECT_NE(algorithms.contains(std::string(row.name)), other_rsa) << row.name;
  }
}

TEST(Derivation, GivesTheSameRsaKeyAgain) {
  const auto derive = [](std::string_view id) {
    return derive_identity_key(test::root(), test::key_id(id), crypto::KeyAlgorithm::rsa_2048);
  };
  const auto first = derive("k@1");
  ASSERT_TRUE(test::succeeded(first));
  EXPECT_EQ(first->public_key().to_der().value(), derive("k@1")->public_key().to_der().value());
  EXPECT_NE(first->public_key().to_der().value(), derive("k@2")->public_key().to_der().value());
}

// Two outputs share a part where a window of 16 bytes occurs in both: by chance that does not happen.
void expect_nothing_shared(const std::vector<std::pair<std::string, Bytes>>& outputs) {
  constexpr std::size_t kWindow = 16;
  std::map<std::string, std::string> seen;
  for (const auto& [what, bytes] : outputs) {
    for (std::size_t at = 0; at + kWindow <= bytes.size(); ++at) {
      const auto [other, fresh] = seen.try_emplace(to_hex(ByteView(bytes).subspan(at, kWindow)), what);
      EXPECT_TRUE(fresh) << what << " shares bytes with " << other->second;
    }
  }
}

// A published peer gave one seed to its ECDSA and ML-DSA keys, so that one leaked key gave the other.
TEST(Derivation, NoTwoPurposesShareAnyPartOfAStream) {
  std::vector<std::pair<std::string, Bytes>> outputs;
  for (const auto anchor : std::to_array<std::uint8_t>({0x00, 0x10})) {
    for (const auto secret : std::to_array<std::uint8_t>({0x40, 0x80})) {
      const auto root = test::root(anchor, secret);
      const auto where = to_hex(root.anchor().bytes) + "/" + std::to_string(secret) + " ";
      outputs.emplace_back(where + "store", revealed(derive_store_key(root).value()));
      for (const auto& row : crypto::key_algorithms()) {
        for (const std::string id : {"device@1", "device@2", "devic@1", "edevice@1", "device1@1"}) {
          outputs.emplace_back(where + std::string(row.name) + " " + id,
                               revealed(identity_key_material(root, test::key_id(id), row.algorithm).value()));
        }
      }
    }
  }
  expect_nothing_shared(outputs);
}

TEST(Derivation, OtherEpochsOfTheSameAnchorHaveOtherRoots) {
  // The epoch is not in the context: each epoch's root is 32 fresh random bytes.
  const auto one = test::root(0x00, 0x40, 1);
  const auto two = test::root(0x00, 0x41, 2);
  EXPECT_NE(revealed(derive_store_key(one).value()), revealed(derive_store_key(two).value()));
}

}  // namespace
}  // namespace holdfast::keys
