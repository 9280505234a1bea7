#include "registry/storage/failure.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "core/text.hpp"

namespace holdfast::storage {
namespace {

// The library's messages name its own functions first, and the server's have further lines with values in them.
std::string essence(const soci::soci_error& thrown, std::string_view mark) {
  const std::string message = thrown.get_error_message();
  const auto begin = message.find(mark);
  std::string_view rest = message;
  if (begin != std::string::npos) rest.remove_prefix(begin + mark.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return printable(rest.substr(0, rest.find('\n')), 300);
}

Failure refused(const std::string& why) {
  return {.error = Error(ErrorCode::refused, "the database refuses it: " + why), .trouble = Trouble::refused};
}
Failure again(const std::string& why) {
  return {.error = Error(ErrorCode::io, "the database is too busy: " + why + "; try again"), .trouble = Trouble::again};
}
Failure broken(const std::string& why) {
  return {.error = Error(ErrorCode::io, "the database does not work: " + why), .trouble = Trouble::broken};
}

// Why a server cannot be reached stands in the line behind the library's own. Only where that is about the server: what
// is said of an address that cannot be read may hold parts of it, and so of its password.
std::optional<std::string> reason_unreachable(const soci::soci_error& thrown) {
  constexpr std::string_view kUnreachable = "Cannot establish connection to the database.";
  const std::string message = thrown.get_error_message();
  const auto begin = message.find(kUnreachable);
  if (begin == std::string::npos) return std::nullopt;
  std::string_view reason = std::string_view(message).substr(begin + kUnreachable.size());
  while (reason.starts_with('\n') || reason.starts_with(' ')) reason.remove_prefix(1);
  reason = reason.substr(0, reason.find('\n'));
  const bool is_told = reason.starts_with("connection to server") ||
                       (reason.starts_with("could not translate host name") && !reason.contains('@'));
  return is_told ? printable(reason, 300) : "its address in 'database.url' cannot be read or resolved";
}

Failure explain(const soci::sqlite3_soci_error& thrown) {
  const std::string why = essence(thrown, ": ");
  switch (thrown.result() & 0xff) {
    case SQLITE_CONSTRAINT: return refused(why);
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return again(why);
    case SQLITE_FULL: return broken("no room is left for it (" + why + "); make room and try again");
    default: return broken(why);
  }
}

Failure explain(const soci::postgresql_soci_error& thrown) {
  if (const auto unreachable = reason_unreachable(thrown)) return broken(*unreachable);
  const std::string why = essence(thrown, "ERROR:");
  const std::string state = thrown.sqlstate();
  if (state.starts_with("23")) return refused(why);
  // Serialization failures and deadlocks, and locks for which somebody else lets us wait too long.
  if (state == "40001" || state == "40P01" || state == "55P03") return again(why);
  return broken(why);
}

}  // namespace

Failure explain_current_exception() {
  try {
    throw;
  } catch (const soci::sqlite3_soci_error& thrown) {
    return explain(thrown);
  } catch (const soci::postgresql_soci_error& thrown) {
    return explain(thrown);
  } catch (const soci::soci_error& thrown) {
    return broken(reason_unreachable(thrown).value_or(essence(thrown, "ERROR:")));
  } catch (const std::exception& thrown) {
    return {.error = Error(ErrorCode::internal, std::string("storage failed: ") + thrown.what()),
            .trouble = Trouble::broken};
  }
}

}  // namespace holdfast::storage
