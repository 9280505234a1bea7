// Finding the attributes that a slot or a stateless configuration names among those that the machine has now.
#pragma once

#include "device/anchor/slot.hpp"
#include "device/fingerprint/attribute.hpp"

#include <string>
#include <vector>

namespace holdfast::anchor {

/// The attribute of that name and source where it is present, else nullptr. Points into `fingerprint`.
[[nodiscard]] const fingerprint::Attribute* find_present(const fingerprint::Fingerprint& fingerprint,
                                                         const SlotAttribute& wanted);

/// An attribute that is not present now, for people.
struct Missing {
  std::string name;
  std::string reason;  ///< empty where nothing of that name was found at all
};

/// For an attribute that find_present does not find.
[[nodiscard]] Missing explain_missing(const fingerprint::Fingerprint& fingerprint, const SlotAttribute& wanted);

/// The end of a sentence, beginning with "; ": which are not available and why, which were not found. Empty for none.
[[nodiscard]] std::string words_for(const std::vector<Missing>& missing);

}  // namespace holdfast::anchor
