// ZLint judges the certificates of the authority. It knows the rules of RFC 5280 and those of the web's browsers; what
// it finds by the latter and does not fit a fleet is accepted here, each with its reason.
#include <set>

#include "core/json.hpp"
#include "registry/ca/test_support.hpp"

namespace holdfast::ca {
namespace {

using crypto::CertificateProfile;
using crypto::KeyAlgorithm;
using holdfast::test::TemporaryFolder;
using test::gate_with;
using test::kIdentity;
using test::kNow;
using test::MemoryVault;

using Findings = std::map<std::string, std::string>;  // each with the reason for which it is accepted

const std::string kPrivateTrust =
    "of the web's authorities; nobody but the fleet trusts this one, and it has no policies";
const std::string kMayBeAbsent = "where to find more is settled by who runs the authority, and may be nowhere";

const Findings kRoot{
    {"error e_ca_country_name_missing", "of the web's authorities; a fleet may be in many countries"},
    {"info n_ca_digital_signature_not_set", "wanted: responders of OCSP have certificates of their own"},
};

const Findings kIssuing{
    {"error e_ca_country_name_missing", "as for the root"},
    {"info n_ca_digital_signature_not_set", "as for the root"},
    {"error e_sub_ca_certificate_policies_missing", kPrivateTrust},
    {"info n_mp_allowed_eku", "of the web's authorities; this one certifies clients and servers"},
    {"info n_sub_ca_eku_missing", "of the web's authorities; this one certifies clients and servers"},
    {"error e_sub_ca_crl_distribution_points_missing", kMayBeAbsent},
    {"warn w_sub_ca_aia_missing", kMayBeAbsent},
    {"warn w_sub_ca_aia_does_not_contain_issuing_ca_url", kMayBeAbsent},
};

const Findings kClient{
    {"info w_ct_sct_policy_count_unsatisfied", "public logs of certificates are for the web; the registry has its own"},
};

const Findings kDecryptingClient{
    {"info w_ct_sct_policy_count_unsatisfied", "as for other clients"},
    {"error e_key_usage_and_extended_key_usage_inconsistent",
     "as a TLS client it signs, which is consistent (RFC 5280, 4.2.1.12); as itself it may be sent what it decrypts"},
};

const Findings kServer{
    {"info w_ct_sct_policy_count_unsatisfied", "as for clients"},
    {"error e_ext_san_contains_reserved_ip", "a fleet's servers may be reached in private networks alone"},
    {"error e_sub_cert_cert_policy_empty", kPrivateTrust},
    {"error e_sub_cert_certificate_policies_missing", kPrivateTrust},
    {"warn w_ext_subject_key_identifier_not_recommended_subscriber", "RFC 5280, 4.2.1.2, recommends it"},
    {"warn w_subject_common_name_included", "people read the name there"},
    {"error e_sub_cert_aia_missing", kMayBeAbsent},
    {"error e_sub_cert_aia_does_not_contain_ocsp_url", kMayBeAbsent},
    {"warn w_sub_cert_aia_does_not_contain_issuing_ca_url", kMayBeAbsent},
};

/// What ZLint found but for what passed, does not apply, or came into force later: "error e_name".
std::set<std::string> findings_of(const Bytes& der) {
  const TemporaryFolder folder;
  crypto::test::write(folder / "certificate", der);
  const std::string line = "zlint -format der '" + (folder / "certificate").string() + "' > '" +
                           (folder / "output").string() + "' 2> /dev/null";
  EXPECT_EQ(std::system(line.c_str()), 0) << "zlint is missing, or cannot read the certificate";
  std::set<std::string> findings;
  const Json json = parse_json(crypto::test::output_of(folder), "zlint").value();
  EXPECT_GT(json.size(), 200u);
  for (const auto& [name, lint] : json.items()) {
    const std::string result = lint["result"].get<std::string>();
    if (result != "pass" && result != "NA" && result != "NE") findings.insert(result + " " + name);
  }
  return findings;
}

/// Every finding must be accepted, and everything that is accepted must be found: what is no longer so is to be
/// removed.
void expect_exactly(const Findings& accepted, const std::vector<Bytes>& certificates) {
  std::set<std::string> found;
  for (const Bytes& der : certificates) found.merge(findings_of(der));
  for (const std::string& finding : found) EXPECT_TRUE(accepted.contains(finding)) << finding;
  for (const auto& [finding, reason] : accepted) EXPECT_TRUE(found.contains(finding)) << finding << ": " << reason;
}

const crypto::CertificateLinks kLinks{
    .crl = "http://ca.example.org/1.crl", .issuer = "http://ca.example.org/ca", .ocsp = "http://ca.example.org/ocsp"};

class Zlint : public testing::TestWithParam<KeyAlgorithm> {
 protected:
  [[nodiscard]] Authority found(const crypto::CertificateLinks& links) {
    auto settings = test::settings_with(GetParam());
    settings.issuing_links = links;
    return Authority::found(vault_, settings, kNow).value();
  }

  MemoryVault vault_;
};
INSTANTIATE_TEST_SUITE_P(Table, Zlint,
                         testing::Values(KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384, KeyAlgorithm::rsa_3072,
                                         KeyAlgorithm::rsa_4096),
                         [](const auto& row) { return crypto::test::test_name(crypto::row_of(row.param).name); });

TEST_P(Zlint, AcceptsTheAuthorities) {
  const auto plain = found({});
  const auto linked = found(kLinks);
  expect_exactly(kRoot, {plain.chain().back()});
  expect_exactly(kIssuing, {plain.chain().front(), linked.chain().front()});
}

TEST_P(Zlint, AcceptsClients) {
  const auto authority = found(kLinks);
  std::vector<Bytes> certificates;
  auto gate = gate_with(GetParam());
  certificates.push_back(authority.issue(gate).value().der);
  gate.links = kLinks;
  gate.names = names_of({.id = kIdentity,
                         .name = "gäte 7, <north>",
                         .spiffe_trust_domain = "fleet.example.org",
                         .dns_names = {"gate7.example.org"}})
                   .value();
  certificates.push_back(authority.issue(gate).value().der);
  expect_exactly(kClient, certificates);
}

TEST_P(Zlint, AcceptsClientsThatDecrypt) {
  const auto authority = found(kLinks);
  auto gate = gate_with(KeyAlgorithm::rsa_3072);
  gate.uses |= crypto::bit(crypto::KeyUse::decrypt);
  expect_exactly(kDecryptingClient, {authority.issue(gate).value().der});
}

TEST_P(Zlint, AcceptsServers) {
  const auto authority = found(kLinks);
  auto server = gate_with(GetParam());
  server.profile = CertificateProfile::server;
  const std::vector<std::string> typed{"DNS:ca.example.org", "IP:192.0.2.7"};
  server.names = {.subject = crypto::DistinguishedName::parse("CN=ca.example.org").value(),
                  .alternative_names = crypto::parse_alternative_names(typed).value()};
  const Bytes plain = authority.issue(server).value().der;
  server.links = kLinks;
  expect_exactly(kServer, {plain, authority.issue(server).value().der});
}

}  // namespace
}  // namespace holdfast::ca
