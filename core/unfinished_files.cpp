#include "core/unfinished_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <utility>

namespace holdfast {
namespace {

enum class State : int { free, being_filled, kept };

struct Place {
  std::atomic<State> state = State::free;
  std::array<char, PATH_MAX> name{};
};
static_assert(std::atomic<State>::is_always_lock_free, "signal handlers read it");

// More than any program of ours writes at a time; fixed, since a signal handler must not meet an allocation.
std::array<Place, 16> g_places;

}  // namespace

UnfinishedFile::UnfinishedFile(const std::filesystem::path& file) {
  const auto& name = file.native();
  if (name.size() >= PATH_MAX) return;
  for (std::size_t i = 0; i < g_places.size(); ++i) {
    auto expected = State::free;
    if (!g_places[i].state.compare_exchange_strong(expected, State::being_filled)) continue;
    *std::ranges::copy(name, g_places[i].name.begin()).out = '\0';
    g_places[i].state = State::kept;
    place_ = i;
    return;
  }
}

UnfinishedFile::UnfinishedFile(UnfinishedFile&& other) noexcept : place_(std::exchange(other.place_, kNone)) {}

UnfinishedFile& UnfinishedFile::operator=(UnfinishedFile&& other) noexcept {
  if (this != &other) {
    if (place_ != kNone) g_places[place_].state = State::free;
    place_ = std::exchange(other.place_, kNone);
  }
  return *this;
}

UnfinishedFile::~UnfinishedFile() {
  if (place_ != kNone) g_places[place_].state = State::free;
}

void remove_unfinished_files() noexcept {
  for (const auto& place : g_places) {
    if (place.state == State::kept) ::unlink(place.name.data());
  }
}

}  // namespace holdfast
