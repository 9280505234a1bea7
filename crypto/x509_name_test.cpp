// Names as people type them: what is read, in which order, and what is refused with which words.
#include "crypto/x509_name.hpp"

#include "crypto/test_support.hpp"

namespace holdfast::crypto {
namespace {

using test::failed;
using test::succeeded;

/// In the order of the certificate: "2.5.4.6=DE|2.5.4.3=a+2.5.4.5=1".
std::string in_order(const DistinguishedName& name) {
  std::string text;
  for (const RelativeName& level : name.relative_names()) {
    if (!text.empty()) text += '|';
    for (const NameAttribute& attribute : level) {
      if (&attribute != &level.front()) text += '+';
      text += attribute.oid + "=" + attribute.value;
    }
  }
  return text;
}

TEST(Subject, IsReadInBothForms) {
  struct Row {
    std::string typed;
    std::string read;
    std::string shown;
  };
  const Row rows[] = {
      {"CN=gate 7", "2.5.4.3=gate 7", "CN=gate 7"},
      {"/CN=gate 7", "2.5.4.3=gate 7", "CN=gate 7"},
      {R"(CN=gate 7,O=Example\, Inc.,C=DE)", "2.5.4.6=DE|2.5.4.10=Example, Inc.|2.5.4.3=gate 7",
       R"(CN=gate 7,O=Example\, Inc.,C=DE)"},
      {"/C=DE/O=Example, Inc./CN=gate 7", "2.5.4.6=DE|2.5.4.10=Example, Inc.|2.5.4.3=gate 7",
       R"(CN=gate 7,O=Example\, Inc.,C=DE)"},
      {" cn = a , o = b ", "2.5.4.10=b|2.5.4.3=a", "CN=a,O=b"},
      {" /O=b /CN= a", "2.5.4.10=b|2.5.4.3=a", "CN=a,O=b"},
      {"CN=a+serialNumber=1,O=b", "2.5.4.10=b|2.5.4.3=a+2.5.4.5=1", "CN=a+serialNumber=1,O=b"},
      {"/O=b/CN=a+UID=1", "2.5.4.10=b|2.5.4.3=a+0.9.2342.19200300.100.1.1=1", "CN=a+UID=1,O=b"},
      {R"(CN="a, b + \"c\" \\ ;<>#",O=x)", R"(2.5.4.10=x|2.5.4.3=a, b + "c" \ ;<>#)",
       R"(CN=a\, b \+ \"c\" \\ \;\<\>#,O=x)"},
      {"CN=\"  a  \" , O=x", "2.5.4.10=x|2.5.4.3=  a  ", "CN=\\  a \\ ,O=x"},
      {R"(CN=\ a\ )", "2.5.4.3= a ", R"(CN=\ a\ )"},
      {R"(CN=\#1)", "2.5.4.3=#1", R"(CN=\#1)"},
      {R"(CN=a\2Cb\2c\C3\A9)", "2.5.4.3=a,b,é", R"(CN=a\,b\,é)"},
      {R"(/CN=a\/b\+c\,d\\e\2F"f",g;h)", R"(2.5.4.3=a/b+c,d\e/"f",g;h)", R"(CN=a/b\+c\,d\\e/\"f\"\,g\;h)"},
      {"CN=a=b/c", "2.5.4.3=a=b/c", "CN=a=b/c"},
      {"CN=\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
       "2.5.4.3=\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
       "CN=\u0645\u06cc\\e2\\80\\8c\u062e\u0648\u0627\u0647\u0645"},
      {"CN=gäte \U0001f600", "2.5.4.3=gäte \U0001f600", "CN=gäte \U0001f600"},
      {"DC=gate,DC=example,DC=org",
       "0.9.2342.19200300.100.1.25=org|0.9.2342.19200300.100.1.25=example|0.9.2342.19200300.100.1.25=gate",
       "DC=gate,DC=example,DC=org"},
      {"2.5.4.3=a,1.3.6.1.4.1.99999.1=b", "1.3.6.1.4.1.99999.1=b|2.5.4.3=a", "CN=a,1.3.6.1.4.1.99999.1=b"},
      {"OU=1,ST=2,L=3,STREET=4,emailaddress=a@b.example,title=6,GN=7,SN=8",
       "2.5.4.4=8|2.5.4.42=7|2.5.4.12=6|1.2.840.113549.1.9.1=a@b.example|2.5.4.9=4|2.5.4.7=3|2.5.4.8=2|2.5.4.11=1",
       "OU=1,ST=2,L=3,street=4,emailAddress=a@b.example,title=6,GN=7,SN=8"},
      {"CN=" + std::string(64, 'a'), "2.5.4.3=" + std::string(64, 'a'), "CN=" + std::string(64, 'a')},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.typed);
    const auto name = DistinguishedName::parse(row.typed);
    ASSERT_TRUE(succeeded(name));
    EXPECT_EQ(in_order(*name), row.read);
    EXPECT_EQ(name->to_text(), row.shown);
    const auto again = DistinguishedName::parse(name->to_text());
    ASSERT_TRUE(succeeded(again));
    EXPECT_EQ(*again, *name);
  }
}

TEST(Subject, CountsCharactersAndNotBytes) {
  std::string value;
  for (int i = 0; i < 64; ++i) value += "é";
  EXPECT_TRUE(succeeded(DistinguishedName::parse("CN=" + value)));
  EXPECT_TRUE(failed(DistinguishedName::parse("CN=" + value + "é"), ErrorCode::usage,
                     "at character 1: CN takes at most 64 characters, and 65 were given"));
}

TEST(Subject, SaysWhatIsWrongAndWhere) {
  struct Row {
    std::string typed;
    const char* words;
  };
  const Row rows[] = {
      {"", "the subject is empty; give at least a name"},
      {"   ", "the subject is empty"},
      {"/", "at character 2: an attribute such as CN=NAME is missing here"},
      {"/CN=a/", "at character 7: an attribute such as CN=NAME is missing here; take out one '/'"},
      {"CN=a,,O=b", "at character 6: an attribute such as CN=NAME is missing here; take out one ','"},
      {"CN=a+", "at character 6: an attribute"},
      {"gate 7", "at character 1: 'gate 7' has no '='; write TYPE=VALUE"},
      {"O=Example, Inc.,C=DE", "at character 12: 'Inc.' has no '='; write TYPE=VALUE, and inside a value '\\,'"},
      {"/O=a/b/CN=c", "at character 6: 'b' has no '='; write TYPE=VALUE, and inside a value '\\/' and '\\+'"},
      {"CN=é,X=b", "at character 6: 'X' is not a type of attribute; use one of CN, O, OU, C, ST, L, street"},
      {"=b", "at character 1: '' is not a type"},
      {"\x1b[31m=b", "'\\x1b[31m' is not a type"},
      {"1=b", "'1' is not a type"},
      {"1.=b", "'1.' is not a type"},
      {"3.1=b", "'3.1' is not a type"},
      {"1.40=b", "'1.40' is not a type"},
      {"2.5.04=b", "'2.5.04' is not a type"},
      {"2." + std::string(120, '1') + "=b", "is not a type"},
      {"CN=", "at character 1: CN has no value; write one, or leave it out"},
      {"CN=  ,O=b", "CN has no value"},
      {"CN=\"\"", "CN has no value"},
      {"CN=#0c0161", "at character 4: values in hexadecimal are not taken"},
      {"CN=a;O=b", "at character 5: ';' inside a value is written '\\;'"},
      {"CN=a<b", "'<' inside a value"},
      {"CN=a\"b\"", "'\"' inside a value"},
      {"CN=\"a", "at character 4: the quotation mark that begins here has no end"},
      {"CN=\"a\"b", "behind a quoted value only"},
      {"CN=a\\", "behind '\\' a special character"},
      {"CN=a\\x", "behind '\\' a special character"},
      {"CN=a\\4", "behind '\\' a special character"},
      {"CN=a+CN=b", "at character 6: a second CN joined by '+'"},
      {"CN=a\nb", "CN has the control character '\\0a'; take it out"},
      {"CN=a\\00", "CN has the control character '\\00'"},
      {"CN=a\\C2\\9B", "CN has the control character '\\c2\\9b'"},
      {"CN=a\u202eb", "CN has the invisible character '\\e2\\80\\ae'"},
      {"CN=a\\ff", "CN is not valid UTF-8 at the byte '\\ff'"},
      {"CN=\xc3", "CN is not valid UTF-8"},
      {"CN=" + std::string(65, 'a'), "CN takes at most 64 characters, and 65 were given"},
      {"2.5.4.3=" + std::string(65, 'a'), "CN takes at most 64 characters"},
      {"1.2.3=" + std::string(257, 'a'), "1.2.3 takes at most 256 characters"},
      {"CN=a,C=Germany", "at character 6: C is a country's code of two capital letters, such as DE, and not 'Germany'"},
      {"C=de", "C is a country's code of two capital letters"},
      {"C=D1", "C is a country's code"},
      {"serialNumber=a*b", "serialNumber takes only letters of the English alphabet"},
      {"DC=exämple", "DC takes only ASCII; give a domain in its xn-- form"},
      {"CN=" + std::string(5000, 'a'), "longer than 4096 bytes"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(failed(DistinguishedName::parse(row.typed), ErrorCode::usage, row.words)) << row.typed;
  }
}

}  // namespace
}  // namespace holdfast::crypto
