#include "registry/ca/end_entity.hpp"

#include <algorithm>
#include <string_view>

#include "core/text.hpp"

namespace holdfast::ca {
namespace {

bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, kForm, [](char c, char form) {
    return form == '-' ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool is_trust_domain(std::string_view text) {
  constexpr std::size_t kMaxSize = 255;
  return !text.empty() && text.size() <= kMaxSize && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

Result<std::string> uri_of(const NamedIdentity& identity) {
  if (!identity.spiffe_trust_domain) return "URI:urn:uuid:" + identity.id;
  if (!is_trust_domain(*identity.spiffe_trust_domain)) {
    return Error(ErrorCode::usage, "'" + printable(*identity.spiffe_trust_domain) +
                                       "' is not a SPIFFE trust domain: 1 to 255 lower-case letters, digits, dots, "
                                       "dashes and underscores, without 'spiffe://'");
  }
  return "URI:spiffe://" + *identity.spiffe_trust_domain + "/device/" + identity.id;
}

}  // namespace

Result<EndEntityNames> names_of(const NamedIdentity& identity) {
  if (!is_uuid(identity.id)) {
    return Error(ErrorCode::usage, "'" + printable(identity.id, 80) +
                                       "' is not the id of an identity: a UUID in lower case, such as "
                                       "0188d6b4-9c4f-7c3e-a1b2-6f1e0c9d8e7f");
  }
  TRY_LET(auto subject,
          crypto::DistinguishedName::parse("CN=" + crypto::escape_name_value(identity.name) +
                                           ",serialNumber=" + identity.id),
          "write the identity's name");
  TRY_LET(std::string uri, uri_of(identity), "write the identity's URI");
  std::vector<std::string> typed{std::move(uri)};
  for (const std::string& name : identity.dns_names) typed.push_back("DNS:" + name);
  TRY_LET(auto alternative_names, crypto::parse_alternative_names(typed), "write alternative names");
  return EndEntityNames{std::move(subject), std::move(alternative_names)};
}

}  // namespace holdfast::ca
