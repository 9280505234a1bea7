#include "apps/holdfast/key_report.hpp"

#include "core/clock.hpp"
#include "core/encoding.hpp"

namespace holdfast::app {
namespace {

std::string uses_of(const trust::KeyInfo& key) {
  std::string text;
  for (const auto use : key.uses) text.append(text.empty() ? "" : ",").append(crypto::name_of(use));
  return text;
}

std::string created_of(const trust::KeyInfo& key) { return key.created ? format_rfc3339(*key.created) : "-"; }

bool has_public_key(const trust::KeyInfo& key) { return !key.half.public_key.empty(); }

}  // namespace

Json used_key(const trust::KeyInfo& key) {
  return {{"key", key.id.name.text()},
          {"version", key.id.version.number},
          {"algorithm", crypto::row_of(key.algorithm).name}};
}

std::string text_of(const trust::KeyInfo& key) {
  return "Name        " + key.id.name.text() + "\n" +                                    //
         "Version     " + std::to_string(key.id.version.number) + "\n" +                 //
         "Algorithm   " + std::string(crypto::row_of(key.algorithm).name) + "\n" +       //
         "Uses        " + uses_of(key) + "\n" +                                          //
         "Origin      " + std::string(keys::name_of(key.origin)) + "\n" +                //
         "Root epoch  " + std::to_string(key.root_epoch) + "\n" +                        //
         "State       " + std::string(keys::name_of(key.state)) + "\n" +                 //
         "Created     " + created_of(key) + "\n" +                                       //
         (has_public_key(key) ? "Public key  SHA-256 " + to_hex(key.half.public_sha256)  //
                              : "Key check   " + to_hex(key.half.key_check)) +
         "\n";
}

std::vector<std::string> key_headings() {
  return {"NAME", "VERSION", "ALGORITHM", "USES", "ORIGIN", "STATE", "CREATED"};
}

std::vector<Table::Cell> row_of(const trust::KeyInfo& key) {
  return {{key.id.name.text()},
          {std::to_string(key.id.version.number)},
          {std::string(crypto::row_of(key.algorithm).name)},
          {uses_of(key)},
          {std::string(keys::name_of(key.origin))},
          {std::string(keys::name_of(key.state)), key.state == keys::KeyState::active ? Colour::good : Colour::warning},
          {created_of(key)}};
}

Result<std::set<crypto::KeyUse>> read_uses(const std::vector<std::string>& typed) {
  std::set<crypto::KeyUse> uses;
  for (const auto& text : typed) {
    TRY_LET(const auto use, keys::parse_key_use(text), "read --use");
    uses.insert(use);
  }
  return uses;
}

std::vector<std::string> algorithms_that(crypto::KeyUse use) {
  std::vector<std::string> names;
  for (const auto& row : crypto::key_algorithms()) {
    if (crypto::can(row, use)) names.emplace_back(row.name);
  }
  return names;
}

}  // namespace holdfast::app
