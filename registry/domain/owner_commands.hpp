// Owners coming and going, and identities passing from one to another.
#pragma once

#include "registry/domain/store.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace holdfast::domain {

/// A person of the directory, as an import names them.
struct DirectoryEntry {
  std::string mail;
  std::string name;
  std::string team;  ///< may be empty
  OwnerStanding standing = OwnerStanding::active;
};

/// Whether people whom an import does not name have left.
enum class ImportExtent { partial, complete };

struct ImportReport {
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t unchanged = 0;
  std::size_t left = 0;
  std::size_t teams_added = 0;
  std::size_t orphaned = 0;   ///< identities
  std::size_t reclaimed = 0;  ///< identities that were orphaned until now, because somebody is back
};

/// Takes over what a directory says. Teams come into being where they are named first. ErrorCode::usage where it says
/// nothing and is complete: then everybody would have left.
[[nodiscard]] Result<ImportReport> import_owners(Transaction& tx, const Actor& actor,
                                                 const std::vector<DirectoryEntry>& entries, ImportExtent extent,
                                                 Timestamp now);

/// The owner of that id, mail address or team name. ErrorCode::not_found, naming it.
[[nodiscard]] Result<Owner> find_owner(Transaction& tx, const std::string& typed);

/// A person or a team has left: in the same transaction their identities are orphaned, each with an incident. Returns
/// how many. ErrorCode::refused where they have left already.
[[nodiscard]] Result<std::size_t> deactivate_owner(Transaction& tx, const Actor& actor, const OwnerId& id,
                                                   Timestamp now);

/// The old side: an owner of the identity, or an operator for owners who have left. It replaces whatever was offered
/// before, and ErrorCode::refused where it would not be later than that.
[[nodiscard]] Result<Transfer> start_transfer(Transaction& tx, const Actor& actor, const IdentityId& identity,
                                              const Ownership& to, Timestamp now);
/// Those that can be accepted, the oldest first.
[[nodiscard]] Result<std::vector<Transfer>> waiting_transfers(Transaction& tx, Timestamp now);
/// The new side: one of the new owners, or an operator, but never whoever started it. ErrorCode::refused where another
/// one was started later, or this one more than 30 days ago. Returns the identity as it is now.
[[nodiscard]] Result<Identity> accept_transfer(Transaction& tx, const Actor& actor, const TransferId& id,
                                               Timestamp now);

}  // namespace holdfast::domain
