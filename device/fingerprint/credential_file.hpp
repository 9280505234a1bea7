// The credential file: what an operator adds to, or says about, a machine's attributes.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "device/fingerprint/attribute.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::fingerprint {

inline constexpr std::size_t kMaxCredentialFile = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxCredentialAttributes = 64;
inline constexpr std::size_t kMaxAttributeName = 255;
inline constexpr std::size_t kMaxTargetPath = 4095;
inline constexpr std::size_t kMaxProgramArgument = 4096;
/// The longest text that says where a value comes from: "puf:program:", a path, a space and an argument.
inline constexpr std::size_t kMaxSourceText = 12 + kMaxTargetPath + 1 + kMaxProgramArgument;
inline constexpr unsigned kMaxClaimedBits = 256;

inline constexpr unsigned kMostNoisyErrors = 30;

enum class SourceType { environment, program, file, puf, dmi, net, disk, cpu, device_tree, soc, machine_id };

/// One element of the file.
struct CredentialEntry {
  std::vector<std::string> names;  ///< more than one only for a program that prints an object
  SourceType type = SourceType::environment;
  std::string target;                   ///< variable, path, DMI field, interface or disk
  std::string field;                    ///< of a disk, which identifier; blank for the first there is
  bool runs_program = false;            ///< of a puf: `target` is a program, not a file
  bool physical = false;                ///< of a puf: the operator says that its program reads hardware
  std::optional<unsigned> errors;       ///< of a puf: percent of bits that may differ between readings
  std::optional<std::string> argument;  ///< of a program
  bool prints_object = false;           ///< the program prints one JSON object with a member for each name
  std::optional<unsigned> bits;         ///< the operator's claim
  std::optional<AttributeClass> attribute_class;
  std::optional<std::string> group;
  std::optional<bool> required;  ///< nothing where the file does not say
};

struct CredentialFile {
  std::vector<CredentialEntry> entries;
};

/// Pure: reads nothing but `bytes`. `name` names the file in errors. Errors: ErrorCode::malformed with
/// file, place and what to do.
[[nodiscard]] Result<CredentialFile> parse_credential_file(ByteView bytes, const std::string& name);

}  // namespace holdfast::fingerprint
