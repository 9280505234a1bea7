// Whether a registry with a million identities is slower than one with a few. usage: million_bench PROGRAM [IDENTITIES]
//
// A small registry and a large one, filled by the generator (bench/fleet.hpp), lie side by side on the same disk, and
// everything is measured in turns, now the one and now the other first: a machine whose disk differs from minute to
// minute differs for both. A rate is what was done in all turns by the time that all of them took, so that what comes
// up in some turns alone, such as copying SQLite's log back, counts. Limits are taken in each turn in the same folder:
// commits of one row each, and rows in large transactions, through SQLite alone (bench/raw_sqlite.hpp). All is
// wall-clock time. Fewer than 20,000 identities are for trying out: figures mean nothing then.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/fleet_registry.hpp"
#include "bench/program.hpp"
#include "bench/raw_sqlite.hpp"
#include "bench/searches.hpp"
#include "bench/support.hpp"

namespace {

using namespace holdfast;
using bench::FleetRegistry;
using bench::require;

constexpr std::uint64_t kIdentities = 1'000'000;
constexpr std::uint64_t kFew = 10'000;
constexpr std::uint64_t kLeast = 20'000;

// How much is done for one figure.
struct Effort {
  std::size_t devices = 2'000;
  int turns = 12;
  std::chrono::duration<double> turn{1.5};
  int starts = 3;
  int draws = 20;
};
constexpr Effort kFull;
constexpr Effort kBrief{.devices = 40, .turns = 1, .turn = std::chrono::duration<double>(0.1), .starts = 1, .draws = 2};

/// The rates of equal turns.
class Rate {
 public:
  void add(double rate) { turns_.push_back(rate); }
  /// Of all turns together, each of which did as much.
  [[nodiscard]] double of_equal_work() const {
    double seconds = 0;
    for (const double rate : turns_) seconds += 1 / rate;
    return static_cast<double>(turns_.size()) / seconds;
  }
  [[nodiscard]] const std::vector<double>& turns() const { return turns_; }

 private:
  std::vector<double> turns_;
};

// What was measured of one registry.
struct Figures {
  Rate issued;
  Rate unlogged;
  Rate appended;
  std::vector<double> opened;
  bench::ProgramFigures program;
  bench::Searches searches;
};

struct Limits {
  Rate commits;
  Rate rows;
};

struct Side {
  FleetRegistry& registry;
  Figures figures;
};

/// Measures both sides, the first and the second before the other by turns.
void by_turns(int turn, Side& small, Side& large, const auto& measure) {
  measure(turn % 2 == 0 ? small : large);
  measure(turn % 2 == 0 ? large : small);
}

// One kind after another, since what one leaves in SQLite's log is copied back while the next one is measured.
Limits measure_rates(const Effort& effort, bench::RawSqlite& raw, Side& small, Side& large) {
  Limits limits;
  const auto in_turns = [&](const auto& measure) {
    for (int turn = 0; turn < effort.turns; ++turn) {
      limits.commits.add(raw.commits_per_second(effort.turn / 3));
      limits.rows.add(raw.rows_per_second(effort.turn / 3));
      by_turns(turn, small, large, measure);
    }
  };
  in_turns([](Side& side) { side.figures.issued.add(side.registry.issue()); });
  in_turns([](Side& side) { side.figures.unlogged.add(side.registry.issue_unlogged()); });
  in_turns([&](Side& side) { side.figures.appended.add(side.registry.append(effort.turn)); });
  return limits;
}

void measure_rest(const Effort& effort, const std::string& program, Side& small, Side& large) {
  for (Side* const side : {&small, &large}) {
    side->figures.searches = bench::search(side->registry.database(), side->registry.fleet(), effort.draws);
    side->figures.program = side->registry.ask_program(program, effort.starts);
  }
  for (int turn = 0; turn < effort.starts; ++turn) {
    by_turns(turn, small, large, [](Side& side) { side.figures.opened.push_back(side.registry.open_again()); });
  }
}

void fill(const Effort& effort, bench::RawSqlite& raw, FleetRegistry& registry, std::uint64_t size) {
  const auto rows = registry.fleet().rows();
  const double took = registry.grow_to(size);
  ::sync();  // what is still on its way to the disk would be measured with the next thing
  const double limit = raw.rows_per_second(effort.turn);
  const double rate = static_cast<double>(registry.fleet().rows() - rows) / took;
  std::printf("filled to %llu: %.0f identities/s, %.0f rows/s, %.2f of rows in large transactions (%.0f/s)\n",
              static_cast<unsigned long long>(size), static_cast<double>(size) / took, rate, rate / limit, limit);
  std::fflush(stdout);
}

void print_rate(const char* name, const Rate& small, const Rate& large, double limit, const char* target) {
  std::vector<double> slower;
  for (std::size_t turn = 0; turn < small.turns().size(); ++turn) {
    slower.push_back(100 * (1 - large.turns()[turn] / small.turns()[turn]));
  }
  const double before = small.of_equal_work();
  const double after = large.of_equal_work();
  std::printf("%-42s %8.0f/s %5.2f %8.0f/s %5.2f   slower by %.0f %% (median turn %.0f %%)%s\n", name, before,
              before / limit, after, after / limit, 100 * (1 - after / before), bench::median(slower), target);
}

void print_time(const char* name, double small, double large, const char* target) {
  std::printf("%-42s %8.2f s %5s %9.2f s %5s%s\n", name, small, "", large, "", target);
}

void print_search(const std::string& name, const bench::Asked& small, const bench::Asked& large) {
  std::printf("%-42s %8.2f ms %4s %9.2f ms      first time %.2f, worst %.2f of %zu\n", name.c_str(),
              small.again.quantile(0.99), "", large.again.quantile(0.99), large.first.quantile(0.99),
              large.first.quantile(1), large.first.size());
}

bool is_single(const std::string& name) { return !name.contains(','); }

// The members of the filter alone, all combinations together, and those that took longest.
void print_searches(const bench::Searches& small, const bench::Searches& large) {
  constexpr std::size_t kWorst = 5;
  std::printf("\nat the 99th percentile, asked again; target 100 ms\n");
  bench::Asked small_all;
  bench::Asked large_all;
  std::vector<std::pair<double, std::string>> worst;
  for (const auto& [name, times] : large) {
    if (is_single(name)) print_search(name, small.at(name), times);
    if (!name.starts_with("list")) continue;
    small_all.add(small.at(name));
    large_all.add(times);
    if (!is_single(name)) worst.emplace_back(times.again.quantile(1), name);
  }
  print_search("list by every combination of these", small_all, large_all);
  std::ranges::sort(worst, std::greater());
  worst.resize(std::min(worst.size(), kWorst));
  for (const auto& [time, name] : worst) print_search("  " + name, small.at(name), large.at(name));
}

void print_rates(const Limits& limits, const Figures& small, const Figures& large) {
  const double commits = limits.commits.of_equal_work();
  const double rows = limits.rows.of_equal_work();
  std::printf("%-42s %8.0f/s\n", "commits of one row, SQLite alone", commits);
  std::printf("%-42s %8.0f/s\n", "rows in large transactions, SQLite alone", rows);
  print_rate("issued, durable and in the log, of commits", small.issued, large.issued, commits,
             "; target 2000/s, 20 %");
  print_rate("the same without a log", small.unlogged, large.unlogged, commits, "");
  print_rate("entries appended to the log, of rows", small.appended, large.appended, rows, "; target 10000/s, 20 %");
  const auto cost = [](const Figures& figures) {
    return 100 * (1 - figures.issued.of_equal_work() / figures.unlogged.of_equal_work());
  };
  std::printf("%-42s %8.0f %% %6s %8.0f %%\n", "what the log costs issuance", cost(small), "", cost(large));
  std::printf("%-42s %8.0f/s %5s %8.0f/s\n", "enrolled over EST, end to end", small.program.est, "", large.program.est);
}

void print_times(const Figures& small, const Figures& large) {
  std::printf("\n");
  print_time("opened and answered, in process", bench::median(small.opened), bench::median(large.opened),
             "   target 2 s");
  print_time("identity list --limit 1", small.program.answered, large.program.answered, "   target 2 s");
  print_time("the same, nothing of it in memory", small.program.answered_cold, large.program.answered_cold,
             "   target 2 s");
  print_time("serve, until it serves", small.program.served, large.program.served, "   target 2 s");
  print_time("audit verify", small.program.verified, large.program.verified, "");
  print_time("backup", small.program.backed_up, large.program.backed_up, "");
}

std::string sub_folder(const bench::Folder& folder, const char* name) { return folder.path() + "/" + name; }

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: million_bench PROGRAM [IDENTITIES]\n");
    return 2;
  }
  const std::uint64_t identities = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : kIdentities;
  require(identities >= 10);
  const std::string program = std::filesystem::absolute(arguments[1]).string();
  const Effort effort = identities < kLeast ? kBrief : kFull;
  const bench::Folder folder(std::filesystem::current_path());
  require(::setenv("HOLDFAST_CHECKPOINTS", sub_folder(folder, "outside").c_str(), 1) == 0);
  bench::RawSqlite raw(sub_folder(folder, "raw.db"));
  FleetRegistry few(sub_folder(folder, "small"), effort.devices);
  FleetRegistry many(sub_folder(folder, "large"), effort.devices);
  fill(effort, raw, few, std::min(kFew, identities / 10));
  fill(effort, raw, many, identities);
  // By a process that did not fill it by thousands at once: what is left of its heap makes every entry a tenth to a
  // third slower.
  for (FleetRegistry* const registry : {&few, &many}) static_cast<void>(registry->open_again());

  Side small{.registry = few, .figures = {}};
  Side large{.registry = many, .figures = {}};
  std::printf("\n%-42s %10llu %5s %10llu\n", "identities, before anything is issued",
              static_cast<unsigned long long>(few.fleet().size()), "",
              static_cast<unsigned long long>(many.fleet().size()));
  const Limits limits = measure_rates(effort, raw, small, large);
  measure_rest(effort, program, small, large);
  print_rates(limits, small.figures, large.figures);
  print_searches(small.figures.searches, large.figures.searches);
  print_times(small.figures, large.figures);
  std::printf("the databases have %.0f and %.0f MiB\n", few.mebibytes(), many.mebibytes());
  return 0;
}
