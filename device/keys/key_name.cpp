#include "device/keys/key_name.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "core/text.hpp"
#include "device/keys/key_selection.hpp"

namespace holdfast::keys {
namespace {

constexpr std::size_t kMaxNameSize = 64;

// Not isalnum: what a letter is must not depend on the locale.
bool allowed_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

Error bad_key_id(std::string_view text) {
  return {ErrorCode::usage,
          "'" + printable(text) + "' does not name a version of a key; write NAME@VERSION, for example device@1"};
}

// How many insertions, removals and replacements lead from one text to the other (Levenshtein).
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::ranges::iota(row, std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

Result<KeyName> KeyName::parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxNameSize || !std::ranges::all_of(text, allowed_in_name)) {
    return Error(ErrorCode::usage,
                 "'" + printable(text) + "' is not a key name: write 1 to 64 letters, digits, '.', '_' or '-'");
  }
  return KeyName(std::string(text));
}

Result<KeyId> KeyId::parse(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return bad_key_id(text);
  TRY_LET(auto name, KeyName::parse(text.substr(0, at)), "parse key name");
  const auto digits = text.substr(at + 1);
  KeyVersion version;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), version.number);
  // One spelling only, so that one key has one file: no leading zero, and versions begin at 1.
  if (problem != std::errc() || end != digits.data() + digits.size() || digits.front() == '0') return bad_key_id(text);
  return KeyId{std::move(name), version};
}

std::string KeyId::text() const { return name.text() + "@" + std::to_string(version.number); }

std::string file_name_of(const KeyId& id) { return id.text() + std::string(kKeyFileSuffix); }

std::string certificate_name_of(const KeyId& id) { return id.text() + ".crt"; }

Result<KeyId> parse_file_name(std::string_view file_name) {
  if (file_name.ends_with(kKeyFileSuffix)) {
    auto id = KeyId::parse(file_name.substr(0, file_name.size() - kKeyFileSuffix.size()));
    if (id.ok()) return id;
  }
  return Error(ErrorCode::malformed, "'" + printable(file_name) + "' is not called NAME@VERSION.key as a key file is");
}

std::vector<std::string> closest_names(const KeyName& wanted, std::vector<KeyName> names, std::size_t limit) {
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  std::vector<std::pair<std::size_t, std::string>> ranked;
  ranked.reserve(names.size());
  for (const auto& name : names) ranked.emplace_back(edit_distance(wanted.text(), name.text()), name.text());
  std::ranges::sort(ranked);
  ranked.resize(std::min(ranked.size(), limit));
  std::vector<std::string> closest;
  closest.reserve(ranked.size());
  for (auto& [distance, name] : ranked) closest.push_back(std::move(name));
  return closest;
}

Result<KeySelection> KeySelection::parse(std::string_view text) {
  if (!text.contains('@')) {
    TRY_LET(auto name, KeyName::parse(text), "read key name");
    return KeySelection{std::move(name)};
  }
  TRY_LET(auto id, KeyId::parse(text), "read key name and version");
  return KeySelection{std::move(id.name), id.version};
}

}  // namespace holdfast::keys
