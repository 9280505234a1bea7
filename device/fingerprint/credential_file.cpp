#include "device/fingerprint/credential_file.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "core/json.hpp"
#include "core/text.hpp"
#include "device/fingerprint/printable_text.hpp"
#include "device/fingerprint/scratch.hpp"

namespace holdfast::fingerprint {
namespace {

constexpr std::size_t kMaxGroup = 255;
constexpr std::size_t kMaxInterface = 64;
constexpr std::string_view kPhysical = "physical";

struct TypeName {
  std::string_view name;
  SourceType type;
};

constexpr auto kTypes = std::to_array<TypeName>({
    {"env", SourceType::environment},
    {"program", SourceType::program},
    {"file", SourceType::file},
    {"puf", SourceType::puf},
    {"dmi", SourceType::dmi},
    {"net", SourceType::net},
    {"disk", SourceType::disk},
    {"cpu", SourceType::cpu},
    {"device-tree", SourceType::device_tree},
    {"soc", SourceType::soc},
    {"machine-id", SourceType::machine_id},
});

std::string lower(std::string text) {
  for (char& c : text) c = ascii_lower(c);
  return text;
}

bool is_dmi_field(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// A name in a folder of sysfs, or a location such as "0000:00:1f.6"; never a way out of the folder.
bool is_device_name(std::string_view text) {
  return is_printable_text(text) && !text.contains('/') && text != "." && text != "..";
}

// Reads one element; the reader keeps the first thing that is wrong.
class EntryParser {
 public:
  EntryParser(const Json& element, std::string place) : element_(element), place_(std::move(place)) {}

  Result<CredentialEntry> parse() {
    if (!element_.is_object()) return Error(ErrorCode::malformed, place_ + " is not a JSON object");
    JsonReader reader(element_, place_);
    read_names(reader);
    read_claims(reader);
    const auto& value = reader.object("attribute_value");
    TRY(reader.finish(), "read attribute");
    JsonReader value_reader(value, place_ + ": attribute_value");
    TRY(read_value(value_reader), "read attribute value");
    TRY(value_reader.finish(), "read attribute value");
    return std::move(entry_);
  }

 private:
  void read_names(JsonReader& reader) {
    several_ = reader.has("attribute_names");
    if (several_ && reader.has("attribute_name")) {
      reader.fail("attribute_name", "must not stand beside \"attribute_names\"; keep one of the two");
    }
    if (!several_) {
      entry_.names.push_back(reader.text("attribute_name", kMaxAttributeName));
      check_name(reader, "attribute_name", entry_.names.back());
      return;
    }
    const auto& names = reader.array("attribute_names", kMaxCredentialAttributes);
    if (names.empty()) reader.fail("attribute_names", "must hold at least one name");
    for (const auto& name : names) {
      if (!name.is_string()) {
        reader.fail("attribute_names", "must hold texts only");
        return;
      }
      entry_.names.push_back(name.get<std::string>());
      check_name(reader, "attribute_names", entry_.names.back());
    }
  }

  static void check_name(JsonReader& reader, const std::string& member, const std::string& name) {
    if (name.size() > kMaxAttributeName || !is_printable_text(name)) {
      reader.fail(member, "must be 1 to 255 bytes of printable text without control characters");
    }
  }

  void read_claims(JsonReader& reader) {
    if (reader.has("bits")) entry_.bits = static_cast<unsigned>(reader.number("bits", 0, kMaxClaimedBits));
    if (reader.has("required")) entry_.required = reader.boolean("required");
    if (reader.has("group")) {
      entry_.group = reader.text("group", kMaxGroup);
      if (!is_printable_text(*entry_.group)) reader.fail("group", "must be printable text without control characters");
    }
    if (!reader.has("class")) return;
    const auto name = lower(reader.text("class", 32));
    entry_.physical = name == kPhysical;
    if (entry_.physical) return;
    for (const auto known : {AttributeClass::burned_in, AttributeClass::board, AttributeClass::replaceable,
                             AttributeClass::software, AttributeClass::declared}) {
      if (name == name_of(known)) entry_.attribute_class = known;
    }
    if (!entry_.attribute_class) {
      reader.fail("class", "must be one of burned-in, board, replaceable, software, declared, and physical for a puf");
    }
  }

  // What a noisy source is worth is analysed, never claimed; that a program reads hardware only its operator can say.
  Result<void> check_claims() {
    const bool noisy = entry_.type == SourceType::puf;
    if (entry_.physical && !(noisy && entry_.runs_program)) {
      return Error(ErrorCode::malformed, place_ +
                                             ": \"class\" can be physical only of a noisy source (puf) that a program "
                                             "reads: whatever lies in a file can be copied; leave \"class\" out");
    }
    const bool other_class = entry_.attribute_class && *entry_.attribute_class != AttributeClass::declared;
    if (noisy && (entry_.bits || entry_.group || other_class)) {
      return Error(ErrorCode::malformed, place_ +
                                             ": a noisy source (puf) has no \"bits\" and no \"group\", and its "
                                             "\"class\" is physical or declared; its bits are measured at 'init'");
    }
    return {};
  }

  Result<void> read_value(JsonReader& reader) {
    if (!reader.has("type")) {
      reader.fail("type",
                  "is missing; give one of env, program, file, puf, dmi, net, disk, cpu, device-tree, soc, machine-id");
      return reader.finish();
    }
    const auto type = lower(reader.text("type", 32));
    const auto* const known = std::ranges::find(kTypes, type, &TypeName::name);
    if (type == "tpm-ek") {
      return Error(ErrorCode::malformed, place_ + ": type '" + type + "' is not supported by this version");
    }
    if (known == kTypes.end()) {
      reader.fail(
          "type",
          "is '" + printable(type) +
              "'; it must be one of env, program, file, puf, dmi, net, disk, cpu, device-tree, soc, machine-id");
      return reader.finish();
    }
    entry_.type = known->type;
    if (several_ && entry_.type != SourceType::program) {
      return Error(ErrorCode::malformed, place_ +
                                             ": \"attribute_names\" needs a program that prints one JSON object; use "
                                             "\"attribute_name\" for a value of type '" +
                                             type + "'");
    }
    read_target(reader);
    return check_claims();
  }

  void read_target(JsonReader& reader) {
    switch (entry_.type) {
      case SourceType::environment: read_variable(reader); return;
      case SourceType::program: read_program(reader); return;
      case SourceType::file: read_path(reader); return;
      case SourceType::puf: read_puf(reader); return;
      case SourceType::dmi: read_dmi(reader); return;
      case SourceType::net: read_interface(reader); return;
      case SourceType::disk: read_disk(reader); return;
      case SourceType::cpu:
      case SourceType::device_tree:
      case SourceType::soc:
      case SourceType::machine_id: return;
    }
  }

  void read_variable(JsonReader& reader) {
    entry_.target = reader.text("variable_name", kMaxAttributeName);
    if (!is_printable_text(entry_.target) || entry_.target.contains('=')) {
      reader.fail("variable_name", "must be the name of an environment variable");
    }
  }

  void read_path(JsonReader& reader, const std::string& member = "path") {
    entry_.target = reader.text(member, kMaxTargetPath);
    if (!entry_.target.starts_with('/')) reader.fail(member, "must be an absolute path");
    if (!is_printable_text(entry_.target)) reader.fail(member, "must not hold control characters");
  }

  void read_argument(JsonReader& reader) {
    if (!reader.has("argument")) return;
    entry_.argument = reader.text("argument", kMaxProgramArgument);
    if (!entry_.argument->empty() && !is_printable_text(*entry_.argument)) {
      reader.fail("argument", "must not hold control characters");
    }
  }

  void read_puf(JsonReader& reader) {
    entry_.runs_program = reader.has("program");
    if (entry_.runs_program && reader.has("path")) {
      reader.fail("path", "must not stand beside \"program\"; keep one of the two");
    }
    read_path(reader, entry_.runs_program ? "program" : "path");
    if (entry_.runs_program) read_argument(reader);
    if (reader.has("errors")) entry_.errors = static_cast<unsigned>(reader.number("errors", 1, kMostNoisyErrors));
  }

  void read_program(JsonReader& reader) {
    read_path(reader);
    read_argument(reader);
    const bool stated = reader.has("output_format");
    if (stated && lower(reader.text("output_format", 32)) != "json") {
      reader.fail("output_format", "must be \"JSON\", or be left out for a program that prints one value");
    }
    entry_.prints_object = stated || several_;
  }

  void read_dmi(JsonReader& reader) {
    entry_.target = reader.text("field", 64);
    if (!is_dmi_field(entry_.target)) {
      reader.fail("field", "must be the name of a file in /sys/class/dmi/id, such as product_uuid");
    }
  }

  void read_interface(JsonReader& reader) {
    entry_.target = reader.text("interface", kMaxInterface);
    check_device(reader, "interface");
  }

  void read_disk(JsonReader& reader) {
    entry_.target = reader.text("name", kMaxInterface);
    check_device(reader, "name");
    if (!reader.has("field")) return;
    entry_.field = reader.text("field", 16);
    if (!std::ranges::contains(std::to_array<std::string_view>({"serial", "wwid", "eui", "cid"}), entry_.field)) {
      reader.fail("field", "must be serial, wwid, eui or cid, or be left out for the first there is");
    }
  }

  void check_device(JsonReader& reader, const std::string& member) const {
    if (!is_device_name(entry_.target)) {
      reader.fail(member,
                  "must be a name as in /sys/class/net or /sys/block, or a location as in the attribute's name");
    }
  }

  const Json& element_;
  std::string place_;
  bool several_ = false;
  CredentialEntry entry_;
};

// "credential file 'x': attribute 3 ('SERIAL')"
std::string place_of(const std::string& file, std::size_t index, const Json& element) {
  auto place = file + ": attribute " + std::to_string(index + 1);
  if (element.is_object() && element.contains("attribute_name") && element["attribute_name"].is_string()) {
    place.append(" ('").append(printable(element["attribute_name"].get<std::string>(), 64)).append("')");
  }
  return place;
}

Error name_appears_twice(const std::string& place, const std::string& name) {
  return {ErrorCode::malformed, place + ": the name '" + name + "' appears twice; names must differ"};
}

Result<void> check_names(const CredentialEntry& entry, const std::string& place, std::set<std::string>& seen) {
  for (const auto& name : entry.names) {
    if (!seen.insert(name).second) {
      return name_appears_twice(place, name);
    }
  }
  if (seen.size() > kMaxCredentialAttributes) {
    return Error(ErrorCode::malformed, place + " is one too many; at most 64 attributes are allowed");
  }
  return {};
}

}  // namespace

Result<CredentialFile> parse_credential_file(ByteView bytes, const std::string& name) {
  const auto what = "credential file '" + printable(name) + "'";
  if (bytes.size() > kMaxCredentialFile) {
    return Error(ErrorCode::malformed, what + " is larger than 1 MiB");
  }
  TRY_LET(const auto json, parse_json(as_text(bytes), what), "parse credential file");
  JsonReader reader(json, what);
  const auto& elements = reader.array("attributes", kMaxCredentialAttributes);
  TRY(reader.finish(), "read credential file");
  if (elements.empty()) {
    return Error(ErrorCode::malformed, what + ": \"attributes\" is empty; name at least one attribute");
  }
  CredentialFile file;
  std::set<std::string> seen;
  unsigned noisy = 0;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto place = place_of(what, i, elements[i]);
    TRY_LET(auto entry, EntryParser(elements[i], place).parse(), "read attribute");
    TRY(check_names(entry, place, seen), "check names");
    noisy += entry.type == SourceType::puf ? 1 : 0;
    if (noisy > 1) {
      return Error(ErrorCode::malformed, place + ": there is more than one noisy source (puf); keep one of them");
    }
    file.entries.push_back(std::move(entry));
  }
  return file;
}

}  // namespace holdfast::fingerprint
