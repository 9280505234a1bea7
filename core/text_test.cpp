#include "core/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace holdfast {
namespace {

std::string normalised(std::string_view typed) {
  const auto result = normalise_passphrase(SecretBytes::copy_of(as_bytes(typed)));
  return result.ok() ? std::string(as_text(result->expose(SecretAccess{})))
                     : "error: " + std::string(name_of(result.error().code()));
}

TEST(NormalisePassphrase, ComposesAndRemovesOneNewline) {
  struct Row {
    std::string typed;
    std::string expected;
  };
  const Row rows[] = {
      {"correct horse", "correct horse"},
      {"e\u0301", "\u00e9"},
      {"\u00e9", "\u00e9"},
      {"\u212b", "\u00c5"},                // ANGSTROM SIGN
      {"\uac00", "\uac00"},                // a Hangul syllable, composed
      {"\u1100\u1161", "\uac00"},          // and in its parts
      {"q\u0323\u0307", "q\u0323\u0307"},  // marks in their canonical order
      {"q\u0307\u0323", "q\u0323\u0307"},
      {"\ufb01", "\ufb01"},  // form C keeps ligatures; form KC would not
      {"a\n", "a"},
      {"a\r\n", "a"},
      {"a\n\n", "a\n"},
      {"a\r", "a\r"},
      {" a ", " a "},
      {"\n\n", "\n"},
      {std::string("a\0b", 3), std::string("a\0b", 3)},
      {"\U0001f511", "\U0001f511"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.typed);
    EXPECT_EQ(normalised(row.typed), row.expected);
  }
}

TEST(NormalisePassphrase, KeepsLongOnesWhole) {
  std::string typed;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    typed += "xe\u0301";
    expected += "x\u00e9";
  }
  EXPECT_EQ(normalised(typed), expected);
}

TEST(NormalisePassphrase, IsAFixedPoint) {
  for (const std::string typed : {"e\u0301\u0323", "\u1e9b\u0323", "\u0344", "\u1112\u1161\u11ab"}) {
    EXPECT_EQ(normalised(normalised(typed)), normalised(typed));
  }
}

TEST(NormalisePassphrase, RefusesWhatIsEmptyOrNotUtf8) {
  for (const std::string typed : {"", "\n", "\r\n", "\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"}) {
    SCOPED_TRACE(typed);
    EXPECT_EQ(normalised(typed), "error: usage");
  }
}

TEST(Printable, ShowsControlCharactersAsEscapes) {
  struct Row {
    std::string text;
    std::string shown;
  };
  const Row rows[] = {
      {"plain text, é", "plain text, é"},
      {"a\x1b[31mb", R"(a\x1b[31mb)"},
      {"a\nb\t\x7f", R"(a\x0ab\x09\x7f)"},
      {std::string("a\0b", 3), R"(a\x00b)"},
      {"a\xc2\x9b"
       "31m",
       R"(a\xc2\x9b31m)"},            // the one-character form of ESC [
      {"a\xff\xc3", R"(a\xff\xc3)"},  // not UTF-8
      {"", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(printable(row.text), row.shown);
}

TEST(FirstCharacter, TellsWhatItDoes) {
  using enum CharacterKind;
  struct Row {
    std::string_view text;
    std::size_t size;
    CharacterKind kind;
  };
  const Row rows[] = {
      {"ab", 1, visible},
      {"é", 2, visible},
      {"\U0001f600!", 4, visible},
      {"\u202e", 3, invisible},  // right-to-left override
      {"\u200d", 3, invisible},  // joiner
      {"\ufeff", 3, invisible},
      {"\u2028", 3, invisible},  // line separator
      {std::string_view("\0a", 2), 1, control},
      {"\x1b[", 1, control},
      {"\xc2\x9b", 2, control},
      {"\xc3", 1, not_utf8},
      {"\xff\xff", 1, not_utf8},
      {"\xed\xa0\x80", 1, not_utf8},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(printable(row.text));
    EXPECT_EQ(first_character(row.text).bytes, row.text.substr(0, row.size));
    EXPECT_EQ(first_character(row.text).kind, row.kind);
  }
}

TEST(Printable, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  EXPECT_EQ(printable("abé", 3), "ab…");
  EXPECT_EQ(printable(std::string(300, 'x')), std::string(200, 'x') + "…");
}

}  // namespace
}  // namespace holdfast
