// Issuing certificates against the bare signature with the same key, by turns in this one process and thread, in
// processor time. The key of each certificate is another one, as a fleet's are.
// usage: ca_bench [SECONDS]
#include <time.h>  // clock_gettime

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/support.hpp"
#include "crypto/certificate_issue.hpp"
#include "crypto/signature.hpp"

namespace {

using namespace holdfast::crypto;
using holdfast::Bytes;
using holdfast::Timestamp;
using holdfast::bench::must;

constexpr Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21);

double processor_seconds() {
  timespec time{};
  holdfast::bench::require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// How often `work` can be done in one second.
template <typename Work>
double rate(double seconds, Work work) {
  const double start = processor_seconds();
  std::size_t count = 0;
  double spent = 0;
  for (; spent < seconds; spent = processor_seconds() - start) {
    for (int i = 0; i < 10; ++i) work(count++);
  }
  return static_cast<double>(count) / spent;
}

CertificateContent content_for(const PublicKey& key, CertificateProfile profile) {
  return {.profile = profile,
          .subject = must(DistinguishedName::parse("CN=gate 7,serialNumber=0188d6b4-9c4f-7c3e-a1b2-6f1e0c9d8e7f")),
          .alternative_names = {},
          .key = key,
          .serial = must(SerialNumber::draw(kNow)),
          .not_before = kNow,
          .not_after = kNow + std::chrono::days(7)};
}

std::vector<PublicKey> fleet_of(KeyAlgorithm algorithm) {
  std::vector<PublicKey> keys;
  for (int i = 0; i < 50; ++i) keys.push_back(must(PrivateKey::generate(algorithm)).public_key());
  return keys;
}

void measure(KeyAlgorithm algorithm, double seconds) {
  const auto key = must(PrivateKey::generate(algorithm));
  const auto signer = signer_with(key);
  const Bytes root = must(issue_root(signer, content_for(key.public_key(), CertificateProfile::root)));
  const auto issuer = must(CertificateIssuer::create(root, signer));
  const auto keys = fleet_of(algorithm);
  const auto id = must(SubjectAlternativeName::parse("URI:urn:uuid:0188d6b4-9c4f-7c3e-a1b2-6f1e0c9d8e7f"));
  const Bytes message(600, 7);  // about as long as the signed part of a certificate
  double issued = 0;
  double signatures = 0;
  constexpr int kTurns = 4;
  for (int turn = 0; turn < kTurns; ++turn) {
    issued += rate(seconds / kTurns, [&](std::size_t i) {
      auto content = content_for(keys[i % keys.size()], CertificateProfile::client);
      content.alternative_names.push_back(id);
      must(issuer.issue(content));
    });
    signatures += rate(seconds / kTurns, [&](std::size_t) { must(sign_message(key, {}, message)); });
  }
  std::printf("{\"algorithm\": \"%s\", \"issued_per_s\": %.0f, \"signatures_per_s\": %.0f, \"ratio\": %.2f}\n",
              std::string(row_of(algorithm).name).c_str(), issued / kTurns, signatures / kTurns, issued / signatures);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  holdfast::bench::require(seconds > 0);
  using enum KeyAlgorithm;
  for (const auto algorithm : {ecdsa_p256, ecdsa_p384, ml_dsa_44, ml_dsa_65, ml_dsa_87, rsa_3072}) {
    measure(algorithm, seconds);
  }
  return 0;
}
