// A small authority on OpenSSL, with an enrolment service on top that knows a few grants: what the clients' tests need.
#pragma once

#include "registry/domain/enrolment_service.hpp"
#include "registry/protocols/est/handler.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace holdfast::test {

/// What becomes of an enrolment with a grant.
enum class Fate { issued, deferred_once, refused, broken };

struct KnownGrant {
  std::string id;
  std::string secret;
  Fate fate;
};

/// Issues to whoever has one of the grants, and renews what it issued.
class FakeAuthority : public domain::EnrolmentService {
 public:
  /// A fresh self-signed authority with a P-256 key.
  explicit FakeAuthority(std::vector<KnownGrant> grants);

  [[nodiscard]] Result<std::vector<Bytes>> authority_certificates() override;
  [[nodiscard]] Result<std::vector<std::string>> key_algorithms() override;
  [[nodiscard]] Result<domain::EnrolmentAnswer> enrol(const domain::GrantCredentials& credentials,
                                                      const crypto::PublicKey& key,
                                                      const domain::ReportedClient& client) override;
  [[nodiscard]] Result<domain::EnrolmentAnswer> renew(ByteView certificate, const crypto::PublicKey& key) override;

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  [[nodiscard]] Bytes issue(const crypto::PublicKey& key);

  std::vector<KnownGrant> grants_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  Bytes certificate_;
  std::mutex mutex_;
  std::set<std::string> issued_;  // in hexadecimal; guarded by the mutex
  std::set<std::string> waited_;  // grants that were deferred; guarded by the mutex
};

/// What reads and writes the formats, by OpenSSL alone.
[[nodiscard]] est::Formats openssl_formats();

}  // namespace holdfast::test
