// The registry's things as JSON, in which operations answer.
#pragma once

#include "core/json.hpp"
#include "registry/domain/store.hpp"

namespace holdfast::registry_app {

/// An owner as people know them: the name, and the mail address of a person. The id where they are gone.
[[nodiscard]] Result<std::string> name_owner(domain::Transaction& tx, const domain::OwnerId& id);

[[nodiscard]] Json json_of(const domain::Owner& owner);
[[nodiscard]] Result<Json> json_of(domain::Transaction& tx, const domain::Identity& identity);
[[nodiscard]] Json json_of(const domain::Anchor& anchor);
[[nodiscard]] Json json_of(const domain::Certificate& certificate, Timestamp now);
[[nodiscard]] Result<Json> json_of(domain::Transaction& tx, const domain::Grant& grant, Timestamp now);
[[nodiscard]] Json json_of(const domain::Incident& incident);
[[nodiscard]] Json json_of(const domain::Operator& person);
[[nodiscard]] Json json_of(const domain::Token& token, Timestamp now);
[[nodiscard]] Json json_of(const domain::Policy& policy);
[[nodiscard]] Json json_of(const domain::Event& event);

/// "7d", "36h": in the largest unit that leaves no rest.
[[nodiscard]] std::string span_text(std::chrono::seconds span);

/// {"items": [...]}
[[nodiscard]] Json list_of(Json items);

}  // namespace holdfast::registry_app
