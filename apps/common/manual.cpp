#include "apps/common/manual.hpp"

#include <string_view>

#include "core/file.hpp"

namespace holdfast::app {
namespace {

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

std::string entry(std::string_view macro, const std::string& term, const std::string& text) {
  return ".TP\n" + std::string(macro) + " " + escaped(term) + "\n" + escaped(text) + "\n";
}

std::string exit_statuses(const ManualFacts& facts) {
  auto statuses = facts.exit_statuses;
  statuses.insert({{0, "Done."},
                   {2, "Usage: an argument is wrong or missing."},
                   {5, "Altered, truncated or malformed input."},
                   {6, "Not found."},
                   {8, "Input or output failed."},
                   {9, "Anything else."},
                   {10, "Something needs attention (doctor)."}});
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] : statuses) text += entry(".B", std::to_string(status), meaning);
  return text;
}

std::string files_and_environment(const ManualFacts& facts) {
  std::string text = ".SH FILES\n";
  for (const auto& file : facts.files) text += entry(".I", file.term, file.text);
  text += ".SH ENVIRONMENT\n";
  for (const auto& variable : facts.environment) text += entry(".B", variable.term, variable.text);
  return text;
}

std::string synopsis_of(const CommandText& command, const std::string& title) {
  std::string text = ".SH SYNOPSIS\n.B " + escaped(title) + "\n";
  if (!command.commands.empty())
    return text + (command.needs_command ? "[OPTIONS] COMMAND\n" : "[OPTIONS] [COMMAND]\n");
  text += "[OPTIONS]";
  for (const auto& option : command.options) {
    if (option.positional) text += " " + (option.required ? option.name : "[" + option.name + "]");
  }
  return text + "\n";
}

std::string options_of(const CommandText& command) {
  std::string text;
  for (const auto& option : command.options) {
    text += ".TP\n.B " + escaped(option.name);
    if (!option.type.empty() && !option.positional) text += " \\fI" + escaped(option.type) + "\\fR";
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

std::string page_of(const CommandText& command, const std::string& title, const CommandText& program,
                    const ManualFacts& facts) {
  const bool whole = &command == &program;
  std::string text =
      ".TH " + page_name(title) + R"( 1 "" ")" + program.name + " " + facts.version + "\" \"Holdfast\"\n";
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
  if (!whole) text += ".PP\nThe global options of \\fB" + escaped(program.name) + "\\fR(1) may stand here too.\n";
  if (!command.example.empty()) {
    text += std::string(whole ? ".SH NOTES\n" : ".SH EXAMPLE\n") + ".nf\n" + escaped(command.example) + "\n.fi\n";
  }
  text += exit_statuses(facts);
  if (whole) return text + files_and_environment(facts);
  return text + ".SH SEE ALSO\n.BR " + escaped(program.name) + " (1)\n";
}

Result<void> write_pages(const std::filesystem::path& folder, const CommandText& command, const std::string& title,
                         const CommandText& program, const ManualFacts& facts) {
  const auto page = page_of(command, title, program, facts);
  TRY(write_file_atomically(folder / (page_name(title) + ".1"), as_bytes(page), 0644, Replace::allowed), "write page");
  for (const auto& sub : command.commands) {
    TRY(write_pages(folder, sub, title + " " + sub.name, program, facts), "write pages");
  }
  return {};
}

}  // namespace

Result<void> write_manual(const std::filesystem::path& folder, const CommandText& program, const ManualFacts& facts) {
  return write_pages(folder, program, program.name, program, facts);
}

std::string after_manual(const std::string& folder, const CommandText& program) {
  return "wrote the manual; read it with 'man -l " + folder + "/" + program.name + ".1'";
}

}  // namespace holdfast::app
