#include "device/puf/helper_data.hpp"

#include <algorithm>

#include "device/puf/test_support.hpp"

namespace holdfast::puf {
namespace {

using test::expect_error;
using test::must;

HelperData example(SelectionRule rule) {
  return {.code = {3},
          .rule = rule,
          .first_byte = 0x01020,
          .salt = Bytes(kSaltSize, 0x5A),
          .picked = rule == SelectionRule::pairs ? Bytes(384, 0xC3) : Bytes(),
          .offset = Bytes(192, 0x99)};
}

TEST(HelperData, ComeBackAsTheyWere) {
  for (const auto rule : {SelectionRule::all, SelectionRule::pairs}) {
    const auto bytes = serialise_helper_data(example(rule));
    const auto parsed = must(parse_helper_data(bytes));
    EXPECT_EQ(parsed.rule, rule);
    EXPECT_EQ(parsed.response_size(), 0x1020 + (rule == SelectionRule::all ? 192U : 768U));
    EXPECT_EQ(serialise_helper_data(parsed), bytes);
  }
}

TEST(HelperData, OfAnyOtherSizeAreMalformed) {
  for (const auto rule : {SelectionRule::all, SelectionRule::pairs}) {
    const auto bytes = serialise_helper_data(example(rule));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      expect_error(parse_helper_data(ByteView(bytes).first(size)), ErrorCode::malformed, "malformed");
    }
    Bytes longer(bytes.size() + 1);
    std::ranges::copy(bytes, longer.begin());
    expect_error(parse_helper_data(longer), ErrorCode::malformed, "sizes");
  }
}

TEST(HelperData, OfAnotherShapeAreMalformed) {
  const auto bytes = serialise_helper_data(example(SelectionRule::all));
  for (const auto& [place, value, words] :
       std::vector<std::tuple<std::size_t, std::uint8_t, const char*>>{{0, 'H', "begin"},
                                                                       {14, '2', "version"},
                                                                       {16, 4, "no such code"},
                                                                       {16, 129, "no such code"},
                                                                       {16, 5, "sizes"},
                                                                       {17, 1, "sizes"},
                                                                       {17, 2, "choice of cells"},
                                                                       {18, 1, "1 MiB"},
                                                                       {22, 1, "sizes"},
                                                                       {25, 1, "sizes"}}) {
    auto altered = bytes;
    altered.at(place) = value;
    expect_error(parse_helper_data(altered), ErrorCode::malformed, words);
  }
}

TEST(HelperData, ThatPickMoreOrFewerPairsThanTheCodeTakesAreMalformed) {
  for (const auto& [picked, words] : std::vector<std::pair<Bytes, const char*>>{
           {Bytes(1, 0x00), "they pick 0 pairs of cells, and rep3-golay23 takes 1536"},
           {Bytes(1, 0x80), "they pick 1 pairs"},
           {Bytes(383, 0xC3), "they pick 1532 pairs"},
           {Bytes(385, 0xC3), "they pick 1540 pairs"}}) {
    auto helper = example(SelectionRule::pairs);
    helper.picked = picked;
    expect_error(parse_helper_data(serialise_helper_data(helper)), ErrorCode::malformed, words);
  }
  auto longer = example(SelectionRule::pairs);
  longer.picked.push_back(0);
  expect_error(parse_helper_data(serialise_helper_data(longer)), ErrorCode::malformed, "behind the last pair");
}

}  // namespace
}  // namespace holdfast::puf
