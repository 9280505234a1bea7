#include "device/keys/key_record.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "device/keys/record_reader.hpp"

namespace holdfast::keys {
namespace {

template <typename Value>
struct Name {
  Value value;
  std::string_view text;
};

constexpr std::array<Name<KeyOrigin>, 3> kOrigins{
    {{KeyOrigin::derived, "derived"}, {KeyOrigin::random, "random"}, {KeyOrigin::imported, "imported"}}};
constexpr std::array<Name<KeyState>, 3> kStates{
    {{KeyState::active, "active"}, {KeyState::disabled, "disabled"}, {KeyState::destroyed, "destroyed"}}};

// The largest, ML-DSA-87's, has 2,614 bytes.
constexpr std::size_t kMaxPublicKey = 4096;
constexpr std::size_t kDigestSize = 32;

template <typename Names, typename Value>
std::string_view text_of(const Names& names, Value value) {
  return std::ranges::find(names, value, &Names::value_type::value)->text;
}

template <typename Names>
auto find_text(const Names& names, std::string_view text) {
  const auto found = std::ranges::find(names, text, &Names::value_type::text);
  return found == names.end() ? std::nullopt : std::optional(found->value);
}

template <typename Names>
std::string list_of(const Names& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + std::string(name.text);
  return list;
}

template <typename Names>
auto parse_word(const Names& names, std::string_view text, const std::string& what)
    -> Result<decltype(Names::value_type::value)> {
  if (const auto value = find_text(names, text)) return *value;
  return Error(ErrorCode::usage, "'" + printable(text) + "' is not " + what + "; there is: " + list_of(names));
}

// A word of a table; a failure is kept by the reader, and the value returned then is never looked at.
template <typename Names>
auto read_word(RecordReader& reader, std::string_view member, const Names& names) {
  const auto value = find_text(names, reader.text(member));
  if (!value) reader.fail(member, "must be one of: " + list_of(names));
  return value.value_or(names.front().value);
}

crypto::KeyAlgorithm read_algorithm(RecordReader& reader) {
  const auto algorithm = crypto::find_key_algorithm(reader.text("algorithm"));
  if (!algorithm) reader.fail("algorithm", "must be one of: " + crypto::list_key_algorithms());
  return algorithm.value_or(crypto::KeyAlgorithm::ed25519);
}

anchor::AnchorId read_anchor(RecordReader& reader) {
  const auto id = anchor::AnchorId::parse(reader.text("anchor"));
  if (!id.ok()) reader.fail("anchor", "must be 32 lower-case hexadecimal digits");
  return id.ok() ? *id : anchor::AnchorId();
}

Timestamp read_created(RecordReader& reader) {
  const auto text = reader.text("created");
  const auto time = parse_rfc3339(text);
  // One spelling only, so that a record that is read and written again has not changed.
  if (time.ok() && format_rfc3339(*time) == text) return *time;
  reader.fail("created", "must be a time such as 2026-12-31T23:59:59Z");
  return {};
}

Result<KeyName> read_name(RecordReader& reader) {
  auto name = KeyName::parse(reader.text("name"));
  if (!name.ok()) reader.fail("name", "must be 1 to 64 letters, digits, '.', '_' or '-'");
  return name;
}

Bytes read_public_key(RecordReader& reader) {
  auto bytes = parse_base64(reader.text("public_key"));
  if (bytes.ok() && !bytes->empty() && bytes->size() <= kMaxPublicKey) return std::move(bytes).value();
  reader.fail("public_key", "must be base64 of 1 to " + std::to_string(kMaxPublicKey) + " bytes");
  return {};
}

Bytes read_digest(RecordReader& reader, std::string_view member) {
  const auto text = reader.text(member);
  auto bytes = parse_hex(text);
  if (bytes.ok() && bytes->size() == kDigestSize && to_hex(*bytes) == text) return std::move(bytes).value();
  reader.fail(member, "must be 64 lower-case hexadecimal digits");
  return {};
}

// Data keys have no public half, and are known by a check value instead.
bool has_public_key(crypto::KeyAlgorithm algorithm) { return crypto::row_of(algorithm).family != crypto::Family::aes; }

std::set<KeyUse> read_uses(RecordReader& reader) {
  std::set<KeyUse> uses;
  for (const auto text : reader.texts("uses")) {
    const auto use = crypto::find_key_use(text);
    // In the order in which to_json writes them, each once.
    if (!use || (!uses.empty() && *use <= *uses.rbegin())) {
      reader.fail("uses", "must be some of, each once and in this order: " + crypto::list_key_uses());
      return {};
    }
    uses.insert(*use);
  }
  return uses;
}

}  // namespace

std::string_view name_of(KeyOrigin origin) { return text_of(kOrigins, origin); }
std::string_view name_of(KeyState state) { return text_of(kStates, state); }

Result<KeyUse> parse_key_use(std::string_view text) {
  if (const auto use = crypto::find_key_use(text)) return *use;
  return Error(ErrorCode::usage,
               "'" + printable(text) + "' is not a use of a key; there is: " + crypto::list_key_uses());
}
Result<KeyOrigin> parse_key_origin(std::string_view text) { return parse_word(kOrigins, text, "an origin of a key"); }

Result<std::string> to_json(const KeyRecord& record) {
  auto uses = Json::array();
  for (const auto use : record.uses) uses.push_back(name_of(use));
  Json json{{"algorithm", crypto::row_of(record.algorithm).name},
            {"anchor", record.anchor.hex()},
            {"created", format_rfc3339(record.created)},
            {"epoch", record.epoch.number},
            {"name", record.id.name.text()},
            {"origin", name_of(record.origin)},
            {"state", name_of(record.state)},
            {"uses", std::move(uses)},
            {"version", record.id.version.number}};
  if (has_public_key(record.algorithm)) {
    json["public_key"] = to_base64(record.half.public_key);
    json["public_sha256"] = to_hex(record.half.public_sha256);
  } else {
    json["key_check"] = to_hex(record.half.key_check);
  }
  return canonical_json(json);
}

Result<KeyRecord> parse_key_record(std::string_view json) {
  RecordReader reader(json);
  const auto algorithm = read_algorithm(reader);
  const auto anchor = read_anchor(reader);
  const auto created = read_created(reader);
  const auto epoch = reader.number("epoch");
  PublicHalf half;
  if (!has_public_key(algorithm)) half.key_check = read_digest(reader, "key_check");
  auto name = read_name(reader);
  const auto origin = read_word(reader, "origin", kOrigins);
  if (has_public_key(algorithm)) {
    half.public_key = read_public_key(reader);
    half.public_sha256 = read_digest(reader, "public_sha256");
  }
  const auto state = read_word(reader, "state", kStates);
  auto uses = read_uses(reader);
  const auto version = reader.number("version");
  TRY(reader.finish(), "read key record");
  KeyRecord record{.id = {std::move(name).value(), {version}},
                   .algorithm = algorithm,
                   .uses = std::move(uses),
                   .origin = origin,
                   .anchor = anchor,
                   .epoch = {epoch},
                   .created = created,
                   .state = state,
                   .half = std::move(half)};
  if (!has_public_key(algorithm)) return record;
  TRY_LET(const auto digest, crypto::hash(crypto::HashAlgorithm::sha256, {record.half.public_key}), "hash public key");
  if (digest != record.half.public_sha256) {
    return Error(ErrorCode::malformed, R"(the key record: "public_sha256" is not that of "public_key")");
  }
  return record;
}

Result<crypto::PublicKey> public_key_of(const KeyRecord& record) {
  if (is_plain_bytes(record.algorithm)) {
    return Error(ErrorCode::usage, "key '" + record.id.text() + "' is for " +
                                       std::string(crypto::row_of(record.algorithm).name) +
                                       ", which has no SubjectPublicKeyInfo");
  }
  TRY_LET(auto key, crypto::PublicKey::parse(record.half.public_key), "read public key of record");
  if (key.algorithm() != record.algorithm) {
    return Error(ErrorCode::malformed, "key '" + record.id.text() + "' says " +
                                           std::string(crypto::row_of(record.algorithm).name) +
                                           ", but its public key is another algorithm's");
  }
  return key;
}

}  // namespace holdfast::keys
