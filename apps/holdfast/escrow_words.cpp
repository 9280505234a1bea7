#include "apps/holdfast/escrow_words.hpp"

#include "apps/common/terminal.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"

namespace holdfast::app {

std::string words_for(const trust::EscrowInfo& escrow) {
  return "any " + std::to_string(escrow.threshold) + " of " + std::to_string(escrow.officers.size()) +
         " officers, as '" + printable(escrow.name) + "'";
}

std::string table_of(const trust::EscrowInfo& escrow, const trust::RecoveryHistory& history, Timestamp now) {
  std::string text = "Escrow       " + escrow.id + ", '" + printable(escrow.name) + "'\nMade         " +
                     format_rfc3339(escrow.made) + "\nLast tested  " +
                     (history.tested ? format_rfc3339(*history.tested) : "never") + "\nOpens with   any " +
                     std::to_string(escrow.threshold) + " of " + std::to_string(escrow.officers.size()) + " shares\n\n";
  Table table({"SHARE", "OFFICER", "EXPIRES", "CERTIFICATE (SHA-256)"});
  unsigned number = 0;
  for (const auto& officer : escrow.officers) {
    const auto colour = officer.expires < now ? Colour::warning : Colour::plain;
    table.add({{std::to_string(++number)},
               {printable(officer.subject)},
               {format_rfc3339(officer.expires), colour},
               {to_hex(officer.fingerprint)}});
  }
  return text + table.render();
}

}  // namespace holdfast::app
