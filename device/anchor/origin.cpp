#include "device/anchor/origin.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "crypto/kdf.hpp"

namespace holdfast::anchor {
namespace {

using fingerprint::Origin;
using fingerprint::PlatformKind;

constexpr std::string_view kPurpose = "origin";
constexpr std::string_view kChroot = "chroot";
constexpr std::string_view kNoMachineId = "no-machine-id";
constexpr std::size_t kMaxWord = 1024;
constexpr std::size_t kMaxSigns = 16;

/// What an anchor remembers: hashes (hex) of identifiers, empty where one was not known.
struct Remembered {
  std::string platform;
  std::string generation_id;
  std::string cloud_instance;
  std::string machine_id;
  std::string file_system;
  std::optional<std::uint64_t> folder;
  std::string image_id;
  std::string image_version;
  std::string build_id;
  std::vector<std::string> signs;
};

// No two identifiers share a hash, whatever their values.
Result<std::string> hash_of(std::string_view member, const SecretBytes& value) {
  if (value.empty()) return std::string();
  Bytes name = crypto::label("origin");
  append_lp(name, as_bytes(member));
  append_u32(name, static_cast<std::uint32_t>(value.size()));
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {name, value.expose(SecretAccess{})}),
          "hash identifier");
  return to_hex(digest);
}

Result<Remembered> remembered_form(const Origin& origin) {
  Remembered form;
  if (origin.platform) form.platform = fingerprint::name_of(*origin.platform);
  TRY_LET(form.generation_id, hash_of("generation_id", origin.generation_id), "hash generation id");
  TRY_LET(form.cloud_instance, hash_of("cloud_instance", origin.cloud_instance), "hash instance id");
  TRY_LET(form.machine_id, hash_of("machine_id", origin.machine_id), "hash machine-id");
  TRY_LET(form.file_system, hash_of("file_system", origin.file_system), "hash file system");
  form.folder = origin.folder;
  form.image_id = origin.image_id;
  form.image_version = origin.image_version;
  form.build_id = origin.build_id;
  if (origin.in_chroot) form.signs.emplace_back(kChroot);
  if (origin.no_machine_id) form.signs.emplace_back(kNoMachineId);
  return form;
}

Json to_json(const Remembered& form) {
  Json json{{"signs", form.signs}};
  const auto add = [&json](const char* member, const std::string& text) {
    if (!text.empty()) json[member] = text;
  };
  add("platform", form.platform);
  add("generation_id", form.generation_id);
  add("cloud_instance", form.cloud_instance);
  add("machine_id", form.machine_id);
  add("file_system", form.file_system);
  add("image_id", form.image_id);
  add("image_version", form.image_version);
  add("build_id", form.build_id);
  if (form.folder) json["folder"] = *form.folder;
  return json;
}

std::string optional_hash(JsonReader& reader, const std::string& member) {
  return reader.has(member) ? to_hex(reader.hex(member, 32)) : std::string();
}

std::string optional_text(JsonReader& reader, const std::string& member) {
  return reader.has(member) ? reader.text(member, kMaxWord) : std::string();
}

Result<Remembered> parse(std::string_view text) {
  const std::string what = "remembered origin";
  TRY_LET(const auto json, parse_canonical_json(text, what), "parse");
  JsonReader reader(json, what);
  Remembered form;
  form.platform = optional_text(reader, "platform");
  form.generation_id = optional_hash(reader, "generation_id");
  form.cloud_instance = optional_hash(reader, "cloud_instance");
  form.machine_id = optional_hash(reader, "machine_id");
  form.file_system = optional_hash(reader, "file_system");
  form.image_id = optional_text(reader, "image_id");
  form.image_version = optional_text(reader, "image_version");
  form.build_id = optional_text(reader, "build_id");
  if (reader.has("folder")) form.folder = reader.number("folder", 0, UINT64_MAX);
  for (const auto& sign : reader.array("signs", kMaxSigns)) {
    if (!sign.is_string()) {
      reader.fail("signs", "has an element that is no text");
      break;
    }
    form.signs.push_back(sign.get<std::string>());
  }
  TRY(reader.finish(), "parse remembered origin");
  return form;
}

Result<SecretBytes> unwrap(const Root& root, ByteView remembered) {
  TRY_LET(const auto key, root.key(kPurpose), "derive key");
  return crypto::unwrap_secret(key, root.anchor().bytes, remembered);
}

Result<Bytes> wrap(const Root& root, const SecretBytes& origin) {
  TRY_LET(const auto key, root.key(kPurpose), "derive key");
  return crypto::wrap_secret(key, root.anchor().bytes, origin);
}

Result<Remembered> decrypt(const Root& root, ByteView remembered) {
  TRY_LET(const auto plain, unwrap(root, remembered), "decrypt origin");
  return parse(as_text(plain.expose(SecretAccess{})));
}

// Of the system that the anchor was made on, where it told its image's name.
std::string image_of(const Remembered& then) {
  std::string name = then.image_id;
  for (const auto& more : {then.image_version, then.build_id}) {
    if (!more.empty()) name += (name.empty() ? "" : " ") + more;
  }
  return name.empty() ? name : " (it was made on the image '" + printable(name) + "')";
}

// Both are known, and they differ.
bool differ(const std::string& then, const std::string& now) { return !then.empty() && !now.empty() && then != now; }

std::string image_evidence(const Remembered& then, const Remembered& now) {
  if (std::ranges::contains(then.signs, kNoMachineId)) {
    return "when it was made, that system had not been through its first boot" + image_of(then);
  }
  if (std::ranges::contains(then.signs, kChroot)) {
    return "it was made in a chroot, as builders of images use" + image_of(then);
  }
  const auto container = fingerprint::name_of(PlatformKind::container);
  if (then.platform == container && differ(then.platform, now.platform)) {
    return "it was made in a container, and this is none" + image_of(then);
  }
  if (differ(then.machine_id, now.machine_id)) {
    return "this system has another machine-id than the one it was made on, as after an installation or the first "
           "boot of an image" +
           image_of(then);
  }
  return {};
}

std::string folder_evidence(const Remembered& then, const Remembered& now) {
  if (differ(then.file_system, now.file_system)) return "it lies on another file system than the one it was made on";
  if (then.folder && now.folder && *then.folder != *now.folder) return "it is not the folder that was made then";
  return {};
}

std::string machine_evidence(const Remembered& then, const Remembered& now) {
  if (differ(then.generation_id, now.generation_id)) return "the virtual machine's generation id has changed";
  if (differ(then.cloud_instance, now.cloud_instance)) return "the cloud calls this another instance";
  return {};
}

std::string_view summary_of(CloneSignKind kind) {
  switch (kind) {
    case CloneSignKind::shared_image: return "the anchor seems to have been made on a shared image";
    case CloneSignKind::copied_folder: return "the folder seems to have been copied here";
    case CloneSignKind::cloned_machine: return "the machine seems to have been cloned or restored from a snapshot";
  }
  std::unreachable();
}

std::string_view advice_of(CloneSignKind kind) {
  switch (kind) {
    case CloneSignKind::shared_image:
      return "Whoever has that image may have the same root: leave the state folder out of images, and make an anchor "
             "on each machine. If this is the only machine, 'holdfast migrate' takes note of it";
    case CloneSignKind::copied_folder:
      return "If you moved or restored it, 'holdfast migrate' takes note of that; if not, find out who has the other "
             "one: both have the same keys, and each its own counter and key states";
    case CloneSignKind::cloned_machine:
      return "If the other one is still in use, both have the same keys: make a new anchor on one of them. If not, "
             "'holdfast migrate' takes note of it, and the counter and key states may have gone back";
  }
  std::unreachable();
}

}  // namespace

std::string_view name_of(CloneSignKind kind) {
  switch (kind) {
    case CloneSignKind::shared_image: return "shared-image";
    case CloneSignKind::copied_folder: return "copied-folder";
    case CloneSignKind::cloned_machine: return "cloned-machine";
  }
  std::unreachable();
}

std::string summary_of(const CloneSign& sign) { return std::string(summary_of(sign.kind)) + ": " + sign.evidence; }

std::string describe(const CloneSign& sign) { return summary_of(sign) + ". " + std::string(advice_of(sign.kind)); }

Result<Bytes> remember_origin(const Root& root, const Origin& origin) {
  TRY_LET(const auto form, remembered_form(origin), "hash origin");
  TRY_LET(const auto text, canonical_json(to_json(form)), "write origin");
  return wrap(root, SecretBytes::copy_of(as_bytes(text)));
}

Result<Bytes> rewrap_origin(ByteView remembered, const Root& before, const Root& after) {
  if (remembered.empty()) return Bytes();
  TRY_LET(const auto origin, unwrap(before, remembered), "decrypt origin");
  return wrap(after, origin);
}

Result<std::vector<CloneSign>> compare_origin(const Root& root, ByteView remembered, const Origin& today) {
  TRY_LET(const auto then, decrypt(root, remembered), "read remembered origin");
  TRY_LET(const auto now, remembered_form(today), "hash origin");
  std::vector<CloneSign> signs;
  const auto add = [&signs](CloneSignKind kind, std::string evidence) {
    if (!evidence.empty()) signs.push_back({kind, std::move(evidence)});
  };
  add(CloneSignKind::shared_image, image_evidence(then, now));
  add(CloneSignKind::copied_folder, folder_evidence(then, now));
  add(CloneSignKind::cloned_machine, machine_evidence(then, now));
  return signs;
}

}  // namespace holdfast::anchor
