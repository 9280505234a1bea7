// What each engine says in its own words in version 1.
#include <array>

#include "registry/storage/schema_1.hpp"

namespace holdfast::storage::schema_1 {
namespace {

constexpr auto kForSqlite = std::to_array<std::string_view>({
    R"(CREATE TRIGGER identities_counted AFTER INSERT ON identities BEGIN
  UPDATE identity_counts SET how_many = how_many + 1 WHERE state = NEW.state;
END)",
    R"(CREATE TRIGGER identities_recounted AFTER UPDATE OF state ON identities WHEN NEW.state <> OLD.state BEGIN
  UPDATE identity_counts SET how_many = how_many - 1 WHERE state = OLD.state;
  UPDATE identity_counts SET how_many = how_many + 1 WHERE state = NEW.state;
END)",
});

constexpr auto kForPostgresql = std::to_array<std::string_view>({
    R"(CREATE FUNCTION identities_counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE identity_counts SET how_many = how_many + 1 WHERE state = NEW.state;
  RETURN NULL;
END $$)",
    "CREATE TRIGGER identities_counted AFTER INSERT ON identities FOR EACH ROW EXECUTE FUNCTION identities_counted()",
    R"(CREATE FUNCTION identities_recounted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  UPDATE identity_counts SET how_many = how_many - 1 WHERE state = OLD.state;
  UPDATE identity_counts SET how_many = how_many + 1 WHERE state = NEW.state;
  RETURN NULL;
END $$)",
    "CREATE TRIGGER identities_recounted AFTER UPDATE OF state ON identities FOR EACH ROW "
    "WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION identities_recounted()",
    // Whoever writes holds this row, so that processes append to the log one after another.
    "CREATE TABLE log_lock (id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1))",
    "INSERT INTO log_lock VALUES (1)",
});

}  // namespace

const std::span<const std::string_view> kSqlite{kForSqlite};
const std::span<const std::string_view> kPostgresql{kForPostgresql};

}  // namespace holdfast::storage::schema_1
