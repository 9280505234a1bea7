#include "apps/holdfast-registry/start_report.hpp"

#include <unistd.h>

#include "core/file.hpp"
#include "core/text.hpp"

namespace holdfast::registry_app {
namespace {

constexpr const char* kEnd = "\n}\n";

Result<void> write_out(const std::string& text) { return write_all(STDOUT_FILENO, as_bytes(text), "standard output"); }

std::string written(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace); }

}  // namespace

StartReport::~StartReport() {
  if (global_.json && begun_ && !ended_) static_cast<void>(write_out(kEnd));
}

Result<void> StartReport::recovery_code(const SecretBytes& code) {
  const std::string text(as_text(code.expose(SecretAccess{})));
  return tell({{"recovery_code", text}},
              "  Recovery code of the server's anchor, kept nowhere, so write it down:\n    " + text + "\n");
}

Result<void> StartReport::token(const std::string& token) {
  return tell({{"first_token", token}},
              "  Token of the operator 'admin', for one use within a day:\n    " + token + "\n");
}

Result<void> StartReport::finish(const Json& facts, const std::string& text) {
  if (!global_.json) return write_out(text);
  TRY(tell(facts, ""), "report");
  ended_ = true;
  return write_out(kEnd);
}

Result<void> StartReport::tell(const Json& members, const std::string& text) {
  std::string out;
  if (!global_.json) {
    out = begun_ ? text : "Founding a registry in " + printable(folder_, 4096) + "\n" + text;
    begun_ = true;
    return write_out(out);
  }
  for (const auto& [name, value] : members.items()) {
    out += (begun_ ? ",\n  " : "{\n  ") + written(name) + ": " + written(value);
    begun_ = true;
  }
  return write_out(out);
}

}  // namespace holdfast::registry_app
