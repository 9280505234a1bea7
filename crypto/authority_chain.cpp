#include "crypto/authority_chain.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "crypto/key_handle.hpp"
#include "crypto/x509_openssl.hpp"

namespace holdfast::crypto {
namespace {

using Store = openssl::Owned<X509_STORE, X509_STORE_free>;
using StoreCtx = openssl::Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

// The certificates in it belong to somebody else.
void free_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using Stack = openssl::Owned<STACK_OF(X509), free_stack>;

Result<std::vector<openssl::Certificate>> decode(std::span<const Bytes> ders) {
  std::vector<openssl::Certificate> certificates;
  for (const Bytes& der : ders) {
    TRY(openssl::check_der_frame(der, "the certificate of an authority"), "check DER");
    const unsigned char* at = der.data();
    certificates.emplace_back(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    ERR_clear_error();
    if (certificates.back()) continue;
    return Error(ErrorCode::malformed, "the certificate of an authority is damaged, or something else than one");
  }
  return certificates;
}

bool is_self_issued(const X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

Error refused(const X509* certificate, const std::string& why) {
  ERR_clear_error();
  return {ErrorCode::refused,
          "the certificate of '" + openssl::show_name(X509_get_subject_name(certificate)) + "' cannot be used: " + why};
}

/// OpenSSL does not count the first certificate, which usually certifies nobody. Here others come below it.
Result<void> check_path_lengths(const std::vector<openssl::Certificate>& certificates) {
  constexpr long kNoLimit = -1;
  long below = 0;
  for (const auto& certificate : certificates) {
    X509* const self = certificate.get();
    const long limit = X509_get_pathlen(self);
    if (limit != kNoLimit && below > limit) {
      return refused(self, "its pathLenConstraint allows " + std::to_string(limit) + " authorities below it, and " +
                               std::to_string(below) + " are there");
    }
    if (!is_self_issued(self)) ++below;
  }
  return {};
}

/// What holds for every verification here: strictly, with at least 112 bits of security in every key and signature.
Result<void> set_rules(X509_STORE_CTX* ctx, std::optional<Timestamp> at) {
  constexpr int kLevel = 2;
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(ctx);
  const unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE;
  if (X509_VERIFY_PARAM_set_flags(rules, at ? flags : flags | X509_V_FLAG_NO_CHECK_TIME) != 1) {
    return openssl::failure("setting up the check of certificates");
  }
  X509_VERIFY_PARAM_set_auth_level(rules, kLevel);
  if (at) X509_VERIFY_PARAM_set_time(rules, at->time_since_epoch().count());
  return {};
}

Result<void> verify(const std::vector<openssl::Certificate>& certificates, std::optional<Timestamp> at) {
  const Store store(X509_STORE_new());
  const Stack above(sk_X509_new_null());
  const StoreCtx ctx(X509_STORE_CTX_new_ex(openssl::context(), nullptr));
  if (!store || !above || !ctx || X509_STORE_add_cert(store.get(), certificates.back().get()) != 1) {
    return openssl::failure("setting up the check of certificates");
  }
  for (std::size_t i = 1; i + 1 < certificates.size(); ++i) {
    if (sk_X509_push(above.get(), certificates[i].get()) <= 0) return openssl::failure("checking certificates");
  }
  if (X509_STORE_CTX_init(ctx.get(), store.get(), certificates.front().get(), above.get()) != 1) {
    return openssl::failure("setting up the check of certificates");
  }
  TRY(set_rules(ctx.get(), at), "set the rules");
  const bool fine = X509_verify_cert(ctx.get()) == 1;
  const X509* const current = X509_STORE_CTX_get_current_cert(ctx.get());
  if (!fine) {
    return refused(current == nullptr ? certificates.front().get() : current,
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx.get())));
  }
  ERR_clear_error();
  if (sk_X509_num(X509_STORE_CTX_get0_chain(ctx.get())) == static_cast<int>(certificates.size())) return {};
  return refused(certificates.front().get(),
                 "there are certificates between it and the root that do not belong there; leave them out");
}

}  // namespace

Result<void> check_authority_chain(std::span<const Bytes> certificates, std::optional<Timestamp> at) {
  if (certificates.empty()) return Error(ErrorCode::usage, "no certificate of an authority was given");
  TRY_LET(const auto decoded, decode(certificates), "read certificates");
  const X509* const root = decoded.back().get();
  if (!is_self_issued(root)) {
    return refused(root,
                   "it is the last one and was issued by another authority; give the certificates up to the root");
  }
  for (const auto& certificate : decoded) {
    if (X509_check_ca(certificate.get()) != 1) return refused(certificate.get(), "it is not for an authority");
  }
  TRY(check_path_lengths(decoded), "check path lengths");
  return verify(decoded, at);
}

}  // namespace holdfast::crypto
