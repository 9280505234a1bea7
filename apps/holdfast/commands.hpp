// One function for each command. Each returns the exit status of a command that did its work.
#pragma once

#include "apps/holdfast/arguments.hpp"
#include "core/result.hpp"

namespace holdfast::app {

[[nodiscard]] Result<int> run(const GlobalArguments& global, const FingerprintArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const InitArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const StatusArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const DoctorArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EventsArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EventsVerifyArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EventsRestartArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const SealArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const UnsealArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyCreateArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyImportArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyListArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyShowArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyPublicArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyRotateArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyEnableArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyDisableArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyDestroyArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyCertificateArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeyCsrArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const KeySelfsignArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const SignArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const VerifyArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EncryptArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const DecryptArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const DeriveArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const MigrateArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const RecoveryNewArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const RecoveryTestArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const RecoveryRevokeArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EscrowAddArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EscrowListArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EscrowExportArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EscrowOpenShareArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EscrowTestArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EscrowRemoveArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const PolicyArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const RotateRootArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EpochListArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const EpochDropArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const ResealArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const PufAnalyseArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const PufSimulateArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const PufEnrolArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const CompletionArguments& arguments);
[[nodiscard]] Result<int> run(const GlobalArguments& global, const ManualArguments& arguments);

}  // namespace holdfast::app
