// Internal to this folder: handing a recovery code over, or officers their shares.
#pragma once

#include <utility>

#include "device/trust/create_device.hpp"

namespace holdfast::trust {

/// Takes what was delivered back when it goes, unless it was kept. Borrows the owner's functions: `Owner` has a
/// `deliver` and a `withdraw`.
template <typename Owner>
class Delivery {
 public:
  explicit Delivery(const Owner& owner) : owner_(owner) {}
  ~Delivery() {
    if (delivered_ && !kept_ && owner_.withdraw) owner_.withdraw();
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  template <typename What>
  [[nodiscard]] Result<void> deliver(const What& what) {
    TRY(owner_.deliver(what), "deliver");
    delivered_ = true;
    return {};
  }
  void keep() { kept_ = true; }

 private:
  const Owner& owner_;
  bool delivered_ = false;
  bool kept_ = false;
};

}  // namespace holdfast::trust
