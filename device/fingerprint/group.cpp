#include "device/fingerprint/group.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>

#include "device/fingerprint/normalise.hpp"
#include "device/fingerprint/scratch.hpp"

namespace holdfast::fingerprint {
namespace {

// Shorter values are found in others by chance.
constexpr std::size_t kMinText = 4;
constexpr std::size_t kMinBytes = 3;
constexpr std::uint64_t kMaxMacDistance = 15;
constexpr std::size_t kMacSuffixDigits = 6;  // the part that the maker numbers; the rest names the maker

// One value in the forms in which it is looked for in others.
struct Forms {
  WipedBytes text;             // lower case
  WipedBytes words;            // the same, letters and digits only
  WipedBytes swapped;          // of a UUID, `words` with the first three fields in the other byte order
  WipedBytes decoded;          // of hexadecimal digits, the bytes as text in lower case
  WipedBytes swapped_decoded;  // the same of `swapped`
  std::optional<std::uint64_t> mac;
  std::optional<std::uint64_t> number;  // a MAC, the last six bytes of a UUID, or twelve digits alone
};

std::uint8_t nibble(std::uint8_t digit) {
  return static_cast<std::uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

WipedBytes decode(const WipedBytes& words) {
  const bool hex = std::ranges::all_of(text_of(words), is_hex_digit);
  if (!hex || words.size() % 2 != 0) return {};
  WipedBytes bytes;
  bytes.reserve(words.size() / 2);
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const auto byte = static_cast<char>(nibble(words[i]) << 4 | nibble(words[i + 1]));
    bytes.push_back(static_cast<std::uint8_t>(ascii_lower(byte)));
  }
  return bytes;
}

// Firmware disagrees about the byte order of a UUID's first three fields.
WipedBytes swap_fields(const WipedBytes& words) {
  constexpr std::array<std::size_t, 8> kOrder{6, 4, 2, 0, 10, 8, 14, 12};
  WipedBytes swapped(words);
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    swapped[2 * i] = words[kOrder[i]];
    swapped[2 * i + 1] = words[kOrder[i] + 1];
  }
  return swapped;
}

std::optional<std::uint64_t> last_six_bytes(const WipedBytes& words) {
  constexpr std::size_t kDigits = 12;
  std::uint64_t number = 0;
  for (std::size_t i = words.size() - kDigits; i < words.size(); ++i) {
    if (!is_hex_digit(static_cast<char>(words[i]))) return std::nullopt;
    number = number << 4 | nibble(words[i]);
  }
  return number;
}

Forms forms_of(const Attribute& attribute) {
  Forms forms;
  const auto value = as_text(attribute.value.expose(SecretAccess{}));
  forms.text.reserve(value.size());
  forms.words.reserve(value.size());
  for (const char c : value) {
    const auto folded = static_cast<std::uint8_t>(ascii_lower(c));
    forms.text.push_back(folded);
    if (is_word(c)) forms.words.push_back(folded);
  }
  forms.decoded = decode(forms.words);
  forms.mac = parse_mac(text_of(forms.text));
  const bool uuid = is_uuid(text_of(forms.text));
  if (uuid) {
    forms.swapped = swap_fields(forms.words);
    forms.swapped_decoded = decode(forms.swapped);
  }
  if (uuid || forms.words.size() == 12) forms.number = last_six_bytes(forms.words);
  return forms;
}

bool found_in(const WipedBytes& part, const WipedBytes& whole, std::size_t min) {
  return part.size() >= min && text_of(whole).contains(text_of(part));
}

bool contains(const Forms& whole, const Forms& part) {
  return found_in(part.words, whole.words, kMinText) || found_in(part.words, whole.swapped, kMinText) ||
         found_in(part.swapped, whole.words, kMinText) || found_in(part.text, whole.text, kMinText) ||
         found_in(part.text, whole.decoded, kMinBytes) || found_in(part.text, whole.swapped_decoded, kMinBytes);
}

bool equal(const Forms& a, const Forms& b) { return a.text == b.text; }

bool are_adjacent(const Forms& a, const Forms& b) {
  if (!a.number || !b.number || (!a.mac && !b.mac)) return false;
  const auto distance = *a.number > *b.number ? *a.number - *b.number : *b.number - *a.number;
  return distance <= kMaxMacDistance;
}

// Some boards make the card's address from the chip's serial number, or the other way round.
bool embeds_suffix(const Forms& mac, const Forms& other) {
  if (!mac.mac) return false;
  const auto suffix = text_of(mac.words).substr(mac.words.size() - kMacSuffixDigits);
  return text_of(other.words).contains(suffix);
}

bool correlated(const Forms& a, const Forms& b) {
  return equal(a, b) || contains(a, b) || contains(b, a) || are_adjacent(a, b) || embeds_suffix(a, b) ||
         embeds_suffix(b, a);
}

// Disjoint sets over the names of groups.
class GroupSets {
 public:
  explicit GroupSets(const std::vector<Attribute>& attributes) : parent_(attributes.size()) {
    std::ranges::iota(parent_, std::size_t{0});
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const auto [known, is_new] = first.emplace(attributes[i].group, i);
      if (!is_new) join(known->second, i);
    }
  }

  std::size_t root_of(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[root_of(b)] = root_of(a); }

 private:
  std::vector<std::size_t> parent_;
};

// What another value tells every account is no longer for root alone.
void open_what_others_tell(std::vector<Attribute>& attributes,
                           const std::vector<std::pair<std::size_t, Forms>>& present) {
  for (const auto& [secret, secret_forms] : present) {
    if (!attributes[secret].only_root_reads) continue;
    for (const auto& [other, forms] : present) {
      if (attributes[other].only_root_reads || other == secret) continue;
      if (equal(forms, secret_forms) || contains(forms, secret_forms)) attributes[secret].only_root_reads = false;
    }
  }
}

bool names_group_before(const Attribute& a, const Attribute& b) {
  return std::tuple(a.attribute_class, b.bits, std::string_view(a.group)) <
         std::tuple(b.attribute_class, a.bits, std::string_view(b.group));
}

}  // namespace

bool are_correlated(const Attribute& a, const Attribute& b) { return correlated(forms_of(a), forms_of(b)); }

bool tells_all_of(const Attribute& whole, const Attribute& part) {
  const auto a = forms_of(whole);
  const auto b = forms_of(part);
  return equal(a, b) || contains(a, b);
}

void assign_groups(std::vector<Attribute>& attributes) {
  GroupSets sets(attributes);
  std::vector<std::pair<std::size_t, Forms>> present;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (attributes[i].state == AttributeState::present) present.emplace_back(i, forms_of(attributes[i]));
  }
  for (std::size_t i = 0; i < present.size(); ++i) {
    for (std::size_t j = i + 1; j < present.size(); ++j) {
      if (sets.root_of(present[i].first) == sets.root_of(present[j].first)) continue;
      if (correlated(present[i].second, present[j].second)) sets.join(present[i].first, present[j].first);
    }
  }
  open_what_others_tell(attributes, present);
  std::map<std::size_t, std::size_t> naming;  // of each set, the attribute whose group gives the name
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    const auto [best, is_new] = naming.emplace(sets.root_of(i), i);
    if (!is_new && names_group_before(attributes[i], attributes[best->second])) best->second = i;
  }
  std::vector<std::string> names(attributes.size());
  for (std::size_t i = 0; i < attributes.size(); ++i) names[i] = attributes[naming.at(sets.root_of(i))].group;
  for (std::size_t i = 0; i < attributes.size(); ++i) attributes[i].group = std::move(names[i]);
}

}  // namespace holdfast::fingerprint
