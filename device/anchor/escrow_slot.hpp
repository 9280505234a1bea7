// The slot that opens with the officers' shares, as data.
#pragma once

#include "core/clock.hpp"
#include "device/anchor/secret_slot.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

inline constexpr std::size_t kMaxEscrowName = 64;
inline constexpr std::size_t kShareCheckSize = 32;

/// One of those who hold a share. The first has the share 1.
struct EscrowOfficer {
  std::string subject;  ///< of the certificate, safe to show
  Bytes fingerprint;    ///< SHA-256 of the certificate
  Timestamp expires;    ///< the certificate
  Bytes check;          ///< which share is the right one; kShareCheckSize bytes that tell nothing else about it
  Bytes share;          ///< encrypted to the certificate: CMS, DER
};

/// Opens with the shares of any `threshold` officers.
struct EscrowSlot : SecretSlot {
  std::string name;  ///< by which officers tell devices apart; never empty
  Timestamp made;
  unsigned threshold = 0;
  std::vector<EscrowOfficer> officers;
};

[[nodiscard]] Json to_json(const EscrowSlot& slot);
/// Its own parameters alone, officers and their shares included: what is bound as associated data.
[[nodiscard]] Json parameters_of(const EscrowSlot& slot);
/// ErrorCode::malformed names `what` and the member.
[[nodiscard]] Result<EscrowSlot> parse_escrow_slot(const Json& json, const std::string& what);

}  // namespace holdfast::anchor
