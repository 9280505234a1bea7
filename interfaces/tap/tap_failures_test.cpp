// Devices, configurations and arguments with which something is wrong: each has a status of its own.
#include <filesystem>
#include <string>
#include <vector>

#include "interfaces/tap/test_support.hpp"

namespace holdfast::tap {
namespace {

using test::buffer_of;
using test::Context;
using test::error_text;
using test::Initialized;
using test::Installation;
using test::Output;
using testing::HasSubstr;

constexpr std::string_view kP256("\x03\x00\x00\x02", 4);

class TapFailures : public testing::Test {
 protected:
  Installation installation_;
};

TEST_F(TapFailures, UnsealingMakesNoDevice) {
  const Initialized initialized(installation_.configuration());
  const Context context;
  Output out;
  EXPECT_EQ(context.unseal("anything", out), HOLDFAST_TAP_ERR_NO_DEVICE);
  EXPECT_THAT(context.error(), HasSubstr(installation_.state().string()));
  EXPECT_FALSE(std::filesystem::exists(installation_.state()));
  // Random bytes need none.
  EXPECT_EQ(TAP_getRandom(context.get(), 8, nullptr, &out.buffer, nullptr), 0);
  EXPECT_FALSE(std::filesystem::exists(installation_.state()));
}

TEST_F(TapFailures, AttributesThatChangedOrAreMissingAreTold) {
  const Initialized initialized(installation_.configuration());
  Output sealed;
  ASSERT_EQ(Context().seal("message", sealed), 0) << error_text();
  const auto unseal = [&](MSTATUS status, std::string_view words) {
    const Context context;
    Output out;
    EXPECT_EQ(context.unseal(sealed.text(), out), status) << context.error();
    EXPECT_THAT(context.error(), HasSubstr(words));
    EXPECT_EQ(out.buffer.pBuffer, nullptr);
  };
  ::setenv("TAP_TEST_SERIAL", "another", 1);
  unseal(HOLDFAST_TAP_ERR_DOES_NOT_OPEN, "serial");
  ::unsetenv("TAP_TEST_SERIAL");
  unseal(HOLDFAST_TAP_ERR_ATTRIBUTE, "TAP_TEST_SERIAL");
  ::setenv("TAP_TEST_SERIAL", "QX-77120-0831", 1);
  installation_.write("credentials.json", "{}");
  unseal(ERR_FILE_BAD_DATA, "credentials.json");
  std::filesystem::remove(installation_ / "credentials.json");
  unseal(ERR_FILE_NOT_EXIST, "credentials.json");
  installation_.name_variable("TAP_TEST_SERIAL");
  const Context context;
  Output out;
  EXPECT_EQ(context.unseal(sealed.text(), out), 0) << context.error();
}

TEST_F(TapFailures, NothingIsMadeWhereAnAttributeIsMissing) {
  ::unsetenv("TAP_TEST_SERIAL");
  const Initialized initialized(installation_.configuration());
  const Context context;
  Output out;
  EXPECT_EQ(context.seal("x", out), HOLDFAST_TAP_ERR_ATTRIBUTE);
  EXPECT_THAT(context.error(), HasSubstr("env:TAP_TEST_SERIAL"));
  EXPECT_FALSE(std::filesystem::exists(installation_.state()));
  installation_.write("credentials.json", R"({"attributes":[]})");
  EXPECT_EQ(context.seal("x", out), ERR_FILE_BAD_DATA);
  std::filesystem::remove(installation_ / "credentials.json");
  EXPECT_EQ(context.seal("x", out), ERR_FILE_NOT_EXIST);
  EXPECT_FALSE(std::filesystem::exists(installation_.state()));
}

TEST_F(TapFailures, ACredentialFileThatOthersMayWriteIsInsecure) {
  installation_.write("credentials.json", R"({"attributes":[]})", 0666);
  const Initialized initialized(installation_.configuration());
  const Context context;
  Output out;
  EXPECT_EQ(context.seal("x", out), ERR_FILE_INSECURE_PATH) << context.error();
  EXPECT_THAT(context.error(), HasSubstr("credentials.json"));
}

TEST_F(TapFailures, ADamagedDeviceIsTold) {
  const Initialized initialized(installation_.configuration());
  Output out;
  ASSERT_EQ(Context().seal("x", out), 0) << error_text();
  installation_.write("state/anchor", "damaged");
  const Context context;
  EXPECT_EQ(context.seal("x", out), HOLDFAST_TAP_ERR_BAD_DATA) << context.error();
}

TEST_F(TapFailures, AFolderThatCannotBeMadeNamesTheWaysOut) {
  installation_.write("file", "x");
  ::setenv("HOLDFAST_DIR", (installation_ / "file/state").c_str(), 1);
  const Initialized initialized(installation_.configuration());
  const Context context;
  Output out;
  for (const auto& folder : {(installation_ / "file/state").string(), (installation_ / "file").string(),
                             std::string("/proc/holdfast-test-none")}) {
    ::setenv("HOLDFAST_DIR", folder.c_str(), 1);
    EXPECT_EQ(context.seal("x", out), HOLDFAST_TAP_ERR_STORAGE) << folder;
    EXPECT_THAT(context.error(), HasSubstr(folder));
    for (const auto* const way_out : {"HOLDFAST_DIR", "stateless=1"}) EXPECT_THAT(context.error(), HasSubstr(way_out));
  }
}

// A folder cannot be read as a file, not even by root.
TEST_F(TapFailures, AnUnreadableCredentialFileIsNoMatterOfStorage) {
  std::filesystem::remove(installation_ / "credentials.json");
  std::filesystem::create_directory(installation_ / "credentials.json");
  for (const std::string more : {"", "stateless=1\n"}) {
    const Initialized initialized(installation_.configuration(more));
    const Context context;
    Output out;
    EXPECT_EQ(context.seal("x", out), ERR_FILE_OPEN_FAILED) << context.error();
    EXPECT_THAT(context.error(), HasSubstr("credentials.json"));
    EXPECT_THAT(context.error(), testing::Not(HasSubstr("HOLDFAST_DIR")));
  }
}

TEST_F(TapFailures, ProgramsLieBelowTheBaseFolder) {
  std::filesystem::create_directory(installation_ / "programs");
  installation_.write("programs/serial", "#!/bin/sh\necho serial-4711\n", 0700);
  installation_.write("outside", "#!/bin/sh\ntouch \"$0.ran\"\necho serial-4711\n", 0700);
  const auto name = [&](const std::string& program) {
    installation_.write("credentials.json",
                        R"({"attributes":[{"attribute_name":"serial","attribute_value":{"type":"program","path":")" +
                            (installation_ / program).string() + R"("}}]})");
  };
  const auto base = (installation_ / "programs").string();
  const Initialized initialized(installation_.configuration(), base.c_str(), 1);
  ASSERT_EQ(initialized.status(), 0) << error_text();
  Output out;
  name("outside");
  {
    const Context context;
    EXPECT_EQ(context.seal("x", out), ERR_FILE_INSECURE_PATH);
    EXPECT_THAT(context.error(), HasSubstr("outside"));
  }
  EXPECT_FALSE(std::filesystem::exists(installation_ / "outside.ran"));
  EXPECT_FALSE(std::filesystem::exists(installation_.state()));
  name("programs/serial");
  EXPECT_EQ(Context().seal("x", out), 0) << error_text();
  name("outside");
  Output opened;
  EXPECT_EQ(Context().unseal(out.text(), opened), ERR_FILE_INSECURE_PATH);
  EXPECT_FALSE(std::filesystem::exists(installation_ / "outside.ran"));
}

TEST_F(TapFailures, RelativeCredentialFilesLieInTheBaseFolder) {
  const auto configuration = [](std::string_view file) {
    return "providertype=15\n[module]\nmodulenum=7\nmoduleidstr=" + std::string(test::kModuleId) +
           "\ncredfile=" + std::string(file) + "\n";
  };
  const auto base = (installation_ / "").string();
  Output out;
  {
    const Initialized initialized(configuration("credentials.json"), base.c_str());
    EXPECT_EQ(Context().seal("x", out), 0) << error_text();
  }
  const Initialized usual(configuration("holdfast-test-absent.json"));
  EXPECT_EQ(Context().unseal(out.text(), out), ERR_FILE_NOT_EXIST);
  EXPECT_THAT(error_text(), HasSubstr("/etc/digicert/holdfast-test-absent.json"));
  const Initialized relative(configuration("x"), "relative");
  EXPECT_EQ(relative.status(), ERR_INVALID_ARG);
}

TEST_F(TapFailures, StatelessDevicesKeepNothing) {
  const Initialized initialized(installation_.configuration("stateless=1\naccept_low_entropy=1\n"));
  Output sealed;
  ASSERT_EQ(Context().seal("message", sealed), 0) << error_text();
  Output opened;
  EXPECT_EQ(Context().unseal(sealed.text(), opened), 0) << error_text();
  EXPECT_EQ(opened.text(), "message");
  const Context signing;
  TAP_Key* key = signing.key(kP256);
  Output pem;
  EXPECT_EQ(HOLDFAST_TAP_exportPublicKey(key, &pem.buffer, nullptr), 0) << signing.error();
  TAP_freeKey(&key);
  ::setenv("TAP_TEST_SERIAL", "another", 1);
  EXPECT_EQ(Context().unseal(sealed.text(), opened), HOLDFAST_TAP_ERR_DOES_NOT_OPEN);
  EXPECT_FALSE(std::filesystem::exists(installation_.state()));
}

TEST_F(TapFailures, StatelessDevicesOfLittleEntropyAreRefused) {
  const Initialized initialized(installation_.configuration("stateless=1\n"));
  const Context context;
  Output out;
  EXPECT_EQ(context.seal("message", out), HOLDFAST_TAP_ERR_REFUSED);
  EXPECT_THAT(context.error(), HasSubstr("accept_low_entropy=1"));
  EXPECT_THAT(context.error(), HasSubstr("Choose more in the credential file"));
  EXPECT_THAT(context.error(), testing::Not(HasSubstr("--")));
}

TEST_F(TapFailures, ConfigurationsAreExamined) {
  Output out;
  EXPECT_EQ(TAP_readConfigFile((installation_ / "absent.conf").c_str(), &out.buffer), ERR_FILE_NOT_EXIST);
  EXPECT_EQ(TAP_readConfigFile((installation_ / "").c_str(), &out.buffer, 0), ERR_FILE_OPEN_FAILED);
  installation_.write("bad.conf", "providertype=15\nmodulenum=1\n");
  EXPECT_EQ(TAP_readConfigFile((installation_ / "bad.conf").c_str(), &out.buffer, 0, nullptr), ERR_FILE_BAD_DATA);
  EXPECT_THAT(error_text(), HasSubstr("bad.conf', line 2"));
  installation_.write("good.conf", installation_.configuration());
  ASSERT_EQ(TAP_readConfigFile((installation_ / "good.conf").c_str(), &out.buffer), 0) << error_text();
  EXPECT_EQ(out.text(), installation_.configuration());

  EXPECT_EQ(Initialized("nonsense").status(), ERR_FILE_BAD_DATA);
  TAP_ConfigInfo info = {2, out.buffer, 0, nullptr};
  TAP_ConfigInfoList list = {1, &info};
  EXPECT_EQ(TAP_init(&list, nullptr), ERR_TAP_UNSUPPORTED);
  list = {0, nullptr};
  EXPECT_EQ(TAP_init(&list, nullptr), ERR_INVALID_ARG);
  list = {1, nullptr};
  EXPECT_EQ(TAP_init(&list, nullptr), ERR_INVALID_INPUT);
}

TEST_F(TapFailures, BeforeInitAndAfterUninitThereIsNothing) {
  TAP_ModuleList list = {};
  TAP_Module module = {};
  module.providerType = TAP_PROVIDER_NANOROOT;
  TAP_Context* context = nullptr;
  EXPECT_EQ(TAP_uninit(nullptr), HOLDFAST_TAP_ERR_NOT_INITIALIZED);
  EXPECT_EQ(TAP_getModuleList(nullptr, TAP_PROVIDER_NANOROOT, nullptr, &list, nullptr),
            HOLDFAST_TAP_ERR_NOT_INITIALIZED);
  EXPECT_EQ(TAP_initContext(&module, nullptr, nullptr, &context, nullptr), HOLDFAST_TAP_ERR_NOT_INITIALIZED);
}

TEST_F(TapFailures, PointersThatAreNullAreTold) {
  const Initialized initialized(installation_.configuration());
  const Context context;
  auto* const c = context.get();
  TAP_Key* key = context.key(kP256);
  TAP_Buffer in = buffer_of("x");
  TAP_Buffer hole = {1, nullptr};
  TAP_Buffer out = {};
  TAP_Signature signature = {};
  TAP_Context* made = nullptr;
  TAP_Key* imported = nullptr;
  TAP_KeyInfo info = {};
  TAP_Module module = {};
  TAP_AttributeList holes = {2, nullptr};
  TAP_EntityCredentialList entity_holes = {2, nullptr};
  TAP_EntityCredential entity = {};
  entity.credentialList = {1, nullptr};
  TAP_EntityCredentialList inner_holes = {1, &entity};
  TAP_CredentialList credential_holes = {2, nullptr};
  TAP_CredentialList credentials = {1, nullptr};
  TAP_Credential credential = {};
  credentials.pCredentialList = &credential;
  const auto seal = TAP_sealWithTrustedData;
  const auto unseal = TAP_unsealWithTrustedData;
  const auto import = TAP_importKeyFromID;
  const auto sign = TAP_asymSign;
  const std::vector<std::pair<MSTATUS, MSTATUS>> calls{
      {TAP_readConfigFile(nullptr, &out), ERR_NULL_POINTER},
      {TAP_readConfigFile("/dev/null", nullptr), ERR_NULL_POINTER},
      {TAP_init(nullptr, nullptr), ERR_NULL_POINTER},
      {TAP_getModuleList(nullptr, 15, nullptr, nullptr, nullptr), ERR_NULL_POINTER},
      {TAP_freeModuleList(nullptr), ERR_NULL_POINTER},
      {TAP_initContext(nullptr, nullptr, nullptr, &made, nullptr), ERR_NULL_POINTER},
      {TAP_initContext(&module, nullptr, nullptr, nullptr, nullptr), ERR_NULL_POINTER},
      {TAP_initContext(&module, nullptr, &holes, &made, nullptr), ERR_INVALID_INPUT},
      {TAP_uninitContext(nullptr, nullptr), ERR_NULL_POINTER},
      {TAP_uninitContext(&made, nullptr), 0},
      {import(nullptr, nullptr, nullptr, &in, nullptr, nullptr, &imported, nullptr), ERR_NULL_POINTER},
      {import(c, nullptr, nullptr, nullptr, nullptr, nullptr, &imported, nullptr), ERR_NULL_POINTER},
      {import(c, nullptr, nullptr, &in, nullptr, nullptr, nullptr, nullptr), ERR_NULL_POINTER},
      {import(c, nullptr, nullptr, &hole, nullptr, nullptr, &imported, nullptr), ERR_INVALID_INPUT},
      {import(c, &entity_holes, nullptr, &in, nullptr, nullptr, &imported, nullptr), ERR_INVALID_INPUT},
      {import(c, nullptr, nullptr, &in, &holes, nullptr, &imported, nullptr), ERR_INVALID_INPUT},
      {import(c, nullptr, nullptr, &in, nullptr, &credential_holes, &imported, nullptr), ERR_INVALID_INPUT},
      {sign(nullptr, nullptr, nullptr, 9, 1, &in, &signature, nullptr), ERR_NULL_POINTER},
      {sign(key, nullptr, nullptr, 9, 1, nullptr, &signature, nullptr), ERR_NULL_POINTER},
      {sign(key, nullptr, nullptr, 9, 1, &in, nullptr, nullptr), ERR_NULL_POINTER},
      {sign(key, nullptr, nullptr, 9, 1, &hole, &signature, nullptr), ERR_INVALID_INPUT},
      {sign(key, &inner_holes, nullptr, 9, 1, &in, &signature, nullptr), ERR_INVALID_INPUT},
      {sign(key, nullptr, &holes, 9, 1, &in, &signature, nullptr), ERR_INVALID_INPUT},
      {TAP_unloadKey(nullptr, nullptr), ERR_NULL_POINTER},
      {TAP_freeKey(nullptr), ERR_NULL_POINTER},
      {TAP_freeKey(&imported), 0},
      {TAP_freeSignature(nullptr), ERR_NULL_POINTER},
      {TAP_freeSignature(&signature), 0},
      {seal(nullptr, nullptr, 0, nullptr, nullptr, nullptr, &in, &out, nullptr), ERR_NULL_POINTER},
      {seal(c, nullptr, 0, nullptr, nullptr, nullptr, nullptr, &out, nullptr), ERR_NULL_POINTER},
      {seal(c, nullptr, 0, nullptr, nullptr, nullptr, &in, nullptr, nullptr), ERR_NULL_POINTER},
      {seal(c, nullptr, 0, nullptr, nullptr, nullptr, &hole, &out, nullptr), ERR_INVALID_INPUT},
      {seal(c, nullptr, 0, nullptr, nullptr, &holes, &in, &out, nullptr), ERR_INVALID_INPUT},
      {seal(c, &entity_holes, 0, nullptr, nullptr, nullptr, &in, &out, nullptr), ERR_INVALID_INPUT},
      {seal(c, nullptr, 0, nullptr, &credential_holes, nullptr, &in, &out, nullptr), ERR_INVALID_INPUT},
      {seal(c, nullptr, 0, nullptr, &credentials, nullptr, &in, &out, nullptr), ERR_NOT_IMPLEMENTED},
      {seal(c, nullptr, 0, &in, nullptr, nullptr, &in, &out, nullptr), ERR_NOT_IMPLEMENTED},
      {unseal(nullptr, nullptr, 0, nullptr, nullptr, &in, &out, nullptr), ERR_NULL_POINTER},
      {unseal(c, nullptr, 0, nullptr, nullptr, nullptr, &out, nullptr), ERR_NULL_POINTER},
      {unseal(c, nullptr, 0, nullptr, nullptr, &in, nullptr, nullptr), ERR_NULL_POINTER},
      {unseal(c, nullptr, 0, nullptr, &holes, &in, &out, nullptr), ERR_INVALID_INPUT},
      {TAP_getRandom(nullptr, 1, nullptr, &out, nullptr), ERR_NULL_POINTER},
      {TAP_getRandom(c, 1, nullptr, nullptr, nullptr), ERR_NULL_POINTER},
      {TAP_getRandom(c, 1, &holes, &out, nullptr), ERR_INVALID_INPUT},
      {TAP_UTILS_freeBuffer(nullptr), ERR_NULL_POINTER},
      {TAP_parse_algorithm_info(nullptr, &info, nullptr), ERR_NULL_POINTER},
      {TAP_parse_algorithm_info(&in, nullptr, nullptr), ERR_NULL_POINTER},
      {TAP_parse_algorithm_info(&hole, &info, nullptr), ERR_INVALID_INPUT},
      {HOLDFAST_TAP_exportPublicKey(nullptr, &out, nullptr), ERR_NULL_POINTER},
      {HOLDFAST_TAP_exportPublicKey(key, nullptr, nullptr), ERR_NULL_POINTER},
  };
  for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(calls[i].first, calls[i].second) << "call " << i;
  EXPECT_EQ(out.pBuffer, nullptr);
  EXPECT_FALSE(std::filesystem::exists(installation_.state())) << "faulty arguments made a device";
  TAP_freeKey(&key);
}

}  // namespace
}  // namespace holdfast::tap
