#include "registry/storage/bulk.hpp"

namespace holdfast::storage {
namespace {

std::string joined(std::size_t count, const auto& part) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += (i == 0 ? "" : ", ") + part(i);
  return all;
}

// Inside double quotes an array's text has two characters that need to be escaped.
void append_quoted(std::string& to, const std::string& text) {
  to += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') to += '\\';
    to += c;
  }
  to += '"';
}

void append_element(std::string& to, long long number) { to += std::to_string(number); }
void append_element(std::string& to, const std::string& text) { append_quoted(to, text); }

}  // namespace

std::string bulk_insert(Engine engine, const BulkTarget& target) {
  const auto size = target.kinds.size();
  const auto value = [&](const std::string& name, std::size_t i) {
    return target.kinds[i] == 'o' ? "NULLIF(" + name + ", '')" : name;
  };
  const auto parameter = [](std::size_t i) { return ":" + std::to_string(i + 1); };
  const auto column = [](std::size_t i) { return "c" + std::to_string(i + 1); };
  std::string sql = "INSERT INTO " + std::string(target.table) + " (" + std::string(target.columns) + ") ";
  if (engine == Engine::sqlite) {
    return sql + "VALUES (" + joined(size, [&](std::size_t i) { return value(parameter(i), i); }) + ")";
  }
  sql += "SELECT " + joined(size, [&](std::size_t i) { return value(column(i), i); });
  sql += " FROM unnest(" + joined(size, [&](std::size_t i) {
           return "CAST(" + parameter(i) + (target.kinds[i] == 'n' ? " AS bigint[])" : " AS text[])");
         });
  return sql + ") AS given(" + joined(size, column) + ")";
}

std::string array_literal(const BulkColumn& column) {
  std::string text = "{";
  std::visit(
      [&](const auto& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          if (i != 0) text += ',';
          append_element(text, values[i]);
        }
      },
      column);
  return text + '}';
}

}  // namespace holdfast::storage
