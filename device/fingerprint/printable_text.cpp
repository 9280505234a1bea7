#include "device/fingerprint/printable_text.hpp"

#include <utf8proc.h>

namespace holdfast::fingerprint {

bool is_printable_text(std::string_view text) {
  bool visible = false;
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto size = ::utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (size <= 0) return false;
    switch (::utf8proc_category(point)) {
      case UTF8PROC_CATEGORY_CC:  // control
      case UTF8PROC_CATEGORY_CF:  // format, such as changes of direction
      case UTF8PROC_CATEGORY_CS:  // surrogate
      case UTF8PROC_CATEGORY_ZL:  // line separator
      case UTF8PROC_CATEGORY_ZP: return false;
      case UTF8PROC_CATEGORY_ZS: break;
      default: visible = true;
    }
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return visible;
}

}  // namespace holdfast::fingerprint
