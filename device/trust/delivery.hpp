// Internal to this folder: handing a recovery code over.
#pragma once

#include "device/trust/create_device.hpp"

namespace holdfast::trust {

/// Takes a delivered recovery code back when it goes, unless it was kept. Borrows the owner's functions.
class Delivery {
 public:
  explicit Delivery(const RecoveryDelivery& owner) : owner_(owner) {}
  ~Delivery() {
    if (delivered_ && !kept_ && owner_.withdraw) owner_.withdraw();
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  [[nodiscard]] Result<void> deliver(const SecretBytes& code) {
    TRY(owner_.deliver(code), "deliver recovery code");
    delivered_ = true;
    return {};
  }
  void keep() { kept_ = true; }

 private:
  const RecoveryDelivery& owner_;
  bool delivered_ = false;
  bool kept_ = false;
};

}  // namespace holdfast::trust
