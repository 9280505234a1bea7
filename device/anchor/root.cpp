#include "device/anchor/root.hpp"

#include <algorithm>
#include <utility>

#include "core/encoding.hpp"
#include "crypto/kdf.hpp"
#include "crypto/random.hpp"

namespace holdfast::anchor {

std::string AnchorId::hex() const { return to_hex(bytes); }

Result<AnchorId> AnchorId::parse(std::string_view hex) {
  TRY_LET(const auto parsed, parse_hex(hex), "parse anchor id");
  AnchorId id;
  if (parsed.size() != id.bytes.size() || to_hex(parsed) != hex) {
    return Error(ErrorCode::malformed, "an anchor id has 32 lower-case hexadecimal digits");
  }
  std::ranges::copy(parsed, id.bytes.begin());
  return id;
}

Root::Root(AnchorId anchor, RootEpoch epoch, SecretBytes secret)
    : anchor_(anchor), epoch_(epoch), secret_(std::move(secret)) {}

Result<SecretBytes> Root::key(std::string_view purpose, ByteView context, std::size_t size) const {
  Bytes info = crypto::label(purpose);
  append_lp(info, context);
  return crypto::hkdf(secret_, anchor_.bytes, info, size);
}

Result<Root> draw_root(const AnchorId& anchor, RootEpoch epoch) {
  TRY_LET(auto secret, crypto::random_secret(kRootSize), "draw root");
  return Root(anchor, epoch, std::move(secret));
}

Roots::Roots(Root newest, std::vector<Root> older) : roots_(std::move(older)) { roots_.push_back(std::move(newest)); }

const Root* Roots::find(RootEpoch epoch) const {
  const auto found = std::ranges::find(roots_, epoch, &Root::epoch);
  return found == roots_.end() ? nullptr : &*found;
}

}  // namespace holdfast::anchor
