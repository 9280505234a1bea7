// Credential files through collect, on fixture machines.
#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "device/fingerprint/collect.hpp"
#include "device/fingerprint/quorum.hpp"
#include "device/fingerprint/test_support.hpp"

namespace holdfast::fingerprint {
namespace {

using test::find;
using test::machine;
using test::TemporaryFolder;
using test::value_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Credentials : public testing::Test {
 protected:
  Result<Fingerprint> collect_with(const std::string& elements, const std::string& name = "x86-server") {
    const auto file = folder_.write("credentials.json", R"({"attributes":[)" + elements + "]}");
    return collect({.sysroot = machine(name), .credential_file = file});
  }

  // The attribute "A" with the given attribute_value.
  Attribute read(const std::string& value, const std::string& more = "", const std::string& name = "x86-server") {
    auto fingerprint = collect_with(R"({"attribute_name":"A","attribute_value":)" + value + more + "}", name);
    if (!fingerprint.ok()) {
      ADD_FAILURE() << fingerprint.error().describe();
      return {};
    }
    for (auto& attribute : fingerprint->attributes) {
      if (attribute.name == "A") return std::move(attribute);
    }
    ADD_FAILURE() << "attributes named in a credential file must be listed";
    return {};
  }

  std::string program(const std::string& body, const std::string& more = "") {
    return R"({"type":"program","path":")" + folder_.script("program", body).string() + "\"" + more + "}";
  }

  TemporaryFolder folder_;
};

TEST_F(Credentials, NoisySourcesAreReadingsAndNoAttributes) {
  const std::string bytes("\x00\xFF\n raw \x80", 9);
  const auto file = folder_.write("sram", bytes, std::filesystem::perms{0600});
  const auto plain = collect_with(R"({"attribute_name":"A","attribute_value":{"type":"puf","path":")" + file.string() +
                                  R"(","errors":9},"required":false})");
  ASSERT_TRUE(plain.ok()) << plain.error().describe();
  EXPECT_EQ(find(plain->attributes, "A"), nullptr);
  ASSERT_EQ(plain->noisy.size(), 1U);
  const auto& reading = plain->noisy.front();
  EXPECT_EQ(reading.name, "A");
  EXPECT_EQ(reading.source, "puf:file:" + file.string());
  EXPECT_EQ(reading.state, AttributeState::present);
  EXPECT_EQ(as_text(reading.response.expose(SecretAccess{})), bytes);
  EXPECT_EQ(reading.errors, 9U);
  EXPECT_EQ(reading.required, false);
  EXPECT_FALSE(reading.physical);
  EXPECT_TRUE(reading.only_root_reads);

  const auto script = folder_.script("read", "head -c 100000 /dev/zero; printf %s \"$1\"");
  const auto run = collect_with(R"({"attribute_name":"A","attribute_value":{"type":"puf","program":")" +
                                script.string() + R"(","argument":"bank 0"},"class":"physical"})");
  ASSERT_TRUE(run.ok()) << run.error().describe();
  ASSERT_EQ(run->noisy.size(), 1U);
  EXPECT_EQ(run->noisy.front().source, "puf:program:" + script.string() + " bank 0");
  EXPECT_EQ(run->noisy.front().response.size(), 100'006U);
  EXPECT_TRUE(run->noisy.front().physical);
}

TEST_F(Credentials, NoisySourcesThatCannotBeReadSayWhy) {
  const auto reason = [this](const std::string& value) {
    const auto fingerprint = collect_with(R"({"attribute_name":"A","attribute_value":{"type":"puf",)" + value + "}}");
    if (!fingerprint.ok()) return fingerprint.error().describe();
    EXPECT_EQ(fingerprint->noisy.front().state, AttributeState::unavailable);
    EXPECT_TRUE(fingerprint->noisy.front().response.empty());
    return fingerprint->noisy.front().reason;
  };
  const auto path = [](const std::filesystem::path& file) { return R"("path":")" + file.string() + "\""; };
  const auto program = [this](const std::string& body) {
    return R"("program":")" + folder_.script("read", body).string() + "\"";
  };
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(reason(path("/nowhere")), HasSubstr("'/nowhere' does not exist"));
  EXPECT_THAT(reason(path(folder_ / "pipe")), HasSubstr("not a regular file; let a program read"));
  EXPECT_THAT(reason(path(folder_.path())), HasSubstr("not a regular file"));
  EXPECT_THAT(reason(path(folder_.write("empty", ""))), HasSubstr("gave no bytes"));
  EXPECT_THAT(reason(path(folder_.write("large", std::string((1 << 20) + 1, 'x')))), HasSubstr("larger"));
  EXPECT_THAT(reason(program("exit 3")), HasSubstr("3"));
  EXPECT_THAT(reason(program("true")), HasSubstr("gave no bytes"));
  EXPECT_THAT(reason(program("head -c 1048577 /dev/zero")), HasSubstr("more than 1048576 bytes"));
  folder_.write("open", "#!/bin/sh\n", std::filesystem::perms{0777});
  EXPECT_THAT(reason(R"("program":")" + (folder_ / "open").string() + "\""), HasSubstr("open"));
}

TEST_F(Credentials, NoisySourcesHaveNamesOfTheirOwn) {
  const auto file = folder_.write("sram", "x").string();
  const auto clash =
      collect_with(R"({"attribute_name":"dmi/product_uuid","attribute_value":{"type":"puf","path":")" + file + "\"}}");
  ASSERT_FALSE(clash.ok());
  EXPECT_THAT(clash.error().message(), HasSubstr("choose another name"));
}

TEST_F(Credentials, VariableIsDeclaredAndWorthNothingByItself) {
  ::setenv("HOLDFAST_TEST_SERIAL", " QX-77102 ", 1);
  const auto attribute = read(R"({"type":"ENV","variable_name":"HOLDFAST_TEST_SERIAL"})");
  EXPECT_EQ(value_of(attribute), "QX-77102");
  EXPECT_EQ(attribute.source, "env:HOLDFAST_TEST_SERIAL");
  EXPECT_EQ(attribute.attribute_class, AttributeClass::declared);
  EXPECT_EQ(attribute.bits, 0U);
  EXPECT_FALSE(attribute.bits_claimed);
  EXPECT_TRUE(attribute.named_by_operator);
  EXPECT_FALSE(attribute.only_root_reads);
}

TEST_F(Credentials, UnsetEmptyPlaceholderAndTooLongAreToldApart) {
  const std::string value = R"({"type":"ENV","variable_name":"HOLDFAST_TEST_STATE"})";
  ::unsetenv("HOLDFAST_TEST_STATE");
  auto attribute = read(value);
  EXPECT_EQ(attribute.state, AttributeState::unavailable);
  EXPECT_EQ(attribute.reason, "environment variable HOLDFAST_TEST_STATE is not set");
  ::setenv("HOLDFAST_TEST_STATE", "  ", 1);
  EXPECT_EQ(read(value).state, AttributeState::empty);
  ::setenv("HOLDFAST_TEST_STATE", "default STRING", 1);
  EXPECT_EQ(read(value).state, AttributeState::placeholder);
  ::setenv("HOLDFAST_TEST_STATE", std::string(4097, 'k').c_str(), 1);
  attribute = read(value);
  EXPECT_EQ(attribute.state, AttributeState::unavailable);
  EXPECT_THAT(attribute.reason, HasSubstr("longer than 4096 bytes"));
}

TEST_F(Credentials, ClaimIsTakenAndMarked) {
  ::setenv("HOLDFAST_TEST_CLAIM", "QX-77102", 1);
  const auto attribute = read(R"({"type":"ENV","variable_name":"HOLDFAST_TEST_CLAIM"})",
                              R"(,"bits":40,"class":"burned-in","group":"label","required":true)");
  EXPECT_EQ(attribute.bits, 40U);
  EXPECT_TRUE(attribute.bits_claimed);
  EXPECT_EQ(attribute.attribute_class, AttributeClass::burned_in);
  EXPECT_EQ(attribute.group, "label");
  EXPECT_EQ(attribute.required, true);
}

TEST_F(Credentials, FileGivesItsContentAndMode) {
  const auto file = folder_.write("serial", "QX-77102\n", std::filesystem::perms{0600});
  const auto attribute = read(R"({"type":"file","path":")" + file.string() + "\"}");
  EXPECT_EQ(value_of(attribute), "QX-77102");
  EXPECT_EQ(attribute.source, "file:" + file.string());
  EXPECT_TRUE(attribute.only_root_reads);
  folder_.write("serial", "QX-77102\n", std::filesystem::perms{0644});
  EXPECT_FALSE(read(R"({"type":"file","path":")" + file.string() + "\"}").only_root_reads);
}

TEST_F(Credentials, FileThatCannotBeReadIsUnavailable) {
  const auto reason = [&](const std::string& name) {
    const auto attribute = read(R"({"type":"file","path":")" + (folder_.path() / name).string() + "\"}");
    EXPECT_EQ(attribute.state, AttributeState::unavailable);
    return attribute.reason;
  };
  EXPECT_THAT(reason("missing"), HasSubstr("missing' does not exist"));
  folder_.write("long", std::string(4097, 'k'));
  EXPECT_THAT(reason("long"), HasSubstr("longer than 4096 bytes"));
  ASSERT_EQ(::mkfifo((folder_.path() / "fifo").c_str(), 0600), 0);
  EXPECT_THAT(reason("fifo"), HasSubstr("not a regular file"));
}

TEST_F(Credentials, ProgramGivesItsTrimmedOutput) {
  const auto attribute = read(program("echo \"QX-$1\"", R"(,"argument":"7 7")"));
  EXPECT_EQ(value_of(attribute), "QX-7 7");
  EXPECT_EQ(attribute.source, "program:" + (folder_.path() / "program").string() + " 7 7");
}

TEST_F(Credentials, ProgramThatFailsIsUnavailableWithItsReason) {
  const auto reason = [&](const std::string& value) {
    const auto attribute = read(value);
    EXPECT_EQ(attribute.state, AttributeState::unavailable);
    return attribute.reason;
  };
  EXPECT_THAT(reason(program("echo broken >&2; exit 4")), HasSubstr("exited with status 4: broken"));
  EXPECT_THAT(reason(R"({"type":"program","path":"/nonexistent/x"})"), HasSubstr("does not exist"));
  const std::string json = R"(,"output_format":"JSON")";
  EXPECT_THAT(reason(program("echo 'hidden {'", json)),
              AllOf(HasSubstr("does not print one JSON object"), Not(HasSubstr("hidden"))));
  EXPECT_THAT(reason(program("echo '[]'", json)), HasSubstr("does not print one JSON object"));
  EXPECT_THAT(reason(program("echo '{\"B\":\"x\"}'", json)), HasSubstr("prints no member 'A'"));
  EXPECT_THAT(reason(program("echo '{\"A\":[]}'", json)), HasSubstr("neither text nor a whole number"));
  EXPECT_THAT(reason(program("head -c 5000 /dev/zero | tr '\\0' k")), HasSubstr("longer than 4096 bytes"));
}

TEST_F(Credentials, ProgramThatPrintsAnObjectRunsOnce) {
  const auto log = (folder_.path() / "log").string();
  const auto value = program("echo run >> '" + log + R"('; echo '{"A":"QX-77102","B":4711,"C":"  "}')");
  const auto fingerprint = collect_with(R"({"attribute_names":["A","B","C"],"attribute_value":)" + value + "}");
  ASSERT_TRUE(fingerprint.ok()) << fingerprint.error().describe();
  EXPECT_EQ(value_of(*find(fingerprint->attributes, "A")), "QX-77102");
  EXPECT_EQ(value_of(*find(fingerprint->attributes, "B")), "4711");
  EXPECT_EQ(find(fingerprint->attributes, "C")->state, AttributeState::empty);
  EXPECT_EQ(std::filesystem::file_size(log), 4U);
}

TEST_F(Credentials, NativeEntryTakesTheAttributeOver) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"type":"dmi","field":"product_uuid"})", "dmi/product_uuid"},
      {R"({"type":"net","interface":"eno1"})", "net/0000:00:1f.6/mac"},
      {R"({"type":"net","interface":"0000:00:1f.6"})", "net/0000:00:1f.6/mac"},
      {R"({"type":"disk","name":"sda"})", "disk/0000:00:17.0-ata3/serial"},
      {R"({"type":"disk","name":"sda","field":"wwid"})", "disk/0000:00:17.0-ata3/wwid"},
      {R"({"type":"cpu"})", "processor/serial"},
      {R"({"type":"machine-id"})", "machine-id"},
  };
  const auto before = collect({.sysroot = machine("x86-server"), .credential_file = {}});
  ASSERT_TRUE(before.ok());
  for (const auto& [value, native] : cases) {
    const auto after = collect_with(R"({"attribute_name":"A","attribute_value":)" + value + R"(,"required":true})");
    ASSERT_TRUE(after.ok()) << after.error().describe();
    const auto* old = find(before->attributes, native);
    const auto* taken = find(after->attributes, "A");
    EXPECT_EQ(after->attributes.size(), before->attributes.size()) << value;
    EXPECT_EQ(find(after->attributes, native), nullptr) << value;
    ASSERT_NE(taken, nullptr) << value;
    EXPECT_EQ(taken->source, old->source);
    EXPECT_EQ(taken->bits, old->bits);
    EXPECT_EQ(taken->attribute_class, old->attribute_class);
    EXPECT_EQ(value_of(*taken), value_of(*old));
    EXPECT_TRUE(taken->named_by_operator && taken->required && !taken->bits_claimed);
  }
}

TEST_F(Credentials, NativeEntryMayKeepTheNativeName) {
  const auto fingerprint =
      collect_with(R"({"attribute_name":"dmi/product_uuid","attribute_value":{"type":"dmi","field":"product_uuid"}})");
  ASSERT_TRUE(fingerprint.ok()) << fingerprint.error().describe();
  EXPECT_TRUE(find(fingerprint->attributes, "dmi/product_uuid")->named_by_operator);
}

TEST_F(Credentials, OneValueUnderTwoNamesIsRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"type":"dmi","field":"product_uuid"})", "dmi:product_uuid"},
      {R"({"type":"dmi","field":"bios_version"})", "dmi:bios_version"},
      {R"({"type":"net","interface":"eno1"})", "net:eno1"},
      {R"({"type":"disk","name":"sda","field":"wwid"})", "disk:sda:wwid"},
      {R"({"type":"machine-id"})", "machine-id"},
  };
  for (const auto& [value, handle] : cases) {
    const auto fingerprint = collect_with(R"({"attribute_name":"A","attribute_value":)" + value +
                                          R"(},{"attribute_name":"B","attribute_value":)" + value + "}");
    ASSERT_FALSE(fingerprint.ok()) << value;
    EXPECT_EQ(fingerprint.error().code(), ErrorCode::malformed);
    EXPECT_THAT(fingerprint.error().message(),
                AllOf(HasSubstr("credentials.json"),
                      HasSubstr("attributes 'A' and 'B' are both the value '" + handle + "'; keep one of them")));
  }
}

TEST_F(Credentials, NameOfAnotherNativeAttributeIsRefused) {
  const auto fingerprint =
      collect_with(R"({"attribute_name":"dmi/product_uuid","attribute_value":{"type":"ENV","variable_name":"X"}})");
  ASSERT_FALSE(fingerprint.ok());
  EXPECT_EQ(fingerprint.error().code(), ErrorCode::malformed);
  EXPECT_THAT(fingerprint.error().message(),
              AllOf(HasSubstr("credentials.json"), HasSubstr("'dmi/product_uuid'"), HasSubstr("choose another name")));
}

TEST_F(Credentials, NativeClaimIsMarkedAndTheClassNeverMoreStableThanItIs) {
  const auto disk = read(R"({"type":"disk","name":"sda"})", R"(,"bits":48,"class":"burned-in")");
  EXPECT_EQ(disk.bits, 48U);
  EXPECT_TRUE(disk.bits_claimed);
  EXPECT_EQ(disk.attribute_class, AttributeClass::replaceable);
  const auto board = read(R"({"type":"dmi","field":"product_uuid"})", R"(,"class":"replaceable")");
  EXPECT_EQ(board.attribute_class, AttributeClass::replaceable);
}

TEST_F(Credentials, OtherDmiFieldsAreReadAndWorthNothing) {
  const auto attribute = read(R"({"type":"dmi","field":"product_name"})");
  EXPECT_EQ(value_of(attribute), "Rackline 210");
  EXPECT_EQ(attribute.bits, 0U);
  EXPECT_EQ(attribute.attribute_class, AttributeClass::board);
}

TEST_F(Credentials, NativeThingsThatAreNotThereAreListedAsUnavailable) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"type":"net","interface":"eth9"})", "no network card 'eth9'"},
      {R"({"type":"net","interface":"bond0"})", "no network card 'bond0'"},
      {R"({"type":"disk","name":"sdz"})", "no disk 'sdz'"},
      {R"({"type":"soc"})", "no value of type 'soc'"},
      {R"({"type":"device-tree"})", "no value of type 'device-tree'"},
      {R"({"type":"dmi","field":"board_asset_tag"})", "/sys/class/dmi/id/board_asset_tag does not exist"},
  };
  for (const auto& [value, reason] : cases) {
    const auto attribute = read(value);
    EXPECT_EQ(attribute.state, AttributeState::unavailable) << value;
    EXPECT_THAT(attribute.reason, HasSubstr(reason));
  }
}

TEST_F(Credentials, NativeEntryOnAVirtualMachineStaysDeclared) {
  const auto attribute = read(R"({"type":"dmi","field":"product_uuid"})", R"(,"class":"board")", "cloud-vm");
  EXPECT_EQ(attribute.attribute_class, AttributeClass::declared);
  EXPECT_EQ(attribute.bits, 0U);
}

TEST_F(Credentials, CopyOfANativeValueJoinsItsGroup) {
  ::setenv("HOLDFAST_TEST_TAG", "9MQ4NN2", 1);
  const auto attribute = read(R"({"type":"ENV","variable_name":"HOLDFAST_TEST_TAG"})", R"(,"group":"label")");
  EXPECT_EQ(attribute.group, "board");
}

TEST_F(Credentials, FileThatEveryoneCanWriteIsRefused) {
  const auto file = folder_.write("open.json", "{}", std::filesystem::perms{0666});
  const auto fingerprint = collect({.sysroot = machine("laptop"), .credential_file = file});
  ASSERT_FALSE(fingerprint.ok());
  EXPECT_EQ(fingerprint.error().code(), ErrorCode::refused);
  EXPECT_THAT(fingerprint.error().message(), HasSubstr("writable by other accounts"));
}

TEST_F(Credentials, FileThatIsMissingIsNotFound) {
  const auto fingerprint = collect({.sysroot = machine("laptop"), .credential_file = folder_.path() / "nonesuch.json"});
  ASSERT_FALSE(fingerprint.ok());
  EXPECT_EQ(fingerprint.error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace holdfast::fingerprint
