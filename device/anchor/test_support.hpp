// Machines, folders and roots made up for the tests of this folder.
#pragma once

#include "core/file.hpp"
#include "device/anchor/create.hpp"
#include "device/anchor/open.hpp"
#include "device/fingerprint/attribute.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::anchor::test {

using fingerprint::Attribute;
using fingerprint::AttributeClass;
using fingerprint::AttributeState;
using fingerprint::Fingerprint;

inline SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }

inline std::string text_of(const SecretBytes& bytes) { return std::string(as_text(bytes.expose(SecretAccess{}))); }

/// A machine with `count` board attributes of 32 bits: "a0" with the value "value-0", and so on.
inline Fingerprint machine(unsigned count) {
  Fingerprint made;
  for (unsigned i = 0; i < count; ++i) {
    Attribute attribute;
    attribute.name = "a" + std::to_string(i);
    attribute.source = "test:" + attribute.name;
    attribute.attribute_class = AttributeClass::board;
    attribute.group = attribute.name;
    attribute.bits = 32;
    attribute.state = AttributeState::present;
    attribute.value = secret("value-" + std::to_string(i));
    made.attributes.push_back(std::move(attribute));
  }
  return made;
}

inline void change(Fingerprint& machine, std::size_t index) {
  machine.attributes[index].value = secret("another value");
}

inline void hide(Fingerprint& machine, std::size_t index) {
  machine.attributes[index].state = AttributeState::unavailable;
  machine.attributes[index].value = SecretBytes();
}

using holdfast::test::TemporaryFolder;

inline Timestamp fixed_clock() { return Timestamp(std::chrono::seconds(1'800'000'000)); }

inline Result<Fingerprint> copy_of(const Fingerprint& machine) {
  Fingerprint copy;
  copy.platform = machine.platform;
  for (const auto& a : machine.attributes) {
    Attribute attribute;
    attribute.name = a.name;
    attribute.source = a.source;
    attribute.attribute_class = a.attribute_class;
    attribute.group = a.group;
    attribute.bits = a.bits;
    attribute.state = a.state;
    attribute.value = SecretBytes::copy_of(a.value.expose(SecretAccess{}));
    copy.attributes.push_back(std::move(attribute));
  }
  return copy;
}

/// A request for `quorum` of all attributes of `machine`.
inline CreateRequest request_for(const Fingerprint& machine, unsigned quorum) {
  CreateRequest request;
  request.fingerprint = &machine;
  request.plan.quorum = quorum;
  for (std::size_t i = 0; i < machine.attributes.size(); ++i) {
    request.plan.counted.push_back({i, machine.attributes[i].bits});
  }
  request.plan.weakest_bits = quorum * 32;
  request.made_by = "test";
  request.read_again = [&machine] { return copy_of(machine); };
  request.clock = fixed_clock;
  return request;
}

/// The value of a result that must be good.
template <typename T>
T must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.error().describe();
    std::abort();
  }
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

inline Bytes root_of(const OpenedAnchor& anchor) {
  const auto bytes = anchor.roots.newest().secret().expose(SecretAccess{});
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace holdfast::anchor::test
