#include "apps/holdfast-registry/directory_file.hpp"

#include <csv.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "core/text.hpp"

namespace holdfast::registry_app {
namespace {

using Row = std::vector<std::string>;

struct Rows {
  std::vector<Row> all;
  Row current;
};

Error at_line(std::size_t line, const std::string& why) {
  return {ErrorCode::usage, "line " + std::to_string(line) + " of the table " + why};
}

void end_field(void* bytes, std::size_t size, void* rows) {
  static_cast<Rows*>(rows)->current.emplace_back(static_cast<const char*>(bytes), size);
}

void end_row(int, void* rows) {
  auto& table = *static_cast<Rows*>(rows);
  table.all.push_back(std::move(table.current));
  table.current.clear();
}

Result<std::vector<Row>> split(std::string_view csv) {
  csv_parser parser{};
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return Error(ErrorCode::internal, "no CSV reader");
  Rows rows;
  const bool read = csv_parse(&parser, csv.data(), csv.size(), end_field, end_row, &rows) == csv.size() &&
                    csv_fini(&parser, end_field, end_row, &rows) == 0;
  csv_free(&parser);
  if (!read) return at_line(rows.all.size() + 1, "is no CSV: a quote stands where none can be, or has no end");
  return std::move(rows.all);
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

struct Columns {
  std::optional<std::size_t> mail;
  std::optional<std::size_t> name;
  std::optional<std::size_t> team;
  std::optional<std::size_t> status;
};

Result<Columns> find_columns(const Row& heading) {
  Columns columns;
  for (std::size_t i = 0; i < heading.size(); ++i) {
    const std::string word = lower_case(heading[i]);
    if (word == "mail" || word == "email") columns.mail = i;
    if (word == "name") columns.name = i;
    if (word == "team") columns.team = i;
    if (word == "status") columns.status = i;
  }
  if (columns.mail && columns.name) return columns;
  return at_line(1, "names the columns; there have to be 'mail' and 'name', and can be 'team' and 'status'");
}

Result<domain::DirectoryEntry> entry_of(const Row& row, const Columns& columns, std::size_t line) {
  domain::DirectoryEntry entry{row[*columns.mail], row[*columns.name], columns.team ? row[*columns.team] : "",
                               domain::OwnerStanding::active};
  const std::string status = columns.status ? lower_case(row[*columns.status]) : "active";
  if (status == "left") entry.standing = domain::OwnerStanding::left;
  if (status != "active" && status != "left" && !status.empty()) {
    return at_line(line, "has the status '" + printable(status) + "', which is neither 'active' nor 'left'");
  }
  return entry;
}

}  // namespace

Result<std::vector<domain::DirectoryEntry>> parse_directory(std::string_view csv) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
  TRY_LET(const auto rows, split(csv), "split table");
  if (rows.empty()) return Error(ErrorCode::usage, "the table is empty");
  TRY_LET(const auto columns, find_columns(rows.front()), "find columns");
  std::vector<domain::DirectoryEntry> entries;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows.front().size()) {
      return at_line(i + 1, "has " + std::to_string(rows[i].size()) + " fields, and the first line " +
                                std::to_string(rows.front().size()));
    }
    TRY_LET(auto entry, entry_of(rows[i], columns, i + 1), "read line");
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace holdfast::registry_app
