#include "device/anchor/escrow_share.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/hash.hpp"
#include "crypto/secret_sharing.hpp"

namespace holdfast::anchor {
namespace {

constexpr std::string_view kMagic = "holdfast-escrow-share-v1\n";
constexpr std::size_t kMaxText = 1024;

Error damaged(const std::string& why) {
  return {ErrorCode::malformed,
          "this is no opened share, or one that was damaged on its way: " + why + "; open the officer's file again"};
}

Result<std::string> digest_line(ByteView text) {
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {text}), "compute digest");
  return "sha256 " + to_hex(digest) + "\n";
}

// Takes lines off a text. The first failure is kept, and everything behind it is empty.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // What stands behind `name` and a space. It is borrowed: the value is secret.
  std::string_view take(std::string_view name) {
    const auto end = rest_.find('\n');
    const bool fits = end != std::string_view::npos && rest_.starts_with(name) && rest_.size() > name.size() &&
                      rest_[name.size()] == ' ' && name.size() + 1 <= end;
    if (!fits) return fail(name);
    const auto value = rest_.substr(name.size() + 1, end - name.size() - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }
  std::string take_text(std::string_view name) {
    const auto value = take(name);
    if (value.empty() || value.size() > kMaxText) return std::string(fail(name));
    return std::string(value);
  }
  unsigned take_number(std::string_view name) {
    const auto value = take(name);
    unsigned number = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = problem == std::errc() && end == value.data() + value.size() && !value.starts_with('0');
    if (!whole || number > crypto::kMaxShares) fail(name);
    return number;
  }
  SecretBytes take_secret(std::string_view name, std::size_t size) {
    auto parsed = parse_hex(take(name));
    if (!parsed.ok() || parsed->size() != size) {
      fail(name);
      return {};
    }
    auto secret = SecretBytes::copy_of(*parsed);
    wipe(*parsed);
    return secret;
  }
  template <std::size_t Size>
  void take_id(std::string_view name, std::array<std::uint8_t, Size>& id) {
    const auto parsed = parse_hex(take(name));
    if (parsed.ok() && parsed->size() == Size) {
      std::ranges::copy(*parsed, id.begin());
    } else {
      fail(name);
    }
  }
  std::string_view fail(std::string_view name) {
    if (failed_.empty()) failed_ = name;
    return {};
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] const std::string& failed() const { return failed_; }

 private:
  std::string_view rest_;
  std::string failed_;
};

}  // namespace

Result<SecretBytes> format_share(const EscrowShare& share) {
  const std::string before = std::string(kMagic) + "anchor " + share.anchor.hex() + "\nescrow " +
                             to_hex(share.escrow.bytes) + "\nname " + share.name + "\nofficer " + share.officer +
                             "\nshare " + std::to_string(share.index) + "\nof " + std::to_string(share.count) +
                             "\nneeded " + std::to_string(share.threshold) + "\nvalue ";
  std::string value = to_hex(share.value.expose(SecretAccess{}));
  SecretBytes body(before.size() + value.size() + 1);
  const auto room = body.expose_mutable(SecretAccess{});
  std::ranges::copy(as_bytes(before), room.begin());
  std::ranges::copy(as_bytes(value), room.subspan(before.size()).begin());
  room.back() = '\n';
  wipe({reinterpret_cast<std::uint8_t*>(value.data()), value.size()});
  TRY_LET(const auto digest, digest_line(body.expose(SecretAccess{})), "write digest");
  SecretBytes text(body.size() + digest.size());
  const auto all = text.expose_mutable(SecretAccess{});
  std::ranges::copy(body.expose(SecretAccess{}), all.begin());
  std::ranges::copy(as_bytes(digest), all.subspan(body.size()).begin());
  return text;
}

Result<EscrowShare> parse_share(const SecretBytes& text) {
  const auto all = as_text(text.expose(SecretAccess{}));
  if (!all.starts_with(kMagic)) {
    if (all.contains("-----BEGIN CMS-----")) {
      return Error(ErrorCode::malformed,
                   "this share is still encrypted; its officer opens it with 'holdfast escrow open-share'");
    }
    return damaged("its first line is another one");
  }
  Lines lines(all.substr(kMagic.size()));
  EscrowShare share;
  lines.take_id("anchor", share.anchor.bytes);
  lines.take_id("escrow", share.escrow.bytes);
  share.name = lines.take_text("name");
  share.officer = lines.take_text("officer");
  share.index = lines.take_number("share");
  share.count = lines.take_number("of");
  share.threshold = lines.take_number("needed");
  share.value = lines.take_secret("value", crypto::kShareSize);
  if (!lines.failed().empty()) return damaged("its line '" + lines.failed() + "' is missing or malformed");
  TRY_LET(const auto expected, digest_line(as_bytes(all.substr(0, all.size() - lines.rest().size()))), "write digest");
  if (lines.rest() != expected) return damaged("its digest differs");
  return share;
}

}  // namespace holdfast::anchor
