#include "device/keys/store_errors.hpp"

#include <string>
#include <utility>

namespace holdfast::keys {
namespace {

constexpr std::size_t kNamesInMessages = 5;

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

}  // namespace

Error name_is_taken(const KeyName& name) {
  return {ErrorCode::refused,
          "key '" + name.text() + "' exists already (or did, and was destroyed), and names are never used again"};
}

Error is_there_already(const KeyId& as) {
  return {ErrorCode::refused, "this key is there already, as '" + as.text() +
                                  "', and one key has one name, so that what happens to it happens under all; use that "
                                  "one"};
}

Error is_made_already(const KeyId& id) {
  return {ErrorCode::refused,
          "somebody else has made '" + id.text() + "' at the same moment; look whether that suffices"};
}

Error no_such_key(const KeyName& name, const std::vector<KeyId>& ids) {
  std::vector<KeyName> names;
  names.reserve(ids.size());
  for (const auto& id : ids) names.push_back(id.name);
  const auto closest = closest_names(name, std::move(names), kNamesInMessages);
  const auto hint = closest.empty() ? "; no key was created yet" : "; there is, for example: " + join(closest);
  return {ErrorCode::not_found, "there is no key '" + name.text() + "'" + hint};
}

Error no_such_version(const KeyId& wanted, const std::vector<KeyVersion>& versions) {
  std::vector<std::string> newest;
  for (const auto version : versions) {
    if (newest.size() < kNamesInMessages) newest.push_back(std::to_string(version.number));
  }
  return {ErrorCode::not_found, "key '" + wanted.name.text() + "' has no version " +
                                    std::to_string(wanted.version.number) + "; newest versions: " + join(newest)};
}

Error is_destroyed(const std::string& key) {
  return {ErrorCode::refused, "key '" + key + "' is destroyed, and nothing brings it back"};
}

Error is_given_up(const KeyId& id) {
  return {ErrorCode::refused, "key '" + id.text() +
                                  "' was given up: no root could open its file. Its version is never used again; "
                                  "'holdfast key rotate " +
                                  id.name.text() + "' makes the next one where an earlier one can be read"};
}

Error is_readable(const KeyId& id) {
  return {ErrorCode::refused, "key '" + id.text() + "' can be read, and need not be given up; 'holdfast key destroy " +
                                  id.text() + "' destroys it"};
}

Error not_active(const KeyRecord& record) {
  const std::string hint = record.state == KeyState::disabled ? "; 'holdfast key enable' brings it back" : "";
  return {ErrorCode::refused, "key '" + record.id.text() + "' is " + std::string(name_of(record.state)) +
                                  ", and only active keys can be used" + hint};
}

Error not_for(const KeyRecord& record, KeyUse use) {
  std::string uses;
  for (const auto allowed : record.uses) uses.append(uses.empty() ? "" : ", ").append(name_of(allowed));
  const bool receives = use == KeyUse::decrypt && record.uses.contains(KeyUse::decapsulate);
  return {ErrorCode::refused,
          "key '" + record.id.text() + "' must not be used to " + std::string(name_of(use)) + "; it was made to: " +
              uses + (receives ? ", and 'holdfast unseal --from-outside' opens what was encrypted to it" : "")};
}

Error superseded(const KeyRecord& record, const KeyId& by, std::string_view state, KeyUse use) {
  const auto later = state == name_of(KeyState::active) ? "" : ", which is " + std::string(state) + ",";
  const std::string still = use == KeyUse::sign ? "its signatures can still be verified" : "it still decrypts";
  return {ErrorCode::refused, "key '" + record.id.text() + "' has been followed by '" + by.text() + "'" + later +
                                  " and must no longer " + std::string(name_of(use)) + "; " + still};
}

}  // namespace holdfast::keys
