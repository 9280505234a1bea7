// Lists of identities: every filter against the same question asked of all rows, page by page; and by index.
#include <gtest/gtest.h>

#include "registry/storage/identity_list.hpp"
#include "registry/storage/test_support.hpp"

namespace holdfast::storage {
namespace {

using namespace test;
using domain::Identity;
using domain::IdentityFilter;
using domain::Transaction;

class Lists : public StorageTest {
 protected:
  Lists() : anna(sample_owner("anna")), bert(sample_owner("bert")) {
    change([&](Transaction& to) {
      must(to.owners().add(anna));
      must(to.owners().add(bert));
      for (int i = 0; i < 60; ++i) all.push_back(numbered(i));
      for (const auto& identity : all) must(to.identities().add(identity));
    });
    std::ranges::sort(all, {}, &Identity::id);
  }

  [[nodiscard]] Identity numbered(int i) const {
    auto identity = sample_identity(anna.id, (i % 3 == 0 ? "pump-" : "valve-") + std::to_string(i));
    if (i % 2 == 0) identity.owners.technical = bert.id;
    if (i % 5 == 0) identity.owners.business = bert.id;
    if (i % 4 == 0) identity.state = domain::IdentityState::pending;
    identity.group = i % 6 == 0 ? "" : "line-" + std::to_string(i % 3);
    if (i % 7 == 0) identity.orphaned_since = kNow + std::chrono::seconds(i);
    return identity;
  }
  // All pages one after another.
  [[nodiscard]] std::vector<domain::IdentityId> pages(IdentityFilter filter) {
    std::vector<domain::IdentityId> ids;
    filter.limit = 7;
    for (;;) {
      const auto page = read([&](Transaction& from) { return must(from.identities().list(filter)); });
      EXPECT_LE(page.size(), filter.limit);
      for (const auto& identity : page) ids.push_back(identity.id);
      if (page.empty()) return ids;
      filter.after = page.back().id;
    }
  }
  template <typename Fits>
  void expect(const IdentityFilter& filter, Fits fits) {
    auto expected = all;
    std::erase_if(expected, [&](const Identity& identity) { return !fits(identity); });
    if (!filter.name_begins.empty()) std::ranges::sort(expected, {}, &Identity::name);
    std::vector<domain::IdentityId> ids;
    for (const auto& identity : expected) ids.push_back(identity.id);
    EXPECT_FALSE(ids.empty());
    EXPECT_EQ(pages(filter), ids);
  }
  [[nodiscard]] static bool is_of(const Identity& identity, const domain::Owner& owner) {
    return identity.owners.business == owner.id || identity.owners.technical == owner.id;
  }

  domain::Owner anna;
  domain::Owner bert;
  std::vector<Identity> all;
};
INSTANTIATE_TEST_SUITE_P(Storage, Lists, testing::Values(Engine::sqlite, Engine::postgresql), name_of_engine);

IdentityFilter filter_of(const auto& set) {
  IdentityFilter filter;
  set(filter);
  return filter;
}

TEST_P(Lists, EveryFilterAndTheirCombinations) {
  using enum domain::IdentityState;
  expect({}, [](const Identity&) { return true; });
  expect(filter_of([](auto& f) { f.state = pending; }), [](const Identity& i) { return i.state == pending; });
  expect(filter_of([&](auto& f) { f.owner = bert.id; }), [&](const Identity& i) { return is_of(i, bert); });
  expect(filter_of([&](auto& f) { f.owner = anna.id; }), [&](const Identity& i) { return is_of(i, anna); });
  expect(filter_of([](auto& f) { f.group = "line-1"; }), [](const Identity& i) { return i.group == "line-1"; });
  expect(filter_of([](auto& f) { f.name_begins = "pump-"; }),
         [](const Identity& i) { return i.name.starts_with("pump-"); });
  expect(filter_of([](auto& f) { f.orphaned_before = kNow + std::chrono::seconds(30); }),
         [](const Identity& i) { return i.orphaned_since && *i.orphaned_since < kNow + std::chrono::seconds(30); });
  expect(filter_of([&](auto& f) {
           f.owner = bert.id;
           f.state = active;
           f.group = "line-2";
         }),
         [&](const Identity& i) { return is_of(i, bert) && i.state == active && i.group == "line-2"; });
  expect(filter_of([&](auto& f) {
           f.name_begins = "valve-";
           f.owner = bert.id;
           f.state = active;
         }),
         [&](const Identity& i) { return i.name.starts_with("valve-") && is_of(i, bert) && i.state == active; });
  expect(filter_of([](auto& f) {
           f.orphaned_before = kNow + std::chrono::seconds(50);
           f.state = active;
           f.group = "line-2";
         }),
         [](const Identity& i) {
           return i.orphaned_since && *i.orphaned_since < kNow + std::chrono::seconds(50) && i.state == active &&
                  i.group == "line-2";
         });
}

// How SQLite would find them: by an index, in the order that is asked for.
std::string plan_of(Session& session, const IdentityFilter& filter) {
  std::string plan;
  const auto find = [&](const Query& query, std::span<const Value> values) -> Result<std::vector<Row>> {
    if (query.columns.size() == 1) return session.query(query, values);  // where the page begins
    TRY_LET(auto rows, session.query({.sql = "EXPLAIN QUERY PLAN " + query.sql, .columns = "nnnt"}, values), "explain");
    for (Row& row : rows) {
      for (int i = 0; i < 3; ++i) static_cast<void>(row.number());
      plan += row.text() + "; ";
    }
    return std::vector<Row>();
  };
  must(list_identities(session.engine(), find, filter));
  return plan;
}

TEST_P(Lists, AreFoundByIndex) {
  if (GetParam() != Engine::sqlite) return;  // the other engine's plan depends on how many rows there are
  const auto session = home.session();
  const auto expect_plan = [&](IdentityFilter filter, const std::string& index, const std::string& page_index) {
    const std::string first = plan_of(*session, filter);
    EXPECT_NE(first.find("COVERING INDEX " + index), std::string::npos) << first;
    EXPECT_EQ(first.find("TEMP B-TREE"), std::string::npos) << first;
    filter.after = all[10].id;
    const std::string next = plan_of(*session, filter);
    EXPECT_NE(next.find("COVERING INDEX " + index + " (" + page_index), std::string::npos) << next;
    EXPECT_EQ(next.find("TEMP B-TREE"), std::string::npos) << next;
  };
  expect_plan({}, "sqlite_autoindex_identities_1", "id>?");
  expect_plan(filter_of([](auto& f) { f.state = domain::IdentityState::active; }), "identities_by_state",
              "state=? AND id>?");
  expect_plan(filter_of([](auto& f) { f.group = "line-1"; }), "identities_by_group", "group_name=? AND id>?");
  expect_plan(filter_of([](auto& f) { f.name_begins = "pump-"; }), "identities_by_name", "(name,id)>(?,?) AND name<?");
  expect_plan(filter_of([](auto& f) { f.orphaned_before = kNow; }), "identities_orphaned", "id>?");
  for (const std::string index : {"identities_by_business_owner", "identities_by_technical_owner"}) {
    expect_plan(filter_of([&](auto& f) { f.owner = anna.id; }), index, index.substr(14) + "=? AND id>?");
  }
}

TEST_P(Lists, TheFewestLead) {
  if (GetParam() != Engine::sqlite) return;  // the other engine counts for itself
  const auto session = home.session();
  const auto expect_index = [&](const std::string& index, const IdentityFilter& filter) {
    const std::string plan = plan_of(*session, filter);
    EXPECT_NE(plan.find("COVERING INDEX " + index), std::string::npos) << plan;
    EXPECT_EQ(plan.find("INDEX identities", plan.find("INDEX " + index) + 1), std::string::npos) << plan;
  };
  expect_index("identities_by_state", filter_of([](auto& f) {
                 f.state = domain::IdentityState::revoked;
                 f.group = "line-1";
               }));
  expect_index("identities_by_group", filter_of([](auto& f) {
                 f.state = domain::IdentityState::active;
                 f.group = "none";
               }));
  expect_index("identities_by_state", filter_of([](auto& f) {
                 f.state = domain::IdentityState::revoked;
                 f.name_begins = "valve-";
               }));
  expect_index("identities_orphaned", filter_of([](auto& f) {
                 f.orphaned_before = kNow;
                 f.name_begins = "valve-";
               }));
  expect_index("identities_by_name", filter_of([&](auto& f) {
                 f.name_begins = "nobody";
                 f.owner = anna.id;
               }));
}

// Against the same question asked of all rows, whichever of its members leads.
TEST_P(Lists, EveryPairOfMembers) {
  const auto latest = kNow + std::chrono::seconds(60);
  const std::vector<std::pair<std::function<void(IdentityFilter&)>, std::function<bool(const Identity&)>>> members{
      {[](auto& f) { f.state = domain::IdentityState::active; },
       [](const auto& i) { return i.state == domain::IdentityState::active; }},
      {[this](auto& f) { f.owner = bert.id; }, [this](const auto& i) { return is_of(i, bert); }},
      {[](auto& f) { f.group = "line-1"; }, [](const auto& i) { return i.group == "line-1"; }},
      {[](auto& f) { f.name_begins = "v"; }, [](const auto& i) { return i.name.starts_with("v"); }},
      {[&](auto& f) { f.orphaned_before = latest; },
       [&](const auto& i) { return i.orphaned_since && *i.orphaned_since < latest; }}};
  for (const auto& [set_one, is_one] : members) {
    for (const auto& [set_other, is_other] : members) {
      expect(filter_of([&](auto& f) {
               set_one(f);
               set_other(f);
             }),
             [&](const Identity& i) { return is_one(i) && is_other(i); });
    }
  }
}

// Reading rows one by one to leave most of them out is what takes long.
TEST_P(Lists, OnlyWhatIsShownIsReadOutsideAnIndex) {
  if (GetParam() != Engine::sqlite) return;  // the other engine's plan depends on how many rows there are
  const auto session = home.session();
  for (unsigned members = 1; members < 32; ++members) {
    const std::string plan = plan_of(*session, filter_of([&](auto& f) {
      if ((members & 1U) != 0) f.state = domain::IdentityState::active;
      if ((members & 2U) != 0) f.owner = bert.id;
      if ((members & 4U) != 0) f.group = "line-1";
      if ((members & 8U) != 0) f.name_begins = "v";
      if ((members & 16U) != 0) f.orphaned_before = kNow;
    }));
    EXPECT_NE(plan.find("COVERING INDEX identities"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("USING INDEX identities"), std::string::npos) << plan;
  }
}

TEST_P(Lists, APageBehindSomebodyBeforeTheFirstBeginsWithTheFirst) {
  const auto pump = std::ranges::find_if(all, [](const auto& i) { return i.name.starts_with("pump-"); })->id;
  const auto valve = std::ranges::find_if(all, [](const auto& i) { return i.name.starts_with("valve-"); })->id;
  const auto page = [&](const std::string& begins, const domain::IdentityId& after) {
    const auto filter = filter_of([&](auto& f) {
      f.name_begins = begins;
      f.after = after;
    });
    return read([&](Transaction& from) { return must(from.identities().list(filter)).size(); });
  };
  EXPECT_EQ(page("valve-", pump), 40U);
  EXPECT_EQ(page("pump-", valve), 0U);
}

TEST_P(Lists, NamesThatDifferOnlyInIdAreAllListed) {
  for (int i = 0; i < 20; ++i) add_identity(*database, sample_identity(anna.id, "twin"));
  EXPECT_EQ(pages(filter_of([](auto& f) { f.name_begins = "twin"; })).size(), 20U);
}

TEST_P(Lists, APrefixIsNoPattern) {
  add_identity(*database, sample_identity(anna.id, "100% \"sure\"_"));
  EXPECT_EQ(pages(filter_of([](auto& f) { f.name_begins = "100% \"s"; })).size(), 1U);
  EXPECT_TRUE(pages(filter_of([](auto& f) { f.name_begins = "%"; })).empty());
  EXPECT_TRUE(pages(filter_of([](auto& f) { f.name_begins = "_"; })).empty());
}

}  // namespace
}  // namespace holdfast::storage
