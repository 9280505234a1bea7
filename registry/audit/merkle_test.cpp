#include "registry/audit/merkle.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "core/encoding.hpp"
#include "registry/audit/test_support.hpp"

namespace holdfast::audit {
namespace {

using test::leaf;
using test::MemoryLog;
using test::must;

// The definition of RFC 9162, 2.1.1, word for word.
TreeHash defined_root(std::uint64_t begin, std::uint64_t end) {
  if (begin == end) return must(hash_of_nothing());
  if (end - begin == 1) return leaf(begin);
  const auto middle = begin + std::bit_floor(end - begin - 1);
  return must(hash_children(defined_root(begin, middle), defined_root(middle, end)));
}

// Around every power of two that decides something, and with whole rows.
const std::vector<std::uint64_t> kSizes{0,  1,  2,  3,  4,   5,   6,   7,   8,   9,   15,  16,   17,
                                        31, 33, 63, 65, 127, 129, 255, 256, 257, 511, 513, 1023, 1025};

TEST(Merkle, HashesAreThoseOfCertificateTransparency) {
  EXPECT_EQ(to_hex(must(hash_of_nothing())), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(must(hash_leaf({}))), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  const std::vector<std::string> entries{
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  Frontier edge;
  for (const auto& each : entries) (void)must(edge.append(must(hash_leaf(must(parse_hex(each))))));
  EXPECT_EQ(to_hex(must(edge.root())), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Merkle, RootsAreThoseOfTheDefinition) {
  MemoryLog log(0);
  for (const auto size : kSizes) {
    log.grow(size);
    const auto root = defined_root(0, size);
    EXPECT_EQ(must(log.edge.root()), root) << size;
    EXPECT_EQ(must(root_at(log, size)), root) << size;
    EXPECT_EQ(must(must(Frontier::load(log, size)).root()), root) << size;
  }
}

TEST(Merkle, ALoadedEdgeGoesOnLikeTheOneBefore) {
  const MemoryLog log(700);
  auto edge = must(Frontier::load(log, 250));
  for (std::uint64_t i = 250; i < 700; ++i) {
    const auto complete = must(edge.append(leaf(i)));
    for (const auto& hash : complete) EXPECT_EQ(must(log.read(hash.row, hash.index, 1)).front(), hash.hash);
  }
  EXPECT_EQ(must(edge.root()), must(log.edge.root()));
}

TEST(Merkle, EachEntryIsProvedInEachTree) {
  const MemoryLog log(600);
  for (const std::uint64_t size : {1, 2, 3, 7, 8, 9, 13, 64, 255, 256, 257, 600}) {
    const auto root = defined_root(0, size);
    for (std::uint64_t index = 0; index < size; index += size > 64 ? 7 : 1) {
      const auto proof = must(prove_inclusion(log, index, size));
      EXPECT_TRUE(verify_inclusion(leaf(index), index, size, root, proof).ok()) << index << " of " << size;
    }
  }
}

TEST(Merkle, EachTreeIsProvedToBeginWithEachEarlierOne) {
  const MemoryLog log(600);
  const std::vector<std::uint64_t> sizes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 255, 256, 257, 512, 600};
  for (const auto newer : sizes) {
    for (const auto older : sizes) {
      if (older > newer) {
        EXPECT_EQ(prove_consistency(log, older, newer).error().code(), ErrorCode::usage);
        continue;
      }
      const auto proof = must(prove_consistency(log, older, newer));
      EXPECT_TRUE(verify_consistency(older, defined_root(0, older), newer, defined_root(0, newer), proof).ok())
          << older << " of " << newer;
    }
  }
}

TEST(Merkle, AnotherEntryPlaceSizeRootOrProofIsRefused) {
  const MemoryLog log(100);
  const auto root = defined_root(0, 100);
  auto proof = must(prove_inclusion(log, 37, 100));
  EXPECT_FALSE(verify_inclusion(leaf(38), 37, 100, root, proof).ok());
  EXPECT_FALSE(verify_inclusion(leaf(37), 36, 100, root, proof).ok());
  EXPECT_FALSE(verify_inclusion(leaf(37), 37, 99, defined_root(0, 99), proof).ok());
  EXPECT_FALSE(verify_inclusion(leaf(37), 100, 100, root, proof).ok());
  EXPECT_FALSE(verify_inclusion(leaf(37), 37, 100, defined_root(0, 99), proof).ok());
  for (auto& hash : proof) {
    hash[5] ^= 1;
    EXPECT_FALSE(verify_inclusion(leaf(37), 37, 100, root, proof).ok());
    hash[5] ^= 1;
  }
  EXPECT_FALSE(verify_inclusion(leaf(37), 37, 100, root, std::span(proof).first(proof.size() - 1)).ok());
  proof.push_back(root);
  EXPECT_FALSE(verify_inclusion(leaf(37), 37, 100, root, proof).ok());
}

TEST(Merkle, ATreeThatDoesNotBeginSoIsRefused) {
  const MemoryLog log(100);
  const auto older = defined_root(0, 37);
  const auto newer = defined_root(0, 100);
  auto proof = must(prove_consistency(log, 37, 100));
  EXPECT_FALSE(verify_consistency(36, defined_root(0, 36), 100, newer, proof).ok());
  EXPECT_FALSE(verify_consistency(37, defined_root(1, 38), 100, newer, proof).ok());
  EXPECT_FALSE(verify_consistency(37, older, 100, defined_root(1, 101), proof).ok());
  EXPECT_FALSE(verify_consistency(100, newer, 37, older, proof).ok());
  EXPECT_FALSE(verify_consistency(37, older, 100, newer, {}).ok());
  EXPECT_FALSE(verify_consistency(0, older, 100, newer, {}).ok());
  EXPECT_FALSE(verify_consistency(100, older, 100, newer, {}).ok());
  for (auto& hash : proof) {
    hash[31] ^= 0x80;
    EXPECT_FALSE(verify_consistency(37, older, 100, newer, proof).ok());
    hash[31] ^= 0x80;
  }
  EXPECT_FALSE(verify_consistency(37, older, 100, newer, std::span(proof).first(proof.size() - 1)).ok());
  proof.push_back(newer);
  EXPECT_FALSE(verify_consistency(37, older, 100, newer, proof).ok());
}

TEST(Merkle, ALogThatLacksHashesProvesNothing) {
  const MemoryLog log(10);
  EXPECT_EQ(root_at(log, 11).error().code(), ErrorCode::malformed);
  EXPECT_EQ(prove_inclusion(log, 3, 20).error().code(), ErrorCode::malformed);
  EXPECT_EQ(prove_inclusion(log, 10, 10).error().code(), ErrorCode::usage);
}

}  // namespace
}  // namespace holdfast::audit
