// Who may connect: how many at once, altogether and from one place.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace holdfast::http {

enum class Admission {
  admitted,
  turned_away,  ///< is told that there are too many
  dropped,      ///< not even that
};

/// Thread-safe.
class Admissions {
 public:
  /// A connection's place, given back when it goes. Must not outlive the Admissions.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), admission_(other.admission_), place_(std::move(other.place_)) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();
    [[nodiscard]] Admission admission() const { return admission_; }

   private:
    friend class Admissions;
    Ticket(Admissions* owner, Admission admission, std::string place)
        : owner_(owner), admission_(admission), place_(std::move(place)) {}
    Admissions* owner_;
    Admission admission_;
    std::string place_;
  };

  Admissions(std::size_t most, std::size_t most_a_place) : most_(most), most_a_place_(most_a_place) {}

  /// `place` is where the connection comes from, however that is told apart.
  [[nodiscard]] Ticket admit(std::string place);

 private:
  void leave(Admission admission, const std::string& place);

  std::size_t most_;
  std::size_t most_a_place_;
  std::mutex mutex_;
  std::size_t admitted_ = 0;
  std::size_t turned_away_ = 0;
  std::unordered_map<std::string, std::size_t> by_place_;
};

}  // namespace holdfast::http
