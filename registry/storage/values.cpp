#include "registry/storage/values.hpp"

#include "core/text.hpp"

namespace holdfast::storage {

Result<Hash> parse_hash(const std::string& text) {
  TRY_LET(const Bytes bytes, parse_hex(text), "read row");
  Hash hash{};
  if (bytes.size() != hash.size()) return Error(ErrorCode::malformed, "the database holds a hash of another length");
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

Result<Hash> Row::hash() { return parse_hash(next().text); }

Result<std::optional<Hash>> Row::maybe_hash() {
  const auto& cell = next();
  if (!cell.present) return std::optional<Hash>();
  TRY_LET(const Hash hash, parse_hash(cell.text), "read row");
  return std::optional<Hash>(hash);
}

Error Row::unknown(const std::string& word) {
  return {ErrorCode::malformed, "the database holds the word '" + printable(word) +
                                    "' where it means nothing: it was altered by another program"};
}

}  // namespace holdfast::storage
