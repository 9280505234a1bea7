#include "apps/holdfast-registry/operation.hpp"
#include "core/encoding.hpp"
#include "core/file.hpp"

namespace holdfast::registry_app {
namespace {

using enum ParameterKind;
using enum Presence;

Result<Json> describe(ByteView der) {
  TRY_LET(const auto chain, crypto::CertificateChain::parse(der), "read certificate");
  const auto& facts = chain.leaf();
  TRY_LET(const auto pem, chain.to_pem(), "write PEM");
  return Json{{"subject", facts.subject},
              {"issuer", facts.issuer},
              {"serial", facts.serial},
              {"key_algorithm", crypto::row_of(chain.leaf_key().algorithm()).name},
              {"not_before", format_rfc3339(facts.not_before)},
              {"not_after", format_rfc3339(facts.not_after)},
              {"sha256", to_hex(facts.fingerprint)},
              {"pem", pem}};
}

Result<Json> show(const Context& context, const Arguments&) {
  Json items = Json::array();
  for (const Bytes& der : context.authority.chain()) {
    TRY_LET(Json item, describe(der), "describe certificate");
    items.push_back(std::move(item));
  }
  Json result{{"items", std::move(items)}};
  result["log"] = context.log.to_text();
  return result;
}

// The registry writes with its own rights, which nobody who only reads may use against its files.
Replace replacing_for(const domain::Actor& actor) {
  using enum domain::Role;
  return actor.role == admin || actor.role == operate ? Replace::allowed_without_links : Replace::refused;
}

Result<Json> export_chain(const Context& context, const Arguments& arguments) {
  TRY_LET(const auto out, arguments.text("out"), "read argument");
  TRY_LET(const bool root_only, arguments.flag("root"), "read argument");
  std::string pems;
  const auto& chain = context.authority.chain();
  for (std::size_t i = root_only ? chain.size() - 1 : 0; i < chain.size(); ++i) {
    TRY_LET(const auto certificate, crypto::CertificateChain::parse(chain[i]), "read certificate");
    TRY_LET(const auto pem, certificate.to_pem(), "write PEM");
    pems += pem;
  }
  TRY(write_file_atomically(out, as_bytes(pems), 0644, replacing_for(context.actor)), "write certificates");
  return Json{{"out", out}, {"certificates", root_only ? 1 : chain.size()}};
}

}  // namespace

std::span<const Operation> authority_operations() {
  static const std::vector<Operation> kRows{
      {"ca",
       "show",
       "Show the authority's certificates, the root last, and the log's verifier key",
       "ca show",
       {},
       {"subject", "key_algorithm", "not_after", "sha256"},
       show},
      {"ca",
       "export",
       "Write the authority's certificates as PEM",
       "ca export --root --out root.pem",
       {{"out", path, required, "the file, which the registry writes; for auditors and owners it must not exist"},
        {"root", flag, optional, "the root's alone, for those who verify"}},
       {},
       export_chain},
  };
  return kRows;
}

}  // namespace holdfast::registry_app
