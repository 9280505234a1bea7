#include "device/anchor/event_check.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "device/anchor/event_line.hpp"

namespace holdfast::anchor {
namespace {

std::string entries(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "entry " + std::to_string(first) + " was";
  return "entries " + std::to_string(first) + " to " + std::to_string(last) + " were";
}

struct Line {
  std::optional<EventLine> entry;  // none where it is no entry
  EventHash hash{};
  std::string why_not;
  bool used = false;
  bool cut_off = false;  // the last one, without its newline
};

/// Follows the chain from the head down, by hashes as long as they lead on, else by the numbers of the entries.
class Search {
 public:
  Search(std::vector<Line> lines, const EventHead& head)
      : lines_(std::move(lines)), head_(head), next_(head.count), wanted_(head.hash) {
    check_.committed = head.count;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (!lines_[i].entry) continue;
      by_hash_.emplace(lines_[i].hash, i);
      by_number_[lines_[i].entry->event.sequence].push_back(i);
    }
  }

  EventCheck run() {
    if (head_.count == 0 && head_.hash != EventHash{}) {
      note(EventProblemKind::edited, 0, "the anchor vouches for no entries, and yet its head is not empty");
    }
    while (next_ > 0) step();
    check_beginning();
    check_order();
    check_rest();
    std::ranges::stable_sort(check_.problems, {},
                             [](const EventProblem& p) { return p.line == 0 ? UINT64_MAX : p.line; });
    return std::move(check_);
  }

 private:
  void note(EventProblemKind kind, std::uint64_t line, std::string what) {
    check_.problems.push_back({kind, line, std::move(what)});
  }

  static std::string line_name(std::size_t index) { return "line " + std::to_string(index + 1); }

  // The entry `next_`, or the nearest one below it that is there.
  void step() {
    if (const auto found = wanted_line()) {
      if (vouched_) check_.vouched_from = next_;
      take(*found);
      return;
    }
    const auto found = nearest();
    const auto number = found ? lines_[*found].entry->event.sequence : 0;
    if (number < next_) note_gap(number + 1, next_);
    if (number == next_) note_edited(*found);
    vouched_ = false;
    next_ = number;
    if (found) take(*found);
  }

  [[nodiscard]] std::optional<std::size_t> wanted_line() const {
    const auto found = by_hash_.find(wanted_);
    if (found == by_hash_.end() || lines_[found->second].entry->event.sequence != next_) return std::nullopt;
    return found->second;
  }

  // The line whose entry has the greatest number up to `next_`; of several the one that stands where it belongs.
  [[nodiscard]] std::optional<std::size_t> nearest() const {
    const auto above = by_number_.upper_bound(next_);
    if (above == by_number_.begin()) return std::nullopt;
    const auto& [number, candidates] = *std::prev(above);
    const auto proper = std::ranges::find(candidates, number - 1);
    return proper == candidates.end() ? candidates.front() : *proper;
  }

  void take(std::size_t index) {
    lines_[index].used = true;
    places_[next_] = index;
    wanted_ = lines_[index].entry->previous;
    above_ = index;
    --next_;
  }

  // A line that is no entry stands for the entry that belongs there.
  void note_gap(std::uint64_t first, std::uint64_t last) {
    std::uint64_t missing_to = last;
    for (std::uint64_t line = std::min<std::uint64_t>(last, lines_.size()); line >= first; --line) {
      auto& broken = lines_[line - 1];
      if (broken.entry || broken.used) continue;
      broken.used = true;
      note_missing(line + 1, missing_to);
      note(EventProblemKind::edited, line, line_name(line - 1) + " is no entry: " + broken.why_not);
      if (!above_) above_ = line - 1;
      last_explained_ = std::max<std::size_t>(last_explained_, line);
      missing_to = line - 1;
    }
    note_missing(first, missing_to);
  }

  void note_missing(std::uint64_t first, std::uint64_t last) {
    if (first > last) return;
    if (above_) {
      note(EventProblemKind::removed, *above_ + 1, entries(first, last) + " removed before " + line_name(*above_));
      return;
    }
    const auto count = last - first + 1;
    note(EventProblemKind::truncated, 0,
         count == 1 ? "1 entry is missing at the end" : std::to_string(count) + " entries are missing at the end");
  }

  // The line has the right number and another hash than what stands above it wants.
  void note_edited(std::size_t index) {
    const auto line = line_name(index);
    if (!above_) {
      note(EventProblemKind::edited, index + 1, line + " is not the entry that the anchor vouches for: it was edited");
    } else if (vouched_) {
      note(EventProblemKind::edited, index + 1, line + " was edited: " + line_name(*above_) + " does not follow it");
    } else {
      note(EventProblemKind::edited, index + 1,
           line_name(*above_) + " does not follow " + line + ": one of them was edited");
    }
  }

  void check_beginning() {
    const auto first = places_.find(1);
    if (first == places_.end() || lines_[first->second].entry->previous == EventHash{}) return;
    note(EventProblemKind::edited, first->second + 1,
         line_name(first->second) + " names an entry before the first: it was edited");
  }

  void check_order() {
    const std::size_t* before = nullptr;
    std::uint64_t number_before = 0;
    for (const auto& [number, index] : places_) {
      if (before != nullptr && index < *before) {
        note(EventProblemKind::reordered, index + 1,
             line_name(index) + " holds entry " + std::to_string(number) + ", which belongs behind entry " +
                 std::to_string(number_before) + " in " + line_name(*before) + ": they were reordered");
      }
      before = &index;
      number_before = number;
    }
  }

  // What is not used and stands among the entries was put there; what stands behind them is a tail.
  void check_rest() {
    for (const auto& [number, index] : places_) last_explained_ = std::max(last_explained_, index + 1);
    for (std::size_t i = 0; i < last_explained_; ++i) {
      if (lines_[i].used) continue;
      note(EventProblemKind::added, i + 1, line_name(i) + " is no entry of this log: it was added or repeated");
    }
    check_tail();
  }

  // A change that was cut short leaves entries that go on from the head. Nothing else writes there.
  void check_tail() {
    auto before = head_.hash;
    auto number = head_.count;
    for (auto i = last_explained_; i < lines_.size(); ++i) {
      const auto& line = lines_[i];
      if (line.cut_off) {
        ++check_.uncommitted_lines;
        continue;
      }
      if (!line.entry || line.entry->event.sequence != number + 1 || line.entry->previous != before) {
        note(EventProblemKind::added, i + 1,
             line_name(i) + " does not go on from the last entry: it was added or repeated");
        continue;
      }
      before = line.hash;
      ++number;
      ++check_.uncommitted_lines;
    }
  }

  std::vector<Line> lines_;
  EventHead head_;
  EventCheck check_;
  std::map<EventHash, std::size_t> by_hash_;
  std::map<std::uint64_t, std::vector<std::size_t>> by_number_;
  std::map<std::uint64_t, std::size_t> places_;  // of entries, by number
  std::uint64_t next_;                           // the entry that is looked for
  EventHash wanted_;                             // its hash, as what stands above it says
  std::optional<std::size_t> above_;             // the line of the nearest entry above it
  std::size_t last_explained_ = 0;               // lines that are entries or stand for one end here
  bool vouched_ = true;                          // hashes have led here from the head
};

Result<Line> read_line(std::string_view text, std::size_t index) {
  Line line;
  auto parsed = parse_event_line(text, "line " + std::to_string(index + 1));
  if (!parsed.ok()) {
    line.why_not = "it was edited (" + parsed.error().message() + ")";
    return line;
  }
  TRY_LET(line.hash, hash_event_line(parsed->previous, text), "hash event");
  line.entry = std::move(*parsed);
  return line;
}

}  // namespace

std::string_view name_of(EventProblemKind kind) {
  switch (kind) {
    case EventProblemKind::edited: return "edited";
    case EventProblemKind::removed: return "removed";
    case EventProblemKind::reordered: return "reordered";
    case EventProblemKind::added: return "added";
    case EventProblemKind::truncated: return "truncated";
  }
  std::unreachable();
}

Result<EventCheck> check_event_log(ByteView text, const EventHead& authenticated) {
  std::vector<Line> lines;
  for (auto rest = as_text(text); !rest.empty();) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) {
      Line cut;
      cut.why_not = "it is cut off";
      cut.cut_off = true;
      lines.push_back(std::move(cut));
      break;
    }
    TRY_LET(auto line, read_line(rest.substr(0, end), lines.size()), "read event log");
    lines.push_back(std::move(line));
    rest.remove_prefix(end + 1);
  }
  return Search(std::move(lines), authenticated).run();
}

}  // namespace holdfast::anchor
