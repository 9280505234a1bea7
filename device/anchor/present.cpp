#include "device/anchor/present.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace holdfast::anchor {

using fingerprint::Attribute;

const Attribute* find_present(const fingerprint::Fingerprint& fingerprint, const SlotAttribute& wanted) {
  const auto& all = fingerprint.attributes;
  const auto found = std::ranges::find_if(all, [&](const Attribute& a) {
    return a.name == wanted.name && a.source == wanted.source && a.state == fingerprint::AttributeState::present;
  });
  return found == all.end() ? nullptr : &*found;
}

Missing explain_missing(const fingerprint::Fingerprint& fingerprint, const SlotAttribute& wanted) {
  for (const auto& a : fingerprint.attributes) {
    if (a.name == wanted.name && a.source == wanted.source) return {printable(wanted.name), printable(a.reason, 300)};
  }
  return {printable(wanted.name), ""};
}

std::string words_for(const std::vector<Missing>& missing) {
  std::string text;
  std::string absent;
  for (const auto& each : missing) {
    if (each.reason.empty()) {
      absent += (absent.empty() ? "; not found on this machine: " : ", ") + each.name;
    } else {
      text += "; " + each.name + " is not available: " + each.reason;
    }
  }
  return text + absent;
}

}  // namespace holdfast::anchor
