#include "registry/ca/end_entity.hpp"

#include "registry/ca/test_support.hpp"

namespace holdfast::ca {
namespace {

using crypto::test::failed;
using crypto::test::succeeded;
using test::kIdentity;

std::vector<std::string> alternative_names_of(const NamedIdentity& identity) {
  const auto names = names_of(identity);
  EXPECT_TRUE(succeeded(names));
  std::vector<std::string> texts;
  if (!names.ok()) return texts;
  for (const auto& name : names->alternative_names) texts.emplace_back(as_text(name.value()));
  return texts;
}

TEST(EndEntityNames, AreThoseOfTheIdentity) {
  const NamedIdentity identity{.id = kIdentity, .name = "gate 7, north"};
  EXPECT_EQ(names_of(identity).value().subject.to_text(), "CN=gate 7\\, north,serialNumber=" + kIdentity);
  EXPECT_EQ(alternative_names_of(identity), std::vector<std::string>{"urn:uuid:" + kIdentity});
}

TEST(EndEntityNames, HaveOneUriOnly) {
  const NamedIdentity identity{
      .id = kIdentity, .name = "a", .spiffe_trust_domain = "fleet.example", .dns_names = {"gate7.example"}};
  EXPECT_EQ(alternative_names_of(identity),
            (std::vector<std::string>{"spiffe://fleet.example/device/" + kIdentity, "gate7.example"}));
}

TEST(EndEntityNames, CannotBeBentByWhatTheyHold) {
  for (const std::string name : {"a,CN=b", "a+O=b", "#a", " a ", "a\\", "\"", "/CN=a", "=a", "<a>;b"}) {
    const auto names = names_of({.id = kIdentity, .name = name});
    ASSERT_TRUE(succeeded(names));
    ASSERT_EQ(names->subject.relative_names().size(), 2u) << name;
    EXPECT_EQ(names->subject.relative_names().back().front().value, name);
  }
}

TEST(EndEntityNames, RefuseWhatNoCertificateTakes) {
  const auto with = [](const NamedIdentity& identity) { return names_of(identity); };
  using enum ErrorCode;
  EXPECT_TRUE(failed(with({.id = "", .name = "a"}), usage, "'' is not the id of an identity"));
  EXPECT_TRUE(failed(with({.id = "0188D6B4-9C4F-7C3E-A1B2-6F1E0C9D8E7F", .name = "a"}), usage, "a UUID in lower case"));
  EXPECT_TRUE(failed(with({.id = kIdentity + "0", .name = "a"}), usage, "is not the id"));
  EXPECT_TRUE(failed(with({.id = kIdentity, .name = ""}), usage, "CN "));
  EXPECT_TRUE(failed(with({.id = kIdentity, .name = std::string(65, 'a')}), usage, "at most 64 characters"));
  EXPECT_TRUE(failed(with({.id = kIdentity, .name = "a\nb"}), usage, "control character"));
  for (const std::string& domain :
       std::vector<std::string>{"", "spiffe://a", "Example.org", "a/b", "a:1", std::string(256, 'a')}) {
    EXPECT_TRUE(failed(with({.id = kIdentity, .name = "a", .spiffe_trust_domain = domain}), usage,
                       "is not a SPIFFE trust domain"))
        << domain;
  }
  EXPECT_TRUE(failed(with({.id = kIdentity, .name = "a", .dns_names = {"a b"}}), usage, "'DNS:a b'"));
}

}  // namespace
}  // namespace holdfast::ca
