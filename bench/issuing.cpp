#include "bench/issuing.hpp"

#include <atomic>
#include <thread>

#include "bench/rate.hpp"
#include "bench/support.hpp"

namespace holdfast::bench {
namespace {

constexpr unsigned kThreads = 64;

}  // namespace

Result<domain::FreshCertificate> Issuer::issue(const domain::CertificateOrder& order) {
  TRY_LET(auto names, ca::names_of({.id = order.identity.text(), .name = order.name}), "name");
  TRY_LET(auto issued,
          authority_.issue({.names = std::move(names), .key = order.key, .now = order.now, .validity = order.validity}),
          "issue");
  return domain::FreshCertificate{issued.serial.to_hex(), issued.not_before, issued.not_after, std::move(issued.der)};
}

double enrolments_per_second(domain::EnrolmentService& service, const std::vector<domain::IssuedGrant>& grants,
                             std::span<const crypto::PublicKey> keys) {
  require(keys.size() == grants.size());
  std::atomic<std::size_t> next{0};
  const double took = seconds_of([&] {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (auto n = next++; n < grants.size(); n = next++) {
          must(service.enrol({grants[n].grant.id, grants[n].secret}, keys[n]));
        }
      });
    }
  });
  return static_cast<double>(grants.size()) / took;
}

}  // namespace holdfast::bench
