#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast-registry/commands.hpp"
#include "apps/holdfast-registry/dispatch.hpp"
#include "apps/holdfast-registry/presentation.hpp"
#include "core/encoding.hpp"
#include "core/file.hpp"
#include "core/text.hpp"
#include "registry/audit/export.hpp"
#include "registry/http/local_socket.hpp"
#include "registry/images/image_scan.hpp"

namespace holdfast::registry_app {
namespace {

constexpr std::size_t kMaxInput = std::size_t{6} * 1024 * 1024;
constexpr std::size_t kMaxToken = 200;

Result<std::string> read_input(const std::string& file) {
  auto bytes = file == "-" ? read_descriptor(STDIN_FILENO, "standard input", kMaxInput) : read_file(file, kMaxInput);
  if (!bytes.ok()) return bytes.error();
  return std::string(as_text(*bytes));
}

Result<Json> read_keys(const std::string& image) {
  TRY_LET(const auto found, images::scan(image), "search for keys");
  Json keys = Json::array();
  for (const auto& key : found) {
    keys.push_back({{"kind", name_of(key.kind)}, {"where", key.where}, {"sha256", key.key ? to_hex(*key.key) : ""}});
  }
  return keys;
}

// Where it stops being UTF-8; nothing where it never does.
std::optional<std::size_t> find_other_bytes(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto character = first_character(text.substr(at));
    if (character.kind == CharacterKind::not_utf8) return at;
    at += character.bytes.size();
  }
  return std::nullopt;
}

// The question is JSON, in which other bytes would become question marks: names that nobody has.
Result<void> check_texts(const Json& given) {
  for (const auto& [name, value] : given.items()) {
    const auto other = value.is_string() ? find_other_bytes(value.get_ref<const std::string&>()) : std::nullopt;
    if (!other) continue;
    return Error(ErrorCode::usage, "'" + name + "' is not UTF-8 from byte " + std::to_string(*other + 1) +
                                       " on; convert it, for example with: iconv -f latin1 -t utf-8");
  }
  return {};
}

// Files are read here, with this person's rights.
Result<Json> with_contents(const Operation& operation, Json given) {
  for (const Parameter& parameter : operation.parameters) {
    const auto named = given.find(parameter.name);
    if (named == given.end()) continue;
    if (parameter.kind == ParameterKind::file) {
      TRY_LET(*named, read_input(named->get<std::string>()), "read file");
    } else if (parameter.kind == ParameterKind::image) {
      TRY_LET(*named, read_keys(named->get<std::string>()), "read image");
    }
  }
  return given;
}

Result<Json> ask(const DataFolder& folder, const Question& question) {
  const auto text = to_text(question);
  if (text.size() > http::kMaxLocalFrame) {
    return Error(ErrorCode::usage,
                 "what is asked is longer than the 8 MiB that the registry takes; name less at once: an image in "
                 "parts, or a list in several files");
  }
  const auto answer = http::call_local(folder.socket(), as_bytes(text));
  if (answer.ok()) return parse_answer(as_text(*answer));
  // Only where nobody was asked: what a server has heard it may have done.
  if (answer.error().code() != ErrorCode::not_found) return answer.error();
  TRY_LET(const auto registry, Registry::open(folder, Founding::refused), "open registry");
  return carry_out(*registry, question, ::geteuid());
}

bool needs_attention(const Json& result) {
  const auto items = result.find("items");
  if (items == result.end()) return false;
  return std::ranges::any_of(*items, [](const Json& item) { return item.value("finding", "") == "attention"; });
}

Result<audit::NoteVerifier> read_verifier(const std::string& given) {
  if (auto verifier = audit::NoteVerifier::parse(given); verifier.ok()) return verifier;
  TRY_LET(auto text, read_input(given), "read verifier key");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return audit::NoteVerifier::parse(text);
}

}  // namespace

Result<std::string> read_token(const std::string& file) {
  if (file.empty()) return std::string();
  TRY_LET(const auto bytes, read_file(file, kMaxToken), "read token");
  std::string token(as_text(bytes));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.empty()) return Error(ErrorCode::usage, "'" + file + "' has no token in it");
  return token;
}

Result<std::string> data_path(const GlobalArguments& global) {
  if (!global.data.empty()) return global.data;
  const auto variable = [](const char* name) -> std::string {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (auto chosen = variable("HOLDFAST_REGISTRY"); !chosen.empty()) return chosen;
  if (::geteuid() == 0) return std::string("/var/lib/holdfast-registry");
  if (const auto data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/holdfast-registry";
  if (const auto home = variable("HOME"); !home.empty()) return home + "/.local/share/holdfast-registry";
  return Error(ErrorCode::usage, "say where the registry's data is: --data DIR");
}

Result<void> print(const GlobalArguments& global, const Json& json, const std::string& text) {
  const auto out = global.json ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : text;
  return write_all(STDOUT_FILENO, as_bytes(out), "standard output");
}

Result<int> run(const GlobalArguments& global, const OperationArguments& arguments) {
  const Operation& operation = *arguments.operation;
  TRY_LET(const auto path, data_path(global), "find data folder");
  TRY_LET(const auto folder, DataFolder::at(path), "find data folder");
  Question question{std::string(operation.group) + ' ' + std::string(operation.verb), Json::object(), ""};
  TRY_LET(question.arguments, with_contents(operation, arguments.given), "read files");
  TRY(check_texts(question.arguments), "check texts");
  TRY_LET(question.token, read_token(global.token_file), "read token");
  TRY_LET(const Json result, ask(folder, question), "ask registry");
  TRY(print(global, result, present(operation, result)), "print");
  return needs_attention(result) ? app::kExitNeedsAttention : app::kExitDone;
}

Result<int> run(const GlobalArguments& global, const CheckArguments& arguments) {
  TRY_LET(const auto verifier, read_verifier(arguments.verifier), "read verifier key");
  TRY_LET(const auto checkpoint, audit::verify_export(arguments.folder, verifier), "verify log");
  const Json json{{"origin", checkpoint.origin}, {"entries", checkpoint.size}, {"valid", true}};
  TRY(print(global, json,
            "The " + std::to_string(checkpoint.size) + " entries of " + checkpoint.origin +
                " are as they were signed.\n"),
      "print");
  return app::kExitDone;
}

}  // namespace holdfast::registry_app
