// Subjects and alternative names as people type them: what is read can be shown, and what is shown reads the same.
#include <cstddef>
#include <cstdint>

#include "core/text.hpp"
#include "crypto/subject_alternative_name.hpp"
#include "crypto/x509_name.hpp"
#include "fuzz/check.hpp"

namespace {

using holdfast::fuzz::check;

void check_subject(std::string_view typed) {
  using holdfast::crypto::DistinguishedName;
  const auto name = DistinguishedName::parse(typed);
  if (!name.ok()) {
    check(name.error().code() == holdfast::ErrorCode::usage, "a bad subject is a mistake of who typed it");
    const auto& message = name.error().message();
    check(holdfast::printable(message, message.size()) == message, "a refusal is safe to show");
    return;
  }
  const std::string shown = name->to_text();
  check(holdfast::printable(shown, shown.size()) == shown, "a subject is safe to show");
  // Hexadecimal makes it longer, up to beyond what may be typed.
  if (shown.size() > 4096) return;
  const auto again = DistinguishedName::parse(shown);
  check(again.ok() && *again == *name, "a subject that was shown reads the same");
}

void check_alternative_name(std::string_view typed) {
  using holdfast::crypto::AlternativeNameKind;
  using holdfast::crypto::SubjectAlternativeName;
  const auto name = SubjectAlternativeName::parse(typed);
  if (!name.ok()) {
    check(name.error().code() == holdfast::ErrorCode::usage, "a bad alternative name is a mistake of who typed it");
    return;
  }
  const auto again = SubjectAlternativeName::parse(typed);
  check(again.ok() && *again == *name, "a name typed twice is the same name");
  if (name->kind() == AlternativeNameKind::ip) {
    check(name->value().size() == 4 || name->value().size() == 16, "an address has 4 or 16 bytes");
    return;
  }
  for (const auto byte : name->value()) check(byte > ' ' && byte < 0x7f, "names are ASCII without spaces");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto typed = holdfast::as_text({data, size});
  check_subject(typed);
  check_alternative_name(typed);
  return 0;
}
