#include "device/trust/profile_file.hpp"

#include <algorithm>
#include <initializer_list>
#include <ranges>

#include "core/text.hpp"
#include "device/trust/profile_words.hpp"

// Compiled here and nowhere else: the parser is one large header. Its assertions, which become promises to the compiler
// where NDEBUG is set, do not hold for every input: "[=" breaks one, and the lines behind it refuse that input
// properly. So they are neither checked nor promised (https://github.com/marzer/tomlplusplus/issues/294).
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace holdfast::trust {
namespace {

std::string line_of(const toml::source_region& source) { return "line " + std::to_string(source.begin.line); }

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Whether all of a line is a comment or one rule with its text: RULE = "TEXT".
bool is_comment_or_text(std::string_view line) {
  constexpr std::string_view kBetween = " = \"";
  constexpr std::string_view kBlank = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
  line.remove_suffix(line.size() - 1 - line.find_last_not_of(kBlank));
  if (line.starts_with('#')) return true;
  const auto between = line.find(kBetween);
  if (between == std::string_view::npos || !line.ends_with('"')) return false;
  const auto rule = line.substr(0, between);
  const auto text = line.substr(between + kBetween.size());
  return rule.find_first_not_of("abcdefghijklmnopqrstuvwxyz-.") == std::string_view::npos &&
         text.find_first_of("\"\\") == text.size() - 1;
}

// Any other place of TOML either must not have characters beyond ASCII, or has no need of them here. toml++ takes for
// granted that it meets only white space among them when it looks for the end of a value, so that anything may happen.
Result<void> check_characters(std::string_view toml, const std::string& file) {
  std::size_t number = 0;
  if (toml.starts_with("\xEF\xBB\xBF")) toml.remove_prefix(3);
  for (const auto part : std::views::split(toml, '\n')) {
    const std::string_view line(part);
    ++number;
    if (is_ascii(line) || is_comment_or_text(line)) continue;
    return Error(ErrorCode::malformed, file + ", line " + std::to_string(number) +
                                           ": characters beyond ASCII may stand in comments on lines of their own and "
                                           "in texts such as description = \"…\", and nowhere else");
  }
  return {};
}

// Takes rules out of a file; the first thing that is wrong is kept, and reading goes on with empty values.
class RuleReader {
 public:
  RuleReader(const toml::table& root, std::string file) : root_(root), file_(std::move(file)) {}

  std::string text(std::string_view rule) {
    const auto* const node = find(rule, "a text");
    if (node == nullptr) return {};
    const auto value = node->value<std::string>();
    if (!node->is_string() || value->empty()) fail(*node, rule, "must be a text that is not empty");
    return value.value_or("");
  }

  bool flag(std::string_view rule) {
    const auto* const node = find(rule, "true or false");
    if (node != nullptr && !node->is_boolean()) fail(*node, rule, "must be true or false");
    return node != nullptr && node->value_or(false);
  }

  template <typename T>
  T word(std::string_view rule, std::span<const Word<T>> words) {
    const auto* const node = find(rule, "one of: " + list_words(words));
    return node == nullptr ? words.front().value : one_of(*node, rule, words);
  }

  template <typename T>
  std::vector<T> words(std::string_view rule, std::span<const Word<T>> known) {
    std::vector<T> values;
    const auto* const node = find(rule, "a list of: " + list_words(known));
    if (node == nullptr) return values;
    const auto* const array = node->as_array();
    if (array == nullptr) {
      fail(*node, rule, "must be a list of: " + list_words(known));
      return values;
    }
    for (const auto& element : *array) {
      const auto value = one_of(element, rule, known);
      if (std::ranges::contains(values, value)) fail(element, rule, "names one thing twice");
      values.push_back(value);
    }
    return values;
  }

  // Rules that nobody asked for are mistakes in spelling, which must not loosen a profile silently.
  void refuse_others(std::initializer_list<std::string_view> known) {
    for (const auto& [key, node] : root_) {
      const std::string name(key.str());
      const auto* const section = node.as_table();
      if (section == nullptr) {
        refuse_unless(known, name, key.source());
        continue;
      }
      for (const auto& [inner, value] : *section) {
        refuse_unless(known, name + "." + std::string(inner.str()), inner.source());
      }
    }
  }

  Result<void> finish() {
    if (!failure_.empty()) return Error(ErrorCode::malformed, failure_);
    return {};
  }

 private:
  const toml::node* find(std::string_view rule, const std::string& wanted) {
    const auto* const node = root_.at_path(rule).node();
    if (node == nullptr && failure_.empty()) {
      failure_ = file_ + ": the rule '" + std::string(rule) + "' is missing; it must be " + wanted;
    }
    return node;
  }

  template <typename T>
  T one_of(const toml::node& node, std::string_view rule, std::span<const Word<T>> words) {
    const auto text = node.value<std::string>().value_or("");
    const auto value = node.is_string() ? value_of(words, text) : std::nullopt;
    if (!value) fail(node, rule, "has '" + printable(text, 64) + "', and knows only: " + list_words(words));
    return value.value_or(words.front().value);
  }

  void fail(const toml::node& node, std::string_view rule, const std::string& why) {
    if (failure_.empty())
      failure_ = file_ + ", " + line_of(node.source()) + ": the rule '" + std::string(rule) + "' " + why;
  }

  void refuse_unless(std::initializer_list<std::string_view> known, const std::string& rule,
                     const toml::source_region& source) {
    if (std::ranges::find(known, rule) != known.end() || !failure_.empty()) return;
    failure_ = file_ + ", " + line_of(source) + ": there is no rule '" + printable(rule, 64) + "'";
  }

  const toml::table& root_;
  std::string file_;
  std::string failure_;
};

template <typename T>
std::set<T> as_set(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

Result<Profile> parse_profile(std::string_view toml, const std::string& file) {
  TRY(check_characters(toml, file), "check characters");
  const auto parsed = toml::parse(toml);
  if (!parsed) {
    return Error(ErrorCode::malformed, file + ", " + line_of(parsed.error().source()) +
                                           ": this is not TOML: " + printable(parsed.error().description(), 200));
  }
  RuleReader reader(parsed.table(), file);
  reader.refuse_others({"name", "description", "keys.algorithms", "keys.origins", "keys.purposes", "keys.derived-rsa",
                        "signatures.hashes", "signatures.rsa-schemes", "sealing.suites"});
  Profile profile;
  profile.name = reader.text("name");
  profile.description = reader.text("description");
  profile.algorithms = as_set(reader.words("keys.algorithms", algorithm_words()));
  profile.origins = as_set(reader.words("keys.origins", origin_words()));
  profile.purposes = reader.word("keys.purposes", purpose_words());
  profile.derived_rsa = reader.flag("keys.derived-rsa") ? DerivedRsa::allowed : DerivedRsa::refused;
  profile.hashes = as_set(reader.words("signatures.hashes", hash_words()));
  profile.rsa_schemes = as_set(reader.words("signatures.rsa-schemes", scheme_words()));
  profile.seal_suites = reader.words("sealing.suites", suite_words());
  TRY(reader.finish(), "read rules");
  if (profile.seal_suites.empty()) {
    return Error(ErrorCode::malformed, file + ": the rule 'sealing.suites' must name at least one suite");
  }
  return profile;
}

}  // namespace holdfast::trust
