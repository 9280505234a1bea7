#include "registry/domain/authority_record.hpp"

#include <algorithm>

#include "core/encoding.hpp"
#include "registry/domain/from_event.hpp"
#include "registry/domain/permissions.hpp"

namespace holdfast::domain {
namespace {

constexpr const char* kRoot = "authority.root";
constexpr const char* kIssuing = "authority.issuing";
constexpr const char* kBetween = "authority.between";  // from the issuing one upwards, with blanks between them

std::string between_text(const AuthorityChain& chain) {
  std::string text;
  for (std::size_t i = 1; i + 1 < chain.size(); ++i) text += (text.empty() ? "" : " ") + to_base64(chain[i]);
  return text;
}

Result<AuthorityChain> join(const Bytes& issuing, std::string_view between, const Bytes& root) {
  AuthorityChain chain{issuing};
  for (std::size_t begin = 0; begin < between.size();) {
    const auto end = std::min(between.find(' ', begin), between.size());
    TRY_LET(chain.emplace_back(), parse_base64(between.substr(begin, end - begin)), "read certificate");
    begin = end + 1;
  }
  chain.push_back(root);
  return chain;
}

Result<bool> has_identities(Transaction& tx) {
  IdentityFilter any;
  any.limit = 1;
  TRY_LET(const auto identities, tx.identities().list(any), "look for identities");
  return !identities.empty();
}

}  // namespace

Result<void> put_authority(Transaction& tx, const AuthorityChain& chain) {
  const auto between = between_text(chain);
  TRY(tx.settings().put(kIssuing, chain.front()), "store issuing certificate");
  TRY(tx.settings().put(kBetween, Bytes(between.begin(), between.end())), "store certificates between");
  return tx.settings().put(kRoot, chain.back());
}

Result<AuthorityChain> find_authority(Transaction& tx) {
  TRY_LET(const auto issuing, tx.settings().find(kIssuing), "read issuing certificate");
  TRY_LET(const auto between, tx.settings().find(kBetween), "read certificates between");
  TRY_LET(const auto root, tx.settings().find(kRoot), "read root certificate");
  if (!issuing || !root) return AuthorityChain();
  return join(*issuing, between ? as_text(*between) : std::string_view(), *root);
}

Details describe(const AuthorityChain& chain) {
  return {{kIssuing, to_base64(chain.front())}, {kBetween, between_text(chain)}, {kRoot, to_base64(chain.back())}};
}

Result<AuthorityChain> authority_from(const Event& event) {
  TRY_LET(const auto issuing_text, fact(event, kIssuing), "read authority");
  TRY_LET(const auto between, fact(event, kBetween), "read authority");
  TRY_LET(const auto root_text, fact(event, kRoot), "read authority");
  TRY_LET(const auto issuing, parse_base64(issuing_text), "read authority");
  TRY_LET(const auto root, parse_base64(root_text), "read authority");
  return join(issuing, between, root);
}

Result<void> replace_authority(Transaction& tx, const Actor& actor, const AuthorityChain& chain, Timestamp now) {
  TRY(check_role(actor, {Role::admin}, "bring an authority along"), "check role");
  TRY_LET(const auto before, find_authority(tx), "find authority");
  TRY_LET(const bool enrolled, has_identities(tx), "look for identities");
  if (enrolled && (before.empty() || before.back() != chain.back())) {
    return Error(ErrorCode::refused,
                 "devices have enrolled already, and believe the root that they were given; another root can only be "
                 "brought along before the first of them");
  }
  TRY(put_authority(tx, chain), "store authority");
  tx.record(make_event(now, actor, "authority.accepted", describe(chain)));
  return {};
}

}  // namespace holdfast::domain
