// Platform images, and certificates of which the digest alone is known.
#include <gtest/gtest.h>

#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Transaction;

class Images : public StorageTest {};
INSTANTIATE_TEST_SUITE_P(Storage, Images, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

TEST_P(Images, AreListedWithTheKeysThatWereFoundInThemFirst) {
  const auto one = fresh_hash();
  const auto other = fresh_hash();
  change([&](Transaction& to) {
    must(to.images().add({"gate firmware 4", kNow, "local:root", 0}));
    must(to.images().add({"gate firmware 5", kNow + std::chrono::days(1), "operator:anna", 0}));
    must(to.images().add_key(one, "gate firmware 4"));
    must(to.images().add_key(other, "gate firmware 4"));
  });
  read([&](Transaction& from) {
    const auto images = must(from.images().list());
    EXPECT_EQ(images.size(), 2U);
    EXPECT_EQ(images.front().name, "gate firmware 5");
    EXPECT_EQ(images.front().keys, 0U);
    EXPECT_EQ(images.back().registered_by, "local:root");
    EXPECT_EQ(must(from.images().find("gate firmware 4"))->keys, 2U);
    EXPECT_EQ(must(from.images().with_key(one)), "gate firmware 4");
    EXPECT_EQ(must(from.images().with_key(fresh_hash())), std::nullopt);
    EXPECT_FALSE(must(from.images().find("gate firmware 6")));
    return 0;
  });
}

TEST_P(Images, TheDatabaseRefusesAnAnchorWithSuchAKey) {
  const auto owner = sample_owner();
  const auto identity = sample_identity(owner.id);
  auto anchor = sample_anchor(identity.id);
  change([&](Transaction& to) {
    must(to.owners().add(owner));
    must(to.identities().add(identity));
    must(to.images().add({"gate firmware 4", kNow, "local:root", 0}));
    must(to.images().add_key(anchor.key, "gate firmware 4"));
  });
  EXPECT_TRUE(failed(database->change([&](Transaction& to) { return to.anchors().add(anchor); }), ErrorCode::refused,
                     "lies in a platform image"));
  EXPECT_TRUE(
      failed(database->change([&](Transaction& to) { return to.images().add_key(anchor.key, "gate firmware 4"); }),
             ErrorCode::refused));
  anchor.key = fresh_hash();
  change([&](Transaction& to) { must(to.anchors().add(anchor)); });
  const auto session = home.session();
  for (const std::string statement : {"DELETE FROM images", "DELETE FROM image_keys", "UPDATE images SET name = 'x'",
                                      "UPDATE image_keys SET key_hash = lower(key_hash)"}) {
    EXPECT_TRUE(failed(session->run(statement), ErrorCode::refused)) << statement;
  }
}

TEST_P(Images, ACertificateMayBeKnownByItsDigestAlone) {
  auto certificate = sample_certificate(enrol(*database).anchor);
  certificate.der.clear();
  certificate.digest = fresh_hash();
  change([&](Transaction& to) { must(to.certificates().add(certificate)); });
  read([&](Transaction& from) {
    const auto found = must(from.certificates().find(certificate.serial)).value();
    EXPECT_TRUE(found.der.empty());
    EXPECT_EQ(found.digest, certificate.digest);
    return 0;
  });
}

}  // namespace
}  // namespace holdfast::storage
