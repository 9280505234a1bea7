// Operations: everything that people can have the registry do, each a row of a table. Commands and their help come from
// the rows, and so does what goes over the local socket.
#pragma once

#include "core/json.hpp"
#include "registry/audit/journal.hpp"
#include "registry/ca/authority.hpp"
#include "registry/domain/store.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::registry_app {

enum class ParameterKind {
  text,
  flag,
  count,
  span,    ///< of time: "7d"
  moment,  ///< RFC 3339, or a span from now
  file,    ///< whose content is sent; "-" is standard input
  path,    ///< of a file or folder that the registry writes, made absolute
  image,   ///< a folder or raw image, in which keys are looked for; what was found is sent
};
enum class Presence { positional, required, optional, optional_positional };
/// Whether a parameter has one of its values, or several with commas between them.
enum class Listing { one, several };

struct Parameter {
  std::string_view name;  ///< of the option, without dashes, and of the member
  ParameterKind kind = ParameterKind::text;
  Presence presence = Presence::optional;
  /// One line. What holds where nothing is given stands in brackets at its end.
  std::string_view help;
  /// All that it can be (value_sets.hpp), where that is a closed set: help lists it, and completions offer it.
  std::vector<std::string_view> (*values)() = nullptr;
  Listing listing = Listing::one;
};

/// Whether the parameter is told by its place.
[[nodiscard]] constexpr bool is_positional(const Parameter& parameter) {
  return parameter.presence == Presence::positional || parameter.presence == Presence::optional_positional;
}

/// What was given, by name. Everything is checked where it is taken, since it may come from anywhere.
class Arguments {
 public:
  /// `given` must outlive this.
  explicit Arguments(const Json& given) : given_(given) {}

  /// ErrorCode::usage, naming the parameter, where it is missing or of another kind.
  [[nodiscard]] Result<std::string> text(std::string_view name) const;
  /// Empty where it is missing.
  [[nodiscard]] Result<std::string> optional_text(std::string_view name) const;
  template <typename AnyId>
  [[nodiscard]] Result<AnyId> id(std::string_view name) const {
    TRY_LET(const auto typed, text(name), "read argument");
    return AnyId::parse(typed);
  }
  [[nodiscard]] Result<bool> flag(std::string_view name) const;
  [[nodiscard]] Result<std::uint64_t> count(std::string_view name, std::uint64_t usual, std::uint64_t most) const;
  [[nodiscard]] Result<std::chrono::seconds> span(std::string_view name, std::chrono::seconds usual) const;
  /// A list of objects, whose members are texts.
  [[nodiscard]] Result<std::vector<Json>> list(std::string_view name, std::size_t most) const;
  [[nodiscard]] Result<std::optional<Timestamp>> moment(std::string_view name, Timestamp now) const;

 private:
  const Json& given_;
};

/// What operations work on, and on whose behalf. Borrows everything.
struct Context {
  domain::Database& database;
  const ca::Authority& authority;
  const audit::NoteVerifier& log;
  audit::EventJournal& journal;
  audit::OutsideCheckpoint& outside;
  const std::string& database_url;
  std::string enrolment_url;     ///< as Registry::enrolment_url
  bool passphrase_file = false;  ///< as ServerAnchor::passphrase_file
  domain::Actor actor;
  Timestamp now;
};

/// For whom a row is. Rows that change something are judged by the domain besides.
enum class Audience {
  everybody,  ///< those in Role::owner too, as far as it is theirs
  staff,      ///< admins, operators and auditors
};

/// A result is an object. Where it has a member "items", that is a list, shown as a table of `columns`.
struct Operation {
  std::string_view group;
  std::string_view verb;
  std::string_view help;
  std::string_view example;
  std::vector<Parameter> parameters;
  std::vector<std::string_view> columns;
  Result<Json> (*run)(const Context&, const Arguments&);
  Audience audience = Audience::everybody;
};

[[nodiscard]] std::span<const Operation> owner_operations();
[[nodiscard]] std::span<const Operation> grant_operations();
[[nodiscard]] std::span<const Operation> identity_operations();
[[nodiscard]] std::span<const Operation> transfer_operations();
[[nodiscard]] std::span<const Operation> approval_operations();
[[nodiscard]] std::span<const Operation> image_operations();
[[nodiscard]] std::span<const Operation> incident_operations();
[[nodiscard]] std::span<const Operation> operator_operations();
[[nodiscard]] std::span<const Operation> policy_operations();
[[nodiscard]] std::span<const Operation> audit_operations();
[[nodiscard]] std::span<const Operation> authority_operations();
/// What has commands of other names: "doctor" and "backup".
[[nodiscard]] std::span<const Operation> housekeeping_operations();

/// All of them.
[[nodiscard]] std::vector<const Operation*> all_operations();
/// nullptr where there is none of that name.
[[nodiscard]] const Operation* find_operation(std::string_view group, std::string_view verb);
/// What people type: "identity list"; of those with commands of other names, "doctor".
[[nodiscard]] std::string command_of(const Operation& operation);

/// Runs `work` in a transaction and returns what it made.
[[nodiscard]] Result<Json> change(const Context& context,
                                  const std::function<Result<Json>(domain::Transaction&)>& work);
[[nodiscard]] Result<Json> read(const Context& context, const std::function<Result<Json>(domain::Transaction&)>& work);

}  // namespace holdfast::registry_app
