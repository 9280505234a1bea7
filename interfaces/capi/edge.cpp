#include "interfaces/capi/edge.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <string_view>

namespace holdfast::capi {
namespace {

struct LastError {
  const Owner* owner = nullptr;
  std::weak_ptr<const Owner> alive;
  std::string text;

  [[nodiscard]] bool is_of(const Owner* other) const {
    return owner == other && (owner == nullptr || !alive.expired());
  }
};

// What failed last in one thread, for each owner that is still there. Other threads never look at it, so that it needs
// no lock.
struct LastErrors {
  std::list<LastError> all;  // a text stays where it is when others come and go
  LastError without_memory;  // of whoever there was no memory for
  bool lacked_memory = false;
};

LastErrors& errors_of_thread() {
  thread_local LastErrors errors;
  return errors;
}

void remember(LastErrors& errors, const Owner* owner, const char* text) {
  const auto known = std::ranges::find_if(errors.all, [&](const auto& error) { return error.is_of(owner); });
  if (known != errors.all.end()) {
    known->text = text;
    return;
  }
  std::erase_if(errors.all, [](const auto& error) { return error.owner != nullptr && error.alive.expired(); });
  LastError made{owner, {}, text};
  if (owner != nullptr) made.alive = owner->weak_from_this();
  errors.all.push_back(std::move(made));
}

}  // namespace

holdfast_status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage: return HOLDFAST_USAGE;
    case ErrorCode::does_not_open: return HOLDFAST_DOES_NOT_OPEN;
    case ErrorCode::wrong_passphrase: return HOLDFAST_WRONG_PASSPHRASE;
    case ErrorCode::malformed: return HOLDFAST_MALFORMED;
    case ErrorCode::not_found: return HOLDFAST_NOT_FOUND;
    case ErrorCode::refused: return HOLDFAST_REFUSED;
    case ErrorCode::io: return HOLDFAST_IO;
    case ErrorCode::internal: return HOLDFAST_INTERNAL;
  }
  std::unreachable();
}

std::string in_words_of_c(std::string text) {
  struct Word {
    std::string_view command;
    std::string_view c;
  };
  static constexpr std::array kWords{
      Word{"'--from-outside'", "'from_outside' in the options"},
      Word{"--dir", "holdfast_device_set_folder"},
      Word{"such as --key ", "in 'key' of the options, such as "},
      Word{"--unlock-passphrase-file or --unlock-passphrase-fd", "it with holdfast_device_set_passphrase"},
  };
  for (const auto& [command, c] : kWords) {
    if (const auto at = text.find(command); at != std::string::npos) text.replace(at, command.size(), c);
  }
  return text;
}

holdfast_status fail(const Owner* owner, holdfast_status status, const char* text) noexcept {
  auto& errors = errors_of_thread();
  try {
    remember(errors, owner, text);
    errors.lacked_memory = errors.lacked_memory && !errors.without_memory.is_of(owner);
  } catch (const std::exception&) {
    errors.without_memory.owner = owner;
    if (owner != nullptr) errors.without_memory.alive = owner->weak_from_this();
    errors.lacked_memory = true;
  }
  return status;
}

const char* last_error(const Owner* owner) noexcept {
  const auto& errors = errors_of_thread();
  if (errors.lacked_memory && errors.without_memory.is_of(owner)) return "out of memory";
  const auto known = std::ranges::find_if(errors.all, [&](const auto& error) { return error.is_of(owner); });
  return known == errors.all.end() ? "" : known->text.c_str();
}

}  // namespace holdfast::capi
