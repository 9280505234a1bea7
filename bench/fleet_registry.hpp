// A registry with a fleet in it, of which the benchmarks ask how fast it is.
#pragma once

#include "apps/holdfast-registry/registry.hpp"
#include "bench/fleet.hpp"
#include "bench/issuing.hpp"
#include "registry/domain/grant_commands.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::bench {

/// Seconds that the registry's own program needs, and how many devices it enrols over EST in one.
struct ProgramFigures {
  double answered = 0;
  double answered_cold = 0;
  double served = 0;
  double est = 0;
  double verified = 0;
  double backed_up = 0;
};

/// The program's own registry, with its keys under an anchor, over SQLite, in a data folder of its own; certificates
/// are ECDSA P-256. Used by one thread.
class FleetRegistry {
 public:
  /// Founds it in `folder`, which must not be there yet.
  FleetRegistry(std::string folder, std::size_t devices_a_turn);

  /// Returns the seconds that it took.
  double grow_to(std::uint64_t size) { return fleet_->grow_to(size); }
  [[nodiscard]] const Fleet& fleet() const { return *fleet_; }
  [[nodiscard]] domain::Database& database() { return registry_->database(); }

  /// Certificates a second, each durable and in the log before it is answered; and the same without a log.
  [[nodiscard]] double issue() { return issue_with(registry_->enrolment()); }
  [[nodiscard]] double issue_unlogged();
  /// Entries a second, of changes that each leave one about an identity in the log, and nothing else.
  [[nodiscard]] double append(std::chrono::duration<double> turn);
  /// What the program needs as a process. Nothing else may be asked meanwhile.
  [[nodiscard]] ProgramFigures ask_program(const std::string& program, int turns);
  /// Seconds until the registry is opened again, compared with the checkpoint outside, and has listed an identity.
  [[nodiscard]] double open_again();

  [[nodiscard]] double mebibytes() const;

 private:
  void open(registry_app::Founding founding);
  [[nodiscard]] double issue_with(domain::EnrolmentService& service);
  [[nodiscard]] std::vector<domain::IssuedGrant> make_grants();
  void drop_from_cache() const;

  std::string folder_;
  std::size_t devices_a_turn_;
  std::unique_ptr<registry_app::Registry> registry_;
  std::optional<Fleet> fleet_;
};

}  // namespace holdfast::bench
