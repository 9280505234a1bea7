// Whether a registry with a million identities is slower than one with a few: the same is measured at the beginning
// and when the generator (bench/fleet.hpp) has filled it. usage: million_bench PROGRAM [IDENTITIES]
//
// The registry is the program's own (apps/holdfast-registry), with its keys under an anchor, over SQLite, its
// checkpoint kept outside; certificates are ECDSA P-256. Limits are taken beside each figure in the same folder:
// commits of one row each, and rows in large transactions, through SQLite alone (bench/raw_sqlite.hpp). Each rate is
// the median of its turns, in wall-clock time. Fewer than 20,000 identities are for trying out: figures mean nothing
// then.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <semaphore>

#include "apps/holdfast-registry/registry.hpp"
#include "bench/fleet.hpp"
#include "bench/issuing.hpp"
#include "bench/program.hpp"
#include "bench/rate.hpp"
#include "bench/raw_sqlite.hpp"
#include "bench/searches.hpp"
#include "bench/support.hpp"
#include "registry/domain/describe.hpp"
#include "registry/storage/database.hpp"

namespace {

using namespace holdfast;
using bench::Fleet;
using bench::must;
using bench::require;
using bench::seconds_of;
using registry_app::DataFolder;
using registry_app::Founding;
using registry_app::Registry;

constexpr std::uint64_t kIdentities = 1'000'000;
constexpr std::uint64_t kBeginning = 10'000;
constexpr std::uint64_t kLeast = 20'000;
constexpr std::size_t kAtOnce = 512;  // changes that wait while entries are appended
const domain::Actor kAdmin{"bench", domain::Role::admin, std::nullopt};

// How much is done for one figure.
struct Effort {
  std::size_t devices = 2'000;
  int turns = 3;
  std::chrono::duration<double> turn{1.5};
  int draws = 20;
};
constexpr Effort kFull;
constexpr Effort kBrief{.devices = 40, .turns = 1, .turn = std::chrono::duration<double>(0.1), .draws = 2};

// What was measured with so many identities.
struct Figures {
  std::uint64_t identities = 0;
  double commits = 0;  // these two are the machine's limits
  double rows = 0;
  double issued = 0;
  double unlogged = 0;
  double appended = 0;
  double est = 0;
  bench::Searches searches;
  double opened = 0;  // from here on seconds
  double answered = 0;
  double answered_cold = 0;
  double served = 0;
  double verified = 0;
  double backed_up = 0;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double median_of(int turns, const auto& measure) {
  std::vector<double> values;
  for (int i = 0; i < turns; ++i) values.push_back(measure());
  return median(std::move(values));
}

class Bench {
 public:
  Bench(std::string program, Effort effort)
      : program_(std::move(program)),
        effort_(effort),
        folder_(std::filesystem::current_path()),
        data_(folder_.path() + "/registry"),
        raw_(folder_.path() + "/raw.db") {
    const auto outside = folder_.path() + "/outside";
    require(::setenv("HOLDFAST_CHECKPOINTS", outside.c_str(), 1) == 0 && ::mkdir(data_.c_str(), 0700) == 0);
    std::ofstream(data_ + "/registry.toml") << "[est]\nport = 0\n";
    open(Founding::allowed);
    fleet_.emplace(registry_->database());
  }

  void grow_to(std::uint64_t size) {
    const auto before = fleet_->size();
    const auto rows = fleet_->rows();
    const double took = fleet_->grow_to(size);
    ::sync();  // what is still on its way to the disk would be measured with the next thing
    const double limit = raw_.rows_per_second(effort_.turn);
    const double rate = static_cast<double>(fleet_->rows() - rows) / took;
    std::printf("filled to %llu: %.0f identities/s, %.0f rows/s, %.2f of rows in large transactions (%.0f/s)\n",
                static_cast<unsigned long long>(size), static_cast<double>(size - before) / took, rate, rate / limit,
                limit);
    std::fflush(stdout);
  }

  Figures measure() {
    Figures figures;
    figures.identities = fleet_->size();
    measure_rates(figures);
    figures.searches = bench::search(registry_->database(), *fleet_, effort_.draws);
    measure_program(figures);
    return figures;
  }

  [[nodiscard]] double mebibytes() const {
    return static_cast<double>(std::filesystem::file_size(data_ + "/registry.db")) / (1 << 20);
  }

 private:
  void open(Founding founding) {
    registry_ = must(Registry::open(must(DataFolder::at(data_)), founding));
    if (fleet_) fleet_->use(registry_->database());
  }

  void measure_rates(Figures& figures) {
    std::vector<double> commits;
    std::vector<double> rows;
    const auto with_limits = [&](const auto& measure) {
      return median_of(effort_.turns, [&] {
        commits.push_back(raw_.commits_per_second(effort_.turn / 2));
        rows.push_back(raw_.rows_per_second(effort_.turn / 2));
        return measure();
      });
    };
    figures.issued = with_limits([&] { return issue(registry_->enrolment()); });
    figures.appended = with_limits([&] { return append(); });
    bench::NoJournal none;
    const auto unlogged =
        must(storage::open_database({.url = registry_->database_url(), .journal = &none, .batch = 256, .readers = 4}));
    bench::Issuer issuer(registry_->authority());
    domain::Enrolment enrolment(*unlogged, issuer, system_clock_now, "bench");
    figures.unlogged = with_limits([&] { return issue(enrolment); });
    figures.commits = median(std::move(commits));
    figures.rows = median(std::move(rows));
  }

  std::vector<domain::IssuedGrant> make_grants() {
    std::vector<domain::IssuedGrant> grants;
    const domain::GrantOrder order{.intent = {.name = "pump {n}",
                                              .purpose = "pumps water",
                                              .environment = "",
                                              .group = Fleet::group(1),
                                              .owners = {fleet_->people().back(), fleet_->teams().back()},
                                              .policy = "default",
                                              .retire_after = std::nullopt,
                                              .retirement_condition = ""},
                                   .valid_for = std::chrono::days(1),
                                   .count = effort_.devices};
    must(registry_->database().change([&](domain::Transaction& tx) -> Result<void> {
      TRY_LET(grants, domain::create_grants(tx, kAdmin, order, system_clock_now()), "create grants");
      return {};
    }));
    return grants;
  }

  double issue(domain::EnrolmentService& service) {
    std::vector<crypto::PublicKey> keys;
    for (std::size_t i = 0; i < effort_.devices; ++i) {
      keys.push_back(must(crypto::PrivateKey::generate(crypto::KeyAlgorithm::ecdsa_p256)).public_key());
    }
    return bench::enrolments_per_second(service, make_grants(), keys);
  }

  // Changes that each leave an entry about an identity in the log, and nothing else.
  double append() {
    const auto& identity = fleet_->samples().front().identity;
    const auto work = [&](domain::Transaction& tx) -> Result<void> {
      tx.record(domain::make_event(system_clock_now(), kAdmin, "identity.changed", identity.id, describe(identity)));
      return {};
    };
    std::counting_semaphore<> free(kAtOnce);
    double done = 0;
    const auto begin = std::chrono::steady_clock::now();
    const double took = seconds_of([&] {
      for (; std::chrono::steady_clock::now() - begin < effort_.turn; ++done) {
        free.acquire();
        registry_->database().change_async(work, [&](const Result<void>& result) {
          must(result);
          free.release();
        });
      }
      for (std::size_t i = 0; i < kAtOnce; ++i) free.acquire();
    });
    return done / took;
  }

  // The processes take the data folder, one after another.
  void measure_program(Figures& figures) {
    const auto grants = make_grants();
    registry_.reset();
    const std::vector<std::string> list{program_, "--data", data_, "identity", "list", "--limit", "1"};
    figures.answered_cold = median_of(effort_.turns, [&] {
      drop_from_cache();
      return bench::run_seconds(list);
    });
    figures.answered = median_of(effort_.turns, [&] { return bench::run_seconds(list); });
    {
      const bench::Server server(program_, data_);
      figures.served = server.seconds_to_start();
      figures.est = bench::est_enrolments_per_second(server.port(), grants);
    }
    figures.verified = bench::run_seconds({program_, "--data", data_, "audit", "verify"});
    figures.backed_up =
        bench::run_seconds({program_, "--data", data_, "backup", "--out", folder_.path() + "/backup.db"});
    std::filesystem::remove(folder_.path() + "/backup.db");
    figures.opened = median_of(effort_.turns, [&] {
      registry_.reset();
      return seconds_of([&] {
        open(Founding::refused);
        must(registry_->check_extends());
        must(registry_->database().read([](domain::Transaction& tx) -> Result<void> {
          TRY_LET(const auto first, tx.identities().list({}), "list");
          require(!first.empty());
          return {};
        }));
      });
    });
  }

  void drop_from_cache() const {
    const FileDescriptor file(::open((data_ + "/registry.db").c_str(), O_RDONLY | O_CLOEXEC));
    require(file.valid() && ::fsync(file.get()) == 0);
    require(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) == 0);
  }

  std::string program_;
  Effort effort_;
  bench::Folder folder_;
  std::string data_;
  bench::RawSqlite raw_;
  std::unique_ptr<Registry> registry_;
  std::optional<Fleet> fleet_;
};

void print_rate(const char* name, double Figures::* rate, const Figures& begin, const Figures& end,
                const char* target) {
  const auto of_limit = [&](const Figures& figures) { return figures.*rate / figures.commits; };
  const auto slower = [](double before, double after) { return 100 * (1 - after / before); };
  std::printf("%-46s %9.0f/s %5.2f %9.0f/s %5.2f   slower by %.0f %%, of the limit by %.0f %%%s\n", name, begin.*rate,
              of_limit(begin), end.*rate, of_limit(end), slower(begin.*rate, end.*rate),
              slower(of_limit(begin), of_limit(end)), target);
}

void print_time(const char* name, double Figures::* time, const Figures& begin, const Figures& end,
                const char* target) {
  std::printf("%-46s %9.2f s %5s %9.2f s %5s%s\n", name, begin.*time, "", end.*time, "", target);
}

void print_search(const std::string& name, const bench::Latencies& begin, const bench::Latencies& end) {
  std::printf("%-46s %9.2f ms %4s %9.2f ms      median %.2f, worst %.2f of %zu\n", name.c_str(), begin.quantile(0.99),
              "", end.quantile(0.99), end.quantile(0.5), end.quantile(1), end.size());
}

bool is_single(const std::string& name) { return !name.contains(','); }

// The members of the filter alone, all combinations together, and those that took longest.
void print_searches(const Figures& begin, const Figures& end) {
  constexpr std::size_t kWorst = 5;
  std::printf("\nat the 99th percentile, target 100 ms\n");
  bench::Latencies begin_all;
  bench::Latencies end_all;
  std::vector<std::pair<double, std::string>> worst;
  for (const auto& [name, times] : end.searches) {
    if (is_single(name)) print_search(name, begin.searches.at(name), times);
    if (!name.starts_with("list")) continue;
    begin_all.add(begin.searches.at(name));
    end_all.add(times);
    if (!is_single(name)) worst.emplace_back(times.quantile(1), name);
  }
  print_search("list by every combination of these", begin_all, end_all);
  std::ranges::sort(worst, std::greater());
  worst.resize(std::min(worst.size(), kWorst));
  for (const auto& [time, name] : worst) print_search("  " + name, begin.searches.at(name), end.searches.at(name));
}

void print(const Figures& begin, const Figures& end, double mebibytes) {
  std::printf("\n%-46s %11llu %5s %11llu        of the limit: of commits of one row\n", "identities",
              static_cast<unsigned long long>(begin.identities), "", static_cast<unsigned long long>(end.identities));
  print_rate("commits of one row, SQLite alone", &Figures::commits, begin, end, "");
  print_rate("rows in large transactions, SQLite alone", &Figures::rows, begin, end, "");
  print_rate("issued, durable and in the log, P-256", &Figures::issued, begin, end, "; target 2000/s, 20 %");
  print_rate("the same without a log", &Figures::unlogged, begin, end, "");
  print_rate("entries appended to the log", &Figures::appended, begin, end, "; target 10000/s, 20 %");
  print_rate("enrolled over EST, end to end", &Figures::est, begin, end, "");
  print_searches(begin, end);
  std::printf("\n");
  print_time("opened and answered, in process", &Figures::opened, begin, end, "   target 2 s");
  print_time("identity list --limit 1", &Figures::answered, begin, end, "   target 2 s");
  print_time("the same, nothing of it in memory", &Figures::answered_cold, begin, end, "   target 2 s");
  print_time("serve, until it serves", &Figures::served, begin, end, "   target 2 s");
  print_time("audit verify", &Figures::verified, begin, end, "");
  print_time("backup", &Figures::backed_up, begin, end, "");
  std::printf("the log costs issuance %.0f %% at the beginning and %.0f %% in the end; the database has %.0f MiB\n",
              100 * (1 - begin.issued / begin.unlogged), 100 * (1 - end.issued / end.unlogged), mebibytes);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: million_bench PROGRAM [IDENTITIES]\n");
    return 2;
  }
  const std::uint64_t identities = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : kIdentities;
  require(identities >= 10);
  Bench bench(std::filesystem::absolute(arguments[1]).string(), identities < kLeast ? kBrief : kFull);
  bench.grow_to(std::min(kBeginning, identities / 10));
  const auto begin = bench.measure();
  bench.grow_to(identities);
  const auto end = bench.measure();
  print(begin, end, bench.mebibytes());
  return 0;
}
