#include "device/anchor/event_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "device/anchor/test_support.hpp"

namespace holdfast::anchor {
namespace {

using test::fixed_clock;
using test::must;
using testing::ElementsAre;
using testing::HasSubstr;

using Lines = std::vector<std::string>;

EventLog log_of(int count, const std::string& word = "detail") {
  EventLog log;
  for (int i = 1; i <= count; ++i)
    must(log.append(fixed_clock(), "type-" + std::to_string(i), word + " " + std::to_string(i)));
  return log;
}

Lines lines_of(const EventLog& log) {
  Lines lines;
  for (std::string_view rest = log.text(); !rest.empty();) {
    const auto end = rest.find('\n') + 1;
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return lines;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) text += line;
  return text;
}

EventCheck check(const Lines& lines, const EventLog& log) {
  return must(check_event_log(as_bytes(joined(lines)), log.head()));
}

void replace(std::string& line, const std::string& from, const std::string& to) {
  line.replace(line.find(from), from.size(), to);
}

/// "kind@line: what", by which a test names a finding.
Lines findings(const EventCheck& check) {
  Lines found;
  for (const auto& p : check.problems) {
    found.push_back(std::string(name_of(p.kind)) + "@" + std::to_string(p.line) + ": " + p.what);
  }
  return found;
}

TEST(EventCheck, FindsNothingInAWholeLog) {
  for (const int count : {0, 1, 5}) {
    const auto log = log_of(count);
    const auto result = check(lines_of(log), log);
    EXPECT_TRUE(result.whole());
    EXPECT_EQ(result.committed, static_cast<std::uint64_t>(count));
    EXPECT_EQ(result.vouched_from, count == 0 ? 0U : 1U);
    EXPECT_EQ(result.uncommitted_lines, 0U);
  }
}

TEST(EventCheck, NamesAnUncommittedTailAsHarmless) {
  const auto committed = log_of(2);
  auto lines = lines_of(log_of(4));
  lines.emplace_back("{\"detail\":\"power fai");
  const auto result = check(lines, committed);
  EXPECT_TRUE(result.whole());
  EXPECT_EQ(result.uncommitted_lines, 3U);
}

TEST(EventCheck, FindsWhatDoesNotGoOnFromTheHead) {
  const auto log = log_of(2);
  auto lines = lines_of(log);
  lines.push_back(lines.back());
  lines.emplace_back("garbage\n");
  EXPECT_THAT(findings(check(lines, log)), testing::ElementsAre(testing::StartsWith("added@3: line 3 does not go on"),
                                                                testing::StartsWith("added@4: line 4 does not go on")));
}

TEST(EventCheck, FindsTheEditedEntryByTheOneBehindIt) {
  const auto log = log_of(4);
  auto lines = lines_of(log);
  replace(lines[1], "detail 2", "detail X");
  const auto result = check(lines, log);
  EXPECT_THAT(findings(result), ElementsAre("edited@2: line 2 was edited: line 3 does not follow it"));
  EXPECT_EQ(result.vouched_from, 3U);
}

TEST(EventCheck, FindsTheEditedLastEntryByTheAnchor) {
  const auto log = log_of(3);
  auto lines = lines_of(log);
  replace(lines[2], "detail 3", "detail X");
  EXPECT_THAT(findings(check(lines, log)),
              ElementsAre("edited@3: line 3 is not the entry that the anchor vouches for: it was edited"));
}

// Below an edited entry nothing vouches for anything, and yet two lines can contradict each other.
TEST(EventCheck, TellsWhatIsKnownBelowAnEditedEntry) {
  const auto log = log_of(4);
  auto lines = lines_of(log);
  replace(lines[2], "detail 3", "detail X");
  replace(lines[0], "detail 1", "detail X");
  const auto result = check(lines, log);
  EXPECT_THAT(findings(result), ElementsAre("edited@1: line 2 does not follow line 1: one of them was edited",
                                            "edited@3: line 3 was edited: line 4 does not follow it"));
  EXPECT_EQ(result.vouched_from, 4U);
}

TEST(EventCheck, FindsLinesThatAreNoEntries) {
  const auto log = log_of(3);
  for (const std::string garbage : {"garbage\n", "{}\n", "\n", "\xff\xfe\n"}) {
    auto lines = lines_of(log);
    lines[1] = garbage;
    EXPECT_THAT(findings(check(lines, log)), ElementsAre(HasSubstr("edited@2: line 2 is no entry: it was edited (")));
  }
  auto lines = lines_of(log);
  lines[2].pop_back();
  EXPECT_THAT(findings(check(lines, log)), ElementsAre("edited@3: line 3 is no entry: it is cut off"));
}

TEST(EventCheck, FindsRemovedEntries) {
  const auto log = log_of(6);
  auto lines = lines_of(log);
  lines.erase(lines.begin() + 3);
  EXPECT_THAT(findings(check(lines, log)), ElementsAre("removed@4: entry 4 was removed before line 4"));
  lines.erase(lines.begin(), lines.begin() + 2);
  EXPECT_THAT(findings(check(lines, log)), ElementsAre("removed@1: entries 1 to 2 were removed before line 1",
                                                       "removed@2: entry 4 was removed before line 2"));
}

TEST(EventCheck, CountsWhatIsMissingAtTheEnd) {
  const auto log = log_of(5);
  auto lines = lines_of(log);
  lines.pop_back();
  EXPECT_THAT(findings(check(lines, log)), ElementsAre("truncated@0: 1 entry is missing at the end"));
  lines.pop_back();
  const auto result = check(lines, log);
  EXPECT_THAT(findings(result), ElementsAre("truncated@0: 2 entries are missing at the end"));
  EXPECT_EQ(result.vouched_from, 0U);
  EXPECT_THAT(findings(check({}, log)), ElementsAre("truncated@0: 5 entries are missing at the end"));
}

TEST(EventCheck, FindsReorderedEntries) {
  const auto log = log_of(4);
  auto lines = lines_of(log);
  std::swap(lines[1], lines[2]);
  const auto result = check(lines, log);
  EXPECT_THAT(findings(result),
              ElementsAre("reordered@2: line 2 holds entry 3, which belongs behind entry 2 in line 3: they were "
                          "reordered"));
  EXPECT_EQ(result.vouched_from, 1U);
}

TEST(EventCheck, FindsRepeatedAndForeignEntries) {
  const auto log = log_of(3);
  auto lines = lines_of(log);
  lines.insert(lines.begin() + 1, lines[0]);
  lines.insert(lines.begin() + 3, lines_of(log_of(9, "foreign"))[8]);
  EXPECT_THAT(findings(check(lines, log)),
              ElementsAre("added@2: line 2 is no entry of this log: it was added or repeated",
                          "added@4: line 4 is no entry of this log: it was added or repeated"));
}

TEST(EventCheck, FindsAnotherLogInItsPlace) {
  const auto log = log_of(3);
  const auto result = check(lines_of(log_of(3, "foreign")), log);
  EXPECT_THAT(findings(result),
              ElementsAre("edited@3: line 3 is not the entry that the anchor vouches for: it was edited"));
  EXPECT_EQ(result.vouched_from, 0U);
}

TEST(EventCheck, SurvivesHeadsThatNoLogHas) {
  const auto log = log_of(2);
  EventHead many{UINT32_MAX, log.head().hash};
  EXPECT_FALSE(must(check_event_log(as_bytes(log.text()), many)).whole());
  EventHead none{0, log.head().hash};
  EXPECT_FALSE(must(check_event_log(as_bytes(log.text()), none)).whole());
}

// Something that a person with an editor might do.
void tamper(Lines& lines, const Lines& foreign) {
  const auto at = *rc::gen::inRange<std::size_t>(0, lines.size());
  const auto other = *rc::gen::inRange<std::size_t>(0, lines.size());
  const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
  switch (*rc::gen::inRange(0, 6)) {
    case 0: lines.erase(place); break;
    case 1: std::swap(lines[at], lines[other]); break;
    case 2: lines.insert(place, std::string(lines[other])); break;
    case 3: lines[at] = foreign[other % foreign.size()]; break;
    case 4: lines[at].insert(*rc::gen::inRange<std::size_t>(0, lines[at].size()), "x"); break;
    default: lines.push_back(foreign[other % foreign.size()]);
  }
}

// Whatever is done to a log, it is found wanting exactly where it no longer opens.
TEST(EventCheck, AgreesWithReading) {
  EXPECT_TRUE(rc::check([] {
    const auto log = log_of(*rc::gen::inRange(0, 7));
    auto lines = lines_of(log);
    const auto foreign = lines_of(log_of(7, "foreign"));
    for (int i = *rc::gen::inRange(0, 4); i > 0 && !lines.empty(); --i) tamper(lines, foreign);
    const auto text = joined(lines);
    const auto checked = must(check_event_log(as_bytes(text), log.head()));
    // Reading passes over whatever lies behind the entries, of which the check tells as well.
    const bool among_entries =
        std::ranges::any_of(checked.problems, [&](const auto& p) { return p.line == 0 || p.line <= log.head().count; });
    RC_ASSERT(among_entries != EventLog::parse(as_bytes(text), log.head()).ok());
  }));
}

}  // namespace
}  // namespace holdfast::anchor
