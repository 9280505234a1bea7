// What the tests of this folder share: temporary machines and hand-made attributes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "device/fingerprint/attribute.hpp"
#include "tests/support/temporary_folder.hpp"

namespace holdfast::fingerprint::test {

/// A folder into which files and programs are written.
class TemporaryFolder : public holdfast::test::TemporaryFolder {
 public:
  std::filesystem::path write(const std::filesystem::path& name, std::string_view content,
                              std::filesystem::perms mode = std::filesystem::perms{0644}) const {
    const auto file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    std::filesystem::permissions(file, mode);
    return file;
  }

  std::filesystem::path script(const std::string& name, const std::string& body) const {
    return write(name, "#!/bin/sh\n" + body + "\n", std::filesystem::perms{0755});
  }
};

inline std::filesystem::path machine(const std::string& name) {
  return std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines" / name;
}

inline std::string value_of(const Attribute& attribute) {
  return std::string(as_text(attribute.value.expose(SecretAccess{})));
}

inline Attribute make_attribute(const std::string& name, const std::string& value, unsigned bits = 32,
                                AttributeClass attribute_class = AttributeClass::replaceable) {
  Attribute attribute;
  attribute.name = name;
  attribute.source = "test:" + name;
  attribute.attribute_class = attribute_class;
  attribute.group = name;
  attribute.bits = bits;
  attribute.state = AttributeState::present;
  attribute.value = SecretBytes::copy_of(as_bytes(value));
  return attribute;
}

inline const Attribute* find(const std::vector<Attribute>& attributes, const std::string& name) {
  for (const auto& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

}  // namespace holdfast::fingerprint::test
