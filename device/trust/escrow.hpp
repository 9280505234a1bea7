// Escrow: officers who together open a device for its owner.
#pragma once

#include "device/anchor/escrow_opening.hpp"
#include "device/anchor/escrow_wrap.hpp"
#include "device/trust/device_info.hpp"

#include <functional>
#include <string>
#include <vector>

namespace holdfast::trust {

using anchor::EscrowRequest;
using anchor::EscrowShare;
using anchor::GivenShare;
using anchor::kMaxOpenedShare;
using anchor::OfficerCertificate;

/// How the officers' encrypted shares reach them.
struct ShareDelivery {
  /// Hands over the shares, in the officers' order. Called once, when everything is written and checked, and right
  /// before the escrow takes effect; its failure leaves the device as it was.
  std::function<Result<void>(const EscrowInfo& escrow)> deliver;
  /// Takes delivered shares back, since nothing came of it. Called at most once; must not throw. May be empty.
  std::function<void()> withdraw;
};

/// Whether an escrow that there is may be replaced.
enum class ReplaceEscrow { refused, allowed };

/// A share that was opened with its officer's key. Needs no device. Errors as crypto::open_envelope has them, and
/// ErrorCode::malformed where something else was encrypted.
struct OpenedShare {
  SecretBytes text;  ///< as a device takes it
  EscrowShare share;
};
[[nodiscard]] Result<OpenedShare> open_share(ByteView file, const crypto::PrivateKey& key);

}  // namespace holdfast::trust
