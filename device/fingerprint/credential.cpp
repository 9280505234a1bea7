#include "device/fingerprint/credential.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <utility>

#include "core/json.hpp"
#include "core/text.hpp"
#include "device/fingerprint/program.hpp"
#include "device/fingerprint/reading.hpp"
#include "device/fingerprint/trusted_path.hpp"

namespace holdfast::fingerprint {
namespace {

// nlohmann's parser keeps ordinary strings; they held values.
void wipe_texts(Json& json) {
  if (json.is_string()) {
    auto& text = json.get_ref<std::string&>();
    wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  } else if (json.is_structured()) {
    for (auto& element : json) wipe_texts(element);
  }
}

Attribute blank(const CredentialEntry& entry, const std::string& name, std::string source) {
  Attribute attribute;
  attribute.name = name;
  attribute.source = std::move(source);
  attribute.group = "attribute/" + name;
  attribute.attribute_class = entry.attribute_class.value_or(AttributeClass::declared);
  return attribute;
}

Attribute read_variable(const CredentialEntry& entry) {
  auto attribute = blank(entry, entry.names.front(), "env:" + entry.target);
  const char* value = std::getenv(entry.target.c_str());
  if (value == nullptr) {
    set_unavailable(attribute, "environment variable " + entry.target + " is not set");
  } else if (const std::string_view text(value); text.size() > kMaxValue) {
    set_unavailable(attribute, "environment variable " + entry.target + " is longer than 4096 bytes");
  } else {
    set_value(attribute, as_bytes(text), ValueFormat::text);
  }
  return attribute;
}

Attribute read_named_file(const CredentialEntry& entry) {
  auto attribute = blank(entry, entry.names.front(), "file:" + entry.target);
  const auto reading = read_value(entry.target);
  set_value(attribute, reading, ValueFormat::text, "file '" + entry.target + "'");
  if (reading.outcome == ReadOutcome::missing) {
    set_unavailable(attribute, "file '" + entry.target + "' does not exist");
  }
  return attribute;
}

void set_member(Attribute& attribute, const Json& object, const std::string& program) {
  const auto member = object.find(attribute.name);
  if (member == object.end()) {
    set_unavailable(attribute, program + " prints no member '" + attribute.name + "'");
    return;
  }
  if (!member->is_string() && !member->is_number_integer()) {
    set_unavailable(attribute, program + ": its member '" + attribute.name + "' is neither text nor a whole number");
    return;
  }
  auto text = member->is_string() ? member->get<std::string>() : member->dump();
  if (text.size() > kMaxValue) {
    set_unavailable(attribute, program + ": its member '" + attribute.name + "' is longer than 4096 bytes");
  } else {
    set_value(attribute, as_bytes(text), ValueFormat::text);
  }
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

Error outside_program(const CredentialContext& context, const CredentialEntry& entry, const std::string& why) {
  return {ErrorCode::refused,
          "credential file '" + printable(context.file_name) + "': attribute '" + entry.names.front() + "': " + why};
}

class Reader {
 public:
  Reader(const CredentialContext& context, std::vector<Native>& natives) : context_(context), natives_(natives) {}

  Result<std::vector<Attribute>> read(const CredentialEntry& entry) {
    std::vector<Attribute> attributes;
    switch (entry.type) {
      case SourceType::environment: attributes.push_back(read_variable(entry)); break;
      case SourceType::file: attributes.push_back(read_named_file(entry)); break;
      case SourceType::puf: return attributes;  // no attribute, since it is never the same twice
      case SourceType::program: {
        TRY_LET(attributes, read_program(entry), "read program");
        break;
      }
      case SourceType::dmi:
      case SourceType::net:
      case SourceType::disk:
      case SourceType::cpu:
      case SourceType::device_tree:
      case SourceType::soc:
      case SourceType::machine_id: {
        TRY_LET(auto attribute, read_native(entry), "read native attribute");
        attributes.push_back(std::move(attribute));
      }
    }
    for (auto& attribute : attributes) claim(attribute, entry);
    return attributes;
  }

 private:
  static void claim(Attribute& attribute, const CredentialEntry& entry) {
    attribute.named_by_operator = true;
    attribute.required = entry.required;
    if (entry.group) attribute.group = *entry.group;
    if (!entry.bits) return;
    attribute.bits = *entry.bits;
    attribute.bits_claimed = true;
  }

  const ProgramOutcome& run(const CredentialEntry& entry, const std::string& source) {
    const auto known = outcomes_.find(source);
    if (known != outcomes_.end()) return known->second;
    const ProgramRequest request{.path = entry.target, .argument = entry.argument, .folder = context_.program_folder};
    return outcomes_.emplace(source, run_program(request)).first->second;
  }

  Result<std::vector<Attribute>> read_program(const CredentialEntry& entry) {
    const auto source = "program:" + entry.target + (entry.argument ? " " + *entry.argument : "");
    std::vector<Attribute> attributes;
    attributes.reserve(entry.names.size());
    for (const auto& name : entry.names) attributes.push_back(blank(entry, name, source));
    const auto& outcome = run(entry, source);
    if (outcome.outside) return outside_program(context_, entry, outcome.failure);
    const auto program = "program '" + entry.target + "'";
    if (!outcome.failure.empty()) {
      for (auto& attribute : attributes) set_unavailable(attribute, outcome.failure);
    } else if (!entry.prints_object) {
      set_output(attributes.front(), outcome.output.expose(SecretAccess{}), program);
    } else {
      set_members(attributes, outcome.output.expose(SecretAccess{}), program);
    }
    return attributes;
  }

  static void set_output(Attribute& attribute, ByteView output, const std::string& program) {
    if (trimmed(as_text(output)).size() > kMaxValue) {
      set_unavailable(attribute, program + " prints a value longer than 4096 bytes");
      return;
    }
    set_value(attribute, output, ValueFormat::text);
  }

  static void set_members(std::vector<Attribute>& attributes, ByteView output, const std::string& program) {
    // The parser's own message would quote the output, which is secret.
    auto object = parse_json(as_text(output), program);
    if (!object.ok() || !object->is_object()) {
      for (auto& attribute : attributes) set_unavailable(attribute, program + " does not print one JSON object");
      return;
    }
    for (auto& attribute : attributes) set_member(attribute, *object, program);
    wipe_texts(*object);
  }

  static std::vector<std::string> handles_of(const CredentialEntry& entry) {
    switch (entry.type) {
      case SourceType::dmi: return {"dmi:" + entry.target};
      case SourceType::net: return {"net:" + entry.target};
      case SourceType::disk: {
        const auto disk = "disk:" + entry.target + ":";
        if (!entry.field.empty()) return {disk + entry.field};
        return {disk + "serial", disk + "wwid", disk + "eui", disk + "cid"};
      }
      case SourceType::cpu: return {"cpu"};
      case SourceType::device_tree: return {"device-tree"};
      case SourceType::soc: return {"soc"};
      case SourceType::machine_id: return {"machine-id"};
      case SourceType::environment:
      case SourceType::program:
      case SourceType::file:
      case SourceType::puf: return {};
    }
    return {};
  }

  Result<Attribute> read_native(const CredentialEntry& entry) {
    TRY_LET(auto attribute, take_native(entry), "take native attribute");
    attribute.name = entry.names.front();
    const bool declared = context_.platform != PlatformKind::bare_metal;
    if (declared) {
      attribute.attribute_class = AttributeClass::declared;
      attribute.bits = 0;
    } else if (entry.attribute_class) {
      // An operator may know that a part is less stable than it looks, and not that it is more so.
      attribute.attribute_class = std::max(attribute.attribute_class, *entry.attribute_class);
    }
    return attribute;
  }

  Result<Attribute> take_native(const CredentialEntry& entry) {
    const auto handles = handles_of(entry);
    for (const auto& handle : handles) {
      const auto known = std::ranges::find_if(
          natives_, [&](const Native& native) { return std::ranges::contains(native.handles, handle); });
      if (known == natives_.end()) continue;
      for (const auto& taken : known->handles) taken_.emplace(taken, entry.names.front());
      auto attribute = std::move(known->attribute);
      natives_.erase(known);
      return attribute;
    }
    for (const auto& handle : handles) {
      const auto [first, is_new] = taken_.emplace(handle, entry.names.front());
      if (!is_new) return named_twice(handle, first->second, entry.names.front());
    }
    if (entry.type == SourceType::dmi) return read_dmi_field(context_.sysroot, entry.target);
    return missing_native(entry);
  }

  [[nodiscard]] Error named_twice(const std::string& handle, const std::string& first,
                                  const std::string& second) const {
    return {ErrorCode::malformed, "credential file '" + printable(context_.file_name) + "': attributes '" + first +
                                      "' and '" + second + "' are both the value '" + handle + "'; keep one of them"};
  }

  static Attribute missing_native(const CredentialEntry& entry) {
    const auto handle = handles_of(entry).front();
    auto attribute = blank(entry, entry.names.front(), handle);
    attribute.attribute_class = AttributeClass::declared;
    if (entry.type == SourceType::net) {
      attribute.source = "net:permanent-mac:" + entry.target;
      set_unavailable(attribute, "this machine has no network card '" + entry.target + "' with a permanent address");
    } else if (entry.type == SourceType::disk) {
      attribute.source = "disk:" + (entry.field.empty() ? "serial" : entry.field) + ":" + entry.target;
      set_unavailable(attribute, "this machine has no disk '" + entry.target + "' with such an identifier");
    } else {
      set_unavailable(attribute, "this machine reports no value of type '" + handle + "'");
    }
    return attribute;
  }

  const CredentialContext& context_;
  std::vector<Native>& natives_;
  std::map<std::string, std::string> taken_;  // by handle, the name of the attribute that got the value
  std::map<std::string, ProgramOutcome> outcomes_;
};

}  // namespace

// All of them before the first one runs: a file that names one program of another place is not trusted with the others.
Result<void> check_program_folder(const CredentialFile& file, const CredentialContext& context) {
  if (context.program_folder.empty()) return {};
  for (const auto& entry : file.entries) {
    if (entry.type != SourceType::program && !entry.runs_program) continue;
    const auto program = open_trusted_program(entry.target, context.program_folder);
    if (!program.outside) continue;
    return outside_program(context, entry, words_for_outside(entry.target, context.program_folder, program));
  }
  return {};
}

Result<std::vector<Attribute>> read_credentials(const CredentialFile& file, const CredentialContext& context,
                                                std::vector<Native>& natives) {
  TRY(check_program_folder(file, context), "check program folder");
  Reader reader(context, natives);
  std::vector<Attribute> attributes;
  for (const auto& entry : file.entries) {
    TRY_LET(auto of_entry, reader.read(entry), "read credential entry");
    std::ranges::move(of_entry, std::back_inserter(attributes));
  }
  for (const auto& entry : file.entries) {
    for (const auto& name : entry.names) {
      const auto clash = std::ranges::find(natives, name, [](const Native& native) { return native.attribute.name; });
      if (clash == natives.end()) continue;
      return Error(ErrorCode::malformed, "credential file '" + printable(context.file_name) + "': attribute '" + name +
                                             "' has the name of one that this machine reports by itself (" +
                                             clash->attribute.source + "); choose another name");
    }
  }
  return attributes;
}

}  // namespace holdfast::fingerprint
