#include "interfaces/tap/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>
#include <system_error>

#include "core/text.hpp"

namespace holdfast::tap {
namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kModuleIdDigits = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return lower(c); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Where a key may stand.
enum class Place { before_section, in_section, anywhere };

class Parser {
 public:
  explicit Parser(std::string name) : name_(std::move(name)) {}

  Result<Configuration> parse(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      ++line_;
      TRY(take_line(trimmed(text.substr(0, end))), "read line");
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    TRY(check_complete(), "check keys");
    return std::move(configuration_);
  }

 private:
  using Take = Result<void> (Parser::*)(std::string_view);
  struct Key {
    std::string_view name;
    Place place;
    Take take;
    bool wanted;
  };
  static constexpr std::size_t kKeys = 7;
  static constexpr std::array<Key, kKeys> keys() {
    return {{{"providertype", Place::before_section, &Parser::take_provider, true},
             {"modulenum", Place::in_section, &Parser::take_number, true},
             {"modulename", Place::in_section, &Parser::take_name, false},
             {"moduleidstr", Place::in_section, &Parser::take_id, true},
             {"credfile", Place::in_section, &Parser::take_credential_file, true},
             {"stateless", Place::anywhere, &Parser::take_stateless, false},
             {"accept_low_entropy", Place::anywhere, &Parser::take_accept, false}}};
  }

  Result<void> take_line(std::string_view line) {
    if (line.empty() || line.front() == '#' || line.front() == ';') return {};
    if (line.front() == '[') return take_section(line);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return bad("is neither key=value nor [module]");
    const auto key = trimmed(line.substr(0, equals));
    const auto value = trimmed(line.substr(equals + 1));
    if (value.size() > kMaxValue) return bad("has a value of more than 4096 bytes");
    if (key.empty()) return bad("has no key before '='");
    return take_key(key, value);
  }

  Result<void> take_section(std::string_view line) {
    if (lower(line) != "[module]") return bad("begins the section '" + printable(line) + "'; only [module] is known");
    if (section_line_ != 0) return bad("begins [module] again, after line " + std::to_string(section_line_));
    section_line_ = line_;
    return {};
  }

  Result<void> take_key(std::string_view spelled, std::string_view value) {
    static constexpr auto kAll = keys();
    const auto name = lower(spelled);
    const auto* const known = std::ranges::find(kAll, std::string_view(name), &Key::name);
    if (known == kAll.end()) {
      configuration_.warnings.push_back(place() + ": the key '" + printable(spelled) + "' is unknown and ignored");
      return {};
    }
    auto& seen = seen_.at(static_cast<std::size_t>(known - kAll.begin()));
    if (seen != 0) return bad("gives '" + name + "' again, after line " + std::to_string(seen));
    seen = line_;
    if (known->place == Place::in_section && section_line_ == 0) return bad("gives '" + name + "' before [module]");
    if (known->place == Place::before_section && section_line_ != 0) {
      return bad("gives '" + name + "' in [module]; it stands before the section");
    }
    return (this->*known->take)(value);
  }

  Result<void> take_provider(std::string_view value) {
    if (value == "15") return {};
    return bad("gives '" + printable(value) + "' as providertype, and only 15 (NanoROOT) is here");
  }

  Result<void> take_number(std::string_view value) {
    const auto* const end = std::to_address(value.end());
    const auto [read, problem] = std::from_chars(std::to_address(value.begin()), end, configuration_.module_number);
    if (problem == std::errc() && read == end) return {};
    return bad("needs a decimal number below 4294967296 as modulenum, not '" + printable(value) + "'");
  }

  Result<void> take_name(std::string_view value) {
    configuration_.module_name = value;
    return {};
  }

  Result<void> take_id(std::string_view value) {
    configuration_.module_id = lower(value);
    const bool hexadecimal = std::ranges::all_of(
        configuration_.module_id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (hexadecimal && value.size() == kModuleIdDigits) return {};
    return bad("needs 64 hexadecimal digits as moduleidstr");
  }

  Result<void> take_credential_file(std::string_view value) {
    if (value.empty()) return bad("names no file as credfile");
    configuration_.credential_file = value;
    return {};
  }

  Result<void> take_stateless(std::string_view value) {
    return take_switch(value, "stateless", configuration_.stateless);
  }
  Result<void> take_accept(std::string_view value) {
    return take_switch(value, "accept_low_entropy", configuration_.accept_low_entropy);
  }

  Result<void> take_switch(std::string_view value, const char* key, bool& on) const {
    if (value != "0" && value != "1")
      return bad("needs 0 or 1 as " + std::string(key) + ", not '" + printable(value) + "'");
    on = value == "1";
    return {};
  }

  [[nodiscard]] Result<void> check_complete() const {
    static constexpr auto kAll = keys();
    for (std::size_t i = 0; i < kKeys; ++i) {
      if (!kAll.at(i).wanted || seen_.at(i) != 0) continue;
      return Error(ErrorCode::malformed,
                   "configuration '" + name_ + "': the key '" + std::string(kAll.at(i).name) + "' is missing" +
                       (kAll.at(i).place == Place::in_section ? " from its section [module]" : ""));
    }
    return {};
  }

  [[nodiscard]] std::string place() const { return "configuration '" + name_ + "', line " + std::to_string(line_); }
  [[nodiscard]] Error bad(const std::string& what) const { return {ErrorCode::malformed, place() + " " + what}; }

  std::string name_;
  std::size_t line_ = 0;
  std::size_t section_line_ = 0;
  std::array<std::size_t, kKeys> seen_{};  // lines; 0 for keys that did not come yet
  Configuration configuration_;
};

}  // namespace

Result<Configuration> parse_configuration(ByteView bytes, const std::string& name) {
  const auto shown = printable(name);
  if (bytes.size() > kMaxConfiguration) {
    return Error(ErrorCode::malformed, "configuration '" + shown + "' is larger than 64 KiB");
  }
  const auto text = as_text(bytes);
  if (text.contains('\0')) return Error(ErrorCode::malformed, "configuration '" + shown + "' holds a zero byte");
  return Parser(shown).parse(text);
}

}  // namespace holdfast::tap
