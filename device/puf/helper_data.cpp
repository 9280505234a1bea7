#include "device/puf/helper_data.hpp"

#include <algorithm>
#include <format>
#include <string_view>

#include "core/encoding.hpp"
#include "device/puf/entropy.hpp"

namespace holdfast::puf {
namespace {

constexpr std::string_view kMagic = "holdfast-puf-v1\n";
constexpr std::string_view kAnyVersion = "holdfast-puf-v";
constexpr std::size_t kHeaderSize = kMagic.size() + 1 + 1 + 4 + 4;

Error malformed(std::string_view why) {
  return {ErrorCode::malformed, "the helper data of the noisy source are malformed: " + std::string(why)};
}

std::uint32_t read_u32(ByteView bytes) {
  return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) | bytes[3];
}

// A cell that is missing would be one whose value everybody knows, and one too many would be looked at and not used.
Result<void> check_picked(const HelperData& helper) {
  if (helper.rule == SelectionRule::all) return {};
  const auto picked = count_ones(helper.picked);
  if (picked != helper.code.cells()) {
    return malformed(
        std::format("they pick {} pairs of cells, and {} takes {}", picked, helper.code.name(), helper.code.cells()));
  }
  if (helper.picked.back() == 0) return malformed("they go on behind the last pair of cells that is picked");
  return {};
}

}  // namespace

std::size_t HelperData::response_size() const {
  return first_byte + (rule == SelectionRule::all ? offset.size() : 2 * picked.size());
}

Bytes serialise_helper_data(const HelperData& helper) {
  Bytes bytes;
  append(bytes, as_bytes(kMagic));
  bytes.push_back(static_cast<std::uint8_t>(helper.code.repetitions));
  bytes.push_back(static_cast<std::uint8_t>(helper.rule));
  append_u32(bytes, helper.first_byte);
  append_u32(bytes, static_cast<std::uint32_t>(helper.picked.size()));
  append(bytes, helper.salt);
  append(bytes, helper.picked);
  append(bytes, helper.offset);
  return bytes;
}

Result<HelperData> parse_helper_data(ByteView bytes) {
  if (!as_text(bytes).starts_with(kMagic)) {
    if (as_text(bytes).starts_with(kAnyVersion))
      return malformed("they are of a version that this program does not know");
    return malformed("they do not begin as such");
  }
  if (bytes.size() < kHeaderSize + kSaltSize) return malformed("they are cut off");
  HelperData helper;
  auto rest = bytes.subspan(kMagic.size());
  helper.code.repetitions = rest[0];
  if (rest[0] % 2 == 0 || rest[0] > kMostRepetitions) return malformed("there is no such code");
  if (rest[1] > static_cast<std::uint8_t>(SelectionRule::pairs)) return malformed("there is no such choice of cells");
  helper.rule = static_cast<SelectionRule>(rest[1]);
  helper.first_byte = read_u32(rest.subspan(2));
  const std::size_t picked_size = read_u32(rest.subspan(6));
  const std::size_t offset_size = helper.code.repetitions * kRowBytes;
  rest = rest.subspan(kHeaderSize - kMagic.size());
  if (picked_size > kMaxResponse / 2 || (picked_size == 0) != (helper.rule == SelectionRule::all) ||
      rest.size() != kSaltSize + picked_size + offset_size) {
    return malformed("their sizes do not agree");
  }
  const auto take = [&rest](std::size_t size) {
    const auto taken = rest.first(size);
    rest = rest.subspan(size);
    return Bytes(taken.begin(), taken.end());
  };
  helper.salt = take(kSaltSize);
  helper.picked = take(picked_size);
  helper.offset = take(offset_size);
  TRY(check_picked(helper), "check the pairs");
  if (helper.response_size() > kMaxResponse) return malformed("they speak of a response larger than 1 MiB");
  return helper;
}

}  // namespace holdfast::puf
