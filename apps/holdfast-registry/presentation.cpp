#include "apps/holdfast-registry/presentation.hpp"

#include <algorithm>
#include <array>

#include "apps/common/one_line.hpp"
#include "apps/common/terminal.hpp"

namespace holdfast::registry_app {
namespace {

using app::Colour;
using app::Table;

constexpr std::size_t kMaxShown = 2000;

std::string words_of(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) {
    const auto text = app::one_line(value.get<std::string>(), kMaxShown);
    return text.empty() ? "-" : text;
  }
  if (!value.is_array()) return value.dump();
  std::string list;
  for (const Json& element : value) list += (list.empty() ? "" : ", ") + words_of(element);
  return list.empty() ? "-" : list;
}

std::string heading_of(std::string_view name) {
  std::string heading(name);
  std::ranges::replace(heading, '_', ' ');
  std::ranges::transform(heading, heading.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return heading;
}

Colour colour_of(const std::string& word) {
  constexpr std::array kGood{"active", "good", "valid", "resolved"};
  constexpr std::array kWarning{"suspended", "on-hold", "pending", "open", "expired", "left"};
  constexpr std::array kBad{"revoked", "clone", "rollback"};
  if (std::ranges::find(kGood, word) != kGood.end()) return Colour::good;
  if (std::ranges::find(kWarning, word) != kWarning.end()) return Colour::warning;
  if (std::ranges::find(kBad, word) != kBad.end()) return Colour::bad;
  return Colour::plain;
}

std::string table_of(const std::vector<std::string_view>& columns, const Json& items) {
  if (items.empty()) return "none\n";
  std::vector<std::string> headings;
  headings.reserve(columns.size());
  for (const auto column : columns) headings.push_back(heading_of(column));
  Table table(headings);
  for (const Json& item : items) {
    std::vector<Table::Cell> row;
    for (const auto column : columns) {
      const auto found = item.find(column);
      const std::string words = found == item.end() ? "-" : words_of(*found);
      row.push_back({words, colour_of(words)});
    }
    table.add(std::move(row));
  }
  return table.render();
}

bool is_nested(const Json& value) {
  return value.is_object() || (value.is_array() && !value.empty() && value.front().is_object());
}

std::string record_of(const Json& record, std::size_t indent);

std::string member_of(const std::string& name, const Json& value, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string label = name;
  std::ranges::replace(label, '_', ' ');
  if (!is_nested(value)) return margin + label + std::string(width - label.size() + 2, ' ') + words_of(value) + '\n';
  std::string text = margin + label + ":\n";
  if (value.is_object()) return text + record_of(value, indent + 2);
  bool first = true;
  for (const Json& element : value) {
    if (!first) text += '\n';
    first = false;
    text += record_of(element, indent + 2);
  }
  return text;
}

// What is nested comes last, or one would not find the rest behind it.
std::string record_of(const Json& record, std::size_t indent) {
  std::size_t width = 0;
  for (const auto& [name, value] : record.items()) width = std::max(width, name.size());
  std::string text;
  for (const bool nested : {false, true}) {
    for (const auto& [name, value] : record.items()) {
      if (is_nested(value) == nested) text += member_of(name, value, width, indent);
    }
  }
  return text;
}

}  // namespace

std::string present(const Operation& operation, const Json& result) {
  const auto items = result.find("items");
  if (items == result.end()) return record_of(result, 0);
  std::string text = table_of(operation.columns, *items);
  Json rest = result;
  rest.erase("items");
  for (auto member = rest.begin(); member != rest.end();) member = member->is_null() ? rest.erase(member) : ++member;
  return rest.empty() ? text : text + '\n' + record_of(rest, 0);
}

}  // namespace holdfast::registry_app
