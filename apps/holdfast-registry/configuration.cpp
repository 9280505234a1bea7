#include "apps/holdfast-registry/configuration.hpp"

#include <algorithm>
#include <map>

#include "core/file.hpp"
#include "core/text.hpp"

// As in the reader of profiles: its assertions do not hold for every input, and the lines behind them refuse that input
// properly.
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

namespace holdfast::registry_app {
namespace {

constexpr std::size_t kMaxFile = std::size_t{64} * 1024;
constexpr std::size_t kMaxNames = 100;

std::string place_of(const toml::node& node) { return "line " + std::to_string(node.source().begin.line); }

Error wrong(const toml::node& node, const std::string& why) {
  return {ErrorCode::usage, "registry.toml, " + place_of(node) + ": " + why};
}

Result<std::string> text_of(const toml::node& node) {
  if (const auto text = node.value<std::string>(); node.is_string() && !text->empty()) return *text;
  return wrong(node, "a text is wanted here, in quotes and not empty");
}

Result<void> take_text(std::string& to, const toml::node& node) {
  TRY_LET(to, text_of(node), "read text");
  return {};
}

Result<void> take_path(std::filesystem::path& to, const toml::node& node) {
  TRY_LET(const auto text, text_of(node), "read path");
  to = text;
  if (to.is_absolute()) return {};
  return wrong(node, "a path begins with '/'");
}

Result<void> take_port(std::uint16_t& to, const toml::node& node) {
  const auto port = node.value<std::int64_t>();
  if (!node.is_integer() || *port < 0 || *port > 65'535) return wrong(node, "a port is a number from 0 to 65535");
  to = static_cast<std::uint16_t>(*port);
  return {};
}

Result<void> take_names(std::vector<std::string>& to, const toml::node& node) {
  const auto* const array = node.as_array();
  if (array == nullptr || array->empty() || array->size() > kMaxNames) {
    return wrong(node, "a list of names is wanted here, such as [\"est.example.org\"]");
  }
  to.clear();
  for (const toml::node& element : *array) {
    TRY_LET(auto name, text_of(element), "read name");
    to.push_back(std::move(name));
  }
  return {};
}

Result<void> take_algorithm(crypto::KeyAlgorithm& to, const toml::node& node) {
  TRY_LET(const auto name, text_of(node), "read algorithm");
  const auto algorithm = crypto::find_key_algorithm(name);
  if (!algorithm || !crypto::can(crypto::row_of(*algorithm), crypto::KeyUse::sign)) {
    return wrong(node, "'" + printable(name) +
                           "' is no algorithm of certificates; ecdsa-p256, ecdsa-p384, rsa-3072, "
                           "rsa-4096, ml-dsa-44, ml-dsa-65 and ml-dsa-87 are");
  }
  to = *algorithm;
  return {};
}

using Take = Result<void> (*)(Configuration&, const toml::node&);

// Everything that the file can say.
const std::map<std::string, Take, std::less<>>& members() {
  static const std::map<std::string, Take, std::less<>> kMembers{
      {"name", [](Configuration& c, const toml::node& n) { return take_text(c.name, n); }},
      {"organisation", [](Configuration& c, const toml::node& n) { return take_text(c.organisation, n); }},
      {"est.address", [](Configuration& c, const toml::node& n) { return take_text(c.address, n); }},
      {"est.port", [](Configuration& c, const toml::node& n) { return take_port(c.port, n); }},
      {"est.names", [](Configuration& c, const toml::node& n) { return take_names(c.names, n); }},
      {"database.url", [](Configuration& c, const toml::node& n) { return take_text(c.database, n); }},
      {"log.checkpoint", [](Configuration& c, const toml::node& n) { return take_path(c.checkpoint, n); }},
      {"authority.root", [](Configuration& c, const toml::node& n) { return take_algorithm(c.root_algorithm, n); }},
      {"authority.issuing",
       [](Configuration& c, const toml::node& n) { return take_algorithm(c.issuing_algorithm, n); }},
  };
  return kMembers;
}

Result<void> take_table(Configuration& configuration, const toml::table& table, const std::string& prefix) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* const inner = node.as_table(); inner != nullptr && prefix.empty()) {
      TRY(take_table(configuration, *inner, name + '.'), "read table");
      continue;
    }
    const auto found = members().find(name);
    if (found == members().end()) return wrong(node, "'" + printable(name) + "' is not known here");
    TRY(found->second(configuration, node), "read member");
  }
  return {};
}

}  // namespace

Result<Configuration> load_configuration(const std::filesystem::path& file) {
  Configuration configuration;
  const auto bytes = read_trusted_file(file, kMaxFile, "the configuration");
  if (!bytes.ok() && bytes.error().code() == ErrorCode::not_found) return configuration;
  if (!bytes.ok()) return bytes.error();
  const auto text = as_text(*bytes);
  // toml++ takes for granted that it meets only white space among other characters: see the reader of profiles.
  if (!std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return Error(ErrorCode::usage, "registry.toml has characters beyond ASCII; write them as \\uXXXX");
  }
  const auto parsed = toml::parse(text);
  if (!parsed) {
    return Error(ErrorCode::usage, "registry.toml, line " + std::to_string(parsed.error().source().begin.line) + ": " +
                                       std::string(parsed.error().description()));
  }
  TRY(take_table(configuration, parsed.table(), ""), "read configuration");
  return configuration;
}

std::string est_url(const std::string& host, std::uint16_t port) {
  const std::string shown = host.contains(':') ? '[' + host + ']' : host;
  return "https://" + shown + ':' + std::to_string(port) + "/.well-known/est";
}

}  // namespace holdfast::registry_app
