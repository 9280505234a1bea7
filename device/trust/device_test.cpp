// Devices as commands and libraries see them: made, found, opened and described through this folder alone.
#include "device/trust/device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "crypto/test_support.hpp"
#include "device/anchor/test_support.hpp"
#include "device/trust/create_device.hpp"
#include "device/trust/create_stateless.hpp"
#include "device/trust/machine.hpp"

namespace holdfast::trust {
namespace {

using anchor::test::must;
using anchor::test::secret;
using anchor::test::text_of;
using crypto::test::failed;
using holdfast::test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kPassphrase = "correct horse battery";
const std::filesystem::path kMachines = std::filesystem::path(HOLDFAST_SOURCE_DIR) / "tests/fixtures/machines";

/// A machine of its own, which can be changed, and a state folder that is not there yet.
class DeviceTest : public testing::Test {
 protected:
  DeviceTest() {
    std::filesystem::copy(kMachines / "x86-server", sysroot(),
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return temporary_ / name; }
  [[nodiscard]] std::string sysroot() const { return path("machine"); }
  [[nodiscard]] std::filesystem::path state() const { return path("state"); }

  [[nodiscard]] CreateOptions creation() const {
    CreateOptions options;
    options.folder = state();
    options.sysroot = sysroot();
    options.made_by = "test";
    return options;
  }
  /// Opens with all attributes and a passphrase, so that there is one subset to search.
  [[nodiscard]] CreateOptions creation_with_passphrase() const {
    auto options = creation();
    options.quorum = 6;
    options.passphrase = [] { return Result<SecretBytes>(secret(kPassphrase)); };
    return options;
  }

  void change_a_counted_attribute() const {
    must(write_file_atomically(sysroot() + "/sys/class/net/ens3f0/address", as_bytes("3c:ec:ef:12:34:56\n"), 0644,
                               Replace::allowed));
  }

 private:
  TemporaryFolder temporary_;
};

TEST_F(DeviceTest, IsFoundAsItWasMadeAndOpens) {
  const auto made = must(create_device(creation()));
  const auto device = must(find_device(state()));
  const auto& info = device->info();
  EXPECT_EQ(info.id, made.id);
  EXPECT_EQ(info.folder, state());
  EXPECT_EQ(info.made_by, "test");
  EXPECT_EQ(info.profile, "default-2026");
  EXPECT_THAT(info.ways, ElementsAre("fingerprint"));
  ASSERT_TRUE(info.quorum);
  EXPECT_EQ(info.quorum->quorum, 4U);
  EXPECT_EQ(info.quorum->counted.size(), 6U);
  EXPECT_FALSE(info.quorum->needs_passphrase);
  EXPECT_EQ(info.assurance.weakest_bits, made.assurance.weakest_bits);
  EXPECT_EQ(must(device->load_events()).front().type, "anchor-created");

  const auto opened = must(device->open({}));
  EXPECT_EQ(opened.provider->info().device, made.id);
  ASSERT_TRUE(opened.drift);
  EXPECT_EQ(count_lost(*opened.drift), 0U);
}

TEST_F(DeviceTest, TellsDriftWhenItOpens) {
  must(create_device(creation()));
  change_a_counted_attribute();
  const auto opened = must(must(find_device(state()))->open({}));
  ASSERT_TRUE(opened.drift);
  EXPECT_EQ(count_lost(*opened.drift), 1U);
  EXPECT_EQ(opened.drift->margin, 1U);
}

TEST_F(DeviceTest, ChecksItsEventLog) {
  must(create_device(creation()));
  const auto device = must(find_device(state()));
  auto check = must(device->check_events());
  EXPECT_TRUE(check.whole());
  EXPECT_EQ(check.committed, 1U);
  must(write_file_atomically(state() / "events", as_bytes("{}\n"), 0600, Replace::allowed));
  check = must(device->check_events());
  ASSERT_EQ(check.problems.size(), 1U);
  EXPECT_EQ(check.problems[0].kind, EventProblemKind::edited);
  std::filesystem::remove(state() / "events");
  EXPECT_EQ(must(device->check_events()).problems[0].kind, EventProblemKind::truncated);
}

TEST_F(DeviceTest, DoesNotOpenOnAnotherMachine) {
  must(create_device(creation()));
  const auto device = must(find_device(state()));
  std::filesystem::remove_all(sysroot());
  EXPECT_TRUE(failed(device->open({}), ErrorCode::does_not_open, "is not there"));
  std::filesystem::copy(kMachines / "laptop", sysroot(),
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  EXPECT_TRUE(failed(device->open({}), ErrorCode::does_not_open, "do not open this anchor"));
  const auto trial = must(device->try_to_open({}));
  EXPECT_EQ(trial.outcome, Trial::Outcome::does_not_open);
  EXPECT_THAT(trial.why_not, HasSubstr("do not open this anchor"));
  EXPECT_FALSE(trial.provider);
}

TEST_F(DeviceTest, OpensWithItsRecoveryCode) {
  std::string code;
  auto creation = this->creation();
  creation.recovery.deliver = [&](const SecretBytes& delivered) {
    code = text_of(delivered);
    return Result<void>();
  };
  creation.recovery.withdraw = [] { FAIL() << "the device is there"; };
  must(create_device(creation));
  std::filesystem::remove_all(sysroot());
  const auto device = must(find_device(state()));
  EXPECT_THAT(device->info().ways, ElementsAre("fingerprint", "recovery"));
  const auto opened = must(device->open_with_recovery_code(secret(code)));
  EXPECT_EQ(opened.provider->info().device, device->info().id);
  EXPECT_FALSE(opened.drift);
}

TEST_F(DeviceTest, TakesTheCodeBackWhereNoDeviceCameOfIt) {
  std::vector<std::string> calls;
  auto creation = this->creation();
  creation.recovery.deliver = [&](const SecretBytes&) {
    calls.emplace_back("deliver");
    // As if another process had been quicker.
    return write_file_atomically(state() / "anchor", as_bytes("another"), 0600, Replace::refused);
  };
  creation.recovery.withdraw = [&] { calls.emplace_back("withdraw"); };
  const auto made = create_device(creation);
  EXPECT_FALSE(made.ok());
  // What is there now could be the device whose code that was.
  EXPECT_THAT(calls, ElementsAre("deliver"));

  calls.clear();
  std::filesystem::remove_all(state());
  creation.recovery.deliver = [&](const SecretBytes&) {
    calls.emplace_back("deliver");
    std::filesystem::remove_all(state());
    return Result<void>();
  };
  EXPECT_FALSE(create_device(creation).ok());
  EXPECT_THAT(calls, ElementsAre("deliver", "withdraw"));
}

TEST_F(DeviceTest, RefusesBeforeAnythingIsWritten) {
  auto creation = this->creation();
  creation.quorum = 1;
  EXPECT_TRUE(failed(create_device(creation), ErrorCode::refused, "fewer than the 64"));
  creation = this->creation();
  creation.profile = "no-such-profile";
  EXPECT_TRUE(failed(create_device(creation), ErrorCode::not_found, "no-such-profile"));
  EXPECT_FALSE(std::filesystem::exists(state()));
  EXPECT_TRUE(failed(check_device_folder(state()), ErrorCode::not_found, "holdfast init"));
}

TEST_F(DeviceTest, AsksAgainBeforeTheLongSearch) {
  must(create_device(creation_with_passphrase()));
  const auto device = must(find_device(state()));
  std::vector<Asking> asked;
  OpenOptions options;
  options.passphrase.ask = [&](Asking asking) -> Result<SecretBytes> {
    asked.push_back(asking);
    return secret(asking == Asking::first ? "a typing error" : kPassphrase);
  };
  EXPECT_TRUE(device->open(options).ok());
  EXPECT_THAT(asked, ElementsAre(Asking::first, Asking::once_more));

  options.passphrase.ask = [](Asking) -> Result<SecretBytes> { return Error(ErrorCode::usage, "cancelled"); };
  EXPECT_TRUE(failed(device->open(options), ErrorCode::usage, "cancelled"));
}

TEST_F(DeviceTest, AsksNobodyWhereThePassphraseIsGiven) {
  must(create_device(creation_with_passphrase()));
  const auto device = must(find_device(state()));
  OpenOptions options;
  options.passphrase.ask = [](Asking) -> Result<SecretBytes> { return Error(ErrorCode::internal, "asked"); };
  const auto untried = must(device->try_to_open(options));
  EXPECT_EQ(untried.outcome, Trial::Outcome::passphrase_needed);

  options.passphrase.given = [] { return Result<SecretBytes>(secret("a wrong one")); };
  EXPECT_TRUE(failed(device->open(options), ErrorCode::does_not_open, ""));
  options.passphrase.given = [] { return Result<SecretBytes>(secret(kPassphrase)); };
  const auto trial = must(device->try_to_open(options));
  EXPECT_EQ(trial.outcome, Trial::Outcome::opens);
  ASSERT_TRUE(trial.provider);
  EXPECT_EQ(trial.provider->info().device, device->info().id);
}

/// With an attribute that a program gives.
class DeviceWithProgram : public DeviceTest {
 protected:
  DeviceWithProgram() {
    must(
        write_file_atomically(path("programs-serial"), as_bytes("#!/bin/sh\necho QX-77102\n"), 0755, Replace::refused));
    std::filesystem::create_directory(path("empty"));
    must(write_file_atomically(path("credentials.json"),
                               as_bytes(R"({"attributes":[{"attribute_name":"SERIAL","required":true,)"
                                        R"("attribute_value":{"type":"program","path":")" +
                                        path("programs-serial") + R"("}}]})"),
                               0644, Replace::refused));
  }
  template <typename Options>
  [[nodiscard]] Options with_program(Options options, const std::string& folder) const {
    options.credential_file = path("credentials.json");
    options.program_folder = folder;
    return options;
  }
};

TEST_F(DeviceWithProgram, IsMadeWithProgramsOfOneFolderOnly) {
  EXPECT_TRUE(failed(create_device(with_program(creation(), path("empty"))), ErrorCode::refused, "'SERIAL'"));
  StatelessOptions stateless;
  stateless.folder = state();
  stateless.sysroot = sysroot();
  EXPECT_TRUE(failed(create_stateless_device(with_program(stateless, path("empty"))), ErrorCode::refused, "'SERIAL'"));
  EXPECT_FALSE(std::filesystem::exists(state()));
  must(create_device(with_program(creation(), path(""))));
}

TEST_F(DeviceWithProgram, OpensWithProgramsOfOneFolderOnly) {
  must(create_device(with_program(creation(), "")));
  const auto device = must(find_device(state()));
  OpenOptions options;
  options.program_folder = path("");
  EXPECT_TRUE(device->open(options).ok());
  options.program_folder = path("empty");
  EXPECT_TRUE(failed(device->open(options), ErrorCode::refused, "must lie below the folder '" + path("empty") + "'"));
  const auto trial = must(device->try_to_open(options));
  EXPECT_EQ(trial.outcome, Trial::Outcome::does_not_open);
  EXPECT_THAT(trial.why_not, HasSubstr("'SERIAL'"));
}

TEST_F(DeviceWithProgram, OpensWithoutStateWithProgramsOfOneFolderOnly) {
  StatelessOptions stateless;
  stateless.folder = state();
  stateless.sysroot = sysroot();
  must(create_stateless_device(with_program(stateless, path(""))));
  const auto device = must(find_device(state()));
  OpenOptions options;
  options.program_folder = path("empty");
  EXPECT_TRUE(failed(device->open(options), ErrorCode::refused, "'SERIAL'"));
  EXPECT_EQ(must(device->try_to_open(options)).outcome, Trial::Outcome::does_not_open);
  options.program_folder = path("");
  EXPECT_TRUE(device->open(options).ok());
}

TEST_F(DeviceTest, ShowsWhatAMachineCanBeToldBy) {
  const auto survey = must(survey_machine({.sysroot = sysroot()}));
  EXPECT_FALSE(survey.fingerprint.attributes.empty());
  ASSERT_TRUE(survey.plan.ok());
  EXPECT_GE(survey.plan->weakest_bits, kEntropyFloor);
  EXPECT_TRUE(failed(survey_machine({.sysroot = sysroot() + "/none"}), ErrorCode::not_found, ""));
}

/// Two attributes that a credential file names, on the same machine.
class NamedAttributesTest : public DeviceTest {
 protected:
  NamedAttributesTest() {
    write("serial", "SN-4711-0815");
    write("fuse", "9f8e7d6c5b4a");
    write_credentials("credentials.json");
  }

  void write(const std::string& name, std::string_view content) const {
    must(write_file_atomically(path(name), as_bytes(content), 0600, Replace::allowed));
  }
  [[nodiscard]] std::string path(const std::string& name) const { return sysroot() + "/" + name; }
  void write_credentials(const std::string& name) const {
    const auto entry = [this](const std::string& attribute) {
      return R"({"attribute_name":")" + attribute + R"(","attribute_value":{"type":"file","path":")" + path(attribute) +
             R"("}})";
    };
    write(name, R"({"attributes":[)" + entry("serial") + "," + entry("fuse") + "]}");
  }

  [[nodiscard]] CreateOptions named_creation() const {
    auto options = creation();
    options.credential_file = path("credentials.json");
    options.participants = Participants::named;
    options.low_entropy = LowEntropy::accepted;
    return options;
  }
  [[nodiscard]] StatelessOptions stateless() const {
    StatelessOptions options;
    options.sysroot = sysroot();
    options.credential_file = path("credentials.json");
    options.participants = Participants::named;
    options.low_entropy = LowEntropy::accepted;
    return options;
  }
};

TEST_F(NamedAttributesTest, AloneMakeADevice) {
  const auto made = must(create_device(named_creation()));
  ASSERT_TRUE(made.quorum);
  EXPECT_TRUE(made.quorum->counted.empty());
  ASSERT_EQ(made.quorum->required.size(), 2U);
  EXPECT_TRUE(made.low_entropy_accepted);
  const auto device = must(find_device(state()));
  change_a_counted_attribute();
  EXPECT_TRUE(device->open({}).ok());
  write("fuse", "another");
  EXPECT_TRUE(failed(device->open({}), ErrorCode::does_not_open, "do not open"));
}

TEST_F(NamedAttributesTest, LeaveNothingBehindWhereOneIsMissing) {
  std::filesystem::remove(path("fuse"));
  EXPECT_TRUE(failed(create_device(named_creation()), ErrorCode::not_found, "'fuse' is unavailable"));
  EXPECT_FALSE(std::filesystem::exists(state()));
}

TEST_F(NamedAttributesTest, AreReadFromTheFileThatTheOpenerNames) {
  must(create_device(named_creation()));
  write_credentials("moved.json");
  std::filesystem::remove(path("credentials.json"));
  const auto device = must(find_device(state()));
  EXPECT_FALSE(device->open({}).ok());
  OpenOptions options;
  options.credential_file = path("moved.json");
  EXPECT_TRUE(device->open(options).ok());
  EXPECT_EQ(must(device->try_to_open(options)).outcome, Trial::Outcome::opens);
}

TEST_F(NamedAttributesTest, GiveTheSameStatelessDeviceWithoutAFolder) {
  const auto one = must(derive_stateless_device(stateless()));
  const auto two = must(derive_stateless_device(stateless()));
  EXPECT_EQ(one.info.id, two.info.id);
  EXPECT_EQ(one.provider->info().device, one.info.id);
  EXPECT_TRUE(one.info.folder.empty());
  EXPECT_TRUE(one.info.low_entropy_accepted);
  write("fuse", "another");
  EXPECT_NE(must(derive_stateless_device(stateless())).info.id, one.info.id);
  auto strict = stateless();
  strict.low_entropy = LowEntropy::refused;
  EXPECT_TRUE(failed(derive_stateless_device(strict), ErrorCode::refused, "fewer than the 64"));
}

}  // namespace
}  // namespace holdfast::trust
