// Manual pages, made from the commands themselves.
#include <string_view>

#include "apps/common/exit_status.hpp"
#include "apps/holdfast/command_text.hpp"
#include "apps/holdfast/commands.hpp"
#include "apps/holdfast/session.hpp"
#include "core/file.hpp"

namespace holdfast::app {
namespace {

constexpr std::string_view kExitStatus = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
The signature is not valid.
.TP
.B 2
Usage: an argument is wrong or missing.
.TP
.B 3
This device or its required factors do not open the anchor, or the file belongs to another anchor.
.TP
.B 4
Wrong passphrase of a file, or wrong recovery code.
.TP
.B 5
Altered, truncated or malformed input.
.TP
.B 6
Not found.
.TP
.B 7
Refused by policy, profile, entropy floor or expiry.
.TP
.B 8
Input or output failed.
.TP
.B 9
Anything else.
.TP
.B 10
Something needs attention (doctor).
)";

constexpr std::string_view kFiles = R"(.SH FILES
.TP
.I /var/lib/holdfast
State folder of root; $XDG_DATA_HOME/holdfast for others. It holds the anchor, its event log and the keys.
.TP
.I /etc/holdfast/profiles/*.toml
Security profiles that a site adds.
.SH ENVIRONMENT
.TP
.B HOLDFAST_DIR
The state folder, unless \-\-dir names one.
.TP
.B HOLDFAST_MARKS
Where generations of anchors are remembered, so that an older copy put back is noticed; /var/lib/holdfast\-marks for root,
$XDG_STATE_HOME/holdfast\-marks for others.
.TP
.B HOLDFAST_PROFILES
Where a site's profiles are, instead of /etc/holdfast/profiles.
.TP
.B NO_COLOR
Tables without colour.
)";

// A minus is a hyphen to roff, and a line must not begin with a dot or an apostrophe.
std::string escaped(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    line_begins = c == '\n';
  }
  return out;
}

std::string synopsis_of(const CommandText& command, const std::string& title) {
  std::string text = ".SH SYNOPSIS\n.B " + escaped(title) + "\n";
  if (!command.commands.empty())
    return text + (command.needs_command ? "[OPTIONS] COMMAND\n" : "[OPTIONS] [COMMAND]\n");
  text += "[OPTIONS]";
  for (const auto& option : command.options) {
    if (option.positional) text += " " + option.name;
  }
  return text + "\n";
}

std::string options_of(const CommandText& command) {
  std::string text;
  for (const auto& option : command.options) {
    text += ".TP\n.B " + escaped(option.name);
    if (!option.type.empty()) text += " \\fI" + escaped(option.type) + "\\fR";
    text += "\n" + escaped(option.description) + "\n";
  }
  return text;
}

std::string page_name(const std::string& title) {
  std::string name = title;
  for (char& c : name) {
    if (c == ' ') c = '-';
  }
  return name;
}

std::string page_of(const CommandText& command, const std::string& title, const CommandText& program) {
  const bool whole = &command == &program;
  std::string text = ".TH " + page_name(title) + " 1 \"\" \"holdfast " HOLDFAST_VERSION "\" \"Holdfast\"\n";
  text += ".SH NAME\n" + escaped(page_name(title)) + " \\- " + escaped(command.description) + "\n";
  text += synopsis_of(command, title);
  if (!command.commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const auto& sub : command.commands) {
      text += ".TP\n.B " + escaped(sub.name) + "\n" + escaped(sub.description) + "; see \\fB" +
              escaped(page_name(title + " " + sub.name)) + "\\fR(1).\n";
    }
  }
  text += ".SH OPTIONS\n" + options_of(command);
  if (!whole) text += ".PP\nThe global options of \\fBholdfast\\fR(1) may stand here too.\n";
  if (!command.example.empty()) {
    text += std::string(whole ? ".SH NOTES\n" : ".SH EXAMPLE\n") + ".nf\n" + escaped(command.example) + "\n.fi\n";
  }
  text += kExitStatus;
  if (whole) return text + std::string(kFiles);
  return text + ".SH SEE ALSO\n.BR holdfast (1)\n";
}

Result<void> write_pages(const std::filesystem::path& folder, const CommandText& command, const std::string& title,
                         const CommandText& program) {
  const auto page = page_of(command, title, program);
  TRY(write_file_atomically(folder / (page_name(title) + ".1"), as_bytes(page), 0644, Replace::allowed), "write page");
  for (const auto& sub : command.commands) {
    TRY(write_pages(folder, sub, title + " " + sub.name, program), "write pages");
  }
  return {};
}

}  // namespace

Result<int> run(const GlobalArguments& global, const ManualArguments& arguments) {
  const auto program = describe_program();
  TRY(write_pages(arguments.folder, program, "holdfast", program), "write manual");
  note(global, "wrote the manual; read it with 'man -l " + arguments.folder + "/holdfast.1'");
  return kExitDone;
}

}  // namespace holdfast::app
