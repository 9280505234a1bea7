// Identifiers: a type of its own for each kind of thing, so that none is taken for another.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"

#include <compare>
#include <string>
#include <string_view>

namespace holdfast::domain {

/// A fresh UUID of version 7 (RFC 9562): ordered by time, with 74 random bits. 36 characters, lower case.
[[nodiscard]] Result<std::string> make_uuid(Timestamp now);
/// Whether `text` is a UUID in its one spelling: 36 characters, lower case.
[[nodiscard]] bool is_uuid(std::string_view text);

/// The identifier of one kind of thing. Never empty.
template <typename Kind>
class Id {
 public:
  [[nodiscard]] static Result<Id> create(Timestamp now) {
    TRY_LET(std::string text, make_uuid(now), "draw identifier");
    return Id(std::move(text));
  }
  /// ErrorCode::usage where it is no UUID; upper case is taken for lower case.
  [[nodiscard]] static Result<Id> parse(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'F') c = static_cast<char>(c + ('a' - 'A'));
    }
    if (is_uuid(lower)) return Id(std::move(lower));
    return Error(ErrorCode::usage, std::string(Kind::kName) + " ids look like 01900000-0000-7000-8000-000000000000");
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The word stands in messages about identifiers that are none.
struct IdentityKind {
  static constexpr std::string_view kName = "identity";
};
struct AnchorKind {
  static constexpr std::string_view kName = "anchor";
};
struct OwnerKindTag {
  static constexpr std::string_view kName = "owner";
};
struct OperatorKind {
  static constexpr std::string_view kName = "operator";
};
struct TokenKind {
  static constexpr std::string_view kName = "token";
};
struct GrantKind {
  static constexpr std::string_view kName = "grant";
};
struct RequestKind {
  static constexpr std::string_view kName = "request";
};
struct IncidentKindTag {
  static constexpr std::string_view kName = "incident";
};
struct TransferKind {
  static constexpr std::string_view kName = "transfer";
};
struct ApprovalKind {
  static constexpr std::string_view kName = "approval";
};

using IdentityId = Id<IdentityKind>;
using AnchorId = Id<AnchorKind>;
using OwnerId = Id<OwnerKindTag>;
using OperatorId = Id<OperatorKind>;
using TokenId = Id<TokenKind>;
using GrantId = Id<GrantKind>;
using RequestId = Id<RequestKind>;
using IncidentId = Id<IncidentKindTag>;
using TransferId = Id<TransferKind>;
using ApprovalId = Id<ApprovalKind>;

}  // namespace holdfast::domain
