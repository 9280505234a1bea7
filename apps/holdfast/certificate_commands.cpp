// Certificate requests, self-signed certificates, and the certificates kept beside keys.
#include "apps/common/exit_status.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/ends.hpp"
#include "apps/holdfast/key_report.hpp"
#include "apps/holdfast/session.hpp"
#include "core/encoding.hpp"

namespace holdfast::app {
namespace {

constexpr std::size_t kMaxCertificateFile = std::size_t{64} * 1024;

struct Subject {
  crypto::DistinguishedName name;
  std::vector<crypto::SubjectAlternativeName> alternative_names;
};

Result<Subject> read_subject(const SubjectArguments& arguments) {
  auto name = crypto::DistinguishedName::parse(arguments.subject);
  if (!name.ok()) return Error(name.error().code(), "--subject: " + name.error().message());
  auto names = crypto::parse_alternative_names(arguments.alternative_names);
  if (!names.ok()) return Error(names.error().code(), "--san: " + names.error().message());
  return Subject{std::move(name).value(), std::move(names).value()};
}

crypto::KeyUses uses_of(const trust::KeyInfo& key) {
  crypto::KeyUses uses = 0;
  for (const auto use : key.uses) uses = static_cast<crypto::KeyUses>(uses | crypto::bit(use));
  return uses;
}

Result<std::unique_ptr<trust::Key>> open_signing_key(const GlobalArguments& global, const std::string& typed) {
  TRY_LET(const auto selection, keys::KeySelection::parse(typed), "read key name");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  return provider->open_key(selection, crypto::KeyUse::sign);
}

Result<void> write_pem(OutputEnd& out, const std::string& pem) {
  TRY(out.write(as_bytes(pem)), "write PEM");
  return out.commit();
}

Json json_of(const crypto::CertificateFacts& facts) {
  return {{"subject", facts.subject},
          {"issuer", facts.issuer},
          {"serial", facts.serial},
          {"not_before", format_rfc3339(facts.not_before)},
          {"not_after", format_rfc3339(facts.not_after)},
          {"sha256", to_hex(facts.fingerprint)}};
}

Result<int> keep_certificate(const GlobalArguments& global, const KeyCertificateArguments& arguments,
                             const keys::KeySelection& selection) {
  TRY_LET(const auto bytes, read_file(arguments.in, kMaxCertificateFile), "read --in");
  const auto chain = crypto::CertificateChain::parse(bytes);
  if (!chain.ok()) return Error(chain.error().code(), "'" + arguments.in + "': " + chain.error().message());
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto key, provider->find_key(selection), "find key");
  TRY(provider->store_certificate({key.id.name, key.id.version}, *chain), "store certificate");
  const auto& leaf = chain->leaf();
  TRY(print(global, json_of(leaf),
            global.quiet ? ""
                         : "Kept beside key '" + key.id.text() + "'\nSubject     " + leaf.subject + "\nIssuer      " +
                               leaf.issuer + "\nValid       " + format_rfc3339(leaf.not_before) + " to " +
                               format_rfc3339(leaf.not_after) + "\n"),
      "report");
  return kExitDone;
}

}  // namespace

Result<int> run(const GlobalArguments& global, const KeyCertificateArguments& arguments) {
  TRY_LET(const auto selection, keys::KeySelection::parse(arguments.name), "read key name");
  if (!arguments.in.empty()) return keep_certificate(global, arguments, selection);
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::text), "open output");
  TRY_LET(const auto provider, open_provider(global), "open anchor");
  TRY_LET(const auto chain, provider->load_certificate(selection), "load certificate");
  TRY_LET(const auto pem, chain.to_pem(), "write certificate");
  TRY(write_pem(out, pem), "write certificate");
  TRY(report_written(global, out, json_of(chain.leaf())), "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeyCsrArguments& arguments) {
  TRY_LET(auto subject, read_subject(arguments.subject), "read subject");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::text), "open output");
  TRY_LET(const auto key, open_signing_key(global, arguments.name), "open key");
  const auto shown = subject.name.to_text();
  TRY_LET(
      const auto pem,
      key->certificate_request({std::move(subject.name), std::move(subject.alternative_names), uses_of(key->info())}),
      "make certificate request");
  TRY(write_pem(out, pem), "write certificate request");
  auto json = used_key(key->info());
  json["subject"] = shown;
  TRY(report_written(global, out, std::move(json)), "report");
  return kExitDone;
}

Result<int> run(const GlobalArguments& global, const KeySelfsignArguments& arguments) {
  TRY_LET(auto subject, read_subject(arguments.subject), "read subject");
  TRY_LET(auto out, OutputEnd::open(arguments.out, ordinary_mode(), Content::text), "open output");
  TRY_LET(const auto key, open_signing_key(global, arguments.name), "open key");
  TRY_LET(const auto chain,
          key->self_signed({std::move(subject.name), std::move(subject.alternative_names), uses_of(key->info()),
                            system_clock_now(), std::chrono::days(arguments.days)}),
          "make certificate");
  TRY_LET(const auto pem, chain.to_pem(), "write certificate");
  TRY(write_pem(out, pem), "write certificate");
  auto json = used_key(key->info());
  json.update(json_of(chain.leaf()));
  TRY(report_written(global, out, std::move(json)), "report");
  return kExitDone;
}

}  // namespace holdfast::app
